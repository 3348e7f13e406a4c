//! Names by which a part that no type declares may be told. An account never shows what a sender wrote; a name on this list, which is
//! ours and not theirs, tells an author what to declare.

use lockgate_bytes::Span;
use lockgate_reason::{Code, schema};

/// A name, and the sentences with it: made here, so that none is made for an object.
struct Named {
    name: &'static str,
    undeclared: &'static str,
    marked: &'static str,
}

macro_rules! names {
    ($($name:literal),* $(,)?) => {
        &[$(Named {
            name: $name,
            undeclared: concat!("carries a part that the type does not declare: ", $name),
            marked: concat!("an undeclared part carries a label or a marking: ", $name),
        }),*]
    };
}

/// Children of `detail` in the published schemas of MITRE and of TAK, and in public samples of the field; in the order of their bytes.
const NAMES: &[Named] = names![
    "__chat",
    "__chatreceipt",
    "__geofence",
    "__group",
    "__milsym",
    "__navcues",
    "__routeinfo",
    "__serverdestination",
    "__shapeExtras",
    "__video",
    "_flow-tags_",
    "_radio",
    "_route",
    "_uastool",
    "ackresponse",
    "archive",
    "attachment_list",
    "bullseye",
    "chatgrp",
    "color",
    "commandedData",
    "contact",
    "creator",
    "emergency",
    "environment",
    "fileshare",
    "fillColor",
    "healthCheck",
    "height",
    "height_unit",
    "hierarchy",
    "image",
    "labels_on",
    "link",
    "link_attr",
    "marti",
    "mission",
    "precisionlocation",
    "remarks",
    "request",
    "sensor",
    "shape",
    "spatial",
    "status",
    "strokeColor",
    "strokeStyle",
    "strokeWeight",
    "takv",
    "track",
    "uid",
    "usericon",
    "vehicle",
    "waypointCollection",
];

/// What a reason says of a part whose element has a name on the list; `None` for any other name, and for what is no element.
pub(crate) fn says(code: Code, part: Span, bytes: &[u8]) -> Option<&'static str> {
    let name = local_name(part.of(bytes))?;
    let at = NAMES.binary_search_by(|known| known.name.as_bytes().cmp(name)).ok()?;
    let named = NAMES.get(at)?;
    if code == schema::UNDECLARED_SLOW || code == schema::UNDECLARED_REFUSED {
        return Some(named.undeclared);
    }
    (code == schema::UNDECLARED_MARKED).then_some(named.marked)
}

/// The name of an element without its prefix.
fn local_name(part: &[u8]) -> Option<&[u8]> {
    let rest = part.strip_prefix(b"<")?;
    let end = rest.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'))?;
    let name = rest.get(..end)?;
    name.rsplit(|byte| *byte == b':').next()
}

#[cfg(test)]
mod tests {
    use super::{NAMES, says};
    use lockgate_bytes::Span;
    use lockgate_reason::{marking, schema};

    #[test]
    fn names_are_sorted_and_sentences_begin_as_their_codes() {
        assert!(NAMES.is_sorted_by(|one, next| one.name < next.name));
        for named in NAMES {
            let slow = named.undeclared.strip_suffix(named.name).unwrap();
            assert_eq!(slow.strip_suffix(": "), Some(schema::UNDECLARED_SLOW.says()));
            assert_eq!(schema::UNDECLARED_SLOW.says(), schema::UNDECLARED_REFUSED.says());
            let marked = named.marked.strip_suffix(named.name).unwrap();
            assert_eq!(marked.strip_suffix(": "), Some(schema::UNDECLARED_MARKED.says()));
        }
    }

    #[test]
    fn only_a_name_of_the_list_is_told() {
        let told = |part: &str| says(schema::UNDECLARED_SLOW, Span::new(0, part.len()), part.as_bytes());
        for part in
            ["<__chat/>", "<__chat>x</__chat>", "<__chat id='BLUE HERON'/>", "<t:__chat/>", "<__chat\n/>"]
        {
            assert_eq!(told(part), Some("carries a part that the type does not declare: __chat"), "{part}");
        }
        for part in
            ["<__chats/>", "<__Chat/>", "<blue-heron/>", "__chat", "<", "<__chat", "<:/>", "", "\"__chat\":1"]
        {
            assert_eq!(told(part), None, "{part}");
        }
        assert_eq!(says(marking::TWO_LABELS, Span::new(0, 9), b"<__chat/>"), None);
    }
}
