//! Dissemination controls, with their lists of countries, and controls from outside of the intelligence community.

use super::{Form, Piece, Reader, countries};
use crate::attributes::is_graph;
use crate::country::Code;
use crate::fault::{self, Fault};
use crate::vocabulary::{Dissem, NON_IC};
use alloc::collections::BTreeSet;

const EYES: &str = " EYES ONLY";
/// The words before the list of REL TO, the long one in banner lines only.
const REL: [&str; 2] = ["REL TO ", "AUTHORIZED FOR RELEASE TO "];
const DISPLAY: &str = "DISPLAY ONLY ";
/// Most bytes of a nickname.
const NICKNAME_MAX: usize = 32;

impl Reader {
    /// True where an entry begins a control with a list.
    pub(super) fn is_release(&self, text: &str) -> bool {
        let list = REL.iter().any(|name| text.starts_with(name)) || text.starts_with(DISPLAY);
        let bare = self.form == Form::Portion && matches!(text, "REL" | "EYES");
        list || bare || text.ends_with(EYES) || Code::of(text).is_some()
    }

    pub(super) fn dissem(&mut self, segment: Piece<'_>) -> Result<(), Fault> {
        let mut last = None;
        let mut entries = segment.split("/");
        while let Some(entry) = entries.next() {
            let control = if Code::of(entry.text).is_some() || entry.text.ends_with(EYES) {
                self.eyes(entry, &mut entries)?
            } else {
                self.dissem_entry(entry)?
            };
            if !self.marking.dissem.insert(control) {
                return Err(entry.fault(fault::TWICE));
            }
            if self.edition.entries_in_order && last.is_some_and(|last| last > control) {
                return Err(entry.fault(fault::ORDER));
            }
            last = Some(control);
        }
        Ok(())
    }

    fn dissem_entry(&mut self, entry: Piece<'_>) -> Result<Dissem, Fault> {
        let long = if self.form == Form::Banner { 2 } else { 1 };
        if let Some(list) = REL.iter().take(long).find_map(|name| entry.after(name)) {
            self.marking.rel = countries(list, ", ", self.edition, true)?;
            return Ok(Dissem::Rel);
        }
        if let Some(list) = entry.after(DISPLAY) {
            self.marking.display = countries(list, ", ", self.edition, false)?;
            return Ok(Dissem::DisplayOnly);
        }
        match (self.form, entry.text) {
            (Form::Portion, "REL") => return Ok(Dissem::Rel),
            (Form::Portion, "EYES") => return Ok(Dissem::Eyes),
            _ => {}
        }
        match self.dissem_word(entry.text) {
            Some(Dissem::Rel | Dissem::Eyes | Dissem::DisplayOnly) => Err(entry.fault(fault::LIST_EMPTY)),
            Some(control) => Ok(control),
            None => Err(self.wrong(entry)),
        }
    }

    /// `USA/AUS/GBR EYES ONLY`: the entry in hand is its first country, the rest follows.
    fn eyes<'a>(
        &mut self,
        first: Piece<'a>,
        entries: &mut impl Iterator<Item = Piece<'a>>,
    ) -> Result<Dissem, Fault> {
        let mut codes = BTreeSet::new();
        let mut last: Option<Code> = None;
        let mut next = Some(first);
        while let Some(piece) = next {
            let (text, ends) = match piece.text.strip_suffix(EYES) {
                Some(text) => (text, true),
                None => (piece.text, false),
            };
            let code = Code::of(text).ok_or_else(|| piece.fault(fault::COUNTRY))?;
            let sorted = last.as_ref().is_none_or(|last| last.is_usa() || *last < code);
            if codes.is_empty() != code.is_usa() || (self.edition.countries_in_order && !sorted) {
                return Err(piece.fault(fault::LIST_ORDER));
            }
            if !codes.insert(code.clone()) {
                return Err(piece.fault(fault::TWICE));
            }
            if ends {
                self.marking.rel = codes;
                return Ok(Dissem::Eyes);
            }
            last = Some(code);
            next = entries.next();
        }
        Err(first.fault(fault::UNKNOWN))
    }

    pub(super) fn non_ic(&mut self, segment: Piece<'_>) -> Result<(), Fault> {
        let mut last = None;
        let mut nicknames = false;
        for entry in segment.split("/") {
            if let Some(control) = self.word(NON_IC, entry.text) {
                if !self.marking.non_ic.insert(control) {
                    return Err(entry.fault(fault::TWICE));
                }
                if self.edition.entries_in_order && (nicknames || last.is_some_and(|last| last > control)) {
                    return Err(entry.fault(fault::ORDER));
                }
                last = Some(control);
                continue;
            }
            let name = match entry.after("ACCM-") {
                Some(name) => name,
                // What follows the first nickname is one too, unless it is a word of the register.
                None if nicknames && self.category(entry).is_none() => entry,
                None => return Err(self.wrong(entry)),
            };
            if name.text.len() > NICKNAME_MAX
                || !name.text.split(' ').all(|word| is_graph(word, NICKNAME_MAX))
            {
                return Err(name.fault(fault::UNKNOWN));
            }
            nicknames = true;
            if !self.marking.accm.insert(name.text.replace(' ', "_")) {
                return Err(entry.fault(fault::TWICE));
            }
        }
        Ok(())
    }
}
