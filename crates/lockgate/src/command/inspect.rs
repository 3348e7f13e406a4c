//! `lockgate inspect`: one-shot verdicts for files, folders or standard input.

use crate::args::InspectArgs;
use crate::bound;
use crate::clock::{self, Reference};
use crate::exit::{Exit, Fault, complain};
use crate::files;
use crate::frames::Cutter;
use crate::lane::Lane;
use crate::pipeline::pass_with;
use crate::show::{self, Form, Summary, Tally};
use lockgate_bytes::{Digest, Frame, Span, Time};
use lockgate_core::{Account, Company, Deep, Envelope, Journal, JournalFault, Workspace, observed_time};
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

/// Runs the command.
///
/// # Errors
/// [`Fault`] where lane or output fail; a file that cannot be read is reported, and the others go on.
pub(crate) fn run(args: &InspectArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let lane = Lane::open(&args.lane.lane, &args.lane.with)?;
    let form = if json { Form::Json { record: args.record } } else { Form::Lines { record: args.record } };
    let mut engine = Engine::new(&lane, form, out);
    if args.no_ocr {
        engine.deep = deep(false);
    }
    let mut unreadable = false;
    for path in &args.paths {
        unreadable |= !inspect_path(&mut engine, path)?;
    }
    let tally = engine.tally;
    let summary = std::mem::take(&mut engine.printer.summary);
    if !json {
        // Of a single object there is nothing to sum up.
        if tally.objects > 1 {
            summary.write(out)?;
        }
        show::tally(&tally, out)?;
    }
    if tally.objects == 0 && !unreadable {
        complain("there was nothing to inspect, so nothing was released");
    }
    let all = tally.objects > 0 && tally.released == tally.objects;
    Ok(if unreadable { Exit::Faulty } else { Exit::negative_if(!all) })
}

/// Inspects one file, every file of a folder, or standard input. False where something could not be read.
fn inspect_path(engine: &mut Engine<'_>, path: &Path) -> Result<bool, Fault> {
    if path == Path::new("-") {
        return match files::drain(io::stdin().lock(), files::OBJECT_BYTES_MAX) {
            Ok(bytes) => engine.file("-", &bytes, None).map(|()| true),
            Err(error) => Ok(unreadable(&"standard input", &error)),
        };
    }
    let found = match files::walk_offered(path) {
        Ok(found) => found,
        Err(error) => return Ok(unreadable(&path.display(), &error)),
    };
    let mut whole = true;
    for file in found.iter().filter(|file| !bound::is_sidecar(file, &found)) {
        match files::bounded(file, files::OBJECT_BYTES_MAX) {
            Ok(bytes) => engine.file(&file.to_string_lossy(), &bytes, Some(file))?,
            Err(error) => whole = unreadable(&file.display(), &error),
        }
    }
    Ok(whole)
}

fn unreadable(what: &dyn std::fmt::Display, error: &io::Error) -> bool {
    complain(&format!("{what}: LG-F004 could not be read, so it does not cross: {error}"));
    false
}

/// A lane's engine with its output.
pub(crate) struct Engine<'a> {
    lane: &'a Lane,
    deep: Box<dyn Deep>,
    workspace: Option<Box<Workspace>>,
    /// What came with the file at hand.
    company: Company,
    printer: Printer<'a>,
    cutter: Cutter,
    pub(crate) tally: Tally,
}

/// Where accounts are printed: the journal of a one-shot command.
struct Printer<'a> {
    out: &'a mut dyn Write,
    form: Form,
    path: String,
    frame: Option<(usize, Span)>,
    parent: Option<Digest>,
    started: Instant,
    timed: bool,
    line: String,
    summary: Summary,
    failed: Option<io::Error>,
}

impl<'a> Engine<'a> {
    pub(crate) fn new(lane: &'a Lane, form: Form, out: &'a mut dyn Write) -> Self {
        let printer = Printer {
            out,
            form,
            path: String::new(),
            frame: None,
            parent: None,
            started: Instant::now(),
            timed: lane.now == Reference::Clock,
            line: String::new(),
            summary: Summary::default(),
            failed: None,
        };
        Self {
            lane,
            deep: deep(true),
            workspace: None,
            company: Company::new(),
            printer,
            cutter: Cutter::default(),
            tally: Tally::default(),
        }
    }

    /// Cuts a file into objects and decides each; the sidecar of the file at `on_disk` speaks of them all.
    ///
    /// # Errors
    /// [`Fault`] where the output fails.
    pub(crate) fn file(&mut self, path: &str, bytes: &[u8], on_disk: Option<&Path>) -> Result<(), Fault> {
        path.clone_into(&mut self.printer.path);
        self.company = match on_disk {
            Some(file) => self.companions(file, bytes),
            None => Company::new(),
        };
        let policy = self.lane.policy.clone();
        let mut cutter = std::mem::take(&mut self.cutter);
        let count = cutter.cut(&policy, bytes).len();
        for index in 0..count {
            let Some(piece) = cutter.piece(index) else { break };
            let span = piece.span();
            self.printer.frame = (span.len() != bytes.len()).then_some((index, span));
            self.printer.parent = cutter.parent(bytes, index);
            self.object(cutter.object(&policy, bytes, index))?;
        }
        self.cutter = cutter;
        Ok(())
    }

    fn companions(&self, file: &Path, bytes: &[u8]) -> Company {
        let lane = self.lane;
        let now = match lane.now {
            Reference::At(time) => time,
            // An object's own time says nothing of when a signature beside it counts.
            Reference::Clock | Reference::Object => clock::now(),
        };
        bound::company_of(file, bytes, &lane.bindings, lane.policy.policies(), now)
    }

    fn object(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let policy = &self.lane.policy;
        let now = match self.lane.now {
            Reference::Clock => clock::now(),
            Reference::At(time) => time,
            Reference::Object => observed_time(policy, bytes).unwrap_or(Time::from_unix_nanos(0)),
        };
        let mut workspace = self.workspace.take().unwrap_or_else(|| self.lane.workspace());
        let mut buffer = workspace.buffer();
        buffer.extend_from_slice(bytes);
        let frame = Frame { bytes: buffer, source: self.lane.source.clone(), arrival: now, sidecar: None };
        self.printer.started = Instant::now();
        let passed =
            pass_with(frame, &self.company, policy, now, workspace, &mut *self.deep, &mut self.printer);
        self.deep.rest();
        if let Some(error) = self.printer.failed.take() {
            return Err(error.into());
        }
        let (passed, workspace) =
            passed.map_err(|JournalFault| Fault::new("the decision could not be recorded"))?;
        self.tally.count(&passed);
        self.workspace = Some(workspace);
        Ok(())
    }
}

/// Workers in their jails, where this system has some; with the reader of text in pictures, or without.
#[cfg(target_os = "linux")]
pub(crate) fn deep(reads: bool) -> Box<dyn Deep> {
    use lockgate_deep::{Jailed, Place, Settings};
    let reader = if reads { Place::Usual } else { Place::Nowhere };
    Box::new(Jailed::new(Settings { reader, ..Settings::default() }))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn deep(_: bool) -> Box<dyn Deep> {
    Box::new(lockgate_core::Unopened)
}

impl Journal for Printer<'_> {
    fn append(&mut self, account: &Account<'_>) -> Result<(), JournalFault> {
        let elapsed = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let envelope = Envelope {
            path: &self.path,
            frame: self.frame,
            parent: self.parent,
            record: self.form.has_record(),
            elapsed_ns: self.timed.then_some(elapsed),
        };
        if matches!(self.form, Form::Lines { .. }) {
            self.summary.count(account);
        }
        self.line.clear();
        self.form.write(account, &envelope, &mut self.line);
        self.out.write_all(self.line.as_bytes()).map_err(|error| {
            self.failed = Some(error);
            JournalFault
        })
    }
}
