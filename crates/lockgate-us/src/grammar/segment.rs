//! One category of a marking: which it is, and its entries.

use super::{Form, Piece, Reader, countries};
use crate::attributes::{is_compartment, is_graph, sigma};
use crate::fault::{self, Fault};
use crate::marking::Owner;
use crate::vocabulary::{AEA, Aea, DISSEM, Dissem, NON_IC, NON_US, NonUs, SYSTEMS, System, Word};
use alloc::string::String;

/// The categories after the level, in the order of the register (CAPCO 2016 G.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// NATO's controls on NATO's own information.
    NonUs,
    /// Sensitive compartmented information.
    Sci,
    /// Special access programs.
    Sar,
    /// Atomic energy information.
    Aea,
    /// Foreign government information.
    Fgi,
    /// Dissemination controls.
    Dissem,
    /// Controls from outside of the intelligence community.
    NonIc,
}

impl Category {
    /// What it is called in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::NonUs => "NATO's controls",
            Self::Sci => "sensitive compartmented information",
            Self::Sar => "special access programs",
            Self::Aea => "atomic energy information",
            Self::Fgi => "foreign government information",
            Self::Dissem => "dissemination controls",
            Self::NonIc => "controls from outside of the intelligence community",
        }
    }

    /// Its place in the order.
    pub(crate) fn place(self) -> usize {
        match self {
            Self::NonUs => 0,
            Self::Sci => 1,
            Self::Sar => 2,
            Self::Aea => 3,
            Self::Fgi => 4,
            Self::Dissem => 5,
            Self::NonIc => 6,
        }
    }
}

/// True for what stands before the programs, in the form of a program: it is none.
pub(crate) fn is_sar_prefix(program: &str) -> bool {
    let rest = ["SAR", "SPECIAL_ACCESS_REQUIRED"].into_iter().find_map(|prefix| program.strip_prefix(prefix));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

const SAR: [&str; 2] = ["SAR-", "SPECIAL ACCESS REQUIRED-"];
const FGI: [&str; 2] = ["FGI", "FOREIGN GOVERNMENT INFORMATION"];

impl Reader {
    /// Reads one category.
    pub(super) fn segment(&mut self, segment: Piece<'_>) -> Result<Category, Fault> {
        let first = segment.split("/").next().unwrap_or(segment);
        let category = self.category(first).ok_or_else(|| match first.text.is_empty() {
            true => first.fault(fault::EMPTY),
            false => first.fault(fault::UNKNOWN),
        })?;
        match self.last {
            Some(last) if last == category => return Err(segment.fault(fault::CATEGORY_TWICE)),
            Some(last) if last > category => return Err(segment.fault(fault::CATEGORY_ORDER)),
            _ => self.last = Some(category),
        }
        match category {
            Category::NonUs => self.non_us(segment)?,
            Category::Sci => self.sci(segment)?,
            Category::Sar => self.sar(segment)?,
            Category::Aea => self.aea(segment)?,
            Category::Fgi => self.fgi(segment)?,
            Category::Dissem => self.dissem(segment)?,
            Category::NonIc => self.non_ic(segment)?,
        }
        Ok(category)
    }

    /// The category that an entry belongs to.
    pub(super) fn category(&self, entry: Piece<'_>) -> Option<Category> {
        let text = entry.text;
        let begins = text.split(['-', ' ']).next().unwrap_or(text);
        if SAR.iter().any(|name| self.is_form(name) && text.starts_with(name)) {
            return Some(Category::Sar);
        }
        if FGI
            .iter()
            .any(|name| text.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
        {
            return Some(Category::Fgi);
        }
        if let Some(control) = self.word(NON_US, text) {
            return Some(match (&self.marking.owner, control) {
                (Owner::Us | Owner::Joint(_), NonUs::Atomal) => Category::Aea,
                (Owner::Us | Owner::Joint(_), _) => Category::Sci,
                _ => Category::NonUs,
            });
        }
        if self.dissem_word(text).is_some() || self.is_release(text) {
            return Some(Category::Dissem);
        }
        if self.word(NON_IC, text).is_some() || text.starts_with("ACCM-") {
            return Some(Category::NonIc);
        }
        if self.aea_of(text).is_some() {
            return Some(Category::Aea);
        }
        (self.system(begins).is_some() || self.system_title(text).is_some()).then_some(Category::Sci)
    }

    /// Long names stand in banner lines only.
    fn is_form(&self, name: &str) -> bool {
        self.form == Form::Banner || !name.contains(' ')
    }

    /// A word of a closed list in the form that is read.
    pub(super) fn word<T: Copy>(&self, table: &[Word<T>], text: &str) -> Option<T> {
        let found = table.iter().find(|word| match self.form {
            Form::Banner => text == word.banner || text == word.title,
            Form::Portion => text == word.portion,
        });
        found.map(|word| word.value)
    }

    /// A dissemination control that this edition knows.
    pub(super) fn dissem_word(&self, text: &str) -> Option<Dissem> {
        self.word(DISSEM, text).filter(|control| control.editions() & self.edition.bit != 0)
    }

    fn non_us(&mut self, segment: Piece<'_>) -> Result<(), Fault> {
        for entry in segment.split("/") {
            let control = self.word(NON_US, entry.text).ok_or_else(|| self.wrong(entry))?;
            if !self.marking.non_us.insert(control) {
                return Err(entry.fault(fault::TWICE));
            }
        }
        Ok(())
    }

    fn system(&self, mark: &str) -> Option<&'static System> {
        let mark = if self.edition.free_compartments && mark == "COMINT" { "SI" } else { mark };
        SYSTEMS.iter().find(|system| system.mark == mark && system.editions & self.edition.bit != 0)
    }

    fn system_title(&self, text: &str) -> Option<&'static System> {
        SYSTEMS.iter().find(|system| {
            let rest = text.strip_prefix(system.title);
            self.form == Form::Banner
                && system.editions & self.edition.bit != 0
                && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }

    fn sci(&mut self, segment: Piece<'_>) -> Result<(), Fault> {
        let mut last: Option<(u8, &str)> = None;
        for entry in segment.split("/") {
            let rank = match self.word(NON_US, entry.text) {
                Some(control @ (NonUs::Balk | NonUs::Bohemia)) if self.marking.owner.is_us() => {
                    if !self.marking.non_us.insert(control) {
                        return Err(entry.fault(fault::TWICE));
                    }
                    (1, control.ism())
                }
                _ => (0, self.control(entry)?),
            };
            if self.edition.entries_in_order && last.is_some_and(|last| last >= rank) {
                return Err(entry.fault(fault::ORDER));
            }
            last = Some(rank);
        }
        Ok(())
    }

    /// A system with its compartments and sub-compartments: `SI-G ABCD ACDE-NK`.
    fn control(&mut self, entry: Piece<'_>) -> Result<&'static str, Fault> {
        let mut parts = entry.split("-");
        let head = parts.next().unwrap_or(entry);
        let titled = self.system_title(head.text);
        let system = titled.or_else(|| self.system(head.text)).ok_or_else(|| self.wrong(entry))?;
        if !self.marking.sci.insert(system.mark.into()) {
            return Err(entry.fault(fault::TWICE));
        }
        let mut last = "";
        for part in parts {
            let mut words = part.split(" ");
            let word = words.next().unwrap_or(part);
            let title = system.listed.iter().find(|known| self.form == Form::Banner && known.1 == word.text);
            let mark = title.map_or(word.text, |known| known.0);
            if !is_compartment(system, mark, self.edition) {
                return Err(word.fault(fault::UNKNOWN));
            }
            let control = [system.mark, "-", mark].concat();
            if self.edition.entries_in_order && last > mark {
                return Err(part.fault(fault::ORDER));
            }
            last = mark;
            if !self.marking.sci.insert(control.clone()) {
                return Err(word.fault(fault::TWICE));
            }
            let mut before = "";
            for sub in words {
                if !is_graph(sub.text, 6) {
                    return Err(sub.fault(fault::UNKNOWN));
                }
                if self.edition.entries_in_order && before > sub.text {
                    return Err(sub.fault(fault::ORDER));
                }
                before = sub.text;
                if !self.marking.sci.insert([&control, "-", sub.text].concat()) {
                    return Err(sub.fault(fault::TWICE));
                }
            }
        }
        Ok(system.mark)
    }

    fn sar(&mut self, segment: Piece<'_>) -> Result<(), Fault> {
        let inner = SAR.iter().find_map(|name| segment.after(name)).unwrap_or(segment);
        let mut last = String::new();
        for entry in inner.split("/") {
            let mut parts = entry.split("-");
            let head = parts.next().unwrap_or(entry);
            if !head.text.split(' ').all(|word| is_graph(word, 32)) || head.text.len() > 48 {
                return Err(head.fault(if head.text.is_empty() { fault::EMPTY } else { fault::UNKNOWN }));
            }
            let program = head.text.replace(' ', "_");
            // The prefix stands once for all programs; a second one would make another program of the one behind it.
            if is_sar_prefix(&program) {
                return Err(head.fault(fault::UNKNOWN));
            }
            if !self.marking.sar.insert(program.clone()) {
                return Err(entry.fault(fault::TWICE));
            }
            if self.edition.entries_in_order && last > program {
                return Err(entry.fault(fault::ORDER));
            }
            let mut compartment_before = "";
            for part in parts {
                let mut words = part.split(" ");
                let word = words.next().unwrap_or(part);
                let mut above = [&program, "-", word.text].concat();
                self.program_part(word, &above, compartment_before)?;
                compartment_before = word.text;
                let mut before = "";
                above.push('-');
                for sub in words {
                    self.program_part(sub, &[&above, sub.text].concat(), before)?;
                    before = sub.text;
                }
            }
            last = program;
        }
        Ok(())
    }

    fn program_part(&mut self, piece: Piece<'_>, whole: &str, before: &str) -> Result<(), Fault> {
        if !is_graph(piece.text, 16) {
            return Err(piece.fault(fault::UNKNOWN));
        }
        if !self.marking.sar.insert(whole.into()) {
            return Err(piece.fault(fault::TWICE));
        }
        match self.edition.entries_in_order && before > piece.text {
            true => Err(piece.fault(fault::ORDER)),
            false => Ok(()),
        }
    }

    /// The word at the beginning of an entry of atomic energy information, with what follows it.
    fn aea_of<'a>(&self, text: &'a str) -> Option<(Aea, &'a str)> {
        let forms = |word: &'static Word<Aea>| match self.form {
            Form::Banner => [word.title, word.banner],
            Form::Portion => [word.portion, word.portion],
        };
        AEA.iter().find_map(|word| {
            let rest = forms(word).into_iter().find_map(|form| text.strip_prefix(form))?;
            (rest.is_empty() || rest.starts_with('-')).then_some((word.value, rest))
        })
    }

    fn aea(&mut self, segment: Piece<'_>) -> Result<(), Fault> {
        let mut last = None;
        for entry in segment.split("/") {
            if self.marking.owner.is_us() && self.word(NON_US, entry.text) == Some(NonUs::Atomal) {
                if !self.marking.non_us.insert(NonUs::Atomal) {
                    return Err(entry.fault(fault::TWICE));
                }
                last = Some(Aea::Tfni);
                continue;
            }
            let (word, rest) = self.aea_of(entry.text).ok_or_else(|| self.wrong(entry))?;
            if !self.marking.aea.insert(word) {
                return Err(entry.fault(fault::TWICE));
            }
            if self.edition.entries_in_order && last.is_some_and(|last| last >= word) {
                return Err(entry.fault(fault::ORDER));
            }
            last = Some(word);
            let at = entry.range().end.saturating_sub(rest.len());
            self.aea_parts(word, Piece { text: rest, at })?;
        }
        Ok(())
    }

    /// `-CNWDI-SIGMA 14 20`: each once, in this order.
    fn aea_parts(&mut self, word: Aea, mut rest: Piece<'_>) -> Result<(), Fault> {
        let cnwdi: &[&str] = match (self.form, self.edition.cnwdi_n) {
            (_, true) => &["-CNWDI", "-N"],
            (Form::Banner, false) => &["-CRITICAL NUCLEAR WEAPON DESIGN INFORMATION", "-CNWDI"],
            (Form::Portion, false) => &["-CNWDI"],
        };
        if word == Aea::Rd
            && let Some(after) = cnwdi.iter().find_map(|name| rest.after(name))
        {
            self.marking.aea.insert(Aea::RdCnwdi);
            rest = after;
        }
        let sigma_word = if self.form == Form::Banner { "-SIGMA " } else { "-SG " };
        let of: Option<fn(u8) -> Aea> = match word {
            Aea::Rd => Some(Aea::RdSigma),
            Aea::Frd => Some(Aea::FrdSigma),
            _ => None,
        };
        let (Some(list), Some(of)) = (rest.after(sigma_word), of) else {
            return if rest.text.is_empty() { Ok(()) } else { Err(rest.fault(fault::UNKNOWN)) };
        };
        let mut last = 0;
        for number in list.split(" ") {
            let found = sigma(number.text, self.edition).ok_or_else(|| number.fault(fault::UNKNOWN))?;
            if !self.marking.aea.insert(of(found)) {
                return Err(number.fault(fault::TWICE));
            }
            if self.edition.entries_in_order && last > found {
                return Err(number.fault(fault::ORDER));
            }
            last = found;
        }
        Ok(())
    }

    fn fgi(&mut self, segment: Piece<'_>) -> Result<(), Fault> {
        let rest = FGI.iter().find_map(|name| segment.after(name)).unwrap_or(segment);
        match rest.after(" ") {
            Some(list) => self.marking.fgi = countries(list, " ", self.edition, false)?,
            None if rest.text.is_empty() => self.marking.fgi_concealed = true,
            None => return Err(rest.fault(fault::UNKNOWN)),
        }
        Ok(())
    }

    /// The fault of an entry that is not of the category that is read.
    pub(super) fn wrong(&self, entry: Piece<'_>) -> Fault {
        entry.fault(match self.category(entry) {
            _ if entry.text.is_empty() => fault::EMPTY,
            Some(_) => fault::CATEGORY_MIXED,
            None => fault::UNKNOWN,
        })
    }
}
