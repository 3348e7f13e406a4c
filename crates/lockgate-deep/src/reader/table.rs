//! What the reader answers: a table of words with their places, read as the bytes of an enemy.
//!
//! ```text
//!   level page_num block_num par_num line_num word_num left top width height conf text       tabs between, a line each
//! ```
//! Source: the TSV output of tesseract 5 (`tessedit_create_tsv`); rows of level 5 are words.

/// The first line, to the byte.
const HEAD: &str =
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext";
/// Rows of one table at most.
const ROWS_MAX: usize = 20_000;
/// Bytes of one word at most.
const WORD_BYTES_MAX: usize = 400;

/// Words that stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The words, a space behind each.
    pub(crate) text: String,
    /// Left, top, right and bottom of them all, in pixels of the view.
    pub(crate) place: [usize; 4],
}

/// The lines of a table, of words that the reader is at least so sure of (in percent); `None` where it is no such table of a
/// view with these sides.
pub(crate) fn lines(table: &[u8], width: usize, height: usize, sure: i64) -> Option<Vec<Line>> {
    let text = std::str::from_utf8(table).ok()?;
    let mut rows = text.strip_suffix('\n')?.split('\n');
    if rows.next()? != HEAD {
        return None;
    }
    let mut lines: Vec<(Key, Line)> = Vec::new();
    for (row, count) in rows.zip(0_usize..) {
        if count >= ROWS_MAX {
            return None;
        }
        let Some(word) = word(row, width, height)? else { continue };
        if word.sure < sure {
            continue;
        }
        match lines.last_mut() {
            Some((key, line)) if *key == word.key => line.add(&word),
            _ => {
                let mut line = Line { text: String::new(), place: word.place };
                line.add(&word);
                lines.push((word.key, line));
            }
        }
    }
    Some(lines.into_iter().map(|(_, line)| line).collect())
}

/// Page, block, paragraph and line.
type Key = [usize; 4];

struct Word<'a> {
    key: Key,
    place: [usize; 4],
    sure: i64,
    text: &'a str,
}

impl Line {
    fn add(&mut self, word: &Word<'_>) {
        self.text.push_str(word.text);
        self.text.push(' ');
        let [left, top, right, bottom] = self.place;
        let [l, t, r, b] = word.place;
        self.place = [left.min(l), top.min(t), right.max(r), bottom.max(b)];
    }
}

/// One row: outer `None` where it is none; inner `None` where it is no word, or an empty one.
fn word(row: &str, width: usize, height: usize) -> Option<Option<Word<'_>>> {
    let cells: Vec<&str> = row.split('\t').collect();
    let [level, page, block, paragraph, line, number, left, top, wide, high, sure, text] =
        <[&str; 12]>::try_from(cells).ok()?;
    let key = [count(page)?, count(block)?, count(paragraph)?, count(line)?];
    count(number)?;
    let (left, top, wide, high) = (count(left)?, count(top)?, count(wide)?, count(high)?);
    let (right, bottom) = (left.checked_add(wide)?, top.checked_add(high)?);
    if right > width || bottom > height {
        return None;
    }
    let sure = sure.split('.').next().and_then(|whole| whole.parse::<i64>().ok())?;
    let is_word = match level {
        "5" => !text.trim().is_empty(),
        "1" | "2" | "3" | "4" if text.is_empty() => false,
        _ => return None,
    };
    let is_text = text.len() <= WORD_BYTES_MAX && !text.chars().any(char::is_control);
    let is_sure = (-1..=100).contains(&sure);
    let place = [left, top, right, bottom];
    (is_text && is_sure).then_some(is_word.then_some(Word { key, place, sure, text }))
}

fn count(cell: &str) -> Option<usize> {
    let is_number = !cell.is_empty() && cell.len() <= 6 && cell.bytes().all(|byte| byte.is_ascii_digit());
    cell.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROWS: &str = "1\t1\t0\t0\t0\t0\t0\t0\t100\t50\t-1\t\n\
        4\t1\t1\t1\t1\t0\t10\t5\t80\t9\t-1\t\n\
        5\t1\t1\t1\t1\t1\t10\t5\t30\t8\t93.351234\tTOP\n\
        5\t1\t1\t1\t1\t2\t50\t6\t40\t8\t96\tSECRET\n\
        5\t1\t2\t1\t1\t1\t0\t40\t40\t8\t12.5\train\n\
        5\t1\t2\t1\t1\t2\t41\t40\t4\t8\t95\t \n";

    fn table(rows: &str) -> Vec<u8> {
        format!("{HEAD}\n{rows}").into_bytes()
    }

    #[test]
    fn words_of_a_line_stand_together_with_their_place() {
        let read = lines(&table(ROWS), 100, 50, 0).unwrap();
        let line = |text: &str, place| Line { text: text.to_owned(), place };
        assert_eq!(read, [line("TOP SECRET ", [10, 5, 90, 14]), line("rain ", [0, 40, 40, 48])]);
        assert_eq!(lines(&table(ROWS), 100, 50, 60).unwrap().len(), 1, "what it is not sure of");
        assert_eq!(lines(&table(""), 100, 50, 0), Some(vec![]), "an empty page");
    }

    #[test]
    fn what_the_reader_does_not_write_is_no_table() {
        let good = "5\t1\t1\t1\t1\t1\t10\t5\t30\t8\t93.3\tTOP\n";
        assert!(lines(&table(good), 100, 50, 0).is_some());
        for (what, wrong) in [
            ("a word beside the picture", good.replace("\t30\t8", "\t91\t8")),
            ("a negative place", good.replace("\t10\t", "\t-1\t")),
            ("more digits than any side has", good.replace("\t10\t", "\t1000000000000000000000\t")),
            ("a cell too few", good.replace("\tTOP", "")),
            ("a cell too many", good.replace("TOP", "T\tOP")),
            ("no level", good.replacen('5', "6", 1)),
            ("text beside words", good.replacen('5', "4", 1)),
            ("surer than sure", good.replace("93.3", "101")),
            ("no number", good.replace("93.3", "nan")),
            ("a control character", good.replace("TOP", "T\u{1b}OP")),
            ("no end of line", good.trim_end().to_owned()),
            ("a word without end", good.replace("TOP", &"T".repeat(WORD_BYTES_MAX + 1))),
        ] {
            assert_eq!(lines(&table(&wrong), 100, 50, 0), None, "{what}");
        }
        assert_eq!(lines(good.as_bytes(), 100, 50, 0), None, "no head");
        assert_eq!(lines(b"\xFF\n", 100, 50, 0), None);
        assert_eq!(lines(&table(&good.repeat(ROWS_MAX + 1)), 100, 50, 0), None, "too many rows");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(rows in "[0-9a-z\\t\\n. -]{0,200}", at: usize, byte: u8) {
            let _ = lines(&table(&rows), 100, 50, 0);
            let mut changed = table(ROWS);
            let at = at % changed.len();
            changed[at] = byte;
            for line in lines(&changed, 100, 50, 0).unwrap_or_default() {
                prop_assert!(line.place[2] <= 100 && line.place[3] <= 50);
            }
        }
    }
}
