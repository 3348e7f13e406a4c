//! Signatures of a binding: XML Signature 1.1 by the profile of ADatP-4778.2, verified against authored keys.
//!
//! ```text
//!   Signature --algorithms allowed--> references --resolved in hand, digests--> covered --labels and data in it-->
//!             --SignedInfo, canonical--> value --a signer's key--> time of signing, originator --> Verified
//! ```
//!
//! Each step that fails has its own reason. A signature that cannot be verified is a finding; whatever the outcome, the
//! object is neither treated as unsigned nor as verified.

mod algorithm;
mod cover;

use self::cover::Cover;
use crate::canonical;
use crate::model::{Information, elements, is, span, unreadable};
use crate::reading::{Bound, Terms, originator_of};
use crate::reference::{Hand, Target};
use crate::words::{SIGNATURE, XADES};
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_attest::base64;
use lockgate_bytes::Time;
use lockgate_marking::LabelKind;
use lockgate_marking::xml::text_of;
use lockgate_reason::{Finding, marking};
use roxmltree::Node;

/// Longest signature value or digest, as text.
const VALUE_MAX: usize = 4096;

/// What the signatures of a binding are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// There is none.
    No,
    /// There is one that was not verified; a finding says why.
    NotVerified,
    /// Every one was verified, and each covers all labels and all that they are bound to.
    Verified {
        /// The place of the first one's signer in the list of signers.
        signer: usize,
        /// When it was signed, by its own word.
        at: Time,
    },
}

/// What a signature is looked at with.
pub(crate) struct Scene<'s, 'a, 'i> {
    pub(crate) hand: &'s Hand<'a, 'i>,
    pub(crate) information: &'s Information<'a, 'i>,
    pub(crate) object: &'s [u8],
    pub(crate) bound: &'s [Bound<'a, 'i>],
    pub(crate) data: &'s [Target],
}

/// Verifies every signature. What is wrong is added to `findings`.
pub(crate) fn check(scene: &Scene<'_, '_, '_>, terms: &Terms<'_>, findings: &mut Vec<Finding>) -> Signed {
    let known = &scene.information.signatures;
    let stray = |node: &Node<'_, '_>| {
        is(*node, SIGNATURE, "Signature") && known.iter().all(|signature| signature.id() != node.id())
    };
    let stray = scene.hand.document.descendants().find(stray);
    if let Some(node) = stray {
        let says = "a signature outside of the binding is not verified";
        findings.push(Finding::new(marking::SIGNATURE_NOT_VERIFIED).at(span(node)).saying(says));
    }
    if known.is_empty() {
        if terms.signature_required {
            findings.push(Finding::new(marking::SIGNATURE_MISSING).at(span(scene.information.node)));
        }
        return if stray.is_some() { Signed::NotVerified } else { Signed::No };
    }
    let mut most = scene.object.len().saturating_add(scene.hand.document.input_text().len());
    most = most.saturating_mul(4).saturating_add(1 << 16);
    let mut first = None;
    let mut all = stray.is_none();
    for node in known {
        match one(scene, *node, terms, &mut most) {
            Ok(verified) => first = first.or(Some(verified)),
            Err(finding) => {
                all = false;
                findings.push(finding);
            }
        }
    }
    match first {
        Some((signer, at)) if all => Signed::Verified { signer, at },
        _ => Signed::NotVerified,
    }
}

/// The parts of a `Signature` (XML Signature 1.1, section 4.1).
struct Parts<'a, 'i> {
    node: Node<'a, 'i>,
    info: Node<'a, 'i>,
    method: Node<'a, 'i>,
    references: Vec<Node<'a, 'i>>,
    value: Vec<u8>,
    key_name: Option<String>,
}

/// Verifies one signature: who signed, and when.
fn one(
    scene: &Scene<'_, '_, '_>,
    node: Node<'_, '_>,
    terms: &Terms<'_>,
    most: &mut usize,
) -> Result<(usize, Time), Finding> {
    let parts = Parts::read(node)?;
    let method = algorithm::method(parts.method)?;
    let mut cover = Cover::new(scene.hand, scene.object, parts.node, most);
    for reference in &parts.references {
        cover.add(*reference)?;
    }
    covers(scene, &cover, node)?;
    let mut message = Vec::new();
    let most = cover.left();
    let too_big = |_| Finding::new(marking::BINDING_TOO_BIG).at(span(node)).saying("too much is signed");
    canonical::write(parts.info, None, most, &mut message).map_err(too_big)?;
    let not = |code| Finding::new(code).at(span(node));
    let Some(method) = method else { return Err(not(marking::SIGNATURE_NOT_VERIFIED)) };
    let Some(signer) = terms.signers.verify(method, &message, &parts.value) else {
        let named = parts.key_name.is_some_and(|name| terms.signers.knows(&name));
        let code = if named { marking::SIGNATURE_INVALID } else { marking::SIGNATURE_NOT_VERIFIED };
        return Err(not(code));
    };
    // Only what a known key signed is worth searching: whoever has none decides how long that takes.
    let Some(at) = cover.signing_time(parts.node) else { return Err(not(marking::SIGNATURE_UNDATED)) };
    may_sign(scene, terms, signer, at)
        .map(|()| (signer, at))
        .map_err(|says| Finding::new(marking::SIGNER_NOT_ALLOWED).at(span(node)).saying(says))
}

/// Every label, and everything that data refer to, has to be in a reference; so has every comment, and none can be.
fn covers(scene: &Scene<'_, '_, '_>, cover: &Cover<'_, '_, '_>, node: Node<'_, '_>) -> Result<(), Finding> {
    let in_part = |says: &'static str| Err(Finding::new(marking::SIGNED_IN_PART).at(span(node)).saying(says));
    if !scene.bound.iter().all(|bound| cover.has(Target::Part(bound.node.id()))) {
        return in_part("a label is in no reference of the signature");
    }
    if !scene.data.iter().all(|target| cover.has(*target)) {
        return in_part("what a label is bound to is in no reference of the signature");
    }
    if cover.unsigned(node).is_some() {
        return in_part("the signature carries something that is in none of its references");
    }
    if cover.has_comments() {
        return in_part("comments stand in what is signed, and no digest covers them");
    }
    Ok(())
}

fn may_sign(
    scene: &Scene<'_, '_, '_>,
    terms: &Terms<'_>,
    signer: usize,
    at: Time,
) -> Result<(), &'static str> {
    let Some(signer) = terms.signers.named(signer) else { return Err("the signer is not known") };
    if at < signer.from || at >= signer.until || at > terms.now {
        return Err("the signature was made outside of the period of its signer, or in the future");
    }
    let for_it = |bound: &Bound<'_, '_>| {
        originator_of(bound.node).is_some_and(|name| signer.originators.contains(&name))
    };
    let mut originated = scene.bound.iter().filter(|bound| bound.kind == LabelKind::Originator);
    if !signer.originators.is_empty() && !originated.all(for_it) {
        return Err("the signer may not sign for the originator of a label, or the label names none");
    }
    Ok(())
}

impl<'a, 'i> Parts<'a, 'i> {
    fn read(node: Node<'a, 'i>) -> Result<Self, Finding> {
        let wrong = || unreadable(node, "a Signature that does not follow its schema");
        let named = |node: &Node<'a, 'i>, name: &str| is(*node, SIGNATURE, name);
        let mut children = elements(node)?.into_iter().peekable();
        let info = children.next_if(|child| named(child, "SignedInfo")).ok_or_else(wrong)?;
        let value = children.next_if(|child| named(child, "SignatureValue")).ok_or_else(wrong)?;
        let key = children.next_if(|child| named(child, "KeyInfo"));
        if !children.all(|child| named(&child, "Object")) {
            return Err(wrong());
        }
        let mut inside = elements(info)?.into_iter();
        let canonical =
            inside.next().filter(|child| named(child, "CanonicalizationMethod")).ok_or_else(wrong)?;
        algorithm::canonicalization(canonical)?;
        let method = inside.next().filter(|child| named(child, "SignatureMethod")).ok_or_else(wrong)?;
        let references: Vec<Node<'a, 'i>> = inside.collect();
        if references.is_empty() || !references.iter().all(|child| named(child, "Reference")) {
            return Err(wrong());
        }
        let value = decoded(value).ok_or_else(wrong)?;
        let key_name = key.and_then(|key| key.descendants().find(|node| is(*node, SIGNATURE, "KeyName")));
        let key_name = key_name.map(|node| String::from(text_of(node).trim()));
        Ok(Self { node, info, method, references, value, key_name })
    }
}

/// Base64 with white space anywhere (XML Schema, `base64Binary`).
fn decoded(node: Node<'_, '_>) -> Option<Vec<u8>> {
    let text = text_of(node);
    if text.len() > VALUE_MAX || node.children().any(|child| child.is_element()) {
        return None;
    }
    let letters: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64::decode(&letters)
}

/// The instant that an element says, where it is one that says when a signature was made.
fn signing_time(node: Node<'_, '_>) -> Option<Time> {
    let says = is(node, XADES, "SigningTime") || is(node, SIGNATURE, "SignatureProperty");
    if !says {
        return None;
    }
    let text: String = node.descendants().filter(Node::is_text).filter_map(|child| child.text()).collect();
    Time::parse(text.trim().as_bytes()).ok()
}

#[cfg(test)]
mod tests;
