//! Who reads text in pictures on this machine, as people are told.

use lockgate_core::{Policy, Reading};

/// Which reader answers here; or, in words, why none does.
///
/// # Errors
/// The words that follow "nobody but people reads it: ".
pub(crate) fn reader() -> Result<String, &'static str> {
    #[cfg(target_os = "linux")]
    return lockgate_deep::Reader::open(&lockgate_deep::Place::Usual)
        .map(|reader| reader.engine().to_owned())
        .map_err(|none| match none {
            lockgate_deep::NoReader::Absent => "tesseract is not on this machine",
            lockgate_deep::NoReader::Failed(_) => "tesseract is here and does not work in its jail",
        });
    #[cfg(not(target_os = "linux"))]
    Err("there is a jail for it on Linux only")
}

/// One line: what is on, or off, and why.
pub(crate) fn line(reader: &Result<String, &'static str>) -> String {
    match reader {
        Ok(engine) => format!("text in pictures is read by {engine}"),
        Err(why) => format!("text in pictures: nobody but people reads it, {why} (LG-D020)"),
    }
}

/// True where the lane has text in pictures read, if it can be.
pub(crate) fn is_asked_for(policy: &Policy) -> bool {
    policy.reading().is_some_and(|reading| reading != Reading::Off)
}
