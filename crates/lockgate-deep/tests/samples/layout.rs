//! Documents that hide words in the file around the document, each with the finding that tells of it. Every reader shows the same page.

use super::{PLAIN, Sample, document, page, stream};

const HIDDEN: &str = "HIDDEN WORDS";
const OPEN: &str = "BT /F1 12 Tf 72 700 Td (A sentence to read.) Tj ET";
const END: &str = "%%EOF\n";

/// The documents, and the code of what is found in each.
pub(crate) fn samples() -> Vec<(Sample, &'static str)> {
    let plain = objects(OPEN);
    let with = |more: &[String]| document(&[&plain[..], more].concat());
    let orphan = format!("<</Note({HIDDEN})>>");
    let drawn = stream(&format!("BT /F1 12 Tf 72 600 Td ({HIDDEN}) Tj ET"));
    let whole = document(&plain);
    let before = |place: &str, what: &str| put_before(&whole, place, what);
    [
        ("trailing-words", [&whole[..], HIDDEN.as_bytes()].concat(), "form.trailing"),
        ("trailing-nothing", [&whole[..], &[0; 64]].concat(), "form.trailing"),
        ("gap-before-an-object", before("4 0 obj\n", &format!("{HIDDEN}\n")), "form.unowned"),
        ("gap-before-the-table", before("xref\n", &format!("{HIDDEN}\n")), "form.unowned"),
        ("comment-between-objects", before("xref\n", &format!("% {HIDDEN}\n").repeat(40)), "pdf.comments"),
        ("orphan-dictionary", with(&[orphan]), "pdf.orphan"),
        ("orphan-stream", with(&[drawn]), "pdf.orphan"),
        ("object-in-no-table", before("xref\n", &format!("9 0 obj\n({HIDDEN})\nendobj\n")), "pdf.unlisted"),
        ("prior-page", revised(&format!("BT /F1 12 Tf 72 600 Td ({HIDDEN}) Tj ET")), "pdf.revisions"),
        ("prior-page-of-curves", revised("0 g 72 600 30 30 re 110 600 30 30 re f"), "pdf.revisions"),
    ]
    .map(|(name, bytes, code)| (Sample { name, bytes }, code))
    .into()
}

/// What every one of them shows.
fn objects(content: &str) -> Vec<String> {
    vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        page(4, PLAIN),
        stream(content),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ]
}

/// The same with something before what begins there; places in the table and behind it are moved along.
fn put_before(whole: &[u8], place: &str, what: &str) -> Vec<u8> {
    let (at, table) = (find(whole, place), find(whole, "xref\n"));
    let moved = |place: usize| if place < at { place } else { place + what.len() };
    let (body, tables) = whole.split_at(table);
    let (before, behind) = body.split_at(at);
    let mut out = [before, what.as_bytes(), behind].concat();
    for line in String::from_utf8_lossy(tables).split_inclusive('\n') {
        let number = line.strip_suffix(" 00000 n \n").unwrap_or(line).trim_end().parse::<usize>();
        match (number, line.len()) {
            (Ok(place), 20) => out.extend(format!("{:010} 00000 n \n", moved(place)).bytes()),
            (Ok(place), _) => out.extend(format!("{}\n", moved(place)).bytes()),
            (Err(_), _) => out.extend(line.bytes()),
        }
    }
    out
}

/// Where the last of these begins.
fn find(whole: &[u8], place: &str) -> usize {
    let place = if place == "xref\n" { "\nxref\n" } else { place };
    let found = whole.windows(place.len()).rposition(|part| part == place.as_bytes()).unwrap_or_default();
    found + usize::from(place.starts_with('\n'))
}

/// A document whose page showed something else before.
fn revised(content: &str) -> Vec<u8> {
    let (first, newest) = (objects(content), stream(OPEN));
    let mut out = document(&first);
    let (former, place, size) = (find(&out, "xref\n"), out.len(), first.len() + 1);
    out.extend(format!("4 0 obj\n{newest}\nendobj\n").bytes());
    let table = out.len();
    out.extend(
        format!(
            "xref\n4 1\n{place:010} 00000 n \ntrailer\n<</Size {size}/Root 1 0 R/Prev {former}>>\nstartxref\n{table}\n{END}"
        )
        .bytes(),
    );
    out
}
