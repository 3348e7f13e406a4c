//! How a stream is cut into objects, as the types of its sources say.

use super::described;
use crate::model::Framing;
use crate::read::{DELIMITER_MAX, OFFSET_MAX};
use lockgate_bundle::Bundle;
use lockgate_core::Policy;
use lockgate_schema::model;

/// How the types of these sources are cut, where they all say the same; otherwise what is in the way.
pub(super) fn of_types(bundle: &Bundle, lane: &Policy, sources: &[&str]) -> Result<Framing, String> {
    let unknown = || "it is not known how these streams are cut into objects".to_owned();
    let mut found: Option<Framing> = None;
    for source in sources.iter().filter_map(|name| lane.source(name)) {
        for lane_type in source.types.iter().filter_map(|at| lane.types().get(*at)) {
            let kind = described(bundle, lane_type.id()).ok_or_else(unknown)?;
            let framing = match &kind.model().framing {
                model::Framing::Delimiter(end) => Framing::Delimiter(end.as_bytes().to_vec()),
                model::Framing::Varint { at, least } => Framing::Varint { offset: *at, least: *least },
                model::Framing::Ber { at } => Framing::Ber { offset: *at },
                model::Framing::Fixed(size) => Framing::Fixed(*size),
                // The deployment says how a stream of these is cut.
                model::Framing::Datagram | model::Framing::Length { .. } | model::Framing::Sentences => {
                    return Err(unknown());
                }
            };
            if let Some(says) = out_of_reach(lane_type.id(), &framing) {
                return Err(says);
            }
            match &found {
                Some(known) if *known != framing => return Err(unknown()),
                _ => found = Some(framing),
            }
        }
    }
    found.ok_or_else(unknown)
}

/// What a type may say of its objects and no stream is cut by: a socket would be opened for nothing.
fn out_of_reach(id: &str, framing: &Framing) -> Option<String> {
    let (far, short) = (OFFSET_MAX, DELIMITER_MAX);
    match framing {
        Framing::Ber { offset } | Framing::Varint { offset, .. }
            if u64::try_from(*offset).is_ok_and(|offset| offset > far) =>
        {
            Some(format!(
                "objects of {id} have their length behind {offset} bytes, and streams are cut by lengths behind \
                 {far} at most"
            ))
        }
        Framing::Delimiter(end) if end.len() > short => Some(format!(
            "objects of {id} end with {} bytes, and streams are cut by delimiters of {short} at most",
            end.len()
        )),
        _ => None,
    }
}
