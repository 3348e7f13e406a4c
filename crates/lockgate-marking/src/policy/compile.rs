//! From a SPIF and its settings to a policy.

use super::{Policy, Settings};
use crate::spif::SpifFinding;
use alloc::vec::Vec;

impl Policy {
    /// Compiles a policy from its SPIF and what `policy.kdl` says about it.
    ///
    /// # Errors
    /// All findings, warnings included, where one of them is an error: the SPIF cannot be read, is not consistent, or
    /// disagrees with the settings.
    pub fn from_spif(bytes: &[u8], settings: &Settings) -> Result<Self, Vec<SpifFinding>> {
        let _ = (bytes, settings);
        Err(Vec::new())
    }
}
