//! A file or a datagram is cut into objects by the framing of the type that recognises what comes next, and split where
//! its lane says so. White space after the last frame belongs to it: every byte is in exactly one object.

use lockgate_bytes::{Digest, Span, Untrusted};
use lockgate_core::{Inspection, Policy};

/// Records of one object that are split off, at most; an object with more is left whole, and refused.
const PARTS_MAX: usize = 4096;

/// Where one object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its frame.
    pub(crate) frame: Span,
    /// Where its record begins and ends in the frame, where it was split off.
    pub(crate) part: Option<(usize, usize)>,
}

impl Piece {
    /// Where it stands.
    pub(crate) fn span(&self) -> Span {
        let start = usize::try_from(self.frame.start).unwrap_or(0);
        match self.part {
            Some((from, to)) => Span::new(start.saturating_add(from), start.saturating_add(to)),
            None => self.frame,
        }
    }
}

/// Cuts and splits; keeps its memory from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    pieces: Vec<Piece>,
    scratch: Inspection,
    made: Vec<u8>,
    /// The frame that was asked for last as a parent: its parts follow each other.
    parent: Option<(Span, Digest)>,
}

impl Cutter {
    /// Cuts `bytes` into objects.
    pub(crate) fn cut(&mut self, policy: &Policy, bytes: &[u8]) -> &[Piece] {
        self.pieces.clear();
        self.parent = None;
        for frame in cut(policy, bytes) {
            if !policy.splits() || !self.split(policy, bytes, frame) {
                self.pieces.push(Piece { frame, part: None });
            }
        }
        &self.pieces
    }

    /// Takes all of `bytes` for one object: what is larger than any type allows is not cut by one.
    pub(crate) fn whole(&mut self, bytes: &[u8]) -> &[Piece] {
        self.pieces.clear();
        self.parent = None;
        self.pieces.push(Piece { frame: Span::new(0, bytes.len()), part: None });
        &self.pieces
    }

    /// The piece `index` of what was cut last.
    pub(crate) fn piece(&self, index: usize) -> Option<Piece> {
        self.pieces.get(index).copied()
    }

    /// The object of `bytes` that the piece `index` was split off from, where it was.
    pub(crate) fn parent(&mut self, bytes: &[u8], index: usize) -> Option<Digest> {
        let Piece { frame, part: Some(_) } = self.piece(index)? else { return None };
        let known = self.parent.filter(|(known, _)| *known == frame);
        let (_, parent) = *self.parent.insert(known.unwrap_or_else(|| (frame, Digest::of(frame.of(bytes)))));
        Some(parent)
    }

    /// The bytes of the piece `index` of `bytes`.
    pub(crate) fn object<'a>(&'a mut self, policy: &Policy, bytes: &'a [u8], index: usize) -> &'a [u8] {
        let Some(Piece { frame, part }) = self.pieces.get(index).copied() else { return &[] };
        let whole = frame.of(bytes);
        let Some((from, _)) = part else { return whole };
        self.made.clear();
        let object = Untrusted::new(whole);
        let Some(found) = policy.recognise(object) else { return whole };
        match found.inspector().split(object, from, &mut self.scratch, &mut self.made) {
            Some(_) => &self.made,
            None => whole,
        }
    }

    /// True where the frame was split.
    fn split(&mut self, policy: &Policy, bytes: &[u8], frame: Span) -> bool {
        let object = Untrusted::new(frame.of(bytes));
        let Some(found) = policy.recognise(object).filter(|found| found.splits()) else { return false };
        let before = self.pieces.len();
        let mut from = 0_usize;
        for _ in 0..PARTS_MAX {
            self.made.clear();
            let Some(to) = found.inspector().split(object, from, &mut self.scratch, &mut self.made) else {
                break;
            };
            // A first part is asked for by 0: its head stands before it.
            self.pieces.push(Piece { frame, part: Some((from, to)) });
            if to >= frame.len() {
                return true;
            }
            from = to;
        }
        self.pieces.truncate(before);
        false
    }
}

/// Cuts `bytes` into frames. What no type recognises, or what no frame ends, is one frame to the end.
fn cut<'a>(policy: &'a Policy, bytes: &'a [u8]) -> impl Iterator<Item = Span> + 'a {
    let mut at = 0_usize;
    let mut done = false;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).unwrap_or(&[]);
        if done {
            return None;
        }
        let untrusted = Untrusted::new(rest);
        let frame = policy.recognise(untrusted).and_then(|found| found.inspector().first_frame(untrusted));
        let length = frame.filter(|length| *length > 0 && *length <= rest.len()).unwrap_or(rest.len());
        let after = rest.get(length..).unwrap_or(&[]);
        let length = if after.iter().all(u8::is_ascii_whitespace) { rest.len() } else { length };
        done = length == rest.len();
        let span = Span::new(at, at.saturating_add(length));
        at = at.saturating_add(length);
        Some(span)
    })
}

#[cfg(test)]
mod tests {
    use super::{Cutter, Digest};
    use lockgate_bundle::{Bundle, Strictness};

    #[test]
    fn every_byte_is_in_exactly_one_object() {
        let bundle = Bundle::build_as(&crate::embedded::rules(), Strictness::Trial).unwrap();
        let policy = bundle.lane("cot-down").unwrap();
        for (file, ends) in [
            (&b""[..], &[0][..]),
            (b"<event></event>", &[15]),
            (b"<event></event>\n", &[16]),
            (b"<event></event>\n<event></event> \n", &[15, 33]),
            (b"<event></event><event>", &[15, 22]),
            (b"no event", &[8]),
        ] {
            let mut cutter = Cutter::default();
            let found: Vec<u32> = cutter.cut(policy, file).iter().map(|piece| piece.span().end).collect();
            assert_eq!(found, ends, "{file:?}");
        }
    }

    #[test]
    fn blocks_and_their_records_become_objects() {
        let bundle = Bundle::build_as(&crate::embedded::rules(), Strictness::Trial).unwrap();
        let policy = bundle.lane("asterix-down").unwrap();
        // A block with two records of the item 010 alone, one with one, and one whose second record is broken.
        let block = |records: &[u8]| [&[48, 0, u8::try_from(records.len() + 3).unwrap()], records].concat();
        let (one, two) = ([0x80, 25, 1], [0x80, 25, 2]);
        let file =
            [block(&[one, two].concat()), block(&one), block(&[&one[..], &[0x00, 9]].concat())].concat();
        let mut cutter = Cutter::default();
        let spans: Vec<_> =
            cutter.cut(policy, &file).iter().map(|piece| (piece.span().start, piece.span().end)).collect();
        assert_eq!(spans, [(0, 6), (6, 9), (9, 15), (15, 21), (21, 23)]);
        let objects: Vec<Vec<u8>> =
            (0..5).map(|index| cutter.object(policy, &file, index).to_vec()).collect();
        assert_eq!(objects, [block(&one), block(&two), block(&one), block(&one), block(&[0, 9])]);
        let parents: Vec<_> = (0..5).map(|index| cutter.parent(&file, index)).collect();
        let [first, last] = [&file[..9], &file[15..]].map(|whole| Some(Digest::of(whole)));
        assert_eq!(parents, [first, first, None, last, last]);
    }
}
