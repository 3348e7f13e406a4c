//! The words of records: of a decision, and under which codes intake's refusals stand.

use lockgate_audit::{DecisionFacts, Taken, write_decision};
use lockgate_core::{Account, JournalFault, Scribe, VerdictKind};
use lockgate_intake::Why;
use lockgate_reason::{Code, framing};

/// Writes the words of a decision.
pub(super) struct Words<'a>(pub(super) DecisionFacts<'a>);

impl Scribe for Words<'_> {
    fn write(&mut self, account: &Account<'_>, page: &mut Vec<u8>) -> Result<(), JournalFault> {
        if account.verdict() == VerdictKind::Release {
            self.0.class = Some(account.precedence().name());
        }
        write_decision(account, &self.0, page);
        Ok(())
    }
}

/// The code under which intake's refusals are counted.
pub(super) fn code_of(why: Why) -> Code {
    match why {
        Why::Oversize => framing::OVER_SIZE,
        Why::Empty => framing::EMPTY,
        Why::OverRate => framing::OVER_RATE,
        Why::Full | Why::NoRoom => framing::NO_ROOM,
        Why::Unfinished | Why::Stalled | Why::BadLength => framing::NOT_WHOLE,
        Why::Crowded
        | Why::NoCertificate
        | Why::UnknownCertificate
        | Why::AmbiguousCertificate
        | Why::ExpiredCertificate
        | Why::NotYetValidCertificate
        | Why::UntrustedCertificate
        | Why::Handshake
        | Why::HandshakeStalled => framing::NOT_ADMITTED,
        Why::UnreadableFile
        | Why::LinkedFile
        | Why::GrowingFile
        | Why::NotAFile
        | Why::ForeignFile
        | Why::Sidecar
        | Why::NoSidecar
        | Why::BadName => framing::FILE_NOT_TAKEN,
    }
}

/// Three numbers of at most 20 digits, and what stands between them.
pub(super) const RECEIPT_TEXT: usize = 62;

/// The receipt as the log has it, without allocating.
pub(super) fn receipt_text(taken: Taken, text: &mut [u8; RECEIPT_TEXT]) -> &str {
    use std::io::Write;
    let Taken { run, number, bytes } = taken;
    let mut rest = &mut text[..];
    // It fits.
    let _ = match bytes {
        0 => write!(rest, "{run}-{number}"),
        bytes => write!(rest, "{run}-{number}@{bytes}"),
    };
    let left = rest.len();
    let length = RECEIPT_TEXT.saturating_sub(left);
    text.get(..length).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or("")
}
