//! Numbers and times as decimal digits in binary: the two readers agree on every nibble, and each value has one way.

use crate::asterix::{Pair, agreed, pair};
use crate::make::Random;
use lockgate_bytes::Untrusted;
use lockgate_core::Inspector;
use lockgate_record::{Block, Slot, Value};
use std::sync::LazyLock;

static DIGITS: LazyLock<Pair> = LazyLock::new(|| {
    let text = "type \"digits\" version=\"1\" tier=3 {\n title \"x\"\n source \"test\"\n encoding binary\n limits size=\"1KiB\"\n \
        identify prefix=0x00\n record x {\n field head uint bits=4\n field track uint coding=bcd bits=20 min=1 unknown=99999\n \
        field level uint coding=ascii bits=24 lsb=\"100\" unit=ft\n field at time coding=bcd form=YYMMDDHHMMSS role=time.observed\n \
        field clock time-of-day coding=bcd form=HHMMSSss\n field seen time coding=ascii form=\"YYYY-MM-DDTHH:MMZ\"\n \
        field since time-of-day coding=ascii bits=40\n field big uint coding=bcd bits=72\n }\n}\n";
    pair("digits", text.as_bytes())
});

const OBJECT: &[u8] =
    b"\x00\x00\x42350\x26\x03\x01\x10\x05\x00\x10\x05\x00\x252026-03-01T10:05Z36300\x12\x34\x56\x78\x90\x12\x34\x56\x78";

#[test]
fn digits_are_numbers_and_times() {
    let (reasons, read) = agreed(&DIGITS, OBJECT);
    assert_eq!(reasons, Vec::<String>::new());
    assert!(read.canonical);
    assert_eq!(read.record.value(Block::ROOT, Slot(2)), Value::Integer(42));
    let shape = DIGITS.of.shape();
    let value =
        |path: &str| read.record.value(Block::ROOT, shape.node(shape.find(path).unwrap()).unwrap().slot);
    let shown = |path: &str| match value(path) {
        Value::Time(time) => time.to_string(),
        Value::Ratio(ratio) => ratio.to_string(),
        Value::Integer(number) => number.to_string(),
        other => panic!("{path} is {other:?}"),
    };
    for (path, says) in [
        ("x.level", "35000"),
        ("x.at", "2026-03-01T10:05:00Z"),
        ("x.clock", "36300.25"),
        ("x.seen", "2026-03-01T10:05:00Z"),
        ("x.since", "36300"),
        ("x.big", "123456789012345678"),
    ] {
        assert_eq!(shown(path), says, "{path}");
    }
}

/// Every value of every byte, and whatever else: the readers agree (`agreed` also writes back what is accepted).
#[test]
fn every_nibble_is_read_alike() {
    let mut accepted = 0;
    for at in 0..OBJECT.len() {
        for byte in 0..=u8::MAX {
            let mut changed = OBJECT.to_vec();
            changed[at] = byte;
            let (reasons, read) = agreed(&DIGITS, &changed);
            accepted += usize::from(reasons.is_empty());
            assert!(!reasons.is_empty() || read.canonical, "{at} {byte:#x}");
        }
        agreed(&DIGITS, &OBJECT[..at]);
    }
    // Ten of 256 for a character, a hundred for two nibbles, less where a time has no such part.
    assert!((1_500..4_000).contains(&accepted), "{accepted}");
    let mut random = Random(3);
    for _ in 0..2_000 {
        let mut changed = OBJECT.to_vec();
        for _ in 0..3 {
            let at = random.below(changed.len());
            changed[at] ^= 1 << random.below(8);
        }
        agreed(&DIGITS, &changed);
    }
}

/// Digits could say more than a day has.
#[test]
fn a_time_of_day_is_within_the_day() {
    let since = OBJECT.windows(5).position(|five| five == b"36300").unwrap();
    for (clock, right) in [(b"86399", true), (b"86400", false), (b"99999", false)] {
        let mut changed = OBJECT.to_vec();
        changed[since..since + 5].copy_from_slice(clock);
        let (reasons, _) = agreed(&DIGITS, &changed);
        assert_eq!(reasons.is_empty(), right, "{reasons:?}");
        assert!(right || reasons[0].starts_with("LG-S010 x.since"), "{reasons:?}");
    }
    // A number of bits too, unless the type says that it counts on.
    for (max, right) in [("", false), (" max=100000", true)] {
        let text = format!(
            "type \"bits\" version=\"1\" tier=3 {{\n title \"x\"\n source \"test\"\n encoding binary\n limits size=\"1KiB\"\n \
             identify prefix=0x01\n record x {{\n field since time-of-day bits=24{max}\n }}\n}}\n"
        );
        let bits = pair("bits", text.as_bytes());
        assert!(agreed(&bits, &86_399_u32.to_be_bytes()[1..]).0.is_empty());
        assert_eq!(agreed(&bits, &86_400_u32.to_be_bytes()[1..]).0.is_empty(), right);
    }
}

/// What the digits cannot say is not written.
#[test]
fn a_value_that_digits_do_not_say_is_not_written() {
    let (_, mut read) = agreed(&DIGITS, OBJECT);
    let shape = DIGITS.of.shape();
    let slot = |path: &str| shape.node(shape.find(path).unwrap()).unwrap().slot;
    let ratio =
        |numerator, denominator| Value::Ratio(lockgate_bytes::Ratio::new(numerator, denominator).unwrap());
    for (path, value) in [
        ("x.track", Value::Integer(100_000)),
        ("x.level", ratio(150, 1)),
        ("x.clock", ratio(1, 8)),
        ("x.clock", ratio(86_400, 1)),
        ("x.at", Value::Time(lockgate_bytes::Time::from_unix_nanos(1))),
        ("x.at", Value::Time(lockgate_bytes::Time::from_unix_nanos(0))),
        ("x.since", ratio(1, 2)),
    ] {
        let span = lockgate_bytes::Span::default();
        let before = *read.record.holding(Block::ROOT, slot(path)).unwrap();
        read.record.set(Block::ROOT, slot(path), value, span);
        let mut out = Vec::new();
        assert!(
            !DIGITS.compiled.emit(&read.record, Untrusted::new(OBJECT), &[], &mut out),
            "{path} {value:?}"
        );
        read.record.set(Block::ROOT, slot(path), before.value, before.span);
    }
}
