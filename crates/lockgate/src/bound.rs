//! Bindings found by the command line: beside an object, in it, or named. What they say becomes claims.

use crate::embedded;
use crate::exit::Fault;
use crate::files;
use lockgate_binding::{BOUNDS, BoundLabel, Form, LabelKind, Object, Reading, Scope, Terms, read_detached};
use lockgate_bundle::LaneBindings;
use lockgate_bytes::{Budget, Span, Time, Untrusted};
use lockgate_core::{Beside, Company, Inspection, Inspector, LabelReader};
use lockgate_marking::{Label, PolicySet};
use lockgate_reason::{Finding, marking};
use lockgate_schema::Reference;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the name of a sidecar has after the whole name of its object (the sidecar profile of ADatP-4778.2).
const SUFFIX: &str = ".bdo";
/// Most steps that reading a label may take.
const STEPS_MAX: u64 = 4 << 20;

/// Reads labels by the type that is compiled into this program.
pub(crate) struct LabelFile {
    inspector: Reference,
    labels: LabelReader,
}

impl LabelFile {
    /// # Errors
    /// [`Fault`] where this program was built wrongly.
    pub(crate) fn new() -> Result<Self, Fault> {
        let described = embedded::label_type()?;
        let labels = LabelReader::of(described.shape()).ok_or_else(|| {
            Fault::new("the built-in label type names no label; this program was built wrongly")
        })?;
        Ok(Self { inspector: Reference::new(described), labels })
    }

    /// The label as values; where it does not follow its schema, the reasons are in what is given back.
    pub(crate) fn inspect(&self, bytes: &[u8]) -> Inspection {
        let mut inspection = Inspection::default();
        inspection.begin(self.inspector.shape());
        self.inspector.inspect(Untrusted::new(bytes), &mut inspection, &mut Budget::new(STEPS_MAX));
        inspection
    }

    /// The label of a record that follows its schema.
    ///
    /// # Errors
    /// The first word that is none of the policy's.
    pub(crate) fn label(
        &self,
        policies: &PolicySet,
        inspection: &Inspection,
        bytes: &[u8],
    ) -> Result<Label, Finding> {
        self.labels.read(policies, &inspection.record, bytes)
    }

    fn read(&self, policies: &PolicySet, bytes: &[u8]) -> Result<Label, Finding> {
        let inspection = self.inspect(bytes);
        match inspection.reasons.first() {
            Some(reason) => Err(Finding::new(reason.code).saying(reason.says.to_string())),
            None => self.label(policies, &inspection, bytes),
        }
    }
}

/// The text of a label as the described type reads it. The schema of ADatP-4774 has one type for all its labels; the
/// described type is that of the originator's.
pub(crate) fn as_described(label: &BoundLabel) -> Vec<u8> {
    const ORIGINATOR: &str = "originatorConfidentialityLabel";
    let Ok(text) = std::str::from_utf8(&label.xml) else { return label.xml.clone() };
    let end = text.find([' ', '>']).unwrap_or(text.len());
    let name = text.get(1..end).unwrap_or("");
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) => (format!("{prefix}:"), local),
        None => (String::new(), name),
    };
    if local == ORIGINATOR {
        return label.xml.clone();
    }
    let rest = text.get(end..).unwrap_or("");
    let inner = rest.strip_suffix(&format!("</{name}>")).unwrap_or(rest);
    format!("<{prefix}{ORIGINATOR}{inner}</{prefix}{ORIGINATOR}>").into_bytes()
}

/// Where the sidecar of `object` is, if it has one.
pub(crate) fn sidecar_of(object: &Path) -> Option<PathBuf> {
    let mut name = OsString::from(object.file_name()?);
    name.push(SUFFIX);
    Some(object.with_file_name(name))
}

/// True where `path` is the sidecar of one of `files`, which are sorted.
pub(crate) fn is_sidecar(path: &Path, files: &[PathBuf]) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let object = name.and_then(|name| name.strip_suffix(SUFFIX)).filter(|object| !object.is_empty());
    object.is_some_and(|object| files.binary_search(&path.with_file_name(object)).is_ok())
}

/// The claims of the sidecar of `path`, whose bytes are `object`; none where it has none. One that cannot be read is a
/// claim that cannot be read.
///
/// # Errors
/// As [`LabelFile::new`].
pub(crate) fn company_of(
    path: &Path,
    object: &[u8],
    bindings: &LaneBindings,
    policies: &PolicySet,
    now: Time,
) -> Result<Company, Fault> {
    let mut company = Company::new();
    let Some(sidecar) = sidecar_of(path) else { return Ok(company) };
    let bytes = match files::bounded(&sidecar, bytes_max()) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(company),
        Err(_) => {
            let says = "the sidecar cannot be read, or is larger than is read";
            fail(&mut company, Finding::new(marking::BINDING_UNREADABLE).saying(says));
            return Ok(company);
        }
    };
    let name = path.file_name().and_then(|name| name.to_str());
    let terms = Terms { signers: &bindings.signers, signature_required: bindings.signature_required, now };
    let reading = read_detached(&bytes, &Object { name, bytes: object }, Form::Sidecar, &terms);
    join(&LabelFile::new()?, reading, policies, &mut company);
    Ok(company)
}

/// Most bytes of a binding.
pub(crate) fn bytes_max() -> u64 {
    u64::try_from(BOUNDS.bytes).unwrap_or(u64::MAX)
}

fn join(labels: &LabelFile, reading: Reading, policies: &PolicySet, company: &mut Company) {
    for (index, bound) in reading.labels.iter().enumerate() {
        let path: Arc<str> = format!("sidecar.label[{index}]").into();
        let label = match labels.read(policies, &as_described(bound)) {
            Ok(label) => Some(label),
            // An equivalent for a domain that this lane knows nothing of is nothing that it could use.
            Err(finding) if is_of_another_domain(bound, &finding) => continue,
            Err(finding) => {
                company.finding(finding.at(bound.span), &path);
                None
            }
        };
        company.claim(Beside::Sidecar, &path, bound.span, label, bound.scope == Scope::Part);
    }
    let path: Arc<str> = "sidecar".into();
    if reading.labels.is_empty() {
        company.claim(Beside::Sidecar, &path, Span::default(), None, false);
    }
    for finding in reading.findings {
        company.finding(finding, &path);
    }
}

/// True for an alternative label of a policy that is not known here.
pub(crate) fn is_of_another_domain(bound: &BoundLabel, finding: &Finding) -> bool {
    bound.kind == LabelKind::Alternative && finding.code == marking::UNKNOWN_POLICY
}

/// A sidecar that is there and says nothing that can be read.
fn fail(company: &mut Company, finding: Finding) {
    let path: Arc<str> = "sidecar".into();
    company.claim(Beside::Sidecar, &path, Span::default(), None, false);
    company.finding(finding, &path);
}

#[cfg(test)]
mod tests {
    use super::{as_described, is_sidecar, sidecar_of};
    use lockgate_binding::{BoundLabel, LabelKind, Scope};
    use lockgate_bytes::Span;
    use std::path::{Path, PathBuf};

    #[test]
    fn a_sidecar_has_the_whole_name_of_its_object() {
        assert_eq!(sidecar_of(Path::new("a/b.cot")), Some(PathBuf::from("a/b.cot.bdo")));
        let files: Vec<PathBuf> =
            ["a/b.cot", "a/b.cot.bdo", "a/c.bdo", "b.cot.bdo"].map(PathBuf::from).into();
        let found: Vec<bool> = files.iter().map(|path| is_sidecar(path, &files)).collect();
        assert_eq!(found, [false, true, false, false]);
        assert!(!is_sidecar(Path::new(".bdo"), &[PathBuf::new()]));
    }

    #[test]
    fn every_label_of_the_schema_is_read_as_the_originators() {
        let described = |xml: &str| {
            let xml = xml.as_bytes().to_vec();
            let label =
                BoundLabel { kind: LabelKind::Originator, xml, span: Span::default(), scope: Scope::Whole };
            String::from_utf8(as_described(&label)).unwrap()
        };
        let wanted =
            "<s:originatorConfidentialityLabel xmlns:s=\"u\"><s:a></s:a></s:originatorConfidentialityLabel>";
        for name in
            ["originatorConfidentialityLabel", "alternativeConfidentialityLabel", "ConfidentialityLabel"]
        {
            assert_eq!(described(&format!("<s:{name} xmlns:s=\"u\"><s:a></s:a></s:{name}>")), wanted);
        }
        assert_eq!(
            described("<ConfidentialityLabel>x</ConfidentialityLabel>"),
            "<originatorConfidentialityLabel>x</originatorConfidentialityLabel>"
        );
    }
}
