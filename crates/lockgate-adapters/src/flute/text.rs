//! Values as an FDT writes them: seconds of NTP, and a few bytes in base64.

use lockgate_bytes::{Duration, Time, base64};

/// From 1900, where NTP begins, to 1970.
const SECONDS_1970: i64 = 2_208_988_800;
const NANOS: i64 = 1_000_000_000;

/// The upper half of an NTP time stamp (RFC 5905, 6): seconds that have begun, modulo 2^32.
pub(super) fn ntp(time: Time) -> u32 {
    let seconds = time.unix_nanos().div_euclid(NANOS).saturating_add(SECONDS_1970);
    u32::try_from(seconds & 0xFFFF_FFFF).unwrap_or(0)
}

/// The same of an end: no less than is left until then.
pub(super) fn ntp_end(time: Time) -> u32 {
    ntp(time.plus(Duration::from_nanos(NANOS.saturating_sub(1))))
}

/// The same back: of all times that are written so, the one nearest to `now`.
pub(super) fn of_ntp(seconds: u32, now: Time) -> Time {
    let ahead = i64::from(seconds.wrapping_sub(ntp(now)).cast_signed());
    let whole = now.unix_nanos().div_euclid(NANOS).saturating_mul(NANOS);
    Time::from_unix_nanos(whole).plus(Duration::from_secs(ahead))
}

/// Exactly so many bytes out of base64 in its one form; white space around it is none of it.
pub(super) fn of_base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    base64::decode(text.trim_matches([' ', '\t', '\n', '\r']).as_bytes())?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{ntp, ntp_end, of_base64, of_ntp};
    use lockgate_bytes::{Duration, Time, base64};
    use proptest::prelude::*;

    #[test]
    fn base64_is_exactly_so_many_bytes_in_their_one_form() {
        assert_eq!(
            (of_base64::<1>(" Zg== "), of_base64::<1>("Zh=="), of_base64::<1>("Zg=")),
            (Some(*b"f"), None, None)
        );
        assert_eq!((of_base64::<4>("AQABBA=="), of_base64::<4>("AQABBB==")), (Some([1, 0, 1, 4]), None));
    }

    /// 2036-02-07T06:28:16Z: the seconds begin at 0 again.
    #[test]
    fn seconds_go_on_when_their_number_begins_anew() {
        let end = Time::from_unix_nanos(2_085_978_496 * 1_000_000_000);
        assert_eq!((ntp(end), ntp(end.minus(Duration::from_secs(1)))), (0, u32::MAX));
        assert_eq!(of_ntp(5, end.minus(Duration::from_secs(60))), end.plus(Duration::from_secs(5)));
        assert_eq!(of_ntp(u32::MAX, end.plus(Duration::from_secs(60))), end.minus(Duration::from_secs(1)));
    }

    #[test]
    fn an_end_is_never_written_earlier_than_it_is() {
        let second = |nanos: i64| Time::from_unix_nanos(1_700_000_000 * 1_000_000_000 + nanos);
        assert_eq!(ntp_end(second(0)), ntp(second(0)));
        assert_eq!(ntp_end(second(1)), ntp(second(0)) + 1);
        assert_eq!(ntp_end(second(999_999_999)), ntp(second(0)) + 1);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: [u8; 16], seconds in 0_i64..4_000_000_000, ahead in -86_400_i64..86_400) {
            prop_assert_eq!(of_base64(&base64::encode(&bytes)), Some(bytes));
            let now = Time::from_unix_nanos(seconds * 1_000_000_000);
            let then = now.plus(Duration::from_secs(ahead));
            prop_assert_eq!(of_ntp(ntp(then), now), then);
        }
    }
}
