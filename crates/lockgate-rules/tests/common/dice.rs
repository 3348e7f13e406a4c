//! Random types, records and well-typed expressions over them. Constants and values come from small pools, so that
//! comparisons come out either way. Without entropy left the dice show zero, and everything ends.

use super::decimal;
use lockgate_bytes::{Ratio, Span, Time};
use lockgate_marking::{Label, PolicySet};
use lockgate_record::{
    Block, Charset, CodeTree, Form, Kind, NodeId, NodeOptions, Record, Shape, ShapeBuilder, Value,
};

pub(crate) const NOW: i64 = 1_772_359_500;
const NAMES: [&str; 4] = ["air", "land", "sea", "airborne"];
const TEXTS: [&str; 6] = ["a", "ab", "b", "ba", "ä", "a-b"];
const LEVELS: [&str; 3] = ["UNCLASSIFIED", "RESTRICTED", "SECRET"];
const CODES: [&str; 4] = ["a-b", "a-b-c", "b", "b-a"];

pub(crate) struct Dice<'a> {
    entropy: &'a [u8],
    at: usize,
}

impl<'a> Dice<'a> {
    pub(crate) fn new(entropy: &'a [u8]) -> Self {
        Self { entropy, at: 0 }
    }

    /// One of `sides` numbers from 0.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        let byte = self.entropy.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte) % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    fn options(&mut self) -> NodeOptions {
        NodeOptions { optional: self.roll(4) == 1, ..NodeOptions::default() }
    }

    /// A type: fields of all kinds in the record, in sections, in a list and in a list of its rows.
    pub(crate) fn shape(&mut self) -> Shape {
        let mut build = ShapeBuilder::new("r");
        let root = NodeId(0);
        self.fields(&mut build, root, 7);
        let section = self.options();
        let section = build.section(root, "s", section).unwrap();
        self.fields(&mut build, section, 3);
        let least = u16::from(self.roll(5) == 1);
        let list = build.list(root, "l", least, 4, NodeOptions::default()).unwrap();
        self.fields(&mut build, list, 4);
        let inner = build.list(list, "i", 0, 3, NodeOptions::default()).unwrap();
        self.fields(&mut build, inner, 3);
        build.finish()
    }

    fn fields(&mut self, build: &mut ShapeBuilder, parent: NodeId, count: usize) {
        for (number, name) in ["a", "b", "c", "d", "e", "f", "g"].into_iter().take(count).enumerate() {
            let kind = match (number + self.roll(3)) % 7 {
                0 => Kind::Integer { min: -9, max: 9 },
                1 => Kind::Text { min: 0, max: 9, charset: Charset::Printable },
                2 => Kind::Time,
                3 => Kind::Flag,
                4 => Kind::Enum(NAMES.map(String::from).to_vec()),
                5 => Kind::Decimal { min: decimal("-9"), max: decimal("9"), digits: 3 },
                _ => Kind::Code(CodeTree::new(b'-', vec!["a-b".into(), "b".into()])),
            };
            let options = self.options();
            build.value(parent, name, kind, options).unwrap();
        }
    }

    /// An object of the type; now and then even what is required is not there. `whole` leaves out decimal fractions.
    pub(crate) fn record(&mut self, shape: &Shape, record: &mut Record, whole: bool) {
        record.begin(shape);
        self.section(shape, record, NodeId(0), Block::ROOT, whole);
    }

    fn section(&mut self, shape: &Shape, record: &mut Record, parent: NodeId, block: Block, whole: bool) {
        for id in &shape.node(parent).unwrap().children {
            let node = shape.node(*id).unwrap();
            let absent = if node.options.optional { self.roll(3) == 1 } else { self.roll(40) == 7 };
            let span = Span::new(0, 1);
            match &node.form {
                Form::List { rows, max, .. } => {
                    let width = shape.group(*rows).unwrap().width;
                    for _ in 0..self.roll(usize::from(*max)) {
                        let row = record.push_row(block, node.slot, width, span).unwrap();
                        self.section(shape, record, *id, row, whole);
                    }
                }
                _ if absent => {}
                Form::Section => {
                    record.set(block, node.slot, Value::Present, span);
                    self.section(shape, record, *id, block, whole);
                }
                Form::Value(kind) => {
                    let value = self.value(kind, record, whole);
                    record.set(block, node.slot, value, span);
                }
            }
        }
    }

    fn value(&mut self, kind: &Kind, record: &mut Record, whole: bool) -> Value {
        match kind {
            Kind::Integer { .. } => Value::Integer(self.pick(&[0, 1, -1, 2, 5])),
            Kind::Text { .. } => {
                let text = self.pick(&TEXTS);
                Value::Text(record.keep(text.as_bytes()))
            }
            Kind::Code(_) => {
                let code = self.pick(&CODES);
                Value::Code(record.keep(code.as_bytes()))
            }
            Kind::Time => {
                Value::Time(Time::from_unix_nanos((NOW + self.pick(&[0, 1, -1, 5, -60])) * 1_000_000_000))
            }
            Kind::Flag => Value::Flag(self.roll(2) == 1),
            Kind::Enum(names) => Value::Enum(u16::try_from(self.roll(names.len())).unwrap()),
            Kind::Decimal { .. } if whole => Value::Decimal(decimal(self.pick(&["0", "1", "-1", "2"]))),
            Kind::Decimal { .. } if self.roll(6) == 5 => Value::Unknown(decimal("9")),
            Kind::Decimal { .. } if self.roll(4) == 3 => {
                let (over, under) = self.pick(&[(1, 3), (-1, 3), (4, 2), (180, 1 << 31), (0, 7)]);
                Value::Ratio(Ratio::new(over, under).unwrap())
            }
            Kind::Decimal { .. } => Value::Decimal(decimal(self.pick(&["0", "0.5", "-1.25", "2", "5"]))),
        }
    }

    /// None, or one of the lane's policy, or one of another.
    pub(crate) fn label(&mut self, policies: &PolicySet) -> Option<Label> {
        let policy = self.pick(&["", "MISSION", "MISSION", "MISSION", "OTHER"]);
        let level = self.pick(&LEVELS);
        let nations = self.pick(&[&["AUT"][..], &["AUT", "SVN"], &["HUN", "SVN"]]);
        (!policy.is_empty()).then(|| super::common::label(policies, policy, level, nations))
    }
}

/// Writes expressions over a type.
pub(crate) struct Writer<'d, 'a, 's> {
    pub(crate) dice: &'d mut Dice<'a>,
    pub(crate) shape: &'s Shape,
    /// Only what CEL means in the same way.
    pub(crate) plain: bool,
    /// With what is said of the label.
    pub(crate) labels: bool,
    /// Rows in sight, innermost last.
    rows: Vec<NodeId>,
}

impl<'d, 'a, 's> Writer<'d, 'a, 's> {
    pub(crate) fn new(dice: &'d mut Dice<'a>, shape: &'s Shape, plain: bool) -> Self {
        Self { dice, shape, plain, labels: false, rows: Vec::new() }
    }

    /// A condition of at most so many levels.
    pub(crate) fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.atom();
        }
        match self.dice.roll(12) {
            0..=2 => format!("({} && {})", self.condition(depth - 1), self.condition(depth - 1)),
            3 | 4 => format!("({} || {})", self.condition(depth - 1), self.condition(depth - 1)),
            5 => format!("!({})", self.condition(depth - 1)),
            6 => {
                let parts = [0; 3].map(|_| self.condition(depth - 1));
                format!("(({}) ? ({}) : ({}))", parts[0], parts[1], parts[2])
            }
            7 => format!("(({}) == ({}))", self.condition(depth - 1), self.condition(depth - 1)),
            8 | 9 => self.repetition(depth),
            _ => self.atom(),
        }
    }

    fn repetition(&mut self, depth: usize) -> String {
        let lists = self.paths(|form| matches!(form, Form::List { .. }));
        let current = self.rows.len();
        let lists: Vec<_> = lists.into_iter().filter(|(_, within, _)| *within == current).collect();
        if lists.is_empty() {
            return self.atom();
        }
        let (path, _, list) = lists[self.dice.roll(lists.len())].clone();
        let word = self.dice.pick(&["all", "exists"]);
        self.rows.push(list);
        let body = self.condition(depth - 1);
        self.rows.pop();
        format!("{path}.{word}(x{current}, {body})")
    }

    fn atom(&mut self) -> String {
        let sign = self.dice.pick(&["==", "!=", "<", "<=", ">", ">="]);
        let equality = self.dice.pick(&["==", "!="]);
        if self.labels && self.dice.roll(6) == 5 {
            return self.of_label(sign, equality);
        }
        match self.dice.roll(13) {
            0 | 1 => format!("{} {sign} {}", self.number(2), self.number(1)),
            2 => format!("{} in [1, -1, 2]", self.number(1)),
            3 | 4 => format!("{} {sign} {}", self.time(), self.time()),
            5 => format!("{} {sign} {}", self.duration(), self.duration()),
            6 => format!("{} {equality} {}", self.open_text(), self.open_text()),
            7 => format!("{} in ['a', 'ab', 'ba']", self.open_text()),
            8 => {
                let word = self.dice.pick(&["startsWith", "endsWith", "contains"]);
                let part = self.dice.pick(&TEXTS);
                format!("{}.{word}('{part}')", self.any_text())
            }
            9 => self.named(equality),
            10 | 11 => {
                // Here a list without rows is absent; in CEL it is there.
                let plain = self.plain;
                let fields = self.paths(|form| !plain || !matches!(form, Form::List { .. }));
                let (path, ..) = &fields[self.dice.roll(fields.len())];
                format!("has({path})")
            }
            _ => self.path(|form| matches!(form, Form::Value(Kind::Flag))).unwrap_or_else(|| "true".into()),
        }
    }

    fn of_label(&mut self, sign: &str, equality: &str) -> String {
        match self.dice.roll(6) {
            0..=2 => format!("label.level {sign} level('{}')", self.dice.pick(&LEVELS)),
            3 => format!("'{}' in label.values('Releasable To')", self.dice.pick(&["AUT", "HUN", "SVN"])),
            4 => format!("label.policy {equality} '{}'", self.dice.pick(&["MISSION", "OTHER"])),
            _ => "label.dominates(portions)".into(),
        }
    }

    fn named(&mut self, equality: &str) -> String {
        let names = |form: &Form| matches!(form, Form::Value(Kind::Enum(_)));
        let codes = |form: &Form| matches!(form, Form::Value(Kind::Code(_)));
        match (self.path(names), self.path(codes)) {
            (Some(path), _) if self.dice.roll(2) == 0 => match self.dice.roll(3) {
                0 => format!("{path} in ['land', 'sea']"),
                1 => format!("'airborne' {equality} {path}"),
                _ => format!("{path} {equality} 'air'"),
            },
            (_, Some(path)) => format!("{path} {equality} '{}'", self.dice.pick(&CODES)),
            _ => format!("{} {equality} 'a'", self.open_text()),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        let integers = |form: &Form| matches!(form, Form::Value(Kind::Integer { .. }));
        let numbers = |form: &Form| matches!(form, Form::Value(Kind::Integer { .. } | Kind::Decimal { .. }));
        match self.dice.roll(if depth == 0 { 4 } else { 9 }) {
            0 | 1 if !self.plain => self.path(numbers).unwrap_or_else(|| "1".into()),
            0 | 1 => self.path(integers).unwrap_or_else(|| "1".into()),
            2 if !self.plain => self.dice.pick(&["0.5", "-1.25", "2.0", "0xA"]).into(),
            2 | 3 => self.dice.pick(&["0", "1", "2", "-1"]).into(),
            4 => format!("size({})", self.open_text()),
            5 => self
                .path(|form| matches!(form, Form::List { .. }))
                .map_or_else(|| "3".into(), |list| format!("size({list})")),
            6 => format!("({} + {})", self.number(depth - 1), self.number(depth - 1)),
            7 => format!("({} - {})", self.number(depth - 1), self.number(depth - 1)),
            _ => format!("({} * {})", self.number(depth - 1), self.number(depth - 1)),
        }
    }

    fn time(&mut self) -> String {
        let path = self.path(|form| matches!(form, Form::Value(Kind::Time)));
        match (self.dice.roll(5), path) {
            (0 | 1, Some(path)) => path,
            (2, Some(path)) => format!("({path} + {})", self.constant_duration()),
            (3, _) => "timestamp('2026-03-01T10:05:00Z')".into(),
            (4, _) => format!("(now - {})", self.constant_duration()),
            _ => "now".into(),
        }
    }

    fn duration(&mut self) -> String {
        match self.dice.roll(4) {
            0 => self.constant_duration(),
            1 if !self.plain => "age".into(),
            1 | 2 => format!("({} - {})", self.time(), self.time()),
            _ => format!("({} + {})", self.constant_duration(), self.constant_duration()),
        }
    }

    fn constant_duration(&mut self) -> String {
        format!("duration('{}')", self.dice.pick(&["0s", "1s", "5s", "1m", "250ms"]))
    }

    fn open_text(&mut self) -> String {
        let path = self.path(|form| matches!(form, Form::Value(Kind::Text { .. })));
        match (self.dice.roll(5), path) {
            (0..=2, Some(path)) => path,
            (3, _) if !self.plain => self.dice.pick(&["source", "lane", "destination", "agreement"]).into(),
            _ => format!("'{}'", self.dice.pick(&TEXTS)),
        }
    }

    fn any_text(&mut self) -> String {
        let texts =
            |form: &Form| matches!(form, Form::Value(Kind::Text { .. } | Kind::Code(_) | Kind::Enum(_)));
        self.path(texts).unwrap_or_else(|| "'ab'".into())
    }

    /// The path of one of the nodes in sight whose form fits.
    fn path(&mut self, fits: impl Fn(&Form) -> bool) -> Option<String> {
        let paths = self.paths(fits);
        (!paths.is_empty()).then(|| paths[self.dice.roll(paths.len())].0.clone())
    }

    /// All nodes in sight whose form fits: path, loops around, node.
    fn paths(&self, fits: impl Fn(&Form) -> bool) -> Vec<(String, usize, NodeId)> {
        let mut paths = Vec::new();
        let mut open: Vec<(String, usize, NodeId)> = vec![("r".into(), 0, NodeId(0))];
        open.extend(
            self.rows.iter().enumerate().map(|(depth, list)| (format!("x{depth}"), depth + 1, *list)),
        );
        while let Some((path, within, id)) = open.pop() {
            for child in &self.shape.node(id).unwrap().children {
                let node = self.shape.node(*child).unwrap();
                let path = format!("{path}.{}", node.name);
                if fits(&node.form) {
                    paths.push((path.clone(), within, *child));
                }
                if node.form == Form::Section {
                    open.push((path, within, *child));
                }
            }
        }
        paths
    }
}
