//! A deployment in a folder of its own, with keys, a signed bundle, and a socket behind it that receives.

use crate::rules::{self, Built, PUBLIC, write_secret};
use crate::running::{Ran, Running, lockgate, wait_for};
use lockgate_bytes::{Duration, Time};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// A deployment that a test changes before it starts it.
pub(crate) struct Gate {
    folder: TempDir,
    pub(crate) lane: &'static str,
    /// The lines of `intake`, `egress`, and of everything else that a test wants.
    pub(crate) intake: String,
    pub(crate) egress: String,
    /// What follows the quota in the line of `hold`, such as its key.
    pub(crate) hold: String,
    pub(crate) more: String,
    /// Whether a time daemon has to confirm the clock.
    pub(crate) synchronised: bool,
    /// What has arrived where released datagrams go.
    far: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// The line of `intake` for a folder that whoever runs the tests hands files into.
pub(crate) fn watched(inbox: &Path) -> String {
    let owner = fs::metadata(inbox).unwrap().uid();
    format!("directory \"{}\" source=\"sensor-net\" owner=\"{owner}\" handed-over=renamed", inbox.display())
}

impl Gate {
    /// The lane `cot-down`, `cot-up` or `asterix-down`, datagrams on both sides, revision 1.
    pub(crate) fn new(lane: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let far = UdpSocket::bind("127.0.0.1:0").unwrap();
        let source = match lane {
            "cot-up" => "partner-net",
            "asterix-down" => "radar-net",
            _ => "sensor-net",
        };
        let intake = format!("udp \"127.0.0.1:{}\" interface=\"lo\" source=\"{source}\"", free_udp());
        let egress =
            format!("udp \"127.0.0.1:{}\" rate=\"100Mbit/s\" mtu=1500", far.local_addr().unwrap().port());
        let more = "drain \"2s\"".to_owned();
        let hold = String::new();
        let gate = Self { folder, lane, intake, egress, hold, more, synchronised: false, far: listen(far) };
        for name in ["hold", "audit", "out"] {
            fs::create_dir(gate.path(name)).unwrap();
        }
        write_secret(
            &gate.path("audit.key"),
            "MC4CAQAwBQYDK2VwBCIEIAMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD",
        );
        gate.trust("2026-01-01", "2099-12-31");
        gate.put(&rules::bundle(1, &[]));
        gate
    }

    /// Both signers, in a trust file; each from and until the given days.
    pub(crate) fn trust(&self, from: &str, until: &str) {
        let mut text = "trust needs=2 {\n".to_owned();
        for (name, key) in PUBLIC {
            text += &format!("    signer \"{name}\" ed25519=\"{key}\" from=\"{from}\" until=\"{until}\"\n");
        }
        fs::write(self.path("trust.kdl"), text + "}\n").unwrap();
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn text(&self, below: &str) -> String {
        self.path(below).to_str().unwrap().to_owned()
    }

    /// Puts a bundle and its signatures in their place.
    pub(crate) fn put(&self, built: &Built) {
        fs::write(self.path("gate.bundle"), &built.bytes).unwrap();
        fs::write(self.path("gate.bundle.sigs"), &built.signatures).unwrap();
    }

    /// Writes the deployment file; its path.
    pub(crate) fn config(&self) -> String {
        let text = format!(
            "deployment \"gate-1\" {{\n    bundle \"{}\" trust=\"{}\"\n    lane \"{}\"\n    intake {{\n        {}\n    }}\n    \
             egress {{\n        {}\n    }}\n    hold \"{}\" quota=\"1GiB\"{}\n    audit \"{}\" key=\"{}\"\n    control \"{}\"\n    \
             log format=json to=\"stderr\"\n    clock max-step=\"1s\" needs-synchronised=#{}\n    {}\n}}\n",
            self.text("gate.bundle"),
            self.text("trust.kdl"),
            self.lane,
            self.intake,
            self.egress,
            self.text("hold"),
            self.hold,
            self.text("audit"),
            self.text("audit.key"),
            self.text("gate.sock"),
            self.synchronised,
            self.more,
        );
        fs::write(self.path("gate.kdl"), text).unwrap();
        self.text("gate.kdl")
    }

    /// Starts it.
    pub(crate) fn start(&self) -> Running {
        self.try_start().unwrap_or_else(|ran| panic!("{ran:?}"))
    }

    /// Starts it; or what it said where it did not run.
    pub(crate) fn try_start(&self) -> Result<Running, Ran> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
        let config = self.config();
        command.args(["run", "--json", "--config", &config]);
        Running::start(command, &config)
    }

    /// Starts it from a shell that first does `before`, such as `ulimit -n 40`.
    pub(crate) fn start_after(&self, before: &str) -> Running {
        let config = self.config();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{before}; exec \"$0\" run --json --config \"$1\"")]);
        command.args([env!("CARGO_BIN_EXE_lockgate"), &config]);
        Running::start(command, &config).unwrap_or_else(|ran| panic!("{ran:?}"))
    }

    /// Datagrams that have come out since this was last asked.
    pub(crate) fn come_out(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.far.lock().unwrap())
    }

    /// Waits for so many datagrams, and then a little for more.
    pub(crate) fn wait_out(&self, count: usize) -> Vec<Vec<u8>> {
        let came = || self.far.lock().unwrap().len();
        wait_for(&format!("{count} objects to come out"), || (came() >= count).then_some(()));
        std::thread::sleep(std::time::Duration::from_millis(50));
        self.come_out()
    }

    /// The records of the log, in order.
    pub(crate) fn log(&self) -> Vec<Value> {
        let shown = lockgate(&["audit", "show", "--json", &self.text("audit")]).good();
        shown.lines().into_iter().map(|mut line| line["record"].take()).collect()
    }

    /// The records of one kind.
    pub(crate) fn events(&self, kind: &str) -> Vec<Value> {
        self.log().into_iter().filter(|record| record["event"] == kind).collect()
    }

    /// `audit verify --json` on the log, which has to be sound and to add up: the lane's figures.
    pub(crate) fn verified(&self) -> Tally {
        let key = self.path("log.pub");
        let start = self.events("start").pop().expect("a start is on record");
        fs::write(&key, format!("{}\n", start["key"].as_str().unwrap())).unwrap();
        let ran =
            lockgate(&["audit", "verify", "--json", &self.text("audit"), "--key", key.to_str().unwrap()]);
        let said = ran.line();
        assert_eq!((ran.code, &said["sound"], &said["balanced"]), (0, &true.into(), &true.into()), "{said}");
        let lane = said["lanes"].as_array().unwrap().iter().find(|lane| lane["lane"] == self.lane);
        let figures = lane.and_then(Value::as_object).into_iter().flatten();
        Tally(figures.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect())
    }

    /// `hold list --json`.
    pub(crate) fn held(&self) -> Vec<Value> {
        lockgate(&["hold", "list", "--json", "--config", &self.text("gate.kdl")]).good().lines()
    }
}

/// What the log says of the lane.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tally(BTreeMap<String, u64>);

impl Tally {
    pub(crate) fn of(&self, name: &str) -> u64 {
        *self.0.get(name).unwrap_or_else(|| panic!("{self:?} has no {name}"))
    }

    /// These and no others are not 0.
    pub(crate) fn is(&self, figures: &[(&str, u64)]) {
        let ours: BTreeMap<&str, u64> = self
            .0
            .iter()
            .map(|(name, count)| (name.as_str(), *count))
            .filter(|(_, count)| *count > 0)
            .collect();
        let theirs: BTreeMap<&str, u64> = figures.iter().copied().filter(|(_, count)| *count > 0).collect();
        assert_eq!(ours, theirs);
    }
}

/// Takes datagrams off a socket as long as the process lives: a socket's own buffer holds but a few hundred.
fn listen(socket: UdpSocket) -> Arc<Mutex<Vec<Vec<u8>>>> {
    let all = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::downgrade(&all);
    socket.set_read_timeout(Some(std::time::Duration::from_millis(100))).unwrap();
    std::thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let Some(all) = theirs.upgrade() {
            if let Ok(size) = socket.recv(&mut bytes) {
                all.lock().unwrap().push(bytes[..size].to_vec());
            }
        }
    });
    all
}

/// A port on which nobody listens now.
pub(crate) fn free_udp() -> u16 {
    free(|port| UdpSocket::bind(("127.0.0.1", port)).is_ok())
}

/// The same for streams.
pub(crate) fn free_tcp() -> u16 {
    free(|port| TcpListener::bind(("127.0.0.1", port)).is_ok())
}

/// Each port is given out once, and it is none of those that a system gives to whoever asks for any (from 32,768 on, ip(7)):
/// between this and the lane's start another test would be given it.
fn free(is_free: impl Fn(u16) -> bool) -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id() % 200 * 100;
    let mut ports = std::iter::repeat_with(|| first + GIVEN.fetch_add(1, Relaxed)).take(20_000);
    let port =
        ports.find_map(|port| u16::try_from(12_000 + port % 20_000).ok().filter(|port| is_free(*port)));
    port.expect("no port is free")
}

/// The machine's time.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time::from_unix_nanos(i64::try_from(since.as_secs()).unwrap() * 1_000_000_000)
}

/// A track that may cross: its identity, and how many seconds it holds.
pub(crate) fn track(uid: &str, seconds: i64) -> Vec<u8> {
    track_at(uid, now(), seconds)
}

/// The same, observed at a time of its own.
pub(crate) fn track_at(uid: &str, at: Time, seconds: i64) -> Vec<u8> {
    format!(
        "<event version=\"2\" uid=\"{uid}\" type=\"a-f-G-U-C\" time=\"{at}\" start=\"{at}\" stale=\"{}\" how=\"m-g\" \
         access=\"MISSION RESTRICTED\" releasableTo=\"AUT,HRV,HUN,SVK,SVN\"><point lat=\"46.0511\" lon=\"14.5051\" \
         hae=\"298.5\" ce=\"12\" le=\"9999999\"/><detail><contact callsign=\"KRIM 1\"/>\
         <track course=\"87.5\" speed=\"11.2\"/></detail></event>",
        at.plus(Duration::from_secs(seconds))
    )
    .into_bytes()
}

/// The same object with one thing changed.
pub(crate) fn but(object: &[u8], old: &str, new: &str) -> Vec<u8> {
    let text = std::str::from_utf8(object).unwrap();
    assert!(text.contains(old), "{text} does not hold {old}");
    text.replacen(old, new, 1).into_bytes()
}

/// Without its marking: held.
pub(crate) fn unmarked(uid: &str) -> Vec<u8> {
    let bare = but(&track(uid, 600), " access=\"MISSION RESTRICTED\"", "");
    but(&bare, " releasableTo=\"AUT,HRV,HUN,SVK,SVN\"", "")
}

/// Above what the destination may read: refused.
pub(crate) fn secret(uid: &str) -> Vec<u8> {
    but(&track(uid, 600), "RESTRICTED", "SECRET")
}

/// With a device that does not cross: rewritten.
pub(crate) fn with_device(uid: &str) -> Vec<u8> {
    but(&track(uid, 600), "<contact ", "<contact phone=\"38640123456\" ")
}
