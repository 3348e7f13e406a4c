//! Security codes of formats that have fields of their own for them, each a type of its own.
//!
//! The same number means opposite things in two formats: 1 is TOP SECRET in a GMTI packet and UNCLASSIFIED in a MISB
//! metadata set. So a code is read into the type of its format, an unknown one is a fault and never a level, and codes
//! compare only within their type, in the order in which the type lists them. Into a policy they go through a
//! [`LevelProfile`] alone, which is data. Two formats do not even compile against each other:
//!
//! ```compile_fail
//! use lockgate_marking::native::{GmtiLevel, MisbLevel};
//! let _ = GmtiLevel::Secret < MisbLevel::TopSecret;
//! ```
//! nor does the profile of one take the codes of the other:
//! ```compile_fail
//! use lockgate_marking::native::{GmtiLevel, LevelProfile, VmfLevel};
//! fn level(profile: &LevelProfile<GmtiLevel>) {
//!     let _ = profile.level(VmfLevel::Secret);
//! }
//! ```
//! while one format compares with itself:
//! ```
//! use lockgate_marking::native::GmtiLevel;
//! assert!(GmtiLevel::read(1).unwrap() > GmtiLevel::read(5).unwrap());
//! ```

mod ess;
mod format;
mod gmti;
mod ip;
mod misb;
mod nitf;
mod profile;
mod vmf;

pub use ess::EssLevel;
pub use format::NativeFormat;
pub use gmti::{Data, Exercise, GmtiCaveats, GmtiLevel, GmtiSecurity};
pub use ip::{Authorities, IpLevel, IpOption};
pub use misb::MisbLevel;
pub use nitf::{NitfLevel, NitfSecurity};
pub use profile::{LevelProfile, NativeLevel, covers};
pub use vmf::VmfLevel;

use alloc::format;
use lockgate_reason::{Finding, marking};

/// Declares the levels of a format, lowest first: name, code on the wire, word for profiles. Everything else is a fault.
macro_rules! levels {
    ($(#[$about:meta])* $name:ident, $format:literal, $wire:ty; $($(#[$doc:meta])* $level:ident = $code:literal $word:literal),+ $(,)?) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $level),+ }

        impl $name {
            /// The level with this code.
            ///
            /// # Errors
            /// LG-M039 where the format has no such code.
            pub fn read(code: $wire) -> Result<Self, lockgate_reason::Finding> {
                match code {
                    $($code => Ok(Self::$level),)+
                    _ => Err(super::unknown($format)),
                }
            }

            /// Its code on the wire.
            pub fn code(self) -> $wire {
                match self { $(Self::$level => $code),+ }
            }
        }

        impl super::NativeLevel for $name {
            const FORMAT: &'static str = $format;
            const ALL: &'static [Self] = &[$(Self::$level),+];

            fn word(self) -> &'static str {
                match self { $(Self::$level => $word),+ }
            }

            fn number(self) -> u8 {
                self.code()
            }
        }
    };
}
use levels;

/// A code that the format does not have. The code itself is payload, and not shown.
fn unknown(format: &str) -> Finding {
    Finding::new(marking::UNKNOWN_CODE).saying(format!("{format} does not define this security code"))
}

fn contradiction(says: &'static str) -> Finding {
    Finding::new(marking::CONTRADICTION).saying(says)
}

#[cfg(test)]
mod tests;
