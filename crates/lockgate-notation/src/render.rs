//! Diagnostics in print: for a terminal, without colour, and as JSON.

use std::fmt::Write as _;

use lockgate_bytes::Span;

use crate::characters::forbidden;
use crate::{Diagnostic, Diagnostics, Severity};

/// The widest excerpt of a line, in characters.
const MAX_EXCERPT: usize = 110;
/// What is shown of a long line before the place that matters, in characters.
const BEFORE: usize = 40;

impl Severity {
    /// `error` or `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Diagnostics {
    /// All diagnostics for a terminal: message, place, excerpt with carets, help. Plain text without colour, and
    /// without any character that could move a cursor or turn the direction of writing.
    pub fn render(&self) -> String {
        let mut out = String::new();
        for diagnostic in self {
            print(diagnostic, self.text_of(&diagnostic.file), &mut out);
            out.push('\n');
        }
        if self.dropped() > 0 {
            let _ = writeln!(out, "and {} more", self.dropped());
        }
        out
    }

    /// All diagnostics as a JSON array of objects with `code`, `severity`, `file`, `line`, `column` (both from 1, a
    /// column is a character), `span` (`start`, `end` in bytes), `message`, `labels`, `help` (or `null`). What was
    /// found beyond [`crate::MAX_DIAGNOSTICS`] is not in it.
    pub fn json(&self) -> String {
        let mut out = String::from("[");
        for (count, diagnostic) in self.iter().enumerate() {
            out.push_str(if count == 0 { "\n" } else { ",\n" });
            json(diagnostic, self.text_of(&diagnostic.file), &mut out);
        }
        out.push_str("\n]\n");
        out
    }

    /// Line and column of the first byte of a diagnostic's span, both from 1; a column is a character.
    pub fn line_and_column(&self, diagnostic: &Diagnostic) -> (usize, usize) {
        let line = Line::at(self.text_of(&diagnostic.file), diagnostic.span);
        (line.number, line.column.saturating_add(1))
    }
}

/// The line in which a span begins.
struct Line<'t> {
    /// From 1.
    number: usize,
    /// Characters before the span.
    column: usize,
    /// Characters of the span on this line, at least one.
    width: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn at(text: &'t str, span: Span) -> Self {
        let offset = |at: u32| usize::try_from(at).unwrap_or(usize::MAX).min(text.len());
        let (start, end) = (floor(text, offset(span.start)), floor(text, offset(span.end)));
        let (before, after) = text.split_at_checked(start).unwrap_or((text, ""));
        let begin = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let rest = after.find('\n').map_or(text.len(), |length| start.saturating_add(length));
        let covered = text.get(start..end.min(rest)).unwrap_or("");
        Self {
            number: before.matches('\n').count().saturating_add(1),
            column: text.get(begin..start).map_or(0, |part| part.chars().count()),
            width: covered.trim_end_matches('\r').chars().count().max(1),
            text: text.get(begin..rest).unwrap_or("").trim_end_matches('\r'),
        }
    }

    /// The excerpt and the column and width of the place in it.
    fn excerpt(&self) -> (String, usize, usize) {
        let total = self.text.chars().count();
        if total <= MAX_EXCERPT {
            return (clean(self.text), self.column, self.width);
        }
        let skipped = self.column.saturating_sub(BEFORE);
        let part: String = self.text.chars().skip(skipped).take(MAX_EXCERPT).collect();
        let column = self.column.saturating_sub(skipped);
        let dots = if skipped > 0 { "..." } else { "" };
        let width = self.width.min(MAX_EXCERPT.saturating_sub(column));
        (format!("{dots}{}", clean(&part)), column.saturating_add(dots.len()), width)
    }
}

/// The start of the character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn print(diagnostic: &Diagnostic, text: &str, out: &mut String) {
    let main = Line::at(text, diagnostic.span);
    let place = main.column.saturating_add(1);
    let mut marks = vec![(main, '^', String::new())];
    marks.extend(diagnostic.labels.iter().map(|(span, label)| (Line::at(text, *span), '-', clean(label))));
    marks.sort_by_key(|(line, _, _)| line.number);
    let gutter = marks.iter().map(|(line, _, _)| line.number).max().unwrap_or(1).to_string().len();
    let number = Line::at(text, diagnostic.span).number;
    let (severity, code) = (diagnostic.severity.name(), diagnostic.code);
    let _ = writeln!(out, "{severity}[{code}]: {}", clean(&diagnostic.message));
    let _ = writeln!(out, "{:gutter$}--> {}:{number}:{place}", "", clean(&diagnostic.file));
    let mut last = None;
    for (line, mark, label) in marks.iter().filter(|_| !text.is_empty()) {
        let (excerpt, column, width) = line.excerpt();
        let (empty, number) = ("", line.number);
        if last.is_none() {
            let _ = writeln!(out, "{empty:gutter$} |");
        }
        if last.replace(number) != Some(number) || line.text.chars().count() > MAX_EXCERPT {
            let _ = writeln!(out, "{}", format!("{number:gutter$} | {excerpt}").trim_end());
        }
        let carets: String = std::iter::repeat_n(*mark, width).collect();
        let _ = writeln!(out, "{}", format!("{empty:gutter$} | {empty:column$}{carets} {label}").trim_end());
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{:gutter$} = help: {}", "", clean(help));
    }
}

/// The text without characters that do something to a terminal; a tab is one blank.
fn clean(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\t' | '\n' => ' ',
        _ if forbidden(letter) => char::REPLACEMENT_CHARACTER,
        _ => letter,
    };
    text.chars().map(shown).collect()
}

fn json(diagnostic: &Diagnostic, text: &str, out: &mut String) {
    let place = Line::at(text, diagnostic.span);
    out.push_str("{\"code\":");
    json_text(diagnostic.code, out);
    out.push_str(",\"severity\":");
    json_text(diagnostic.severity.name(), out);
    out.push_str(",\"file\":");
    json_text(&diagnostic.file, out);
    let _ = write!(out, ",\"line\":{},\"column\":{},", place.number, place.column.saturating_add(1));
    json_span(diagnostic.span, out);
    out.push_str(",\"message\":");
    json_text(&diagnostic.message, out);
    out.push_str(",\"labels\":[");
    for (count, (span, label)) in diagnostic.labels.iter().enumerate() {
        out.push_str(if count == 0 { "{" } else { ",{" });
        json_span(*span, out);
        out.push_str(",\"message\":");
        json_text(label, out);
        out.push('}');
    }
    out.push_str("],\"help\":");
    match &diagnostic.help {
        Some(help) => json_text(help, out),
        None => out.push_str("null"),
    }
    out.push('}');
}

fn json_span(span: Span, out: &mut String) {
    let _ = write!(out, "\"span\":{{\"start\":{},\"end\":{}}}", span.start, span.end);
}

/// A JSON string (RFC 8259, section 7); what a terminal could take for a command is escaped too.
fn json_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            _ if forbidden(letter) => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}
