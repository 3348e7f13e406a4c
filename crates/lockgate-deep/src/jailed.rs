//! The slow path as the engine asks for it: an object goes to a jailed worker, and each way of failing has its code.

use crate::answer::Malformed;
use crate::reader::{PICTURES, ReadOut, Stands};
use crate::{Answer, Ask, Failure, Form, NoReader, Place, Reader, Rebuild, Settings, Workers, codes, verify};
use lockgate_bytes::Untrusted;
use lockgate_core::{Class, Deep, Fidelity, Finding, Looked, Making, Reading, Rebuilt, Seen};
use lockgate_reason::{Code, deep};
use lockgate_render::{Part, Scan};
use std::time::{Duration, Instant};

/// What the kernel sends to a process that made a forbidden system call.
const SIGSYS: i32 = 31;

/// Deep inspection by jailed workers.
#[derive(Debug)]
pub struct Jailed {
    workers: Workers,
    ask: Ask,
    place: Place,
    /// The reader that answered last. One that was replaced since, is not there or failed is looked for again.
    reader: Option<Reader>,
    /// The one that did not answer when it was looked for last: what stood there then, and since when it is left alone.
    silent: Option<(Stands, Instant, Failure)>,
    /// What came of looking for one last.
    now: Option<Result<String, NoReader>>,
}

/// So long nobody asks a reader again that did not answer, unless another one stands there: one that hangs takes its whole time
/// each time, and every object behind it would wait for that.
const LEFT_ALONE: Duration = Duration::from_secs(60);

impl Jailed {
    /// Starts nothing yet; the first object does.
    pub fn new(settings: Settings) -> Self {
        let (ask, place) = (settings.ask, settings.reader.clone());
        Self { ask, place, reader: None, silent: None, now: None, workers: Workers::new(settings) }
    }

    /// What the worker says of an object, once what it made was looked at, and its pictures were read.
    fn through(&mut self, object: &[u8], ask: Ask, reading: Reading, answer: Answer) -> Result<Seen, Code> {
        let previews = answer.previews.iter().all(|preview| verify::is_as_built(Form::Png, preview));
        if !(previews && verify::is_of(object, ask, &answer)) {
            return Err(deep::WORKER_ANSWER);
        }
        let form = answer.form;
        let mut seen = Seen {
            form: form.map(Form::name),
            walked: form.is_some_and(crate::look::walks),
            findings: answer.findings,
            rebuilt: None,
            shown: 0,
            texts: answer.texts,
            previews: answer.previews,
            unread: false,
            grounds: answer.grounds,
        };
        // What is refused in any case is shown to no further program.
        let refused = seen.findings.iter().any(|finding| finding.code.class == Class::Attack);
        let form = form.filter(|form| ask.pixels && form.has_pixels() && !refused);
        let reader = form.map(|_| self.reader(reading));
        let scans = if matches!(reader, Some(Ok(_))) { PICTURES } else { 0 };
        let built_as = answer.form.and_then(|form| form.built_as(ask.convert));
        let again = match answer.rebuilt {
            Some(rebuilt) if Some(rebuilt.form) == built_as => {
                let (rebuilt, shown, second) = self.again(rebuilt, scans)?;
                (seen.rebuilt, seen.shown) = (Some(rebuilt), shown);
                Some(second)
            }
            Some(_) => return Err(deep::WORKER_ANSWER),
            None => None,
        };
        if let (Some(form), Some(reader)) = (form, reader) {
            let out = match reader {
                // What is read is what would leave, as another worker sees it.
                Ok(reader) => self.read(&reader, form, object, again, seen.shown),
                Err(said) => said,
            };
            seen.unread = out.unread;
            seen.findings.extend(out.findings);
            seen.texts.extend(out.texts);
        }
        Ok(seen)
    }

    /// What was built anew is an object of its own: it has to be exactly of the shape that is built, which this process
    /// sees by itself, and another worker must find nothing in it: not even a note, since of what is built here everything is
    /// shown by every decoder. That one also draws what is to be read; what lies behind that is no fault of the file.
    fn again(&mut self, rebuilt: crate::Rebuilt, scans: u8) -> Result<(Rebuilt, usize, Answer), Code> {
        let shown = verify::shown(rebuilt.form, &rebuilt.bytes).ok_or(deep::REBUILT_WRONG)?;
        let ask = Ask::to_read(scans);
        let second = self.workers.look(&rebuilt.bytes, ask).map_err(|failure| code(&failure))?;
        let grave = second.findings.iter().any(|finding| finding.code != codes::READ_IN_PART);
        if grave || !verify::is_of(&rebuilt.bytes, ask, &second) {
            return Err(deep::REBUILT_WRONG);
        }
        Ok((Rebuilt::of(rebuilt.bytes), shown, second))
    }

    /// The reader, or what is said where nobody reads. What a record says of it is true of the files that stand there now.
    fn reader(&mut self, reading: Reading) -> Result<Reader, ReadOut> {
        if reading == Reading::Off {
            let out = ReadOut::nothing(codes::NOT_TO_BE_READ, "the whole object".to_owned());
            return Err(ReadOut { unread: false, ..out });
        }
        if let Some(reader) = self.reader.take().filter(Reader::is_as_it_was) {
            return Ok(self.reader.insert(reader).clone());
        }
        let found = self.look_for_reader();
        self.now = Some(found.as_ref().map(|reader| reader.engine().to_owned()).map_err(Clone::clone));
        match found {
            Ok(reader) => Ok(self.reader.insert(reader).clone()),
            Err(NoReader::Failed(failure)) => {
                let place = format!("the reader: {}", crate::reader::why(&failure));
                Err(ReadOut::nothing(codes::READER_FAILED, place))
            }
            Err(NoReader::Absent) => Err(ReadOut::nothing(codes::NO_READER, "the whole object".to_owned())),
        }
    }

    fn look_for_reader(&mut self) -> Result<Reader, NoReader> {
        // Before it is started: what is put in its place while it hangs is another one already.
        let stands = Stands::at(&self.place)?;
        if let Some((stood, since, failure)) = self.silent.take()
            && stood == stands
            && since.elapsed() < LEFT_ALONE
        {
            let failed = NoReader::Failed(failure.clone());
            self.silent = Some((stood, since, failure));
            return Err(failed);
        }
        let found = Reader::open(&self.place);
        if let Err(NoReader::Failed(failure)) = &found {
            self.silent = Some((stands, Instant::now(), failure.clone()));
        }
        found
    }

    /// Which reader there was when one was looked for last, or why there was none; `None` where none was looked for.
    pub fn reader_now(&self) -> Option<Result<&str, &NoReader>> {
        self.now.as_ref().map(|now| now.as_ref().map(String::as_str))
    }

    /// Reads what `drawn` shows, or the object itself where nothing was built from it. `shown` pages or pictures were counted in
    /// what was built.
    fn read(
        &mut self,
        reader: &Reader,
        form: Form,
        object: &[u8],
        drawn: Option<Answer>,
        shown: usize,
    ) -> ReadOut {
        let drawn = match drawn.map_or_else(|| self.draw(object), Ok) {
            Ok(drawn) => drawn,
            Err(failure) => {
                let place = format!("drawing it: {}", crate::reader::why(&failure));
                return ReadOut::nothing(codes::READER_FAILED, place);
            }
        };
        let what = if form == Form::Pdf { "page" } else { "picture" };
        let mut out = reader.read(&drawn.scans, what);
        let missing = not_drawn(&drawn.scans, drawn.findings, shown);
        out.unread |= !missing.is_empty();
        out.findings.extend(missing);
        out
    }

    /// Has the object itself drawn once more, to be read.
    fn draw(&mut self, object: &[u8]) -> Result<Answer, Failure> {
        let ask = Ask::to_read(PICTURES);
        let drawn = self.workers.look(object, ask)?;
        match verify::is_of(object, ask, &drawn) {
            true => Ok(drawn),
            false => Err(Failure::BadAnswer(Malformed { at: 0 })),
        }
    }

    /// Starts the workers that wait, so that no object waits for them to start.
    ///
    /// # Errors
    /// [`Failure`] where there is no jail, or nothing can be started; objects are then held, each with its code.
    pub fn prepare(&mut self) -> Result<(), Failure> {
        self.workers.prepare()
    }
}

impl Deep for Jailed {
    fn rest(&mut self) {
        self.workers.refill();
    }

    fn look(&mut self, object: Untrusted<'_>, making: Making) -> Looked {
        let object = object.bytes_for_inspection();
        let rebuild = match (self.ask.rebuild, making.fidelity) {
            (Rebuild::No, _) => Rebuild::No,
            (_, Fidelity::Lossy) => Rebuild::Lossy,
            (_, Fidelity::Lossless) => Rebuild::Lossless,
        };
        let ask = Ask { rebuild, convert: making.convert, ..self.ask };
        let answered = self.workers.look(object, ask).map_err(|failure| code(&failure));
        match answered.and_then(|answer| self.through(object, ask, making.reading, answer)) {
            Ok(seen) => Looked::Through(seen),
            Err(code) => Looked::Failed(code),
        }
    }
}

/// What a worker did not draw to be read, by its own word and by what is not there.
fn not_drawn(scans: &[Scan], findings: Vec<Finding>, shown: usize) -> Vec<Finding> {
    // A list of findings that is full may have left out a page that was not drawn.
    let is_cut = findings.iter().any(|finding| finding.code == codes::TOO_MANY);
    let mut missing = findings;
    missing.retain(|finding| finding.code == codes::READ_IN_PART);
    let most = usize::from(PICTURES);
    let is_drawn = |number: usize| scans.iter().any(|scan| scan.number == number && scan.part == Part::Whole);
    // At least one is shown, also where nobody could count.
    let is_whole = shown <= most && (1..=shown.max(1)).all(is_drawn);
    if is_cut || (missing.is_empty() && !is_whole) {
        missing.push(Finding { code: codes::READ_IN_PART, place: "the whole object".to_owned() });
    }
    missing
}

fn code(failure: &Failure) -> Code {
    match failure {
        Failure::NoJail(_) => deep::NOT_OPENED,
        Failure::NotStarted(_) => deep::NO_WORKER,
        Failure::TooLarge => deep::TOO_LARGE,
        Failure::TimedOut => deep::WORKER_TIMED_OUT,
        Failure::Killed { signal: SIGSYS } => deep::WORKER_BROKE_OUT,
        Failure::Killed { .. } => deep::WORKER_KILLED,
        Failure::Crashed { .. } => deep::WORKER_CRASHED,
        Failure::BadAnswer(_) => deep::WORKER_ANSWER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(number: usize, part: Part) -> Scan {
        Scan { number, part, width: 1, height: 1, levels: vec![255] }
    }

    fn told(code: &'static lockgate_core::FindingCode, place: &str) -> Finding {
        Finding { code, place: place.to_owned() }
    }

    #[test]
    fn a_page_that_was_neither_drawn_nor_told_is_not_read() {
        let whole = |numbers: &[usize]| -> Vec<Scan> {
            numbers.iter().map(|number| scan(*number, Part::Whole)).collect()
        };
        let in_part = || vec![told(codes::READ_IN_PART, "page 2")];
        let sixteen: Vec<usize> = (1..=16).collect();
        for (scans, findings, shown, missing) in [
            (whole(&[1, 2, 3]), Vec::new(), 3, 0),
            (whole(&[1, 3]), Vec::new(), 3, 1),
            (whole(&[1]), Vec::new(), 5, 1),
            (whole(&[1, 3]), in_part(), 3, 1),
            (whole(&sixteen), Vec::new(), 16, 0),
            (whole(&sixteen), Vec::new(), 17, 1),
            (vec![scan(1, Part::Top), scan(1, Part::Bottom)], Vec::new(), 1, 1),
            // Nothing was built, so nobody counted.
            (whole(&[1]), Vec::new(), 0, 0),
            (Vec::new(), Vec::new(), 0, 1),
            (whole(&[1]), vec![told(codes::TOO_MANY, "the object")], 1, 1),
            (whole(&[1, 2, 3]), vec![told(codes::TRAILING, "byte 4")], 3, 0),
        ] {
            assert_eq!(not_drawn(&scans, findings, shown).len(), missing, "{} scans of {shown}", scans.len());
        }
    }
}
