//! A batch of decisions goes on record whole or not at all, and only what is on record is sealed.

use crate::event::{EVENT, event, now};
use crate::gate::{DOWN, Gate};
use lockgate::pipeline::{Passed, judge};
use lockgate_bytes::{Crossing, Digest, Frame, SealKey, Sealed};
use lockgate_core::{Account, Draft, JournalFault, Log, Scribe, Unopened, Verdict, Workspace, commit, draft};
use lockgate_reason::hold;

struct Words;

impl Scribe for Words {
    fn write(&mut self, account: &Account<'_>, page: &mut Vec<u8>) -> Result<(), JournalFault> {
        page.extend_from_slice(account.verdict().name().as_bytes());
        Ok(())
    }
}

/// A log that fails at its `fails_at`th call, and forgets the batch then.
struct Memory {
    pages: Vec<Vec<u8>>,
    durable: usize,
    calls: usize,
    fails_at: usize,
}

impl Memory {
    fn failing_at(fails_at: usize) -> Self {
        Self { pages: Vec::new(), durable: 0, calls: 0, fails_at }
    }

    fn call(&mut self) -> Result<(), JournalFault> {
        self.calls += 1;
        if self.calls == self.fails_at {
            self.pages.truncate(self.durable);
            return Err(JournalFault);
        }
        Ok(())
    }
}

impl Log for Memory {
    fn append(&mut self, page: &[u8]) -> Result<u64, JournalFault> {
        self.call()?;
        let entry = u64::try_from(self.pages.len()).map_err(|_| JournalFault)?;
        self.pages.push(page.to_vec());
        Ok(entry)
    }

    fn commit(&mut self, _batch: &[Draft]) -> Result<(), JournalFault> {
        self.call()?;
        self.durable = self.pages.len();
        Ok(())
    }
}

fn key() -> SealKey {
    SealKey::new([7; 32])
}

fn verdict(gate: &Gate, object: &str) -> Verdict {
    judged(gate, object.as_bytes())
}

fn judged(gate: &Gate, object: &[u8]) -> Verdict {
    let frame = Frame { bytes: object.to_vec(), source: gate.source.clone(), arrival: now(), sidecar: None };
    judge(frame, &gate.policy, now(), Box::new(Workspace::new()), &mut Unopened)
}

fn drafted(object: &str) -> Draft {
    draft(verdict(&DOWN, object), &mut Words, Vec::new(), &key()).expect("words are written").0
}

/// One of each verdict, and a release that is written anew.
fn batch() -> Vec<Draft> {
    let spaced = event(&[("<point ", "<point  ")]);
    let unlabelled = event(&[(crate::event::MARKING, "")]);
    let stale = event(&[("10:09:50Z", "10:04:59Z")]);
    [EVENT, &spaced, &unlabelled, &stale].map(drafted).into()
}

fn sealed(object: &str) -> Sealed {
    let mut passed = Vec::new();
    commit(&mut vec![drafted(object)], &mut Memory::failing_at(0), &mut passed).unwrap();
    match passed.pop() {
        Some(Passed::Release(token)) => token.seal(&key(), None).0,
        other => panic!("not released: {other:?}"),
    }
}

#[test]
fn a_batch_keeps_its_order_and_names_its_records() {
    let (mut drafts, mut passed, mut log) = (batch(), Vec::new(), Memory::failing_at(0));
    commit(&mut drafts, &mut log, &mut passed).unwrap();
    assert!(drafts.is_empty());
    assert_eq!(log.pages, [&b"release"[..], b"release", b"hold", b"refuse"]);
    let entries: Vec<(u64, bool)> = passed
        .iter()
        .map(|passed| match passed {
            Passed::Release(token) => (token.entry(), token.is_rewritten()),
            Passed::Hold(token) => (token.entry(), token.is_rewritten()),
            Passed::Refuse(token) => (token.entry(), token.is_rewritten()),
        })
        .collect();
    assert_eq!(entries, [(0, false), (1, true), (2, false), (3, false)]);
    let Some(Passed::Hold(held)) = passed.get(2) else { panic!("the third is held") };
    assert_eq!(held.bytes(), event(&[(crate::event::MARKING, "")]).as_bytes());
}

#[test]
fn a_log_that_fails_anywhere_leaves_the_whole_batch_off_the_record() {
    for fails_at in 1..=5 {
        let (mut drafts, mut passed, mut log) = (batch(), Vec::new(), Memory::failing_at(fails_at));
        assert_eq!(commit(&mut drafts, &mut log, &mut passed), Err(JournalFault));
        assert!(passed.is_empty() && log.pages.is_empty(), "nothing is on record, so nothing passed");
        assert_eq!(drafts.len(), 4, "and nothing is lost");
        commit(&mut drafts, &mut log, &mut passed).expect("it goes on record later");
        assert_eq!(passed.len(), 4);
    }
}

#[test]
fn what_waits_has_a_buffer_of_its_own() {
    let mut drafts = batch();
    let lent: Vec<bool> = drafts
        .iter_mut()
        .map(|draft| {
            let before = (draft.bytes().to_vec(), draft.sha256());
            let mut lent = false;
            let engines = draft.settle(|size| {
                lent = true;
                Vec::with_capacity(size)
            });
            assert_eq!(engines, before.0);
            assert!(!lent || (draft.bytes() == before.0 && draft.sha256() == before.1));
            lent
        })
        .collect();
    assert_eq!(lent, [true, true, true, false], "what is refused does not wait");
}

#[test]
fn what_is_sealed_is_what_was_released() {
    let as_it_is = sealed(EVENT);
    assert!(as_it_is.is_intact(&key()));
    assert_eq!(as_it_is.bytes, EVENT.as_bytes());
    let anew = sealed(&event(&[("<point ", "<point  ")]));
    assert_eq!(anew.bytes, EVENT.as_bytes(), "the canonical form");
    assert_eq!(anew.identity, Digest::of(EVENT.as_bytes()));
}

/// Writes what the link names the object by, and nothing else.
struct Name;

impl Scribe for Name {
    fn write(&mut self, account: &Account<'_>, page: &mut Vec<u8>) -> Result<(), JournalFault> {
        page.extend(account.crossing().iter().flat_map(|crossing| crossing.0));
        Ok(())
    }
}

/// One hash, of the released bytes, on record and under the seal; of what does not cross there is none, and none where
/// nothing on the way out goes by it.
#[test]
fn what_leaves_over_a_link_is_named_in_its_record_and_under_its_seal_alike() {
    let link = SealKey::for_link([7; 32]);
    let spaced = event(&[("<point ", "<point  ")]);
    for object in [EVENT, &spaced] {
        let drafted = draft(verdict(&DOWN, object), &mut Name, Vec::new(), &link).unwrap().0;
        let mut passed = Vec::new();
        commit(&mut vec![drafted], &mut Memory::failing_at(0), &mut passed).unwrap();
        let Some(Passed::Release(token)) = passed.pop() else { panic!("not released") };
        let recorded = token.page().to_vec();
        let sealed = token.seal(&link, None).0;
        assert_eq!(sealed.crossing, Some(Crossing::of(EVENT.as_bytes())), "of the bytes that leave");
        assert_eq!(recorded, sealed.crossing.unwrap().0);
        assert!(sealed.is_intact(&link) && !sealed.is_intact(&key()));
    }
    let unlabelled = event(&[(crate::event::MARKING, "")]);
    let held = draft(verdict(&DOWN, &unlabelled), &mut Name, Vec::new(), &link).unwrap().0;
    assert!(matches!(held, Draft::Hold(_)) && held.page().is_empty());
    let plain = draft(verdict(&DOWN, EVENT), &mut Name, Vec::new(), &key()).unwrap().0;
    assert!(plain.page().is_empty());
    assert_eq!(sealed(EVENT).crossing, None);
}

#[test]
fn newest_wins_goes_by_the_thing_and_its_time() {
    let order = |object: &str| sealed(object).order.expect("the lane asks for newest-wins");
    let first = order(EVENT);
    let later = order(&event(&[("time=\"2026-03-01T10:04:50Z\"", "time=\"2026-03-01T10:04:51Z\"")]));
    assert_eq!(first.key, later.key, "the same thing");
    assert!(later.at > first.at);
    assert_ne!(first.key, order(&event(&[("LG-0001", "LG-0002")])).key, "another thing");
    assert!(!first.lasting);
    let untimely = Gate::new("cot-down", &[("lanes/cot-down.kdl", " newest-wins=#true", "")]);
    let plain = draft(verdict(&untimely, EVENT), &mut Words, Vec::new(), &key()).unwrap().0;
    let mut passed = Vec::new();
    commit(&mut vec![plain], &mut Memory::failing_at(0), &mut passed).unwrap();
    let Some(Passed::Release(token)) = passed.pop() else { panic!("released") };
    assert_eq!(token.seal(&key(), None).0.order, None);
}

/// Of a packet of several parts with times, the one dwell and the packet's own numbers say what it is about.
#[test]
fn newest_wins_goes_by_the_dwell_of_a_packet() {
    let gate = Gate::new("gmti-down", &[]);
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/gmti-4607");
    let packet = std::fs::read(fixtures.join("release-dwell/input.bin")).unwrap();
    // Behind the mission segment of 44 bytes: the dwell's index and its time.
    let dwell = 32 + 44 + 5 + 8;
    let changed = |at: usize, by: u8| {
        let mut packet = packet.clone();
        packet[at] = packet[at].wrapping_add(by);
        packet
    };
    let order = |packet: &[u8]| {
        let drafted = draft(judged(&gate, packet), &mut Words, Vec::new(), &key()).unwrap().0;
        let mut passed = Vec::new();
        commit(&mut vec![drafted], &mut Memory::failing_at(0), &mut passed).unwrap();
        let Some(Passed::Release(token)) = passed.pop() else { panic!("released") };
        token.seal(&key(), None).0.order
    };
    let first = order(&packet).unwrap();
    assert_eq!(first.at.to_string(), "2026-03-01T10:00:00Z");
    let later = order(&changed(dwell + 10, 1)).unwrap();
    assert_eq!(first.key, later.key, "the same dwell");
    assert_eq!(later.at.to_string(), "2026-03-01T10:00:00.001Z");
    assert_ne!(first.key, order(&changed(dwell + 3, 1)).unwrap().key, "another dwell");
    assert_ne!(first.key, order(&changed(27, 1)).unwrap().key, "another mission");
    // A second dwell, or something without a time: nothing may push it out.
    let mut two = packet.clone();
    two.extend_from_slice(&packet[32 + 44..]);
    let size = u32::try_from(two.len()).unwrap().to_be_bytes();
    two[2..6].copy_from_slice(&size);
    assert_eq!(order(&two), None);
    let points = std::fs::read(fixtures.join("release-high-range-resolution/input.bin")).unwrap();
    assert_eq!(order(&points), None);
}

#[test]
fn emergencies_and_cancels_last() {
    let gate = Gate::new("cot-down", &[("agreements/rsocc.kdl", "covers ", "covers \"alert\" ")]);
    let alert = event(&[("a-f-G-U-C", "b-a-o-tbl")]);
    let drafted = draft(verdict(&gate, &alert), &mut Words, Vec::new(), &key()).unwrap().0;
    let mut passed = Vec::new();
    commit(&mut vec![drafted], &mut Memory::failing_at(0), &mut passed).unwrap();
    let Some(Passed::Release(token)) = passed.pop() else { panic!("released") };
    assert!(token.seal(&key(), None).0.order.is_some_and(|order| order.lasting));
}

#[test]
fn what_is_held_back_is_kept_as_it_arrived() {
    let spaced = event(&[("<point ", "<point  ")]);
    let Verdict::Release(token) = verdict(&DOWN, &spaced) else { panic!("released") };
    let held = Verdict::Hold(token.held_back(hold::CLOCK_NOT_TRUSTED));
    let codes: Vec<&str> = held.account().reasons().map(|reason| reason.code.id()).collect();
    assert_eq!(codes, ["LG-H003"]);
    assert!(held.account().released().is_none());
    let (draft, _) = draft(held, &mut Words, Vec::new(), &key()).unwrap();
    assert_eq!(draft.page(), b"hold");
    assert_eq!(draft.bytes(), spaced.as_bytes());
    assert_eq!(draft.sha256(), Digest::of(spaced.as_bytes()));
}
