//! Banner lines and portion marks: one left-to-right pass, one entry of look-ahead, so one reading of every text.
//!
//! ```text
//!   marking  := [ "//" owner SP ] level { "//" category }        CAPCO 2016 C.1, D.1, G.1
//!   category := entry { "/" entry }      in the order: SCI, SAR, AEA, FGI, dissemination, non-IC
//! ```

mod dissem;
mod segment;

use crate::country::Code;
use crate::edition::Edition;
use crate::fault::{self, Fault};
use crate::marking::{Marking, Owner};
use crate::rule;
use crate::vocabulary::{Level, NonUs};
use alloc::collections::BTreeSet;
use core::ops::Range;
pub use segment::Category;
pub(crate) use segment::is_sar_prefix;

/// Most bytes of a marking.
pub(crate) const TEXT_MAX: usize = 2048;

/// How a marking is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A banner line: words.
    Banner,
    /// A portion mark: abbreviations, in parentheses.
    Portion,
}

/// A marking as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What it says.
    pub marking: Marking,
    /// How it was written.
    pub form: Form,
}

/// Reads a banner line, or a portion mark with or without its parentheses; the word of the level tells which.
///
/// # Errors
/// The first fault from the left: of the grammar, or else of a rule of the edition.
pub fn parse(text: &str, edition: &'static Edition) -> Result<Parsed, Fault> {
    let (parsed, places) = read(text, edition)?;
    let broken = rule::check(&parsed.marking, edition).next();
    match broken {
        Some(broken) => {
            let at = places.of(broken.about).unwrap_or(places.whole);
            Err(Fault { code: broken.code, at, says: broken.says, cites: broken.cites })
        }
        None => Ok(parsed),
    }
}

/// The grammar alone: no rule of the edition is asked.
pub(crate) fn read(text: &str, edition: &'static Edition) -> Result<(Parsed, Places), Fault> {
    if text.len() > TEXT_MAX {
        return Err(Fault::new(fault::LONG, 0..text.len()));
    }
    let inner = match (text.strip_prefix('('), text.strip_suffix(')')) {
        (None, None) => Piece { text, at: 0 },
        _ => match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inner) => Piece { text: inner, at: 1 },
            None => return Err(Fault::new(fault::PARENTHESES, 0..text.len())),
        },
    };
    inner.letters()?;
    let mut reader = Reader { edition, form: Form::Banner, marking: Marking::new(Level::U), last: None };
    let places = reader.whole(inner)?;
    if inner.at == 1 && reader.form == Form::Banner {
        return Err(Fault::new(fault::PARENTHESES, 0..text.len()));
    }
    Ok((Parsed { marking: reader.marking, form: reader.form }, places))
}

/// A part of the text with its place.
#[derive(Clone, Copy)]
struct Piece<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Piece<'a> {
    fn range(self) -> Range<usize> {
        self.at..self.at.saturating_add(self.text.len())
    }

    fn fault(self, code: &'static str) -> Fault {
        Fault::new(code, self.range())
    }

    /// The parts between separators, with their places.
    fn split(self, separator: &'static str) -> impl Iterator<Item = Self> {
        let mut at = self.at;
        self.text.split(separator).map(move |text| {
            let piece = Piece { text, at };
            at = at.saturating_add(text.len()).saturating_add(separator.len());
            piece
        })
    }

    /// What follows `prefix`.
    fn after(self, prefix: &str) -> Option<Self> {
        let text = self.text.strip_prefix(prefix)?;
        Some(Piece { text, at: self.at.saturating_add(prefix.len()) })
    }

    /// The part before the first `separator` and the part after it.
    fn cut(self, separator: &str) -> Option<(Self, Self)> {
        let (left, right) = self.text.split_once(separator)?;
        let at = self.at.saturating_add(left.len()).saturating_add(separator.len());
        Some((Piece { text: left, at: self.at }, Piece { text: right, at }))
    }

    /// Every character is one that markings are made of, and spaces stand between words.
    fn letters(self) -> Result<(), Fault> {
        let allowed = |byte: u8| {
            byte.is_ascii_uppercase()
                || byte.is_ascii_digit()
                || matches!(byte, b' ' | b'-' | b'/' | b',' | b'_' | b':')
        };
        if let Some((at, found)) =
            self.text.char_indices().find(|(_, found)| !u8::try_from(*found).is_ok_and(allowed))
        {
            let at = self.at.saturating_add(at);
            return Err(Fault::new(fault::LETTER, at..at.saturating_add(found.len_utf8())));
        }
        let wrong =
            |pair: &[u8]| matches!(pair, b"  " | b" /" | b"/ " | b" -" | b"- " | b" ," | b" :" | b": ");
        let found = self.text.as_bytes().windows(2).position(wrong);
        let edge = match (self.text.starts_with(' '), self.text.ends_with(' ')) {
            (true, _) => Some(0),
            (false, true) => Some(self.text.len().saturating_sub(1)),
            (false, false) => None,
        };
        match found.into_iter().chain(edge).min() {
            Some(at) => {
                let at = self.at.saturating_add(at);
                Err(Fault::new(fault::SPACE, at..at.saturating_add(1)))
            }
            None => Ok(()),
        }
    }
}

struct Reader {
    edition: &'static Edition,
    form: Form,
    marking: Marking,
    /// The category that was read last.
    last: Option<Category>,
}

/// Where each category stands.
#[derive(Default)]
pub(crate) struct Places {
    whole: Range<usize>,
    level: Range<usize>,
    categories: [Option<Range<usize>>; 7],
}

impl Places {
    /// The place of what a rule is about.
    pub(crate) fn of(&self, about: Option<Category>) -> Option<Range<usize>> {
        match about {
            None => Some(self.level.clone()),
            Some(category) => self.categories.get(category.place()).cloned().flatten(),
        }
    }
}

impl Reader {
    fn whole(&mut self, inner: Piece<'_>) -> Result<Places, Fault> {
        let mut places = Places { whole: inner.range(), ..Places::default() };
        let foreign = inner.after("//");
        let mut segments = foreign.unwrap_or(inner).split("//");
        let first = segments.next().unwrap_or(inner);
        if first.text.is_empty() {
            return Err(first.fault(fault::EMPTY));
        }
        match foreign {
            Some(_) => self.owner(first)?,
            None => self.level(first)?,
        }
        places.level = first.range();
        for segment in segments {
            if segment.text.is_empty() {
                return Err(segment.fault(fault::EMPTY));
            }
            let category = self.segment(segment)?;
            if let Some(place) = places.categories.get_mut(category.place()) {
                *place = Some(segment.range());
            }
        }
        Ok(places)
    }

    /// A US level.
    fn level(&mut self, piece: Piece<'_>) -> Result<(), Fault> {
        let (form, level) = level(piece.text).ok_or_else(|| piece.fault(fault::LEVEL))?;
        self.form = form;
        self.marking.level = level;
        Ok(())
    }

    /// Owner and level of what is not the United States' alone.
    fn owner(&mut self, piece: Piece<'_>) -> Result<(), Fault> {
        if let Some((form, owner, level, control)) = nato(piece.text) {
            self.form = form;
            self.marking.owner = Owner::Foreign(owner);
            self.marking.level = level;
            self.marking.non_us.extend(control);
            return Ok(());
        }
        if let Some(rest) = piece.after("JOINT ") {
            return self.joint(rest);
        }
        let (owner, word) = piece.cut(" ").ok_or_else(|| piece.fault(fault::LEVEL))?;
        let (form, level) = level(word.text).ok_or_else(|| word.fault(fault::LEVEL))?;
        self.form = form;
        self.marking.level = level;
        self.marking.owner = match owner.text {
            "FGI" => Owner::Concealed,
            _ => match Code::of(owner.text) {
                // The United States own it alone: then the banner begins with the level. NATO has words of its own.
                Some(code) if !code.is_usa() && !code.is_nato() => Owner::Foreign(code),
                _ => return Err(owner.fault(fault::COUNTRY)),
            },
        };
        Ok(())
    }

    /// After `JOINT`: level and owners.
    fn joint(&mut self, rest: Piece<'_>) -> Result<(), Fault> {
        let found = Level::ALL
            .into_iter()
            .flat_map(|level| [(Form::Banner, level.word(), level), (Form::Portion, level.mark(), level)]);
        let (form, level, list) = found
            .into_iter()
            .find_map(|(form, word, level)| Some((form, level, rest.after(word)?.after(" ")?)))
            .ok_or_else(|| rest.fault(fault::LEVEL))?;
        self.form = form;
        self.marking.level = level;
        let owners = countries(list, " ", self.edition, false)?;
        if owners.len() < 2 {
            return Err(list.fault(fault::LIST_EMPTY));
        }
        self.marking.owner = Owner::Joint(owners);
        Ok(())
    }
}

fn level(text: &str) -> Option<(Form, Level)> {
    Level::ALL.into_iter().find_map(|level| match text {
        _ if text == level.word() => Some((Form::Banner, level)),
        _ if text == level.mark() => Some((Form::Portion, level)),
        _ => None,
    })
}

/// NATO's words, with the legacy compounds that join a control to the level.
fn nato(text: &str) -> Option<(Form, Code, Level, Option<NonUs>)> {
    let plain = Code::of("NATO")?;
    let known = NATO.iter().find_map(|(banner, portion, level, control)| match text {
        _ if text == *banner => Some((Form::Banner, *level, *control)),
        _ if text == *portion => Some((Form::Portion, *level, *control)),
        _ => None,
    });
    if let Some((form, level, control)) = known {
        return Some((form, plain, level, control));
    }
    let levels = [Level::S, Level::C, Level::R, Level::U];
    if let Some(rest) = text.strip_prefix("NATO ") {
        let (activity, word) = rest.rsplit_once(' ')?;
        let level = levels.into_iter().find(|level| level.word() == word)?;
        return Some((Form::Banner, activity_of(activity)?, level, None));
    }
    let rest = text.strip_prefix('N')?;
    let level = levels.into_iter().find(|level| rest.ends_with(level.mark()))?;
    let activity = rest.strip_suffix(level.mark())?;
    (activity.len() >= 2).then_some(())?;
    Some((Form::Portion, activity_of(activity)?, level, None))
}

/// An activity by its name. A word of a level is none: `NATO TOP SECRET` is a mistake, not an activity at SECRET.
fn activity_of(name: &str) -> Option<Code> {
    (!matches!(name, "TOP" | "COSMIC")).then_some(())?;
    Code::of(&["NATO:", name].concat())
}

/// Banner, portion mark, level, control. CAPCO 2016 G.1; legacy compounds as DoDM 5200.01-V2 lists them.
const NATO: &[(&str, &str, Level, Option<NonUs>)] = &[
    ("COSMIC TOP SECRET", "CTS", Level::TS, None),
    ("NATO SECRET", "NS", Level::S, None),
    ("NATO CONFIDENTIAL", "NC", Level::C, None),
    ("NATO RESTRICTED", "NR", Level::R, None),
    ("NATO UNCLASSIFIED", "NU", Level::U, None),
    ("COSMIC TOP SECRET ATOMAL", "CTSA", Level::TS, Some(NonUs::Atomal)),
    ("COSMIC TOP SECRET-ATOMAL", "CTS-A", Level::TS, Some(NonUs::Atomal)),
    ("COSMIC TOP SECRET-BALK", "CTS-BALK", Level::TS, Some(NonUs::Balk)),
    ("COSMIC TOP SECRET-BOHEMIA", "CTS-B", Level::TS, Some(NonUs::Bohemia)),
    ("NATO SECRET ATOMAL", "NSAT", Level::S, Some(NonUs::Atomal)),
    ("NATO SECRET-ATOMAL", "NS-A", Level::S, Some(NonUs::Atomal)),
    ("NATO CONFIDENTIAL ATOMAL", "NCA", Level::C, Some(NonUs::Atomal)),
    ("NATO CONFIDENTIAL-ATOMAL", "NC-A", Level::C, Some(NonUs::Atomal)),
];

/// A list of countries and organisations; with `usa`, USA is in it and first.
fn countries(
    list: Piece<'_>,
    comma: &'static str,
    edition: &Edition,
    usa: bool,
) -> Result<BTreeSet<Code>, Fault> {
    let mut codes = BTreeSet::new();
    let mut last: Option<Code> = None;
    for (index, piece) in list.split(comma).enumerate() {
        let code = Code::of(piece.text).ok_or_else(|| piece.fault(fault::COUNTRY))?;
        if usa && (index == 0) != code.is_usa() {
            return Err(piece.fault(fault::LIST_ORDER));
        }
        let sorted = last.as_ref().is_none_or(|last| (usa && last.is_usa()) || *last < code);
        if !codes.insert(code.clone()) {
            return Err(piece.fault(fault::TWICE));
        }
        if edition.countries_in_order && !sorted {
            return Err(piece.fault(fault::LIST_ORDER));
        }
        last = Some(code);
    }
    Ok(codes)
}
