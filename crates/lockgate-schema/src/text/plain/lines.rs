//! Lines, and sets that go on in the next ones, as the plain interpreter reads them.

use super::letters::Letters;
use super::{Around, Walk};
use crate::fault::Stop;
use crate::short::Short;
use crate::text::model::Set;
use crate::text::says;
use lockgate_reason::schema;

impl<'a> Walk<'a, '_> {
    /// The characters of the set at hand behind its identifier; where they end, its end stands.
    pub(super) fn letters(&mut self, set: &Set, around: Around) -> Result<Letters<'a>, Stop> {
        let at = self.at.saturating_add(set.id.len());
        let end = if self.layout.by_line {
            let end = self.text_end(at, around)?;
            if self.layout.summed { self.checksum(at, end, around)? } else { end }
        } else {
            self.set_end(set, at, around)?
        };
        Ok(Letters { bytes: self.bytes, at, end, free: set.is_free(), crlf: self.layout.crlf })
    }

    /// Where the end mark of the set stands whose fields begin at `from`. Each of its lines ends and goes on as it may.
    fn set_end(&mut self, set: &Set, from: usize, around: Around) -> Result<usize, Stop> {
        let (mut at, mut line) = (from, self.line);
        loop {
            match self.byte(at) {
                None => {
                    let all = self.bytes.len();
                    return Err(around.stop(schema::NOT_WELL_FORMED, all, all, Some(says::CUT_OFF)));
                }
                Some(byte)
                    if byte == self.layout.between && self.byte(at.saturating_add(1)) == Some(byte) =>
                {
                    self.line = line;
                    return Ok(at);
                }
                Some(b'\n') => {
                    let (end, next) = (self.text_before(at), at.saturating_add(1));
                    if self.layout.crlf && (at == from || self.byte(end) != Some(b'\r')) {
                        return Err(around.stop(schema::NOT_WELL_FORMED, at, next, Some(says::LINE_END)));
                    }
                    if set.is_free() {
                        self.not_too_long(line, end, around)?;
                        (line, at) = (next, next);
                    } else {
                        (line, at) = self.goes_on(at, line, from, around)?;
                    }
                }
                Some(_) => at = at.saturating_add(1),
            }
        }
    }

    /// The set whose fields begin at `from` ends, with its checksum, at `after`: where the fields end.
    pub(super) fn checksum(&self, from: usize, after: usize, around: Around) -> Result<usize, Stop> {
        let end = after.checked_sub(3).filter(|end| *end >= from && self.byte(*end) == Some(b'*'));
        let Some(end) = end else {
            let start = after.saturating_sub(3).max(from);
            return Err(around.stop(schema::WRONG_CHECKSUM, start, after, Some(says::NO_SUM)));
        };
        let mut sum = 0_u8;
        for at in self.at.saturating_add(1)..end {
            sum ^= self.byte(at).unwrap_or(0);
        }
        let digits = self.bytes.get(end.saturating_add(1)..after).unwrap_or(&[]);
        let wanted = Short::shown(format_args!("{sum:02X}"));
        if wanted.is_none_or(|wanted| wanted.bytes() != digits) {
            return Err(around.stop(schema::WRONG_CHECKSUM, end, after, None));
        }
        Ok(end)
    }

    /// Where the text ends before the line feed at `at`.
    pub(super) fn text_before(&self, at: usize) -> usize {
        if self.layout.crlf { at.saturating_sub(1) } else { at }
    }

    /// A set whose fields begin at `from` goes on in the line behind the line feed at `at`: where that line begins, and where
    /// it goes on.
    fn goes_on(&self, at: usize, line: usize, from: usize, around: Around) -> Result<(usize, usize), Stop> {
        let (end, next) = (self.text_before(at), at.saturating_add(1));
        let stop = |start, end, says| Err(around.stop(schema::NOT_WELL_FORMED, start, end, Some(says)));
        if !self.layout.joined {
            return stop(end, next, says::NOT_ENDED);
        }
        self.not_too_long(line, end, around)?;
        let mut on = next;
        while self.byte(on) == Some(b' ') {
            on = on.saturating_add(1);
        }
        match self.byte(on) {
            None => stop(on, on, says::CUT_OFF),
            Some(b'\n' | b'\r') => stop(next, on.saturating_add(1), says::BLANK_LINE),
            Some(_) if on == next && self.layout.indent > 0 => {
                stop(next, next.saturating_add(1), says::NO_INDENT)
            }
            Some(byte) if byte == self.layout.between && self.ends_with(byte, from, end) => {
                stop(on, on.saturating_add(1), says::EMPTY_FIELD)
            }
            Some(_) => Ok((next, on)),
        }
    }

    /// True where `byte` is the last one between two places.
    fn ends_with(&self, byte: u8, from: usize, end: usize) -> bool {
        self.bytes.get(from..end).is_some_and(|text| text.ends_with(&[byte]))
    }

    /// A set or table ends before `after`; there its line has to end too.
    pub(super) fn closed(&mut self, after: usize, around: Around) -> Result<(), Stop> {
        // The carriage return of a line end is no text: where the line ends is asked from behind the set.
        let end = self.text_end(after, around)?;
        if end != after {
            return Err(around.stop(schema::TRAILING_BYTES, after, end, Some(says::AFTER_END)));
        }
        self.line_ends(end, around)
    }

    /// Where the text of the line ends that `from` stands in.
    pub(super) fn text_end(&self, from: usize, around: Around) -> Result<usize, Stop> {
        let mut at = from;
        while let Some(byte) = self.byte(at) {
            if byte == b'\n' {
                if !self.layout.crlf {
                    return Ok(at);
                }
                let before = at.saturating_sub(1);
                if at > from && self.byte(before) == Some(b'\r') {
                    return Ok(before);
                }
                let next = at.saturating_add(1);
                return Err(around.stop(schema::NOT_WELL_FORMED, at, next, Some(says::LINE_END)));
            }
            at = at.saturating_add(1);
        }
        Ok(at)
    }

    /// The text of the line at hand ends at `end`: goes on behind its line end.
    pub(super) fn line_ends(&mut self, end: usize, around: Around) -> Result<(), Stop> {
        self.not_too_long(self.line, end, around)?;
        self.at = end;
        // The last line ends, too.
        self.exact &= end < self.bytes.len();
        if self.layout.crlf && self.byte(self.at) == Some(b'\r') {
            self.at = self.at.saturating_add(1);
        }
        if self.byte(self.at) == Some(b'\n') {
            self.at = self.at.saturating_add(1);
        }
        self.line = self.at;
        Ok(())
    }

    pub(super) fn not_too_long(&self, line: usize, end: usize, around: Around) -> Result<(), Stop> {
        let most = usize::from(self.layout.line);
        if most != 0 && end.saturating_sub(line) > most {
            return Err(around.stop(schema::BAD_LENGTH, line, end, Some(says::LONG_LINE)));
        }
        Ok(())
    }
}
