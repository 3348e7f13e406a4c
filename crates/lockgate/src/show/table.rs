//! Tables for people: columns as wide as they need, the last one wrapped, 80 characters in all.

use crate::exit::Fault;
use std::io::Write;

/// Characters of a line.
pub(crate) const WIDTH: usize = 80;
/// The last column is never narrower than this.
const LAST_MIN: usize = 24;
/// Columns but the last are never wider than this; what is longer is wrapped too.
const COLUMN_MAX: usize = 30;
/// Blanks between columns.
const GAP: usize = 2;

/// A table with a head.
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    /// The most that each column but the last may take, where it is not [`COLUMN_MAX`].
    most: &'static [usize],
    /// The least that the last one takes.
    last_min: usize,
}

impl Table {
    /// An empty table with these column names.
    pub(crate) fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|name| (*name).to_owned()).collect();
        Self { head, rows: Vec::new(), most: &[], last_min: LAST_MIN }
    }

    /// With narrower columns: the most that each but the last may take, and the least that the last one takes.
    #[must_use]
    pub(crate) fn narrow(self, most: &'static [usize], last_min: usize) -> Self {
        Self { most, last_min, ..self }
    }

    /// Adds a row; cells beyond the head are not shown.
    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells = cells.into_iter().map(|cell| printable(cell.as_ref()));
        self.rows.push(cells.take(self.head.len()).collect());
    }

    /// Prints it.
    ///
    /// # Errors
    /// [`Fault`] where the output fails.
    pub(crate) fn write(&self, out: &mut dyn Write) -> Result<(), Fault> {
        let widths = self.widths();
        self.line(&self.head, &widths, out)?;
        self.rows.iter().try_for_each(|row| self.line(row, &widths, out))
    }

    fn widths(&self) -> Vec<usize> {
        let last = self.head.len().saturating_sub(1);
        let longest = |column: usize| {
            let cells = self.rows.iter().chain([&self.head]).filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..last)
            .map(|column| longest(column).min(self.most.get(column).copied().unwrap_or(COLUMN_MAX)))
            .collect();
        let taken: usize = widths.iter().map(|width| width.saturating_add(GAP)).sum();
        widths.push(WIDTH.saturating_sub(taken).max(self.last_min));
        widths
    }

    fn line(&self, cells: &[String], widths: &[usize], out: &mut dyn Write) -> Result<(), Fault> {
        let wrapped: Vec<Vec<String>> =
            cells.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let mut line = String::new();
            for (cell, width) in wrapped.iter().zip(widths) {
                let text = cell.get(at).map_or("", String::as_str);
                let filled = width.saturating_add(GAP).saturating_sub(text.chars().count());
                line.push_str(text);
                line.extend(std::iter::repeat_n(' ', filled));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Words of `text` in lines of at most `width` characters; a longer word is cut.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0_usize);
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        if used > 0 && used.saturating_add(1).saturating_add(word.len()) > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while word.len() > width {
            lines.push(word.drain(..width).collect());
        }
        if used > 0 {
            line.push(' ');
            used = used.saturating_add(1);
        }
        used = used.saturating_add(word.len());
        line.extend(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text without anything that could move a cursor or turn the direction of writing.
pub(crate) fn printable(text: &str) -> String {
    let plain = |letter: char| if lockgate_record::Charset::Printable.allows(letter) { letter } else { '?' };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::{Table, WIDTH, wrap};

    #[test]
    fn lines_fit_and_lose_nothing() {
        let mut table = Table::new(&["name", "what is wrong"]);
        table.row([
            "a-rather-long-name-of-a-fixture-that-is-cut",
            "one two three four five six seven eight nine",
        ]);
        table.row(["b", "\u{1b}[31mred\u{202e}"]);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
        let letters = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).count();
        assert_eq!(letters(&text), 4 + 11 + 35 + 36 + 1 + 5, "{text}");
    }

    #[test]
    fn long_words_are_cut_and_empty_text_is_one_line() {
        assert_eq!(wrap("abcdef gh", 4), ["abcd", "ef", "gh"]);
        assert_eq!(wrap("ab cd ef", 5), ["ab cd", "ef"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
