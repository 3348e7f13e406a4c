//! Elements as nearly all are: described, without prefix or declaration, where they may stand. Their attributes go into
//! their cells while they are read.
//!
//! Where an element turns out to be otherwise, all that was done for it is taken back and it is read again, with care:
//! that way tells what is wrong, and in which order. It is taken at most once an element.

use super::class::{WHITE, is};
use super::compile::{ElementOp, FieldOp};
use super::{Open, Run};
use super::{scan, word};
use lockgate_bytes::Span;
use lockgate_reason::framing;
use lockgate_record::{Block, Cell, Place, Slot, Value};

/// How many described attributes are tried in their order before the name is looked up.
const TRIED: usize = 3;

/// What stood before an element.
struct Before {
    at: usize,
    exact: bool,
    open_texts: usize,
    reasons: usize,
    /// The place of its list, what was there, and the row.
    row: Option<((Block, Slot), Cell, Block)>,
}

/// Attributes that were read.
struct Read {
    /// Which ones, a bit each.
    seen: u64,
    empty: bool,
    whole: bool,
}

impl<'a> Run<'a, '_, '_> {
    /// Reads the start tag of `op`, whose name was read, as a child of `parent`. False where it is not as usual; then
    /// nothing was read of it.
    ///
    /// `late` where others stand before it that canonical objects have behind it.
    #[inline]
    pub(super) fn usual_child(
        &mut self,
        parent: &Open<'a>,
        op: &'a ElementOp,
        outer: usize,
        late: bool,
    ) -> Option<bool> {
        let default = self.bindings.default();
        if default.known != Some(op.namespace) || op.careful {
            return Some(false);
        }
        let mut before = self.before();
        let mut place = parent.place.at(op.node);
        let (mut block, mut own) = (parent.block, (parent.block, op.slot));
        if let Some(rows) = op.rows {
            let list = self.into.record.cell(parent.block, op.slot);
            let count = if let Value::Rows { count } = list.value { count } else { 0 };
            if count >= rows.max {
                return Some(false);
            }
            // Where it ends is not known yet.
            let span = self.scanner.tag.span;
            let Some(row) = self.into.record.push_row(parent.block, op.slot, rows.width, span) else {
                return Some(false);
            };
            (block, own, place) = (row, (row, Slot(0)), place.in_row(count));
            before.row = Some(((parent.block, op.slot), list, row));
        }
        let open = Open { op, block, own, place, outer };
        if !self.usual_attributes(&open, parent.place, &before)? {
            return Some(false);
        }
        self.bindings.used(default);
        self.scanner.exact &= !late;
        if before.row.is_some() {
            self.into.record.row_stands(parent.block, op.slot, block, self.scanner.tag.span);
        }
        self.inside(&open)?;
        Some(true)
    }

    /// The same for the root.
    pub(super) fn usual_root(&mut self, op: &'a ElementOp, place: Place) -> Option<bool> {
        let before = self.before();
        let open = Open { op, block: Block::ROOT, own: (Block::ROOT, Slot(0)), place, outer: 0 };
        let plain = op.namespace == 0 && !op.careful && op.declared == 0;
        if !plain || !self.usual_attributes(&open, place, &before)? {
            return Some(false);
        }
        self.inside(&open)?;
        Some(true)
    }

    #[inline]
    fn before(&self) -> Before {
        Before {
            at: self.scanner.at,
            exact: self.scanner.exact,
            open_texts: self.into.open_texts.len(),
            reasons: self.into.reasons.len(),
            row: None,
        }
    }

    /// Reads the attributes of an element that stands in `around`, and pays for it. False where they are not as usual;
    /// then nothing was read.
    #[inline]
    fn usual_attributes(&mut self, open: &Open<'a>, around: Place, before: &Before) -> Option<bool> {
        let read = self.read_attributes(open);
        if !read.whole {
            self.take_back(open, read.seen, before);
            return Some(false);
        }
        self.scanner.tag.empty = read.empty;
        self.scanner.tag.span.end = Span::new(0, self.scanner.at).end;
        let count = u64::from(read.seen.count_ones());
        if count > u64::from(self.program.attributes) {
            self.take_back(open, read.seen, before);
            return Some(false);
        }
        if self.budget.spend(count.saturating_add(1)).is_err() {
            self.take_back(open, read.seen, before);
            return self.stop(framing::OVER_BUDGET, self.scanner.tag.span, None, around);
        }
        // Without a declaration it is canonical only where it needs none.
        self.scanner.exact &= open.op.opening.is_none();
        let missing = open.op.required & !read.seen;
        if missing != 0 {
            self.missing_attributes(open, missing);
        }
        if let Some(set) = &open.op.open_attributes {
            self.least(open, self.scanner.tag.span, set);
        }
        Some(true)
    }

    #[inline]
    fn read_attributes(&mut self, open: &Open<'a>) -> Read {
        let (op, bytes) = (open.op, self.scanner.bytes);
        let (mut seen, mut next) = (0_u64, 0_usize);
        // Where the scanner is: it is told only where it reads by itself, and at the end.
        let mut at = self.scanner.at;
        loop {
            match bytes.get(at) {
                Some(b' ') => {
                    at = at.wrapping_add(1);
                    // At the end of the tag, where many senders write one: not worth the look for a name.
                    if matches!(bytes.get(at), Some(b'/' | b'>')) {
                        self.scanner.exact = false;
                        continue;
                    }
                }
                Some(b'>') => {
                    self.scanner.at = at.wrapping_add(1);
                    return Read { seen, empty: false, whole: true };
                }
                Some(b'/') if bytes.get(at.wrapping_add(1)) == Some(&b'>') => {
                    self.scanner.at = at.wrapping_add(2);
                    return Read { seen, empty: true, whole: true };
                }
                Some(byte) if is(*byte, WHITE) => {
                    self.scanner.at = at;
                    self.scanner.white();
                    at = self.scanner.at;
                }
                _ => return Read { seen, empty: false, whole: false },
            }
            let Some((index, field, quote, start)) = self.usual_name(op, next, at) else {
                // White space at the end of the tag, or more of it: the canonical form has none.
                if bytes.get(at).is_some_and(|byte| is(*byte, WHITE) || matches!(byte, b'>' | b'/')) {
                    self.scanner.exact = false;
                    continue;
                }
                return Read { seen, empty: false, whole: false };
            };
            let bit = 1_u64.wrapping_shl(u32::try_from(index & 63).unwrap_or(0));
            let mut end = word::plain_value(bytes, start);
            let mut holds = 0;
            if bytes.get(end) != Some(&quote) {
                self.scanner.at = start;
                match self.scanner.value(quote) {
                    Some(found) => (holds, end) = (found, self.scanner.at),
                    None => return Read { seen, empty: false, whole: false },
                }
            }
            if seen & bit != 0 {
                return Read { seen, empty: false, whole: false };
            }
            at = end.wrapping_add(1);
            self.scanner.exact &= index >= next && quote == b'"';
            (seen, next) = (seen | bit, index.wrapping_add(1));
            let span = span(start, end);
            if holds & (scan::REFERENCE | scan::CONTROL) != 0 {
                self.exact_escapes(span);
            }
            self.usual_value(field, open.block, open.place, span, holds);
        }
    }

    /// Reads the name of a described attribute at `at`, and the quote before its value; nothing where it is none. Gives the
    /// attribute, the quote, and where the value begins. Most objects have them in their order, wherever they begin, so the
    /// `next` ones are tried first.
    #[inline(always)]
    fn usual_name(
        &mut self,
        op: &'a ElementOp,
        next: usize,
        at: usize,
    ) -> Option<(usize, &'a FieldOp, u8, usize)> {
        let bytes = self.scanner.bytes;
        let next = if next < op.fields.len() { next } else { 0 };
        let tried = op.fields.get(next..).unwrap_or(&[]).iter().take(TRIED);
        for (index, field) in (next..).zip(tried) {
            if field.usual.stands(bytes, at) {
                let quote = at.wrapping_add(field.usual.len());
                match bytes.get(quote) {
                    Some(found @ (b'"' | b'\'')) => {
                        return Some((index, field, *found, quote.wrapping_add(1)));
                    }
                    _ => break,
                }
            }
        }
        self.scanner.at = at;
        let (_, index, quote) = self.scanner.begun(&op.names)?;
        Some((usize::from(index), op.fields.get(usize::from(index))?, quote, self.scanner.at))
    }

    /// Takes back what was read of an element.
    #[cold]
    fn take_back(&mut self, open: &Open<'a>, seen: u64, before: &Before) {
        for (index, field) in (0_u32..).zip(&open.op.fields) {
            if seen & 1_u64.wrapping_shl(index) != 0 {
                self.into.record.set(open.block, field.slot, Value::Absent, Span::default());
            }
        }
        if let Some(((block, slot), list, row)) = before.row {
            self.into.record.withdraw_row(block, slot, list, row);
        }
        self.into.open_texts.truncate(before.open_texts);
        self.into.reasons.truncate(before.reasons);
        (self.scanner.at, self.scanner.exact) = (before.at, before.exact);
    }
}

/// The same range as [`Span::new`], of places in an object: none is larger than 16 MiB.
#[inline(always)]
fn span(start: usize, end: usize) -> Span {
    let low = |at: usize| u32::try_from(at & 0xFFFF_FFFF).unwrap_or(0);
    Span { start: low(start), end: low(end) }
}
