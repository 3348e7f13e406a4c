//! The markings of a text: every one that stands in it, and whether its banner covers its portions.
//!
//! A line that is a banner from end to end is one; a portion mark stands in parentheses wherever in a line. What looks
//! like a marking and is none is a finding, never passed over. One pass, linear in the text.

mod looks;

use crate::edition::Edition;
use crate::fault::{self, Fault};
use crate::grammar::{Form, parse};
use crate::marking::{Marking, Owner};
use crate::rollup::RollUp;
use crate::vocabulary::{Dissem, Level};
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use looks::{Looks, plain};

/// Most markings of one text.
pub const MARKINGS_MAX: usize = 65_536;

/// One marking of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Banner line or portion mark.
    pub form: Form,
    /// Where it stands, in bytes.
    pub at: Range<usize>,
    /// What it says; shared by all places of the text with the same mark.
    pub marking: Arc<Marking>,
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
    let mut search = Search {
        edition,
        looks: Looks::new(),
        checked: Checked::default(),
        read: BTreeMap::new(),
        is_full: false,
    };
    let mut at = 0_usize;
    for line in lines(text) {
        search.line(line, at);
        at = at.saturating_add(line.len());
        if search.is_full {
            search.checked.faults.push(Fault::new(fault::TOO_MANY, at..at));
            break;
        }
    }
    let Search { mut checked, read, .. } = search;
    compare(&mut checked, &read, edition);
    checked
}

/// The lines of a text with what ends them, whatever that is: a page that begins in the middle of a line hides no banner.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = |one: char| matches!(one, '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    text.split_inclusive('\n').flat_map(move |line| {
        // Most lines have none of these, which is told of all their bytes at once.
        let may_end = |byte: u8| byte.wrapping_sub(0x0B) < 3 || byte >= 0x80;
        let (one, several) = match line.bytes().fold(false, |any, byte| any | may_end(byte)) {
            false => (Some(line), ""),
            true => (None, line),
        };
        one.into_iter().chain(several.split_inclusive(ends))
    })
}

/// Each opening parenthesis of a line with what follows, in their order: where it stands, and the text up to the next parenthesis
/// of either kind, with it. Where none follows in the line, the text that there is. Linear in the line.
pub fn in_parentheses(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.match_indices('(').filter_map(move |(at, _)| {
        let from = line.get(at..)?;
        let inner = from.bytes().skip(1).position(|byte| matches!(byte, b'(' | b')'));
        let end = inner.map_or(from.len(), |inner| inner.saturating_add(2));
        Some((at, from.get(..end)?))
    })
}

/// One pass over a text. A text has few different marks, so each is read once.
struct Search<'t> {
    edition: &'static Edition,
    looks: Looks,
    checked: Checked,
    read: BTreeMap<&'t str, (Form, Arc<Marking>)>,
    /// There were more than are read.
    is_full: bool,
}

impl<'t> Search<'t> {
    fn line(&mut self, line: &'t str, at: usize) {
        let inner = line.trim();
        let skipped = line.len().saturating_sub(line.trim_start().len());
        if self.looks.are_of_banner(&plain(inner)) {
            self.take(inner, at.saturating_add(skipped), Form::Banner);
            return;
        }
        // One that is not closed is told as what it is by its reader.
        for (place, mark) in in_parentheses(line) {
            if !self.looks.are_of_portion(&plain(mark)) {
                continue;
            }
            self.take(mark, at.saturating_add(place), Form::Portion);
        }
    }

    fn take(&mut self, text: &'t str, at: usize, form: Form) {
        let known = self.checked.found.len().saturating_add(self.checked.faults.len());
        self.is_full |= known >= MARKINGS_MAX;
        if self.is_full {
            return;
        }
        let place = at..at.saturating_add(text.len());
        if let Some((known, marking)) = self.read.get(text).filter(|(known, _)| *known == form) {
            self.checked.found.push(Found { form: *known, at: place, marking: Arc::clone(marking) });
            return;
        }
        match parse(text, self.edition) {
            Ok(parsed) if parsed.form == form => {
                let marking = Arc::new(parsed.marking);
                self.read.insert(text, (form, Arc::clone(&marking)));
                self.checked.found.push(Found { form, at: place, marking });
            }
            Ok(_) => self.checked.faults.push(Fault::new(fault::PARENTHESES, place)),
            Err(fault) => self.checked.faults.push(fault.moved(at)),
        }
    }
}

/// Compares banners with one another and with the portions. To roll up is to join, so each mark counts once, however
/// often it stands in the text.
fn compare(checked: &mut Checked, read: &BTreeMap<&str, (Form, Arc<Marking>)>, edition: &'static Edition) {
    if checked.found.is_empty() {
        checked.faults.push(Fault::new(fault::UNMARKED, 0..0));
        return;
    }
    let banner = checked.found.iter().find(|one| one.form == Form::Banner).cloned();
    let of =
        |wanted: Form| read.values().filter(move |(form, _)| *form == wanted).map(|(_, marking)| marking);
    let mut portions = RollUp::new(edition);
    for portion in of(Form::Portion) {
        portions.join(&resolved(portion, banner.as_ref().map(|banner| banner.marking.as_ref())));
    }
    let marked = portions.taken() > 0;
    if banner.as_ref().is_some_and(|banner| banner.marking.owner == Owner::Us) {
        // JOINT information in a document of the United States is a foreign source there (CAPCO 2016 H.3).
        portions.join(&Marking::new(Level::U));
    }
    let whole = (banner.is_some() && marked).then(|| portions.strictest());
    let mut all = portions;
    of(Form::Banner).for_each(|banner| all.join(banner));
    checked.strictest = Some(all.into_strictest());
    let Some(banner) = banner else {
        let first = checked.found.first().map_or(0..0, |first| first.at.clone());
        return checked.faults.push(Fault::new(fault::ONLY_PORTIONS, first));
    };
    let differs = |one: &&Found| one.form == Form::Banner && one.marking != banner.marking;
    if let Some(other) = checked.found.iter().find(differs) {
        checked.faults.push(Fault::new(fault::BANNERS_DIFFER, other.at.clone()));
    }
    let Some(whole) = whole else { return };
    if !banner.marking.covers(&whole, edition) {
        checked.faults.push(Fault::new(fault::LOOSER, banner.at));
    } else if !whole.covers(&banner.marking, edition) {
        checked.faults.push(Fault::new(fault::STRICTER, banner.at));
    }
}

/// What portions make together, none of which breaks a rule, under a whole that is marked `banner`: the strictest of them,
/// without a computed date. `None` where none takes part.
///
/// In a whole of the United States JOINT information is a foreign source, and REL without a list is the list of the whole.
pub fn roll_up<'m>(
    banner: Option<&Marking>,
    portions: impl IntoIterator<Item = &'m Marking>,
    edition: &'static Edition,
) -> Option<Marking> {
    let mut all = RollUp::new(edition);
    portions.into_iter().for_each(|portion| all.join(&resolved(portion, banner)));
    if all.taken() == 0 {
        return None;
    }
    if banner.is_some_and(|banner| banner.owner == Owner::Us) {
        all.join(&Marking::new(Level::U));
    }
    Some(all.into_strictest())
}

/// True where `whole` is as strict as its `portion` in every respect. A portion marked REL without a list has that of the whole.
pub fn covers(whole: &Marking, portion: &Marking, edition: &'static Edition) -> bool {
    whole.covers(&resolved(portion, Some(whole)), edition)
}

/// A portion marked REL or EYES without a list has the banner's (CAPCO 2016 G.1).
fn resolved<'p>(portion: &'p Marking, banner: Option<&Marking>) -> Cow<'p, Marking> {
    let named = portion.dissem.contains(&Dissem::Rel) || portion.dissem.contains(&Dissem::Eyes);
    match banner.filter(|_| named && portion.rel.is_empty()) {
        Some(banner) => Cow::Owned(Marking { rel: banner.rel.clone(), ..portion.clone() }),
        None => Cow::Borrowed(portion),
    }
}
