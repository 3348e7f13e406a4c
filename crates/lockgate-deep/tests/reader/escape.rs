//! What the reader could try, tried by this program in its place: each is killed, or told no.

use lockgate_deep::{Failure, NoReader, Place, Reader};
use std::io::{Error, ErrorKind, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

type Seen = Result<Reader, NoReader>;
/// Name, what is tried and whether it was done, and what the parent must see.
type Attempt = (&'static str, fn(&Path) -> Result<(), Error>, fn(&Seen) -> bool);

const ATTEMPTS: &[Attempt] = &[
    ("read-its-data", |data| std::fs::read(data.join("eng.traineddata")).map(drop), done),
    ("read-a-library-folder", |_| std::fs::File::open("/etc/ld.so.cache").map(drop), done),
    ("read-elsewhere", |_| std::fs::File::open("/etc/hostname").map(drop), denied),
    ("read-what-runs", |_| std::fs::read("/proc/self/maps").map(drop), denied),
    ("list-its-data", |data| std::fs::read_dir(data).map(drop), denied),
    ("list", |_| std::fs::read_dir("/").map(drop), denied),
    ("create", |_| std::fs::File::create("/tmp/lockgate-reader-escape").map(drop), denied),
    ("create-beside-its-data", |data| std::fs::File::create(data.join("x")).map(drop), denied),
    (
        "write-its-data",
        |data| std::fs::File::options().append(true).open(data.join("eng.traineddata")).map(drop),
        denied,
    ),
    ("remove-its-data", |data| std::fs::remove_file(data.join("eng.traineddata")), denied),
    ("tcp", |_| std::net::TcpStream::connect("127.0.0.1:9").map(drop), killed),
    ("udp", |_| std::net::UdpSocket::bind("127.0.0.1:0").map(drop), killed),
    ("unix", |_| std::os::unix::net::UnixStream::connect("/run/x").map(drop), killed),
    ("exec", |_| Err(Command::new("/bin/true").exec()), killed),
    ("exec-itself", |_| Err(Command::new(std::env::args().next().unwrap_or_default()).exec()), killed),
    ("spawn", |_| Command::new("/bin/true").spawn().map(drop), killed),
    ("thread", |_| std::thread::Builder::new().spawn(|| {}).map(drop), killed),
    ("ptrace", |_| nix::sys::ptrace::traceme().map_err(Error::from), killed),
    (
        "kill",
        |_| {
            rustix::process::kill_process(rustix::process::Pid::INIT, rustix::process::Signal::TERM)
                .map_err(Error::from)
        },
        killed,
    ),
    (
        "raise-limits",
        |_| {
            let limit = rustix::process::Rlimit { current: Some(100), maximum: Some(100) };
            rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).map_err(Error::from)
        },
        denied,
    ),
    ("left-open", |_| left_open(), denied),
    (
        "memory",
        |_| {
            drop(std::hint::black_box(vec![1_u8; 2 << 30]));
            Ok(())
        },
        |seen| matches!(failure(seen), Some(Failure::Killed { signal: 6 | 9 })),
    ),
    ("babble", |_| say(&vec![b'x'; 2 << 20]), |seen| matches!(failure(seen), Some(Failure::BadAnswer(_)))),
    ("no-end", |_| std::process::exit(1), |seen| failure(seen) == Some(Failure::Crashed { status: 1 })),
];

/// What takes its time, and then answers nothing.
pub(crate) const DAWDLE: &str = "dawdle";
/// How long.
pub(crate) const DAWDLES: std::time::Duration = std::time::Duration::from_secs(4);

/// What the reader answers where it sees no word.
const EMPTY_TABLE: &[u8] =
    b"level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n";

fn failure(seen: &Seen) -> Option<Failure> {
    match seen {
        Err(NoReader::Failed(failure)) => Some(failure.clone()),
        _ => None,
    }
}

fn killed(seen: &Seen) -> bool {
    failure(seen) == Some(Failure::Killed { signal: 31 })
}

fn denied(seen: &Seen) -> bool {
    seen.as_ref().is_ok_and(|reader| reader.engine().starts_with("tesseract denied"))
}

fn done(seen: &Seen) -> bool {
    seen.as_ref().is_ok_and(|reader| reader.engine().starts_with("tesseract done"))
}

fn say(bytes: &[u8]) -> Result<(), Error> {
    std::io::stdout().write_all(bytes).and_then(|()| std::io::stdout().flush())
}

/// Denied where no descriptor but the three is open, whatever its parent left open.
fn left_open() -> Result<(), Error> {
    let open = (3..64).any(|number: i32| nix::unistd::close(number).is_ok());
    if open { Ok(()) } else { Err(ErrorKind::PermissionDenied.into()) }
}

/// In the reader's place: the folder of its data says what is tried. Answers as the reader does, with what came of it as its name.
pub(crate) fn attempt() -> ExitCode {
    let data = PathBuf::from(std::env::var_os("TESSDATA_PREFIX").unwrap_or_default());
    let mut picture = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut picture);
    let name = data.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name == DAWDLE {
        let until = std::time::Instant::now() + DAWDLES;
        while std::time::Instant::now() < until {
            std::hint::spin_loop();
        }
        return ExitCode::from(1);
    }
    let Some((_, tries, _)) = ATTEMPTS.iter().find(|(known, _, _)| *known == name) else {
        return ExitCode::from(9);
    };
    let came = match tries(&data) {
        Ok(()) => "done",
        Err(error) if error.kind() == ErrorKind::PermissionDenied => "denied",
        Err(_) => "failed",
    };
    if std::env::args().next_back().is_some_and(|asked| asked == "tessedit_create_tsv=1") {
        return if say(EMPTY_TABLE).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(8) };
    }
    let answer = format!("<meta name='ocr-system' content='tesseract {came}' />>TEST<");
    if say(answer.as_bytes()).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(8) }
}

pub(crate) fn judge() -> u8 {
    let folder = std::env::temp_dir().join(format!("lockgate-reader-{}", std::process::id()));
    let mut wrong = 0;
    // What a careless parent leaves open is not there in the jail.
    let careless = std::fs::File::open("/etc/hostname").unwrap();
    rustix::io::fcntl_setfd(&careless, rustix::io::FdFlags::empty()).unwrap();
    for (name, _, as_it_should) in ATTEMPTS {
        let data = folder.join(name);
        std::fs::create_dir_all(&data).unwrap();
        std::fs::write(data.join("eng.traineddata"), b"none").unwrap();
        let place = Place::At { program: std::env::current_exe().unwrap(), data };
        let seen = Reader::open(&place);
        let right = as_it_should(&seen);
        wrong += u8::from(!right);
        println!("{} {name}: {seen:?}", if right { "ok  " } else { "FAIL" });
    }
    std::fs::remove_dir_all(&folder).unwrap();
    wrong
}
