//! Where packed bytes end: what stands behind is read by nobody, and of what does not end each reader shows another part.

use super::lexer::is_blank;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Bytes of the checksum behind the last block.
const CHECKSUM_BYTES: usize = 4;
/// Room that is made at first, and added each time that it does not do.
const ROOM_BYTES: usize = 64 << 10;

/// What comes out of packed bytes.
pub(super) enum Ended {
    /// They come to an end, behind which there is nothing but blanks where true. There may be one byte more than was asked for.
    At(bool, Vec<u8>),
    /// They do not, or are not packed so.
    Not,
}

/// Deflate with its head (RFC 1950), up to little more than so many bytes. A checksum that is missing or wrong hides nothing.
pub(super) fn deflate(packed: &[u8], most: usize) -> Ended {
    let Some(([method, flags], blocks)) = packed.split_first_chunk::<2>() else { return Ended::Not };
    let is_head = method & 0x0F == 8 && flags & 0x20 == 0 && u16::from_be_bytes([*method, *flags]) % 31 == 0;
    if !is_head {
        return Ended::Not;
    }
    let (mut state, mut out) = (Box::<DecompressorOxide>::default(), Vec::new());
    let (mut read, mut written) = (0_usize, 0_usize);
    loop {
        let room = written.saturating_add(out.len().max(ROOM_BYTES)).min(most.saturating_add(1));
        out.resize(room, 0);
        let rest = blocks.get(read..).unwrap_or(&[]);
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, took, gave) = decompress(&mut state, rest, &mut out, written, flags);
        (read, written) = (read.saturating_add(took), written.saturating_add(gave));
        match status {
            TINFLStatus::Done => break,
            TINFLStatus::HasMoreOutput if written <= most => {}
            // The limit is the caller's to judge.
            TINFLStatus::HasMoreOutput => break,
            _ => return Ended::Not,
        }
    }
    out.truncate(written);
    let behind = blocks.get(read.saturating_add(CHECKSUM_BYTES)..).unwrap_or(&[]);
    Ended::At(is_nothing(behind), out)
}

/// True where nothing stands behind the mark of the end of hexadecimal digits.
pub(super) fn hexadecimal(packed: &[u8]) -> bool {
    let end = packed.iter().position(|byte| *byte == b'>');
    end.is_none_or(|end| is_nothing(packed.get(end.saturating_add(1)..).unwrap_or(&[])))
}

/// True where no run is cut off, and nothing stands behind the mark of their end.
pub(super) fn runs(packed: &[u8]) -> bool {
    let mut rest = packed;
    while let [count, more @ ..] = rest {
        let used = match *count {
            128 => return is_nothing(more),
            0..=127 => usize::from(*count).saturating_add(1),
            _ => 1,
        };
        let Some(behind) = more.get(used..) else { return false };
        rest = behind;
    }
    true
}

fn is_nothing(behind: &[u8]) -> bool {
    behind.iter().all(|byte| is_blank(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(packed: &[u8], most: usize) -> Option<(bool, Vec<u8>)> {
        match deflate(packed, most) {
            Ended::At(is_last, bytes) => Some((is_last, bytes)),
            Ended::Not => None,
        }
    }

    #[test]
    fn deflate_ends_where_its_last_block_does() {
        let plain: Vec<u8> = (0..200_000_u32).flat_map(|at| (at / 7).to_le_bytes()).collect();
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&plain, 6);
        let all = Some((true, plain.clone()));
        assert_eq!(ended(&packed, plain.len()), all);
        assert_eq!(ended(&[&packed[..], b"\r\n"].concat(), plain.len()), all, "an end of line");
        assert_eq!(ended(&packed[..packed.len() - 4], plain.len()), all, "without its checksum");
        let wrong = [&packed[..packed.len() - 4], b"abcd"].concat();
        assert_eq!(ended(&wrong, plain.len()), all, "with a wrong one");
        let tail = [&packed[..], b"hidden words"].concat();
        assert_eq!(ended(&tail, plain.len()), Some((false, plain.clone())));
        for end in [0, 1, 2, 3, 100, packed.len() / 2, packed.len() - 5] {
            assert_eq!(ended(&packed[..end], plain.len()), None, "cut at {end}");
        }
        assert!(
            ended(&packed, 1_000).is_some_and(|(_, some)| some.len() == 1_001),
            "one more than asked for"
        );
        assert_eq!(ended(&[0x78, 0x9C, 7, 7, 7, 7, 7, 7], 99), None);
        let raw = miniz_oxide::deflate::compress_to_vec(&plain, 6);
        assert_eq!(ended(&raw, plain.len()), None, "without a head");
    }

    #[test]
    fn other_packings_end_at_their_marks() {
        for (packed, is_whole) in [
            (&b"41 42>"[..], true),
            (b"4142", true),
            (b"41>\r\n", true),
            (b"41>43", false),
            (b"41>\n>", false),
        ] {
            assert_eq!(hexadecimal(packed), is_whole, "{packed:?}");
        }
        for (packed, is_whole) in [
            (&[1, 65, 66, 254, 67, 128][..], true),
            (&[1, 65, 66], true),
            (&[128, 10], true),
            (&[0, 65, 128, 66], false),
            (&[5, 65], false),
            (&[254], false),
        ] {
            assert_eq!(runs(packed), is_whole, "{packed:?}");
        }
    }
}
