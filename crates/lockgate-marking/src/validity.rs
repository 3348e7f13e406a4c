//! Whether a label is valid under its policy.

use crate::{Label, PolicySet};
use alloc::vec::Vec;
use lockgate_bytes::{Duration, Time};
use lockgate_reason::Finding;

impl PolicySet {
    /// Checks `label` against its policy at `now`: required and excluded levels and categories, numbers of selections,
    /// obsolete values, validity windows, the prose rules of NATO, and creation not later than `now` + `skew`. Each
    /// fault is one finding in `out`. Returns true where there is none. Allocates only where something is wrong.
    pub fn validate(&self, label: &Label, now: Time, skew: Duration, out: &mut Vec<Finding>) -> bool {
        let _ = (label, now, skew, out);
        false
    }
}
