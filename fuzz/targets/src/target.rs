//! The targets, one module each, and what several of them need.

pub(crate) mod answer;
pub(crate) mod asterix;
pub(crate) mod attributes;
pub(crate) mod banner;
pub(crate) mod binding;
pub(crate) mod bundle;
pub(crate) mod carried;
pub(crate) mod compare;
pub(crate) mod cot;
pub(crate) mod datagram;
pub(crate) mod decimal;
pub(crate) mod deployment;
pub(crate) mod differential;
pub(crate) mod document;
pub(crate) mod ess;
pub(crate) mod flute;
pub(crate) mod framing;
pub(crate) mod gmti;
pub(crate) mod imagery;
pub(crate) mod inspect;
pub(crate) mod ism;
pub(crate) mod json;
pub(crate) mod klv;
pub(crate) mod label;
pub(crate) mod lidi;
mod links;
pub(crate) mod manifest;
pub(crate) mod message;
pub(crate) mod notation;
pub(crate) mod passages;
pub(crate) mod pictures;
pub(crate) mod protobuf;
pub(crate) mod readers;
pub(crate) mod receiver;
pub(crate) mod request;
pub(crate) mod rules;
pub(crate) mod spif;
pub(crate) mod statement;
pub(crate) mod time;
pub(crate) mod types;
pub(crate) mod words;

use lockgate_schema::Type;
use readers::Readers;
use std::sync::{Arc, LazyLock};

/// The types of this repository that the targets read with.
struct Shipped {
    cot: Arc<Type>,
    label: Arc<Type>,
    tak: Arc<Type>,
    track: Arc<Type>,
    plot: Arc<Type>,
}

static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| {
    let read = |name: &str, text: &[u8], embedded: Option<&Arc<Type>>| {
        let find = |_: &str| embedded.map(Arc::clone);
        match Type::parse(name, text, &find) {
            Ok((found, _)) => Arc::new(found),
            Err(diagnostics) => panic!("{}", diagnostics.render()),
        }
    };
    let label = include_bytes!("../../../rules/types/stanag-4774/type.kdl");
    let label = read("rules/types/stanag-4774/type.kdl", label, None);
    let cot = include_bytes!("../../../rules/types/cot-event/type.kdl");
    let cot = read("rules/types/cot-event/type.kdl", cot, Some(&label));
    let tak = include_bytes!("../../../rules/types/tak-v1/type.kdl");
    let tak = read("rules/types/tak-v1/type.kdl", tak, Some(&cot));
    let track = include_bytes!("../../../rules/types/track-json/type.kdl");
    let track = read("rules/types/track-json/type.kdl", track, None);
    let plot = include_bytes!("../../../rules/types/asterix-cat048/type.kdl");
    let plot = read("rules/types/asterix-cat048/type.kdl", plot, None);
    Shipped { cot, label, tak, track, plot }
});

/// Both readers of a shipped type.
fn shipped(name: &str) -> Readers {
    Readers::of(&shipped_type(name))
}

/// A shipped type, with those that it embeds.
fn shipped_type(name: &str) -> Arc<Type> {
    let text: &[u8] = match name {
        "asterix-cat021" => include_bytes!("../../../rules/types/asterix-cat021/type.kdl"),
        "asterix-cat034" => include_bytes!("../../../rules/types/asterix-cat034/type.kdl"),
        "asterix-cat048" => include_bytes!("../../../rules/types/asterix-cat048/type.kdl"),
        "asterix-cat062" => include_bytes!("../../../rules/types/asterix-cat062/type.kdl"),
        "ais-message" => include_bytes!("../../../rules/types/ais-message/type.kdl"),
        "ais-sentence" => include_bytes!("../../../rules/types/ais-sentence/type.kdl"),
        "lsb-header" => include_bytes!("../../../rules/types/lsb-header/type.kdl"),
        "gmti-4607" => include_bytes!("../../../rules/types/gmti-4607/type.kdl"),
        "intelligence-report" => include_bytes!("../../../rules/types/intelligence-report/type.kdl"),
        "logistics-report" => include_bytes!("../../../rules/types/logistics-report/type.kdl"),
        "nmea-position" => include_bytes!("../../../rules/types/nmea-position/type.kdl"),
        "relay-envelope" => include_bytes!("../../../rules/types/relay-envelope/type.kdl"),
        "us-report-demo" => include_bytes!("../../../rules/types/us-report-demo/type.kdl"),
        "misb-0601" => include_bytes!("../../../rules/types/misb-0601/type.kdl"),
        _ => panic!("no target reads {name}"),
    };
    match Type::parse(name, text, &|embedded| Some(shipped_type(embedded))) {
        Ok((found, _)) => Arc::new(found),
        Err(diagnostics) => panic!("{}", diagnostics.render()),
    }
}
