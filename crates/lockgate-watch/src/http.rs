//! As much of HTTP/1.1 (RFC 9112) as a scraper of metrics and a health check need: GET of four paths, one answer, and the
//! connection is closed. Nothing that is asked reaches the lane.

use crate::alarms::Stops;
use crate::metrics::CONTENT_TYPE;
use crate::status::Status;

/// A request head is at most so many bytes.
pub(crate) const HEAD_BYTES_MAX: usize = 4096;

/// The answer to a head that is complete, broken or too long; `None` while more of it has to come.
pub(crate) fn answer(head: &[u8], look: impl FnOnce() -> Status) -> Option<Vec<u8>> {
    if !ended(head) {
        let full = head.len() >= HEAD_BYTES_MAX;
        return full.then(|| reply("431 Request Header Fields Too Large", TEXT, "the head is too long\n"));
    }
    Some(match asked(head) {
        Ok(Path::Metrics) => reply("200 OK", CONTENT_TYPE, &look().metrics()),
        Ok(Path::Health(what)) => health(what, &look()),
        Err(status) => reply(status, TEXT, "GET /metrics, /live, /ready or /releasing\n"),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Metrics,
    Health(Stops),
}

const TEXT: &str = "text/plain; charset=utf-8";

fn ended(head: &[u8]) -> bool {
    head.windows(4).any(|four| four == b"\r\n\r\n")
}

fn asked(head: &[u8]) -> Result<Path, &'static str> {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [method, path, version] = words.as_slice() else { return Err("400 Bad Request") };
    if !matches!(*version, b"HTTP/1.0" | b"HTTP/1.1") {
        return Err(if version.starts_with(b"HTTP/") {
            "505 HTTP Version Not Supported"
        } else {
            "400 Bad Request"
        });
    }
    if *method != b"GET" {
        return Err("405 Method Not Allowed");
    }
    match *path {
        b"/metrics" => Ok(Path::Metrics),
        b"/live" => Ok(Path::Health(Stops::Live)),
        b"/ready" => Ok(Path::Health(Stops::Ready)),
        b"/releasing" => Ok(Path::Health(Stops::Releasing)),
        _ => Err("404 Not Found"),
    }
}

fn health(what: Stops, status: &Status) -> Vec<u8> {
    if status.is(what) {
        return reply("200 OK", TEXT, &format!("{}\n", what.name()));
    }
    let mut body = format!("not {}\n", what.name());
    for raised in status.why_not(what) {
        let meaning = raised.alarm.meaning();
        body.push_str(&format!(
            "{} since {}: {}. {}\n",
            raised.alarm.name(),
            raised.since,
            meaning.says,
            raised.detail
        ));
    }
    reply("503 Service Unavailable", TEXT, &body)
}

fn reply(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let allow = if status.starts_with("405") { "Allow: GET\r\n" } else { "" };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{allow}Cache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{HEAD_BYTES_MAX, answer};
    use crate::{Alarm, Gauges, Sampler, Worker};
    use lockgate_bytes::Time;
    use proptest::prelude::*;

    fn ask(head: &[u8], gauges: &Gauges) -> Option<String> {
        let now = Time::from_unix_nanos(0);
        let look = || gauges.look(&Sampler::default(), now, gauges.steady_nanos());
        answer(head, look).map(|answer| String::from_utf8(answer).unwrap())
    }

    fn gauges() -> Gauges {
        let gauges = Gauges::new("lane", "0", Time::from_unix_nanos(0));
        gauges.clear(Alarm::Starting);
        Worker::ALL.iter().for_each(|worker| gauges.beat(*worker));
        gauges
    }

    #[test]
    fn health_is_told_with_its_reason() {
        let gauges = gauges();
        let get =
            |path: &str| ask(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(), &gauges).unwrap();
        assert!(get("/releasing").starts_with("HTTP/1.1 200 OK\r\n"));
        gauges.raise(Alarm::DiskFull, Time::from_unix_nanos(0), "log");
        for (path, status) in [("/live", 200), ("/ready", 200), ("/releasing", 503), ("/x", 404)] {
            assert!(get(path).starts_with(&format!("HTTP/1.1 {status} ")), "{path}");
        }
        assert!(get("/releasing").ends_with(
            "not releasing\ndisk-full since 1970-01-01T00:00:00Z: a disk of the lane has no room left, so \
             nothing is released. log\n"
        ));
        let metrics = get("/metrics");
        let (head, body) = metrics.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
    }

    #[test]
    fn what_is_not_asked_rightly_is_answered_so() {
        let gauges = gauges();
        for (head, status) in [
            ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
            ("GET /metrics HTTP/2\r\n\r\n", "505"),
            ("GET  /metrics HTTP/1.1\r\n\r\n", "400"),
            ("\r\n\r\n", "400"),
            ("GET /metrics\r\n\r\n", "400"),
            ("GET /metrics?a HTTP/1.1\r\n\r\n", "404"),
        ] {
            assert_eq!(ask(head.as_bytes(), &gauges).unwrap().get(9..12), Some(status), "{head}");
        }
        assert_eq!(ask(b"GET /metrics HTTP/1.1\r\nHost: x\r\n", &gauges), None);
        assert!(ask(&[b'a'; HEAD_BYTES_MAX], &gauges).unwrap().starts_with("HTTP/1.1 431"));
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer_or_wait(head in "(GET|P)[ -~\r\n]{0,60}(\r\n\r\n)?") {
            let answer = ask(head.as_bytes(), &gauges());
            prop_assert_eq!(answer.is_some(), head.contains("\r\n\r\n"));
        }
    }
}
