//! A lane that only holds, with a log that never loses what was recorded: what the store is compared with.

use lockgate_bytes::{Digest, Precedence, Time};
use lockgate_disk::{Seed, SimDisk};
use lockgate_hold::{Content, Facts, Fault, FileStore, Key, Settings, Settled, Stage, StagedKey, Store};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

pub(crate) fn key() -> Key {
    let digits: String = (0_u8..32).map(|byte| format!("{byte:02x}")).collect();
    Key::parse(digits.as_bytes()).unwrap()
}

pub(crate) fn facts(draft: u64, code: &str) -> Facts {
    Facts {
        epoch: 1,
        draft,
        lane: "cot-down".into(),
        source: "feed".into(),
        type_id: Some("cot-event@2.0".into()),
        category: Some("ground-track".into()),
        codes: vec![code.into(), "LG-R001".into()],
        label: Some("MISSION RESTRICTED Releasable To AUT".into()),
        arrival: Time::from_unix_nanos(1_700_000_000_000_000_000 + i64::try_from(draft).unwrap()),
        decided: Time::from_unix_nanos(1_700_000_000_100_000_000 + i64::try_from(draft).unwrap()),
        not_after: None,
        route: "fast".into(),
        precedence: Precedence::Routine,
    }
}

pub(crate) fn account(draft: u64) -> String {
    format!("{{\"draft\":{draft},\"verdict\":\"hold\"}}")
}

/// What came with an object: of every third something, that its bytes say.
pub(crate) fn beside(bytes: &[u8]) -> Option<Vec<u8>> {
    sha256(bytes).0[0].is_multiple_of(3).then(|| bytes.iter().rev().copied().chain(*b" label").collect())
}

/// What the log says of one object.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) key: StagedKey,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_held: bool,
}

/// The log: survives everything.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) records: Vec<Recorded>,
    drafts: u64,
}

pub(crate) struct Lane {
    pub(crate) disk: SimDisk,
    pub(crate) model: Model,
    pub(crate) seed: Seed,
    pub(crate) sealed: bool,
    pub(crate) quota: u64,
    /// How often the quota was reached.
    pub(crate) was_full: usize,
}

impl Lane {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Seed::new(seed);
        let sealed = random.one_in(2);
        Self {
            disk: SimDisk::new(seed),
            model: Model::default(),
            seed: random,
            sealed,
            quota: 1 << 20,
            was_full: 0,
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        // Small segments, so that rolling and giving back come up all the time.
        Settings { quota: self.quota, key: self.sealed.then(key), segment: 4096 }
    }

    /// Opens the store and settles it with the log, as a start does.
    pub(crate) fn start(&mut self) -> Result<FileStore, Fault> {
        let mut store = FileStore::open(Arc::new(self.disk.clone()), self.settings())?;
        let ids: BTreeMap<StagedKey, u64> =
            self.model.records.iter().zip(0..).map(|(record, entry)| (record.key, entry)).collect();
        let recovered = store.recover(&|key| Ok(ids.get(key).copied()))?;
        assert!(recovered.lost.is_empty(), "lost: {:?}", recovered.lost);
        assert_eq!(recovered.damaged, 0);
        for (entry, sha256) in store.entries() {
            // Nothing that was never recorded.
            let record = &self.model.records[usize::try_from(entry).unwrap()];
            assert_eq!(record.key.sha256, sha256);
            if !record.is_held {
                store.settle(entry, Settled::DecidedAgain)?;
            }
        }
        self.verify(&store)?;
        Ok(store)
    }

    /// The store holds exactly what the log holds, byte for byte, with its facts and its account.
    pub(crate) fn verify(&self, store: &FileStore) -> Result<(), Fault> {
        let held = self.model.records.iter().zip(0_u64..).filter(|(record, _)| record.is_held);
        let held: Vec<(u64, Digest)> = held.map(|(record, entry)| (entry, record.key.sha256)).collect();
        assert_eq!(store.entries(), held);
        for (entry, _) in &held {
            let record = &self.model.records[usize::try_from(*entry).unwrap()];
            assert!(store.get(*entry)? == record.bytes, "entry {entry} is not what was stored");
            assert_eq!(store.account(*entry)?, account(record.key.draft));
            assert_eq!(store.beside(*entry)?, beside(&record.bytes), "what lies beside entry {entry}");
        }
        let mut listed = BTreeMap::new();
        store.list(&mut |item| assert!(listed.insert(item.entry, item).is_none()))?;
        for (entry, item) in &listed {
            assert_eq!(store.origin(*entry), Some((&*item.facts.source, item.facts.arrival)));
        }
        assert_eq!(store.origin(u64::MAX), None);
        assert_eq!(
            listed.keys().copied().collect::<Vec<_>>(),
            held.iter().map(|(e, _)| *e).collect::<Vec<_>>()
        );
        for (entry, item) in listed {
            let record = &self.model.records[usize::try_from(entry).unwrap()];
            assert_eq!((item.sha256, item.size), (record.key.sha256, record.bytes.len() as u64));
            assert_eq!(item.facts, facts(record.key.draft, code(record.key.draft)));
        }
        let usage = store.usage();
        assert_eq!(usage.objects, held.len() as u64);
        assert_eq!(usage.by_reason.iter().map(|counted| counted.objects).sum::<u64>(), held.len() as u64);
        Ok(())
    }

    /// One thing that a lane does with its store.
    pub(crate) fn step(&mut self, store: &mut FileStore) -> Result<(), Fault> {
        match self.seed.below(8) {
            0..=4 => match self.hold(store) {
                // Nothing of it was stored, and nothing was recorded.
                Err(Fault::Full { .. }) => {
                    self.was_full += 1;
                    Ok(())
                }
                held => held,
            },
            5..=6 => self.settle(store),
            _ => self.verify(store),
        }
    }

    fn held(&mut self) -> Option<u64> {
        let held = self.model.records.iter().zip(0_u64..).filter(|(record, _)| record.is_held);
        let held: Vec<u64> = held.map(|(_, entry)| entry).collect();
        (!held.is_empty()).then(|| held[self.seed.index(held.len())])
    }

    fn settle(&mut self, store: &mut FileStore) -> Result<(), Fault> {
        let Some(entry) = self.held() else { return Ok(()) };
        // On record first.
        self.model.records[usize::try_from(entry).unwrap()].is_held = false;
        store.settle(entry, Settled::Released)
    }

    /// Stages a batch, records some or all of it, and commits or abandons.
    pub(crate) fn hold(&mut self, store: &mut FileStore) -> Result<(), Fault> {
        let former = if self.seed.one_in(4) { self.held() } else { None };
        let count = if former.is_some() { 1 } else { 1 + self.seed.index(4) };
        let mut batch = Vec::new();
        for _ in 0..count {
            let size = if self.seed.one_in(5) { self.seed.index(3000) } else { self.seed.index(200) };
            let mut bytes: Vec<u8> = (0..size).map(|_| self.seed.draw().to_be_bytes()[0]).collect();
            if let Some(former) = former {
                bytes.clone_from(&self.model.records[usize::try_from(former).unwrap()].bytes);
            }
            self.model.drafts += 1;
            let draft = self.model.drafts;
            let beside = beside(&bytes);
            batch.push((bytes, facts(draft, code(draft)), account(draft), beside));
        }
        let stages: Vec<Stage<'_>> = batch
            .iter()
            .map(|(bytes, facts, account, beside)| Stage {
                sha256: sha256(bytes),
                content: former.map_or_else(|| new(bytes, beside.as_deref()), Content::Kept),
                facts,
                account,
            })
            .collect();
        let staged = store.stage(&stages)?;
        if self.seed.one_in(6) {
            return store.abandon(staged);
        }
        let mut committed = Vec::new();
        for (staged, (bytes, ..)) in staged.into_iter().zip(batch) {
            let entry = self.model.records.len() as u64;
            self.model.records.push(Recorded { key: staged.key(), bytes, is_held: true });
            committed.push((staged, entry));
        }
        if let Some(former) = former {
            // The same record takes the former decision out of its state.
            self.model.records[usize::try_from(former).unwrap()].is_held = false;
        }
        let committed = store.commit(committed);
        let settled = former.map_or(Ok(()), |former| store.settle(former, Settled::DecidedAgain));
        committed.and(settled)
    }
}

fn new<'a>(object: &'a [u8], beside: Option<&'a [u8]>) -> Content<'a> {
    match beside {
        Some(beside) => Content::Pair { object, beside },
        None => Content::New(object),
    }
}

fn code(draft: u64) -> &'static str {
    ["LG-H001", "LG-M002", "LG-W001"][usize::try_from(draft % 3).unwrap()]
}
