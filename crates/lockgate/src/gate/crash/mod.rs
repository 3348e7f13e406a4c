//! The crash harness: the parts of a lane as they are, on one disk in memory, driven by hand in an order that the seed
//! says. The power goes at a chosen operation of the disk; then the lane starts again on what is left.
//!
//! What is asserted is read from the log alone, see [`model`]. Where nothing is said, 1,250 seeds run, with some 3,000
//! crashes; `LOCKGATE_SEEDS` says how many are to run of each kind.

mod model;
mod objects;
mod people;
mod run;
mod world;

use world::{Fate, Files, Way, World};

/// How many seeds to run.
fn seeds(usual: u64) -> std::ops::Range<u64> {
    let asked = std::env::var("LOCKGATE_SEEDS").ok().and_then(|text| text.parse().ok());
    let from = std::env::var("LOCKGATE_SEED").ok().and_then(|text| text.parse().ok());
    match from {
        Some(from) => from..from + 1,
        None => 0..asked.unwrap_or(usual),
    }
}

/// Lives of one lane, by seed: several that end in a crash, then one that runs until nothing is left to do.
fn lives(seed: u64, way: Way, fate: Fate, files: Files) -> World {
    let mut world = World::new(seed, way, files);
    let crashes = 1 + seed % 4;
    for _ in 0..crashes {
        world.live(fate);
    }
    world.rest();
    world
}

fn all(usual: u64, way: Way, fate: Fate) {
    all_of(usual, way, fate, Files::Alone);
}

fn all_of(usual: u64, way: Way, fate: Fate, files: Files) {
    let mut told = model::Totals::default();
    for seed in seeds(usual) {
        let outcome = std::panic::catch_unwind(|| lives(seed, way, fate, files).totals());
        match outcome {
            Ok(totals) => told.add(&totals),
            Err(why) => {
                eprintln!("seed {seed}, {way:?}, {fate:?}, {files:?}: LOCKGATE_SEED={seed} runs it alone");
                std::panic::resume_unwind(why);
            }
        }
    }
    eprintln!("{way:?}, {fate:?}: {told:?}");
    // A harness that does nothing proves nothing; a few seeds cannot meet everything.
    if seeds(usual).count() >= 100 {
        match files {
            Files::Alone => told.is_worth_something(way),
            Files::Paired => told.has_met_pairs(),
        }
    }
}

#[test]
fn nothing_is_lost_or_doubled_by_crashes_before_a_directory() {
    all(500, Way::Directory, Fate::Crash);
}

#[test]
fn nothing_is_lost_or_doubled_by_crashes_before_a_network() {
    all(250, Way::Network, Fate::Crash);
}

#[test]
fn nothing_is_released_without_its_sidecar_by_crashes() {
    all_of(150, Way::Directory, Fate::Crash, Files::Paired);
    all_of(100, Way::Network, Fate::FaultThenCrash, Files::Paired);
}

#[test]
fn a_disk_that_fails_for_a_while_releases_nothing_and_loses_nothing() {
    all(125, Way::Directory, Fate::Fault);
    all(125, Way::Network, Fate::Fault);
}

#[test]
fn a_disk_that_fails_now_and_then_and_loses_power_loses_nothing() {
    all(250, Way::Directory, Fate::FaultThenCrash);
}
