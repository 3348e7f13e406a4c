//! What a field can say beyond its kind: the differences between its values, and whether its texts have a form. What a lane
//! rounds a value to is a multiple of its steps, or nothing could write it; and no pseudonym has a form.

use crate::Type;
use crate::binary::model::{Binary, Counted, Form, Step};
use crate::carried::Carried;
use crate::model::{Element, Encoding, Field, each_field};
use crate::stamp::{Piece, Stamp, TimeForm};
use crate::text::model::{Form as Written, Item, Value};
use lockgate_record::NodeId;

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// The values that a field can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// Instants that are multiples of so many nanoseconds.
    Time(i64),
    /// Quantities of this step.
    Number(Step),
}

impl Type {
    /// The steps of the field at `node`, also where it stands inside of a value; `None` where its kind alone says them.
    pub fn steps(&self, node: NodeId) -> Option<Steps> {
        let model = self.model();
        match &model.encoding {
            Encoding::Xml | Encoding::Json(_) => in_element(&model.root, node),
            Encoding::Binary(of) => in_binary(of, node),
            Encoding::Text(of) => in_items(&of.items, node),
        }
    }

    /// True where the texts of the field at `node` have an exact form, also where it stands inside of a value.
    pub fn has_form(&self, node: NodeId) -> bool {
        let model = self.model();
        match &model.encoding {
            Encoding::Xml | Encoding::Json(_) => formed_in_element(&model.root, node),
            Encoding::Binary(of) => formed_in_binary(of, node),
            Encoding::Text(of) => {
                let mut found = false;
                crate::text::each_value(&of.items, &mut |value| {
                    found |= match &value.form {
                        Written::Text(letters) => value.node == node && letters.form.is_some(),
                        Written::Carried(carried) => formed_in_carried(carried, node),
                        _ => false,
                    };
                });
                found
            }
        }
    }
}

fn formed_in_element(root: &Element, node: NodeId) -> bool {
    let mut found = false;
    each_field(root, &mut |field: &Field| {
        found |= field.node == node && field.form.is_some();
        found |= field.carried.as_deref().is_some_and(|carried| formed_in_carried(carried, node));
    });
    found
}

fn formed_in_carried(carried: &Carried, node: NodeId) -> bool {
    carried.there(node).is_some_and(|there| carried.of().has_form(there))
}

fn formed_in_binary(of: &Binary, node: NodeId) -> bool {
    let here =
        |value: &crate::binary::model::Value| matches!(&value.form, Form::Text(text) if text.form.is_some());
    let mut found = of.value_at(node).is_some_and(here);
    found |= of.markup.as_deref().is_some_and(|markup| formed_in_element(&markup.model.root, node));
    crate::binary::each_carried(&of.parts, &mut |carried| found |= formed_in_carried(carried, node));
    found
}

fn in_element(root: &Element, node: NodeId) -> Option<Steps> {
    let mut found = None;
    each_field(root, &mut |field: &Field| {
        let here = field.stamp.as_ref().filter(|_| field.node == node).and_then(of_stamp);
        let inside = || field.carried.as_deref().and_then(|carried| in_carried(carried, node));
        found = found.or(here).or_else(inside);
    });
    found
}

fn in_carried(carried: &Carried, node: NodeId) -> Option<Steps> {
    carried.there(node).and_then(|there| carried.of().steps(there))
}

fn in_binary(of: &Binary, node: NodeId) -> Option<Steps> {
    let here = of.value_at(node).and_then(|value| of_form(&value.form));
    let markup = || of.markup.as_deref().and_then(|markup| in_element(&markup.model.root, node));
    let mut inside = None;
    crate::binary::each_carried(&of.parts, &mut |carried| inside = inside.or(in_carried(carried, node)));
    here.or_else(markup).or(inside)
}

fn of_form(form: &Form) -> Option<Steps> {
    match form {
        Form::Time { nanos, .. } => Some(Steps::Time(*nanos)),
        Form::Number(number) => number.step.map(Steps::Number),
        Form::Digits(digits) => match &digits.of {
            Counted::Number(number) => number.step.map(Steps::Number),
            Counted::Time(stamp) => of_stamp(stamp),
        },
        _ => None,
    }
}

fn of_stamp(stamp: &Stamp) -> Option<Steps> {
    match stamp {
        Stamp::Form(form) => Some(Steps::Time(nanos(form))),
        Stamp::Clock(form) => Some(of_clock(nanos(form))),
        Stamp::Seconds(digits) => Some(of_clock(part(SECOND, *digits))),
        // Nothing below a microsecond is read.
        Stamp::Epoch(epoch) => Some(Steps::Time(part(part(SECOND, epoch.step), epoch.digits).max(1_000))),
    }
}

/// A time of day is a number of seconds.
fn of_clock(nanos: i64) -> Steps {
    let whole = nanos.checked_div(SECOND).filter(|seconds| *seconds > 0);
    let parts = SECOND.checked_div(nanos).and_then(|parts| u32::try_from(parts).ok());
    Steps::Number(match whole {
        Some(times) => Step { times, plus: 0, by: 1 },
        None => Step { times: 1, plus: 0, by: parts.unwrap_or(u32::MAX) },
    })
}

/// Nanoseconds of the smallest piece of a form.
fn nanos(form: &TimeForm) -> i64 {
    let of = |piece: &Piece| match piece {
        Piece::Fraction(digits) => Some(part(SECOND, *digits)),
        Piece::Second => Some(SECOND),
        Piece::Minute => Some(SECOND.saturating_mul(60)),
        Piece::Hour => Some(SECOND.saturating_mul(3_600)),
        Piece::Day => Some(SECOND.saturating_mul(86_400)),
        Piece::Year | Piece::ShortYear | Piece::Month | Piece::MonthName | Piece::Sign(_) => None,
    };
    form.pieces().iter().filter_map(of).min().unwrap_or(1)
}

/// The last of so many digits behind the point of a unit; at least 1.
fn part(unit: i64, digits: u8) -> i64 {
    (0..digits).fold(unit, |unit, _| unit / 10).max(1)
}

fn in_items(items: &[Item], node: NodeId) -> Option<Steps> {
    let mut found = None;
    crate::text::each_value(items, &mut |value| found = found.or_else(|| in_value(value, node)));
    found
}

fn in_value(value: &Value, node: NodeId) -> Option<Steps> {
    let parts = |by: u32| Steps::Number(Step { times: 1, plus: 0, by });
    match &value.form {
        Written::Position(position) => {
            [position.lat, position.lon].contains(&node).then(|| parts(position.degrees.parts()))
        }
        Written::Carried(carried) => in_carried(carried, node),
        _ if value.node != node => None,
        Written::Time(group) => Some(Steps::Time(nanos(&group.form))),
        Written::Clock(form) => Some(of_clock(nanos(form))),
        Written::Coordinate(coordinate) => Some(parts(coordinate.degrees.parts())),
        _ => None,
    }
}
