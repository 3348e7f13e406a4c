//! Whether a deployment offers what its lane asks for, and what comes of both together.

mod cut;

use crate::codes;
use crate::model::{Deployment, Framing, Intake, Offer};
use lockgate_bundle::{Bundle, Direction, SlowPath, SourceBy, SourceTerms};
use lockgate_bytes::{Digest, Span};
use lockgate_core::{LaneType, Policy, REBUILT_BYTES_MAX};
use lockgate_notation::{At, Diagnostics, closest};
use lockgate_schema::Type;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What a datagram holds, in bytes.
const DATAGRAM: usize = 64 << 10;

/// A deployment and its lane, put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// What each source of the lane may send, in the lane's order.
    pub sources: Vec<Terms>,
    /// How large an object of each of them may be, in the same order.
    pub sizes: Vec<Sizes>,
    /// How the streams of each listener are cut, by its place in [`Deployment::intake`].
    pub streams: Vec<Stream>,
    /// Which way the lane leads; a source of a lane that leads up must not see whether it is full.
    pub direction: Direction,
    /// The largest object in a datagram or a stream: the largest that any type of the lane allows, in bytes, and a datagram's
    /// worth where the lane looks into what is of no type.
    pub size_max: usize,
    /// The largest object that comes as a file or over a diode link, in bytes: what the slow path looks into, too.
    pub file_max: usize,
    /// The largest object that may leave, in bytes: what is built anew, too.
    pub released_max: usize,
}

/// What a source may send, whatever listeners it comes through: one allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The source.
    pub source: String,
    /// The lowest rate that lane or deployment says, in bits a second.
    pub rate: Option<u64>,
    /// The fewest objects a second that lane or deployment says.
    pub objects: Option<u64>,
}

/// How large an object of a source may be, in bytes: the largest of its own types, and what the slow path takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The source.
    pub source: String,
    /// In a datagram or a stream; see [`Fit::size_max`].
    pub frame_max: usize,
    /// As a file or over a diode link; see [`Fit::file_max`].
    pub file_max: usize,
}

/// How the streams of a listener are cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Its place in [`Deployment::intake`].
    pub intake: usize,
    /// How they are cut.
    pub framing: Framing,
}

impl Deployment {
    /// Puts the deployment and its lane together. A deployment only narrows.
    ///
    /// # Errors
    /// Everything in which it offers less than the lane asks for, or more than the lane allows.
    pub fn fit(&self, bundle: &Bundle) -> Result<Fit, Diagnostics> {
        let mut diagnostics = self.diagnostics();
        let Some(lane) = bundle.lane(&self.lane) else {
            let known: Vec<&str> = bundle.lanes().map(|lane| &**lane.lane()).collect();
            let message = format!("bundle {} has no lane `{}`", bundle.name(), self.lane.value);
            let diagnostic = diagnostics.error(&codes::NO_LANE, self.lane.span, message);
            suggest(diagnostic, &self.lane, &known);
            return Err(diagnostics);
        };
        let terms = bundle.source_terms(&self.lane);
        let offers = self.offers();
        for offer in &offers {
            self::offer(offer, terms, &mut diagnostics);
        }
        for wanted in terms {
            if !offers.iter().any(|offer| offer.source.value == wanted.name) {
                let message = format!(
                    "lane {} has the source `{}`, which is not offered here",
                    lane.lane(),
                    wanted.name
                );
                let help =
                    format!("add a listener with source=\"{}\" (by {})", wanted.name, wanted.by.name());
                diagnostics.error(&codes::NOT_OFFERED, self.lane.span, message).help(help);
            }
        }
        self.shared_proofs(terms, &mut diagnostics);
        if self.pseudonyms.is_none()
            && let Some(renamed) = lane.types().iter().find(|of_lane| of_lane.renames())
        {
            let message = format!("lane {} gives pseudonyms to objects of {}", lane.lane(), renamed.id());
            diagnostics.error(&codes::NO_PSEUDONYMS, self.lane.span, message);
        }
        let sources = terms.iter().map(|terms| lowest(terms, &offers)).collect();
        let streams = self.streams(bundle, lane, &mut diagnostics);
        let direction = bundle.direction(&self.lane).unwrap_or(Direction::Up);
        let of_types = largest(bundle, lane.types().iter());
        let slow = bundle.slow_path(&self.lane);
        let (size_max, file_max) = at_most(of_types, slow);
        let sizes = terms.iter().map(|terms| {
            let types = lane.source(&terms.name).into_iter().flat_map(|source| source.types.iter());
            let of_types = largest(bundle, types.filter_map(|at| lane.types().get(*at)));
            let (frame_max, file_max) = at_most(of_types, slow);
            Sizes { source: terms.name.clone(), frame_max, file_max }
        });
        let sizes = sizes.collect();
        let rebuilt = slow.filter(|slow| slow.rebuilt);
        let released_max = rebuilt.map_or(of_types, |_| REBUILT_BYTES_MAX.max(of_types));
        if diagnostics.has_errors() {
            Err(diagnostics)
        } else {
            Ok(Fit { sources, sizes, streams, direction, size_max, file_max, released_max })
        }
    }

    /// What a source proves itself by stands for one source: two with the same proof could not be told apart.
    fn shared_proofs(&self, terms: &[SourceTerms], diagnostics: &mut Diagnostics) {
        let mut known: BTreeMap<Proof<'_>, &At<String>> = BTreeMap::new();
        for (proof, source) in self.proofs() {
            if !terms.iter().any(|terms| terms.name == source.value) {
                continue;
            }
            let first = *known.entry(proof).or_insert(source);
            if first.value != source.value {
                let message = format!(
                    "`{}` and `{}` both {proof}, so either could send as the other",
                    first.value, source.value
                );
                let diagnostic = diagnostics.error(&codes::SHARED_PROOF, source.span, message);
                diagnostic.label(first.span, "the first one");
            }
        }
    }

    /// By what each source is known here.
    fn proofs(&self) -> Vec<(Proof<'_>, &At<String>)> {
        let mut proofs = Vec::new();
        for intake in &self.intake {
            match intake {
                Intake::Udp(udp) => proofs.push((Proof::Interface(&udp.interface), &udp.source)),
                Intake::Tcp(tcp) => proofs.push((Proof::Interface(&tcp.interface), &tcp.source)),
                Intake::Tls(tls) => {
                    for client in &tls.clients {
                        proofs.push((Proof::Certificate(client.certificate.value), &client.source));
                    }
                }
                // Its number a sender says itself; the secret is what others do not have.
                Intake::Diode(diode) => proofs.push((Proof::Secret(&diode.end.secret), &diode.source)),
                Intake::Directory(folder) => proofs.push((Proof::Owner(&folder.owner), &folder.source)),
            }
        }
        proofs
    }

    fn streams(&self, bundle: &Bundle, lane: &Policy, diagnostics: &mut Diagnostics) -> Vec<Stream> {
        let mut streams = Vec::new();
        for (intake, part) in self.intake.iter().enumerate() {
            let (framing, sources, span): (_, Vec<&str>, Span) = match part {
                Intake::Tcp(tcp) => (&tcp.framing, vec![&tcp.source], tcp.noun.span),
                Intake::Tls(tls) => {
                    (&tls.framing, tls.clients.iter().map(|client| &**client.source).collect(), tls.noun.span)
                }
                Intake::Udp(_) | Intake::Diode(_) | Intake::Directory(_) => continue,
            };
            if sources.iter().any(|source| lane.source(source).is_none()) {
                // Told already; what an unknown source sends cannot be known either.
                continue;
            }
            let framing = framing.clone().map_or_else(|| cut::of_types(bundle, lane, &sources), Ok);
            match framing {
                Ok(framing) => streams.push(Stream { intake, framing }),
                Err(says) => {
                    diagnostics.error(&codes::NO_FRAMING, span, says);
                }
            }
        }
        streams
    }
}

/// By what a source is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Proof<'d> {
    Interface(&'d str),
    Certificate(Digest),
    Secret(&'d str),
    Owner(&'d str),
}

impl fmt::Display for Proof<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interface(name) => write!(out, "arrive on {name}"),
            Self::Certificate(_) => out.write_str("have this certificate"),
            Self::Secret(path) => write!(out, "have the secret {path}"),
            Self::Owner(user) => write!(out, "are the user {user}"),
        }
    }
}

/// Whether one source is offered as the lane wants it.
fn offer(offer: &Offer<'_>, terms: &[SourceTerms], diagnostics: &mut Diagnostics) {
    let Some(wanted) = terms.iter().find(|terms| terms.name == offer.source.value) else {
        let known: Vec<&str> = terms.iter().map(|terms| terms.name.as_str()).collect();
        let message = format!("the lane has no source `{}`", offer.source.value);
        let diagnostic = diagnostics.error(&codes::NO_SOURCE, offer.source.span, message);
        suggest(diagnostic, offer.source, &known);
        return;
    };
    if !is_as_strong(offer.by, wanted.by) {
        let message = format!(
            "the lane knows `{}` by {}; here it is known by {}",
            wanted.name,
            shown(wanted.by),
            shown(offer.by)
        );
        diagnostics.error(&codes::WEAKER, offer.source.span, message);
    }
    if let (Some(rate), Some(most)) = (offer.rate, wanted.rate)
        && rate.value > most
    {
        let message = format!("the lane allows `{}` {most} bit/s; this is {}", wanted.name, rate.value);
        diagnostics.error(&codes::FASTER, rate.span, message);
    }
    if let (Some(objects), Some(most)) = (offer.objects, wanted.objects)
        && objects.value > most
    {
        let message =
            format!("the lane allows `{}` {most} objects a second; this is {}", wanted.name, objects.value);
        diagnostics.error(&codes::FASTER, objects.span, message);
    }
}

/// True where a source that proves itself by `offered` may stand for one that the lane knows by `wanted`. An interface
/// is the weakest proof, so any other is at least as strong; the others prove different things.
fn is_as_strong(offered: SourceBy, wanted: SourceBy) -> bool {
    offered == wanted || wanted == SourceBy::Interface
}

fn shown(by: SourceBy) -> &'static str {
    match by {
        SourceBy::Interface => "the interface it arrives on",
        SourceBy::Tls => "its TLS certificate",
        SourceBy::Diode => "the key of its diode link",
        SourceBy::Directory => "the owner of a directory",
    }
}

fn lowest(terms: &SourceTerms, offers: &[Offer<'_>]) -> Terms {
    let of_source = || offers.iter().filter(|offer| offer.source.value == terms.name);
    let rates = of_source().filter_map(|offer| offer.rate).map(|rate| rate.value);
    let objects = of_source().filter_map(|offer| offer.objects).map(|objects| objects.value);
    Terms {
        source: terms.name.clone(),
        rate: rates.chain(terms.rate).min(),
        objects: objects.chain(terms.objects).min(),
    }
}

/// The largest object of these types.
fn largest<'l>(bundle: &Bundle, types: impl Iterator<Item = &'l Arc<LaneType>>) -> usize {
    let sizes = types.filter_map(|of_lane| described(bundle, of_lane.id()));
    sizes.map(|kind| kind.model().size).max().unwrap_or(0)
}

/// The largest object in a datagram or a stream, and as a file or over a diode link, where the types go so far.
fn at_most(of_types: usize, slow: Option<&SlowPath>) -> (usize, usize) {
    slow.map_or((of_types, of_types), |slow| {
        (slow.size_max.min(DATAGRAM).max(of_types), slow.size_max.max(of_types))
    })
}

/// The type that a lane calls `name@version`.
fn described<'b>(bundle: &'b Bundle, id: &str) -> Option<&'b Arc<Type>> {
    let (name, version) = id.split_once('@')?;
    let types = bundle.types().map(|(kind, ..)| kind);
    types.into_iter().find(|kind| kind.model().name == name && kind.model().version == version)
}

fn suggest(diagnostic: &mut lockgate_notation::Diagnostic, written: &str, known: &[&str]) {
    match closest(written, known.iter().copied()) {
        Some(close) => diagnostic.help(format!("did you mean `{close}`?")),
        None if known.is_empty() => diagnostic,
        None => diagnostic.help(format!("there is {}", known.join(", "))),
    };
}
