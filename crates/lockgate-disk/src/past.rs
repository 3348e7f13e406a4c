//! Large files past the system's cache of pages (Linux open(2), O_DIRECT). A page that the cache takes for a byte costs more
//! than everything else that is done with it, and a file that is synced at once has no use for it.

use rustix::fs::{self, OFlags};
use rustix::io::{self as call, Errno};
use std::fs::File;
use std::io::{self, Write};

/// Files from so many bytes on are worth it.
pub(crate) const WORTH: usize = 1 << 20;
/// Bytes that are written together.
const PIECE: usize = 1 << 20;
/// What memory, place and length are multiples of: no disk asks for more.
const ALIGNED: usize = 4_096;

/// Writes all of `bytes` into a new file that was opened with `O_DIRECT`; returns when every byte will survive. What such a
/// file does not take (the end of most, all of some) goes the ordinary way.
///
/// # Errors
/// Those of the system.
pub(crate) fn write(mut file: File, bytes: &[u8]) -> io::Result<()> {
    let mut buffer = vec![0; PIECE.saturating_add(ALIGNED)];
    let skip = buffer.as_ptr().align_offset(ALIGNED);
    let piece = buffer.get_mut(skip..).and_then(|rest| rest.get_mut(..PIECE)).unwrap_or(&mut []);
    let written = write_aligned(&file, bytes, piece)?;
    let rest = bytes.get(written..).unwrap_or(&[]);
    if !rest.is_empty() {
        let flags = fs::fcntl_getfl(&file)?;
        fs::fcntl_setfl(&file, flags.difference(OFlags::DIRECT))?;
        file.write_all(rest)?;
    }
    file.sync_data()
}

/// Writes as much as can be written past the cache, through `piece`, which is aligned; how much that is.
fn write_aligned(file: &File, bytes: &[u8], piece: &mut [u8]) -> io::Result<usize> {
    let mut written = 0_usize;
    loop {
        let rest = bytes.get(written..).unwrap_or(&[]);
        let take = rest.len().min(piece.len());
        let take = take.saturating_sub(take % ALIGNED);
        let (Some(from), Some(into)) = (rest.get(..take), piece.get_mut(..take)) else { return Ok(written) };
        if take == 0 {
            return Ok(written);
        }
        into.copy_from_slice(from);
        match call::write(file, into) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(some) => {
                written = written.saturating_add(some);
                if some % ALIGNED != 0 {
                    return Ok(written);
                }
            }
            Err(Errno::INTR) => {}
            Err(Errno::INVAL | Errno::OPNOTSUPP) => return Ok(written),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALIGNED, PIECE, WORTH, write_aligned};
    use crate::{Disk, RealDisk, SimDisk};
    use std::io::ErrorKind;

    /// No two pages of it are equal, and none is zeros.
    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251 + at / ALIGNED * 7 % 256) as u8).collect()
    }

    #[test]
    fn a_file_of_any_length_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (real, sim) = (RealDisk::at(folder.path()).unwrap(), SimDisk::new(1));
        let lengths =
            [0, 1, WORTH - 1, WORTH, WORTH + 1, PIECE + ALIGNED - 1, 3 * PIECE, 2 * PIECE + 3 * ALIGNED + 5];
        for (at, length) in lengths.into_iter().enumerate() {
            let (name, bytes) = (format!("f{at}"), bytes(length));
            for disk in [&real as &dyn Disk, &sim] {
                disk.write_whole(&name, &bytes).unwrap();
                assert!(disk.read(&name, 1 << 23).unwrap() == bytes, "{length} bytes");
                assert_eq!(disk.write_whole(&name, &bytes).unwrap_err().kind(), ErrorKind::AlreadyExists);
                assert!(disk.read(&name, 1 << 23).unwrap() == bytes, "{length} bytes, once more");
            }
        }
    }

    #[test]
    fn what_goes_past_the_cache_goes_there_from_any_place_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let real = RealDisk::at(folder.path()).unwrap();
        let all = bytes(WORTH + 64);
        for shift in 0..64 {
            let (name, bytes) = (format!("f{shift}"), &all[shift..WORTH + shift]);
            real.write_whole(&name, bytes).unwrap();
            assert!(real.read(&name, 1 << 23).unwrap() == bytes, "{shift}");
            real.remove(&name).unwrap();
        }
    }

    /// Where memory is not aligned the system refuses, or takes it all the same: nothing is written twice, nothing left out.
    #[test]
    fn what_is_refused_is_said_and_nothing_of_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let opened = rustix::fs::open(
            &path,
            rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::CREATE | rustix::fs::OFlags::DIRECT,
            rustix::fs::Mode::from(0o600),
        );
        let Ok(file) = opened else {
            println!("skipped: this file system knows no O_DIRECT");
            return;
        };
        let (file, bytes, mut crooked) =
            (std::fs::File::from(file), bytes(3 * ALIGNED), vec![0; 3 * ALIGNED + 3]);
        let skip = crooked.as_ptr().align_offset(ALIGNED).min(ALIGNED);
        let from = if skip == 0 { 3 } else { skip.saturating_sub(1).min(2) };
        let piece = &mut crooked[from..from + 2 * ALIGNED];
        let written = write_aligned(&file, &bytes, piece).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes[..written]);
    }
}
