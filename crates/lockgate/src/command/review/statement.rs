//! A reviewer's statement: made of what was seen of an object, and handed in.

use crate::exit::Fault;
use lockgate_attest::{KeyId, ReviewGrounds, ReviewStep, ReviewTerms, SignedReview};
use lockgate_bytes::{Digest, Time};
use lockgate_core::{Policy, Prospect};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What somebody has to say of a held object.
pub(crate) struct Word<'a> {
    pub(crate) step: ReviewStep,
    /// The entry under which it is held.
    pub(crate) entry: u64,
    pub(crate) by: &'a str,
    pub(crate) grounds: ReviewGrounds,
    pub(crate) text: &'a str,
    /// First instant at which it does not hold any more.
    pub(crate) expires: Time,
}

/// What there is to sign: the word, and everything that was seen.
///
/// # Errors
/// [`Fault`] where there is nothing to approve, or the system gives no random numbers.
pub(crate) fn statement(word: &Word<'_>, policy: &Policy, prospect: &Prospect) -> Result<ReviewTerms, Fault> {
    let output = prospect.output().map(|(digest, _)| digest);
    let entry = word.entry;
    if word.step == ReviewStep::Approve && output.is_none() {
        return Err(Fault::new(format!(
            "{entry}: nothing would leave, so nobody can approve it; `lockgate review show {entry}` says why"
        )));
    }
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|_| Fault::new("the system gives no random numbers"))?;
    Ok(ReviewTerms {
        step: word.step,
        lane: policy.lane().to_string(),
        destination: policy.destination().to_string(),
        entry,
        input: prospect.input(),
        output,
        findings: prospect.findings(),
        bundle: policy.bundle(),
        label_before: prospect.label_before().to_owned(),
        label_after: prospect.label_after().to_owned(),
        expires: word.expires,
        nonce,
        reviewer: word.by.to_owned(),
        key: KeyId(Digest([0; 32])),
        grounds: word.grounds,
        text: word.text.to_owned(),
    })
}

/// Puts a statement where the lane finds it, whole at once.
///
/// # Errors
/// [`Fault`] where it cannot be written.
pub(crate) fn hand_in(folder: &Path, signed: &SignedReview) -> Result<(), Fault> {
    let name = signed.digest().to_string();
    let place = folder.join("in").join(format!("{name}.review"));
    let part = place.with_extension("part");
    let fault = |error| Fault::of(place.display(), &error);
    std::fs::write(&part, signed.to_bytes()).map_err(fault)?;
    // The lane runs as somebody else; there is nothing secret in it.
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&part, readable).map_err(fault)?;
    std::fs::File::open(&part).and_then(|file| file.sync_all()).map_err(fault)?;
    std::fs::rename(&part, &place).map_err(fault)
}
