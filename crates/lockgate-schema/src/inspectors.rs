//! The two readers of a type, as the core sees them.

use crate::emit::{self, Layout};
use crate::program::Program;
use crate::{Type, frame, reference};
use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_record::{NodeId, Record, Shape};
use std::sync::Arc;

/// The compiled program of a type: what reads every object that arrives.
#[derive(Clone, Debug)]
pub struct Compiled {
    of: Arc<Type>,
    program: Program,
    layout: Layout,
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
        let (program, layout) = (Program::new(of.model()), Layout::new(of.model()));
        Self { of, program, layout }
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
        self.program.inspect(self.of.model(), object.bytes_for_inspection(), into, budget);
    }

    fn emit(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId], out: &mut Vec<u8>) -> bool {
        emit::emit(&self.layout, record, object.bytes_for_inspection(), omit, out)
    }

    fn is_canonical(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId]) -> bool {
        emit::is_canonical(&self.layout, record, object.bytes_for_inspection(), omit)
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
        reference::inspect(self.of.model(), object.bytes_for_inspection(), into, budget);
    }

    fn emit(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId], out: &mut Vec<u8>) -> bool {
        emit::emit(&self.layout, record, object.bytes_for_inspection(), omit, out)
    }

    fn is_canonical(&self, record: &Record, object: Untrusted<'_>, omit: &[NodeId]) -> bool {
        emit::is_canonical(&self.layout, record, object.bytes_for_inspection(), omit)
    }
}
