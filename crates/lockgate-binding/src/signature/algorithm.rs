//! The algorithms that a signature may use, and the words for those that it may not.
//!
//! ADatP-4778.2, chapter 2: SHA-384 mandatory, SHA-256 and SHA-512 optional, MD5, SHA-1 and SHA-224 prohibited; RSA and
//! ECDSA with SHA-256 mandatory. Codes by a shared secret are allowed there and not here: who could check such a code
//! could make it.

use crate::model::{is, span};
use crate::signer::Method;
use crate::words::SIGNATURE;
use alloc::vec::Vec;
use lockgate_reason::{Finding, marking};
use roxmltree::Node;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// A transform of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transform {
    /// Leaves out the signature that the reference stands in.
    Enveloped,
    /// Exclusive canonical XML without comments.
    Canonical,
}

/// Words for what is asked for now and then, and never done.
const REFUSED: &[(&str, &str)] = &[
    ("http://www.w3.org/2000/09/xmldsig#sha1", "a digest by SHA-1"),
    ("http://www.w3.org/2001/04/xmldsig-more#md5", "a digest by MD5"),
    ("http://www.w3.org/2001/04/xmldsig-more#sha224", "a digest by SHA-224"),
    ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "a signature with SHA-1"),
    ("http://www.w3.org/2000/09/xmldsig#dsa-sha1", "a signature with SHA-1"),
    ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1", "a signature with SHA-1"),
    ("http://www.w3.org/2001/04/xmldsig-more#rsa-md5", "a signature with MD5"),
    ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", "a code by a shared secret"),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "a code by a shared secret"),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha384", "a code by a shared secret"),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha512", "a code by a shared secret"),
    ("http://www.w3.org/TR/1999/REC-xslt-19991116", "an XSLT transform"),
    ("http://www.w3.org/TR/1999/REC-xpath-19991116", "an XPath transform"),
    ("http://www.w3.org/2002/06/xmldsig-filter2", "an XPath transform"),
    ("http://www.w3.org/2000/09/xmldsig#base64", "a base64 transform"),
    ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "inclusive canonical XML"),
    ("http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", "inclusive canonical XML"),
    ("http://www.w3.org/2006/12/xml-c14n11", "inclusive canonical XML"),
    ("http://www.w3.org/2006/12/xml-c14n11#WithComments", "inclusive canonical XML"),
    ("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", "canonical XML with comments"),
];

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

fn refused(node: Node<'_, '_>) -> Finding {
    let asked = node.attribute("Algorithm").unwrap_or("");
    let finding = Finding::new(marking::ALGORITHM_REFUSED).at(span(node));
    match REFUSED.iter().find(|(uri, _)| *uri == asked) {
        Some((_, says)) => finding.saying(alloc::format!("the signature asks for {says}")),
        None => finding,
    }
}

impl Hash {
    /// The digest that a `DigestMethod` names.
    pub(super) fn of(node: Node<'_, '_>) -> Result<Self, Finding> {
        match node.attribute("Algorithm") {
            Some("http://www.w3.org/2001/04/xmlenc#sha256") => Ok(Self::Sha256),
            Some("http://www.w3.org/2001/04/xmldsig-more#sha384") => Ok(Self::Sha384),
            Some("http://www.w3.org/2001/04/xmlenc#sha512") => Ok(Self::Sha512),
            _ => Err(refused(node)),
        }
    }

    /// The digest of `bytes`.
    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// The method that a `SignatureMethod` names; `None` where it is allowed and not verified here.
pub(super) fn method(node: Node<'_, '_>) -> Result<Option<Method>, Finding> {
    const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
    const NEWER: &str = "http://www.w3.org/2007/05/xmldsig-more#";
    let asked = node.attribute("Algorithm").unwrap_or("");
    match (asked.strip_prefix(MORE), asked.strip_prefix(NEWER)) {
        (Some("rsa-sha256"), _) => Ok(Some(Method::RsaSha256)),
        (Some("rsa-sha384"), _) => Ok(Some(Method::RsaSha384)),
        (Some("rsa-sha512"), _) => Ok(Some(Method::RsaSha512)),
        (Some("ecdsa-sha256"), _) => Ok(Some(Method::EcdsaSha256)),
        (Some("ecdsa-sha384"), _) => Ok(Some(Method::EcdsaSha384)),
        (Some("ecdsa-sha512"), _) => Ok(None),
        (_, Some("sha256-rsa-MGF1")) => Ok(Some(Method::PssSha256)),
        (_, Some("sha384-rsa-MGF1")) => Ok(Some(Method::PssSha384)),
        (_, Some("sha512-rsa-MGF1")) => Ok(Some(Method::PssSha512)),
        _ => Err(refused(node)),
    }
}

/// Whether a `CanonicalizationMethod` or `Transform` is exclusive canonical XML as it is written here.
pub(super) fn canonicalization(node: Node<'_, '_>) -> Result<(), Finding> {
    if node.attribute("Algorithm") != Some(EXCLUSIVE) {
        return Err(refused(node));
    }
    if node.children().any(|child| child.is_element()) {
        let says = "a list of prefixes for canonical XML is not read";
        return Err(Finding::new(marking::SIGNATURE_NOT_VERIFIED).at(span(node)).saying(says));
    }
    Ok(())
}

/// The transforms of a reference: none, or an enveloped signature left out, and canonical XML at the end.
pub(super) fn transforms(node: Option<Node<'_, '_>>) -> Result<Vec<Transform>, Finding> {
    let mut found = Vec::new();
    for child in node.into_iter().flat_map(|node| node.children()).filter(Node::is_element) {
        if !is(child, SIGNATURE, "Transform") {
            return Err(refused(child));
        }
        let one = match child.attribute("Algorithm") {
            Some("http://www.w3.org/2000/09/xmldsig#enveloped-signature") => Transform::Enveloped,
            _ => canonicalization(child).map(|()| Transform::Canonical)?,
        };
        let fits = match one {
            Transform::Enveloped => found.is_empty(),
            Transform::Canonical => !found.contains(&Transform::Canonical),
        };
        if !fits {
            return Err(refused(child));
        }
        found.push(one);
    }
    Ok(found)
}
