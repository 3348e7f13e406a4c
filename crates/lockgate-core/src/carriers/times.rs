//! When an object says that it was observed: one field of the whole, or fields in the rows of its lists, each with the day
//! from whose midnight it counts.

use super::field::{Field, field};
use super::is_below_label;
use crate::validity::instant;
use alloc::vec::Vec;
use lockgate_bytes::{Span, Time};
use lockgate_record::{Block, Form, GroupId, Kind, Node, NodeId, Place, Record, Role, Shape, Value};

/// Where a type says when its objects were observed.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// Outside of lists.
    whole: Option<Field>,
    day: Option<Day>,
    /// Lists whose rows say it.
    lists: Vec<Timed>,
}

/// A list outside of any other whose rows have times, or the day from which times count.
#[derive(Debug)]
struct Timed {
    list: Field,
    times: Vec<Field>,
    day: Option<Day>,
    /// Numbers of a row that say, with those of the whole, what it is about.
    numbers: Vec<Field>,
}

/// The day from whose midnight times of day count.
#[derive(Clone, Copy, Debug)]
enum Day {
    Instant(Field),
    Numbers { year: Field, month: Field, day: Field },
}

/// A time of observation, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) place: Place,
    pub(crate) span: Span,
    pub(crate) at: Time,
}

/// What an object says of when it was observed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    pub(crate) oldest: Option<Stamp>,
    pub(crate) newest: Option<Stamp>,
    /// Three numbers that are no day.
    pub(crate) no_day: Option<(Place, Span)>,
}

/// The one thing that a time of an object is about.
pub(crate) enum Sole<'a> {
    /// The object.
    Whole,
    /// A row of it, with the numbers that say what it is about.
    Row(Block, &'a [Field]),
    /// Several, or one beside other things.
    None,
}

impl Observed {
    /// Finds the fields in `shape`. Times in lists inside of lists are not read.
    pub(super) fn find(shape: &Shape) -> Self {
        let lists = shape.nodes().filter(|(_, node)| node.group == GroupId(0)).filter_map(|(id, node)| {
            let Form::List { rows, .. } = node.form else { return None };
            let (times, day) = (with_role(shape, rows, Role::TimeObserved), Day::find(shape, rows));
            let numbers = with_role(shape, rows, Role::IdentitySource);
            let timed = Timed { list: field(shape, id)?, times, day, numbers };
            (!timed.times.is_empty()).then_some(timed)
        });
        Self {
            whole: with_role(shape, GroupId(0), Role::TimeObserved).first().copied(),
            day: Day::find(shape, GroupId(0)),
            lists: lists.collect(),
        }
    }

    /// What the object says; a time of day without its day is the nearest to `now`.
    pub(crate) fn seen(&self, record: &Record, now: Time) -> Told {
        let mut seen = Told::default();
        let day = self.day.and_then(|day| day.read(record, Block::ROOT, None, &mut seen));
        if let Some(field) = self.whole {
            seen.stamp(record, Block::ROOT, (field, field.place()), (day, now));
        }
        for timed in &self.lists {
            // A row's times count from the day that was said last before them; those before any, from the first. Nearest to
            // now they would be as young as can be.
            let rows = || record.rows(Block::ROOT, timed.list.slot).zip(0_u16..);
            let first =
                || rows().find_map(|(row, at)| timed.day?.read(record, row, Some(at), &mut Told::default()));
            let mut since = day.or_else(first);
            for (row, number) in rows() {
                if let Some(day) = timed.day {
                    since = day.read(record, row, Some(number), &mut seen).or(since);
                }
                for field in &timed.times {
                    let place = field.place().in_row(number);
                    seen.stamp(record, row, (*field, place), (since, now));
                }
            }
        }
        seen
    }

    /// What the object's time is about, where it is about one thing: with times in rows, one row has one, and no other
    /// says more than the day.
    pub(crate) fn sole(&self, record: &Record) -> Sole<'_> {
        let [timed] = self.lists.as_slice() else {
            return if self.lists.is_empty() { Sole::Whole } else { Sole::None };
        };
        let mut sole = None;
        for row in record.rows(Block::ROOT, timed.list.slot) {
            let has = |field: &Field| record.holding(row, field.slot).is_some();
            let dated = timed.day.is_some_and(|day| day.fields().iter().flatten().any(has));
            match (timed.times.iter().any(has), dated) {
                (true, _) if sole.is_none() && timed.numbers.iter().all(has) => sole = Some(row),
                (false, true) => {}
                _ => return Sole::None,
            }
        }
        sole.map_or(Sole::None, |row| Sole::Row(row, &timed.numbers))
    }
}

impl Told {
    fn stamp(
        &mut self,
        record: &Record,
        block: Block,
        (field, place): (Field, Place),
        (day, now): (Option<Time>, Time),
    ) {
        let cell = field.cell(record, block);
        let Some(at) = instant(cell.value, day, now) else { return };
        let stamp = Stamp { place, span: cell.span, at };
        if self.oldest.is_none_or(|oldest| at < oldest.at) {
            self.oldest = Some(stamp);
        }
        if self.newest.is_none_or(|newest| at > newest.at) {
            self.newest = Some(stamp);
        }
    }
}

impl Day {
    fn find(shape: &Shape, group: GroupId) -> Option<Self> {
        let one = |role| with_role(shape, group, role).first().copied();
        match one(Role::TimeReferenceDate) {
            Some(field) => Some(Self::Instant(field)),
            None => Some(Self::Numbers {
                year: one(Role::TimeReferenceYear)?,
                month: one(Role::TimeReferenceMonth)?,
                day: one(Role::TimeReferenceDay)?,
            }),
        }
    }

    fn fields(&self) -> [Option<Field>; 3] {
        match self {
            Self::Instant(field) => [Some(*field), None, None],
            Self::Numbers { year, month, day } => [Some(*year), Some(*month), Some(*day)],
        }
    }

    /// Midnight of the day, where it is said.
    fn read(&self, record: &Record, block: Block, row: Option<u16>, seen: &mut Told) -> Option<Time> {
        match self {
            Self::Instant(field) => match record.value(block, field.slot) {
                Value::Time(at) => Some(at.midnight()),
                _ => None,
            },
            Self::Numbers { year, month, day } => {
                let number = |field: &Field| match record.value(block, field.slot) {
                    Value::Integer(number) => Some(number),
                    _ => None,
                };
                let read = Time::of_date(number(year)?, number(month)?, number(day)?).ok();
                if read.is_none() && seen.no_day.is_none() {
                    let place = row.map_or(day.place(), |row| day.place().in_row(row));
                    seen.no_day = Some((place, day.cell(record, block).span));
                }
                read
            }
        }
    }
}

/// The values with `role` in the blocks of a group.
fn with_role(shape: &Shape, group: GroupId, role: Role) -> Vec<Field> {
    let is = |node: &Node| {
        let numbers = role != Role::IdentitySource || matches!(node.form, Form::Value(Kind::Integer { .. }));
        let value = matches!(node.form, Form::Value(_));
        value && numbers && node.group == group && node.options.role == Some(role)
    };
    let found = shape.nodes().filter(|(id, node)| is(node) && !is_below_label(shape, *id));
    found.filter_map(|(id, _): (NodeId, _)| field(shape, id)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Observed, Sole};
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use lockgate_bytes::{Decimal, Ratio, Span, Time};
    use lockgate_record::{Block, Kind, NodeId, NodeOptions, Record, Role, Shape, ShapeBuilder, Slot, Value};

    const ROLES: [Role; 5] = [
        Role::TimeReferenceYear,
        Role::TimeReferenceMonth,
        Role::TimeReferenceDay,
        Role::TimeObserved,
        Role::IdentitySource,
    ];

    /// A list `s` whose rows have a day, a time and a number.
    fn shape() -> Shape {
        let mut build = ShapeBuilder::new("r");
        let list = build.list(NodeId(0), "s", 0, 9, NodeOptions::default()).unwrap();
        for role in ROLES {
            let options = NodeOptions { role: Some(role), ..NodeOptions::default() };
            let kind = match role {
                Role::TimeObserved => Kind::Decimal { min: Decimal::ZERO, max: Decimal::ZERO, digits: 3 },
                _ => Kind::Integer { min: 0, max: 9999 },
            };
            build.value(list, role.name(), kind, options).unwrap();
        }
        build.finish()
    }

    /// A date, a time in seconds, a number.
    type Row = (Option<[i64; 3]>, Option<i64>, Option<i64>);

    fn record(shape: &Shape, rows: &[Row]) -> Record {
        let mut record = Record::new();
        record.begin(shape);
        for (date, time, number) in rows {
            let row = record.push_row(Block::ROOT, Slot(1), 6, Span::default()).unwrap();
            let mut set = |slot, value| record.set(row, Slot(slot), value, Span::new(1, 2));
            for (slot, part) in (1..).zip(date.iter().flatten()) {
                set(slot, Value::Integer(*part));
            }
            if let Some(time) = time {
                set(4, Value::Ratio(Ratio::new(*time * 1000, 1000).unwrap()));
            }
            if let Some(number) = number {
                set(5, Value::Integer(*number));
            }
        }
        record
    }

    #[test]
    fn times_of_rows_count_from_the_day_said_before_them() {
        let shape = shape();
        let times = Observed::find(&shape);
        let now = Time::parse(b"2026-03-03T00:00:10Z").unwrap();
        let ends = |rows: &[_]| {
            let seen = times.seen(&record(&shape, rows), now);
            [seen.oldest, seen.newest].map(|at| at.map(|stamp| stamp.at.to_string()))
        };
        let first = Some([2026, 3, 1]);
        let told = |texts: [&str; 2]| texts.map(|text| Some(text.to_string()));
        assert_eq!(
            ends(&[(first, None, None), (None, Some(5), None), (None, Some(90_000), None)]),
            told(["2026-03-01T00:00:05Z", "2026-03-02T01:00:00Z"])
        );
        // Without a day: the nearest to now.
        assert_eq!(ends(&[(None, Some(5), None)]), told(["2026-03-03T00:00:05Z"; 2]));
        assert_eq!(ends(&[(None, Some(86_395), None)]), told(["2026-03-02T23:59:55Z"; 2]));
        assert_eq!(
            ends(&[(None, Some(5), None), (first, Some(6), None), (Some([2026, 3, 2]), Some(7), None)]),
            told(["2026-03-01T00:00:05Z", "2026-03-02T00:00:07Z"])
        );
        assert_eq!(ends(&[(first, None, Some(1))]), [None, None]);
        let seen = times.seen(&record(&shape, &[(Some([2026, 2, 30]), None, None)]), now);
        let mut place = alloc::string::String::new();
        seen.no_day.unwrap().0.write(&shape, &mut place).unwrap();
        assert_eq!(place, "r.s[0].time.reference-day");
    }

    /// As many as a record can have.
    #[test]
    fn rows_may_be_any_number() {
        let shape = shape();
        let rows =
            Vec::from_iter(core::iter::repeat_n((Some([2026, 3, 1]), Some(5), None), usize::from(u16::MAX)));
        let now = Time::parse(b"2026-03-03T00:00:10Z").unwrap();
        let seen = Observed::find(&shape).seen(&record(&shape, &rows), now);
        assert_eq!(seen.newest.unwrap().at.to_string(), "2026-03-01T00:00:05Z");
    }

    #[test]
    fn one_row_with_its_time_and_number_is_what_an_object_is_about() {
        let shape = shape();
        let times = Observed::find(&shape);
        let day = Some([2026, 3, 1]);
        for (rows, sole) in [
            (&[(None, Some(5), Some(7))][..], true),
            (&[(day, None, None), (None, Some(5), Some(7))], true),
            (&[(None, Some(5), None)], false),
            (&[(None, Some(5), Some(7)), (None, Some(5), Some(7))], false),
            (&[(None, Some(5), Some(7)), (None, None, None)], false),
            (&[(day, None, None)], false),
            (&[], false),
        ] {
            let record = record(&shape, rows);
            match times.sole(&record) {
                Sole::Row(row, numbers) => {
                    assert!(sole, "{rows:?}");
                    let said: Vec<Value> = numbers.iter().map(|one| record.value(row, one.slot)).collect();
                    assert_eq!(said, [Value::Integer(7)]);
                }
                Sole::Whole => panic!("{rows:?}"),
                Sole::None => assert!(!sole, "{rows:?}"),
            }
        }
        assert!(matches!(Observed::default().sole(&record(&shape, &[])), Sole::Whole));
    }
}
