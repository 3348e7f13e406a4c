//! `lockgate replay`: decides again what a log says was decided, and holds the record that comes out against the one in the
//! log, byte for byte.
//!
//! ```text
//!   log --verified--> each decision --bytes at hand, bundle at hand--> decided again --> same | differs | not replayed
//! ```
//! Everything that a decision rests on stands in its record: lane, source, bundle, engine, key of pseudonyms and reference time
//! by name, and the bytes by their hash. What a record names and nobody has here is said, and never replaced by something else.

mod again;
mod bytes;
mod compare;
mod told;

use super::{audit, hold, way};
use crate::args::ReplayArgs;
use crate::deployment::{self, keys};
use crate::exit::{Exit, Fault, complain};
use crate::lane::read_bundle;
use again::Again;
use bytes::AtHand;
use lockgate_audit::show::Filter;
use lockgate_audit::{Decision, Entries, Event, Fold, Report, approvals};
use lockgate_bundle::Bundle;
use lockgate_bytes::{Digest, PseudonymKey, Time};
use lockgate_core::Policy;
use lockgate_deployment::Egress;
use lockgate_disk::RealDisk;
use lockgate_hold::View;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use told::{Form, Line, Tally};

/// The file beside a log that holds its public key.
const KEY_BESIDE: &str = "key.pub";

/// Where everything is that a replay reads.
struct Sources {
    log: PathBuf,
    keys: Vec<PathBuf>,
    bundles: Vec<PathBuf>,
    /// Files and folders with bytes.
    bytes: Vec<PathBuf>,
    pseudonyms: Vec<PathBuf>,
    /// The held store, and the file of its key.
    store: Option<(PathBuf, Option<PathBuf>)>,
}

/// Which decisions are asked for.
struct Asked {
    filter: Filter,
    /// Only these objects, where any is named; each with whether a decision about it was found.
    objects: Vec<(Digest, bool)>,
}

/// Runs the command; negative where a record did not come out again, nothing was replayed, or an object that was asked for, or
/// whose bytes are at hand, could not be.
///
/// # Errors
/// [`Fault`] where the log is not as it was signed, or anything cannot be read.
pub(crate) fn run(args: &ReplayArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let mut asked = asked(args)?;
    let sources = sources(args)?;
    let disk = audit::open(&sources.log)?;
    let report = verified(&disk, &sources, args.against.as_deref())?;
    let bundles = sources.bundles.iter().map(|file| read_bundle(file)).collect::<Result<Vec<_>, Fault>>()?;
    let under = args.under.as_deref().map(read_bundle).transpose()?;
    let mut at_hand = at_hand(&sources, &bundles, under.as_ref(), &report)?;
    let keys: Vec<Arc<PseudonymKey>> =
        sources.pseudonyms.iter().map(|file| keys::pseudonyms(file)).collect::<Result<_, Fault>>()?;
    let mut again = Again::new(&bundles, under.as_ref(), keys);
    let mut form = Form::new(json, under.as_ref(), out)?;
    let mut tally = Tally::default();
    each(&disk, &sources.log, &report, &mut |entry, record, event, fold| {
        match event {
            Event::Refusals(shared) if asked.filter.lets_through(event) => {
                tally.shared = tally.shared.saturating_add(shared.count);
            }
            Event::Decision(decision) if asked.for_this(event, decision) => {
                let reviews = decision.again.map(|former| approvals(&disk, fold.ledger(), former));
                let mut place = String::new();
                let reviews = reviews.unwrap_or_default();
                let outcome = again.replay(record, decision, &reviews, &mut at_hand, &mut place);
                let line = Line { entry, decision, outcome: &outcome, place: &place };
                tally.count(&outcome, !asked.objects.is_empty());
                form.line(&line, !asked.objects.is_empty())?;
            }
            _ => {}
        }
        Ok(())
    })?;
    tally.unknown = asked.unknown(&tally);
    form.end(&tally, &report)?;
    Ok(Exit::negative_if(!tally.is_good()))
}

fn asked(args: &ReplayArgs) -> Result<Asked, Fault> {
    let time = |name: &str, text: &Option<String>| -> Result<Option<Time>, Fault> {
        let Some(text) = text else { return Ok(None) };
        audit::time(name, text).map(Some)
    };
    let objects = args.objects.iter().map(|text| {
        way::digest(text)
            .map(|object| (object, false))
            .ok_or_else(|| Fault::new(format!("{text}: not a SHA-256; it has 64 hexadecimal digits")))
    });
    Ok(Asked {
        filter: Filter {
            since: time("since", &args.since)?,
            until: time("until", &args.until)?,
            ..Filter::default()
        },
        objects: objects.collect::<Result<_, Fault>>()?,
    })
}

impl Asked {
    fn for_this(&mut self, event: &Event, decision: &Decision) -> bool {
        if !self.filter.lets_through(event) {
            return false;
        }
        let [arrived, released] =
            ["sha256", "released_sha256"].map(|key| decision.text(key).and_then(Digest::parse));
        let hashes = [arrived, released, decision.blake3];
        let mut is_named = self.objects.is_empty();
        for (object, is_found) in &mut self.objects {
            let is_this = hashes.contains(&Some(*object));
            *is_found |= is_this;
            is_named |= is_this;
        }
        is_named
    }

    /// Complains of each object that was asked for and that no decision names; how many they are.
    fn unknown(&self, tally: &Tally) -> u64 {
        let within = match (self.filter.since, self.filter.until) {
            (None, None) => "",
            _ => " within --since and --until",
        };
        let shared = match tally.shared {
            0 => String::new(),
            count => format!("; {count} refusals share records that name no object, it may be one of them"),
        };
        let mut count = 0_u64;
        for (object, _) in self.objects.iter().filter(|(_, is_found)| !is_found) {
            complain(&format!("{object}: no decision in the log names it{within}{shared}"));
            count = count.saturating_add(1);
        }
        count
    }
}

/// What the arguments and the deployment name.
fn sources(args: &ReplayArgs) -> Result<Sources, Fault> {
    let mut sources = Sources {
        log: args.log.clone().unwrap_or_default(),
        keys: args.key.clone(),
        bundles: args.bundle.clone(),
        bytes: args.bytes.clone(),
        pseudonyms: args.pseudonym_key.clone(),
        store: None,
    };
    if let Some(config) = &args.config {
        let deployment = deployment::read(config)??;
        let path = |at: &lockgate_notation::At<String>| PathBuf::from(at.as_str());
        sources.log = path(&deployment.audit.path);
        sources.bundles.push(path(&deployment.bundle));
        sources.store = Some((path(&deployment.hold.path), deployment.hold.key.as_ref().map(path)));
        sources.pseudonyms.extend(deployment.pseudonyms.as_ref().map(path));
        if let Egress::Directory { path: folder, .. } = &deployment.egress {
            sources.bytes.push(path(folder));
        }
    }
    if sources.bundles.is_empty() && args.under.is_none() {
        return Err(Fault::new(
            "no bundle: give the one that was in force with --bundle FILE, or name the deployment",
        ));
    }
    Ok(sources)
}

/// Nothing is replayed from a log that is not as it was signed.
fn verified(disk: &RealDisk, sources: &Sources, against: Option<&Path>) -> Result<Report, Fault> {
    let beside = sources.log.join(KEY_BESIDE);
    let files = if sources.keys.is_empty() {
        complain(&format!(
            "the log is verified with {}, which whoever can change the log can change too; keep a copy elsewhere and give it \
             with --key",
            beside.display()
        ));
        std::slice::from_ref(&beside)
    } else {
        &sources.keys
    };
    let keys = files.iter().map(|file| audit::key(file)).collect::<Result<Vec<_>, Fault>>()?;
    let against = against.map(audit::small).transpose()?;
    let mut progress = audit::Progress::new(io::stderr().is_terminal());
    let report =
        lockgate_audit::verify(disk, &keys, against.as_deref(), &mut |done, of| progress.tell(done, of))
            .map_err(|error| Fault::of(sources.log.display(), &error))?;
    progress.end();
    if report.is_sound() {
        return Ok(report);
    }
    let first = report.findings.first();
    let says = first.map_or_else(String::new, |finding| {
        let place = finding.entry.map_or_else(String::new, |entry| format!("entry {entry}: "));
        format!(": {place}{} ({})", finding.says, finding.wrong.name())
    });
    Err(Fault::new(format!(
        "{}: the log is not as it was signed{says}; nothing was replayed, `lockgate audit verify` says all",
        sources.log.display()
    )))
}

/// Everything with bytes in it.
///
/// # Errors
/// [`Fault`] where a folder or store that was named cannot be read: what is found missing then would say nothing.
fn at_hand(
    sources: &Sources,
    bundles: &[Bundle],
    under: Option<&Bundle>,
    report: &Report,
) -> Result<AtHand, Fault> {
    let lanes = report.ledger.lanes().map(|(lane, _)| lane);
    let of = |lane: &str| -> Vec<Arc<Policy>> {
        bundles.iter().chain(under).filter_map(|bundle| bundle.lane(lane).cloned()).collect()
    };
    let mut at_hand = AtHand::new(lanes.flat_map(of).collect());
    for path in &sources.bytes {
        at_hand.files(path)?;
    }
    if let Some((folder, key)) = &sources.store {
        let key = key.as_deref().map(hold::key).transpose()?;
        let disk = RealDisk::at(folder).map_err(|error| Fault::of(folder.display(), &error))?;
        let view = View::open(Arc::new(disk), key)
            .map_err(|fault| Fault::new(format!("{}: {fault}", folder.display())))?;
        at_hand.held(view)?;
    }
    if at_hand.is_full() {
        complain("more objects were given than are kept in mind; some are not found: replay them in parts");
    }
    Ok(at_hand)
}

type Work<'w> = &'w mut dyn FnMut(u64, &[u8], &Event, &Fold) -> Result<(), Fault>;

/// Goes through the entries that were verified, with the accounting before each.
fn each(disk: &RealDisk, log: &Path, report: &Report, work: Work<'_>) -> Result<(), Fault> {
    let of = report.entries.saturating_add(report.unsigned);
    let unread = |says: &dyn std::fmt::Display| Fault::new(format!("{}: {says}", log.display()));
    let mut progress = audit::Progress::new(io::stderr().is_terminal() && !io::stdout().is_terminal());
    let (mut entries, mut fold) = (Entries::from(disk, 0), Fold::new());
    while let Some((entry, record)) = entries.next_entry().map_err(|error| unread(&error))? {
        if entry >= of {
            break;
        }
        progress.tell(entry, of);
        let event = Event::read(record).map_err(|fault| unread(&format!("entry {entry}: {fault}")))?;
        work(entry, record, &event, &fold)?;
        fold.take(entry, event).map_err(|fault| unread(&format!("entry {entry}: {fault}")))?;
    }
    progress.end();
    Ok(())
}
