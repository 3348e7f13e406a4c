//! Vectors of the wire format: datagrams of three starts of one sender, the last of them a constant stream, some of them lost, and what
//! a receiver makes of them.
//! `LOCKGATE_BLESS=1` writes them anew. `docs/diode-decode.py` reads them without any of our code.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests compute freely and say why they skip"
)]

use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{
    Body, Event, Limits, LinkKey, ManifestSecret, Object, Plane, Receiver, Sender, Start, Step, Supply,
    Terms, open,
};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

const SECRET: [u8; 32] = *b"the secret that both ends share.";
const SEED: [u8; 32] = *b"the seed that only a sender has.";
const LINK: u16 = 0x0102;

struct Shelf(Vec<(Precedence, Object)>);

impl Supply for Shelf {
    fn highest(&self) -> Option<Precedence> {
        self.0.iter().map(|(class, _)| *class).max()
    }

    fn take(&mut self, class: Precedence, plane: Plane, _: Time) -> Option<Object> {
        let fits =
            |it: &(Precedence, Object)| it.0 == class && (it.1.length > 3_264) == (plane == Plane::Large);
        let at = self.0.iter().position(fits)?;
        Some(self.0.remove(at).1)
    }
}

fn text(length: usize, first: u8) -> Vec<u8> {
    (0..length).map(|at| first.wrapping_add((at % 251) as u8)).collect()
}

/// Whether the link of the vectors loses a datagram.
fn is_lost(datagram: &[u8]) -> bool {
    let open = open(datagram, LINK, &LinkKey::new(&SECRET)).unwrap();
    match open.body().unwrap() {
        // A part in the middle, an object whole, and one that nothing brings back.
        Body::Source(it) => {
            let class = open.head.class.unwrap();
            (class, it.part.number, it.part.index) == (Precedence::Priority, 0, 1)
                || (class, it.part.number) == (Precedence::Flash, 1)
                || (class, it.part.number) == (Precedence::Deferred, 1)
        }
        Body::Repair(_) => open.head.class == Some(Precedence::Deferred),
        Body::Block(it) => [0, 5, 9].contains(&it.index),
        Body::Manifest(it) => it.number == 1,
        _ => false,
    }
}

fn datagrams() -> Vec<Vec<u8>> {
    let (mut all, mut now, mut closing) =
        (Vec::new(), Time::from_unix_nanos(1_767_225_600_000_000_000), None);
    for (epoch, percent, rate, constant) in [
        (0x0000_0001_89AB_CDEF_u64, 30, 1_000_000, false),
        (0x0000_0002_0123_4567, 90, 1_000_000, false),
        (0x0000_0003_0000_0001, 30, 100_000, true),
    ] {
        let usual = Terms::new(LINK);
        let terms = Terms { payload: 512, block_repair: percent, rate: Some(rate), constant, ..usual };
        let start = Start { epoch, closing };
        let mut sender =
            Sender::new(terms, LinkKey::new(&SECRET), ManifestSecret::new(&SEED), start).unwrap();
        let object = |class, length, order| {
            (class, Object { order, ..Object::new(text(length, length as u8), Time::MAX, 0) })
        };
        let mut shelf = Shelf(vec![
            object(Precedence::Flash, 40, 0x1122_3344_5566_7788),
            object(Precedence::Flash, 70, 0x1122_3344_5566_7788),
            object(Precedence::Flash, 0, 0),
            object(Precedence::Priority, 1_000, 9),
            object(Precedence::Routine, 4_011, 0),
            object(Precedence::Deferred, 20, 0),
            object(Precedence::Deferred, 21, 0),
        ]);
        let end = now.plus(Duration::from_secs(4));
        while now < end {
            let mut out = Vec::new();
            match sender.poll(now, &mut shelf, &mut out) {
                Step::Datagram(_) => all.push(out),
                Step::At(at) => now = at,
            }
        }
        closing = Some(sender.closing());
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The vectors, and what the receiver makes of them.
fn vectors() -> String {
    let public = ManifestSecret::new(&SEED).public();
    let mut out = String::from("# Wire format 1. Lines: key value. docs/DIODE.md says what they mean.\n");
    writeln!(out, "secret {}\nmanifest-key {}\nlink {LINK}", hex(&SECRET), hex(public.as_bytes())).unwrap();
    let mut receiver = Receiver::new(LINK, LinkKey::new(&SECRET), public, Limits::default());
    let (mut events, mut now) = (Vec::new(), Time::from_unix_nanos(0));
    for datagram in datagrams() {
        if is_lost(&datagram) {
            continue;
        }
        writeln!(out, "datagram {}", hex(&datagram)).unwrap();
        receiver.receive(&datagram, now, &mut events);
    }
    now = now.plus(Duration::from_secs(4));
    receiver.tick(now, &mut events);
    let mut results = Vec::new();
    for event in &events {
        match event {
            Event::Delivered(it) => results.push(format!(
                "object {:016x} {} {} {} {} {:016x} {}",
                it.id.epoch,
                it.id.class,
                it.id.number,
                it.bytes.len(),
                hex(&it.hash),
                it.order,
                it.sent.unix_nanos() / 1_000_000,
            )),
            Event::Lost(it) => {
                results.extend(
                    (it.first..it.end).map(|number| format!("lost {:016x} {} {number}", it.epoch, it.class)),
                );
            }
            Event::Alarm(alarm) => results.push(format!("alarm {alarm:?}")),
            Event::Closed { epoch, datagrams: [received, lost, _], .. } => {
                results.push(format!("datagrams {epoch:016x} {received} {lost}"));
            }
            _ => {}
        }
    }
    for view in receiver.epochs() {
        results.push(format!("datagrams {:016x} {} {}", view.epoch, view.received, view.lost));
    }
    results.sort();
    out + &results.join("\n") + "\n"
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/diode-1.txt")
}

#[test]
fn the_wire_format_is_that_of_the_vectors() {
    let now = vectors();
    if std::env::var_os("LOCKGATE_BLESS").is_some() {
        std::fs::write(file(), &now).unwrap();
    }
    let kept = std::fs::read_to_string(file()).unwrap();
    assert!(
        now == kept,
        "the wire format has changed: with a new version, LOCKGATE_BLESS=1 writes the vectors anew"
    );
    let count = |word: &str| kept.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!((count("object"), count("lost"), count("alarm"), count("datagrams")), (18, 3, 0, 3));
}

/// Says so, and fails where it has to be read (`LOCKGATE_MUST`).
fn not_read() {
    let must = std::env::var("LOCKGATE_MUST").unwrap_or_default();
    assert!(!must.split(',').any(|it| it == "python"), "no python3: docs/diode-decode.py was not run");
    let says = "SKIPPED: no python3 on this machine, docs/diode-decode.py was not run";
    let _ = writeln!(std::io::stderr(), "{says}");
}

/// The vectors, read by a program that shares no code with ours.
#[test]
fn another_program_reads_the_vectors() {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/diode-decode.py");
    let run = Command::new("python3").arg(program).arg(file()).output();
    let Ok(run) = run else {
        return not_read();
    };
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    let kept = std::fs::read_to_string(file()).unwrap();
    let expected =
        kept.lines().filter(|line| ["object", "lost", "datagrams"].iter().any(|word| line.starts_with(word)));
    assert_eq!(said.lines().collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// It says what does not hold, and not that all was read: one datagram more, with the right tag.
#[test]
fn another_program_finds_what_does_not_hold() {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/diode-decode.py");
    let kept = std::fs::read_to_string(file()).unwrap();
    let (head, key) = (kept.lines().take(4).collect::<Vec<_>>().join("\n"), LinkKey::new(&SECRET));
    let datagram = |kind: u8, body: &[u8]| {
        let mut out = vec![0xD1, kind];
        out.extend(LINK.to_be_bytes());
        out.extend([9; 16]);
        out.extend(body);
        let tag = key.tag(&out);
        out.extend(tag);
        out
    };
    let mut heartbeat = [0; 61];
    heartbeat[57] = 10;
    let run = |datagram: &[u8]| {
        let folder = tempfile();
        std::fs::write(&folder, format!("{head}\ndatagram {}\n", hex(datagram))).unwrap();
        let run = Command::new("python3").arg(&program).arg(&folder).output();
        std::fs::remove_file(&folder).unwrap();
        run.ok().map(|run| run.status.code())
    };
    let Some(sound) = run(&datagram(0x0F, &[0; 9])) else {
        return not_read();
    };
    assert_eq!(sound, Some(0));
    assert_eq!(run(&datagram(0x5F, &heartbeat)), Some(Some(0)));
    let wrong = [
        datagram(0x9F, b"junk"),
        datagram(0x0F, b"\0\0x"),
        datagram(0x00, b""),
        datagram(0x5F, &[0; 61]),
        datagram(0x5F, &[&heartbeat[..], b"x"].concat()),
        datagram(0x5F, &heartbeat[..60]),
        datagram(0x11, &[0; 61]),
        datagram(0x0F, &[0; 9_000]),
        vec![0xD1; 35],
    ];
    for datagram in wrong {
        assert_eq!(run(&datagram), Some(Some(1)), "{}", hex(&datagram[..35]));
    }
}

fn tempfile() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("diode-decode-{}", std::process::id()))
}
