//! `lockgate relay`: a link that misbehaves on purpose, for tests. One way: nothing is read from where datagrams go.

use crate::args::RelayArgs;
use crate::exit::{Exit, Fault};
use lockgate_bytes::Time;
use lockgate_core::Json;
use lockgate_diode::{Relay, Weather};
use std::io::{self, Write};
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The longest wait without a look at the clock and at signals.
const LOOK: Duration = Duration::from_millis(50);

/// Runs the command until its time is over, or SIGTERM or SIGINT comes; then says what the link did.
///
/// # Errors
/// [`Fault`] where a socket cannot be had, or the output fails.
pub(crate) fn run(args: &RelayArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let from = UdpSocket::bind(args.from).map_err(|error| Fault::of(args.from, &error))?;
    let any = if args.to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let to = UdpSocket::bind(any).map_err(|error| Fault::of(any, &error))?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, stop.clone()).map_err(|error| Fault::of("signals", &error))?;
    }
    if !json {
        writeln!(out, "relaying {} to {}, seed {}", args.from, args.to, args.seed)?;
        out.flush()?;
    }
    let mut relay = Relay::new(weather(args), args.seed);
    let begin = Instant::now();
    let clock = || Time::from_unix_nanos(i64::try_from(begin.elapsed().as_nanos()).unwrap_or(i64::MAX));
    let end = args.span.map(|span| Time::from_unix_nanos(0).plus(span));
    let (mut buffer, mut unsent) = (vec![0; 65_536], 0_usize);
    while !stop.load(Ordering::Relaxed) && end.is_none_or(|end| clock() < end) {
        let now = clock();
        while let Some(datagram) = relay.take(now) {
            // Nobody there, or no room: lost, like on any link.
            unsent = unsent.saturating_add(usize::from(to.send_to(&datagram, args.to).is_err()));
        }
        let wait = relay.next().map_or(LOOK, |next| {
            Duration::from_nanos(u64::try_from(next.since(now).nanos()).unwrap_or(0)).min(LOOK)
        });
        from.set_read_timeout(Some(wait.max(Duration::from_micros(50))))
            .map_err(|error| Fault::of(args.from, &error))?;
        match from.recv_from(&mut buffer) {
            Ok((length, _)) => {
                relay.offer(buffer.get(..length).unwrap_or(&[]), clock());
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) => {}
            Err(error) => return Err(Fault::of(args.from, &error)),
        }
    }
    summary(&relay, unsent, json, out)
}

fn weather(args: &RelayArgs) -> Weather {
    Weather {
        loss: args.loss,
        burst_loss: args.burst_loss,
        burst: args.burst,
        duplicate: args.duplicate,
        corrupt: args.corrupt,
        reorder: args.reorder,
        reorder_by: args.reorder_by,
        outages: args.outage.iter().map(|(from, span)| outage(*from, *span)).collect(),
        delay: args.delay,
        rate: args.rate,
        buffer: args.buffer,
        headers: 28,
    }
}

/// Counted from the start.
fn outage(from: lockgate_bytes::Duration, span: lockgate_bytes::Duration) -> (Time, Time) {
    let begin = Time::from_unix_nanos(0).plus(from);
    (begin, begin.plus(span))
}

fn summary(relay: &Relay, unsent: usize, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let truth = relay.truth();
    let counts = [
        ("offered", truth.offered),
        ("lost", truth.lost),
        ("overrun", truth.overrun),
        ("corrupted", truth.corrupted),
        ("duplicated", truth.duplicated),
        ("unsent", u64::try_from(unsent).unwrap_or(u64::MAX)),
    ];
    if json {
        let mut line = String::new();
        let mut json = Json::object(&mut line);
        for (key, count) in counts {
            json.number(key, usize::try_from(count).unwrap_or(usize::MAX));
        }
        json.end();
        writeln!(out, "{line}")?;
    } else {
        for (key, count) in counts {
            writeln!(out, "{key:<11} {count}")?;
        }
    }
    Ok(Exit::Good)
}
