//! Payload hidden in free text: encodings, armour, addresses.
//!
//! | what | fires from | stays silent on |
//! |---|---|---|
//! | base64 | [`RUN`] characters of `A-Z a-z 0-9 + /` without a break, both cases, with a digit, `+` or `=` and a change between capital, small and digit in every third place (half of the places without any) | UUIDs, track numbers, words, CamelCase |
//! | other long runs | [`LONG_RUN`] letters and digits without a break | words of any language |
//! | hexadecimal | [`HEX`] digits without a break (a UUID has 32), or [`PAIRS`] pairs with one character between, one of them with a letter | UUIDs, MAC addresses, coordinates |
//! | escapes | [`ESCAPES`] of `%41 =41 \x41 \u0041 &#65;` in one field | percentages, a lone entity |
//! | armour | `-----BEGIN` | dashes |
//! | addresses | `name://`, `www.x`, `mailto:x`, `data:...,` | times, `Note: text` |
//!
//! Not seen: base64 with `-` and `_` in it, which end a run; digits with a sign before each pair (`0x48,0x65`); pairs with a separator of
//! several bytes between them; payload in fields that are no free text.
//!
//! One hit a code and field. Ordinary text costs one quick pass and no more.

use lockgate_reason::{Code, words};

/// Shortest run taken for base64; it holds 18 bytes.
const RUN: usize = 24;
/// Shortest run of letters and digits that is no word in any language.
const LONG_RUN: usize = 48;
/// Shortest run of hexadecimal digits: 20 bytes.
const HEX: usize = 40;
/// Fewest pairs of hexadecimal digits with something between.
const PAIRS: usize = 16;
/// A sequence of [`PAIRS`] pairs is 47 bytes long; two separators three apart stand behind each of its first 41.
const PAIRS_STEP: usize = 40;
/// Fewest escapes in one field.
const ESCAPES: usize = 4;

/// Reports what may hide payload in the text that is the first `len` bytes of `joined`: code, first byte, byte after the last;
/// each code at most once. Of what stands behind it nothing is reported.
pub(crate) fn find(joined: &[u8], len: usize, mut report: impl FnMut(Code, usize, usize)) {
    let text = joined.get(..len).unwrap_or(joined);
    let signs = Signs::of(joined, text.len());
    if signs.run {
        runs(text, &mut report);
    }
    if signs.escape
        && let Some((start, end)) = escapes(text)
    {
        report(words::ESCAPED_RUN, start, end);
    }
    if signs.dashes
        && let Some((start, end)) = armour(text)
    {
        report(words::ARMOUR, start, end);
    }
    if signs.address
        && let Some((start, end)) = address(text)
    {
        report(words::ADDRESS, start, end);
    }
    if may_hold_pairs(text)
        && let Some((start, end)) = pairs(text)
    {
        report(words::HEX_RUN, start, end);
    }
}

/// What a quick pass over all bytes, many a step, has seen; perhaps of some that stand behind the text.
#[derive(Default)]
struct Signs {
    /// A byte that begins an escape.
    escape: bool,
    /// Two dashes in a row.
    dashes: bool,
    /// A colon, or `ww`.
    address: bool,
    /// Two neighbouring blocks of eight bytes without a break; every run of [`RUN`] covers two.
    run: bool,
}

/// Bytes a step of the quick pass: two blocks of eight.
const STEP: usize = 16;

impl Signs {
    fn of(joined: &[u8], len: usize) -> Self {
        let mut signs = Self::default();
        let (mut full_before, mut rest, mut left) = (false, joined, len);
        while left > 0 {
            // One byte more than a step, for pairs across its end; zeros behind the last of all.
            let mut end = [0_u8; STEP + 1];
            let window = rest.first_chunk().unwrap_or_else(|| {
                end.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
                &end
            });
            full_before = signs.step(window, full_before);
            rest = rest.get(STEP..).unwrap_or(&[]);
            left = left.saturating_sub(STEP);
        }
        signs
    }

    /// Sixteen bytes at once, as the compiler makes of it: no early end, no branch.
    #[inline]
    fn step(&mut self, window: &[u8; STEP + 1], full_before: bool) -> bool {
        let (mut escape, mut dashes, mut address) = (0_u8, 0_u8, 0_u8);
        let mut run = [0_u8; STEP];
        let [_, seconds @ ..] = window;
        for ((first, second), run) in window.iter().zip(seconds).zip(&mut run) {
            let small = first | 0x20;
            let equals = |sign: u8| u8::from(*first == sign);
            escape |= equals(b'%') | equals(b'=') | equals(b'\\') | equals(b'&');
            dashes |= equals(b'-') & u8::from(*second == b'-');
            address |= equals(b':') | (u8::from(small == b'w') & u8::from(second | 0x20 == b'w'));
            let letter = u8::from(small.wrapping_sub(b'a') < 26) | u8::from(first.wrapping_sub(b'0') < 10);
            *run = letter | equals(b'+') | equals(b'/');
        }
        let (low, high) = run.split_at(STEP / 2);
        let full = |block: &[u8]| block.first_chunk::<8>() == Some(&[1; 8]);
        let (low, high) = (full(low), full(high));
        self.escape |= escape != 0;
        self.dashes |= dashes != 0;
        self.address |= address != 0;
        self.run |= low & (full_before | high);
        high
    }
}

/// True where a sequence of [`PAIRS`] pairs may stand: it covers one of every 40 places with two separators, three
/// apart, behind it.
fn may_hold_pairs(text: &[u8]) -> bool {
    let apart = |at: usize| text.get(at).is_some_and(|byte| !byte.is_ascii_alphanumeric());
    (0..text.len()).step_by(PAIRS_STEP).any(|at| {
        (0_usize..3).any(|phase| {
            let at = at.saturating_add(phase);
            apart(at) && apart(at.saturating_add(3))
        })
    })
}

/// Long unbroken runs. A run of [`RUN`] covers one of every [`RUN`] places, so only those are looked at.
fn runs(text: &[u8], report: &mut impl FnMut(Code, usize, usize)) {
    let (mut base64, mut hex) = (false, false);
    let mut probe = RUN.saturating_sub(1);
    while let Some(byte) = text.get(probe) {
        if !is_run(*byte) {
            probe = probe.saturating_add(RUN);
            continue;
        }
        let before = text.get(..probe).unwrap_or(&[]);
        let start = before.iter().rposition(|byte| !is_run(*byte)).map_or(0, |at| at.saturating_add(1));
        let rest = text.get(start..).unwrap_or(&[]);
        let len = rest.iter().position(|byte| !is_run(*byte)).unwrap_or(rest.len());
        let end = start.saturating_add(len);
        probe = end.saturating_add(RUN);
        let run = rest.get(..len).unwrap_or(&[]);
        if len < RUN {
            continue;
        }
        if longest(run, |byte| byte.is_ascii_hexdigit()) >= HEX {
            if !core::mem::replace(&mut hex, true) {
                report(words::HEX_RUN, start, end);
            }
        } else if looks_encoded(run, text.get(end)) && !core::mem::replace(&mut base64, true) {
            report(words::ENCODED_RUN, start, end);
        }
    }
}

fn is_run(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

fn longest(run: &[u8], of: impl Fn(&u8) -> bool) -> usize {
    run.split(|byte| !of(byte)).map(<[u8]>::len).max().unwrap_or(0)
}

fn looks_encoded(run: &[u8], next: Option<&u8>) -> bool {
    if longest(run, u8::is_ascii_alphanumeric) >= LONG_RUN {
        return true;
    }
    let any = |of: fn(&u8) -> bool| run.iter().any(of);
    if !(any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase)) {
        return false;
    }
    let changes =
        run.iter().zip(run.get(1..).unwrap_or(&[])).filter(|(a, b)| class(**a) != class(**b)).count();
    let sign = any(|byte| byte.is_ascii_digit() || *byte == b'+') || next == Some(&b'=');
    let needed = if sign { run.len().div_ceil(3) } else { run.len().div_ceil(2) };
    changes >= needed && longest(run, |byte| *byte != b'/') >= RUN / 2
}

fn class(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => 0,
        b'a'..=b'z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

/// [`PAIRS`] pairs of hexadecimal digits, each followed by one character that is none.
fn pairs(text: &[u8]) -> Option<(usize, usize)> {
    let (mut start, mut count, mut letter) = (0, 0_usize, false);
    let mut at = 0_usize;
    while let Some([first, second, rest @ ..]) = text.get(at..) {
        let is_pair = first.is_ascii_hexdigit()
            && second.is_ascii_hexdigit()
            && rest.first().is_none_or(|next| !next.is_ascii_alphanumeric());
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        if is_pair && (count > 0 || before.is_none_or(|before| !before.is_ascii_alphanumeric())) {
            if count == 0 {
                (start, letter) = (at, false);
            }
            count = count.saturating_add(1);
            letter |= first.is_ascii_alphabetic() || second.is_ascii_alphabetic();
            if count >= PAIRS && letter {
                return Some((start, at.saturating_add(2)));
            }
            at = at.saturating_add(3);
        } else {
            count = 0;
            at = at.saturating_add(1);
        }
    }
    None
}

fn escapes(text: &[u8]) -> Option<(usize, usize)> {
    let (mut start, mut count, mut at) = (0, 0_usize, 0_usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let len = escape_len(rest);
        if len == 0 {
            at = at.saturating_add(1);
            continue;
        }
        if count == 0 {
            start = at;
        }
        count = count.saturating_add(1);
        at = at.saturating_add(len);
        if count >= ESCAPES {
            return Some((start, at));
        }
    }
    None
}

/// Length of the escape at the beginning of `rest`; 0 where there is none.
fn escape_len(rest: &[u8]) -> usize {
    let hex = |from: usize, count: usize| {
        let digits = rest.get(from..from.saturating_add(count)).unwrap_or(&[]);
        digits.len() == count && digits.iter().all(u8::is_ascii_hexdigit)
    };
    match rest {
        [b'%' | b'=', ..] if hex(1, 2) => 3,
        [b'\\', b'x' | b'X', ..] if hex(2, 2) => 4,
        [b'\\', b'u', b'{', ..] if hex(3, 1) => 4,
        [b'\\' | b'%', b'u' | b'U', ..] if hex(2, 4) => 6,
        [b'&', b'#', b'x' | b'X', ..] if hex(3, 1) => 4,
        [b'&', b'#', digit, ..] if digit.is_ascii_digit() => 3,
        _ => 0,
    }
}

fn armour(text: &[u8]) -> Option<(usize, usize)> {
    let begin = b"-----begin";
    let at = text.windows(begin.len()).position(|window| window.eq_ignore_ascii_case(begin))?;
    Some((at, at.saturating_add(begin.len())))
}

fn address(text: &[u8]) -> Option<(usize, usize)> {
    let mut before = b' ';
    for (at, byte) in text.iter().enumerate() {
        let rest = text.get(at..).unwrap_or(&[]);
        let starts = |word: &[u8]| {
            !before.is_ascii_alphanumeric()
                && rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
        };
        let after = |len: usize| rest.get(len..).unwrap_or(&[]);
        let visible = |len: usize| after(len).first().is_some_and(|next| !next.is_ascii_whitespace());
        let found = match byte {
            b':' => before.is_ascii_alphanumeric() && rest.starts_with(b"://"),
            b'w' | b'W' => starts(b"www.") && visible(4),
            b'm' | b'M' => starts(b"mailto:") && visible(7),
            b'd' | b'D' => starts(b"data:") && is_data(after(5)),
            _ => false,
        };
        if found {
            let begins = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'(');
            let head = text.get(..at).unwrap_or(&[]);
            let start = head.iter().rposition(begins).map_or(0, |at| at.saturating_add(1));
            let len = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
            return Some((start, at.saturating_add(len)));
        }
        before = *byte;
    }
    None
}

/// What follows `data:` in RFC 2397: a media type, parameters, then a comma.
fn is_data(rest: &[u8]) -> bool {
    let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"/;=+.-_".contains(byte)));
    end.and_then(|end| rest.get(end)) == Some(&b',')
}

#[cfg(test)]
mod tests {
    use super::find;
    use alloc::borrow::ToOwned;
    use alloc::vec::Vec;

    fn codes(text: &str) -> Vec<&'static str> {
        let mut codes = Vec::new();
        find(text.as_bytes(), text.len(), |code, start, end| {
            assert!(start < end && end <= text.len(), "{text}: {start}..{end}");
            codes.push(code.id());
        });
        codes
    }

    #[test]
    fn hidden_payload_is_found() {
        for (text, code) in [
            ("see VGhpcyBpcyBhIHNlY3JldCBtZXNzYWdl there", "LG-W002"),
            ("aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=", "LG-W002"),
            ("key JBSWY3DPEBLW64TMMQQHO2LUNAQGC3THEBWW64TFEBSGKZLQ", "LG-W002"),
            ("hash 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12.", "LG-W003"),
            ("48 65 6c 6c 6f 20 77 6f 72 6c 64 20 61 67 61 69", "LG-W003"),
            ("48:65:6C:6c:6f:20:77:6f:72:6c:64:20:61:67:61:69", "LG-W003"),
            ("x %48%65%6c%6c%6f", "LG-W004"),
            ("\\x48\\x65\\x6c\\x6c", "LG-W004"),
            ("&#72;&#101;&#x6c;&#108;", "LG-W004"),
            ("\\u0048\\u0065\\u006c\\u006c", "LG-W004"),
            ("-----BEGIN PGP MESSAGE-----", "LG-W005"),
            ("x-----begin message", "LG-W005"),
            ("go to http://example.test/x now", "LG-W006"),
            ("WWW.example.test", "LG-W006"),
            ("(mailto:someone)", "LG-W006"),
            ("data:text/plain;base64,QQ", "LG-W006"),
            ("hxxps://example", "LG-W006"),
        ] {
            assert_eq!(codes(text), [code], "{text}");
        }
    }

    #[test]
    fn ordinary_text_stays_silent() {
        for text in [
            "",
            "moving north at 12 kn, two vehicles, no contact; report at 14:30Z",
            "550e8400-e29b-41d4-a716-446655440000",
            "550E8400E29B41D4A716446655440000",
            "ANDROID-359975090666199",
            "ANDROID-550e8400e29b41d4",
            "S-1-5-21-2720623347-3037847324-4167270909-1002",
            "33TWN1234567890",
            "46.0569465, 14.5057515 / 46 03 25.0 N 014 30 20.7 E",
            "TN 04411, TN 77123, JU 00000",
            "Donaudampfschifffahrtsgesellschaft",
            "ThisIsAVeryLongIdentifierName",
            "Alpha/Bravo/Charlie/Delta/Echo/Foxtrot/Golf",
            "100% sure, 50%ab",
            "Note: text, data: five, and a -- dash",
            "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18",
            "00:1A:2B:3C:4D:5E",
            "to be or not to be is it so",
        ] {
            assert_eq!(codes(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_stands_behind_the_text_is_not_its_own() {
        let behind = "VGhpcyBpcyBhIHNlY3JldCBtZXNzYWdl http://example.test/x -----BEGIN %41%42%43%44";
        for len in 0..40 {
            let joined =
                "a text of ordinary words, halted at ridge".split_at(len).0.to_owned() + "\0" + behind;
            find(joined.as_bytes(), len, |code, start, end| panic!("{len}: {} at {start}..{end}", code.id()));
        }
    }

    #[test]
    fn thresholds_at_the_edge() {
        let hex = "a1b2c3d4e5".repeat(4);
        assert_eq!(codes(&hex), ["LG-W003"]);
        assert_eq!(codes(hex.get(1..).unwrap()), [""; 0]);
        let pairs = "a1 ".repeat(16);
        assert_eq!(codes(&pairs), ["LG-W003"]);
        assert_eq!(codes(pairs.get(3..).unwrap()), [""; 0]);
        assert_eq!(codes("%41%42%43"), [""; 0]);
        let long = "z".repeat(48);
        assert_eq!(codes(&long), ["LG-W002"]);
        assert_eq!(codes(long.get(1..).unwrap()), [""; 0]);
        for pad in 0..60 {
            let text = " ".repeat(pad) + "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ " + &"x ".repeat(pad);
            assert_eq!(codes(&text), ["LG-W002"], "after {pad} spaces");
        }
    }
}
