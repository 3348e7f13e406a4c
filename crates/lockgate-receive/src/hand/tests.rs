//! Two starts of a sender, heard by a far side that ends at every operation of its disk: each object lies in the folder or was
//! told lost, and none is both.

use super::Hand;
use crate::far::{Happened, Stop, Tell};
use crate::outlet::{Folder, Outlet, name};
use crate::testing::{CLASS, EPOCHS, OBJECTS, datagrams, link};
use lockgate_bytes::{Duration, Time};
use lockgate_diode::{Cause, Delivered, Event, Id, Lost, Note, Tally};
use lockgate_disk::{Breakage, Disk, SimDisk};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

/// What a far side told.
#[derive(Default)]
struct Told {
    lost: BTreeSet<Id>,
    closed: Vec<(u64, bool, Tally)>,
}

impl Tell for Told {
    fn settle(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn tell(&mut self, happened: &Happened<'_>) -> std::io::Result<()> {
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
    let (mut receiver, journal, newest) = match link().receiver(shared, &there, false) {
        Ok(all) => all,
        // It may end while it starts, but never be left unable to.
        Err(says) => {
            assert!(!is_last, "{says}");
            return 0;
        }
    };
    // Told to stop, it does not wait for a disk that fails.
    let stop = Stop::default();
    stop.stop();
    let mut hand = Hand::new(Some(journal), Box::new(folder), newest, false, stop);
    let mut events = Vec::new();
    for (count, (now, datagram)) in datagrams.iter().enumerate() {
        receiver.receive(datagram, *now, &mut events);
        receiver.tick(*now, &mut events);
        for event in events.drain(..) {
            if hand.act(&event, told).is_err() {
                return count + 1;
            }
        }
        let is_full = count % batch == batch - 1 || count + 1 == datagrams.len();
        if (is_full && hand.settle(told).is_err()) || hand.has_given_up {
            return count + 1;
        }
    }
    if !is_last {
        return datagrams.len();
    }
    receiver.tick(datagrams.last().unwrap().0.plus(Duration::from_secs(100)), &mut events);
    for event in events.drain(..) {
        hand.act(&event, told).unwrap();
    }
    hand.settle(told).unwrap();
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

/// A report on a disk that is full: what it cannot write it keeps.
#[derive(Default)]
struct Full {
    /// Attempts that fail once this is told.
    at: Option<u64>,
    fails: u32,
    kept: Vec<u64>,
    written: Vec<u64>,
}

impl Tell for Full {
    fn tell(&mut self, happened: &Happened<'_>) -> std::io::Result<()> {
        if let Happened::Event(Event::Lost(it)) = happened {
            self.kept.push(it.first);
            if self.at == Some(it.first) {
                self.fails = 2;
            }
        }
        self.settle()
    }

    fn settle(&mut self) -> std::io::Result<()> {
        if self.fails > 0 {
            self.fails -= 1;
            return Err(std::io::Error::from(std::io::ErrorKind::StorageFull));
        }
        self.written.append(&mut self.kept);
        Ok(())
    }
}

/// A loss is noted when the line that tells it is written: at the next start, where it never could be.
#[test]
fn a_loss_that_cannot_be_reported_is_not_noted() {
    let lost = |first| {
        Event::Lost(Lost {
            epoch: EPOCHS[0],
            class: CLASS,
            first,
            end: first + 1,
            cause: Cause::Unheard,
            named: None,
        })
    };
    let noted = |disk: &SimDisk| {
        let notes = disk.read("journal", 1 << 20).unwrap();
        let notes = notes.chunks(lockgate_diode::NOTE_BYTES);
        let firsts = notes.filter_map(|note| match Note::from_bytes(note.try_into().unwrap()).unwrap() {
            Note::Ended { first, .. } => Some(first),
            _ => None,
        });
        firsts.collect::<Vec<_>>()
    };
    for is_stopped in [false, true] {
        let disk = SimDisk::new(1);
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let folder = Folder::open(shared.clone(), "cot").unwrap();
        let (_, journal, newest) = link().receiver(shared, &[], false).unwrap();
        let stop = Stop::default();
        let mut hand = Hand::new(Some(journal), Box::new(folder), newest, false, stop.clone());
        let mut report = Full { at: Some(3), ..Full::default() };
        hand.act(&Event::Begun { epoch: EPOCHS[0] }, &mut report).unwrap();
        hand.act(&lost(1), &mut report).unwrap();
        if is_stopped {
            stop.stop();
        }
        hand.act(&lost(3), &mut report).unwrap();
        hand.act(&lost(5), &mut report).unwrap();
        hand.settle(&mut report).unwrap();
        let all = if is_stopped { vec![1] } else { vec![1, 3, 5] };
        assert_eq!(noted(&disk), all);
        assert!(all.iter().all(|first| report.written.contains(first)), "{:?}", report.written);
    }
}

/// Who takes what is delivered, and keeps it over starts; there is nobody for the first so many.
#[derive(Clone, Default)]
struct Somebody {
    got: Arc<Mutex<Vec<u64>>>,
    away: Arc<AtomicU32>,
}

impl Outlet for Somebody {
    fn deliver(&mut self, object: &Delivered) -> std::io::Result<()> {
        let away = self.away.load(Ordering::Relaxed);
        if away > 0 {
            self.away.store(away - 1, Ordering::Relaxed);
            return Err(std::io::Error::from(std::io::ErrorKind::NotConnected));
        }
        self.got.lock().unwrap().push(object.id.number);
        Ok(())
    }
}

/// A report of one thing; of two numbers the higher was sent later.
fn report(number: u64) -> Event {
    let id = Id { epoch: EPOCHS[0], class: CLASS, number };
    let sent = Time::from_unix_nanos(number as i64);
    Event::Delivered(Delivered { id, order: 9, sent, hash: [0; 32], bytes: vec![1], recovered: false })
}

/// A start on this disk that is given these reports, until the disk fails; what it said of them.
fn start(disk: &SimDisk, outlet: &Somebody, is_first: bool, numbers: &[u64]) -> Vec<&'static str> {
    let mut said = Vec::new();
    let Ok((_, journal, newest)) = link().receiver(Arc::new(disk.clone()), &[], true) else { return said };
    let stop = Stop::default();
    stop.stop();
    let mut hand = Hand::new(Some(journal), Box::new(outlet.clone()), newest, true, stop);
    let mut tell = |happened: &Happened<'_>| {
        said.push(match happened {
            Happened::Undelivered { .. } => "undelivered",
            Happened::Late { .. } => "late",
            Happened::Event(Event::Delivered(_)) => "delivered",
            _ => "other",
        });
    };
    let begun = is_first.then_some(Event::Begun { epoch: EPOCHS[0] });
    for event in begun.into_iter().chain(numbers.iter().map(|number| report(*number))) {
        if hand.act(&event, &mut tell).is_err() {
            return said;
        }
    }
    let _ = hand.settle(&mut tell);
    said
}

/// One that went to nobody holds back no older one, in this run or the next.
#[test]
fn only_what_was_delivered_makes_an_older_one_late() {
    let (disk, outlet) = (SimDisk::new(1), Somebody::default());
    outlet.away.store(1, Ordering::Relaxed);
    assert_eq!(start(&disk, &outlet, true, &[7, 5, 4]), ["other", "undelivered", "delivered", "late"]);
    outlet.away.store(1, Ordering::Relaxed);
    assert_eq!(start(&disk, &outlet, false, &[9]), ["undelivered"]);
    assert_eq!(start(&disk, &outlet, false, &[3, 6, 5]), ["late", "delivered", "late"]);
    assert_eq!(*outlet.got.lock().unwrap(), [5, 6]);
}

/// The order of things is told of one start of the sender; the next one names its things anew.
#[test]
fn with_a_start_of_the_sender_what_was_its_newest_goes_too() {
    let (disk, outlet) = (SimDisk::new(1), Somebody::default());
    assert_eq!(start(&disk, &outlet, true, &[7, 5]), ["other", "delivered", "late"]);
    let (_, journal, newest) = link().receiver(Arc::new(disk.clone()), &[], true).unwrap();
    let mut hand = Hand::new(Some(journal), Box::new(outlet), newest, true, Stop::default());
    assert!(hand.newest.of(9).is_some(), "the journal has it");
    let mut look = |_: &Happened<'_>| {};
    let [over, next] = EPOCHS;
    hand.act(&Event::Begun { epoch: next }, &mut look).unwrap();
    let closed = Event::Closed { epoch: over, exact: true, tally: Tally::default(), datagrams: [0; 3] };
    hand.act(&closed, &mut look).unwrap();
    hand.settle(&mut look).unwrap();
    assert!(hand.newest.of(9).is_none());
    drop(hand);
    let (_, _, newest) = link().receiver(Arc::new(disk.clone()), &[], true).unwrap();
    assert!(newest.of(9).is_none(), "nor does the journal bring it back");
}

/// Killed at any operation of its disk, between delivery and note too, it delivers no older report behind a newer one afterwards.
#[test]
fn wherever_it_ends_no_older_report_follows_a_newer_one() {
    let (mut end, mut delivered) = (1, 0);
    loop {
        let (disk, outlet) = (SimDisk::new(end), Somebody::default());
        (end..end + 1_000).for_each(|operation| disk.break_at(operation, Breakage::Broken));
        start(&disk, &outlet, true, &[2, 4]);
        let is_over = disk.operations() < end;
        disk.mend();
        let before = outlet.got.lock().unwrap().clone();
        start(&disk, &outlet, false, &[1, 3, 5]);
        let got = outlet.got.lock().unwrap().clone();
        assert!(got.is_sorted(), "operation {end}: {got:?}");
        assert_eq!(got.last(), Some(&5), "operation {end}");
        delivered += usize::from(before.len() == 2);
        if is_over {
            break;
        }
        end += 1;
    }
    assert!(end > 10 && delivered > 2, "only {end} operations, in {delivered} of which both had gone");
}
