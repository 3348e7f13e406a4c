//! The words of records: under which codes intake's refusals stand, and receipts.

use lockgate_audit::Taken;
use lockgate_intake::Why;
use lockgate_reason::{Code, framing};

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
