//! The cells of everything, once the shape is finished.

use super::embed;
use crate::binary::model::{Binary, If, Part, Section};
use lockgate_record::{Form, NodeId, Shape, Slot};
use std::sync::Arc;

/// Fills in cells and widths of rows.
pub(in super::super) fn place(of: &mut Binary, shape: &Shape, namespaces: &[String]) {
    if let Some(markup) = &mut of.markup {
        embed::place(markup, shape, namespaces);
    }
    let parts = &mut of.parts;
    // Counts come before the lists that they count.
    let mut lists: Vec<(u8, NodeId, Slot)> = Vec::new();
    all(parts, shape, &mut lists);
    counts(parts, &lists);
}

fn all(parts: &mut [Part], shape: &Shape, lists: &mut Vec<(u8, NodeId, Slot)>) {
    for part in parts {
        match part {
            Part::Value(value) => {
                value.slot = slot(shape, value.node);
                if let crate::binary::model::Form::Carried(carried) = &mut value.form {
                    *carried = Arc::new(carried.placed(shape));
                }
            }
            Part::Section(section) => self::section(section, shape, lists),
            Part::Mask(mask) => all(&mut mask.parts, shape, lists),
            Part::If(If { part, .. }) => all(core::slice::from_mut(part), shape, lists),
            Part::List(list) => {
                list.slot = slot(shape, list.node);
                if let Some(Form::List { rows, .. }) = shape.node(list.node).map(|node| &node.form) {
                    list.width = shape.group(*rows).map_or(1, |group| group.width);
                }
                if let crate::binary::model::Ends::Register(register) = list.ends {
                    lists.push((register, list.node, list.slot));
                }
                all(&mut list.parts, shape, lists);
            }
            Part::Batch(parts) => all(parts, shape, lists),
            Part::Choice(choice) => {
                choice.cases.iter_mut().for_each(|(_, parts)| all(parts, shape, lists));
            }
            Part::Tags(tags) => {
                tags.sections.iter_mut().for_each(|(node, cell)| *cell = slot(shape, *node));
                tags.items
                    .iter_mut()
                    .for_each(|item| all(core::slice::from_mut(&mut item.part), shape, lists));
            }
            Part::Fixed(_) | Part::Measure(_) | Part::Count(_) | Part::Sum(_) | Part::Fx => {}
            Part::Opaque(_) | Part::Pad { .. } | Part::Markup => {}
        }
    }
}

fn section(section: &mut Section, shape: &Shape, lists: &mut Vec<(u8, NodeId, Slot)>) {
    section.slot = slot(shape, section.node);
    all(&mut section.parts, shape, lists);
}

fn slot(shape: &Shape, node: NodeId) -> Slot {
    shape.node(node).map_or(Slot(0), |node| node.slot)
}

fn counts(parts: &mut [Part], lists: &[(u8, NodeId, Slot)]) {
    for part in parts {
        match part {
            Part::Count(count) => {
                if let Some((_, node, slot)) = lists.iter().find(|(register, ..)| *register == count.register)
                {
                    (count.node, count.list) = (*node, *slot);
                }
            }
            Part::Section(section) => counts(&mut section.parts, lists),
            Part::Mask(mask) => counts(&mut mask.parts, lists),
            Part::If(If { part, .. }) => counts(core::slice::from_mut(part), lists),
            Part::List(list) => counts(&mut list.parts, lists),
            Part::Batch(parts) => counts(parts, lists),
            Part::Choice(choice) => choice.cases.iter_mut().for_each(|(_, parts)| counts(parts, lists)),
            Part::Tags(tags) => {
                tags.items.iter_mut().for_each(|item| counts(core::slice::from_mut(&mut item.part), lists));
            }
            _ => {}
        }
    }
}
