//! For people: who may read a label at a destination, one by one, and what each agreement says of it.

use super::{ReaderSet, ReleaseCheck, ReleaseFinding};
use crate::bits::Bits;
use crate::{Label, Party};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Time;

/// What one reader of the destination is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderAnswer {
    /// The reader.
    pub reader: Party,
    /// Why it may not read the label; empty where it may.
    pub findings: Vec<ReleaseFinding>,
}

/// What one agreement says of a label, whatever the object is that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementAnswer {
    /// Its name.
    pub agreement: Arc<str>,
    /// The data categories that it covers, in the order of the bundle.
    pub covers: Vec<String>,
    /// Why it lets no object with this label flow to all who read the destination now; empty where nothing stands against
    /// it.
    pub findings: Vec<ReleaseFinding>,
}

impl ReleaseCheck {
    /// For each reader of the destination at `now`, in order of name, whether the label alone lets it read. No agreement is
    /// asked: an agreement is one more condition, and never widens a label.
    pub fn each_reader(&self, label: &Label, now: Time) -> Vec<ReaderAnswer> {
        let readers = self.readers(now);
        let answer = |reader: Party| {
            let mut findings = Vec::new();
            if label.policy == self.index {
                self.judge_dates(now, &mut findings);
                let alone = self.readers.those(|party| *party == reader);
                self.judge_label(label, &alone, now, &mut findings);
            } else {
                findings.push(self.not_in_policy());
            }
            ReaderAnswer { reader, findings }
        };
        readers.into_iter().map(answer).collect()
    }

    /// For each agreement of the terms, whether an object with this label could flow under it at `now`. Who gives, and what
    /// data it is, are an object's and a lane's, so they are not asked.
    pub fn each_agreement(&self, label: &Label, now: Time) -> Vec<AgreementAnswer> {
        let is_known = label.policy == self.index;
        let rank = self.policy.rank(label.level).filter(|_| is_known).unwrap_or(u16::MAX);
        let values = if is_known { label.values } else { Bits::EMPTY };
        let readers: ReaderSet = self.readers.present(now);
        let answer = |terms| {
            let mut findings = Vec::new();
            self.explain_dates(terms, now, &mut findings);
            self.explain_terms(terms, rank, &values, &readers, &mut findings);
            let covered = self.categories.iter().zip(&terms.covers).filter(|(_, covered)| **covered);
            let covers = covered.map(|(category, _)| category.clone()).collect();
            AgreementAnswer { agreement: Arc::clone(&terms.name), covers, findings }
        };
        self.agreements.iter().map(answer).collect()
    }
}
