//! A writer of small documents, and what the walker says of them.

use proptest::prelude::*;

/// A document of these objects, numbered from 1; the first is its catalog. Tables and places are right.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    append(&mut out, 1, objects, "");
    out
}

/// Writes objects, a table, a trailer and an end.
fn append(out: &mut Vec<u8>, first: usize, objects: &[&str], trailer: &str) {
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", first + index).bytes());
    }
    let table = out.len();
    let head = if first == 1 { "0000000000 65535 f \n" } else { "" };
    out.extend(
        format!("xref\n{} {}\n{head}", if first == 1 { 0 } else { first }, places.len() + head.len() / 20)
            .bytes(),
    );
    for place in &places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = first + objects.len();
    out.extend(format!("trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{table}\n%%EOF\n").bytes());
}

const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R>>";
const PAGES: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
const PAGE: &str = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R>>";
const CONTENTS: &str = "<</Length 2>>stream\nq \nendstream";

fn plain() -> Vec<u8> {
    pdf(&[CATALOG, PAGES, PAGE, CONTENTS])
}

fn names(object: &[u8]) -> Vec<&'static str> {
    let mut names: Vec<_> = crate::look(object).findings.iter().map(|finding| finding.code.name).collect();
    names.dedup();
    names
}

/// The findings of a document whose catalog says more.
fn catalog(more: &str) -> Vec<&'static str> {
    names(&pdf(&[&CATALOG.replace(">>", &format!("{more}>>")), PAGES, PAGE, CONTENTS]))
}

#[test]
fn an_annotation_that_is_not_shown_hides_something() {
    let flagged = |flags: &str| catalog(&format!("/X<</Subtype/FreeText/Contents(words)/F {flags}>>"));
    assert_eq!(flagged("4"), ["pdf.annotation"]);
    assert_eq!(flagged("2"), ["pdf.annotation", "pdf.annotation-hidden"]);
    assert_eq!(flagged("36"), ["pdf.annotation", "pdf.annotation-hidden"]);
    let field = |flags: &str| catalog(&format!("/X<</Subtype/Widget/Rect[0 0 9 9]/V(words)/F {flags}>>"));
    assert_eq!(field("4"), [""; 0]);
    assert_eq!(field("2"), ["pdf.annotation-hidden"]);
    assert_eq!(field("32"), ["pdf.annotation-hidden"]);
}

#[test]
fn a_layer_that_shows_what_others_do_not_is_one_that_is_off() {
    let of = |more: &str| catalog(&format!("/X<</Type/OCMD/OCGs 4 0 R{more}>>"));
    for shown in ["", "/P/AllOn", "/P/AnyOn"] {
        assert_eq!(of(shown), [""; 0], "{shown}");
    }
    for hidden in ["/P/AllOff", "/P/AnyOff", "/VE[/Not 4 0 R]"] {
        assert_eq!(of(hidden), ["pdf.layer-off"], "{hidden}");
    }
}

#[test]
fn what_no_page_draws_is_seen() {
    let page = PAGE.replace(">>", "/Resources<</XObject<</X1 5 0 R>>>>>>");
    let form = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 2>>stream\nn \nendstream";
    let with = |contents: &str| names(&pdf(&[CATALOG, PAGES, &page, contents, form]));
    assert_eq!(with("<</Length 7>>stream\n/X1 Do \nendstream"), [""; 0]);
    assert_eq!(with("<</Length 8>>stream\n/X#31 Do\nendstream"), [""; 0], "names are those they stand for");
    assert_eq!(with(CONTENTS), ["pdf.undrawn"]);
}

#[test]
fn a_look_that_no_page_shows_is_seen_and_searched() {
    let page = PAGE.replace(">>", "/Annots[5 0 R]>>");
    let look = "<</Subtype/Form/BBox[0 0 9 9]/Length 22>>stream\n[(ra) -3 (in)] TJ (x)'\nendstream";
    let with = |annotation: &str| {
        let annotation = format!("<</Type/Annot/Subtype/Link/Rect[0 0 9 9]{annotation}>>");
        let answer = crate::look(&pdf(&[CATALOG, PAGES, &page, CONTENTS, &annotation, look]));
        let said = answer.texts.iter().find(|said| said.place == "content that no page shows");
        let found = answer.findings.iter().map(|finding| finding.code.name).collect::<Vec<_>>();
        (found.join(" "), said.map(|said| said.text.clone()))
    };
    let unseen = |found: &str| (found.to_owned(), Some("rain\nx\n".to_owned()));
    assert_eq!(with("/AP<</N 6 0 R>>"), (String::new(), None));
    assert_eq!(with("/AS/On/AP<</N<</On 6 0 R>>>>"), (String::new(), None));
    assert_eq!(with("/AP<</D 6 0 R>>"), unseen("pdf.look-unshown"));
    assert_eq!(with("/AP<</R<</On 6 0 R>>>>/AS/On"), unseen("pdf.look-unshown"));
    assert_eq!(with("/AS/Off/AP<</N<</On 6 0 R>>>>"), unseen("pdf.look-unshown"));
    assert_eq!(with("/AP<</N<</On 6 0 R>>>>"), unseen("pdf.look-unshown"));
    assert_eq!(with("/F 2/AP<</N 6 0 R>>"), unseen("pdf.annotation-hidden pdf.look-unshown"));
}

#[test]
fn strings_of_patterns_that_nothing_paints_with_are_searched() {
    let page = PAGE.replace(">>", "/Resources<</Pattern<</P1 5 0 R>>>>>>");
    let pattern = "<</PatternType 1/BBox[0 0 9 9]/Length 9>>stream\n(rain) Tj\nendstream";
    let said = |contents: &str| {
        let answer = crate::look(&pdf(&[CATALOG, PAGES, &page, contents, pattern]));
        answer.texts.iter().map(|said| said.text.clone()).collect::<String>()
    };
    assert_eq!(said("<</Length 8>>stream\n/P1 scn \nendstream"), "");
    assert_eq!(said(CONTENTS), "rain\n");
}

#[test]
fn a_document_of_pages_has_no_findings() {
    assert_eq!(names(&plain()), [""; 0]);
}

#[test]
fn what_a_document_can_do_is_listed() {
    assert_eq!(catalog("/OpenAction<</S/JavaScript/JS(x)>>"), ["pdf.automatic", "pdf.javascript"]);
    assert_eq!(catalog("/OpenAction[3 0 R/Fit]"), [""; 0]);
    assert_eq!(catalog("/OpenAction<</S/GoTo/D[3 0 R/Fit]>>"), [""; 0]);
    assert_eq!(catalog("/AA<</WC<</S/URI/URI(x)>>>>"), ["pdf.automatic", "pdf.link"]);
    assert_eq!(catalog("/Names<</EmbeddedFiles<<>>>>"), ["pdf.embedded-file"]);
    assert_eq!(catalog("/OpenAction<</S/Launch/F(x)>>"), ["pdf.automatic", "pdf.launch"]);
    assert_eq!(catalog("/AcroForm<</XFA(x)>>"), ["pdf.form", "pdf.xfa"]);
    assert_eq!(catalog("/OCProperties<</D<</OFF[4 0 R]>>>>"), ["pdf.layers", "pdf.layer-off"]);
    assert_eq!(catalog("/X<</Type/Filespec/F(//server/share)>>"), ["pdf.file-elsewhere"]);
    assert_eq!(catalog("/X<</UF(//server/share)>>"), ["pdf.file-elsewhere"]);
    assert_eq!(catalog("/X<</F 4 0 R/UF 4 0 R>>"), [""; 0], "this holds the file");
    assert_eq!(catalog("/J#61vaScript 1"), ["pdf.escaped-name", "pdf.javascript"]);
    let mut in_trailer = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    append(&mut in_trailer, 1, &[CATALOG, PAGES, PAGE, CONTENTS], "/X<</S/Launch/F(x)>>");
    assert_eq!(names(&in_trailer), ["pdf.launch"], "in the trailer");
}

/// What a document may hold, and what is told of it: each line falls where the program forgets the one word that it is about.
const HOLDS: &[(&str, &[&str])] = &[
    ("/X<</S/JavaScript>>", &["pdf.javascript"]),
    ("/X<</JS(x)>>", &["pdf.javascript"]),
    ("/X<</JavaScript 1>>", &["pdf.javascript"]),
    ("/X<</AA<<>>>>", &["pdf.automatic"]),
    ("/X<</S/Launch>>", &["pdf.launch"]),
    ("/X<</S/SubmitForm>>", &["pdf.submit"]),
    ("/X<</S/URI>>", &["pdf.link"]),
    ("/X<</S/GoToR>>", &["pdf.file-elsewhere"]),
    ("/X<</S/GoToE>>", &["pdf.file-elsewhere"]),
    ("/X<</S/Thread>>", &["pdf.file-elsewhere"]),
    ("/X<</S/ImportData>>", &["pdf.file-elsewhere"]),
    ("/X<</S/ResetForm>>", &["pdf.changes-itself"]),
    ("/X<</S/Hide>>", &["pdf.changes-itself"]),
    ("/X<</S/SetOCGState>>", &["pdf.changes-itself"]),
    ("/X<</S/Rendition>>", &["pdf.media"]),
    ("/X<</S/Sound>>", &["pdf.media"]),
    ("/X<</S/Movie>>", &["pdf.media"]),
    ("/X<</S/GoTo3DView>>", &["pdf.media"]),
    ("/X<</S/RichMediaExecute>>", &["pdf.media"]),
    ("/X<</Subtype/RichMedia>>", &["pdf.media"]),
    ("/X<</Subtype/3D>>", &["pdf.media"]),
    ("/X<</Subtype/Movie>>", &["pdf.media"]),
    ("/X<</Subtype/Sound>>", &["pdf.media"]),
    ("/X<</Subtype/Screen>>", &["pdf.media"]),
    ("/X<</RichMediaContent<<>>>>", &["pdf.media"]),
    ("/X<</RichMediaSettings<<>>>>", &["pdf.media"]),
    ("/X<</3DD<<>>>>", &["pdf.media"]),
    ("/X<</Movie<<>>>>", &["pdf.media"]),
    ("/X<</Sound<<>>>>", &["pdf.media"]),
    ("/X<</XFA[]>>", &["pdf.xfa"]),
    ("/X<</AcroForm<<>>>>", &["pdf.form"]),
    ("/X<</Subtype/FileAttachment>>", &["pdf.embedded-file"]),
    ("/X<</EmbeddedFiles<<>>>>", &["pdf.embedded-file"]),
    ("/X<</EF<<>>>>", &["pdf.embedded-file"]),
    ("/X<</Collection<<>>>>", &["pdf.embedded-file"]),
    ("/X<</EmbeddedFDFs[]>>", &["pdf.embedded-file"]),
    ("/X<</PieceInfo<<>>>>", &["pdf.private"]),
    ("/X<</Thumb 4 0 R>>", &["pdf.thumbnail"]),
    ("/X<</Metadata 4 0 R>>", &["pdf.metadata"]),
    ("/X<</OPI<<>>>>", &["pdf.file-elsewhere"]),
    ("/X<</Ref<</F(a)>>>>", &["pdf.file-elsewhere"]),
    ("/X<</Type/Filespec/F(a)>>", &["pdf.file-elsewhere"]),
    ("/X<</Type/F/F(a)>>", &["pdf.file-elsewhere"]),
    ("/X<</FS/URL>>", &["pdf.file-elsewhere"]),
    ("/X<</ByteRange[0 1 2 3]>>", &["pdf.signature"]),
    ("/X<</OCProperties<<>>>>", &["pdf.layers"]),
    ("/X<</BaseState/OFF>>", &["pdf.layer-off"]),
    ("/X<</ViewState/OFF>>", &["pdf.layer-off"]),
    ("/X<</SpiderInfo<<>>>>", &["pdf.captured"]),
    ("/X<</Subtype/Redact>>", &["pdf.not-redacted"]),
    ("/X<</Subtype/PS>>", &["pdf.postscript"]),
];

#[test]
fn each_thing_that_a_document_may_hold_is_told() {
    for (holds, told) in HOLDS {
        assert_eq!(catalog(holds), *told, "{holds}");
    }
    let annotations = "Text FreeText Popup Stamp Ink Highlight Underline Squiggly StrikeOut Caret Line Square \
        Circle Polygon PolyLine";
    for kind in annotations.split(' ').filter(|kind| !kind.is_empty()) {
        assert_eq!(catalog(&format!("/X<</Subtype/{kind}>>")), ["pdf.annotation"], "{kind}");
    }
    for harmless in ["/X<</S/GoTo>>", "/X<</S/Named>>", "/X<</Subtype/Link>>", "/X<</Ref[4 0 R]>>"] {
        assert_eq!(catalog(harmless), [""; 0], "{harmless}");
    }
}

#[test]
fn what_is_an_object_of_its_own_is_told_too() {
    let root = CATALOG.replace(">>", "/X 5 0 R>>");
    let with = |object: &str, other: &str| names(&pdf(&[&root, PAGES, PAGE, CONTENTS, object, other]));
    assert_eq!(with("<</Ref 6 0 R>>", "<</F(a)>>"), ["pdf.file-elsewhere"]);
    assert_eq!(with("<</S 6 0 R>>", "/Launch"), ["pdf.launch"]);
    assert_eq!(with("<</Subtype 6 0 R>>", "/3D"), ["pdf.media"]);
}

#[test]
fn a_stream_elsewhere_enciphered_or_packed_often_is_told() {
    let root = CATALOG.replace(">>", "/X 5 0 R>>");
    let with = |keys: &str| {
        let stream = format!("<<{keys}/Length 2>>stream\nq \nendstream");
        names(&pdf(&[&root, PAGES, PAGE, CONTENTS, &stream]))
    };
    assert_eq!(with(""), [""; 0]);
    assert_eq!(with("/F(a)"), ["pdf.file-elsewhere"]);
    assert_eq!(with("/FFilter/Crypt"), ["pdf.file-elsewhere"]);
    assert_eq!(with("/Filter/Crypt"), ["pdf.encrypted"]);
    assert_eq!(with("/Filter[/ASCIIHexDecode/Crypt]"), ["pdf.encrypted"]);
    assert_eq!(with("/Filter[/A85/A85/A85]"), [""; 0]);
    assert_eq!(with("/Filter[/A85/A85/A85/A85]"), ["pdf.filters"]);
    let mut enciphered = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    append(&mut enciphered, 1, &[CATALOG, PAGES, PAGE, CONTENTS], "/Encrypt<</Filter/Standard/V 9>>");
    assert!(names(&enciphered).contains(&"pdf.encrypted"), "{:?}", names(&enciphered));
}

#[test]
fn every_string_is_given_to_the_search_for_words() {
    let note = "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents<FEFF007200610069006E>>>";
    let page = PAGE.replace(">>", "/Annots[5 0 R]>>");
    let answer = crate::look(&pdf(&[CATALOG, PAGES, &page, CONTENTS, note]));
    let said: Vec<_> = answer.texts.iter().map(|said| (said.place.as_str(), said.text.as_str())).collect();
    assert_eq!(said, [("strings of the document", "rain\n")]);
}

#[test]
fn comments_are_given_to_the_search_for_words() {
    let file = String::from_utf8_lossy(&plain()).replacen("2 0 obj\n", "%rain\n2 0 obj % and wind\n", 1);
    let answer = crate::look(file.as_bytes());
    let said = answer.texts.iter().find(|said| said.place == "comments").map(|said| said.text.as_str());
    assert_eq!(said, Some("%rain\n% and wind"));
}

#[test]
fn what_stands_inside_is_looked_into() {
    let holding = |file: &str, filter: &str| {
        let stream = format!("<</Type/EmbeddedFile{filter}/Length {}>>stream\n{file}\nendstream", file.len());
        let root = CATALOG.replace(">>", "/Names<</EmbeddedFiles<</Names[(a)5 0 R]>>>>>>");
        pdf(&[&root, PAGES, PAGE, CONTENTS, "<</Type/Filespec/F(a)/EF<</F 6 0 R>>>>", &stream])
    };
    let found = |file: &[u8]| {
        let answer = crate::look(file);
        let told = answer.findings.iter().filter(|finding| finding.place.starts_with("file inside"));
        let told = told.filter(|finding| finding.code.name != "form.inside");
        told.map(|finding| format!("{} {}", finding.code.name, finding.place)).collect::<Vec<_>>()
    };
    assert_eq!(found(&holding("#!/bin/sh", "")), ["form.program file inside, object 6 0, program: byte 0"]);
    let told = crate::look(&holding("#!/bin/sh", "")).findings;
    let told = told.iter().find(|finding| finding.code.name == "form.inside").unwrap();
    let digest = lockgate_bytes::Digest::of(b"#!/bin/sh");
    assert_eq!(told.place, format!("file inside, object 6 0: program, 9 bytes, refuse, sha256 {digest}"));
    assert_eq!(found(&holding("x", "/Filter/FlateDecode")), ["pdf.embedded-unread file inside, object 6 0"]);
    // The specification stands inside of an annotation, and the stream does not say what it is.
    let annotation = "<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS<</F(a)/EF<</F 6 0 R>>>>>>";
    let page = PAGE.replace(">>", "/Annots[5 0 R]>>");
    let stream = "<</Length 9>>stream\n#!/bin/sh\nendstream";
    let attached = pdf(&[CATALOG, PAGES, &page, CONTENTS, annotation, stream]);
    assert_eq!(found(&attached), ["form.program file inside, object 6 0, program: byte 0"]);
    // A file in a file in a file in a file: the last is not opened, and that is said. In digits, so that none of them
    // sees the end of another.
    let mut nested = b"#!/bin/sh".to_vec();
    for _ in 0..5 {
        let digits: String = nested.iter().map(|byte| format!("{byte:02X}")).collect();
        nested = holding(&format!("{digits}>"), "/Filter/ASCIIHexDecode");
    }
    let told = found(&nested);
    assert!(told.iter().any(|told| told.contains("form.too-many")), "{told:?}");
    assert!(!told.iter().any(|told| told.contains("form.program")), "{told:?}");
}

/// A plain document with something before its table, and every place right.
fn before_table(bytes: &[u8]) -> Vec<u8> {
    let plain = plain();
    let at = plain.windows(5).position(|part| part == b"xref\n").unwrap();
    let (start, end) = (format!("startxref\n{at}"), format!("startxref\n{}", at + bytes.len()));
    let tail = String::from_utf8_lossy(&plain[at..]).replace(&start, &end);
    [&plain[..at], bytes, tail.as_bytes()].concat()
}

#[test]
fn bytes_that_no_reader_shows_are_seen() {
    let with = |from: &str, to: &str| {
        let text = String::from_utf8_lossy(&plain()).replace("\u{FFFD}", "x");
        names(text.replacen(from, to, 1).as_bytes())
    };
    let comment = format!("%{}\n2 0 obj", "hidden words ".repeat(20));
    assert!(with("2 0 obj", &comment).contains(&"pdf.comments"));
    let inside = format!("<<%{}\n/Type/Pages", "hidden words ".repeat(20));
    assert!(
        with("<</Type/Pages", &inside).contains(&"pdf.comments"),
        "inside of an object they count as well"
    );
    assert!(!with("<</Type/Pages", "<<% 1\n/Type/Pages").contains(&"pdf.comments"), "as cairo writes it");
    for out in [
        "<<%/Type/Pages\n/Type/Pages",
        "<<%/Kids [ 9 0 R ]\n/Type/Pages",
        "<<% 9 0 R\n/Type/Pages",
        "<<% 9 0 R ]\n/Type/Pages",
        "<<%[9 0 R] that was\n/Type/Pages",
    ] {
        assert!(with("<</Type/Pages", out).contains(&"pdf.commented-out"), "{out}");
    }
    assert!(!with("<</Type/Pages", "<<% 9 R 0 of 4 \n/Type/Pages").contains(&"pdf.commented-out"));
    assert!(with("2 0 obj", "hidden words 2 0 obj").contains(&"form.unowned"));
    assert!(names(&[plain(), b"hidden words".to_vec()].concat()).contains(&"form.trailing"));
    let orphan = pdf(&[CATALOG, PAGES, PAGE, CONTENTS, "(hidden words)"]);
    assert_eq!(names(&orphan), ["pdf.orphan"]);
    let wordless = pdf(&[CATALOG, PAGES, PAGE, CONTENTS, "<</Type/ExtGState/CA 1>>"]);
    assert_eq!(names(&wordless), ["pdf.left-behind"]);
    assert_eq!(names(&before_table(b"9 0 obj (hidden words) endobj\n")), ["pdf.unlisted"]);
    assert_eq!(names(&before_table(b"hidden words\n")), ["form.unowned"]);
}

#[test]
fn an_earlier_revision_is_seen() {
    let mut twice = plain();
    let before = plain().windows(4).position(|part| part == b"xref").unwrap();
    append(&mut twice, 4, &["<</Length 2>>stream\nQ \nendstream"], &format!("/Prev {before}"));
    assert!(names(&twice).contains(&"pdf.revisions"), "{:?}", names(&twice));
}

#[test]
fn what_was_left_in_the_file_is_searched() {
    let said = |file: &[u8], place: &str| {
        let answer = crate::look(file);
        let texts = answer.texts.into_iter().filter(|said| said.place == place);
        texts.map(|said| said.text).collect::<String>()
    };
    let behind = [plain(), b"hidden \xFFwords".to_vec()].concat();
    assert_eq!(said(&behind, "bytes behind the end"), "hidden words");
    assert_eq!(said(&before_table(b"hidden words\n"), "bytes that belong to nothing"), "hidden words");
    let left = |file: &[u8]| said(file, "what the document does not lead to");
    assert_eq!(left(&plain()), "");
    let large = [plain(), vec![b'x'; (1 << 20) + 1]].concat();
    assert!(names(&large).contains(&"form.text-not-kept"));
    // An object in no table, and streams that nothing leads to: one that draws, and one that is text.
    assert_eq!(left(&before_table(b"9 0 obj <</A[(hid) -3 (den)]>> endobj\n")), "hidden\n");
    let packed = "<</Filter/ASCIIHexDecode/Length 35>>stream\n5B286869642920332028646E29205D544A>\nendstream";
    let orphan = pdf(&[CATALOG, PAGES, PAGE, CONTENTS, packed]);
    assert!(left(&orphan).starts_with("hiddn\n"), "{:?}", left(&orphan));
    let unknown = packed.replace("ASCIIHexDecode", "Strange");
    assert!(names(&pdf(&[CATALOG, PAGES, PAGE, CONTENTS, &unknown])).contains(&"form.text-not-kept"));
    let text = "<</Length 12>>stream\nhidden words\nendstream";
    assert_eq!(left(&pdf(&[CATALOG, PAGES, PAGE, CONTENTS, text])), "hidden words\n");
    // What an earlier revision said, in an object and in a stream.
    let before = |contents: &str, later: &str| {
        let mut file = pdf(&[CATALOG, PAGES, PAGE, contents]);
        let table = file.windows(4).position(|part| part == b"xref").unwrap();
        append(&mut file, 4, &[later], &format!("/Prev {table}"));
        left(&file)
    };
    let drawn = "<</Length 13>>stream\n<68696464>Tj \nendstream";
    assert_eq!(before(drawn, CONTENTS), "hidd\n<68696464>Tj \n");
    let packed = "<</Filter[/ASCIIHexDecode]/Length 19>>stream\n286869646429546A20>\nendstream";
    assert_eq!(before(packed, CONTENTS), "hidd\n(hidd)Tj \n");
    assert_eq!(before(&CONTENTS.replace("/Length", "/X(hidden)/Length"), CONTENTS), "hidden\nq \n");
}

/// A document whose page has these, from object 5 on.
fn with(more: &[&str]) -> Vec<u8> {
    pdf(&[&[CATALOG, PAGES, &PAGE.replace("/Contents", "/X[5 0 R 6 0 R]/Contents"), CONTENTS], more].concat())
}

#[test]
fn what_takes_a_decoder_of_its_own_is_told_in_one_note() {
    let coded = |more: &[&str]| {
        let found = crate::look(&with(more)).findings;
        let notes = found.into_iter().filter(|finding| finding.code.name == "pdf.coded");
        notes.map(|finding| finding.place).collect::<Vec<_>>()
    };
    let packed = |filter: &str| format!("<</Subtype/Image/Filter{filter}/Length 2>>stream\nxx\nendstream");
    assert_eq!(coded(&[&packed("/DCTDecode"), &packed("/FlateDecode")]), [""; 0]);
    assert_eq!(
        coded(&[&packed("/JBIG2Decode"), &packed("[/ASCIIHexDecode /CCITTFaxDecode]")]),
        ["JBIG2, T.4 or T.6"]
    );
    assert_eq!(coded(&[&packed("/JPXDecode"), &packed("/LZW#44ecode")]), ["JPEG 2000, LZW"]);
    assert_eq!(coded(&["<</Type/Font/Subtype/Type3>>", "<<>>"]), ["letters that are drawings"]);
}

#[test]
fn what_packets_and_photographs_of_a_document_say_is_searched() {
    let packet = "<</Type/Metadata/Subtype/XML/Length 12>>stream\nhidden words\nendstream";
    let photograph =
        "<</Subtype/Image/Filter/DCTDecode/Length 24>>stream\nJJJJJJJJJJJJJJJJJJJJJJJJ\nendstream";
    let mut file = with(&[packet, photograph]);
    let at = file.windows(24).position(|part| part == [b'J'; 24]).unwrap();
    file[at..at + 24].copy_from_slice(b"\xFF\xD8\xFF\xFE\0\x0Ehidden names\xFF\xFE\0\x02\xFF\xD9");
    let answer = crate::look(&file);
    let said =
        |place: &str| answer.texts.iter().find(|said| said.place == place).map(|said| said.text.trim());
    assert_eq!(said("metadata packets of parts"), Some("hidden words"));
    assert_eq!(said("pictures of the document"), Some("hidden names"));
    let told: Vec<_> = answer.findings.iter().filter(|one| one.code.name.starts_with("jpeg.")).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].place, "object 6 0, segment FE at byte 2, 12 bytes, and 1 more");
    // What does not unpack is told, and so is what is more than is kept.
    let broken = "<</Type/Metadata/Filter/FlateDecode/Length 24>>stream\nwords that do not unpack\nendstream";
    assert!(names(&with(&[broken, photograph])).contains(&"form.text-not-kept"));
}

/// Bytes as the letters of /ASCIIHexDecode.
fn in_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>() + ">"
}

#[test]
fn how_a_stream_is_packed_may_stand_in_another_object() {
    let hidden = in_hex(b"hidden words");
    let stream = |dictionary: &str, content: &str| {
        format!("<<{dictionary}/Length {}>>stream\n{content}\nendstream", content.len())
    };
    let (name, strange) = ("/ASCIIHexDecode", "/Strange");
    for (filter, told) in
        [("7 0 R", name), ("[7 0 R]", name), ("7 0 R", "[/ASCIIHexDecode]"), ("7 0 R", strange)]
    {
        let packet = stream(&format!("/Type/Metadata/Filter {filter}"), &hidden);
        let file = with(&[&packet, "<<>>", told]);
        let texts = crate::look(&file).texts;
        let is_said = texts.iter().any(|said| said.text.trim() == "hidden words");
        assert_eq!(is_said, told != strange, "{filter} {told}: {texts:?}");
        assert_eq!(names(&file).contains(&"form.text-not-kept"), told == strange, "{filter} {told}");
    }
    // Content of a page, and a file: no filter, one in another object, and one that leads nowhere.
    let drawn = |filter: &str, content: &str| {
        let contents = stream(&format!("/Filter {filter}"), content);
        names(&pdf(&[CATALOG, PAGES, &PAGE.replace("/Contents", "/X 5 0 R/Contents"), &contents, name]))
    };
    let (strange, packed) = ("q strange Q (words and words)", in_hex(b"q strange Q"));
    assert!(drawn("[]", strange).contains(&"pdf.content"), "{:?}", drawn("[]", strange));
    assert!(drawn("5 0 R", &packed).contains(&"pdf.content"), "{:?}", drawn("5 0 R", &packed));
    assert!(drawn("9 0 R", &packed).contains(&"pdf.content-packed"), "{:?}", drawn("9 0 R", &packed));
    let file = stream("/Type/EmbeddedFile/Filter 6 0 R", &in_hex(b"MZ no program, and unknown"));
    let found = crate::look(&with(&[&file, name])).findings;
    assert!(
        found.iter().any(|one| one.code.name == "form.inside" && one.place.contains("26 bytes")),
        "{found:?}"
    );
}

/// A document one object of which is packed into a stream, with a table that is a stream too.
fn packed(dictionary: &str, content: &str, more: &str) -> Vec<u8> {
    let catalog = CATALOG.replace(">>", "/X 5 0 R>>");
    let pack = format!(
        "<<{dictionary}/Type/ObjStm/N 1/First 4/Length {}>>stream\n{content}\nendstream",
        content.len()
    );
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut entries = vec![[&[0; 5][..], &[0xFF, 0xFF]].concat()];
    let entry =
        |kind: u8, at: usize| [&[kind][..], &u32::try_from(at).unwrap().to_be_bytes(), &[0, 0]].concat();
    for (number, object) in [(1, &*catalog), (2, PAGES), (3, PAGE), (4, CONTENTS), (6, &pack), (7, more)] {
        if number == 6 {
            entries.push(entry(2, 6));
        }
        entries.push(entry(1, out.len()));
        out.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let table = out.len();
    entries.push(entry(1, table));
    out.extend(b"8 0 obj\n<</Type/XRef/Size 9/W[1 4 2]/Root 1 0 R/Length 63>>stream\n");
    out.extend(entries.concat());
    out.extend(format!("\nendstream\nendobj\nstartxref\n{table}\n%%EOF\n").bytes());
    out
}

#[test]
fn an_object_in_a_stream_that_is_not_opened_is_told() {
    let hidden = in_hex(b"5 0 (hidden words)");
    let of = |dictionary: &str, content: &str, more: &str| {
        let answer = crate::look(&packed(dictionary, content, more));
        let is_said = answer.texts.iter().any(|said| said.text.contains("hidden words"));
        let told = answer.findings.iter().filter(|finding| finding.code.name == "form.text-not-kept");
        (is_said, told.map(|finding| finding.place.clone()).collect::<Vec<_>>())
    };
    assert_eq!(of("", "5 0 (hidden words)", "null"), (true, vec![]));
    assert_eq!(of("/Filter/ASCIIHexDecode", &hidden, "null"), (true, vec![]));
    for (dictionary, more) in [
        ("/Filter 7 0 R", "/ASCIIHexDecode"),
        ("/Filter[7 0 R]", "/ASCIIHexDecode"),
        ("/Filter/LZWDecode/DecodeParms 7 0 R", "<</EarlyChange 0>>"),
    ] {
        let (is_said, told) = of(dictionary, &hidden, more);
        assert!(!is_said && told.iter().any(|place| place.contains("not read")), "{dictionary}: {told:?}");
    }
}

#[test]
fn a_part_of_a_stream_is_read_and_told() {
    // Two blocks that are stored as they are, and a third that is cut off: what readers make of it is theirs.
    let stored = |last: u8, words: &str| {
        let length = u16::try_from(words.len()).unwrap();
        [&[last][..], &length.to_le_bytes(), &(!length).to_le_bytes(), words.as_bytes()].concat()
    };
    let flat = |blocks: &[u8]| in_hex(&[&[0x78, 0x01][..], blocks].concat());
    let stream = |dictionary: &str, content: &str| {
        let packing = "/Filter[/ASCIIHexDecode/FlateDecode]";
        format!("<<{dictionary}{packing}/Length {}>>stream\n{content}\nendstream", content.len())
    };
    let whole = flat(&stored(1, "q strange Q"));
    let part = flat(&[stored(0, "q strange Q "), stored(0, "q")[..4].to_vec()].concat());
    let tail = flat(&[stored(1, "q strange Q"), b"summ(more words)".to_vec()].concat());
    for (content, is_part) in [(&whole, false), (&part, true), (&tail, true)] {
        let drawn = names(&pdf(&[CATALOG, PAGES, PAGE, &stream("", content)]));
        assert!(drawn.contains(&"pdf.content"), "what there is was read: {drawn:?}");
        assert_eq!(drawn.contains(&"pdf.content-packed"), is_part, "{drawn:?}");
        let answer = crate::look(&with(&[&stream("/Type/Metadata", content)]));
        assert!(answer.texts.iter().any(|said| said.text.contains("q strange Q")), "{:?}", answer.texts);
        let told = answer.findings.iter().any(|finding| finding.code.name == "form.text-not-kept");
        assert_eq!(told, is_part, "{:?}", answer.findings);
        let inside = names(&with(&[&stream("/Type/EmbeddedFile", content)]));
        assert_eq!(inside.contains(&"pdf.embedded-unread"), is_part, "{inside:?}");
        assert!(inside.contains(&"form.inside"), "{inside:?}");
    }
}

#[test]
fn how_a_stream_was_packed_in_an_earlier_revision_is_read_or_told() {
    let left = |contents: &str| {
        let mut file = pdf(&[CATALOG, PAGES, PAGE, contents, "/ASCIIHexDecode"]);
        let table = file.windows(4).position(|part| part == b"xref").unwrap();
        append(&mut file, 4, &[CONTENTS], &format!("/Prev {table}"));
        names(&file).contains(&"form.text-not-kept")
    };
    for (packing, is_told) in [
        ("/Filter/ASCIIHexDecode", false),
        ("/Filter[/ASCIIHexDecode]/DecodeParms<</Predictor 1>>", false),
        ("/Filter 5 0 R", true),
        ("/Filter[5 0 R]", true),
        ("/Filter/ASCIIHexDecode/DecodeParms 5 0 R", true),
        ("/Filter/ASCIIHexDecode/DecodeParms<</Predictor 5 0 R>>", true),
        ("/Filter[/ASCIIHexDecode/ASCIIHexDecode]/DecodeParms[null<</Predictor 2>>]", true),
        ("/Filter[5 0 R/DCTDecode]", false),
    ] {
        let stream = format!("<<{packing}/Length 19>>stream\n286869646429546A20>\nendstream");
        assert_eq!(left(&stream), is_told, "{packing}");
    }
}

/// The renderer draws what comes of `DP`, or of a list of filters without parameters; other readers what comes of `DecodeParms`.
#[test]
fn what_is_drawn_of_content_otherwise_than_it_is_searched_is_told() {
    let with = |packing: &str| {
        let stream = format!("<<{packing}/Length 9>>stream\n71205120>\nendstream");
        names(&pdf(&[CATALOG, PAGES, PAGE, &stream])).contains(&"pdf.content-packed")
    };
    for (packing, is_told) in [
        ("/Filter/ASCIIHexDecode", false),
        ("/Filter/ASCIIHexDecode/DecodeParms<</Predictor 1>>", false),
        ("/Filter[/ASCIIHexDecode]/DecodeParms[null]", false),
        ("/Filter/ASCIIHexDecode/DP<</Predictor 2>>", true),
        ("/Filter/ASCIIHexDecode/DecodeParms[<</Predictor 2>>]", true),
        ("/Filter[/ASCIIHexDecode]/DecodeParms<</Predictor 2>>", true),
        ("/Filter/ASCIIHexDecode/DecodeParms<</Predictor 258>>", true),
    ] {
        assert_eq!(with(packing), is_told, "{packing}");
    }
}

#[test]
fn a_key_that_stands_twice_is_told_wherever_it_stands() {
    let told = |file: &[u8]| names(file).contains(&"pdf.key-twice");
    let of = |page: &str, contents: &str| told(&pdf(&[CATALOG, PAGES, page, contents]));
    assert!(!of(PAGE, CONTENTS));
    assert!(of(&PAGE.replace("4 0 R", "4 0 R/Contents[]"), CONTENTS));
    assert!(of(PAGE, "<</Length 9/Filter/ASCIIHexDecode/Filter[]>>stream\n71205120>\nendstream"));
    let file = String::from_utf8_lossy(&plain()).replace("/Root 1 0 R", "/Root 1 0 R/Root 2 0 R");
    assert!(told(file.as_bytes()));
    let picture = |keys: &str| {
        let content = format!("BI/W 1/H 1/BPC 8/CS/G{keys} ID x EI");
        of(PAGE, &format!("<</Length {}>>stream\n{content}\nendstream", content.len()))
    };
    assert!(!picture("") && picture("/Width 2") && picture("/CS/RGB"));
    let packed = |inner: &str| {
        let objects = format!("5 0 {inner}");
        let pack =
            format!("<</Type/ObjStm/N 1/First 4/Length {}>>stream\n{objects}\nendstream", objects.len());
        told(&pdf(&[CATALOG, PAGES, PAGE, CONTENTS, &pack]))
    };
    assert!(!packed("<</A/A>>") && packed("<</A 1/A 2>>"));
}

/// What fails to unpack takes the room as what does not: where it is taken, nothing is unpacked any more.
#[test]
fn streams_that_fail_are_not_unpacked_without_end() {
    let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![b' '; (64 << 20) + 1], 9);
    let bomb = in_hex(&bomb);
    let packed =
        format!("<</Filter[/ASCIIHexDecode/FlateDecode]/Length {}>>stream\n{bomb}\nendstream", bomb.len());
    let orphan = "<</Filter/ASCIIHexDecode/Length 13>>stream\n68696464656E>\nendstream";
    let said = |objects: &[&str]| {
        let texts = crate::look(&pdf(&[&[CATALOG, PAGES, PAGE, CONTENTS], objects].concat())).texts;
        texts.iter().any(|said| said.place == "what the document does not lead to" && said.text == "hidden\n")
    };
    assert!(said(&[orphan]));
    assert!(!said(&[&packed, orphan]));
}

#[test]
fn photographs_are_walked_to_their_end_or_told() {
    let of = |filter: &str, content: &[u8]| {
        let (place, length) = ("J".repeat(content.len()), content.len());
        let image = format!("<</Subtype/Image/Filter{filter}/Length {length}>>stream\n{place}\nendstream");
        let mut file = with(&["<<>>", &image]);
        let at = file.windows(length).position(|part| part == place.as_bytes()).unwrap();
        file[at..at + length].copy_from_slice(content);
        let answer = crate::look(&file);
        let told = answer.findings.iter().filter(|one| one.code.name == "form.text-not-kept");
        let told: Vec<_> = told.map(|one| one.place.clone()).collect();
        assert!(told.len() < 2, "{told:?}");
        (answer.texts.iter().any(|said| said.text.contains("hidden names")), !told.is_empty())
    };
    let comment = b"\xFF\xFE\0\x0Ehidden names";
    let photograph = |before: &[u8], end: &[u8]| [b"\xFF\xD8", before, comment, end].concat();
    let whole = photograph(b"", b"\xFF\xD9");
    assert_eq!(of("/DCTDecode", &whole), (true, false));
    assert_eq!(of("/DCTDecode", &photograph(b"", b"")), (true, false), "all of it was walked");
    // Packed once more.
    let flat = miniz_oxide::deflate::compress_to_vec_zlib(&whole, 9);
    assert_eq!(of("[/FlateDecode /DCTDecode]", &flat), (true, false));
    assert_eq!(of("[/ASCIIHexDecode /FlateDecode /DCT]", in_hex(&flat).as_bytes()), (true, false));
    for filter in ["[/Strange /DCTDecode]", "[/DCTDecode /FlateDecode]", "[/ASCII85Decode /DCTDecode]"] {
        assert_eq!(of(filter, &flat), (false, true), "{filter}");
    }
    // More than is kept of one, and what its walker passes over.
    let many: Vec<u8> =
        (0..1_100).flat_map(|at: u16| [&b"\xFF\xFE\0\x04"[..], &at.to_be_bytes()].concat()).collect();
    assert_eq!(of("/DCTDecode", &photograph(&many, b"\xFF\xD9")), (false, true));
    assert_eq!(of("/DCTDecode", &photograph(b"\0", b"\xFF\xD9")), (true, true));
    assert_eq!(of("/DCTDecode", b"\0\xFF\xD8\xFF\xFE\0\x0Ehidden names\xFF\xD9"), (false, true));
    assert_eq!(of("/DCTDecode", &photograph(b"", b"\xFF\xFE\0\x50cut")), (true, true));
    // Inside of content.
    let inline = |filter: &str, file: &[u8]| {
        let content =
            [format!("BI /W 8 /H 8 /F {filter} ID ").as_bytes(), &vec![b'J'; file.len()], b" EI"].concat();
        let content = String::from_utf8(content).unwrap();
        let contents = format!("<</Length {}>>stream\n{content}\nendstream", content.len());
        let mut document = pdf(&[CATALOG, PAGES, PAGE, &contents]);
        let at = document.windows(file.len()).position(|part| part.iter().all(|byte| *byte == b'J')).unwrap();
        document[at..at + file.len()].copy_from_slice(file);
        let answer = crate::look(&document);
        let is_told = |name: &str| answer.findings.iter().any(|one| one.code.name == name);
        (is_told("jpeg.comment"), is_told("form.text-not-kept"))
    };
    assert_eq!(inline("/DCT", &whole), (true, false));
    assert_eq!(inline("[/AHx /DCT]", in_hex(&whole).as_bytes()), (false, true));
}

/// An object that does not end says what it says, and not what all objects behind it do.
#[test]
fn objects_that_do_not_end_are_searched_once_each() {
    let answer = crate::look(&before_table(&b"9 0 obj (hidden)\n".repeat(2_000)));
    let left = answer.texts.iter().find(|said| said.place == "what the document does not lead to");
    assert_eq!(left.map(|said| said.text.matches("hidden").count()), Some(2_000));
}

/// What a predictor changed in a stream of an earlier revision is undone before it is searched.
#[test]
fn a_stream_that_was_replaced_is_searched_as_its_reader_would_see_it() {
    let drawn = b"<68696464>Tj ";
    let steps =
        drawn.iter().scan(0_u8, |before, byte| Some(byte.wrapping_sub(std::mem::replace(before, *byte))));
    let packed =
        miniz_oxide::deflate::compress_to_vec_zlib(&[&[1][..], &steps.collect::<Vec<_>>()].concat(), 9);
    let placeholder = "X".repeat(packed.len());
    for parameters in ["<</Predictor 15/Columns 13>>", "[<</Columns 13/Predictor 15>>]"] {
        let object = format!(
            "<</Filter/FlateDecode/DecodeParms{parameters}/Length {}>>stream\n{placeholder}\nendstream",
            packed.len()
        );
        let mut file = pdf(&[CATALOG, PAGES, PAGE, &object]);
        let at = file.windows(packed.len()).position(|part| part == placeholder.as_bytes()).unwrap();
        file[at..at + packed.len()].copy_from_slice(&packed);
        let table = file.windows(4).position(|part| part == b"xref").unwrap();
        append(&mut file, 4, &[CONTENTS], &format!("/Prev {table}"));
        let texts = crate::look(&file).texts;
        let left = texts.iter().find(|said| said.place == "what the document does not lead to");
        assert!(left.is_some_and(|said| said.text.contains("hidd\n")), "{parameters}: {texts:?}");
    }
}

#[test]
fn a_later_part_that_only_adds_hides_nothing() {
    let before = plain().windows(4).position(|part| part == b"xref").unwrap();
    let later = |first: usize, objects: &[&str]| {
        let mut file = plain();
        append(&mut file, first, objects, &format!("/Prev {before}"));
        let found = names(&file);
        found
            .into_iter()
            .filter(|name| matches!(*name, "pdf.revisions" | "pdf.additions"))
            .collect::<Vec<_>>()
    };
    let more = "<</Length 2>>stream\nQ \nendstream";
    let both = PAGE.replace("4 0 R", "[4 0 R 5 0 R]");
    // The page, its content as it was, and more content.
    assert_eq!(
        later(3, &[&both, CONTENTS, more]),
        ["pdf.revisions"],
        "a stream that was replaced held anything"
    );
    assert_eq!(later(5, &[more]), ["pdf.revisions"], "nothing leads to what was added");
    let other = PAGE.replace("4 0 R", "[]");
    assert_eq!(later(3, &[&other]), ["pdf.revisions"], "the page lost its content");
    let same = PAGE.replace("100 100]", "100 200]");
    assert_eq!(later(3, &[&same]), ["pdf.additions"], "another size of the page");
}

#[test]
fn what_two_readers_see_differently_is_seen() {
    let with = |contents: &str| names(&pdf(&[CATALOG, PAGES, PAGE, contents]));
    assert!(with("<</Length 1>>stream\nq q q q \nendstream").contains(&"pdf.stream-length"));
    assert!(with("<</Length 2/Length 9>>stream\nq \nendstream").contains(&"pdf.stream-length"));
    assert!(
        with("<</Length 30>>stream\nq \nendstream endobj stream\nendstream").contains(&"pdf.stream-length")
    );
    let loops = pdf(&[CATALOG, "<</Type/Pages/Kids[2 0 R]/Count 1>>"]);
    assert!(names(&loops).contains(&"pdf.loop"));
    let count = pdf(&[CATALOG, &PAGES.replace("Count 1", "Count 7"), PAGE, CONTENTS]);
    assert!(names(&count).contains(&"pdf.page-count"));
    let same = String::from_utf8_lossy(&plain()).replace("xref\n0", "3 0 obj null endobj\nxref\n0");
    assert!(names(same.as_bytes()).contains(&"pdf.twice"));
    let table = String::from_utf8_lossy(&plain()).replace("0000000015", "0000000016");
    assert!(names(table.as_bytes()).contains(&"pdf.table"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_change_is_survived(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6), end: usize) {
        let mut object = pdf(&[CATALOG, PAGES, PAGE, CONTENTS, "<</A[(b\\)(c))<0a>]/B/C#20>>"]);
        for (at, byte) in changes {
            let at = 9 + at % (object.len() - 9);
            object[at] = byte;
        }
        object.truncate(9 + end % object.len());
        let _ = crate::look(&object);
    }
}
