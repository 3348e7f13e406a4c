//! The thread that reads, alone: how it counts time while nobody takes what it has read.

use super::{BYTES, Message, Reader, Stop, TICK, sum};
use crate::ear::{Ear, Listen};
use crate::testing::{EPOCHS, OBJECTS, datagrams, link};
use crossbeam_channel::bounded;
use lockgate_bytes::{Duration, Time};
use lockgate_diode::{Event, Limits, Receiver, open};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration as Patience, Instant};

#[test]
fn what_waits_in_the_kernel_while_nobody_has_room_does_not_come_too_late() {
    let limits = Limits { patience: Duration::from_nanos(200_000_000), ..Limits::default() };
    let link = crate::station::Link { limits, ..link() };
    let receiver = Receiver::new(link.link, link.key.clone(), link.manifest_key, limits);
    let address = "127.0.0.1:0".parse().unwrap();
    let ear = Ear::open(&Listen { address, interface: "lo".to_owned(), buffer: 1 << 20 }).unwrap();
    ear.wait(TICK).unwrap();
    let (socket, at) = (UdpSocket::bind("127.0.0.1:0").unwrap(), ear.address().unwrap());
    // The manifest that says all was sent is heard first.
    let of_first = |it: &Vec<u8>| open(it, link.link, &link.key).unwrap().head.epoch == EPOCHS[0];
    let mut all: Vec<Vec<u8>> = datagrams().into_iter().map(|(_, it)| it).filter(of_first).collect();
    let last = all.iter().rposition(|datagram| datagram[1] >> 4 == 4).unwrap();
    let manifest = all.remove(last);
    socket.send_to(&manifest, at).unwrap();
    let (out, inbox) = bounded(4_096);
    let (_, back) = bounded(1);
    let (bytes, stop) = (AtomicUsize::new(BYTES + 1), Stop::default());
    let told = stop.clone();
    let reader = Reader {
        ear,
        receiver: Box::new(receiver),
        out,
        back,
        bytes: &bytes,
        stop: told,
        notes: 0,
        pauses: true,
    };
    let begun = Instant::now();
    let events: Vec<Event> = std::thread::scope(|scope| {
        let reading =
            scope.spawn(move || reader.run(move || Time::from_unix_nanos(begun.elapsed().as_nanos() as i64)));
        // It has read the manifest, and waits for room much longer than its patience. The rest comes meanwhile.
        std::thread::sleep(Patience::from_millis(100));
        for datagram in &all {
            socket.send_to(datagram, at).unwrap();
        }
        std::thread::sleep(Patience::from_millis(500));
        bytes.store(0, Ordering::Release);
        std::thread::sleep(Patience::from_millis(500));
        stop.stop();
        reading.join().unwrap().unwrap();
        inbox
            .try_iter()
            .filter_map(|it| if let Message::Events(it) = it { Some(it) } else { None })
            .flatten()
            .collect()
    });
    assert!(!events.iter().any(|event| matches!(event, Event::Lost(_))), "{events:?}");
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Delivered(_))).count() as u64, OBJECTS);
    assert!(sum(&events) > 0);
}
