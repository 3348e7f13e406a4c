//! Workers and readers let everybody else go first, and what they wait for that is no time of theirs.

use lockgate_deep::{Answer, Ask, Limits, READER_COMMAND, Settings, Workers, enter};
use std::io::{Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The command of a worker that has a fixed piece of work to do.
pub(crate) const TOIL: &str = "toil";
/// Some hundredths of a second of a processor: at one or two hundredths of one, longer than [`WALL`].
const STEPS: u32 = 8_000_000;
const WALL: Duration = Duration::from_secs(2);
/// How far back: the nice value, and the number of `SCHED_IDLE`.
const BACK: [&str; 2] = ["19", "5"];

/// The worker: into the jail, then its work, then an empty answer.
pub(crate) fn toil() -> ExitCode {
    let mut output = std::io::stdout().lock();
    if enter(&Limits::USUAL).is_err() || output.write_all(b"R").and_then(|()| output.flush()).is_err() {
        return ExitCode::from(3);
    }
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    for step in 0..STEPS {
        std::hint::black_box(step);
    }
    let told = output.write_all(&Answer::default().to_bytes()).and_then(|()| output.flush());
    if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(4) }
}

type Came = Result<String, String>;

pub(crate) fn judge() -> [(&'static str, Came); 3] {
    [
        ("a worker lets others go first", worker_stands_back()),
        ("a reader lets others go first", reader_stands_back()),
        ("a worker that waits for a processor is waited for", a_starved_worker_is_waited_for()),
    ]
}

/// The nice value of a process and its policy, as the kernel says them: the seventeenth and the thirty-ninth field behind the name,
/// which ends with the last bracket (proc_pid_stat(5)).
fn priority(process: u32) -> Result<[String; 2], String> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).map_err(|error| error.to_string())?;
    let fields: Vec<&str> = text.rsplit_once(") ").ok_or("no name")?.1.split(' ').collect();
    let field = |at: usize| fields.get(at).map(|field| (*field).to_owned()).ok_or_else(|| text.clone());
    Ok([field(16)?, field(38)?])
}

fn is_back(priority: [String; 2]) -> Came {
    let said = format!("nice {}, policy {}", priority[0], priority[1]);
    if priority == BACK { Ok(said) } else { Err(said) }
}

fn worker_stands_back() -> Came {
    let mut workers = Workers::new(Settings { waiting: 1, ..Settings::default() });
    workers.prepare().map_err(|failure| format!("{failure:?}"))?;
    let children = format!("/proc/self/task/{}/children", std::process::id());
    let children = std::fs::read_to_string(children).map_err(|error| error.to_string())?;
    let child = children.split_whitespace().next().and_then(|child| child.parse().ok()).ok_or("no child")?;
    is_back(priority(child)?)
}

fn reader_stands_back() -> Came {
    let said = |error: std::io::Error| error.to_string();
    let program = std::env::current_exe().map_err(said)?;
    let mut child = Command::new(&program)
        .arg(READER_COMMAND)
        .args([&program, &std::env::temp_dir()])
        .arg("proof")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(said)?;
    let mut first = [0];
    let read = child.stdout.take().map(|mut output| output.read_exact(&mut first));
    let priority = priority(child.id());
    drop(child.stdin.take());
    child.wait().map_err(said)?;
    match (read, first) {
        (Some(Ok(())), [b'R']) => is_back(priority?),
        other => Err(format!("no jail: {other:?}")),
    }
}

/// As many threads as there are processors, busy at the usual priority, and a worker beside them.
fn a_starved_worker_is_waited_for() -> Came {
    let settings = Settings { command: vec![TOIL.to_owned()], wall: WALL, ..Settings::default() };
    let is_over = AtomicBool::new(false);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let begun = Instant::now();
        let answer = Workers::new(settings).look(b"an object", Ask::STRUCTURE);
        is_over.store(true, Ordering::Relaxed);
        match answer {
            Ok(_) => Ok(format!("after {:?}, of {WALL:?}", begun.elapsed())),
            Err(failure) => Err(format!("{failure:?} after {:?}", begun.elapsed())),
        }
    })
}
