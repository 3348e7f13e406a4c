//! Our sender and the receiver of `flute`, its sender and our receiver: without a code and with RaptorQ, with losses and without.
//!
//! Where the two differ on purpose: ours compresses nothing and takes nothing that is compressed, knows two codes of seven, and does not
//! deliver what it cannot verify unless objects are bare.

use flute::core::{Oti, UDPEndpoint};
use flute::receiver::{Receiver as PeerReceiver, writer::ObjectWriterBufferBuilder};
use flute::sender::{Config, ObjectDesc, Sender as PeerSender, TransferConfig};
use lockgate_adapters::Objects;
use lockgate_adapters::flute::{Receiver, Sender, Terms};
use lockgate_bytes::{Duration, Precedence, Time};
use lockgate_diode::{Cause, Event, Incoming, Limits, Object, Outgoing, Plane, Relay, Step, Supply, Weather};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

const SESSION: u32 = 7;

fn terms(repair: u32, objects: Objects) -> Terms {
    Terms {
        session: SESSION,
        symbol: 1_400,
        block: 1_024,
        repair,
        objects,
        rate: None,
        headers: 28,
        heartbeat: Some(Duration::from_secs(1)),
        expires: Duration::from_secs(600),
        repeat: 0,
        after: Duration::from_secs(1),
        repeat_bytes: 0,
    }
}

fn now() -> Time {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    Time::from_unix_nanos(i64::try_from(nanos).unwrap())
}

fn pattern(length: usize, step: usize) -> Vec<u8> {
    (0..length).map(|at| (step * at + at / 257 + 3) as u8).collect()
}

fn objects() -> Vec<Vec<u8>> {
    let lengths = [1, 1_399, 1_400, 1_401, 30_000, 100_000, 1_024 * 1_400, 1_024 * 1_400 + 1, 3_000_000];
    lengths.iter().enumerate().map(|(at, length)| pattern(*length, 2 * at + 3)).collect()
}

#[derive(Default)]
struct Shelf(VecDeque<Vec<u8>>);

impl Supply for Shelf {
    fn highest(&self) -> Option<Precedence> {
        self.0.front().map(|_| Precedence::Routine)
    }

    fn take(&mut self, _: Precedence, _: Plane, _: Time) -> Option<Object> {
        self.0.pop_front().map(|bytes| Object::new(bytes, Time::MAX, 0))
    }
}

fn ours(terms: Terms, objects: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let (mut sender, mut shelf) = (Sender::new(terms, 0x6553_F100), Shelf(objects.into()));
    let (mut all, mut out) = (Vec::new(), Vec::new());
    loop {
        match sender.poll(now(), &mut shelf, &mut out) {
            Step::Datagram(_) => all.push(out.clone()),
            Step::At(_) if shelf.0.is_empty() && sender.is_quiet() => return all,
            Step::At(_) => {}
        }
    }
}

fn endpoint() -> UDPEndpoint {
    UDPEndpoint::new(None, "224.0.0.1".to_owned(), 3400)
}

fn theirs(oti: &Oti, inband: bool, objects: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut oti = oti.clone();
    oti.inband_fti = inband;
    let mut sender = PeerSender::new(endpoint(), u64::from(SESSION), &oti, &Config::default());
    for (at, object) in objects.iter().enumerate() {
        let url = url::Url::parse(&format!("file:///object-{at}")).unwrap();
        let object = ObjectDesc::create_from_buffer(
            object.clone(),
            "application/octet-stream",
            &url,
            true,
            TransferConfig::default(),
        );
        sender.add_object(0, object.unwrap()).unwrap();
    }
    sender.publish(SystemTime::now()).unwrap();
    let mut all = Vec::new();
    while let Some(datagram) = sender.read(SystemTime::now()) {
        all.push(datagram);
    }
    all.push(sender.read_close_session(SystemTime::now()));
    all
}

/// Every n-th datagram is lost, but for the first ones: tables are not protected.
fn with_loss(all: &[Vec<u8>], every: usize) -> Vec<Vec<u8>> {
    let is_kept = |at: usize, datagram: &[u8]| every == 0 || is_table(datagram) || at % every != 5;
    all.iter().enumerate().filter(|(at, it)| is_kept(*at, it)).map(|(_, it)| it.clone()).collect()
}

fn is_table(datagram: &[u8]) -> bool {
    lockgate_adapters::flute::Header::read(datagram).is_ok_and(|header| header.object == Some(0))
}

fn heard_by_us(all: &[Vec<u8>], objects: Objects) -> (Vec<Vec<u8>>, Vec<Cause>) {
    let mut receiver = Receiver::new(u64::from(SESSION), objects, Limits::default(), 1, None);
    let mut events = Vec::new();
    for datagram in all {
        receiver.receive(datagram, now(), &mut events);
    }
    receiver.tick(now().plus(Duration::from_secs(120)), &mut events);
    let counters = receiver.counters();
    assert_eq!((counters.body, counters.version, counters.link, counters.size), (0, 0, 0, 0), "{counters:?}");
    let (mut came, mut lost) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Delivered(it) => came.push(it.bytes),
            Event::Lost(it) => lost.push(it.cause),
            _ => {}
        }
    }
    (came, lost)
}

fn heard_by_them(all: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let writer = Rc::new(ObjectWriterBufferBuilder::new(true));
    let mut receiver = PeerReceiver::new(&endpoint(), u64::from(SESSION), writer.clone(), None);
    for datagram in all {
        receiver.push_data(datagram, SystemTime::now()).unwrap();
    }
    let objects = writer.objects.borrow();
    objects
        .iter()
        .map(|it| it.borrow())
        .filter(|it| it.complete && !it.error)
        .map(|it| it.data.clone())
        .collect()
}

#[test]
fn what_the_peer_sends_is_delivered() {
    let plain = Oti::new_no_code(1_400, 64);
    let raptor = Oti::new_raptorq(1_400, 512, 160, 1, 4).unwrap();
    let small = Oti::new_raptorq(1_400, 512, 160, 10, 4).unwrap();
    for (name, oti, inband, every) in [
        ("no code", &plain, false, 0),
        ("no code, told in band", &plain, true, 0),
        ("RaptorQ", &raptor, false, 0),
        ("RaptorQ, told in band", &raptor, true, 0),
        ("RaptorQ with sub-blocks", &small, true, 0),
        ("RaptorQ, one of ten lost", &raptor, false, 10),
        ("RaptorQ with sub-blocks, one of ten lost", &small, false, 10),
    ] {
        let sent = objects();
        let all = with_loss(&theirs(oti, inband, &sent), every);
        let (mut came, lost) = heard_by_us(&all, Objects::Bare);
        // The peer sends several at a time: with losses they end in another order.
        came.sort_by_key(Vec::len);
        assert!(came == sent, "{name}: {} of {}, {lost:?}", came.len(), sent.len());
        assert!(lost.is_empty(), "{name}: {lost:?}");
        println!("{name}: {} datagrams, {} objects delivered", all.len(), came.len());
    }
}

#[test]
fn what_we_send_is_delivered_by_the_peer() {
    for (name, repair, kind, every) in [
        ("no code", 0, Objects::Bare, 0),
        ("no code, checked", 0, Objects::Checked, 0),
        ("RaptorQ", 25, Objects::Bare, 0),
        ("RaptorQ, checked", 25, Objects::Checked, 0),
        ("RaptorQ, one of ten lost", 25, Objects::Bare, 10),
    ] {
        let sent = objects();
        let all = with_loss(&ours(terms(repair, kind), sent.clone()), every);
        let came = heard_by_them(&all);
        let head = if kind == Objects::Checked { lockgate_adapters::CHECKED_HEAD } else { 0 };
        let came: Vec<_> = came.iter().map(|it| it[head.min(it.len())..].to_vec()).collect();
        assert!(came == sent, "{name}: {} of {}", came.len(), sent.len());
        println!("{name}: {} datagrams, {} objects delivered by the peer", all.len(), came.len());
    }
}

/// What is damaged on the way is refused by both: the peer by the MD5 that our tables carry, we by the one of its own.
#[test]
fn a_damaged_object_is_delivered_by_neither() {
    let sent = vec![pattern(30_000, 3)];
    let damage = |mut all: Vec<Vec<u8>>| {
        let at = all.iter().position(|it| !is_table(it) && it.len() > 1_000).unwrap();
        *all[at].last_mut().unwrap() ^= 1;
        all
    };
    assert!(heard_by_them(&damage(ours(terms(0, Objects::Bare), sent.clone()))).is_empty());
    let all = damage(theirs(&Oti::new_no_code(1_400, 64), false, &sent));
    assert_eq!(heard_by_us(&all, Objects::Bare), (vec![], vec![Cause::Differs]));
}

/// A file that the peer compresses is none for us, and the others are delivered.
#[test]
fn what_is_compressed_is_not_taken() {
    let mut sender =
        PeerSender::new(endpoint(), u64::from(SESSION), &Oti::new_no_code(1_400, 64), &Config::default());
    for (at, cenc) in [flute::core::lct::Cenc::Gzip, flute::core::lct::Cenc::Null].into_iter().enumerate() {
        let url = url::Url::parse(&format!("file:///object-{at}")).unwrap();
        let config = TransferConfig { cenc, ..TransferConfig::default() };
        let object = ObjectDesc::create_from_buffer(pattern(30_000, 3), "text/plain", &url, true, config);
        sender.add_object(0, object.unwrap()).unwrap();
    }
    sender.publish(SystemTime::now()).unwrap();
    let mut all = Vec::new();
    while let Some(datagram) = sender.read(SystemTime::now()) {
        all.push(datagram);
    }
    assert_eq!(heard_by_us(&all, Objects::Bare), (vec![pattern(30_000, 3)], vec![]));
}

/// Nanoseconds that this thread has been on a processor.
fn on_processor() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

/// The figures of `docs/DIODE.md`: 64 MiB with 25 % repairs, 15 % lost at random or 5 % in bursts, sender and receiver in one thread, no sockets.
#[test]
fn what_a_gigabyte_costs() {
    let object = pattern(64 << 20, 7);
    let calm = Weather::default();
    for (name, repair, weather) in [
        ("no code", 0, calm.clone()),
        ("RaptorQ", 25, calm.clone()),
        ("RaptorQ, 15 % lost", 25, Weather { loss: 150_000, ..calm.clone() }),
        ("RaptorQ, 5 % lost in bursts of 100", 25, Weather { burst_loss: 50_000, burst: 100, ..calm }),
    ] {
        let gigabyte = 1e9 / object.len() as f64 / 1e9;
        let begun = on_processor();
        let all = ours(terms(repair, Objects::Checked), vec![object.clone()]);
        let sent = on_processor() - begun;
        let mut relay = Relay::new(weather.clone(), 7);
        let mut arrived = Vec::new();
        for datagram in &all {
            relay.offer(datagram, Time::from_unix_nanos(0));
            arrived.extend(relay.take(Time::from_unix_nanos(0)));
        }
        let begun = on_processor();
        let (came, lost) = heard_by_us(&arrived, Objects::Checked);
        let heard = on_processor() - begun;
        assert!(came.len() == 1 && came[0] == object, "{name}: {lost:?}");
        println!(
            "ours, {name}: sender {:.2}, receiver {:.2} CPU-s/GB",
            sent as f64 * gigabyte,
            heard as f64 * gigabyte
        );
        let oti = if repair == 0 {
            Oti::new_no_code(1_400, 1_024)
        } else {
            Oti::new_raptorq(1_400, 1_024, 256, 1, 4).unwrap()
        };
        let begun = on_processor();
        let all = theirs(&oti, false, std::slice::from_ref(&object));
        let sent = on_processor() - begun;
        let mut relay = Relay::new(weather.clone(), 7);
        let mut arrived = Vec::new();
        for datagram in &all {
            if is_table(datagram) {
                arrived.push(datagram.clone());
                continue;
            }
            relay.offer(datagram, Time::from_unix_nanos(0));
            arrived.extend(relay.take(Time::from_unix_nanos(0)));
        }
        let begun = on_processor();
        let came = heard_by_them(&arrived);
        let heard = on_processor() - begun;
        println!(
            "the peer, {name}: sender {:.2}, receiver {:.2} CPU-s/GB, {} of 1 delivered",
            sent as f64 * gigabyte,
            heard as f64 * gigabyte,
            came.len()
        );
    }
}
