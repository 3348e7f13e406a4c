//! The names of enumerations, each list held once for all rules that mention it.

use lockgate_record::NodeId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names that the rules of one file may look through, at most: an enumeration has up to 65,535, and a file room for tens of
/// thousands of tests on them.
const MAX_LOOKS: u32 = 1 << 24;

/// Names that cost as much as one part of a condition.
const NAMES_A_PART: usize = 256;

/// The names of one enumeration, in its own order and by name.
#[derive(Debug)]
pub(crate) struct Names {
    names: Vec<String>,
    /// The values in the order of their names.
    by_name: Vec<u16>,
}

impl Names {
    fn new(names: &[String]) -> Self {
        let mut by_name: Vec<(&str, u16)> = names.iter().map(String::as_str).zip(0..=u16::MAX).collect();
        by_name.sort_unstable();
        let by_name = by_name.into_iter().map(|(_, value)| value).collect();
        Self { names: names.to_vec(), by_name }
    }

    /// The name of a value.
    pub(crate) fn get(&self, value: u16) -> Option<&str> {
        self.names.get(usize::from(value)).map(String::as_str)
    }

    /// Every value with its name. The list comes first: where it ends, the numbers are not asked for another one.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, u16)> + Clone {
        self.names.iter().map(String::as_str).zip(0..=u16::MAX)
    }

    /// The values of this name.
    pub(crate) fn called(&self, name: &str) -> &[u16] {
        let named = |value: &u16| self.get(*value).unwrap_or("");
        let start = self.by_name.partition_point(|value| named(value) < name);
        let from = self.by_name.get(start..).unwrap_or(&[]);
        from.get(..from.partition_point(|value| named(value) == name)).unwrap_or(&[])
    }

    /// What looking through all of them costs, in parts of a condition.
    pub(crate) fn parts(&self) -> u32 {
        u32::try_from(self.names.len() / NAMES_A_PART).unwrap_or(u32::MAX)
    }
}

/// The enumerations that the rules of one file mention.
#[derive(Debug, Default)]
pub(crate) struct Vocabularies {
    known: BTreeMap<NodeId, Arc<Names>>,
    looks: u32,
}

impl Vocabularies {
    /// The names of the enumeration at `node`.
    pub(crate) fn of(&mut self, node: NodeId, names: &[String]) -> Arc<Names> {
        Arc::clone(self.known.entry(node).or_insert_with(|| Arc::new(Names::new(names))))
    }

    /// Counts a look through all names of an enumeration; `None` where the file has had enough of them.
    pub(crate) fn look_through(&mut self, names: &Names) -> Option<()> {
        let more = u32::try_from(names.names.len()).ok()?;
        self.looks = self.looks.checked_add(more).filter(|looks| *looks <= MAX_LOOKS)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_found_by_value_and_by_name() {
        let names = Names::new(&["sea", "air", "land", "air"].map(String::from));
        assert_eq!((names.get(2), names.get(4)), (Some("land"), None));
        assert_eq!(
            (names.called("air"), names.called("sea"), names.called("a")),
            (&[1, 3][..], &[0][..], &[][..])
        );
        assert_eq!(names.all().last(), Some(("air", 3)));
    }
}
