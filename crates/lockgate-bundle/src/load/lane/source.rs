//! The sources of a lane, and what a deployment has to offer for each.

use super::precedence;
use crate::report::{Text, own};
use lockgate_bytes::Precedence;
use lockgate_notation::Fields;

/// A source of a lane.
#[derive(Debug)]
pub(crate) struct SourcePart {
    pub(crate) name: Text,
    pub(crate) terms: SourceTerms,
    pub(crate) ceiling: Text,
    pub(crate) precedence: Precedence,
    pub(crate) types: Vec<Text>,
}

/// What a deployment has to offer for a source; with less it does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTerms {
    /// The source.
    pub name: String,
    /// How it proves who it is.
    pub by: SourceBy,
    /// Most bits a second, if the lane says so.
    pub rate: Option<u64>,
    /// Most objects a second, if the lane says so.
    pub objects: Option<u64>,
}

/// How a source proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceBy {
    /// By the interface on which it arrives, which the lane trusts.
    Interface,
    /// By a TLS client certificate.
    Tls,
    /// By the key of a diode link.
    Diode,
    /// By the owner of a directory.
    Directory,
}

impl SourceBy {
    const NAMES: [&str; 4] = ["interface", "tls", "diode", "directory"];

    fn named(name: &str) -> Self {
        match name {
            "interface" => Self::Interface,
            "tls" => Self::Tls,
            "diode" => Self::Diode,
            _ => Self::Directory,
        }
    }

    /// The word used in lane files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::Tls => "tls",
            Self::Diode => "diode",
            Self::Directory => "directory",
        }
    }
}

pub(super) fn source(fields: &mut Fields<'_, '_>) -> Option<SourcePart> {
    let name = fields.arg_name("the name of the source");
    let by = fields.prop_word("by", &SourceBy::NAMES);
    let ceiling = fields.prop_text("ceiling");
    let precedence = precedence(fields.prop_word_opt("precedence", &Precedence::NAMES));
    let rate = fields.prop_rate_opt("rate").map(|rate| rate.value);
    let objects = fields.prop_per_second_opt("objects").map(|objects| objects.value);
    let types = fields.within("types", |part| part.args_text_some("a type"));
    let name = name?.map(|name| name.to_string());
    Some(SourcePart {
        terms: SourceTerms { name: name.value.clone(), by: SourceBy::named(by?.value), rate, objects },
        name,
        ceiling: own(ceiling?),
        precedence,
        types: types?.into_iter().map(own).collect(),
    })
}
