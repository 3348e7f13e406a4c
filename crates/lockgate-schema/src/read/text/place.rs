//! The cells of everything, once the shape is finished.

use crate::model::Rows;
use crate::text::model::{Field, Form, Item, Value};
use lockgate_record::{Form as Stands, NodeId, Shape, Slot};
use std::sync::Arc;

/// Fills in cells and widths of rows.
pub(in super::super) fn place(items: &mut [Item], shape: &Shape) {
    for item in items {
        match item {
            Item::Fixed(_) => {}
            Item::Line(line) => value(&mut line.value, shape),
            Item::Set(set) => {
                set.slot = slot(shape, set.node);
                if let Some(rows) = &mut set.rows {
                    widen(rows, set.node, shape);
                }
                fields(&mut set.fields, shape);
                if let Some(group) = &mut set.group {
                    group.slot = slot(shape, group.node);
                    widen(&mut group.rows, group.node, shape);
                    fields(&mut group.fields, shape);
                }
            }
            Item::Columns(table) => {
                table.slot = slot(shape, table.node);
                widen(&mut table.rows, table.node, shape);
                table.columns.iter_mut().for_each(|column| {
                    fields(core::slice::from_mut(&mut column.field), shape);
                });
            }
            Item::Segment(segment) => {
                segment.slot = slot(shape, segment.node);
                widen(&mut segment.rows, segment.node, shape);
                place(&mut segment.items, shape);
            }
        }
    }
}

fn fields(all: &mut [Field], shape: &Shape) {
    for field in all {
        match field {
            Field::Value(leaf) => value(leaf, shape),
            Field::Choice { values, .. } => values.iter_mut().for_each(|leaf| value(leaf, shape)),
            Field::Present { node, slot: cell } => *cell = slot(shape, *node),
            Field::Fixed(_) => {}
        }
    }
}

fn value(leaf: &mut Value, shape: &Shape) {
    leaf.slot = slot(shape, leaf.node);
    match &mut leaf.form {
        Form::Time(group) => group.near = slot(shape, group.near_node),
        Form::Position(position) => {
            position.lat_slot = slot(shape, position.lat);
            position.lon_slot = slot(shape, position.lon);
        }
        Form::Carried(carried) => *carried = Arc::new(carried.placed(shape)),
        _ => {}
    }
}

fn widen(rows: &mut Rows, node: NodeId, shape: &Shape) {
    if let Some(Stands::List { rows: group, .. }) = shape.node(node).map(|node| &node.form) {
        rows.width = shape.group(*group).map_or(1, |group| group.width);
    }
}

fn slot(shape: &Shape, node: NodeId) -> Slot {
    shape.node(node).map_or(Slot(0), |node| node.slot)
}
