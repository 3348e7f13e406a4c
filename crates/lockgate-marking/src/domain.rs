//! Domains and agreements as authored: plain values that the bundle fills and [`crate::ReleaseCheck`] compiles.

use crate::{Nation, Party};
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Time;

/// Who can read a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readers {
    /// These nations and organisations.
    Parties(Vec<Party>),
    /// All members of a community, expanded at the reference time.
    Community(String),
}

/// Restrictive values that every reader of a domain holds (`holds tag="..." "..."`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Tag in the domain's policy.
    pub tag: String,
    /// Values.
    pub values: Vec<String>,
}

/// A network: its policy, ceiling, and who can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// The nation that owns it, which is the giver of what leaves it; `None` where no nation does.
    pub owner: Option<Nation>,
    /// Name of its policy.
    pub policy: String,
    /// Name of its highest level.
    pub ceiling: String,
    /// Who can read it.
    pub readers: Readers,
    /// Restrictive values that all of its readers hold; none unless said.
    pub holds: Vec<Held>,
}

/// Category values of one tag that an agreement does not cover (`forbids tag="..." "..."`), or the only ones that it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// Tag in the policy of the agreement's ceiling.
    pub tag: String,
    /// Values; none = any value of the tag.
    pub values: Vec<String>,
}

/// A dated necessary condition for release. It never widens a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Its name.
    pub name: String,
    /// True where it is no real agreement; `run` refuses it.
    pub demonstration: bool,
    /// The only party that may give; `None` = every party may.
    pub giver: Option<Nation>,
    /// Who takes part.
    pub parties: Vec<Party>,
    /// Data categories that it covers.
    pub covers: Vec<String>,
    /// Policy of the ceiling and of what is forbidden.
    pub ceiling_policy: String,
    /// The highest level it covers.
    pub ceiling_level: String,
    /// What it does not cover.
    pub forbids: Vec<Forbidden>,
    /// Of each tag that is named here, the only values that it covers (`allows tag="..." "..."`); none = no value of the tag.
    pub allows: Vec<Forbidden>,
    /// First instant of its validity.
    pub from: Time,
    /// First instant after its validity.
    pub until: Time,
    /// Who says so.
    pub authority: String,
}
