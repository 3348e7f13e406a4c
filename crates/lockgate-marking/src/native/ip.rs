//! The basic security option of IP, RFC 1108 section 2. Its codes differ in four bits from each other.

use lockgate_reason::{Finding, marking, schema};

super::levels! {
    /// Classification level of a datagram. The four reserved codes of the RFC are faults.
    IpLevel, "RFC 1108", u8;
    /// UNCLASSIFIED.
    Unclassified = 0xAB "UNCLASSIFIED",
    /// CONFIDENTIAL.
    Confidential = 0x96 "CONFIDENTIAL",
    /// SECRET.
    Secret = 0x5A "SECRET",
    /// TOP SECRET.
    TopSecret = 0x3D "TOP SECRET",
}

/// Type of the option.
const TYPE: u8 = 130;
/// The authorities that the RFC names, in the first octet of flags: GENSER, SIOP-ESI, SCI, NSA, DOE.
const KNOWN: u8 = 0b1111_1000;

/// Who protects a datagram, one flag each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Authorities(u8);

impl Authorities {
    /// General service.
    pub const GENSER: Self = Self(0x80);
    /// Single integrated operational plan.
    pub const SIOP_ESI: Self = Self(0x40);
    /// Sensitive compartmented information.
    pub const SCI: Self = Self(0x20);
    /// National Security Agency.
    pub const NSA: Self = Self(0x10);
    /// Department of Energy.
    pub const DOE: Self = Self(0x08);

    /// True where all of `others` are among them.
    pub fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// True where none is named.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A basic security option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpOption {
    /// Its level.
    pub level: IpLevel,
    /// Who protects it.
    pub authorities: Authorities,
}

impl IpOption {
    /// Reads the whole option: type 130, length, level, flags of authorities; the last bit of an octet of flags says that
    /// another one follows.
    ///
    /// # Errors
    /// LG-S009 where the octets are no such option, LG-M039 where level or an authority is none of the RFC's.
    pub fn read(octets: &[u8]) -> Result<Self, Finding> {
        let wrong = |says: &'static str| Err(Finding::new(schema::BAD_VALUE).saying(says));
        let [TYPE, length, level, flags @ ..] = octets else {
            return wrong("no basic security option of RFC 1108");
        };
        if usize::from(*length) != octets.len() {
            return wrong("the length of the option is not that of its octets");
        }
        let level = IpLevel::read(*level)?;
        let first = match flags {
            [] => 0,
            [only] if only & 1 == 0 => *only,
            [first, .., last] if last & 1 == 0 && flags.iter().rev().skip(1).all(|flags| flags & 1 == 1) => {
                *first
            }
            _ => return wrong("the flags of the option do not end where it ends"),
        };
        let later = flags.iter().skip(1).any(|flags| flags & !1 != 0);
        if later || first & !KNOWN & !1 != 0 {
            let says = "RFC 1108 does not define this authority";
            return Err(Finding::new(marking::UNKNOWN_CODE).saying(says));
        }
        Ok(Self { level, authorities: Authorities(first & KNOWN) })
    }
}
