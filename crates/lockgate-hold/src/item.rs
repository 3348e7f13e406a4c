//! What the store knows of an object that it holds.

use crate::code::{Put, Take};
use lockgate_bytes::{Digest, Precedence, Time};
use serde_json::Value;
use std::collections::BTreeSet;

/// Codes of one object that the index keeps, each once; the account has all of them.
const CODES_MAX: usize = 32;
/// How those codes begin by which a held object gets another turn: full queues and stops, the clock, no room to look into it.
/// They are kept before all others.
const TURNS: [&str; 3] = ["LG-E", "LG-H003", "LG-D018"];
/// Characters of one text that the index keeps; the account has all of it.
const TEXT_MAX: usize = 1024;

/// What `hold list` and the eyes need of a held object. Nothing of it is payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The run of the lane in which it was decided; each start is a new one.
    pub epoch: u64,
    /// Which decision of that run it is; with `epoch` never used twice. The index that the decision will have in the
    /// log is a good choice.
    pub draft: u64,
    /// The lane.
    pub lane: Box<str>,
    /// The source that offered it.
    pub source: Box<str>,
    /// `name@version` of its type, if it has one.
    pub type_id: Option<Box<str>>,
    /// Its data category, if it has one.
    pub category: Option<Box<str>>,
    /// The codes of its reasons, each once, in the order of the account; of more than 32, those by which it gets another turn
    /// stand behind the first.
    pub codes: Vec<Box<str>>,
    /// The enforced label as text.
    pub label: Option<Box<str>>,
    /// When it arrived.
    pub arrival: Time,
    /// As of when it was decided.
    pub decided: Time,
    /// It must not be sent at or after this time.
    pub not_after: Option<Time>,
    /// `fast`, `slow` or `none`.
    pub route: Box<str>,
    /// How urgent it is.
    pub precedence: Precedence,
}

impl Facts {
    /// The facts of a decision as its record in the log has them: one JSON object with a member `account`, which is that of
    /// `lockgate inspect --json`. Texts longer than the index takes are cut; the record has them whole. `None` where that is not what it is.
    pub fn read(record: &str, draft: u64) -> Option<Self> {
        let record: Value = serde_json::from_str(record).ok()?;
        let account = record.get("account")?;
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(cut);
        let time = |name: &str| Time::parse(record.get(name)?.as_str()?.as_bytes()).ok();
        let reasons = account.get("reasons")?.as_array()?.iter();
        Some(Self {
            epoch: record.get("epoch")?.as_u64()?,
            draft,
            lane: text(account, "lane")?,
            source: text(account, "source")?,
            type_id: text(account, "type"),
            category: text(account, "category"),
            codes: few(reasons.map(|reason| text(reason, "code")).collect::<Option<_>>()?),
            label: account.get("label").and_then(|label| text(label, "text")),
            arrival: time("arrival")?,
            decided: time("decided")?,
            not_after: time("not_after"),
            route: text(account, "route")?,
            precedence: Precedence::named(account.get("precedence")?.as_str()?)?,
        })
    }

    pub(crate) fn put(&self, out: &mut Put) {
        out.number(self.epoch);
        out.number(self.draft);
        out.text(&cut(&self.lane));
        out.text(&cut(&self.source));
        out.optional(self.type_id.as_deref().map(cut).as_deref());
        out.optional(self.category.as_deref().map(cut).as_deref());
        let codes = self.codes.get(..CODES_MAX).unwrap_or(&self.codes);
        out.byte(u8::try_from(codes.len()).unwrap_or(u8::MAX));
        codes.iter().for_each(|code| out.text(&cut(code)));
        out.optional(self.label.as_deref().map(cut).as_deref());
        out.time(self.arrival);
        out.time(self.decided);
        out.time(self.not_after.unwrap_or(Time::MAX));
        out.text(&cut(&self.route));
        out.text(self.precedence.name());
    }

    pub(crate) fn take(from: &mut Take<'_>) -> Option<Self> {
        let (epoch, draft) = (from.number()?, from.number()?);
        let (lane, source) = (from.text()?.into(), from.text()?.into());
        let (type_id, category) = (from.optional()?.map(Into::into), from.optional()?.map(Into::into));
        let codes = from.byte()?;
        let codes = (0..codes).map(|_| from.text().map(Into::into)).collect::<Option<Vec<_>>>()?;
        Some(Self {
            epoch,
            draft,
            lane,
            source,
            type_id,
            category,
            codes,
            label: from.optional()?.map(Into::into),
            arrival: from.time()?,
            decided: from.time()?,
            not_after: Some(from.time()?).filter(|end| *end < Time::MAX),
            route: from.text()?.into(),
            precedence: Precedence::named(from.text()?)?,
        })
    }
}

/// At most [`TEXT_MAX`] bytes of it, whole characters.
fn cut(text: &str) -> Box<str> {
    let end = (0..=TEXT_MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or("").into()
}

/// One held object, as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The index of its decision in the log.
    pub entry: u64,
    /// Its name: the SHA-256 of its bytes as they arrived.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// It is held no more, and kept because what was made of it has not come to its end.
    pub is_kept: bool,
    /// What else is known of it.
    pub facts: Facts,
}

/// What ties stored bytes to a record of the log when nothing else is left after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StagedKey {
    /// See [`Facts::epoch`].
    pub epoch: u64,
    /// See [`Facts::draft`].
    pub draft: u64,
    /// The SHA-256 of the bytes.
    pub sha256: Digest,
}

/// Why an object leaves the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was decided again; the new decision has taken over.
    DecidedAgain,
    /// People released it.
    Released,
    /// People rejected it.
    Rejected,
    /// It went back to its source.
    Returned,
    /// Its time is over.
    Expired,
}

impl Settled {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::DecidedAgain => 1,
            Self::Released => 2,
            Self::Rejected => 3,
            Self::Returned => 4,
            Self::Expired => 5,
        }
    }
}

/// As many codes as are kept.
fn few(codes: Vec<Box<str>>) -> Vec<Box<str>> {
    let mut seen = BTreeSet::new();
    let mut codes: Vec<Box<str>> = codes.into_iter().filter(|code| seen.insert(code.clone())).collect();
    if codes.len() > CODES_MAX
        && let Some(others) = codes.get_mut(1..)
    {
        others.sort_by_key(|code| !TURNS.iter().any(|turn| code.starts_with(turn)));
        codes.truncate(CODES_MAX);
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::{CODES_MAX, Facts, TEXT_MAX};
    use crate::code::{Put, Take};
    use lockgate_bytes::{Precedence, Time};
    use proptest::prelude::*;

    fn facts(text: &str, codes: usize, at: i64) -> Facts {
        Facts {
            epoch: 3,
            draft: 71,
            lane: "cot-down".into(),
            source: "feed".into(),
            type_id: Some("cot-event@2.0".into()),
            category: None,
            codes: (0..codes).map(|code| format!("LG-M{code:03}").into()).collect(),
            label: Some(text.into()),
            arrival: Time::from_unix_nanos(at),
            decided: Time::from_unix_nanos(at).plus(lockgate_bytes::Duration::from_secs(1)),
            not_after: None,
            route: "fast".into(),
            precedence: Precedence::Flash,
        }
    }

    proptest! {
        #[test]
        fn facts_read_back(text in "\\PC{0,300}", codes in 0_usize..CODES_MAX, at in any::<i64>()) {
            let facts = facts(&text, codes, at.min(i64::MAX - 1));
            let mut out = Put::default();
            facts.put(&mut out);
            let mut from = Take::new(&out.0);
            let back = Facts::take(&mut from);
            prop_assert_eq!(back.as_ref(), Some(&facts));
            prop_assert!(from.is_empty());
            // Cut anywhere, it is no facts at all.
            for end in 0..out.0.len() {
                prop_assert!(Facts::take(&mut Take::new(&out.0[..end])).is_none());
            }
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Facts::take(&mut Take::new(&bytes));
        }
    }

    #[test]
    fn facts_are_read_from_the_record_of_a_decision() {
        let record = r#"{"event":"decision","epoch":3,"arrival":"2026-03-01T10:05:00Z","decided":"2026-03-01T10:05:01Z",
            "not_after":null,"account":{"lane":"cot-down","source":"feed","route":"fast","type":"cot-event@2.0",
            "category":null,"verdict":"hold","reasons":[{"code":"LG-M000"},{"code":"LG-M001"}],
            "label":{"text":"MISSION RESTRICTED"},"precedence":"FLASH"}}"#;
        let at = Time::parse(b"2026-03-01T10:05:00Z").unwrap().unix_nanos();
        assert_eq!(Facts::read(record, 71), Some(facts("MISSION RESTRICTED", 2, at)));
        let shortened = record.replace(r#""label":{"text":"MISSION RESTRICTED"},"#, "");
        assert_eq!(Facts::read(&shortened, 71).unwrap().label, None);
        for part in ["\"epoch\":3", "\"lane\":\"cot-down\"", "\"FLASH\"", "\"reasons\"", "T10:05:00Z"] {
            assert_eq!(Facts::read(&record.replace(part, "\"x\":0"), 71), None, "{part}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_whole_character() {
        let mut out = Put::default();
        facts(&"é".repeat(TEXT_MAX), CODES_MAX + 9, 0).put(&mut out);
        let back = Facts::take(&mut Take::new(&out.0)).unwrap();
        assert_eq!(back.label.unwrap().len(), TEXT_MAX);
        assert_eq!(back.codes.len(), CODES_MAX);
    }

    /// An object gets its turn by its codes, however many it has.
    #[test]
    fn a_code_that_gives_a_turn_is_kept() {
        let codes = |several: &mut dyn Iterator<Item = String>| {
            super::few(several.map(String::into_boxed_str).collect())
                .into_iter()
                .map(String::from)
                .collect::<Vec<_>>()
        };
        let same = codes(&mut (0..99).map(|_| "LG-W001".to_owned()).chain(["LG-D018".to_owned()]));
        assert_eq!(same, ["LG-W001", "LG-D018"]);
        let many = codes(&mut (100..199).map(|code| format!("LG-W{code}")).chain(["LG-E005".to_owned()]));
        assert_eq!(
            (many.len(), &*many[0], &*many[1], &*many[2]),
            (CODES_MAX, "LG-W100", "LG-E005", "LG-W101")
        );
    }
}
