//! The letters of a text without anything between them, and where its words begin and end.

use crate::fold::{ASCII, Folded, Short, ShortFolds, fold, weak};
use alloc::vec::Vec;

/// Where a word begins or ends (edges alternate), in the text and in its letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Offset in the text.
    pub(crate) at: usize,
    /// Offset in the letters.
    pub(crate) letters: usize,
}

/// What the signs `$ @ ! |` are, and tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    /// Separators.
    Apart,
    /// Letters, each with a word's edge on both sides: a handle `@name` still begins a word. Which they are is kept, so that
    /// any of them can be passed over.
    Letters,
}

/// Bytes that the letters are followed by, so that a key can always be read.
const PAD: usize = 4;

/// Letters and edges of one text. The vectors keep their length from text to text (clearing them would mean writing
/// them twice); the counts say how much is of this text.
#[derive(Debug, Default)]
pub(crate) struct Letters {
    bytes: Vec<u8>,
    count: usize,
    edges: Vec<Edge>,
    edge_count: usize,
    open: bool,
    signs: Vec<usize>,
}

impl Letters {
    /// Forgets the last text and makes room for one of `len` bytes.
    pub(crate) fn begin(&mut self, len: usize) {
        (self.count, self.edge_count, self.open) = (0, 0, false);
        self.signs.clear();
        self.make_room(len);
    }

    /// Room for `len` more bytes of text of which each gives at most one letter and one edge.
    fn make_room(&mut self, len: usize) {
        let (letters, edges) = (self.count.saturating_add(len), self.edge_count.saturating_add(len));
        if self.bytes.len() < letters.saturating_add(PAD) {
            self.bytes.resize(letters.saturating_add(PAD), 0);
        }
        if self.edges.len() <= edges {
            self.edges.resize(edges.saturating_add(1), Edge::default());
        }
    }

    /// Ends the text, which is `len` bytes long.
    pub(crate) fn finish(&mut self, len: usize) {
        self.separator(len);
        let end = self.count.saturating_add(PAD);
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if let Some(pad) = self.bytes.get_mut(self.count..end) {
            pad.fill(0);
        }
    }

    /// The letters, in UTF-8.
    pub(crate) fn letters(&self) -> &[u8] {
        self.bytes.get(..self.count).unwrap_or(&[])
    }

    /// The letters with [`PAD`] zeros behind them.
    pub(crate) fn padded(&self) -> &[u8] {
        self.bytes.get(..self.count.saturating_add(PAD)).unwrap_or(&[])
    }

    /// Which letters, in turn, are signs that may be none.
    pub(crate) fn signs(&self) -> &[usize] {
        &self.signs
    }

    /// Begin and end of every word, in turn.
    pub(crate) fn edges(&self) -> &[Edge] {
        self.edges.get(..self.edge_count).unwrap_or(&[])
    }

    /// Adds ASCII text that begins at `base`; `$ @ ! |` are separators. Every byte takes the same steps, none of which
    /// branches on what it is.
    pub(crate) fn push_ascii(&mut self, text: &[u8], base: usize) {
        self.make_room(text.len());
        let (mut count, mut edge_count, mut open) = (self.count, self.edge_count, self.open);
        for (at, byte) in (base..).zip(text) {
            let letter = ASCII.get(usize::from(*byte)).copied().unwrap_or(0);
            let word = letter != 0;
            if let Some(place) = self.bytes.get_mut(count) {
                *place = letter;
            }
            if let Some(place) = self.edges.get_mut(edge_count) {
                *place = Edge { at, letters: count };
            }
            edge_count = edge_count.wrapping_add(usize::from(word != open));
            count = count.wrapping_add(usize::from(word));
            open = word;
        }
        (self.count, self.edge_count, self.open) = (count, edge_count, open);
    }

    /// Adds any text that begins at `base`. Bytes that are no UTF-8 are separators.
    pub(crate) fn push_text(&mut self, text: &[u8], base: usize, weak: Weak, folds: &ShortFolds) {
        let mut at = base;
        for chunk in text.utf8_chunks() {
            for c in chunk.valid().chars() {
                self.push_char(c, at, weak, folds);
                at = at.saturating_add(c.len_utf8());
            }
            if !chunk.invalid().is_empty() {
                self.separator(at);
                at = at.saturating_add(chunk.invalid().len());
            }
        }
    }

    fn push_char(&mut self, c: char, at: usize, signs: Weak, folds: &ShortFolds) {
        if signs == Weak::Letters
            && let Some(stands_for) = weak(c)
        {
            self.separator(at);
            self.signs.push(self.count);
            self.letter(&[stands_for], at);
            self.separator(at.saturating_add(c.len_utf8()));
            return;
        }
        if let Ok(byte) = u8::try_from(c)
            && byte.is_ascii()
        {
            let letter = ASCII.get(usize::from(byte)).copied().unwrap_or(0);
            match letter {
                0 => self.separator(at),
                letter => self.letter(&[letter], at),
            }
            return;
        }
        match folds.find(c) {
            Short::Letters(_, 0) => {}
            Short::Letters(bytes, count) => self.letter(bytes.get(..count).unwrap_or(&[]), at),
            Short::Separator => self.separator(at),
            Short::Unknown => {
                // A separator behind a letter of the same character ends the word behind the character.
                let mut end = at;
                fold(c, |part| match part {
                    Folded::Letter(letter) => {
                        self.letter(letter.encode_utf8(&mut [0; 4]).as_bytes(), at);
                        end = at.saturating_add(c.len_utf8());
                    }
                    Folded::Separator => self.separator(end),
                });
            }
        }
    }

    fn letter(&mut self, letter: &[u8], at: usize) {
        if !self.open {
            self.edge(at);
            self.open = true;
        }
        for byte in letter {
            match self.bytes.get_mut(self.count) {
                Some(place) => *place = *byte,
                None => self.bytes.push(*byte),
            }
            self.count = self.count.saturating_add(1);
        }
    }

    /// A separator at `at`, or the end of a field: closes the word that is open.
    pub(crate) fn separator(&mut self, at: usize) {
        if self.open {
            self.edge(at);
            self.open = false;
        }
    }

    fn edge(&mut self, at: usize) {
        let edge = Edge { at, letters: self.count };
        match self.edges.get_mut(self.edge_count) {
            Some(place) => *place = edge,
            None => self.edges.push(edge),
        }
        self.edge_count = self.edge_count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, Letters, Weak};
    use crate::fold::ShortFolds;

    fn slow(text: &[u8], weak: Weak) -> Letters {
        let mut letters = Letters::default();
        letters.begin(text.len());
        letters.push_text(text, 0, weak, &ShortFolds::new());
        letters.finish(text.len());
        letters
    }

    #[test]
    fn both_ways_agree_on_ascii() {
        let text: alloc::vec::Vec<u8> = (0..128).chain(*b" a ab  abc$d@").collect();
        let mut fast = Letters::default();
        fast.begin(text.len());
        fast.push_ascii(&text, 0);
        fast.finish(text.len());
        let slow = slow(&text, Weak::Apart);
        assert_eq!(fast.letters(), slow.letters());
        assert_eq!(fast.edges(), slow.edges());
    }

    #[test]
    fn a_character_of_many_letters_and_separators_keeps_its_place() {
        let letters = slow("é ⒜b ﷺ".as_bytes(), Weak::Apart);
        assert!(letters.letters().starts_with(b"eab"));
        let edge = |at, letters| Edge { at, letters };
        // The parenthesised letter opens and closes a word of its own.
        assert_eq!(&letters.edges()[..5], [edge(0, 0), edge(2, 1), edge(3, 1), edge(6, 2), edge(6, 2)]);
        assert_eq!(letters.edges().len() % 2, 0);
    }

    #[test]
    fn weak_letters_have_edges_on_both_sides() {
        let letters = slow(b"@bl$x", Weak::Letters);
        assert_eq!(letters.letters(), b"abisx");
        assert_eq!(letters.signs(), [0, 3]);
        assert_eq!(letters.edges().len(), 8);
        assert_eq!(slow(b"@bl$x", Weak::Apart).letters(), b"bix");
    }
}
