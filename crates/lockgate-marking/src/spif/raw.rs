//! A SPIF as plain values, as written: nothing of it is known to be consistent.

use crate::policy::{Kind, Operation};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use roxmltree::Node;

/// A SPIF as written.
pub(crate) struct Raw<'d> {
    pub(crate) root: Node<'d, 'd>,
    pub(crate) name: &'d str,
    pub(crate) id: &'d str,
    pub(crate) issued: Option<Time>,
    pub(crate) from: Option<Time>,
    pub(crate) until: Option<Time>,
    pub(crate) levels: Vec<RawLevel<'d>>,
    pub(crate) tags: Vec<RawTag<'d>>,
    pub(crate) codes: BTreeMap<CodeKey<'d>, Vec<(usize, usize)>>,
    pub(crate) marks: RawMarks<'d>,
    pub(crate) sets: Vec<Node<'d, 'd>>,
    pub(crate) others: Vec<Node<'d, 'd>>,
    /// What a label always carries in each of them.
    pub(crate) others_need: Vec<Vec<RawRequirement<'d>>>,
}

pub(crate) struct RawLevel<'d> {
    pub(crate) node: Node<'d, 'd>,
    pub(crate) name: &'d str,
    pub(crate) lacv: Option<i64>,
    pub(crate) hierarchy: Option<i64>,
    pub(crate) obsolete: bool,
    pub(crate) needs: Vec<RawRequirement<'d>>,
    pub(crate) equivalents: Vec<RawEquivalent<'d>>,
}

/// What a level or value is called in another policy.
pub(crate) struct RawEquivalent<'d> {
    pub(crate) policy: &'d str,
    pub(crate) lacv: &'d str,
    /// Of a value only.
    pub(crate) set_id: &'d str,
    pub(crate) kind: Option<Kind>,
    /// Applied when a label leaves this policy.
    pub(crate) outward: bool,
    /// Applied when a label of the other policy comes in.
    pub(crate) inward: bool,
    pub(crate) discard: bool,
    pub(crate) needs: Vec<RawRequirement<'d>>,
}

/// The privacy marks, and how many of them a label carries.
#[derive(Default)]
pub(crate) struct RawMarks<'d> {
    pub(crate) least: u32,
    pub(crate) most: Option<u32>,
    pub(crate) list: Vec<RawMark<'d>>,
}

pub(crate) struct RawMark<'d> {
    pub(crate) node: Node<'d, 'd>,
    pub(crate) name: &'d str,
    pub(crate) obsolete: bool,
}

pub(crate) struct RawTag<'d> {
    pub(crate) node: Node<'d, 'd>,
    pub(crate) set_name: &'d str,
    pub(crate) set_id: &'d str,
    pub(crate) name: &'d str,
    pub(crate) kind: Option<Kind>,
    /// Codes are counted apart for bit sets and for enumerations, as their encodings are.
    pub(crate) enumerated: bool,
    pub(crate) least: u32,
    pub(crate) most: u32,
    pub(crate) values: Vec<RawValue<'d>>,
}

pub(crate) struct RawValue<'d> {
    pub(crate) node: Node<'d, 'd>,
    pub(crate) name: &'d str,
    pub(crate) lacv: &'d str,
    pub(crate) obsolete: bool,
    /// To be typed by the user: the name is a caption, not a value.
    pub(crate) typed: bool,
    pub(crate) from: Option<Time>,
    pub(crate) until: Option<Time>,
    pub(crate) needs_level: Option<&'d str>,
    pub(crate) forbids_levels: Vec<(Node<'d, 'd>, &'d str)>,
    pub(crate) needs: Vec<RawRequirement<'d>>,
    pub(crate) forbids: Vec<RawGroup<'d>>,
    pub(crate) equivalents: Vec<RawEquivalent<'d>>,
}

pub(crate) struct RawRequirement<'d> {
    pub(crate) operation: Operation,
    pub(crate) groups: Vec<RawGroup<'d>>,
}

impl RawRequirement<'_> {
    /// True where each of its groups has to be there.
    pub(crate) fn is_of_all(&self) -> bool {
        self.operation == Operation::All || self.groups.len() == 1
    }
}

/// One value of a tag set, or all values of one type in it.
pub(crate) struct RawGroup<'d> {
    pub(crate) node: Node<'d, 'd>,
    pub(crate) set: &'d str,
    pub(crate) kind: Option<Kind>,
    pub(crate) enumerated: bool,
    pub(crate) lacv: Option<&'d str>,
    pub(crate) all: bool,
}

/// What codes have in common that are one code: the number that digits stand for, so that `008` is `8`.
pub(crate) fn code_key(code: &str) -> (bool, &str) {
    let is_number = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
    (is_number, if is_number { code.trim_start_matches('0') } else { code })
}

/// True where both stand for one number, or are alike.
pub(crate) fn same_code(a: &str, b: &str) -> bool {
    code_key(a) == code_key(b)
}

/// A code of a tag set: values of another kind or encoding in it have codes of their own.
pub(crate) type CodeKey<'d> = (&'d str, Option<Kind>, bool, (bool, &'d str));

/// The values of each code, by tag and value.
pub(super) fn codes<'d>(tags: &[RawTag<'d>]) -> BTreeMap<CodeKey<'d>, Vec<(usize, usize)>> {
    let mut codes: BTreeMap<CodeKey<'d>, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, tag) in tags.iter().enumerate() {
        for (value_at, value) in tag.values.iter().enumerate() {
            let key = (tag.set_name, tag.kind, tag.enumerated, code_key(value.lacv));
            codes.entry(key).or_default().push((at, value_at));
        }
    }
    codes
}
