//! What the disk alone takes: one write and one sync, as a commit of the log does them, while the lane does nothing. No
//! lane that records before it releases is quicker than that.

use super::lines::{note, print};
use lockgate_disk::{Disk, RealDisk};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of a commit at half load: some ten decisions.
const COMMIT: usize = 20 << 10;
/// Bytes of a segment.
const SEGMENT: u64 = 4 << 20;
/// How long each way is measured.
const MEASURED: Duration = Duration::from_millis(1_500);
/// Between two commits, and between two segments.
const PAUSE: Duration = Duration::from_micros(300);
const PAUSE_OF_ROOM: Duration = Duration::from_millis(100);
/// What objects may take at half load, in milliseconds, all but one in a thousand.
const BAR_MS: f64 = 5.0;

/// Commits in `folder` with nothing beside them, and beside another thread that makes room for segments, as the log's shelf
/// does. What the disk takes above the lane's own bar is said in a note.
pub(super) fn alone(folder: &Path, name: &dyn Fn(&str) -> String) -> Result<(), String> {
    let said = |error: io::Error| format!("the disk: {error}");
    let disk = RealDisk::at(folder).map_err(said)?;
    for (way, makes_room) in [("alone", false), ("beside-room", true)] {
        let mut took = commits(&disk, makes_room).map_err(said)?;
        took.sort_by(f64::total_cmp);
        let rank = |thousandths: usize| {
            let at = (took.len() * thousandths).div_ceil(1000).max(1) - 1;
            took.get(at).copied().unwrap_or(f64::NAN)
        };
        for (rank, value) in [("p50", rank(500)), ("p99", rank(990)), ("p999", rank(999))] {
            print(&name(&format!("sync.{way}.{rank}")), value, "ms");
        }
        if !makes_room && rank(999) > BAR_MS {
            note(&format!(
                "p999 at half load: with nothing else of ours at work one commit in a thousand took {:.1} ms, and one in a hundred {:.1} ms: \
                 no lane is quicker on this machine, as busy as it is",
                rank(999),
                rank(990)
            ));
        }
    }
    Ok(())
}

/// What each commit took, in milliseconds.
fn commits(disk: &RealDisk, makes_room: bool) -> io::Result<Vec<f64>> {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let beside = scope.spawn(|| if makes_room { room(disk, &ended) } else { Ok(()) });
        let took = commit(disk);
        ended.store(true, Relaxed);
        beside.join().unwrap_or_else(|_| Err(io::Error::other("making room stopped")))?;
        took
    })
}

fn commit(disk: &RealDisk) -> io::Result<Vec<f64>> {
    let (begun, bytes) = (Instant::now(), vec![7; COMMIT]);
    let (mut took, mut written) = (Vec::new(), 0);
    let mut file = disk.reserve("sync", SEGMENT)?;
    while begun.elapsed() < MEASURED {
        if written + COMMIT as u64 > SEGMENT {
            file = disk.renew("sync", SEGMENT)?;
            written = 0;
        }
        let since = Instant::now();
        file.append(&bytes)?;
        file.sync()?;
        took.push(since.elapsed().as_secs_f64() * 1000.0);
        written += COMMIT as u64;
        thread::sleep(PAUSE);
    }
    disk.remove("sync")?;
    Ok(took)
}

fn room(disk: &RealDisk, ended: &AtomicBool) -> io::Result<()> {
    drop(disk.reserve("room", SEGMENT)?);
    while !ended.load(Relaxed) {
        drop(disk.renew("room", SEGMENT)?);
        thread::sleep(PAUSE_OF_ROOM);
    }
    disk.remove("room")
}
