//! What a type still lacks for tier 1.

use super::Tried;
use crate::fixture::lane_type;
use lockgate_bundle::Bundle;
use lockgate_core::VerdictKind;
use lockgate_schema::Type;

/// The state of one type.
pub(super) struct State {
    pub(super) id: String,
    /// The lanes that carry it.
    pub(super) lanes: Vec<String>,
    pub(super) fixtures: usize,
    /// Fixtures that are as expected, by verdict: released, and not released.
    pub(super) released: usize,
    pub(super) stopped: usize,
    pub(super) round_trips: usize,
    /// Most steps in which a fixture was read, and how many it may take.
    pub(super) steps: u64,
    pub(super) budget: Option<u64>,
    /// What is missing and what to do about it.
    pub(super) missing: Vec<String>,
}

/// Steps a byte that reading takes at most, unless the type says otherwise: an engine's bound is far above, and stops an object that
/// somebody sends; this one is told of while the type is written.
const STEPS_A_BYTE: u64 = 4;

fn allowed(kind: &Type) -> u64 {
    let size = u64::try_from(kind.model().size).unwrap_or(u64::MAX);
    kind.model().steps.unwrap_or(size.saturating_mul(STEPS_A_BYTE))
}

impl State {
    pub(super) fn of(kind: &Type, bundle: &Bundle, tried: &[Tried<'_>]) -> Self {
        let name = kind.model().name.as_str();
        let carried = || bundle.lanes().filter_map(|lane| Some((lane, lane_type(lane, name)?)));
        let own: Vec<&Tried<'_>> = tried.iter().filter(|one| one.fixture.kind == name).collect();
        let good = || own.iter().filter(|one| one.judged.wrong.is_empty());
        let released = good().filter(|one| one.judged.verdict == Some(VerdictKind::Release)).count();
        let mut state = Self {
            id: format!("{name}@{}", kind.model().version),
            lanes: carried().map(|(lane, _)| lane.lane().to_string()).collect(),
            fixtures: own.len(),
            released,
            stopped: good().count().saturating_sub(released),
            round_trips: good().filter(|one| one.judged.round_trip).count(),
            steps: own.iter().map(|one| one.judged.steps).max().unwrap_or(0),
            budget: carried().map(|(_, of_lane)| of_lane.budget().min(allowed(kind))).min(),
            missing: Vec::new(),
        };
        let lanes = state.lanes.clone();
        state.find_missing(name, &lanes, &own);
        state
    }

    fn find_missing(&mut self, name: &str, lanes: &[String], own: &[&Tried<'_>]) {
        if lanes.is_empty() {
            // Nothing crosses as an object of this type; it is a part of others, or no lane carries it yet.
            return;
        }
        for lane in lanes {
            if !own.iter().any(|one| one.judged.lane.as_ref() == Some(lane)) {
                self.missing.push(format!(
                    "no fixture is judged by lane {lane}: add fixtures/{name}/<verdict>-<words>/ with `lane \"{lane}\"`"
                ));
            }
        }
        if self.released == 0 {
            self.missing
                .push("no fixture is released as expected: add one that shows what may cross".to_owned());
        }
        if self.stopped == 0 {
            self.missing.push("no fixture is held or refused as expected: add near misses".to_owned());
        }
        if self.released > 0 && self.round_trips == 0 {
            self.missing.push("no released object came back as itself when read and written".to_owned());
        }
        if self.budget.is_some_and(|budget| self.steps > budget) {
            let (steps, budget) = (self.steps, self.budget.unwrap_or(0));
            self.missing.push(format!(
                "a fixture is read in {steps} steps, and the type allows {budget}: describe it so that it costs less, or raise `limits steps=`"
            ));
        }
    }

    /// True where something is missing.
    pub(super) fn is_negative(&self) -> bool {
        !self.missing.is_empty()
    }
}
