//! Looking into one object: what it is, construct by construct, what does not belong, and what it looks like.

use crate::{Answer, Ask, Form, archive, codes, image, nitf, pdf, pixels, scan};

/// True where a walker reads every construct of the form.
pub(crate) fn walks(form: Form) -> bool {
    form != Form::Text
}

/// Looks into the bytes of an object. Runs in the jail; on bytes that were made to break it.
pub fn look(object: &[u8]) -> Answer {
    look_as(object, Ask::STRUCTURE)
}

/// Looks into an object as far as it is asked to.
pub fn look_as(object: &[u8], ask: Ask) -> Answer {
    look_inside(object, Inside { ask, level: 0 })
}

/// What is asked of an object, and how deep it stands inside of others.
#[derive(Clone, Copy)]
pub(crate) struct Inside {
    pub(crate) ask: Ask,
    pub(crate) level: usize,
}

impl Inside {
    /// The same for what stands inside: it is looked at, and nothing is made of it.
    pub(crate) fn deeper(self) -> Self {
        Self { ask: Ask { pixels: self.ask.pixels, ..Ask::STRUCTURE }, level: self.level.saturating_add(1) }
    }
}

pub(crate) fn look_inside(object: &[u8], inside: Inside) -> Answer {
    let ask = inside.ask;
    let mut answer = Answer { form: Form::of(object), ..Answer::default() };
    let mut pages = None;
    match answer.form {
        None => {
            answer.found(codes::UNKNOWN_FORM, "byte 0");
            scan::led(object, &mut answer);
        }
        Some(Form::Png) => image::png::walk(object, &mut answer),
        Some(Form::Jpeg) => image::jpeg::walk(object, &mut answer),
        Some(Form::Pdf) => pages = pdf::walk(object, inside, &mut answer),
        Some(Form::Gif) => image::gif::walk(object, &mut answer),
        Some(Form::Bmp) => image::bmp::walk(object, &mut answer),
        Some(Form::Webp) => image::webp::walk(object, &mut answer),
        Some(Form::Tiff) => image::tiff::walk(object, &mut answer),
        Some(Form::Jpeg2000) => image::jpeg2000::walk(object, &mut answer),
        Some(Form::Nitf) => nitf::walk(object, &mut answer),
        Some(Form::Zip) => archive::zip::walk(object, inside, &mut answer),
        Some(Form::Gzip) => archive::gzip::walk(object, inside, &mut answer),
        Some(Form::Tar) => archive::tar::walk(object, inside, &mut answer),
        Some(Form::Program) => answer.found(codes::PROGRAM, "byte 0"),
        Some(Form::Text) => {
            answer.says_bytes("the text", object);
            answer.found(codes::NO_WALKER, "byte 0");
        }
    }
    if let Some(form) = answer.form {
        scan::foreign(object, form, &mut answer);
        if ask.pixels || ask.scans > 0 {
            pixels::look(object, form, pages, ask, &mut answer);
        }
    }
    if inside.level == 0 {
        labels(&mut answer);
    }
    answer
}

/// Schemas of what carries labels, bindings, clearances and markings, whatever their version.
const SCHEMAS_OF_LABELS: &[&str] = &[
    "urn:nato:stanag:4774:",
    "urn:nato:stanag:4778:",
    "urn:us:gov:ic:ism",
    "urn:us:gov:ic:ntk",
    "urn:us:gov:ic:arh",
];

/// True where bytes name the schema of what carries a label. Text in two bytes a letter is read as if it were in one.
pub(crate) fn names_a_label(bytes: &[u8]) -> bool {
    let schema = |text: &[u8]| {
        SCHEMAS_OF_LABELS.iter().any(|schema| memchr::memmem::find(text, schema.as_bytes()).is_some())
    };
    let narrow: Vec<u8>;
    let text = match memchr::memchr(0, bytes) {
        None => bytes,
        Some(_) => {
            narrow = bytes.iter().copied().filter(|byte| *byte != 0).collect();
            &narrow
        }
    };
    schema(text) || memchr::memmem::find(text, b"&#").is_some() && schema(&without_references(text))
}

/// A text of XML with plain letters in the place of references to them (XML 1.0, 4.1).
fn without_references(text: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some(at) = memchr::memmem::find(rest, b"&#") {
        let (before, from) = rest.split_at(at);
        plain.extend_from_slice(before);
        let (letter, behind) = referred(from).unwrap_or((b'&', from.get(1..).unwrap_or(&[])));
        plain.push(letter);
        rest = behind;
    }
    plain.extend_from_slice(rest);
    plain
}

/// The plain letter that a reference at the beginning of a text stands for, and what is behind it.
fn referred(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, base) = match text.strip_prefix(b"&#")? {
        [b'x', digits @ ..] => (digits, 16),
        digits => (digits, 10),
    };
    let mut letter = 0_u32;
    let end = digits.iter().position(|byte| !byte.is_ascii_hexdigit())?;
    let (digits, behind) = digits.split_at_checked(end)?;
    for digit in digits {
        letter = letter.checked_mul(base)?.checked_add(char::from(*digit).to_digit(base)?)?;
    }
    let letter = u8::try_from(letter).ok().filter(|letter| letter.is_ascii_graphic())?;
    Some((letter, behind.strip_prefix(b";")?))
}

/// Tells of the texts, those of files inside too, that name the schema of a label: in a packet of metadata, or a part of an office
/// document.
fn labels(answer: &mut Answer) {
    let named = answer.texts.iter().filter(|said| names_a_label(said.text.as_bytes()));
    let places: Vec<String> = named.map(|said| said.place.clone()).collect();
    for place in places {
        answer.found(codes::LABEL_INSIDE, place);
    }
}

#[cfg(test)]
mod tests {
    use super::look;

    #[test]
    fn a_label_inside_is_told_with_its_place() {
        let places = |text: &str| {
            let answer = look(text.as_bytes());
            let labels = answer.findings.into_iter().filter(|finding| finding.code.name == "form.label");
            labels.map(|finding| finding.place).collect::<Vec<_>>()
        };
        let label = "confidentialitymetadatalabel:1:0";
        assert_eq!(places(&format!("<a xmlns='urn:nato:stanag:4774:{label}'/>")), ["the text"]);
        assert_eq!(places("<a xmlns='urn:nato:stanag:4778:bindinginformation:2:0'/>"), ["the text"]);
        assert_eq!(places("<a xmlns='urn:us:gov:ic:ism'/>"), ["the text"]);
        assert_eq!(places("<a xmlns='urn:nato:stanag:4609:x'/>"), [""; 0]);
        // With letters as references, a reader of XML sees the same name.
        for colon in ["&#58;", "&#x3a;", "&#x003A;", "&#0000000058;"] {
            assert_eq!(
                places(&format!("<a xmlns='urn:nato&#x3A;st&#97;nag{colon}4774:{label}'/>")),
                ["the text"]
            );
        }
        for colon in ["&#58", "&#x3a ;", "&#59;", "&58;", "&#;", "&#x;", "&#99999999999999;", "&#-58;", "&#"]
        {
            assert_eq!(
                places(&format!("<a xmlns='urn:nato:stanag{colon}4774:{label}'/>")),
                [""; 0],
                "{colon}"
            );
        }
    }
}
