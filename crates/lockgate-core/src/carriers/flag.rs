//! What in an object says exercise, simulation, cancel or emergency.

use alloc::vec::Vec;
use lockgate_record::{CodeTree, Form, Kind, Record, Role, Value};

/// How a field says exercise or simulation.
#[derive(Debug)]
pub(super) enum Flag {
    /// A flag with this role.
    Raised(Role),
    /// A code whose tree gives some prefixes a role.
    Code(CodeTree),
    /// An enumeration some of whose values mean a role.
    Listed(Vec<(u16, Role)>),
}

impl Flag {
    /// How the field says it, if it does.
    pub(super) fn of(node: &lockgate_record::Node) -> Option<Self> {
        match (&node.form, node.options.role) {
            (
                Form::Value(Kind::Flag),
                Some(
                    role @ (Role::FlagExercise
                    | Role::FlagSimulation
                    | Role::FlagCancel
                    | Role::FlagEmergency),
                ),
            ) => Some(Self::Raised(role)),
            (Form::Value(Kind::Code(tree)), _) if !tree.meanings().is_empty() => {
                Some(Self::Code(tree.clone()))
            }
            (Form::Value(Kind::Enum(_)), _) if !node.options.meanings.is_empty() => {
                Some(Self::Listed(node.options.meanings.clone()))
            }
            _ => None,
        }
    }

    /// What it says here.
    pub(super) fn read(&self, value: Value, record: &Record, source: &[u8]) -> Option<Role> {
        match (self, value) {
            (Self::Raised(role), Value::Flag(true)) => Some(*role),
            (Self::Code(tree), Value::Code(code)) => tree.means(record.text(code, source)),
            (Self::Listed(meanings), Value::Enum(value)) => {
                meanings.iter().find(|(known, _)| *known == value).map(|(_, role)| *role)
            }
            _ => None,
        }
    }
}
