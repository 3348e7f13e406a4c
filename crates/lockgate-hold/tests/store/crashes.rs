//! The power goes at any operation: what was staged and recorded is there afterwards, byte for byte, and nothing else.

use crate::model::Lane;
use lockgate_disk::Disk as _;

/// What a lane does in one life.
const STEPS: usize = 10;

/// Operations of a whole life without a crash.
fn operations(mut lane: Lane, steps: usize) -> u64 {
    live(&mut lane, steps);
    lane.disk.operations()
}

/// One life: until its steps are done, or the power goes. True where it went.
fn live(lane: &mut Lane, steps: usize) -> bool {
    let mut done = lane.start().and_then(|mut store| (0..steps).try_for_each(|_| lane.step(&mut store)));
    if lane.disk.is_down() {
        assert!(done.is_err());
        return true;
    }
    // Without a crash nothing fails; a crash planned for later may still come.
    done = done.map_err(|fault| panic!("{fault}"));
    done.is_err()
}

#[test]
fn a_crash_at_every_operation_loses_nothing_and_invents_nothing() {
    let mut crashes = 0;
    for seed in 0..16 {
        for at in 1..=operations(Lane::new(seed), STEPS) {
            let mut lane = Lane::new(seed);
            lane.disk.crash_at(at);
            if live(&mut lane, STEPS) {
                crashes += 1;
            }
            lane.disk.reboot();
            // Every third time the power goes again while the store recovers.
            if at % 3 == 0 {
                let next = lane.disk.operations() + 1 + at % 7;
                lane.disk.crash_at(next);
                crashes += usize::from(live(&mut lane, 1));
                lane.disk.reboot();
            }
            assert!(!live(&mut lane, 3), "seed {seed}, crash at {at}");
        }
    }
    println!("{crashes} crashes");
    assert!(crashes >= 1000, "{crashes} crashes only");
}

/// A lane whose store is always nearly full, so that segments are emptied and removed all the time.
fn tight(seed: u64) -> Lane {
    Lane { quota: 26_000, ..Lane::new(seed) }
}

#[test]
fn a_crash_while_room_is_made_loses_nothing() {
    let mut full = 0;
    for seed in 1000..1003 {
        for at in (1..=operations(tight(seed), 60)).step_by(5) {
            let mut lane = tight(seed);
            lane.disk.crash_at(at);
            live(&mut lane, 60);
            full += lane.was_full;
            lane.disk.reboot();
            assert!(!live(&mut lane, 6), "seed {seed}, crash at {at}");
        }
    }
    assert!(full > 100, "the quota was reached {full} times only");
}

#[test]
fn many_lives_in_a_row_end_with_what_the_log_holds() {
    for seed in 100..130 {
        let mut lane = Lane::new(seed);
        for _ in 0..12 {
            let at = lane.disk.operations() + 1 + lane.seed.below(60);
            lane.disk.crash_at(at);
            if !live(&mut lane, STEPS) {
                // Killed without the power going: what was written is there, synced or not.
                lane.disk.reboot();
            }
            lane.disk.reboot();
        }
        assert!(!live(&mut lane, 0));
        // Nothing is left lying about: one index, and no half-made file.
        let names = lane.disk.list("", 1000).unwrap();
        assert_eq!(names.iter().filter(|entry| entry.name.starts_with("index-")).count(), 1, "{names:?}");
    }
}
