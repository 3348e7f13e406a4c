//! `bundle.kdl`.

use crate::report::{Text, own};
use lockgate_notation::Fields;

/// What a bundle is called, and the categories that its types and agreements may use.
#[derive(Debug)]
pub(crate) struct HeadFile {
    pub(crate) name: String,
    pub(crate) revision: u64,
    pub(crate) categories: Vec<Text>,
}

pub(crate) fn head(fields: &mut Fields<'_, '_>) -> Option<HeadFile> {
    let name = fields.arg_name("the name of the bundle");
    let revision = fields.prop_uint("revision");
    let categories = fields.within("category", |part| part.args_text_some("a data category"));
    Some(HeadFile {
        name: name?.value.to_string(),
        revision: revision?.value,
        categories: categories?.into_iter().map(own).collect(),
    })
}
