use super::{Hand, Target, file_name};
use crate::model::Reference;
use alloc::string::String;
use alloc::vec::Vec;
use roxmltree::Document;

const TEXT: &str = "<a><b Id='one'/><c xml:id='two'/><d id='three'/><e ID='four'/><f Id='x'/><g id='x'/></a>";

/// What `uri` resolves to: the name of an element, `document`, `object`, or a code.
fn resolved(uri: &str, name: Option<&str>, beside: bool) -> String {
    let document = Document::parse(TEXT).unwrap();
    let hand = Hand::new(&document, name, beside);
    let reference = Reference { node: document.root_element(), uri, transforms: None };
    match hand.resolve(&reference) {
        Ok(Target::Document) => "document".into(),
        Ok(Target::Object) => "object".into(),
        Ok(Target::Part(id)) => document.get_node(id).unwrap().tag_name().name().into(),
        Err(finding) => finding.code.id().into(),
    }
}

#[test]
fn references_resolve_to_what_is_in_hand_and_nothing_else_rule_35() {
    for (uri, expected) in [
        ("", "document"),
        ("#xpointer(/)", "document"),
        ("#one", "b"),
        ("#two", "c"),
        ("#three", "d"),
        ("#four", "e"),
        ("#xpointer(id('two'))", "c"),
        ("#xpointer(id(\"two\"))", "c"),
        ("#nobody", "LG-M052"),
        ("#x", "LG-M054"),
        ("#xpointer(id('x'))", "LG-M054"),
        ("#xpointer(//b)", "LG-M055"),
        ("#xpointer(id('one')/..)", "LG-M055"),
        ("#element(/1/1)", "LG-M055"),
        ("#", "LG-M055"),
        ("#o%6Ee", "LG-M055"),
        ("track.cot#one", "LG-M055"),
        ("track.cot", "object"),
        ("./track.cot", "object"),
        ("track%2Ecot", "object"),
        ("other.cot", "LG-M053"),
        ("././track.cot", "LG-M053"),
        ("../track.cot", "LG-M053"),
        ("/track.cot", "LG-M053"),
        ("a/track.cot", "LG-M053"),
        ("track.cot/", "LG-M053"),
        ("track.cot?x", "LG-M053"),
        ("%2Ftrack.cot", "LG-M053"),
        ("track.cot%00", "LG-M053"),
        ("track.cot%", "LG-M053"),
        ("track.cot%2", "LG-M053"),
        ("track%+2ecot", "LG-M053"),
        ("TRACK.COT", "LG-M053"),
        ("http://a.example/track.cot", "LG-M053"),
        ("file:track.cot", "LG-M053"),
        ("pack:///track.cot", "LG-M053"),
        ("cid:track.cot", "LG-M053"),
        ("//track.cot", "LG-M053"),
        (".", "LG-M053"),
        (" track.cot", "LG-M053"),
    ] {
        assert_eq!(resolved(uri, Some("track.cot"), true), expected, "{uri}");
    }
    assert_eq!(resolved("track.cot", None, true), "LG-M052");
    assert_eq!(resolved("track.cot", Some("track.cot"), false), "document");
    assert_eq!(resolved(&"a".repeat(1025), Some("track.cot"), true), "LG-M051");
}

#[test]
fn an_identifier_that_stands_twice_is_found_by_itself() {
    let document = Document::parse(TEXT).unwrap();
    let hand = Hand::new(&document, None, false);
    let found: Vec<_> = hand.duplicates().map(|finding| finding.code.id()).collect();
    assert_eq!(found, ["LG-M054"]);
}

#[test]
fn names_of_files_are_read_once() {
    assert_eq!(file_name("a%2520b").as_deref(), Some("a%20b"));
    assert_eq!(file_name("%C3%A9").as_deref(), Some("\u{e9}"));
    for odd in ["", "..", ".", "%FF", "a%5Cb", "a%0Ab", "a:b", "a@b"] {
        assert_eq!(file_name(odd), None, "{odd}");
    }
}
