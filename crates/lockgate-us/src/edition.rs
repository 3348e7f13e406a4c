//! Editions: where authorities disagree, one field each.

use crate::rollup::Date;

/// The editions as bits, for tables.
pub(crate) const DOD: u8 = 1;
pub(crate) const V13: u8 = 2;
pub(crate) const CAPCO: u8 = 4;
pub(crate) const ISM: u8 = 8;
pub(crate) const EVERY: u8 = DOD | V13 | CAPCO | ISM;

/// One edition of the US marking rules.
#[derive(Debug, PartialEq, Eq)]
pub struct Edition {
    /// Its name, as in `--policy us:NAME`.
    pub name: &'static str,
    /// The document, its edition and date.
    pub source: &'static str,
    /// The day from which it is in force, `2016-12-31`.
    pub since: &'static str,
    pub(crate) bit: u8,
    /// Entries of a category stand in the order of the register, or in any.
    pub(crate) entries_in_order: bool,
    /// Countries of a list stand in alphabetical order, or in any (USA is first in REL TO in all of them).
    pub(crate) countries_in_order: bool,
    /// Any compartment of up to eight letters and digits, COMINT for SI.
    pub(crate) free_compartments: bool,
    /// SIGMA numbers that exist.
    pub(crate) sigmas: &'static [u8],
    /// Any SIGMA from 1 to 99.
    pub(crate) any_sigma: bool,
    /// CNWDI is written `-N`.
    pub(crate) cnwdi_n: bool,
    /// RD takes the place of FRD and TFNI in a whole.
    pub(crate) one_aea: bool,
    /// Organisations that a roll-up takes apart; `None`: every one whose members are published.
    pub(crate) expands: Option<&'static [&'static str]>,
    /// A whole has one exemption, the one that lasts longest.
    pub(crate) one_exemption: bool,
    /// SBU and LES stay on a classified whole.
    pub(crate) keeps_sbu: bool,
    /// SBU NOFORN and LES NOFORN stay so on an unclassified whole without any marking for release or against it, whatever
    /// else stands there (ISM-ID-00104, 00149); elsewhere they become NOFORN as soon as anything else stands.
    pub(crate) keeps_noforn_of_non_ic: bool,
    /// LIMDIS drops from a classified whole (ISM-ID-00084, 00346).
    pub(crate) drops_limdis: bool,
    /// The highest NATO level is stated beside FGI NATO.
    pub(crate) nato_high_water: bool,
    /// ISM value of NATO's controls has the prefix `NATO-`.
    pub(crate) nato_prefix: bool,
    /// Information of several owners, or of another one, that is released to those owners and the United States alone, needs
    /// nobody's consent: each of them is to have what is its own (CAPCO 2016 H.3, H.7; ISM-ID-00377).
    pub(crate) owners_have_their_own: bool,
    /// What `DESVersion` begins with in attributes of this edition; `None` where it is no edition of ISM.
    pub(crate) ism_version: Option<&'static str>,
}

const THREE_GROUPS: &[&str] = &["TEYE", "ACGU", "FVEY"];
const SIGMAS: &[u8] = &[14, 15, 18, 20];

/// All editions, the oldest first.
pub const EDITIONS: &[Edition] = &[
    Edition {
        name: "dod-2012",
        source: "DoDM 5200.01 Volume 2 (2012-02-24), Enclosure 4, as far as openly published validators encode it",
        since: "2012-02-24",
        bit: DOD,
        entries_in_order: false,
        countries_in_order: false,
        free_compartments: true,
        sigmas: SIGMAS,
        any_sigma: true,
        cnwdi_n: true,
        one_aea: true,
        expands: Some(&[]),
        one_exemption: true,
        keeps_sbu: true,
        keeps_noforn_of_non_ic: false,
        drops_limdis: false,
        nato_high_water: false,
        nato_prefix: false,
        owners_have_their_own: false,
        ism_version: None,
    },
    Edition {
        name: "ism-2014",
        source: "ODNI XML Data Encoding Specification for Information Security Markings V13 (2014)",
        since: "2014-01-01",
        bit: V13,
        entries_in_order: true,
        countries_in_order: true,
        free_compartments: false,
        sigmas: SIGMAS,
        any_sigma: true,
        cnwdi_n: false,
        one_aea: false,
        expands: Some(THREE_GROUPS),
        one_exemption: false,
        keeps_sbu: true,
        keeps_noforn_of_non_ic: true,
        drops_limdis: false,
        nato_high_water: false,
        nato_prefix: false,
        owners_have_their_own: false,
        ism_version: Some("13"),
    },
    Edition {
        name: "capco-2016",
        source: "IC Markings System Register and Manual (2016-12-31), released 2021-07-07, ODNI FOIA DF-2019-00061",
        since: "2016-12-31",
        bit: CAPCO,
        entries_in_order: true,
        countries_in_order: true,
        free_compartments: false,
        sigmas: SIGMAS,
        any_sigma: false,
        cnwdi_n: false,
        one_aea: true,
        expands: Some(THREE_GROUPS),
        one_exemption: true,
        keeps_sbu: false,
        keeps_noforn_of_non_ic: false,
        drops_limdis: true,
        nato_high_water: false,
        nato_prefix: false,
        owners_have_their_own: true,
        ism_version: None,
    },
    Edition {
        name: "ism-2022",
        source: "ODNI ISM v2022-DEC with ISMCAT 2022-NOV: value lists, Schematron rules, roll-up tests",
        since: "2022-12-01",
        bit: ISM,
        entries_in_order: true,
        countries_in_order: false,
        free_compartments: false,
        sigmas: SIGMAS,
        any_sigma: false,
        cnwdi_n: false,
        one_aea: true,
        expands: None,
        one_exemption: false,
        keeps_sbu: true,
        keeps_noforn_of_non_ic: true,
        drops_limdis: true,
        nato_high_water: true,
        nato_prefix: true,
        owners_have_their_own: true,
        ism_version: Some("202111"),
    },
];

impl Edition {
    /// The edition with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        EDITIONS.iter().find(|edition| edition.name == name)
    }

    /// The edition of an authority (`dod`, `ism` or `capco`: its name up to the hyphen) that is in force on a day: the last
    /// one whose first day is not after it. `None` where there is none yet.
    pub fn on(authority: &str, day: Date) -> Option<&'static Self> {
        let of = |edition: &&Self| edition.name.split_once('-').is_some_and(|(name, _)| name == authority);
        let begun = |edition: &&Self| Date::read(edition.since).is_some_and(|since| since <= day);
        EDITIONS.iter().filter(of).filter(begun).max_by_key(|edition| edition.since)
    }

    pub(crate) fn has_sigma(&self, number: u8) -> bool {
        match self.any_sigma {
            true => (1..=99).contains(&number),
            false => self.sigmas.contains(&number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Edition;
    use crate::rollup::Date;

    #[test]
    fn the_edition_in_force_on_a_day_is_the_last_that_has_begun() {
        let on =
            |authority, day| Edition::on(authority, Date::read(day).unwrap()).map(|edition| edition.name);
        for (authority, day, edition) in [
            ("ism", "2013-12-31", None),
            ("ism", "2014-01-01", Some("ism-2014")),
            ("ism", "2022-11-30", Some("ism-2014")),
            ("ism", "2022-12-01", Some("ism-2022")),
            ("ism", "2026-11-22", Some("ism-2022")),
            ("capco", "2016-12-30", None),
            ("capco", "2016-12-31", Some("capco-2016")),
            ("dod", "2012-02-24", Some("dod-2012")),
            ("dod-2012", "2026-01-01", None),
            ("", "2026-01-01", None),
        ] {
            assert_eq!(on(authority, day), edition, "{authority} {day}");
        }
    }
}
