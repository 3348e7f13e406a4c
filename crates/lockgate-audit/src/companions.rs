//! What came beside objects: a decision that takes the place of another one names the same sidecar, or none where there was
//! none. So no object is released as if it had come alone.

use crate::event::{Decision, Event};
use crate::ledger::{Decided, Ledger};
use serde_json::Value;
use std::collections::BTreeMap;

/// Objects beyond those that wait, of which sidecars are kept until they are looked through.
const SPARE: usize = 1_000;

/// The sidecars of objects that wait: SHA-256 and size, as the record says them.
#[derive(Default)]
pub(crate) struct Companions {
    by_object: BTreeMap<u64, (String, u64)>,
}

impl Companions {
    /// Takes the next event, before the ledger does.
    ///
    /// # Errors
    /// What is wrong with a decision.
    pub(crate) fn take(&mut self, entry: u64, event: &Event, ledger: &Ledger) -> Result<(), &'static str> {
        let Event::Decision(decision) = event else { return Ok(()) };
        if self.by_object.len() > SPARE {
            self.by_object.retain(|object, _| ledger.waits(*object));
        }
        let former = decision.again.map(|former| self.by_object.remove(&former));
        let named = named(decision)?;
        if let Some(named) = named.clone().filter(|_| decision.verdict() != Decided::Refuse) {
            self.by_object.insert(entry, named);
        }
        match former {
            Some(former) if former.is_some() && named.is_none() => {
                Err("it was decided again as if it had come without its sidecar")
            }
            Some(former) if former != named => Err("it was decided again with another sidecar"),
            _ => Ok(()),
        }
    }
}

/// What a decision names.
fn named(decision: &Decision) -> Result<Option<(String, u64)>, &'static str> {
    let (hash, size) = (decision.text("sidecar_sha256"), decision.account.get("sidecar_size_bytes"));
    match (hash, size.and_then(Value::as_u64)) {
        (Some(hash), Some(size)) => Ok(Some((hash.to_owned(), size))),
        (None, None) if size.is_none() && decision.account.get("sidecar_sha256").is_none() => Ok(None),
        _ => Err("it names a sidecar without its hash or its size"),
    }
}

#[cfg(test)]
mod tests {
    use super::Companions;
    use crate::event::{ClockState, Decision, Event};
    use crate::ledger::Ledger;
    use lockgate_bytes::Time;
    use serde_json::{Value, json};

    fn decision(again: Option<u64>, verdict: &str, sidecar: &Value) -> Event {
        let mut account = json!({"lane": "a", "verdict": verdict});
        let members = sidecar.as_object().unwrap().clone();
        account.as_object_mut().unwrap().extend(members);
        Event::Decision(Box::new(Decision {
            epoch: 1,
            arrival: Time::from_unix_nanos(0),
            decided: Time::from_unix_nanos(0),
            uptime_ns: 0,
            clock: ClockState::Synchronised,
            again,
            first: None,
            receipt: None,
            is_rewritten: false,
            steps: Vec::new(),
            not_after: None,
            class: None,
            blake3: None,
            account,
        }))
    }

    /// What is said of the last of these, each under the entry that it has in the list, from 7 on.
    fn said(events: &[Event]) -> Result<(), &'static str> {
        let (mut companions, ledger) = (Companions::default(), Ledger::default());
        let mut last = Ok(());
        for (entry, event) in (7..).zip(events) {
            assert_eq!(last, Ok(()));
            last = companions.take(entry, event, &ledger);
        }
        last
    }

    #[test]
    fn an_object_keeps_its_sidecar_as_long_as_it_is_decided_again() {
        let (with, other) = (
            json!({"sidecar_sha256": "aa", "sidecar_size_bytes": 5}),
            json!({"sidecar_sha256": "bb", "sidecar_size_bytes": 5}),
        );
        let (without, longer) = (json!({}), json!({"sidecar_sha256": "aa", "sidecar_size_bytes": 6}));
        let held = |sidecar: &Value| decision(None, "hold", sidecar);
        let again = |former, sidecar: &Value| decision(Some(former), "hold", sidecar);
        assert_eq!(said(&[held(&with), again(7, &with), again(8, &with)]), Ok(()));
        assert_eq!(said(&[held(&without), held(&with), again(7, &without), again(8, &with)]), Ok(()));
        for last in [again(7, &without), again(7, &other), again(7, &longer)] {
            assert!(said(&[held(&with), last]).is_err());
        }
        assert!(said(&[held(&without), again(7, &with)]).is_err());
        let released =
            [held(&with), decision(Some(7), "release", &with), decision(Some(8), "release", &without)];
        assert_eq!(said(&released), Err("it was decided again as if it had come without its sidecar"));
        for half in [json!({"sidecar_sha256": "aa"}), json!({"sidecar_size_bytes": 5})] {
            assert!(said(&[held(&half)]).is_err());
        }
    }
}
