//! A lane as it is deployed: rules, a bundle that two people signed, a deployment file, and the binary that runs it.

use crate::engine::authored;
use crate::event::word;
use lockgate_bytes::Digest;
use lockgate_watch::{Request, Value, ask};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value as Json;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Secret keys that repeat one byte, in the form of `openssl genpkey -algorithm ed25519`: two signers, and the log.
const SECRETS: [(&str, &str); 3] = [
    ("a-kovac", "MC4CAQAwBQYDK2VwBCIEIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"),
    ("p-hribar", "MC4CAQAwBQYDK2VwBCIEIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"),
    ("audit", "MC4CAQAwBQYDK2VwBCIEIAMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMD"),
];

/// Lanes that run.
static LANES: Mutex<Vec<u32>> = Mutex::new(Vec::new());
/// How long a lane may take to end.
const ENDS: Duration = Duration::from_secs(20);

/// Kills every lane that runs, for a program that ends without dropping them.
pub fn kill_all() {
    for id in LANES.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        // It may have ended already.
        let _ = kill(Pid::from_raw(i32::try_from(id).unwrap_or(i32::MAX)), Signal::SIGKILL);
    }
}

/// What a deployment is made for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Rules of the lane.
    pub rules: usize,
    /// Words of its list.
    pub words: usize,
    /// Rate of the way out, as a deployment file says it.
    pub rate: &'a str,
    /// Where released objects go.
    pub to: SocketAddr,
    /// True where objects of no known type are looked into, and held.
    pub slow: bool,
}

/// A folder with everything that a lane needs. It goes when this is dropped.
#[derive(Debug)]
pub struct Deployment {
    folder: tempfile::TempDir,
    program: PathBuf,
    wish_words: usize,
    wish_slow: bool,
}

/// A lane that runs. It is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    control: PathBuf,
    /// Where it takes objects.
    pub address: SocketAddr,
}

impl Deployment {
    /// Writes rules, keys and files, builds the bundle, and signs it twice. `program` is the binary.
    ///
    /// # Errors
    /// What cannot be written, or what the binary says.
    pub fn new(program: &Path, wish: Wish<'_>) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("lockgate-bench").tempdir().map_err(said("a folder"))?;
        let made = Self { folder, program: program.to_owned(), wish_words: wish.words, wish_slow: wish.slow };
        for name in ["audit", "hold"] {
            fs::create_dir(made.path(name)).map_err(said(name))?;
        }
        for (name, secret) in SECRETS {
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n");
            made.write(&format!("{name}.key"), &pem)?;
            let mode = fs::Permissions::from_mode(0o600);
            fs::set_permissions(made.path(&format!("{name}.key")), mode).map_err(said(name))?;
        }
        let keys = made.bundle(1, wish.rules)?;
        let signers = keys.iter().map(|(name, key)| {
            format!("    signer \"{name}\" ed25519=\"{key}\" from=\"2020-01-01\" until=\"2099-12-31\"\n")
        });
        made.write("trust.kdl", &format!("trust needs=2 {{\n{}}}\n", signers.collect::<String>()))?;
        // A deployment file names its port; this one was free a moment ago.
        let free =
            UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).map_err(said("a port"))?;
        made.write("gate.kdl", &made.text(wish, free))?;
        Ok(made)
    }

    /// Puts a bundle of so many rules into its place, signed: what a running lane takes when it is told to.
    ///
    /// # Errors
    /// What cannot be written, or what the binary says.
    pub fn bundle(&self, revision: u64, rules: usize) -> Result<Vec<(String, String)>, String> {
        self.rules(revision, rules)?;
        let (folder, bundle) = (self.text_of("rules"), self.text_of("new.bundle"));
        let _ = fs::remove_file(self.path("new.bundle.sigs"));
        self.say(&["bundle", "build", &folder, "-o", &bundle])?;
        let mut keys = Vec::new();
        for (name, _) in SECRETS.iter().take(2) {
            let key = self.text_of(&format!("{name}.key"));
            let told = self.say(&["bundle", "sign", &bundle, "--key", &key, "--as", name, "--json"])?;
            let told: Json = serde_json::from_str(&told).map_err(said("bundle sign"))?;
            keys.push((
                (*name).to_owned(),
                told.get("public").and_then(|public| public.as_str()).unwrap_or_default().to_owned(),
            ));
        }
        for name in ["new.bundle.sigs", "new.bundle"] {
            let into = self.path(&name.replace("new", "gate"));
            fs::rename(self.path(name), into).map_err(said(name))?;
        }
        Ok(keys)
    }

    /// Starts the lane, and waits until it says that it runs.
    ///
    /// # Errors
    /// Where it does not start.
    pub fn start(&self) -> Result<Running, String> {
        let mut child = Command::new(&self.program)
            .args(["run", "--json", "--config", &self.text_of("gate.kdl")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(self.path("messages")).map_err(said("messages"))?)
            .spawn()
            .map_err(said("the lane"))?;
        LANES.lock().unwrap_or_else(PoisonError::into_inner).push(child.id());
        let mut line = String::new();
        let told = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
        let address = serde_json::from_str::<Json>(&line).ok().and_then(|said| {
            said.get("listeners")?.as_object()?.values().next()?.as_str()?.parse::<SocketAddr>().ok()
        });
        let Some(address) = address.filter(|_| matches!(told, Some(Ok(_)))) else {
            let _ = child.kill();
            let _ = child.wait();
            let why = fs::read_to_string(self.path("messages")).unwrap_or_default();
            return Err(format!("the lane did not start: {line}{why}"));
        };
        Ok(Running { child, control: self.path("gate.sock"), address })
    }

    /// What `audit verify` says: the accounting of the whole log, and whether it holds.
    ///
    /// # Errors
    /// Where it does not hold, or cannot be read.
    pub fn verify(&self, key: &str) -> Result<String, String> {
        self.write("log.pub", &format!("{key}\n"))?;
        self.say(&["audit", "verify", &self.text_of("audit"), "--key", &self.text_of("log.pub"), "--json"])
    }

    /// Every entry of the log, one JSON object a line, as text.
    ///
    /// # Errors
    /// What the binary says.
    pub fn export(&self) -> Result<String, String> {
        self.say(&["audit", "export", &self.text_of("audit"), "--format", "jsonl"])
    }

    fn say(&self, args: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.program).args(args).output().map_err(said("the binary"))?;
        if !output.status.success() {
            let says = [output.stdout, output.stderr].concat();
            return Err(format!("lockgate {}: {}", args.join(" "), String::from_utf8_lossy(&says)));
        }
        String::from_utf8(output.stdout).map_err(said("the binary"))
    }

    /// The folder in which all of it stands, the log too.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text_of(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(said(name))?;
        }
        fs::write(path, text).map_err(said(name))
    }

    /// The bench's rules take the place of the type's own. The evidence is made to name them: nobody has reviewed them, and
    /// they go nowhere but into this folder.
    fn rules(&self, revision: u64, rules: usize) -> Result<(), String> {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
        for name in [
            "policies/MISSION/policy.kdl",
            "policies/MISSION/mission.spif.xml",
            "types/cot-event/type.kdl",
            "types/stanag-4774/type.kdl",
            "communities/R-SOCC.kdl",
        ] {
            let text = fs::read_to_string(shipped.join(name)).map_err(said(name))?;
            self.write(&format!("rules/{name}"), &text)?;
        }
        let lane = include_str!("../lane/lane.kdl").replace("2Mbit/s", "100Gbit/s");
        let lane = lane.replace("skew=\"5s\"", "skew=\"5s\" newest-wins=#true");
        let lane = match (self.wish_slow, lane.trim_end().strip_suffix('}')) {
            (true, Some(head)) => format!(
                "{head}    slow {{\n        accept pdf png\n        review people=2 lease=\"15m\"\n    }}\n}}\n"
            ),
            _ => lane,
        };
        let type_rules = fs::read(shipped.join("types/cot-event/rules.kdl")).map_err(said("rules.kdl"))?;
        let evidence =
            fs::read_to_string(shipped.join("types/cot-event/evidence.kdl")).map_err(said("evidence"))?;
        let rules = authored(rules);
        let (theirs, ours) = (Digest::of(&type_rules).to_string(), Digest::of(rules.as_bytes()).to_string());
        let bundle =
            include_str!("../lane/bundle.kdl").replace("revision=1", &format!("revision={revision}"));
        let agreement = include_str!("../lane/agreement.kdl").replace(" demonstration=#true", "");
        let words: String =
            (0..u64::try_from(self.wish_words).unwrap_or(0)).map(|number| word(number) + "\n").collect();
        for (name, text) in [
            ("bundle.kdl", bundle.as_str()),
            ("domains/svn-national.kdl", include_str!("../lane/from.kdl")),
            ("domains/rsocc-net.kdl", include_str!("../lane/to.kdl")),
            ("agreements/rsocc.kdl", &agreement),
            ("profiles/cot-mission.kdl", include_str!("../lane/profile.kdl")),
            ("lanes/bench.kdl", &lane),
            ("types/cot-event/rules.kdl", &rules),
            ("types/cot-event/evidence.kdl", &evidence.replace(&theirs, &ours)),
            ("words/codewords.kdl", "words \"codewords\" mode=whole file=\"codewords.txt\"\n"),
            ("words/codewords.txt", &words),
        ] {
            self.write(&format!("rules/{name}"), text)?;
        }
        Ok(())
    }

    fn text(&self, wish: Wish<'_>, free: SocketAddr) -> String {
        let at = |name: &str| self.text_of(name);
        format!(
            "deployment \"bench\" {{\n    bundle \"{}\" trust=\"{}\"\n    lane \"bench\"\n    intake {{\n        \
             udp \"{}\" interface=\"lo\" source=\"sensor-net\" rate=\"100Gbit/s\" buffer=\"8MiB\"\n    }}\n    \
             egress {{\n        udp \"{}\" rate=\"{}\" mtu=1500\n    }}\n    hold \"{}\" quota=\"4GiB\"\n    \
             audit \"{}\" key=\"{}\"\n    control \"{}\"\n    log format=json to=\"stderr\"\n    \
             clock max-step=\"1s\" needs-synchronised=#false\n    drain \"2s\"\n}}\n",
            at("gate.bundle"),
            at("trust.kdl"),
            free,
            wish.to,
            wish.rate,
            at("hold"),
            at("audit"),
            at("audit.key"),
            at("gate.sock"),
        )
    }
}

impl Running {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks over the control socket; the answer, and how long it took.
    ///
    /// # Errors
    /// Where no answer comes within ten seconds.
    pub fn ask(&self, request: Request) -> Result<(Value, Duration), String> {
        let begun = Instant::now();
        let (_, told) =
            ask(&self.control, request, Duration::from_secs(10)).map_err(said("the control socket"))?;
        Ok((told, begun.elapsed()))
    }

    /// The most memory that it has had at once, in MiB, as the kernel tells it.
    ///
    /// # Errors
    /// Where the kernel does not tell.
    pub fn most_memory(&self) -> Result<f64, String> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.id())).map_err(said("/proc"))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().map_err(said("VmHWM"))?;
        Ok(kib / 1024.0)
    }

    /// Tells it to finish, and waits.
    ///
    /// # Errors
    /// Where it does not end well.
    pub fn stop(mut self) -> Result<(), String> {
        let id = Pid::from_raw(i32::try_from(self.id()).unwrap_or(i32::MAX));
        kill(id, Signal::SIGTERM).map_err(said("SIGTERM"))?;
        let begun = Instant::now();
        while begun.elapsed() < ENDS {
            match self.child.try_wait().map_err(said("the lane"))? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("the lane ended with {status}")),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        Err(format!("the lane had not ended {} s after it was told to", ENDS.as_secs()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let id = self.child.id();
        LANES.lock().unwrap_or_else(PoisonError::into_inner).retain(|lane| *lane != id);
    }
}

fn said<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> String {
    move |error| format!("{what}: {error}")
}

/// The folder of the running program, where cargo puts the binary as well.
///
/// # Errors
/// Where the binary is not there.
pub fn binary() -> io::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("lockgate");
    if path.is_file() {
        return Ok(path);
    }
    let says = format!("{} is not built: cargo build -p lockgate, with the same profile", path.display());
    Err(io::Error::new(io::ErrorKind::NotFound, says))
}
