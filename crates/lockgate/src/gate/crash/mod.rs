//! The crash harness: the parts of a lane as they are, on one disk in memory, driven by hand in an order that the seed
//! says. The power goes at a chosen operation of the disk; then the lane starts again on what is left.
//!
//! What is asserted is read from the log alone, see [`model`]. Where nothing is said, 1,250 seeds run, with some 3,000
//! crashes; `LOCKGATE_SEEDS` says how many are to run of each kind.

mod errors;
mod model;
mod objects;
mod people;
mod pictures;
mod run;
mod sub;
mod watch;
mod workers;
mod world;

use world::{Fate, Files, Objects, Way, World};

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
fn lives(seed: u64, way: Way, fate: Fate, handed_in: (Files, Objects)) -> World {
    let mut world = World::new(seed, way, handed_in);
    let crashes = 1 + seed % 4;
    for _ in 0..crashes {
        world.live(fate);
    }
    world.rest();
    world
}

fn all(usual: u64, way: Way, fate: Fate) {
    let told = all_of(usual, way, fate, (Files::Alone, Objects::Tracks));
    // A harness that does nothing proves nothing; a few seeds cannot meet everything.
    if seeds(usual).count() >= 100 {
        told.is_worth_something(way);
    }
}

fn all_of(usual: u64, way: Way, fate: Fate, handed_in: (Files, Objects)) -> model::Totals {
    let mut told = model::Totals::default();
    for seed in seeds(usual) {
        let outcome = std::panic::catch_unwind(|| lives(seed, way, fate, handed_in).totals());
        match outcome {
            Ok(totals) => told.add(&totals),
            Err(why) => {
                eprintln!(
                    "seed {seed}, {way:?}, {fate:?}, {handed_in:?}: LOCKGATE_SEED={seed} runs it alone"
                );
                std::panic::resume_unwind(why);
            }
        }
    }
    eprintln!("{way:?}, {fate:?}: {told:?}");
    told
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
    let paired = (Files::Paired, Objects::Tracks);
    let mut told = all_of(150, Way::Directory, Fate::Crash, paired);
    told.add(&all_of(100, Way::Network, Fate::FaultThenCrash, paired));
    if seeds(100).count() >= 100 {
        told.has_met_pairs();
    }
}

/// Workers, their line, statements about what they built anew, and what is kept of that while it is queued.
#[test]
fn nothing_that_workers_look_into_is_lost_or_doubled_or_leaves_itself() {
    let pictures = |usual, way, fate, files| all_of(usual, way, fate, (files, Objects::Pictures));
    let mut told = pictures(14, Way::Directory, Fate::Crash, Files::Alone);
    told.add(&pictures(7, Way::Directory, Fate::FaultThenCrash, Files::Paired));
    told.add(&pictures(7, Way::Network, Fate::FaultThenCrash, Files::Alone));
    eprintln!("{:?}", told.met);
    if seeds(7).count() >= 7 {
        told.met.is_worth_something();
    }
}

#[test]
fn a_disk_that_fails_for_a_while_releases_nothing_and_loses_nothing() {
    all(125, Way::Directory, Fate::Fault);
    all(125, Way::Network, Fate::Fault);
}

/// A log, a held store, a folder and a desk of which something cannot be read this time: nothing is taken for gone because of that.
#[test]
fn what_cannot_be_read_now_and_then_is_not_taken_for_gone() {
    let tracks = (Files::Alone, Objects::Tracks);
    let mut told = all_of(125, Way::Directory, Fate::MisreadThenCrash, tracks);
    told.add(&all_of(60, Way::Network, Fate::MisreadThenCrash, (Files::Paired, Objects::Tracks)));
    told.add(&all_of(7, Way::Directory, Fate::MisreadThenCrash, (Files::Alone, Objects::Pictures)));
    if seeds(125).count() >= 100 {
        assert!(told.misread > 1_000 && told.troubles > 5, "{told:?}");
    }
}

#[test]
fn a_disk_that_fails_now_and_then_and_loses_power_loses_nothing() {
    all(250, Way::Directory, Fate::FaultThenCrash);
}
