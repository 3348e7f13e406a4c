//! Marking text of the United States: what is accepted is written in one way that says the same, in every edition, and a
//! text is never looser than what stands in it.

use lockgate_us::{EDITIONS, Form, document, parse, render};

pub(crate) const WORDS: &[&str] = &[
    "SECRET//",
    "TOP SECRET",
    "//JOINT S ",
    "(S//",
    "//COSMIC TOP SECRET",
    "NATO ",
    "//NOFORN",
    "REL TO USA, ",
    "DISPLAY ONLY ",
    " EYES ONLY",
    "SI-G ABCD",
    "SAR-BP-J12",
    "RD-CNWDI-SIGMA 14",
    "FGI DEU",
    "ACCM-",
    "ORCON/",
];

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    for edition in EDITIONS {
        if let Ok(parsed) = parse(text, edition) {
            for form in [Form::Banner, Form::Portion] {
                match render(&parsed.marking, form, edition) {
                    Some(again)
                        if parse(&again, edition).map(|again| again.marking)
                            != Ok(parsed.marking.clone()) =>
                    {
                        panic!("{}: a marking does not survive being written", edition.name);
                    }
                    None if form == parsed.form => panic!("{}: read and not written", edition.name),
                    _ => {}
                }
            }
        }
        let checked = document::check(text, edition);
        let Some(strictest) = checked.strictest else { continue };
        if checked.found.iter().any(|one| one.marking.level > strictest.level) {
            panic!("{}: a text is lower than a marking in it", edition.name);
        }
    }
}
