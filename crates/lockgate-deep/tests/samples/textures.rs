//! Text among pictures, patterns and lines: some of it is lost there, and some can be read.

use super::{PLAIN, Sample, Setting, sample};

/// A pattern of small squares, a slope from red to blue, a picture of noise, and one that a mask of its own lets through wholly,
/// to a fourth, or not at all.
const TEXTURES: Setting = Setting {
    resources: "/Pattern<</P1 6 0 R>>/Shading<</S1 7 0 R>>/XObject<</I1 8 0 R/I2 9 0 R/I3 10 0 R/X1 14 0 R>>\
         /ExtGState<</G0<</ca 1>>/G1<</ca 0>>/G2<</ca 0.25>>/G3<</ca 0/CA 0>>/G4<</SMask<</S/Luminosity/G 13 0 R>>>>>>",
    more: &[
        "<</PatternType 1/PaintType 1/TilingType 1/BBox[0 0 4 4]/XStep 4/YStep 4/Resources<<>>/Length 33>>stream\n\
         0 g 0 0 4 4 re f 1 g 1 1 2 2 re f\nendstream",
        "<</ShadingType 2/ColorSpace/DeviceRGB/Coords[50 0 150 0]/Extend[true true]\
         /Function<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>>>",
        "<</Type/XObject/Subtype/Image/Width 16/Height 4/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/ASCIIHexDecode\
         /Length 129>>stream\n\
         80F210C3479E2BD1650CB8FA339A5EE7128D44F0A96B3CDE0771C25819BF8F26E4539D0BF7682EC04A9517DB7CA338F15D00B48669E91FCD42982DFA740EBB51>\nendstream",
        "<</Type/XObject/Subtype/Image/Width 16/Height 4/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/ASCIIHexDecode\
         /SMask 11 0 R/Length 129>>stream\n\
         80F210C3479E2BD1650CB8FA339A5EE7128D44F0A96B3CDE0771C25819BF8F26E4539D0BF7682EC04A9517DB7CA338F15D00B48669E91FCD42982DFA740EBB51>\nendstream",
        "<</Type/XObject/Subtype/Image/Width 16/Height 4/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/ASCIIHexDecode\
         /SMask 12 0 R/Length 129>>stream\n\
         80F210C3479E2BD1650CB8FA339A5EE7128D44F0A96B3CDE0771C25819BF8F26E4539D0BF7682EC04A9517DB7CA338F15D00B48669E91FCD42982DFA740EBB51>\nendstream",
        "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/ASCIIHexDecode/Length 3>>stream\nFF>\nendstream",
        "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/ASCIIHexDecode/Length 3>>stream\n40>\nendstream",
        "<</Type/XObject/Subtype/Form/BBox[0 0 612 792]/Group<</S/Transparency/CS/DeviceGray>>/Resources<</XObject<</I1 8 0 R>>>>\
         /Length 32>>stream\nq 200 0 0 30 60 590 cm /I1 Do Q\n\nendstream",
        "<</Type/XObject/Subtype/Form/BBox[0 0 612 792]/Group<</S/Transparency>>/Length 24>>stream\n\
         0 g 60 590 200 30 re f  \nendstream",
    ],
    ..PLAIN
};

/// The words, and what is drawn before and behind them.
const HIDDEN: &[(&str, &str, &str)] = &[
    ("pattern-over-text", "", "/Pattern cs /P1 scn 60 590 200 30 re f"),
    ("slope-over-text", "", "q 60 590 200 30 re W n /S1 sh Q"),
    ("masked-picture-over-text", "", "q 200 0 0 30 60 590 cm /I2 Do Q"),
    ("stripes-over-text", "", "2 w [2 2] 0 d 30 w 60 605 m 260 605 l S 1 G [2 2] 2 d 60 605 m 260 605 l S"),
    ("transparent-on-a-picture", "q 200 0 0 30 60 590 cm /I1 Do Q /G1 gs", ""),
    ("transparent-and-outlined-in-it-on-a-picture", "q 200 0 0 30 60 590 cm /I1 Do Q /G3 gs 2 Tr", ""),
    ("transparent-outline-on-a-picture", "q 200 0 0 30 60 590 cm /I1 Do Q /G3 gs 1 Tr", ""),
    ("under-a-mask-of-noise", "1 g", "/G4 gs 0 g 60 590 200 30 re f"),
    ("under-a-group-with-a-mask-of-noise", "1 g", "/G4 gs /X1 Do"),
    ("transparent-on-a-mask-of-noise", "q /G4 gs 60 590 200 30 re f Q /G1 gs", ""),
    ("transparent-on-a-slope", "q 60 590 200 30 re W n /S1 sh Q /G1 gs", ""),
    ("white-under-lines", "1 g", "0.3 w 60 598 m 260 598 l S 60 603 m 260 603 l S 60 608 m 260 608 l S"),
    (
        "white-in-a-table",
        "1 g",
        "66 592 20 20 re S 86 592 20 20 re S 106 592 20 20 re S 126 592 20 20 re S 146 592 20 20 re S",
    ),
];

const OPEN: &[(&str, &str, &str)] = &[
    ("black-on-a-picture", "q 200 0 0 30 60 590 cm /G2 gs /I1 Do Q", ""),
    ("white-on-a-slope", "q 60 590 200 30 re W n /S1 sh Q 1 g", ""),
    ("under-a-faint-picture", "", "q 200 0 0 30 60 590 cm /I3 Do Q"),
    ("under-a-marker-with-a-pattern", "", "/G2 gs /Pattern cs /P1 scn 60 590 200 30 re f"),
    (
        "in-a-table",
        "",
        "66 592 20 20 re S 86 592 20 20 re S 106 592 20 20 re S 126 592 20 20 re S 146 592 20 20 re S",
    ),
    ("between-lines", "", "0.3 w 60 598 m 260 598 l S 60 603 m 260 603 l S 60 612 m 260 612 l S"),
    ("small-print-on-a-faint-picture", "q 200 0 0 30 60 590 cm /G2 gs /I1 Do Q 0.5 0 0 0.5 36 300 cm", ""),
    (
        "outlined-in-a-table",
        "1 Tr",
        "66 592 20 20 re S 86 592 20 20 re S 106 592 20 20 re S 126 592 20 20 re S",
    ),
    (
        "white-with-an-outline-in-a-table",
        "2 Tr 1 g 0.4 w",
        "66 592 20 20 re S 86 592 20 20 re S 106 592 20 20 re S",
    ),
];

/// The words on noise, transparent, and what is written with them.
fn on_noise() -> Vec<Sample> {
    let noise = "q 200 0 0 30 60 590 cm /I1 Do Q q /G1 gs BT /F1 12 Tf";
    // Each letter by itself, with four full stops behind it that stand on the one of another line.
    let letters = "HIDDEN WORDS".chars().zip(0..).map(|(letter, at)| {
        let stops = "1 0 0 1 300 650 Tm (.) Tj ".repeat(4);
        format!("/G1 gs 1 0 0 1 {} 600 Tm ({letter}) Tj /G0 gs {stops}", 72 + at * 9)
    });
    vec![
        sample(
            "blanks-with-an-outline-behind-it",
            &format!("{noise} 72 600 Td (HIDDEN WORDS) Tj 2 Tr (            ) Tj ET Q"),
            TEXTURES,
        ),
        sample(
            "full-stops-between-letters",
            &format!("{noise} {} ET Q", letters.collect::<String>()),
            TEXTURES,
        ),
        sample(
            "small-print",
            "q 20 0 0 4 71 599 cm /I1 Do Q q /G1 gs BT /F1 2 Tf 72 600 Td (HIDDEN WORDS) Tj ET Q",
            TEXTURES,
        ),
    ]
}

pub(crate) fn hidden() -> Vec<Sample> {
    let mut samples = of(HIDDEN, "HIDDEN WORDS");
    samples.extend(on_noise());
    samples
}

pub(crate) fn open() -> Vec<Sample> {
    of(OPEN, "OPEN WORDS")
}

fn of(samples: &[(&'static str, &str, &str)], words: &str) -> Vec<Sample> {
    let content = |before: &str, behind: &str| {
        format!("{before} BT /F1 12 Tf 72 600 Td ({words}) Tj ET 0 g 0 G 1 w [] 0 d {behind}")
    };
    samples.iter().map(|(name, before, behind)| sample(name, &content(before, behind), TEXTURES)).collect()
}
