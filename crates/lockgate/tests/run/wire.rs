//! Both ends of a link in a folder of a gate: keys, files, the far side as a process, what it told, and a relay between them.

use crate::gate::{Gate, free_udp};
use crate::rules::{PUBLIC, SIGNERS, write_secret};
use crate::running::{wait_for, wait_until};
use lockgate_bytes::Precedence;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What both ends share.
const SHARED: &str = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";

/// A process of the program; dropped, it is killed.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockgate"));
        command.args(args);
        Self::of(command)
    }

    fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Tells it to end, and gives what it wrote.
    pub(crate) fn end(mut self) -> (i32, String, String) {
        let sent = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(sent.unwrap().success());
        let (mut out, mut err) = (String::new(), String::new());
        self.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (self.0.wait().unwrap().code().unwrap_or(-1), out, err)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The two ends of a link, in a folder of a gate.
pub(crate) struct Wire {
    pub(crate) near: u16,
    pub(crate) far: u16,
    /// The address of the far side and its interface.
    pub(crate) at: (String, String),
    folder: PathBuf,
}

impl Wire {
    pub(crate) fn new(gate: &Gate, name: &str) -> Self {
        let folder = gate.path(name);
        for below in ["near", "far", "came"] {
            fs::create_dir_all(folder.join(below)).unwrap();
        }
        fs::write(folder.join("shared"), format!("{SHARED}\n")).unwrap();
        fs::set_permissions(folder.join("shared"), fs::Permissions::from_mode(0o600)).unwrap();
        write_secret(&folder.join("key"), SIGNERS[0].1);
        let public = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", PUBLIC[0].1);
        fs::write(folder.join("pub"), public).unwrap();
        write_secret(&folder.join("sums"), SIGNERS[1].1);
        let public = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", PUBLIC[1].1);
        fs::write(folder.join("sums.pub"), public).unwrap();
        Self { near: free_udp(), far: free_udp(), at: ("127.0.0.1".to_owned(), "lo".to_owned()), folder }
    }

    pub(crate) fn text(&self, below: &str) -> String {
        self.folder.join(below).to_str().unwrap().to_owned()
    }

    /// The line of `egress`, towards a port.
    pub(crate) fn egress(&self, port: u16, rate: &str) -> String {
        format!(
            "diode \"{}:{port}\" link=7 rate=\"{rate}\" secret=\"{}\" key=\"{}\" state=\"{}\" {{\n            \
             beat every=\"200ms\" manifest=\"200ms\"\n        }}",
            self.at.0,
            self.text("shared"),
            self.text("key"),
            self.text("near")
        )
    }

    /// The line of `intake`, at the far end.
    pub(crate) fn intake(&self, source: &str) -> String {
        format!(
            "diode \"127.0.0.1:{}\" interface=\"lo\" link=7 source=\"{source}\" secret=\"{}\" key=\"{}\" state=\"{}\"",
            self.far,
            self.text("shared"),
            self.text("pub"),
            self.text("far"),
        )
    }

    /// The file of the far side.
    pub(crate) fn receiver(&self, deliver: &str, more: &str) -> String {
        let text = format!(
            "receiver \"far-1\" {{\n    diode \"{}:{}\" interface=\"{}\" link=7 secret=\"{}\" key=\"{}\" state=\"{}\" {{\n        \
             limits patience=\"1s\" former=\"2s\"\n    }}\n    deliver {{\n        {deliver}\n    }}\n    \
             report \"{}\"\n    summary key=\"{}\"\n    metrics \"{}\"\n    {more}\n}}\n",
            self.at.0,
            self.far,
            self.at.1,
            self.text("shared"),
            self.text("pub"),
            self.text("far"),
            self.text("report.jsonl"),
            self.text("sums"),
            self.text("far.prom"),
        );
        fs::write(self.folder.join("far.kdl"), text).unwrap();
        self.text("far.kdl")
    }

    pub(crate) fn folder_receiver(&self, more: &str) -> String {
        self.receiver(&format!("directory \"{}\" extension=cot", self.text("came")), more)
    }

    /// What lies in the folder, by name.
    pub(crate) fn came(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.folder.join("came")).unwrap().map(|entry| entry.unwrap().path());
        let whole = entries.filter(|path| path.extension().is_some_and(|end| end == "cot"));
        whole.map(|path| (name_of(&path), fs::read(&path).unwrap())).collect()
    }

    pub(crate) fn count(&self) -> u64 {
        count(self.came().len())
    }

    /// What became of everything that was sent, by epoch, class and number, and of nothing twice: what lies in the folder,
    /// and what was told to be lost. Waits until it is `sent` objects.
    pub(crate) fn account(&self, sent: u64) -> (BTreeSet<Numbered>, BTreeSet<Numbered>) {
        wait_until(|| {
            let came: BTreeSet<Numbered> = self.came().keys().map(|name| numbered(name)).collect();
            let lost: BTreeSet<Numbered> = self.reports("lost").iter().flat_map(range_of).collect();
            let told: BTreeSet<&Numbered> = came.union(&lost).collect();
            if count(told.len()) >= sent {
                return Ok((came, lost));
            }
            let mut events = BTreeMap::new();
            for event in self.events() {
                *events.entry(event["event"].to_string()).or_insert(0) += 1;
            }
            let mut epochs = BTreeMap::new();
            for (epoch, class, number) in told {
                epochs.entry((epoch, class)).or_insert_with(BTreeSet::new).insert(number);
            }
            let gaps: Vec<String> = epochs
                .iter()
                .map(|(of, told)| {
                    let last = **told.last().unwrap();
                    let missing: Vec<u64> = (0..=last).filter(|number| !told.contains(number)).collect();
                    format!("{of:?}: up to {last}, without {missing:?}")
                })
                .collect();
            Err(format!(
                "{sent} were sent, {} came, {} are told lost; {gaps:?}; told: {events:?}",
                came.len(),
                lost.len()
            ))
        })
    }

    pub(crate) fn reports(&self, event: &str) -> Vec<Value> {
        self.events().into_iter().filter(|line| line["event"] == event).collect()
    }

    fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.join("report.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Waits until the far side listens.
    pub(crate) fn receive(&self, config: &str) -> Process {
        self.receive_by(Command::new(env!("CARGO_BIN_EXE_lockgate")), config)
    }

    /// The same with a command that ends with the program's name.
    pub(crate) fn receive_by(&self, mut command: Command, config: &str) -> Process {
        let before = self.reports("running").len();
        command.args(["receive", "--config", config]);
        let far = Process::of(command);
        wait_for("the far side", || (self.reports("running").len() > before).then_some(()));
        far
    }
}

/// Epoch, class (0 is the lowest) and number of an object on a link.
pub(crate) type Numbered = (String, usize, u64);

/// What the name of a delivered file says.
fn numbered(name: &str) -> Numbered {
    let parts: Vec<&str> = name.strip_suffix(".cot").unwrap().split('-').collect();
    (parts[0].to_owned(), parts[1].parse().unwrap(), parts[2].parse().unwrap())
}

/// What a line says that tells a loss.
fn range_of(lost: &Value) -> impl Iterator<Item = Numbered> + use<> {
    let epoch = lost["epoch"].as_str().unwrap().to_owned();
    let class = Precedence::ALL.iter().position(|class| lost["class"] == class.name()).unwrap();
    let range = lost["first"].as_u64().unwrap()..=lost["last"].as_u64().unwrap();
    range.map(move |number| (epoch.clone(), class, number))
}

/// How many they are.
pub(crate) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Waits until a relay relays.
pub(crate) fn relay(from: u16, to: u16, more: &[&str]) -> Process {
    let (from, to) = (format!("127.0.0.1:{from}"), format!("127.0.0.1:{to}"));
    let mut args = vec!["relay", "--json", "--from", &from, "--to", &to];
    args.extend(more);
    let relay = Process::start(&args);
    wait_for("the relay", || UdpSocket::bind(&from).is_err().then_some(()));
    relay
}
