//! The trust file: who may sign bundles, and how many of them must.

use super::codes;
use lockgate_attest::{KeyId, PublicKey};
use lockgate_bytes::Time;
use lockgate_notation::{At, Diagnostics, Document, Fields};

/// Signatures that a bundle needs where the trust file does not say.
const NEEDS: u64 = 2;

/// Who may sign bundles, and how many of them must. It stays outside of the bundle that it is about.
#[derive(Clone, Debug)]
pub struct Trust {
    /// How many distinct signers must have signed; at least 1.
    pub needs: usize,
    /// Who may sign; a person may have several keys, each with its own window.
    pub signers: Vec<Signer>,
    /// Who may let levels be lowered; nobody unless named.
    pub authorities: Vec<Signer>,
}

/// One key of a person who may sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The person.
    pub name: String,
    /// The key.
    pub key: PublicKey,
    /// First instant at which its signatures count.
    pub from: Time,
    /// First instant at which they no longer count.
    pub until: Time,
}

impl Signer {
    /// True where signatures by this key count at `now`.
    pub fn is_valid(&self, now: Time) -> bool {
        self.from <= now && now < self.until
    }
}

impl Trust {
    /// Reads the trust file `name` (its path, for messages).
    ///
    /// # Errors
    /// All that is wrong with it. A part disabled by `/-` is an error: this file says what it means.
    pub fn read(name: &str, text: &[u8]) -> Result<Self, Diagnostics> {
        let document = Document::parse(name, text)?;
        let mut diagnostics = crate::report::strictly(&document);
        let trust = {
            let mut top = Fields::of(&document.root, &mut diagnostics);
            let trust = top.within("trust", trust);
            top.finish();
            trust.flatten()
        };
        trust.filter(|_| !diagnostics.has_errors()).ok_or(diagnostics)
    }

    /// The signer whose key is called `id`.
    pub fn signer(&self, id: KeyId) -> Option<&Signer> {
        self.signers.iter().find(|signer| signer.key.id() == id)
    }
}

fn trust(fields: &mut Fields<'_, '_>) -> Option<Trust> {
    let needs = fields.prop_uint_opt("needs");
    let nodes = fields.children_some("signer");
    let signers: Vec<Option<At<Signer>>> = nodes.into_iter().map(|node| fields.read(node, signer)).collect();
    let signers: Vec<At<Signer>> = signers.into_iter().collect::<Option<_>>()?;
    let authorities = fields.each("authority", signer);
    let authorities: Vec<At<Signer>> = authorities.into_iter().collect::<Option<_>>()?;
    let keys = signers.iter().chain(&authorities);
    for (at, again) in keys.clone().enumerate() {
        let before = keys.clone().take(at).find(|known| known.key == again.key);
        if let Some(first) = before {
            let message = "this key stands twice; one key is one signature, whoever it is given to";
            fields.error(&codes::REPEATED_KEY, again.span, message).label(first.span, "the first one");
        }
    }
    for authority in &authorities {
        if let Some(first) = signers.iter().find(|signer| signer.name == authority.name) {
            let message =
                format!("{} is a signer; who lets levels be lowered signs no bundle", authority.name);
            fields
                .error(&codes::SIGNER_AND_AUTHORITY, authority.span, message)
                .label(first.span, "a signer of this name");
        }
    }
    let span = needs.map_or_else(|| fields.noun_span(), |needs| needs.span);
    let needs = needs.map_or(NEEDS, |needs| needs.value);
    let mut people: Vec<&str> = signers.iter().map(|signer| signer.name.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    let wanted = usize::try_from(needs).unwrap_or(usize::MAX);
    if wanted == 0 || wanted > people.len() {
        let message = format!("{needs} people must sign, and the file names {}", people.len());
        fields.error(&codes::IMPOSSIBLE_TRUST, span, message);
        return None;
    }
    let plain = |list: Vec<At<Signer>>| list.into_iter().map(|signer| signer.value).collect();
    Some(Trust { needs: wanted, signers: plain(signers), authorities: plain(authorities) })
}

fn signer(fields: &mut Fields<'_, '_>) -> Option<At<Signer>> {
    let name = fields.arg_name("the name of the signer");
    let key = fields.prop_text("ed25519");
    let (from, until) = (fields.prop_time_from("from"), fields.prop_time_until("until"));
    let key = key.and_then(|text| match PublicKey::parse(text.value) {
        Ok(key) => Some(At::new(key, text.span)),
        Err(fault) => {
            fields.error(&codes::BAD_SIGNER_KEY, text.span, fault.to_string());
            None
        }
    });
    let (name, key, from, until) = (name?, key?, from?, until?);
    if from.value >= until.value {
        fields.error(&codes::NEVER_VALID, until.span, "this ends before it begins");
        return None;
    }
    let signer =
        Signer { name: name.value.to_string(), key: key.value, from: from.value, until: until.value };
    Some(At::new(signer, key.span))
}
