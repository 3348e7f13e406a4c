//! The objects of other types that fields hold.

use super::model::{Field, Form, Item, Value};
use crate::carried::Carried;

/// Gives all of them that stand in `items`.
pub(crate) fn each(items: &[Item], see: &mut dyn FnMut(&Carried)) {
    each_value(items, &mut |value| {
        if let Form::Carried(carried) = &value.form {
            see(carried);
        }
    });
}

/// Gives all values that stand in `items`. The depth of the recursion is that of segments in segments.
pub(crate) fn each_value(items: &[Item], see: &mut dyn FnMut(&Value)) {
    for item in items {
        match item {
            Item::Line(line) => see(&line.value),
            Item::Fixed(_) => {}
            Item::Set(set) => {
                let grouped = set.group.iter().flat_map(|group| &group.fields);
                set.fields.iter().chain(grouped).for_each(|field| in_field(field, see));
            }
            Item::Columns(table) => table.columns.iter().for_each(|column| in_field(&column.field, see)),
            Item::Segment(segment) => each_value(&segment.items, see),
        }
    }
}

fn in_field(field: &Field, see: &mut dyn FnMut(&Value)) {
    match field {
        Field::Value(value) => see(value),
        Field::Choice { values, .. } => values.iter().for_each(see),
        Field::Present { .. } | Field::Fixed(_) => {}
    }
}
