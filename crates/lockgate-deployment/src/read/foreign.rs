//! Links of other people's protocols, out of the file.

use super::egress::{Way, way};
use super::reception::{BUFFER, limits};
use super::value::{address, bounded, count, needed_interface};
use super::whole;
use crate::codes;
use crate::foreign::{LidiEgress, LidiEnd};
use crate::model::Egress;
use lockgate_adapters::Objects;
use lockgate_adapters::lidi::{Shape, Terms};
use lockgate_bytes::Duration;
use lockgate_diode::Limits;
use lockgate_notation::Fields;

/// What lidi itself does where it is told nothing, but for the repairs: its own 2 bear a loss of 1 %.
const BLOCK: u64 = 734_928;
const MTU: u64 = 1_500;
const REPAIR: u64 = 10;
const HEARTBEAT_SECONDS: i64 = 5;

/// `lidi-2.1 ADDRESS rate=...` of `egress`.
pub(super) fn lidi(fields: &mut Fields<'_, '_>, dscp: [u8; 6]) -> Option<Egress> {
    let way = way(fields);
    let (common, Way { address, interface, from, hops, rate, .. }) = (common(fields), way?);
    let (shape, objects, heartbeat) = common?;
    // lidi takes the headers of IPv4 off its MTU, whatever the link's are.
    let (headers, least) = if address.is_ipv6() { (48, 1_280) } else { (28, 576) };
    let mtu = u16::try_from(shape.datagram().saturating_add(headers).max(least)).ok()?;
    let terms = Terms { shape, objects, rate: Some(rate), headers, heartbeat };
    Some(Egress::Lidi(Box::new(LidiEgress { address, interface, from, hops, mtu, dscp, terms })))
}

/// `lidi-2.1 ADDRESS interface=...` of `receiver`.
pub(super) fn lidi_end(fields: &mut Fields<'_, '_>) -> Option<LidiEnd> {
    let address = address(fields, "where to listen");
    let interface = needed_interface(fields);
    let common = common(fields);
    let buffer = fields.prop_size_opt("buffer");
    let buffer = buffer.map_or(Some(BUFFER), |size| bounded(fields, Some(size), (1 << 16, 1 << 30)));
    let limits = whole(fields.within_opt("limits", limits))?.unwrap_or_default();
    let (shape, objects, heartbeat) = common?;
    room(fields, shape, limits)?;
    Some(LidiEnd {
        address: address?,
        interface: interface?,
        shape,
        objects,
        heartbeat,
        buffer: buffer?,
        limits,
    })
}

/// Blocks and transfers need room beside one another.
fn room(fields: &mut Fields<'_, '_>, shape: Shape, limits: Limits) -> Option<()> {
    let least = shape.block().saturating_mul(4);
    if limits.memory < least {
        let span = fields.noun_span();
        let says = format!("`memory` has to be at least four blocks, {least} bytes");
        fields.error(&codes::BAD_LINK, span, says);
        return None;
    }
    Some(())
}

/// What both ends have to say alike.
fn common(fields: &mut Fields<'_, '_>) -> Option<(Shape, Objects, Option<Duration>)> {
    let mtu = count(fields, "mtu", MTU, (576, 9_000));
    let block = fields.prop_size_opt("block");
    let block = block.map_or(Some(BLOCK), |size| bounded(fields, Some(size), (64, 8 << 20)));
    let repair = count(fields, "repair", REPAIR, (0, 100));
    let objects = fields.prop_word_opt("objects", &["checked", "bare"]);
    let is_bare = objects.is_some_and(|word| word.value == "bare");
    let heartbeat =
        fields.prop_duration_opt("heartbeat").map_or(Some(Duration::from_secs(HEARTBEAT_SECONDS)), |every| {
            let good =
                every.value.nanos() == 0 || (1..=3_600).contains(&(every.value.nanos() / 1_000_000_000));
            if !good {
                fields.error(
                    &codes::OUT_OF_RANGE,
                    every.span,
                    "heartbeats are \"1s\" to \"1h\" apart, or \"0s\": none",
                );
            }
            good.then_some(every.value)
        });
    let (mtu, block, repair) = (mtu?, block?, repair?);
    let shape = Shape::new(u16::try_from(mtu).ok()?, u32::try_from(block).ok()?, u32::try_from(repair).ok()?);
    let shape = match shape {
        Ok(shape) => shape,
        Err(fault) => {
            let span = fields.noun_span();
            fields.error(&codes::BAD_LINK, span, format!("this link cannot be: {fault}"));
            return None;
        }
    };
    let objects = if is_bare { Objects::Bare } else { Objects::Checked };
    Some((shape, objects, heartbeat.map(|every| (every.nanos() > 0).then_some(every))?))
}
