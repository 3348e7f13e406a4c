//! ISM attributes: each element that has any makes one claim, of the whole where it is the resource element, and of a
//! portion otherwise. Source: ODNI ISM v2022-DEC, `resourceElement`.

use super::{CarrierKind, Claim, Where};
use crate::Reason;
use crate::carriers::{Field, IsmElement};
use crate::policy::LaneType;
use crate::read_before::MarkingsBefore;
use crate::workspace::Pass;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Span;
use lockgate_marking::{Profile, UsRead};
use lockgate_reason::{Finding, marking};
use lockgate_record::{Block, NodeId, Place, Record, Value};

/// Elements with such attributes in one object, at most.
const ELEMENTS_MAX: usize = 1024;

/// The claims of all elements that have ISM attributes.
pub(super) fn read(pass: &mut Pass, lane_type: &LaneType, bytes: &[u8]) {
    let elements = &lane_type.carriers.ism.all;
    if elements.is_empty() {
        return;
    }
    let mut reader = Reader {
        profile: lane_type.parts.profile.as_ref(),
        type_id: lane_type.id(),
        bytes,
        left: ELEMENTS_MAX,
        said: String::new(),
    };
    core::mem::swap(&mut reader.said, &mut pass.said);
    let Pass { inspection, claims, markings_before, said, .. } = pass;
    let mut out = Out { claims, reasons: &mut inspection.reasons, before: markings_before };
    for element in elements {
        let root = (Block::ROOT, Place::of(NodeId(0)));
        if reader.rows(&inspection.record, element, 0, root, &mut out).is_none() {
            break;
        }
    }
    core::mem::swap(&mut reader.said, said);
}

/// Where claims, and what is wrong with them, go.
struct Out<'p> {
    claims: &'p mut Vec<Claim>,
    reasons: &'p mut Vec<Reason>,
    before: &'p mut MarkingsBefore,
}

struct Reader<'p> {
    profile: Option<&'p Profile>,
    type_id: &'p str,
    bytes: &'p [u8],
    /// How many elements more are read.
    left: usize,
    /// The attributes of one element as one text; used again.
    said: String,
}

/// An attribute of one element that is there.
struct Said<'a> {
    field: Field,
    name: &'static str,
    /// `None` where it is no text.
    value: Option<&'a str>,
    span: Span,
}

impl Reader<'_> {
    /// Goes through the rows of the lists from `depth` on; `None` where there are more elements than are read. The lists of
    /// a shape are few, so the recursion is.
    fn rows(
        &mut self,
        record: &Record,
        element: &IsmElement,
        depth: usize,
        (block, place): (Block, Place),
        out: &mut Out<'_>,
    ) -> Option<()> {
        let Some(list) = element.lists.get(depth) else {
            return self.element(record, element, (block, place), out);
        };
        for (row, number) in record.rows(block, list.slot).zip(0_u16..) {
            self.rows(record, element, depth.saturating_add(1), (row, place.in_row(number)), out)?;
        }
        Some(())
    }

    /// The claim of one element, if it has any such attribute.
    fn element(
        &mut self,
        record: &Record,
        element: &IsmElement,
        (block, rows): (Block, Place),
        out: &mut Out<'_>,
    ) -> Option<()> {
        let first = element.first(record, block);
        let Some((field, span)) = first else { return Some(()) };
        let place = rows.at(field.node);
        if self.left == 0 {
            let finding = Finding::new(marking::UNREADABLE_CLAIM)
                .saying("more elements with ISM attributes than are read");
            out.reasons.push(Reason::from(finding).at(place, span));
            return None;
        }
        self.left = self.left.saturating_sub(1);
        self.said.clear();
        let (mut whole, mut texts) = (false, true);
        for said in element.present(record, block, self.bytes) {
            let value = said.value.unwrap_or("");
            // What separates them stands in none of them, so that no two elements are remembered alike.
            texts &= said.value.is_some_and(|value| !value.contains(['\u{1e}', '\u{1f}']));
            for part in [said.name, "\u{1f}", value, "\u{1e}"] {
                self.said.push_str(part);
            }
            whole |= said.name == "resourceElement" && matches!(value.trim_matches(' '), "true" | "1");
        }
        let claim = Claim {
            part: !whole,
            ..Claim::new(CarrierKind::MarkingAttributes, Where::Field(place), span, None)
        };
        let known =
            element.carrier.filter(|_| texts).and_then(|at| out.before.said(self.type_id, at, &self.said));
        match known {
            Some((label, us)) => out.claims.push(Claim { label: Some(label), us, ..claim }),
            None => self.read(record, element, (block, rows), claim, out),
        }
        Some(())
    }

    /// Reads attributes that were not remembered.
    fn read(
        &self,
        record: &Record,
        element: &IsmElement,
        (block, rows): (Block, Place),
        claim: Claim,
        out: &mut Out<'_>,
    ) {
        let (Some(profile), Some(carrier)) = (self.profile, element.carrier) else {
            let finding = Finding::new(marking::UNREADABLE_CLAIM);
            let finding = finding.saying("the lane's profile does not read ISM attributes");
            out.reasons.push(claim.explains(Reason::from(finding)));
            out.claims.push(claim);
            return;
        };
        let present: Vec<Said<'_>> = element.present(record, block, self.bytes).collect();
        let pairs: Option<Vec<(&str, &str)>> =
            present.iter().map(|said| Some((said.name, said.value?))).collect();
        let mut found = Vec::new();
        let read = match &pairs {
            Some(pairs) => profile.us_attributes(carrier, pairs, &mut found),
            None => {
                let says = "an ISM attribute that is no text";
                let at = present.iter().position(|said| said.value.is_none());
                found.push((at, Finding::new(marking::UNREADABLE_CLAIM).saying(says)));
                UsRead::default()
            }
        };
        let us = read.marking.map(Arc::new);
        if let (Some(label), true) = (read.label, found.is_empty()) {
            out.before.keep(self.type_id, carrier, &self.said, (label, us.clone()));
        }
        for (at, finding) in found {
            let reason = Reason::from(finding);
            out.reasons.push(match at.and_then(|at| present.get(at)) {
                Some(said) => reason.at(rows.at(said.field.node), said.span),
                None => claim.explains(reason),
            });
        }
        out.claims.push(Claim { label: read.label, us, ..claim });
    }
}

impl IsmElement {
    /// Its attributes in `block` that are there.
    fn present<'a>(
        &'a self,
        record: &'a Record,
        block: Block,
        bytes: &'a [u8],
    ) -> impl Iterator<Item = Said<'a>> {
        self.attributes.iter().filter_map(move |(field, name)| {
            let cell = field.cell(record, block);
            let there = cell.value != Value::Absent;
            there.then(|| Said {
                field: *field,
                name,
                value: field.text(record, block, bytes),
                span: cell.span,
            })
        })
    }

    /// Where a claim of it stands: at the classification, or the first attribute that is there.
    fn first(&self, record: &Record, block: Block) -> Option<(Field, Span)> {
        let there = |(field, _): &&(Field, &str)| field.cell(record, block).value != Value::Absent;
        let level = self.attributes.iter().filter(|(_, name)| *name == "classification").find(there);
        let (field, _) = level.or_else(|| self.attributes.iter().find(there))?;
        Some((*field, field.cell(record, block).span))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Out, Reader};
    use crate::carriers::Carriers;
    use crate::claims::Claim;
    use crate::read_before::MarkingsBefore;
    use alloc::string::String;
    use alloc::vec::Vec;
    use lockgate_bytes::Span;
    use lockgate_marking::{Carrier, CarrierValue, PolicySet, Profile, ProfileText};
    use lockgate_record::{
        Block, Charset, Kind, NodeId, NodeOptions, Place, Record, Role, ShapeBuilder, Value,
    };

    /// The policy of the demonstration, and a profile that reads a level and its release list.
    pub(in crate::claims) fn profile() -> Profile {
        const USA: &[u8] = include_bytes!("../../../../rules/policies/USA/usa.spif.xml");
        let settings = lockgate_marking::Settings {
            name: "USA".into(),
            id: "1.3.6.1.4.1.99999.840".into(),
            edition: "test".into(),
            absent: Vec::new(),
            everyone: Vec::new(),
            review: None,
        };
        let mut set = PolicySet::new();
        set.add(lockgate_marking::Policy::from_spif(USA, &settings).unwrap()).unwrap();
        let level = CarrierValue {
            texts: Vec::from(["SECRET".into()]),
            level: Some("SECRET".into()),
            ..CarrierValue::default()
        };
        let carrier = Carrier {
            role: "marking.ism".into(),
            values: Vec::from([level]),
            nations_of: Some("Releasable To".into()),
            us: lockgate_us::Edition::named("ism-2022"),
            ..Carrier::default()
        };
        let carriers = Vec::from([carrier]);
        Profile::compile(&ProfileText { name: "p".into(), policy: "USA".into(), carriers }, &set).unwrap()
    }

    /// No type is built with such an attribute; should one be, it is not read as an empty one.
    #[test]
    fn an_attribute_that_is_no_text_is_an_unreadable_claim() {
        let mut build = ShapeBuilder::new("r");
        let options = NodeOptions { role: Some(Role::MarkingIsm), ..NodeOptions::default() };
        let text = Kind::Text { min: 0, max: 99, charset: Charset::Printable };
        let level = build.value(NodeId(0), "classification", text.clone(), options.clone()).unwrap();
        let owner = build.value(NodeId(0), "ownerProducer", text, options.clone()).unwrap();
        let derived = build.value(NodeId(0), "derivedFrom", Kind::Flag, options).unwrap();
        let shape = build.finish();
        let profile = profile();
        let carriers = Carriers::find(&shape, Some(&profile));
        let mut record = Record::new();
        record.begin(&shape);
        let bytes = b"S USA";
        for (node, span) in [(level, Span::new(0, 1)), (owner, Span::new(2, 5))] {
            let value = Value::Text(lockgate_record::TextRef::Source(span));
            record.set(Block::ROOT, shape.node(node).unwrap().slot, value, span);
        }
        let mut before = MarkingsBefore::default();
        let mut read = |record: &Record| {
            let mut reader =
                Reader { profile: Some(&profile), type_id: "r@1", bytes, left: 9, said: String::new() };
            let (mut claims, mut reasons): (Vec<Claim>, Vec<_>) = (Vec::new(), Vec::new());
            let mut out = Out { claims: &mut claims, reasons: &mut reasons, before: &mut before };
            reader
                .rows(record, &carriers.ism.all[0], 0, (Block::ROOT, Place::of(NodeId(0))), &mut out)
                .unwrap();
            let codes = reasons.iter().map(|reason| reason.code.id()).collect::<Vec<_>>();
            (codes, claims.len(), claims[0].label.is_some())
        };
        assert_eq!(read(&record), (Vec::new(), 1, true));
        record.set(Block::ROOT, shape.node(derived).unwrap().slot, Value::Flag(true), Span::new(0, 1));
        assert_eq!(read(&record), (Vec::from(["LG-M002"]), 1, false));
    }
}
