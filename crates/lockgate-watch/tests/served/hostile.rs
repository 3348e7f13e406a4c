//! Clients that are slow, many, or ask for what there is not.

use crate::fake::Lane;
use lockgate_watch::{CLIENTS_MAX, Request};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

fn say(lane: &Lane, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(&lane.socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // Whoever says too much may be cut off while it does.
    let _ = stream.write_all(bytes);
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn what_is_no_request_is_told_so_and_does_nothing() {
    let lane = Lane::open();
    for bytes in [
        &b"{\"ask\":\"inject\"}\n"[..],
        b"{\"ask\":\"status\",\"object\":\"x\"}\n",
        b"GET / HTTP/1.1\r\n",
        b"\xff\xfe\n",
        b"\n",
        b"{\"ask\":\"reload\"}\n{\"ask\":\"reload\"}\n",
        &[b'a'; 256],
    ] {
        let answer = say(&lane, bytes);
        let read: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert!(read["error"].as_str().unwrap().len() > 10, "{answer}");
        assert_eq!(read.as_object().unwrap().len(), 1);
    }
    // A longer one is cut off; what matters is that nothing is done.
    say(&lane, &vec![b'{'; 100_000]);
    assert!(lane.orders.0.lock().unwrap().is_empty());
    assert_eq!(lane.ask(Request::Status)["in"]["objects"], 0);
}

#[test]
fn slow_clients_lose_their_place_and_status_is_told() {
    let lane = Lane::open();
    let mut slow: Vec<UnixStream> =
        (0..CLIENTS_MAX * 2).map(|_| UnixStream::connect(&lane.socket).unwrap()).collect();
    for stream in &mut slow {
        let _ = stream.write_all(b"{\"ask\"");
    }
    let before = Instant::now();
    lane.ask(Request::Status);
    assert!(before.elapsed() < Duration::from_millis(1_000), "{:?}", before.elapsed());
    // Whoever never finishes is cut off.
    for mut stream in slow {
        stream.set_read_timeout(Some(Duration::from_secs(6))).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert_eq!(rest, b"");
    }
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
}

#[test]
fn a_flood_of_scrapes_takes_no_more_than_its_share() {
    let lane = Lane::open();
    let address = lane.watch.as_ref().unwrap().metrics_address().unwrap();
    let end = Instant::now() + Duration::from_millis(1_500);
    let flood: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(move || {
                let mut answered = 0_u64;
                while Instant::now() < end {
                    let Ok(mut stream) = TcpStream::connect(address) else { continue };
                    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
                    let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n");
                    let mut first = [0; 12];
                    answered += u64::from(stream.read_exact(&mut first).is_ok());
                }
                answered
            })
        })
        .collect();
    let mut slowest = Duration::ZERO;
    while Instant::now() < end {
        let before = Instant::now();
        lane.ask(Request::Status);
        slowest = slowest.max(before.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
    let answered: u64 = flood.into_iter().map(|one| one.join().unwrap()).sum();
    println!("{answered} scrapes answered in 1.5 s, slowest status {slowest:?}");
    assert!((1..=150).contains(&answered), "{answered}");
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
}

#[test]
fn a_reader_that_does_not_read_holds_nobody_up() {
    let lane = Lane::open();
    let address = lane.watch.as_ref().unwrap().metrics_address().unwrap();
    let mut deaf: Vec<TcpStream> = (0..CLIENTS_MAX).map(|_| TcpStream::connect(address).unwrap()).collect();
    for stream in &mut deaf {
        stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
    }
    let before = Instant::now();
    lane.ask(Request::Status);
    assert!(before.elapsed() < Duration::from_millis(500));
}
