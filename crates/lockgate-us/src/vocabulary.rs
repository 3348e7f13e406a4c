//! The registered words: ISM value, banner title, banner abbreviation, portion mark, in the order of the register.
//!
//! Sources: CAPCO Register and Manual (2016-12-31, released 2021-07-07) Table 4; ODNI ISM v2022-DEC value lists
//! `Dissem`, `NonIC`, `AtomicEnergyMarkings`, `NonUSControls`, public release.

use crate::edition::{CAPCO, DOD, EVERY, ISM, V13};

/// A classification, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Unclassified.
    U,
    /// Restricted: foreign and NATO only.
    R,
    /// Confidential.
    C,
    /// Secret.
    S,
    /// Top secret.
    TS,
}

impl Level {
    /// All, lowest first.
    pub const ALL: [Self; 5] = [Self::U, Self::R, Self::C, Self::S, Self::TS];

    /// The word of a banner line.
    pub fn word(self) -> &'static str {
        match self {
            Self::U => "UNCLASSIFIED",
            Self::R => "RESTRICTED",
            Self::C => "CONFIDENTIAL",
            Self::S => "SECRET",
            Self::TS => "TOP SECRET",
        }
    }

    /// The ISM value, which is the portion mark as well.
    pub fn mark(self) -> &'static str {
        match self {
            Self::U => "U",
            Self::R => "R",
            Self::C => "C",
            Self::S => "S",
            Self::TS => "TS",
        }
    }

    /// The level of an ISM value.
    pub fn of(mark: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.mark() == mark)
    }
}

/// One word of a closed list, in its forms. A form that does not exist is empty.
#[derive(Debug)]
pub(crate) struct Word<T: 'static> {
    pub(crate) value: T,
    pub(crate) ism: &'static str,
    pub(crate) title: &'static str,
    pub(crate) banner: &'static str,
    pub(crate) portion: &'static str,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $table:ident; $($value:ident: $ism:literal, $title:literal, $banner:literal, $portion:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = $title] $value,)*
        }

        /// The table of the words.
        pub(crate) const $table: &[Word<$name>] = &[
            $(Word { value: $name::$value, ism: $ism, title: $title, banner: $banner, portion: $portion },)*
        ];

        impl $name {
            /// The value of the ISM attribute.
            pub fn ism(self) -> &'static str {
                match self { $(Self::$value => $ism,)* }
            }

            /// The value with this ISM text.
            pub fn of(ism: &str) -> Option<Self> {
                $table.iter().find(|word| word.ism == ism).map(|word| word.value)
            }

            /// The canonical word of a banner line or portion mark.
            pub(crate) fn text(self, banner: bool) -> &'static str {
                match (self, banner) { $((Self::$value, true) => $banner, (Self::$value, false) => $portion,)* }
            }
        }
    };
}

words! {
    /// Dissemination controls of the intelligence community.
    Dissem, DISSEM;
    Rs: "RS", "RISK SENSITIVE", "RSEN", "RS";
    Fouo: "FOUO", "FOR OFFICIAL USE ONLY", "FOUO", "FOUO";
    Oc: "OC", "ORIGINATOR CONTROLLED", "ORCON", "OC";
    OcUsgov: "OC-USGOV", "ORIGINATOR CONTROLLED-USGOV", "ORCON-USGOV", "OC-USGOV";
    Imc: "IMC", "CONTROLLED IMAGERY", "IMCON", "IMC";
    Nf: "NF", "NOT RELEASABLE TO FOREIGN NATIONALS", "NOFORN", "NF";
    Pr: "PR", "CAUTION-PROPRIETARY INFORMATION INVOLVED", "PROPIN", "PR";
    Rel: "REL", "AUTHORIZED FOR RELEASE TO", "REL TO", "REL TO";
    Relido: "RELIDO", "RELEASABLE BY INFORMATION DISCLOSURE OFFICIAL", "RELIDO", "RELIDO";
    Eyes: "EYES", "EYES ONLY", "EYES ONLY", "EYES ONLY";
    Dsen: "DSEN", "DEA SENSITIVE", "DEA SENSITIVE", "DSEN";
    RawFisa: "RAWFISA", "RAW FOREIGN INTELLIGENCE SURVEILLANCE ACT", "RAWFISA", "RAWFISA";
    Fisa: "FISA", "FOREIGN INTELLIGENCE SURVEILLANCE ACT", "FISA", "FISA";
    DisplayOnly: "DISPLAYONLY", "DISPLAY ONLY", "DISPLAY ONLY", "DISPLAY ONLY";
    Exempt501: "EXEMPT_FROM_ICD501_DISCOVERY", "EXEMPT FROM ICD501 DISCOVERY", "EXEMPT_FROM_ICD501_DISCOVERY", "EXEMPT_FROM_ICD501_DISCOVERY";
    Waived: "WAIVED", "WAIVED", "WAIVED", "WAIVED";
}

impl Dissem {
    /// The editions that know it, as bits.
    pub(crate) fn editions(self) -> u8 {
        match self {
            Self::OcUsgov => CAPCO | ISM,
            Self::Waived => DOD | CAPCO | ISM,
            Self::RawFisa | Self::Exempt501 => ISM,
            _ => EVERY,
        }
    }
}

words! {
    /// Dissemination controls from outside of the intelligence community.
    NonIc, NON_IC;
    Ds: "DS", "LIMITED DISTRIBUTION", "LIMDIS", "DS";
    Xd: "XD", "EXCLUSIVE DISTRIBUTION", "EXDIS", "XD";
    Nd: "ND", "NO DISTRIBUTION", "NODIS", "ND";
    Sbu: "SBU", "SENSITIVE BUT UNCLASSIFIED", "SBU", "SBU";
    SbuNf: "SBU-NF", "SENSITIVE BUT UNCLASSIFIED NOFORN", "SBU NOFORN", "SBU-NF";
    Les: "LES", "LAW ENFORCEMENT SENSITIVE", "LES", "LES";
    LesNf: "LES-NF", "LAW ENFORCEMENT SENSITIVE NOFORN", "LES NOFORN", "LES-NF";
    Ssi: "SSI", "SENSITIVE SECURITY INFORMATION", "SSI", "SSI";
    Nnpi: "NNPI", "NAVAL NUCLEAR PROPULSION INFORMATION", "NNPI", "NNPI";
}

words! {
    /// NATO's control markings, as they stand in US attributes.
    NonUs, NON_US;
    Atomal: "NATO-ATOMAL", "ATOMAL", "ATOMAL", "ATOMAL";
    Bohemia: "NATO-BOHEMIA", "BOHEMIA", "BOHEMIA", "BOHEMIA";
    Balk: "NATO-BALK", "BALK", "BALK", "BALK";
}

/// Information under the Atomic Energy Act, in the order of the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aea {
    /// Restricted data.
    Rd,
    /// Critical nuclear weapon design information.
    RdCnwdi,
    /// Restricted data, SIGMA with its number.
    RdSigma(u8),
    /// Formerly restricted data.
    Frd,
    /// Formerly restricted data, SIGMA with its number.
    FrdSigma(u8),
    /// DOD unclassified controlled nuclear information.
    Dcni,
    /// DOE unclassified controlled nuclear information.
    Ucni,
    /// Transclassified foreign nuclear information.
    Tfni,
}

/// The parts of this category that begin an entry.
pub(crate) const AEA: &[Word<Aea>] = &[
    Word { value: Aea::Rd, ism: "RD", title: "RESTRICTED DATA", banner: "RD", portion: "RD" },
    Word { value: Aea::Frd, ism: "FRD", title: "FORMERLY RESTRICTED DATA", banner: "FRD", portion: "FRD" },
    Word {
        value: Aea::Dcni,
        ism: "DCNI",
        title: "DOD UNCLASSIFIED CONTROLLED NUCLEAR INFORMATION",
        banner: "DOD UCNI",
        portion: "DCNI",
    },
    Word {
        value: Aea::Ucni,
        ism: "UCNI",
        title: "DOE UNCLASSIFIED CONTROLLED NUCLEAR INFORMATION",
        banner: "DOE UCNI",
        portion: "UCNI",
    },
    Word {
        value: Aea::Tfni,
        ism: "TFNI",
        title: "TRANSCLASSIFIED FOREIGN NUCLEAR INFORMATION",
        banner: "TFNI",
        portion: "TFNI",
    },
];

/// What compartments a control system has in the register.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Compartments {
    /// Only those that are listed; sub-compartments are free.
    Listed,
    /// Any of up to so many letters and digits.
    Free(usize),
}

/// One SCI control system.
#[derive(Debug)]
pub(crate) struct System {
    pub(crate) mark: &'static str,
    pub(crate) title: &'static str,
    /// The first edition that knows it, and the name that one still reads, by edition mask.
    pub(crate) editions: u8,
    pub(crate) compartments: Compartments,
    /// Compartments with their titles.
    pub(crate) listed: &'static [(&'static str, &'static str)],
}

/// The SCI control systems. BUR, KLM and MVL: ISM v2022-DEC `SCIControls` only. EL and KDK: ISM V13 `SCIControls` and older
/// papers; what stood below them stands below SI and TK since.
pub(crate) const SYSTEMS: &[System] = &[
    System {
        mark: "BUR",
        title: "BUR",
        editions: ISM,
        compartments: Compartments::Listed,
        listed: &[("BLG", "BLG"), ("DTP", "DTP"), ("WRG", "WRG")],
    },
    System {
        mark: "EL",
        title: "ENDSEAL",
        editions: DOD | V13,
        compartments: Compartments::Listed,
        listed: &[("EU", "ECRU"), ("NK", "NONBOOK")],
    },
    System {
        mark: "HCS",
        title: "HCS",
        editions: DOD | CAPCO | ISM,
        compartments: Compartments::Listed,
        listed: &[("O", "O"), ("P", "P"), ("X", "X")],
    },
    System { mark: "HCS", title: "HCS", editions: V13, compartments: Compartments::Listed, listed: &[] },
    System {
        mark: "KDK",
        title: "KLONDIKE",
        editions: DOD | V13,
        compartments: Compartments::Listed,
        listed: TK_COMPARTMENTS,
    },
    System {
        mark: "KLM",
        title: "KLAMATH",
        editions: ISM,
        compartments: Compartments::Free(6),
        listed: &[("R", "R")],
    },
    System { mark: "MVL", title: "MARVEL", editions: ISM, compartments: Compartments::Listed, listed: &[] },
    System {
        mark: "RSV",
        title: "RESERVE",
        editions: EVERY,
        compartments: Compartments::Free(3),
        listed: &[],
    },
    System {
        mark: "SI",
        title: "SI",
        editions: DOD | CAPCO | ISM,
        compartments: Compartments::Free(3),
        listed: &[("EU", "ECRU"), ("G", "GAMMA"), ("NK", "NONBOOK")],
    },
    System {
        mark: "SI",
        title: "SI",
        editions: V13,
        compartments: Compartments::Free(3),
        listed: &[("G", "GAMMA")],
    },
    System {
        mark: "TK",
        title: "TALENT KEYHOLE",
        editions: DOD | CAPCO | ISM,
        compartments: Compartments::Listed,
        listed: TK_COMPARTMENTS,
    },
    System {
        mark: "TK",
        title: "TALENT KEYHOLE",
        editions: V13,
        compartments: Compartments::Listed,
        listed: &[],
    },
];

const TK_COMPARTMENTS: &[(&str, &str)] = &[("BLFH", "BLUEFISH"), ("IDIT", "IDITAROD"), ("KAND", "KANDIK")];

/// Exemptions from automatic declassification (ISM `25X`), the one that lasts longest first (CAPCO 2016 E.3).
pub(crate) const EXEMPTIONS: &[&str] = &[
    "NATO-AEA",
    "AEA",
    "NATO",
    "75X",
    "50X1-HUM",
    "50X2-WMD",
    "50X1",
    "50X2",
    "50X3",
    "50X4",
    "50X5",
    "50X6",
    "50X7",
    "50X8",
    "50X9",
    "25X1-EO-12951",
    "25X1",
    "25X2",
    "25X3",
    "25X4",
    "25X5",
    "25X6",
    "25X7",
    "25X8",
    "25X9",
];

/// Exemptions that allow neither date nor event (ISM-ID-00133, 00176).
pub(crate) const WITHOUT_DATE: &[&str] =
    &["NATO-AEA", "AEA", "NATO", "50X1-HUM", "50X2-WMD", "25X1-EO-12951"];
