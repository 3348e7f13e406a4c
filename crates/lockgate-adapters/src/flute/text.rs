//! Values as an FDT writes them: seconds of NTP, and a few bytes in base64.

use alloc::string::String;
use lockgate_bytes::{Duration, Time};

/// From 1900, where NTP begins, to 1970.
const SECONDS_1970: i64 = 2_208_988_800;
const NANOS: i64 = 1_000_000_000;
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The upper half of an NTP time stamp (RFC 5905, 6): seconds, modulo 2^32.
pub(super) fn ntp(time: Time) -> u32 {
    let seconds = time.unix_nanos().div_euclid(NANOS).saturating_add(SECONDS_1970);
    u32::try_from(seconds & 0xFFFF_FFFF).unwrap_or(0)
}

/// The same back: of all times that are written so, the one nearest to `now`.
pub(super) fn of_ntp(seconds: u32, now: Time) -> Time {
    let ahead = i64::from(seconds.wrapping_sub(ntp(now)).cast_signed());
    let whole = now.unix_nanos().div_euclid(NANOS).saturating_mul(NANOS);
    Time::from_unix_nanos(whole).plus(Duration::from_secs(ahead))
}

/// Bytes in base64 (RFC 4648, 4), with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number =
            (0..3).fold(0_u32, |number, at| number << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4_usize {
            let place = number >> 18_usize.saturating_sub(at.saturating_mul(6)) & 63;
            let digit = usize::try_from(place).ok().and_then(|place| DIGITS.get(place));
            text.push(if at > three.len() { '=' } else { char::from(digit.copied().unwrap_or(b'=')) });
        }
    }
    text
}

/// Exactly so many bytes out of base64, written as [`base64`] would; white space around it is none of it.
pub(super) fn of_base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    if text.len() != N.div_ceil(3).saturating_mul(4) {
        return None;
    }
    let mut bytes = [0; N];
    for (four, three) in text.as_bytes().chunks(4).zip(bytes.chunks_mut(3)) {
        let digit = |digit: &u8| DIGITS.iter().position(|known| known == digit).unwrap_or(0);
        let number = four.iter().fold(0, |number, one| number << 6 | digit(one));
        let [.., high, middle, low] = number.to_be_bytes();
        for (to, from) in three.iter_mut().zip([high, middle, low]) {
            *to = from;
        }
    }
    (base64(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{base64, ntp, of_base64, of_ntp};
    use lockgate_bytes::{Duration, Time};
    use proptest::prelude::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
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

    proptest! {
        #[test]
        fn what_is_written_is_read(bytes: [u8; 16], seconds in 0_i64..4_000_000_000, ahead in -86_400_i64..86_400) {
            prop_assert_eq!(of_base64(&base64(&bytes)), Some(bytes));
            let now = Time::from_unix_nanos(seconds * 1_000_000_000);
            let then = now.plus(Duration::from_secs(ahead));
            prop_assert_eq!(of_ntp(ntp(then), now), then);
        }
    }
}
