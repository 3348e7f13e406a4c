//! Lines of a specification as a tree, by their indentation.

use super::Refusal;

/// Most levels.
const MAX_LEVELS: usize = 32;

/// A line with those that belong to it.
#[derive(Debug)]
pub(super) struct Line {
    /// Its number, from 1.
    pub(super) number: usize,
    /// Its text, without the blanks before and behind it.
    pub(super) text: String,
    /// The lines below it that stand further in.
    pub(super) children: Vec<Line>,
    indent: usize,
}

impl Line {
    /// Its word at `index`, as far as no quote is before it.
    pub(super) fn word(&self, index: usize) -> Option<&str> {
        self.text.split_whitespace().nth(index)
    }

    /// The first text in quotes.
    pub(super) fn quoted(&self) -> Option<&str> {
        let (_, rest) = self.text.split_once('"')?;
        rest.split_once('"').map(|(text, _)| text)
    }
}

/// Reads all lines.
pub(super) fn read(text: &str) -> Result<Vec<Line>, Vec<Refusal>> {
    let mut open: Vec<Line> = Vec::new();
    let mut top = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        if line.starts_with('\t') {
            return Err(vec![Refusal {
                line: number,
                says: "a line that begins with a tabulator".to_owned(),
            }]);
        }
        let indent = line.len().saturating_sub(line.trim_start().len());
        while open.last().is_some_and(|last| last.indent >= indent) {
            close(&mut open, &mut top);
        }
        if open.len() >= MAX_LEVELS {
            return Err(vec![Refusal { line: number, says: "more than 32 levels".to_owned() }]);
        }
        open.push(Line { number, text: trimmed.to_owned(), children: Vec::new(), indent });
    }
    while !open.is_empty() {
        close(&mut open, &mut top);
    }
    Ok(top)
}

fn close(open: &mut Vec<Line>, top: &mut Vec<Line>) {
    let Some(line) = open.pop() else { return };
    match open.last_mut() {
        Some(parent) => parent.children.push(line),
        None => top.push(line),
    }
}
