//! The running lane in the hands of those who steer it: the main thread, with signals, and the one that obeys operators.

use super::{Signals, about};
use crate::command::status;
use crate::deployment;
use crate::exit::Fault;
use crate::files;
use crate::gate::lane::Lane;
use crate::gate::plan;
use lockgate_bundle::Bundle;
use lockgate_bytes::{Digest, Duration};
use lockgate_deployment::{Deployment, Fit};
use lockgate_watch::{Asked, Commands, Event, Expiry, Log, Request, Severity};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

/// How often signals and threads are looked at.
const TICK: std::time::Duration = std::time::Duration::from_millis(50);

/// The running lane, for the main thread and the one that obeys operators.
#[derive(Clone)]
pub(super) struct Shared {
    lane: Arc<Mutex<Option<Lane>>>,
    started: Arc<Started>,
    stop: Arc<AtomicBool>,
}

/// What the lane was started with. A reload takes another bundle and nothing else: listeners, limits, keys and folders stay
/// those of the start, so a bundle has to fit these, and not a file that was changed since.
pub(super) struct Started {
    config: PathBuf,
    text: Digest,
    deployment: Deployment,
    fit: Fit,
    skew: Duration,
    takes_sidecars: bool,
    /// When the certificates end that it shows and goes by.
    certificates: Vec<Expiry>,
}

impl Started {
    /// With a deployment, its text, and the bundle that it starts on.
    ///
    /// # Errors
    /// [`Fault`] where both do not fit.
    pub(super) fn with(
        config: &Path,
        text: &[u8],
        deployment: Deployment,
        bundle: &Bundle,
    ) -> Result<Self, Fault> {
        let fit = deployment.fit(bundle)?;
        let skew = bundle.lane(&deployment.lane).map_or(Duration::ZERO, |policy| plan::skew(policy));
        let takes_sidecars = takes_sidecars(bundle, &deployment.lane);
        let (config, text) = (config.to_owned(), Digest::of(text));
        Ok(Self { config, text, deployment, fit, skew, takes_sidecars, certificates: Vec::new() })
    }

    /// With the ends of its certificates.
    pub(super) fn showing(self, certificates: Vec<Expiry>) -> Self {
        Self { certificates, ..self }
    }

    /// Whoever has changed the file expects something of it, such as that a certificate counts no more.
    fn is_as_it_was(&self) -> Result<(), String> {
        let text = files::bounded(&self.config, status::CONFIG_BYTES_MAX);
        match text.is_ok_and(|text| Digest::of(&text) == self.text) {
            true => Ok(()),
            false => Err(format!(
                "{} is not what the lane was started with; a reload takes a bundle and nothing else: start the lane again",
                self.config.display()
            )),
        }
    }

    /// What a bundle asks for that only a start can give.
    fn asks_for_a_start(&self, fit: &Fit, skew: Duration, takes_sidecars: bool) -> Result<(), String> {
        let changed = [
            (fit.direction != self.fit.direction, "which way the lane leads"),
            (fit.sources != self.fit.sources, "what sources may send"),
            (fit.streams != self.fit.streams, "how streams are cut into objects"),
            (is_larger(fit, &self.fit), "how large an object may be"),
            (takes_sidecars != self.takes_sidecars, "whether files are taken with their sidecars"),
            (skew > self.skew, "how far ahead of ours a time may be"),
        ];
        match changed.iter().find(|(is_changed, _)| *is_changed) {
            None => Ok(()),
            Some((_, what)) => Err(format!("the bundle changes {what}: start the lane again to take it")),
        }
    }
}

fn is_larger(fit: &Fit, than: &Fit) -> bool {
    let sizes = |fit: &Fit| {
        let of_sources = fit.sizes.iter().flat_map(|sizes| [sizes.frame_max, sizes.file_max]);
        of_sources.chain([fit.size_max, fit.file_max, fit.released_max]).collect::<Vec<_>>()
    };
    // The sources are the same.
    sizes(fit).into_iter().zip(sizes(than)).any(|(now, before)| now > before)
}

/// Whether the lane takes files from folders with their sidecars.
fn takes_sidecars(bundle: &Bundle, lane: &str) -> bool {
    bundle.bindings(lane).is_some_and(|bindings| bindings.takes_sidecars)
}

impl Shared {
    pub(super) fn new(lane: Lane, started: Started, stop: Arc<AtomicBool>) -> Self {
        Self { lane: Arc::new(Mutex::new(Some(lane))), started: Arc::new(started), stop }
    }

    fn lane(&self) -> MutexGuard<'_, Option<Lane>> {
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a signal. False where the lane fell apart.
    pub(super) fn stand_by(&self, signals: &Signals, log: &Log) -> bool {
        loop {
            if signals.stop.load(Ordering::Acquire) {
                return true;
            }
            if signals.reload.swap(false, Ordering::AcqRel) {
                let now = crate::clock::now();
                match self.reload() {
                    Ok(says) => log.say(now, Severity::Notice, Event::Lane, &says, &[]),
                    Err(why) => log.say(now, Severity::Error, Event::Lane, &why, &[]),
                }
            }
            let is_whole = match self.lane.try_lock() {
                Ok(lane) => lane.as_ref().is_some_and(Lane::is_whole),
                // An operator's command is being done, which may take as long as the disk does: signals count meanwhile.
                Err(TryLockError::WouldBlock) => true,
                Err(TryLockError::Poisoned(_)) => false,
            };
            if !is_whole {
                return false;
            }
            std::thread::sleep(TICK);
        }
    }

    /// Verifies the bundle that lies in its place now, and takes it; or refuses it, which goes on record.
    fn reload(&self) -> Result<String, String> {
        let (started, stop) = (&*self.started, &*self.stop);
        let deployment = &started.deployment;
        let mut guard = self.lane();
        let Some(lane) = guard.as_mut() else { return Err("the lane ends".to_owned()) };
        started.is_as_it_was().inspect_err(|why| lane.refuse(None, None, why, stop))?;
        // The lane's time, which never runs back: a clock that was set back brings no signer back.
        let now = lane.clock().now();
        let trusted = deployment::trusted(deployment, now, lane.has_run()).map_err(|untrusted| {
            let about = about(&untrusted);
            let why = Fault::from(untrusted).message().to_owned();
            lane.refuse(about.map(|(digest, _)| digest), about.map(|(_, revision)| revision), &why, stop);
            why
        })?;
        let bundle = trusted.bundle();
        let (digest, revision) = (bundle.digest(), bundle.revision());
        let refuse = |why: &str| lane.refuse(Some(digest), Some(revision), why, stop);
        let fit = deployment.fit(bundle).map_err(|diagnostics| {
            refuse("the deployment does not fit the bundle");
            diagnostics.render()
        })?;
        let name = deployment.lane.as_str();
        let Some(policy) = bundle.lane(name).cloned() else { return Err(format!("no lane {name}")) };
        let takes_sidecars = takes_sidecars(bundle, name);
        started.asks_for_a_start(&fit, plan::skew(&policy), takes_sidecars).inspect_err(|why| refuse(why))?;
        let bindings = Arc::new(bundle.bindings(name).cloned().unwrap_or_default());
        let mut expiries = plan::signed_expiries(&trusted, name, now);
        expiries.extend(started.certificates.clone());
        lane.take((policy, bindings), digest, revision, expiries, stop)?;
        Ok(format!("revision {revision}, sha256:{digest}, is in force"))
    }

    pub(super) fn end(&self) -> Result<(), Fault> {
        let lane = self.lane().take();
        lane.map_or(Ok(()), Lane::end).map_err(Fault::new)
    }
}

impl Commands for Shared {
    fn run(&mut self, asked: &Asked) -> Result<String, String> {
        match asked.request {
            Request::Reload => self.reload(),
            Request::ConfirmClock => {
                let guard = self.lane();
                let lane = guard.as_ref().ok_or_else(|| "the lane ends".to_owned())?;
                lane.clock().confirm(&format!("uid {}", asked.user));
                Ok("the clock is confirmed; what was held for it is decided again".to_owned())
            }
            Request::Drain => {
                self.stop.store(true, Ordering::Release);
                Ok("the lane drains and stops".to_owned())
            }
            Request::Status => Err("status is answered elsewhere".to_owned()),
        }
    }
}
