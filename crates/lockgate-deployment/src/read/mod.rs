//! From the text of a deployment file to what it says.

mod egress;
mod foreign;
mod intake;
mod once;
mod reception;
mod value;

use crate::codes;
use crate::model::{
    Audit, Clock, Deployment, Egress, Hold, Log, LogFormat, LogTo, Metrics, QueueBounds, TextReader,
};
use core::net::SocketAddr;
pub(crate) use intake::{DELIMITER_MAX, OFFSET_MAX};
use lockgate_bundle::trust::Signatures;
use lockgate_bytes::Duration;
use lockgate_notation::{At, Diagnostics, Document, Fields};
use value::{
    CONTROL_MAX, Lasting, SOCKET_MAX, address, bounded, checked, count, lasting, of_socket, path, path_prop,
    path_prop_opt, socket,
};

/// Refusals a second and source above which they share a record.
const FLOOD: u64 = 100;
const QUEUE: QueueBounds = QueueBounds { bytes: 64 << 20, objects: 65_536 };
const DRAIN_SECONDS: i64 = 10;
const MAX_STEP_SECONDS: i64 = 1;
/// What durations may be, in milliseconds, and in words.
const MAX_STEP: Lasting = (100, 60_000, "\"100ms\" to \"60s\"");
const CONFIRMED_WITHIN: Lasting = (60_000, 7 * 86_400_000, "\"1m\" to \"168h\"");
const DRAIN: Lasting = (0, 3_600_000, "\"0s\" to \"1h\"");

impl Deployment {
    /// Reads the deployment file `name` (its path, for messages).
    ///
    /// # Errors
    /// All that is wrong with it. A part disabled by `/-` is an error: this file says what it means.
    pub fn read(name: &str, text: &[u8]) -> Result<Self, Diagnostics> {
        let document = Document::parse(name, text)?;
        let mut diagnostics = lockgate_bundle::strictly(&document);
        let parts = {
            let mut top = Fields::of(&document.root, &mut diagnostics);
            let parts = top.within("deployment", deployment);
            top.finish();
            parts.flatten()
        };
        let Some(parts) = parts else { return Err(diagnostics) };
        let deployment = parts.with(document);
        once::check(&deployment, &mut diagnostics);
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(deployment) }
    }
}

/// All but the document.
struct Parts {
    name: String,
    bundle: Files,
    lane: At<String>,
    intake: Vec<crate::Intake>,
    egress: Egress,
    hold: Hold,
    review: Option<At<String>>,
    audit: Audit,
    pseudonyms: Option<At<String>>,
    metrics: Option<Metrics>,
    control: Option<At<String>>,
    log: Log,
    clock: Clock,
    reader: TextReader,
    flood: u64,
    queue: QueueBounds,
    drain: Duration,
}

impl Parts {
    fn with(self, document: Document) -> Deployment {
        let (bundle, signatures, trust, bundle_name) = self.bundle;
        Deployment {
            document,
            name: self.name,
            bundle,
            bundle_name,
            signatures,
            trust,
            lane: self.lane,
            intake: self.intake,
            egress: self.egress,
            hold: self.hold,
            review: self.review,
            audit: self.audit,
            pseudonyms: self.pseudonyms,
            metrics: self.metrics,
            control: self.control,
            log: self.log,
            clock: self.clock,
            reader: self.reader,
            flood: self.flood,
            queue: self.queue,
            drain: self.drain,
        }
    }
}

fn deployment(fields: &mut Fields<'_, '_>) -> Option<Parts> {
    let name = fields.arg_name("the name of the deployment");
    let bundle = fields.within("bundle", bundle).flatten();
    let lane = fields.within("lane", |part| part.arg_name("the name of the lane")).flatten();
    let intake = fields.within("intake", intake::intake).flatten();
    let egress = fields.within("egress", egress::egress).flatten();
    let hold = fields.within("hold", hold).flatten();
    let review = fields.within_opt("review", |part| path(part, "the folder of statements"));
    let audit = fields.within("audit", audit).flatten();
    let pseudonyms = fields.within_opt("pseudonyms", |part| path_prop(part, "key"));
    let metrics = fields.within_opt("metrics", metrics);
    let control = fields.within_opt("control", |part| {
        let path = path(part, "the socket")?;
        of_socket(part, path, CONTROL_MAX)
    });
    let log = fields.within_opt("log", log);
    let clock = fields.within_opt("clock", clock);
    let reader = fields.within_opt("reader", reader);
    let flood = fields.within_opt("flood", |part| {
        let refusals = part.prop_uint("refusals-per-second");
        bounded(part, refusals, (1, 1_000_000))
    });
    let queue = fields.within_opt("queue", |part| {
        let bytes = part.prop_size_opt("bytes");
        let bytes = bytes.map_or(Some(QUEUE.bytes), |bytes| bounded(part, Some(bytes), (1 << 16, 1 << 40)));
        let objects = count(part, "objects", QUEUE.objects, (1, 1 << 24));
        Some(QueueBounds { bytes: bytes?, objects: objects? })
    });
    let drain = fields.within_opt("drain", |part| {
        let drain = part.arg_duration("how long the lane finishes its work");
        lasting(part, drain, DRAIN)
    });
    Some(Parts {
        name: name?.value.to_string(),
        bundle: bundle?,
        lane: lane?.map(|lane| lane.to_string()),
        intake: intake?,
        egress: egress?,
        hold: hold?,
        review: whole(review)?,
        audit: audit?,
        pseudonyms: whole(pseudonyms)?,
        metrics: whole(metrics)?,
        control: whole(control)?,
        log: whole(log)?.unwrap_or(Log { format: LogFormat::Json, to: LogTo::Stderr }),
        clock: whole(clock)?.unwrap_or(Clock {
            max_step: Duration::from_secs(MAX_STEP_SECONDS),
            needs_synchronised: At::new(true, Default::default()),
            confirmed_by: None,
            confirmed_within: None,
        }),
        reader: whole(reader)?.unwrap_or_default(),
        flood: whole(flood)?.unwrap_or(FLOOD),
        queue: whole(queue)?.unwrap_or(QUEUE),
        drain: whole(drain)?.unwrap_or(Duration::from_secs(DRAIN_SECONDS)),
    })
}

/// A step beyond `max-step` stops releasing: nobody takes that away by a file that is not signed.
fn clock(fields: &mut Fields<'_, '_>) -> Option<Clock> {
    let default = Duration::from_secs(MAX_STEP_SECONDS);
    let max_step = match fields.prop_duration_opt("max-step") {
        Some(step) => lasting(fields, Some(step), MAX_STEP)?,
        None => default,
    };
    let needs = fields.prop_opt("needs-synchronised").map(|prop| prop.value.span).unwrap_or_default();
    let needs_synchronised = At::new(fields.prop_bool_or("needs-synchronised", true), needs);
    let confirmed_by = whole(path_prop_opt(fields, "confirmed-by"))?;
    let confirmed_within = match fields.prop_duration_opt("confirmed-within") {
        Some(within) => Some(lasting(fields, Some(within), CONFIRMED_WITHIN)?),
        None => None,
    };
    Some(Clock { max_step, needs_synchronised, confirmed_by, confirmed_within })
}

/// A part that may be left out; `None` only where it stands and is wrong.
#[expect(clippy::option_option, reason = "not there, and there but wrong, are two things")]
fn whole<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        Some(part) => part.map(Some),
        None => Some(None),
    }
}

fn reader(fields: &mut Fields<'_, '_>) -> Option<TextReader> {
    let program = fields.arg_text("the program that reads text in pictures, or `none`")?;
    if program.value == "none" {
        return Some(TextReader::Nowhere);
    }
    let (program, data) = (checked(fields, program), path_prop(fields, "data"));
    Some(TextReader::At { program: program?, data: data? })
}

/// Bundle, signatures, trust file, and what the bundle is called.
type Files = (At<String>, At<String>, At<String>, Option<At<String>>);

fn bundle(fields: &mut Fields<'_, '_>) -> Option<Files> {
    let file = path(fields, "the file of the bundle");
    let name = fields.prop_name_opt("name").map(|name| name.map(|name| name.to_string()));
    let signatures = path_prop_opt(fields, "signatures");
    let trust = path_prop(fields, "trust");
    let file = file?;
    let signatures = whole(signatures)?;
    let signatures = signatures.unwrap_or_else(|| At::new(Signatures::file_of(&file), file.span));
    Some((file, signatures, trust?, name))
}

fn hold(fields: &mut Fields<'_, '_>) -> Option<Hold> {
    let path = path(fields, "the folder of held objects");
    let quota = fields.prop_size("quota");
    let quota = bounded(fields, quota, (1 << 20, 1 << 50));
    let key = path_prop_opt(fields, "key");
    Some(Hold { path: path?, quota: quota?, key: whole(key)? })
}

fn audit(fields: &mut Fields<'_, '_>) -> Option<Audit> {
    let path = path(fields, "the folder of the log");
    let key = path_prop(fields, "key");
    let checkpoints = path_prop_opt(fields, "checkpoints");
    Some(Audit { path: path?, key: key?, checkpoints: whole(checkpoints)? })
}

fn metrics(fields: &mut Fields<'_, '_>) -> Option<Metrics> {
    let at = address(fields, "where metrics can be asked for");
    Some(Metrics { address: loopback(fields, at?)? })
}

fn loopback(fields: &mut Fields<'_, '_>, at: At<SocketAddr>) -> Option<At<SocketAddr>> {
    if !at.ip().is_loopback() {
        fields.error(&codes::NOT_LOOPBACK, at.span, "this address is not a loopback one");
        return None;
    }
    Some(at)
}

fn log(fields: &mut Fields<'_, '_>) -> Option<Log> {
    let format = fields.prop_word("format", &["syslog", "json"]);
    let to = match fields.prop_opt("to").map(|to| to.value.text().unwrap_or("")) {
        None | Some("stderr") => LogTo::Stderr,
        Some(path) if path.starts_with('/') => {
            let path = path_prop(fields, "to")?;
            LogTo::Socket(of_socket(fields, path, SOCKET_MAX)?)
        }
        Some(_) => {
            let text = fields.prop_text("to")?;
            let at = socket(fields, text, "`to` is `stderr`, a path, or")?;
            LogTo::Udp(loopback(fields, at)?)
        }
    };
    let format = if format?.value == "syslog" { LogFormat::Syslog } else { LogFormat::Json };
    Some(Log { format, to })
}
