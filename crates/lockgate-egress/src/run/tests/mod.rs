#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the test plays the receiver, which receives"
)]

use super::Egress;
use crate::gate::Gate;
use crate::testing::{key, sealed_as};
use crate::{Bounds, DiodeOut, EgressCounters, Exit, Hatch, Outcome, Report, Sender, UdpLink, What, hatch};
use lockgate_bytes::{Digest, Time};
use lockgate_diode::{Event, Limits, LinkKey, ManifestSecret, Receiver, Start, Terms};
use std::net::UdpSocket;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn now() -> Time {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    Time::from_unix_nanos(nanos.try_into().unwrap())
}

/// A receiver on a socket of its own, that loses every third part.
struct Listener {
    socket: UdpSocket,
    receiver: Receiver,
    events: Vec<Event>,
    parts: u64,
}

impl Listener {
    fn hear(&mut self) {
        let mut buffer = [0; 9_000];
        while let Ok(size) = self.socket.recv(&mut buffer) {
            let is_part = buffer[1] >> 4 == 1;
            self.parts += u64::from(is_part);
            if !is_part || !self.parts.is_multiple_of(3) {
                self.receiver.receive(&buffer[..size], now(), &mut self.events);
            }
        }
    }

    /// Numbers that have ended.
    fn ended(&self) -> u64 {
        let ended = self.events.iter().map(|event| match event {
            Event::Delivered(_) => 1,
            Event::Lost(lost) => lost.end - lost.first,
            _ => 0,
        });
        ended.sum()
    }
}

/// Told to stop while most of it waits: what is called back is not sent, and how far the link came is said all the same. A
/// hundred seconds of objects, and a minute for the last word: nothing here has to come in time.
#[test]
fn a_stop_in_the_middle_still_says_how_far_the_link_came() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let (to, from) = (socket.local_addr().unwrap(), "127.0.0.1:0".parse().unwrap());
    let link = UdpLink { to, from, device: None, hops: 1, largest: 9_000, mtu: 65_535, dscp: [0; 6] };
    let (secret, closing) = (ManifestSecret::new(&[6; 32]), Arc::new(OnceLock::new()));
    let receiver = Receiver::new(7, LinkKey::new(&[4; 32]), secret.public(), Limits::default());
    let mut listener = Listener { socket, receiver, events: Vec::new(), parts: 0 };
    let terms = Terms { small_repair: 0, ..Terms::of_rate(7, 64_000) };
    let start = Start { epoch: 9 << 32, closing: None };
    let way = DiodeOut::open(&link, terms, LinkKey::new(&[4; 32]), secret, start, closing.clone()).unwrap();
    let skew = lockgate_bytes::Duration::from_secs(5);
    let bounds = Bounds { objects: 1_000, bytes: 8 << 20, skew, at_once: way.at_once() };
    let gate = Gate { key: key(), lane: Arc::from("down"), bundle: Digest([1; 32]) };
    let (mouth, ear, ends) = hatch(Hatch { objects: 1_000, bytes: 8 << 20, reports: 64 });
    let counters = Arc::new(EgressCounters::default());
    let mut egress = Egress::new(Sender::new(bounds, gate, None), Exit::Diode(Box::new(way)), ends, counters);
    egress.last_word = Duration::from_secs(60);
    for entry in 0..1_000 {
        mouth.offer(sealed_as(entry, |it| it.bytes = vec![entry as u8; 700])).unwrap();
    }
    let thread = std::thread::spawn(move || egress.run(now));
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut mouth = Some(mouth);
    while let Ok(report) = ear.hear_within(Duration::from_millis(50)) {
        if let Some(Report::Outcomes(list)) = report {
            outcomes.extend(list);
        }
        listener.hear();
        // In the middle: parts have left, and some of them are lost.
        if let Some(mouth) = mouth.take_if(|_| outcomes.len() >= 7) {
            mouth.stop();
        }
    }
    assert_eq!(thread.join().unwrap(), Ok(()));
    listener.hear();
    assert_eq!(outcomes.len(), 1_000);
    let recalled = outcomes.iter().filter(|it| matches!(it.what, What::Recalled(_))).count();
    let sent = outcomes.iter().filter(|it| matches!(it.what, What::Sent)).count();
    assert!(recalled > 0 && recalled + sent == 1_000, "{recalled} {sent}");
    listener.receiver.tick(Time::MAX, &mut listener.events);
    let next = closing.get().expect("it was left behind").marks.0[1].map_or(0, |mark| mark.next);
    assert_eq!(listener.ended(), next, "each that has a number is accounted for");
}
