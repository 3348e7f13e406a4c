//! The targets, one module each, and what several of them need.

pub(crate) mod banner;
pub(crate) mod binding;
pub(crate) mod bundle;
pub(crate) mod cot;
pub(crate) mod datagram;
pub(crate) mod decimal;
pub(crate) mod deployment;
pub(crate) mod ess;
pub(crate) mod framing;
pub(crate) mod inspect;
pub(crate) mod label;
pub(crate) mod manifest;
pub(crate) mod notation;
pub(crate) mod receiver;
pub(crate) mod request;
pub(crate) mod rules;
pub(crate) mod spif;
pub(crate) mod statement;
pub(crate) mod time;
pub(crate) mod types;
pub(crate) mod words;

use lockgate_schema::Type;
use std::sync::{Arc, LazyLock};

/// The types of this repository that the targets read with.
struct Shipped {
    cot: Arc<Type>,
    label: Arc<Type>,
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
    Shipped { cot, label }
});
