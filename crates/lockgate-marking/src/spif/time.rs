//! GeneralizedTime, as the creation date of a SPIF is written (X.680, clause 46).

use alloc::format;
use lockgate_bytes::Time;

/// The instant of `YYYYMMDDHH[MM[SS[.fff]]]` with `Z` or `+HHMM`; `None` for local time and everything else.
pub(crate) fn generalized(text: &str) -> Option<Time> {
    let zone_at = text.find(['Z', '+', '-'])?;
    let (clock, zone) = text.split_at_checked(zone_at)?;
    let (digits, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || (clock.contains('.') && fraction.is_empty()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to);
    let (minute, second) = match digits.len() {
        10 => ("00", "00"),
        12 => (part(10, 12)?, "00"),
        14 => (part(10, 12)?, part(12, 14)?),
        _ => return None,
    };
    if !fraction.is_empty() && digits.len() != 14 {
        return None;
    }
    let fraction = if fraction.is_empty() { fraction.into() } else { format!(".{fraction}") };
    let zone = match zone.as_bytes() {
        b"Z" => zone.into(),
        [_, _, _, _, _] => format!("{}:{}", zone.get(..3)?, zone.get(3..)?),
        _ => return None,
    };
    let (year, month, day, hour) = (part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?);
    Time::parse(format!("{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}{zone}").as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::generalized;
    use alloc::string::ToString;

    #[test]
    fn only_times_with_a_zone_are_read() {
        for (text, time) in [
            ("20140916090512Z", "2014-09-16T09:05:12Z"),
            ("2014091609Z", "2014-09-16T09:00:00Z"),
            ("201409160905+0200", "2014-09-16T07:05:00Z"),
            ("20140916090512.250Z", "2014-09-16T09:05:12.25Z"),
        ] {
            assert_eq!(generalized(text).unwrap().to_string(), time);
        }
        for text in [
            "20210506100000",
            "201511061430200Z",
            "2015-11-11 09:23:00",
            "",
            "Z",
            "20141316090512Z",
            "20140916090512.Z",
        ] {
            assert_eq!(generalized(text), None, "{text}");
        }
    }
}
