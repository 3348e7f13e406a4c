//! Bulk over the loopback, beside a bare loop.

use crate::figure;
use lockgate_bytes::{Crossing, Digest, Duration, Precedence, SealKey, Sealed, Time};
use lockgate_diode::{Limits, LinkKey, ManifestSecret, Start, Terms};
use lockgate_disk::RealDisk;
use lockgate_egress::{
    Bounds, DiodeOut, Egress, EgressCounters, Exit, Gate, Hatch, Report, Sender, UdpLink, What, hatch,
};
use lockgate_receive::{Far, Folder, Happened, Link, Listen, Stop};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg, setsockopt, sockopt};
use std::io::IoSlice;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Bytes of each file.
const SIZE: usize = 32 << 20;
/// Files of a first look at a rate.
const FEW: u64 = 6;
/// Files of a figure: 1 GiB, as much as the peer's was taken from. Less of it would say as much of how a run begins and ends.
const MANY: u64 = 32;
/// Rates of the first look, in bit/s; those of a figure go down by 6 % from the next higher one.
const RATES: [u64; 14] = [
    13_200_000_000,
    11_200_000_000,
    9_600_000_000,
    8_000_000_000,
    6_800_000_000,
    5_600_000_000,
    4_800_000_000,
    4_000_000_000,
    3_400_000_000,
    2_800_000_000,
    2_000_000_000,
    1_400_000_000,
    1_000_000_000,
    600_000_000,
];
/// Bytes that wait in the kernel at the far side, where the operator has allowed as many.
const LARGE: usize = 64 << 20;
/// How much of a stall of the sender such a buffer lets it give back.
const BURST_NANOS: i64 = 20_000_000;

/// One way of doing it.
#[derive(Clone, Copy)]
struct Way {
    files: u64,
    payload: usize,
    repair: u8,
    rate: Option<u64>,
    buffer: usize,
    burst: Duration,
}

impl Way {
    fn fast(payload: usize, repair: u8, rate: u64) -> Self {
        let burst = Duration::from_nanos(BURST_NANOS);
        Self { files: FEW, payload, repair, rate: Some(rate), buffer: LARGE, burst }
    }

    /// What came of it, where all of it arrived.
    fn whole(&self) -> Option<Figures> {
        Some(through(self)).filter(|it| it.arrived == self.files && it.lost == 0)
    }

    /// The fastest rate at which everything arrives, and what came of it.
    fn fastest(payload: usize, repair: u8) -> Option<(u64, Figures)> {
        let fits = |rate: &u64| Self::fast(payload, repair, *rate).whole().is_some();
        let place = RATES.iter().position(fits)?;
        let highest = RATES[place.saturating_sub(1)];
        let lowest = *RATES.last()?;
        let rates = std::iter::successors(Some(highest), |rate| Some(rate * 94 / 100));
        rates.take_while(|rate| *rate >= lowest).find_map(|rate| {
            let way = Self { files: MANY, ..Self::fast(payload, repair, rate) };
            way.whole().map(|figures| (rate, figures))
        })
    }
}

/// What came of it.
struct Figures {
    cpu_per_gb: f64,
    mb_per_s: f64,
    arrived: u64,
    lost: u64,
}

/// Measures, and prints a line a figure.
pub(super) fn run() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    println!("{{\"name\":\"cpu\",\"text\":\"{}\"}}", model.trim_start_matches([' ', '\t', ':']));
    by_default();
    for payload in [8_900, 1_400] {
        let mut bare = [bare(payload), bare(payload), bare(payload)];
        bare.sort_by(f64::total_cmp);
        let [_, bare, _] = bare;
        figure(&format!("diode.bare.{payload}"), bare, "MB/s");
        for repair in [2, 25] {
            let Some((rate, best)) = Way::fastest(payload, repair) else {
                let says =
                    format!("diode.{payload}.repair{repair}: even at 600 Mbit/s not everything arrives here");
                println!("{{\"name\":\"note\",\"text\":\"{says}\"}}");
                continue;
            };
            let name = format!("diode.{payload}.repair{repair}");
            figure(&format!("{name}.cpu"), best.cpu_per_gb, "s/GB");
            // Of that: the guard's last look at each object, whose hash the link carries. And before it, not of that: the same hash
            // once more, for the record.
            figure(&format!("{name}.gate.cpu"), gate(), "s/GB");
            figure(&format!("{name}.record.cpu"), gate(), "s/GB");
            figure(&format!("{name}.rate"), rate as f64 / 1e6, "Mbit/s");
            figure(&format!("{name}.speed"), best.mb_per_s, "MB/s");
            figure(&format!("{name}.ratio"), 100.0 * best.mb_per_s / bare, "%");
        }
    }
}

/// A kernel that nobody has tuned, and a producer that offers all at once: the pace keeps what leaves within what the buffer holds.
fn by_default() {
    let text = std::fs::read_to_string("/proc/sys/net/core/rmem_default").unwrap();
    let whole: usize = text.trim().parse().unwrap();
    // Linux keeps twice what a socket asks for (socket(7), SO_RCVBUF), and the default is what it keeps.
    let (buffer, burst) = (whole / 2, Duration::from_nanos(0));
    let way = Way { files: FEW, payload: 1_400, repair: 25, rate: Some(200_000_000), buffer, burst };
    let came = through(&way);
    figure("diode.default.buffer", whole as f64, "B");
    figure("diode.default.arrived", 100.0 * came.arrived as f64 / FEW as f64, "%");
}

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Time::from_unix_nanos(since.as_nanos() as i64)
}

/// CPU seconds of this process, user and system.
fn cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// MB/s of datagrams that are only sent and received, in the same pieces. One run in three is some 10 % off: the middle one is told.
fn bare(payload: usize) -> f64 {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    setsockopt(&peer, sockopt::UdpGroSegment, &true).unwrap();
    let _ = setsockopt(&peer, sockopt::RcvBufForce, &(64 << 20));
    peer.set_read_timeout(Some(std::time::Duration::from_millis(200))).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(peer.local_addr().unwrap()).unwrap();
    let whole = 2_usize << 30;
    let thread = std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        let (mut bytes, mut first, mut last) = (0_usize, None, Instant::now());
        while let Ok(size) = peer.recv(&mut buffer) {
            first.get_or_insert_with(Instant::now);
            last = Instant::now();
            bytes += size;
        }
        bytes as f64 / 1e6 / last.duration_since(first.unwrap()).as_secs_f64()
    });
    let piece = vec![7; (65_507 / payload).min(64) * payload];
    let cut = payload as u16;
    for _ in 0..whole / piece.len() {
        let parts = [IoSlice::new(&piece)];
        let control = [ControlMessage::UdpGsoSegments(&cut)];
        sendmsg::<()>(socket.as_raw_fd(), &parts, &control, MsgFlags::empty(), None).unwrap();
    }
    thread.join().unwrap()
}

/// CPU seconds that the gate spends on a gigabyte, and the record before it: BLAKE3 of bytes that no cache holds.
fn gate() -> f64 {
    let bytes: Vec<u8> = (0..SIZE * 4).map(|at| (at as u64 * 31 + (at as u64 >> 9)) as u8).collect();
    let spent = cpu();
    std::hint::black_box(Crossing::of(&bytes));
    (cpu() - spent) / (bytes.len() as f64 / 1e9)
}

fn key() -> LinkKey {
    LinkKey::new(&[4; 32])
}

fn secret() -> ManifestSecret {
    ManifestSecret::new(&[6; 32])
}

/// The far side, on a thread of its own; where it listens, what arrived, what was lost, and how to end it.
fn far(
    folder: &Path,
    buffer: usize,
    counts: &Arc<[AtomicU64; 2]>,
) -> (SocketAddr, Stop, std::thread::JoinHandle<()>) {
    for name in ["journal", "out"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    let disk = |name: &str| Arc::new(RealDisk::at(&folder.join(name)).unwrap());
    let listen = Listen { address: "127.0.0.1:0".parse().unwrap(), interface: "lo".to_owned(), buffer };
    let link = Link { link: 7, key: key(), manifest_key: secret().public(), limits: Limits::default() };
    let outlet = Box::new(Folder::open(disk("out"), "bin").unwrap());
    let stop = Stop::default();
    let far = Far::open(&listen, link, disk("journal"), outlet, false, stop.clone()).unwrap();
    let (address, counts) = (far.address().unwrap(), counts.clone());
    let thread = std::thread::spawn(move || {
        let tell = &mut |happened: &Happened<'_>| {
            if let Happened::Event(event) = happened {
                match event {
                    lockgate_diode::Event::Delivered(_) => counts[0].fetch_add(1, Ordering::Relaxed),
                    lockgate_diode::Event::Lost(_) => counts[1].fetch_add(1, Ordering::Relaxed),
                    _ => 0,
                };
            }
        };
        far.run(now, tell).unwrap();
    });
    (address, stop, thread)
}

/// The files, as the engine would hand them over; read and sealed before the clock runs.
fn sealed(files: u64, key: &SealKey, lane: &Arc<str>, folder: &Path) -> Vec<Sealed> {
    let object = |entry: u64| {
        let path = folder.join(format!("{entry}.in"));
        let bytes: Vec<u8> =
            (0..SIZE).map(|at| (at as u64 * 31 + entry * 7 + (at as u64 >> 9)) as u8).collect();
        std::fs::write(&path, bytes).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let mut sealed = Sealed {
            identity: Digest::of(&bytes),
            crossing: Some(Crossing::of(&bytes)),
            bytes,
            lane: lane.clone(),
            bundle: Digest([1; 32]),
            precedence: Precedence::Routine,
            not_after: Time::MAX,
            entry,
            first: entry,
            order: None,
            turn: 0,
            tag: Digest([0; 32]),
        };
        sealed.tag = key.tag(&sealed);
        sealed
    };
    (0..files).map(object).collect()
}

fn through(way: &Way) -> Figures {
    let folder = tempfile::tempdir().unwrap();
    let counts = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let (to, stop, thread) = far(folder.path(), way.buffer, &counts);
    let terms = Terms {
        payload: way.payload,
        block_repair: way.repair,
        rate: way.rate,
        burst: way.burst,
        heartbeat: Duration::from_nanos(100_000_000),
        manifest: Duration::from_nanos(100_000_000),
        ..Terms::new(7)
    };
    let from = "127.0.0.1:0".parse().unwrap();
    let link = UdpLink { to, from, device: None, hops: 1, largest: 9_000, mtu: 65_535, dscp: [0; 6] };
    let start = Start { epoch: now().unix_nanos() as u64, closing: None };
    let out = DiodeOut::open(&link, terms, key(), secret(), start, Arc::new(OnceLock::new())).unwrap();
    let (seal, lane) = (SealKey::for_link([7; 32]), Arc::<str>::from("down"));
    let objects = sealed(way.files, &seal, &lane, folder.path());
    let (mouth, ear, ends) = hatch(Hatch { objects: 64, bytes: 2 << 30, reports: 64 });
    let skew = Duration::from_secs(5);
    let bounds = Bounds { objects: 64, bytes: 2 << 30, skew, at_once: out.at_once() };
    let sender = Sender::new(bounds, Gate { key: seal, lane, bundle: Digest([1; 32]) }, None);
    let exit = Exit::Diode(Box::new(out));
    let egress = Egress::new(sender, exit, ends, Arc::new(EgressCounters::default()));
    let (begun, spent) = (Instant::now(), cpu());
    let sending = std::thread::spawn(move || egress.run(now).unwrap());
    for object in objects {
        assert!(mouth.offer(object).is_ok());
    }
    let arrived = || counts[0].load(Ordering::Relaxed) + counts[1].load(Ordering::Relaxed);
    let mut took = None;
    let mut mouth = Some(mouth);
    while begun.elapsed().as_secs() < 60 {
        if let Ok(Some(Report::Outcomes(list))) = ear.hear_within(std::time::Duration::from_millis(5)) {
            assert!(list.iter().all(|outcome| matches!(outcome.what, What::Sent)));
        }
        if arrived() >= way.files {
            took = Some((begun.elapsed().as_secs_f64(), cpu() - spent));
            break;
        }
    }
    drop(mouth.take());
    while ear.hear_within(std::time::Duration::from_millis(50)).is_ok() {}
    sending.join().unwrap();
    stop.stop();
    thread.join().unwrap();
    let gigabytes = way.files as f64 * SIZE as f64 / 1e9;
    let (seconds, cpu) = took.unwrap_or((f64::MAX, f64::MAX));
    Figures {
        cpu_per_gb: cpu / gigabytes,
        mb_per_s: gigabytes * 1e3 / seconds,
        arrived: counts[0].load(Ordering::Relaxed),
        lost: counts[1].load(Ordering::Relaxed),
    }
}
