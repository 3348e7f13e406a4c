//! What a link can carry: a forecast by calculation, and the same by trying it out in virtual time.
//!
//! The calculation is that of a fluid: classes take their part of the rate from the highest down, and within a class small objects
//! before large ones, which have an eighth at least; flows share by bytes, as sources do. What does not fit expires.
//! Losses are taken as independent. It knows no bursts, no queues and no deadlines shorter than a datagram; the trial does.

mod odds;
mod share;
mod shelf;
mod trial;

pub use trial::try_out;

use crate::cut::Cut;
use crate::manifest;
use crate::outlet;
use crate::supply::Plane;
use crate::wire;
use crate::{TAG_BYTES, Terms};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Precedence};
use odds::MILLION;
use share::{Share, share_out};

/// Objects of one kind that come at chance moments, from a source of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Their class.
    pub class: Precedence,
    /// How many in an hour.
    pub per_hour: u64,
    /// Bytes of each.
    pub bytes: usize,
    /// How long each is worth sending.
    pub validity: Duration,
}

/// What becomes of the objects of a flow, in millionths of those offered. They add up to a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// Delivered.
    pub delivered: u32,
    /// Sent, and lost on the link.
    pub lost: u32,
    /// Not sent, or not to the end, because their time ran out.
    pub expired: u32,
}

/// What becomes of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// For each flow, in the order given.
    pub fates: Vec<Fate>,
    /// Of the link's rate, in millionths: heartbeats and manifests.
    pub control: u32,
    /// Of the link's rate, in millionths: all.
    pub used: u32,
}

/// The forecast by calculation. `loss`: millionths of datagrams, each by itself. Terms without a rate: nothing expires.
pub fn forecast(terms: &Terms, loss: u32, flows: &[Flow]) -> Forecast {
    // Bytes in an hour.
    let all = u128::from(terms.rate.unwrap_or(u64::MAX / 8)).saturating_mul(450);
    let mut shares: Vec<Share> = flows.iter().map(|_| Share::ALL).collect();
    let (mut control_bytes, mut free) = (0, 0);
    // What is sent decides how much manifests have to say, and that what can be sent: it settles quickly.
    for _ in 0..8 {
        control_bytes = control(terms, flows, &shares);
        (shares, free) = share_out(terms, flows, all.saturating_sub(control_bytes));
    }
    let fates = flows.iter().zip(&shares).map(|(flow, share)| fate_of(terms, flow, *share, loss));
    let part = |bytes: u128| narrow(bytes.saturating_mul(MILLION).checked_div(all).unwrap_or(0));
    let used = part(all.saturating_sub(free).min(all));
    Forecast { fates: fates.collect(), control: part(control_bytes.min(all)), used }
}

fn fate_of(terms: &Terms, flow: &Flow, share: Share, loss: u32) -> Fate {
    let fails = match shape(terms, flow.bytes) {
        None => return Fate { expired: narrow(MILLION), ..Fate::default() },
        Some(Shape::Small { parts, .. }) => {
            let window = u32::from(terms.window);
            let covering = narrow(u128::from(window).saturating_mul(share.repairs) / MILLION);
            // Lost itself, and as many others of its window as there are repairs, the repairs among them.
            let others = window.saturating_sub(1).saturating_add(covering);
            let stays = odds::at_least(others, loss, covering);
            let fails = u128::from(loss).saturating_mul(u128::from(stays)) / MILLION;
            fails.saturating_mul(u128::from(parts)).min(MILLION)
        }
        Some(Shape::Large { cut }) => {
            let sources = cut.block(0).map_or(0, |span| u32::from(span.count));
            let repairs = u32::from(cut.repairs);
            let fails = odds::at_least(sources.saturating_add(repairs), loss, repairs.saturating_add(1));
            u128::from(fails).saturating_mul(u128::from(cut.blocks)).min(MILLION)
        }
    };
    let lost = share.sent.saturating_mul(fails) / MILLION;
    let (delivered, expired) = (share.sent.saturating_sub(lost), MILLION.saturating_sub(share.sent));
    Fate { delivered: narrow(delivered), lost: narrow(lost), expired: narrow(expired) }
}

enum Shape {
    Small { parts: u32, part: usize },
    Large { cut: Cut },
}

fn shape(terms: &Terms, bytes: usize) -> Option<Shape> {
    match terms.plane(bytes)? {
        Plane::Small => {
            let parts = bytes.div_ceil(terms.part()).max(1);
            Some(Shape::Small { parts: u32::try_from(parts).ok()?, part: bytes.div_ceil(parts) })
        }
        Plane::Large => {
            let cut = Cut::fitting(u32::try_from(bytes).ok()?, terms.symbol(), terms.block_repair)?;
            Some(Shape::Large { cut })
        }
    }
}

/// Bytes on the wire in an hour, with so many millionths of a repair for each part of a small object.
fn demand(terms: &Terms, flow: &Flow, repairs: u128) -> u128 {
    let objects = u128::from(flow.per_hour);
    match shape(terms, flow.bytes) {
        None => 0,
        Some(Shape::Small { parts, part }) => {
            let source = u128::from(terms.wire_bytes(part.saturating_add(outlet::SOURCE)));
            let repair = u128::from(terms.wire_bytes(part.saturating_add(wire::REPAIR)));
            let repairs = repairs.saturating_mul(repair) / MILLION;
            objects.saturating_mul(u128::from(parts)).saturating_mul(source.saturating_add(repairs))
        }
        Some(Shape::Large { cut }) => {
            let repairs = u128::from(cut.repairs).saturating_mul(u128::from(cut.blocks));
            let symbols = u128::from(cut.symbols).saturating_add(repairs);
            let each = terms.wire_bytes(usize::from(cut.size).saturating_add(wire::BLOCK));
            objects.saturating_mul(symbols).saturating_mul(u128::from(each))
        }
    }
}

/// Repairs for each part, in millionths: those that are owed, and those that follow where no other part does in time.
fn repairs_per_part(terms: &Terms, class: Precedence, flows: &[Flow]) -> u128 {
    let owed = u128::from(terms.small_repair).saturating_mul(MILLION / 100);
    if owed == 0 {
        return 0;
    }
    let small = |it: &&Flow| it.class == class && matches!(terms.plane(it.bytes), Some(Plane::Small));
    let per_hour: u64 = flows.iter().filter(small).map(|it| it.per_hour).fold(0, u64::saturating_add);
    // Not before the part, and the repairs before this one, are through.
    let part = flows.iter().filter(small).map(|it| it.bytes.min(terms.part())).max().unwrap_or(0);
    let bits = u128::from(terms.wire_bytes(part.saturating_add(wire::REPAIR))).saturating_mul(8_000_000_000);
    let takes = bits.checked_div(u128::from(terms.rate.unwrap_or(u64::MAX))).unwrap_or(0);
    let takes = i64::try_from(takes).unwrap_or(i64::MAX);
    let mut tails = 0_u128;
    for (wait, before) in terms.tail.iter().zip(0_i64..) {
        let wait = wait.nanos().saturating_sub(takes).max(takes.saturating_mul(before));
        let wait = Duration::from_nanos(wait);
        tails = tails.saturating_add(u128::from(odds::no_event_within(per_hour, wait)));
    }
    let bytes = flows.iter().filter(small).map(|flow| demand(terms, flow, 0));
    let alone = leaves_none(terms, per_hour, bytes.fold(0, u128::saturating_add), takes);
    owed.max(tails.saturating_mul(alone) / MILLION)
}

/// How often a part leaves when no other of its class waits, in millionths; `takes`: a datagram's time on the link, in nanoseconds. A class that
/// has the link for `busy` of the time leaves it alone for the rest, in pauses that last until the next object and the datagram that is
/// on the wire then: so many pauses, and each behind one part.
fn leaves_none(terms: &Terms, per_hour: u64, bytes: u128, takes: i64) -> u128 {
    let hour = u128::from(terms.rate.unwrap_or(u64::MAX / 8)).saturating_mul(450);
    let busy = bytes.saturating_mul(MILLION).checked_div(hour).unwrap_or(MILLION).min(MILLION);
    let takes = u128::try_from(takes).unwrap_or(0);
    let half = u128::from(per_hour).saturating_mul(takes).saturating_mul(MILLION) / 7_200_000_000_000;
    let idle = MILLION.saturating_sub(busy).saturating_mul(MILLION);
    idle.checked_div(MILLION.saturating_add(half)).unwrap_or(0)
}

/// Heartbeats and manifests, in bytes an hour.
fn control(terms: &Terms, flows: &[Flow], shares: &[Share]) -> u128 {
    let classes =
        Precedence::ALL.iter().filter(|class| flows.iter().any(|flow| flow.class == **class)).count();
    let hour = |every: Duration| {
        let every = u128::try_from(every.nanos()).unwrap_or(1);
        3_600_000_000_000_u128.checked_div(every).unwrap_or(0)
    };
    let heartbeat =
        wire::HEAD.saturating_add(61).saturating_add(TAG_BYTES).saturating_add(classes.saturating_mul(8));
    let heartbeats = hour(terms.heartbeat).saturating_mul(u128::from(terms.wire_bytes(heartbeat)));
    let sent = flows.iter().zip(shares);
    let sent = sent.map(|(flow, share)| u128::from(flow.per_hour).saturating_mul(share.sent) / MILLION);
    let objects = sent.fold(0, u128::saturating_add);
    let room = crate::chain::share(terms.payload, terms.overlap);
    let each = room.checked_div(manifest::ENTRY.saturating_add(1)).unwrap_or(1);
    let each = u128::try_from(each).unwrap_or(1).max(1);
    let manifests = objects.div_ceil(each).max(hour(terms.manifest).min(objects.saturating_add(360)));
    let bare =
        manifest::BARE.saturating_sub(6_usize.saturating_sub(classes).saturating_mul(16)).saturating_sub(65);
    let bare = u128::from(terms.wire_bytes(bare)).saturating_mul(manifests);
    let copies = u128::from(terms.overlap).saturating_add(1);
    let entries = objects.saturating_mul(40).saturating_mul(copies);
    heartbeats.saturating_add(bare).saturating_add(entries)
}

fn narrow(millionths: u128) -> u32 {
    u32::try_from(millionths).unwrap_or(u32::MAX)
}
