//! One batch on its way onto the record: the words, and what has to be safe before they may be true.

use super::entry::Again;
use super::journal::{Follows, Trouble};
use super::numbers::Numbers;
use lockgate_audit::Log;
use lockgate_bytes::Precedence;
use lockgate_core::{Draft, JournalFault};
use lockgate_hold::{Content, Facts, Stage as Put, Staged, Store};

/// What was made safe for a batch.
#[derive(Default)]
pub(crate) struct Safe {
    /// In the held store, under the entries of their decisions.
    pub(crate) held: Vec<(Staged, u64)>,
    /// All of it that is held.
    is_held: bool,
    /// All that is released lies beside the sink.
    is_staged: bool,
}

/// The log, with the held store and the sink's stage beside it.
pub(crate) struct Books<'a> {
    log: &'a mut Log,
    store: &'a mut dyn Store,
    stage: Option<(&'a lockgate_egress::Stage, &'a Numbers)>,
    /// Of each draft the former decision, among what follows it.
    follows: &'a [Follows],
    safe: &'a mut Safe,
    trouble: Option<Trouble>,
}

impl<'a> Books<'a> {
    pub(crate) fn new(
        log: &'a mut Log,
        store: &'a mut dyn Store,
        stage: Option<(&'a lockgate_egress::Stage, &'a Numbers)>,
        follows: &'a [Follows],
        safe: &'a mut Safe,
    ) -> Self {
        Self { log, store, stage, follows, safe, trouble: None }
    }

    /// What went wrong.
    pub(crate) fn trouble(self) -> Option<Trouble> {
        self.trouble
    }

    fn fail(&mut self, trouble: Trouble) -> JournalFault {
        self.trouble = Some(trouble);
        JournalFault
    }

    /// What is held lies in the store, durable, before the log says so.
    fn hold(&mut self, batch: &[Draft]) -> Result<(), JournalFault> {
        type Waits<'d> = (&'d Draft, Facts, Option<Again>, Option<Vec<u8>>);
        let packed = |follows: &Follows| follows.beside.as_ref()?.file.as_ref()?.pack();
        let held: Vec<Waits<'_>> = batch
            .iter()
            .zip(self.follows)
            .filter(|(draft, _)| matches!(draft, Draft::Hold(_)))
            .map(|(draft, follows)| (draft, facts_of(draft), follows.again, packed(follows)))
            .collect();
        if held.is_empty() || self.safe.is_held {
            return Ok(());
        }
        let puts: Vec<Put<'_>> = held
            .iter()
            .map(|(draft, facts, again, beside)| Put {
                sha256: draft.sha256(),
                content: match again {
                    Some(again) if again.held => Content::Kept(again.former),
                    _ => content(draft.bytes(), beside.as_deref()),
                },
                facts,
                account: std::str::from_utf8(draft.page()).unwrap_or(""),
            })
            .collect();
        let staged = self.store.stage(&puts);
        let staged = staged.map_err(|fault| self.fail(Trouble::hold(&fault)))?;
        self.safe.held = staged.into_iter().zip(held.iter().map(|(draft, ..)| draft.entry())).collect();
        self.safe.is_held = true;
        Ok(())
    }

    /// What is released lies beside the sink, durable, before the log says so; where the sink outlives a crash.
    fn stage(&mut self, batch: &[Draft]) -> Result<(), JournalFault> {
        let Some((stage, numbers)) = self.stage.filter(|_| !self.safe.is_staged) else { return Ok(()) };
        let mut is_any = false;
        for (draft, follows) in batch.iter().zip(self.follows) {
            if matches!(draft, Draft::Release(_)) {
                let number = numbers.of(follows.again.and_then(|again| again.first).unwrap_or(draft.entry()));
                let put = stage.put(number, draft.bytes(), draft.sha256());
                if let Err(fault) = put {
                    self.trouble = Some(Trouble::folder(&fault));
                    return Err(JournalFault);
                }
                is_any = true;
            }
        }
        if let Err(fault) = if is_any { stage.sync() } else { Ok(()) } {
            self.trouble = Some(Trouble::folder(&fault));
            return Err(JournalFault);
        }
        self.safe.is_staged = true;
        Ok(())
    }
}

impl lockgate_core::Log for Books<'_> {
    fn append(&mut self, page: &[u8]) -> Result<u64, JournalFault> {
        let appended = self.log.append(page);
        appended.map_err(|fault| self.fail(Trouble::log(&fault)))
    }

    fn commit(&mut self, batch: &[Draft]) -> Result<(), JournalFault> {
        self.hold(batch)?;
        self.stage(batch)?;
        let committed = self.log.commit_first();
        committed.map_err(|fault| self.fail(Trouble::log(&fault)))
    }
}

/// An object that is new in the store, with what came beside it.
pub(crate) fn content<'a>(object: &'a [u8], beside: Option<&'a [u8]>) -> Content<'a> {
    match beside {
        Some(beside) => Content::Pair { object, beside },
        None => Content::New(object),
    }
}

/// What the store's index keeps. Our own record says it; should it ever not, the object is held all the same.
fn facts_of(draft: &Draft) -> Facts {
    let record = std::str::from_utf8(draft.page()).unwrap_or("");
    Facts::read(record, draft.entry()).unwrap_or_else(|| Facts {
        epoch: 0,
        draft: draft.entry(),
        lane: "".into(),
        source: (**draft.source()).into(),
        type_id: None,
        category: None,
        codes: Vec::new(),
        label: None,
        arrival: draft.arrival(),
        decided: draft.arrival(),
        not_after: None,
        route: "none".into(),
        precedence: Precedence::Routine,
    })
}
