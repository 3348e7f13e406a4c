//! TAK messages and MISB packets over a stream: a length as a varint, or one of BER, tells where each ends, wherever the stream
//! is cut on its way.

use crate::gate::{Gate, free_tcp, now};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

/// The message of a fixture, of this moment, about another thing: its texts and times are as long as those that they replace.
fn message(uid: &str) -> Vec<u8> {
    let fixture = "../../fixtures/tak-v1/release-in-a-stream/input.bin";
    let mut message = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture)).unwrap();
    let at = message.windows(7).position(|seven| seven == b"LG-0001").unwrap();
    message[at..at + 7].copy_from_slice(uid.as_bytes());
    let millis = now().unix_nanos() / 1_000_000;
    // Sent, valid from, stale: fields 6 to 8, each a varint of six bytes.
    for (field, millis) in [(0x30, millis), (0x38, millis), (0x40, millis + 300_000)] {
        let at = at + 7 + (field - 0x30) / 8 * 7;
        assert_eq!(usize::from(message[at]), field);
        for (place, byte) in message[at + 1..at + 7].iter_mut().enumerate() {
            let seven = u8::try_from(millis >> (7 * place) & 0x7F).unwrap();
            *byte = if place < 5 { seven | 0x80 } else { seven };
        }
    }
    message
}

fn gate() -> Gate {
    let mut gate = Gate::new("tak-down");
    gate.intake = format!("tcp \"127.0.0.1:{}\" interface=\"lo\" source=\"sensor-net\"", free_tcp());
    gate
}

fn connect(running: &crate::running::Running) -> TcpStream {
    let stream = TcpStream::connect(running.address("tcp-1")).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Cut at every place once, then byte by byte, then several at once: each message comes out once, as it is.
#[test]
fn messages_of_a_stream_come_out_whole_wherever_it_is_cut() {
    let gate = gate();
    let running = gate.start();
    let mut stream = connect(&running);
    let length = message("LG-0001").len();
    let mut sent = BTreeSet::new();
    for cut in 1..length {
        let message = message(&format!("LG-{cut:04}"));
        let (head, tail) = message.split_at(cut);
        stream.write_all(head).unwrap();
        stream.write_all(tail).unwrap();
        sent.insert(message);
    }
    let slow = message("LG-8000");
    slow.iter().for_each(|byte| stream.write_all(&[*byte]).unwrap());
    let several = [8001, 8002, 8003].map(|number| message(&format!("LG-{number}")));
    stream.write_all(&several.concat()).unwrap();
    sent.insert(slow);
    sent.extend(several);
    let came = gate.wait_out(sent.len());
    assert_eq!(came.len(), sent.len());
    assert_eq!(came.into_iter().collect::<BTreeSet<_>>(), sent);
    running.stop().good();
    let all = u64::try_from(length).unwrap() + 3;
    gate.verified().is(&[("received", all), ("sent", all)]);
}

/// What is refused in a stream does not move where the next message is looked for; what the stream breaks off in the middle of
/// never counts as a message.
#[test]
fn a_message_of_a_stream_is_refused_as_a_whole() {
    let gate = gate();
    let running = gate.start();
    let mut stream = connect(&running);
    let right = [message("LG-0001"), message("LG-0002"), message("LG-0003")];
    // A field that the type does not know, behind a length that is right.
    let mut unknown = message("LG-0004");
    let told = unknown.len() - 3;
    assert_eq!(unknown[1..3], [u8::try_from(told & 0x7F).unwrap() | 0x80, 1]);
    unknown.extend_from_slice(&[0x7A, 0]);
    unknown[1] += 2;
    // The same length in more bytes than it needs.
    let long = message("LG-0005");
    let long = [&[0xBF, long[1], long[2] | 0x80, 0], &long[3..]].concat();
    // Behind a length that is none nothing can be found any more: the connection ends, and what was left of it is refused.
    let lost = message("LG-0008");
    stream.write_all(&[right[0].as_slice(), &unknown, &right[1], &long, &lost].concat()).unwrap();
    running.wait_decided(3);
    // Cut off in the middle, and closed: what came is refused.
    let half = message("LG-0006");
    let mut broken = connect(&running);
    broken.write_all(&half[..half.len() / 2]).unwrap();
    drop(broken);
    let mut again = connect(&running);
    let last = message("LG-0007");
    again.write_all(&[right[2].as_slice(), &last].concat()).unwrap();
    let came = gate.wait_out(4);
    let wanted: BTreeSet<Vec<u8>> = right.into_iter().chain([last]).collect();
    assert_eq!(came.into_iter().collect::<BTreeSet<_>>(), wanted);
    running.stop().good();
    gate.verified().is(&[("received", 7), ("sent", 4), ("refused", 3)]);
}

/// The packet of a fixture, of this moment and so many microseconds later, with its checksum.
fn packet(later: i64) -> Vec<u8> {
    let fixture = "../../fixtures/misb-0601/release-packet/input.bin";
    let mut packet = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture)).unwrap();
    // The key, a length of one byte or of two, then the time.
    let at = if packet[16] < 0x80 { 17 } else { 18 };
    assert_eq!(packet[at..at + 2], [2, 8]);
    let micros = now().unix_nanos() / 1_000 + later;
    packet[at + 2..at + 10].copy_from_slice(&micros.to_be_bytes());
    let end = packet.len() - 2;
    let sum = packet[..end].iter().enumerate().fold(0_u16, |sum, (at, byte)| {
        sum.wrapping_add(if at % 2 == 0 { u16::from(*byte) << 8 } else { u16::from(*byte) })
    });
    packet[end..].copy_from_slice(&sum.to_be_bytes());
    packet
}

/// Its type says where a packet ends, and the deployment says nothing. One without a length that can be closes the stream.
#[test]
fn packets_of_a_stream_are_cut_by_their_lengths_of_ber() {
    let mut gate = Gate::new("klv-down");
    gate.intake = format!("tcp \"127.0.0.1:{}\" interface=\"lo\" source=\"klv-net\"", free_tcp());
    let running = gate.start();
    let mut stream = connect(&running);
    let mut sent = BTreeSet::new();
    for (cut, later) in [1, 10, 16, 17, 18, 40].into_iter().zip(0..) {
        let packet = packet(later);
        let (head, tail) = packet.split_at(cut);
        stream.write_all(head).unwrap();
        stream.write_all(tail).unwrap();
        sent.insert(packet);
    }
    let several = [10, 11, 12].map(packet);
    stream.write_all(&several.concat()).unwrap();
    sent.extend(several);
    assert_eq!(gate.wait_out(sent.len()).into_iter().collect::<BTreeSet<_>>(), sent);
    let mut wrong = packet(20);
    wrong[16] = 0x80;
    stream.write_all(&wrong).unwrap();
    // Nothing is ever sent to a client: what it can read is that its stream is closed, or was reset.
    assert_eq!(stream.read(&mut [0_u8; 1]).unwrap_or(0), 0);
    running.stop().good();
    gate.verified().is(&[("received", 10), ("sent", 9), ("refused", 1)]);
}
