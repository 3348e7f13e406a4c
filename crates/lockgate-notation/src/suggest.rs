//! "Did you mean": the closest of the words that would have been right.

/// The longest word that is compared, in bytes; a longer one gets no suggestion.
const MAX_WORD: usize = 64;

/// The word of `known` that is closest to `written`, where it is close enough to be meant: at most a third of its
/// letters differ (and at least one edit is always allowed). The first of two equally close ones.
pub fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > MAX_WORD {
        return None;
    }
    let allowed = written.chars().count().checked_div(3).unwrap_or(0).max(1);
    known
        .into_iter()
        .filter(|word| word.len() <= MAX_WORD && *word != written)
        .map(|word| (distance(written, word), word))
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, word)| word)
}

/// Edits between two words, a swap of two neighbours counted as one (optimal string alignment); case counts as none.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut last = None;
    for (row, letter) in left.chars().flat_map(char::to_lowercase).enumerate() {
        let mut line = vec![row.saturating_add(1)];
        for (column, other) in right.iter().enumerate() {
            let at = |cells: &[usize], place: usize| cells.get(place).copied().unwrap_or(usize::MAX);
            let next = column.saturating_add(1);
            let changed = at(&above, column).saturating_add(usize::from(letter != *other));
            let mut best =
                changed.min(at(&above, next).saturating_add(1)).min(at(&line, column).saturating_add(1));
            let previous =
                column.checked_sub(1).and_then(|place| right.get(place).map(|found| (place, *found)));
            if let Some((place, found)) = previous
                && found == letter
                && last == Some(*other)
            {
                best = best.min(at(&before, place).saturating_add(1));
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
        last = Some(letter);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{closest, distance};

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let known = ["ceiling", "readers", "policy", "owner"];
        assert_eq!(closest("celing", known), Some("ceiling"));
        assert_eq!(closest("redaers", known), Some("readers"));
        assert_eq!(closest("Policy", known), Some("policy"));
        assert_eq!(closest("xylophone", known), None);
        assert_eq!(closest(&"o".repeat(100_000), known), None);
    }

    #[test]
    fn distances_are_counted_in_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
    }
}
