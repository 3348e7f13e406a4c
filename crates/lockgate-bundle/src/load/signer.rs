//! `signers/`: who may sign what binds a label to an object.

use super::valid;
use crate::codes;
use lockgate_binding::{Signer, SignerKey};
use lockgate_notation::Fields;

/// Longest key, as text.
const KEY_MAX: usize = 4096;

pub(crate) fn signer(fields: &mut Fields<'_, '_>) -> Option<Signer> {
    let name = fields.arg_name("the name of the signer");
    let key = fields.within("key", |part| {
        let text = part.prop_text("spki")?;
        let der =
            lockgate_attest::base64::decode(text.value.as_bytes()).filter(|_| text.value.len() <= KEY_MAX);
        let key =
            der.ok_or(lockgate_binding::KeyFault::Unreadable).and_then(|der| SignerKey::from_spki(&der));
        key.map_err(|fault| part.error(&codes::BAD_KEY, text.span, fault.to_string())).ok()
    });
    let originators = fields.each("originator", |part| {
        let texts = part.args_text_some("the text of an OriginatorID");
        Some(texts.into_iter().map(|text| text.value.to_owned()).collect::<Vec<_>>())
    });
    let valid = valid(fields);
    let (from, until) = valid?;
    let originators: Option<Vec<Vec<String>>> = originators.into_iter().collect();
    Some(Signer {
        name: name?.value.to_string(),
        key: key??,
        originators: originators?.into_iter().flatten().collect(),
        from,
        until,
    })
}
