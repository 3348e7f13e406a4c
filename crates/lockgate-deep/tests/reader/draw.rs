//! Words in pixels, with letters of our own, and documents whose words are drawn by the renderer.

/// Five columns by seven rows a letter, the highest bit to the left.
const LETTERS: [(char, [u8; 7]); 12] = [
    ('A', [14, 17, 17, 31, 17, 17, 17]),
    ('C', [14, 17, 16, 16, 16, 17, 14]),
    ('D', [30, 17, 17, 17, 17, 17, 30]),
    ('E', [31, 16, 16, 30, 16, 16, 31]),
    ('I', [14, 4, 4, 4, 4, 4, 14]),
    ('M', [17, 27, 21, 21, 17, 17, 17]),
    ('N', [17, 25, 21, 19, 17, 17, 17]),
    ('O', [14, 17, 17, 17, 17, 17, 14]),
    ('R', [30, 17, 17, 30, 20, 18, 17]),
    ('S', [15, 16, 16, 14, 1, 1, 30]),
    ('T', [31, 4, 4, 4, 4, 4, 4]),
    (' ', [0; 7]),
];

/// A grey picture.
pub(crate) struct Canvas {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) levels: Vec<u8>,
}

impl Canvas {
    pub(crate) fn new(width: usize, height: usize, level: u8) -> Self {
        Self { width, height, levels: vec![level; width * height] }
    }

    /// Writes a word, its upper left corner there, points of `size` pixels.
    pub(crate) fn write(&mut self, word: &str, (left, top): (usize, usize), size: usize, level: u8) {
        for (at, letter) in word.chars().enumerate() {
            let (_, rows) = LETTERS.iter().find(|(known, _)| *known == letter).unwrap();
            for (row, column) in (0..7 * size).flat_map(|row| (0..5 * size).map(move |column| (row, column)))
            {
                if rows[row / size] & (16 >> (column / size)) != 0 {
                    self.levels[(top + row) * self.width + left + at * 6 * size + column] = level;
                }
            }
        }
    }

    /// The same a quarter turned to the right.
    pub(crate) fn turned(&self) -> Self {
        let mut out = Self::new(self.height, self.width, 0);
        for (row, line) in self.levels.chunks(self.width).enumerate() {
            for (column, level) in line.iter().enumerate() {
                out.levels[column * out.width + self.height - 1 - row] = *level;
            }
        }
        out
    }

    pub(crate) fn png(&self) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1A\n".to_vec();
        let mut chunk = |name: &[u8; 4], body: &[u8]| {
            out.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
            let named = [name.as_slice(), body].concat();
            out.extend_from_slice(&named);
            out.extend(crc32fast::hash(&named).to_be_bytes());
        };
        let sides = [self.width, self.height].map(|side| u32::try_from(side).unwrap().to_be_bytes());
        chunk(b"IHDR", &[&sides.concat()[..], &[8, 0, 0, 0, 0]].concat());
        let rows: Vec<u8> = self.levels.chunks(self.width).flat_map(|row| [&[0], row].concat()).collect();
        chunk(b"IDAT", &miniz_oxide::deflate::compress_to_vec_zlib(&rows, 6));
        chunk(b"IEND", b"");
        out
    }
}

/// A page of A4 with this content and a font `F1`.
pub(crate) fn page(content: &str) -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>".to_owned(),
    ];
    crate::samples::document(&objects)
}
