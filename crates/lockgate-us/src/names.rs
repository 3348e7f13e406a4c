//! The attributes of ISM by name. Source: ODNI ISM v2022-DEC, schema `IC-ISM.xsd`, attribute declarations.

use crate::notice::{NOTICES, PROSE};

/// What an attribute is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// It says something of the marking: [`crate::Marking::read`] reads its value.
    Said,
    /// Text of people, or a number of a version: it says nothing that a banner line or a roll-up uses. What it may say of readers
    /// all the same is asked of [`crate::Marking::limit`].
    Text,
    /// A date that a banner line does not use.
    Date,
    /// True or false, of no use here.
    Flag,
    /// One or several of these words.
    Words(&'static [&'static str]),
}

/// CVEnumISMCompliesWith without what is controlled unclassified information: its markings are not read here.
const REGIMES: &[&str] = &["USGov", "USIC", "USDOD", "OtherAuthority"];
/// CVEnumISMExemptFrom.
const EXEMPT: &[&str] = &["IC_710_MANDATORY_FDR", "DOD_DISTRO_STATEMENT"];
/// CVEnumISMPocType of both editions of ISM.
const CONTACTS: &[&str] =
    &["ICD-710", "DoD-Dist-B", "DoD-Dist-C", "DoD-Dist-D", "DoD-Dist-E", "DoD-Dist-F", "DoD-Dist-X"];

/// All attributes that are read, by their names in the schema.
pub(crate) const NAMES: &[(&str, Use)] = &[
    ("DESVersion", Use::Text),
    ("FGIsourceOpen", Use::Said),
    ("FGIsourceProtected", Use::Said),
    ("ISMCATCESVersion", Use::Text),
    ("SARIdentifier", Use::Said),
    ("SCIcontrols", Use::Said),
    ("atomicEnergyMarkings", Use::Said),
    ("classification", Use::Said),
    ("classificationReason", Use::Text),
    ("classifiedBy", Use::Text),
    ("compilationReason", Use::Said),
    ("compliesWith", Use::Words(REGIMES)),
    ("createDate", Use::Date),
    ("declassDate", Use::Said),
    ("declassEvent", Use::Said),
    ("declassException", Use::Said),
    ("derivativelyClassifiedBy", Use::Text),
    ("derivedFrom", Use::Text),
    ("displayOnlyTo", Use::Said),
    ("disseminationControls", Use::Said),
    ("excludeFromRollup", Use::Said),
    ("exemptFrom", Use::Words(EXEMPT)),
    ("externalNotice", Use::Flag),
    ("hasApproximateMarkings", Use::Said),
    ("highWaterNATO", Use::Said),
    ("joint", Use::Said),
    ("noAggregation", Use::Flag),
    ("nonICmarkings", Use::Said),
    ("nonUSControls", Use::Said),
    ("noticeDate", Use::Date),
    ("noticeProseID", Use::Words(PROSE)),
    ("noticeReason", Use::Text),
    ("noticeType", Use::Words(NOTICES)),
    ("ownerProducer", Use::Said),
    ("pocType", Use::Words(CONTACTS)),
    ("releasableTo", Use::Said),
    ("resourceElement", Use::Flag),
    ("unregisteredNoticeType", Use::Text),
];

/// What the attribute is there for; `None` where it is none that is read.
pub(crate) fn use_of(name: &str) -> Option<Use> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, of)| *of)
}

/// The attribute that `name` is another spelling of: in small or capital letters, with underscores or without.
pub fn attribute(name: &str) -> Option<&'static str> {
    let plain = || name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase());
    let same = |known: &str| known.bytes().map(|byte| byte.to_ascii_lowercase()).eq(plain());
    NAMES.iter().map(|(known, _)| *known).find(|known| same(known))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, attribute, use_of};

    #[test]
    fn every_name_is_there_once_in_any_spelling() {
        for (name, of) in NAMES {
            assert_eq!(attribute(&name.to_ascii_lowercase()), Some(*name));
            assert_eq!(use_of(name), Some(*of));
        }
        assert_eq!(attribute("sci_controls"), Some("SCIcontrols"));
        assert_eq!(attribute("FGI_source_open"), Some("FGIsourceOpen"));
        for none in ["", "_", "cui_basic", "classifications", "ism:classification"] {
            assert_eq!(attribute(none), None, "{none}");
        }
    }
}
