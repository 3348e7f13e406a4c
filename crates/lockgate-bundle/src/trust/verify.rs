//! Whether a lane may run on a bundle.

use super::{Signatures, Signer, Trust, codes};
use crate::load::head_of;
use crate::{Bundle, archive};
use lockgate_attest::{KeyId, Statement};
use lockgate_bytes::{Digest, Time};
use lockgate_notation::{DiagnosticCode, closest};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a bundle must be, beside signed.
#[derive(Clone, Copy, Debug)]
pub struct Demands<'d> {
    /// The reference time.
    pub now: Time,
    /// The highest revision that has run here; a lower one is refused. 0 where none has.
    pub at_least: u64,
    /// The bundle that ran with that revision, where it is known; another one with the same number is refused.
    pub ran: Option<Digest>,
    /// The lanes that it must have.
    pub lanes: &'d [&'d str],
    /// What it must be called; `None` where nobody says.
    pub name: Option<&'d str>,
}

impl Demands<'_> {
    /// A bundle that is called something else. Signers of one trust file may sign bundles of several gates.
    fn other(&self, name: &str) -> Option<Finding> {
        let wanted = self.name.filter(|wanted| *wanted != name)?;
        let says = format!("it is called {}, and {wanted} is asked for", name.escape_debug());
        Some(Finding { code: &codes::OTHER_RULES, says })
    }

    /// A bundle that may not follow what has run: one of a lower revision, or another one of the same.
    pub fn older(&self, digest: Digest, revision: u64) -> Option<Finding> {
        let says = if revision < self.at_least {
            format!("revision {revision} is below {}, which has run here", self.at_least)
        } else if revision == self.at_least && self.ran.is_some_and(|ran| ran != digest) {
            format!("another bundle with revision {revision} has run here")
        } else {
            return None;
        };
        Some(Finding { code: &codes::OLDER, says })
    }
}

/// A bundle that a lane may run on: built for operation, signed by enough people, of no older revision, no
/// demonstration. Only [`Trust::verify`] makes one.
#[derive(Debug)]
pub struct TrustedBundle {
    bundle: Bundle,
    signed: Vec<Counted>,
    notes: Vec<Finding>,
}

impl TrustedBundle {
    /// The bundle.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The bundle alone, for who has no further use for the signatures.
    pub fn into_bundle(self) -> Bundle {
        self.bundle
    }

    /// The signatures that count, one a person.
    pub fn signed(&self) -> &[Counted] {
        &self.signed
    }

    /// The signatures that do not count, and why.
    pub fn notes(&self) -> &[Finding] {
        &self.notes
    }
}

/// A signature that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The person.
    pub name: String,
    /// What their key is called.
    pub key: KeyId,
    /// First instant at which it no longer counts.
    pub until: Time,
}

/// One thing that stands against a bundle, or against one of its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its stable code, with cause and remedy.
    pub code: &'static DiagnosticCode,
    /// What is wrong, in one sentence.
    pub says: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}; {}", self.code.id, self.says, self.code.remedy)
    }
}

/// Why no lane may run on a bundle. There is at least one finding.
///
/// What does not stand is not looked into: rules are compiled only once the signatures over them count.
#[derive(Debug)]
pub struct Refused {
    /// The bundle, as far as it could be read.
    pub bundle: Option<(Digest, String, u64)>,
    /// The signatures that count all the same.
    pub signed: Vec<Counted>,
    /// All that was found.
    pub findings: Vec<Finding>,
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, finding) in self.findings.iter().enumerate() {
            let line_break = if at == 0 { "" } else { "\n" };
            write!(out, "{line_break}{finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

impl Trust {
    /// Whether a lane may run on the bundle in `file` with these signatures (`None` where there is no signature file).
    ///
    /// # Errors
    /// [`Refused`] with everything that stands against it.
    pub fn verify(
        &self,
        file: &[u8],
        signatures: Option<&Signatures>,
        demands: &Demands<'_>,
    ) -> Result<TrustedBundle, Refused> {
        let unreadable = |says: String| Refused {
            bundle: None,
            signed: Vec::new(),
            findings: vec![Finding { code: &codes::UNREADABLE, says }],
        };
        let files = archive::read(file).map_err(|fault| unreadable(fault.to_string()))?;
        let digest =
            archive::address(&files).ok_or_else(|| unreadable("it has no content address".to_owned()))?;
        let (name, revision) =
            head_of(&files).ok_or_else(|| unreadable("its bundle.kdl cannot be read".to_owned()))?;
        let mut findings = Vec::new();
        let statement = Statement::bundle(digest, revision, &name);
        let signed = self.count(&statement, digest, signatures, demands.now, &mut findings);
        let notes = findings.clone();
        if signed.len() < self.needs && !is_about_all(&findings) {
            findings.push(too_few(signed.len(), self.needs));
        }
        let unfit = [demands.older(digest, revision), demands.other(&name)];
        let is_unfit = unfit.iter().any(Option::is_some);
        findings.extend(unfit.into_iter().flatten());
        let about = Some((digest, name, revision));
        if signed.len() < self.needs || is_unfit {
            return Err(Refused { bundle: about, signed, findings });
        }
        let bundle = match Bundle::build(&files) {
            Ok(bundle) => bundle,
            Err(diagnostics) => {
                let says = format!("its rules do not compile:\n{}", diagnostics.render().trim_end());
                findings.push(Finding { code: &codes::UNREADABLE, says });
                return Err(Refused { bundle: about, signed, findings });
            }
        };
        let untrusted = self.untrusted_delegations(&bundle, demands.now);
        let standing = demonstrations(&bundle).chain(missing_lanes(&bundle, demands.lanes)).chain(untrusted);
        findings.extend(standing);
        if findings.len() > notes.len() {
            return Err(Refused { bundle: about, signed, findings });
        }
        Ok(TrustedBundle { bundle, signed, notes })
    }

    /// Delegations that no authority of this file gives, whoever signed the bundle around them.
    fn untrusted_delegations<'b>(
        &'b self,
        bundle: &'b Bundle,
        now: Time,
    ) -> impl Iterator<Item = Finding> + 'b {
        bundle.delegations().iter().filter_map(move |file| {
            let name = &file.delegation.name;
            let by = file.signed.as_ref();
            let known = by.and_then(|by| self.authorities.iter().find(|known| known.key == by.key));
            let says = match (by, known) {
                (Some(by), Some(known)) if known.name != by.name => {
                    format!(
                        "delegation {name} says it is by {}, but the key is that of {}",
                        by.name, known.name
                    )
                }
                // A running lane does not read the trust file again: what it may lower ends with the delegation.
                (_, Some(known)) if known.is_valid(now) && file.delegation.valid_until <= known.until => {
                    return None;
                }
                (_, Some(known)) if known.is_valid(now) => format!(
                    "delegation {name} lasts until {} and outlives its authority: {} may give it until {}",
                    file.delegation.valid_until, known.name, known.until
                ),
                (_, Some(known)) => format!("delegation {name}: {} may not give it at {now}", known.name),
                (_, None) => {
                    format!("delegation {name}: the trust file has no authority with the key that signed it")
                }
            };
            Some(Finding { code: &codes::UNTRUSTED_AUTHORITY, says })
        })
    }

    /// The signatures that count, one a person; what is wrong with the others goes to `findings`.
    fn count(
        &self,
        statement: &Statement,
        digest: Digest,
        signatures: Option<&Signatures>,
        now: Time,
        findings: &mut Vec<Finding>,
    ) -> Vec<Counted> {
        let Some(signatures) = signatures.filter(|signatures| !signatures.lines.is_empty()) else {
            let says = "nobody has signed this bundle".to_owned();
            findings.push(Finding { code: &codes::UNSIGNED, says });
            return Vec::new();
        };
        if signatures.bundle != digest {
            let says =
                format!("the signatures are for sha256:{}, this is sha256:{digest}", signatures.bundle);
            findings.push(Finding { code: &codes::OTHER_BUNDLE, says });
            return Vec::new();
        }
        let mut keys = BTreeSet::new();
        let mut people: BTreeMap<&str, Counted> = BTreeMap::new();
        for line in &signatures.lines {
            if !keys.insert(line.key) {
                let says = format!("key {} has signed twice; it counts once", line.key);
                findings.push(Finding { code: &codes::SAME_KEY, says });
                continue;
            }
            let Some(signer) = self.signer(line.key) else {
                let says = format!("the trust file has no key {}{}", line.key, claimed(line.by.as_deref()));
                findings.push(Finding { code: &codes::UNKNOWN_SIGNER, says });
                continue;
            };
            if let Some(finding) = against(signer, line.by.as_deref(), now) {
                findings.push(finding);
            } else if !signer.key.verifies(statement, &line.signature) {
                let says = format!("the signature of {} does not belong to this bundle", signer.name);
                findings.push(Finding { code: &codes::NOT_GENUINE, says });
            } else if people.contains_key(signer.name.as_str()) {
                let says = format!("{} has signed with two keys; that counts once", signer.name);
                findings.push(Finding { code: &codes::SAME_SIGNER, says });
            } else {
                let counted = Counted { name: signer.name.clone(), key: line.key, until: signer.until };
                people.insert(&signer.name, counted);
            }
        }
        people.into_values().collect()
    }
}

/// Why a signature of this signer does not count now, whatever it signs.
fn against(signer: &Signer, by: Option<&str>, now: Time) -> Option<Finding> {
    if let Some(by) = by.filter(|by| *by != signer.name) {
        let says = format!("a signature says it is by {by}, but its key is that of {}", signer.name);
        return Some(Finding { code: &codes::OTHER_NAME, says });
    }
    if signer.is_valid(now) {
        return None;
    }
    let says = if now < signer.from {
        format!("{} may sign from {} on; it is {now}", signer.name, signer.from)
    } else {
        format!("{} could sign until {}; it is {now}", signer.name, signer.until)
    };
    Some(Finding { code: &codes::NOT_VALID_NOW, says })
}

fn claimed(by: Option<&str>) -> String {
    by.map(|by| format!(", which says it is {by}")).unwrap_or_default()
}

/// True where no signature was looked at, so that their number says nothing more.
fn is_about_all(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| [codes::UNSIGNED.id, codes::OTHER_BUNDLE.id].contains(&finding.code.id))
}

fn too_few(signed: usize, needs: usize) -> Finding {
    let people = |count: usize| if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
    let says = format!("{} signed in a way that counts, and {needs} must", people(signed));
    Finding { code: &codes::TOO_FEW, says }
}

fn demonstrations(bundle: &Bundle) -> impl Iterator<Item = Finding> {
    bundle.demonstrations().map(|name| {
        let says = format!("agreement {name} is a demonstration");
        Finding { code: &codes::DEMONSTRATION, says }
    })
}

fn missing_lanes<'b>(bundle: &'b Bundle, lanes: &'b [&'b str]) -> impl Iterator<Item = Finding> {
    lanes.iter().filter(|name| bundle.lane(name).is_none()).map(|name| {
        let known: Vec<&str> = bundle.lanes().map(|lane| &**lane.lane()).collect();
        let hint = match closest(name, known.iter().copied()) {
            Some(close) => format!("did you mean {close}?"),
            None => format!("it has {}", known.join(", ")),
        };
        let says = format!("the bundle has no lane {}: {hint}", name.escape_debug());
        Finding { code: &codes::NO_SUCH_LANE, says }
    })
}
