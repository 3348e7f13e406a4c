//! Released objects that egress gives back for hold: made safe there, and written down.

use super::{Journal, Queued, SPILL_BYTES, SPILLS, Trouble};
use crate::gate::beside;
use crate::gate::books::content;
use lockgate_audit::Outcome;
use lockgate_bytes::{Digest, Sealed, Time};
use lockgate_core::Json;
use lockgate_hold::{Content, Facts, Fault, Stage as Put, Staged};
use lockgate_reason::Code;
use std::collections::BTreeMap;

/// How often it is tried to read what spilled objects were made of, a fifth of a second apart, before they are held without.
const TRIES: u8 = 25;
/// How often at a stop, which has a time of its own: what is not held by then is on record as nothing.
const TRIES_AT_A_STOP: u8 = 2;

impl Journal {
    /// Makes safe what egress gave back for hold, and writes down that it is held: as much of it as goes into one batch.
    pub(super) fn spills(&mut self, now: Time) -> Result<Vec<(Staged, u64)>, Trouble> {
        if self.spilled.is_empty() {
            return Ok(Vec::new());
        }
        let originals = self.originals()?;
        let epoch = self.parts.common.epoch;
        let spills: Vec<Spill> = self
            .spilled
            .iter()
            .zip(originals)
            .map(|((code, sealed), original)| {
                Spill::of(*code, sealed, self.queued.get(&sealed.entry), original, epoch)
            })
            .collect();
        let puts: Vec<Put<'_>> = self
            .spilled
            .iter()
            .zip(&spills)
            .map(|((_, sealed), Spill { original, beside, facts, account })| Put {
                sha256: original.as_ref().map_or(sealed.identity, |original| original.sha256),
                content: match original {
                    Some(original) => Content::Kept(original.entry),
                    None => content(&sealed.bytes, beside.as_deref()),
                },
                facts,
                account,
            })
            .collect();
        let staged = self.parts.store.stage(&puts).map_err(|fault| Trouble::hold(&fault))?;
        let entries: Vec<u64> =
            self.spilled.iter().take(puts.len()).map(|(_, sealed)| sealed.entry).collect();
        self.settle(BTreeMap::from([(Outcome::Spilled, entries.clone())]), now);
        Ok(staged.into_iter().zip(entries).collect())
    }

    /// For each of the first spilled objects what it was made of, as many as go into one batch. What is held is what came:
    /// people see that, and what was approved fits it. It lies in the store already and stays where it is; it is read, one
    /// after the other, to know that it can be. Where it cannot, what was made of it is held.
    ///
    /// # Errors
    /// What the disk said that did not read one, for as many tries: held without, what it was made of would go for good.
    fn originals(&mut self) -> Result<Vec<Option<Original>>, Trouble> {
        let (mut bytes, mut originals) = (0_usize, Vec::new());
        let is_last = self.spills_unread >= if self.stopping { TRIES_AT_A_STOP } else { TRIES };
        for (_, sealed) in self.spilled.iter().take(SPILLS) {
            if bytes >= SPILL_BYTES {
                break;
            }
            let original = self.queued.get(&sealed.entry).and_then(|queued| queued.original);
            let original = match original.map(|entry| (entry, self.parts.store.get(entry))) {
                Some((entry, Ok(bytes))) => {
                    Some(Original { entry, sha256: Digest::of(&bytes), size: bytes.len() })
                }
                Some((_, Err(fault @ Fault::Disk { .. }))) if !is_last => {
                    self.spills_unread = self.spills_unread.saturating_add(1);
                    return Err(Trouble::hold(&fault));
                }
                Some((_, Err(_))) | None => None,
            };
            bytes =
                bytes.saturating_add(original.as_ref().map_or(sealed.bytes.len(), |original| original.size));
            originals.push(original);
        }
        self.spills_unread = 0;
        Ok(originals)
    }

    pub(super) fn commit_spills(&mut self, safe: Vec<(Staged, u64)>) {
        if safe.is_empty() {
            return;
        }
        let count = safe.len().min(self.spilled.len());
        // It is held all the same where the index could not be written; the store says so in its usage.
        let _ = self.parts.store.commit(safe);
        for (_, sealed) in self.spilled.drain(..count).collect::<Vec<_>>() {
            if let Some(queued) = self.queued.remove(&sealed.entry) {
                self.unstage(queued.first);
                beside::give_back(queued.beside, &self.parts.common.pool);
                self.let_go(queued.original);
            }
            self.parts.common.pool.give_back(sealed.bytes);
        }
    }
}

/// What a spilled object was made of, as it lies in the held store.
struct Original {
    entry: u64,
    sha256: Digest,
    size: usize,
}

/// What the held store is to know of a spilled object.
struct Spill {
    original: Option<Original>,
    beside: Option<Vec<u8>>,
    facts: Facts,
    account: String,
}

impl Spill {
    fn of(
        code: Code,
        sealed: &Sealed,
        queued: Option<&Queued>,
        original: Option<Original>,
        epoch: u64,
    ) -> Self {
        let beside = queued.and_then(|queued| queued.beside.as_ref()?.file.as_ref()?.pack());
        let is = original.as_ref();
        let is =
            is.map_or((sealed.identity, sealed.bytes.len()), |original| (original.sha256, original.size));
        Self {
            beside,
            facts: spilled_facts(code, sealed, queued, epoch),
            account: spilled_account(code, sealed, queued, is),
            original,
        }
    }
}

fn spilled_facts(code: Code, sealed: &Sealed, queued: Option<&Queued>, epoch: u64) -> Facts {
    Facts {
        epoch,
        draft: sealed.entry,
        lane: (*sealed.lane).into(),
        source: queued.map_or("", |queued| &*queued.source).into(),
        type_id: queued.and_then(|queued| queued.type_id.as_deref()).map(Into::into),
        category: None,
        codes: vec![code.id().into()],
        label: None,
        arrival: queued.map_or(Time::MIN, |queued| queued.arrival),
        decided: queued.map_or(Time::MIN, |queued| queued.arrival),
        not_after: Some(sealed.not_after).filter(|end| *end < Time::MAX),
        route: queued.map_or("none", |queued| queued.route).into(),
        precedence: sealed.precedence,
    }
}

/// What the held store tells of an object that was released and found no room; its decision stands in the log.
fn spilled_account(
    code: Code,
    sealed: &Sealed,
    queued: Option<&Queued>,
    (sha256, size): (Digest, usize),
) -> String {
    let mut reasons = String::from("[");
    let mut reason = Json::object(&mut reasons);
    reason.text("code", code.id());
    for absent in ["rule", "field", "span"] {
        reason.null(absent);
    }
    reason.text("says", code.says());
    reason.null("cites");
    reason.text("for", code.who().name());
    reason.end();
    reasons.push(']');
    let mut account = String::new();
    let mut json = Json::object(&mut account);
    json.text("lane", &sealed.lane);
    json.text_or_null("source", queued.map(|queued| &*queued.source));
    json.digest("sha256", &sha256);
    json.number("size_bytes", size);
    json.text("route", queued.map_or("none", |queued| queued.route));
    json.text_or_null("type", queued.and_then(|queued| queued.type_id.as_deref()));
    json.text("verdict", "hold");
    json.key("reasons").push_str(&reasons);
    json.text("precedence", sealed.precedence.name());
    json.end();
    let mut text = String::new();
    let mut json = Json::object(&mut text);
    json.text("event", "spilled");
    json.shown("decision", &sealed.entry);
    json.text("bundle", &format!("sha256:{}", sealed.bundle));
    json.key("account").push_str(&account);
    json.end();
    text
}
