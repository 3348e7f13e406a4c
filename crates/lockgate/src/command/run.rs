//! `lockgate run`: one lane, until it is told to stop; and `lockgate reload`, which speaks to it.

mod shared;

use crate::args::{ReloadArgs, RunArgs};
use crate::command::status;
use crate::deployment::{self, NEVER_RUN, Untrusted};
use crate::exit::{Exit, Fault};
use crate::files;
use crate::gate::begin::Unbegun;
use crate::gate::lane::Lane;
use crate::gate::plan::{self, Plan};
use crate::gate::refused;
use lockgate_bytes::Digest;
use lockgate_core::{ENGINE, Json};
use lockgate_deployment::{Deployment, Egress, Intake, LogFormat, LogTo};
use lockgate_watch::{
    Event, Gauges, Log, LogForm, LogSink, Options, Origin, Request, Severity, Store, Watch, ask,
};
use shared::{Shared, Started};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How long a lane may take to take a bundle.
const RELOAD_PATIENCE: Duration = Duration::from_secs(60);

/// Runs the lane of a deployment until it is told to stop.
///
/// # Errors
/// [`Fault`] where it may not or cannot run.
pub(crate) fn run(args: &RunArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let signals = Signals::listen()?;
    let (deployment, text) = read(&args.config)?;
    let now = crate::clock::now();
    let trusted = match deployment::trusted(&deployment, now, NEVER_RUN) {
        Ok(trusted) => trusted,
        Err(untrusted) => {
            let about = about(&untrusted);
            let fault = Fault::from(untrusted);
            refused::put_on_record(&deployment, &text, about, fault.message());
            return Err(fault);
        }
    };
    let lane = deployment.lane.as_str().to_owned();
    let gauges = Arc::new(Gauges::new(&lane, ENGINE, now));
    let log = open_log(&deployment)?;
    let planned = plan::certificate_expiries(&deployment).and_then(|certificates| {
        let ends = plan::signed_expiries(&trusted, &lane, now).into_iter().chain(certificates.clone());
        Ok((Plan::of(&deployment, &text, trusted.bundle(), ends.collect())?, certificates))
    });
    let (plan, certificates) = match planned {
        Ok(planned) => planned,
        Err(fault) => {
            log.say(now, Severity::Critical, Event::Lane, "the lane does not start", &[]);
            let bundle = trusted.bundle();
            let offered = Some((bundle.digest(), bundle.revision()));
            refused::put_on_record(&deployment, &text, offered, fault.message());
            return Err(fault);
        }
    };
    let started =
        Started::with(&args.config, &text, deployment.clone(), trusted.bundle())?.showing(certificates);
    let running = start(plan, gauges.clone(), &deployment, &text)?;
    if let Some(first) = running.alarms().first() {
        let detail = format!("1 of {}: {first}", running.alarms().len());
        gauges.raise(lockgate_watch::Alarm::HeldMissing, now, &detail);
    }
    for alarm in running.alarms() {
        log.say(now, Severity::Critical, Event::Hold, alarm, &[]);
    }
    let clock = running.clock().clone();
    let announcement = announcement(&running, &lane, json);
    let shared = Shared::new(running, started, signals.stop.clone());
    let watch = Watch::start(
        gauges,
        Arc::new(move || clock.now()),
        shared.clone(),
        log.clone(),
        options(&deployment),
    );
    // Whoever reads that the lane runs may ask it something at once.
    let announced = watch.map_err(|fault| Fault::new(fault.to_string())).and_then(|watch| {
        out.write_all(announcement.as_bytes())?;
        out.flush()?;
        Ok(watch)
    });
    let watch = match announced {
        Ok(watch) => watch,
        Err(fault) => {
            shared.end()?;
            return Err(fault);
        }
    };
    let whole = shared.stand_by(&signals, &log);
    let ended = shared.end();
    drop(watch);
    ended?;
    if !whole {
        return Err(Fault::new(
            "a thread of the lane ended before it was told to; nothing is released any more",
        ));
    }
    Ok(Exit::Good)
}

/// Starts the lane. Where it is the bundle that may not run, that goes on record.
fn start(plan: Plan, gauges: Arc<Gauges>, deployment: &Deployment, text: &[u8]) -> Result<Lane, Fault> {
    let offered = Some((plan.bundle, plan.revision));
    Lane::start(plan, gauges).map_err(|Unbegun { fault, is_of_bundle }| {
        if is_of_bundle {
            refused::put_on_record(deployment, text, offered, fault.message());
        }
        fault
    })
}

/// Tells a running lane to take the bundle that lies in its place now, or that its clock is right.
///
/// # Errors
/// [`Fault`] where it cannot be asked, or says no.
pub(crate) fn reload(args: &ReloadArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let socket = status::socket(&args.lane)?;
    let request = if args.confirm_clock { Request::ConfirmClock } else { Request::Reload };
    let (line, told) = ask(&socket, request, RELOAD_PATIENCE)
        .map_err(|error| Fault::new(format!("{}: the lane cannot be asked: {error}", socket.display())))?;
    if let lockgate_watch::Value::Text(says) = told.at("error") {
        return Err(Fault::new(format!("the lane says: {says}")));
    }
    let says = told.at("says").text();
    if !told.at("ok").is_true() {
        return Err(Fault::new(format!("the lane says: {says}")));
    }
    if json {
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "{says}")?;
    }
    Ok(Exit::Good)
}

fn read(config: &Path) -> Result<(Deployment, Vec<u8>), Fault> {
    let text = files::bounded(config, status::CONFIG_BYTES_MAX)
        .map_err(|error| Fault::of(config.display(), &error))?;
    let deployment = Deployment::read(&config.to_string_lossy(), &text)?;
    Ok((deployment, text))
}

/// The bundle that was offered, as far as it could be read.
fn about(untrusted: &Untrusted) -> Option<(Digest, u64)> {
    match untrusted {
        Untrusted::Refused(refused) => {
            refused.bundle.as_ref().map(|(digest, _, revision)| (*digest, *revision))
        }
        Untrusted::Unread { .. } => None,
    }
}

fn open_log(deployment: &Deployment) -> Result<Log, Fault> {
    let form = match deployment.log.format {
        LogFormat::Syslog => LogForm::Syslog,
        LogFormat::Json => LogForm::Json,
    };
    let sink = match &deployment.log.to {
        LogTo::Stderr => LogSink::Stderr,
        LogTo::Socket(path) => LogSink::Unix(PathBuf::from(path.as_str())),
        LogTo::Udp(address) => LogSink::Udp(address.value),
    };
    let origin = Origin { host: plan::node(), lane: deployment.lane.as_str().to_owned() };
    Log::open(form, sink, origin)
        .map_err(|error| Fault::new(format!("the log of messages cannot be opened: {error}")))
}

fn options(deployment: &Deployment) -> Options {
    let path = |at: &lockgate_notation::At<String>| PathBuf::from(at.as_str());
    let mut disks =
        vec![(Store::Log, path(&deployment.audit.path)), (Store::Hold, path(&deployment.hold.path))];
    disks.extend(deployment.intake.iter().filter_map(|intake| match intake {
        Intake::Directory(folder) => Some((Store::Intake, path(&folder.path))),
        Intake::Diode(diode) => Some((Store::Intake, path(&diode.end.state))),
        Intake::Udp(_) | Intake::Tcp(_) | Intake::Tls(_) => None,
    }));
    disks.extend(match &deployment.egress {
        Egress::Directory { path: folder, .. } => Some((Store::Egress, path(folder))),
        Egress::Diode(diode) => Some((Store::Egress, path(&diode.state))),
        Egress::Udp { .. } | Egress::Lidi(_) | Egress::Flute(_) => None,
    });
    Options {
        control: deployment.control.as_ref().map(path),
        metrics: deployment.metrics.as_ref().map(|metrics| metrics.address.value),
        disks,
    }
}

/// That the lane runs, and where it listens.
fn announcement(lane: &Lane, name: &str, json: bool) -> String {
    let mut text = String::new();
    if json {
        let mut object = Json::object(&mut text);
        object.text("event", "running");
        object.text("lane", name);
        object.shown("revision", &lane.revision());
        let mut listeners = String::new();
        let mut inner = Json::object(&mut listeners);
        for (listener, address) in lane.addresses() {
            inner.shown(listener, address);
        }
        inner.end();
        object.key("listeners").push_str(&listeners);
        object.end();
        text.push('\n');
    } else {
        text.push_str(&format!("lane {name} runs, bundle revision {}\n", lane.revision()));
        for (listener, address) in lane.addresses() {
            text.push_str(&format!("  {listener} listens on {address}\n"));
        }
    }
    text
}

/// What the system tells the process.
pub(crate) struct Signals {
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) reload: Arc<AtomicBool>,
}

impl Signals {
    /// SIGTERM and SIGINT stop, SIGHUP reloads.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn listen() -> Result<Self, Fault> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let signals = Self { stop: Arc::default(), reload: Arc::default() };
        for (signal, flag) in [(SIGTERM, &signals.stop), (SIGINT, &signals.stop), (SIGHUP, &signals.reload)] {
            signal_hook::flag::register(signal, flag.clone())?;
        }
        Ok(signals)
    }
}
