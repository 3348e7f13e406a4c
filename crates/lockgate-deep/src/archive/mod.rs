//! Archives: every byte belongs to an entry or to the directory, and every entry is unpacked, within bounds, and looked into
//! as an object of its own. An archive is never built anew, so nothing of it leaves.

pub(crate) mod gzip;
mod office;
pub(crate) mod tar;
pub(crate) mod zip;

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

/// Bytes that all entries of one archive may unpack to.
const ALL_BYTES_MAX: usize = 128 << 20;

/// Why something does not unpack.
enum Packed {
    /// It is not packed like that.
    Broken,
    /// It unpacks to more than is unpacked here.
    TooLarge,
}

/// Unpacks deflated data without head and end (RFC 1951): the data, and how many bytes it took.
fn unpack(packed: &[u8], most: usize) -> Result<(Vec<u8>, usize), Packed> {
    let mut state = InflateState::new_boxed(DataFormat::Raw);
    let (mut out, mut room, mut rest) = (Vec::new(), [0; 16_384], packed);
    loop {
        let step = inflate(&mut state, rest, &mut room, MZFlush::None);
        rest = rest.get(step.bytes_consumed..).unwrap_or(&[]);
        out.extend_from_slice(room.get(..step.bytes_written).unwrap_or(&[]));
        if out.len() > most {
            return Err(Packed::TooLarge);
        }
        match step.status {
            Ok(MZStatus::StreamEnd) => return Ok((out, packed.len().saturating_sub(rest.len()))),
            Ok(_) | Err(MZError::Buf) if step.bytes_written > 0 || step.bytes_consumed > 0 => {}
            _ => return Err(Packed::Broken),
        }
    }
}

/// True for a name that stays in the folder that it is unpacked into, on every system: no root, no drive, no step up, nothing
/// that a screen does not show.
fn stays_inside(name: &[u8]) -> bool {
    let Ok(text) = core::str::from_utf8(name) else { return false };
    !text.is_empty()
        && !text.starts_with('/')
        && !text.chars().any(|c| c.is_control() || matches!(c, '\\' | ':'))
        && text.trim_end_matches('/').split('/').all(|step| !matches!(step, "" | "." | ".."))
}
