//! Markings as people read them: of the whole, and before each portion of a text. Read with the grammar of the profile's
//! policy, or of the United States; what is not exactly a marking is never taken for none.

use super::{CarrierKind, Claim, Where};
use crate::Reason;
use crate::carriers::{Carriers, Field};
use crate::policy::LaneType;
use crate::read_before::MarkingsBefore;
use crate::workspace::Pass;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Span;
use lockgate_marking::{CarrierIx, Label, PolicySet, Profile, UsMarking};
use lockgate_reason::{Finding, marking};
use lockgate_record::{Block, Place, Record, Value};

/// Portions of one object, at most.
const PORTIONS_MAX: usize = 1024;

/// The claims of all fields that hold such markings.
pub(super) fn read(pass: &mut Pass, lane_type: &LaneType, policies: &PolicySet, bytes: &[u8]) {
    let reader = Reader { profile: lane_type.parts.profile.as_ref(), policies, type_id: lane_type.id() };
    read_fields(pass, &lane_type.carriers, &reader, bytes);
}

fn read_fields(pass: &mut Pass, carriers: &Carriers, reader: &Reader<'_>, bytes: &[u8]) {
    let Pass { inspection, findings, claims, markings_before, .. } = pass;
    let (record, reasons) = (&inspection.record, &mut inspection.reasons);
    let others = claims.len();
    let mut out = Out { claims, others, reasons, findings, before: markings_before };
    for (field, carrier) in &carriers.banners {
        let Some(said) = Said::of(*field, field.place(), record, Block::ROOT, bytes) else { continue };
        let kind = CarrierKind::VisibleMarking;
        match said.text.map(|text| Piece { text, at: 0 }.trim()) {
            Some(piece) if piece.text.is_empty() => {}
            Some(piece) => reader.claim(kind, *carrier, &said, piece, &mut out),
            None => out.unreadable(kind, &said, "a marking that is no text"),
        }
    }
    for portion in &carriers.portions {
        let (field, carrier) = (portion.text, portion.carrier);
        let Some(list) = portion.list else {
            let said = Said::of(field, field.place(), record, Block::ROOT, bytes);
            if said.is_some_and(|said| !reader.portions(carrier, &said, &mut out)) {
                return;
            }
            continue;
        };
        for (row, number) in record.rows(Block::ROOT, list.slot).zip(0_u16..) {
            let place = list.place().in_row(number).at(field.node);
            let said = Said::of(field, place, record, row, bytes);
            if said.is_some_and(|said| !reader.portions(carrier, &said, &mut out)) {
                return;
            }
        }
    }
}

/// What a field says, and where.
struct Said<'t> {
    place: Place,
    cell: Span,
    /// `None` where it is no text.
    text: Option<&'t str>,
    /// Where the text begins in the object; `None` where it was written otherwise there.
    begins: Option<u32>,
}

impl<'t> Said<'t> {
    /// `None` where the field is absent.
    fn of(field: Field, place: Place, record: &'t Record, block: Block, bytes: &'t [u8]) -> Option<Said<'t>> {
        let cell = field.cell(record, block);
        (cell.value != Value::Absent).then(|| Said {
            place,
            cell: cell.span,
            text: field.text(record, block, bytes),
            begins: field.begins(record, block),
        })
    }

    /// Where in the object the part `at` of a piece of the text stands; the whole field where that is not known.
    fn span(&self, piece: Piece<'_>, at: Option<Span>) -> Span {
        let begins = self.begins.and_then(|begins| usize::try_from(begins).ok());
        let exact = begins.zip(at).map(|(begins, at)| at.shifted(begins.saturating_add(piece.at)));
        exact.unwrap_or(self.cell)
    }
}

/// A part of the text of a field.
#[derive(Clone, Copy)]
struct Piece<'t> {
    text: &'t str,
    /// Where it begins in the text.
    at: usize,
}

impl Piece<'_> {
    /// The same without white space around it.
    fn trim(self) -> Self {
        let text = self.text.trim_start();
        let blank = self.text.len().saturating_sub(text.len());
        Self { text: text.trim_end(), at: self.at.saturating_add(blank) }
    }
}

/// Where claims, and what is wrong with them, go.
struct Out<'p> {
    claims: &'p mut Vec<Claim>,
    /// How many of them are of other carriers.
    others: usize,
    reasons: &'p mut Vec<Reason>,
    findings: &'p mut Vec<Finding>,
    before: &'p mut MarkingsBefore,
}

impl Out<'_> {
    fn marked(
        &mut self,
        kind: CarrierKind,
        said: &Said<'_>,
        (label, us): (Option<Label>, Option<Arc<UsMarking>>),
    ) {
        let part = kind == CarrierKind::PortionMark;
        self.claims.push(Claim { part, us, ..Claim::new(kind, Where::Field(said.place), said.cell, label) });
    }

    fn reason(&mut self, said: &Said<'_>, says: &'static str) {
        let finding = Finding::new(marking::UNREADABLE_CLAIM).saying(says);
        self.reasons.push(Reason::from(finding).at(said.place, said.cell));
    }

    /// A claim that cannot be read is a claim all the same.
    fn unreadable(&mut self, kind: CarrierKind, said: &Said<'_>, says: &'static str) {
        self.reason(said, says);
        self.marked(kind, said, (None, None));
    }
}

struct Reader<'p> {
    profile: Option<&'p Profile>,
    policies: &'p PolicySet,
    type_id: &'p str,
}

impl Reader<'_> {
    /// Reads one marking: a claim, and all that is wrong with it.
    fn claim(
        &self,
        kind: CarrierKind,
        carrier: Option<CarrierIx>,
        said: &Said<'_>,
        piece: Piece<'_>,
        out: &mut Out<'_>,
    ) {
        let (Some(profile), Some(carrier)) = (self.profile, carrier) else {
            return out.unreadable(kind, said, "the lane's profile does not read this marking");
        };
        if let Some((label, us)) = out.before.said(self.type_id, carrier, piece.text) {
            return out.marked(kind, said, (Some(label), us));
        }
        let (label, us) = if profile.reads_us(carrier) {
            let read = profile.us_text(carrier, piece.text, out.findings);
            (read.label, read.marking.map(Arc::new))
        } else {
            (profile.display(carrier, piece.text, self.policies, out.findings), None)
        };
        if let Some(label) = label {
            out.before.keep(self.type_id, carrier, piece.text, (label, us.clone()));
        }
        for finding in out.findings.drain(..) {
            let span = said.span(piece, finding.span);
            out.reasons.push(Reason::from(finding).at(said.place, span));
        }
        out.marked(kind, said, (label, us));
    }

    /// Each line of the text that is not blank begins with a mark in round brackets. False, and its reason, where there are
    /// more claims than are read: nothing after it is read.
    fn portions(&self, carrier: Option<CarrierIx>, said: &Said<'_>, out: &mut Out<'_>) -> bool {
        let kind = CarrierKind::PortionMark;
        let Some(text) = said.text else {
            out.unreadable(kind, said, "a text of portions that is no text");
            return true;
        };
        let mut at = 0_usize;
        for line in text.split(['\n', '\r']) {
            let line = Piece { text: line, at };
            at = at.saturating_add(line.text.len()).saturating_add(1);
            let line = line.trim();
            if line.text.is_empty() {
                continue;
            }
            match mark(line) {
                Some(mark) => self.claim(kind, carrier, said, mark, out),
                None => {
                    let says = "a portion that does not begin with its mark in round brackets";
                    out.unreadable(kind, said, says);
                }
            }
            if out.claims.len().saturating_sub(out.others) > PORTIONS_MAX {
                out.reason(said, "more portions than are read");
                return false;
            }
        }
        true
    }
}

/// The mark that a portion begins with, with its brackets.
fn mark(line: Piece<'_>) -> Option<Piece<'_>> {
    let (mark, _) = line.text.split_once(')')?;
    let text = line.text.get(..mark.len().saturating_add(1)).filter(|mark| mark.starts_with('('))?;
    Some(Piece { text, ..line })
}

#[cfg(test)]
mod tests {
    use super::{Reader, read_fields};
    use crate::carriers::Carriers;
    use crate::workspace::Pass;
    use alloc::vec::Vec;
    use lockgate_bytes::Span;
    use lockgate_marking::PolicySet;
    use lockgate_record::{Block, Kind, NodeId, NodeOptions, Role, ShapeBuilder, Value};

    /// No type is built with such a field; should one be, it is not passed over.
    #[test]
    fn a_marking_that_is_no_text_is_an_unreadable_claim() {
        for role in [Role::MarkingBanner, Role::MarkingPortion] {
            let mut build = ShapeBuilder::new("r");
            let options = NodeOptions { role: Some(role), ..NodeOptions::default() };
            let node = build.value(NodeId(0), "said", Kind::Flag, options).unwrap();
            let shape = build.finish();
            let carriers = Carriers::find(&shape, None);
            let (policies, mut pass) = (PolicySet::new(), Pass::default());
            let reader = Reader { profile: None, policies: &policies, type_id: "r@1" };
            pass.inspection.begin(&shape);
            read_fields(&mut pass, &carriers, &reader, b"yes");
            assert!(pass.claims.is_empty(), "what is absent says nothing");
            let slot = shape.node(node).unwrap().slot;
            pass.inspection.record.set(Block::ROOT, slot, Value::Flag(true), Span::new(0, 3));
            read_fields(&mut pass, &carriers, &reader, b"yes");
            let codes: Vec<&str> = pass.inspection.reasons.iter().map(|reason| reason.code.id()).collect();
            assert_eq!((codes.as_slice(), pass.claims.len()), (&["LG-M002"][..], 1), "{role:?}");
            assert!(pass.claims[0].label.is_none());
        }
    }

    /// A list may have as many rows as a record can have; a claim of another carrier is no portion.
    #[test]
    fn portions_are_counted_and_rows_may_be_any_number() {
        let mut build = ShapeBuilder::new("r");
        let list = build.list(NodeId(0), "rows", 0, u16::MAX, NodeOptions::default()).unwrap();
        let options = NodeOptions { role: Some(Role::MarkingPortion), ..NodeOptions::default() };
        build.value(list, "said", Kind::Flag, options).unwrap();
        let shape = build.finish();
        let carriers = Carriers::find(&shape, None);
        let (policies, mut pass) = (PolicySet::new(), Pass::default());
        let reader = Reader { profile: None, policies: &policies, type_id: "r@1" };
        pass.inspection.begin(&shape);
        let slot = shape.node(list).unwrap().slot;
        for _ in 0..u16::MAX {
            pass.inspection.record.push_row(Block::ROOT, slot, 2, Span::default()).unwrap();
        }
        read_fields(&mut pass, &carriers, &reader, b"");
        assert!(pass.claims.is_empty() && pass.inspection.reasons.is_empty());
        assert_eq!(pass.inspection.record.rows(Block::ROOT, slot).count(), usize::from(u16::MAX));
    }
}
