//! A far side in a network of its own, behind two ends of a cable: a capture of everything that travels on it.

use crate::gate::{Gate, track};
use crate::running::wait_for;
use crate::wire::Wire;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeSet;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Hardware addresses of both ends.
const NEAR: [u8; 6] = [2, 0x10, 0xCC, 0, 0, 1];
const FAR: [u8; 6] = [2, 0x10, 0xCC, 0, 0, 2];
/// All protocols of Ethernet (`ETH_P_ALL`), in the order of the network.
const ALL: i32 = 0x0300;

/// Two ends of a cable, one of them in a network namespace. Gone when dropped.
struct Cable(String);

impl Cable {
    /// `None` where this machine does not allow it.
    fn new() -> Option<Self> {
        let it = Self(format!("lockgate-{}", std::process::id()));
        let (name, mac) = (it.0.as_str(), |mac: [u8; 6]| mac.map(|byte| format!("{byte:02x}")).join(":"));
        let (near, far) = (mac(NEAR), mac(FAR));
        let inside = ["netns", "exec", name];
        let steps: Vec<Vec<&str>> = vec![
            vec!["netns", "add", name],
            vec!["link", "add", "lg-near", "type", "veth", "peer", "name", "lg-far", "netns", name],
            vec!["link", "set", "lg-near", "address", &near],
            [&inside[..], &["ip", "link", "set", "lg-far", "address", &far]].concat(),
            // Nothing but what is sent: no neighbours are asked for, no IPv6.
            vec!["link", "set", "lg-near", "addrgenmode", "none"],
            [&inside[..], &["ip", "link", "set", "lg-far", "addrgenmode", "none"]].concat(),
            vec!["address", "add", "10.213.7.1/30", "dev", "lg-near"],
            [&inside[..], &["ip", "address", "add", "10.213.7.2/30", "dev", "lg-far"]].concat(),
            vec!["link", "set", "lg-near", "up"],
            [&inside[..], &["ip", "link", "set", "lg-far", "up"]].concat(),
            vec!["neigh", "add", "10.213.7.2", "lladdr", &far, "dev", "lg-near", "nud", "permanent"],
            [
                &inside[..],
                &["ip", "neigh", "add", "10.213.7.1", "lladdr", &near, "dev", "lg-far", "nud", "permanent"],
            ]
            .concat(),
        ];
        for step in steps {
            let done = Command::new("ip").args(&step).stderr(Stdio::null()).status();
            if !done.is_ok_and(|done| done.success()) {
                eprintln!("SKIPPED: this machine does not allow `ip {}`", step.join(" "));
                return None;
            }
        }
        Some(it)
    }

    /// A command in the far network.
    fn inside(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.0, program]);
        command
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "delete", &self.0]).stderr(Stdio::null()).status();
    }
}

/// Frames on the cable, by their source.
struct Capture {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<(u64, Vec<Vec<u8>>)>,
}

impl Capture {
    fn begin() -> Self {
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(ALL))).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        socket.set_recv_buffer_size(8 << 20).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let thread = std::thread::spawn(move || {
            let (mut there, mut back, mut frame) = (0, Vec::new(), vec![0; 70_000]);
            loop {
                match (&socket).read(&mut frame) {
                    Ok(size) if size >= 14 && frame[6..12] == NEAR => there += 1,
                    Ok(size) if size >= 14 && frame[6..12] == FAR => back.push(frame[..size].to_vec()),
                    Ok(_) => {}
                    Err(_) if told.load(Ordering::Relaxed) => return (there, back),
                    Err(_) => {}
                }
            }
        });
        Self { stop, thread }
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
    wire.at = ("10.213.7.2", "lg-far");
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
    let sent = cable.inside("bash").args(["-c", "echo back > /dev/udp/10.213.7.1/9"]).status().unwrap();
    assert!(sent.success());
    std::thread::sleep(Duration::from_millis(200));
    assert!(!capture.end().1.is_empty());
}
