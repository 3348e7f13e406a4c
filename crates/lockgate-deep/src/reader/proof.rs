//! What a reader has to show before it is believed: a picture that we drew, read, and its own name.

/// Letters of the proof, five columns by seven rows, the highest bit to the left.
const LETTERS: [[u8; 7]; 4] = [T, E, S, T];
const T: [u8; 7] = [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100];
const E: [u8; 7] = [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111];
const S: [u8; 7] = [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110];
/// What they say, as it stands in the answer.
const SAYS: &str = ">TEST<";
/// Pixels of one point of a letter, and how much white is around them.
const SIZE: usize = 5;
const MARGIN: usize = 40;
/// How a reader of ours begins to say what it is (hOCR 1.2, section 5.1, `ocr-system`).
const NAMED: &str = "<meta name='ocr-system' content='";

/// Columns, rows and levels of the picture.
pub(super) fn picture() -> (usize, usize, Vec<u8>) {
    let points = LETTERS.len().saturating_mul(6);
    let width = points.saturating_mul(SIZE).saturating_add(MARGIN.saturating_mul(2));
    let mut levels = vec![255; width.saturating_mul(MARGIN)];
    for row in 0..7_usize {
        let of = |letter: &[u8; 7]| letter.get(row).copied().unwrap_or(0);
        let mut line = vec![255; MARGIN];
        for letter in &LETTERS {
            for column in [16_u8, 8, 4, 2, 1, 0] {
                let level = if of(letter) & column == 0 { 255 } else { 0 };
                line.extend(std::iter::repeat_n(level, SIZE));
            }
        }
        line.resize(width, 255);
        levels.extend(line.repeat(SIZE));
    }
    levels.resize(levels.len().saturating_add(width.saturating_mul(MARGIN)), 255);
    (width, levels.len().checked_div(width).unwrap_or(0), levels)
}

/// The reader's name and number, where it read what is there.
pub(super) fn name(said: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(said).ok()?;
    let (name, _) = text.split_once(NAMED)?.1.split_once('\'')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-');
    let is_name = name.starts_with("tesseract ") && name.len() <= 40 && name.chars().all(plain);
    (is_name && text.contains(SAYS)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_read_nothing_or_has_no_name_is_none() {
        let said =
            |name: &str, word: &str| format!("<html>{NAMED}{name}' /><span>{word}</span>").into_bytes();
        assert_eq!(name(&said("tesseract 5.3.0", "TEST")).as_deref(), Some("tesseract 5.3.0"));
        assert_eq!(name(&said("tesseract 5.3.0", "TE5T")), None);
        assert_eq!(name(&said("other 1", "TEST")), None);
        assert_eq!(name(&said("tesseract <b>", "TEST")), None);
        assert_eq!(name(&said(&format!("tesseract {}", "5".repeat(40)), "TEST")), None);
        assert_eq!(name(b"TEST"), None);
    }

    #[test]
    fn the_picture_has_its_letters_in_the_middle() {
        let (width, height, levels) = picture();
        assert_eq!((width, height, levels.len()), (200, 115, 200 * 115));
        let black = levels.iter().filter(|level| **level == 0).count();
        let points: u32 = LETTERS.iter().flatten().map(|row| row.count_ones()).sum();
        assert_eq!(black, points as usize * SIZE * SIZE);
        assert!(levels[..200 * MARGIN].iter().all(|level| *level == 255));
    }
}
