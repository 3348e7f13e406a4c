use super::{NotCanonical, write};
use alloc::string::String;
use alloc::vec::Vec;
use proptest::prelude::*;
use roxmltree::Document;

fn canonical(text: &str) -> Result<String, NotCanonical> {
    let document = Document::parse(text).unwrap();
    let mut out = Vec::new();
    write(document.root(), None, 1 << 16, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn namespaces_stand_where_they_are_used() {
    for (text, expected) in [
        (
            "<a xmlns='u:1' xmlns:x='u:2'><x:b/><c xmlns=''/></a>",
            "<a xmlns=\"u:1\"><x:b xmlns:x=\"u:2\"></x:b><c xmlns=\"\"></c></a>",
        ),
        ("<a  z='1'  b = \"2\" />", "<a b=\"2\" z=\"1\"></a>"),
        (
            "<x:a xmlns:x='u:1'><x:b xmlns:x='u:2'/><x:b/></x:a>",
            "<x:a xmlns:x=\"u:1\"><x:b xmlns:x=\"u:2\"></x:b><x:b></x:b></x:a>",
        ),
        ("<a xmlns='u:&amp;'/>", "<a xmlns=\"u:&amp;\"></a>"),
        ("<?p i?><a/><!-- c --><?q?>", "<?p i?>\n<a></a>\n<?q?>"),
    ] {
        assert_eq!(canonical(text).as_deref(), Ok(expected));
    }
}

#[test]
fn a_subtree_means_the_same_by_itself() {
    let document =
        Document::parse("<a xmlns='u:1' xmlns:x='u:2' xmlns:y='u:3'><x:b i='1'><c/></x:b></a>").unwrap();
    let part = document.descendants().find(|node| node.has_tag_name(("u:2", "b"))).unwrap();
    let mut out = Vec::new();
    write(part, None, 1 << 10, &mut out).unwrap();
    assert_eq!(out, b"<x:b xmlns:x=\"u:2\" i=\"1\"><c xmlns=\"u:1\"></c></x:b>");
}

#[test]
fn what_is_left_out_is_left_out_whole() {
    let document = Document::parse("<a>x<b>y<c/></b>z</a>").unwrap();
    let b = document.descendants().find(|node| node.has_tag_name("b")).unwrap().id();
    let mut out = Vec::new();
    write(document.root(), Some(b), 100, &mut out).unwrap();
    assert_eq!(out, b"<a>xz</a>");
}

#[test]
fn bytes_are_bounded_and_odd_instructions_are_not_written() {
    let document = Document::parse("<a>123</a>").unwrap();
    let mut out = Vec::new();
    assert_eq!(write(document.root(), None, 9, &mut out), Err(NotCanonical));
    out.clear();
    assert_eq!(write(document.root(), None, 10, &mut out), Ok(()));
    assert_eq!(canonical("<a><?p x\r\ny?></a>"), Err(NotCanonical));
}

proptest! {
    /// What is canonical is canonical: written again, it is the same.
    #[test]
    fn canonical_xml_is_a_fixed_point(
        names in proptest::collection::vec(("[abx]", "[a-c]", "[ <&>\"'\t\n\ra-z\u{e9}]{0,6}"), 1..6),
    ) {
        let mut text = String::from("<r xmlns:a='u:a' xmlns:b='u:b' xmlns:x='u:a'>");
        let escape = |value: &str| {
            value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\r', "&#13;").replace(']', "")
        };
        for (prefix, name, value) in &names {
            let value = escape(value);
            text.push_str(&alloc::format!("<{prefix}:{name} {prefix}:n=\"{value}\" n=\"{value}\">{}", value.replace('>', "&gt;")));
        }
        for (prefix, name, _) in names.iter().rev() {
            text.push_str(&alloc::format!("</{prefix}:{name}>"));
        }
        text.push_str("</r>");
        let once = canonical(&text).unwrap();
        prop_assert_eq!(canonical(&once).unwrap(), once);
    }
}
