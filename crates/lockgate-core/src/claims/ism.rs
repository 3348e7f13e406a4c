//! ISM attributes: each element that has any makes one claim, of the whole where it is the resource element, and of a
//! portion otherwise. Source: ODNI ISM v2022-DEC, `resourceElement`.

use super::{CarrierKind, Claim, Where};
use crate::Reason;
use crate::carriers::{Field, IsmElement};
use crate::policy::LaneType;
use crate::workspace::Pass;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Span;
use lockgate_marking::Profile;
use lockgate_reason::{Finding, marking};
use lockgate_record::{Block, NodeId, Place, Record, Value};

/// Elements with such attributes in one object, at most.
const ELEMENTS_MAX: usize = 1024;

/// The claims of all elements that have ISM attributes.
pub(super) fn read(pass: &mut Pass, lane_type: &LaneType, bytes: &[u8]) {
    let elements = &lane_type.carriers.ism;
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
    for element in elements {
        if reader.rows(pass, element, 0, (Block::ROOT, Place::of(NodeId(0)))).is_none() {
            break;
        }
    }
    core::mem::swap(&mut reader.said, &mut pass.said);
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
        pass: &mut Pass,
        element: &IsmElement,
        depth: usize,
        (block, place): (Block, Place),
    ) -> Option<()> {
        let Some(list) = element.lists.get(depth) else { return self.element(pass, element, (block, place)) };
        let mut number = 0_u16;
        // By number: what is read of a row goes where the rows are.
        while let Some(row) = pass.inspection.record.rows(block, list.slot).nth(usize::from(number)) {
            self.rows(pass, element, depth.saturating_add(1), (row, place.in_row(number)))?;
            number = number.saturating_add(1);
        }
        Some(())
    }

    /// The claim of one element, if it has any such attribute.
    fn element(
        &mut self,
        pass: &mut Pass,
        element: &IsmElement,
        (block, rows): (Block, Place),
    ) -> Option<()> {
        let record = &pass.inspection.record;
        let first = element.first(record, block);
        let Some((field, span)) = first else { return Some(()) };
        let place = rows.at(field.node);
        if self.left == 0 {
            let finding = Finding::new(marking::UNREADABLE_CLAIM)
                .saying("more elements with ISM attributes than are read");
            pass.inspection.reasons.push(Reason::from(finding).at(place, span));
            return None;
        }
        self.left = self.left.saturating_sub(1);
        self.said.clear();
        let mut whole = false;
        for said in element.present(record, block, self.bytes) {
            let value = said.value.unwrap_or("\0");
            for part in [said.name, "\u{1f}", value, "\u{1e}"] {
                self.said.push_str(part);
            }
            whole |= said.name == "resourceElement" && matches!(value.trim_matches(' '), "true" | "1");
        }
        let claim = Claim {
            part: !whole,
            ..Claim::new(CarrierKind::MarkingAttributes, Where::Field(place), span, None)
        };
        let known = element.carrier.and_then(|at| pass.markings_before.said(self.type_id, at, &self.said));
        match known {
            Some((label, us)) => pass.claims.push(Claim { label: Some(label), us, ..claim }),
            None => self.read(pass, element, (block, rows), claim),
        }
        Some(())
    }

    /// Reads attributes that were not remembered.
    fn read(&self, pass: &mut Pass, element: &IsmElement, (block, rows): (Block, Place), claim: Claim) {
        let Pass { inspection, claims, markings_before, .. } = pass;
        let (record, reasons) = (&inspection.record, &mut inspection.reasons);
        let (Some(profile), Some(carrier)) = (self.profile, element.carrier) else {
            let finding = Finding::new(marking::UNREADABLE_CLAIM);
            let finding = finding.saying("the lane's profile does not read ISM attributes");
            reasons.push(claim.explains(Reason::from(finding)));
            claims.push(claim);
            return;
        };
        let present: Vec<Said<'_>> = element.present(record, block, self.bytes).collect();
        // What is no text is no value of any attribute.
        let pairs: Vec<(&str, &str)> =
            present.iter().map(|said| (said.name, said.value.unwrap_or(""))).collect();
        let mut found = Vec::new();
        let read = profile.us_attributes(carrier, &pairs, &mut found);
        let us = read.marking.map(Arc::new);
        if let (Some(label), true) = (read.label, found.is_empty()) {
            markings_before.keep(self.type_id, carrier, &self.said, (label, us.clone()));
        }
        for (at, finding) in found {
            let reason = Reason::from(finding);
            reasons.push(match at.and_then(|at| present.get(at)) {
                Some(said) => reason.at(rows.at(said.field.node), said.span),
                None => claim.explains(reason),
            });
        }
        claims.push(Claim { label: read.label, us, ..claim });
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
