//! Two starts of a sender, heard by a far side that ends at every operation of its disk: each object lies in the folder or was
//! told lost, and none is both.

use super::Hand;
use crate::far::{Happened, Stop};
use crate::outlet::{Folder, Outlet, name};
use crate::testing::{CLASS, EPOCHS, OBJECTS, datagrams, link};
use lockgate_bytes::{Duration, Time};
use lockgate_diode::{Event, Id, Tally};
use lockgate_disk::{Breakage, Disk, SimDisk};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

/// What a far side told.
#[derive(Default)]
struct Told {
    lost: BTreeSet<Id>,
    closed: Vec<(u64, bool, Tally)>,
}

impl Told {
    fn hear(&mut self, happened: &Happened<'_>) -> io::Result<()> {
        match happened {
            Happened::Event(Event::Lost(it)) => {
                let ids = (it.first..it.end).map(|number| Id { epoch: it.epoch, class: it.class, number });
                self.lost.extend(ids);
            }
            Happened::Event(Event::Closed { epoch, exact, tally, .. }) => {
                self.closed.push((*epoch, *exact, *tally));
            }
            Happened::Event(Event::Alarm(alarm)) => panic!("{alarm:?}"),
            _ => {}
        }
        Ok(())
    }
}

/// A far side hears these until its disk fails; how many of them it was given. `batch`: what is made durable together.
/// `is_last`: time passes behind them until all is certain.
fn hear(
    disk: &SimDisk,
    datagrams: &[(Time, Vec<u8>)],
    batch: usize,
    is_last: bool,
    told: &mut Told,
) -> usize {
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let Ok(folder) = Folder::open(shared.clone(), "cot") else { return 0 };
    let Ok(there) = folder.there() else { return 0 };
    let (mut receiver, journal) = match link().receiver(shared, &there) {
        Ok(both) => both,
        // It may end while it starts, but never be left unable to.
        Err(says) => {
            assert!(!is_last, "{says}");
            return 0;
        }
    };
    // Told to stop, it does not wait for a disk that fails.
    let stop = Stop::default();
    stop.stop();
    let mut hand = Hand::new(Some(journal), Box::new(folder), false, stop);
    let mut events = Vec::new();
    for (count, (now, datagram)) in datagrams.iter().enumerate() {
        receiver.receive(datagram, *now, &mut events);
        receiver.tick(*now, &mut events);
        for event in events.drain(..) {
            if hand.act(&event, &mut |happened| told.hear(happened)).is_err() {
                return count + 1;
            }
        }
        let is_full = count % batch == batch - 1 || count + 1 == datagrams.len();
        if (is_full && hand.settle(&mut |happened| told.hear(happened)).is_err()) || hand.has_given_up {
            return count + 1;
        }
    }
    if !is_last {
        return datagrams.len();
    }
    receiver.tick(datagrams.last().unwrap().0.plus(Duration::from_secs(100)), &mut events);
    for event in events.drain(..) {
        hand.act(&event, &mut |happened| told.hear(happened)).unwrap();
    }
    hand.settle(&mut |happened| told.hear(happened)).unwrap();
    datagrams.len()
}

fn there(disk: &SimDisk) -> BTreeSet<String> {
    disk.names().into_iter().filter(|name| name.ends_with(".cot")).collect()
}

/// One end at operation `end`: of the power, or of the process alone. False where it came to no end.
fn ends_at(end: u64, is_power: bool, batch: usize, datagrams: &[(Time, Vec<u8>)]) -> bool {
    let what = format!("operation {end}, power {is_power}, batch {batch}");
    let disk = SimDisk::new(end);
    if is_power {
        disk.crash_at(end);
    } else {
        (end..end + 1_000).for_each(|operation| disk.break_at(operation, Breakage::Broken));
    }
    let mut told = Told::default();
    // The last word, said three times, is for the second run.
    let (first, _) = datagrams.split_at(datagrams.len() - 3);
    let heard = hear(&disk, first, batch, false, &mut told);
    let is_over = if is_power { disk.is_down() } else { disk.operations() >= end };
    if is_power {
        // Where it has not gone yet, it goes now.
        disk.reboot();
    }
    disk.mend();
    // What was under way when it ended was heard by nobody.
    let rest = &datagrams[heard..];
    assert_eq!(hear(&disk, rest, batch, true, &mut told), rest.len(), "{what}");
    let files = there(&disk);
    for (epoch, number) in EPOCHS.into_iter().flat_map(|epoch| (0..OBJECTS).map(move |it| (epoch, it))) {
        let id = Id { epoch, class: CLASS, number };
        let (lies, is_lost) = (files.contains(&format!("{}.cot", name(id))), told.lost.contains(&id));
        assert!(lies || is_lost, "{what}: {id:?} is nowhere");
        assert!(!(lies && is_lost), "{what}: {id:?} was told lost, and lies there");
    }
    assert_eq!(files.len() as u64 + told.lost.len() as u64, 2 * OBJECTS, "{what}");
    // The sums of the first epoch say the same.
    let of_first = files.iter().filter(|name| name.starts_with("0000000300000000")).count() as u64;
    let (_, exact, tally) = told.closed.iter().find(|(epoch, _, _)| *epoch == EPOCHS[0]).expect(&what);
    assert!(*exact, "{what}");
    assert_eq!((tally.delivered, tally.lost), (of_first, OBJECTS - of_first), "{what}");
    is_over
}

#[test]
fn wherever_it_ends_each_object_lies_in_the_folder_or_is_told_lost() {
    let datagrams = datagrams();
    for (batch, is_power) in [(1, true), (1, false), (4, true), (4, false), (100, true), (100, false)] {
        let mut end = 1;
        while ends_at(end, is_power, batch, &datagrams) {
            end += 1;
        }
        assert!(end > 40, "only {end} operations with batches of {batch}");
    }
}
