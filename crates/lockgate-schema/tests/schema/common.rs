//! What the tests of this room share.

use lockgate_schema::Type;
use std::sync::Arc;

const COT: &[u8] = include_bytes!("../../../../rules/types/cot-event/type.kdl");
const LABEL: &[u8] = include_bytes!("../../../../rules/types/stanag-4774/type.kdl");

/// A type from its text, with the label type at hand; panics with the diagnostics.
pub(crate) fn load(name: &str, text: &[u8]) -> Arc<Type> {
    let label = || Type::parse("rules/types/stanag-4774/type.kdl", LABEL, &|_| None);
    let find = |name: &str| (name == "stanag-4774").then(|| Arc::new(label().unwrap().0));
    match Type::parse(name, text, &find) {
        Ok((found, _)) => Arc::new(found),
        Err(diagnostics) => panic!("{}", diagnostics.render()),
    }
}

/// The type of Cursor-on-Target events.
pub(crate) fn cot() -> Arc<Type> {
    load("rules/types/cot-event/type.kdl", COT)
}
