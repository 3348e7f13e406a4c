//! What a worker tries and dies of, each shown: this program is started again by itself, closes the jail, and tries.
//!
//! Run by `cargo test`; without arguments it is the parent and judges, with one it is the worker.

#![allow(
    missing_docs,
    clippy::panic,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    dead_code,
    reason = "a program of its own, that tries what no other may"
)]

#[cfg(target_os = "linux")]
#[path = "escape/priority.rs"]
mod priority;
#[cfg(target_os = "linux")]
mod samples;

#[cfg(not(target_os = "linux"))]
fn main() {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "SKIPPED: there is a jail on Linux only");
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    match std::env::args().nth(1) {
        Some(attempt) if linux::ATTEMPTS.iter().any(|(name, _, _)| *name == attempt) => {
            linux::attempt(&attempt)
        }
        Some(command) if command == linux::WITHOUT_JAIL => linux::without_jail(),
        Some(command) if command == priority::TOIL => priority::toil(),
        Some(first) if first == lockgate_deep::READER_COMMAND => {
            lockgate_deep::become_reader(std::env::args_os().skip(2))
        }
        // Standing in for the reader: it waits for its picture.
        Some(first) if first == "stdin" => {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::ExitCode::SUCCESS
        }
        Some(command) if command == lockgate_deep::COMMAND => {
            lockgate_deep::work(&lockgate_deep::Limits::USUAL)
        }
        _ => linux::judge(),
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use lockgate_deep::{Answer, Ask, Failure, Limits, Settings, Workers, enter};
    use std::io::{Read, Write};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, ExitCode};
    use std::time::{Duration, Instant};

    /// SIGSYS: the list of system calls.
    const FORBIDDEN: Failure = Failure::Killed { signal: 31 };
    type Attempt = (&'static str, fn(), fn(&Result<Answer, Failure>) -> bool);

    /// Name, what the worker does in its jail, and what the parent must see.
    pub(crate) const ATTEMPTS: &[Attempt] = &[
        (
            "open",
            || {
                let _ = std::fs::File::open("/etc/hostname");
            },
            forbidden,
        ),
        (
            "create",
            || {
                let _ = std::fs::File::create("/tmp/lockgate-escape");
            },
            forbidden,
        ),
        (
            "list",
            || {
                let _ = std::fs::read_dir("/");
            },
            forbidden,
        ),
        (
            "tcp",
            || {
                let _ = std::net::TcpStream::connect("127.0.0.1:9");
            },
            forbidden,
        ),
        (
            "udp",
            || {
                let _ = std::net::UdpSocket::bind("127.0.0.1:0");
            },
            forbidden,
        ),
        (
            "unix",
            || {
                let _ = std::os::unix::net::UnixStream::connect("/run/x");
            },
            forbidden,
        ),
        (
            "send",
            || {
                let _ = rustix::net::send(std::io::stdout(), b"x", rustix::net::SendFlags::empty());
            },
            forbidden,
        ),
        (
            "exec",
            || {
                let _ = Command::new("/bin/true").exec();
            },
            forbidden,
        ),
        (
            "fork",
            || {
                let _ = Command::new("/bin/true").spawn();
            },
            forbidden,
        ),
        (
            "thread",
            || {
                let _ = std::thread::Builder::new().spawn(|| {});
            },
            forbidden,
        ),
        (
            "ptrace",
            || {
                let _ = nix::sys::ptrace::traceme();
            },
            forbidden,
        ),
        (
            "kill-parent",
            || {
                let _ = rustix::process::kill_process(parent(), rustix::process::Signal::TERM);
            },
            forbidden,
        ),
        ("raise-limits", raise_limits, forbidden),
        // Memory to write to may be had; memory to run may not, nor may the one become the other. A mapping that can be run from its
        // beginning has no safe call that asks for it: the list of system calls itself is tried for that, in `jail::calls`.
        (
            "map",
            || drop(memmap2::MmapMut::map_anon(1 << 20)),
            |seen| matches!(seen, Err(Failure::BadAnswer(_))),
        ),
        (
            "run-memory",
            || drop(memmap2::MmapMut::map_anon(1 << 20).and_then(memmap2::MmapMut::make_exec)),
            forbidden,
        ),
        ("sleep", || std::thread::sleep(Duration::from_secs(60)), forbidden),
        (
            "memory",
            || drop(std::hint::black_box(vec![1_u8; 2 << 30])),
            |seen| matches!(seen, Err(Failure::Killed { signal: 6 | 9 })),
        ),
        (
            "spin",
            || loop {
                std::hint::spin_loop();
            },
            |seen| *seen == Err(Failure::TimedOut),
        ),
        ("panic", || panic!("as a parser might"), |seen| matches!(seen, Err(Failure::Crashed { .. }))),
        ("silence", || {}, |seen| matches!(seen, Err(Failure::BadAnswer(_)))),
        ("babble", || say(&vec![b'x'; 1 << 20]), |seen| matches!(seen, Err(Failure::BadAnswer(_)))),
        ("short", || say(b"LGDA\x05\xFF\0"), |seen| matches!(seen, Err(Failure::BadAnswer(_)))),
        (
            "long",
            || say(b"LGDA\x05\xFF\0\0\xFF\0\0\0\0\0\0\0\0\0\0x"),
            |seen| matches!(seen, Err(Failure::BadAnswer(_))),
        ),
        ("exact", || say(b"LGDA\x05\xFF\0\0\xFF\0\0\0\0\0\0\0\0\0\0"), |seen| *seen == Ok(Answer::default())),
    ];

    fn forbidden(seen: &Result<Answer, Failure>) -> bool {
        *seen == Err(FORBIDDEN)
    }

    fn parent() -> rustix::process::Pid {
        rustix::process::Pid::INIT
    }

    fn raise_limits() {
        let limit = rustix::process::Rlimit { current: Some(100), maximum: Some(100) };
        let _ = rustix::process::setrlimit(rustix::process::Resource::Nofile, limit);
    }

    fn say(bytes: &[u8]) {
        let _ = std::io::stdout().write_all(bytes).and_then(|()| std::io::stdout().flush());
    }

    /// The worker: into the jail, as the real one, and then the attempt.
    pub(crate) fn attempt(name: &str) -> ExitCode {
        std::panic::set_hook(Box::new(|_| {}));
        if enter(&Limits::USUAL).is_err() {
            return ExitCode::from(3);
        }
        say(b"R");
        let mut question = Vec::new();
        let _ = std::io::stdin().read_to_end(&mut question);
        if let Some((_, tries, _)) = ATTEMPTS.iter().find(|(known, _, _)| *known == name) {
            tries();
        }
        ExitCode::SUCCESS
    }

    /// What a worker is started with that finds no jail.
    pub(crate) const WITHOUT_JAIL: &str = "without-jail";

    /// A worker on a kernel without a jail, as far as its parent can see.
    pub(crate) fn without_jail() -> ExitCode {
        say(b"Nno such thing here");
        ExitCode::from(3)
    }

    /// Without a jail, every object is told for that reason, the one after the pool was made ready too.
    fn no_jail_is_told_each_time() -> bool {
        let settings = Settings { command: vec![WITHOUT_JAIL.to_owned()], ..Settings::default() };
        let mut workers = Workers::new(settings);
        let is_told =
            |said: Result<(), Failure>| said == Err(Failure::NoJail("no such thing here".to_owned()));
        is_told(workers.prepare())
            && (0..3).all(|_| is_told(workers.look(b"an object", Ask::STRUCTURE).map(|_| ())))
    }

    pub(crate) fn judge() -> ExitCode {
        let mut wrong = u8::from(!no_jail_is_told_each_time());
        println!("{} no jail is told for every object", if wrong == 0 { "ok  " } else { "FAIL" });
        for (name, _, as_it_should) in ATTEMPTS {
            let settings = Settings {
                command: vec![(*name).to_owned()],
                wall: Duration::from_secs(2),
                ..Settings::default()
            };
            let mut workers = Workers::new(settings);
            let seen = workers.look(b"an object", Ask::STRUCTURE);
            let right = as_it_should(&seen);
            wrong += u8::from(!right);
            println!("{} {name}: {seen:?}", if right { "ok  " } else { "FAIL" });
        }
        for (name, came) in crate::priority::judge() {
            wrong += u8::from(came.is_err());
            println!("{} {name}: {came:?}", if came.is_ok() { "ok  " } else { "FAIL" });
        }
        let honest = honest_work();
        println!("{} a worker that does its work: {honest:?}", if honest.is_ok() { "ok  " } else { "FAIL" });
        ExitCode::from(wrong + u8::from(honest.is_err()))
    }

    /// A page rendered and built anew inside of the jail is the same as outside of it: nothing there needs more.
    fn rendered(workers: &mut Workers) -> Result<(), String> {
        let ask = Ask { rebuild: lockgate_deep::Rebuild::Lossy, previews: 1, ..Ask::PIXELS };
        let sample = crate::samples::hidden().remove(0).bytes;
        let answer = workers.look(&sample, ask).map_err(|failure| format!("{failure:?}"))?;
        let document = answer.rebuilt.clone().ok_or("nothing was built anew")?.bytes;
        let preview = answer.previews.first().cloned().ok_or("no preview")?;
        let start =
            document.windows(4).position(|part| part == [0xFF, 0xD8, 0xFF, 0xE0]).ok_or("no picture")?;
        let end =
            document.windows(13).position(|part| part == [b"\xFF\xD9".as_slice(), b"\nendstream\n"].concat());
        let photograph = document.get(start..end.ok_or("no end")? + 2).ok_or("no photograph")?;
        for object in [&sample, &preview, photograph] {
            let answer = workers.look(object, ask).map_err(|failure| format!("{failure:?}"))?;
            if answer.rebuilt.is_none() || answer != lockgate_deep::look_as(object, ask) {
                return Err(format!("the jailed picture is another one: {:?}", answer.findings));
            }
        }
        Ok(())
    }

    /// Many objects one after the other, one of them large: none waits for another, and each gets its answer.
    fn honest_work() -> Result<Duration, String> {
        let mut workers = Workers::new(Settings::default());
        workers.prepare().map_err(|failure| format!("{failure:?}"))?;
        let large = vec![b'a'; 20 << 20];
        for object in [&b"plain text"[..], b"\x89PNG\r\n\x1A\n", &large] {
            let answer = workers.look(object, Ask::STRUCTURE).map_err(|failure| format!("{failure:?}"))?;
            if answer != lockgate_deep::look(object) {
                return Err("the jailed answer is another one".to_owned());
            }
        }
        rendered(&mut workers)?;
        let began = Instant::now();
        for _ in 0..20 {
            workers.look(b"plain text", Ask::STRUCTURE).map_err(|failure| format!("{failure:?}"))?;
        }
        Ok(began.elapsed() / 20)
    }
}
