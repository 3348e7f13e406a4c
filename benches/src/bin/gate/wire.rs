//! A generator, what is between, and the sink; and the search for the highest rate that holds.

use lockgate_bench::deployment::Wish;
use lockgate_bench::event::Form;
use lockgate_bench::wire::{Crossing, Sent, Sink, Traffic, socket};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

/// One try at a rate, in seconds.
const TRY: f64 = 0.6;
/// How long a rate has to hold, and how long latencies are measured at one load, in seconds.
pub(super) const LOAD: f64 = 2.0;
/// How long the search for a lane's maximum may take, and where it begins, in objects a second.
pub(super) const SEARCH: Duration = Duration::from_secs(14);
pub(super) const FIRST: f64 = 30_000.0;
/// Nothing more comes after so long a silence.
const SILENCE: Duration = Duration::from_millis(300);
/// Of a thousand objects so many have to arrive.
const WHOLE: f64 = 0.999;
/// So many rates are tried for as long as that at the least, each lower than the last, however long the search took: where
/// other work disturbs the search, it ends far too high.
const DESCENTS: u32 = 8;
/// A rate at which nobody searches on.
const LEAST: f64 = 500.0;

/// The lane that is measured, and what it sends to.
pub(super) fn wish(sink: &Sink) -> Wish<'static> {
    Wish { rules: 20, words: 2_000, rate: "100Gbit/s", to: sink.address, slow: false }
}

/// A generator, something between, and the sink.
pub(super) struct Wire<'s> {
    sink: &'s Sink,
    pub(super) out: UdpSocket,
    pub(super) traffic: Traffic,
    pub(super) sent: u64,
    pub(super) arrived: u64,
}

impl<'s> Wire<'s> {
    pub(super) fn to(sink: &'s Sink, address: SocketAddr, form: Form) -> Result<Self, String> {
        sink.forget();
        let out = way_to(address)?;
        Ok(Self { sink, out, traffic: Traffic::new(form)?, sent: 0, arrived: 0 })
    }

    pub(super) fn load(&mut self, rate: f64, seconds: f64) -> Result<Crossing, String> {
        let sent = send(&mut self.traffic, &self.out, rate, seconds)?;
        let crossing = self.crossing(&sent)?;
        self.sent += crossing.sent;
        self.arrived += crossing.arrived;
        Ok(crossing)
    }

    /// The same objects by another way to the same sink; they do not count.
    pub(super) fn load_by(&mut self, other: &UdpSocket, rate: f64, seconds: f64) -> Result<Crossing, String> {
        let sent = send(&mut self.traffic, other, rate, seconds)?;
        self.crossing(&sent)
    }

    fn crossing(&self, sent: &Sent) -> Result<Crossing, String> {
        let crossing = self.sink.crossing(sent, SILENCE);
        if self.sink.twice() > 0 {
            return Err(format!("{} objects arrived twice", self.sink.twice()));
        }
        Ok(crossing)
    }

    /// The highest rate at which all but one in a thousand arrive, found within so long: up from `first` until it fails,
    /// then between. Other work on this machine makes single tries fail, so a failure counts when it happens twice.
    /// Buffers take a short burst of anything, so what was found has to hold for longer, or comes down until it does.
    pub(super) fn most(&mut self, first: f64, within: Duration) -> Result<Crossing, String> {
        let begun = Instant::now();
        let left = || within.saturating_sub(begun.elapsed()).as_secs_f64();
        let (mut low, mut high): (f64, f64) = (0.0, f64::INFINITY);
        while (low == 0.0 || high / low >= 1.06) && left() > 3.0 * LOAD {
            let rate = match (low == 0.0, high.is_finite()) {
                (true, false) => first,
                (true, true) => high / 2.0,
                (false, false) => low * 1.5,
                (false, true) => (low * high).sqrt(),
            };
            if rate < LEAST {
                break;
            }
            if is_whole(self.load(rate, TRY)?, rate) || is_whole(self.load(rate, TRY)?, rate) {
                low = rate;
            } else {
                high = rate;
            }
        }
        let mut rate = if low > 0.0 { low } else { high.min(first) / 2.0 };
        let mut last = None;
        let mut descents = 0;
        while left() > 0.0 || descents < DESCENTS {
            descents += 1;
            let crossing = self.load(rate, LOAD)?;
            if is_whole(crossing, rate) {
                return Ok(crossing);
            }
            last = Some((rate, crossing));
            // Buffers hide a burst, so the search may have ended far too high: what arrived says how far.
            rate *= (share_of(crossing) / 100.0).clamp(0.5, 0.92);
        }
        let (rate, crossing) = last.unwrap_or((rate, Crossing::default()));
        Err(format!(
            "no rate held for {LOAD} s within {} s and {DESCENTS} tries; at the last, {rate:.0} objects/s, the generator came to {:.0}, and \
             {:.2} % of them arrived",
            within.as_secs(),
            crossing.offered,
            share_of(crossing)
        ))
    }
}

/// A socket that sends there.
pub(super) fn way_to(address: SocketAddr) -> Result<UdpSocket, String> {
    let out = socket().map_err(|error| format!("a socket: {error}"))?;
    out.connect(address).map_err(|error| format!("a socket: {error}"))?;
    Ok(out)
}

fn send(traffic: &mut Traffic, out: &UdpSocket, rate: f64, seconds: f64) -> Result<Sent, String> {
    traffic.send(out, rate, (rate * seconds) as u64).map_err(|error| format!("sending: {error}"))
}

/// All but one in a thousand arrived; and the generator itself came along, or it is no figure of what is between.
fn is_whole(crossing: Crossing, rate: f64) -> bool {
    share_of(crossing) >= 100.0 * WHOLE && crossing.offered >= 0.97 * rate
}

pub(super) fn share_of(crossing: Crossing) -> f64 {
    100.0 * crossing.arrived as f64 / (crossing.sent as f64).max(1.0)
}
