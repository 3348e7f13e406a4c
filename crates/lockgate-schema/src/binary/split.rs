//! Several records in one object, each made an object of its own.

use super::bits;
use super::model::{Binary, Measure, Part};
use super::program::Program;
use lockgate_core::Inspection;

/// Makes the next object of `bytes`, an object with several records, in `out`; `from` is where its record begins, 0 for
/// the first. Gives where the next record begins; the object's end after the last one. `None` where nothing is to be
/// split: there is one record, or the head is broken.
///
/// What cannot be read as a record is left together with all behind it, and is refused as such.
pub(crate) fn split(
    (of, program): (&Binary, &Program),
    bytes: &[u8],
    from: usize,
    scratch: &mut Inspection,
    out: &mut Vec<u8>,
) -> Option<usize> {
    let head = program.batch_begins(bytes, scratch)?;
    let from = if from == 0 { head } else { from };
    let end = program.record_end(bytes, from, scratch).filter(|end| *end > from).unwrap_or(bytes.len());
    if from == head && end == bytes.len() {
        return None;
    }
    let before = out.len();
    out.extend_from_slice(bytes.get(..head)?);
    out.extend_from_slice(bytes.get(from..end)?);
    let length = out.len().saturating_sub(before);
    let mut at = before.checked_mul(8)?;
    for part in &of.parts {
        match part {
            Part::Fixed(fixed) => at = at.checked_add(usize::from(fixed.bits))?,
            Part::Measure(Measure { bits: width, little }) => {
                let told = u64::try_from(length).ok().filter(|told| told & !bits::low(*width) == 0)?;
                let told = if *little { bits::swapped(told, *width) } else { told };
                let mut whole = bits::Writer::new(out, of.lsb_first);
                whole.patch_from_begin(at, told, *width);
                at = at.checked_add(usize::from(*width))?;
            }
            _ => break,
        }
    }
    Some(end)
}
