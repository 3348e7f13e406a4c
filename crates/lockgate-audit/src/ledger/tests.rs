use super::reviews::Reviewed;
use super::{Decided, Fact, Ledger, LedgerFault, Outcome, Taken, Waits};
use lockgate_attest::ReviewStep;
use lockgate_bytes::{Digest, Time};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn running() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.apply(0, &Fact::Start { epoch: 1, outstanding: 0, runs: None }).unwrap();
    ledger
}

fn decision(again: Option<u64>, is_rewritten: bool, decided: Decided) -> Fact<'static> {
    Fact::Decision { lane: "a", again, is_rewritten, decided, receipt: None }
}

fn befalls(ledger: &mut Ledger, entry: u64, outcome: Outcome) -> Result<(), LedgerFault> {
    ledger.apply(99, &Fact::Outcomes { lane: "a", outcomes: &[(outcome, vec![(entry, entry)])] })
}

#[test]
fn every_impossible_transition_is_a_named_fault() {
    let mut ledger = Ledger::default();
    assert_eq!(ledger.apply(0, &Fact::Stop), Err(LedgerFault::NotRunning));
    assert_eq!(
        ledger.apply(0, &Fact::Start { epoch: 2, outstanding: 0, runs: None }),
        Err(LedgerFault::Epoch { expected: 1, found: 2 })
    );
    let mut ledger = running();
    ledger.apply(1, &decision(None, false, Decided::Release)).unwrap();
    ledger.apply(2, &decision(None, true, Decided::Hold)).unwrap();
    ledger.apply(3, &decision(None, false, Decided::Refuse)).unwrap();
    let before = ledger.clone();
    assert_eq!(befalls(&mut ledger, 3, Outcome::Sent), Err(LedgerFault::NotWaiting(3)));
    assert_eq!(befalls(&mut ledger, 7, Outcome::Sent), Err(LedgerFault::NotWaiting(7)));
    assert_eq!(
        befalls(&mut ledger, 2, Outcome::Sent),
        Err(LedgerFault::WrongState(2, Waits::Held, Outcome::Sent))
    );
    assert_eq!(
        befalls(&mut ledger, 1, Outcome::Rejected),
        Err(LedgerFault::WrongState(1, Waits::Queued, Outcome::Rejected))
    );
    let twice = [(Outcome::Sent, vec![(1, 1)]), (Outcome::Expired, vec![(1, 1)])];
    assert_eq!(
        ledger.apply(9, &Fact::Outcomes { lane: "a", outcomes: &twice }),
        Err(LedgerFault::NotWaiting(1))
    );
    for ranges in [vec![(2, 1)], vec![(1, 3)], vec![(0, 1)], vec![(1, u64::MAX)]] {
        let outcomes = [(Outcome::Expired, ranges)];
        assert!(ledger.apply(9, &Fact::Outcomes { lane: "a", outcomes: &outcomes }).is_err());
    }
    assert_eq!(
        ledger.apply(9, &Fact::Outcomes { lane: "b", outcomes: &[(Outcome::Sent, vec![(1, 1)])] }),
        Err(LedgerFault::WrongLane(1))
    );
    assert_eq!(ledger.apply(9, &decision(Some(3), false, Decided::Refuse)), Err(LedgerFault::NotWaiting(3)));
    assert_eq!(ledger.lanes().next(), before.lanes().next(), "a fault moves nothing");
    befalls(&mut ledger, 1, Outcome::Sent).unwrap();
    assert_eq!(befalls(&mut ledger, 1, Outcome::Sent), Err(LedgerFault::NotWaiting(1)), "twice sent");
    ledger.apply(10, &Fact::Drops { listener: "l", dropped: 5 }).unwrap();
    assert_eq!(ledger.apply(11, &Fact::Drops { listener: "l", dropped: 4 }), Err(LedgerFault::Drops(5, 4)));
    assert_eq!(
        ledger.apply(12, &Fact::Start { epoch: 2, outstanding: 0, runs: None }),
        Err(LedgerFault::Disagrees("objects outstanding"))
    );
    ledger.apply(12, &Fact::Start { epoch: 2, outstanding: 1, runs: None }).unwrap();
    ledger.apply(13, &Fact::Drops { listener: "l", dropped: 1 }).unwrap();
    assert_eq!(ledger.drops().next(), Some(("l", 6)));
    assert!(ledger.is_balanced());
}

/// One object as a plain model sees it: a word for its state.
#[derive(Debug, Default)]
struct Model {
    objects: Vec<&'static str>,
    waiting: BTreeMap<u64, usize>,
    derived: u64,
}

impl Model {
    fn decide(&mut self, entry: u64, again: Option<u64>, is_rewritten: bool, decided: Decided) -> bool {
        let object = match again {
            None => {
                self.objects.push("new");
                self.objects.len() - 1
            }
            Some(former) => match self.waiting.remove(&former) {
                None => return false,
                Some(object) => object,
            },
        };
        let object = if is_rewritten {
            self.objects[object] = "replaced";
            self.derived += 1;
            self.objects.push("new");
            self.objects.len() - 1
        } else {
            object
        };
        self.objects[object] = match decided {
            Decided::Release => "queued",
            Decided::Hold => "held",
            Decided::Refuse => "refused",
        };
        if decided != Decided::Refuse {
            self.waiting.insert(entry, object);
        }
        true
    }

    fn settle(&mut self, entry: u64, outcome: Outcome) -> bool {
        let Some(&object) = self.waiting.get(&entry) else { return false };
        let next = match (self.objects[object], outcome) {
            ("queued", Outcome::Sent) => "sent",
            ("queued", Outcome::Superseded) => "superseded",
            ("queued", Outcome::Recalled) => "recalled",
            ("queued" | "recalled", Outcome::Spilled) => "held",
            ("queued" | "recalled", Outcome::Indeterminate) => "indeterminate",
            ("queued" | "recalled", Outcome::Refused) => "refused",
            (_, Outcome::Expired) => "expired",
            ("held", Outcome::Rejected) => "rejected",
            ("held", Outcome::Returned) => "returned",
            _ => return false,
        };
        self.objects[object] = next;
        if !matches!(next, "held" | "recalled") {
            self.waiting.remove(&entry);
        }
        true
    }

    fn count(&self, states: &[&str]) -> u64 {
        self.objects.iter().filter(|state| states.contains(state)).count() as u64
    }
}

proptest! {
    #[test]
    fn the_ledger_and_a_plain_model_agree(
        steps in prop::collection::vec((0_u8..4, any::<bool>(), any::<prop::sample::Index>(), 0_usize..Outcome::ALL.len()), 0..120),
    ) {
        let (mut ledger, mut model) = (running(), Model::default());
        for (number, (kind, flag, which, outcome)) in steps.into_iter().enumerate() {
            let entry = number as u64 + 1;
            let former = which.index(number + 2) as u64;
            let decided = [Decided::Release, Decided::Hold, Decided::Refuse][outcome % 3];
            let (took, expected) = match kind {
                0 | 1 => (ledger.apply(entry, &decision(None, flag, decided)), model.decide(entry, None, flag, decided)),
                2 => (
                    ledger.apply(entry, &decision(Some(former), flag, decided)),
                    model.decide(entry, Some(former), flag, decided),
                ),
                _ => {
                    let outcome = Outcome::ALL[outcome];
                    (befalls(&mut ledger, former, outcome), model.settle(former, outcome))
                }
            };
            prop_assert_eq!(took.is_ok(), expected, "{:?}", took);
            prop_assert!(ledger.is_balanced());
            let again = Ledger::from_snapshot(&ledger.snapshot()).unwrap();
            prop_assert_eq!(&again, &ledger);
        }
        if let Some((_, tally)) = ledger.lanes().next() {
            for (name, count) in &tally.named()[2..] {
                let states: &[&str] = if *name == "queued" { &["queued", "recalled"] } else { &[name] };
                prop_assert_eq!(*count, model.count(states), "{}", name);
            }
            prop_assert_eq!(tally.derived, model.derived);
            prop_assert_eq!(tally.received + tally.derived, model.objects.len() as u64);
        }
    }
}

#[test]
fn a_snapshot_has_as_many_parts_as_it_needs_and_none_may_lack() {
    let mut ledger = running();
    for entry in 0..100_000 {
        // Every second one waits, by turns here and there: no two of them stand side by side.
        let decided = [Decided::Hold, Decided::Refuse, Decided::Release, Decided::Refuse][entry % 4];
        ledger.apply(entry as u64 + 1, &decision(None, false, decided)).unwrap();
    }
    let parts = ledger.snapshot();
    assert_eq!(parts.len(), 6);
    assert_eq!(Ledger::from_snapshot(&parts).unwrap(), ledger);
    assert!(Ledger::from_snapshot(&parts[..4]).is_err());
    assert!(Ledger::from_snapshot(&parts[1..]).is_err());
    for turn in [0, u64::MAX] {
        for place in [0, 1] {
            let mut longer = parts.clone();
            longer[0].waiting[0].turns[place] = turn;
            assert!(Ledger::from_snapshot(&longer).is_err(), "{place} {turn}");
        }
    }
    let mut even = parts.clone();
    even[0].waiting[0].turns.push(1);
    assert_eq!(Ledger::from_snapshot(&even), Err(LedgerFault::Disagrees("turns")));
}

#[test]
fn a_snapshot_of_200_000_objects_that_wait_apart_fits_the_log() {
    let mut ledger = running();
    for entry in (1..=400_000).step_by(2) {
        // As far into a log as years take.
        ledger.apply(entry + 10_000_000_000, &decision(None, false, Decided::Hold)).unwrap();
    }
    let mut bytes = 0;
    let mut page = Vec::new();
    let mut read = Vec::new();
    for part in ledger.snapshot() {
        let event = crate::Event::Snapshot(lockgate_bytes::Time::from_unix_nanos(0), part);
        event.write(&mut page);
        assert!(page.len() <= crate::tile::ENTRY_MAX, "{}", page.len());
        bytes += page.len();
        let Ok(crate::Event::Snapshot(_, part)) = crate::Event::read(&page) else {
            panic!("it is a snapshot")
        };
        read.push(part);
    }
    assert!(bytes < 1 << 20, "{bytes}");
    assert_eq!(Ledger::from_snapshot(&read).unwrap(), ledger);
}

#[test]
fn a_step_of_the_clock_stays_until_somebody_confirms_it() {
    let mut ledger = running();
    ledger.apply(1, &Fact::Clock(Some(-7))).unwrap();
    assert_eq!(Ledger::from_snapshot(&ledger.snapshot()).unwrap().clock_step_ns(), Some(-7));
    ledger.apply(2, &Fact::Stop).unwrap();
    ledger.apply(3, &Fact::Start { epoch: 2, outstanding: 0, runs: None }).unwrap();
    assert_eq!(ledger.clock_step_ns(), Some(-7), "a restart confirms nothing");
    ledger.apply(4, &Fact::Clock(None)).unwrap();
    assert_eq!(ledger.clock_step_ns(), None);
}

#[test]
fn what_ran_and_what_was_taken_outlives_a_snapshot() {
    let mut ledger = Ledger::default();
    let (first, second) = (Digest([1; 32]), Digest([2; 32]));
    ledger.apply(0, &Fact::Start { epoch: 1, outstanding: 0, runs: Some((first, 7)) }).unwrap();
    assert_eq!((ledger.bundle(), ledger.revision()), (Some(first), 7));
    ledger.apply(1, &Fact::Runs(second, 9)).unwrap();
    ledger.apply(2, &Fact::Stop).unwrap();
    ledger.apply(3, &Fact::Start { epoch: 2, outstanding: 0, runs: None }).unwrap();
    assert_eq!((ledger.bundle(), ledger.revision()), (Some(second), 9), "a refused start runs nothing");
    let receipt = Some(Taken { run: 2, number: 1, bytes: 30 });
    let taken =
        Fact::Decision { lane: "a", again: None, is_rewritten: false, decided: Decided::Refuse, receipt };
    ledger.apply(4, &taken).unwrap();
    ledger.apply(5, &taken).unwrap();
    let parts = ledger.snapshot();
    let again = Ledger::from_snapshot(&parts).unwrap();
    assert_eq!(again, ledger);
    assert_eq!((again.bundle(), again.revision()), (Some(second), 9));
    assert_eq!(again.receipts().collect::<Vec<_>>(), [Taken { run: 2, number: 1, bytes: 30 }]);
    let mut twice = parts.clone();
    twice[0].receipts.push((2, 1, 1, 1));
    assert_eq!(Ledger::from_snapshot(&twice), Err(LedgerFault::Disagrees("receipts")));
}

fn says(step: ReviewStep, by: &'static str, nonce: u8, complete: bool) -> Fact<'static> {
    Fact::Review(Reviewed {
        at: Time::from_unix_nanos(0),
        lane: "a",
        object: Some(1),
        step: Some(step),
        by: Some(by),
        nonce: Some([nonce; 16]),
        until: Some(Time::from_unix_nanos(100)),
        complete,
        is_refused: false,
    })
}

#[test]
fn two_people_decide_each_behind_a_claim_and_a_restart_knows_it() {
    use ReviewStep::{Approve, Claim, Reject};
    let mut ledger = running();
    let not_waiting = ledger.apply(1, &says(Claim, "n", 1, false));
    assert_eq!(not_waiting, Err(LedgerFault::NotWaiting(1)));
    ledger.apply(1, &decision(None, false, Decided::Hold)).unwrap();
    let faulty = |ledger: &mut Ledger, fact: Fact<'_>| {
        let before = ledger.clone();
        let fault = ledger.apply(9, &fact).unwrap_err();
        assert_eq!(*ledger, before, "a fault moves nothing");
        assert!(matches!(fault, LedgerFault::Review(1, _)), "{fault}");
        fault.to_string()
    };
    faulty(&mut ledger, says(Approve, "n", 2, false));
    ledger.apply(2, &says(Claim, "n", 1, false)).unwrap();
    faulty(&mut ledger, says(Approve, "h", 2, false));
    faulty(&mut ledger, says(Reject, "h", 2, false));
    faulty(&mut ledger, says(Approve, "n", 1, false));
    ledger.apply(3, &says(Approve, "n", 3, false)).unwrap();
    faulty(&mut ledger, says(Approve, "n", 4, true));
    assert_eq!(ledger.approved().count(), 0);
    ledger.apply(4, &says(Claim, "h", 5, false)).unwrap();
    faulty(&mut ledger, says(Claim, "h", 6, true));
    ledger.apply(5, &says(Approve, "h", 6, true)).unwrap();
    assert_eq!(ledger.approved().collect::<Vec<_>>(), [1]);
    let again = Ledger::from_snapshot(&ledger.snapshot()).unwrap();
    assert_eq!(again, ledger);
    let marks: Vec<_> = again.marks(1).iter().map(|mark| (mark.entry, mark.step, &*mark.by)).collect();
    assert_eq!(
        marks,
        [(2, Some(Claim), "n"), (3, Some(Approve), "n"), (4, Some(Claim), "h"), (5, Some(Approve), "h")]
    );
    // What is released by it takes it along; what is held again is looked at anew.
    ledger.apply(6, &decision(Some(1), true, Decided::Release)).unwrap();
    assert_eq!((ledger.marks(1).len(), ledger.marks(6).len(), ledger.approved().count()), (0, 4, 0));
    befalls(&mut ledger, 6, Outcome::Spilled).unwrap();
    assert_eq!(ledger.approved().collect::<Vec<_>>(), [6]);
    ledger.apply(7, &decision(Some(6), false, Decided::Hold)).unwrap();
    assert!(ledger.marks(6).is_empty() && ledger.marks(7).is_empty() && ledger.is_balanced());
}

#[test]
fn whose_approval_has_ended_may_look_again() {
    use ReviewStep::{Approve, Claim};
    let mut ledger = running();
    ledger.apply(1, &decision(None, false, Decided::Hold)).unwrap();
    ledger.apply(2, &says(Claim, "n", 1, false)).unwrap();
    ledger.apply(3, &says(Approve, "n", 2, false)).unwrap();
    ledger.apply(4, &says(Claim, "n", 3, false)).unwrap();
    for (at, counts) in [(99, false), (100, true)] {
        let Fact::Review(mut anew) = says(Approve, "n", 4, false) else { panic!("a statement") };
        anew.at = Time::from_unix_nanos(at);
        anew.until = Some(Time::from_unix_nanos(200));
        assert_eq!(ledger.clone().apply(5, &Fact::Review(anew)).is_ok(), counts, "at {at}");
    }
}

#[test]
fn people_end_what_is_held_and_refused_statements_are_remembered() {
    for (step, outcome) in [(ReviewStep::Reject, "rejected"), (ReviewStep::Return, "returned")] {
        let mut ledger = running();
        ledger.apply(1, &decision(None, false, Decided::Hold)).unwrap();
        let Fact::Review(mut refused) = says(step, "n", 1, false) else { panic!("a statement") };
        refused.is_refused = true;
        ledger.apply(2, &Fact::Review(refused.clone())).unwrap();
        assert_eq!(ledger.marks(1)[0].step, None);
        ledger.apply(3, &says(ReviewStep::Claim, "n", 2, false)).unwrap();
        assert!(ledger.apply(4, &says(step, "n", 1, false)).is_err(), "what was refused never counts");
        ledger.apply(4, &says(step, "n", 3, false)).unwrap();
        let (_, tally) = ledger.lanes().next().unwrap();
        assert_eq!(tally.named().iter().find(|(name, _)| *name == outcome), Some(&(outcome, 1)));
        assert!(ledger.is_balanced() && ledger.marks(1).is_empty());
        // Of nobody, or of what does not wait any more: a line in the log, and nothing else.
        let before = ledger.clone();
        ledger.apply(5, &Fact::Review(refused)).unwrap();
        let nobody = Reviewed {
            at: Time::from_unix_nanos(0),
            lane: "a",
            object: None,
            step: None,
            by: None,
            nonce: None,
            until: None,
            complete: false,
            is_refused: true,
        };
        ledger.apply(6, &Fact::Review(nobody)).unwrap();
        assert_eq!(ledger, before);
    }
}

#[test]
fn many_statements_fit_the_log_and_each_object_has_few() {
    let mut ledger = running();
    let by = "a-reviewer-with-a-name-that-is-as-long-as-any-that-is-in-use";
    for object in 1..=200 {
        ledger.apply(object, &decision(None, false, Decided::Hold)).unwrap();
        for nonce in 0..3_u8 {
            let Fact::Review(mut fact) = says(ReviewStep::Claim, by, nonce, false) else { panic!() };
            fact.object = Some(object);
            ledger.apply(1000, &Fact::Review(fact)).unwrap();
        }
    }
    // One whose name is as long as a statement takes, and is written as six letters each.
    let long: &str = Box::leak("\u{1}".repeat(1024).into_boxed_str());
    for nonce in 0..60_u8 {
        let Fact::Review(mut fact) = says(ReviewStep::Claim, "n", 100 + nonce, false) else { panic!() };
        (fact.object, fact.by) = (Some(200), Some(long));
        ledger.apply(1001, &Fact::Review(fact)).unwrap();
    }
    let mut page = Vec::new();
    let parts = ledger.snapshot();
    assert!(parts.len() > 6);
    for part in parts.clone() {
        let event = crate::Event::Snapshot(Time::from_unix_nanos(0), part);
        event.write(&mut page);
        assert!(page.len() <= crate::tile::ENTRY_MAX, "{}", page.len());
        assert_eq!(crate::Event::read(&page), Ok(event));
    }
    assert_eq!(Ledger::from_snapshot(&parts).unwrap(), ledger);
    for nonce in 3..64 {
        ledger.apply(1000, &says(ReviewStep::Claim, "n", nonce, false)).unwrap();
    }
    assert!(ledger.apply(1000, &says(ReviewStep::Claim, "n", 64, false)).is_err());
    let mut stray = parts;
    stray.last_mut().unwrap().reviews[0].0 = 999;
    assert!(Ledger::from_snapshot(&stray).is_err());
}
