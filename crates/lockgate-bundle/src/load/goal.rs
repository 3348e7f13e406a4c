//! `goals/`.

use crate::report::{Text, own};
use lockgate_notation::{Fields, Value};

/// Something that must never happen on a lane; proved over the lane's rules by other commands.
#[derive(Clone, Debug)]
pub struct GoalFile {
    /// Its name.
    pub name: String,
    /// The condition that never holds, as written.
    pub never: Value,
    pub(crate) lane: Text,
}

impl GoalFile {
    /// The lane that it is about.
    pub fn lane(&self) -> &str {
        &self.lane.value
    }
}

pub(crate) fn goal(fields: &mut Fields<'_, '_>) -> Option<GoalFile> {
    let name = fields.arg_name("the name of the goal");
    let lane = fields.prop_text("lane");
    let never = fields.within("never", |part| part.arg_expression("a condition"));
    Some(GoalFile { name: name?.value.to_string(), never: never??.value.clone(), lane: own(lane?) })
}
