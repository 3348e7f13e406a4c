//! The claim that the fields of one object make together.

use super::{CarrierIx, Meaning, Profile, Said};
use crate::Label;
use lockgate_reason::{Code, Finding, marking};

/// The claim that all carriers of one object make together. Reused; allocates only where something is wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claim {
    said: Said,
    spoken: u64,
    fault: Option<Code>,
}

/// What the carriers of one object say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// No carrier makes a statement.
    Unlabelled,
    /// One label.
    Label(Label),
}

impl Claim {
    /// Forgets the last object.
    pub fn begin(&mut self) {
        *self = Self::default();
    }

    /// Reads the text of one carrier. A carrier that is absent is not read at all.
    ///
    /// # Errors
    /// LG-M002 where the text is not exactly what is listed (LG-M010 where it is one in disguise), LG-M009 where the
    /// carrier speaks twice, or speaks of what another carrier has said already; of the codes of a format LG-M039 where the
    /// format has no such code, LG-M020 where no value says what it is.
    pub fn read(&mut self, profile: &Profile, carrier: CarrierIx, text: &str) -> Result<(), Finding> {
        let Some(compiled) = profile.carriers.get(usize::from(carrier.0)) else {
            return Err(self.lose(Finding::new(marking::UNREADABLE_CLAIM)));
        };
        let bit = 1_u64 << (carrier.0 & 63);
        if self.spoken & bit != 0 {
            return Err(self.lose(Finding::new(marking::REPEATED)));
        }
        self.spoken |= bit;
        let said = match compiled.read(text) {
            Some(Meaning::Says(said)) => said,
            Some(Meaning::NoStatement) => return Ok(()),
            None if compiled.format.is_some_and(|format| format.defines(text)) => {
                return Err(self.lose(Finding::new(marking::UNMAPPABLE)));
            }
            None if compiled.format.is_some() => {
                return Err(self.lose(Finding::new(marking::UNKNOWN_CODE)));
            }
            None => {
                let names = compiled.meanings.iter().map(|(text, _)| text.as_str());
                return Err(self.lose(crate::builder::unknown(marking::UNREADABLE_CLAIM, text, names)));
            }
        };
        // The union of two carriers' release values would be wider than either: one carrier speaks for each group.
        let both =
            profile.groups.iter().any(|group| self.said.values.meets(group) && said.values.meets(group));
        if both || (self.said.level.is_some() && said.level.is_some()) {
            return Err(self.lose(Finding::new(marking::REPEATED)));
        }
        self.said = Said { level: self.said.level.or(said.level), values: self.said.values.or(&said.values) };
        Ok(())
    }

    /// What all of them said together.
    ///
    /// # Errors
    /// LG-M011 where categories are claimed without a level; the code of the first fault again where there was one.
    pub fn finish(&self, profile: &Profile) -> Result<Claimed, Finding> {
        if let Some(code) = self.fault {
            return Err(Finding::new(code));
        }
        match (self.said.level, self.said.values.is_empty()) {
            (None, true) => Ok(Claimed::Unlabelled),
            (None, false) => {
                Err(Finding::new(marking::INCOMPLETE).saying("categories are claimed, but no level"))
            }
            (Some(level), _) => Ok(Claimed::Label(Label::new(profile.policy, level, self.said.values))),
        }
    }

    fn lose(&mut self, finding: Finding) -> Finding {
        self.fault.get_or_insert(finding.code);
        finding
    }
}
