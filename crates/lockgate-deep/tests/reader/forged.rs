//! Workers that an object took over, and a reader that was replaced: what they say does not count as read.

use crate::draw::{Canvas, page};
use lockgate_bytes::Untrusted;
use lockgate_core::{Deep, Looked, Making, Seen};
use lockgate_deep::{Answer, Ask, Jailed, Limits, Place, Rebuild, Settings, enter, look_as};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Bytes of a question before the object, and where in it stands whether to build anew, and how many scans to make.
const HEAD: usize = 18;
const REBUILD: usize = 6;
const SCANS: usize = 9;

/// What a worker forges: by the command that it is started with.
const FORGED: [&str; 3] = ["forged-file", "forged-drawing", "forged-list"];

pub(crate) fn is_forger(command: &str) -> bool {
    FORGED.contains(&command)
}

/// A worker in its jail, that does its work until it forges.
pub(crate) fn forge(command: &str) -> ExitCode {
    let mut output = std::io::stdout().lock();
    if enter(&Limits::USUAL).is_err() || output.write_all(b"R").and_then(|()| output.flush()).is_err() {
        return ExitCode::from(3);
    }
    let mut question = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut question);
    let (head, object) = question.split_at(HEAD);
    let (is_first, scans) = (head[REBUILD] != 0, head[SCANS]);
    let answer = match (command, is_first) {
        ("forged-file", true) => with_a_broken_picture(object),
        (_, true) => Answer { rebuilt: None, ..look_as(object, Ask::PIXELS) },
        ("forged-drawing", _) => Answer { form: None, ..look_as(object, Ask::to_read(scans)) },
        ("forged-list", _) => full(look_as(object, Ask::to_read(scans))),
        _ => look_as(object, Ask::to_read(scans)),
    };
    let told = output.write_all(&answer.to_bytes()).and_then(|()| output.flush());
    if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(4) }
}

/// The document built anew, its picture one that has the shape of ours, that lenient readers show and ours does not: one table of
/// codes is called a table of another kind.
fn with_a_broken_picture(object: &[u8]) -> Answer {
    let mut answer = look_as(object, Ask { rebuild: Rebuild::Lossy, ..Ask::PIXELS });
    let bytes = &mut answer.rebuilt.as_mut().unwrap().bytes;
    let at = bytes.windows(2).position(|part| part == [0xFF, 0xC4]).unwrap();
    bytes[at + 1] = 0xDB;
    answer
}

/// As long a list of findings as an answer may have: the last one says that there are more.
fn full(mut answer: Answer) -> Answer {
    let code = |name: &str| lockgate_deep::CODES.iter().find(|code| code.name == name).unwrap();
    let finding = |name: &str| lockgate_core::Finding { code: code(name), place: "somewhere".to_owned() };
    answer.findings = (0..499).map(|_| finding("pixels.none")).collect();
    answer.findings.push(finding("form.too-many"));
    answer
}

/// A reader that stands in for the program of others: this program. Its folder.
struct Stand(PathBuf);

impl Stand {
    fn new() -> Self {
        Self::that("read-its-data")
    }

    /// That tries this.
    fn that(tries: &str) -> Self {
        let data = std::env::temp_dir().join(format!("lockgate-stand-{}/{tries}", std::process::id()));
        std::fs::create_dir_all(&data).unwrap();
        let stand = Self(data);
        stand.put(b"one");
        stand
    }

    fn put(&self, data: &[u8]) {
        std::fs::write(self.0.join("eng.traineddata"), data).unwrap();
    }

    fn jailed(&self, command: &str) -> Jailed {
        let reader = Place::At { program: std::env::current_exe().unwrap(), data: self.0.clone() };
        Jailed::new(Settings { reader, command: vec![command.to_owned()], ..Settings::default() })
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn looked(jailed: &mut Jailed, object: &[u8]) -> Result<Seen, &'static str> {
    match jailed.look(Untrusted::new(object), Making::default()) {
        Looked::Through(seen) => Ok(seen),
        Looked::Failed(code) => Err(code.id()),
    }
}

/// Code and place of what is said of the reading.
fn said(seen: &Seen) -> Vec<String> {
    let all = seen.findings.iter().filter(|finding| finding.code.name.starts_with("ocr."));
    all.map(|finding| format!("{}: {}", finding.code.name, finding.place)).collect()
}

fn is(right: bool, seen: &dyn std::fmt::Debug) -> Result<(), String> {
    if right { Ok(()) } else { Err(format!("{seen:?}")) }
}

pub(crate) fn a_file_that_our_decoder_does_not_show_is_not_what_was_built() -> Result<(), String> {
    let (stand, object) = (Stand::new(), page("BT /F1 20 Tf 72 600 Td (SOMETHING) Tj ET"));
    let seen = looked(&mut stand.jailed("forged-file"), &object);
    is(seen.as_ref().err() == Some(&"LG-D015"), &seen)
}

pub(crate) fn a_drawing_that_is_none_or_tells_only_in_part_is_not_read() -> Result<(), String> {
    let (stand, object) = (Stand::new(), Canvas::new(60, 40, 255).png());
    for (command, expected) in [
        ("forged-drawing", "ocr.failed: drawing it: its answer is none"),
        ("forged-list", "ocr.in-part: the whole object"),
    ] {
        let seen = looked(&mut stand.jailed(command), &object)?;
        is(seen.unread && said(&seen).iter().any(|one| one == expected), &seen)?;
    }
    Ok(())
}

/// Whoever hangs takes its time once, not with every object: it is left alone until another one stands there.
pub(crate) fn a_reader_that_does_not_answer_is_not_asked_by_every_object() -> Result<(), String> {
    let (stand, object) = (Stand::that(super::escape::DAWDLE), Canvas::new(60, 40, 255).png());
    let mut jailed = stand.jailed(lockgate_deep::COMMAND);
    let mut took = || -> Result<std::time::Duration, String> {
        let began = std::time::Instant::now();
        let seen = looked(&mut jailed, &object)?;
        let failed = said(&seen).iter().any(|one| one.starts_with("ocr.failed: the reader:"));
        is(seen.unread && failed, &seen)?;
        jailed.rest();
        Ok(began.elapsed())
    };
    let (first, second) = (took()?, took()?);
    stand.put(b"two, longer");
    let third = took()?;
    let dawdles = super::escape::DAWDLES / 2;
    is(first > second + dawdles && third > second + dawdles, &(first, second, third))?;
    let failed = matches!(jailed.reader_now(), Some(Err(lockgate_deep::NoReader::Failed(_))));
    is(failed, &jailed.reader_now())
}

pub(crate) fn a_reader_that_was_replaced_is_another_one() -> Result<(), String> {
    let (stand, object) = (Stand::new(), Canvas::new(60, 40, 255).png());
    let mut jailed = stand.jailed(lockgate_deep::COMMAND);
    let mut told = |data: &[u8]| -> Result<String, String> {
        stand.put(data);
        let seen = looked(&mut jailed, &object)?;
        is(!seen.unread && said(&seen).len() == 1, &seen)?;
        Ok(said(&seen).remove(0))
    };
    let (one, two, again) = (told(b"one")?, told(b"two, longer")?, told(b"one")?);
    is(one != two && one == again, &(one, two, again))?;
    // What was not there is looked for again.
    std::fs::remove_file(stand.0.join("eng.traineddata")).unwrap();
    let absent = looked(&mut jailed, &object)?;
    is(absent.unread && said(&absent) == ["ocr.absent: the whole object"], &absent)?;
    stand.put(b"one");
    let back = looked(&mut jailed, &object)?;
    is(!back.unread, &back)
}
