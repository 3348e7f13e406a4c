//! Streams that are cut in every way.

use super::{Ber, ByteOrder, Cut, Framer, Framing, Length, Room, Varint, Width};
use crate::Why;
use proptest::prelude::*;

/// Frames, the fault that ended the stream if any, and what was left.
type Outcome = (Vec<Vec<u8>>, Option<Why>, Vec<u8>);

fn cut(framing: &Framing, max: usize, chunks: &[&[u8]]) -> Outcome {
    let mut room = Room::new(1 << 20);
    let mut framer = Framer::new(framing, max);
    let mut frames = Vec::new();
    for chunk in chunks {
        let mut input = *chunk;
        loop {
            match framer.next(&mut input, &mut room) {
                Cut::Frame(frame) => frames.push(frame.to_vec()),
                Cut::More => break,
                Cut::Lost(why) => return (frames, Some(why), Vec::new()),
            }
        }
        assert!(input.is_empty());
    }
    let left = framer.unfinished().to_vec();
    framer.close(&mut room);
    assert_eq!(room.used(), 0, "all memory came back");
    (frames, None, left)
}

fn event() -> Framing {
    Framing::Delimiter(b"</event>".to_vec())
}

fn length(offset: usize, width: Width, order: ByteOrder, includes_header: bool) -> Framing {
    Framing::Length(Length { offset, width, order, includes_header })
}

#[test]
fn a_delimiter_belongs_to_its_frame_and_white_space_to_none() {
    let (frames, lost, left) = cut(&event(), 64, &[b" \r\n<event></event>\n\t<event>x</event><ev"]);
    assert_eq!(frames, [&b"<event></event>"[..], b"<event>x</event>"]);
    assert_eq!((lost, &left[..]), (None, &b"<ev"[..]));
}

#[test]
fn a_frame_of_exactly_the_limit_passes_and_one_byte_more_is_lost() {
    assert_eq!(cut(&event(), 16, &[b"<event>x</event>"]).0.len(), 1);
    for chunks in
        [&[&b"<event>xy</event>"[..]][..], &[b"<event>x", b"y</event", b">"], &[b"<event>xyzzyxyzzy"]]
    {
        assert_eq!(cut(&event(), 16, chunks).1, Some(Why::Oversize), "{chunks:?}");
    }
}

#[test]
fn lengths_of_every_kind() {
    for (framing, stream, frame) in [
        (length(0, Width::Two, ByteOrder::Big, true), &b"\0\x04ab"[..], &b"\0\x04ab"[..]),
        (length(0, Width::Two, ByteOrder::Little, false), b"\x02\0ab", b"ab"),
        (length(0, Width::Four, ByteOrder::Big, false), b"\0\0\0\x02ab", b"ab"),
        (length(0, Width::Four, ByteOrder::Little, true), b"\x06\0\0\0ab", b"\x06\0\0\0ab"),
        (length(1, Width::Two, ByteOrder::Big, true), b"\x30\0\x05ab", b"\x30\0\x05ab"),
        (length(0, Width::Two, ByteOrder::Big, true), b"\0\x02", b"\0\x02"),
    ] {
        let twice = [stream, stream].concat();
        assert_eq!(cut(&framing, 8, &[&twice]), (vec![frame.to_vec(); 2], None, Vec::new()), "{framing:?}");
        let bytes: Vec<&[u8]> = twice.chunks(1).collect();
        assert_eq!(cut(&framing, 8, &bytes), (vec![frame.to_vec(); 2], None, Vec::new()), "{framing:?}");
    }
}

fn varint(offset: usize, least: usize) -> Framing {
    Framing::Varint(Varint { offset, least })
}

/// Messages of TAK streams: a magic byte, the length, the message. All of it is the object.
#[test]
fn varints_stand_inside_the_object() {
    let long = [&[0xBF, 0x82, 0x01][..], &[7; 130]].concat();
    for frame in [&b"\xBF\x02ab"[..], b"\xBF\x05abcde", &long] {
        let twice = [frame, frame].concat();
        let whole = (vec![frame.to_vec(); 2], None, Vec::new());
        assert_eq!(cut(&varint(1, 2), 200, &[&twice]), whole);
        let bytes: Vec<&[u8]> = twice.chunks(1).collect();
        assert_eq!(cut(&varint(1, 2), 200, &bytes), whole);
    }
    let left = |stream: &[u8]| cut(&varint(1, 2), 200, &[stream]);
    assert_eq!(left(b"\xBF\x82"), (vec![], None, b"\xBF\x82".to_vec()));
    assert_eq!(left(b"\xBF\x02a"), (vec![], None, b"\xBF\x02a".to_vec()));
}

#[test]
fn varints_that_cannot_be() {
    for (stream, why) in [
        // A datagram of the mesh: in a stream its version would be a length of one.
        (&b"\xBF\x01\xBFabc"[..], Why::BadLength),
        (b"\xBF\x00", Why::BadLength),
        (b"\xBF\x82\x00ab", Why::BadLength),
        (b"\xBF\x80\x80\x80\x80\x01", Why::BadLength),
        (b"\xBF\xFF\xFF\xFF\xFF", Why::BadLength),
        (b"\xBF\xFF\xFF\xFF\x7F", Why::Oversize),
        (b"\xBF\x0Fabc", Why::Oversize),
    ] {
        assert_eq!(cut(&varint(1, 2), 16, &[stream]).1, Some(why), "{stream:02x?}");
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(cut(&varint(1, 2), 16, &bytes).1, Some(why), "{stream:02x?}");
    }
}

/// Packets behind a key of two bytes, the length in one, two and five bytes; all of it is the object.
#[test]
fn lengths_of_ber_stand_inside_the_object() {
    let ber = Framing::Ber(Ber { offset: 2 });
    let long = [&[6, 14, 0x81, 130][..], &[7; 130]].concat();
    for frame in [&b"\x06\x0E\x02ab"[..], b"\x06\x0E\x00", b"\x06\x0E\x84\0\0\0\x02ab", &long] {
        let twice = [frame, frame].concat();
        let whole = (vec![frame.to_vec(); 2], None, Vec::new());
        assert_eq!(cut(&ber, 134, &[&twice]), whole);
        let bytes: Vec<&[u8]> = twice.chunks(1).collect();
        assert_eq!(cut(&ber, 134, &bytes), whole);
    }
    assert_eq!(cut(&ber, 16, &[b"\x06\x0E\x82\0"]), (vec![], None, b"\x06\x0E\x82\0".to_vec()));
    for (length, why) in [
        (&b"\x80ab"[..], Why::BadLength),
        (b"\x85\0\0\0\0\x01", Why::BadLength),
        (b"\xFF", Why::BadLength),
        (b"\x0E", Why::Oversize),
        (b"\x84\xFF\xFF\xFF\xFF", Why::Oversize),
    ] {
        let stream = [b"\x06\x0E", length].concat();
        assert_eq!(cut(&ber, 16, &[&stream]).1, Some(why), "{stream:02x?}");
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(cut(&ber, 16, &bytes).1, Some(why), "{stream:02x?}");
    }
}

#[test]
fn frames_of_one_size() {
    let fixed = Framing::Fixed(3);
    let frames = vec![b"abc".to_vec(), b"def".to_vec()];
    for chunks in [&[&b"abcdefg"[..]][..], &[b"ab", b"cd", b"efg"], &[b"abc", b"def", b"g"]] {
        assert_eq!(cut(&fixed, 3, chunks), (frames.clone(), None, b"g".to_vec()), "{chunks:?}");
    }
    assert_eq!(cut(&fixed, 2, &[b"a"]).1, Some(Why::Oversize));
    assert_eq!(cut(&fixed, 2, &[b""]), (vec![], None, vec![]));
}

#[test]
fn lengths_that_cannot_be() {
    for (framing, stream, why) in [
        (length(0, Width::Two, ByteOrder::Big, true), &b"\0\x01ab"[..], Why::BadLength),
        (length(0, Width::Two, ByteOrder::Big, false), b"\0\0", Why::BadLength),
        (length(0, Width::Two, ByteOrder::Big, false), b"\0\x09", Why::Oversize),
        (length(0, Width::Four, ByteOrder::Big, false), b"\xFF\xFF\xFF\xFFa", Why::Oversize),
    ] {
        assert_eq!(cut(&framing, 8, &[stream]).1, Some(why), "{framing:?}");
    }
}

#[test]
fn unfinished_frames_share_their_room() {
    let mut room = Room::new(256);
    let (mut one, mut two) = (Framer::new(&event(), 1000), Framer::new(&event(), 1000));
    assert_eq!(one.next(&mut &[b'x'; 200][..], &mut room), Cut::More);
    assert_eq!(two.next(&mut &b"y"[..], &mut room), Cut::Lost(Why::NoRoom));
    one.close(&mut room);
    assert_eq!(two.next(&mut &b"y"[..], &mut room), Cut::More);
    two.close(&mut room);
    assert_eq!(room.used(), 0);
}

#[test]
fn a_stream_of_single_bytes_is_linear() {
    // Two million bytes one by one, in one frame: quadratic work would not end.
    let mut room = Room::new(1 << 22);
    let mut framer = Framer::new(&event(), 1 << 22);
    for _ in 0..2_000_000 {
        assert_eq!(framer.next(&mut &b"<"[..], &mut room), Cut::More);
    }
    assert_eq!(framer.unfinished().len(), 2_000_000);
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let white = bytes.iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
    &bytes[white..]
}

fn framings() -> impl Strategy<Value = Framing> {
    prop_oneof![
        Just(event()),
        Just(Framing::Delimiter(b"\n".to_vec())),
        Just(Framing::Delimiter(b"aab".to_vec())),
        Just(Framing::Delimiter(b"aa".to_vec())),
        Just(length(0, Width::Two, ByteOrder::Big, false)),
        Just(length(0, Width::Two, ByteOrder::Little, true)),
        Just(length(1, Width::Two, ByteOrder::Big, true)),
        Just(length(0, Width::Four, ByteOrder::Big, false)),
        Just(varint(0, 1)),
        Just(varint(1, 2)),
        Just(Framing::Ber(Ber { offset: 0 })),
        Just(Framing::Ber(Ber { offset: 2 })),
        Just(Framing::Fixed(7)),
    ]
}

fn streams() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"</event>".to_vec()),
        Just(b"</even".to_vec()),
        Just(b"\n ".to_vec()),
        Just(b"aab".to_vec()),
        Just(b"a".to_vec()),
        Just(vec![0, 3]),
        Just(vec![5, 0]),
        Just(vec![0, 0, 0, 2]),
        prop::collection::vec(any::<u8>(), 0..9),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn chunking_never_changes_the_frames(
        framing in framings(), stream in streams(), max in 1_usize..40, cuts in prop::collection::vec(1_usize..20, 1..80)
    ) {
        let whole = cut(&framing, max, &[&stream]);
        let (mut chunks, mut rest, mut sizes) = (Vec::new(), &stream[..], cuts.iter().cycle());
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        prop_assert_eq!(cut(&framing, max, &chunks), whole);
    }

    #[test]
    fn frames_separators_and_the_rest_are_the_stream(stream in streams(), max in 60_usize..90) {
        let (frames, lost, left) = cut(&event(), max, &[&stream]);
        prop_assume!(lost.is_none());
        // Put together again, but for white space between, nothing is missing and nothing is twice.
        let mut at = &stream[..];
        for frame in frames.iter().chain(std::iter::once(&left)) {
            if !frame.is_empty() {
                at = trimmed(at);
            }
            prop_assert!(at.starts_with(frame));
            at = &at[frame.len()..];
        }
        prop_assert!(trimmed(at).is_empty());
    }
}
