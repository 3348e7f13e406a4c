//! Bindings: no bytes break the reader; what it gives as a label is canonical; a binding that came beside an object and
//! has no finding names that object; and nothing is verified that no signer signed.

use lockgate_binding::{Form, Object, Scope, Signed, Signers, Terms, read_carried, read_detached};
use lockgate_bytes::Time;

pub(crate) const WORDS: &[&str] = &[
    "<s4778:BindingInformation xmlns:s4778=\"urn:nato:stanag:4778:bindinginformation:1:0\">",
    "<s4778:MetadataBindingContainer>",
    "<s4778:MetadataBinding>",
    "<s4778:Metadata>",
    "<s4778:DataReference URI=\"",
    "<s4778:Data>",
    "<s4778:MetadataReference URI=\"#",
    "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0",
    "originatorConfidentialityLabel",
    "alternativeConfidentialityLabel",
    "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "#xpointer(id('",
    " Id=\"",
    " xml:id=\"",
    "track.cot",
    "<!DOCTYPE x [",
    "&#58;",
];

/// The object that a binding comes beside.
const NAME: &str = "track.cot";

pub(crate) fn run(data: &[u8]) {
    let signers = Signers::default();
    let terms = Terms { signers: &signers, signature_required: false, now: Time::MAX };
    let beside = Object { name: Some(NAME), bytes: b"<event/>" };
    let detached = read_detached(data, &beside, Form::Sidecar, &terms);
    let carried = read_carried(&Object { name: Some(NAME), bytes: data }, &terms);
    if detached.findings.is_empty() {
        let named = data.windows(NAME.len()).any(|window| window == NAME.as_bytes());
        let escaped = data.contains(&b'%') || data.contains(&b'&');
        if !named && !escaped {
            panic!("a binding without any finding does not name its object");
        }
    }
    for reading in carried.iter().chain([&detached]) {
        if matches!(reading.signed, Signed::Verified { .. }) {
            panic!("a signature was verified and nobody may sign");
        }
        if reading.findings.is_empty() && reading.signed != Signed::No {
            panic!("a signature was not verified and no finding says so");
        }
        for label in &reading.labels {
            let whole = label.scope == Scope::Whole;
            if reading.findings.is_empty() && whole && (label.span.is_empty() || label.xml.is_empty()) {
                panic!("a label without a place or without text");
            }
            canonical(&label.xml);
        }
    }
}

/// What is canonical is written again as it is.
fn canonical(xml: &[u8]) {
    let Ok(text) = core::str::from_utf8(xml) else { panic!("canonical XML that is not UTF-8") };
    if text.is_empty() {
        return;
    }
    let Ok(document) = roxmltree::Document::parse(text) else { panic!("canonical XML that is no XML") };
    let mut again = Vec::new();
    let written = lockgate_binding::write_canonical(document.root_element(), None, usize::MAX, &mut again);
    if written.is_err() || again != xml {
        panic!("canonical XML that is written in another way again");
    }
}
