//! The two readers of a type, as the core sees them.

use crate::emit::{self, Layout};
use crate::model::{Encoding, Model};
use crate::program::Program;
use crate::{Type, binary, frame, json, reference, text};
use lockgate_bytes::{Budget, Span, Untrusted};
use lockgate_core::{Inspection, Inspector, Reason};
use lockgate_reason::framing;
use lockgate_record::{NodeId, Place, Record, Shape};
use std::sync::Arc;

/// The compiled program of a type: what reads every object that arrives.
#[derive(Clone, Debug)]
pub struct Compiled {
    of: Arc<Type>,
    machine: Machine,
}

/// What a type is compiled to.
#[derive(Clone, Debug)]
enum Machine {
    /// The objects are in the type.
    Json,
    Xml {
        program: Box<Program>,
        layout: Layout,
    },
    Binary(Box<binary::Program>),
    Text(Box<text::Program>),
}

/// The reference interpreter of a type: as plain as it can be. It reads every rewritten object again.
#[derive(Clone, Debug)]
pub struct Reference {
    of: Arc<Type>,
    layout: Layout,
}

impl Compiled {
    /// Compiles `of`.
    pub fn new(of: Arc<Type>) -> Self {
        let model = of.model();
        let machine = match &model.encoding {
            Encoding::Xml => {
                Machine::Xml { program: Box::new(Program::new(model)), layout: Layout::new(model) }
            }
            Encoding::Json(_) => Machine::Json,
            Encoding::Binary(bits) => {
                Machine::Binary(Box::new(binary::Program::new(bits, of.shape().root())))
            }
            Encoding::Text(message) => {
                Machine::Text(Box::new(text::Program::new(message, of.shape().root())))
            }
        };
        Self { of, machine }
    }
}

impl Reference {
    /// The interpreter of `of`.
    pub fn new(of: Arc<Type>) -> Self {
        let layout = Layout::new(of.model());
        Self { of, layout }
    }
}

impl Inspector for Compiled {
    fn shape(&self) -> &Shape {
        self.of.shape()
    }

    fn recognises(&self, object: Untrusted<'_>) -> bool {
        frame::recognises(self.of.model(), object.bytes_for_inspection())
    }

    fn first_frame(&self, stream: Untrusted<'_>) -> Option<usize> {
        frame::first_frame(self.of.model(), stream.bytes_for_inspection())
    }

    fn inspect(&self, object: Untrusted<'_>, into: &mut Inspection, budget: &mut Budget) {
        into.begin(self.of.shape());
        let (model, bytes) = (self.of.model(), object.bytes_for_inspection());
        match &self.machine {
            Machine::Xml { program, .. } => program.inspect(model, bytes, into, budget),
            Machine::Binary(program) => {
                let unsure = program.inspect(model.size, bytes, into, budget);
                if let (Encoding::Binary(of), true) = (&model.encoding, unsure) {
                    into.canonical = binary::is_canonical(of, &into.record, bytes, &[]);
                }
            }
            Machine::Text(program) => {
                let unsure = program.inspect(model.size, bytes, into, budget);
                if let (Encoding::Text(of), true) = (&model.encoding, unsure) {
                    into.canonical = text::is_canonical(of, &into.record, bytes, &[]);
                }
            }
            Machine::Json => {
                if let Encoding::Json(json) = &model.encoding {
                    json.objects.inspect(model, bytes, into, budget);
                }
            }
        }
        refuse_overfull(into, self.of.shape().root(), bytes);
    }

    fn emit(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId], out: &mut Vec<u8>) -> bool {
        match &self.machine {
            Machine::Xml { layout, .. } => {
                emit::emit(layout, record, object.bytes_for_inspection(), omit, out)
            }
            Machine::Binary(_) | Machine::Json | Machine::Text(_) => {
                emit_other(self.of.model(), record, object, omit, out)
            }
        }
    }

    fn is_canonical(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId]) -> bool {
        match &self.machine {
            Machine::Xml { layout, .. } => {
                emit::is_canonical(layout, record, object.bytes_for_inspection(), omit)
            }
            Machine::Binary(_) | Machine::Json | Machine::Text(_) => {
                other_is_canonical(self.of.model(), record, object, omit)
            }
        }
    }

    fn split(
        &self,
        object: Untrusted<'_>,
        from: usize,
        scratch: &mut Inspection,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        match (&self.machine, &self.of.model().encoding) {
            (Machine::Binary(program), Encoding::Binary(bits)) => {
                scratch.begin(self.of.shape());
                binary::split((bits, program), object.bytes_for_inspection(), from, scratch, out)
            }
            _ => None,
        }
    }
}

impl Inspector for Reference {
    fn shape(&self) -> &Shape {
        self.of.shape()
    }

    fn recognises(&self, object: Untrusted<'_>) -> bool {
        frame::recognises(self.of.model(), object.bytes_for_inspection())
    }

    fn first_frame(&self, stream: Untrusted<'_>) -> Option<usize> {
        frame::first_frame(self.of.model(), stream.bytes_for_inspection())
    }

    fn inspect(&self, object: Untrusted<'_>, into: &mut Inspection, budget: &mut Budget) {
        into.begin(self.of.shape());
        let (model, bytes) = (self.of.model(), object.bytes_for_inspection());
        let root = (self.of.shape().root(), model.size);
        // They see by themselves whether it is canonical, and do not ask the emitter.
        match &model.encoding {
            Encoding::Xml => reference::inspect(model, bytes, into, budget),
            Encoding::Json(_) => json::inspect(model, bytes, into, budget),
            Encoding::Binary(bits) => binary::inspect(bits, root, bytes, into, budget),
            Encoding::Text(message) => text::inspect(message, root, bytes, into, budget),
        }
        refuse_overfull(into, self.of.shape().root(), bytes);
    }

    fn emit(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId], out: &mut Vec<u8>) -> bool {
        match &self.of.model().encoding {
            Encoding::Xml => emit::emit(&self.layout, record, object.bytes_for_inspection(), omit, out),
            Encoding::Binary(_) | Encoding::Json(_) | Encoding::Text(_) => {
                emit_other(self.of.model(), record, object, omit, out)
            }
        }
    }

    fn is_canonical(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId]) -> bool {
        match &self.of.model().encoding {
            Encoding::Xml => emit::is_canonical(&self.layout, record, object.bytes_for_inspection(), omit),
            Encoding::Binary(_) | Encoding::Json(_) | Encoding::Text(_) => {
                other_is_canonical(self.of.model(), record, object, omit)
            }
        }
    }
}

/// An object with more rows than a record holds is refused for that alone, however each reader came to its end there.
fn refuse_overfull(into: &mut Inspection, root: NodeId, bytes: &[u8]) {
    if into.record.is_overfull() {
        into.reasons.clear();
        let whole = Span::new(0, bytes.len());
        into.reasons.push(Reason::new(framing::OVER_BUDGET).at(Place::of(root), whole));
    }
}

/// The canonical encoding of a type that is not XML; the same for both readers.
fn emit_other(
    model: &Model,
    record: &Record,
    object: Untrusted<'_>,
    omit: &[NodeId],
    out: &mut Vec<u8>,
) -> bool {
    match &model.encoding {
        Encoding::Binary(bits) => binary::emit(bits, record, object.bytes_for_inspection(), omit, out),
        Encoding::Json(of) => json::emit(&of.objects, record, object.bytes_for_inspection(), omit, out),
        Encoding::Text(of) => text::emit(of, record, object.bytes_for_inspection(), omit, out),
        Encoding::Xml => false,
    }
}

fn other_is_canonical(model: &Model, record: &Record, object: Untrusted<'_>, omit: &[NodeId]) -> bool {
    match &model.encoding {
        Encoding::Binary(bits) => binary::is_canonical(bits, record, object.bytes_for_inspection(), omit),
        Encoding::Json(of) => json::is_canonical(&of.objects, record, object.bytes_for_inspection(), omit),
        Encoding::Text(of) => text::is_canonical(of, record, object.bytes_for_inspection(), omit),
        Encoding::Xml => false,
    }
}
