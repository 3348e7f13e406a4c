//! Very many objects wait: what is written of them stays within what the log takes in one commit.

mod made;
mod unread;

use crate::gate::by_hand::{Gate, Run, noon};
use crate::gate::entry::{Again, Entry, Recalled, Reviewed};
use lockgate_attest::{KeyId, ReviewGrounds, ReviewStep, ReviewTerms, SecretKey, SignedReview};
use lockgate_audit::{Alarms, Decided, Drops, Event, Fact, Ledger, Outcome, Pushed, Review, Standing};
use lockgate_bytes::{Digest, Frame};
use lockgate_disk::{Breakage, SimDisk};
use lockgate_intake::Arrival;
use lockgate_intake::Mark;
use lockgate_watch::Sampler;
use std::collections::BTreeMap;

/// As many as make a snapshot due.
const ENTRIES: u64 = 200_000;

/// A run whose log is as long as makes a snapshot due.
fn long_run(gate: &Gate) -> Run {
    let mut run = gate.run();
    let mut page = Vec::new();
    for dropped in 0..ENTRIES {
        let at = run.clock.now();
        let (lane, listener) = ("cot-down".to_owned(), "udp-1".to_owned());
        Event::Drops(Drops { at, epoch: 1, lane, listener, dropped, lost: 0, alarms: 0, indeterminate: 0 })
            .write(&mut page);
        run.journal.parts.log.append(&page).unwrap();
        if dropped % 20_000 == 0 {
            run.journal.parts.log.commit().unwrap();
        }
    }
    run.journal.parts.log.commit().unwrap();
    run
}

/// Held and queued objects by turns, with one that is at its end between any two.
fn ledger(held: u64, queued: u64) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.apply(0, &Fact::Start { epoch: 1, outstanding: 0, runs: Some((Digest([1; 32]), 1)) }).unwrap();
    let decision = |decided| Fact::Decision {
        lane: "cot-down",
        again: None,
        is_rewritten: false,
        decided,
        receipt: None,
    };
    let first = 7_000_000_000;
    for number in 0..held {
        ledger.apply(first + number * 4, &decision(Decided::Hold)).unwrap();
    }
    for number in 0..queued {
        ledger.apply(first + number * 4 + 2, &decision(Decided::Release)).unwrap();
    }
    ledger
}

fn snapshots(gate: &Gate) -> usize {
    gate.log().iter().filter(|event| matches!(event, Event::Snapshot(..))).count()
}

#[test]
fn a_snapshot_of_200_000_held_apart_goes_on_record_and_so_does_what_comes_with_it() {
    let gate = Gate::new(noon());
    let mut run = long_run(&gate);
    run.journal.parts.ledger = ledger(200_000, 100_000);
    // Each of 100,000 ends stands alone, and a whole batch of decisions comes with them.
    let ends: Vec<u64> = (0..100_000).map(|number| 7_000_000_000 + number * 4 + 2).collect();
    let now = run.clock.now();
    run.journal.settle(BTreeMap::from([(Outcome::Sent, ends)]), now);
    let mut entries = Vec::new();
    while !run.journal.is_full(None) {
        run.track_into(&mut entries);
        entries.drain(..).for_each(|entry| run.journal.take(entry));
    }
    let mut commits = 0;
    while !run.journal.is_idle() {
        run.journal.record(run.clock.now(), &run.gauges).expect("the log takes it");
        commits += 1;
    }
    assert!((3..20).contains(&commits), "{commits}");
    assert!(run.journal.broken.is_none());
    let (_, tally) = run.journal.parts.ledger.lanes().next().unwrap();
    assert_eq!((tally.held, tally.sent), (200_000, 100_000));
    assert_eq!(tally.queued, u64::try_from(run.released()).unwrap());
    let parts = snapshots(&gate);
    assert!(parts > 10, "{parts}");
    run.track();
    assert_eq!(snapshots(&gate), parts, "one is enough for a while");
}

#[test]
fn that_files_can_be_opened_again_opens_no_way_out_while_nothing_can_be_recorded() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let valve = run.beside.shut.clone();
    let shut = || *valve.lock().unwrap();
    run.journal.broken = Some("the test says so".to_owned());
    let mut entries = Vec::new();
    run.track_into(&mut entries);
    entries.drain(..).for_each(|entry| run.journal.take(entry));
    assert!(run.journal.record(run.clock.now(), &run.gauges).is_err() && shut());
    run.journal.starve(true);
    run.journal.starve(false);
    assert!(shut(), "what is released now could not be put on record as sent");
    run.journal.broken = None;
    run.journal.record(run.clock.now(), &run.gauges).unwrap();
    assert!(!shut() && run.released() == 1);
}

#[test]
fn a_snapshot_that_is_too_large_is_left_out_and_nothing_stops() {
    let gate = Gate::new(noon());
    let mut run = long_run(&gate);
    run.journal.parts.ledger = ledger(1_700_000, 0);
    for _ in 0..3 {
        run.track();
    }
    assert_eq!((run.released(), snapshots(&gate)), (3, 0));
    run.journal.parts.ledger = ledger(10, 0);
    run.journal.no_snapshot_below = 0;
    run.track();
    assert_eq!(snapshots(&gate), 1, "as soon as it fits, it is there");
}

#[test]
fn a_mark_comes_back_when_all_before_it_is_on_record_and_no_sooner() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let marks = |run: &Run| run.beside.marks.lock().unwrap().clone();
    let mark = |ended| Mark { listener: 0, ended };
    run.journal.take(Entry::Mark(mark(1)));
    assert_eq!(marks(&run), [mark(1)], "nothing stands before it");
    let mut entries = Vec::new();
    run.track_into(&mut entries);
    entries.into_iter().for_each(|entry| run.journal.take(entry));
    run.journal.take(Entry::Mark(mark(2)));
    run.journal.take(Entry::Mark(mark(3)));
    assert_eq!(marks(&run), [mark(1)]);
    run.journal.record(run.clock.now(), &run.gauges).unwrap();
    assert_eq!(marks(&run), [1, 2, 3].map(mark));
    assert!(gate.log().iter().any(|event| matches!(event, Event::Decision(_))));
}

/// A folder full of other things hides no statement.
#[test]
fn statements_among_thousands_of_foreign_files_are_found() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let folder = gate.folder.path().join("review/in");
    std::fs::create_dir_all(&folder).unwrap();
    for number in 0..2_000 {
        std::fs::write(folder.join(format!("note-{number}.txt")), b"").unwrap();
    }
    let papers: Vec<_> = (0..5).map(|number| folder.join(format!("{number}.review"))).collect();
    papers.iter().for_each(|paper| std::fs::write(paper, b"no statement").unwrap());
    run.journal.look_for_statements(run.clock.now(), 1_000_000_000);
    run.journal.record(run.clock.now(), &run.gauges).unwrap();
    let left: Vec<_> = papers.iter().filter(|paper| paper.exists()).collect();
    assert!(left.is_empty(), "{left:?} were never read");
    // And such a folder is looked at less often.
    std::fs::write(&papers[0], b"no statement").unwrap();
    for (seconds, is_there) in [(2, true), (5, true), (6, false)] {
        run.journal.look_for_statements(run.clock.now(), seconds * 1_000_000_000);
        run.journal.record(run.clock.now(), &run.gauges).unwrap();
        assert_eq!(papers[0].exists(), is_there, "after {seconds} s");
    }
}

/// Holds one object, and says under which entry.
fn hold_one(run: &mut Run) -> u64 {
    let bytes = include_bytes!("../../../../../fixtures/cot-event/hold-unlabelled/input.xml").to_vec();
    let frame = Frame { bytes, source: "sensor-net".into(), arrival: run.clock.now(), sidecar: None };
    run.work(|engine, out| engine.arrival(Arrival::Frame(frame, None), out));
    let held = run.journal.parts.store.entries();
    held.last().expect("it is held").0
}

/// A claim of this object, as far as the journal looks at it.
fn claim(entry: u64, nonce: u8) -> Vec<u8> {
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n-----END PRIVATE KEY-----\n";
    let terms = ReviewTerms {
        step: ReviewStep::Claim,
        lane: "cot-down".to_owned(),
        destination: "rsocc-net".to_owned(),
        entry,
        input: Digest([0; 32]),
        output: None,
        findings: Digest([0; 32]),
        bundle: Digest([1; 32]),
        label_before: String::new(),
        label_after: String::new(),
        expires: noon().plus(lockgate_bytes::Duration::from_secs(3600)),
        nonce: [nonce; 16],
        reviewer: "a-first".to_owned(),
        key: KeyId(Digest([0; 32])),
        grounds: ReviewGrounds::ALL.into_iter().find(|grounds| grounds.are_for(ReviewStep::Claim)).unwrap(),
        text: String::new(),
    };
    SignedReview::sign(terms, &SecretKey::from_pem(pem.as_bytes().to_vec()).unwrap()).unwrap().to_bytes()
}

/// A run with a folder of statements whose reads are counted.
fn counted(gate: &Gate) -> (Run, SimDisk) {
    let (mut run, disk) = (gate.run(), SimDisk::new(1));
    run.journal.parts.statements = Some(std::sync::Arc::new(disk.clone()));
    (run, disk)
}

/// The thread that records has other things to do than to read the same files at every look.
#[test]
fn thousands_of_copies_of_one_statement_are_read_once_and_a_few_at_a_look() {
    let gate = Gate::new(noon());
    let (mut run, disk) = counted(&gate);
    let (copied, other) = (hold_one(&mut run), hold_one(&mut run));
    assert_ne!(copied, other);
    for number in 0..1_000 {
        disk.plant(&format!("in/a{number:04}.review"), &claim(copied, 1));
    }
    disk.plant("in/b.review", &claim(other, 2));
    let petitions = run.beside.petitions.clone();
    let mut read = Vec::new();
    for look in 1..40_u64 {
        let before = disk.reads();
        run.journal.look_for_statements(run.clock.now(), look * 10_000_000_000);
        read.push(disk.reads() - before);
    }
    assert!(read.iter().all(|read| *read <= 64), "{read:?}");
    assert_eq!(read.iter().sum::<u64>(), 1_001, "each once: {read:?}");
    let on_their_way: Vec<u64> = petitions.lock().unwrap().iter().map(|petition| petition.held).collect();
    assert_eq!(on_their_way, [copied, other], "those behind the copies have their turn");
    // The first of them is done with: of the others one has its turn, the first by name.
    let done = petitions.lock().unwrap().remove(0);
    run.journal.unheard(&done.paper, copied);
    let before = disk.reads();
    run.journal.look_for_statements(run.clock.now(), 500_000_000_000);
    assert!(disk.reads() - before <= 64);
    assert_eq!(petitions.lock().unwrap().last().map(|petition| petition.paper.clone()), Some(done.paper));
}

#[test]
fn a_line_of_statements_without_room_ends_the_look() {
    let gate = Gate::new(noon());
    let (mut run, disk) = counted(&gate);
    let held: Vec<u64> = (0..20).map(|_| hold_one(&mut run)).collect();
    for (number, entry) in held.iter().enumerate() {
        disk.plant(&format!("in/{number:02}.review"), &claim(*entry, 1));
    }
    *run.beside.is_full.lock().unwrap() = true;
    run.journal.look_for_statements(run.clock.now(), 1_000_000_000);
    assert_eq!(disk.reads(), 1, "nobody reads what there is no room for");
    *run.beside.is_full.lock().unwrap() = false;
    for look in 2..6_u64 {
        run.journal.look_for_statements(run.clock.now(), look * 1_000_000_000);
    }
    assert_eq!(run.beside.petitions.lock().unwrap().len(), 20);
}

/// What `status` says.
fn status(run: &Run) -> serde_json::Value {
    let status = run.gauges.look(&Sampler::default(), run.clock.now(), 0);
    serde_json::from_str(&status.json()).unwrap()
}

/// The detail of the alarm about statements, where it stands.
fn review_alarm(run: &Run) -> Option<String> {
    let status = status(run);
    let mut alarms = status["alarms"].as_array().unwrap().iter();
    let standing = alarms.find(|alarm| alarm["name"] == "review-failing")?;
    standing["detail"].as_str().map(str::to_owned)
}

/// Looks for statements, a second later each time: what the alarm of reviews says then.
fn looks() -> impl FnMut(&mut Run) -> Option<String> {
    let mut seconds = 0;
    move |run| {
        seconds += 1;
        run.journal.look_for_statements(run.clock.now(), seconds * 1_000_000_000);
        run.journal.record(run.clock.now(), &run.gauges).unwrap();
        review_alarm(run)
    }
}

/// Whoever has approved waits for an answer, and nobody else would know that it cannot come.
#[test]
fn a_folder_of_statements_that_cannot_be_used_stands_as_an_alarm() {
    let gate = Gate::new(noon());
    let (mut run, disk) = counted(&gate);
    let mut look = looks();
    let refused = || gate.log().iter().filter(|event| matches!(event, Event::Review(_))).count();
    assert!(look(&mut run).is_some_and(|detail| detail.starts_with("`in` cannot be listed: ")));
    disk.plant("in/1.review", b"no statement");
    assert_eq!((look(&mut run), refused()), (None, 1), "it is there, and what lies in it is taken up");
    assert!(disk.names().iter().all(|name| name != "in/1.review"), "{:?}", disk.names());
    // What is on record and cannot go is told, and never taken up twice.
    disk.plant("in/2.review", b"no statement");
    disk.break_now(Breakage::ReadOnly);
    assert_eq!((look(&mut run), refused()), (None, 2), "it is found out behind the record");
    for _ in 0..3 {
        let told = look(&mut run).is_some_and(|detail| detail.contains("on record cannot be removed: "));
        assert!(told && refused() == 2);
    }
    disk.mend();
    assert_eq!((look(&mut run), refused()), (None, 2));
    assert!(disk.names().iter().all(|name| name != "in/2.review"), "{:?}", disk.names());
    // The same name may come again.
    disk.plant("in/2.review", b"no statement");
    assert_eq!((look(&mut run), refused()), (None, 3));
    // Also while the one before could not be removed: it is another one, that nobody has looked at yet.
    disk.plant("in/3.review", b"no statement");
    disk.break_now(Breakage::ReadOnly);
    assert_eq!((look(&mut run), refused()), (None, 4));
    assert!(look(&mut run).is_some_and(|detail| detail.contains("on record cannot be removed: ")));
    disk.plant("in/3.review", b"no statement, and another one");
    disk.mend();
    assert_eq!((look(&mut run), refused()), (None, 5), "it went without a look");
}

/// The first of two waits for the second, and may wait in vain.
#[test]
fn an_approval_that_soon_ends_alone_is_told_of() {
    let gate = Gate::new(noon());
    let (mut run, disk) = counted(&gate);
    disk.plant("in/note.txt", b"");
    let entry = hold_one(&mut run);
    let now = run.clock.now();
    let until = now.plus(lockgate_bytes::Duration::from_secs(3600));
    for (step, nonce) in [(ReviewStep::Claim, 1), (ReviewStep::Approve, 2)] {
        let event = Review {
            at: now,
            epoch: 1,
            lane: "cot-down".to_owned(),
            object: Some(entry),
            step: Some(step),
            by: Some("a-first".to_owned()),
            nonce: Some([nonce; 16]),
            until: Some(until),
            complete: false,
            refused: None,
            sha256: Digest([nonce; 32]),
            statement: None,
        };
        run.journal.take(Entry::Review(Box::new(Reviewed { paper: format!("{nonce}.review"), event })));
        run.journal.record(now, &run.gauges).unwrap();
    }
    let mut told = |seconds: i64| {
        let then = now.plus(lockgate_bytes::Duration::from_secs(seconds));
        run.journal.look_for_statements(then, u64::try_from(seconds + 1).unwrap() * 1_000_000_000);
        let alarms = status(&run)["alarms"].clone();
        let standing = alarms.as_array().unwrap().iter().find(|alarm| alarm["name"] == "approval-ends");
        standing.map(|alarm| alarm["detail"].as_str().unwrap().to_owned())
    };
    assert_eq!(told(0), None);
    assert_eq!(told(2_699), None);
    assert_eq!(told(2_700), Some(format!("that of a-first for entry {entry}, at {until}")));
    assert!(told(3_599).is_some());
    assert_eq!(told(3_600), None, "it has ended, and nobody can do anything about it");
}

/// Egress never saw it: whoever compares what was released with what became of it finds it all the same.
#[test]
fn what_finds_no_room_on_its_way_to_egress_counts_as_spilled() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    run.track();
    assert_eq!((run.released(), &status(&run)["left"]["spilled"]), (1, &0.into()));
    *run.beside.is_choked.lock().unwrap() = true;
    run.track();
    let status = status(&run);
    assert_eq!((run.released(), &status["left"]["spilled"]), (1, &1.into()));
    let told =
        serde_json::json!({"stage": "egress", "verdict": "spilled", "reason": "LG-E005", "objects": 1});
    assert!(status["objects"].as_array().unwrap().contains(&told), "{}", status["objects"]);
    run.journal.record(run.clock.now(), &run.gauges).unwrap();
    assert_eq!(run.journal.parts.store.entries().len(), 1, "it is held");
}

/// What waits in hand holds the room that what waits in the store asks for: it goes first, or neither ever would.
#[test]
fn what_has_its_bytes_in_hand_waits_behind_nothing_in_the_store() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let held = hold_one(&mut run);
    let pool = run.journal.parts.common.pool.clone();
    let bytes = pool.lend_beyond(pool.limit_bytes());
    assert!(!pool.has_room());
    run.journal.decide_one_again(held);
    let frame = Frame { bytes, source: "sensor-net".into(), arrival: run.clock.now(), sidecar: None };
    let again = Again { former: 1, first: Some(1), held: false };
    run.journal.decide_again(Recalled { frame, again, parent: None, reviews: Vec::new(), beside: None });
    let told = |run: &Run| -> Vec<u64> {
        run.beside.again.lock().unwrap().iter().map(|recalled| recalled.again.former).collect()
    };
    run.journal.offer_again();
    assert_eq!(told(&run), [1]);
    let done = run.beside.again.lock().unwrap().pop().unwrap();
    pool.give_back(done.frame.bytes);
    run.journal.offer_again();
    assert_eq!(told(&run), [held]);
}

/// Who sees the last one go has to see nothing left.
#[test]
fn the_last_held_object_of_a_reason_leaves_none_on_the_gauges() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let entry = hold_one(&mut run);
    let reasons = |run: &mut Run| {
        let now = run.clock.now();
        run.journal.show(now, &run.gauges);
        let status = run.gauges.look(&lockgate_watch::Sampler::default(), now, 1).json();
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        status["held"].clone()
    };
    let held = reasons(&mut run);
    assert_eq!((&held["objects"], held["reasons"].as_array().map(Vec::len)), (&1.into(), Some(1)), "{held}");
    run.journal.parts.store.keep(entry);
    let held = reasons(&mut run);
    assert_eq!((&held["objects"], &held["kept"]), (&0.into(), &1.into()), "{held}");
    assert_eq!(held["reasons"], serde_json::json!([]), "{held}");
}

/// One push that failed is over with the next that does not; a place that hangs gets old, and is told by its age.
#[test]
fn the_alarm_of_the_second_place_ends_and_what_hangs_gets_old() {
    let gate = Gate::new(noon());
    let mut run = gate.run();
    let begun = run.clock.now();
    let standing = |entries, pushed: (u64, u64), away: Option<&str>| Standing {
        entries,
        signed: entries,
        tiles_waiting: 0,
        pushed: Some(Pushed { entries: pushed.0, times: pushed.1 }),
        free_bytes: None,
        alarms: Alarms { second_place: away.map(str::to_owned), ..Alarms::default() },
    };
    let mut shown = |after: u64, standing: &Standing| {
        let now = begun.plus(lockgate_bytes::Duration::from_secs(i64::try_from(after).unwrap()));
        run.journal.show_places(None, standing, now, &run.gauges);
        run.gauges.committed(standing.entries, 0, now);
        let status = run.gauges.look(&lockgate_watch::Sampler::default(), now, 1).json();
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        let alarms = status["alarms"].as_array().unwrap().clone();
        alarms.iter().any(|alarm| alarm["name"] == "checkpoint-not-pushed")
    };
    assert!(!shown(0, &standing(10, (10, 1), None)));
    assert!(shown(1, &standing(11, (10, 1), Some("away"))));
    assert!(!shown(2, &standing(11, (11, 2), None)), "it is over");
    // Nothing is written for an hour, and then something is.
    assert!(!shown(3600, &standing(11, (11, 2), None)));
    assert!(!shown(3601, &standing(12, (11, 2), None)));
    // From then on the place hangs.
    assert!(!shown(4400, &standing(13, (11, 2), None)));
    assert!(shown(4600, &standing(14, (11, 2), None)), "for 900 seconds it has had nothing");
    assert!(!shown(4601, &standing(15, (14, 3), None)), "it is back");
}
