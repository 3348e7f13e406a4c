//! A bound label, word by word, as a 4774 label element carries it.

use crate::{Label, PolicySet};
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};

/// How a label names a tag.
#[derive(Clone, Copy)]
pub struct TagClaim<'a> {
    /// `TagName`.
    pub name: &'a str,
    /// `Type`: `RESTRICTIVE`, `PERMISSIVE` or `INFORMATIVE`.
    pub kind: &'a str,
    /// `URI`, with or without `urn:oid:`; absent in most labels.
    pub id: Option<&'a str>,
}

/// Reads one label, in the order policy, level, categories. Reused from label to label; never allocates unless
/// something is wrong. After the first fault the label is lost: `finish` refuses it.
#[derive(Debug, Default)]
pub struct LabelBuilder {
    label: Option<Label>,
}

impl LabelBuilder {
    /// Ready for a first label.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a label of the policy `name`; `id` is its identifier where the label gives one, with or without
    /// `urn:oid:`.
    ///
    /// # Errors
    /// LG-M003, LG-M004, LG-M010.
    pub fn begin(&mut self, policies: &PolicySet, name: &str, id: Option<&str>) -> Result<(), Finding> {
        let _ = (policies, name, id);
        Err(Finding::new(marking::UNKNOWN_POLICY))
    }

    /// Its level.
    ///
    /// # Errors
    /// LG-M005 unknown, LG-M009 a second one, LG-M010, LG-M011 before the policy.
    pub fn level(&mut self, policies: &PolicySet, name: &str) -> Result<(), Finding> {
        let _ = (policies, name);
        Err(Finding::new(marking::UNKNOWN_POLICY))
    }

    /// Opens a category; its values follow.
    ///
    /// # Errors
    /// LG-M006, LG-M008, LG-M009, LG-M010, LG-M011.
    pub fn tag(&mut self, policies: &PolicySet, tag: TagClaim<'_>) -> Result<(), Finding> {
        let _ = (policies, tag.name, tag.kind, tag.id);
        Err(Finding::new(marking::UNKNOWN_POLICY))
    }

    /// A value of the category opened last.
    ///
    /// # Errors
    /// LG-M007, LG-M009, LG-M010, LG-M011.
    pub fn value(&mut self, policies: &PolicySet, value: &str) -> Result<(), Finding> {
        let _ = (policies, value);
        Err(Finding::new(marking::UNKNOWN_POLICY))
    }

    /// `tag` and `value` in one step, for callers that meet them together; a tag that is already open goes on.
    ///
    /// # Errors
    /// As [`Self::tag`] and [`Self::value`].
    pub fn category(&mut self, policies: &PolicySet, tag: TagClaim<'_>, value: &str) -> Result<(), Finding> {
        self.tag(policies, tag)?;
        self.value(policies, value)
    }

    /// When it was made.
    pub fn created(&mut self, at: Time) {
        let _ = at;
    }

    /// When it is to be reviewed.
    pub fn review(&mut self, at: Time) {
        let _ = at;
    }

    /// When a successor takes its place.
    pub fn succession(&mut self, at: Time) {
        let _ = at;
    }

    /// The label, whole.
    ///
    /// # Errors
    /// LG-M011 where a part is missing, LG-M026 where the policy asks for a review date; the first fault again where
    /// there was one.
    pub fn finish(&mut self) -> Result<Label, Finding> {
        self.label.take().ok_or_else(|| Finding::new(marking::UNKNOWN_POLICY))
    }
}
