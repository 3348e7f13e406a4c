//! The documents of the demonstration: no type knows them, so a jailed worker looks into each. All of their bytes are written
//! here, each with an identity that traffic numbers.

use super::samples::Sample;
use lockgate_reason::{Code, deep};

/// A document that is offered to a lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document {
    pub(super) sample: Sample,
    /// The file.
    pub(super) bytes: fn() -> Vec<u8>,
}

/// A plan with a line that no reader sees: people let cross what was built anew from its pixels.
pub(super) const PLAN: Document = Document {
    sample: Sample {
        fixture: "pdf-hidden-text",
        is: "plan with hidden text",
        why: "a PDF with white text on white: held with what a jailed worker found; people decide",
        people: &["LG-D011", "LG-D014", "LG-D023"],
        code: Some(deep::HIDING),
    },
    bytes: plan,
};

/// A picture whose comment says more than its label: nobody may let it cross.
pub(super) const PICTURE: Document = Document {
    sample: Sample {
        fixture: "jpeg-label-disagrees",
        is: "picture marked SECRET",
        why: "its comment says SECRET, its label RESTRICTED: held, and nobody may answer that",
        people: &[],
        code: Some(deep::MARKED_OTHERWISE),
    },
    bytes: picture,
};

/// All of them.
pub(super) const DOCUMENTS: [Document; 2] = [PLAN, PICTURE];

/// What a machine without a jail says of any of them: that nobody opened it.
pub(super) const UNOPENED: [Code; 2] = [deep::NOT_OPENED, deep::NO_WORKER];
/// Why it is held there.
pub(super) const UNOPENED_WHY: &str =
    "this machine has no jail, so nobody opens it: held unopened, as it has to be";

/// One page, with a line in the colour of the paper.
fn plan() -> Vec<u8> {
    let page = "BT /F1 14 Tf 12 70 Td (Patrol plan LG-0000) Tj 0 -22 Td (Bridge at 06:00) Tj ET\n\
                BT 1 g /F1 8 Tf 12 20 Td (not for the partners) Tj ET";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 220 100]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>"
            .to_owned(),
        format!("<</Length {}>>stream\n{page}\nendstream", page.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = "xref\n0 6\n0000000000 65535 f \n".to_owned();
    for (number, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = file.len();
    file.push_str(&table);
    file.push_str(&format!("trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}

/// Eight by eight grey pixels behind a comment: each code table has one code of one bit, and the one block says nothing.
fn picture() -> Vec<u8> {
    const COMMENT: &[u8] = b"\xFF\xFE\0\x19MISSION SECRET, LG-0000";
    const ONE_CODE: [u8; 17] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [
        &b"\xFF\xD8"[..],
        COMMENT,
        b"\xFF\xDB\0\x43\0",
        &[1; 64],
        b"\xFF\xC0\0\x0B\x08\0\x08\0\x08\x01\x01\x11\0",
        b"\xFF\xC4\0\x14\0",
        &ONE_CODE,
        b"\xFF\xC4\0\x14\x10",
        &ONE_CODE,
        b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0\x3F\xFF\xD9",
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::{DOCUMENTS, picture, plan};

    #[test]
    fn the_table_of_the_plan_names_its_objects_and_each_document_has_an_identity() {
        let text = String::from_utf8(plan()).unwrap();
        let (_, table) = text.split_once("65535 f \n").unwrap();
        for (number, line) in (1..=5).zip(table.lines()) {
            let at: usize = line.split(' ').next().unwrap().parse().unwrap();
            assert!(text.as_bytes()[at..].starts_with(format!("{number} 0 obj\n").as_bytes()), "{line}");
        }
        assert!(picture().starts_with(b"\xFF\xD8\xFF") && picture().ends_with(b"\xFF\xD9"));
        for document in DOCUMENTS {
            let bytes = (document.bytes)();
            assert_eq!(bytes.windows(7).filter(|part| part == b"LG-0000").count(), 1, "{document:?}");
        }
    }
}
