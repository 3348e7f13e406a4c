//! The children of the root element without the element around them: what a binary type holds as text.

use super::bindings::Bindings;
use super::children::SoFar;
use super::compile::Program;
use super::scan::Scanner;
use super::{Open, Run};
use crate::fault::{Fault, Stop, says};
use crate::model::Model;
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::schema;
use lockgate_record::{Block, Place, Slot};

/// A piece of an object that holds the children of an element.
#[derive(Clone, Copy)]
pub(crate) struct Fragment<'a> {
    /// The object up to where the piece ends.
    pub(crate) bytes: &'a [u8],
    /// Where it begins.
    pub(crate) start: usize,
    /// The block that holds the cells of the element.
    pub(crate) block: Block,
    /// The element.
    pub(crate) place: Place,
    /// Children that are there already, a bit each.
    pub(crate) seen: u64,
}

impl Fragment<'_> {
    /// What both readers ask first: that it is UTF-8.
    pub(crate) fn open(&self) -> Result<(), Stop> {
        let piece = self.bytes.get(self.start..).unwrap_or(&[]);
        match core::str::from_utf8(piece) {
            Ok(_) => Ok(()),
            Err(fault) => {
                let start = self.start.saturating_add(fault.valid_up_to());
                let end = fault.error_len().map_or(self.bytes.len(), |length| start.saturating_add(length));
                Err(Fault::new(schema::NOT_UTF8, start, end).at(self.place))
            }
        }
    }

    /// All of it.
    pub(crate) fn span(&self) -> Span {
        Span::new(self.start, self.bytes.len())
    }
}

impl Program {
    /// Reads the piece; true where it is written as the canonical encoding writes it. What reads it has paid for its
    /// bytes.
    pub(crate) fn fragment(
        &self,
        model: &Model,
        from: Fragment<'_>,
        into: &mut Inspection,
    ) -> Result<bool, Stop> {
        from.open()?;
        let mut tokens = None;
        let mut scanner = Scanner::new(from.bytes, from.start, self.attributes, &mut tokens);
        scanner.exact = true;
        let (namespaces, bindings) = (model.namespaces.as_slice(), Bindings::new());
        let mut budget = Budget::new(u64::MAX);
        let budget = &mut budget;
        let mut run =
            Run { program: self, namespaces, scanner, bindings, into, budget, depth: 1, place: from.place };
        match run.fragment(&from) {
            Some(()) => Ok(run.scanner.exact),
            None => Err(run.scanner.fault.at(run.place)),
        }
    }
}

impl Run<'_, '_, '_> {
    fn fragment(&mut self, from: &Fragment<'_>) -> Option<()> {
        let op = self.program.elements.first()?;
        let own = (from.block, Slot(0));
        let open = Open { op, block: from.block, own, place: from.place, outer: 0 };
        let mut so_far = SoFar::since(from.seen);
        loop {
            self.scanner.white();
            match (self.scanner.peek(), self.scanner.second()) {
                (None, _) => break,
                (Some(b'<'), Some(b'/')) => {
                    let at = self.scanner.at;
                    let span = Span::new(at, at.wrapping_add(2));
                    return self.stop(schema::NOT_WELL_FORMED, span, Some(says::WRONG_END), open.place);
                }
                (Some(b'<'), None | Some(b'!' | b'?')) => {
                    self.place = open.place;
                    return self.scanner.forbidden();
                }
                (Some(b'<'), Some(_)) => self.child(&open, &mut so_far)?,
                (Some(_), _) => {
                    self.place = open.place;
                    return self.scanner.stray();
                }
            }
        }
        self.complete(&open, from.span(), &so_far);
        Some(())
    }
}
