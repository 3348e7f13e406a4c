//! A start that was refused belongs on record too: that somebody offered a bundle that may not run.

use super::begin::{first_entries, open_log};
use super::plan;
use lockgate_audit::{
    BundleChange, ClockState, Event, LogKey, SecondFolder, SecondPlace, Settings, Start, Stop,
};
use lockgate_bytes::{Digest, Time};
use lockgate_core::ENGINE;
use lockgate_deployment::Deployment;
use lockgate_disk::{Disk, RealDisk};
use std::path::Path;
use std::sync::Arc;

/// Writes the refusal into the deployment's log, as a run of its own that decides nothing. Where that cannot be done (no
/// log yet, no key, a lane that runs on it, or a log that is not the one whose checkpoint a second place has), the operator has
/// the message all the same.
pub(crate) fn put_on_record(
    deployment: &Deployment,
    text: &[u8],
    offered: Option<(Digest, u64)>,
    why: &str,
) -> Option<()> {
    let key = plan::log_key(&deployment.name, Path::new(deployment.audit.key.as_str())).ok()?;
    let disk = RealDisk::at(Path::new(deployment.audit.path.as_str())).ok()?;
    let mut second: Vec<Box<dyn SecondPlace>> = Vec::new();
    if let Some(path) = &deployment.audit.checkpoints {
        let disk = RealDisk::at(Path::new(path.as_str())).ok()?;
        second.push(Box::new(SecondFolder::new(Arc::new(disk), path.as_str())));
    }
    let refusal = Refusal {
        lane: deployment.lane.as_str(),
        config: Digest::of(text),
        offered,
        why,
        now: crate::clock::now(),
    };
    record(key, Arc::new(disk), second, &refusal)
}

/// What is put on record.
struct Refusal<'a> {
    lane: &'a str,
    /// SHA-256 of the configuration.
    config: Digest,
    /// The bundle that was offered and its revision, as far as it could be read.
    offered: Option<(Digest, u64)>,
    why: &'a str,
    /// By the machine's clock.
    now: Time,
}

/// With the second places: an old log that was put back is not written to, nor signed.
fn record(
    key: LogKey,
    disk: Arc<dyn Disk>,
    second: Vec<Box<dyn SecondPlace>>,
    refusal: &Refusal<'_>,
) -> Option<()> {
    let Refusal { lane, config, offered, why, now } = *refusal;
    let public = key.trust().to_string();
    let (mut log, found) = open_log(disk, key, second, Settings::default()).ok()?;
    let mut ledger = found.ledger;
    // The last time of a log is the floor of the lane's time, for good. A machine whose clock is ahead does not move it by
    // a run that is refused: its time is told in words. Where the log has no time yet, it is one that binds nobody.
    let at = found.latest.unwrap_or(Time::from_unix_nanos(0));
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
    use super::{Refusal, record};
    use crate::gate::by_hand::Gate;
    use lockgate_audit::{Log, LogKey, SecondFolder, SecondPlace, Settings};
    use lockgate_bytes::{Digest, Duration, Time};
    use std::collections::BTreeMap;
    use std::path::Path;

    fn key() -> LogKey {
        LogKey::from_secret("lockgate-test", &[7; 32]).unwrap()
    }

    fn refusal(now: Time) -> Refusal<'static> {
        let offered = Some((Digest([9; 32]), 2));
        Refusal { lane: "cot-down", config: Digest([2; 32]), offered, why: "not signed", now }
    }

    fn begun() -> Time {
        Time::parse(b"2026-03-01T10:00:00Z").unwrap()
    }

    fn latest(gate: &Gate) -> Option<Time> {
        Log::open(gate.disk("audit"), key(), Vec::new(), Settings::default()).unwrap().1.latest
    }

    /// A refused start under a clock that is seventy years ahead: the lane goes on by its own time afterwards.
    #[test]
    fn a_refusal_never_moves_the_lanes_time() {
        let gate = Gate::new(begun());
        drop(gate.run());
        let before = latest(&gate).expect("the log has a time");
        let ahead = before.plus(Duration::from_secs(70 * 365 * 86_400));
        let done = record(key(), gate.disk("audit"), Vec::new(), &refusal(ahead));
        assert_eq!(
            (done, latest(&gate)),
            (Some(()), Some(before)),
            "on record, and the floor is where it was"
        );
        let run = gate.run();
        let now = run.clock.now();
        assert!(before <= now && now < ahead, "the lane starts at {now}");
    }

    /// The first start of a machine whose clock is seventy years ahead, and the next one, when it was set right.
    #[test]
    fn a_refusal_sets_no_time_where_the_log_has_none() {
        let gate = Gate::new(begun());
        let ahead = begun().plus(Duration::from_secs(70 * 365 * 86_400));
        assert_eq!(record(key(), gate.disk("audit"), Vec::new(), &refusal(ahead)), Some(()));
        assert_eq!(latest(&gate), Some(Time::from_unix_nanos(0)));
        let now = gate.run().clock.now();
        assert!(begun() <= now && now < ahead, "the lane starts at {now}");
    }

    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => all.extend(files(&path)),
                false => drop(all.insert(path.display().to_string(), std::fs::read(&path).unwrap())),
            }
        }
        all
    }

    /// An old copy of the log was put in place; the second place has a later checkpoint. What refuses the lane to start does
    /// not write to that copy either, and signs nothing of it.
    #[test]
    fn an_old_log_that_was_put_back_is_not_written_to_by_a_refusal() {
        let gate = Gate::new(begun());
        let second = || -> Vec<Box<dyn SecondPlace>> {
            vec![Box::new(SecondFolder::new(gate.disk("second"), "second"))]
        };
        assert_eq!(record(key(), gate.disk("audit"), second(), &refusal(begun())), Some(()));
        let (log, old) = (gate.folder.path().join("audit"), gate.folder.path().join("old"));
        let copied = std::process::Command::new("cp").arg("-r").arg(&log).arg(&old).status().unwrap();
        assert!(copied.success());
        assert_eq!(record(key(), gate.disk("audit"), second(), &refusal(begun())), Some(()));
        let before = files(&old);
        assert!(!before.is_empty());
        assert_eq!(record(key(), gate.disk("old"), second(), &refusal(begun())), None);
        assert_eq!(files(&old), before);
    }
}
