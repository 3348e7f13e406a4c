//! A start that was refused belongs on record too: that somebody offered a bundle that may not run.

use super::begin::first_entries;
use super::plan;
use lockgate_audit::{BundleChange, ClockState, Event, Log, LogKey, Settings, Start, Stop};
use lockgate_bytes::{Digest, Time};
use lockgate_core::ENGINE;
use lockgate_deployment::Deployment;
use lockgate_disk::{Disk, RealDisk};
use std::path::Path;
use std::sync::Arc;

/// Writes the refusal into the deployment's log, as a run of its own that decides nothing. Where that cannot be done (no
/// log yet, no key, or a lane that runs on it), the operator has the message all the same.
pub(crate) fn put_on_record(
    deployment: &Deployment,
    text: &[u8],
    offered: Option<(Digest, u64)>,
    why: &str,
) -> Option<()> {
    let key = plan::log_key(&deployment.name, Path::new(deployment.audit.key.as_str())).ok()?;
    let disk = RealDisk::at(Path::new(deployment.audit.path.as_str())).ok()?;
    record(key, Arc::new(disk), deployment.lane.as_str(), Digest::of(text), offered, why, crate::clock::now())
}

fn record(
    key: LogKey,
    disk: Arc<dyn Disk>,
    lane: &str,
    config: Digest,
    offered: Option<(Digest, u64)>,
    why: &str,
    now: Time,
) -> Option<()> {
    let public = key.trust().to_string();
    let (mut log, found) = Log::open(disk, key, Vec::new(), Settings::default()).ok()?;
    let mut ledger = found.ledger;
    // The last time of a log is the floor of the lane's time, for good. A machine whose clock is ahead does not move it by
    // a run that is refused: its time is told in words.
    let at = found.latest.unwrap_or(now);
    let epoch = ledger.epoch().saturating_add(1);
    let lane = lane.to_owned();
    let first_line = why.lines().take(8).collect::<Vec<_>>().join("; ");
    let first_line: String = first_line.chars().take(4000).collect();
    let events = [
        Event::Start(Start {
            at,
            epoch,
            node: plan::node(),
            engine: ENGINE.to_owned(),
            bundle: Digest([0; 32]),
            revision: 0,
            lane: lane.clone(),
            config,
            clock: ClockState::Unsynchronised,
            key: public,
            cut_bytes: found.cut_bytes,
            outstanding: ledger.outstanding(),
        }),
        Event::Bundle(BundleChange {
            at,
            epoch,
            lane,
            from: None,
            to: offered.map(|(digest, _)| digest),
            revision: offered.map(|(_, revision)| revision),
            refused: Some(format!("{first_line}; by the machine's clock it was {now}")),
        }),
        Event::Stop(Stop { at, epoch, why: "the lane may not start".to_owned() }),
    ];
    first_entries(&mut log, &mut ledger, events.into_iter()).ok()?;
    log.checkpoint().ok()
}

#[cfg(test)]
mod tests {
    use super::record;
    use crate::gate::by_hand::Gate;
    use lockgate_audit::{Log, LogKey, Settings};
    use lockgate_bytes::{Digest, Duration, Time};

    /// A refused start under a clock that is seventy years ahead: the lane goes on by its own time afterwards.
    #[test]
    fn a_refusal_never_moves_the_lanes_time() {
        let begun = Time::parse(b"2026-03-01T10:00:00Z").unwrap();
        let gate = Gate::new(begun);
        drop(gate.run());
        let key = || LogKey::from_secret("lockgate-test", &[7; 32]).unwrap();
        let latest =
            || Log::open(gate.disk("audit"), key(), Vec::new(), Settings::default()).unwrap().1.latest;
        let before = latest().expect("the log has a time");
        let ahead = before.plus(Duration::from_secs(70 * 365 * 86_400));
        let offered = Some((Digest([9; 32]), 2));
        let done =
            record(key(), gate.disk("audit"), "cot-down", Digest([2; 32]), offered, "not signed", ahead);
        assert_eq!((done, latest()), (Some(()), Some(before)), "on record, and the floor is where it was");
        let run = gate.run();
        let now = run.clock.now();
        assert!(before <= now && now < ahead, "the lane starts at {now}");
    }
}
