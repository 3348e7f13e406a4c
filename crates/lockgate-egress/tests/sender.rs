//! Everything that egress decides, with a clock and a sink that do as they are told.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests compute freely, and stop where something is wrong"
)]

mod common;

use common::{FakeSink, all, ms, none, number, sealed, sealed_as, sender};
use lockgate_bytes::{Digest, Order, Precedence, Sealed, Time};
use lockgate_egress::{Bounds, EgressCounters, Obstacle, Outcome, Pace, Progress, Sender, Stall, Wake, What};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

fn says(outcome: &Outcome) -> (u64, &'static str) {
    let what = match &outcome.what {
        What::Sent => "sent",
        What::Recalled(_) => "recalled",
        other => other.code().expect("it has a reason").id(),
    };
    (outcome.entry, what)
}

/// Lets time run from one wake to the next, until `end` or until nothing waits.
fn run(sender: &mut Sender, sink: &mut FakeSink, from: Time, end: Time, out: &mut Vec<Outcome>) -> Time {
    let mut now = from;
    loop {
        match sender.round(now, sink, out) {
            Wake::Idle => return now,
            Wake::Now => {}
            Wake::At(time) if time > end => return end,
            Wake::At(time) => now = now.max(time),
        }
    }
}

#[test]
fn flash_waits_for_one_datagram_at_most_on_a_thin_link() {
    let mut sender = sender(Some(Pace::new(9_600)));
    let (mut sink, received) = FakeSink::new();
    let mut out = Vec::new();
    for entry in 0..20 {
        sender.accept(sealed(entry), ms(0), &mut out);
    }
    let now = run(&mut sender, &mut sink, ms(0), ms(2_000), &mut out);
    // 8,416 bits each: three begin within two seconds.
    assert_eq!(received.try_iter().map(|bytes| number(&bytes)).collect::<Vec<_>>(), [0, 1, 2]);
    sender.accept(sealed_as(99, |it| it.precedence = Precedence::Flash), now, &mut out);
    let wake = sender.round(now, &mut sink, &mut out);
    let Wake::At(free) = wake else { panic!("the link is busy: {wake:?}") };
    assert!(free <= ms(3 * 877), "{free}");
    run(&mut sender, &mut sink, now, ms(60_000), &mut out);
    let order: Vec<u64> = received.try_iter().map(|bytes| number(&bytes)).collect();
    assert_eq!(order, [99].into_iter().chain(3..20).collect::<Vec<_>>());
    let flash = out.iter().find(|outcome| outcome.entry == 99).expect("it was sent");
    assert!(flash.waited.nanos() <= 877_000_000, "{:?}", flash.waited);
}

/// A disk that takes five seconds: what left did so when the call came back, and the next attempt counts from there.
#[test]
fn what_left_behind_a_slow_disk_left_when_the_call_came_back() {
    let (mut sink, _received) = FakeSink::new();
    let took = std::time::Duration::from_secs(5);
    let stalls = [None, Some(Obstacle::Stalled(Stall::Disk))];
    for obstacle in stalls {
        sink.next = Box::new(move |_| Progress { sent: 1, took, obstacle, ..Progress::default() });
        let (mut sender, mut out) = (sender(None), Vec::new());
        sender.accept(sealed(1), ms(1_000), &mut out);
        sender.accept(sealed(2), ms(1_000), &mut out);
        let wake = sender.round(ms(2_000), &mut sink, &mut out);
        let [outcome] = out.as_slice() else { panic!("{out:?}") };
        assert_eq!((says(outcome), outcome.at), ((1, "sent"), ms(7_000)));
        assert_eq!(outcome.waited, ms(7_000).since(ms(1_000)));
        match wake {
            Wake::At(time) => assert!(obstacle.is_some() && time > ms(7_000) && time < ms(7_100), "{time}"),
            other => assert!(obstacle.is_none() && other == Wake::Now, "{other:?}"),
        }
    }
    // What a receiver may have already is sent when it is certain.
    let mut calls = 0;
    sink.next = Box::new(move |many| {
        calls += 1;
        let (sent, begun) = if calls == 1 { (0, many) } else { (many, 0) };
        Progress { sent, begun, took, ..Progress::default() }
    });
    let (mut sender, mut out) = (sender(None), Vec::new());
    sender.accept(sealed(3), ms(0), &mut out);
    sender.round(ms(1_000), &mut sink, &mut out);
    sender.round(ms(9_000), &mut sink, &mut out);
    assert_eq!(out.iter().map(|it| it.at).collect::<Vec<_>>(), [ms(14_000)]);
}

#[test]
fn a_thin_link_is_never_overrun() {
    let mut sender = sender(Some(Pace::new(64_000)));
    let (mut sink, received) = FakeSink::new();
    let mut out = Vec::new();
    for entry in 0..200 {
        sender.accept(sealed(entry), ms(0), &mut out);
    }
    run(&mut sender, &mut sink, ms(0), ms(10_000), &mut out);
    let sent = received.try_iter().count() as u64;
    // 640,000 bits in ten seconds, and the one that is under way.
    assert!((75..=77).contains(&sent), "{sent}");
    let counters = EgressCounters::default();
    sender.publish(&counters);
    assert_eq!(counters.wire_bytes(), sent * (1_024 + 28));
    assert_eq!(counters.class(Precedence::Routine).queued, 200 - sent);
    assert_eq!(counters.class(Precedence::Routine).oldest, Some(ms(0)));
}

#[test]
fn whatever_is_not_what_was_released_here_under_this_bundle_is_refused() {
    type Change = (&'static str, &'static str, fn(&mut Sealed));
    let changes: [Change; 7] = [
        ("tag", "LG-E001", |it| it.tag.0[5] ^= 1),
        ("bytes", "LG-E001", |it| it.bytes[100] ^= 1),
        ("bytes and hash", "LG-E001", |it| {
            it.bytes[100] ^= 1;
            it.identity = Digest::of(&it.bytes);
        }),
        ("precedence", "LG-E001", |it| it.precedence = Precedence::Override),
        ("time", "LG-E001", |it| it.not_after = ms(1_000_000)),
        ("lane", "LG-E002", |it| {
            it.lane = Arc::from("up");
            it.tag = common::key().tag(it);
        }),
        ("bundle", "LG-E003", |it| {
            it.bundle = Digest([2; 32]);
            it.tag = common::key().tag(it);
        }),
    ];
    for (what, code, change) in changes {
        let mut sender = sender(None);
        let (mut sink, received) = FakeSink::new();
        let mut altered = sealed(1);
        change(&mut altered);
        let mut out = Vec::new();
        sender.accept(altered, ms(0), &mut out);
        sender.accept(sealed(2), ms(0), &mut out);
        run(&mut sender, &mut sink, ms(0), ms(1), &mut out);
        out.sort_by_key(|outcome| outcome.entry);
        assert_eq!(out.iter().map(says).collect::<Vec<_>>(), [(1, code), (2, "sent")], "{what}");
        assert_eq!(received.try_iter().map(|bytes| number(&bytes)).collect::<Vec<_>>(), [2], "{what}");
        let counters = EgressCounters::default();
        sender.publish(&counters);
        let refused: u64 = Precedence::ALL.iter().map(|one| counters.class(*one).refused).sum();
        assert_eq!(refused, 1, "{what}");
    }
}

#[test]
fn a_forged_report_does_not_push_the_true_one_out() {
    let mut sender = sender(None);
    let order = |at| Some(Order { key: Digest([3; 32]), at: ms(at), lasting: false });
    let mut out = Vec::new();
    sender.accept(sealed_as(1, |it| it.order = order(1)), ms(0), &mut out);
    let mut forged = sealed_as(2, |it| it.order = order(1));
    forged.order = order(2);
    sender.accept(forged, ms(0), &mut out);
    assert_eq!(out.iter().map(says).collect::<Vec<_>>(), [(2, "LG-E001")]);
    assert_eq!(sender.queue().len(), 1);
}

#[test]
fn what_does_not_fit_the_sink_goes_to_hold_whole() {
    let mut sender = sender(None);
    let (mut sink, received) = FakeSink::new();
    sink.largest = 1_500;
    let mut out = Vec::new();
    sender.accept(sealed_as(1, |it| it.bytes = vec![0; 1_501]), ms(0), &mut out);
    sender.accept(sealed_as(2, |it| it.bytes = vec![0; 1_500]), ms(0), &mut out);
    run(&mut sender, &mut sink, ms(0), ms(1), &mut out);
    let What::Spilled(code, sealed) = &out[0].what else { panic!("{out:?}") };
    assert_eq!((code.id(), sealed.bytes.len(), out[1].entry), ("LG-E004", 1_501, 2));
    assert_eq!(received.try_iter().count(), 1);
    // And where the system says so, only the one that it speaks of.
    let mut first = true;
    sink.next =
        Box::new(move |many| if std::mem::take(&mut first) { none(Obstacle::TooLarge) } else { all(many) });
    out.clear();
    sender.accept(common::sealed(3), ms(1), &mut out);
    sender.accept(common::sealed(4), ms(1), &mut out);
    run(&mut sender, &mut sink, ms(1), ms(2), &mut out);
    assert_eq!(out.iter().map(says).collect::<Vec<_>>(), [(3, "LG-E004"), (4, "sent")]);
}

#[test]
fn a_stalled_sink_is_tried_again_until_the_objects_time_runs_out() {
    let mut sender = sender(None);
    let (mut sink, received) = FakeSink::new();
    sink.next = Box::new(|_| none(Obstacle::Stalled(Stall::Network)));
    let mut out = Vec::new();
    sender.accept(sealed_as(1, |it| it.not_after = ms(500)), ms(0), &mut out);
    sender.accept(sealed_as(2, |it| it.not_after = ms(5_000)), ms(0), &mut out);
    run(&mut sender, &mut sink, ms(0), ms(1_000), &mut out);
    assert_eq!(out.iter().map(says).collect::<Vec<_>>(), [(1, "LG-E006")]);
    assert_eq!(out[0].at, ms(500), "accounted when it happens");
    let counters = EgressCounters::default();
    sender.publish(&counters);
    assert_eq!(counters.stall(), Some(Stall::Network));
    // The link is back, and something urgent came meanwhile.
    sink.next = Box::new(all);
    sender.accept(sealed_as(3, |it| it.precedence = Precedence::Flash), ms(1_000), &mut out);
    run(&mut sender, &mut sink, ms(1_000), ms(2_000), &mut out);
    assert_eq!(received.try_iter().map(|bytes| number(&bytes)).collect::<Vec<_>>(), [3, 2]);
    sender.publish(&counters);
    assert_eq!(counters.stall(), None);
}

#[test]
fn a_stalled_sink_is_not_asked_all_the_time() {
    let mut sender = sender(None);
    let (mut sink, _received) = FakeSink::new();
    let (calls, called) = std::sync::mpsc::channel();
    let told = calls.clone();
    sink.next = Box::new(move |many| {
        told.send(many).expect("the test listens");
        none(Obstacle::Stalled(Stall::Buffers))
    });
    let mut out = Vec::new();
    for entry in 0..100 {
        sender.accept(sealed(entry), ms(0), &mut out);
    }
    run(&mut sender, &mut sink, ms(0), ms(1_000), &mut out);
    let asked: Vec<usize> = called.try_iter().collect();
    assert!((50..70).contains(&asked.len()), "{} calls in a second", asked.len());
    // Each is hashed before it is offered to the sink: one is enough to find out.
    assert!(asked[0] == 64 && asked[1..].iter().all(|many| *many == 1), "{asked:?}");
    sink.next = Box::new(move |many| {
        calls.send(many).expect("the test listens");
        all(many)
    });
    run(&mut sender, &mut sink, ms(1_000), ms(2_000), &mut out);
    assert_eq!(called.try_iter().collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 37]);
}

#[test]
fn a_new_bundle_calls_back_what_the_old_one_released() {
    let mut sender = sender(None);
    let (mut sink, received) = FakeSink::new();
    let newer = Digest([2; 32]);
    let mut out = Vec::new();
    for entry in 0..1_000 {
        sender.accept(sealed(entry), ms(0), &mut out);
    }
    sender.accept(sealed_as(1_000, |it| it.bundle = newer), ms(0), &mut out);
    sender.recall(Some(newer), ms(1), &mut out);
    assert_eq!(out.len(), 1_000);
    for (outcome, entry) in out.iter().zip(0..) {
        let What::Recalled(sealed) = &outcome.what else { panic!("{outcome:?}") };
        assert!(sealed.entry == entry && sealed.is_intact(&common::key()), "whole, to be decided again");
    }
    out.clear();
    // One more that was decided before is a fault.
    sender.accept(sealed(1_001), ms(2), &mut out);
    run(&mut sender, &mut sink, ms(2), ms(3), &mut out);
    out.sort_by_key(|outcome| outcome.entry);
    assert_eq!(out.iter().map(says).collect::<Vec<_>>(), [(1_000, "sent"), (1_001, "LG-E003")]);
    assert_eq!(received.try_iter().count(), 1);
}

#[derive(Clone, Debug)]
enum Step {
    Offer { rank: usize, key: u8, at: i64, ttl: i64, size: usize },
    Wait(i64),
    Recall,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let offer = (0_usize..6, 0_u8..6, 0_i64..40, 1_i64..60, 8_usize..3_000)
        .prop_map(|(rank, key, at, ttl, size)| Step::Offer { rank, key, at, ttl, size });
    let step = prop_oneof![12 => offer, 4 => (0_i64..8).prop_map(Step::Wait), 1 => Just(Step::Recall)];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    /// Whatever the sink does, every object ends in exactly one outcome, and what is sent is sent in time, once, and not
    /// before anything more urgent.
    #[test]
    fn every_object_ends_once(
        steps in steps(),
        whims in prop::collection::vec(0_u8..6, 32),
        pace in prop::option::of(100_000_u64..100_000_000),
    ) {
        let bounds = Bounds { objects: 20, bytes: 60_000, skew: lockgate_bytes::Duration::from_secs(5), at_once: usize::MAX };
        let mut sender = Sender::new(bounds, common::gate(), pace.map(Pace::new));
        let (mut sink, received) = FakeSink::new();
        let mut turn = 0_usize;
        sink.next = Box::new(move |many| {
            turn += 1;
            match whims[turn % whims.len()] {
                0 => Progress { sent: many / 2, unheard: 0, obstacle: Some(Obstacle::Stalled(Stall::Buffers)), ..Progress::default() },
                1 => Progress { sent: many - 1, unheard: 2, obstacle: Some(Obstacle::TooLarge), ..Progress::default() },
                2 => all(1),
                _ => all(many),
            }
        });
        let (mut now, mut offered, mut out) = (0_i64, 0_u64, Vec::new());
        let mut limits = Vec::new();
        for step in steps {
            match step {
                Step::Offer { rank, key, at, ttl, size } => {
                    limits.push(now + ttl);
                    sender.accept(sealed_as(offered, |it| {
                        it.bytes.resize(size, 1);
                        it.precedence = Precedence::ALL[rank];
                        it.not_after = ms(now + ttl);
                        let order = Order { key: Digest([key; 32]), at: ms(at), lasting: key == 5 };
                        it.order = (key > 1).then_some(order);
                    }), ms(now), &mut out);
                    offered += 1;
                }
                Step::Wait(by) => {
                    let to = now + by;
                    run(&mut sender, &mut sink, ms(now), ms(to), &mut out);
                    now = to;
                }
                Step::Recall => sender.recall(None, ms(now), &mut out),
            }
        }
        run(&mut sender, &mut sink, ms(now), ms(now + 1_000), &mut out);
        prop_assert!(sender.queue().is_empty());
        let ended: BTreeSet<u64> = out.iter().map(|outcome| outcome.entry).collect();
        prop_assert_eq!(ended.len(), out.len(), "none twice");
        prop_assert_eq!(ended, (0..offered).collect::<BTreeSet<_>>(), "none lost");
        let sent: Vec<&Outcome> = out.iter().filter(|it| matches!(it.what, What::Sent)).collect();
        for outcome in &sent {
            prop_assert!(outcome.at < ms(limits[outcome.entry as usize]), "sent in time");
        }
        let numbers: Vec<u64> = received.try_iter().map(|bytes| number(&bytes)).collect();
        prop_assert_eq!(numbers, sent.iter().map(|it| it.entry).collect::<Vec<_>>());
    }
}
