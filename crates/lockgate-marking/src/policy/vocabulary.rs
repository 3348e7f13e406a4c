//! What a policy can say, for those who compile lanes against it.

use super::Policy;
use crate::{Kind, Nation};
use alloc::vec::Vec;

/// A tag with its values.
#[derive(Clone, Debug)]
pub struct TagVocabulary<'a> {
    /// Its name.
    pub name: &'a str,
    /// What its values do.
    pub kind: Kind,
    /// For a permissive tag: which values stand in for each other. Tags of one group are read together.
    pub group: Option<u8>,
    /// Its values, in the order of the file.
    pub values: Vec<ValueView<'a>>,
}

/// A value of a tag.
#[derive(Clone, Copy, Debug)]
pub struct ValueView<'a> {
    /// Its name.
    pub name: &'a str,
    /// The nation that it stands for.
    pub nation: Option<Nation>,
    /// True where every reader holds it.
    pub everyone: bool,
}

impl Policy {
    /// Its tags with their values, in the order of the file.
    pub fn vocabulary(&self) -> impl Iterator<Item = TagVocabulary<'_>> {
        self.tags.iter().map(|tag| {
            let values = tag.values.iter().filter_map(|value| self.value(value));
            TagVocabulary {
                name: &tag.name,
                kind: tag.kind,
                group: tag.group,
                values: values
                    .map(|value| ValueView {
                        name: &value.name,
                        nation: value.nation,
                        everyone: value.everyone,
                    })
                    .collect(),
            }
        })
    }
}
