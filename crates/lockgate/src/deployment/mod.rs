//! A deployment on this machine: its files read, its bundle verified, and what stands against running it.

pub(crate) mod keys;
pub(crate) mod look;
pub(crate) mod signed;

use crate::exit::Fault;
use crate::{files, ocr};
use lockgate_bundle::trust::{Demands, Refused, TrustedBundle};
use lockgate_bundle::{Bundle, Direction, Expires, Expiry};
use lockgate_bytes::{Digest, Duration, Time};
use lockgate_core::Reading;
use lockgate_deployment::{Deployment, Reception, found};
use lockgate_disk::RealDisk;
use lockgate_notation::{At, Diagnostics, Severity, Span};
use std::path::{Path, PathBuf};

use look::look;

/// Most bytes of a deployment file; the notation itself takes 1 MiB and says so.
const CONFIG_BYTES_MAX: u64 = 16 << 20;
/// People are told so many days before something ends.
const WARNING_DAYS: i64 = 30;
const DAY_SECONDS: i64 = 86_400;
/// What has run where nothing has, or nobody asks.
pub(crate) const NEVER_RUN: (u64, Option<Digest>) = (0, None);

/// Reads a deployment file.
///
/// # Errors
/// [`Fault`] where the file cannot be read; all that is wrong with it where it can.
pub(crate) fn read(config: &Path) -> Result<Result<Deployment, Diagnostics>, Fault> {
    let text =
        files::bounded(config, CONFIG_BYTES_MAX).map_err(|error| Fault::of(config.display(), &error))?;
    Ok(Deployment::read(&config.to_string_lossy(), &text))
}

/// The same of a far side; `None` where the file is that of a lane.
///
/// # Errors
/// [`Fault`] where the file cannot be read; all that is wrong with it where it can.
pub(crate) fn read_far(config: &Path) -> Result<Option<Result<Reception, Diagnostics>>, Fault> {
    let text =
        files::bounded(config, CONFIG_BYTES_MAX).map_err(|error| Fault::of(config.display(), &error))?;
    Ok(Reception::is(&text).then(|| Reception::read(&config.to_string_lossy(), &text)))
}

/// The bundle of a deployment, if its lane may run on it. `has_run` is the highest revision that has run here, and its
/// bundle; 0 and none where none has.
///
/// # Errors
/// [`Untrusted`] where a file cannot be read, or something stands against the bundle.
pub(crate) fn trusted(
    deployment: &Deployment,
    now: Time,
    has_run: (u64, Option<Digest>),
) -> Result<TrustedBundle, Untrusted> {
    let unread = |part: &At<String>| {
        let span = part.span;
        move |fault| Untrusted::Unread { span, fault }
    };
    let path = |part: &At<String>| PathBuf::from(part.as_str());
    let trust = signed::trust(&path(&deployment.trust)).map_err(unread(&deployment.trust))?;
    let bytes = signed::bundle_bytes(&path(&deployment.bundle)).map_err(unread(&deployment.bundle))?;
    let signatures = &deployment.signatures;
    let signatures = signed::signatures(&path(signatures)).map_err(unread(signatures))?;
    let (at_least, ran) = has_run;
    let name = deployment.bundle_name.as_ref().map(|name| name.as_str());
    let demands = Demands { now, at_least, ran, lanes: &[deployment.lane.as_str()], name };
    trust
        .verify(&bytes, signatures.as_ref(), &demands)
        .map_err(|refused| Untrusted::Refused(Box::new(refused)))
}

/// What has run by the deployment's log, as whoever asks can read it; nothing where they cannot.
fn has_run(deployment: &Deployment) -> (u64, Option<Digest>) {
    let disk = RealDisk::at(Path::new(deployment.audit.path.as_str()));
    let has_run = disk.and_then(|disk| lockgate_audit::has_run(&disk));
    has_run.ok().flatten().map_or(NEVER_RUN, |(revision, bundle)| (revision, Some(bundle)))
}

/// Why a lane cannot run on its bundle.
#[derive(Debug)]
pub(crate) enum Untrusted {
    /// A file cannot be read, or has mistakes.
    Unread {
        /// Where the deployment names it.
        span: Span,
        /// What is wrong.
        fault: Fault,
    },
    /// Something stands against the bundle.
    Refused(Box<Refused>),
}

impl From<Untrusted> for Fault {
    fn from(untrusted: Untrusted) -> Self {
        match untrusted {
            Untrusted::Unread { fault, .. } => fault,
            Untrusted::Refused(refused) => Fault::new(format!("the bundle is refused\n{refused}")),
        }
    }
}

/// What a deployment that was looked at rests on.
pub(crate) struct Ready {
    /// Its bundle.
    pub(crate) trusted: TrustedBundle,
    /// Who reads text in pictures, or why nobody does, where the lane asks for it: looked for once.
    pub(crate) reader: Option<Result<String, &'static str>>,
}

/// Everything that stands against running a deployment, without opening a socket; and what it rests on, where its bundle stands.
pub(crate) fn findings(deployment: &Deployment, now: Time) -> (Diagnostics, Option<Ready>) {
    let mut diagnostics = deployment.diagnostics();
    look(deployment, now, &mut diagnostics);
    let trusted = match trusted(deployment, now, has_run(deployment)) {
        Ok(trusted) => trusted,
        Err(Untrusted::Unread { span, fault }) => {
            let is_open = signed::is_open(Path::new(deployment.trust.as_str()));
            let code = if is_open { &found::KEY_OPEN } else { &found::MISSING };
            diagnostics.error(code, span, fault.to_string());
            return (diagnostics, None);
        }
        Err(Untrusted::Refused(refused)) => {
            for finding in &refused.findings {
                diagnostics.error(finding.code, deployment.bundle.span, &finding.says);
            }
            return (diagnostics, None);
        }
    };
    for note in trusted.notes() {
        diagnostics.warning(note.code, deployment.bundle.span, &note.says);
    }
    for signer in trusted.signed() {
        let what = format!("the trust in signer {}", signer.name);
        ends(&what, signer.until, now, deployment.bundle.span, &mut diagnostics);
    }
    rests_on(deployment, trusted.bundle(), now, &mut diagnostics);
    if trusted.bundle().direction(&deployment.lane) == Some(Direction::Up) {
        look::look_up(deployment, now, &mut diagnostics);
    }
    if let Err(misfit) = deployment.fit(trusted.bundle()) {
        diagnostics.merge(misfit);
    }
    let lane = trusted.bundle().lane(&deployment.lane);
    let reader = lane.filter(|lane| ocr::is_asked_for(lane)).map(|_| ocr::reader(&deployment.reader));
    if lane.is_some_and(|lane| lane.reading() == Some(Reading::Required))
        && let Some(Err(why)) = reader
    {
        diagnostics.warning(&found::NO_READER, deployment.lane.span, why);
    }
    (diagnostics, Some(Ready { trusted, reader }))
}

/// What the lane itself rests on. A lane starts without it, and releases nothing that needs it.
fn rests_on(deployment: &Deployment, bundle: &Bundle, now: Time, diagnostics: &mut Diagnostics) {
    // A membership that is over is history.
    let over = |expiry: &&Expiry| expiry.what == Expires::Membership && expiry.until <= now;
    for expiry in bundle.expiries(&deployment.lane).iter().filter(|expiry| !over(expiry)) {
        let what = format!("{} {}", expiry.what.name(), expiry.name);
        ends(&what, expiry.until, now, deployment.lane.span, diagnostics);
    }
    reviewers_left(deployment, bundle, now, diagnostics);
}

/// Warns where soon fewer people are left than have to approve.
fn reviewers_left(deployment: &Deployment, bundle: &Bundle, now: Time, diagnostics: &mut Diagnostics) {
    let Some(review) = bundle.lane(&deployment.lane).and_then(|policy| policy.review()) else { return };
    let soon = now.plus(Duration::from_secs(WARNING_DAYS.saturating_mul(DAY_SECONDS)));
    let people = || review.reviewers.iter().map(|one| &one.person);
    let at = |time: Time| people().filter(|one| one.from <= time && time < one.until).count();
    let (today, then) = (at(now), at(soon));
    if today >= review.people && then < review.people {
        let says = format!(
            "of {today} reviewers {then} are left within {WARNING_DAYS} days, and {} have to approve",
            review.people
        );
        diagnostics.warning(&found::ENDS_SOON, deployment.lane.span, says);
    }
}

/// Warns where something has ended, or ends within [`WARNING_DAYS`].
fn ends(what: &str, until: Time, now: Time, span: Span, diagnostics: &mut Diagnostics) {
    if let Some((days, says)) = ends_soon(what, until, now) {
        let code = if days.is_some() { &found::ENDS_SOON } else { &found::ENDED };
        diagnostics.warning(code, span, says);
    }
}

/// What to tell people of something that has ended, or ends within [`WARNING_DAYS`], with the whole days that are left.
pub(crate) fn ends_soon(what: &str, until: Time, now: Time) -> Option<(Option<i64>, String)> {
    let left = until.since(now);
    let days = left.nanos().checked_div(Duration::from_secs(DAY_SECONDS).nanos()).unwrap_or(0);
    if left <= Duration::ZERO {
        return Some((None, format!("{what} ended at {until}")));
    }
    let noun = if days == 1 { "day" } else { "days" };
    (days < WARNING_DAYS).then(|| (Some(days), format!("{what} ends at {until}, in {days} {noun}")))
}

/// How many errors and warnings there are.
pub(crate) fn count(diagnostics: &Diagnostics) -> (usize, usize) {
    let errors = diagnostics.iter().filter(|one| one.severity == Severity::Error).count();
    (errors, diagnostics.len().saturating_sub(errors))
}
