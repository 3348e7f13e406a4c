//! `delegations/`: who lets a level be lowered, signed by them.

use super::{Loaded, valid};
use crate::codes;
use crate::place::{Placed, report};
use crate::report::{Text, enter, own};
use lockgate_attest::{DelegationTerms, PublicKey, Signature, Statement};
use lockgate_marking::{Delegation, PolicySet};
use lockgate_notation::{At, Diagnostics, Fields};
use std::collections::BTreeMap;

/// A delegation as authored, and who signed it.
#[derive(Clone, Debug)]
pub struct DelegationFile {
    /// The delegation.
    pub delegation: Delegation,
    /// Who signed it, where somebody has.
    pub signed: Option<SignedBy>,
    pub(crate) policy: Text,
    pub(crate) levels: (Text, Text),
    pub(crate) types: Vec<Text>,
}

/// A signature of a delegation.
#[derive(Clone, Debug)]
pub struct SignedBy {
    /// The person or office, as trust files call them.
    pub name: String,
    /// Their key.
    pub key: PublicKey,
    /// Where the signature stands.
    pub(crate) signature: At<Signature>,
}

impl DelegationFile {
    /// What its authority signs; `None` where the bundle has not got the policy.
    pub fn statement(&self, policies: &PolicySet) -> Option<Statement> {
        let delegation = &self.delegation;
        let policy = policies.policy(policies.named(&delegation.policy)?)?;
        let types: Vec<&str> = delegation.types.iter().map(String::as_str).collect();
        Some(Statement::delegation(&DelegationTerms {
            name: &delegation.name,
            authority: &delegation.authority,
            policy_id: policy.id(),
            from: &delegation.from,
            to: &delegation.to,
            types: &types,
            valid_from: delegation.valid_from,
            valid_until: delegation.valid_until,
        }))
    }

    /// Reports a signature that is missing, or that is about something else.
    pub(crate) fn check(&self, policies: &PolicySet, diagnostics: &mut Diagnostics) {
        let Some(statement) = self.statement(policies) else { return };
        match &self.signed {
            None => {
                let message = "nobody has signed this delegation";
                diagnostics.error(&codes::NOT_SIGNED, self.policy.span, message);
            }
            Some(by) if !by.key.verifies(&statement, &by.signature.value) => {
                let message = "the signature does not belong to what is written here";
                diagnostics.error(&codes::NOT_SIGNED, by.signature.span, message);
            }
            Some(_) => {}
        }
    }
}

/// Reads the delegation called `name` from the files of a bundle, signed or not, and what its authority signs.
///
/// # Errors
/// All that is wrong with the files, or that there is no such delegation or no such policy.
pub fn read_delegation(
    files: &BTreeMap<String, Vec<u8>>,
    name: &str,
) -> Result<(DelegationFile, Statement), Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let placed = Placed::read(files, &mut diagnostics);
    let loaded = Loaded::read(&placed, &mut diagnostics);
    let found = loaded.delegations.iter().find(|file| file.value.delegation.name == name);
    let Some(file) = found.filter(|_| !diagnostics.has_errors()) else {
        if !diagnostics.has_errors() {
            let path = format!("delegations/{name}.kdl");
            report(&mut diagnostics, &codes::MISSING_FILE, &path, "there is no such delegation".to_owned());
        }
        return Err(diagnostics);
    };
    enter(&mut diagnostics, file.document);
    let (from, to) = &file.value.levels;
    for name in [from, to] {
        crate::compile::level(&loaded.policies, &file.value.policy, name, &mut diagnostics);
    }
    match file.value.statement(&loaded.policies) {
        Some(statement) if !diagnostics.has_errors() => Ok((file.value.clone(), statement)),
        _ => Err(diagnostics),
    }
}

pub(crate) fn delegation(fields: &mut Fields<'_, '_>) -> Option<DelegationFile> {
    let name = fields.arg_name("the name of the delegation");
    let regrade = fields
        .within("regrade", |part| (part.prop_text("policy"), part.prop_text("from"), part.prop_text("to")));
    let types = fields.within("types", |part| part.args_text_some("a type"));
    let valid = valid(fields);
    let authority = fields.child_text("authority");
    let signed = fields.within_opt("signed", signed);
    let (policy, from, to) = regrade?;
    let (policy, from, to) = (own(policy?), own(from?), own(to?));
    let types: Vec<Text> = types?.into_iter().map(own).collect();
    let (valid_from, valid_until) = valid?;
    let delegation = Delegation {
        name: name?.value.to_string(),
        authority: authority?.value.to_owned(),
        policy: policy.value.clone(),
        from: from.value.clone(),
        to: to.value.clone(),
        types: types.iter().map(|name| name.value.clone()).collect(),
        valid_from,
        valid_until,
    };
    let signed = match signed {
        Some(signed) => Some(signed?),
        None => None,
    };
    Some(DelegationFile { delegation, signed, policy, levels: (from, to), types })
}

fn signed(fields: &mut Fields<'_, '_>) -> Option<SignedBy> {
    let name = fields.prop_text("by");
    let (key, signature) = (fields.prop_text("ed25519"), fields.prop_text("signature"));
    let key = key.and_then(|text| match PublicKey::parse(text.value) {
        Ok(key) => Some(key),
        Err(fault) => {
            fields.error(&codes::NOT_SIGNED, text.span, fault.to_string());
            None
        }
    });
    let signature = signature.and_then(|text| {
        let signature = Signature::parse(text.value);
        if signature.is_none() {
            fields.error(&codes::NOT_SIGNED, text.span, "a signature is 64 bytes in base64");
        }
        signature.map(|signature| At::new(signature, text.span))
    });
    Some(SignedBy { name: name?.value.to_owned(), key: key?, signature: signature? })
}
