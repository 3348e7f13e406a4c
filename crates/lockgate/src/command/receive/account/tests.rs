//! Reports as a far side writes them, whole and with something taken away, put in or changed.

use super::super::figures::Figures;
use super::super::report;
use super::run;
use crate::args::ReportArgs;
use crate::exit::Exit;
use lockgate_attest::SecretKey;
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_deployment::Reception;
use lockgate_diode::{Alarm, Cause, Delivered, Event, Id, Lost, Tally};
use lockgate_receive::{Happened, Late};

const EPOCH: u64 = 5 << 32;
const FLASH: Precedence = Precedence::Flash;
/// RFC 8410, section 10.3.
const SECRET: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

fn at(seconds: i64) -> Time {
    Time::from_unix_nanos((1_700_000_000 + seconds) * 1_000_000_000)
}

fn delivered(number: u64, recovered: bool) -> Delivered {
    let (id, hash) = (Id { epoch: EPOCH, class: FLASH, number }, [number as u8; 32]);
    Delivered { id, order: 0, sent: at(0), hash, bytes: vec![1; 3], recovered }
}

fn lost(first: u64, end: u64, named: bool) -> Event {
    let named = named.then_some((3, [first as u8; 32]));
    Event::Lost(Lost { epoch: EPOCH, class: FLASH, first, end, cause: Cause::Unheard, named })
}

/// The lines of a far side, by what writes them in earnest.
struct Writer {
    reception: Reception,
    figures: Figures,
    lines: Vec<String>,
}

impl Writer {
    fn new() -> Self {
        let example = include_bytes!("../../../../../../examples/far-side.kdl");
        let reception = Reception::read("far-side.kdl", example).unwrap();
        Self { reception, figures: Figures::default(), lines: Vec::new() }
    }

    fn start(&mut self) {
        self.figures = Figures::default();
        let mut line = String::new();
        report::running(&self.reception, None, &mut line);
        self.lines.push(line);
    }

    fn tell(&mut self, happened: &Happened<'_>) {
        self.figures.count(happened);
        let mut line = String::new();
        report::happened(happened, &self.reception.link, at(self.lines.len() as i64), &mut line);
        self.lines.push(line);
    }

    fn event(&mut self, event: Event) {
        self.tell(&Happened::Event(&event));
    }

    fn sum(&mut self) {
        let (key, mut line) = (SecretKey::from_pem(SECRET.as_bytes().to_vec()).unwrap(), String::new());
        let now = at(900 + self.lines.len() as i64);
        self.figures.summary(&self.reception.name, Some(7), now, Some(&key), &mut line);
        self.lines.push(line);
    }
}

/// Two starts of a far side, one of the sender: ten numbers, of which one is told twice and three are lost.
fn whole() -> Vec<String> {
    let mut it = Writer::new();
    it.start();
    it.event(Event::Begun { epoch: EPOCH });
    for number in [0, 1, 3] {
        it.event(Event::Delivered(delivered(number, number == 3)));
    }
    let (older, newer) = (delivered(2, false), at(1));
    it.tell(&Happened::Late { object: &older, late: Late { newer }, delivered: false });
    it.event(Event::Alarm(Alarm::Forged));
    it.sum();
    // A crash, which cut a line off.
    it.lines.push("{\"event\":\"deliv".to_owned());
    it.start();
    it.event(Event::Delivered(delivered(3, false)));
    let why = std::io::Error::other("nobody");
    it.tell(&Happened::Undelivered { object: &delivered(4, false), why: &why });
    it.event(lost(5, 7, false));
    it.event(lost(7, 8, true));
    it.event(Event::Delivered(delivered(8, false)));
    it.event(Event::Delivered(delivered(9, true)));
    let tally = Tally { delivered: 7, recovered: 2, attested: 7, lost: 3 };
    it.event(Event::Closed { epoch: EPOCH, exact: true, tally, datagrams: [50, 3, 0] });
    it.sum();
    it.lines
}

/// What the command says of these lines; against the sender's log, where there is one.
fn says(lines: &[String], sent: Option<&str>) -> (Exit, String) {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name)
    };
    let args = ReportArgs {
        files: vec![put("far.jsonl", &(lines.join("\n") + "\n"))],
        key: Some(put("far.pub", PUBLIC)),
        sent: sent.map(|sent| put("sent.jsonl", sent)),
        under_way: Duration::from_secs(60),
    };
    let mut out = Vec::new();
    let exit = run(&args, false, &mut out).unwrap();
    let mut json = Vec::new();
    assert_eq!(run(&args, true, &mut json).unwrap(), exit);
    let last = String::from_utf8(json).unwrap().lines().last().unwrap().to_owned();
    let last: serde_json::Value = serde_json::from_str(&last).unwrap();
    assert_eq!(last["good"].as_bool(), Some(exit == Exit::Good));
    (exit, String::from_utf8(out).unwrap())
}

#[track_caller]
fn is_bad(lines: &[String], wanted: &str) {
    let (exit, says) = says(lines, None);
    assert!(exit == Exit::Negative && says.contains(wanted), "{wanted}: {says}");
}

#[test]
fn a_report_that_is_whole_is_found_so() {
    let (exit, says) = says(&whole(), None);
    assert!(exit == Exit::Good && says.contains("7 delivered, 3 lost, 0 not told"), "{says}");
}

/// A line that says anything of an object or a sum is missed, whichever it is.
#[test]
fn no_line_can_be_taken_away_doubled_or_changed() {
    let all = whole();
    for place in 0..all.len() {
        let event: serde_json::Value = serde_json::from_str(&all[place]).unwrap_or_default();
        let is_sum = event["event"] == "summary";
        let mut without = all.clone();
        without.remove(place);
        // Without the beginning its sums are not looked at; a sum that is gone leaves its lines to the numbers. What a crash cut off said nothing.
        if !(is_sum
            || event.is_null()
            || ["begun", "running"].map(serde_json::Value::from).contains(&event["event"]))
        {
            let (exit, says) = says(&without, None);
            let is_closing = event["event"] == "closed";
            assert_eq!(exit == Exit::Negative, !is_closing, "without {}: {says}", all[place]);
        }
        if ["delivered", "lost", "late", "undelivered", "alarm"]
            .map(serde_json::Value::from)
            .contains(&event["event"])
        {
            let mut twice = all.clone();
            twice.insert(place, all[place].clone());
            is_bad(&twice, "the sum says");
        }
        if is_sum {
            for (old, new) in [
                ("\"lost\":", "\"lost\":1"),
                ("\"alarms\":", "\"alarms\":2"),
                ("\"signature\":\"", "\"signature\":\"A"),
            ] {
                let mut changed = all.clone();
                changed[place] = changed[place].replacen(old, new, 1);
                is_bad(&changed, "not signed with this key");
            }
        }
    }
    let mut renamed = all.clone();
    renamed[0] = renamed[0].replace("far-side", "another");
    is_bad(&renamed, "another far side");
    let unsigned: Vec<String> = all.iter().filter(|line| !line.contains("\"summary\"")).cloned().collect();
    is_bad(&unsigned, "nothing of it is signed");
}

/// A start that was killed before its first sum, or behind its last one, leaves lines that nothing signed answers for; so does one
/// whose sum somebody took away. The sums of the next start are not theirs.
#[test]
fn lines_of_a_start_that_no_sum_followed_are_counted() {
    let figures = |lines: &[String]| {
        let (exit, says) = says(lines, None);
        assert_eq!(exit, Exit::Good, "{says}");
        let told = says.lines().find(|line| line.contains(" sums in ")).unwrap();
        told.split_once("looked at; ").unwrap().1.to_owned()
    };
    let after = |last: u64, earlier: u64| {
        format!("{last} lines behind the last, {earlier} of earlier starts without a sum behind them")
    };
    let mut it = Writer::new();
    it.start();
    it.event(Event::Begun { epoch: EPOCH });
    it.event(Event::Delivered(delivered(0, false)));
    it.start();
    it.sum();
    // What begins a start counts too: its far side is named in it.
    assert_eq!(figures(&it.lines), after(0, 3));
    it.event(Event::Delivered(delivered(1, false)));
    assert_eq!(figures(&it.lines), after(1, 3));
    it.start();
    it.sum();
    assert_eq!(figures(&it.lines), after(0, 4));
    let all = whole();
    assert_eq!(figures(&all), after(0, 0));
    let first = all.iter().position(|line| line.contains("\"summary\"")).unwrap();
    let mut without = all.clone();
    without.remove(first);
    assert_eq!(figures(&without), after(0, u64::try_from(first).unwrap()));
}

/// Its signature holds wherever it stands.
#[test]
fn a_sum_of_another_place_is_found() {
    let all = whole();
    let sums: Vec<usize> = (0..all.len()).filter(|place| all[*place].contains("\"summary\"")).collect();
    let [first, last] = sums[..] else { panic!("{sums:?}") };
    // In the place of the last one, where the first says the same: three numbers in each start.
    let mut it = Writer::new();
    for start in 0..2 {
        it.start();
        if start == 0 {
            it.event(Event::Begun { epoch: EPOCH });
        }
        it.event(Event::Delivered(delivered(start, false)));
        it.sum();
    }
    assert_eq!(says(&it.lines, None).0, Exit::Good);
    let [early, late] = [3, 6].map(|place| it.lines[place].clone());
    assert!(early.contains("\"summary\"") && late.contains("\"summary\""));
    let mut again = it.lines.clone();
    again[6] = early.clone();
    is_bad(&again, "the sum was here before");
    let mut turned = it.lines.clone();
    (turned[3], turned[6]) = (late, early);
    is_bad(&turned, "the sum is older than the one before it");
    let mut twice = all.clone();
    twice.insert(last + 1, all[last].clone());
    is_bad(&twice, "the sum was here before");
    assert!(first < last);
}

/// Whoever made them meant to keep somebody waiting.
#[test]
fn files_that_somebody_made_cost_no_more_than_they_are_long() {
    let few = made_on_purpose(5_000).min(made_on_purpose(5_000));
    let many = made_on_purpose(40_000);
    // Eight times as many. By their square it would be 64 times as long.
    assert!(many < few * 32, "{few:?} and {many:?}");
}

/// How long files take in which `many` of each thing stand that have to be held against one another.
fn made_on_purpose(many: u64) -> std::time::Duration {
    let mut it = Writer::new();
    it.start();
    it.event(Event::Begun { epoch: EPOCH });
    for number in 0..many {
        it.event(Event::Delivered(delivered(2 * number, false)));
    }
    let tally = Tally { delivered: many, ..Tally::default() };
    for _ in 0..many {
        it.event(Event::Closed { epoch: EPOCH, exact: true, tally, datagrams: [9, 0, 0] });
    }
    it.sum();
    // Releases that nothing is said of, and ranges as wide as can be that hold none of them.
    let mut log = Vec::new();
    for entry in 0..many {
        let hash = format!("{:02x}", entry as u8).repeat(32);
        log.push(format!(
            "{{\"entry\":{entry},\"record\":{{\"event\":\"decision\",\"blake3\":\"{hash}\"}}}}"
        ));
        let wide = format!("[[{many},{}]]", u64::MAX);
        log.push(format!("{{\"entry\":0,\"record\":{{\"event\":\"egress\",\"outcomes\":[{{\"outcome\":\"sent\",\"entries\":{wide}}}]}}}}"));
    }
    let (log, begun) = (log.join("\n"), std::time::Instant::now());
    let (exit, says) = says(&it.lines, Some(&log));
    let took = begun.elapsed();
    assert_eq!(exit, Exit::Negative);
    assert!(says.contains(&format!("and {} more", many - 1 - 100)), "{:?}", says.lines().last());
    assert!(says.lines().count() < 110);
    let odd = it.lines[2].replace("FLASH", "FLUSH");
    is_bad(&[it.lines[0].clone(), it.lines[1].clone(), odd], "it names no class of objects");
    took
}

#[test]
fn a_number_that_nobody_told_of_is_a_hole() {
    let mut it = Writer::new();
    it.start();
    it.event(Event::Begun { epoch: EPOCH });
    for number in [0, 1, 3] {
        it.event(Event::Delivered(delivered(number, false)));
    }
    it.sum();
    let (exit, open) = says(&it.lines, None);
    assert!(exit == Exit::Good && open.contains("1 not told yet"), "{open}");
    let tally = Tally { delivered: 3, ..Tally::default() };
    it.event(Event::Closed { epoch: EPOCH, exact: false, tally, datagrams: [9, 0, 0] });
    is_bad(&it.lines, "nothing is told of FLASH 2 to 2");
    // The later of two lines about one number counts.
    it.lines.pop();
    it.event(lost(2, 4, false));
    it.event(Event::Closed {
        epoch: EPOCH,
        exact: true,
        tally: Tally { delivered: 2, lost: 2, ..tally },
        datagrams: [9, 0, 0],
    });
    it.sum();
    assert_eq!(says(&it.lines, None).0, Exit::Good);
}

#[test]
fn what_the_sender_sent_was_delivered_or_is_lost() {
    let log = |outcomes: &[(&str, u64)]| -> String {
        let mut lines = Vec::new();
        for (entry, (_, number)) in (10..).zip(outcomes) {
            let hash = format!("{number:02x}").repeat(32);
            lines.push(format!(
                "{{\"entry\":{entry},\"record\":{{\"event\":\"decision\",\"blake3\":\"{hash}\"}}}}"
            ));
        }
        for (entry, (outcome, _)) in (10..).zip(outcomes).filter(|(_, (outcome, _))| !outcome.is_empty()) {
            let time = at(1);
            lines.push(format!(
                "{{\"entry\":99,\"record\":{{\"event\":\"egress\",\"at\":\"{time}\",\"outcomes\":[{{\"outcome\":\"{outcome}\",\"entries\":[[{entry},{entry}]]}}]}}}}"
            ));
        }
        lines.join("\n")
    };
    let sent: Vec<(&str, u64)> = (0..10).map(|number| ("sent", number)).collect();
    let (exit, all) = says(&whole(), Some(&log(&sent)));
    assert!(exit == Exit::Good && all.contains("10 objects sent, 2 of them told neither"), "{all}");
    // One that was called back and then left under another entry, and one whose end a kill took.
    let more = [&sent[1..], &[("recalled", 0), ("sent", 0), ("expired", 60), ("", 61)]].concat();
    assert_eq!(says(&whole(), Some(&log(&more))).0, Exit::Good);
    let without = log(&sent[1..]);
    let (exit, stranger) = says(&whole(), Some(&without));
    assert!(exit == Exit::Negative && stranger.contains("no such bytes can have left"), "{stranger}");
    let (exit, held) = says(&whole(), Some(&log(&[&sent[1..], &[("spilled", 0)]].concat())));
    assert!(exit == Exit::Negative && held.contains("no such bytes can have left"), "{held}");
    let (exit, silent) = says(&whole(), Some(&log(&[&sent[..], &[("sent", 70)]].concat())));
    assert!(
        exit == Exit::Negative && silent.contains("3 objects were sent and the far side says nothing"),
        "{silent}"
    );
}
