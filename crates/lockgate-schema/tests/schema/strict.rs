//! What is refused, with the exact place; and that refusing it is cheap.

use crate::agree::{self, both};
use crate::common::Seen;

/// A valid event to damage.
pub(crate) const EVENT: &str = "<event version=\"2.0\" uid=\"u1\" type=\"a-f-G\" time=\"2026-03-01T10:00:00Z\" start=\"2026-03-01T10:00:00Z\" \
     stale=\"2026-03-01T10:05:00Z\" how=\"m-g\"><point lat=\"1\" lon=\"2\" hae=\"3\" ce=\"4\" le=\"5\"/><detail>\
     <contact callsign=\"A\"/><remarks>text</remarks></detail></event>";

const LABEL: &str = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";

fn cot(text: &[u8]) -> Seen {
    both(0, text, 1_000_000)
}

/// Replaces `old` in the valid event; the result must earn exactly `code` at `place`, spanning `what`.
fn refused(old: &str, new: &str, code: &str, place: &str, what: &str) {
    assert!(EVENT.contains(old), "{old} is not in the event");
    let text = EVENT.replacen(old, new, 1);
    let seen = cot(text.as_bytes());
    let found: Vec<_> = seen
        .reasons
        .iter()
        .map(|(code, place, span, _)| {
            let span = span.unwrap();
            (*code, place.as_str(), text.get(span.start as usize..span.end as usize).unwrap_or("?"))
        })
        .collect();
    assert_eq!(found, [(code, place, what)], "of {text}");
}

#[test]
fn the_event_itself_is_accepted() {
    assert_eq!(cot(EVENT.as_bytes()).reasons, []);
    let declared = format!("<?xml version=\"1.0\" encoding='utf-8' standalone=\"no\" ?>\n{EVENT}\r\n\t ");
    assert_eq!(cot(declared.as_bytes()).reasons, []);
}

#[test]
fn constructs_that_are_never_accepted() {
    for (old, new, place, what) in [
        ("<event", "<!DOCTYPE event [<!ENTITY a \"b\">]><event", "event", "<!"),
        ("<point", "<!-- c --><point", "event", "<!"),
        ("<point", "<?p d?><point", "event", "<?"),
        (">text<", "><![CDATA[text]]><", "event.detail.remarks", "<!"),
        (">text<", ">a<!-- b -->c<", "event.detail.remarks", "<!"),
        (">text<", ">&nbsp;<", "event.detail.remarks", "&"),
        (">text<", ">&#65;<", "event.detail.remarks", "&"),
        (">text<", ">&#10;<", "event.detail.remarks", "&"),
        ("\"u1\"", "\"&#x41;\"", "event", "&"),
        ("\"u1\"", "\"&a;\"", "event", "&"),
        ("\"u1\"", "\"a & b\"", "event", "&"),
        ("</event>", "</event><!-- after -->", "event", "<!-- after -->"),
        (
            "<detail>",
            "<detail><x xmlns=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/>",
            "event.detail",
            "http://www.w3.org/2001/XInclude",
        ),
    ] {
        let code = if what.contains("after") { "LG-S015" } else { "LG-S002" };
        refused(old, new, code, place, what);
    }
    let marked = format!("\u{feff}{EVENT}");
    assert_eq!(cot(marked.as_bytes()).reasons[0].0, "LG-S002");
}

#[test]
fn what_is_not_well_formed() {
    for (old, new, place, what) in [
        ("</event>", "", "event", ""),
        ("</detail>", "</contact>", "event.detail", "</"),
        ("</remarks>", "</remark>", "event.detail.remarks", "</"),
        ("\" uid", "\"uid", "event", "u"),
        ("uid=", "uid ", "event", "\""),
        ("\"u1\"", "u1", "event", "u"),
        ("\"u1\"", "\"a<b\"", "event", "<"),
        ("callsign=\"A\"/>", "callsign=\"A\"/ >", "event.detail", " "),
        (">text<", ">a]]>b<", "event.detail.remarks", "]]>"),
        ("<point", "<1point", "event", "1"),
        ("<point", "<\0point", "event", "\0"),
        ("<point", "<a:b:point", "event", ":"),
        ("<point", "< point", "event", " "),
    ] {
        refused(old, new, "LG-S001", place, what);
    }
}

#[test]
fn parts_that_do_not_belong() {
    let point = "<point lat=\"1\" lon=\"2\" hae=\"3\" ce=\"4\" le=\"5\"/>";
    refused("<point", "<extra a=\"1\"/><point", "LG-S003", "event", "<extra a=\"1\"/>");
    refused("lat=\"1\"", "lat=\"1\" speed=\"2\"", "LG-S004", "event.point", "speed");
    refused("uid=\"u1\"", "uid=\"u1\" uid=\"u2\"", "LG-S005", "event", "uid");
    refused(point, &format!("{point}{point}"), "LG-S005", "event.point", point);
    refused("<point", "words <point", "LG-S014", "event", "words ");
    refused("</event>", "</event><event/>", "LG-S015", "event", "<event/>");
    refused("</event>", "</event>\0", "LG-S015", "event", "\0");
    refused(">text<", ">te<b/>xt<", "LG-S003", "event.detail.remarks", "<");
    refused("<event ", "<p:event xmlns:p=\"urn:p\" ", "LG-S003", "event", EVENT_OF_P);
}

const EVENT_OF_P: &str = "<p:event xmlns:p=\"urn:p\" version=\"2.0\" uid=\"u1\" type=\"a-f-G\" time=\"2026-03-01T10:00:00Z\" \
     start=\"2026-03-01T10:00:00Z\" stale=\"2026-03-01T10:05:00Z\" how=\"m-g\">";

#[test]
fn namespaces() {
    let xsi = "http://www.w3.org/2001/XMLSchema-instance";
    refused("uid=", &format!("xmlns:xsi=\"{xsi}\" uid="), "LG-S018", "event", xsi);
    refused("uid=", "xml:lang=\"en\" uid=", "LG-S018", "event", "xml:lang");
    refused("uid=", "xmlns:a=\"urn:a\" uid=", "LG-S018", "event", "xmlns:a=\"urn:a");
    refused("uid=", "a:b=\"c\" uid=", "LG-S018", "event", "a:b");
    refused("<contact", "<p:contact", "LG-S018", "event.detail", "p:contact");
    refused(
        "<contact",
        &format!("<contact xmlns:l=\"{LABEL}\""),
        "LG-S018",
        "event.detail.contact",
        &format!("xmlns:l=\"{LABEL}"),
    );
    let foreign = EVENT.replacen("<contact", "<contact xmlns=\"urn:other\"", 1);
    let seen = cot(foreign.as_bytes());
    assert_eq!(
        (seen.reasons.len(), seen.undeclared.len()),
        (0, 1),
        "a foreign contact is an undeclared part"
    );
    let same = EVENT.replacen("<contact", "<contact xmlns=\"\"", 1);
    assert_eq!(cot(same.as_bytes()).reasons, []);
}

#[test]
fn values_are_all_listed() {
    for (old, new, code, place) in [
        ("lat=\"1\"", "lat=\"NaN\"", "LG-S009", "event.point.lat"),
        ("lat=\"1\"", "lat=\" 1\"", "LG-S009", "event.point.lat"),
        ("lat=\"1\"", "lat=\"1e1\"", "LG-S009", "event.point.lat"),
        ("lat=\"1\"", "lat=\"90.0000001\"", "LG-S010", "event.point.lat"),
        ("lat=\"1\"", "lat=\"0.1234567890123456\"", "LG-S010", "event.point.lat"),
        ("lat=\"1\"", "lat=\"1.2345678901234567890\"", "LG-S010", "event.point.lat"),
        ("\"2.0\"", "\"1.9\"", "LG-S010", "event.version"),
        ("m-g", "m-x", "LG-S009", "event.how"),
        ("a-f-G", "z-f-G", "LG-S009", "event.type"),
        ("a-f-G", "a-f-", "LG-S009", "event.type"),
        ("time=\"2026-03-01T10:00:00Z\"", "time=\"2026-03-01T10:00:00\"", "LG-S009", "event.time"),
        ("uid=\"u1\"", "uid=\"\"", "LG-S011", "event.uid"),
        ("uid=\"u1\"", "uid=\"u1\" qos=\"1-r-x\"", "LG-S009", "event.qos"),
        ("uid=\"u1\"", "uid=\"u1\" opex=\"q\"", "LG-S009", "event.opex"),
    ] {
        let text = EVENT.replacen(old, new, 1);
        let seen = cot(text.as_bytes());
        let found: Vec<_> = seen.reasons.iter().map(|(code, place, ..)| (*code, place.as_str())).collect();
        assert_eq!(found, [(code, place)], "{new}");
    }
    refused("uid=\"u1\"", "uid=\"a\u{202e}b\"", "LG-S012", "event.uid", "\u{202e}");
    refused("uid=\"u1\"", "uid=\"a\nb\"", "LG-S012", "event.uid", "\n");
    refused("uid=\"u1\"", "uid=\"a&#10;b\"", "LG-S012", "event.uid", "&#10;");
    // A line break that stands in an attribute is a blank for every reader of XML, whatever the field may hold.
    refused("callsign=\"A\"", "callsign=\"a b&#10;c\nd\"", "LG-S012", "event.detail.contact.callsign", "\n");
    refused("callsign=\"A\"", "callsign='\n'", "LG-S012", "event.detail.contact.callsign", "\n");
    refused(">text<", ">a\0b<", "LG-S012", "event.detail.remarks.text", "\0");
    refused(">text<", ">a\r\nb<", "LG-S012", "event.detail.remarks.text", "\r");
    refused(
        "callsign=\"A\"",
        "callsign=\"a\u{200b}\"",
        "LG-S012",
        "event.detail.contact.callsign",
        "\u{200b}",
    );
    let bad = EVENT
        .replace("lat=\"1\"", "lat=\"x\"")
        .replace("lon=\"2\"", "lon=\"999\"")
        .replace(" how=\"m-g\"", "");
    let codes: Vec<_> = cot(bad.as_bytes()).reasons.iter().map(|reason| reason.0).collect();
    assert_eq!(codes, ["LG-S006", "LG-S009", "LG-S010"], "all of them, in order");
}

#[test]
fn a_line_feed_stands_where_the_field_has_lines() {
    let text = EVENT.replace("callsign=\"A\"", "callsign=\"A&#10;B\"").replace(">text<", ">one\ntwo<");
    let seen = cot(text.as_bytes());
    assert_eq!(seen.reasons, []);
    assert!(seen.open_texts.iter().any(|(place, text, ..)| place.ends_with("callsign") && text == "A\nB"));
}

/// docs/FORMATS.md, "Cursor on Target".
#[test]
fn the_detail_schemas_are_declared_where_the_page_says_so() {
    let with = |part: &str| cot(EVENT.replace("<contact", &format!("{part}<contact")).as_bytes()).reasons;
    for part in [
        "<uid ARSOF=\"x\" Droid=\"y\"/>",
        "<uid one=\"1\" two=\"2\" three=\"3\"/>",
        "<shape version=\"1\"><ellipse major=\"1\" minor=\"1\" angle=\"0\"/></shape>",
        "<precisionlocation altsrc=\"GPS\" PRECISE_IMAGE_FILE=\"a.ntf\" PRECISE_IMAGE_FILE_X=\"12.5\" PRECISE_IMAGE_FILE_Y=\"-1\"/>",
        "<track course=\"359.999999999999999\"/>",
        "<track course=\"9999999.0\"/>",
        "<sensor azimuth=\"0\" north=\"431.1\"/>",
    ] {
        assert_eq!(with(part), [], "{part}");
    }
    for (part, code) in [
        ("<uid a=\"1\" b=\"1\" c=\"1\" d=\"1\" e=\"1\" f=\"1\" g=\"1\" h=\"1\" i=\"1\"/>", "LG-S007"),
        ("<uid classification=\"U\"/>", "LG-S004"),
        ("<uid><a/></uid>", "LG-S003"),
        ("<shape><dxf level=\"1\"/></shape>", "LG-S003"),
        ("<track course=\"360\"/>", "LG-S010"),
        ("<track course=\"360.0\" speed=\"1\"/>", "LG-S010"),
        ("<sensor azimuth=\"360\"/>", "LG-S010"),
        ("<sensor fov=\"360\"/>", "LG-S010"),
        ("<sensor vfov=\"360\"/>", "LG-S010"),
    ] {
        let codes: Vec<_> = with(part).iter().map(|reason| reason.0).collect();
        assert_eq!(codes, [code], "{part}");
    }
    refused("a-f-G", "a-f-G;x", "LG-S009", "event.type", "a-f-G;x");
    refused("m-g", "m-R", "LG-S009", "event.how", "m-R");
}

#[test]
fn missing_and_counted_parts() {
    let start = format!("{}>", EVENT.split_once('>').unwrap().0);
    refused("<point lat=\"1\" lon=\"2\" hae=\"3\" ce=\"4\" le=\"5\"/>", "", "LG-S006", "event.point", &start);
    refused(" le=\"5\"", "", "LG-S006", "event.point.le", "<point lat=\"1\" lon=\"2\" hae=\"3\" ce=\"4\"/>");
    let one = "<shape><polyline><vertex lat=\"1\" lon=\"1\"/></polyline></shape>";
    refused(
        "<contact",
        &format!("{one}<contact"),
        "LG-S008",
        "event.detail.shape.polyline.vertex",
        "<polyline>",
    );
    refused(
        "<contact",
        &format!("{}<contact", "<archive/>".repeat(9)),
        "LG-S007",
        "event.detail.archive",
        "<archive/>",
    );
}

#[test]
fn order_counts_where_the_type_says_so() {
    let label = |inside: &str| {
        format!("<originatorConfidentialityLabel xmlns=\"{LABEL}\">{inside}</originatorConfidentialityLabel>")
    };
    let information = "<ConfidentialityInformation><PolicyIdentifier>NATO</PolicyIdentifier><Classification>RESTRICTED</Classification>\
         <Category Type=\"PERMISSIVE\" TagName=\"Context\"><GenericValue>NATO</GenericValue></Category></ConfidentialityInformation>";
    let created = "<CreationDateTime>2026-03-01T10:00:00Z</CreationDateTime>";
    let good = label(&format!("{information}{created}"));
    assert_eq!(both(1, good.as_bytes(), 1_000_000).reasons, []);
    let swapped = label(&format!("{created}{information}"));
    let seen = both(1, swapped.as_bytes(), 1_000_000);
    assert_eq!((seen.reasons[0].0, seen.reasons[0].1.as_str()), ("LG-S019", "label.information"));
    // In an event: bound once; a second one, or a label by its former name, is an undeclared part that is marked.
    let event = |details: &str| EVENT.replacen("<contact", &format!("{details}<contact"), 1);
    let seen = cot(event(&good).as_bytes());
    assert_eq!((seen.reasons.len(), seen.undeclared.len()), (0, 0));
    let prefixed = good.replace("<", "<s:").replace("<s:/", "</s:").replace("xmlns=", "xmlns:s=");
    let seen = cot(event(&prefixed).as_bytes());
    assert_eq!((seen.reasons.len(), seen.undeclared.len()), (0, 0), "{prefixed}");
    let beside = good.replace("originator", "alternative");
    for details in [format!("{good}{beside}"), format!("{beside}{good}"), format!("{good}{beside}{beside}")] {
        let seen = cot(event(&details).as_bytes());
        assert_eq!((seen.reasons.len(), seen.undeclared.len()), (0, 0), "{details}");
    }
    let other = good.replace("originatorConfidentialityLabel", "ConfidentialityLabel");
    for details in [format!("{good}{good}"), format!("{good}{other}"), other.clone()] {
        let seen = cot(event(&details).as_bytes());
        assert_eq!(seen.reasons, [], "{details}");
        let marked: Vec<bool> = seen.undeclared.iter().map(|(_, _, marked)| *marked).collect();
        assert_eq!(marked, [true], "{details}");
    }
}

#[test]
fn undeclared_parts_are_read_strictly_and_marked_where_they_carry_a_marking() {
    let part = |inside: &str| EVENT.replacen("<contact", &format!("{inside}<contact"), 1);
    for (inside, marked) in [
        ("<chat room=\"1\"><to>x</to></chat>", false),
        ("<chat room=\"1\"><to Classification=\"S\">x</to></chat>", true),
        ("<caveat>NOFORN</caveat>", true),
        ("<chat><to room=\"SEC&#10;RET\"/></chat>", true),
        ("<chat><to>A &amp; B</to></chat>", true),
        ("<chat>SEC\nRET</chat>", false),
        ("<a xmlns:i=\"urn:us:gov:ic:ism\" i:ownerProducer=\"USA\"/>", true),
        ("<a><b xmlns=\"urn:nato:stanag:4778:bindinginformation:1:0\"/></a>", true),
    ] {
        let seen = cot(part(inside).as_bytes());
        assert_eq!(seen.reasons, [], "{inside}");
        let found: Vec<_> = seen
            .undeclared
            .iter()
            .map(|(parent, span, marked)| (parent.as_str(), span.len(), *marked))
            .collect();
        assert_eq!(found, [("event.detail", inside.len(), marked)], "{inside}");
    }
    for (inside, code) in [
        ("<chat><!-- x --></chat>", "LG-S002"),
        ("<chat><a></b></chat>", "LG-S001"),
        ("<chat a=\"\u{200b}\"/>", "LG-S012"),
        ("<chat>\u{1}</chat>", "LG-S012"),
        ("<chat a=\"1\" a=\"2\"/>", "LG-S005"),
        ("<chat xmlns:p=\"u:r\" xmlns:q=\"u:r\" p:a=\"1\" q:a=\"2\"/>", "LG-S005"),
        ("<chat p:a=\"1\"/>", "LG-S018"),
        ("<chat xmlns:p=\"u:r\"/>", "LG-S018"),
        ("<flow>", "LG-S001"),
    ] {
        let seen = cot(part(inside).as_bytes());
        assert_eq!(seen.reasons.iter().map(|reason| reason.0).collect::<Vec<_>>(), [code], "{inside}");
    }
    let swallowed = part("<_flow-tags_ classification=\"2026-03-01T10:00:00Z\"/>");
    assert_eq!(cot(swallowed.as_bytes()).reasons[0].0, "LG-S004", "a marking is never taken for a row");
}

#[test]
fn no_bytes_and_too_many() {
    for text in ["", " \n\t"] {
        assert_eq!(cot(text.as_bytes()).reasons[0].0, "LG-F001");
    }
    let fill = 65_536 - EVENT.len();
    let full = EVENT.replacen("><point", &format!(">{}<point", " ".repeat(fill)), 1);
    assert_eq!((full.len(), cot(full.as_bytes()).reasons.len()), (65_536, 0), "exactly at the limit");
    let seen = cot(format!("{full} ").as_bytes());
    assert_eq!((seen.reasons[0].0, seen.spent), ("LG-F002", 0), "one byte more, and nothing is read");
    assert_eq!(cot(b"<event uid=\"\xE9\"/>").reasons[0].0, "LG-S013");
    let latin = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{EVENT}");
    assert_eq!(cot(latin.as_bytes()).reasons[0].0, "LG-S013");
    let newer = format!("<?xml version=\"1.1\"?>{EVENT}");
    assert_eq!(cot(newer.as_bytes()).reasons[0].0, "LG-S001");
}

#[test]
fn hostile_objects_cost_little() {
    let attributes: String = (0..6_000).map(|number| format!(" a{number}=\"\"")).collect();
    let deep = format!("<event>{}", "<a>".repeat(20_000));
    let deep_part = EVENT.replacen("<contact", &format!("{}<contact", "<a>".repeat(15_000)), 1);
    for (text, code) in
        [(format!("<event{attributes}/>"), "LG-S017"), (deep, "LG-S003"), (deep_part, "LG-S016")]
    {
        let seen = cot(text.as_bytes());
        assert_eq!(seen.reasons.last().unwrap().0, code);
        assert!(seen.spent < 2_000, "{} steps for {} bytes", seen.spent, text.len());
    }
    let million: String = (0..1_000_000).map(|number| format!(" a{number}=\"\"")).collect();
    let seen = cot(format!("<event{million}/>").as_bytes());
    assert_eq!((seen.reasons[0].0, seen.spent), ("LG-F002", 0));
    let links = EVENT.replacen("<contact", &format!("{}<contact", "<link/>".repeat(200)), 1);
    let seen = both(0, links.as_bytes(), 100);
    assert_eq!((seen.reasons[0].0, seen.reasons[0].1.as_str()), ("LG-F006", "event.detail"));
}

#[test]
fn billion_laughs_is_refused_at_the_doctype() {
    let entities = "<!ENTITY i \"&h;&h;&h;&h;\">".repeat(900);
    let seen = cot(format!("<!DOCTYPE event [{entities}]><event>&i;</event>").as_bytes());
    let [(code, _, span, _)] = seen.reasons.as_slice() else { panic!("{:?}", seen.reasons) };
    assert_eq!((*code, span.unwrap().start), ("LG-S002", 0));
    assert!(seen.spent < 1_000, "{} steps", seen.spent);
}

#[test]
fn frames_and_recognition() {
    let stream = format!("{EVENT}{EVENT}");
    let inspector = agree::compiled(0);
    let first = |text: &str| {
        lockgate_core::Inspector::first_frame(inspector, lockgate_bytes::Untrusted::new(text.as_bytes()))
    };
    assert_eq!(first(&stream), Some(EVENT.len()));
    assert_eq!(first("<event>"), None);
    assert_eq!(first(""), None);
    let known = |which: usize, text: &str| {
        lockgate_core::Inspector::recognises(
            agree::compiled(which),
            lockgate_bytes::Untrusted::new(text.as_bytes()),
        )
    };
    for text in [
        EVENT,
        "\u{feff}<event/>",
        "<?xml version='1.0'?>\n<!-- c --><event>",
        "<!DOCTYPE event []>",
        "<event\n",
    ] {
        assert!(known(0, text), "{text}");
    }
    for text in ["", "<events/>", "event", "<a><event/></a>", "<!-- <event/>", "%PDF-1.7", "<event"] {
        assert!(!known(0, text), "{text}");
    }
    let label = format!("<s:originatorConfidentialityLabel xmlns:s='{LABEL}'/>");
    assert!(known(1, &label) && !known(1, "<originatorConfidentialityLabel/>"));
}

#[test]
fn no_reason_shows_payload() {
    let text = EVENT
        .replace("u1", "SECRETWORD\u{202e}")
        .replace("a-f-G", "SECRETWORD")
        .replace("<point", "<SECRETWORD/><point");
    let seen = cot(text.as_bytes());
    assert!(!seen.reasons.is_empty());
    for (_, place, _, says) in seen.reasons {
        assert!(!says.contains("SECRETWORD") && !place.contains("SECRETWORD"), "{says}");
    }
}
