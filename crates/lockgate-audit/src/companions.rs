//! What an object is, and what came beside it: a decision that takes the place of another one is about the same object, and
//! names the same sidecar, or none where there was none. So no object goes on in the place of another, and none is released as
//! if it had come alone.

use crate::event::{Decision, Event};
use crate::ledger::{Decided, Ledger};
use crate::verify::Wrong;
use lockgate_bytes::Digest;
use serde_json::Value;
use std::collections::BTreeMap;

/// Objects beyond those that wait, of which companions are kept until they are looked through.
const SPARE: usize = 1_000;
/// Forms of one object that are kept, at most: as it came, as it was released, and those of each time that it came back.
const FORMS_MAX: usize = 64;

/// What is known of objects that wait, as the record says it.
#[derive(Default)]
pub(crate) struct Companions {
    by_object: BTreeMap<u64, Companion>,
    /// How many there were after the last look through them.
    looked: usize,
}

struct Companion {
    /// SHA-256 and size of the sidecar.
    sidecar: Option<(String, u64)>,
    /// SHA-256 of the object as it was decided and as it was released, each time.
    forms: Vec<Digest>,
}

impl Companions {
    /// Takes the next event, before the ledger does.
    ///
    /// # Errors
    /// What is wrong with a decision.
    pub(crate) fn take(
        &mut self,
        entry: u64,
        event: &Event,
        ledger: &Ledger,
    ) -> Result<(), (Wrong, &'static str)> {
        let Event::Decision(decision) = event else { return Ok(()) };
        if self.by_object.len() > self.looked.saturating_mul(2).saturating_add(SPARE) {
            self.by_object.retain(|object, _| ledger.waits(*object));
            self.looked = self.by_object.len();
        }
        let former = decision.again.map(|former| self.by_object.remove(&former));
        let digest = |key| decision.text(key).and_then(Digest::parse);
        let is = digest("sha256");
        let is_another = former.as_ref().is_some_and(|former| {
            let forms = former.as_ref().map_or(&[][..], |former| &former.forms);
            is.map_or(!forms.is_empty(), |is| !forms.contains(&is))
        });
        let named = named(decision).map_err(|why| (Wrong::Sidecar, why))?;
        let (mut forms, before) = match former {
            Some(Some(Companion { sidecar, forms })) => (forms, Some(sidecar)),
            Some(None) => (Vec::new(), Some(None)),
            None => (Vec::new(), None),
        };
        if decision.verdict() != Decided::Refuse {
            for form in [is, digest("released_sha256")].into_iter().flatten() {
                if !forms.contains(&form) && forms.len() < FORMS_MAX {
                    forms.push(form);
                }
            }
            self.by_object.insert(entry, Companion { sidecar: named.clone(), forms });
        }
        let sidecar = |why| Err((Wrong::Sidecar, why));
        match before {
            _ if is_another => {
                Err((Wrong::Object, "it is about another object than the one in whose place it was decided"))
            }
            Some(former) if former.is_some() && named.is_none() => {
                sidecar("it was decided again as if it had come without its sidecar")
            }
            Some(former) if former != named => sidecar("it was decided again with another sidecar"),
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
    use crate::verify::Wrong;
    use lockgate_bytes::{Digest, Time};
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
    fn said(events: &[Event]) -> Result<(), (Wrong, &'static str)> {
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
        let why = "it was decided again as if it had come without its sidecar";
        assert_eq!(said(&released), Err((Wrong::Sidecar, why)));
        for half in [json!({"sidecar_sha256": "aa"}), json!({"sidecar_size_bytes": 5})] {
            assert!(said(&[held(&half)]).is_err());
        }
    }

    #[test]
    fn an_object_is_decided_again_as_itself_or_as_what_was_released_of_it() {
        let hash = |byte: u8| Digest([byte; 32]).to_string();
        let is = |byte: u8| json!({"sha256": hash(byte)});
        let became =
            |byte: u8, released: u8| json!({"sha256": hash(byte), "released_sha256": hash(released)});
        let first = decision(None, "release", &became(1, 2));
        for lawful in [1, 2] {
            assert_eq!(said(&[first.clone(), decision(Some(7), "hold", &is(lawful))]), Ok(()));
        }
        // It came back as what was released, and then as what that was made of.
        let back = decision(Some(7), "release", &became(2, 3));
        for lawful in [1, 2, 3] {
            assert_eq!(said(&[first.clone(), back.clone(), decision(Some(8), "hold", &is(lawful))]), Ok(()));
        }
        for other in [is(4), json!({}), json!({"sha256": "of no form"})] {
            let (wrong, _) = said(&[first.clone(), decision(Some(7), "release", &other)]).unwrap_err();
            assert_eq!(wrong, Wrong::Object, "{other}");
        }
        let nameless = decision(None, "hold", &json!({}));
        assert!(said(&[nameless.clone(), decision(Some(7), "hold", &is(1))]).is_err());
        assert_eq!(said(&[nameless, decision(Some(7), "hold", &json!({}))]), Ok(()));
    }
}
