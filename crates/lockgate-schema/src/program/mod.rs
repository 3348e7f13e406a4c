//! The compiled program of a type: flat tables, and a scanner that reads each byte once.
//!
//! ```text
//!   Model --compile--> Program   elements, fields, name tables, masks
//!   bytes --scan--> one tag at a time --run--> cells, reasons, open texts, undeclared parts
//! ```
//!
//! It must agree with the reference interpreter in everything that it reports. The recursion is bounded by
//! `limits depth` (at most 32).

mod bindings;
mod children;
mod class;
mod code;
mod compile;
mod element;
mod fragment;
mod lookup;
mod number;
mod part;
mod qualified;
mod rows;
mod scan;
mod tag;
mod usual;
mod values;
mod word;

use crate::fault::{Fault, says};
use crate::model::Model;
use crate::prolog;
use bindings::{Bindings, NOWHERE, Place as Namespace};
use compile::ElementOp;
pub(crate) use compile::Program;
pub(crate) use fragment::Fragment;
use lockgate_bytes::{Budget, Span};
use lockgate_core::Inspection;
use lockgate_reason::{Code, framing, schema};
use lockgate_record::{Block, Place, Slot};
pub(crate) use lookup::{Key, Lookup};
use scan::{Scanner, UNKNOWN};

impl Program {
    /// Reads `bytes` as an object of `model`, from which this program was compiled, into `into`, which has just begun.
    pub(crate) fn inspect(&self, model: &Model, bytes: &[u8], into: &mut Inspection, budget: &mut Budget) {
        let root = Place::of(self.root_node);
        match prolog::open(model, bytes, budget) {
            Err(fault) => into.reasons.push(fault.reason(root)),
            Ok(at) => {
                let mut tokens = None;
                let scanner = Scanner::new(bytes, at, self.attributes, &mut tokens);
                let bindings = Bindings::new();
                let namespaces = &model.namespaces;
                let mut run =
                    Run { program: self, namespaces, scanner, bindings, into, budget, depth: 0, place: root };
                if run.object(root).is_none() {
                    let reason = run.scanner.fault.reason(run.place);
                    run.into.reasons.push(reason);
                }
                let (exact, into) = (run.scanner.exact, run.into);
                into.canonical = exact && into.reasons.is_empty() && into.undeclared.is_empty();
            }
        }
    }
}

/// One reading. A method that gives `None` has left the fault in the scanner and its place in `place`.
struct Run<'a, 't, 'b> {
    program: &'a Program,
    namespaces: &'a [String],
    scanner: Scanner<'a, 't>,
    bindings: Bindings,
    into: &'b mut Inspection,
    budget: &'b mut Budget,
    depth: u8,
    place: Place,
}

/// An element that is open.
struct Open<'a> {
    op: &'a ElementOp,
    /// The block that holds the cells inside it.
    block: Block,
    /// Its own cell: in a list, slot 0 of its row.
    own: (Block, Slot),
    place: Place,
    /// Namespace declarations in force around it.
    outer: usize,
}

impl<'a> Run<'a, '_, '_> {
    fn object(&mut self, place: Place) -> Option<()> {
        self.scanner.white();
        let next = match (self.scanner.peek(), self.scanner.second()) {
            (Some(b'<'), Some(b'/')) => self.scanner.broken(says::NO_NAME),
            (Some(b'<'), None | Some(b'!' | b'?')) => self.scanner.forbidden(),
            (Some(b'<'), Some(_)) => Some(()),
            (None, _) => self.scanner.broken(says::CUT_OFF),
            (Some(_), _) => self.scanner.stray(),
        };
        self.located(next, place)?;
        let op = self.program.elements.first()?;
        let named = self.tag_name(place, &self.program.root_name)?;
        if named != UNKNOWN && self.scanner.tag.name.colon == 0 && self.usual_root(op, place)? {
            return self.end(place);
        }
        let namespace = self.rest_of_tag(place, &op.names)?;
        if named == UNKNOWN || namespace.known != Some(op.namespace) {
            return self.stop(schema::UNKNOWN_ELEMENT, self.scanner.tag.span, Some(says::WRONG_ROOT), place);
        }
        self.all_known(0, place)?;
        self.element(&Open { op, block: Block::ROOT, own: (Block::ROOT, Slot(0)), place, outer: 0 })?;
        self.end(place)
    }

    /// Behind the root nothing may stand.
    fn end(&mut self, place: Place) -> Option<()> {
        self.scanner.white();
        let (at, end) = (self.scanner.at, self.scanner.bytes.len());
        if at < end {
            return self.stop(schema::TRAILING_BYTES, Span::new(at, end), None, place);
        }
        Some(())
    }

    /// Leaves a fault.
    #[cold]
    fn stop<T>(&mut self, code: Code, span: Span, says: Option<&'static str>, place: Place) -> Option<T> {
        self.place = place;
        self.scanner.fail(Fault { code, span, says })
    }

    /// Puts a place to what the scanner gives.
    #[inline]
    fn located<T>(&mut self, read: Option<T>, place: Place) -> Option<T> {
        if read.is_none() {
            self.place = place;
        }
        read
    }

    /// The same for what gives a fault.
    #[inline]
    fn faultless<T>(&mut self, read: Result<T, Fault>, place: Place) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(fault) => self.stop(fault.code, fault.span, fault.says, place),
        }
    }

    /// Reads the begin of a start tag in `place`, up to and with its name; gives its number among `names`.
    #[inline]
    fn tag_name(&mut self, place: Place, names: &Lookup) -> Option<u16> {
        if self.depth >= self.program.depth {
            let at = self.scanner.at;
            return self.stop(schema::TOO_DEEP, Span::new(at, at.wrapping_add(1)), None, place);
        }
        let read = self.scanner.tag_name(names);
        self.located(read, place)
    }

    /// Reads the rest of a start tag, pays for it, and brings its declarations in force. Gives the namespace of the
    /// element.
    #[cold]
    fn rest_of_tag(&mut self, place: Place, names: &Lookup) -> Option<Namespace> {
        let read = self.scanner.rest_of_tag(names);
        self.located(read, place)?;
        let steps = u64::try_from(self.scanner.count).unwrap_or(u64::MAX).saturating_add(1);
        if self.budget.spend(steps).is_err() {
            return self.stop(framing::OVER_BUDGET, self.scanner.tag.span, None, place);
        }
        if self.scanner.declares {
            let declared = self.bindings.declare(&self.scanner, self.namespaces, self.program.prefixed);
            self.faultless(declared, place)?;
        }
        if self.scanner.tag.name.colon == 0 && self.bindings.count == 0 {
            return Some(NOWHERE);
        }
        let found = self.bindings.resolve(&self.scanner, &self.scanner.tag.name);
        self.faultless(found, place)
    }

    #[inline]
    fn all_known(&mut self, outer: usize, place: Place) -> Option<()> {
        if outer == self.bindings.count {
            return Some(());
        }
        let known = self.bindings.all_known(outer);
        self.faultless(known, place)
    }

    #[inline]
    fn leave(&mut self, outer: usize, place: Place) -> Option<()> {
        if outer == self.bindings.count {
            return Some(());
        }
        let used = self.bindings.leave(outer);
        self.faultless(used, place)
    }
}
