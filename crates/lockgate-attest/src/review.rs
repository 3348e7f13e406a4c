//! What a reviewer signs about a held object, and the only mint of [`Attestation`].
//!
//! ```text
//!   ReviewTerms --sign--> SignedReview --bytes, a folder, bytes--> SignedReview --verify(reviewers)--> Attestation
//! ```
//!
//! An attestation says no more than this: a reviewer of the list who is in force for this lane signed exactly these terms,
//! and they have not run out. Whether the terms fit the object, and whether they suffice, is for the decision to say.

use crate::{KeyId, PublicKey, SecretKey, Signature, Statement};
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::{Digest, Duration, Time, is_hidden};

/// Bytes of a signed statement, at most.
pub const REVIEW_BYTES_MAX: usize = 8192;
/// Bytes of the words that a reviewer adds, at most.
pub const REVIEW_TEXT_BYTES_MAX: usize = 500;
/// Bytes of any other text in a statement, at most.
const NAME_BYTES_MAX: usize = 1024;
/// No statement that would hold for more seconds than these, from when it is looked at, counts. It does not say when it was
/// signed, so one that ends later counts in the last of them; the command that signs makes none that lasts longer.
pub const REVIEW_LIFE_SECONDS_MAX: i64 = 24 * 60 * 60;
/// Bytes of a signature behind its statement.
const SIGNATURE_BYTES: usize = 64;

/// What a reviewer does with a held object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewStep {
    /// Takes it to look at; others leave it alone for a while.
    Claim,
    /// Says that what would leave may leave.
    Approve,
    /// Says that it never crosses.
    Reject,
    /// Gives it back to those who sent it: they have to change it first.
    Return,
}

impl ReviewStep {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Claim, Self::Approve, Self::Reject, Self::Return];

    /// The word in statements, records and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Return => "return",
        }
    }

    /// The step with this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == word)
    }
}

/// Why a reviewer decides so: a closed list, beside which words of their own may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewGrounds {
    /// They begin to look.
    Looking,
    /// What was found is not what it looks like.
    FalseAlarm,
    /// What was found is what it looks like, and may cross.
    Harmless,
    /// The originator, or an authority over it, allows it to cross.
    Authorised,
    /// It says what the destination may not know.
    NotReleasable,
    /// It is, or may be, made to do harm.
    Hostile,
    /// Its label is not the right one.
    Mislabelled,
    /// It can cross once its senders have changed it.
    ToBeChanged,
}

impl ReviewGrounds {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Looking,
        Self::FalseAlarm,
        Self::Harmless,
        Self::Authorised,
        Self::NotReleasable,
        Self::Hostile,
        Self::Mislabelled,
        Self::ToBeChanged,
    ];

    /// The word in statements, records and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Looking => "looking",
            Self::FalseAlarm => "false-alarm",
            Self::Harmless => "harmless",
            Self::Authorised => "authorised",
            Self::NotReleasable => "not-releasable",
            Self::Hostile => "hostile",
            Self::Mislabelled => "mislabelled",
            Self::ToBeChanged => "to-be-changed",
        }
    }

    /// The grounds with this word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grounds| grounds.name() == word)
    }

    /// True where a step can be taken on these grounds.
    pub fn are_for(self, step: ReviewStep) -> bool {
        match self {
            Self::Looking => step == ReviewStep::Claim,
            Self::FalseAlarm | Self::Harmless | Self::Authorised => step == ReviewStep::Approve,
            Self::NotReleasable | Self::Hostile => step == ReviewStep::Reject,
            Self::Mislabelled => matches!(step, ReviewStep::Reject | ReviewStep::Return),
            Self::ToBeChanged => step == ReviewStep::Return,
        }
    }
}

/// Everything that a reviewer signs. Texts are of visible characters and spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewTerms {
    /// What is done.
    pub step: ReviewStep,
    /// The lane that holds the object.
    pub lane: String,
    /// The domain that it would go to.
    pub destination: String,
    /// The entry of the log under which it is held.
    pub entry: u64,
    /// SHA-256 of the object as it arrived.
    pub input: Digest,
    /// SHA-256 of the bytes that would leave; none where nothing would.
    pub output: Option<Digest>,
    /// SHA-256 over everything that was found and is held against it.
    pub findings: Digest,
    /// The bundle under which it was looked at.
    pub bundle: Digest,
    /// The label that is enforced, as text; empty where there is none.
    pub label_before: String,
    /// The label that it would leave with, as text; empty where nothing would leave.
    pub label_after: String,
    /// First instant at which the statement does not hold any more.
    pub expires: Time,
    /// Drawn at random; no two statements have the same.
    pub nonce: [u8; 16],
    /// The name of the reviewer.
    pub reviewer: String,
    /// What their key is called.
    pub key: KeyId,
    /// Why.
    pub grounds: ReviewGrounds,
    /// Why, in their own words. It never crosses.
    pub text: String,
}

/// Who may review: one person of the list in the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewer {
    /// The name by which records call them; one person has one name.
    pub name: String,
    /// Their keys.
    pub keys: Vec<PublicKey>,
    /// The lanes that they review.
    pub lanes: Vec<String>,
    /// May be the first to approve.
    pub first: bool,
    /// May approve after somebody else has.
    pub second: bool,
    /// Sources whose objects are theirs: they never approve those.
    pub submits: Vec<String>,
    /// First instant of their appointment.
    pub from: Time,
    /// First instant after it.
    pub until: Time,
}

/// Why a signed statement does not count, before anybody asks what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewFault {
    /// No reviewer of this name has this key.
    Stranger,
    /// The signature is not by this key over these bytes.
    Forged,
    /// It is about an object of another lane.
    OtherLane,
    /// The reviewer does not review this lane.
    NotOfLane,
    /// The reviewer is not appointed yet, or not any more.
    NotInForce,
    /// Its time is over.
    Expired,
    /// It would hold longer than any may.
    TooLong,
}

/// A statement with its signature, as it travels. What it says has been read and not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedReview {
    terms: ReviewTerms,
    statement: Statement,
    signature: Signature,
}

/// "This reviewer signed these terms", found true. Made by [`SignedReview::verify`] and by nothing else; it cannot be
/// copied, and it does not come back from a disk: what does is a [`SignedReview`].
#[derive(Debug, PartialEq, Eq)]
pub struct Attestation {
    terms: ReviewTerms,
    digest: Digest,
}

impl SignedReview {
    /// Signs. `terms.key` becomes the name of `key`. `None` where a text is too long, or not of visible characters, or the
    /// grounds are not for the step.
    pub fn sign(mut terms: ReviewTerms, key: &SecretKey) -> Option<Self> {
        terms.key = key.public().id();
        if !is_sound(&terms) {
            return None;
        }
        let statement = Statement::review(&terms);
        let signature = key.sign(&statement);
        Some(Self { terms, statement, signature })
    }

    /// The statement, and the 64 bytes of its signature behind it.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.statement.as_bytes(), &self.signature.0].concat()
    }

    /// Reads what [`Self::to_bytes`] writes; `None` for everything else, to the byte.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let at = bytes.len().checked_sub(SIGNATURE_BYTES).filter(|_| bytes.len() <= REVIEW_BYTES_MAX)?;
        let (statement, signature) = bytes.split_at_checked(at)?;
        let terms = read_terms(statement).filter(is_sound)?;
        let signature = Signature(signature.try_into().ok()?);
        let again = Statement::review(&terms);
        // One statement has one form.
        (again.as_bytes() == statement).then_some(Self { terms, statement: again, signature })
    }

    /// What it says.
    pub fn terms(&self) -> &ReviewTerms {
        &self.terms
    }

    /// SHA-256 of [`Self::to_bytes`]: what records call it.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.to_bytes())
    }

    /// Whether a reviewer of `reviewers` signed it for `lane`, and it holds at `now`.
    ///
    /// # Errors
    /// [`ReviewFault`], the first that applies; with [`ReviewFault::Stranger`] and [`ReviewFault::Forged`] nobody knows who
    /// made it.
    pub fn verify(&self, reviewers: &[Reviewer], lane: &str, now: Time) -> Result<Attestation, ReviewFault> {
        let terms = &self.terms;
        let person = reviewers.iter().find(|known| known.name == terms.reviewer);
        let known =
            person.and_then(|person| Some((person, person.keys.iter().find(|key| key.id() == terms.key)?)));
        let (person, key) = known.ok_or(ReviewFault::Stranger)?;
        if !key.verifies(&self.statement, &self.signature) {
            return Err(ReviewFault::Forged);
        }
        let stands = [
            (terms.lane == lane, ReviewFault::OtherLane),
            (person.lanes.iter().any(|known| known == lane), ReviewFault::NotOfLane),
            (person.from <= now && now < person.until, ReviewFault::NotInForce),
            (now < terms.expires, ReviewFault::Expired),
            (terms.expires <= now.plus(Duration::from_secs(REVIEW_LIFE_SECONDS_MAX)), ReviewFault::TooLong),
        ];
        match stands.into_iter().find(|(holds, _)| !holds) {
            Some((_, fault)) => Err(fault),
            None => Ok(Attestation { terms: terms.clone(), digest: self.digest() }),
        }
    }
}

impl Attestation {
    /// What was signed.
    pub fn terms(&self) -> &ReviewTerms {
        &self.terms
    }

    /// SHA-256 of the signed statement: what records call it.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// Texts of bounded length without anything that a screen would not show, and grounds that go with the step.
fn is_sound(terms: &ReviewTerms) -> bool {
    let names = [&terms.lane, &terms.destination, &terms.label_before, &terms.label_after, &terms.reviewer];
    let shows = |text: &str| !text.chars().any(is_hidden);
    names.iter().all(|text| text.len() <= NAME_BYTES_MAX && shows(text))
        && terms.text.len() <= REVIEW_TEXT_BYTES_MAX
        && shows(&terms.text)
        && terms.grounds.are_for(terms.step)
}

fn read_terms(statement: &[u8]) -> Option<ReviewTerms> {
    let mut fields = crate::statement::fields(statement)?;
    let mut next = || fields.next().flatten();
    let text = |field: &[u8]| core::str::from_utf8(field).ok().map(String::from);
    let digest = |field: &[u8]| <[u8; 32]>::try_from(field).ok().map(Digest);
    if next()? != crate::statement::REVIEW {
        return None;
    }
    let terms = ReviewTerms {
        step: ReviewStep::named(&text(next()?)?)?,
        lane: text(next()?)?,
        destination: text(next()?)?,
        entry: u64::from_be_bytes(next()?.try_into().ok()?),
        input: digest(next()?)?,
        output: match next()? {
            [] => None,
            field => Some(digest(field)?),
        },
        findings: digest(next()?)?,
        bundle: digest(next()?)?,
        label_before: text(next()?)?,
        label_after: text(next()?)?,
        expires: Time::parse(next()?).ok()?,
        nonce: next()?.try_into().ok()?,
        reviewer: text(next()?)?,
        key: KeyId(digest(next()?)?),
        grounds: ReviewGrounds::named(&text(next()?)?)?,
        text: text(next()?)?,
    };
    fields.next().is_none().then_some(terms)
}

#[cfg(test)]
mod tests;
