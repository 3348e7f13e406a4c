//! From the text of a far side's file to what it says.

use super::value::{SOCKET_MAX, address, bounded, count, needed_interface, of_socket, path, path_prop};
use super::whole;
use crate::codes;
use crate::model::DiodeEnd;
use crate::reception::{Deliver, FarEnd, Reception, ReportTo, Summary};
use lockgate_bytes::Duration;
use lockgate_diode::Limits;
use lockgate_notation::{At, Diagnostics, Document, Fields, Name};

/// The kernel's receive buffer of a socket for datagrams.
pub(super) const BUFFER: u64 = 16 << 20;
const SUMMARY_SECONDS: i64 = 3_600;
/// What an object may go to.
const OUTLETS: [&str; 5] = ["directory", "tcp", "unix", "udp", "stdout"];

impl Reception {
    /// True where the text is that of a far side, and not of a lane.
    pub fn is(text: &[u8]) -> bool {
        Document::parse("", text)
            .is_ok_and(|document| document.root.children.iter().any(|part| part.name == "receiver"))
    }

    /// Reads the file `name` (its path, for messages).
    ///
    /// # Errors
    /// All that is wrong with it. A part disabled by `/-` is an error: this file says what it means.
    pub fn read(name: &str, text: &[u8]) -> Result<Self, Diagnostics> {
        let document = Document::parse(name, text)?;
        let mut diagnostics = lockgate_bundle::strictly(&document);
        let parts = {
            let mut top = Fields::of(&document.root, &mut diagnostics);
            let parts = top.within("receiver", receiver);
            top.finish();
            parts.flatten()
        };
        let Some(parts) = parts else { return Err(diagnostics) };
        let reception = parts.with(document);
        once(&reception, &mut diagnostics);
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(reception) }
    }
}

/// All but the document.
struct Parts {
    name: Name,
    link: FarEnd,
    deliver: Deliver,
    in_order: bool,
    report: ReportTo,
    metrics: Option<At<String>>,
    summary: Option<Summary>,
}

impl Parts {
    fn with(self, document: Document) -> Reception {
        let Self { name, link, deliver, in_order, report, metrics, summary } = self;
        Reception { document, name: name.to_string(), link, deliver, in_order, report, metrics, summary }
    }
}

fn receiver(fields: &mut Fields<'_, '_>) -> Option<Parts> {
    let name = fields.arg_name("the name of the far side");
    let link = link(fields);
    let deliver = fields.within("deliver", deliver).flatten();
    let order = fields.within_opt("order", |part| part.arg_word("what is delivered", &["any", "newest"]));
    let report = fields.within_opt("report", report);
    let metrics = fields.within_opt("metrics", |part| path(part, "the file of figures"));
    let summary = fields.within_opt("summary", summary);
    let in_order = whole(order)?.filter(|order| order.value == "newest");
    if let (Some(FarEnd::Lidi(_) | FarEnd::Flute(_)), Some(order)) = (&link, in_order) {
        let says = "this protocol does not say which report is newer";
        fields.error(&codes::BAD_LINK, order.span, says).help("write `order any`, or leave it out");
        return None;
    }
    let deliver = deliver?;
    let is_taken = matches!(deliver, Deliver::Stdout { .. });
    let report = whole(report)?.unwrap_or(if is_taken { ReportTo::Stderr } else { ReportTo::Stdout });
    if is_taken && matches!(report, ReportTo::Stdout) {
        let span = fields.noun_span();
        let diagnostic = fields.error(&codes::TWICE, span, "objects and reports both go to standard output");
        diagnostic.help("write `report stderr`, or the path of a file");
        return None;
    }
    Some(Parts {
        name: name?.value,
        link: link?,
        deliver,
        in_order: in_order.is_some(),
        report,
        metrics: whole(metrics)?,
        summary: whole(summary)?,
    })
}

/// The one link that there is.
fn link(fields: &mut Fields<'_, '_>) -> Option<FarEnd> {
    let lidi = fields.within_opt("lidi-2.1", super::foreign::lidi_end);
    let flute = fields.within_opt("flute", super::foreign::flute_end);
    let links = fields.children_of(&["diode"]).len();
    let links =
        links.saturating_add(usize::from(lidi.is_some())).saturating_add(usize::from(flute.is_some()));
    if links > 1 {
        drop(fields.within_opt("diode", end));
        let span = fields.noun_span();
        fields.error(&codes::TWICE, span, "a far side has one link, not two").help("keep one of them");
        return None;
    }
    match (lidi, flute) {
        (Some(lidi), _) => lidi.map(FarEnd::Lidi),
        (None, Some(flute)) => flute.map(FarEnd::Flute),
        (None, None) => fields.within("diode", end).flatten().map(FarEnd::Diode),
    }
}

/// The receiving end of a link.
pub(super) fn end(fields: &mut Fields<'_, '_>) -> Option<DiodeEnd> {
    let address = address(fields, "where to listen");
    let interface = needed_interface(fields);
    let link = fields.prop_uint("link");
    let link = bounded(fields, link, (0, 65_535)).and_then(|link| u16::try_from(link).ok());
    let (secret, key) = (path_prop(fields, "secret"), path_prop(fields, "key"));
    let state = path_prop(fields, "state");
    let buffer = fields.prop_size_opt("buffer");
    let buffer = buffer.map_or(Some(BUFFER), |size| bounded(fields, Some(size), (1 << 16, 1 << 30)));
    let limits = whole(fields.within_opt("limits", limits))?.unwrap_or_default();
    Some(DiodeEnd {
        address: address?,
        interface: interface?,
        link: link?,
        secret: secret?,
        key: key?,
        state: state?,
        buffer: buffer?,
        limits,
    })
}

/// `limits memory="128MiB" object="64MiB" growing=64 patience="3s" former="60s"`.
pub(super) fn limits(fields: &mut Fields<'_, '_>) -> Option<Limits> {
    let usual = Limits::default();
    let mut size = |name: &'static str, usual: u64, range: (u64, u64)| {
        let found = fields.prop_size_opt(name);
        found.map_or(Some(usual), |size| bounded(fields, Some(size), range))
    };
    let memory = size("memory", u64::try_from(usual.memory).ok()?, (1 << 20, 1 << 40));
    let object = size("object", u64::from(usual.object), (1 << 10, u64::from(u32::MAX)));
    let growing = count(fields, "growing", u64::try_from(usual.growing).ok()?, (1, 4_096));
    let mut time = |name: &'static str, usual: Duration| match fields.prop_duration_opt(name) {
        None => Some(usual),
        Some(found) if (1..=86_400_000).contains(&(found.value.nanos() / 1_000_000)) => Some(found.value),
        Some(found) => {
            fields.error(&codes::OUT_OF_RANGE, found.span, "this has to be \"1ms\" to \"24h\"");
            None
        }
    };
    let (patience, former) = (time("patience", usual.patience), time("former", usual.former));
    Some(Limits {
        memory: usize::try_from(memory?).ok()?,
        object: u32::try_from(object?).ok()?,
        growing: usize::try_from(growing?).ok()?,
        ranges: usual.ranges,
        patience: patience?,
        former: former?,
    })
}

fn deliver(fields: &mut Fields<'_, '_>) -> Option<Deliver> {
    let outlets = fields.children_of(&OUTLETS);
    let place = outlets.get(1).map_or_else(|| fields.noun_span(), |second| second.name_span);
    let [outlet] = outlets.as_slice() else {
        for outlet in &outlets {
            fields.read(outlet, |part| drop((part.args(), part.props_left())));
        }
        let message = "`deliver` needs one `directory`, `tcp`, `unix`, `udp` or `stdout`";
        fields.error(&codes::ONE_SINK, place, message).help("objects of one link go to one place");
        return None;
    };
    fields.read(outlet, |part| match outlet.name.as_str() {
        "directory" => {
            let path = path(part, "the folder");
            let extension = part.prop_name_opt("extension");
            let extension = extension.map_or_else(|| "bin".to_owned(), |name| name.value.to_string());
            Some(Deliver::Directory { path: path?, extension })
        }
        "tcp" => {
            let (address, lengths) = (address(part, "where clients connect"), lengths(part));
            Some(Deliver::Tcp { address: address?, lengths })
        }
        "unix" => {
            let (path, lengths) = (path(part, "the socket"), lengths(part));
            Some(Deliver::Unix { path: of_socket(part, path?, SOCKET_MAX)?, lengths })
        }
        "udp" => Some(Deliver::Udp { address: address(part, "where datagrams go")? }),
        _ => Some(Deliver::Stdout { lengths: lengths(part) }),
    })
}

/// `framing=bare` or `framing=length`.
fn lengths(fields: &mut Fields<'_, '_>) -> bool {
    fields.prop_word_opt("framing", &["bare", "length"]).is_some_and(|word| word.value == "length")
}

fn report(fields: &mut Fields<'_, '_>) -> Option<ReportTo> {
    let first = fields.node().args.first().and_then(|value| value.text());
    if first.is_some_and(|text| text.starts_with('/')) {
        return path(fields, "the file of reports").map(ReportTo::File);
    }
    let word = fields.arg_word("where reports go: a path, `stdout` or", &["stdout", "stderr"])?;
    Some(if word.value == "stdout" { ReportTo::Stdout } else { ReportTo::Stderr })
}

fn summary(fields: &mut Fields<'_, '_>) -> Option<Summary> {
    let key = path_prop(fields, "key");
    let every = fields.prop_duration_opt("every");
    let usual = Duration::from_secs(SUMMARY_SECONDS);
    let every = every.map_or(Some(usual), |every| {
        let good = every.value >= Duration::from_secs(1);
        if !good {
            fields.error(&codes::OUT_OF_RANGE, every.span, "sums are told at most once a second");
        }
        good.then_some(every.value)
    });
    Some(Summary { key: key?, every: every? })
}

/// No path has two uses.
fn once(reception: &Reception, diagnostics: &mut Diagnostics) {
    let mut paths = super::once::Seen::new("path");
    let mut all = Vec::new();
    if let FarEnd::Diode(DiodeEnd { secret, key, state, .. }) = &reception.link {
        all.extend([secret, key, state]);
    }
    if let Deliver::Directory { path, .. } | Deliver::Unix { path, .. } = &reception.deliver {
        all.push(path);
    }
    if let ReportTo::File(path) = &reception.report {
        all.push(path);
    }
    all.extend(&reception.metrics);
    all.extend(reception.summary.as_ref().map(|summary| &summary.key));
    for path in all {
        paths.take(path.value.trim_end_matches('/'), path.span, diagnostics);
    }
}
