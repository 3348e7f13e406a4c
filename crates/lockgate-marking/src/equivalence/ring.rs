//! Ways round by two equivalences and more: each step may be right by itself, and the last one end below the start of the
//! first. Ways there and back are looked at where a lane's are compiled too; here they are whatever lanes there are.

use super::{Equivalence, Map};
use crate::{Fault, Policy, PolicyIx, PolicySet};
use alloc::collections::{BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Time;

/// One equivalence, compiled.
struct Step<'e> {
    map: Map,
    to: PolicyIx,
    name: &'e str,
}

impl Step<'_> {
    fn is_in_force(&self, at: Time) -> bool {
        self.map.valid_from <= at && at < self.map.valid_until
    }
}

/// A level, or a value, of a policy.
type Node = (PolicyIx, u16);

/// What is wrong with ways that lead round over two policies or more, at a time at which all their steps are in force.
/// Equivalences that name nothing known are left to their own compiler.
pub fn check_rings(policies: &PolicySet, equivalences: &[Equivalence]) -> Vec<Fault> {
    let step = |text: &'_ Equivalence| {
        let (from, to) = (policies.named(&text.from)?, policies.named(&text.to)?);
        let source = policies.shared(from).filter(|_| from != to)?;
        Some((Map::compile(text, (source, from), policies.policy(to)?, &mut |_, _, _| {}), to))
    };
    let steps: Vec<Step<'_>> = equivalences
        .iter()
        .filter_map(|text| step(text).map(|(map, to)| Step { map, to, name: &text.name }))
        .collect();
    // All steps of a way are in force together at some time where they are at the time at which the last of them begins.
    let begins: BTreeSet<Time> = steps.iter().map(|step| step.map.valid_from).collect();
    let mut faults: Vec<Fault> = Vec::new();
    for at in begins {
        let now: Vec<&Step<'_>> = steps.iter().filter(|step| step.is_in_force(at)).collect();
        let starts: BTreeSet<PolicyIx> = now.iter().map(|step| step.map.from_ix).collect();
        for from in starts {
            let Some(policy) = policies.policy(from) else { continue };
            for fault in of_policy(policy, from, &now) {
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
    }
    faults
}

/// Ways from each level and value of one policy back to it.
fn of_policy(policy: &Policy, from: PolicyIx, now: &[&Step<'_>]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |name: &str, says: &str, way: &[usize]| {
        let names: Vec<&str> = way.iter().filter_map(|at| now.get(*at)).map(|step| step.name).collect();
        let says = format!("equivalences {}: the way round by all of them gives {says}", names.join(", "));
        faults.push(Fault::new("P078", String::from(name), says));
    };
    for level in 0..count(policy.levels.len()) {
        for (end, way) in ends((from, level), now, |map| &map.levels) {
            if policy.rank(end) < policy.rank(level) {
                fault(policy.level_name(level).unwrap_or(""), "a lower level", &way);
            }
        }
    }
    for value in 0..count(policy.values.len()) {
        for (end, way) in ends((from, value), now, |map| &map.values) {
            if end != value {
                fault(policy.value_name(value), "another value", &way);
            }
        }
    }
    faults
}

fn count(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// What `start` becomes by ways that lead back to its policy, each with the shortest such way.
fn ends(start: Node, now: &[&Step<'_>], table: impl Fn(&Map) -> &[Option<u16>]) -> Vec<(u16, Vec<usize>)> {
    let mut ends: Vec<(u16, Vec<usize>)> = Vec::new();
    let mut seen: BTreeSet<Node> = BTreeSet::from([start]);
    let mut waiting: VecDeque<(Node, Vec<usize>)> = VecDeque::from([(start, Vec::new())]);
    while let Some(((policy, place), way)) = waiting.pop_front() {
        for (at, step) in now.iter().enumerate().filter(|(_, step)| step.map.from_ix == policy) {
            let Some(there) = table(&step.map).get(usize::from(place)).copied().flatten() else { continue };
            let mut way = way.clone();
            way.push(at);
            if step.to == start.0 {
                if ends.iter().all(|(end, _)| *end != there) {
                    ends.push((there, way));
                }
            } else if seen.insert((step.to, there)) {
                waiting.push_back(((step.to, there), way));
            }
        }
    }
    ends
}
