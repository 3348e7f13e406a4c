//! ISM attributes: read into a marking, and written from one. Source: ODNI ISM v2022-DEC, `Attributes` and its lists.

use crate::country::Code;
use crate::edition::{CAPCO, Edition, ISM};
use crate::fault::{self, Fault};
use crate::grammar::is_sar_prefix;
use crate::marking::{Marking, Owner};
use crate::names::{self, Use};
use crate::rollup::Date;
use crate::vocabulary::{Aea, Dissem, EXEMPTIONS, Level, NonIc, NonUs, SYSTEMS};
use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Most bytes of one value, and most values of one list.
const VALUE_MAX: usize = 4096;
/// Most bytes of one token.
const TOKEN_MAX: usize = 64;

impl Marking {
    /// Reads ISM attributes, name and value, in any order; a name may have a prefix (`ism:`).
    ///
    /// # Errors
    /// Every attribute that is unknown, repeated or has a value that `edition` does not know. `at` of a fault is the
    /// place of the attribute in the order of `attributes`.
    pub fn read<'a>(
        attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
        edition: &'static Edition,
    ) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader {
            edition,
            marking: Self::new(Level::U),
            level: None,
            owners: Vec::new(),
            joint: None,
            seen: BTreeSet::new(),
        };
        let mut faults = Vec::new();
        for (at, (name, value)) in attributes.into_iter().enumerate() {
            if let Err(code) = reader.attribute(name.strip_prefix("ism:").unwrap_or(name), value) {
                faults.push(Fault::new(code, at..at.saturating_add(1)));
            }
        }
        match reader.end() {
            Ok(marking) if faults.is_empty() => Ok(marking),
            Ok(_) => Err(faults),
            Err(code) => {
                faults.push(Fault::new(code, 0..0));
                Err(faults)
            }
        }
    }

    /// The ISM attributes, in the order of the schema, lists in the order of their tables.
    pub fn attributes(&self, edition: &Edition) -> Vec<(&'static str, String)> {
        let mut out = Vec::new();
        let mut put = |name: &'static str, values: Vec<&str>| {
            if !values.is_empty() {
                out.push((name, values.join(" ")));
            }
        };
        put("classification", [self.level.mark()].into());
        match &self.owner {
            Owner::Us => put("ownerProducer", ["USA"].into()),
            Owner::Joint(owners) => put("ownerProducer", owners.iter().map(Code::text).collect()),
            Owner::Foreign(owner) => put("ownerProducer", [owner.text()].into()),
            Owner::Concealed => put("ownerProducer", ["FGI"].into()),
        }
        if matches!(self.owner, Owner::Joint(_)) && edition.bit & (ISM | CAPCO) != 0 {
            put("joint", ["true"].into());
        }
        put("SCIcontrols", self.sci.iter().map(String::as_str).collect());
        put("SARIdentifier", self.sar.iter().map(String::as_str).collect());
        let aea: Vec<String> = self.aea.iter().map(Aea::to_string).collect();
        put("atomicEnergyMarkings", aea.iter().map(String::as_str).collect());
        put("FGIsourceOpen", self.fgi.iter().map(Code::text).collect());
        put("FGIsourceProtected", self.fgi_concealed.then_some("FGI").into_iter().collect());
        put("disseminationControls", self.dissem.iter().map(|one| one.ism()).collect());
        put("releasableTo", usa_first(&self.rel).map(Code::text).collect());
        put("displayOnlyTo", usa_first(&self.display).map(Code::text).collect());
        let accm: Vec<String> = self.accm.iter().map(|name| ["ACCM-", name].concat()).collect();
        let non_ic = self.non_ic.iter().map(|one| one.ism());
        put("nonICmarkings", non_ic.chain(accm.iter().map(String::as_str)).collect());
        let prefix = if edition.nato_prefix { "" } else { "NATO-" };
        let non_us = self.non_us.iter().map(|one| one.ism());
        put("nonUSControls", non_us.map(|text| text.strip_prefix(prefix).unwrap_or(text)).collect());
        self.more(&mut put);
        out
    }

    fn more(&self, put: &mut dyn FnMut(&'static str, Vec<&str>)) {
        let more = &self.more;
        if let Some(level) = more.nato_high_water {
            put("highWaterNATO", [["NATO-", level.mark()].concat().as_str()].into());
        }
        let exemptions = EXEMPTIONS.iter().copied().filter(|one| more.exemptions.contains(one));
        put("declassException", exemptions.collect());
        if let Some(date) = &more.declass_date {
            put("declassDate", [date.to_string().as_str()].into());
        }
        put("hasApproximateMarkings", more.approximate.then_some("true").into_iter().collect());
        put("excludeFromRollup", more.excluded.then_some("true").into_iter().collect());
    }
}

/// The list with USA first.
pub(crate) fn usa_first(codes: &BTreeSet<Code>) -> impl Iterator<Item = &Code> {
    codes.iter().filter(|code| code.is_usa()).chain(codes.iter().filter(|code| !code.is_usa()))
}

struct Reader {
    edition: &'static Edition,
    marking: Marking,
    level: Option<Level>,
    owners: Vec<String>,
    joint: Option<bool>,
    seen: BTreeSet<String>,
}

impl Reader {
    fn attribute(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        if value.len() > VALUE_MAX || name.len() > TOKEN_MAX {
            return Err(fault::LONG);
        }
        if !self.seen.insert(name.into()) {
            return Err(fault::VALUE_TWICE);
        }
        let purpose = names::use_of(name).ok_or(fault::ATTRIBUTE)?;
        let free_text = purpose == Use::Text || matches!(name, "declassEvent" | "compilationReason");
        let tokens: Vec<&str> = value.split(' ').filter(|token| !token.is_empty()).collect();
        if !free_text {
            let distinct: BTreeSet<&&str> = tokens.iter().collect();
            if distinct.len() != tokens.len() {
                return Err(fault::VALUE_TWICE);
            }
            if tokens.is_empty() || tokens.iter().any(|token| token.len() > TOKEN_MAX) {
                return Err(fault::VALUE);
            }
        }
        let one = match *tokens.as_slice() {
            [one] => Some(one),
            _ => None,
        };
        if name == "FGIsourceProtected" && tokens.len() > 1 && tokens.contains(&"FGI") {
            // ISM-ID-00217.
            return Err(fault::VALUE);
        }
        match name {
            "classification" => self.level = Some(one.and_then(Level::of).ok_or(fault::VALUE)?),
            "ownerProducer" => self.owners = tokens.iter().copied().map(String::from).collect(),
            "joint" => self.joint = Some(boolean(one)?),
            "declassDate" => {
                self.marking.more.declass_date = Some(one.and_then(Date::read).ok_or(fault::DATE)?);
            }
            "declassEvent" => self.marking.more.declass_event = true,
            "compilationReason" => self.marking.more.compilation = true,
            "hasApproximateMarkings" => self.marking.more.approximate = boolean(one)?,
            "excludeFromRollup" => self.marking.more.excluded = boolean(one)?,
            "highWaterNATO" => {
                let level = one.and_then(|one| one.strip_prefix("NATO-")).and_then(Level::of);
                self.marking.more.nato_high_water = Some(level.ok_or(fault::VALUE)?);
            }
            _ => return self.others(name, purpose, &tokens),
        }
        Ok(())
    }

    /// A list of the marking, or what is only held to its form.
    fn others(&mut self, name: &str, purpose: Use, tokens: &[&str]) -> Result<(), &'static str> {
        let one = match *tokens {
            [one] => Some(one),
            _ => None,
        };
        match purpose {
            Use::Said => tokens.iter().try_for_each(|token| self.token(name, token)),
            Use::Text => Ok(()),
            Use::Date => one.and_then(Date::read).map(|_| ()).ok_or(fault::DATE),
            Use::Flag => boolean(one).map(|_| ()),
            Use::Words(known) => {
                tokens.iter().all(|token| known.contains(token)).then_some(()).ok_or(fault::VALUE)
            }
        }
    }

    /// One value of a list.
    fn token(&mut self, name: &str, token: &str) -> Result<(), &'static str> {
        let marking = &mut self.marking;
        match name {
            "SCIcontrols" => {
                is_sci(token, self.edition).then_some(()).ok_or(fault::VALUE)?;
                marking.sci.insert(token.into());
            }
            "SARIdentifier" => {
                is_program(token).then_some(()).ok_or(fault::VALUE)?;
                marking.sar.insert(token.into());
            }
            "atomicEnergyMarkings" => {
                marking.aea.insert(aea(token, self.edition).ok_or(fault::VALUE)?);
            }
            "FGIsourceOpen" if token == "FGI" || token == "UNKNOWN" => marking.fgi_concealed = true,
            "FGIsourceOpen" => {
                marking.fgi.insert(Code::of(token).ok_or(fault::VALUE)?);
            }
            // Which country it is does not matter any more: it is not to be named.
            "FGIsourceProtected" => {
                (token == "FGI" || Code::of(token).is_some()).then_some(()).ok_or(fault::VALUE)?;
                marking.fgi_concealed = true;
            }
            "nonUSControls" => {
                let known = match self.edition.nato_prefix {
                    true => NonUs::of(token),
                    false => NonUs::of(&["NATO-", token].concat()),
                };
                marking.non_us.insert(known.ok_or(fault::VALUE)?);
            }
            "disseminationControls" => {
                let known = Dissem::of(token).filter(|one| one.editions() & self.edition.bit != 0);
                marking.dissem.insert(known.ok_or(fault::VALUE)?);
            }
            "releasableTo" => {
                marking.rel.insert(Code::of(token).ok_or(fault::VALUE)?);
            }
            "displayOnlyTo" => {
                marking.display.insert(Code::of(token).ok_or(fault::VALUE)?);
            }
            "nonICmarkings" => match token.strip_prefix("ACCM-") {
                Some(nickname) if is_name(nickname) => {
                    marking.accm.insert(nickname.into());
                }
                _ => {
                    marking.non_ic.insert(NonIc::of(token).ok_or(fault::VALUE)?);
                }
            },
            "declassException" => {
                let known = EXEMPTIONS.iter().find(|known| **known == token).ok_or(fault::VALUE)?;
                marking.more.exemptions.insert(known);
            }
            _ => return Err(fault::ATTRIBUTE),
        }
        Ok(())
    }

    fn end(mut self) -> Result<Marking, &'static str> {
        self.marking.level = self.level.ok_or(fault::NO_LEVEL)?;
        let owners: Vec<&str> = self.owners.iter().map(String::as_str).collect();
        self.marking.owner = match owners.as_slice() {
            [] => return Err(fault::NO_LEVEL),
            ["USA"] => Owner::Us,
            ["FGI"] => Owner::Concealed,
            [one] => Owner::Foreign(Code::of(one).ok_or(fault::VALUE)?),
            several => Owner::Joint(
                several.iter().map(|one| Code::of(one)).collect::<Option<_>>().ok_or(fault::VALUE)?,
            ),
        };
        // A compartment brings what is above it along (ISM-ID-00388).
        let sci = &self.marking.sci;
        if !sci.iter().all(|one| one.rsplit_once('-').is_none_or(|(above, _)| sci.contains(above))) {
            return Err(fault::VALUE);
        }
        if self.joint == Some(true) && !matches!(self.marking.owner, Owner::Joint(_)) {
            return Err(fault::VALUE);
        }
        Ok(self.marking)
    }
}

fn boolean(text: Option<&str>) -> Result<bool, &'static str> {
    match text {
        Some("true" | "1") => Ok(true),
        Some("false" | "0") => Ok(false),
        _ => Err(fault::VALUE),
    }
}

/// True for a system of the edition, a compartment that it has, and sub-compartments.
pub(crate) fn is_sci(control: &str, edition: &Edition) -> bool {
    let mut parts = control.splitn(3, '-');
    let Some(system) = parts.next().and_then(|mark| {
        SYSTEMS.iter().find(|system| system.mark == mark && system.editions & edition.bit != 0)
    }) else {
        return false;
    };
    parts.next().is_none_or(|compartment| is_compartment(system, compartment, edition))
        && parts.next().is_none_or(|sub| is_graph(sub, 6))
}

/// True where `system` has this compartment.
pub(crate) fn is_compartment(system: &crate::vocabulary::System, mark: &str, edition: &Edition) -> bool {
    let most = match system.compartments {
        _ if edition.free_compartments => 8,
        crate::vocabulary::Compartments::Free(most) => most,
        crate::vocabulary::Compartments::Listed => 0,
    };
    system.listed.iter().any(|known| known.0 == mark) || is_graph(mark, most)
}

/// Letters and digits, at most so many.
pub(crate) fn is_graph(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// A name of words, an underscore between two.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= TOKEN_MAX && text.split('_').all(|word| is_graph(word, 32))
}

/// A special access program with its compartments: `PROM_TUX-JR-A16`, or `SAR-DOD:TS:BP` as of 2022.
fn is_program(token: &str) -> bool {
    let own = token.rsplit(':').next().unwrap_or(token);
    let authority = token.strip_suffix(own).unwrap_or("");
    let mut parts = authority.split_terminator(':');
    let named = match parts.next() {
        None | Some("") => true,
        Some(source) => source.strip_prefix("SAR-").is_some_and(|name| name.len() >= 3 && is_graph(name, 32)),
    };
    let level = parts.next().is_none_or(|level| matches!(level, "C" | "S" | "TS"));
    let mut own = own.split('-');
    let program = own.next().is_some_and(|program| is_name(program) && !is_sar_prefix(program));
    named
        && level
        && parts.next().is_none()
        && program
        && own.all(|part| is_graph(part, 16))
        && depth(token) <= 2
}

fn depth(token: &str) -> usize {
    token.rsplit(':').next().unwrap_or(token).matches('-').count()
}

fn aea(token: &str, edition: &Edition) -> Option<Aea> {
    let sigma = |text: &str| sigma(text, edition);
    match token {
        "RD" => Some(Aea::Rd),
        "RD-CNWDI" => Some(Aea::RdCnwdi),
        "FRD" => Some(Aea::Frd),
        "DCNI" => Some(Aea::Dcni),
        "UCNI" => Some(Aea::Ucni),
        "TFNI" => Some(Aea::Tfni),
        _ => match token.strip_prefix("RD-SG-") {
            Some(number) => sigma(number).map(Aea::RdSigma),
            None => token.strip_prefix("FRD-SG-").and_then(sigma).map(Aea::FrdSigma),
        },
    }
}

impl core::fmt::Display for Aea {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Rd => out.write_str("RD"),
            Self::RdCnwdi => out.write_str("RD-CNWDI"),
            Self::RdSigma(number) => write!(out, "RD-SG-{number}"),
            Self::Frd => out.write_str("FRD"),
            Self::FrdSigma(number) => write!(out, "FRD-SG-{number}"),
            Self::Dcni => out.write_str("DCNI"),
            Self::Ucni => out.write_str("UCNI"),
            Self::Tfni => out.write_str("TFNI"),
        }
    }
}

/// The number of a SIGMA, written without sign or leading zero.
pub(crate) fn sigma(text: &str, edition: &Edition) -> Option<u8> {
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && edition.has_sigma(*number))
}
