//! The formats whose codes a profile can name.

use super::{EssLevel, GmtiLevel, IpLevel, LevelProfile, MisbLevel, NativeLevel, NitfLevel, VmfLevel};
use crate::{Fault, PolicySet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A format with codes of its own for levels. A profile names the format and pairs its words, such as `TOP SECRET`, with
/// levels of a policy; which code that is on the wire is the format's business alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeFormat {
    /// STANAG 4607 (GMTI), classification of the packet header.
    Gmti,
    /// MISB ST 0102, tag 1 of the local set.
    Misb,
    /// NITF 2.1 and NSIF 1.0 (STANAG 4545), one letter.
    Nitf,
    /// MIL-STD-2045-47001, the header of VMF messages.
    Vmf,
    /// RFC 2634 (ESS), the basic list.
    Ess,
    /// RFC 1108, the basic security option of IP.
    Ip,
}

/// One level: its code, and its word.
type Level = (u8, &'static str);

impl NativeFormat {
    /// All of them, by their names in profiles.
    pub const NAMES: [(Self, &'static str); 6] = [
        (Self::Gmti, "stanag-4607"),
        (Self::Misb, "misb-0102"),
        (Self::Nitf, "nitf"),
        (Self::Vmf, "mil-std-2045-47001"),
        (Self::Ess, "rfc-2634"),
        (Self::Ip, "rfc-1108"),
    ];

    /// The format with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(format, _)| *format)
    }

    /// Its levels, lowest first.
    fn levels(self) -> Vec<Level> {
        match self {
            Self::Gmti => all::<GmtiLevel>(),
            Self::Misb => all::<MisbLevel>(),
            Self::Nitf => all::<NitfLevel>(),
            Self::Vmf => all::<VmfLevel>(),
            Self::Ess => all::<EssLevel>(),
            Self::Ip => all::<IpLevel>(),
        }
    }

    /// The code of a level as a field of a record says it: the letter of NITF, the digits of any other.
    fn text(self, code: u8) -> String {
        match self {
            Self::Nitf => char::from(code).to_string(),
            _ => code.to_string(),
        }
    }

    /// The code of the level with this word, as a field of a record says it; `None` where the format has no such level.
    pub fn code_of(self, word: &str) -> Option<String> {
        let found = self.levels().into_iter().find(|(_, known)| *known == word);
        found.map(|(code, _)| self.text(code))
    }

    /// True where the format has a level with this code.
    pub fn defines(self, code: &str) -> bool {
        self.levels().into_iter().any(|(known, _)| self.text(known) == code)
    }

    /// What is wrong with pairs of words, as [`LevelProfile::compile`] finds it.
    pub(crate) fn check(self, policies: &PolicySet, policy: &str, pairs: &[(&str, &str)]) -> Vec<Fault> {
        match self {
            Self::Gmti => faults::<GmtiLevel>(policies, policy, pairs),
            Self::Misb => faults::<MisbLevel>(policies, policy, pairs),
            Self::Nitf => faults::<NitfLevel>(policies, policy, pairs),
            Self::Vmf => faults::<VmfLevel>(policies, policy, pairs),
            Self::Ess => faults::<EssLevel>(policies, policy, pairs),
            Self::Ip => faults::<IpLevel>(policies, policy, pairs),
        }
    }
}

fn all<L: NativeLevel>() -> Vec<Level> {
    L::ALL.iter().map(|level| (level.number(), level.word())).collect()
}

fn faults<L: NativeLevel>(policies: &PolicySet, policy: &str, pairs: &[(&str, &str)]) -> Vec<Fault> {
    LevelProfile::<L>::compile(policies, policy, pairs).err().unwrap_or_default()
}
