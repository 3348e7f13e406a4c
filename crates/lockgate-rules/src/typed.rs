//! An expression whose meaning is settled: every name is a cell or a constant, every operator has its kind.

use crate::names::Names;
use crate::syntax::{Arithmetic, Sign};
use lockgate_eval::FieldRef;
use lockgate_marking::{CategoryRef, LevelRef};
use std::sync::Arc;

/// A condition.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Constant(bool),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Choose(Box<[Condition; 3]>),
    /// Two conditions are equal, or differ.
    Same(bool, Box<[Condition; 2]>),
    Flag(FieldRef),
    Has(FieldRef),
    Compare(Sign, Box<[Scalar; 2]>),
    /// Two texts are equal, or differ.
    SameText(bool, Box<[Text; 2]>),
    NumberIn(Box<Scalar>, Vec<i128>),
    TextIn(Text, Vec<String>),
    TextTest(TextTest, Box<[Text; 2]>),
    /// The label's level against another.
    Level(Sign, LevelRef),
    LabelSays(CategoryRef),
    Dominates,
    Released,
    Loop(Box<Loop>),
}

/// `all` or `exists` over a list.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) list: FieldRef,
    pub(crate) every: bool,
    pub(crate) required: bool,
    pub(crate) body: Condition,
}

/// A text predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextTest {
    Begins,
    Ends,
    Contains,
}

/// A number (in steps of 10^-18), an instant or a duration (in nanoseconds).
#[derive(Clone, Debug)]
pub(crate) enum Scalar {
    Constant(i128),
    Field(FieldRef),
    Now,
    Age,
    Characters(Text),
    Rows(FieldRef),
    Arithmetic(Arithmetic, Box<[Scalar; 2]>),
}

/// A text.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Constant(String),
    Field(FieldRef),
    /// An enumeration by name.
    Name(FieldRef, Arc<Names>),
    Source,
    Destination,
    Agreement,
    Lane,
    LabelPolicy,
}
