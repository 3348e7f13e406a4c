//! The compiled program of formatted text: one pass over the lines, forward only.
//!
//! Segments stand on a stack of fixed height; nothing recurses, and nothing is allocated but what wrapped lines need in
//! the record's scratch. A method that gives `None` has left the fault.

use super::model::{MAX_SEGMENTS, MAX_WORD};
use super::program::{Op, Program, SegmentOp};
use super::says;
use crate::bounds;
use crate::fault::Fault;
use crate::model::Rows;
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::{Code, schema};
use lockgate_record::{Block, NodeId, Place, Slot, Value};

mod fields;
mod sets;

pub(super) use fields::is_of;

/// A segment that is open.
#[derive(Clone, Copy)]
struct Frame {
    place: Place,
    block: Block,
    start: usize,
    count: u16,
}

/// One reading.
struct Run<'a, 'b> {
    program: &'a Program,
    bytes: &'a [u8],
    into: &'b mut Inspection,
    at: usize,
    /// Where the line begins that is being read.
    line: usize,
    block: Block,
    place: Place,
    frames: [Frame; MAX_SEGMENTS],
    depth: usize,
    /// So far all is laid out as the emitter would.
    exact: bool,
    /// A set goes on in the next line in a way that only the emitter can judge.
    unsure: bool,
    /// The field that was read last says nothing.
    nil: bool,
    fault: Fault,
    fault_place: Place,
}

impl Program {
    /// Reads `bytes` into `into`, which has just begun. Says whether the emitter has to be asked if they are canonical.
    pub(crate) fn inspect(
        &self,
        size: usize,
        bytes: &[u8],
        into: &mut Inspection,
        budget: &mut Budget,
    ) -> bool {
        let place = Place::of(self.root);
        if let Err(fault) = bounds::open(size, bytes, budget) {
            into.reasons.push(fault.reason(place));
            return false;
        }
        let frame = Frame { place, block: Block::ROOT, start: 0, count: 0 };
        let mut run = Run {
            program: self,
            bytes,
            into,
            at: 0,
            line: 0,
            block: Block::ROOT,
            place,
            frames: [frame; MAX_SEGMENTS],
            depth: 0,
            exact: true,
            unsure: false,
            nil: false,
            fault: Fault::new(schema::NOT_WELL_FORMED, 0, 0),
            fault_place: place,
        };
        run.into.record.fill(Block::ROOT, Slot(0), Value::Present, Span::new(0, bytes.len()));
        if run.go().is_none() {
            let reason = run.fault.reason(run.fault_place);
            run.into.reasons.push(reason);
        }
        let (exact, unsure) = (run.exact, run.unsure);
        let whole = exact && into.reasons.is_empty();
        into.canonical = whole && !unsure;
        whole && unsure
    }
}

impl<'a> Run<'a, '_> {
    fn go(&mut self) -> Option<()> {
        let program: &'a Program = self.program;
        let mut next = 0_u32;
        loop {
            let here = usize::try_from(next).ok()?;
            next = next.wrapping_add(1);
            match *program.ops.get(here)? {
                Op::Line(index) => self.value_line(program.lines.get(usize::from(index))?)?,
                Op::Fixed(index) => self.fixed_line(program.fixed.get(usize::from(index))?)?,
                Op::Set(index) => self.set(program.sets.get(usize::from(index))?)?,
                Op::Columns(index) => self.columns(program.columns.get(usize::from(index))?)?,
                Op::Segment(index) => {
                    let segment = program.segments.get(usize::from(index))?;
                    if !self.segment(segment)? {
                        next = segment.out;
                    }
                }
                Op::Row(index) => {
                    let segment = program.segments.get(usize::from(index))?;
                    if self.row(segment)? {
                        next = segment.row;
                    }
                }
                Op::End => return self.ended(),
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or(&[])
    }

    fn fixed_line(&mut self, text: &[u8]) -> Option<()> {
        if self.at == self.bytes.len() {
            return self.stop(schema::MISSING, self.at, self.at, None);
        }
        let (end, next) = self.line_end(self.at)?;
        if self.bytes.get(self.at..end)? != text {
            return self.stop(schema::WRONG_CONSTANT, self.at, end, None);
        }
        self.end_line(end, next)
    }

    fn value_line(&mut self, line: &'a super::model::Line) -> Option<()> {
        let place = self.place.at(line.value.node);
        if self.at == self.bytes.len() || !self.rest().starts_with(&line.prefix) {
            return if line.value.optional { Some(()) } else { self.unexpected(place) };
        }
        let (end, next) = self.line_end(self.at)?;
        let start = self.at.wrapping_add(line.prefix.len());
        self.end_line(end, next)?;
        self.one(&line.value, self.block, self.place, start, end, false);
        self.exact &= !self.nil;
        Some(())
    }

    /// Begins the first row, where there is one.
    fn segment(&mut self, segment: &SegmentOp) -> Option<bool> {
        if !self.begins(segment) {
            return if segment.rows.min > 0 {
                self.unexpected(self.place.at(segment.node))
            } else {
                Some(false)
            };
        }
        let (place, block, start) = (self.place, self.block, self.at);
        let frame = self.frames.get_mut(self.depth)?;
        *frame = Frame { place, block, start, count: 0 };
        self.depth = self.depth.wrapping_add(1);
        self.open_row(segment)?;
        Some(true)
    }

    /// Ends a row, and begins the next where there is one.
    fn row(&mut self, segment: &SegmentOp) -> Option<bool> {
        let at = self.at;
        let frame = *self.frames.get(self.depth.wrapping_sub(1))?;
        let row = self.block;
        self.into.record.row_stands(frame.block, segment.slot, row, Span::new(frame.start, at));
        (self.place, self.block) = (frame.place, frame.block);
        if self.begins(segment) {
            if frame.count >= segment.rows.max {
                return self.too_many(segment.node, segment.begins.len());
            }
            self.open_row(segment)?;
            return Some(true);
        }
        self.depth = self.depth.wrapping_sub(1);
        self.enough(segment.node, segment.rows, frame.count)?;
        Some(false)
    }

    fn open_row(&mut self, segment: &SegmentOp) -> Option<()> {
        let start = self.at;
        let frame = self.frames.get_mut(self.depth.wrapping_sub(1))?;
        frame.start = start;
        let row = frame.count;
        frame.count = row.wrapping_add(1);
        let (outer, width) = (frame.block, segment.rows.width);
        self.block = self.into.record.push_row(outer, segment.slot, width, Span::new(start, start))?;
        self.place = self.place.at(segment.node).in_row(row);
        Some(())
    }

    /// True where a row of the segment begins here.
    fn begins(&self, segment: &SegmentOp) -> bool {
        if segment.by_set { self.has_set(&segment.begins) } else { self.rest().starts_with(&segment.begins) }
    }

    /// True where a set with this identifier begins here.
    fn has_set(&self, id: &[u8]) -> bool {
        let Some(rest) = self.rest().strip_prefix(id) else { return false };
        let layout = &self.program.layout;
        match rest {
            [byte, ..] if *byte == layout.between => true,
            [b'*', _, _, rest @ ..] if layout.summed => matches!(rest.first(), None | Some(b'\n' | b'\r')),
            // A set without fields, where it ends with its line.
            [b'\n', ..] => layout.by_line && !layout.crlf,
            [b'\r', b'\n', ..] => layout.by_line && layout.crlf,
            [] => layout.by_line,
            _ => false,
        }
    }

    fn too_many<T>(&mut self, node: NodeId, length: usize) -> Option<T> {
        let place = self.place.at(node);
        self.stop_at(schema::TOO_MANY, (self.at, self.at.wrapping_add(length)), None, place)
    }

    /// Fewer rows than the list asks for end the reading.
    fn enough(&mut self, node: NodeId, rows: Rows, count: u16) -> Option<()> {
        if count < rows.min {
            let place = self.place.at(node);
            return self.stop_at(schema::TOO_FEW, (self.at, self.at), None, place);
        }
        Some(())
    }

    /// Something else stands where `place` should.
    #[cold]
    fn unexpected<T>(&mut self, place: Place) -> Option<T> {
        let word = self.word();
        let end = self.at.wrapping_add(word.len());
        let known = self.program.known.binary_search_by(|known| known.as_ref().cmp(word)).is_ok();
        if word.is_empty() || known {
            return self.stop_at(schema::MISSING, (self.at, end), None, place);
        }
        self.stop(schema::UNKNOWN_PART, self.at, end, Some(says::UNKNOWN_SET))
    }

    /// What the line begins with, up to a separator.
    fn word(&self) -> &'a [u8] {
        let between = self.program.layout.between;
        let ends = |byte: &u8| *byte == between || matches!(byte, b'\n' | b'\r');
        let rest = self.rest();
        let rest = rest.get(..rest.len().min(MAX_WORD)).unwrap_or(&[]);
        let end = rest.iter().position(ends).unwrap_or(rest.len());
        rest.get(..end).unwrap_or(&[])
    }

    /// Behind the last item nothing may stand.
    fn ended(&mut self) -> Option<()> {
        if self.at == self.bytes.len() {
            return Some(());
        }
        let word = self.word();
        let end = self.at.wrapping_add(word.len());
        let like_a_set = self.bytes.get(end) == Some(&self.program.layout.between);
        if self.program.known.binary_search_by(|known| known.as_ref().cmp(word)).is_ok() {
            return self.stop(schema::WRONG_ORDER, self.at, end, Some(says::SET_ORDER));
        }
        if like_a_set && !word.is_empty() {
            return self.stop(schema::UNKNOWN_PART, self.at, end, Some(says::UNKNOWN_SET));
        }
        self.stop(schema::TRAILING_BYTES, self.at, self.bytes.len(), None)
    }

    /// Where the text of the line that `from` stands in ends, and where the next line begins.
    fn line_end(&mut self, from: usize) -> Option<(usize, usize)> {
        let rest = self.bytes.get(from..).unwrap_or(&[]);
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(length) => {
                let at = from.wrapping_add(length);
                Some((self.before_break(at, from)?, at.wrapping_add(1)))
            }
            None => Some((self.bytes.len(), self.bytes.len())),
        }
    }

    /// Where the text ends before the line feed at `at`; it cannot end before `from`.
    fn before_break(&mut self, at: usize, from: usize) -> Option<usize> {
        if !self.program.layout.crlf {
            return Some(at);
        }
        let before = at.wrapping_sub(1);
        if at > from && self.bytes.get(before) == Some(&b'\r') {
            return Some(before);
        }
        self.stop(schema::NOT_WELL_FORMED, at, at.wrapping_add(1), Some(says::LINE_END))
    }

    /// The line that is being read ends at `end`, and the next one begins at `next`.
    fn end_line(&mut self, end: usize, next: usize) -> Option<()> {
        self.short_enough(end)?;
        // The last line ends, too.
        self.exact &= next > end;
        (self.at, self.line) = (next, next);
        Some(())
    }

    fn short_enough(&mut self, end: usize) -> Option<()> {
        let most = usize::from(self.program.layout.line);
        if most > 0 && end.wrapping_sub(self.line) > most {
            return self.stop(schema::BAD_LENGTH, self.line, end, Some(says::LONG_LINE));
        }
        Some(())
    }

    #[cold]
    fn stop<T>(&mut self, code: Code, start: usize, end: usize, says: Option<&'static str>) -> Option<T> {
        self.stop_at(code, (start, end), says, self.place)
    }

    #[cold]
    fn stop_at<T>(
        &mut self,
        code: Code,
        (start, end): (usize, usize),
        says: Option<&'static str>,
        place: Place,
    ) -> Option<T> {
        self.fault = Fault { code, span: Span::new(start, end), says };
        self.fault_place = place;
        None
    }

    /// Notes what is wrong with one value; the reading goes on.
    #[cold]
    fn wrong(&mut self, code: Code, span: Span, says: Option<&'static str>, place: Place) {
        self.into.reasons.push(Fault { code, span, says }.reason(place));
    }
}
