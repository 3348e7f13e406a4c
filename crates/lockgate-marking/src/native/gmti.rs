//! STANAG 4607 (GMTI), packet header: classification, classification system, caveats, exercise indicator.

use super::{contradiction, unknown};
use lockgate_reason::Finding;

super::levels! {
    /// Packet security classification. The highest level has the lowest number.
    GmtiLevel, "STANAG 4607", u8;
    /// UNCLASSIFIED.
    Unclassified = 5 "UNCLASSIFIED",
    /// RESTRICTED.
    Restricted = 4 "RESTRICTED",
    /// CONFIDENTIAL.
    Confidential = 3 "CONFIDENTIAL",
    /// SECRET.
    Secret = 2 "SECRET",
    /// TOP SECRET.
    TopSecret = 1 "TOP SECRET",
}

/// Packet security code: a set of caveats, one bit each. All sixteen bits have a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct GmtiCaveats(u16);

impl GmtiCaveats {
    /// The names of the caveats, by bit.
    pub const NAMES: [(Self, &'static str); 16] = [
        (Self(0x0001), "NOCONTRACT"),
        (Self(0x0002), "ORCON"),
        (Self(0x0004), "PROPIN"),
        (Self(0x0008), "WNINTEL"),
        (Self(0x0010), "NATIONAL ONLY"),
        (Self(0x0020), "LIMDIS"),
        (Self(0x0040), "FOUO"),
        (Self(0x0080), "EFTO"),
        (Self(0x0100), "LIM OFF USE"),
        (Self(0x0200), "NONCOMPARTMENT"),
        (Self(0x0400), "SPECIAL CONTROL"),
        (Self(0x0800), "SPECIAL INTEL"),
        (Self(0x1000), "WARNING NOTICE"),
        (Self(0x2000), "REL NATO"),
        (Self(0x4000), "REL 4-EYES"),
        (Self(0x8000), "REL 9-EYES"),
    ];
    const NATIONAL_ONLY: Self = Self(0x0010);
    const NONCOMPARTMENT: Self = Self(0x0200);
    const COMPARTMENTS: Self = Self(0x0C00);
    const RELEASES: Self = Self(0xE000);

    /// The caveats of a security code.
    pub fn read(code: u16) -> Self {
        Self(code)
    }

    /// True where they have one of `others`.
    pub fn meets(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Their names, lowest bit first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(caveat, _)| self.meets(*caveat)).map(|(_, name)| name)
    }
}

/// Where the data come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Sensors.
    Real,
    /// A simulation.
    Simulated,
    /// Both together.
    Synthesised,
}

/// The exercise indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exercise {
    /// In earnest.
    Operation(Data),
    /// Part of an exercise.
    Exercise(Data),
}

impl Exercise {
    /// The indicator with this code.
    ///
    /// # Errors
    /// LG-M039 where the standard reserves it.
    pub fn read(code: u8) -> Result<Self, Finding> {
        Ok(match code {
            0 => Self::Operation(Data::Real),
            1 => Self::Operation(Data::Simulated),
            2 => Self::Operation(Data::Synthesised),
            128 => Self::Exercise(Data::Real),
            129 => Self::Exercise(Data::Simulated),
            130 => Self::Exercise(Data::Synthesised),
            _ => return Err(unknown("STANAG 4607")),
        })
    }
}

/// The security fields of a packet header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GmtiSecurity {
    /// Its level.
    pub level: GmtiLevel,
    /// The system that the level belongs to: a digraph such as `XN` for NATO.
    pub system: [u8; 2],
    /// Its caveats.
    pub caveats: GmtiCaveats,
    /// Whether it is in earnest.
    pub exercise: Exercise,
}

impl GmtiSecurity {
    /// Reads the fields of a packet header of 32 octets: classification at 8, system at 9, code at 11, exercise at 13.
    ///
    /// # Errors
    /// LG-M039 an unknown code, LG-M040 fields that contradict each other: NATIONAL ONLY with a release, UNCLASSIFIED
    /// or NONCOMPARTMENT with SPECIAL INTEL or SPECIAL CONTROL.
    pub fn read(header: &[u8; 32]) -> Result<Self, Finding> {
        let [_, _, _, _, _, _, _, _, level, first, second, high, low, exercise, ..] = *header;
        let system = [first, second];
        let is_system = system.iter().all(u8::is_ascii_uppercase) || system == *b"  ";
        if !is_system {
            return Err(unknown("STANAG 4607"));
        }
        let security = Self {
            level: GmtiLevel::read(level)?,
            system,
            caveats: GmtiCaveats::read(u16::from_be_bytes([high, low])),
            exercise: Exercise::read(exercise)?,
        };
        if security.caveats.meets(GmtiCaveats::NATIONAL_ONLY) && security.caveats.meets(GmtiCaveats::RELEASES)
        {
            return Err(contradiction("NATIONAL ONLY and releasable"));
        }
        let compartments = security.caveats.meets(GmtiCaveats::COMPARTMENTS);
        if security.level == GmtiLevel::Unclassified && compartments {
            return Err(contradiction("UNCLASSIFIED and compartmented"));
        }
        if security.caveats.meets(GmtiCaveats::NONCOMPARTMENT) && compartments {
            return Err(contradiction("NONCOMPARTMENT and compartmented"));
        }
        Ok(security)
    }
}
