//! The objects of other types that parts hold.

use super::model::{Choice, Form, If, Item, List, Mask, Part, Section, Tags, Value};
use crate::carried::Carried;

/// Gives all of them that stand in `parts`.
pub(crate) fn each(parts: &[Part], see: &mut dyn FnMut(&Carried)) {
    for part in parts {
        match part {
            Part::Value(Value { form: Form::Carried(carried), .. }) => see(carried),
            Part::Section(Section { parts, .. })
            | Part::Mask(Mask { parts, .. })
            | Part::List(List { parts, .. })
            | Part::Batch(parts) => each(parts, see),
            Part::If(If { part, .. }) => each(core::slice::from_ref(part), see),
            Part::Choice(Choice { cases, .. }) => cases.iter().for_each(|(_, parts)| each(parts, see)),
            Part::Tags(Tags { items, .. }) => {
                items.iter().for_each(|Item { part, .. }| each(core::slice::from_ref(part), see));
            }
            _ => {}
        }
    }
}
