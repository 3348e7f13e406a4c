use super::{Fault, Value, Values, check, tag};
use alloc::string::String;
use alloc::vec::Vec;
use proptest::prelude::*;

fn value(tag: u8, content: &[u8]) -> Value<'_> {
    Value { tag, content }
}

#[test]
fn lengths_tags_and_ends_are_strict() {
    let long: Vec<u8> = [&[0x30, 0x81, 0x80][..], &[2, 1, 5].repeat(42), &[5, 0]].concat();
    for good in [
        &[0x31, 0][..],
        &[0x30, 3, 2, 1, 5],
        &[0x30, 0x80, 2, 1, 5, 0, 0],
        &[0x30, 0x80, 0x30, 0x80, 0, 0, 0x31, 0, 0, 0],
        &[0x24, 0x80, 4, 1, 0, 0, 0],
        &long,
    ] {
        assert_eq!(check(good), Ok(()), "{good:02X?}");
    }
    let wide = [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF];
    let deep: Vec<u8> = [0x30, 0x80].repeat(40);
    for bad in [
        &[][..],
        &[0x31],
        &[0x31, 1],
        &[0x31, 0, 0],
        &[0x30, 0x81, 3, 2, 1, 5],
        &[0x30, 0x82, 0, 0x80],
        &[0x30, 0x85, 0, 0, 0, 0, 0],
        &[0x30, 0xFF, 0],
        &[0x30, 4, 2, 1, 5],
        &[0x30, 3, 2, 2, 5],
        &[0x30, 2, 0, 0],
        &[0x04, 0x80, 0, 0],
        &[0x30, 0x80, 2, 1, 5, 0],
        &[0x30, 0x80, 2, 1, 5],
        &[0x30, 2, 0x30, 0x80],
        &[0x3F, 1, 0],
        &[0, 0],
        &wide,
        &deep,
    ] {
        assert!(matches!(check(bad), Err(Fault::Encoding(_))), "{bad:02X?}");
    }
    let many = [&[0x30, 0x83, 0x00, 0xFF, 0xFF][..2], &[0x01, 0, 0], &[5, 0].repeat(0x8000)].concat();
    assert_eq!(check(&many), Err(Fault::Encoding("more values than are read")));
}

#[test]
fn numbers_are_short_and_not_negative() {
    let number = |content: &[u8]| value(tag::INTEGER, content).number();
    assert_eq!(number(&[0]), Ok(0));
    assert_eq!(number(&[0, 0x80]), Ok(128));
    assert_eq!(number(&[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), Ok(i64::MAX as u64));
    for bad in [&[][..], &[0x80], &[0, 0x7F], &[0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]] {
        assert!(number(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn identifiers_have_one_encoding() {
    let identifier = |content: &[u8]| value(tag::OID, content).identifier();
    for (content, text) in [
        (&[0x29][..], "1.1"),
        (&[0x2B, 0x1A, 1, 3, 1], "1.3.26.1.3.1"),
        (&[0x60, 0x86, 0x48, 1, 0x65, 2, 1, 8, 3, 0], "2.16.840.1.101.2.1.8.3.0"),
        (&[0x88, 0x37, 3], "2.999.3"),
        (&[0], "0.0"),
        (&[0x27], "0.39"),
        (&[0x4F], "1.39"),
        (&[0x50], "2.0"),
    ] {
        assert_eq!(identifier(content).as_deref(), Ok(text));
    }
    for bad in [&[][..], &[0x80, 1], &[0x2B, 0x80, 1], &[0x2B, 0x86], &[0xFF; 20], &[1; 40]] {
        assert!(identifier(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn bits_are_counted_from_the_first() {
    let bits = |content: &[u8]| value(tag::BITS, content).bits();
    assert_eq!(bits(&[0]).unwrap(), Vec::<u64>::new());
    assert_eq!(bits(&[0, 0x80]).unwrap(), [0]);
    assert_eq!(bits(&[4, 0x01, 0x10]).unwrap(), [7, 11]);
    for bad in [&[][..], &[1], &[8, 0], &[4, 0x08], &[1, 0xFF], &[0; 4098]] {
        assert!(bits(bad).is_err(), "{bad:?}");
    }
    let mut many = [0xFF; 100];
    many[0] = 0;
    assert!(bits(&many).is_err(), "more than 512 bits that are set");
    // In segments; only the last one has unused bits.
    let parts = |content: &[u8]| value(tag::BITS | tag::CONSTRUCTED, content).bits();
    assert_eq!(parts(&[3, 2, 0, 0x80, 3, 2, 7, 0x80]).unwrap(), [0, 8]);
    assert!(parts(&[3, 2, 7, 0x80, 3, 2, 0, 0x80]).is_err() && parts(&[4, 1, 0]).is_err());
}

#[test]
fn texts_are_of_their_letters() {
    let text = |tag: u8, content: &[u8]| value(tag, content).text();
    assert_eq!(text(tag::UTF8, "naïve".as_bytes()).as_deref(), Ok("naïve"));
    assert_eq!(text(tag::PRINTABLE, b"EYES (ONLY)").as_deref(), Ok("EYES (ONLY)"));
    assert_eq!(text(tag::UTF8 | tag::CONSTRUCTED, &[4, 1, 0xC3, 4, 1, 0xA9]).as_deref(), Ok("é"));
    assert!(text(tag::PRINTABLE, b"A*B").is_err() && text(tag::UTF8, &[0xFF]).is_err());
    assert!(text(tag::UTF8, &[b'a'; 1025]).is_err());
}

proptest! {
    /// Whatever is read was there, and reading it value by value comes to the end.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        if check(&bytes).is_ok() {
            let mut values = Values::of(&bytes);
            let only = values.next().unwrap().unwrap();
            prop_assert!(values.next().unwrap().is_none());
            prop_assert!(only.content.len() < bytes.len());
            let _: (_, _, _, Result<String, _>) = (only.number(), only.bits(), only.identifier(), only.text());
            if only.tag & tag::CONSTRUCTED != 0 {
                let mut inside = only.values();
                while inside.next().unwrap().is_some() {}
            }
        }
    }
}
