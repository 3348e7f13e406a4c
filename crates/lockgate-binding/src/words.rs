//! The names of ADatP-4778, ADatP-4774 and XML Signature.

/// Bindings: ADatP-4778, schema 1.4.
pub(crate) const BINDING: &str = "urn:nato:stanag:4778:bindinginformation:1:0";
/// How the namespaces of bindings begin, whatever their version: those that are not read have to be seen.
pub(crate) const BINDINGS_OF_ANY_VERSION: &str = "urn:nato:stanag:4778:bindinginformation:";
/// How the namespaces of labels begin, whatever their version.
pub(crate) const LABELS_OF_ANY_VERSION: &str = "urn:nato:stanag:4774:confidentialitymetadatalabel:";
/// The attribute `profile` of a binding.
pub(crate) const EXTENSIONS: &str = "urn:nato:stanag:4778:bindinginformation:extensions:1:0";
/// Labels: ADatP-4774, schema 1.3.
pub(crate) const LABELS: &str = "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0";
/// `xmime:contentType`.
pub(crate) const MEDIA: &str = "http://www.w3.org/2005/05/xmlmime";
/// XML Signature.
pub(crate) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// XAdES, for the time of signing (ETSI EN 319 132-1).
pub(crate) const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// `xml:id`.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The type of a reference to a manifest.
pub(crate) const MANIFEST: &str = "http://www.w3.org/2000/09/xmldsig#Manifest";
