//! The printer: one layout for every authored file. It moves blanks and line ends only.

use lockgate_bytes::Span;

use crate::align::align;
use crate::parse::ends_node;
use crate::read::bounded;
use crate::same::says_the_same;
use crate::token::{Kind, Token};
use crate::{Diagnostics, Document, codes};

/// Blanks for each level of parts.
const INDENT: usize = 4;

/// Lays out the authored file `name`: four blanks a level, one node a line, `noun "name" setting=value {`, at most
/// one empty line between two nodes, comments after neighbouring lines in one column. Every comment, disabled part
/// and value stays as written. Formatting twice changes nothing.
///
/// # Errors
/// All that is wrong with the file, as [`Document::parse`] reports it; and N040 where the layout would not say the
/// same as the file.
pub fn format(text: &[u8], name: &str) -> Result<String, Diagnostics> {
    Document::parse(name, text)?;
    let (text, tokens, mut diagnostics) = bounded(name, text)?;
    let mut layout = Layout::new(text, &tokens);
    for at in 0..tokens.len() {
        layout.token(at);
    }
    let printed = layout.end();
    if !says_the_same(text, &tokens, &printed) {
        let message = "the layout would not say the same as the file";
        diagnostics.error(&codes::NOT_KEPT, Span::default(), message);
        return Err(diagnostics);
    }
    Ok(printed)
}

/// How far the present line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Nothing stands on it.
    Start,
    /// Something stands on it, and more may follow.
    Middle,
    /// A `{` or `;` ended it; only a comment may follow.
    Ended,
    /// It is over.
    Over,
}

struct Layout<'t> {
    text: &'t str,
    tokens: &'t [Token],
    out: String,
    line: Line,
    depth: usize,
    /// The line goes on from the one before.
    continued: bool,
    /// A `\` waits for its line to end.
    continues: bool,
    /// What follows stands without a blank: after `=` and `/-`.
    joined: bool,
    /// A `/-` waits for what it disables.
    disables: bool,
    /// An empty line was written here.
    empty_line: bool,
    /// The `{` of empty braces was printed with its `}`.
    braces_done: bool,
    /// Where the comments at the ends of lines begin in `out`.
    comments: Vec<usize>,
}

impl<'t> Layout<'t> {
    fn new(text: &'t str, tokens: &'t [Token]) -> Self {
        Self {
            text,
            tokens,
            out: String::with_capacity(text.len()),
            line: Line::Start,
            depth: 0,
            continued: false,
            continues: false,
            joined: false,
            disables: false,
            empty_line: false,
            braces_done: false,
            comments: Vec::new(),
        }
    }

    fn token(&mut self, at: usize) {
        let Some(token) = self.tokens.get(at).copied() else { return };
        match token.kind {
            Kind::Space => {}
            Kind::Newline => self.newline(at),
            Kind::Semicolon => {
                self.line = Line::Ended;
                self.continued = false;
            }
            Kind::Open => self.open(at),
            Kind::Close => self.close(),
            Kind::Equals => {
                self.out.push('=');
                self.joined = true;
            }
            Kind::Continue => {
                if self.goes_on(at) {
                    self.put("\\");
                    self.continues = true;
                }
            }
            Kind::LineComment => self.line_comment(token.of(self.text)),
            Kind::BlockComment => self.block_comment(at, token.of(self.text)),
            Kind::Slashdash => {
                self.put("/-");
                (self.joined, self.disables) = (true, true);
            }
            _ => {
                self.put(token.of(self.text));
                self.disables = false;
            }
        }
    }

    /// Writes `part` after what stands on the line, or on a line of its own where the line is over.
    fn put(&mut self, part: &str) {
        match self.line {
            Line::Start => self.indent(),
            Line::Middle if self.joined => {}
            Line::Middle => self.out.push(' '),
            Line::Ended | Line::Over => {
                self.break_line();
                if self.empty_line && !self.out.is_empty() && !self.out.ends_with("{\n") {
                    self.out.push('\n');
                }
                self.indent();
            }
        }
        self.out.push_str(part);
        (self.line, self.joined, self.empty_line) = (Line::Middle, false, false);
    }

    fn break_line(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn indent(&mut self) {
        let levels = self.depth.saturating_add(usize::from(self.continued || self.disables));
        self.out.extend(std::iter::repeat_n(' ', levels.saturating_mul(INDENT)));
    }

    fn newline(&mut self, at: usize) {
        let before = at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|token| token.kind);
        if self.continues {
            self.break_line();
            (self.line, self.continues, self.continued) = (Line::Start, false, true);
        } else if self.disables {
            if before == Some(Kind::LineComment) {
                self.line = Line::Over;
            }
        } else {
            self.empty_line |= self.line == Line::Over;
            (self.line, self.continued) = (Line::Over, false);
        }
    }

    fn open(&mut self, at: usize) {
        self.disables = false;
        if self.following(at) == Some(Kind::Close) {
            self.put("{}");
            self.braces_done = true;
            return;
        }
        self.put("{");
        self.depth = self.depth.saturating_add(1);
        (self.line, self.continued) = (Line::Ended, false);
    }

    fn close(&mut self) {
        if std::mem::take(&mut self.braces_done) {
            (self.line, self.empty_line, self.continued) = (Line::Middle, false, false);
            return;
        }
        self.depth = self.depth.saturating_sub(1);
        (self.line, self.empty_line, self.continued) = (Line::Over, false, false);
        self.put("}");
    }

    fn line_comment(&mut self, comment: &str) {
        let trails = self.line == Line::Middle || self.line == Line::Ended;
        (self.line, self.joined) = (if trails { Line::Middle } else { self.line }, false);
        if trails {
            self.comments.push(self.out.len());
        }
        self.put(comment.trim_end());
        if !self.disables && !self.continues {
            self.line = Line::Ended;
        }
    }

    fn block_comment(&mut self, at: usize, comment: &str) {
        let rest = self.tokens.get(at..).unwrap_or(&[]).iter().skip(1);
        let next = rest.map(|token| token.kind).find(|kind| *kind != Kind::Space);
        if self.line == Line::Ended && matches!(next, None | Some(Kind::Newline)) {
            self.line = Line::Middle;
        }
        self.joined = false;
        self.put(comment);
    }

    /// What follows the token at `at`, blanks and line ends left out.
    fn following(&self, at: usize) -> Option<Kind> {
        let rest = self.tokens.get(at..).unwrap_or(&[]).iter().skip(1);
        rest.map(|token| token.kind).find(|kind| !matches!(kind, Kind::Space | Kind::Newline))
    }

    /// True where the node really goes on after the `\` at `at`.
    fn goes_on(&self, at: usize) -> bool {
        let mut line_ended = false;
        for token in self.tokens.get(at..).unwrap_or(&[]).iter().skip(1) {
            match token.kind {
                Kind::Space | Kind::BlockComment => {}
                Kind::LineComment if !line_ended => {}
                Kind::Newline if !line_ended => line_ended = true,
                // A further `\` decides for itself.
                Kind::Continue => line_ended = false,
                kind => return !ends_node(kind),
            }
        }
        false
    }

    /// The whole text.
    fn end(mut self) -> String {
        self.break_line();
        align(&self.out, self.comments)
    }
}
