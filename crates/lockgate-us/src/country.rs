//! Codes of countries and organisations, in the order of lists.

use crate::codes::{GROUPS, Members, TRIGRAPHS};
use crate::edition::Edition;
use alloc::borrow::Cow;

/// Most characters of an activity of the North Atlantic Council.
const ACTIVITY_MAX: usize = 64;

/// The code of a country or organisation. Countries sort before organisations, each alphabetically (CAPCO 2016 H.8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    organisation: bool,
    /// Owned for an activity only: a registered code is a piece of its table.
    text: Cow<'static, str>,
    /// Place among the registered codes; none for an activity.
    place: Option<u16>,
}

/// How many codes are registered.
pub(crate) const KNOWN: usize = TRIGRAPHS.len() / 4 + GROUPS.len();

impl Code {
    /// A registered code, or `NATO:` with the name of an activity.
    pub fn of(text: &str) -> Option<Self> {
        let found = trigraph(text).or_else(|| group(text)?.checked_add(TRIGRAPHS.len() / 4));
        match found {
            Some(place) => Self::at(place),
            None if is_activity(text) => {
                Some(Self { organisation: true, text: Cow::Owned(text.into()), place: None })
            }
            None => None,
        }
    }

    /// The registered code at a place, from 0 to [`KNOWN`].
    pub(crate) fn at(place: usize) -> Option<Self> {
        let groups = TRIGRAPHS.len() / 4;
        let (organisation, text) = match place.checked_sub(groups) {
            Some(group) => (true, GROUPS.get(group)?.0),
            None => (false, TRIGRAPHS.get(place.checked_mul(4)?..)?.get(..3)?),
        };
        Some(Self { organisation, text: Cow::Borrowed(text), place: u16::try_from(place).ok() })
    }

    /// Its place among the registered codes; none for an activity.
    pub(crate) fn place(&self) -> Option<usize> {
        self.place.map(usize::from)
    }

    pub(crate) fn is_organisation(&self) -> bool {
        self.organisation
    }

    /// Its letters.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True for NATO and its activities.
    pub fn is_nato(&self) -> bool {
        self.text == "NATO" || self.text.starts_with("NATO:")
    }

    pub(crate) fn is_usa(&self) -> bool {
        self.text == "USA"
    }

    /// The members that `edition` lets a roll-up put in its place.
    pub(crate) fn members(&self, edition: &Edition) -> impl Iterator<Item = Self> + use<> {
        let allowed = edition.expands.is_none_or(|some| some.contains(&self.text()));
        let group = self.place().and_then(|place| place.checked_sub(TRIGRAPHS.len() / 4));
        let known = match group.and_then(|group| GROUPS.get(group)).filter(|_| allowed) {
            Some((_, Members::Known(list))) => list,
            _ => "",
        };
        known.split(' ').filter_map(Self::of)
    }
}

/// The place of a trigraph; nine comparisons.
fn trigraph(text: &str) -> Option<usize> {
    let wanted: &[u8; 3] = text.as_bytes().try_into().ok()?;
    let (codes, _) = TRIGRAPHS.as_bytes().as_chunks::<4>();
    codes.binary_search_by(|[a, b, c, _]| [*a, *b, *c].cmp(wanted)).ok()
}

fn group(text: &str) -> Option<usize> {
    GROUPS.binary_search_by_key(&text, |known| known.0).ok()
}

fn is_activity(text: &str) -> bool {
    text.strip_prefix("NATO:").is_some_and(|name| {
        (1..=ACTIVITY_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-')
    })
}

#[cfg(test)]
mod tests {
    use super::{Code, KNOWN};
    use crate::codes::{GROUPS, Members, TRIGRAPHS};
    use crate::edition::Edition;
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    #[test]
    fn the_tables_are_sorted_and_members_exist() {
        let codes: Vec<&str> = TRIGRAPHS.split_ascii_whitespace().collect();
        assert_eq!(TRIGRAPHS.len(), 4 * codes.len(), "four characters each, the last one too");
        assert!(codes.iter().all(|code| Code::of(code).is_some_and(|found| found.text() == *code)));
        for place in 0..KNOWN {
            let code = Code::at(place).unwrap();
            assert_eq!((code.place(), Code::of(code.text())), (Some(place), Some(code.clone())));
        }
        assert_eq!(Code::at(KNOWN), None);
        assert_eq!(codes.len(), 279);
        assert!(codes.is_sorted_by(|a, b| a < b));
        assert!(GROUPS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(GROUPS.len(), 61);
        for (name, members) in GROUPS {
            assert!(!codes.contains(name));
            if let Members::Known(list) = members {
                assert!(list.split(' ').all(|one| codes.contains(&one)), "{name}");
            }
        }
    }

    /// markings.md rule 20: what is withheld, retired or unknown is never taken apart.
    #[test]
    fn only_published_members_are_expanded() {
        let ism = Edition::named("ism-2022").unwrap();
        let capco = Edition::named("capco-2016").unwrap();
        let count = |name: &str, edition| {
            crate::codeset::Members::new(edition)
                .closure(&BTreeSet::from([Code::of(name).unwrap()]))
                .codes()
                .len()
        };
        assert_eq!((count("FVEY", capco), count("FVEY", ism)), (6, 6));
        assert_eq!((count("NATO", capco), count("NATO", ism)), (1, 31));
        for kept in ["KFOR", "EU", "ISAF", "RSMA", "NATO:KFOR", "DEU"] {
            assert_eq!(count(kept, ism), 1, "{kept}");
        }
    }

    #[test]
    fn codes_are_exact_and_sorted() {
        for wrong in ["", "usa", "PSE", "XXX", "NATO:", "NATO:-X", "NATO:a", "EURO", "US", "USA AUS"] {
            assert!(Code::of(wrong).is_none(), "{wrong}");
        }
        let mut list: Vec<Code> =
            ["NATO", "ZWE", "NSG", "AUS", "XKS", "EU"].iter().filter_map(|text| Code::of(text)).collect();
        list.sort();
        let list: Vec<&str> = list.iter().map(Code::text).collect();
        assert_eq!(list, ["AUS", "XKS", "ZWE", "EU", "NATO", "NSG"]);
    }
}
