//! Values that take two fields, and values with a check digit: what is accepted can be written, and only what is written so
//! is canonical.

use crate::asterix::{Pair, pair};
use crate::text::agreed;

fn read(pair: &Pair, object: &str) -> bool {
    let (reasons, read) = agreed(pair, object.as_bytes());
    assert_eq!(reasons, Vec::<String>::new(), "{object}");
    read.canonical
}

const HEAD: &str = "BT\nA\n\nMSGID/ZOO//\nPERIOD/FROM:010203ZJAN2026//\nUNIT/A//\n";

/// The emitter writes both halves into one line, or breaks the set before both.
#[test]
fn a_line_is_broken_where_the_emitter_breaks_it() {
    let text = include_str!("message.kdl").replace("line=40", "line=38");
    let narrow = pair("narrow.kdl", text.as_bytes());
    let fix = |rest: &str| format!("{HEAD}FIX/184353.07/1929.0450/S/{rest}//\nNNNN\n");
    // Behind the first half the line has no room for the second: the break is where breaks are, and not the emitter's.
    assert!(!read(&narrow, &fix("0241030.60/\n     E/240626")));
    assert!(read(&narrow, &fix("\n     0241030.60/E/240626")));
}

/// A value of two fields that says nothing says it in both.
#[test]
fn nothing_is_written_in_both_fields() {
    let text = "type \"x\" version=\"1\" tier=3 {\n title \"x\"\n source \"test\"\n \
        encoding text between=\",\" end=line none=\"\" fields=written\n limits size=\"1KiB\"\n identify set=\"A\"\n \
        record x {\n set a {\n field n integer min=0 max=9\n field lat latitude form=DDMM half=next optional=#true\n }\n }\n}\n";
    let full = pair("full.kdl", text.as_bytes());
    assert!(read(&full, "A,1,,\n"));
    assert!(read(&full, "A,1,4807,N\n"));
    assert!(!read(&full, "A,1,\n"));
}

/// A check digit stands behind an empty text too, and is told from the words of other alternatives.
#[test]
fn an_empty_text_with_its_check_digit_is_written() {
    let text = "type \"x\" version=\"1\" tier=3 {\n title \"x\"\n source \"test\"\n encoding text line=69\n \
        limits size=\"1KiB\"\n identify set=\"A\"\n record x {\n set a {\n field n text max=6 check=mod10\n \
        choice optional=#true {\n field km integer min=0 max=99 suffix=\"KM\"\n \
        field word text max=9 min=1 check=mod10\n }\n }\n }\n}\n";
    let checked = pair("checked.kdl", text.as_bytes());
    assert!(read(&checked, "A/0//\n"));
    assert!(read(&checked, "A/123//\n"));
    assert!(read(&checked, "A/0/15KM//\n"));
    assert!(read(&checked, "A/0/15KM6//\n"));
}
