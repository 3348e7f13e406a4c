//! Documents whose letters are not what they seem: without ink, drawn twice, or drawings of other letters.

use super::{FONT, PLAIN, Sample, Setting, document, page, stream};

/// Hidden in letters without ink.
pub(crate) fn hidden() -> Vec<Sample> {
    let lines = "BT /F2 12 Tf 72 600 Td (HIDDEN) Tj 0 -14 Td (WORDS) Tj ET";
    let white = "1 g BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET 0 g BT /F2 16 Tf 66 595 Td (a) Tj ET";
    vec![
        glyphless(),
        empty_drawings("drawings-of-nothing", lines),
        picture_in_a_letter("white-under-a-letter-with-a-picture", white),
    ]
}

/// Open in spite of what their letters are.
pub(crate) fn open() -> Vec<Sample> {
    let marks = "BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET BT /F2 12 Tf 72 500 Td (D) Tj 0 -60 Td (E) Tj ET";
    let beside = "BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET BT /F2 16 Tf 66 300 Td (a) Tj ET";
    vec![
        letters_in_a_letter(),
        empty_drawings("two-empty-marks", marks),
        picture_in_a_letter("beside-a-letter-with-a-picture", beside),
    ]
}

/// One glyph that draws all of the words, in another font, and says that it is an `a`.
fn letters_in_a_letter() -> Sample {
    let font = "<</Type/Font/Subtype/Type3/FontBBox[0 0 9000 900]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 97/LastChar 97\
         /Encoding<</Differences[97/a]>>/CharProcs<</a 7 0 R>>/Widths[9000]/Resources<</Font<</F1 5 0 R>>>>>>";
    let letter = stream("9000 0 d0 BT /F1 1000 Tf (OPEN WORDS) Tj ET");
    by_font("letters-in-a-letter", "BT /F2 12 Tf 72 600 Td (a) Tj ET", &[font.to_owned(), letter])
}

/// One glyph that draws a picture of noise, 144 points by 16 in letters of 16 points.
fn picture_in_a_letter(name: &'static str, content: &str) -> Sample {
    let font = "<</Type/Font/Subtype/Type3/FontBBox[0 0 9000 1000]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 97/LastChar 97\
         /Encoding<</Differences[97/a]>>/CharProcs<</a 7 0 R>>/Widths[9000]/Resources<</XObject<</I1 8 0 R>>>>>>";
    let noise = "<</Type/XObject/Subtype/Image/Width 16/Height 4/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/ASCIIHexDecode\
         /Length 129>>stream\n\
         80F210C3479E2BD1650CB8FA339A5EE7128D44F0A96B3CDE0771C25819BF8F26E4539D0BF7682EC04A9517DB7CA338F15D00B48669E91FCD42982DFA740EBB51>\nendstream";
    let letter = stream("9000 0 d0 9000 0 0 1000 0 0 cm /I1 Do");
    by_font(name, content, &[font.to_owned(), letter, noise.to_owned()])
}

/// A document of one page with the font of number 6, which these objects make.
fn by_font(name: &'static str, content: &str, font: &[String]) -> Sample {
    let content = format!("BT /F1 14 Tf 72 700 Td (Weather report of the day) Tj ET\n{content}");
    let page = page(4, Setting { resources: "", ..PLAIN }).replace("/F1 5 0 R", "/F1 5 0 R/F2 6 0 R");
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        page,
        stream(&content),
        FONT.to_owned(),
    ];
    objects.extend_from_slice(font);
    Sample { name, bytes: document(&objects) }
}

/// Letters that are drawings, and draw nothing.
fn empty_drawings(name: &'static str, content: &str) -> Sample {
    let font = "<</Type/Font/Subtype/Type3/FontBBox[0 0 750 750]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 65/LastChar 90\
         /Encoding<</Differences[32/space 65/A/B/C/D/E/F/G/H/I/J/K/L/M/N/O/P/Q/R/S/T/U/V/W/X/Y/Z]>>\
         /CharProcs<</space 7 0 R/D 7 0 R/E 7 0 R/H 7 0 R/I 7 0 R/N 7 0 R/O 7 0 R/R 7 0 R/S 7 0 R/W 7 0 R>>\
         /Widths[600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600 600]>>";
    by_font(name, content, &[font.to_owned(), stream("600 0 0 0 0 0 d1")])
}

/// A font of letters without outlines, as programs that read scans write it beneath a picture, drawn with ink.
fn glyphless() -> Sample {
    let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    let words: Vec<u8> = "HIDDEN WORDS".bytes().flat_map(|letter| [0, letter]).collect();
    let content = format!("BT /F2 12 Tf 72 600 Td <{}> Tj ET", hexadecimal(&words));
    let file = format!("{}>", hexadecimal(&empty_truetype()));
    let says = "/CIDInit/ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n\
         1 begincodespacerange <0000> <FFFF> endcodespacerange\n1 beginbfrange <0000> <007F> <0000> endbfrange\n\
         endcmap CMapName currentdict /CMap defineresource pop end end";
    let objects = [
        "<</Type/Font/Subtype/Type0/BaseFont/None/Encoding/Identity-H/DescendantFonts[7 0 R]/ToUnicode 10 0 R>>".to_owned(),
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/None/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
         /CIDToGIDMap/Identity/DW 500/FontDescriptor 8 0 R>>"
            .to_owned(),
        "<</Type/FontDescriptor/FontName/None/Flags 4/FontBBox[0 0 500 1000]/ItalicAngle 0/Ascent 1000/Descent 0\
         /CapHeight 700/StemV 80/FontFile2 9 0 R>>"
            .to_owned(),
        format!("<</Length {}/Filter/ASCIIHexDecode>>stream\n{file}\nendstream", file.len()),
        stream(says),
    ];
    by_font("letters-without-outlines", &content, &objects)
}

/// A TrueType file of 128 glyphs, none of which has an outline.
fn empty_truetype() -> Vec<u8> {
    let shorts =
        |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let glyphs = 128;
    let tables: [(&[u8; 4], Vec<u8>); 6] = [
        (b"glyf", vec![0; 4]),
        (
            b"head",
            shorts(&[
                1, 0, 1, 0, 0, 0, 0x5F0F, 0x3CF5, 0, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 500, 1000, 0, 8, 2,
                0, 0,
            ]),
        ),
        (b"hhea", shorts(&[1, 0, 1000, 0, 0, 500, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        (b"hmtx", [[1, 0xF4].to_vec(), vec![0; 2 * glyphs]].concat()),
        (b"loca", vec![0; 2 * (glyphs + 1)]),
        (b"maxp", shorts(&[1, 0, 128, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])),
    ];
    let mut file = shorts(&[1, 0, 6, 64, 2, 32]);
    let (mut at, mut body) = (12 + 16 * tables.len(), Vec::new());
    for (name, mut table) in tables {
        let length = table.len();
        table.resize(length.next_multiple_of(4), 0);
        file.extend(name);
        file.extend(
            [0, at, length].into_iter().flat_map(|number| u32::try_from(number).unwrap_or(0).to_be_bytes()),
        );
        at += table.len();
        body.extend(table);
    }
    [file, body].concat()
}
