//! Commands about links beyond egress: `plan`, `relay`.

use clap::Args;
use lockgate_bytes::{Duration, Precedence};
use lockgate_diode::Flow;

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Rate of the link in bit/s, headers included: 9600, 64k, 2M
    #[arg(long, value_name = "RATE", value_parser = rate, required_unless_present = "config")]
    pub(crate) rate: Option<u64>,

    /// Deployment file whose lane leads to a one-way link: its rate, datagrams, repairs, repeats, beats and all else that it says
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rate", "payload", "repair", "block_repair"])]
    pub(crate) config: Option<std::path::PathBuf>,

    /// Percent of datagrams that the link loses, each by itself
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(crate) loss: u32,

    /// Objects of one kind: class, how many, bytes of each, how long each is worth sending; once for each kind
    #[arg(long, required = true, value_name = "'CLASS COUNT/s|m|h BYTES VALIDITY'", value_parser = flow)]
    pub(crate) flow: Vec<Flow>,

    /// Bytes of the largest datagram; without it, what fits the rate
    #[arg(long, value_name = "BYTES")]
    pub(crate) payload: Option<usize>,

    /// Repairs for a hundred datagrams of small objects
    #[arg(long, value_name = "COUNT", default_value = "50")]
    pub(crate) repair: u8,

    /// Repair symbols for a hundred symbols of large objects
    #[arg(long, value_name = "COUNT", default_value = "25")]
    pub(crate) block_repair: u8,

    /// Exit 1 where less of a flow is delivered, in percent
    #[arg(long, value_name = "PERCENT", default_value = "99", value_parser = percent)]
    pub(crate) want: u32,

    /// How long the link is tried out, in virtual time
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = span)]
    pub(crate) trial: Duration,

    /// Chooses the moments of objects and losses
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub(crate) seed: u64,
}

#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
pub(crate) struct RelayArgs {
    /// Where datagrams come in
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) from: std::net::SocketAddr,

    /// Where they go on to
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) to: std::net::SocketAddr,

    /// Percent that is lost, each by itself
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(crate) loss: u32,

    /// Percent that is lost in bursts
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(crate) burst_loss: u32,

    /// Mean length of a burst, in datagrams
    #[arg(long, value_name = "COUNT", default_value = "10")]
    pub(crate) burst: u32,

    /// Percent that comes twice
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(crate) duplicate: u32,

    /// Percent of which one bit is turned
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(crate) corrupt: u32,

    /// Percent that comes later than what follows it
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(crate) reorder: u32,

    /// How much later, at most
    #[arg(long, value_name = "DURATION", default_value = "50ms", value_parser = span)]
    pub(crate) reorder_by: Duration,

    /// Everything is lost from so long after the start on, and for how long; once for each outage
    #[arg(long, value_name = "FROM+FOR", value_parser = outage)]
    pub(crate) outage: Vec<(Duration, Duration)>,

    /// How long each is on its way
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = span)]
    pub(crate) delay: Duration,

    /// Rate of the link in bit/s, headers of IP and UDP included
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) rate: Option<u64>,

    /// Bytes that wait for a slow link; what finds no room is lost
    #[arg(long, value_name = "BYTES", default_value = "1000000")]
    pub(crate) buffer: u64,

    /// The same seed does the same to the same datagrams
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub(crate) seed: u64,

    /// Ends by itself after this time
    #[arg(long = "for", value_name = "DURATION", value_parser = span)]
    pub(crate) span: Option<Duration>,
}

/// A length of time that is not negative.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let span = Duration::parse(text).filter(|span| span.nanos() >= 0);
    span.ok_or_else(|| "write it like 500ms, 3s or 2m".to_owned())
}

/// `2s+300ms`: how long after the start, and for how long.
#[cfg(target_os = "linux")]
fn outage(text: &str) -> Result<(Duration, Duration), String> {
    let read = || -> Option<(Duration, Duration)> {
        let (from, lasts) = text.split_once('+')?;
        Some((span(from).ok()?, span(lasts).ok().filter(|lasts| lasts.nanos() > 0)?))
    };
    read().ok_or_else(|| "write an outage like 2s+300ms: when it begins, and how long it lasts".to_owned())
}

/// `5` or `0.1`, in millionths.
fn percent(text: &str) -> Result<u32, String> {
    let says = || "write percent like 5 or 0.1, at most 100".to_owned();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 4 || whole.len() > 3 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(says());
    }
    let whole: u32 = whole.parse().map_err(|_| says())?;
    let part: u32 = format!("{part:0<4}").parse().map_err(|_| says())?;
    let millionths = whole.saturating_mul(10_000).saturating_add(part);
    if millionths > 1_000_000 { Err(says()) } else { Ok(millionths) }
}

/// `9600`, `64k`, `2M`, `1G`.
fn rate(text: &str) -> Result<u64, String> {
    let says = || "write a rate in bit/s like 9600, 64k or 2M".to_owned();
    count(text).filter(|rate| *rate > 0).ok_or_else(says)
}

/// A number, with k, M or G for thousands, millions, thousands of millions.
fn count(text: &str) -> Option<u64> {
    let (digits, unit) = match text.strip_suffix(['k', 'M', 'G']) {
        Some(digits) if text.ends_with('k') => (digits, 1_000),
        Some(digits) if text.ends_with('M') => (digits, 1_000_000),
        Some(digits) => (digits, 1_000_000_000),
        None => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// `IMMEDIATE 20/s 1024 500ms`.
fn flow(text: &str) -> Result<Flow, String> {
    let says =
        || "write a flow like 'IMMEDIATE 20/s 1024 500ms': class, how many, bytes, validity".to_owned();
    let read = || -> Option<Flow> {
        let mut words = text.split_ascii_whitespace();
        let class = Precedence::named(words.next()?)?;
        let (number, unit) = words.next()?.split_once('/')?;
        let an_hour = match unit {
            "s" => 3_600,
            "m" => 60,
            "h" => 1,
            _ => return None,
        };
        let per_hour =
            count(number)?.checked_mul(an_hour).filter(|count| (1..=36_000_000).contains(count))?;
        let bytes = usize::try_from(count(words.next()?)?).ok().filter(|bytes| *bytes <= 64 << 20)?;
        let validity = Duration::parse(words.next()?).filter(|validity| validity.nanos() > 0)?;
        words.next().is_none().then_some(Flow { class, per_hour, bytes, validity })
    };
    read().ok_or_else(says)
}
