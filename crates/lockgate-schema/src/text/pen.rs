//! Writes lines: counts characters, breaks a set that is too long for its line.

use super::model::Layout;
use crate::emit::sink::{Sink, Written};

/// Characters that are cheaper one by one.
const SHORT: usize = 24;

/// Where the text goes, and how far its line is.
pub(super) struct Pen<'a, S> {
    pub(super) layout: &'a Layout,
    pub(super) out: S,
    /// Characters of the line so far.
    used: usize,
    /// Those of the set so far, exclusively or-ed, where it has a checksum.
    sum: u8,
}

impl<'a, S: Sink> Pen<'a, S> {
    pub(super) fn new(layout: &'a Layout, out: S) -> Self {
        Self { layout, out, used: 0, sum: 0 }
    }

    /// Characters that stand together in the line; `None` where it has no room for them.
    pub(super) fn plain(&mut self, text: &[u8]) -> Written {
        self.used = self.used.checked_add(text.len())?;
        self.fits().then_some(())?;
        if self.layout.summed {
            self.sum = text.iter().fold(self.sum, |sum, byte| sum ^ byte);
        }
        if text.len() > SHORT {
            return self.out.bytes(text);
        }
        // Most pieces are a few characters: a call to compare or copy them would cost more than they do.
        text.iter().try_for_each(|byte| self.out.byte(*byte))
    }

    /// Begins a set with its identifier; the first character of it does not count for the checksum.
    pub(super) fn begin(&mut self, id: &[u8]) -> Written {
        self.sum = id.first().copied().unwrap_or(0);
        self.plain(id)
    }

    /// Ends a set with its checksum, where it has one, and its line.
    pub(super) fn end_set(&mut self) -> Written {
        if self.layout.summed {
            let digits = super::write::checksum(self.sum);
            self.plain(b"*")?;
            self.plain(&digits)?;
        }
        self.end()
    }

    /// Ends the line.
    pub(super) fn end(&mut self) -> Written {
        self.used = 0;
        self.out.bytes(if self.layout.crlf { b"\r\n" } else { b"\n" })
    }

    /// Text of several lines, as it is.
    pub(super) fn lines(&mut self, text: &[u8]) -> Written {
        let mut lines = text.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            self.plain(line)?;
            if lines.peek().is_some() {
                self.end()?;
            }
        }
        Some(())
    }

    /// A field with what follows it. It begins a new line where this one has no room for all of it; what no line has
    /// room for goes on in the next ones.
    pub(super) fn field(&mut self, pieces: [&[u8]; 5]) -> Written {
        let length = pieces.iter().fold(0_usize, |length, piece| length.saturating_add(piece.len()));
        let most = usize::from(self.layout.line);
        if most == 0 || !self.layout.joined || self.used.saturating_add(length) <= most {
            return pieces.iter().try_for_each(|piece| self.plain(piece));
        }
        let indent = usize::from(self.layout.indent);
        if self.used > indent {
            self.go_on()?;
        }
        if self.used.saturating_add(length) <= most {
            return pieces.iter().try_for_each(|piece| self.plain(piece));
        }
        self.broken(pieces, most)
    }

    /// Begins the next line of a set.
    fn go_on(&mut self) -> Written {
        self.end()?;
        self.spaces(usize::from(self.layout.indent))
    }

    /// A field longer than a line, character after character. A line never goes on with a blank: its reader would take
    /// it for the indent. So blanks stay with the character before them. The end mark of a set stays in one line.
    fn broken(&mut self, pieces: [&[u8]; 5], most: usize) -> Written {
        let [key, body, check, unit, behind] = pieces;
        let mut letters = key.iter().chain(body).chain(check).chain(unit).copied().peekable();
        while let Some(letter) = letters.next() {
            let mut blanks = 0_usize;
            while letters.next_if_eq(&b' ').is_some() {
                blanks = blanks.checked_add(1)?;
            }
            self.together(&[letter], blanks, most)?;
        }
        self.together(behind, 0, most)
    }

    /// Characters and the blanks behind them, in this line where it has room.
    fn together(&mut self, text: &[u8], blanks: usize, most: usize) -> Written {
        if self.used.checked_add(text.len())?.checked_add(blanks)? > most {
            self.go_on()?;
        }
        self.plain(text)?;
        self.spaces(blanks)
    }

    /// So many blanks.
    pub(super) fn spaces(&mut self, count: usize) -> Written {
        const BLANKS: &[u8] = &[b' '; 64];
        match BLANKS.get(..count) {
            Some(blanks) => self.plain(blanks),
            None => (0..count).try_for_each(|_| self.plain(b" ")),
        }
    }

    fn fits(&self) -> bool {
        self.layout.line == 0 || self.used <= usize::from(self.layout.line)
    }
}
