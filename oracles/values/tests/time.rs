//! `Time` against `chrono`'s RFC 3339 reader and its calendar.
//!
//! They differ on purpose: `Time` wants an upper-case `T` and `Z`, ends at nine digits of fraction, knows no leap second,
//! no offset beyond 14 hours and no year outside 1678 to 2261. Where `Time` accepts, `chrono` must say the same instant.

use chrono::{DateTime, SecondsFormat, Utc};
use lockgate_bytes::Time;

/// xorshift64*, by Vigna (2016).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 8) % end
    }
}

/// 1678-01-01 and 2262-01-01 in seconds since 1970.
const FIRST: i64 = -9_214_560_000;
const END: i64 = 9_214_646_400;

#[test]
fn instants_are_written_as_the_oracle_writes_them() {
    let mut random = Random(1);
    for _ in 0..200_000 {
        let seconds = FIRST + random.below((END - FIRST) as u64) as i64;
        // Half of them whole, as senders like it.
        let nanos = if random.below(2) == 0 { 0 } else { random.below(1_000_000_000) as i64 };
        let ours = Time::from_unix_nanos(seconds * 1_000_000_000 + nanos);
        let oracle: DateTime<Utc> = DateTime::from_timestamp(seconds, nanos as u32).unwrap();
        let (whole, fraction) = (oracle.to_rfc3339_opts(SecondsFormat::Secs, true), format!("{nanos:09}"));
        let fraction = fraction.trim_end_matches('0');
        let expected =
            if fraction.is_empty() { whole } else { format!("{}.{fraction}Z", whole.trim_end_matches('Z')) };
        assert_eq!(ours.to_string(), expected);
    }
}

#[test]
fn whatever_is_read_is_read_as_the_oracle_reads_it() {
    let mut random = Random(2);
    let (mut both, mut neither) = (0, 0);
    for _ in 0..400_000 {
        let text = candidate(&mut random);
        let oracle = DateTime::parse_from_rfc3339(&text);
        match (Time::parse(text.as_bytes()), oracle) {
            (Ok(ours), Ok(oracle)) => {
                assert_eq!(Some(ours.unix_nanos()), oracle.timestamp_nanos_opt(), "{text}");
                both += 1;
            }
            (Ok(_), Err(fault)) => panic!("we read `{text}`, the oracle says: {fault}"),
            (Err(_), Ok(oracle)) => {
                let known = oracle.timestamp() < FIRST
                    || oracle.timestamp() >= END
                    || text.contains(":60")
                    || oracle.offset().local_minus_utc().abs() > 14 * 3600
                    || text.starts_with("16")
                    || text.starts_with("22");
                assert!(known, "the oracle reads `{text}`, we do not");
                neither += 1;
            }
            (Err(_), Err(_)) => neither += 1,
        }
    }
    assert!(both > 100_000 && neither > 10_000, "{both} read by both, {neither} refused");
}

/// A date-time that is often right and sometimes just off: day 31, hour 24, second 60, odd offsets.
fn candidate(random: &mut Random) -> String {
    let year = 1670 + random.below(600);
    let (month, day) = (1 + random.below(12), 1 + random.below(31));
    let (hour, minute, second) = (random.below(24), random.below(60), random.below(61));
    let width = random.below(10) as usize;
    let fraction = if width == 0 {
        String::new()
    } else {
        format!(".{:0width$}", random.below(10_u64.pow(width as u32)))
    };
    let zone = match random.below(3) {
        0 => "Z".to_owned(),
        1 => format!("+{:02}:{:02}", random.below(16), random.below(60)),
        _ => format!("-{:02}:{:02}", random.below(16), random.below(60)),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
}
