//! The way out by the one-way protocol, over loopback: what crosses, when, and what does not.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the test plays the receiver, which receives"
)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests compute freely, and stop where something is wrong"
)]

mod common;

use common::{bounds, link_key, ms, sealed_by};
use lockgate_bytes::{Crossing, Precedence, Sealed, Time};
use lockgate_diode::{Body, Closing, Event, Limits, LinkKey, ManifestSecret, Receiver, Start, Terms, open};
use lockgate_egress::{
    Bounds, DiodeOut, Egress, EgressCounters, Exit, Gate, Hatch, Outcome, Report, Sender, UdpLink, Wake,
    What, hatch,
};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, setsockopt, sockopt};
use socket2::SockRef;
use std::collections::BTreeMap;
use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

const EPOCH: u64 = 9 << 32 | 5;
const DSCP: [u8; 6] = [8, 0, 18, 26, 46, 48];

/// What egress holds objects against that leave over a link.
fn gate() -> Gate {
    Gate { key: link_key(), ..common::gate() }
}

fn sealed_as(entry: u64, change: impl FnOnce(&mut Sealed)) -> Sealed {
    sealed_by(&link_key(), entry, change)
}

fn key() -> LinkKey {
    LinkKey::new(&[4; 32])
}

fn secret() -> ManifestSecret {
    ManifestSecret::new(&[6; 32])
}

/// A way out to a socket of our own, and that socket.
struct Link {
    way: DiodeOut,
    closing: Arc<OnceLock<Closing>>,
    peer: UdpSocket,
    receiver: Receiver,
    /// Class, time and TOS byte of each datagram that came; and its bytes.
    came: Vec<(Option<Precedence>, u8, Vec<u8>)>,
    /// The port from which each came.
    ports: Vec<u16>,
    /// By TOS byte: the most datagrams of one call of the sender, which came as the one piece that they left as.
    together: BTreeMap<u8, usize>,
    events: Vec<Event>,
    /// Timers of the sender go by whole milliseconds.
    is_coarse: bool,
}

impl Link {
    fn new(terms: Terms) -> Self {
        let peer = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        peer.set_nonblocking(true).expect("it can be");
        let socket = SockRef::from(&peer);
        socket.set_recv_tos_v4(true).expect("it can be");
        setsockopt(&peer, sockopt::UdpGroSegment, &true).expect("Linux 5.0");
        // As far as the system lets us.
        let _ = socket.set_recv_buffer_size(4 << 20);
        let to = peer.local_addr().expect("an address");
        let from: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        let link = UdpLink { to, from, device: None, hops: 1, largest: 9_000, mtu: 65_535, dscp: DSCP };
        let closing = Arc::new(OnceLock::new());
        let start = Start { epoch: EPOCH, closing: None };
        let receiver = Receiver::new(terms.link, key(), secret().public(), Limits::default());
        let way = DiodeOut::open(&link, terms, key(), secret(), start, closing.clone()).expect("loopback");
        Self {
            way,
            closing,
            peer,
            receiver,
            came: Vec::new(),
            ports: Vec::new(),
            together: BTreeMap::new(),
            events: Vec::new(),
            is_coarse: false,
        }
    }

    fn sender(&self) -> Sender {
        Sender::new(Bounds { at_once: self.way.at_once(), ..bounds() }, gate(), None)
    }

    fn hear(&mut self, now: Time) {
        let mut buffer = vec![0; 65_535];
        let mut control = nix::cmsg_space!(u8, i32);
        loop {
            let mut parts = [IoSliceMut::new(&mut buffer)];
            let fd = self.peer.as_raw_fd();
            let Ok(message) = recvmsg::<SockaddrIn>(fd, &mut parts, Some(&mut control), MsgFlags::empty())
            else {
                return;
            };
            let (mut tos, mut size) = (None, message.bytes.max(1));
            for one in message.cmsgs().expect("room for it") {
                match one {
                    ControlMessageOwned::Ipv4Tos(value) => tos = Some(value),
                    ControlMessageOwned::UdpGroSegments(value) => size = value as usize,
                    _ => {}
                }
            }
            let tos = tos.expect("it was asked for");
            let port = message.address.expect("it came from somewhere").port();
            let bytes = message.bytes;
            let piece = buffer[..bytes].to_vec();
            let together = self.together.entry(tos).or_default();
            *together = piece.len().div_ceil(size).max(*together);
            for datagram in piece.chunks(size) {
                self.ports.push(port);
                let class = open(datagram, 7, &key()).expect("one of ours").head.class;
                self.came.push((class, tos, datagram.to_vec()));
                self.receiver.receive(datagram, now, &mut self.events);
            }
        }
    }

    /// Lets virtual time pass.
    fn run(&mut self, sender: &mut Sender, from: Time, until: Time, out: &mut Vec<Outcome>) -> Time {
        let mut now = from;
        loop {
            let wake = sender.round_by_diode(now, &mut self.way, out);
            self.hear(now);
            self.receiver.tick(now, &mut self.events);
            match wake {
                Wake::Now => {}
                Wake::At(time) if time < until => {
                    let timer = if self.is_coarse { 1_000_000 } else { 1 };
                    let nanos = (time.unix_nanos() as u64).next_multiple_of(timer);
                    now = now.max(Time::from_unix_nanos(nanos as i64));
                }
                Wake::At(_) | Wake::Idle => return until,
            }
        }
    }

    fn delivered(&self) -> Vec<Vec<u8>> {
        let all = self.events.iter().filter_map(|event| match event {
            Event::Delivered(it) => Some(it.bytes.clone()),
            _ => None,
        });
        all.collect()
    }
}

fn sized(entry: u64, precedence: Precedence, size: usize) -> Sealed {
    sealed_as(entry, |it| {
        it.precedence = precedence;
        it.bytes = (0..size).map(|at| (at as u64 * 7 + entry * 131) as u8).collect();
    })
}

fn says(outcome: &Outcome) -> (u64, &'static str) {
    match &outcome.what {
        What::Sent => (outcome.entry, "sent"),
        What::Recalled(_) => (outcome.entry, "recalled"),
        other => (outcome.entry, other.code().expect("it has a reason").id()),
    }
}

#[test]
fn objects_of_all_sizes_and_classes_cross_and_each_class_has_its_code_point_in_batches_too() {
    let mut link = Link::new(Terms { rate: Some(80_000_000), ..Terms::new(7) });
    link.is_coarse = true;
    let (mut sender, mut out) = (link.sender(), Vec::new());
    let sizes = [0, 1, 500, 1_288, 1_400, 5_000, 10_400, 60_000, 200_000];
    let mut objects = Vec::new();
    for (entry, size) in (0..).zip(sizes.into_iter().cycle().take(54)) {
        let object = sized(entry, Precedence::ALL[entry as usize % 6], size);
        objects.push(object.bytes.clone());
        sender.accept(object, ms(0), &mut out);
    }
    link.run(&mut sender, ms(0), ms(3_000), &mut out);
    let mut ended: Vec<_> = out.iter().map(says).collect();
    ended.sort_unstable();
    assert_eq!(ended, (0..54).map(|entry| (entry, "sent")).collect::<Vec<_>>());
    let mut delivered = link.delivered();
    delivered.sort_unstable();
    objects.sort_unstable();
    assert_eq!(delivered.len(), 54);
    assert!(delivered == objects, "byte for byte");
    assert!(link.came.len() > 1_000, "{}", link.came.len());
    for (class, tos, _) in &link.came {
        let class = class.map_or(5, |class| Precedence::ALL.iter().position(|it| *it == class).unwrap());
        assert_eq!(tos >> 2, DSCP[class]);
    }
    // Where the kernel cuts what leaves (UDP GSO), it puts it together again for who asks (UDP GRO): several in one call, in each class.
    for dscp in DSCP {
        let together = link.together.get(&(dscp << 2)).copied().unwrap_or(0);
        assert!(together > 1, "code point {dscp}: {together} datagrams in a call; {:?}", link.together);
    }
    let attested: u64 =
        link.receiver.epochs().map(|view| view.classes.iter().map(|it| it.attested).sum::<u64>()).sum();
    assert_eq!(attested, 54, "manifests say the same");
    let counters = EgressCounters::default();
    sender.publish(&counters);
    let bytes: u64 = link.came.iter().map(|(_, _, datagram)| datagram.len() as u64 + 28).sum();
    assert_eq!(counters.wire_bytes(), bytes, "headers, repairs, heartbeats and all");
    let spent = counters.spent();
    let of = |wanted: &dyn Fn(Option<Precedence>, u8) -> bool| -> u64 {
        let datagrams = link.came.iter().filter(|(class, _, datagram)| wanted(*class, datagram[1] >> 4));
        datagrams.map(|(_, _, datagram)| datagram.len() as u64 + 28).sum()
    };
    for (place, class) in Precedence::ALL.into_iter().enumerate() {
        assert_eq!(spent.classes[place], of(&|it, _| it == Some(class)));
        assert_eq!(spent.repairs[place], of(&|it, kind| it == Some(class) && kind == 2));
    }
    assert_eq!((spent.link, spent.again), (of(&|it, _| it.is_none()), [0; 6]));
    assert!(spent.repairs.iter().all(|bytes| *bytes > 0), "{spent:?}");
}

/// The hash that is on record, under the seal and on the wire is one; what does not have it does not leave, nor does what
/// was sealed for another way out.
#[test]
fn what_crosses_is_named_as_it_was_sealed_and_nothing_else_crosses() {
    let mut link = Link::new(Terms { rate: Some(80_000_000), ..Terms::new(7) });
    let (mut sender, mut out) = (link.sender(), Vec::new());
    let sizes = [0, 900, 5_000, 200_000];
    let mut names = Vec::new();
    for (entry, size) in (0..).zip(sizes) {
        let object = sized(entry, Precedence::Routine, size);
        names.push(object.crossing.expect("it leaves over a link").0);

        sender.accept(object, ms(0), &mut out);
    }
    for (entry, size) in (10..).zip(sizes) {
        // A bit of its bytes, or of its name, is another one behind the seal; or it names none.
        let mut object = sized(entry, Precedence::Flash, size.max(1));
        object.bytes[size / 2] ^= 1;
        sender.accept(object, ms(0), &mut out);
        let mut object = sized(entry + 10, Precedence::Flash, size);
        object.crossing = object.crossing.map(|crossing| Crossing(crossing.0.map(|byte| byte ^ 1)));
        sender.accept(object, ms(0), &mut out);
        let plain = common::sealed_as(entry + 20, |it| it.bytes = vec![7; size]);
        sender.accept(plain, ms(0), &mut out);
    }
    link.run(&mut sender, ms(0), ms(3_000), &mut out);
    let mut ended: Vec<_> = out.iter().map(says).collect();
    ended.sort_unstable();
    let broken = lockgate_reason::egress::SEAL_BROKEN.id();
    let all = (0..4).map(|entry| (entry, "sent"));
    let all = all.chain([10, 20, 30].into_iter().flat_map(|from| (from..from + 4).map(|it| (it, broken))));
    assert_eq!(ended, all.collect::<Vec<_>>());
    let mut came: Vec<[u8; 32]> = link
        .events
        .iter()
        .filter_map(|event| if let Event::Delivered(it) = event { Some(it.hash) } else { None })
        .collect();
    came.sort_unstable();
    names.sort_unstable();
    assert_eq!(came, names);
}

#[test]
fn flash_waits_for_one_datagram_of_a_large_object_and_the_lowest_class_has_its_trickle() {
    let mut link = Link::new(Terms::of_rate(7, 64_000));
    let (mut sender, mut out) = (link.sender(), Vec::new());
    sender.accept(sized(1, Precedence::Routine, 200_000), ms(0), &mut out);
    for entry in 100..200 {
        sender.accept(sized(entry, Precedence::Deferred, 300), ms(0), &mut out);
    }
    let now = link.run(&mut sender, ms(0), ms(15_000), &mut out);
    let before = link.came.len();
    sender.accept(sized(2, Precedence::Flash, 300), now, &mut out);
    link.run(&mut sender, now, now.plus(lockgate_bytes::Duration::from_secs(1)), &mut out);
    let first = link.came[before..].iter().position(|(class, _, _)| *class == Some(Precedence::Flash));
    let urgent = link.came[before..].iter().take(first.expect("it left")).filter(|it| it.0.is_some()).count();
    assert!(urgent <= 1, "FLASH waited for {urgent} datagrams of others");
    let low = link.came.iter().filter(|it| it.0 == Some(Precedence::Deferred)).count();
    assert!(low >= 1, "the lowest class had nothing");
    let counters = EgressCounters::default();
    sender.publish(&counters);
    assert_eq!(counters.spent().trickle, counters.spent().classes[0], "all of it out of turn");
    let spent: usize = link.came.iter().map(|(_, _, datagram)| datagram.len() + 28).sum();
    assert!(spent * 8 <= 64_000 * 16 + 2 * 8 * 1_428, "{spent} bytes in 16 s");
}

#[test]
fn a_constant_stream_looks_the_same_whether_something_is_sent_or_not() {
    let seen = |objects: u64| {
        let mut link = Link::new(Terms { constant: true, ..Terms::of_rate(7, 200_000) });
        let (mut sender, mut out) = (link.sender(), Vec::new());
        for entry in 0..objects {
            let class = Precedence::ALL[entry as usize % 6];
            sender.accept(sized(entry, class, 400 + entry as usize * 90), ms(0), &mut out);
        }
        link.run(&mut sender, ms(0), ms(3_000), &mut out);
        assert_eq!(link.delivered().len() as u64, objects);
        // What whoever sees packets and not their bytes can tell them by.
        let ports: Vec<bool> = link.ports.iter().map(|port| *port == link.ports[0]).collect();
        let seen = link.came.iter().zip(ports).map(|((_, tos, datagram), port)| (*tos, datagram.len(), port));
        seen.collect::<Vec<_>>()
    };
    let (idle, busy) = (seen(0), seen(20));
    assert!(idle.len() > 40 && idle.len() == busy.len(), "{} and {}", idle.len(), busy.len());
    assert!(idle.iter().chain(&busy).all(|seen| *seen == (DSCP[5] << 2, 1_400, true)), "{busy:?}");
}

#[test]
fn sources_of_one_class_take_turns_on_the_link() {
    let mut link = Link::new(Terms::of_rate(7, 64_000));
    let (mut sender, mut out) = (link.sender(), Vec::new());
    let of = |entry, turn| {
        let mut object = sized(entry, Precedence::Routine, 900);
        object.turn = turn;
        object.tag = link_key().tag(&object);
        object
    };
    // One source offers a hundred before the other offers ten.
    for entry in 0..100 {
        sender.accept(of(entry, 1), ms(0), &mut out);
    }
    for entry in 100..110 {
        sender.accept(of(entry, 2), ms(0), &mut out);
    }
    link.run(&mut sender, ms(0), ms(4_500), &mut out);
    let sent: Vec<u64> = out.iter().map(|outcome| outcome.entry).collect();
    let of_second = sent.iter().filter(|entry| **entry >= 100).count();
    assert!(sent.len() > 18, "{}", sent.len());
    assert_eq!(of_second, 10, "half of the link was the second's until it had nothing more: {sent:?}");
}

/// One source offers small objects at twice the rate of the link, another one file of the same class: an eighth of the class is its own.
#[test]
fn a_large_object_leaves_beside_small_ones_of_its_class_that_fill_the_link() {
    let mut link = Link::new(Terms::of_rate(7, 64_000));
    let (mut sender, mut out) = (link.sender(), Vec::new());
    let of = |entry, turn, size, end| {
        let mut object = sized(entry, Precedence::Routine, size);
        (object.turn, object.not_after) = (turn, ms(end));
        object.tag = link_key().tag(&object);
        object
    };
    sender.accept(of(0, 2, 40_000, 100_000), ms(0), &mut out);
    let mut now = ms(0);
    for entry in 1..1_600 {
        let millis = entry as i64 * 58;
        sender.accept(of(entry, 1, 900, millis + 2_000), now, &mut out);
        now = link.run(&mut sender, now, ms(millis), &mut out);
    }
    let sent = |entry: &dyn Fn(u64) -> bool| {
        out.iter().filter(|it| matches!(it.what, What::Sent) && entry(it.entry)).count()
    };
    assert_eq!(sent(&|entry| entry == 0), 1, "the file of the second source");
    assert!(link.delivered().iter().any(|bytes| bytes.len() == 40_000));
    // Seven eighths are theirs: 900 B are 1,472 B on the wire with their repairs, manifests and heartbeats take a seventh of 8,000 B/s.
    let small = sent(&|entry| entry > 0);
    assert!(small >= 92 * 6_000 / 1_472, "{small}");
}

#[test]
fn a_stop_gives_back_what_has_left_in_part_whole_and_says_how_far_the_link_came() {
    let mut link = Link::new(Terms::of_rate(7, 64_000));
    let (mut sender, mut out) = (link.sender(), Vec::new());
    let large = sized(1, Precedence::Routine, 200_000);
    let bytes = large.bytes.clone();
    sender.accept(large, ms(0), &mut out);
    sender.accept(sized(2, Precedence::Priority, 200), ms(0), &mut out);
    sender.accept(sized(3, Precedence::Routine, 150_000), ms(0), &mut out);
    let now = link.run(&mut sender, ms(0), ms(3_000), &mut out);
    assert_eq!(out.iter().map(says).collect::<Vec<_>>(), [(2, "sent")]);
    out.clear();
    sender.withdraw(&mut link.way, now, &mut out);
    sender.recall(None, now, &mut out);
    assert_eq!(out.iter().map(says).collect::<Vec<_>>(), [(1, "recalled"), (3, "recalled")]);
    let What::Recalled(sealed) = &out[0].what else { panic!("{out:?}") };
    assert!(sealed.bytes == bytes && sealed.is_intact(&link_key()), "decided again as it was");
    assert!(sender.is_empty());
}

/// Called back, or out of time, when any number of its datagrams had left, repairs among them: what was delivered was sent,
/// and what was not sent was not delivered.
#[test]
fn what_is_not_sent_is_not_delivered_wherever_its_sending_ends() {
    let mut seen = [0, 0];
    for size in [20_000, 3_000, 700] {
        for (by_expiry, after) in
            [false, true].into_iter().flat_map(|way| (0..25).map(move |after| (way, after)))
        {
            // Ten milliseconds a datagram.
            let mut link = Link::new(Terms { small_repair: 100, ..Terms::of_rate(7, 8 * 142_800) });
            let (mut sender, mut out) = (link.sender(), Vec::new());
            let mut object = sized(1, Precedence::Routine, size);
            let end = ms(10 * after + 5);
            if by_expiry {
                object.not_after = end;
                object.tag = link_key().tag(&object);
            }
            sender.accept(object, ms(0), &mut out);
            let now = link.run(&mut sender, ms(0), end, &mut out);
            if !by_expiry {
                sender.withdraw(&mut link.way, now, &mut out);
                sender.recall(None, now, &mut out);
            }
            // Whatever the link still wants to say.
            link.run(&mut sender, now, ms(3_000), &mut out);
            let [outcome] = out.as_slice() else { panic!("{size} {after}: {out:?}") };
            let is_sent = matches!(outcome.what, What::Sent);
            assert_eq!(
                is_sent,
                link.delivered().len() == 1,
                "{size} {by_expiry} {after}: {:?}",
                outcome.what
            );
            seen[usize::from(is_sent)] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 30), "{seen:?}");
}

#[test]
fn what_expires_on_its_way_is_cut_and_what_expires_before_is_counted_across() {
    let mut link = Link::new(Terms::of_rate(7, 64_000));
    let (mut sender, mut out) = (link.sender(), Vec::new());
    let until = |entry, size, end| {
        let mut object = sized(entry, Precedence::Routine, size);
        object.not_after = ms(end);
        object.tag = link_key().tag(&object);
        object
    };
    sender.accept(until(1, 200_000, 4_000), ms(0), &mut out);
    sender.accept(until(2, 190_000, 3_000), ms(0), &mut out);
    sender.accept(until(3, 200, 9_000), ms(0), &mut out);
    let end = link.run(&mut sender, ms(0), ms(8_000), &mut out);
    let mut ended: Vec<_> = out.iter().map(says).collect();
    ended.sort_unstable();
    assert_eq!(ended, [(1, "LG-E006"), (2, "LG-E006"), (3, "sent")]);
    let views: Vec<_> = link.receiver.epochs().collect();
    assert_eq!(views[0].unsent, 1, "the one of which nothing left");
    link.run(&mut sender, end, ms(20_000), &mut out);
    let lost: Vec<_> = link.events.iter().filter(|event| matches!(event, Event::Lost(_))).collect();
    assert_eq!(lost.len(), 1, "the one of which a part left: {lost:?}");
}

#[test]
fn whatever_was_changed_since_its_release_does_not_leave() {
    let mut link = Link::new(Terms::of_rate(7, 1_000_000));
    let (mut sender, mut out) = (link.sender(), Vec::new());
    let mut altered = sized(1, Precedence::Routine, 500);
    altered.bytes[7] ^= 1;
    sender.accept(altered, ms(0), &mut out);
    let mut elsewhere = sized(2, Precedence::Routine, 50_000);
    elsewhere.lane = Arc::from("up");
    elsewhere.tag = link_key().tag(&elsewhere);
    sender.accept(elsewhere, ms(0), &mut out);
    let mut retired = sized(3, Precedence::Flash, 10);
    retired.bundle = lockgate_bytes::Digest([2; 32]);
    retired.tag = link_key().tag(&retired);
    sender.accept(retired, ms(0), &mut out);
    link.run(&mut sender, ms(0), ms(3_000), &mut out);
    let mut ended: Vec<_> = out.iter().map(says).collect();
    ended.sort_unstable();
    assert_eq!(ended, [(1, "LG-E001"), (2, "LG-E002"), (3, "LG-E003")]);
    assert!(link.came.iter().all(|it| it.0.is_none()), "nothing but heartbeats and manifests left");
}

#[test]
fn a_capture_holds_nothing_that_must_not_cross() {
    let mut link = Link::new(Terms::of_rate(7, 1_000_000));
    let (mut sender, mut out) = (link.sender(), Vec::new());
    let mut planted: Vec<Vec<u8>> = Vec::new();
    for entry in 0..40_u64 {
        let mut object =
            sized(0x5EC2_E700_0000 + entry, Precedence::ALL[entry as usize % 6], 300 + entry as usize * 97);
        object.first = 0x0F12_5700_0000 + entry;
        object.turn = 0x7012_4E00_0000 + entry;
        object.order = Some(lockgate_bytes::Order {
            key: lockgate_bytes::Digest([entry as u8 ^ 0xA5; 32]),
            at: ms(0),
            lasting: entry % 2 == 1,
        });
        object.tag = link_key().tag(&object);
        for number in [object.entry, object.first, object.turn] {
            planted.extend([number.to_be_bytes().to_vec(), number.to_le_bytes().to_vec()]);
            planted.push(number.to_string().into_bytes());
        }
        planted.push(object.identity.0.to_vec());
        planted.push(object.tag.0.to_vec());
        planted.push(object.bundle.0.to_vec());
        // Eight bytes of the order's key cross, no more.
        planted.push(vec![entry as u8 ^ 0xA5; 9]);
        sender.accept(object, ms(0), &mut out);
    }
    planted.push(b"down".to_vec());
    link.run(&mut sender, ms(0), ms(5_000), &mut out);
    assert_eq!(link.delivered().len(), 40);
    for (_, _, datagram) in &link.came {
        let opened = open(datagram, 7, &key()).expect("one of ours");
        assert!(!matches!(opened.body(), Ok(Body::Fill)));
        for plant in &planted {
            assert!(!datagram.windows(plant.len()).any(|part| part == plant), "{plant:02x?} crossed");
        }
    }
}

/// The far side may withhold an older report of one thing, and must not withhold a cancel or an emergency.
#[test]
fn what_lasts_is_of_no_thing_to_the_far_side() {
    let mut link = Link::new(Terms::of_rate(7, 1_000_000));
    let (mut sender, mut out) = (link.sender(), Vec::new());
    for (entry, lasting) in [(1, true), (2, false)] {
        let key = lockgate_bytes::Digest([0xA5; 32]);
        let order = lockgate_bytes::Order { key, at: ms(entry as i64), lasting };
        let object = sealed_as(entry, |it| it.order = Some(order));
        sender.accept(object, ms(0), &mut out);
    }
    link.run(&mut sender, ms(0), ms(1_000), &mut out);
    let orders: Vec<u64> = link
        .events
        .iter()
        .filter_map(|event| if let Event::Delivered(it) = event { Some(it.order) } else { None })
        .collect();
    assert_eq!(orders, [0, u64::from_be_bytes([0xA5; 8])]);
}

/// A report that was kept until a newer one of its thing had left: not sent again itself, and the newer one is.
#[test]
fn of_two_reports_the_one_with_the_later_time_is_sent_again() {
    let repeats = vec![lockgate_bytes::Duration::from_secs(1)];
    let repeat_from = Some(Precedence::Deferred);
    let mut link = Link::new(Terms { repeats, repeat_from, small_repair: 0, ..Terms::of_rate(7, 1_000_000) });
    let (mut sender, mut out) = (link.sender(), Vec::new());
    let report = |entry, precedence, at| {
        let key = lockgate_bytes::Digest([0xA5; 32]);
        let order = Some(lockgate_bytes::Order { key, at: ms(at), lasting: false });
        sealed_as(entry, |it| (it.precedence, it.order) = (precedence, order))
    };
    let (newer, older) = (report(1, Precedence::Routine, 2), report(2, Precedence::Flash, 1));
    let names = [&newer, &older].map(|it| it.crossing.expect("it leaves over a link").0);
    sender.accept(newer, ms(0), &mut out);
    let now = link.run(&mut sender, ms(0), ms(500), &mut out);
    sender.accept(older, now, &mut out);
    link.run(&mut sender, now, ms(3_000), &mut out);
    let parts = link.came.iter().filter_map(|(_, _, datagram)| {
        match open(datagram, 7, &key()).expect("one of ours").body() {
            Ok(Body::Source(it)) => Some(it.part.hash),
            _ => None,
        }
    });
    assert_eq!(parts.collect::<Vec<_>>(), [names[0], names[1], names[0]]);
    let counters = EgressCounters::default();
    sender.publish(&counters);
    let spent = counters.spent();
    assert_eq!(
        (spent.again[1] * 2, spent.unrepeated),
        (spent.classes[1], 1),
        "the newer one twice: {spent:?}"
    );
}

/// The thread itself, in its cage, until all is told.
#[test]
fn the_thread_sends_all_says_so_and_ends_in_peace() {
    let terms = Terms {
        // So slow that all of it finds room in the socket of a listener that has no turn.
        rate: Some(2_000_000),
        manifest: lockgate_bytes::Duration::from_nanos(200_000_000),
        ..Terms::new(7)
    };
    let Link { way, closing, peer, mut receiver, .. } = Link::new(terms);
    peer.set_nonblocking(false).expect("it can be");
    peer.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
    let (mouth, ear, ends) = hatch(Hatch { objects: 1_000, bytes: 8 << 20, reports: 64 });
    let counters = Arc::new(EgressCounters::default());
    let sender = Sender::new(Bounds { at_once: way.at_once(), ..bounds() }, gate(), None);
    let egress = Egress::new(sender, Exit::Diode(Box::new(way)), ends, counters.clone());
    let thread = std::thread::spawn(move || egress.run(common::now));
    let ended = Arc::new(AtomicBool::new(false));
    let over = ended.clone();
    let listener = std::thread::spawn(move || {
        let (mut buffer, mut events) = (vec![0; 9_000], Vec::new());
        loop {
            // What was sent before it is in the socket.
            let is_over = over.load(Ordering::Acquire);
            while let Ok((size, from)) = peer.recv_from(&mut buffer) {
                receiver.receive(&buffer[..size], common::now(), &mut events);
                // It may talk back as much as it likes.
                let _ = peer.send_to(b"stop", from);
            }
            if is_over {
                break;
            }
        }
        let delivered = events.iter().filter(|event| matches!(event, Event::Delivered(_))).count();
        let attested: u64 = receiver.epochs().flat_map(|view| view.classes).map(|it| it.attested).sum();
        (delivered, attested)
    });
    for entry in 0..100 {
        let size = if entry % 50 == 0 { 30_000 } else { 700 };
        mouth.offer(sized(entry, Precedence::Routine, size)).expect("there is room");
    }
    drop(mouth);
    let mut outcomes = Vec::new();
    while let Ok(report) = ear.hear_within(Duration::from_secs(30)) {
        match report {
            Some(Report::Outcomes(list)) => outcomes.extend(list),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(thread.join().expect("it ends in peace"), Ok(()));
    ended.store(true, Ordering::Release);
    assert!(outcomes.len() == 100 && outcomes.iter().all(|it| matches!(it.what, What::Sent)));
    assert_eq!(
        listener.join().expect("it ends in peace"),
        (100, 100),
        "the last manifest came before the end"
    );
    let closing = closing.get().expect("it was left behind");
    assert_eq!(closing.epoch, EPOCH);
    assert_eq!(closing.marks.0[1].map(|mark| mark.next), Some(100));
}
