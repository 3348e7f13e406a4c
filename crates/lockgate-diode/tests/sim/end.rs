//! The end of a run, heard by a receiver that was away until then.

use crate::world::{SECRET, Shelf, at, bytes, millis, receiver, sender};
use lockgate_bytes::{Precedence, Time};
use lockgate_diode::{Body, Event, Limits, LinkKey, Lost, Object, Sender, Start, Step, Terms, open};

/// Lets time pass until the sender is quiet; what left, and when.
fn play(sender: &mut Sender, shelf: &mut Shelf, mut now: Time) -> (Time, Vec<(Time, Vec<u8>)>) {
    let (mut all, mut out) = (Vec::new(), Vec::new());
    while !(shelf.len() == 0 && sender.is_quiet()) {
        match sender.poll(now, shelf, &mut out) {
            Step::Datagram(_) => all.push((now, out.clone())),
            Step::At(wake) => now = wake,
        }
        assert!(now < at(600_000), "it is never quiet");
    }
    (now, all)
}

#[test]
fn each_of_the_last_manifests_says_all_to_whoever_was_away() {
    for (overlap, objects) in (0..=3).flat_map(|overlap| [(overlap, 300_u64), (overlap, 0)]) {
        let terms = Terms { overlap, rate: Some(2_000_000), ..Terms::new(7) };
        let mut it = sender(&terms, Start { epoch: 5 << 32, closing: None });
        let mut shelf = Shelf::default();
        for token in 0..objects {
            shelf.put(Precedence::Routine, Object::new(bytes(token, 700), at(1_000_000), token), &terms);
        }
        let (now, _) = play(&mut it, &mut shelf, at(0));
        it.end();
        let (_, last) = play(&mut it, &mut shelf, now);
        let is_manifest = |datagram: &[u8]| {
            let open = open(datagram, 7, &LinkKey::new(&SECRET)).unwrap();
            matches!(open.body().unwrap(), Body::Manifest(_))
        };
        let manifests: Vec<_> = last.iter().filter(|(_, it)| is_manifest(it)).collect();
        assert_eq!(manifests.len(), usize::from(overlap) + 1, "as often as everything is said");
        assert!(manifests[0].0.since(now).nanos() < 10_000_000, "the first one at once");
        for (when, manifest) in manifests {
            let mut events = Vec::new();
            let mut back = receiver(&terms, Limits::default(), &[]);
            back.receive(manifest, *when, &mut events);
            back.tick(when.plus(Limits::default().patience), &mut events);
            let lost: u64 = events
                .iter()
                .map(|event| if let Event::Lost(Lost { first, end, .. }) = event { end - first } else { 0 })
                .sum();
            assert_eq!(lost, objects, "overlap {overlap}: {events:?}");
        }
    }
}

#[test]
fn what_is_still_leaving_at_the_end_leaves_before_the_last_word() {
    let terms = Terms { rate: Some(200_000), ..Terms::new(7) };
    let mut it = sender(&terms, Start { epoch: 5 << 32, closing: None });
    let mut shelf = Shelf::default();
    for token in 0..40 {
        shelf.put(Precedence::Routine, Object::new(bytes(token, 700), at(1_000_000), token), &terms);
    }
    it.end();
    let (_, all) = play(&mut it, &mut shelf, at(0));
    let mut back = receiver(&terms, Limits::default(), &[]);
    let mut events = Vec::new();
    for (when, datagram) in &all {
        back.receive(datagram, *when, &mut events);
    }
    let delivered = events.iter().filter(|event| matches!(event, Event::Delivered(_))).count();
    assert_eq!(delivered, 40);
    let kinds: Vec<u8> = all.iter().rev().map(|(_, datagram)| datagram[1] >> 4).collect();
    let after = kinds.iter().position(|kind| (1..=3).contains(kind)).unwrap();
    assert_eq!(kinds[..after].iter().filter(|kind| **kind == 4).count(), 3, "{kinds:?}");
}

/// A link that is cut before its first heartbeat was heard is silent too, only later.
#[test]
fn a_silence_is_told_whatever_was_heard_before_it() {
    let terms = Terms { rate: Some(2_000_000), ..Terms::new(7) };
    let mut it = sender(&terms, Start { epoch: 5 << 32, closing: None });
    let mut shelf = Shelf::default();
    shelf.put(Precedence::Routine, Object::new(bytes(1, 700), at(1_000_000), 1), &terms);
    let (_, all) = play(&mut it, &mut shelf, at(0));
    let kind = |wanted: u8| all.iter().map(|(_, it)| it).find(|it| it[1] >> 4 == wanted).unwrap();
    for (heard, silent_after) in [(1, 196_605), (4, 196_605), (5, 3_000)] {
        let (mut back, mut events) = (receiver(&terms, Limits::default(), &[]), Vec::new());
        back.tick(at(0), &mut events);
        back.receive(kind(heard), at(1_000), &mut events);
        back.tick(at(1_000 + silent_after - 1), &mut events);
        assert!(!events.contains(&Event::Silent), "{heard}");
        back.tick(at(1_000 + silent_after), &mut events);
        assert_eq!(events.last(), Some(&Event::Silent), "{heard}");
        back.receive(kind(if heard == 1 { 5 } else { 1 }), at(300_000), &mut events);
        assert!(events.contains(&Event::Heard), "{heard}");
    }
}

/// Reports of one thing: once a newer one leaves, none before it is sent again, in whatever class and size they are.
#[test]
fn what_a_newer_report_replaces_is_not_sent_again() {
    for (first, second) in [(700, 700), (3_000, 700), (60_000, 700), (700, 60_000), (60_000, 60_000)] {
        for (class, order) in
            [(Precedence::Routine, 5), (Precedence::Flash, 5), (Precedence::Flash, 6), (Precedence::Flash, 0)]
        {
            let repeats = [1, 4, 9].map(lockgate_bytes::Duration::from_secs).to_vec();
            let repeat_from = Some(Precedence::Deferred);
            let terms = Terms { repeat_from, repeats, rate: Some(200_000), ..Terms::new(7) };
            let mut it = sender(&terms, Start { epoch: 5 << 32, closing: None });
            let mut shelf = Shelf::default();
            let put = |shelf: &mut Shelf, class, token, length, order| {
                let object = Object::new(bytes(token, length), at(1_000_000), token);
                shelf.put(class, Object { order, ..object }, &terms);
            };
            put(&mut shelf, Precedence::Routine, 1, first, if order == 0 { 0 } else { 5 });
            let (mut now, mut all, mut out, mut offered) = (at(0), Vec::new(), Vec::new(), false);
            while !(offered && shelf.len() == 0 && it.is_quiet()) {
                // In the middle of the first, or after its first repeat.
                if !offered && (all.len() > 20 || now > at(2_000)) {
                    put(&mut shelf, class, 2, second, order);
                    offered = true;
                }
                match it.poll(now, &mut shelf, &mut out) {
                    Step::Datagram(_) => all.push(out.clone()),
                    Step::At(wake) => now = wake,
                }
            }
            let mut times = [0; 2];
            for datagram in &all {
                let open = open(datagram, 7, &LinkKey::new(&SECRET)).unwrap();
                let hash = match open.body().unwrap() {
                    Body::Source(it) if it.part.index == 0 => it.part.hash,
                    Body::Block(it) if (it.block, it.index) == (0, 0) => it.hash,
                    _ => continue,
                };
                let is = |token, length| hash == *blake3::hash(&bytes(token, length)).as_bytes();
                times[0] += usize::from(is(1, first));
                times[1] += usize::from(is(2, second));
            }
            let replaced = order == 5;
            assert_eq!(times[1], 4, "{first} {second} {class:?} {order}: {times:?}");
            assert_eq!(times[0] < 4, replaced, "{first} {second} {class:?} {order}: {times:?}");
            assert_eq!(it.spent().unrepeated, u64::from(replaced));
        }
    }
}

/// Reports of one thing in two classes, the older one last: a review or a queue of a lower class kept it. The newer one is sent again as
/// often as ever, and the older one is not.
#[test]
fn an_older_report_takes_no_repeats_of_a_newer_one_away() {
    let sizes = [(700, 700), (3_000, 3_000), (60_000, 700), (700, 60_000), (60_000, 60_000)];
    for ((newer, older), is_higher) in sizes.into_iter().flat_map(|it| [(it, true), (it, false)]) {
        // Of one time the one that leaves later holds.
        for times in [[20, 10], [10, 10], [10, 20]] {
            let repeats = [1, 4, 9].map(lockgate_bytes::Duration::from_secs).to_vec();
            let repeat_from = Some(Precedence::Deferred);
            let terms = Terms { repeat_from, repeats, rate: Some(200_000), ..Terms::new(7) };
            let mut it = sender(&terms, Start { epoch: 5 << 32, closing: None });
            let mut shelf = Shelf::default();
            let object = |token, length, time| {
                let object = Object::new(bytes(token, length), at(1_000_000), token);
                Object { order: 5, at: at(time), ..object }
            };
            shelf.put(Precedence::Priority, object(1, newer, times[0]), &terms);
            let (mut now, mut counts, mut out, mut offered) = (at(0), [0; 2], Vec::new(), false);
            while !(offered && shelf.len() == 0 && it.is_quiet()) {
                if !offered && now > at(2_000) {
                    // Large ones are at their first repeat by then.
                    let class = if is_higher { Precedence::Flash } else { Precedence::Routine };
                    shelf.put(class, object(2, older, times[1]), &terms);
                    offered = true;
                }
                match it.poll(now, &mut shelf, &mut out) {
                    Step::Datagram(_) => {
                        let open = open(&out, 7, &LinkKey::new(&SECRET)).unwrap();
                        let hash = match open.body().unwrap() {
                            Body::Source(it) if it.part.index == 0 => it.part.hash,
                            Body::Block(it) if (it.block, it.index) == (0, 0) => it.hash,
                            _ => continue,
                        };
                        let is_second = hash == *blake3::hash(&bytes(2, older)).as_bytes();
                        counts[usize::from(is_second)] += 1;
                    }
                    Step::At(wake) => now = wake,
                }
            }
            let what = format!("{newer} {older} {is_higher} {times:?}: {counts:?}");
            if times[0] > times[1] {
                assert_eq!(counts, [4, 1], "{what}");
            } else {
                assert!(counts[0] < 4 && counts[1] == 4, "{what}");
            }
            assert_eq!(it.spent().unrepeated, 1, "{what}");
        }
    }
}

/// A sender that is busy with something else for 30 ms: as many datagrams leave within a second, all of one size.
#[test]
fn a_constant_stream_makes_up_for_a_stall() {
    let within = |stall: i64, objects: u64| {
        let terms = Terms { constant: true, rate: Some(8_000_000), ..Terms::new(7) };
        let mut it = sender(&terms, Start { epoch: 5 << 32, closing: None });
        let mut shelf = Shelf::default();
        for token in 0..objects {
            shelf.put(Precedence::Routine, Object::new(bytes(token, 700), at(1_000_000), token), &terms);
        }
        let (mut now, mut out, mut sent) = (at(0), Vec::new(), 0_usize);
        while now < at(1_000) {
            match it.poll(now, &mut shelf, &mut out) {
                Step::Datagram(_) => sent += 1,
                Step::At(wake) => now = wake,
            }
            assert_eq!(out.len(), terms.payload);
            if sent == 300 {
                (now, sent) = (now.plus(millis(stall)), sent + 1);
            }
        }
        sent
    };
    let usual = within(0, 0);
    assert!(usual > 690, "{usual}");
    assert_eq!([within(30, 0), within(30, 40), within(0, 40)], [usual; 3]);
    assert!(within(90, 0) < usual - 20, "not more than 50 ms of it");
}
