//! Both readers of a type on one object, and the laws of its encoding: what a person asks of samples before any fixture is
//! written.
//!
//! The readers say the same of whatever they read. What they accept is written; that is read again as the same record, and is
//! its own encoding. Where one of these does not hold, the fault is ours or the type's, and no object's.

use crate::{Compiled, Reference, Type};
use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector as _, Reason};
use std::sync::Arc;

/// Both readers of a type, with room for what they read.
#[derive(Debug)]
pub struct Both {
    of: Arc<Type>,
    compiled: Compiled,
    reference: Reference,
    read: Inspection,
    plain: Inspection,
    again: Inspection,
    out: Vec<u8>,
}

/// What both readers say of an object.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// What is wrong with it; nothing where it is accepted.
    pub reasons: &'a [Reason],
    /// It is what is written of it, byte for byte.
    pub canonical: bool,
}

/// A law that does not hold of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The readers do not report the same.
    Reports,
    /// They do not read the same values.
    Values,
    /// What is accepted cannot be written.
    NotWritten,
    /// A reader is wrong about whether the object is its own encoding.
    Canonical,
    /// What is written of it is not accepted, or is another record.
    Rereading,
    /// What is written of it is written otherwise the next time.
    Rewriting,
}

impl Broken {
    /// One sentence.
    pub fn says(self) -> &'static str {
        match self {
            Self::Reports => "the two readers do not report the same of it",
            Self::Values => "the two readers do not read the same values in it",
            Self::NotWritten => "it is accepted and cannot be written",
            Self::Canonical => "a reader is wrong about whether it is its own encoding",
            Self::Rereading => "what is written of it does not read as the same record",
            Self::Rewriting => "what is written of it is written otherwise the next time",
        }
    }
}

impl Both {
    /// The readers of `of`.
    pub fn new(of: Arc<Type>) -> Self {
        let (compiled, reference) = (Compiled::new(Arc::clone(&of)), Reference::new(Arc::clone(&of)));
        let [read, plain, again] = [(); 3].map(|()| Inspection::default());
        Self { of, compiled, reference, read, plain, again, out: Vec::new() }
    }

    /// The type.
    pub fn of(&self) -> &Type {
        &self.of
    }

    /// The reader of objects that arrive.
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// Reads an object with both, writes what they accept, and reads that.
    ///
    /// # Errors
    /// The first law that does not hold.
    pub fn judge(&mut self, bytes: &[u8]) -> Result<Said<'_>, Broken> {
        let (object, shape) = (Untrusted::new(bytes), self.of.shape());
        // The work is linear in the object, which a type bounds.
        self.compiled.inspect(object, &mut self.read, &mut Budget::new(u64::MAX));
        self.reference.inspect(object, &mut self.plain, &mut Budget::new(u64::MAX));
        if !same_reports((&self.read, &self.plain), bytes) {
            return Err(Broken::Reports);
        }
        if !self.read.record.says_the_same(bytes, &self.plain.record, bytes, shape) {
            return Err(Broken::Values);
        }
        if self.read.reasons.is_empty() {
            self.written(bytes)?;
        }
        Ok(Said { reasons: &self.read.reasons, canonical: self.read.canonical })
    }

    /// The laws of what is accepted.
    fn written(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let (object, shape) = (Untrusted::new(bytes), self.of.shape());
        self.out.clear();
        if !self.compiled.emit(&self.read.record, object, &[], &mut self.out) {
            return Err(Broken::NotWritten);
        }
        let equal = self.out == bytes;
        let asked = self.compiled.is_canonical(&self.read.record, object, &[]);
        if [self.read.canonical, self.plain.canonical, asked] != [equal; 3] {
            return Err(Broken::Canonical);
        }
        let left = Untrusted::new(&self.out);
        self.reference.inspect(left, &mut self.again, &mut Budget::new(u64::MAX));
        let accepted = self.again.reasons.is_empty();
        if !accepted || !self.again.record.says_the_same(&self.out, &self.read.record, bytes, shape) {
            return Err(Broken::Rereading);
        }
        if !self.again.canonical || !self.reference.is_canonical(&self.again.record, left, &[]) {
            return Err(Broken::Rewriting);
        }
        Ok(())
    }
}

/// True where two readings of `bytes` report the same: faults with their places and words, texts, undeclared parts.
fn same_reports((one, other): (&Inspection, &Inspection), bytes: &[u8]) -> bool {
    let reasons = |of: &Inspection, at: usize| {
        of.reasons
            .get(at)
            .map(|reason| (reason.code.id(), reason.place, reason.span, reason.says.to_string()))
    };
    let texts = |of: &Inspection, at: usize| {
        let open = of.open_texts.get(at)?;
        let text = of.record.text(open.text, bytes).to_vec();
        Some((open.place, open.span, open.free, text))
    };
    let parts = |of: &Inspection, at: usize| {
        of.undeclared.get(at).map(|part| (part.parent, part.span, part.marked, part.second_label))
    };
    let lengths = |of: &Inspection| [of.reasons.len(), of.open_texts.len(), of.undeclared.len()];
    let [faults, words, unknown] = lengths(one);
    lengths(one) == lengths(other)
        && (0..faults).all(|at| reasons(one, at) == reasons(other, at))
        && (0..words).all(|at| texts(one, at) == texts(other, at))
        && (0..unknown).all(|at| parts(one, at) == parts(other, at))
}

#[cfg(test)]
mod tests {
    use super::{Both, Broken};
    use crate::Type;
    use std::sync::Arc;

    const SPOT: &[u8] = b"type \"spot\" version=\"1\" tier=3 {\n title \"x\"\n source \"tests\"\n encoding json\n limits size=\"1KiB\" depth=2 members=8\n identify member=\"id\"\n record spot {\n member id text max=9\n member note text max=9 optional=#true\n }\n}\n";

    fn both() -> Both {
        match Type::parse("spot", SPOT, &|_| None) {
            Ok((of, _)) => Both::new(Arc::new(of)),
            Err(diagnostics) => panic!("{}", diagnostics.render()),
        }
    }

    #[test]
    fn an_object_is_accepted_rewritten_or_refused() {
        let mut both = both();
        for (object, codes, canonical) in [
            (&b"{\"id\":\"A\",\"note\":\"B\"}"[..], &[][..], true),
            (b"{\"note\":\"B\",\"id\":\"A\"}", &[], false),
            (b"{\"note\":\"B\"}", &["LG-S006"], false),
        ] {
            let said = both.judge(object).unwrap();
            let found: Vec<&str> = said.reasons.iter().map(|reason| reason.code.id()).collect();
            assert_eq!(
                (&found[..], said.canonical),
                (codes, canonical),
                "{}",
                String::from_utf8_lossy(object)
            );
        }
    }

    /// An emitter that turns round what it writes is found, in place of an account of the object.
    #[test]
    fn a_planted_fault_is_a_broken_law() {
        let mut both = both();
        let object = b"{\"id\":\"A\",\"note\":\"B\"}";
        crate::planted::plant(true);
        let broken = both.judge(object).map(|_| ());
        crate::planted::plant(false);
        assert_eq!(broken, Err(Broken::Canonical));
        assert!(both.judge(object).is_ok());
    }
}
