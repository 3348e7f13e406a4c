//! The markings of a whole text by the words of a policy: every one that stands in it, and whether its banner covers its
//! portions.
//!
//! A line that is a marking of a page from end to end is a banner; a portion mark stands in parentheses wherever in a line.
//! What begins like a marking and is none is a finding, never passed over: in parentheses with a word for a level, as a line
//! with a word for the policy, all in capitals, however long it is and whatever characters are hidden in it, or as a line of nothing
//! but its words. One pass, linear in
//! the text.

use crate::policy::{MarkingReader, PolicyWords};
use crate::text::{is_suspect, unmasked};
use crate::{Combined, Label, Mapped, Place, PolicyIx, PolicySet};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::{Span, Time, look_alike};
use lockgate_reason::{Finding, agreement, marking};
use lockgate_us::document::{in_parentheses, lines};

/// Most markings of one text.
const MARKINGS_MAX: usize = 65_536;
/// Longest marking that is looked for, in bytes.
const TEXT_MAX: usize = 4096;

/// One marking of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundMarking {
    /// Where it stands, in bytes.
    pub at: Span,
    /// [`Place::PageTop`] for a banner, [`Place::Portion`] for the mark of a portion.
    pub place: Place,
    /// What it says.
    pub label: Label,
}

/// What a text says of itself.
#[derive(Clone, Debug, Default)]
pub struct CheckedText {
    /// Every marking that can be read, in the order of the text.
    pub found: Vec<FoundMarking>,
    /// What all of them make together; `None` where there is none.
    pub strictest: Option<Label>,
    /// What is wrong; spans are those of the text.
    pub findings: Vec<Finding>,
}

impl PolicySet {
    /// Checks the markings of `text`, which is marked by the words of `policy`.
    pub fn check_text(&self, text: &str, policy: PolicyIx) -> CheckedText {
        let Some(words) = self.policy(policy) else { return CheckedText::default() };
        let reader = |place| words.marking_form(place, None).reader(policy);
        let (banners, portions) = (reader(Place::PageTop), reader(Place::Portion));
        let mut search = Search {
            words: banners.words(),
            banners,
            portions,
            checked: CheckedText::default(),
            read: BTreeMap::new(),
            tried: 0,
            is_full: false,
        };
        let mut at = 0_usize;
        for line in lines(text) {
            search.line(line, at);
            at = at.saturating_add(line.len());
            if search.is_full {
                let says = "more markings than are read";
                let end = Span::new(at, at);
                search.checked.findings.push(Finding::new(marking::UNREADABLE_CLAIM).at(end).saying(says));
                break;
            }
        }
        let mut checked = search.checked;
        self.hold_together(&mut checked);
        checked
    }

    /// Holds banners against one another, and portions against the first.
    fn hold_together(&self, checked: &mut CheckedText) {
        let mut all = Combined::default();
        for one in &checked.found {
            all.restrict(&Mapped { label: one.label, not_after: Time::MAX }, self);
        }
        checked.strictest = all.enforced();
        let Some(strictest) = checked.strictest else {
            if checked.findings.is_empty() {
                checked.findings.push(Finding::new(marking::UNLABELLED).saying("the text has no marking"));
            }
            return;
        };
        let banner = checked.found.iter().find(|one| one.place == Place::PageTop).copied();
        let Some(banner) = banner else {
            let first = checked.found.first().map_or_else(Span::default, |first| first.at);
            checked.findings.push(Finding::new(marking::ONLY_PARTS_MARKED).at(first));
            return;
        };
        for one in &checked.found {
            let code = match one.place {
                Place::PageTop if !one.label.says_the_same_as(&banner.label) => marking::DISAGREEMENT,
                Place::Portion if !banner.label.dominates(&one.label, self) => marking::PART_ABOVE_WHOLE,
                _ => continue,
            };
            checked.findings.push(Finding::new(code).at(one.at));
        }
        if strictest.tags(self).any(|tag| tag.is_nobody()) {
            checked.findings.push(Finding::new(agreement::RELEASABLE_TO_NOBODY));
        }
    }
}

/// One pass over a text. A text has few different marks, so each is read once.
struct Search<'t, 'p> {
    banners: MarkingReader<'p>,
    portions: MarkingReader<'p>,
    /// The words of banners.
    words: PolicyWords,
    checked: CheckedText,
    read: BTreeMap<(bool, &'t str), Result<Label, Finding>>,
    /// Lines of running text that were looked at as banners.
    tried: usize,
    /// There were more than are read.
    is_full: bool,
}

impl<'t> Search<'t, '_> {
    fn line(&mut self, line: &'t str, at: usize) {
        let inner = line.trim();
        let begins = at.saturating_add(line.len().saturating_sub(line.trim_start().len()));
        if is_begun(&self.banners, inner) {
            // A line of running text may begin with the policy's name; it is a banner where it is one from end to end.
            let in_capitals = !inner.chars().any(|one| look_alike(one).is_lowercase());
            if in_capitals || self.reads_as_banner(inner) {
                return self.take(inner, begins, Place::PageTop);
            }
        }
        // Its words in another order, or with signs between them (`Nato-Secret`), are read as one and told as none.
        if inner.len() <= TEXT_MAX && self.is_made_of_words(inner) {
            return self.take(inner, begins, Place::PageTop);
        }
        for (place, mark) in in_parentheses(line) {
            let at = at.saturating_add(place);
            let inner = mark.strip_prefix('(').unwrap_or(mark);
            if !is_begun(&self.portions, inner) {
                continue;
            }
            match inner.strip_suffix(')') {
                Some(inner) => self.take(inner, at.saturating_add(1), Place::Portion),
                None => {
                    self.put(Err(open_mark()), Span::new(at, at.saturating_add(mark.len())), Place::Portion)
                }
            }
        }
    }

    fn is_made_of_words(&self, text: &str) -> bool {
        self.words.make(text) || (is_suspect(text) && self.words.make(&unmasked(text).collect::<String>()))
    }

    /// True for a banner, also for one that is masked. As often as there may be markings, and then it is full.
    fn reads_as_banner(&mut self, text: &'t str) -> bool {
        self.tried = self.tried.saturating_add(1);
        self.is_full |= self.tried > MARKINGS_MAX;
        let reads = |text: &str| self.banners.parse(text).is_ok();
        !self.is_full && (reads(text) || (is_suspect(text) && reads(&unmasked(text).collect::<String>())))
    }

    fn take(&mut self, text: &'t str, at: usize, place: Place) {
        if self.is_full {
            return;
        }
        let reader = if place == Place::Portion { &self.portions } else { &self.banners };
        let read = self.read.entry((place == Place::Portion, text)).or_insert_with(|| reader.parse(text));
        let read = read.clone();
        self.put(read, Span::new(at, at.saturating_add(text.len())), place);
    }

    fn put(&mut self, read: Result<Label, Finding>, at: Span, place: Place) {
        let known = self.checked.found.len().saturating_add(self.checked.findings.len());
        self.is_full |= known >= MARKINGS_MAX;
        match read {
            _ if self.is_full => {}
            Ok(label) => self.checked.found.push(FoundMarking { at, place, label }),
            Err(finding) => self.checked.findings.push(finding.at(at)),
        }
    }
}

/// True where `text` begins like a marking, as it stands or under what masks it, however much that is.
fn is_begun(reader: &MarkingReader<'_>, text: &str) -> bool {
    let start = text.get(..text.floor_char_boundary(TEXT_MAX)).unwrap_or(text);
    let shown = || unmasked(text).take(TEXT_MAX).collect::<String>();
    reader.is_begun_by(start) || (is_suspect(start) && reader.is_begun_by(&shown()))
}

fn open_mark() -> Finding {
    Finding::new(marking::UNREADABLE_CLAIM)
        .saying("begins like the mark of a portion, and is not closed or is longer than is read")
}

#[cfg(test)]
mod tests {
    use crate::testing::policies;
    use crate::{Place, PolicySet};
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    fn codes(set: &PolicySet, policy: &str, text: &str) -> (Vec<&'static str>, usize, String) {
        let checked = set.check_text(text, set.named(policy).unwrap());
        let codes = checked.findings.iter().map(|finding| finding.code.id()).collect();
        let strictest = checked.strictest.map(|label| label.text(set).to_string()).unwrap_or_default();
        (codes, checked.found.len(), strictest)
    }

    /// markings.md rules 26 and 32, for the words of a policy.
    #[test]
    fn a_text_is_checked_by_the_words_of_its_policy() {
        let set = policies();
        let nato = |text: &str| codes(&set, "NATO", text);
        let text =
            "NATO SECRET\n(NU) The weather (NR) and (see below) the road.\n\n  (NS) Where.\nNATO SECRET\n";
        assert_eq!(nato(text), (Vec::new(), 5, "NATO SECRET".to_string()));
        let checked = set.check_text(text, set.named("NATO").unwrap());
        assert!(checked.found.iter().all(|one| {
            let at = text.get(one.at.start as usize..one.at.end as usize).unwrap();
            at == if one.place == Place::PageTop { "NATO SECRET" } else { at } && !at.contains(['(', ')'])
        }));
        for (text, found) in [
            ("NATO RESTRICTED\n(NS) Where.", &["LG-M066"][..]),
            ("NATO SECRET\n(NS) Where.\nNATO RESTRICTED", &["LG-M021"]),
            ("(NS) Where.", &["LG-M068"]),
            ("NATO forces moved.", &["LG-M001"]),
            ("", &["LG-M001"]),
            // What begins like a marking and is none.
            ("NATO SECRET\n(NS XX) Where.", &["LG-M002"]),
            ("NATO SECRT\n(NS) Where.", &["LG-M002", "LG-M068"]),
            ("NATO SECRET\n(NS Where.", &["LG-M002"]),
            ("NATO SECRET\n(NS\n Where.)", &["LG-M002"]),
            ("NATO SECRET\n(NS (see below)", &["LG-M002"]),
            // A page may begin in the middle of a line, and letters in any case are the policy's.
            ("NATO RESTRICTED\n(NR) Where.\u{c}NATO SECRET\r", &["LG-M021"]),
            ("NATO RESTRICTED\u{2028}(NR) Where.\u{2028}Nato Secret", &["LG-M021"]),
            ("NATO RESTRICTED\nNato secret is a word.", &[]),
            // Its words in another order, or with other signs.
            ("NATO RESTRICTED\nSECRET NATO", &["LG-M002"]),
            ("NATO RESTRICTED\nNato-Secret", &["LG-M002"]),
            ("NATO RESTRICTED\n - secret (Nato) -", &["LG-M002"]),
            ("NATO RESTRICTED\nsecret NA\u{200B}TO", &["LG-M010"]),
            ("NATO RESTRICTED\nSecret service of Nato\nNato", &[]),
            // Neither hidden characters nor letters of others hide a marking.
            ("NATO RESTRICTED\nNA\u{200B}TO SECRET", &["LG-M010"]),
            ("NATO RESTRICTED\nNАTО SECRET", &["LG-M010"]),
            ("NATO RESTRICTED\n(\u{2060}NS) Where.", &["LG-M010"]),
            ("NATO RESTRICTED\n(NЅ) Where.", &["LG-M010"]),
            ("NATO RESTRICTED\nNATO ѕECRET", &["LG-M010"]),
            ("NATO RESTRICTED\nNato s\u{200B}ecret", &["LG-M010"]),
            // Words that are no marks of this policy are none.
            ("NATO SECRET\n(NSX) (N S) (S) (NATO) (a) (", &[]),
        ] {
            assert_eq!(nato(text).0, found, "{text}");
        }
        let mission = |text: &str| codes(&set, "MISSION", text);
        let two = "MISSION RESTRICTED HRV\n(MR AUT, HRV) One.\n(MU HRV, HUN) Two.\n";
        assert_eq!(mission(two), (Vec::new(), 3, "MISSION RESTRICTED Releasable To HRV".to_string()));
        assert_eq!(mission("MISSION SECRET AUT\n(MR HRV) One.").0, ["LG-M066", "LG-A014"]);
    }

    #[test]
    fn what_is_too_long_to_be_a_marking_is_told() {
        let set = policies();
        let words = " AND MORE".repeat(500);
        for (text, found) in [
            (format!("NATO RESTRICTED\nNATO SECRET{words}\n"), &["LG-M002"][..]),
            (format!("NATO RESTRICTED\n(NS{words}) Where.\n"), &["LG-M002"]),
            (format!("NATO RESTRICTED\n(AND{words}) Where.\n"), &[]),
        ] {
            assert_eq!(codes(&set, "NATO", &text).0, found);
        }
    }

    #[test]
    fn a_long_text_is_linear_and_bounded() {
        let set = policies();
        for piece in ["(", "(NS", "(NS) ", "NATO SECRET\n", "(NX)", "(NATO X)\n", "NATO secret x\n"] {
            let checked = set.check_text(&piece.repeat(200_000), set.named("NATO").unwrap());
            assert!(checked.found.len() <= 70_000 && checked.findings.len() <= 70_000, "{piece}");
        }
        let many: String = (0..70_000).map(|number| format!("(NS X{number})\n")).collect();
        let checked = set.check_text(&many, set.named("NATO").unwrap());
        assert!(checked.findings.iter().any(|found| found.says.contains("more markings")));
    }
}
