//! `reviewers/`.

use super::domain::held;
use super::{nation, valid};
use crate::codes;
use crate::report::{Text, own};
use lockgate_attest::PublicKey;
use lockgate_bytes::Time;
use lockgate_marking::{Held, Nation};
use lockgate_notation::{Fields, Span};

/// A person who may answer for held objects.
#[derive(Clone, Debug)]
pub struct Reviewer {
    /// The name by which records call them.
    pub name: String,
    /// Their nation.
    pub nationality: Nation,
    /// What they may do.
    pub roles: Vec<ReviewerRole>,
    /// How they sign.
    pub keys: Vec<KeyOfReviewer>,
    /// First instant of their appointment.
    pub from: Time,
    /// First instant after it.
    pub until: Time,
    /// Sources whose objects are theirs; they never approve those.
    pub(crate) submits: Vec<Text>,
    pub(crate) policy: Text,
    pub(crate) level: Text,
    /// Caveats that they hold.
    pub(crate) holds: Vec<Held>,
    pub(crate) lanes: Vec<Text>,
    /// Where the file stands that names them.
    pub(crate) span: Span,
}

impl Reviewer {
    /// The policy and level of their clearance.
    pub fn clearance(&self) -> (&str, &str) {
        (&self.policy.value, &self.level.value)
    }

    /// The keys by which statements are verified.
    pub fn public_keys(&self) -> impl Iterator<Item = PublicKey> {
        self.keys.iter().filter_map(|key| match key {
            KeyOfReviewer::Ed25519(text, _) => PublicKey::parse(text).ok(),
            KeyOfReviewer::Passkey { .. } => None,
        })
    }

    /// The lanes that they review.
    pub fn lanes(&self) -> impl Iterator<Item = &str> {
        self.lanes.iter().map(|lane| lane.value.as_str())
    }
}

/// What a reviewer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewerRole {
    /// Approve as the first of two.
    First,
    /// Approve as the second of two.
    Second,
    /// Decide where two disagree.
    Senior,
}

/// How a reviewer signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyOfReviewer {
    /// An Ed25519 public key, in base64 of its DER form, and where it stands. One that is no key is warned about, and
    /// nobody signs with it.
    Ed25519(String, Span),
    /// A WebAuthn credential; for the review page, and no key for statements.
    Passkey {
        /// Its identifier.
        id: String,
        /// Its public key.
        public: String,
    },
}

pub(crate) fn reviewer(fields: &mut Fields<'_, '_>) -> Option<Reviewer> {
    let name = fields.arg_name("the name of the reviewer");
    let nationality = fields.within("nationality", |part| nation(part, "a nation"));
    let span = fields.noun_span();
    let clearance = fields.within("clearance", |part| (part.prop_text("policy"), part.prop_text("level")));
    let holds = fields.each("holds", held);
    let lanes = fields.within("lanes", |part| part.args_text_some("a lane"));
    let submits = fields.within_opt("submits", |part| part.args_text_some("a source"));
    let roles = fields.within("role", |part| part.args_word("a role", &["first", "second", "senior"]));
    let keys = keys(fields);
    let valid = valid(fields);
    let roles = roles?.into_iter().map(|role| match role.value {
        "first" => ReviewerRole::First,
        "second" => ReviewerRole::Second,
        _ => ReviewerRole::Senior,
    });
    let (policy, level) = clearance?;
    let (from, until) = valid?;
    Some(Reviewer {
        name: name?.value.to_string(),
        nationality: nationality??,
        roles: roles.collect(),
        keys,
        from,
        until,
        submits: submits.unwrap_or_default().into_iter().map(own).collect(),
        policy: own(policy?),
        level: own(level?),
        holds: holds.into_iter().collect::<Option<_>>()?,
        span,
        lanes: lanes?.into_iter().map(own).collect(),
    })
}

fn keys(fields: &mut Fields<'_, '_>) -> Vec<KeyOfReviewer> {
    let plain = fields.each("key", |part| {
        part.prop_text("ed25519").map(|key| KeyOfReviewer::Ed25519(key.value.to_owned(), key.span))
    });
    let passkeys = fields.each("passkey", |part| {
        let (id, public) = (part.prop_text("id"), part.prop_text("public"));
        Some(KeyOfReviewer::Passkey { id: id?.value.to_owned(), public: public?.value.to_owned() })
    });
    let none = plain.is_empty() && passkeys.is_empty();
    if none {
        let span = fields.noun_span();
        fields.error(&codes::BAD_KEY, span, "a reviewer without a key cannot sign");
    }
    plain.into_iter().chain(passkeys).flatten().collect()
}
