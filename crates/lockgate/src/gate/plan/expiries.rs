//! What the lane rests on that ends one day.

use super::{name_of, read_certificates};
use crate::exit::Fault;
use lockgate_bundle::trust::TrustedBundle;
use lockgate_bundle::{Bundle, Expires};
use lockgate_bytes::Time;
use lockgate_deployment::{self as deployment, Deployment};
use lockgate_watch::{Expiry, ExpiryKind};

/// What the lane rests on that ends one day: its bundle, and those whose signatures count for that.
pub(crate) fn signed_expiries(trusted: &TrustedBundle, lane: &str, now: Time) -> Vec<Expiry> {
    let signers = trusted.signed().iter();
    let signers = signers.map(|signer| Expiry {
        kind: ExpiryKind::Signer,
        name: signer.name.clone(),
        at: signer.until,
    });
    expiries(trusted.bundle(), lane, now).into_iter().chain(signers).collect()
}

/// What of its bundle ends one day. A membership that was over before is history.
pub(crate) fn expiries(bundle: &Bundle, lane: &str, now: Time) -> Vec<Expiry> {
    let kind = |what| match what {
        Expires::Agreement => ExpiryKind::Agreement,
        Expires::Delegation => ExpiryKind::Delegation,
        Expires::Equivalence => ExpiryKind::Equivalence,
        Expires::DefaultLabel => ExpiryKind::DefaultLabel,
        Expires::PolicyEdition => ExpiryKind::Policy,
        Expires::Membership => ExpiryKind::Membership,
        Expires::Reviewer => ExpiryKind::Reviewer,
        Expires::LabelSigner => ExpiryKind::LabelSigner,
    };
    let all = bundle.expiries(lane).iter();
    let all = all.filter(|expiry| expiry.what != Expires::Membership || now < expiry.until);
    all.map(|expiry| Expiry { kind: kind(expiry.what), name: expiry.name.clone(), at: expiry.until })
        .filter(|expiry| expiry.at < Time::MAX)
        .collect()
}

/// The certificates that the lane shows, and those that its clients' rest on: of each file the one that ends first. They stay
/// those of the start.
///
/// # Errors
/// [`Fault`] where one cannot be read.
pub(crate) fn certificate_expiries(deployment: &Deployment) -> Result<Vec<Expiry>, Fault> {
    let mut found = Vec::new();
    for (number, intake) in deployment.intake.iter().enumerate() {
        let deployment::Intake::Tls(tls) = intake else { continue };
        let listener = name_of("tls", number);
        for (file, name) in [(&tls.certificate, listener.clone()), (&tls.authority, format!("{listener} ca"))]
        {
            let until = read_certificates(file.as_str())?.into_iter().map(|one| one.until).min();
            found.extend(until.map(|at| Expiry { kind: ExpiryKind::Certificate, name, at }));
        }
    }
    Ok(found)
}
