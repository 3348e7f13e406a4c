//! What an expression may name.

use lockgate_marking::{PolicyIx, PolicySet};
use lockgate_record::Shape;

/// Where an expression stands, and so what it may name.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub(crate) shape: Option<&'a Shape>,
    pub(crate) policies: Option<&'a PolicySet>,
    pub(crate) policy: Option<PolicyIx>,
    pub(crate) names: &'static [&'static str],
}

/// Names of rules beside the record.
const RULE: [&str; 8] = ["label", "portions", "source", "destination", "agreement", "lane", "now", "age"];
/// Names of goals.
const GOAL: [&str; 2] = ["label", "released"];
/// Every name that means something somewhere.
pub(crate) const ALL: [&str; 9] =
    ["label", "portions", "source", "destination", "agreement", "lane", "now", "age", "released"];

impl<'a> Scope<'a> {
    /// A rule of a type, in a lane with `policy`.
    pub fn of_type(shape: &'a Shape, policies: &'a PolicySet, policy: Option<PolicyIx>) -> Self {
        Self { shape: Some(shape), policies: Some(policies), policy, names: &RULE }
    }

    /// A rule of a lane with `policy`: no record.
    pub fn of_lane(policies: &'a PolicySet, policy: Option<PolicyIx>) -> Self {
        Self { shape: None, policies: Some(policies), policy, names: &RULE }
    }

    /// The condition of a category: the record alone, for an object has its category whatever its label and lane.
    pub fn of_category(shape: &'a Shape) -> Self {
        Self { shape: Some(shape), policies: None, policy: None, names: &[] }
    }

    /// A goal of a lane with `policy`: label and release alone.
    pub fn of_goal(policies: &'a PolicySet, policy: Option<PolicyIx>) -> Self {
        Self { shape: None, policies: Some(policies), policy, names: &GOAL }
    }
}
