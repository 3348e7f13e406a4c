//! `domains/`.

use super::{nation, parties};
use crate::report::{Text, own};
use lockgate_marking::{Domain, Held, Readers};
use lockgate_notation::Fields;

/// A domain as authored.
#[derive(Clone, Debug)]
pub struct DomainFile {
    /// The domain.
    pub domain: Domain,
    pub(crate) policy: Text,
    pub(crate) ceiling: Text,
    pub(crate) community: Option<Text>,
}

pub(crate) fn domain(fields: &mut Fields<'_, '_>) -> Option<DomainFile> {
    let name = fields.arg_name("the name of the domain");
    let owner = fields.child_opt("owner").map(|node| fields.read(node, |owner| nation(owner, "a nation")));
    let policy =
        fields.within("policy", |part| (part.arg_text("the name of the policy"), part.prop_text("ceiling")));
    let readers = fields.within("readers", |part| match part.prop_text_opt("community") {
        Some(community) => (Readers::Community(community.value.to_owned()), Some(own(community))),
        None => (Readers::Parties(parties(part)), None),
    });
    let holds = fields.each("holds", held);
    let (policy, ceiling) = policy?;
    let (policy, ceiling) = (own(policy?), own(ceiling?));
    let (readers, community) = readers?;
    Some(DomainFile {
        domain: Domain {
            name: name?.value.to_string(),
            owner: match owner {
                Some(owner) => Some(owner?),
                None => None,
            },
            policy: policy.value.clone(),
            ceiling: ceiling.value.clone(),
            readers,
            holds: holds.into_iter().collect::<Option<_>>()?,
        },
        policy,
        ceiling,
        community,
    })
}

/// `holds tag="..." "..."`: caveats that somebody holds.
pub(crate) fn held(part: &mut Fields<'_, '_>) -> Option<Held> {
    let tag = part.prop_text("tag");
    let values = part.args_text_some("a value of the tag");
    Some(Held {
        tag: tag?.value.to_owned(),
        values: values.into_iter().map(|value| value.value.to_owned()).collect(),
    })
}
