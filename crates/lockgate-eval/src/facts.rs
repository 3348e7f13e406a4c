//! What is known of one object when its rules run.

use core::cmp::Ordering;
use lockgate_bytes::Time;
use lockgate_marking::{CategoryRef, Label, LevelRef, PolicySet};
use lockgate_record::Record;

/// What rules may ask about one object.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The values of the object.
    pub record: &'a Record,
    /// The bytes that the record was read from.
    pub object: &'a [u8],
    /// The enforced label, in the lane's policy; `None` for an unlabelled object.
    pub label: Option<&'a Label>,
    /// The labels of its portions.
    pub portions: Portions<'a>,
    /// The source's name.
    pub source: &'a str,
    /// The destination domain's name.
    pub destination: &'a str,
    /// The agreement in force, if any.
    pub agreement: Option<&'a str>,
    /// The lane's name.
    pub lane: &'a str,
    /// The reference time.
    pub now: Time,
    /// When the object was observed, if it says so.
    pub observed: Option<Time>,
    /// The policies of the bundle.
    pub policies: &'a PolicySet,
    /// Whether the object is released; only goals ask this.
    pub released: Option<bool>,
}

/// The labels of an object's portions.
#[derive(Clone, Copy, Debug)]
pub enum Portions<'a> {
    /// There are none.
    None,
    /// One for each portion; `None` where its mark cannot be read.
    Of(&'a [Option<Label>]),
}

impl<'a> Facts<'a> {
    /// The name of the label's policy.
    pub(crate) fn label_policy(&self) -> Option<&'a [u8]> {
        let label: &'a Label = self.label?;
        let policies: &'a PolicySet = self.policies;
        policies.policy(label.policy()).map(|policy| policy.name().as_bytes())
    }

    /// The label's level against another; `None` for levels of different policies.
    pub(crate) fn level_compares(&self, with: LevelRef) -> Option<Ordering> {
        self.policies.compare(self.label?.level(), with)
    }

    /// True where the label carries the value; `None` where it is of another policy.
    pub(crate) fn label_says(&self, value: CategoryRef) -> Option<bool> {
        let label = self.label?;
        (label.policy() == value.policy()).then(|| label.has(value))
    }

    /// True where the label dominates every portion; false where one is missing.
    pub(crate) fn dominates(&self) -> Option<bool> {
        let label = self.label?;
        Some(match self.portions {
            Portions::None => true,
            Portions::Of(portions) => portions.iter().all(|portion| {
                portion.as_ref().is_some_and(|portion| label.dominates(portion, self.policies))
            }),
        })
    }
}
