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
    answer
}
