//! Bindings found by the command line: beside an object, in it, or named. What they say becomes claims.

use crate::files;
use lockgate_binding::{BOUNDS, Form, Object, Reading, Scope, Terms, read_detached};
use lockgate_bundle::{LaneBindings, label_here};
use lockgate_bytes::{Digest, Sidecar, Span, Time};
use lockgate_core::{Beside, Company};
use lockgate_marking::PolicySet;
use lockgate_reason::{Finding, marking};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the name of a sidecar has after the whole name of its object (the sidecar profile of ADatP-4778.2).
const SUFFIX: &str = ".bdo";

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
pub(crate) fn company_of(
    path: &Path,
    object: &[u8],
    bindings: &LaneBindings,
    policies: &PolicySet,
    now: Time,
) -> Company {
    let mut company = Company::new();
    let Some(sidecar) = sidecar_of(path) else { return company };
    let bytes = match files::bounded(&sidecar, bytes_max()) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return company,
        Err(_) => {
            let says = "the sidecar cannot be read, or is larger than is read";
            fail(&mut company, Finding::new(marking::BINDING_UNREADABLE).saying(says));
            return company;
        }
    };
    let name = path.file_name().and_then(|name| name.to_str());
    read(&bytes, &Object { name, bytes: object }, bindings, policies, now)
}

/// The same of a sidecar that is here already, in a running lane. `object` is the whole file that it lay beside.
pub(crate) fn company_with(
    sidecar: &Sidecar,
    object: &[u8],
    bindings: &LaneBindings,
    policies: &PolicySet,
    now: Time,
) -> Company {
    read(&sidecar.bytes, &Object { name: Some(&sidecar.name), bytes: object }, bindings, policies, now)
}

fn read(
    sidecar: &[u8],
    object: &Object<'_>,
    bindings: &LaneBindings,
    policies: &PolicySet,
    now: Time,
) -> Company {
    let mut company = Company::new();
    company.came_with(Digest::of(sidecar), sidecar.len());
    let terms = Terms { signers: &bindings.signers, signature_required: bindings.signature_required, now };
    let reading = read_detached(sidecar, object, Form::Sidecar, &terms);
    join(reading, policies, &mut company);
    company
}

/// Most bytes of a binding.
pub(crate) fn bytes_max() -> u64 {
    u64::try_from(BOUNDS.bytes).unwrap_or(u64::MAX)
}

fn join(reading: Reading, policies: &PolicySet, company: &mut Company) {
    for (index, bound) in reading.labels.iter().enumerate() {
        let path: Arc<str> = format!("sidecar.label[{index}]").into();
        // An equivalent for a domain that this lane knows nothing of is nothing that it could use.
        let Some(label) = label_here(bound, policies) else { continue };
        let label = label
            .map_err(|findings| findings.into_iter().for_each(|finding| company.finding(finding, &path)))
            .ok();
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

/// A sidecar that is there and says nothing that can be read.
fn fail(company: &mut Company, finding: Finding) {
    let path: Arc<str> = "sidecar".into();
    company.claim(Beside::Sidecar, &path, Span::default(), None, false);
    company.finding(finding, &path);
}

#[cfg(test)]
mod tests {
    use super::{is_sidecar, sidecar_of};
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
}
