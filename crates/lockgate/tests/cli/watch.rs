//! `status` and `top`, asked of a lane that shows itself.

use crate::common::run;
use lockgate_bytes::Time;
use lockgate_watch::{Alarm, Asked, Commands, Gauges, Log, Options, Watch, Worker};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

struct NoOrders;

impl Commands for NoOrders {
    fn run(&mut self, _: &Asked) -> Result<String, String> {
        Err("no orders here".to_owned())
    }
}

/// Says yes to one kind of order, and no to any other.
struct OnlyReload;

impl Commands for OnlyReload {
    fn run(&mut self, asked: &Asked) -> Result<String, String> {
        if asked.request == lockgate_watch::Request::Reload {
            return Ok("revision 8 is in force".to_owned());
        }
        Err("the clock cannot be confirmed".to_owned())
    }
}

struct Lane {
    gauges: Arc<Gauges>,
    socket: PathBuf,
    _watch: Watch,
    folder: tempfile::TempDir,
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time::from_unix_nanos(i64::try_from(since.as_nanos()).unwrap())
}

fn lane() -> Lane {
    lane_that(NoOrders)
}

fn lane_that(obeys: impl Commands) -> Lane {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("control");
    let gauges = Arc::new(Gauges::new("cot-down", "0.1.0", now()));
    gauges.clear(Alarm::Starting);
    Worker::ALL.iter().for_each(|worker| gauges.beat(*worker));
    let options = Options { control: Some(socket.clone()), ..Options::default() };
    let watch = Watch::start(Arc::clone(&gauges), Arc::new(now), obeys, Log::none(), options).unwrap();
    Lane { gauges, socket, _watch: watch, folder }
}

#[test]
fn an_order_is_done_or_is_a_fault_that_says_why() {
    let lane = lane_that(OnlyReload);
    let socket = lane.socket.to_str().unwrap();
    let ran = run(&["reload", "--control", socket]);
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (0, "revision 8 is in force\n", ""));
    let ran = run(&["reload", "--json", "--control", socket]);
    assert_eq!((ran.code, ran.line()["ok"].as_bool()), (0, Some(true)), "{ran:?}");
    for json in [&["--json"][..], &[]] {
        let ran = run(&[&["reload", "--confirm-clock", "--control", socket][..], json].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains("the lane says: the clock cannot be confirmed"), "{ran:?}");
    }
}

#[test]
fn status_exits_by_whether_the_lane_releases() {
    let lane = lane();
    let socket = lane.socket.to_str().unwrap();
    let seen = run(&["status", "--control", socket]);
    assert_eq!(seen.code, 0, "{seen:?}");
    assert!(seen.out.starts_with("cot-down  RELEASING  up "), "{}", seen.out);
    assert!(seen.out.lines().all(|line| line.chars().count() <= 80) && seen.out.lines().count() <= 24);
    lane.gauges.raise(Alarm::DiskFull, now(), "log");
    let seen = run(&["status", "--control", socket]);
    assert_eq!(seen.code, 1, "{seen:?}");
    assert!(seen.out.contains("NOT RELEASING") && seen.out.contains("! disk-full"), "{}", seen.out);
    assert!(seen.out.contains("Make room on the disk"), "what to do stands there: {}", seen.out);
    let seen = run(&["status", "--json", "--control", socket]);
    assert_eq!((seen.code, seen.line()["health"]["why_not"][0].as_str()), (1, Some("disk-full")));
}

#[test]
fn a_lane_that_cannot_be_asked_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = folder.path().join("nobody");
    for command in ["status", "top"] {
        let seen = run(&[command, "--control", nobody.to_str().unwrap()]);
        assert_eq!((seen.code, seen.out.as_str()), (2, ""), "{seen:?}");
        assert!(seen.err.contains("nobody: the lane cannot be asked (") && seen.err.contains("does it run"));
        for wrong in [
            &[command][..],
            &[command, "--control", "a", "--config", "b"],
            &[command, "--config", "/nowhere"],
        ] {
            assert_eq!(run(wrong).code, 2, "{wrong:?}");
        }
    }
}

#[test]
fn the_deployment_file_names_the_socket() {
    let lane = lane();
    let base = include_str!("../../../lockgate-deployment/tests/base.kdl");
    let config = lane.folder.path().join("gate-1.kdl");
    let named = base.replace("/run/lockgate/gate-1.sock", lane.socket.to_str().unwrap());
    assert_ne!(named, base);
    std::fs::write(&config, &named).unwrap();
    let seen = run(&["status", "--config", config.to_str().unwrap()]);
    assert_eq!(seen.code, 0, "{seen:?}");
    let without: String =
        named.lines().filter(|line| !line.contains("control")).map(|l| format!("{l}\n")).collect();
    std::fs::write(&config, without).unwrap();
    let seen = run(&["status", "--config", config.to_str().unwrap()]);
    assert!(seen.code == 2 && seen.err.contains("it names no control socket; add `control"), "{seen:?}");
}

#[test]
fn top_prints_one_screen_where_it_cannot_be_live() {
    let lane = lane();
    for args in [&["top"][..], &["top", "--once"]] {
        let args: Vec<&str> =
            args.iter().copied().chain(["--control", lane.socket.to_str().unwrap()]).collect();
        let seen = run(&args);
        assert_eq!(seen.code, 0, "{seen:?}");
        assert!(seen.out.contains("RELEASING") && !seen.out.contains('\u{1b}'), "{}", seen.out);
    }
}

/// Everything that comes until it is enough.
fn gather(pieces: &Receiver<Vec<u8>>, what: &str, is_enough: impl Fn(&str) -> bool) -> String {
    let end = Instant::now() + Duration::from_secs(20);
    let mut all = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&all).into_owned();
        if is_enough(&text) {
            return text;
        }
        let piece = pieces.recv_timeout(end.saturating_duration_since(Instant::now()));
        all.extend(piece.unwrap_or_else(|_| panic!("waited in vain for {what}: {text:?}")));
    }
}

#[test]
fn top_is_live_on_a_terminal_small_and_gives_it_back() {
    for key in [b"q", &[3_u8]] {
        let lane = lane();
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let terminal = ioctl_tiocgptpeer(&master, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        tcsetwinsize(&terminal, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let before = tcgetattr(&terminal).unwrap();
        let mut top = Command::new(env!("CARGO_BIN_EXE_lockgate"))
            .args(["top", "--control", lane.socket.to_str().unwrap()])
            .stdin(terminal.try_clone().unwrap())
            .stdout(terminal.try_clone().unwrap())
            .spawn()
            .unwrap();
        let mut master = std::fs::File::from(master);
        let mut keys = master.try_clone().unwrap();
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            let mut piece = [0; 8192];
            while let Ok(count @ 1..) = master.read(&mut piece) {
                if sender.send(piece[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        // The line of the log is the last one.
        let first =
            gather(&pieces, "the screen", |text| text.contains("[14;1Hlog ") && text.ends_with("\u{1b}[K"));
        assert!(first.starts_with("\u{1b}[?1049h\u{1b}[?25l\u{1b}[2J"), "{first:?}");
        assert!(first.contains("cot-down  RELEASING") && first.contains("FLASH"), "{first:?}");
        assert!(first.len() < 2_100, "{}", first.len());
        assert!(!tcgetattr(&terminal).unwrap().local_modes.contains(LocalModes::ICANON));
        // Three more refreshes while everything changes: one a second.
        let begun = Instant::now();
        let mut refreshed = 0;
        for round in 1..=3 {
            for _ in 0..round * 1_000 {
                lane.gauges.came_in(now());
                lane.gauges.took(lockgate_watch::Stage::Inspect, round * 1_000_000);
            }
            refreshed += gather(&pieces, "a refresh", |text| text.len() > 20).len();
        }
        let refreshes = usize::try_from(begun.elapsed().as_secs()).unwrap() + 2;
        assert!(refreshed < refreshes * 2_000, "{refreshed} bytes in {refreshes} refreshes");
        keys.write_all(key).unwrap();
        gather(&pieces, "the terminal back", |text| text.ends_with("\u{1b}[?25h\u{1b}[?1049l"));
        assert_eq!(top.wait().unwrap().code(), Some(0));
        let after = tcgetattr(&terminal).unwrap();
        assert_eq!(format!("{before:?}"), format!("{after:?}"));
    }
}

/// Even where somebody opened the file of the socket to all. Needs root, to become somebody else.
#[test]
fn another_user_is_sent_away_by_name_of_the_kernel() {
    use std::os::unix::fs::PermissionsExt;
    let lane = lane();
    if std::os::unix::fs::MetadataExt::uid(&lane.folder.path().metadata().unwrap()) != 0 {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: only root can become another user; the rule itself is tested in lockgate-watch"
        );
        return;
    }
    let program = lane.folder.path().join("lockgate");
    // Copied by another process: a file open for writing here would be inherited by what other tests start meanwhile.
    assert!(
        Command::new("cp")
            .args([env!("CARGO_BIN_EXE_lockgate").as_ref(), program.as_os_str()])
            .status()
            .unwrap()
            .success()
    );
    for (path, mode) in [(lane.folder.path(), 0o755), (&program, 0o755), (&lane.socket, 0o666)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut other = Command::new(&program);
    other.args(["status", "--control", lane.socket.to_str().unwrap()]);
    let seen = std::os::unix::process::CommandExt::uid(&mut other, 65_534).output().unwrap();
    let says = String::from_utf8(seen.stderr).unwrap();
    assert_eq!((seen.status.code(), seen.stdout.as_slice()), (Some(2), &b""[..]), "{says}");
    assert!(says.contains("only the lane's own user and root may ask"), "{says}");
}
