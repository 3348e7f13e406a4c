//! The targets, one module each, and what several of them need.

pub(crate) mod banner;
pub(crate) mod binding;
pub(crate) mod bundle;
pub(crate) mod cot;
pub(crate) mod datagram;
pub(crate) mod decimal;
pub(crate) mod deployment;
pub(crate) mod differential;
pub(crate) mod ess;
pub(crate) mod framing;
pub(crate) mod inspect;
pub(crate) mod json;
pub(crate) mod label;
pub(crate) mod manifest;
pub(crate) mod notation;
pub(crate) mod protobuf;
pub(crate) mod receiver;
pub(crate) mod request;
pub(crate) mod rules;
pub(crate) mod spif;
pub(crate) mod time;
pub(crate) mod types;
pub(crate) mod words;

use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::{Compiled, Reference, Type};
use std::sync::{Arc, LazyLock};

/// The types of this repository that the targets read with.
struct Shipped {
    cot: Arc<Type>,
    label: Arc<Type>,
    tak: Arc<Type>,
    track: Arc<Type>,
    plot: Arc<Type>,
}

static SHIPPED: LazyLock<Shipped> = LazyLock::new(|| {
    let read = |name: &str, text: &[u8], embedded: Option<&Arc<Type>>| {
        let find = |_: &str| embedded.map(Arc::clone);
        match Type::parse(name, text, &find) {
            Ok((found, _)) => Arc::new(found),
            Err(diagnostics) => panic!("{}", diagnostics.render()),
        }
    };
    let label = include_bytes!("../../../rules/types/stanag-4774/type.kdl");
    let label = read("rules/types/stanag-4774/type.kdl", label, None);
    let cot = include_bytes!("../../../rules/types/cot-event/type.kdl");
    let cot = read("rules/types/cot-event/type.kdl", cot, Some(&label));
    let tak = include_bytes!("../../../rules/types/tak-v1/type.kdl");
    let tak = read("rules/types/tak-v1/type.kdl", tak, Some(&cot));
    let track = include_bytes!("../../../rules/types/track-json/type.kdl");
    let track = read("rules/types/track-json/type.kdl", track, None);
    let plot = include_bytes!("../../../rules/types/asterix-cat048/type.kdl");
    let plot = read("rules/types/asterix-cat048/type.kdl", plot, None);
    Shipped { cot, label, tak, track, plot }
});

/// Steps that one reading may take.
const STEPS: u64 = 2_000_000;

/// The compiled reader and the reference reader agree about any bytes; what is emitted is canonical, means the same, and
/// is emitted as itself.
fn agree(compiled: &Compiled, reference: &Reference, data: &[u8]) {
    let object = Untrusted::new(data);
    let (mut ours, mut theirs) = (Inspection::default(), Inspection::default());
    let first = read(compiled, object, &mut ours);
    if first != read(reference, object, &mut theirs) {
        panic!("the compiled and the reference reader disagree");
    }
    if !ours.record.says_the_same(data, &theirs.record, data, compiled.shape()) {
        panic!("the two readers read different values");
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
