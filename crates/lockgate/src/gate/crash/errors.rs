//! One write or one sync of a batch that fails with `EIO`, each in its turn, on a disk that is well otherwise. A failed sync may have lost
//! what it had to keep, and the next one succeeds all the same.

use super::model::Model;
use super::objects::{bundles, object};
use super::run::{Drop, Run};
use super::watch::Watch;
use super::world::{Files, Out, Way};
use lockgate_bytes::Time;
use lockgate_disk::{Breakage, Seed, SimDisk};
use std::collections::BTreeMap;

fn start(disk: &SimDisk, way: Way, watch: &Watch, out: &Out) -> Run {
    let drop = Drop { files: Files::Alone, pushes_back: true };
    Run::start(disk, way, watch, &bundles()[0], (out, drop, None)).unwrap_or_else(|why| panic!("{why}"))
}

fn left(disk: &SimDisk, out: &Out) -> usize {
    let in_folder = |name: &String| name.starts_with("out/") && !name.starts_with("out/.");
    disk.names().iter().filter(|name| in_folder(name)).count() + out.0.lock().unwrap().len()
}

/// Operation `at` of a batch fails. What the journal said of it, and whether there was such an operation.
fn fails_at(at: u64, seed: u64, way: Way) -> (Option<String>, bool) {
    let disk = SimDisk::new(seed);
    for folder in ["audit", "hold", "out", "drop/in", "desk/in"] {
        disk.plant(&format!("{folder}/.keep"), b"");
    }
    let watch = Watch::at(Time::parse(b"2026-03-01T10:05:00Z").unwrap().unix_nanos(), false);
    let out = Out::default();
    let mut run = start(&disk, way, &watch, &out);
    let mut chance = Seed::new(seed);
    let mut take = |run: &mut Run, numbers: std::ops::Range<u64>| {
        for number in numbers {
            run.datagram(object(&mut chance, number, watch.time()));
            run.decide(1);
        }
    };
    // What stands before it has its place, and its segment.
    take(&mut run, 0..5);
    while run.record(100).is_ok_and(|()| !run.journal.is_idle()) {}
    let before = left(&disk, &out);
    take(&mut run, 5..15);
    let begun = disk.operations();
    disk.break_at(begun + at, Breakage::Broken);
    let said = run.record(100).err();
    let is_met = disk.operations() >= begun + at;
    if said.is_some() {
        assert!(run.is_shut(), "the way out is open while something could not be recorded");
        run.send();
        assert_eq!(left(&disk, &out), before, "what is not on record has left");
    }
    disk.mend();
    for tries in 0.. {
        if run.record(100).is_ok() && run.journal.is_idle() {
            break;
        }
        assert!(tries < 20, "it does not go on by itself");
    }
    assert!(!run.is_shut());
    let (entries, _) = run.journal.parts.log.extent();
    let held = run.journal.parts.store.entries().len();
    run.send();
    drop(run);
    disk.crash();
    disk.reboot();
    // All that was said to be on record is there, and what left is on record.
    let model = Model::read(&disk.copy(1));
    assert!(model.entries() >= entries, "{} of {entries} entries are there", model.entries());
    model.fits_the_sink(&disk.copy(1), way, &out.0.lock().unwrap(), false);
    let run = start(&disk, way, &watch, &out);
    Model::read(&disk.copy(1)).is_what_the_journal_says(&run.journal);
    assert_eq!(run.journal.parts.store.entries().len(), held, "what was held is");
    (said, is_met)
}

#[test]
fn no_sync_that_failed_is_believed_later() {
    let (mut said, mut tried) = (BTreeMap::<String, u32>::new(), 0);
    for (seed, way) in (0..24).map(|seed| (seed, if seed % 3 == 0 { Way::Network } else { Way::Directory })) {
        let mut at = 1;
        loop {
            let (says, is_met) = std::panic::catch_unwind(|| fails_at(at, seed, way)).unwrap_or_else(|why| {
                eprintln!("operation {at} of seed {seed}, {way:?}");
                std::panic::resume_unwind(why)
            });
            if !is_met {
                break;
            }
            if let Some(says) = says {
                assert!(says.contains("os error 5"), "{says}");
                let what: String = says.chars().filter(|letter| !letter.is_ascii_digit()).collect();
                *said.entry(what).or_default() += 1;
            }
            at += 1;
        }
        assert!(at > 6, "only {at} operations");
        tried += at;
    }
    assert!(tried > 24 * 8, "only {tried} operations");
    // Each store, and each kind of call.
    for what in ["append", "sync", "hold: writing", "hold: syncing", "the output folder"] {
        assert!(said.keys().any(|says| says.contains(what)), "nothing failed with {what}: {said:?}");
    }
}
