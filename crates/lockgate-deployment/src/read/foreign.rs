//! Links of other people's protocols, out of the file.

use super::egress::{Way, way};
use super::reception::{BUFFER, limits};
use super::value::{address, bounded, count, needed_interface};
use super::whole;
use crate::codes;
use crate::foreign::{ForeignEgress, ForeignEnd};
use crate::model::Egress;
use lockgate_adapters::lidi::{Shape, Terms};
use lockgate_adapters::{Objects, flute};
use lockgate_bytes::Duration;
use lockgate_diode::Limits;
use lockgate_notation::Fields;

/// What lidi itself does where it is told nothing, but for the repairs: its own 2 bear a loss of 1 %.
const BLOCK: u64 = 734_928;
const MTU: u64 = 1_500;
const REPAIR: u64 = 10;
const HEARTBEAT_SECONDS: i64 = 5;
/// What a link of FLUTE is where nothing else is said: symbols of a block, repairs for a hundred, seconds between signs of life and from
/// one round to the next, for how long a table holds, and bytes that are kept to be sent again.
const FLUTE_BLOCK: u64 = 1_024;
const FLUTE_REPAIR: u64 = 25;
const FLUTE_HEARTBEAT_SECONDS: i64 = 1;
const AFTER_SECONDS: i64 = 2;
const EXPIRES_SECONDS: i64 = 600;
const REPEAT_BYTES: u64 = 8 << 20;

/// `lidi-2.1 ADDRESS rate=...` of `egress`.
pub(super) fn lidi(fields: &mut Fields<'_, '_>, dscp: [u8; 6]) -> Option<Egress> {
    let way = way(fields);
    let (common, Way { address, interface, from, hops, rate, .. }) = (common(fields), way?);
    let (shape, objects, heartbeat) = common?;
    // lidi takes the headers of IPv4 off its MTU, whatever the link's are.
    let (headers, least) = if address.is_ipv6() { (48, 1_280) } else { (28, 576) };
    let mtu = u16::try_from(shape.datagram().saturating_add(headers).max(least)).ok()?;
    let terms = Terms { shape, objects, rate: Some(rate), headers, heartbeat };
    Some(Egress::Lidi(Box::new(ForeignEgress { address, interface, from, hops, mtu, dscp, terms })))
}

/// `lidi-2.1 ADDRESS interface=...` of `receiver`.
pub(super) fn lidi_end(fields: &mut Fields<'_, '_>) -> Option<ForeignEnd<Shape>> {
    let end = end(fields, common)?;
    room(fields, end.wire, end.limits)?;
    Some(end)
}

/// A receiving end; `told` reads what both ends are told.
fn end<'a, 'f, W>(
    fields: &mut Fields<'a, 'f>,
    told: impl FnOnce(&mut Fields<'a, 'f>) -> Option<(W, Objects, Option<Duration>)>,
) -> Option<ForeignEnd<W>> {
    let address = address(fields, "where to listen");
    let interface = needed_interface(fields);
    let told = told(fields);
    let buffer = fields.prop_size_opt("buffer");
    let buffer = buffer.map_or(Some(BUFFER), |size| bounded(fields, Some(size), (1 << 16, 1 << 30)));
    let limits = whole(fields.within_opt("limits", limits))?.unwrap_or_default();
    let (wire, objects, heartbeat) = told?;
    let (address, interface, buffer) = (address?, interface?, buffer?);
    Some(ForeignEnd { address, interface, wire, objects, heartbeat, buffer, limits })
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
    let objects = objects(fields);
    let heartbeat = heartbeat(fields, HEARTBEAT_SECONDS);
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
    Some((shape, objects, heartbeat?))
}

fn objects(fields: &mut Fields<'_, '_>) -> Objects {
    let word = fields.prop_word_opt("objects", &["checked", "bare"]);
    if word.is_some_and(|word| word.value == "bare") { Objects::Bare } else { Objects::Checked }
}

/// None within, where there are none.
#[expect(clippy::option_option, reason = "none, and there but wrong, are two things")]
fn heartbeat(fields: &mut Fields<'_, '_>, usual: i64) -> Option<Option<Duration>> {
    let every = fields.prop_duration_opt("heartbeat").map_or(Some(Duration::from_secs(usual)), |every| {
        let good = every.value.nanos() == 0 || (1..=3_600).contains(&(every.value.nanos() / 1_000_000_000));
        if !good {
            let says = "heartbeats are \"1s\" to \"1h\" apart, or \"0s\": none";
            fields.error(&codes::OUT_OF_RANGE, every.span, says);
        }
        good.then_some(every.value)
    })?;
    Some((every.nanos() > 0).then_some(every))
}

/// `flute ADDRESS rate=... session=...` of `egress`.
pub(super) fn flute(fields: &mut Fields<'_, '_>, dscp: [u8; 6]) -> Option<Egress> {
    let way = way(fields);
    let session = fields.prop_uint("session");
    let session = bounded(fields, session, (0, u64::from(u32::MAX)));
    let block = count(fields, "block", FLUTE_BLOCK, (1, 8_192));
    let repair = count(fields, "repair", FLUTE_REPAIR, (0, 200));
    let (objects, heartbeat) = (objects(fields), heartbeat(fields, FLUTE_HEARTBEAT_SECONDS));
    let repeat = count(fields, "repeat", 0, (0, 8));
    let kept = fields.prop_size_opt("repeat-bytes");
    let kept = kept.map_or(Some(REPEAT_BYTES), |size| bounded(fields, Some(size), (1 << 16, 1 << 34)));
    let mut time = |name: &'static str, usual: i64| match fields.prop_duration_opt(name) {
        None => Some(Duration::from_secs(usual)),
        Some(found) if (1..=86_400).contains(&(found.value.nanos() / 1_000_000_000)) => Some(found.value),
        Some(found) => {
            fields.error(&codes::OUT_OF_RANGE, found.span, "this has to be \"1s\" to \"24h\"");
            None
        }
    };
    let (after, expires) = (time("after", AFTER_SECONDS), time("expires", EXPIRES_SECONDS));
    let Way { address, interface, from, hops, rate, mtu } = way?;
    let headers = if address.is_ipv6() { 48 } else { 28 };
    let room = usize::from(mtu).min(9_000).saturating_sub(headers).saturating_sub(flute::OBJECT_HEAD);
    let terms = flute::Terms {
        session: u32::try_from(session?).ok()?,
        symbol: u16::try_from(room & !3).ok()?,
        block: u16::try_from(block?).ok()?,
        repair: u32::try_from(repair?).ok()?,
        objects,
        rate: Some(rate),
        headers,
        heartbeat: heartbeat?,
        expires: expires?,
        repeat: u8::try_from(repeat?).ok()?,
        after: after?,
        repeat_bytes: usize::try_from(kept?).ok()?,
    };
    if let Err(fault) = terms.check() {
        let span = fields.noun_span();
        fields.error(&codes::BAD_LINK, span, format!("this link cannot be: {fault}"));
        return None;
    }
    Some(Egress::Flute(Box::new(ForeignEgress { address, interface, from, hops, mtu, dscp, terms })))
}

/// `flute ADDRESS interface=... session=...` of `receiver`.
pub(super) fn flute_end(fields: &mut Fields<'_, '_>) -> Option<ForeignEnd<u64>> {
    end(fields, |fields| {
        let session = fields.prop_uint("session");
        let session = bounded(fields, session, (0, (1 << 48) - 1));
        let (objects, heartbeat) = (objects(fields), heartbeat(fields, FLUTE_HEARTBEAT_SECONDS));
        Some((session?, objects, heartbeat?))
    })
}
