//! Seeded Cursor-on-Target traffic as TAK clients send it: about 1 KiB an event, no two alike.

use lockgate_bytes::{Duration, Time};
use std::fmt::Write;

/// How an event is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// No byte more than needed: fixed attribute order, double quotes, no white space between elements.
    Canonical,
    /// As senders write it: their own attribute order, quotes and white space.
    Usual,
}

/// Where an event carries its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// The attributes `access` and `releasableTo`.
    Attributes,
    /// A STANAG 4774 label element in `detail`.
    Label,
}

/// What is wrong with an event on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it can be released.
    None,
    /// A word of the list stands in the remarks.
    Word,
    /// It goes stale before it starts.
    Window,
    /// It is labelled SECRET, above the destination's ceiling.
    Level,
    /// All of these.
    All,
}

/// The moment at which the traffic is judged; events were observed in the seconds before.
pub fn reference_time() -> Time {
    // 2026-03-01T10:05:00Z
    Time::from_unix_nanos(1_772_359_500_000_000_000)
}

/// Event number `number`: the same bytes for the same arguments, everywhere and always.
pub fn event(number: u64, form: Form, carrier: Carrier, fault: Fault) -> Vec<u8> {
    event_before(reference_time(), number, form, carrier, fault)
}

/// The same, observed in the twenty seconds before `now`: for lanes that go by the machine's clock.
pub fn event_before(now: Time, number: u64, form: Form, carrier: Carrier, fault: Fault) -> Vec<u8> {
    let mut random = Random(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut pen = Pen { out: String::with_capacity(1600), form, random: Random(number | 1) };
    let seen = now.minus(Duration::from_nanos(1_000_000 * random.below(20_000) as i64));
    let (start, stale) = match fault {
        Fault::Window | Fault::All => (seen, seen.minus(Duration::from_secs(1))),
        _ => (seen, seen.plus(Duration::from_secs(300))),
    };
    let uid = format!("ANDROID-{:016x}", random.next());
    let level =
        if matches!(fault, Fault::Level | Fault::All) { "MISSION SECRET" } else { "MISSION RESTRICTED" };
    let mut attributes = vec![
        ("version", "2.0".to_owned()),
        ("uid", uid.clone()),
        ("type", random.pick_name(KINDS).to_owned()),
        ("time", seen.to_string()),
        ("start", start.to_string()),
        ("stale", stale.to_string()),
        ("how", "m-g".to_owned()),
    ];
    if carrier == Carrier::Attributes {
        attributes.push(("access", level.to_owned()));
        attributes.push(("releasableTo", "HRV,HUN,SVK,SVN,AUT".to_owned()));
    }
    pen.open("event", &attributes, false);
    pen.open("point", &point(&mut random), true);
    pen.open("detail", &[], false);
    details(&mut pen, &mut random, &uid, now, number, fault, carrier);
    if carrier == Carrier::Label {
        label(&mut pen, level.trim_start_matches("MISSION "), seen);
    }
    pen.close("detail");
    pen.close("event");
    pen.out.into_bytes()
}

/// Term `number` of the word list: an invented codeword of two words that no event holds unless asked to.
pub fn word(number: u64) -> String {
    let mut random = Random(number.wrapping_add(77).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut half = || -> String {
        (0..6)
            .map(|at| {
                char::from(if at % 2 == 0 { random.pick(b"BDGKLMNPRSTVZ") } else { random.pick(b"AEIOU") })
            })
            .collect()
    };
    format!("{} {}", half(), half())
}

const KINDS: &[&str] =
    &["a-f-G-U-C", "a-f-G-E-V-C", "a-h-G-U-C-I", "a-n-A-C-F", "a-f-S-X-M", "a-u-G", "b-m-p-s-m"];
const NAMES: &[&str] = &["HOPE", "ELM", "NORD", "RAVEN", "TANGO", "DELTA", "KESTREL", "OAK"];
const TEAMS: &[&str] = &["Yellow", "Cyan", "Green", "Red", "White"];
const NOTES: &[&str] =
    &["moving along the ridge", "halted at the bridge", "two vehicles and a trailer", "radio check done"];

fn point(random: &mut Random) -> Vec<(&'static str, String)> {
    let mut degrees = |span: u64| format!("{}.{:07}", random.below(span), random.below(9_999_998) + 1);
    vec![
        ("lat", degrees(89)),
        ("lon", degrees(179)),
        ("hae", format!("{}.{}", random.below(900), random.below(9) + 1)),
        ("ce", format!("{}.{}", random.below(40), random.below(9) + 1)),
        ("le", "9999999".to_owned()),
    ]
}

fn details(
    pen: &mut Pen,
    random: &mut Random,
    uid: &str,
    now: Time,
    number: u64,
    fault: Fault,
    carrier: Carrier,
) {
    let name = random.pick_name(NAMES);
    let callsign = format!("{name} {number}");
    pen.open(
        "contact",
        &[
            ("callsign", callsign.clone()),
            ("endpoint", format!("10.{}.0.{}:4242:tcp", random.below(250), number % 250)),
        ],
        true,
    );
    pen.open(
        "__group",
        &[("name", random.pick_name(TEAMS).to_owned()), ("role", "Team Member".to_owned())],
        true,
    );
    let course = format!("{}.{}", random.below(360), random.below(9) + 1);
    pen.open(
        "track",
        &[("course", course), ("speed", format!("{}.{}", random.below(40), random.below(9) + 1))],
        true,
    );
    pen.open("status", &[("battery", format!("{}", random.below(100)))], true);
    pen.open("precisionlocation", &[("geopointsrc", "GPS".to_owned()), ("altsrc", "DTED2".to_owned())], true);
    if carrier == Carrier::Attributes {
        // Events with an element label stay near the same size without these.
        pen.open(
            "takv",
            &[
                ("device", "SAMSUNG SM-G998U1".to_owned()),
                ("platform", "ATAK-CIV".to_owned()),
                ("os", format!("{}", 29 + random.below(6))),
                (
                    "version",
                    format!(
                        "4.{}.0.{} (ba5d2e3{:x}).civ",
                        random.below(10),
                        random.below(20),
                        random.below(16)
                    ),
                ),
            ],
            true,
        );
        let made = now.minus(Duration::from_secs(60 + random.below(600) as i64)).to_string();
        let link = [
            ("uid", format!("ANDROID-{:016x}", random.next())),
            ("production_time", made),
            ("type", "a-f-G-U-C".to_owned()),
            ("parent_callsign", random.pick_name(NAMES).to_owned()),
            ("relation", "p-p".to_owned()),
        ];
        pen.open("link", &link, true);
        pen.open("usericon", &[("iconsetpath", "COT_MAPPING_2525B/a-f/a-f-G-U-C".to_owned())], true);
        pen.open("uid", &[("Droid", callsign.clone())], true);
        pen.open("color", &[("argb", "-65536".to_owned())], true);
        pen.open("archive", &[], true);
    }
    let hit = if matches!(fault, Fault::Word | Fault::All) {
        word(number % 2_000)
    } else {
        uid.to_ascii_lowercase()
    };
    let remarks = format!("{} {} seen by {callsign}, {hit}", random.pick_name(NOTES), random.below(10_000));
    pen.open("remarks", &[("source", format!("BAO.F.ATAK.{uid}"))], false);
    pen.text(&remarks);
    pen.close("remarks");
}

/// ADatP-4774 edition A: the label element, with the values of the demonstration policy.
fn label(pen: &mut Pen, level: &str, created: Time) {
    let namespace = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0".to_owned();
    pen.open("originatorConfidentialityLabel", &[("xmlns", namespace)], false);
    pen.open("ConfidentialityInformation", &[], false);
    for (element, text) in [("PolicyIdentifier", "MISSION"), ("Classification", level)] {
        pen.leaf(element, text);
    }
    pen.open(
        "Category",
        &[("TagName", "Releasable To".to_owned()), ("Type", "PERMISSIVE".to_owned())],
        false,
    );
    for nation in ["HRV", "HUN", "SVK", "SVN", "AUT"] {
        pen.leaf("GenericValue", nation);
    }
    pen.close("Category");
    pen.close("ConfidentialityInformation");
    pen.leaf("CreationDateTime", &created.to_string());
    pen.close("originatorConfidentialityLabel");
}

/// Writes XML in one of the two forms. Nothing that is written here needs an escape.
struct Pen {
    out: String,
    form: Form,
    random: Random,
}

impl Pen {
    fn open(&mut self, name: &str, attributes: &[(&'static str, String)], empty: bool) {
        let usual = self.form == Form::Usual;
        let mut order: Vec<usize> = (0..attributes.len()).collect();
        if usual && attributes.len() > 1 {
            // A rotation, so that a canonical order never comes out by chance.
            order.rotate_left(1 + self.random.below(attributes.len() as u64 - 1) as usize);
        }
        let quote = if usual && self.random.below(2) == 0 { '\'' } else { '"' };
        let _ = write!(self.out, "<{name}");
        for (attribute, value) in order.into_iter().filter_map(|at| attributes.get(at)) {
            let _ = write!(self.out, " {attribute}={quote}{value}{quote}");
        }
        self.out.push_str(match (empty, usual) {
            (true, true) => " />\n",
            (true, false) => "/>",
            (false, true) if !matches!(name, "remarks") => ">\n",
            (false, _) => ">",
        });
    }

    fn close(&mut self, name: &str) {
        let _ = write!(self.out, "</{name}>");
        if self.form == Form::Usual && name != "event" {
            self.out.push('\n');
        }
    }

    fn leaf(&mut self, name: &str, text: &str) {
        let _ = write!(self.out, "<{name}>{text}");
        self.close(name);
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }
}

/// xorshift64*, by Vigna (2016).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 16) % end.max(1)
    }

    fn pick(&mut self, from: &[u8]) -> u8 {
        let at = self.below(from.len() as u64) as usize;
        from.get(at).copied().unwrap_or(b'X')
    }

    fn pick_name(&mut self, from: &[&'static str]) -> &'static str {
        let at = self.below(from.len() as u64) as usize;
        from.get(at).copied().unwrap_or("X")
    }
}

#[cfg(test)]
mod tests {
    use super::{Carrier, Fault, Form, event, reference_time, word};
    use std::collections::BTreeSet;

    #[test]
    fn two_thousand_distinct_well_formed_events_of_about_a_kibibyte() {
        for form in [Form::Canonical, Form::Usual] {
            for carrier in [Carrier::Attributes, Carrier::Label] {
                let events: Vec<_> =
                    (0..2_000).map(|number| event(number, form, carrier, Fault::None)).collect();
                let mean = events.iter().map(Vec::len).sum::<usize>() / events.len();
                assert!((900..=1_500).contains(&mean), "{form:?} {carrier:?}: {mean} bytes on average");
                assert_eq!(events.iter().collect::<BTreeSet<_>>().len(), events.len(), "two are alike");
                for bytes in events.iter().step_by(37) {
                    let text = std::str::from_utf8(bytes).unwrap();
                    let tree =
                        roxmltree::Document::parse(text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
                    assert_eq!(tree.root_element().tag_name().name(), "event");
                }
            }
        }
    }

    #[test]
    fn both_forms_say_the_same_in_other_bytes() {
        for number in 0..200 {
            for carrier in [Carrier::Attributes, Carrier::Label] {
                let facts = |form| facts(&event(number, form, carrier, Fault::None));
                assert_ne!(
                    event(number, Form::Usual, carrier, Fault::None),
                    event(number, Form::Canonical, carrier, Fault::None)
                );
                assert_eq!(facts(Form::Usual), facts(Form::Canonical));
            }
        }
    }

    /// Every element with its sorted attributes and its trimmed text.
    fn facts(bytes: &[u8]) -> Vec<String> {
        let tree = roxmltree::Document::parse(std::str::from_utf8(bytes).unwrap()).unwrap();
        let elements = tree.descendants().filter(roxmltree::Node::is_element);
        elements
            .map(|node| {
                let attributes: BTreeSet<_> =
                    node.attributes().map(|one| (one.name(), one.value())).collect();
                format!("{:?} {attributes:?} {:?}", node.tag_name(), node.text().unwrap_or("").trim())
            })
            .collect()
    }

    #[test]
    fn a_fault_is_where_it_is_asked_for_and_nowhere_else() {
        let words: BTreeSet<String> = (0..2_000).map(word).collect();
        assert_eq!(words.len(), 2_000, "words repeat");
        let holds = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            words.iter().any(|word| text.contains(word.as_str()))
        };
        for number in (0..2_000).step_by(97) {
            assert!(holds(&event(number, Form::Usual, Carrier::Label, Fault::Word)));
            assert!(!holds(&event(number, Form::Usual, Carrier::Label, Fault::None)));
            let secret =
                String::from_utf8(event(number, Form::Usual, Carrier::Attributes, Fault::Level)).unwrap();
            assert!(secret.contains("MISSION SECRET"));
        }
        assert_eq!(reference_time().to_string(), "2026-03-01T10:05:00Z");
    }
}
