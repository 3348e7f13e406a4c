//! The file as bytes: objects, tables of references, trailers, ends, comments; and what belongs to none of them.

use super::lexer::{Lexer, Token, find, is_blank, is_regular, number};
use core::ops::Range;

/// Things of one file that are kept; a file with more is not read to its end.
const THINGS_MAX: usize = 500_000;

/// What stands in the file, in its order.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) objects: Vec<RawObject>,
    pub(super) tables: Vec<Table>,
    /// What stands behind every `trailer`.
    pub(super) trailers: Vec<Range<usize>>,
    /// Every `startxref`: where it stands and what it says.
    pub(super) starts: Vec<(usize, Option<usize>)>,
    /// Every `%%EOF`: where it ends.
    pub(super) ends: Vec<usize>,
    /// Places of `%PDF-` after the first.
    pub(super) heads: Vec<usize>,
    /// Comments other than heads, ends and the binary mark behind the head.
    pub(super) comments: Vec<Range<usize>>,
    /// Bytes that belong to nothing.
    pub(super) unowned: Vec<Range<usize>>,
    /// Names with letters written as numbers.
    pub(super) escaped_names: Vec<usize>,
    /// Comments inside of objects.
    pub(super) inside: Vec<Range<usize>>,
    /// Words that run into what stands before or behind them.
    pub(super) edges: Vec<usize>,
    pub(super) linearized: bool,
    /// Streams of packed objects.
    pub(super) packs: usize,
    pub(super) too_many: bool,
}

/// An object at its place.
#[derive(Debug)]
pub(super) struct RawObject {
    pub(super) number: usize,
    pub(super) generation: usize,
    pub(super) at: usize,
    /// It ends with `endobj`, and no other object begins before.
    pub(super) closed: bool,
    pub(super) stream: Option<RawStream>,
    /// The object is one whole number.
    pub(super) value: Option<usize>,
    /// It is a table of references.
    pub(super) is_table: bool,
}

/// A stream at its place.
#[derive(Debug)]
pub(super) struct RawStream {
    pub(super) begin: usize,
    /// Where the first `endstream` behind it stands; `None` where there is none.
    pub(super) end: Option<usize>,
    pub(super) length: Length,
    /// How often the dictionary says how long it is.
    pub(super) lengths: usize,
}

/// What a stream says of its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Unsaid,
    Bytes(usize),
    /// In another object.
    In(usize),
}

/// A table of references.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) at: usize,
    /// Entries in use: number, generation, place.
    pub(super) entries: Vec<(usize, usize, usize)>,
}

impl Raw {
    /// Reads the whole file.
    pub(super) fn read(file: &[u8]) -> Self {
        let mut raw = Self::default();
        let mut lexer = Lexer::new(file, 0);
        while let Some((token, span)) = lexer.next() {
            if raw.things() > THINGS_MAX {
                raw.too_many = true;
                break;
            }
            match token {
                Token::Comment(text) => raw.comment(text, span),
                Token::Word(b"xref") => raw.table(span.start, &mut lexer),
                Token::Word(b"trailer") => {
                    let from = lexer.at();
                    raw.trailer(&mut lexer);
                    raw.trailers.push(from..lexer.at());
                }
                Token::Word(b"startxref") => raw.start(span.start, &mut lexer),
                Token::Word(word) => match header(word, &lexer) {
                    Some((number, generation, body)) => {
                        if lexer.rest_at(body).first().is_some_and(|byte| is_regular(*byte)) {
                            raw.edges.push(body);
                        }
                        lexer.go_to(body);
                        raw.object(number, generation, span.start, &mut lexer);
                    }
                    None => raw.not_owned(span),
                },
                _ => raw.not_owned(span),
            }
        }
        raw
    }

    /// How many times the file was written to: its first version, and each addition.
    pub(super) fn revisions(&self) -> usize {
        let written = self.starts.len();
        if self.linearized { written.saturating_sub(1) } else { written }
    }

    fn things(&self) -> usize {
        [
            self.objects.len(),
            self.trailers.len(),
            self.comments.len(),
            self.inside.len(),
            self.edges.len(),
            self.unowned.len(),
            self.escaped_names.len(),
        ]
        .iter()
        .sum()
    }

    fn not_owned(&mut self, span: Range<usize>) {
        match self.unowned.last_mut() {
            Some(last) if span.start.saturating_sub(last.end) < 3 => last.end = span.end,
            _ => self.unowned.push(span),
        }
    }

    fn comment(&mut self, text: &[u8], span: Range<usize>) {
        if text.starts_with(b"%%EOF") {
            self.ends.push(span.start.saturating_add(5));
            if text.len() > 5 && text.get(5..).is_some_and(|rest| !rest.iter().all(|byte| *byte == b' ')) {
                self.not_owned(span.start.saturating_add(5)..span.end);
            }
        } else if text.starts_with(b"%PDF-") {
            if span.start > 0 {
                self.heads.push(span.start);
            }
        } else if self.objects.is_empty() && self.comments.is_empty() && is_binary_mark(text) {
            // ISO 32000-2, 7.5.2: at least four bytes of 128 and above tell that the file is not text.
        } else {
            self.comments.push(span);
        }
    }

    fn start(&mut self, at: usize, lexer: &mut Lexer<'_>) {
        let mut ahead = lexer.clone();
        let says = match ahead.next() {
            Some((Token::Word(word), _)) => number(word),
            _ => None,
        };
        if says.is_some() {
            *lexer = ahead;
        }
        self.starts.push((at, says));
    }

    fn trailer(&mut self, lexer: &mut Lexer<'_>) {
        let mut depth = 0_usize;
        loop {
            let before = lexer.at();
            match lexer.next() {
                Some((Token::Open, _)) => depth = depth.saturating_add(1),
                Some((Token::Close, _)) => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                Some((Token::Name(name), span)) => self.name(name, span.start),
                Some((Token::Comment(_), span)) => self.inside.push(span),
                Some((Token::Word(b"startxref" | b"xref" | b"endobj"), _)) | None => {
                    lexer.go_to(before);
                    return;
                }
                Some(_) if depth == 0 => {
                    lexer.go_to(before);
                    return;
                }
                Some(_) => {}
            }
        }
    }

    /// Sections of a table: a first number and a count, then so many entries of place, generation and `n` or `f`.
    fn table(&mut self, at: usize, lexer: &mut Lexer<'_>) {
        let mut table = Table { at, entries: Vec::new() };
        loop {
            let mut ahead = lexer.clone();
            let Some((first, count)) = pair(&mut ahead) else { break };
            for index in 0..count {
                let mut entry = ahead.clone();
                let Some((place, generation)) = pair(&mut entry) else { break };
                match entry.next() {
                    Some((Token::Word(b"n"), _)) if table.entries.len() < THINGS_MAX => {
                        table.entries.push((first.saturating_add(index), generation, place));
                    }
                    Some((Token::Word(b"f"), _)) => {}
                    _ => break,
                }
                ahead = entry;
            }
            *lexer = ahead;
        }
        self.tables.push(table);
    }

    /// The stream behind the word `stream`: it begins after one end of line (ISO 32000-2, 7.3.8.1), and ends before
    /// `endstream`.
    fn stream(&mut self, after: usize, said: &Said, lexer: &mut Lexer<'_>) -> RawStream {
        let begin = match lexer.rest() {
            [b'\r', b'\n', ..] => after.saturating_add(2),
            [b'\n', ..] => after.saturating_add(1),
            _ => {
                self.edges.push(after);
                after
            }
        };
        lexer.go_to(begin);
        let end = find(lexer.rest(), b"endstream").map(|end| begin.saturating_add(end));
        let length = match (said.length, said.indirect) {
            (None, _) => Length::Unsaid,
            (Some(bytes), false) => Length::Bytes(bytes),
            (Some(object), true) => Length::In(object),
        };
        match end {
            Some(end) => {
                lexer.go_to(end.saturating_add(9));
                // Behind it comes `endobj`, and nothing else.
                let behind = lexer.clone().next();
                if !lexer.rest().first().is_some_and(|byte| is_blank(*byte))
                    || !matches!(behind, Some((Token::Word(b"endobj"), _)))
                {
                    self.edges.push(lexer.at());
                }
            }
            None => lexer.go_to(begin.saturating_add(lexer.rest().len())),
        }
        RawStream { begin, end, length, lengths: said.lengths }
    }

    fn name(&mut self, name: &[u8], at: usize) {
        let escapes = name.windows(3).any(|part| match part {
            [b'#', high, low] => hexadecimal(*high, *low).is_some_and(|byte| byte.is_ascii_alphanumeric()),
            _ => false,
        });
        if escapes {
            self.escaped_names.push(at);
        }
    }

    fn object(&mut self, number: usize, generation: usize, at: usize, lexer: &mut Lexer<'_>) {
        let mut object =
            RawObject { number, generation, at, closed: false, stream: None, value: None, is_table: false };
        let mut said = Said::default();
        let mut words = 0_usize;
        loop {
            let before = lexer.at();
            let Some((token, span)) = lexer.next() else { break };
            let begin = span.start;
            match token {
                Token::Word(b"endobj") => {
                    object.closed = true;
                    break;
                }
                Token::Word(b"stream") if said.depth == 0 && words > 0 => {
                    object.stream = Some(self.stream(span.end, &said, lexer));
                }
                Token::Word(b"obj" | b"xref" | b"trailer" | b"startxref") => {
                    // Another thing begins: this one was never closed. Its two numbers are read again.
                    lexer.go_to(before);
                    break;
                }
                Token::Word(word) if object.stream.is_none() && super::raw::header(word, lexer).is_some() => {
                    lexer.go_to(before);
                    break;
                }
                Token::Comment(_) => self.inside.push(span),
                Token::Name(name) => self.name(name, span.start),
                Token::Broken => self.not_owned(span),
                _ => {}
            }
            // An object is one value: behind its dictionary or array comes its stream, or its end.
            if said.whole && !matches!(token, Token::Word(b"stream")) {
                self.edges.push(begin);
                said.whole = false;
            }
            said.hear(&token);
            words = words.saturating_add(1);
            if let (1, Token::Word(word)) = (words, token) {
                object.value = super::lexer::number(word);
            }
        }
        object.value = object.value.filter(|_| words == 1);
        object.is_table = said.is_table;
        self.packs = self.packs.saturating_add(usize::from(said.is_pack));
        self.linearized |= said.is_linearized && self.objects.is_empty();
        self.objects.push(object);
    }
}

/// What the outermost dictionary of an object says, as far as it matters here.
#[derive(Default)]
struct Said {
    depth: usize,
    /// The outermost dictionary or array is closed.
    whole: bool,
    last_name: [u8; 10],
    last_length: usize,
    lengths: usize,
    length: Option<usize>,
    /// The two words after `/Length`.
    after: usize,
    indirect: bool,
    is_table: bool,
    is_pack: bool,
    is_linearized: bool,
}

impl Said {
    fn hear(&mut self, token: &Token<'_>) {
        let last = self.last_name.get(..self.last_length).unwrap_or(&[]);
        match token {
            Token::Open => self.depth = self.depth.saturating_add(1),
            Token::Close => {
                self.depth = self.depth.saturating_sub(1);
                self.whole = self.depth == 0;
            }
            Token::Word(b"stream") if self.depth == 0 => self.whole = false,
            Token::Name(name) if self.depth == 1 => {
                self.is_table |= last == b"Type" && *name == b"XRef";
                self.is_pack |= last == b"Type" && *name == b"ObjStm";
                self.is_linearized |= *name == b"Linearized";
                if *name == b"Length" {
                    self.lengths = self.lengths.saturating_add(1);
                }
                let kept = name.len().min(10);
                if let (Some(into), Some(from)) = (self.last_name.get_mut(..kept), name.get(..kept)) {
                    into.copy_from_slice(from);
                }
                self.last_length = if name.len() > 10 { 0 } else { kept };
                self.after = 0;
            }
            Token::Word(word) if self.depth == 1 && last == b"Length" => {
                self.after = self.after.saturating_add(1);
                match self.after {
                    1 => self.length = number(word),
                    3 => self.indirect = *word == b"R",
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// `N G obj`, of which `word` is the first: both numbers, and where the object's body begins.
pub(super) fn header(word: &[u8], lexer: &Lexer<'_>) -> Option<(usize, usize, usize)> {
    let number = number(word)?;
    let mut ahead = lexer.clone();
    let (Token::Word(generation), _) = ahead.next()? else { return None };
    let generation = super::lexer::number(generation)?;
    match ahead.next()? {
        (Token::Word(b"obj"), span) => Some((number, generation, span.end)),
        // `obj` may run into what follows: `1 0 obj<<` is one word less than it looks, `1 0 obj5` one more.
        (Token::Word(run), span) if run.starts_with(b"obj") => {
            Some((number, generation, span.start.saturating_add(3)))
        }
        _ => None,
    }
}

fn pair(lexer: &mut Lexer<'_>) -> Option<(usize, usize)> {
    let (Token::Word(first), _) = lexer.next()? else { return None };
    let (Token::Word(second), _) = lexer.next()? else { return None };
    Some((number(first)?, number(second)?))
}

fn is_binary_mark(text: &[u8]) -> bool {
    text.len() <= 24 && text.iter().filter(|byte| **byte >= 128).count() >= 4
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)?.wrapping_shl(4) | digit(low)?)
}
