//! Who reads text in pictures on this machine, as people are told.

use lockgate_core::{Policy, Reading};
use lockgate_deployment::TextReader;

/// Which reader answers here; or, in words, why none does.
///
/// # Errors
/// The words that follow "nobody but people reads it: ".
pub(crate) fn reader(at: &TextReader) -> Result<String, &'static str> {
    #[cfg(target_os = "linux")]
    return lockgate_deep::Reader::open(&place(at)).map(|reader| reader.engine().to_owned()).map_err(
        |none| match (at, none) {
            (TextReader::Nowhere, _) => "the deployment says `reader none`",
            (TextReader::At { .. }, lockgate_deep::NoReader::Absent) => {
                "it does not stand where the deployment's `reader` says"
            }
            (TextReader::Usual, lockgate_deep::NoReader::Absent) => "tesseract is not on this machine",
            (_, lockgate_deep::NoReader::Failed(_)) => "tesseract is here and does not work in its jail",
        },
    );
    #[cfg(not(target_os = "linux"))]
    return match at {
        TextReader::Usual | TextReader::Nowhere | TextReader::At { .. } => {
            Err("there is a jail for it on Linux only")
        }
    };
}

/// The same for workers.
#[cfg(target_os = "linux")]
pub(crate) fn place(at: &TextReader) -> lockgate_deep::Place {
    use lockgate_deep::Place;
    match at {
        TextReader::Usual => Place::Usual,
        TextReader::Nowhere => Place::Nowhere,
        TextReader::At { program, data } => {
            Place::At { program: program.value.clone().into(), data: data.value.clone().into() }
        }
    }
}

/// How workers of a deployment look into objects.
#[cfg(target_os = "linux")]
pub(crate) fn settings(at: &TextReader) -> lockgate_deep::Settings {
    lockgate_deep::Settings { reader: place(at), ..lockgate_deep::Settings::default() }
}

/// One line: what is on, or off, and why.
pub(crate) fn line(reader: &Result<String, &'static str>) -> String {
    match reader {
        Ok(engine) => format!("text in pictures is read by {engine}"),
        Err(why) => format!("text in pictures: nobody but people reads it, {why} (LG-D020)"),
    }
}

/// The same for people who look at a demonstration: without the hash of what the reader knows.
pub(crate) fn brief(reader: &Result<String, &'static str>) -> String {
    let name = reader.as_ref().map(|engine| engine.split(',').next().unwrap_or(engine).to_owned());
    format!("Here {}.", line(&name.map_err(|why| *why)))
}

/// True where the lane has text in pictures read, if it can be.
pub(crate) fn is_asked_for(policy: &Policy) -> bool {
    policy.reading().is_some_and(|reading| reading != Reading::Off)
}

#[cfg(test)]
mod tests {
    use super::brief;

    #[test]
    fn a_demonstration_names_the_reader_and_not_its_hash() {
        let here = Ok("tesseract 5.3.0, eng.traineddata sha256 7d43".to_owned());
        assert_eq!(brief(&here), "Here text in pictures is read by tesseract 5.3.0.");
        assert_eq!(
            brief(&Err("tesseract is not on this machine")),
            "Here text in pictures: nobody but people reads it, tesseract is not on this machine (LG-D020)."
        );
    }
}
