use super::{Date, TimeForm, plain, read, read_clock, write, write_clock};
use lockgate_bytes::{Ratio, Time};
use proptest::prelude::*;

const FORMS: [&str; 14] = [
    "DDHHMMZMONYYYY",
    "DDHHMMSSZMONYYYY",
    "DDHHMMZMONYY",
    "YYYYMMDDHHMMSS",
    "YYYYMMDDHHMM",
    "YYYYMMDD",
    "DDMMYY",
    "YYYY-MM-DDTHH:MM:SS.sssZ",
    "DDHHMMZMON",
    "DDHHMMSSZMON",
    "DDHHMMZ",
    "DDHHMMSSZ",
    "MMDDHHMMSS",
    "YYMMDDHHMMSSssssss",
];

fn at(text: &str) -> Time {
    Time::parse(text.as_bytes()).unwrap()
}

#[test]
fn forms_are_lists_of_pieces() {
    for (text, date, width) in [
        ("DDHHMMZMONYYYY", Date::Year, 14),
        ("HHMMSS.ss", Date::Clock, 9),
        ("HHMMZ", Date::Clock, 5),
        ("DDMMYY", Date::Year, 6),
        ("HH:MM:SS", Date::Clock, 8),
    ] {
        let form = TimeForm::parse(text).unwrap();
        assert_eq!((form.date(), form.width()), (date, width), "{text}");
    }
    for text in
        ["", "HH", "SS", "YYYY", "YYYYMM", "MMYY", "DDDD", "HHMMss", "HHSS", "DDHHMM Z", "HHMMSS.ssssssssss"]
    {
        assert_eq!(TimeForm::parse(text), None, "{text}");
    }
    // Behind the hours they are minutes, elsewhere months.
    assert_eq!(
        read(&TimeForm::parse("YYYYMMDDHHMM").unwrap(), b"202603041005", None),
        Some(at("2026-03-04T10:05:00Z"))
    );
}

#[test]
fn what_is_left_out_is_taken_from_the_nearest_instant() {
    let form = TimeForm::parse("DDHHMMZ").unwrap();
    for (near, text, is) in [
        ("2027-01-01T06:00:00Z", "312300Z", Some("2026-12-31T23:00:00Z")),
        ("2026-03-01T00:00:00Z", "290000Z", Some("2026-03-29T00:00:00Z")),
        ("2026-03-01T00:00:00Z", "320000Z", None),
        ("2026-03-01T00:00:00Z", "012400Z", None),
    ] {
        let near = Some(at(near));
        assert_eq!(read(&form, text.as_bytes(), near), is.map(at), "{text}");
        assert_eq!(plain::read(&form, text, near), is.map(at), "{text}");
    }
    let years = TimeForm::parse("DDMMYY").unwrap();
    assert_eq!(read(&years, b"230394", None), Some(at("2094-03-23T00:00:00Z")));
    assert!(write(&years, at("1999-01-01T00:00:00Z"), None).is_none());
    assert!(write(&years, at("2026-01-01T00:00:01Z"), None).is_none());
}

proptest! {
    #[test]
    fn what_is_written_is_read_by_both(form in 0..FORMS.len(), seconds in 946_684_800_i64..4_102_444_800, nanos in 0_i64..1_000_000_000, days in -9_i64..9) {
        let form = TimeForm::parse(FORMS[form]).unwrap();
        let near = Time::from_unix_nanos((seconds + days * 86_400) * 1_000_000_000);
        for time in [seconds * 1_000_000_000 + nanos, seconds * 1_000_000_000, seconds / 60 * 60_000_000_000, seconds / 86_400 * 86_400_000_000_000] {
            let time = Time::from_unix_nanos(time);
            if let Some(text) = write(&form, time, Some(near)) {
                prop_assert_eq!(read(&form, text.bytes(), Some(near)), Some(time));
                prop_assert_eq!(plain::read(&form, std::str::from_utf8(text.bytes()).unwrap(), Some(near)), Some(time));
            }
        }
    }

    #[test]
    fn any_digits_are_read_alike(form in 0..FORMS.len(), text in "[0-9]{0,4}[0-9ZTJAN:.-]{0,20}", clock in "[0-9]{2}[0-5][0-9]([0-9]{2}(\\.[0-9]{2})?)?Z?") {
        let form = TimeForm::parse(FORMS[form]).unwrap();
        let near = Some(at("2026-02-28T23:59:59Z"));
        prop_assert_eq!(read(&form, text.as_bytes(), near), plain::read(&form, &text, near));
        for form in ["HHMM", "HHMMSS", "HHMMSS.ss", "HHMMZ"] {
            let form = TimeForm::parse(form).unwrap();
            let value = read_clock(&form, clock.as_bytes());
            prop_assert_eq!(value, plain::read_clock(&form, &clock));
            if let Some(value) = value {
                let text = write_clock(&form, value).unwrap();
                prop_assert_eq!(text.bytes(), clock.as_bytes());
            }
        }
    }
}

#[test]
fn a_clock_that_the_form_does_not_show_is_not_written() {
    let form = TimeForm::parse("HHMMSS.s").unwrap();
    let of = |numerator, denominator| write_clock(&form, Ratio::new(numerator, denominator).unwrap());
    assert_eq!(of(1, 2).unwrap().bytes(), b"000000.5");
    assert!(of(1, 4).is_none() && of(86_400, 1).is_none() && of(-1, 1).is_none());
}
