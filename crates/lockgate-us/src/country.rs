//! Codes of countries and organisations, in the order of lists.

use crate::codes::{GROUPS, Members, TRIGRAPHS};
use crate::edition::Edition;
use alloc::collections::BTreeSet;
use alloc::string::String;

/// Most characters of an activity of the North Atlantic Council.
const ACTIVITY_MAX: usize = 64;

/// The code of a country or organisation. Countries sort before organisations, each alphabetically (CAPCO 2016 H.8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    organisation: bool,
    text: String,
}

impl Code {
    /// A registered code, or `NATO:` with the name of an activity.
    pub fn of(text: &str) -> Option<Self> {
        let organisation = group(text).is_some() || is_activity(text);
        (organisation || is_trigraph(text)).then(|| Self { organisation, text: text.into() })
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
        let allowed = edition.expands.is_none_or(|some| some.contains(&self.text.as_str()));
        let known = match group(&self.text) {
            Some(Members::Known(list)) if self.organisation && allowed => list,
            _ => "",
        };
        known
            .split(' ')
            .filter(|text| !text.is_empty())
            .map(|text| Self { organisation: false, text: text.into() })
    }
}

/// The codes with every member of every organisation that may be taken apart.
pub(crate) fn closure(codes: &BTreeSet<Code>, edition: &Edition) -> BTreeSet<Code> {
    codes.iter().flat_map(|code| code.members(edition)).chain(codes.iter().cloned()).collect()
}

fn is_trigraph(text: &str) -> bool {
    text.len() == 3 && TRIGRAPHS.split(' ').any(|known| known == text)
}

fn group(text: &str) -> Option<Members> {
    let found = GROUPS.binary_search_by_key(&text, |known| known.0).ok()?;
    GROUPS.get(found).map(|known| known.1)
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
    use super::{Code, closure};
    use crate::codes::{GROUPS, Members, TRIGRAPHS};
    use crate::edition::Edition;
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    #[test]
    fn the_tables_are_sorted_and_members_exist() {
        let codes: Vec<&str> = TRIGRAPHS.split(' ').collect();
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
        let count = |name: &str, edition| closure(&BTreeSet::from([Code::of(name).unwrap()]), edition).len();
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
