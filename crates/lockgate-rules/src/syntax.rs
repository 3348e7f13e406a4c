//! What an expression says before anybody asks what it means.

use lockgate_bytes::{Decimal, Span};

/// A part of an expression.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
    /// How deep its parts are nested, itself included.
    pub(crate) depth: usize,
}

/// A name and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// What a part of an expression is.
#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Name(String),
    Number(Decimal),
    Text(String),
    Flag(bool),
    List(Vec<Expr>),
    Field(Box<Expr>, Word),
    Call { on: Option<Box<Expr>>, name: Word, arguments: Vec<Expr> },
    Not(Box<Expr>),
    Minus(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Compare(Sign, Box<[Expr; 2]>),
    In(Box<[Expr; 2]>),
    Arithmetic(Arithmetic, Box<[Expr; 2]>),
    Choose(Box<[Expr; 3]>),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Sign {
    pub(crate) const ALL: [(&'static str, Self); 6] = [
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<", Self::Less),
        ("<=", Self::LessOrEqual),
        (">", Self::Greater),
        (">=", Self::GreaterOrEqual),
    ];

    /// The comparison that is written so.
    pub(crate) fn named(written: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == written).map(|(_, sign)| *sign)
    }

    /// As it is written.
    pub(crate) fn written(self) -> &'static str {
        Self::ALL.iter().find(|(_, sign)| *sign == self).map_or("", |(written, _)| written)
    }

    /// Whether two values in this order satisfy it.
    pub(crate) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// An operator of exact arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
}
