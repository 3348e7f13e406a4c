//! What each flow gets of a link, as a fluid would be shared out: classes from the highest down, sources within a class by bytes.

use super::{Flow, demand, odds::MILLION, repairs_per_part};
use crate::Terms;
use crate::supply::Plane;
use alloc::vec::Vec;
use lockgate_bytes::Precedence;

/// Where large objects of a class wait, so many parts in a hundred and twenty-eight of it are theirs at least: an eighth.
const LARGE: u128 = 16;

/// What a flow gets, in millionths.
#[derive(Clone, Copy)]
pub(super) struct Share {
    /// Of its objects.
    pub(super) sent: u128,
    /// Repairs for each part of a small object.
    pub(super) repairs: u128,
}

impl Share {
    pub(super) const ALL: Self = Self { sent: MILLION, repairs: 0 };
}

/// What each flow gets, and how many bytes an hour are left over.
pub(super) fn share_out(terms: &Terms, flows: &[Flow], left: u128) -> (Vec<Share>, u128) {
    let mut shares: Vec<Share> = flows.iter().map(|_| Share::ALL).collect();
    let lowest = flows.iter().map(|flow| flow.class).min();
    // What the lowest class has whatever else is sent: no more than it needs.
    let needs = lowest.map_or(0, |class| Wants::of(terms, flows, class).all());
    let trickle = needs.min(left.saturating_mul(u128::from(terms.trickle)) / 1_000);
    let mut free = left.saturating_sub(trickle);
    for class in Precedence::ALL.iter().rev().copied() {
        if lowest == Some(class) {
            free = free.saturating_add(trickle);
        }
        free = Wants::of(terms, flows, class).take(free, &mut shares);
    }
    (shares, free)
}

/// What the flows of one class ask for, in bytes an hour.
struct Wants {
    /// Parts of small objects, by the place of their flow.
    small: Vec<(usize, u128)>,
    /// Repairs of these together, and for each part in millionths.
    repairs: u128,
    per_part: u128,
    /// Symbols of large objects.
    large: Vec<(usize, u128)>,
}

impl Wants {
    fn of(terms: &Terms, flows: &[Flow], class: Precedence) -> Self {
        let per_part = repairs_per_part(terms, class, flows);
        let of = |plane: Plane, repairs: u128| -> Vec<(usize, u128)> {
            let flows = flows.iter().enumerate();
            let same =
                flows.filter(|(_, flow)| flow.class == class && terms.plane(flow.bytes) == Some(plane));
            same.map(|(at, flow)| (at, demand(terms, flow, repairs))).collect()
        };
        let (small, large) = (of(Plane::Small, 0), of(Plane::Large, 0));
        let repairs = sum(&of(Plane::Small, per_part)).saturating_sub(sum(&small));
        Self { small, repairs, per_part, large }
    }

    fn all(&self) -> u128 {
        sum(&self.small).saturating_add(self.repairs).saturating_add(sum(&self.large))
    }

    /// Takes what there is of `free`, and gives back what is left. Parts of small objects leave before their repairs, and both before
    /// large objects, but for the eighth of these: where there is little room, repairs are what goes first.
    fn take(mut self, free: u128, shares: &mut [Share]) -> u128 {
        let kept = sum(&self.large).min(free.saturating_mul(LARGE) / 128);
        let room = free.saturating_sub(kept);
        let parts = sum(&self.small).min(room);
        let repairs = self.repairs.min(room.saturating_sub(parts));
        let per_part =
            self.per_part.saturating_mul(repairs).checked_div(self.repairs).unwrap_or(self.per_part);
        fill(&mut self.small, room, per_part, shares);
        let free = free.saturating_sub(parts).saturating_sub(repairs);
        fill(&mut self.large, free, 0, shares);
        free.saturating_sub(sum(&self.large))
    }
}

/// Each gets as many bytes as any other, and none more than it asks for.
fn fill(wants: &mut [(usize, u128)], mut room: u128, repairs: u128, shares: &mut [Share]) {
    wants.sort_unstable_by_key(|(_, bytes)| *bytes);
    let mut others = u128::try_from(wants.len()).unwrap_or(u128::MAX);
    for (at, bytes) in wants {
        let got = room.checked_div(others).unwrap_or(0).min(*bytes);
        (room, others) = (room.saturating_sub(got), others.saturating_sub(1));
        let sent = got.saturating_mul(MILLION).checked_div(*bytes).unwrap_or(MILLION);
        if let Some(into) = shares.get_mut(*at) {
            *into = Share { sent, repairs };
        }
    }
}

fn sum(wants: &[(usize, u128)]) -> u128 {
    wants.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
}
