//! Released objects that egress gives back for hold: made safe there, and written down.

use super::{Journal, Queued, SPILLS, Trouble};
use crate::gate::beside;
use crate::gate::books::content;
use lockgate_audit::Outcome;
use lockgate_bytes::{Digest, Sealed, Time};
use lockgate_core::Json;
use lockgate_hold::{Facts, Stage as Put, Staged};
use lockgate_reason::Code;
use std::collections::BTreeMap;

impl Journal {
    /// Makes safe what egress gave back for hold, and writes down that it is held.
    pub(super) fn spills(&mut self, now: Time) -> Result<Vec<(Staged, u64)>, Trouble> {
        if self.spilled.is_empty() {
            return Ok(Vec::new());
        }
        self.fetch_originals();
        let facts: Vec<Facts> = self
            .spilled
            .iter()
            .take(SPILLS)
            .map(|(code, sealed)| {
                spilled_facts(*code, sealed, self.queued.get(&sealed.entry), self.parts.common.epoch)
            })
            .collect();
        let accounts: Vec<String> = self
            .spilled
            .iter()
            .take(SPILLS)
            .map(|(code, sealed)| spilled_account(*code, sealed, self.queued.get(&sealed.entry)))
            .collect();
        let beside: Vec<Option<Vec<u8>>> = self
            .spilled
            .iter()
            .take(SPILLS)
            .map(|(_, sealed)| self.queued.get(&sealed.entry)?.beside.as_ref()?.file.as_ref()?.pack())
            .collect();
        let puts: Vec<Put<'_>> = self
            .spilled
            .iter()
            .take(SPILLS)
            .zip(&beside)
            .zip(&facts)
            .zip(&accounts)
            .map(|((((_, sealed), beside), facts), account)| Put {
                sha256: sealed.identity,
                content: content(&sealed.bytes, beside.as_deref()),
                facts,
                account,
            })
            .collect();
        let staged = self.parts.store.stage(&puts).map_err(|fault| Trouble::hold(&fault))?;
        let entries: Vec<u64> = self.spilled.iter().take(SPILLS).map(|(_, sealed)| sealed.entry).collect();
        self.settle(BTreeMap::from([(Outcome::Spilled, entries.clone())]), now);
        Ok(staged.into_iter().zip(entries).collect())
    }

    /// What is held is what came: people see it, and what was approved fits it.
    fn fetch_originals(&mut self) {
        for at in 0..self.spilled.len().min(SPILLS) {
            let Some(entry) = self.spilled.get(at).map(|(_, sealed)| sealed.entry) else { return };
            let Some((bytes, packed)) = self.original(entry) else { continue };
            if let Some(queued) = self.queued.get_mut(&entry) {
                let lend = |size| self.parts.common.pool.lend_beyond(size);
                queued.beside = queued.beside.take().map(|beside| beside.restored(packed.as_deref(), lend));
            }
            if let Some((_, sealed)) = self.spilled.get_mut(at) {
                sealed.identity = Digest::of(&bytes);
                sealed.bytes = self.parts.common.pool.exchange(std::mem::take(&mut sealed.bytes), &bytes);
            }
        }
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
        route: route(queued).into(),
        precedence: sealed.precedence,
    }
}

/// What was released without a type was built anew.
fn route(queued: Option<&Queued>) -> &'static str {
    if queued.is_some_and(|queued| queued.type_id.is_none()) { "slow" } else { "fast" }
}

/// What the held store tells of an object that was released and found no room; its decision stands in the log.
fn spilled_account(code: Code, sealed: &Sealed, queued: Option<&Queued>) -> String {
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
    json.digest("sha256", &sealed.identity);
    json.number("size_bytes", sealed.bytes.len());
    json.text("route", route(queued));
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
