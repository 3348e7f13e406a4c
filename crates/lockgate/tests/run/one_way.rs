//! A far side in a network of its own, behind two ends of a cable: a capture of everything that travels on it.

use crate::gate::{Gate, track};
use crate::running::wait_for;
use crate::wire::Wire;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeSet;
use std::io::{Read, Write as _};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Hardware addresses of both ends.
const NEAR: [u8; 6] = [2, 0x10, 0xCC, 0, 0, 1];
const FAR: [u8; 6] = [2, 0x10, 0xCC, 0, 0, 2];
/// All protocols of Ethernet (`ETH_P_ALL`), in the order of the network.
const ALL: i32 = 0x0300;

/// Two ends of a cable, one of them in a network namespace. Names and addresses are this process's own. Gone when dropped.
struct Cable {
    space: String,
    near: String,
    far: String,
    /// Addresses of both ends.
    at: [String; 2],
}

impl Cable {
    /// `None` where this machine does not allow it, which is told with the cause past the harness: it would keep it to itself.
    fn new() -> Option<Self> {
        let process = std::process::id();
        let [space, near, far] = ["lockgate-", "lgn", "lgf"].map(|name| format!("{name}{process}"));
        let net = process % 16_384;
        let at = [1, 2].map(|end| format!("10.213.{}.{}", net / 64, net % 64 * 4 + end));
        let it = Self { space, near, far, at };
        // What a process of the same number may have left when it was killed.
        it.remove();
        let Err(why) = it.make() else { return Some(it) };
        let must = std::env::var("LOCKGATE_MUST").unwrap_or_default();
        assert!(!must.split(',').any(|it| it == "namespaces"), "no packet was looked at: {why}");
        let says = "SKIPPED: that no packet travels back is not shown here; this machine does not allow";
        std::io::stderr().write_all(format!("{says} {why}\n").as_bytes()).unwrap();
        None
    }

    /// # Errors
    /// The first step that fails, and what it said.
    fn make(&self) -> Result<(), String> {
        let mac = |mac: [u8; 6]| mac.map(|byte| format!("{byte:02x}")).join(":");
        let (near_mac, far_mac) = (mac(NEAR), mac(FAR));
        let (space, near, far) = (self.space.as_str(), self.near.as_str(), self.far.as_str());
        let [near_at, far_at] = &self.at;
        let [near_net, far_net] = [near_at, far_at].map(|at| format!("{at}/30"));
        let here: [&[&str]; 6] = [
            &["netns", "add", space],
            &["link", "add", near, "type", "veth", "peer", "name", far, "netns", space],
            &["link", "set", near, "address", &near_mac],
            // Nothing but what is sent: no neighbours are asked for, no IPv6.
            &["link", "set", near, "addrgenmode", "none"],
            &["address", "add", &near_net, "dev", near],
            &["link", "set", near, "up"],
        ];
        let there: [&[&str]; 5] = [
            &["link", "set", far, "address", &far_mac],
            &["link", "set", far, "addrgenmode", "none"],
            &["address", "add", &far_net, "dev", far],
            &["link", "set", far, "up"],
            &["neigh", "add", near_at, "lladdr", &near_mac, "dev", far, "nud", "permanent"],
        ];
        for step in here {
            ip(step)?;
        }
        for step in there {
            ip(&[&["-n", space], step].concat())?;
        }
        ip(&["neigh", "add", far_at, "lladdr", &far_mac, "dev", near, "nud", "permanent"])
    }

    /// Nothing of it need be there.
    fn remove(&self) {
        let _ = ip(&["link", "delete", &self.near]);
        let _ = ip(&["netns", "delete", &self.space]);
    }

    /// A command in the far network.
    fn inside(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.space, program]);
        command
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.remove();
    }
}

/// # Errors
/// The command and what it said.
fn ip(step: &[&str]) -> Result<(), String> {
    let says = |why: &dyn std::fmt::Display| format!("`ip {}`: {why}", step.join(" "));
    match Command::new("ip").args(step).output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(says(&String::from_utf8_lossy(&done.stderr).trim())),
        Err(error) => Err(says(&error)),
    }
}

/// Frames on the cable, by their source.
struct Capture {
    stop: Arc<AtomicBool>,
    /// How many came back so far.
    back: Arc<AtomicUsize>,
    thread: JoinHandle<(u64, Vec<Vec<u8>>)>,
}

impl Capture {
    fn begin() -> Self {
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(ALL))).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        socket.set_recv_buffer_size(8 << 20).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (told, back_so_far) = (stop.clone(), Arc::new(AtomicUsize::new(0)));
        let count = back_so_far.clone();
        let thread = std::thread::spawn(move || {
            let (mut there, mut back, mut frame) = (0, Vec::new(), vec![0; 70_000]);
            loop {
                match (&socket).read(&mut frame) {
                    Ok(size) if size >= 14 && frame[6..12] == NEAR => there += 1,
                    Ok(size) if size >= 14 && frame[6..12] == FAR => {
                        back.push(frame[..size].to_vec());
                        count.store(back.len(), Ordering::Relaxed);
                    }
                    Ok(_) => {}
                    Err(_) if told.load(Ordering::Relaxed) => return (there, back),
                    Err(_) => {}
                }
            }
        });
        Self { stop, back: back_so_far, thread }
    }

    /// How many went there, and what came back.
    fn end(self) -> (u64, Vec<Vec<u8>>) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

#[test]
fn no_packet_ever_travels_back() {
    let Some(cable) = Cable::new() else { return };
    let mut gate = Gate::new("cot-down");
    let mut wire = Wire::new(&gate, "wire");
    wire.at = (cable.at[1].clone(), cable.far.clone());
    gate.egress = wire.egress(wire.far, "2Mbit/s");
    let config = wire.folder_receiver("");
    let capture = Capture::begin();
    let far = wire.receive_by(cable.inside(env!("CARGO_BIN_EXE_lockgate")), &config);
    let running = gate.start();
    let objects: Vec<Vec<u8>> = (0..30).map(|at| track(&format!("T-{at}"), 600)).collect();
    running.send_all(objects.iter().map(Vec::as_slice));
    wait_for("all of it on the far side", || (wire.count() == 30).then_some(()));
    assert_eq!(running.stop().code, 0);
    let come: BTreeSet<Vec<u8>> = wire.came().into_values().collect();
    assert_eq!(come, objects.into_iter().collect());
    assert_eq!(far.end().0, 0);
    let (there, back) = capture.end();
    assert!(there > 40, "the capture sees the cable: {there}");
    assert!(back.is_empty(), "{} came back: {:02x?}", back.len(), back[0]);
    // It would have seen one.
    let capture = Capture::begin();
    let back = format!("echo back > /dev/udp/{}/9", cable.at[0]);
    let sent = cable.inside("bash").args(["-c", &back]).status().unwrap();
    assert!(sent.success());
    wait_for("what came back", || (capture.back.load(Ordering::Relaxed) > 0).then_some(()));
    assert!(!capture.end().1.is_empty());
}
