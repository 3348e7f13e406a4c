//! Processes of the program: those that end by themselves, and a lane that runs until it is told to stop.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The longest that anything in these tests may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What the program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// It went well.
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// The JSON objects on standard output, one a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }

    /// The only JSON object on standard output.
    pub(crate) fn line(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "{self:?}");
        lines.remove(0)
    }
}

/// Runs the program.
pub(crate) fn lockgate(args: &[&str]) -> Ran {
    let done = Command::new(env!("CARGO_BIN_EXE_lockgate")).args(args).stdin(Stdio::null()).output().unwrap();
    Ran {
        code: done.status.code().expect("the program was not killed"),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

/// Looks every few milliseconds until `look` finds something.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The same, with something to say of what is still missing.
pub(crate) fn wait_until<T>(mut look: impl FnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(missing) => assert!(begun.elapsed() < PATIENCE, "waited in vain: {missing}"),
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// What the lane's or the far side's metrics listener answers.
pub(crate) fn http(port: u16, path: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    text
}

/// What a process says on standard error.
struct Said {
    lines: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Said {
    fn by(from: ChildStderr) -> Self {
        let lines = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&lines);
        let reader = thread::spawn(move || {
            for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
                let mut all = into.lock().unwrap();
                all.push_str(&String::from_utf8_lossy(&line));
                all.push('\n');
            }
        });
        Self { lines, reader }
    }

    fn so_far(&self) -> String {
        self.lines.lock().unwrap().clone()
    }

    /// All of it, once nobody can say more.
    fn whole(&self) -> String {
        wait_for("the end of what is said", || self.reader.is_finished().then_some(()));
        self.so_far()
    }
}

/// A lane that runs. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    config: String,
    /// What it said when it began.
    pub(crate) began: Value,
    err: Said,
    sender: UdpSocket,
}

impl Running {
    /// Starts a lane with `command`, and waits until it runs.
    pub(crate) fn start(mut command: Command, config: &str) -> Result<Self, Ran> {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let err = Said::by(child.stderr.take().unwrap());
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            let status = child.wait().unwrap();
            let err = err.whole();
            return Err(Ran { code: status.code().unwrap_or(-1), out: line, err });
        }
        let began: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(began["event"], "running", "{began}");
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        Ok(Self { child, config: config.to_owned(), began, err, sender })
    }

    /// Where a listener listens.
    pub(crate) fn address(&self, listener: &str) -> SocketAddr {
        self.began["listeners"][listener].as_str().unwrap().parse().unwrap()
    }

    /// Offers an object as a datagram.
    pub(crate) fn send(&self, object: &[u8]) {
        self.sender.send_to(object, self.address("udp-1")).unwrap();
    }

    /// Offers many, never faster than the kernel keeps them.
    pub(crate) fn send_all<'a>(&self, objects: impl IntoIterator<Item = &'a [u8]>) {
        for (number, object) in objects.into_iter().enumerate() {
            self.send(object);
            if number % 32 == 31 {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// `status --json`: its exit code, and what it says.
    pub(crate) fn status(&self) -> (i32, Value) {
        let ran = lockgate(&["status", "--json", "--config", &self.config]);
        assert_ne!(ran.code, 2, "{ran:?}");
        (ran.code, ran.line())
    }

    /// Waits until the status is as `is` wants it.
    pub(crate) fn wait_status(&self, what: &str, mut is: impl FnMut(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let begun = Instant::now();
        loop {
            let (_, status) = self.status();
            if is(&status) {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}: {status}, before: {last}");
            last = status;
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the lane has decided so many objects.
    pub(crate) fn wait_decided(&self, count: u64) -> Value {
        self.wait_status(&format!("{count} decisions"), |status| decided(status) >= count)
    }

    /// `reload`.
    pub(crate) fn reload(&self) -> Ran {
        lockgate(&["reload", "--json", "--config", &self.config])
    }

    /// Waits until it has said something on standard error.
    pub(crate) fn wait_said(&self, what: &str) {
        wait_for(what, || self.err.so_far().contains(what).then_some(()));
    }

    /// Sends a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to stop and waits until it has; what it said on standard error.
    pub(crate) fn stop(mut self) -> Ran {
        self.signal("TERM");
        let status = wait_for("the end of the lane", || self.child.try_wait().unwrap());
        let err = self.err.whole();
        Ran { code: status.code().unwrap_or(-1), out: String::new(), err }
    }

    /// Kills it as a failing machine would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the lane said:\n{}", self.err.so_far());
        }
    }
}

/// Objects that the lane has decided, as it shows them.
pub(crate) fn decided(status: &Value) -> u64 {
    ["release", "hold", "refuse"].iter().map(|verdict| status["decided"][verdict].as_u64().unwrap_or(0)).sum()
}
