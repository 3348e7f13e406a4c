//! Lines, sets, tables and segments.

use super::super::parts::once;
use super::super::{TypeReader, codes};
use super::letters;
use super::values::Stands;
use crate::model::Rows;
use crate::text::model::{Column, Columns, Field, Group, Item, Layout, Line, Segment, Set, Takes};
use crate::text::model::{MAX_FIELDS, MAX_SEGMENTS, MAX_WORD};
use lockgate_notation::{At, Fields, Node, Span};
use lockgate_record::{NodeId, Slot};

/// Most items of one type.
const MAX_ITEMS: usize = 4096;

/// What is known while the items of one record are read.
pub(super) struct Context {
    pub(super) layout: Layout,
    /// Identifiers of sets and tables, and what stands under one name twice in the record.
    ids: Vec<Vec<u8>>,
    /// Instants outside of any list that stand earlier, by path from the record.
    pub(super) instants: Vec<(String, NodeId)>,
    /// Names of the open sections, for those paths.
    pub(super) path: Vec<String>,
    /// The open lists.
    pub(super) lists: usize,
    items: usize,
}

impl Context {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, ids: Vec::new(), instants: Vec::new(), path: Vec::new(), lists: 0, items: 0 }
    }

    pub(super) fn has_set(&self, id: &[u8]) -> bool {
        self.ids.iter().any(|known| known == id)
    }

    pub(super) fn into_layout(self) -> Layout {
        self.layout
    }
}

type Taken = Vec<(String, Span)>;

impl TypeReader<'_> {
    /// Reads the items of a record or of a segment.
    pub(super) fn items(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
        depth: usize,
    ) -> Vec<Item> {
        let (mut items, mut taken) = (Vec::new(), Taken::new());
        for node in fields.children_of(&["line", "set", "columns", "segment"]) {
            name_once(fields, node, &mut taken);
            context.items = context.items.saturating_add(1);
            let mut part = Fields::of(node, fields.diagnostics());
            let read = match node.name.as_str() {
                "line" => self.text_line(&mut part, context, parent),
                "set" => self.text_set(&mut part, context, parent).map(Item::Set),
                "columns" => self.table(&mut part, context, parent).map(Item::Columns),
                _ => self.text_segment(&mut part, context, parent, depth).map(Item::Segment),
            };
            part.finish();
            items.extend(read);
        }
        if context.items > MAX_ITEMS {
            let span = fields.noun_span();
            fields.error(&codes::TOO_MANY_PARTS, span, "a message has at most 4096 items");
        }
        items
    }

    /// Reads `line NAME KIND as="TO "`, or `line is="BT"`.
    fn text_line(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
    ) -> Option<Item> {
        if let Some(is) = fields.prop_any_text_opt("is") {
            return letters::word(fields, is, None, true).map(Item::Fixed);
        }
        let name = fields.arg_field_name("the name of the line")?.value.to_string();
        let prefix = match fields.prop_any_text_opt("as") {
            Some(prefix) => letters::word(fields, prefix, None, true)?,
            None => Vec::new(),
        };
        let value = self.text_value(fields, context, parent, &name, Stands::Line)?;
        if value.optional && prefix.is_empty() {
            let span = fields.noun_span();
            fields.error(&codes::LINE, span, "a line that may be absent begins with what as= says");
        }
        Some(Item::Line(Line { prefix, value }))
    }

    /// The identifier: `as=`, or the name in capitals.
    fn identifier(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        name: &str,
    ) -> Option<Vec<u8>> {
        let capitals = name.to_ascii_uppercase();
        let id = fields.prop_text_opt("as").unwrap_or(At::new(capitals.as_str(), fields.noun_span()));
        let between = context.layout.between;
        let id = letters::word(fields, id, Some(between), false)?;
        context.ids.push(id.clone());
        Some(id)
    }

    fn text_set(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
    ) -> Option<Set> {
        let name = fields.arg_field_name("the name of the set")?.value.to_string();
        let id = self.identifier(fields, context, &name).unwrap_or_default();
        let rows = self.rows(fields);
        let (node, optional) = self.section(fields, parent, &name, rows)?;
        context.path.push(name);
        context.lists = context.lists.saturating_add(usize::from(rows.is_some()));
        let (fields_read, group) = self.set_parts(fields, context, node);
        context.lists = context.lists.saturating_sub(usize::from(rows.is_some()));
        context.path.pop();
        Some(Set { id, node, slot: Slot(0), optional, rows, fields: fields_read, group })
    }

    fn set_parts(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        node: NodeId,
    ) -> (Vec<Field>, Option<Group>) {
        let (mut found, mut group, mut taken) = (Vec::new(), None, Taken::new());
        let mut ended = false;
        for part in fields.children_of(&["field", "choice", "present", "repeat"]) {
            name_once(fields, part, &mut taken);
            if ended {
                let message =
                    "behind free text, and behind what repeats to the end of the set, no field can stand";
                fields.error(&codes::AFTER_FREE, part.name_span, message);
            }
            let mut inner = Fields::of(part, fields.diagnostics());
            if part.name == "repeat" {
                ended = true;
                let read = self.group(&mut inner, context, node);
                inner.finish();
                group = group.or(read);
                continue;
            }
            let read = self.text_field(&mut inner, context, node);
            inner.finish();
            ended |= matches!(&read, Some(Field::Value(value)) if value.form.is_free());
            found.extend(read);
        }
        if found.len() > MAX_FIELDS {
            let span = fields.noun_span();
            fields.error(&codes::TOO_MANY_PARTS, span, "a set has at most 64 fields");
        }
        (found, group)
    }

    fn text_field(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
    ) -> Option<Field> {
        match fields.noun() {
            "choice" => self.text_choice(fields, context, parent),
            "present" => {
                let name = fields.arg_field_name("the name of the flag")?.value.to_string();
                let read = super::super::kind::Read::plain(lockgate_record::Kind::Flag);
                let options = self.options(fields, Some(&read), false);
                let node = self.build.value(parent, &name, read.kind, options);
                Some(Field::Present { node: self.room(fields, node)?, slot: Slot(0) })
            }
            _ => {
                let name = fields.arg_field_name("the name of the field")?.value.to_string();
                if let Some(is) = fields.prop_text_opt("is") {
                    let between = context.layout.between;
                    return letters::word(fields, is, Some(between), true).map(Field::Fixed);
                }
                self.text_value(fields, context, parent, &name, Stands::Field).map(Field::Value)
            }
        }
    }

    /// Reads `choice { field lats position ... key="LATS"; ... }`.
    fn text_choice(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
    ) -> Option<Field> {
        let optional = fields.prop_bool_or("optional", false);
        let (mut values, mut taken) = (Vec::new(), Taken::new());
        for node in fields.children_some("field") {
            name_once(fields, node, &mut taken);
            let mut inner = Fields::of(node, fields.diagnostics());
            let name = inner.arg_field_name("the name of the field").map(|name| name.value.to_string());
            let value = name
                .and_then(|name| self.text_value(&mut inner, context, parent, &name, Stands::Alternative));
            inner.finish();
            values.extend(value);
        }
        let alike = values.iter().enumerate().any(|(at, value)| {
            let bare = value.key.is_empty() && value.unit.is_empty();
            let same = values
                .iter()
                .take(at)
                .any(|other| other.key == value.key && (other.unit == value.unit || !value.key.is_empty()));
            let last = at.saturating_add(1) == values.len();
            (bare && !last) || same || value.form.is_free()
        });
        if alike {
            let span = fields.noun_span();
            let message = "alternatives are told apart by key= or suffix=; the last may have neither";
            fields.error(&codes::ALTERNATIVES, span, message);
        }
        if values.len() > MAX_FIELDS {
            let span = fields.noun_span();
            fields.error(&codes::TOO_MANY_PARTS, span, "a field has at most 64 alternatives");
        }
        Some(Field::Choice { optional, values })
    }

    /// Reads `repeat NAME repeat=12 { field ... }`, at the end of a set.
    fn group(&mut self, fields: &mut Fields<'_, '_>, context: &mut Context, parent: NodeId) -> Option<Group> {
        let name = fields.arg_field_name("the name of the list")?.value.to_string();
        let (node, rows) = self.list_of(fields, parent, &name)?;
        context.lists = context.lists.saturating_add(1);
        let (mut found, mut taken) = (Vec::new(), Taken::new());
        for part in fields.children_of(&["field", "choice"]) {
            name_once(fields, part, &mut taken);
            let mut inner = Fields::of(part, fields.diagnostics());
            let read = self.text_field(&mut inner, context, node);
            inner.finish();
            found.extend(read);
        }
        context.lists = context.lists.saturating_sub(1);
        let free = |field: &Field| matches!(field, Field::Value(value) if value.form.is_free());
        if found.is_empty() || found.len() > MAX_FIELDS || found.iter().any(free) {
            let span = fields.noun_span();
            fields.error(&codes::AFTER_FREE, span, "what repeats has 1 to 64 fields, none of them free text");
        }
        Some(Group { node, slot: Slot(0), rows, fields: found })
    }

    /// The list of something that always has `repeat=`.
    fn list_of(&mut self, fields: &mut Fields<'_, '_>, parent: NodeId, name: &str) -> Option<(NodeId, Rows)> {
        let Some(rows) = self.rows(fields) else {
            let span = fields.noun_span();
            fields.error(&codes::REPEAT, span, format!("`{}` needs repeat=", fields.noun()));
            return None;
        };
        let (node, _) = self.section(fields, parent, name, Some(rows))?;
        Some((node, rows))
    }

    /// Reads `columns stock as="5STOCK" repeat=40 { column item text max=9 heading="ITEM" width=10 }`.
    fn table(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
    ) -> Option<Columns> {
        let name = fields.arg_field_name("the name of the table")?.value.to_string();
        let id = self.identifier(fields, context, &name).unwrap_or_default();
        if context.layout.by_line {
            let span = fields.noun_span();
            fields.error(&codes::LAYOUT, span, "where a set ends with its line there are no tables");
        }
        let (node, rows) = self.list_of(fields, parent, &name)?;
        context.lists = context.lists.saturating_add(1);
        let (mut columns, mut taken) = (Vec::new(), Taken::new());
        for part in fields.children_some("column") {
            name_once(fields, part, &mut taken);
            let mut inner = Fields::of(part, fields.diagnostics());
            let read = self.column(&mut inner, context, node);
            inner.finish();
            columns.extend(read);
        }
        context.lists = context.lists.saturating_sub(1);
        if columns.len() > MAX_FIELDS {
            let span = fields.noun_span();
            fields.error(&codes::TOO_MANY_PARTS, span, "a table has at most 64 columns");
        }
        Some(Columns { id, node, slot: Slot(0), rows, columns })
    }

    fn column(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
    ) -> Option<Column> {
        let name = fields.arg_field_name("the name of the column")?.value.to_string();
        let capitals = name.to_ascii_uppercase();
        let heading = fields.prop_text_opt("heading").unwrap_or(At::new(&capitals, fields.noun_span()));
        let heading = letters::word(fields, heading, Some(context.layout.between), false);
        let width = fields.prop_uint_opt("width");
        let value = self.text_value(fields, context, parent, &name, Stands::Field)?;
        if value.form.is_free() {
            let span = fields.noun_span();
            fields.error(&codes::AFTER_FREE, span, "a cell is no free text");
        }
        if value.form.takes() == Takes::Two {
            let span = fields.noun_span();
            fields.error(&codes::WRITTEN, span, "a cell is one field: its half stands in it, not behind it");
        }
        let heading = heading?;
        let width = width.map_or(heading.len(), |width| usize::try_from(width.value).unwrap_or(usize::MAX));
        if width > MAX_WORD {
            let span = fields.noun_span();
            fields.error(&codes::WIRE_WORD, span, "a column is at most 64 characters wide");
        }
        Some(Column { heading, width, field: Field::Value(value) })
    }

    fn text_segment(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
        depth: usize,
    ) -> Option<Segment> {
        let name = fields.arg_field_name("the name of the segment")?.value.to_string();
        if depth >= MAX_SEGMENTS {
            let span = fields.noun_span();
            fields.error(&codes::DEEPER, span, "more than 4 segments inside each other");
            return None;
        }
        let (node, rows) = self.list_of(fields, parent, &name)?;
        context.path.push(name);
        context.lists = context.lists.saturating_add(1);
        let items = self.items(fields, context, node, depth.saturating_add(1));
        context.lists = context.lists.saturating_sub(1);
        context.path.pop();
        let begins = match items.first() {
            Some(Item::Set(set)) => !set.optional && set.rows.is_none(),
            Some(Item::Line(line)) => !line.prefix.is_empty() && !line.value.optional,
            _ => false,
        };
        if !begins {
            let span = fields.noun_span();
            let message =
                "a segment begins with a set, or a line with as=, that is always there and stands once";
            fields.error(&codes::SEGMENT, span, message);
        }
        Some(Segment { node, slot: Slot(0), rows, items })
    }
}

fn name_once(fields: &mut Fields<'_, '_>, node: &Node, taken: &mut Taken) {
    if let Some(name) = node.args.first()
        && let Some(text) = name.text()
    {
        once(fields, taken, text.to_owned(), name.span, &codes::SAME_NAME, text);
    }
}
