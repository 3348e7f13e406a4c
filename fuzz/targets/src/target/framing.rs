//! The cutting of streams: the first bytes choose framing, limit and chunks. However the stream is chunked, the frames
//! are the same; none is longer than the limit; and all memory for unfinished frames comes back.

use lockgate_intake::{Ber, ByteOrder, Cut, Framer, Framing, Length, Room, Varint, Why, Width};

pub(crate) const WORDS: &[&str] = &[
    "</event>",
    "</even",
    "<event>",
    "\r\n",
    " \t",
    "\0\u{4}ab",
    "\u{4}\0ab",
    "\0\0\0\u{2}ab",
    "aab",
    "a",
    "\u{6}\u{e}\u{2}ab",
];

/// Frames, why the stream was given up, and what was left unfinished.
type Outcome = (Vec<Vec<u8>>, Option<Why>, Vec<u8>);

pub(crate) fn run(data: &[u8]) {
    let [choice, max, step, stream @ ..] = data else { return };
    let length = |offset, width, order, includes_header| {
        Framing::Length(Length { offset, width, order, includes_header })
    };
    let framing = match choice % 11 {
        0 => Framing::Delimiter(b"</event>".to_vec()),
        1 => Framing::Delimiter(b"aab".to_vec()),
        2 => Framing::Delimiter(b"\n".to_vec()),
        3 => length(0, Width::Two, ByteOrder::Big, true),
        4 => length(0, Width::Two, ByteOrder::Little, false),
        5 => length(1, Width::Two, ByteOrder::Big, true),
        6 => length(0, Width::Four, ByteOrder::Big, false),
        7 => Framing::Varint(Varint { offset: 1, least: 2 }),
        8 => Framing::Ber(Ber { offset: 2 }),
        9 => Framing::Fixed(7),
        _ => Framing::Delimiter(stream.get(..3).unwrap_or(b"x").to_vec()),
    };
    let max = usize::from(*max).saturating_add(1);
    let whole = cut(&framing, max, std::iter::once(stream));
    let size = usize::from(*step).checked_rem(7).unwrap_or(0).saturating_add(1);
    let chunked = cut(&framing, max, stream.chunks(size));
    if whole != chunked {
        panic!("the chunks of a stream change its frames");
    }
    let limit = whole.0.iter().map(Vec::len).max().unwrap_or(0).max(whole.2.len().saturating_sub(8));
    if limit > max {
        panic!("a frame is longer than the limit");
    }
    let used: usize = whole.0.iter().map(Vec::len).sum();
    if used > stream.len() {
        panic!("frames hold more than the stream");
    }
}

fn cut<'a>(framing: &Framing, max: usize, chunks: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut room = Room::new(1 << 20);
    let mut framer = Framer::new(framing, max);
    let (mut frames, mut lost) = (Vec::new(), None);
    'stream: for chunk in chunks {
        let mut input = chunk;
        loop {
            match framer.next(&mut input, &mut room) {
                Cut::Frame(frame) => frames.push(frame.to_vec()),
                Cut::More => break,
                Cut::Lost(why) => {
                    lost = Some(why);
                    break 'stream;
                }
            }
        }
    }
    let left = if lost.is_none() { framer.unfinished().to_vec() } else { Vec::new() };
    framer.close(&mut room);
    if room.used() != 0 {
        panic!("memory for unfinished frames was not given back");
    }
    (frames, lost, left)
}
