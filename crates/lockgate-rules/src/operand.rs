//! The values of an expression: what each part is, with its kind, unit and bounds.

use crate::check::Checker;
use crate::codes;
use crate::known::{After, Place, doubt};
use crate::names::Names;
use crate::scope;
use crate::syntax::{Expr, ExprKind, Word};
use crate::typed::{Condition, Scalar, Text};
use lockgate_bytes::Span;
use lockgate_eval::{FieldRef, ONE, number};
use lockgate_marking::LevelRef;
use lockgate_record::{Charset, CodeTree, Form, Kind, Node, NodeId};
use std::sync::Arc;

/// A part of an expression with its meaning.
pub(crate) enum Operand<'s> {
    Condition(Condition, After),
    Number(Number<'s>),
    Time(Scalar),
    Duration(Scalar),
    Text(Text, Vocabulary<'s>),
    /// The label's own level (`None`) or a constant one.
    Level(Option<LevelRef>),
    Label,
    Portions,
    /// The values of a tag.
    LabelValues(String, Span),
    /// The record, a row or a section.
    Section(Place),
    /// A list.
    List(Place),
}

/// A number.
pub(crate) struct Number<'s> {
    pub(crate) scalar: Scalar,
    pub(crate) unit: Unit<'s>,
    /// Smallest and largest value, where known, in steps of 10^-18.
    pub(crate) bounds: Option<(i128, i128)>,
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit<'s> {
    /// A written number: of whatever unit it meets.
    Any,
    /// A field without a unit, or a count.
    None,
    /// A field with a unit.
    Of(&'s str),
}

/// What a text can be.
pub(crate) enum Vocabulary<'s> {
    /// Any text.
    Open,
    /// A text of so many characters, out of these.
    Bounded {
        min: u32,
        max: u32,
        charset: Charset,
    },
    Names(Arc<Names>),
    Codes(&'s CodeTree),
}

impl Operand<'_> {
    /// What it is, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Condition(..) => "a condition",
            Self::Number(_) => "a number",
            Self::Time(_) => "an instant",
            Self::Duration(_) => "a duration",
            Self::Text(_, Vocabulary::Open | Vocabulary::Bounded { .. }) => "a text",
            Self::Text(_, Vocabulary::Names(_)) => "a name of a closed list",
            Self::Text(_, Vocabulary::Codes(_)) => "a code",
            Self::Level(_) => "a level",
            Self::Label => "the label",
            Self::Portions => "the portions",
            Self::LabelValues(..) => "the values of a tag",
            Self::Section(_) => "a section",
            Self::List(_) => "a list",
        }
    }
}

impl<'s> Checker<'s, '_, '_> {
    /// Any part of an expression.
    pub(crate) fn operand(&mut self, expr: &Expr) -> Option<Operand<'s>> {
        match &expr.kind {
            ExprKind::Number(decimal) => {
                let value = number(*decimal);
                let (scalar, bounds) = (Scalar::Constant(value), Some((value, value)));
                Some(Operand::Number(Number { scalar, unit: Unit::Any, bounds }))
            }
            ExprKind::Text(text) => Some(Operand::Text(Text::Constant(text.clone()), Vocabulary::Open)),
            ExprKind::Flag(value) => Some(Operand::Condition(Condition::Constant(*value), After::default())),
            ExprKind::Name(name) => self.name(name, expr.span),
            ExprKind::Field(on, field) => self.field(on, field),
            ExprKind::Call { on: None, name, arguments } => self.function(name, arguments, expr.span),
            ExprKind::Call { on: Some(on), name, arguments } => self.method(on, name, arguments, expr.span),
            ExprKind::Compare(sign, parts) => self.compare(*sign, parts, expr.span),
            ExprKind::In(parts) => self.is_in(parts),
            ExprKind::Arithmetic(operator, parts) => self.arithmetic(*operator, parts, expr.span),
            ExprKind::Minus(part) => self.minus(part, expr.span),
            ExprKind::List(_) => {
                self.report.error(&codes::LIST, expr.span, "a list stands only behind `in`");
                None
            }
            ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Not(_) | ExprKind::Choose(_) => {
                let (condition, after) = self.condition(expr)?;
                Some(Operand::Condition(condition, after))
            }
        }
    }

    fn name(&mut self, name: &str, span: Span) -> Option<Operand<'s>> {
        if let Some(row) = self.rows.iter().rposition(|row| row.name == name) {
            let within = u8::try_from(row.saturating_add(1)).ok()?;
            return Some(Operand::Section((within, self.rows.get(row)?.list)));
        }
        if let Some(shape) = self.scope.shape
            && shape.name() == name
        {
            return Some(Operand::Section((0, shape.root())));
        }
        if !self.scope.names.contains(&name) {
            self.unknown_name(name, span);
            return None;
        }
        let open = |text| Some(Operand::Text(text, Vocabulary::Open));
        match name {
            "label" => {
                self.reads_label = true;
                Some(Operand::Label)
            }
            "portions" => {
                self.reads_label = true;
                Some(Operand::Portions)
            }
            "released" => Some(Operand::Condition(Condition::Released, After::default())),
            "now" => Some(Operand::Time(Scalar::Now)),
            "age" => Some(Operand::Duration(Scalar::Age)),
            "source" => open(Text::Source),
            "destination" => open(Text::Destination),
            "agreement" => open(Text::Agreement),
            _ => open(Text::Lane),
        }
    }

    fn unknown_name(&mut self, name: &str, span: Span) {
        if scope::ALL.contains(&name) {
            let message = format!("`{name}` cannot be asked here");
            self.report.error(&codes::NOT_IN_SCOPE, span, message);
            return;
        }
        let rows: Vec<String> = self.rows.iter().map(|row| row.name.clone()).collect();
        let record = self.scope.shape.map(lockgate_record::Shape::name);
        let known =
            record.into_iter().chain(self.scope.names.iter().copied()).chain(rows.iter().map(String::as_str));
        let message = format!("nothing here is called `{name}`");
        self.report.unknown(&codes::UNKNOWN_NAME, span, message, name, known);
    }

    fn field(&mut self, on: &Expr, field: &Word) -> Option<Operand<'s>> {
        if let ExprKind::Name(record) = &on.kind
            && self.scope.shape.is_none()
            && !scope::ALL.contains(&record.as_str())
        {
            let message = format!("there is no record here, and so no field of `{record}`");
            self.report.error(&codes::NOT_IN_SCOPE, on.span, message);
            return None;
        }
        match self.operand(on)? {
            Operand::Label => self.label_part(field),
            Operand::Section((within, parent)) => {
                let node = self.child(parent, field)?;
                self.value_of((within, node), field.span)
            }
            Operand::List(_) => {
                let message =
                    format!("`{}` is a list and has no field of its own", self.report.written.at(on.span));
                let help = format!(
                    "ask its rows: {}.all(row, row.{} ...)",
                    self.report.written.at(on.span),
                    field.text
                );
                self.report.error(&codes::PATH, field.span, message).help(help);
                None
            }
            other => {
                let message = format!("{} has no fields", other.describe());
                self.report.error(&codes::UNKNOWN_FIELD, field.span, message);
                None
            }
        }
    }

    fn label_part(&mut self, part: &Word) -> Option<Operand<'s>> {
        match part.text.as_str() {
            "level" => Some(Operand::Level(None)),
            "policy" => Some(Operand::Text(Text::LabelPolicy, Vocabulary::Open)),
            name => {
                let message = format!("the label has no `{name}`");
                let known = ["level", "policy", "values", "dominates"].into_iter();
                self.report.unknown(&codes::UNKNOWN_FIELD, part.span, message, name, known);
                None
            }
        }
    }

    /// The node called so inside of a section, list row or the record.
    pub(crate) fn child(&mut self, parent: NodeId, name: &Word) -> Option<NodeId> {
        let shape = self.scope.shape?;
        if let Some(found) = shape.child(parent, &name.text) {
            return Some(found);
        }
        let parent = shape.node(parent)?;
        let names: Vec<&str> =
            parent.children.iter().filter_map(|id| shape.node(*id)).map(|node| node.name.as_str()).collect();
        let message = format!("`{}` has no field `{}`", parent.path, name.text);
        self.report.unknown(&codes::UNKNOWN_FIELD, name.span, message, &name.text, names.iter().copied());
        None
    }

    /// What stands at a node; a value is read by this.
    fn value_of(&mut self, place: Place, span: Span) -> Option<Operand<'s>> {
        let node = self.scope.shape?.node(place.1)?;
        let kind = match &node.form {
            Form::Section => return Some(Operand::Section(place)),
            Form::List { .. } => return Some(Operand::List(place)),
            Form::Value(kind) => kind,
        };
        self.read(place, span);
        let field = FieldRef { within: place.0, slot: node.slot };
        Some(self.value(field, kind, (place.1, node)))
    }

    fn value(&mut self, field: FieldRef, kind: &'s Kind, (id, node): (NodeId, &'s Node)) -> Operand<'s> {
        let unit = node.options.unit.as_deref().map_or(Unit::None, Unit::Of);
        let of = |low, high| {
            Operand::Number(Number { scalar: Scalar::Field(field), unit, bounds: Some((low, high)) })
        };
        match kind {
            Kind::Text { min, max, charset } => {
                let bounded = Vocabulary::Bounded { min: *min, max: *max, charset: *charset };
                Operand::Text(Text::Field(field), bounded)
            }
            Kind::Code(tree) => Operand::Text(Text::Field(field), Vocabulary::Codes(tree)),
            Kind::Enum(names) => {
                let names = self.vocabularies.of(id, names);
                Operand::Text(Text::Name(field, Arc::clone(&names)), Vocabulary::Names(names))
            }
            Kind::Decimal { min, max, .. } => of(number(*min), number(*max)),
            Kind::Integer { min, max } => {
                of(i128::from(*min).saturating_mul(ONE), i128::from(*max).saturating_mul(ONE))
            }
            Kind::Flag => Operand::Condition(Condition::Flag(field), After::default()),
            Kind::Time => Operand::Time(Scalar::Field(field)),
        }
    }

    /// Notes that a field is named, without reading it.
    pub(crate) fn mention(&mut self, node: NodeId) {
        self.first_field.get_or_insert(node);
    }

    /// Notes that a field is read; warns where it may not be there.
    pub(crate) fn read(&mut self, place: Place, span: Span) {
        self.mention(place.1);
        let Some(shape) = self.scope.shape else { return };
        if let Some(doubtful) = doubt(shape, place, &self.known, &self.reads) {
            let path = doubtful.path.clone();
            let message = format!("`{path}` may be absent or unknown, and the rule then refuses the object");
            self.report.warning(&codes::UNGUARDED, span, message);
        }
        self.reads.push(place);
    }
}
