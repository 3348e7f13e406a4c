//! A start that was refused belongs on record too: that somebody offered a bundle that may not run.

use super::begin::first_entries;
use super::plan;
use lockgate_audit::{BundleChange, ClockState, Event, Log, LogKey, Settings, Start, Stop};
use lockgate_bytes::Digest;
use lockgate_core::ENGINE;
use lockgate_deployment::Deployment;
use lockgate_disk::RealDisk;
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
    record(key, disk, deployment, text, offered, why)
}

fn record(
    key: LogKey,
    disk: RealDisk,
    deployment: &Deployment,
    text: &[u8],
    offered: Option<(Digest, u64)>,
    why: &str,
) -> Option<()> {
    let public = key.trust().to_string();
    let (mut log, found) = Log::open(Arc::new(disk), key, Vec::new(), Settings::default()).ok()?;
    let mut ledger = found.ledger;
    let at = found.latest.map_or_else(crate::clock::now, |latest| latest.max(crate::clock::now()));
    let epoch = ledger.epoch().saturating_add(1);
    let lane = deployment.lane.as_str().to_owned();
    let first_line = why.lines().take(8).collect::<Vec<_>>().join("; ");
    let events = [
        Event::Start(Start {
            at,
            epoch,
            node: plan::node(),
            engine: ENGINE.to_owned(),
            bundle: Digest([0; 32]),
            revision: 0,
            lane: lane.clone(),
            config: Digest::of(text),
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
            refused: Some(first_line.chars().take(4096).collect()),
        }),
        Event::Stop(Stop { at, epoch, why: "the lane may not start".to_owned() }),
    ];
    first_entries(&mut log, &mut ledger, events.into_iter()).ok()?;
    log.checkpoint().ok()
}
