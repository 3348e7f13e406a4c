//! A writer of small archives, and what the walker says of them.

use proptest::prelude::*;

/// One entry: its name and its data; how it is packed, and what else it says.
#[derive(Clone, Copy)]
struct Entry<'a> {
    name: &'a str,
    data: &'a [u8],
    method: u16,
    flags: u16,
    extra: &'a [u8],
}

fn stored<'a>(name: &'a str, data: &'a [u8]) -> Entry<'a> {
    Entry { name, data, method: 0, flags: 0, extra: b"" }
}

fn zip(entries: &[Entry<'_>], comment: &[u8]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let packed = match entry.method {
            8 => miniz_oxide::deflate::compress_to_vec(entry.data, 6),
            _ => entry.data.to_vec(),
        };
        let at = u32::try_from(out.len()).unwrap();
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let short = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_le_bytes();
        let shared = [
            &[20, 0][..],
            &entry.flags.to_le_bytes(),
            &entry.method.to_le_bytes(),
            &[0; 4],
            &crc32fast::hash(entry.data).to_le_bytes(),
            &length(&packed),
            &length(entry.data),
            &short(entry.name.as_bytes()),
            &short(entry.extra),
        ]
        .concat();
        out.extend([b"PK\x03\x04", &shared[..], entry.name.as_bytes(), entry.extra, &packed].concat());
        let more = [&[0; 10][..], &at.to_le_bytes(), entry.name.as_bytes(), entry.extra].concat();
        directory.extend([b"PK\x01\x02\x14\0", &shared[..], &more].concat());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    let at = u32::try_from(out.len()).unwrap().to_le_bytes();
    let said = u16::try_from(comment.len()).unwrap().to_le_bytes();
    let end = [&b"PK\x05\x06\0\0\0\0"[..], &count, &count, &size, &at, &said, comment].concat();
    [out, directory, end].concat()
}

fn names(object: &[u8]) -> Vec<&'static str> {
    let found = crate::look(object).findings;
    let names = found.iter().map(|finding| finding.code.name);
    names.filter(|name| *name != "form.inside").collect()
}

#[test]
fn an_archive_of_words_has_no_findings_and_every_entry_is_told() {
    let packed = Entry { method: 8, ..stored("b/c.txt", b"more words, more words") };
    let whole = zip(&[stored("a.txt", b"words"), stored("b/", b""), packed], b"");
    assert_eq!(names(&whole), [""; 0]);
    let answer = crate::look(&whole);
    let places: Vec<_> = answer.findings.iter().map(|finding| finding.place.as_str()).collect();
    assert_eq!(places.len(), 2, "{places:?}");
    assert!(places[0].starts_with("entry 1: text, 5 bytes, hold, sha256 "), "{places:?}");
    assert!(
        answer
            .texts
            .iter()
            .any(|said| said.place.starts_with("entry 3, text") && said.text.starts_with("more"))
    );
}

#[test]
fn what_an_entry_does_not_say_of_itself_is_seen() {
    let one = |entry: Entry<'_>| names(&zip(&[entry], b""));
    assert_eq!(one(stored("run", b"#!/bin/sh")), ["form.program"]);
    for name in ["/x", "../x", "a/../../x", "a\\x", "c:x", "a//x", ""] {
        assert_eq!(one(stored(name, b"words")), ["archive.name"], "{name}");
    }
    assert_eq!(names(&zip(&[stored("a", b"words"), stored("A", b"words")], b"")), ["archive.name"]);
    assert_eq!(one(Entry { flags: 1, ..stored("a", b"words") }), ["archive.encrypted"]);
    assert_eq!(one(Entry { method: 12, ..stored("a", b"words") }), ["archive.method"]);
    assert_eq!(one(Entry { extra: b"\x55\x54\x05\0\x01abcd", ..stored("a", b"words") }), [""; 0]);
    assert_eq!(one(Entry { extra: b"\x99\x99\x02\0ab", ..stored("a", b"words") }), ["archive.extra"]);
    assert_eq!(names(&zip(&[stored("a", b"words")], b"hidden words")), ["archive.comment"]);
}

#[test]
fn the_directory_and_the_entries_are_one_archive() {
    let whole = zip(&[stored("a.txt", b"words")], b"");
    let with = |from: &[u8], to: &[u8], nth: usize| {
        let places = whole.windows(from.len()).enumerate().filter(|(_, part)| *part == from);
        let at = places.map(|(at, _)| at).nth(nth).unwrap();
        names(&[&whole[..at], to, &whole[at + from.len()..]].concat())
    };
    assert_eq!(with(b"a.txt", b"b.txt", 0), ["archive.two-views"], "another name in the entry");
    assert_eq!(with(b"words", b"wordz", 0), ["archive.checksum"]);
    assert!(
        names(&[b"#!/bin/sh\n", &whole[..]].concat()).contains(&"form.program"),
        "it is a program, and no archive"
    );
    assert_eq!(names(&[&whole[..], b"tail"].concat()), ["form.cut-off"]);
    let two = [&whole[..whole.len() - 22], b"hidden", &whole[whole.len() - 22..]].concat();
    assert_eq!(names(&two), ["archive.two-views"]);
    for end in 4..whole.len() {
        assert!(!names(&whole[..end]).is_empty(), "cut at {end}");
    }
}

#[test]
fn a_bomb_is_not_unpacked_and_a_nest_ends() {
    let large = vec![0; (32 << 20) + 1];
    let bomb = zip(&[Entry { method: 8, ..stored("a", &large) }], b"");
    assert_eq!(names(&bomb), ["archive.bomb"]);
    let mut nest = b"words".to_vec();
    for _ in 0..6 {
        nest = zip(&[Entry { method: 8, ..stored("a", &nest) }], b"");
    }
    assert!(names(&nest).contains(&"form.too-many"), "{:?}", names(&nest));
}

#[test]
fn an_office_document_is_told_by_its_parts() {
    let types = stored("[Content_Types].xml", b"<?xml version='1.0'?><Types/>");
    let with = |name: &str, data: &[u8]| {
        let found = names(&zip(&[types, stored(name, data)], b""));
        assert_eq!(found[0], "office.document");
        found[1..].to_vec()
    };
    assert_eq!(with("word/document.xml", b"<w:t>words</w:t>"), [""; 0]);
    assert_eq!(with("word/vbaProject.bin", &[0, 1]), ["office.macro"]);
    assert_eq!(with("word/embeddings/oleObject1.bin", &[0, 1]), ["office.embedded"]);
    assert_eq!(with("word/activeX/activeX1.bin", &[0, 1]), ["office.active"]);
    assert_eq!(with("docProps/core.xml", b"<x/>"), ["office.properties"]);
    assert_eq!(with("customXml/item1.xml", b"<x/>"), ["office.custom"]);
    assert_eq!(with("word/comments.xml", b"<x/>"), ["office.comments"]);
    assert_eq!(with("word/document.xml", b"<w:del w:id='1'>old</w:del>"), ["office.revision"]);
    assert_eq!(with("xl/workbook.xml", b"<sheet state=\"veryHidden\"/>"), ["office.hidden"]);
    let relation = |kind: &str| {
        format!("<Relationship Type=\"http://x/{kind}\" Target=\"http://y\" TargetMode=\"External\"/>")
    };
    assert_eq!(with("word/_rels/document.xml.rels", relation("hyperlink").as_bytes()), ["office.link"]);
    assert_eq!(
        with("word/_rels/settings.xml.rels", relation("attachedTemplate").as_bytes()),
        ["office.elsewhere"]
    );
    // A word that tags cut is whole for the search.
    let cut = zip(&[types, stored("word/document.xml", b"<w:t>MISSION SEC</w:t><w:t>RET</w:t>")], b"");
    assert!(crate::look(&cut).texts.iter().any(|said| said.text.contains("MISSION SECRET")));
    let open = zip(
        &[stored("mimetype", b"application/vnd.oasis.opendocument.text"), stored("Basic/x", b"words")],
        b"",
    );
    assert_eq!(names(&open), ["office.document", "office.macro"]);
}

proptest! {
    #[test]
    fn any_change_is_survived(at: usize, byte: u8, end: usize) {
        let mut object = zip(&[stored("a.txt", b"words"), Entry { method: 8, ..stored("b", b"more words") }], b"said");
        let at = at % object.len();
        object[at] = byte;
        object.truncate(4 + end % object.len());
        let _ = crate::look(&object);
    }
}
