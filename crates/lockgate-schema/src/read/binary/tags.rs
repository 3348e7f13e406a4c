//! Tagged items: their tags, what stands in each, and where.

use super::super::{TypeReader, codes};
use super::containers::PARTS;
use super::{Context, number};
use crate::binary::model::{Form, Item, Part, TagCoding, TagPlace, Tags};
use lockgate_notation::{At, Fields, Node, Span};
use lockgate_record::{NodeId, NodeOptions, Slot};

impl TypeReader<'_> {
    /// Reads `tags oid-ber order=any { tag 5 { field ... } }`.
    pub(super) fn tags(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
    ) -> Option<Part> {
        let words = TagCoding::NAMES.map(|(_, word)| word);
        let word = fields.arg_word("how tags and lengths are written", &words)?;
        let coding =
            TagCoding::NAMES.iter().find(|(_, name)| *name == word.value).map(|(coding, _)| *coding)?;
        // Of more than one byte nobody says which one would be the first.
        if context.order.lsb_first && !matches!(coding, TagCoding::ByteByte | TagCoding::Protobuf) {
            let message = "where the lowest bit is the first, tags are `byte-byte` or `protobuf`";
            fields.error(&codes::TAG, word.span, message);
        }
        let ordered = fields
            .prop_word_opt("order", &["any", "described"])
            .is_some_and(|word| word.value == "described");
        let (mut items, mut sections) = (Vec::<Item>::new(), Vec::new());
        let (mut taken, mut places) = (Vec::new(), Vec::new());
        for node in fields.children_of(&["tag", "section"]) {
            if node.name == "tag" {
                let known = (&mut taken, items.as_slice(), &mut places);
                items.extend(self.tag(fields, context, (node, parent, coding), known));
                continue;
            }
            // A name for some of the items: always there, as they are or by what they mean where they are left out.
            self.name_once(fields, node, &mut taken);
            let mut section = Fields::of(node, fields.diagnostics());
            let name = section.arg_field_name("the name of the section").map(|name| name.value.to_string());
            let under = name.and_then(|name| self.build.section(parent, &name, NodeOptions::default()));
            let Some(under) = under else { continue };
            sections.push((under, Slot(0)));
            let mut inside = Vec::new();
            for node in section.children_some("tag") {
                let known = (&mut inside, items.as_slice(), &mut places);
                let item = self.tag(&mut section, context, (node, under, coding), known);
                items.extend(item);
            }
            section.finish();
        }
        if items.is_empty() {
            fields.children_some("tag");
        }
        if items.iter().any(|item| item.key > coding.most()) {
            let message = format!("the largest tag of `{}` is {}", word.value, coding.most());
            fields.error(&codes::TAG, word.span, message);
        }
        misplaced(fields, &items, &places);
        if coding == TagCoding::Protobuf {
            items.iter_mut().for_each(no_time_of_zero);
        }
        Some(Part::Tags(Tags { coding, ordered, sections, items }))
    }

    /// Reads `tag 5 { field ... }`, whose part stands in `parent`.
    fn tag(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        (node, parent, coding): (&Node, NodeId, TagCoding),
        (taken, items, places): (&mut Vec<(String, Span)>, &[Item], &mut Vec<Span>),
    ) -> Option<Item> {
        let mut tag = Fields::of(node, fields.diagnostics());
        let key = tag_of(&mut tag, coding, items.len());
        let required = !tag.prop_bool_or("optional", true);
        let place = tag.prop_word_opt("place", &["first", "last"]);
        let mut parts = Vec::new();
        context.enter();
        for inner in tag.children_of(&PARTS) {
            self.name_once(&mut tag, inner, taken);
            let mut part = Fields::of(inner, tag.diagnostics());
            parts.extend(self.binary_part(&mut part, context, parent, !required));
            part.finish();
        }
        context.leave();
        tag.finish();
        let (key, label) = key?;
        let number = u32::try_from(key.value).ok().filter(|number| *number < (1 << 28));
        let (Some(number), [_], true) = (number, parts.as_slice(), items.len() < 128) else {
            let message = "a tag is below 2^28 and holds one part; at most 128 of them";
            fields.error(&codes::TAG, key.span, message);
            return None;
        };
        let again = |item: &Item| match coding {
            TagCoding::LabelBer => item.label == label,
            _ => item.key == number,
        };
        if items.iter().any(again) {
            fields.error(&codes::TAG, key.span, "this tag is described already");
        }
        let part = parts.pop()?;
        if part.is_computed() && !required {
            fields.error(&codes::TAG, key.span, "what is computed is always there: say optional=#false");
        }
        if matches!(part, Part::Measure(_)) {
            fields.error(
                &codes::MEASURE,
                key.span,
                "a tag has its own length: none in it measures what is around it",
            );
        }
        let wire = wire_type(&part);
        let placed = match place.as_ref().map(|place| place.value) {
            Some("first") => TagPlace::First,
            Some(_) => TagPlace::Last,
            None => TagPlace::Any,
        };
        places.extend(place.map(|place| place.span));
        Some(Item { key: number, label, wire, required, place: placed, part })
    }
}

/// The tag: a number, or a universal label, whose number is the one of its item.
fn tag_of(tag: &mut Fields<'_, '_>, coding: TagCoding, number: usize) -> Option<(At<u64>, u128)> {
    if coding != TagCoding::LabelBer {
        return tag.arg_uint("the tag").map(|key| (key, 0));
    }
    let label = tag.arg_text("the universal label")?;
    let bytes = number::hex(label.value).and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    let Some(bytes) = bytes else {
        let message = "a universal label is 32 hexadecimal digits in quotes";
        tag.error(&codes::TAG, label.span, message);
        return None;
    };
    Some((At { value: u64::try_from(number).ok()?, span: label.span }, u128::from_be_bytes(bytes)))
}

/// Protobuf writes no zeros: one that is written is no time that anybody set.
fn no_time_of_zero(item: &mut Item) {
    if let Part::Value(value) = &mut item.part
        && let Form::Time { zero, .. } = &mut value.form
    {
        *zero = false;
    }
}

/// What stands first or last is described there too, so that it is written there.
fn misplaced(fields: &mut Fields<'_, '_>, items: &[Item], places: &[Span]) {
    let last = items.len().saturating_sub(1);
    let wrong = |(at, item): (usize, &Item)| match item.place {
        TagPlace::Any => false,
        TagPlace::First => at != 0,
        TagPlace::Last => at != last,
    };
    if items.iter().enumerate().any(wrong)
        && let Some(span) = places.last()
    {
        fields.error(&codes::TAG, *span, "what stands first or last is described first or last");
    }
}

/// The wire type of a part in protobuf.
fn wire_type(part: &Part) -> u8 {
    let Part::Value(value) = part else { return 2 };
    match &value.form {
        Form::Number(number) if number.varint => 0,
        Form::Enum { varint: true, .. } | Form::Time { varint: true, .. } => 0,
        Form::Float { bits: 64, .. } | Form::Time { .. } => 1,
        Form::Number(number) if number.bits == 64 => 1,
        Form::Float { .. } => 5,
        Form::Number(number) if number.bits == 32 => 5,
        _ => 2,
    }
}
