//! What is damaged, hostile or doubtful never crosses, whatever the lane would do with the unlabelled.

use crate::event::{EVENT, event, marked, now, with_part};
use crate::gate::{DEFAULTED, DOWN, Gate};
use lockgate_core::VerdictKind;
use std::time::{Duration, Instant};

/// Refused by both lanes, with at least this code.
fn refused(object: &[u8], code: &str) {
    for gate in [&*DOWN, &*DEFAULTED] {
        let seen = gate.judge(object, now());
        let shown = String::from_utf8_lossy(&object[..object.len().min(200)]).into_owned();
        assert_eq!(seen.verdict, VerdictKind::Refuse, "{shown}: {:?}", seen.codes);
        assert!(seen.codes.contains(&code), "{shown}: {:?}", seen.codes);
    }
}

/// Never released; what no type recognises waits for people on a lane with a slow path.
fn not_released(object: &[u8]) {
    for gate in [&*DOWN, &*DEFAULTED] {
        let seen = gate.judge(object, now());
        let shown = String::from_utf8_lossy(&object[..object.len().min(200)]).into_owned();
        assert_ne!(seen.verdict, VerdictKind::Release, "{shown}");
    }
}

#[test]
fn no_part_of_an_event_is_an_event() {
    for end in 0..EVENT.len() {
        not_released(&EVENT.as_bytes()[..end]);
        not_released(&EVENT.as_bytes()[end + 1..]);
    }
    refused(&EVENT.as_bytes()[..EVENT.len() - 1], "LG-S001");
    refused(b"", "LG-F001");
    refused(b" \n", "LG-F001");
}

#[test]
fn nothing_stands_beside_the_event() {
    for after in ["x", "\0", "<event/>", "<!-- -->", "<?p?>", "&amp;", "\u{feff}", "\u{a0}", "]]>"] {
        refused(format!("{EVENT}{after}").as_bytes(), "LG-S015");
    }
    refused(format!("{EVENT}{EVENT}").as_bytes(), "LG-S015");
    for before in ["x", "\0", "<a/>", "\u{a0}", "{}"] {
        not_released(format!("{before}{EVENT}").as_bytes());
    }
}

#[test]
fn an_encoding_is_never_guessed() {
    refused(format!("\u{feff}{EVENT}").as_bytes(), "LG-S002");
    let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xFEFF).chain(EVENT.encode_utf16()).flat_map(order).collect()
    };
    not_released(&wide(u16::to_le_bytes));
    not_released(&wide(u16::to_be_bytes));
    for encoding in ["ISO-8859-1", "UTF-16", "UTF-7", "utf-8x", "US-ASCII", "windows-1252", ""] {
        let declared = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?>{EVENT}");
        refused(declared.as_bytes(), "LG-S013");
    }
    let ill = |bytes: &[u8]| -> Vec<u8> {
        let (before, after) = EVENT.split_once("KRIM").unwrap();
        [before.as_bytes(), bytes, after.as_bytes()].concat()
    };
    // Latin-1, a lone continuation, an overlong slash, a surrogate, beyond Unicode, a cut sequence.
    let sequences: [&[u8]; 6] =
        [b"\xe9t", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82"];
    for bytes in sequences {
        refused(&ill(bytes), "LG-S013");
    }
}

#[test]
fn billion_laughs_is_refused_at_the_doctype() {
    let entities: String =
        (1..10).map(|at| format!("<!ENTITY l{at} \"{}\">", format!("&l{};", at - 1).repeat(10))).collect();
    let laughs = format!("<!DOCTYPE event [<!ENTITY l0 \"lol\">{entities}]>{}", event(&[("KRIM 1", "&l9;")]));
    let start = Instant::now();
    refused(laughs.as_bytes(), "LG-S002");
    refused(format!("<!DOCTYPE event SYSTEM \"file:///etc/passwd\">{EVENT}").as_bytes(), "LG-S002");
    // An entity without a document type, and a quadratic blow-up of allowed ones.
    refused(event(&[("KRIM 1", "&l9;")]).as_bytes(), "LG-S002");
    refused(event(&[("KRIM 1", &"&amp;".repeat(10_000))]).as_bytes(), "LG-S011");
    assert!(start.elapsed() < Duration::from_secs(10), "nothing is expanded");
}

#[test]
fn size_depth_and_counts_are_bounded() {
    let start = Instant::now();
    refused(with_part(&"<a>".repeat(13)).as_bytes(), "LG-S016");
    refused(with_part(&format!("{}{}", "<a>".repeat(9_000), "</a>".repeat(9_000))).as_bytes(), "LG-S016");
    refused(with_part(&"<a>".repeat(100_000)).as_bytes(), "LG-F002");
    let attributes: String = (0..41).map(|at| format!(" a{at}=\"\"")).collect();
    refused(with_part(&format!("<note{attributes}/>")).as_bytes(), "LG-S017");
    let million: String = (0..1_000_000).map(|at| format!(" a{at}=\"\"")).collect();
    refused(event(&[(" uid=", &format!("{million} uid="))]).as_bytes(), "LG-F002");
    refused(event(&[("LG-0001", &"U".repeat(257))]).as_bytes(), "LG-S011");
    refused(event(&[("LG-0001", &"U".repeat(1 << 20))]).as_bytes(), "LG-F002");
    refused(with_part(&"<archive/>".repeat(9)).as_bytes(), "LG-S007");
    refused(event(&[("46.0511", &"9".repeat(1_000))]).as_bytes(), "LG-S010");
    assert!(start.elapsed() < Duration::from_secs(20), "refusing is cheap");
}

#[test]
fn what_readers_disagree_about_is_refused() {
    // The first attribute counts for one reader, the last for another.
    let low_first = " access=\"MISSION RESTRICTED\" access=\"MISSION SECRET\"";
    for twice in [low_first, " access=\"MISSION SECRET\" access=\"MISSION RESTRICTED\""] {
        refused(event(&[(" access=\"MISSION RESTRICTED\"", twice)]).as_bytes(), "LG-S005");
    }
    for (changes, code) in [
        // The same of elements.
        (("<contact", "<contact callsign=\"B\"/><contact"), "LG-S005"),
        (("</event>", "<detail/></event>"), "LG-S005"),
        (("<detail>", "<point lat=\"0\" lon=\"0\" hae=\"0\" ce=\"0\" le=\"0\"/><detail>"), "LG-S005"),
        // Some readers see what stands in a comment, a section or an instruction, and some do not.
        (("KRIM 1", "KR<!-- -->IM"), "LG-S001"),
        (("<contact", "<!-- SECRET --><contact"), "LG-S002"),
        (("<contact", "<![CDATA[<contact/>]]><contact"), "LG-S002"),
        (("<contact", "<?xml-stylesheet href=\"x\"?><contact"), "LG-S002"),
        // Prefixes that one reader resolves and another cuts off.
        (("uid=", "xmlns:x=\"urn:x\" x:uid=\"other\" uid="), "LG-S018"),
        (("uid=", "xml:base=\"http://192.0.2.1/\" uid="), "LG-S018"),
        (
            ("uid=", "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\" uid="),
            "LG-S018",
        ),
        // Numbers and times that parsers read differently.
        (("46.0511", "NaN"), "LG-S009"),
        (("46.0511", "4.60511e1"), "LG-S009"),
        (("46.0511", "0x2E"), "LG-S009"),
        (("46.0511", "46,0511"), "LG-S009"),
        (("46.0511", "\u{0664}\u{0666}"), "LG-S009"),
        (("10:09:50Z", "10:09:50"), "LG-S009"),
        (("10:09:50Z", "24:00:00Z"), "LG-S009"),
        (("2026-03-01T10:09:50Z", "2026-02-29T10:09:50Z"), "LG-S009"),
        (("2026-03-01T10:09:50Z", "2026-03-01 10:09:50Z"), "LG-S009"),
        (("2026-03-01T10:09:50Z", "12026-03-01T10:09:50Z"), "LG-S009"),
        // A reader that normalises blanks sees another value than one that does not.
        (("LG-0001", "LG\n0001"), "LG-S012"),
        (("KRIM 1", "KRIM\n1"), "LG-S012"),
        (("a-f-G-U-C", " a-f-G-U-C"), "LG-S009"),
        (("<event ", "<EVENT "), "LG-D001"),
    ] {
        let object = event(&[changes]);
        if code.starts_with("LG-D") {
            not_released(object.as_bytes());
        } else {
            refused(object.as_bytes(), code);
        }
    }
}

#[test]
fn hidden_characters_cross_nowhere() {
    for hidden in [
        '\u{200b}',
        '\u{200d}',
        '\u{2060}',
        '\u{feff}',
        '\u{ad}',
        '\u{202e}',
        '\u{2066}',
        '\u{e0041}',
        '\u{7}',
        '\u{0}',
        '\u{85}',
        '\u{fffe}',
    ] {
        for old in ["LG-0001", "KRIM 1", "MISSION RESTRICTED", "AUT,HRV"] {
            refused(event(&[(old, &format!("{old}{hidden}"))]).as_bytes(), "LG-S012");
        }
        refused(with_part(&format!("<remarks>a{hidden}b</remarks>")).as_bytes(), "LG-S012");
    }
}

#[test]
fn a_source_sends_what_its_lane_lets_it_send_and_is_never_made_up() {
    for name in ["", "partner-net", "sensor-net ", "SENSOR-NET", "*"] {
        let gate = Gate { policy: DOWN.policy.clone(), source: name.into() };
        let seen = gate.judge(EVENT.as_bytes(), now());
        assert_eq!((seen.verdict, seen.codes), (VerdictKind::Refuse, vec!["LG-F005"]), "{name:?}");
    }
}

#[test]
fn a_type_is_found_by_structure_and_never_by_what_it_is_called() {
    // On a lane without a slow path, what no type recognises is refused.
    let up = Gate::new("cot-up", &[]);
    let files: [&[u8]; 5] =
        [b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"{\"event\":{}}", b"<events/>"];
    for bytes in files {
        let seen = up.judge(bytes, now());
        assert_eq!((seen.verdict, seen.codes), (VerdictKind::Refuse, vec!["LG-F003"]));
        not_released(bytes);
    }
    assert!(up.releases(marked("MISSION RESTRICTED", "SVN", "").as_bytes(), now()));
}
