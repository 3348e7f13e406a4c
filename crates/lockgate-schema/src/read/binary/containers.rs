//! Parts that hold parts: sections, masks, extensions, lists, choices, tagged items.

use super::super::parts::once;
use super::super::{TypeReader, codes};
use super::measured::{self, End};
use super::{Context, Earlier, texts, values};
use crate::binary::model::{Choice, Ends, Fixed, If, Length, List, Mask, Opaque, Part, Section};
use lockgate_notation::{Fields, Node, Span};
use lockgate_record::{NodeId, Slot};

pub(super) const PARTS: [&str; 14] = [
    "field", "spare", "section", "extended", "fx", "mask", "always", "repeat", "opaque", "batch", "choice",
    "tags", "markup", "shared",
];

impl TypeReader<'_> {
    /// Reads the parts of what `fields` is at, in order.
    pub(super) fn binary_parts(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
        loose: bool,
    ) -> Vec<Part> {
        let (mut parts, mut taken, mut loose, around) = (Vec::new(), Vec::new(), loose, context.scope.len());
        let inside = context.inside.take();
        let mut slot = 0_u8;
        let mut nouns = PARTS.to_vec();
        nouns.push("pad");
        for node in fields.children_of(&nouns) {
            self.name_once(fields, node, &mut taken);
            let mut part = Fields::of(node, fields.diagnostics());
            if inside.is_some() {
                context.enter();
            }
            let read = self.binary_part(&mut part, context, parent, loose || inside.is_some());
            finish(part, read.is_some());
            if inside.is_some() {
                context.leave();
            }
            // Behind the first extension everything may be missing.
            if node.name == "fx" {
                loose = true;
                context.enter();
            }
            let Some(read) = read else { continue };
            match inside {
                Some(register) if node.name != "spare" => {
                    if read.is_computed() {
                        fields.error(&codes::MASK, node.name_span, "what is computed is always there");
                    }
                    parts.push(Part::If(If { register, slot, part: Box::new(read) }));
                    slot = slot.saturating_add(1);
                }
                Some(_) => slot = slot.saturating_add(spare_bits(&read)),
                None => parts.push(read),
            }
        }
        context.scope.truncate(around);
        if inside.is_some() {
            context.taken = slot;
        }
        parts
    }

    pub(super) fn name_once(
        &mut self,
        fields: &mut Fields<'_, '_>,
        node: &Node,
        taken: &mut Vec<(String, Span)>,
    ) {
        if matches!(node.name.as_str(), "field" | "section" | "extended" | "repeat")
            && let Some(name) = node.args.first()
            && let Some(text) = name.text()
        {
            once(fields, taken, text.to_owned(), name.span, &codes::SAME_NAME, text);
        }
    }

    pub(super) fn binary_part(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
        loose: bool,
    ) -> Option<Part> {
        if let Some(over) = context.summed.take() {
            let message = "over=record is said of the last part: parts behind it are not under this checksum";
            fields.error(&codes::MEASURE, over, message);
        }
        match fields.noun() {
            "field" => self.binary_field(fields, context, parent, loose),
            "spare" => spare(fields),
            "section" | "extended" => self.binary_section(fields, context, parent, loose).map(Part::Section),
            "fx" => Some(Part::Fx),
            "mask" => self.mask(fields, context, parent),
            "always" => {
                let span = fields.noun_span();
                fields.error(&codes::MASK, span, "`always` stands in a mask only");
                None
            }
            "repeat" => self.repeat(fields, context, parent).map(Part::List),
            "opaque" => opaque(fields, context),
            "batch" => {
                context.rows = context.rows.saturating_add(1);
                let parts = self.binary_parts(fields, context, parent, loose);
                context.rows = context.rows.saturating_sub(1);
                Some(Part::Batch(parts))
            }
            "choice" => self.choice(fields, context, parent),
            "tags" => self.tags(fields, context, parent),
            "markup" => self.markup(fields, context),
            "shared" => self.shared(fields, context),
            _ => {
                let to = values_to(fields)?;
                Some(Part::Pad { to })
            }
        }
    }

    fn binary_section(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &mut Context,
        parent: NodeId,
        loose: bool,
    ) -> Option<Section> {
        let name = fields.arg_field_name("the name of the section")?.value.to_string();
        let length = if fields.prop_opt("length").is_some() { texts::prefix(fields, context) } else { None };
        let ends = if length.is_some() { End::Told } else { End::Parts };
        let strict = fields.prop_opt("optional").is_some();
        let mut options = self.options(fields, None, loose && !strict);
        options.optional |= loose && !strict;
        let node = self.build.section(parent, &name, options);
        let node = self.room(fields, node)?;
        if let Some(prop) = fields.prop_opt("drop-safe") {
            self.droppable.push((node, prop.name_span));
        }
        if let Some(embed) = fields.prop_text_opt("embed") {
            if fields.prop_opt("part").is_none() {
                let parts = self.embed_record(fields, context, node, embed)?;
                measured::check(fields, &parts, ends);
                return Some(Section { node, slot: Slot(0), length, shared: None, parts });
            }
            self.embed_part(fields, context, node, embed)?;
        }
        let parts = self.container(fields, context, node, &name, false);
        measured::check(fields, &parts, ends);
        Some(Section { node, slot: Slot(0), length, shared: None, parts })
    }

    /// Reads `mask fx { ... }` or `mask bits=8 { ... }`: each part takes a bit, in order.
    fn mask(&mut self, fields: &mut Fields<'_, '_>, context: &mut Context, parent: NodeId) -> Option<Part> {
        let fx = fields.arg_word_opt("how the mask is written", &["fx"]).is_some();
        let bits = if fx { None } else { Some(values::width(fields, 64)?) };
        let register = context.register(fields)?;
        let (mut slot, mut known, mut required) = (0_u8, 0_u64, 0_u64);
        let (mut parts, mut taken) = (Vec::new(), Vec::new());
        let mut nouns = PARTS.to_vec();
        nouns.push("pad");
        for node in fields.children_of(&nouns) {
            self.name_once(fields, node, &mut taken);
            let mut part = Fields::of(node, fields.diagnostics());
            if node.name == "always" {
                parts.extend(self.binary_parts(&mut part, context, parent, false));
                part.finish();
                continue;
            }
            let shares = matches!(node.name.as_str(), "repeat" | "choice");
            let rows = shares && part.prop_word_opt("mask", &["inside"]).is_some();
            let strict = part.prop_opt("optional").is_some();
            context.inside = Some(register).filter(|_| rows);
            let (before, around) = (slot, context.scope.len());
            if !rows && !strict {
                context.enter();
            }
            let read = self.binary_part(&mut part, context, parent, true);
            context.scope.truncate(around);
            context.inside = None;
            finish(part, read.is_some());
            let Some(read) = read else { continue };
            match read {
                Part::Fixed(Fixed { bits, spare: true, .. }) => slot = slot.saturating_add(bits),
                Part::List(mut list) if rows => {
                    shift(&mut list.parts, register, before);
                    known |= slots_of(&list.parts, register);
                    slot = slot.saturating_add(context.taken);
                    parts.push(Part::List(list));
                }
                Part::Choice(mut choice) if rows => {
                    let after = slot.saturating_add(context.taken);
                    known |= share(&mut choice, register, (slot, after));
                    slot = after;
                    parts.push(Part::Choice(choice));
                }
                read => {
                    if read.is_computed() && !strict {
                        let span = node.name_span;
                        let message = "what is computed is always there: say optional=#false";
                        fields.error(&codes::MASK, span, message);
                    }
                    let bit = 1_u64.wrapping_shl(u32::from(slot));
                    known |= bit;
                    required |= if strict { bit } else { 0 };
                    parts.push(Part::If(If { register, slot, part: Box::new(read) }));
                    slot = slot.saturating_add(1);
                }
            }
        }
        let slots = bits.unwrap_or(slot);
        if slot > slots || slot == 0 || slots > if fx { 63 } else { 64 } || (bits.is_some() && slot != slots)
        {
            let span = fields.noun_span();
            let message = format!("the mask has {slots} bits, and its parts take {slot}");
            fields.error(&codes::MASK, span, message);
            return None;
        }
        // The slots of whole octets: what is behind the last part is spare.
        let slots = if fx { slots.div_ceil(7).saturating_mul(7) } else { slots };
        Some(Part::Mask(Mask { register, slots, fx, known, required, parts }))
    }

    fn repeat(&mut self, fields: &mut Fields<'_, '_>, context: &mut Context, parent: NodeId) -> Option<List> {
        let name = fields.arg_field_name("the name of the list")?.value.to_string();
        let max = fields.prop_uint("max");
        let min = fields.prop_uint_opt("min").map_or(0, |min| min.value);
        let ends = self.ends(fields, context, &name)?;
        let max = max?;
        let (Ok(min), Ok(max)) = (u16::try_from(min), u16::try_from(max.value)) else {
            fields.error(&codes::REPEAT, max.span, "a list has at most 65535 rows");
            return None;
        };
        if max == 0 || min > max {
            let span = fields.noun_span();
            fields.error(&codes::REPEAT, span, format!("a list of {min} to {max} rows is not possible"));
        }
        let options = self.options(fields, None, min == 0);
        let node = self.build.list(parent, &name, min, max, options);
        let node = self.room(fields, node)?;
        if let Some(prop) = fields.prop_opt("drop-safe") {
            self.droppable.push((node, prop.name_span));
        }
        // A slot of a mask per part: the rows are read with the mask at hand.
        let inside = context.inside.take();
        context.open.push(name);
        context.selectors.push(Vec::new());
        context.inside = inside;
        context.enter();
        context.rows = context.rows.saturating_add(1);
        let parts = self.binary_parts(fields, context, node, false);
        context.rows = context.rows.saturating_sub(1);
        context.leave();
        context.selectors.pop();
        context.open.pop();
        if parts.is_empty() {
            let span = fields.noun_span();
            fields.error(&codes::REPEAT, span, "rows without a part would never end");
        }
        measured::check(fields, &parts, End::Parts);
        Some(List { node, slot: Slot(0), width: 1, min, max, ends, parts })
    }

    /// How it is known where a list ends: `count=8`, `rows=3`, `until=fx|before|ahead|end`, or a field that `counts=` it.
    fn ends(&mut self, fields: &mut Fields<'_, '_>, context: &mut Context, name: &str) -> Option<Ends> {
        let little = values::little(fields, context);
        let count = fields.prop_uint_opt("count");
        let rows = fields.prop_uint_opt("rows");
        let until = fields.prop_word_opt("until", &["fx", "before", "ahead", "end", "tags"]);
        let counted = context.counts.iter().position(|count| count.name == name);
        if let Some(at) = counted {
            let Earlier { register, span, scope, .. } = context.counts.remove(at);
            if scope != context.scope {
                let message =
                    "a count stands where its list does: no presence bit, row, case or tag between them";
                fields.error(&codes::MEASURE, span, message);
            }
            return Some(Ends::Register(register));
        }
        match (count, rows, until.map(|until| until.value)) {
            (Some(count), None, None) => match u8::try_from(count.value) {
                Ok(bits @ 1..=16) => Some(Ends::Counted { bits, little }),
                _ => {
                    fields.error(&codes::WIDTH, count.span, "a count has 1 to 16 bits");
                    None
                }
            },
            (None, Some(rows), None) => u16::try_from(rows.value).ok().map(Ends::Fixed),
            (None, None, Some("fx")) => Some(Ends::Fx),
            (None, None, Some("before")) => Some(Ends::Before),
            (None, None, Some("ahead")) => Some(Ends::Ahead),
            (None, None, Some("tags")) => Some(Ends::Occurrence),
            (None, None, Some(_)) => Some(Ends::Rest),
            _ => {
                let span = fields.noun_span();
                let message =
                    "say one way in which the list ends: count=8, rows=3, until=fx|before|ahead|end";
                fields.error(&codes::REPEAT, span, message);
                None
            }
        }
    }

    /// Reads `choice by=kind { case 1 { section mission { ... } } }`.
    fn choice(&mut self, fields: &mut Fields<'_, '_>, context: &mut Context, parent: NodeId) -> Option<Part> {
        let by = fields.prop_text("by")?;
        let known = context.selectors.iter().rev().flatten().find(|field| field.name == by.value);
        let known = known.filter(|field| context.scope.starts_with(&field.scope));
        let Some(register) = known.map(|field| field.register) else {
            let message = "no earlier field of this name that is always there says `selects=#true`";
            fields.error(&codes::SELECTOR, by.span, message);
            return None;
        };
        let mut cases: Vec<(u64, Vec<Part>)> = Vec::new();
        let (inside, mut taken) = (context.inside.take(), 0_u8);
        for node in fields.children_some("case") {
            let mut case = Fields::of(node, fields.diagnostics());
            let selector = case.arg_uint("the value that chooses it");
            if inside.is_some() {
                refuse_required(&mut case, node);
            }
            context.enter();
            context.inside = inside;
            let parts = self.binary_parts(&mut case, context, parent, true);
            context.leave();
            case.finish();
            taken = taken.max(if inside.is_some() { context.taken } else { 0 });
            let Some(selector) = selector else { continue };
            if cases.iter().any(|(known, _)| *known == selector.value) {
                fields.error(&codes::SELECTOR, selector.span, "this value chooses a case already");
            }
            cases.push((selector.value, parts));
        }
        cases.sort_by_key(|(selector, _)| *selector);
        context.taken = taken;
        Some(Part::Choice(Choice { register, cases, slots: None }))
    }

    /// Reads `markup`: the children of the embedded element, as XML.
    fn markup(&mut self, fields: &mut Fields<'_, '_>, context: &Context) -> Option<Part> {
        if context.embed.is_none() {
            let span = fields.noun_span();
            fields.error(&codes::EMBED, span, "`markup` stands in a section with embed=");
        }
        Some(Part::Markup)
    }
}

/// Ends the reading of a part; where it was wrong, what was not looked at is no mistake of its own. No part is left out of
/// a type without a word.
fn finish(mut part: Fields<'_, '_>, whole: bool) {
    if whole {
        return part.finish();
    }
    if !part.diagnostics().has_errors() {
        let span = part.noun_span();
        part.error(&codes::BOUNDS, span, "this part is not possible");
    }
}

/// Reads `spare bits=4`: zeros, or `is=`.
fn spare(fields: &mut Fields<'_, '_>) -> Option<Part> {
    let bits = values::width(fields, 64)?;
    let is = fields.prop_uint_opt("is").map_or(0, |is| is.value);
    Some(Part::Fixed(Fixed { bits, is, spare: true }))
}

fn spare_bits(part: &Part) -> u8 {
    match part {
        Part::Fixed(fixed) => fixed.bits,
        _ => 0,
    }
}

fn values_to(fields: &mut Fields<'_, '_>) -> Option<u8> {
    let to = fields.prop_uint("to")?;
    match u8::try_from(to.value) {
        Ok(to @ (8 | 16 | 32 | 64)) => Some(to),
        _ => {
            fields.error(&codes::WIDTH, to.span, "padding goes to 8, 16, 32 or 64 bits");
            None
        }
    }
}

/// Reads `opaque re length=8 counts=itself max="255B"`.
fn opaque(fields: &mut Fields<'_, '_>, context: &Context) -> Option<Part> {
    fields.arg_field_name("what it is called");
    let max = fields.prop_size("max");
    let length = texts::length(fields, context)?;
    if let Length::Terminator { .. } = length {
        let span = fields.noun_span();
        fields.error(&codes::WIDTH, span, "an opaque part has a length");
        return None;
    }
    let max = u32::try_from(max?.value).unwrap_or(u32::MAX);
    Some(Part::Opaque(Opaque { max, length }))
}

/// Moves the slots of a list's parts behind those that are taken.
fn shift(parts: &mut [Part], register: u8, by: u8) {
    for part in parts {
        if let Part::If(inner) = part
            && inner.register == register
        {
            inner.slot = inner.slot.saturating_add(by);
        }
    }
}

/// In a case whose parts take slots, none can be asked for: in another case its slot is another part's.
fn refuse_required(case: &mut Fields<'_, '_>, node: &Node) {
    let strict = node.children.iter().flat_map(|part| &part.props).find(|prop| prop.name == "optional");
    if let Some(prop) = strict {
        case.error(&codes::MASK, prop.name_span, "a part of a case that takes a bit may always be absent");
    }
}

/// Gives each case of a choice the slots of a mask from one up to another; those that stand for something in some case.
fn share(choice: &mut Choice, register: u8, (from, upto): (u8, u8)) -> u64 {
    let mut known = 0_u64;
    for (_, parts) in &mut choice.cases {
        shift(parts, register, from);
        known |= slots_of(parts, register);
    }
    let below = |slot: u8| crate::binary::low(slot.min(64));
    choice.slots = Some((register, below(upto) & !below(from)));
    known
}

/// The slots that parts of rows or of a case take.
fn slots_of(parts: &[Part], register: u8) -> u64 {
    let mut bits = 0_u64;
    for part in parts {
        if let Part::If(inner) = part
            && inner.register == register
        {
            bits |= 1_u64.wrapping_shl(u32::from(inner.slot));
        }
    }
    bits
}
