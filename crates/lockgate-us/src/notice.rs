//! What attributes say beyond the marking: a limit on who may have the information that no word of a banner line repeats.
//! Source: ODNI ISM v2022-DEC, `CVEnumISMNotice`, `CVEnumISMNoticeProse`, `CVEnumISM25X`; ISM V13 for `DoD-Dist-X`.

use crate::edition::Edition;
use crate::marking::{Marking, Owner};
use crate::vocabulary::{Aea, Dissem, Level, NonIc};
use crate::{Code, NonUs};

/// CVEnumISMNotice of both editions of ISM.
pub(crate) const NOTICES: &[&str] = &[
    "FISA",
    "RAWFISA",
    "IMC",
    "CNWDI",
    "RD",
    "FRD",
    "DS",
    "LES",
    "LES-NF",
    "DSEN",
    "DoD-Dist-A",
    "DoD-Dist-B",
    "DoD-Dist-C",
    "DoD-Dist-D",
    "DoD-Dist-E",
    "DoD-Dist-F",
    "DoD-Dist-X",
    "US-Person",
    "pre13526ORCON",
    "POC",
    "COMSEC",
    "SSI",
    "RSEN",
    "IMCON_RSEN",
    "GEOCAP",
    "NATO",
    "RC_Dissemination_Control_Required",
    "ITAR-EAR",
];

/// CVEnumISMNoticeProse: each is the text of the notice that it is named after.
pub(crate) const PROSE: &[&str] = &[
    "FISA_00001",
    "FISA_00002",
    "FISA_00003",
    "RAWFISA_00001",
    "CNWDI_00001",
    "RD_00001",
    "FRD_00001",
    "DS_00001",
    "DSEN_00001",
    "DoD-Dist-A_00001",
    "COMSEC_00001",
    "SSI_00001",
    "GEOCAP_00001",
    "NATO_00001",
    "NATO_00002",
    "NATO_00003",
    "NATO_00004",
    "NATO_00005",
    "RC_Dissemination_Control_Required_00001",
    "ITAR-EAR_00001",
    "DISPLAYONLY_00001",
];

const NOTICE: &str = "a notice that limits who may have it";
const UNSAID: &str = "a notice of a control that the marking beside it does not have";

impl Marking {
    /// What an attribute, one of those that this marking was read from, says about readers that the marking itself does not say;
    /// `None` where it says nothing of them. What is not known to be harmless is a limit.
    pub fn limit(&self, name: &str, value: &str, edition: &Edition) -> Option<&'static str> {
        let mut words = value.split(' ').filter(|word| !word.is_empty());
        match name {
            "noticeType" => words.find_map(|word| self.notice(word)),
            "noticeProseID" => words.find_map(|word| self.notice(word.rsplit_once('_')?.0)),
            "unregisteredNoticeType" => Some("a notice that is in no register"),
            // ISM-ID-00157: the reason of a distribution that is limited.
            "noticeReason" => Some("the reason of a limited distribution"),
            // ISM-ID-00238: whom to ask stands beside such a statement only.
            "pocType" => words.find(|word| word.starts_with("DoD-Dist-")).map(|_| NOTICE),
            "declassException" => words.find_map(|word| self.exemption(word)),
            // CVEnumISMCompliesWith: never where USA is an owner.
            "compliesWith" => words
                .find(|word| *word == "OtherAuthority")
                .map(|_| "the rules of another authority than the United States"),
            "DESVersion" if !is_version(value, edition) => Some("another version of ISM than is read here"),
            _ => None,
        }
    }

    /// A notice that tells what the marking says already is none of a limit; any other is.
    fn notice(&self, word: &str) -> Option<&'static str> {
        let has = |control| self.dissem.contains(&control);
        let also = |control| self.non_ic.contains(&control);
        let said = match word {
            "POC" => true,
            // ISM-ID-00159: what is approved for everybody is unclassified.
            "DoD-Dist-A" => self.level == Level::U,
            "FISA" => has(Dissem::Fisa),
            "RAWFISA" => has(Dissem::RawFisa),
            "IMC" => has(Dissem::Imc),
            "RSEN" => has(Dissem::Rs),
            "IMCON_RSEN" => has(Dissem::Imc) && has(Dissem::Rs),
            "DSEN" => has(Dissem::Dsen),
            "DS" => also(NonIc::Ds),
            "LES" => also(NonIc::Les),
            "SSI" => also(NonIc::Ssi),
            "CNWDI" => self.aea.contains(&Aea::RdCnwdi),
            "RD" => self.aea.contains(&Aea::Rd),
            "FRD" => self.aea.contains(&Aea::Frd),
            _ => return Some(NOTICE),
        };
        (!said).then_some(if word == "DoD-Dist-A" { NOTICE } else { UNSAID })
    }

    /// An exemption because of somebody's information that the marking does not name.
    fn exemption(&self, word: &str) -> Option<&'static str> {
        let nato = match &self.owner {
            Owner::Joint(owners) => owners.iter().any(Code::is_nato),
            owner => owner.is_nato(),
        };
        let control = |one: &NonUs| matches!(one, NonUs::Atomal | NonUs::Bohemia | NonUs::Balk);
        let has_nato = nato || self.fgi.iter().any(Code::is_nato) || self.non_us.iter().any(control);
        match word {
            "NATO" | "NATO-AEA" if !has_nato => {
                Some("an exemption for NATO's information, which the marking does not name")
            }
            "AEA" | "NATO-AEA" if self.aea.is_empty() => {
                Some("an exemption for atomic energy information, which the marking does not name")
            }
            _ => None,
        }
    }
}

/// True where `version` is one of the edition: its number, with or without that of its value lists and an ending of one's own
/// (IC-ISM.xsd, `DESVersion`).
fn is_version(version: &str, edition: &Edition) -> bool {
    let (numbers, ending) = match version.split_once('-') {
        Some((numbers, ending)) => (numbers, Some(ending)),
        None => (version, None),
    };
    let (number, lists) = match numbers.split_once('.') {
        Some((number, lists)) => (number, Some(lists)),
        None => (numbers, None),
    };
    let is_number = |lists: &str| lists.len() == 6 && lists.bytes().all(|byte| byte.is_ascii_digit());
    edition.ism_version == Some(number)
        && lists.is_none_or(is_number)
        && ending.is_none_or(|ending| (1..=23).contains(&ending.chars().count()))
}

#[cfg(test)]
mod tests;
