//! The markings of a text: every one that stands in it, and whether its banner covers its portions.
//!
//! A line that is a banner from end to end is one; a portion mark stands in parentheses wherever in a line. What looks
//! like a marking and is none is a finding, never passed over. One pass, linear in the text.

use crate::edition::Edition;
use crate::fault::{self, Fault};
use crate::grammar::{Form, TEXT_MAX, parse};
use crate::marking::Marking;
use crate::rollup::RollUp;
use crate::vocabulary::{Dissem, Level};
use alloc::vec::Vec;
use core::ops::Range;

/// Most markings of one text.
pub const MARKINGS_MAX: usize = 65_536;

/// One marking of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Banner line or portion mark.
    pub form: Form,
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// What it says.
    pub marking: Marking,
}

/// What a text says of itself.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Every marking that can be read, in the order of the text.
    pub found: Vec<Found>,
    /// The strictest of all of them; `None` where there is none.
    pub strictest: Option<Marking>,
    /// What is wrong: markings that cannot be read, banners that differ, a banner looser or stricter than its portions.
    pub faults: Vec<Fault>,
}

/// Checks the markings of `text`.
pub fn check(text: &str, edition: &'static Edition) -> Checked {
    let mut checked = Checked::default();
    let mut at = 0_usize;
    for line in text.split_inclusive('\n') {
        take_line(line, at, edition, &mut checked);
        at = at.saturating_add(line.len());
        if checked.found.len().saturating_add(checked.faults.len()) > MARKINGS_MAX {
            checked.faults.push(Fault::new(fault::TOO_MANY, at..at));
            break;
        }
    }
    compare(&mut checked, edition);
    checked
}

fn take_line(line: &str, at: usize, edition: &'static Edition, checked: &mut Checked) {
    let inner = line.trim();
    let skipped = line.len().saturating_sub(line.trim_start().len());
    if looks_like_banner(inner) {
        take(inner, at.saturating_add(skipped), Form::Banner, edition, checked);
        return;
    }
    let mut rest = line;
    let mut place = at;
    while let Some(open) = rest.find('(') {
        let (_, from) = rest.split_at_checked(open).unwrap_or((rest, ""));
        place = place.saturating_add(open);
        // The end of a mark is the next closing parenthesis, in the next so many bytes.
        let window = from.bytes().take(TEXT_MAX).skip(1).position(|byte| byte == b')' || byte == b'(');
        let mark =
            window.and_then(|length| from.split_at_checked(length.saturating_add(2))).map(|(mark, _)| mark);
        let taken = match mark {
            Some(mark) if mark.ends_with(')') && looks_like_portion(mark) => {
                take(mark, place, Form::Portion, edition, checked);
                mark.len()
            }
            _ => 1,
        };
        rest = from.split_at_checked(taken).map_or("", |(_, rest)| rest);
        place = place.saturating_add(taken);
    }
}

/// The words with which a banner line begins. A line of one of them and nothing else, or with slashes after it.
fn looks_like_banner(line: &str) -> bool {
    let foreign =
        line.strip_prefix("//").is_some_and(|rest| rest.starts_with(|one: char| one.is_ascii_uppercase()));
    let level = Level::ALL.into_iter().find_map(|level| line.strip_prefix(level.word()));
    foreign || level.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with(" /"))
}

fn looks_like_portion(mark: &str) -> bool {
    let inner = mark.trim_matches(['(', ')']);
    let level = Level::ALL.into_iter().rev().find_map(|level| inner.strip_prefix(level.mark()));
    inner.starts_with("//") || level.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn take(text: &str, at: usize, form: Form, edition: &'static Edition, checked: &mut Checked) {
    match parse(text, edition) {
        Ok(parsed) if parsed.form == form => {
            checked.found.push(Found { form, at: at..at.saturating_add(text.len()), marking: parsed.marking })
        }
        Ok(_) => checked.faults.push(Fault::new(fault::PARENTHESES, at..at.saturating_add(text.len()))),
        Err(fault) => checked.faults.push(fault.moved(at)),
    }
}

/// Compares banners with one another and with the portions.
fn compare(checked: &mut Checked, edition: &'static Edition) {
    let banner = checked.found.iter().find(|one| one.form == Form::Banner).cloned();
    let mut all = RollUp::new(edition);
    let mut portions = RollUp::new(edition);
    for one in &checked.found {
        let marking = resolved(&one.marking, banner.as_ref().map(|banner| &banner.marking));
        all.add(&marking);
        if one.form == Form::Portion {
            portions.add(&marking);
        }
    }
    if checked.found.is_empty() {
        checked.faults.push(Fault::new(fault::UNMARKED, 0..0));
        return;
    }
    checked.strictest = Some(all.strictest());
    let Some(banner) = banner else { return };
    let differs = |one: &&Found| one.form == Form::Banner && one.marking != banner.marking;
    if let Some(other) = checked.found.iter().find(differs) {
        checked.faults.push(Fault::new(fault::BANNERS_DIFFER, other.at.clone()));
    }
    if portions.taken() == 0 {
        return;
    }
    let whole = portions.strictest();
    if !banner.marking.covers(&whole, edition) {
        checked.faults.push(Fault::new(fault::LOOSER, banner.at));
    } else if !whole.covers(&banner.marking, edition) {
        checked.faults.push(Fault::new(fault::STRICTER, banner.at));
    }
}

/// A portion marked REL or EYES without a list has the banner's (CAPCO 2016 G.1).
fn resolved(portion: &Marking, banner: Option<&Marking>) -> Marking {
    let mut marking = portion.clone();
    let named = marking.dissem.contains(&Dissem::Rel) || marking.dissem.contains(&Dissem::Eyes);
    if let Some(banner) = banner
        && named
        && marking.rel.is_empty()
    {
        marking.rel = banner.rel.clone();
    }
    marking
}
