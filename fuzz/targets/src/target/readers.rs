//! What both readers of a type owe each other, whatever bytes they are given.

use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::{Compiled, Reference, Type};
use std::sync::Arc;

const STEPS: u64 = 2_000_000;

/// Both readers of one type.
pub(crate) struct Readers {
    compiled: Compiled,
    reference: Reference,
}

impl Readers {
    pub(crate) fn of(described: &Arc<Type>) -> Self {
        Self {
            compiled: Compiled::new(Arc::clone(described)),
            reference: Reference::new(Arc::clone(described)),
        }
    }

    /// They agree about any bytes; what is emitted is accepted, and emitted as itself.
    pub(crate) fn agree(&self, data: &[u8]) {
        agree(&self.compiled, &self.reference, data);
    }

    /// Panics where a seed is not accepted: its mutations would only ever meet the first refusal.
    #[cfg(test)]
    pub(crate) fn accept(&self, seeds: &[&[u8]]) {
        for seed in seeds {
            let said = read(&self.compiled, Untrusted::new(seed), &mut Inspection::default());
            assert!(!said.starts_with("LG-"), "{said}");
        }
    }
}

/// A target that gives any bytes to both readers of one type, `$readers`, which accept `$seed` ...
macro_rules! reads_one_type {
    ($readers:expr, $($seed:literal),+ $(,)?) => {
        static READERS: std::sync::LazyLock<$crate::target::readers::Readers> = std::sync::LazyLock::new(|| $readers);

        pub(crate) fn run(data: &[u8]) {
            READERS.agree(data);
        }

        #[cfg(test)]
        #[test]
        fn the_seeds_are_accepted() {
            READERS.accept(&[$(include_bytes!($seed).as_slice()),+]);
        }
    };
}
pub(crate) use reads_one_type;

fn agree(compiled: &dyn Inspector, reference: &dyn Inspector, data: &[u8]) {
    let object = Untrusted::new(data);
    let (mut ours, mut theirs) = (Inspection::default(), Inspection::default());
    let first = read(compiled, object, &mut ours);
    if first != read(reference, object, &mut theirs) {
        panic!("the compiled and the reference reader disagree");
    }
    if !ours.record.says_the_same(data, &theirs.record, data, compiled.shape()) {
        panic!("the compiled and the reference reader read different values");
    }
    if ours.canonical != theirs.canonical {
        panic!("an object is canonical for one reader only");
    }
    if !ours.reasons.is_empty() {
        return;
    }
    let mut canonical = Vec::new();
    if !compiled.emit(&ours.record, object, &[], &mut canonical) {
        panic!("an accepted object cannot be emitted");
    }
    if ours.canonical != (canonical == data) {
        panic!("an object is canonical and not what is emitted, or the other way round");
    }
    let mut again = Inspection::default();
    read(reference, Untrusted::new(&canonical), &mut again);
    // Parts that the type does not declare are not emitted; everything else must be.
    if !again.reasons.is_empty() {
        panic!("what was emitted is not accepted");
    }
    if !again.canonical {
        panic!("what was emitted is not canonical");
    }
    if !ours.record.says_the_same(data, &again.record, &canonical, compiled.shape()) {
        panic!("what was emitted says something else");
    }
    let mut twice = Vec::new();
    if !reference.emit(&again.record, Untrusted::new(&canonical), &[], &mut twice) || twice != canonical {
        panic!("what was emitted is not emitted as itself");
    }
}

/// Everything that one reading reports, as one text that compares.
fn read(inspector: &dyn Inspector, object: Untrusted<'_>, into: &mut Inspection) -> String {
    let mut budget = Budget::new(STEPS);
    inspector.inspect(object, into, &mut budget);
    let reasons =
        into.reasons.iter().map(|one| format!("{} {:?} {:?} {:?}", one.code, one.place, one.span, one.says));
    let texts = into.open_texts.iter().map(|one| format!("{:?} {:?} {}", one.place, one.span, one.free));
    let parts = into.undeclared.iter().map(|one| format!("{one:?}"));
    reasons.chain(texts).chain(parts).collect::<Vec<_>>().join("\n")
}
