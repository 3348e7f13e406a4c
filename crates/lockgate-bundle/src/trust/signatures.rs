//! The signature file beside a bundle: `demo.bundle.sigs` of `demo.bundle`.
//!
//! ```kdl
//! signatures bundle="<64 hexadecimal digits>" {
//!     signature by="a-kovac" key="<64 hexadecimal digits>" ed25519="<base64>"
//! }
//! ```
//!
//! It stands beside the bundle, so that signing never changes what is signed. Nothing in it is believed: a signature
//! counts where a key of the trust file verifies it.

use super::codes;
use lockgate_attest::{KeyId, SecretKey, Signature, Statement};
use lockgate_bytes::Digest;
use lockgate_notation::{Diagnostics, Document, Fields, Name};
use std::fmt::Write as _;

/// Most signatures of one file; each costs a verification.
pub const MAX_SIGNATURES: usize = 64;

/// The signatures that came with a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatures {
    /// The bundle that they say they are for.
    pub bundle: Digest,
    /// In the order in which they were made.
    pub lines: Vec<SignatureLine>,
}

/// One signature, and by whom it says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureLine {
    /// The name that the signer gave; the trust file must give the key the same one.
    pub by: Option<String>,
    /// What the key is called.
    pub key: KeyId,
    /// The signature.
    pub signature: Signature,
}

impl Signatures {
    /// No signature yet.
    pub fn of(bundle: Digest) -> Self {
        Self { bundle, lines: Vec::new() }
    }

    /// The file that holds the signatures of the bundle in `file`: the same name and `.sigs`.
    pub fn file_of(file: &str) -> String {
        format!("{file}.sigs")
    }

    /// Reads the signature file `name` (its path, for messages).
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(name: &str, text: &[u8]) -> Result<Self, Diagnostics> {
        let document = Document::parse(name, text)?;
        let mut diagnostics = crate::report::strictly(&document);
        let found = {
            let mut top = Fields::of(&document.root, &mut diagnostics);
            let found = top.within("signatures", signatures);
            top.finish();
            found.flatten()
        };
        found.filter(|_| !diagnostics.has_errors()).ok_or(diagnostics)
    }

    /// Adds the signature of `key` about a bundle; a former one by the same key gives way to it.
    pub fn sign(&mut self, statement: &Statement, key: &SecretKey, by: Option<&Name>) {
        let id = key.public().id();
        self.lines.retain(|line| line.key != id);
        let by = by.map(ToString::to_string);
        self.lines.push(SignatureLine { by, key: id, signature: key.sign(statement) });
    }

    /// The file.
    pub fn to_kdl(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(out, "signatures bundle=\"{}\" {{", self.bundle);
        for line in &self.lines {
            out.push_str("    signature");
            if let Some(by) = &line.by {
                let _ = write!(out, " by=\"{by}\"");
            }
            let _ = writeln!(out, " key=\"{}\" ed25519=\"{}\"", line.key, line.signature.text());
        }
        out.push_str("}\n");
        out
    }
}

fn signatures(fields: &mut Fields<'_, '_>) -> Option<Signatures> {
    let bundle = digest(fields, "bundle");
    let nodes = fields.children("signature");
    if let Some(beyond) = nodes.get(MAX_SIGNATURES) {
        let message = format!("a bundle has at most {MAX_SIGNATURES} signatures");
        fields.error(&codes::BAD_SIGNATURE_LINE, beyond.name_span, message);
        return None;
    }
    let lines: Vec<_> = nodes.into_iter().map(|node| fields.read(node, line)).collect();
    Some(Signatures { bundle: bundle?, lines: lines.into_iter().collect::<Option<_>>()? })
}

fn line(fields: &mut Fields<'_, '_>) -> Option<SignatureLine> {
    let by = fields.prop_name_opt("by").map(|by| by.value.to_string());
    let key = digest(fields, "key").map(KeyId);
    let text = fields.prop_text("ed25519");
    let signature = text.and_then(|text| {
        let signature = Signature::parse(text.value);
        if signature.is_none() {
            let message = "a signature is 64 bytes in base64";
            fields.error(&codes::BAD_SIGNATURE_LINE, text.span, message);
        }
        signature
    });
    Some(SignatureLine { by, key: key?, signature: signature? })
}

fn digest(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<Digest> {
    let text = fields.prop_text(name)?;
    let digest = Digest::parse(text.value);
    if digest.is_none() {
        let message = "a digest is 64 lower-case hexadecimal digits";
        fields.error(&codes::BAD_SIGNATURE_LINE, text.span, message);
    }
    digest
}
