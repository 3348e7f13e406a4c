//! The simple types of XML Schema that labels use, by their lexical rules (XML Schema 1.0 part 2, second edition).

/// The white space of XML.
pub(super) const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// The text without what `xs:token` collapses: none at its ends; within it is left to the caller, who compares words.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(SPACE)
}

/// `xs:dateTime`: year of four digits or more (not 0000), month, day of the month, time up to 24:00:00, fraction, zone
/// up to 14 hours; a zone may be missing.
pub(super) fn is_date_time(text: &str) -> bool {
    date_time(trim(text)).is_some()
}

fn date_time(text: &str) -> Option<()> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (date, time) = text.split_once('T')?;
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, two(parts.next()?)?, two(parts.next()?)?);
    let plain = parts.next().is_none() && digits(year) && year.len() >= 4;
    let plain = plain && (year.len() == 4 || !year.starts_with('0')) && year.bytes().any(|byte| byte != b'0');
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => (time.get(..at)?, time.get(at..)?),
        None => (time, ""),
    };
    let mut parts = clock.split(':');
    let (hour, minute, second) = (two(parts.next()?)?, two(parts.next()?)?, parts.next()?);
    let (whole, fraction) = match second.split_once('.') {
        Some((whole, fraction)) => (two(whole)?, digits(fraction).then_some(fraction)?),
        None => (two(second)?, ""),
    };
    let midnight = hour == 24 && minute == 0 && whole == 0 && fraction.bytes().all(|byte| byte == b'0');
    let in_day = (hour < 24 && minute < 60 && whole < 60) || midnight;
    let fits = (1..=12).contains(&month) && day >= 1 && day <= days(month, is_leap(year)?);
    (plain && parts.next().is_none() && in_day && fits && is_zone(zone)).then_some(())
}

fn is_zone(zone: &str) -> bool {
    if zone.is_empty() || zone == "Z" {
        return true;
    }
    let Some(offset) = zone.strip_prefix(['+', '-']) else { return false };
    let Some((hours, minutes)) = offset.split_once(':') else { return false };
    match (two(hours), two(minutes)) {
        (Some(14), Some(0)) => true,
        (Some(hours), Some(minutes)) => hours < 14 && minutes < 60,
        _ => false,
    }
}

fn days(month: u8, leap: bool) -> u8 {
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether the year of these digits is a leap year; by its last four digits, since 400 divides 10,000.
fn is_leap(year: &str) -> Option<bool> {
    let last: u16 = year.get(year.len().checked_sub(4)?..)?.parse().ok()?;
    Some(last.is_multiple_of(4) && (!last.is_multiple_of(100) || last.is_multiple_of(400)))
}

fn two(text: &str) -> Option<u8> {
    (text.len() == 2 && digits(text)).then(|| text.parse().ok()).flatten()
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `xs:ID`: a name without a colon (Namespaces in XML 1.0, third edition, `NCName`).
pub(super) fn is_nc_name(text: &str) -> bool {
    let mut characters = trim(text).chars();
    characters.next().is_some_and(begins_name)
        && characters.all(|c| {
            begins_name(c)
                || c.is_ascii_digit()
                || matches!(c, '-' | '.' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
        })
}

fn begins_name(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// The text as `xs:token` reads it: white space in it is one space each.
pub(super) fn token(text: &str) -> alloc::string::String {
    let words: alloc::vec::Vec<&str> = text.split(SPACE).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{is_date_time, is_nc_name, token};

    #[test]
    fn dates_are_those_of_xml_schema() {
        for good in [
            "2026-03-01T10:05:00Z",
            " 2026-03-01T10:05:00\n",
            "2026-03-01T10:05:00.123456789012+14:00",
            "-0001-12-31T24:00:00",
            "12026-02-28T23:59:59-13:59",
            "2028-02-29T24:00:00.000Z",
        ] {
            assert!(is_date_time(good), "{good}");
        }
        for bad in [
            "2026-03-01",
            "2026-03-01T10:05",
            "0000-03-01T10:05:00Z",
            "026-03-01T10:05:00Z",
            "02026-03-01T10:05:00Z",
            "2026-02-29T10:05:00Z",
            "2026-13-01T10:05:00Z",
            "2026-03-32T10:05:00Z",
            "2026-03-01T24:00:01Z",
            "2026-03-01T24:00:00.1Z",
            "2026-03-01T10:60:00Z",
            "2026-03-01T10:05:60Z",
            "2026-03-01T10:05:00.Z",
            "2026-03-01T10:05:00z",
            "2026-03-01T10:05:00+14:01",
            "2026-03-01T10:05:00+1:00",
            "2026-03-01 10:05:00Z",
            "+2026-03-01T10:05:00Z",
            "",
            "T",
        ] {
            assert!(!is_date_time(bad), "{bad}");
        }
    }

    #[test]
    fn names_and_tokens() {
        assert!(
            is_nc_name("_a-1.b")
                && is_nc_name(" é ")
                && !is_nc_name("1a")
                && !is_nc_name("a:b")
                && !is_nc_name("")
        );
        assert_eq!(token("\n TOP \t SECRET "), "TOP SECRET");
    }
}
