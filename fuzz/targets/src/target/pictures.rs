//! The decoders of pictures and of the images of NITF behind the slow path's question: any file is decoded or refused within its
//! bounds, the same each time; what is built anew is a picture in which the walkers find nothing, and has no further one in it.

use lockgate_deep::{Answer, Ask, Form, Rebuild, look, look_as};

pub(crate) const WORDS: &[&str] = super::imagery::WORDS;

pub(crate) fn run(data: &[u8]) {
    if matches!(
        Form::of(data),
        None | Some(Form::Pdf | Form::Zip | Form::Gzip | Form::Tar | Form::Program | Form::Text)
    ) {
        return;
    }
    let ask = Ask { rebuild: Rebuild::Lossless, convert: true, previews: 1, ..Ask::PIXELS };
    let answer = look_as(data, ask);
    if look_as(data, ask) != answer {
        panic!("a decoder sees two things in one file");
    }
    if let Some(rebuilt) = &answer.rebuilt {
        let again = look(&rebuilt.bytes);
        if again.form != Some(rebuilt.form) || !again.findings.is_empty() {
            panic!("what was built anew is not as it should be");
        }
    }
    if Answer::read(&answer.to_bytes()) != Ok(answer) {
        panic!("what is seen does not reach the parent as it was seen");
    }
}
