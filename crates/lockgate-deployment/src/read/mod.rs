//! From the text of a deployment file to what it says.

mod intake;
mod once;
mod value;

use crate::codes;
use crate::model::{Audit, Clock, Deployment, Egress, Hold, Log, LogFormat, LogTo, Metrics, QueueBounds};
use core::net::{IpAddr, SocketAddr};
use lockgate_bundle::trust::Signatures;
use lockgate_bytes::Duration;
use lockgate_notation::{At, Diagnostics, Document, Fields};
use value::{address, bounded, count, interface, path, path_prop, path_prop_opt, socket};

/// The six words for precedence, lowest first.
const PRECEDENCES: [&str; 6] = ["DEFERRED", "ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH", "OVERRIDE"];
/// Refusals a second and source above which they share a record.
const FLOOD: u64 = 100;
const QUEUE: QueueBounds = QueueBounds { bytes: 64 << 20, objects: 65_536 };
const DRAIN_SECONDS: i64 = 10;
const MAX_STEP_SECONDS: i64 = 1;
/// Ethernet.
const MTU: u64 = 1500;
/// The largest object in one datagram: what IPv4 leaves of 65,535 bytes.
const LARGEST: u64 = 65_507;

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
    bundle: (At<String>, At<String>, At<String>),
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
    flood: u64,
    queue: QueueBounds,
    drain: Duration,
}

impl Parts {
    fn with(self, document: Document) -> Deployment {
        let (bundle, signatures, trust) = self.bundle;
        Deployment {
            document,
            name: self.name,
            bundle,
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
    let egress = fields.within("egress", egress).flatten();
    let hold = fields.within("hold", hold).flatten();
    let review = fields.within_opt("review", |part| path(part, "the folder of statements"));
    let audit = fields.within("audit", audit).flatten();
    let pseudonyms = fields.within_opt("pseudonyms", |part| path_prop(part, "key"));
    let metrics = fields.within_opt("metrics", metrics);
    let control = fields.within_opt("control", |part| path(part, "the socket"));
    let log = fields.within_opt("log", log);
    let default_clock = Clock {
        max_step: Duration::from_secs(MAX_STEP_SECONDS),
        needs_synchronised: true,
        confirmed_by: None,
        confirmed_within: None,
    };
    let clock = fields.within_opt("clock", |part| Clock {
        max_step: part.prop_duration_opt("max-step").map_or(default_clock.max_step, |step| step.value),
        needs_synchronised: part.prop_bool_or("needs-synchronised", default_clock.needs_synchronised),
        confirmed_by: path_prop_opt(part, "confirmed-by").flatten(),
        confirmed_within: part.prop_duration_opt("confirmed-within").map(|within| within.value),
    });
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
    let drain = fields.within_opt("drain", |part| part.arg_duration("how long the lane finishes its work"));
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
        clock: clock.unwrap_or(default_clock),
        flood: whole(flood)?.unwrap_or(FLOOD),
        queue: whole(queue)?.unwrap_or(QUEUE),
        drain: whole(drain)?.map_or(Duration::from_secs(DRAIN_SECONDS), |drain| drain.value),
    })
}

/// A part that may be left out; `None` only where it stands and is wrong.
#[expect(clippy::option_option, reason = "not there, and there but wrong, are two things")]
fn whole<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        Some(part) => part.map(Some),
        None => Some(None),
    }
}

fn bundle(fields: &mut Fields<'_, '_>) -> Option<(At<String>, At<String>, At<String>)> {
    let file = path(fields, "the file of the bundle");
    let signatures = path_prop_opt(fields, "signatures");
    let trust = path_prop(fields, "trust");
    let file = file?;
    let signatures = whole(signatures)?;
    let signatures = signatures.unwrap_or_else(|| At::new(Signatures::file_of(&file), file.span));
    Some((file, signatures, trust?))
}

fn egress(fields: &mut Fields<'_, '_>) -> Option<Egress> {
    let dscp = fields.within_opt("dscp", dscp);
    let dscp_span = fields.node().children.iter().find(|part| part.name == "dscp").map(|part| part.name_span);
    let sinks = fields.children_of(&["udp", "directory"]);
    let place = sinks.get(1).map_or_else(|| fields.noun_span(), |second| second.name_span);
    let [sink] = sinks.as_slice() else {
        for sink in &sinks {
            fields.read(sink, |part| drop((part.args(), part.props_left())));
        }
        let message = "`egress` needs one `udp` or one `directory`";
        let empty = sinks.is_empty();
        let diagnostic = fields.error(&codes::ONE_SINK, place, message);
        if empty {
            diagnostic.help("add the one that the lane leads to");
        }
        return None;
    };
    if sink.name == "udp" {
        let dscp = whole(dscp)?.unwrap_or([0; 6]);
        return fields.read(sink, |part| udp(part, dscp));
    }
    if let Some(span) = dscp_span {
        let message = "`dscp` is for datagrams; a directory has none";
        fields.error(&codes::OUT_OF_RANGE, span, message).help("remove it");
    }
    fields.read(sink, |part| {
        let path = path(part, "the folder");
        let extension = part.prop_name_opt("extension");
        let extension = extension.map_or_else(|| "bin".to_owned(), |name| name.value.to_string());
        Some(Egress::Directory { path: path?, extension })
    })
}

fn udp(fields: &mut Fields<'_, '_>, dscp: [u8; 6]) -> Option<Egress> {
    let to = address(fields, "where datagrams go");
    let interface = interface(fields);
    let from = from(fields);
    let rate = fields.prop_rate("rate");
    let rate = bounded(fields, rate, (1_000, 1_000_000_000_000));
    let mtu = count(fields, "mtu", MTU, (576, 65_535));
    let hops = fields.prop_opt("hops").map(|_| count(fields, "hops", 1, (1, 255)));
    let largest = fields.prop_size_opt("largest");
    let largest = largest.map_or(Some(LARGEST), |size| bounded(fields, Some(size), (64, LARGEST)));
    let (to, interface) = (to?, whole(interface)?);
    if to.ip().is_multicast() && interface.is_none() {
        let message = "a multicast group needs `interface=`: the machine would choose one itself";
        fields
            .error(&codes::BAD_INTERFACE, to.span, message)
            .help("add the one to send by: interface=\"eth1\"");
        return None;
    }
    // A group reaches its own network only, unless the file says how far.
    let default_hops = if to.ip().is_multicast() { 1 } else { 64 };
    Some(Egress::Udp {
        address: to,
        interface,
        from: from?,
        hops: u8::try_from(whole(hops)?.unwrap_or(default_hops)).ok()?,
        rate: rate?,
        mtu: u16::try_from(mtu?).ok()?,
        largest: usize::try_from(largest?).ok()?,
        dscp,
    })
}

/// `from=`, the address to send from; `None` only where it stands and is wrong.
#[expect(clippy::option_option, reason = "not there, and there but wrong, are two things")]
fn from(fields: &mut Fields<'_, '_>) -> Option<Option<At<IpAddr>>> {
    fields.prop_opt("from").map_or(Some(None), |_| {
        let text = fields.prop_text("from")?;
        let address = text.value.parse::<IpAddr>().ok().filter(|address| !address.is_multicast());
        if address.is_none() {
            let message = "the address to send from is an IP address of this machine";
            fields
                .error(&codes::BAD_ADDRESS, text.span, message)
                .help("write it without a port: \"10.9.0.1\"");
        }
        address.map(|address| Some(At::new(address, text.span)))
    })
}

fn dscp(fields: &mut Fields<'_, '_>) -> Option<[u8; 6]> {
    let mut points = [Some(0); 6];
    for (point, name) in points.iter_mut().zip(PRECEDENCES) {
        *point = count(fields, name, 0, (0, 63));
    }
    let mut found = [0; 6];
    for (to, point) in found.iter_mut().zip(points) {
        *to = u8::try_from(point?).ok()?;
    }
    Some(found)
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
        Some(path) if path.starts_with('/') => LogTo::Socket(path_prop(fields, "to")?),
        Some(_) => {
            let text = fields.prop_text("to")?;
            let at = socket(fields, text, "`to` is `stderr`, a path, or")?;
            LogTo::Udp(loopback(fields, at)?)
        }
    };
    let format = if format?.value == "syslog" { LogFormat::Syslog } else { LogFormat::Json };
    Some(Log { format, to })
}
