//! Documents of our own making with text that a reader does not see, and documents that look alike and hide nothing.
//!
//! Provenance: every byte is written by this program; nothing is taken from any file. `cargo xtask samples FOLDER` writes
//! them out, for other tools.

mod layout;
mod letters;
mod textures;

/// One document.
pub(crate) struct Sample {
    /// What is done with the text, in words that make a file name.
    pub(crate) name: &'static str,
    /// The file.
    pub(crate) bytes: Vec<u8>,
}

/// How the document around one content stream is made.
#[derive(Clone, Copy)]
struct Setting {
    /// Further keys of the page.
    page: &'static str,
    /// Further keys of the resources.
    resources: &'static str,
    /// Further keys of the catalog.
    catalog: &'static str,
    /// Further objects, numbered from 6.
    more: &'static [&'static str],
}

const PLAIN: Setting = Setting { page: "", resources: "", catalog: "", more: &[] };

/// Documents that hide the words `HIDDEN WORDS`, each in its own way, beside a sentence that can be read.
pub(crate) fn hidden() -> Vec<Sample> {
    let mut samples: Vec<Sample> =
        BY_CONTENT.iter().map(|(name, content)| sample(name, content, PLAIN)).collect();
    samples.extend(BY_SETTING.iter().map(|(name, content, setting)| sample(name, content, *setting)));
    samples.push(second_page());
    samples.extend(letters::hidden());
    samples.extend(textures::hidden());
    samples
}

/// Documents that hide words in the file around the document, and the code of what is found in each.
pub(crate) fn layout() -> Vec<(Sample, &'static str)> {
    layout::samples()
}

/// Documents that show all that they say.
pub(crate) fn open() -> Vec<Sample> {
    let mut samples: Vec<Sample> = OPEN.iter().map(|(name, content)| sample(name, content, PLAIN)).collect();
    samples.extend(OPEN_BY_SETTING.iter().map(|(name, content, setting)| sample(name, content, *setting)));
    samples.extend(letters::open());
    samples.extend(textures::open());
    samples
}

/// Hidden by the content stream alone.
const BY_CONTENT: &[(&str, &str)] = &[
    ("white-rgb", "1 1 1 rg BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("white-grey", "1 g BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("white-cmyk", "0 0 0 0 k BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("white-by-colour-space", "/DeviceRGB cs 1 1 1 sc BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("near-white-98", "0.98 g BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("near-white-96", "0.97 0.96 0.98 rg BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("white-outline", "1 G 1 Tr BT 1 Tr /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("white-next-line", "1 g BT /F1 12 Tf 14 TL 72 600 Td (HIDDEN) ' (WORDS) ' ET"),
    ("white-spaced-line", "1 g BT /F1 12 Tf 14 TL 72 600 Td 1 1 (HIDDEN WORDS) \" ET"),
    ("white-array", "1 g BT /F1 12 Tf 72 600 Td [(HID) -20 (DEN WO) 10 (RDS)] TJ ET"),
    ("white-hexadecimal", "1 g BT /F1 12 Tf 72 600 Td <48494444454E20574F524453> Tj ET"),
    ("white-turned", "1 g BT /F1 12 Tf 0.7 0.7 -0.7 0.7 200 500 Tm (HIDDEN WORDS) Tj ET"),
    ("invisible-mode", "BT 3 Tr /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("clip-only-mode", "q BT 7 Tr /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET Q"),
    ("right-of-page", "BT /F1 12 Tf 2000 600 Td (HIDDEN WORDS) Tj ET"),
    ("below-page", "BT /F1 12 Tf 72 -500 Td (HIDDEN WORDS) Tj ET"),
    ("moved-off-page", "q 1 0 0 1 0 5000 cm BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET Q"),
    ("tenth-of-a-point", "BT /F1 0.1 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("scaled-to-half-a-point", "BT /F1 12 Tf 0.04 0 0 0.04 72 600 Tm (HIDDEN WORDS) Tj ET"),
    ("squeezed-flat", "BT /F1 12 Tf 1 0 0 0.02 72 600 Tm (HIDDEN WORDS) Tj ET"),
    ("squeezed-narrow", "BT /F1 12 Tf 0.5 Tz 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("black-box-over-text", "BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET 0 g 60 590 200 30 re f"),
    ("white-box-over-text", "BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET 1 g 60 590 200 30 re f"),
    ("grey-box-over-text", "BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET 0.5 g 60 590 200 30 re f"),
    ("thick-line-over-text", "BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET 30 w 60 605 m 260 605 l S"),
    (
        "picture-over-text",
        "BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET q 200 0 0 30 60 590 cm \
         BI /W 1 /H 1 /BPC 8 /CS /G ID \x40 EI Q",
    ),
    (
        "turned-picture-over-text",
        "BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET q 200 8 -8 60 60 574 cm \
         BI /W 4 /H 1 /BPC 8 /CS /G ID \x10\x70\x20\x60 EI Q",
    ),
    ("black-on-black-box", "0 g 60 590 200 30 re f BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("red-on-red-box", "1 0 0 rg 60 590 200 30 re f BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    (
        "blue-on-like-blue",
        "0 0 0.5 rg 60 590 200 30 re f 0.02 0 0.52 rg BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET",
    ),
    ("clipped-elsewhere", "q 400 100 20 20 re W n BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET Q"),
    ("white-filled-and-outlined", "1 g 1 G BT 2 Tr /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ("clipped-to-nothing", "q 72 600 0 0 re W n BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET Q"),
];

/// Hidden with the help of other objects.
const BY_SETTING: &[(&str, &str, Setting)] = &[
    (
        "outside-crop-box",
        "BT /F1 12 Tf 72 40 Td (HIDDEN WORDS) Tj ET",
        Setting { page: "/CropBox[0 100 612 792]", ..PLAIN },
    ),
    (
        "clipped-by-a-form",
        "/X1 Do",
        Setting {
            resources: "/XObject<</X1 6 0 R>>",
            more: &[
                "<</Type/XObject/Subtype/Form/BBox[400 100 420 120]/Resources<</Font<</F1 5 0 R>>>>/Length 46>>stream\n\
                     BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET   \nendstream",
            ],
            ..PLAIN
        },
    ),
    (
        "white-in-a-form",
        "/X1 Do",
        Setting {
            resources: "/XObject<</X1 6 0 R>>",
            more: &[
                "<</Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>/Length 47>>stream\n\
                     1 g BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET\nendstream",
            ],
            ..PLAIN
        },
    ),
    (
        "form-over-text",
        "BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET /X1 Do",
        Setting {
            resources: "/XObject<</X1 6 0 R>>",
            more: &[
                "<</Type/XObject/Subtype/Form/BBox[0 0 612 792]/Length 23>>stream\n0 g 60 590 200 30 re f \nendstream",
            ],
            ..PLAIN
        },
    ),
    (
        "annotation-over-text",
        "BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET",
        Setting {
            page: "/Annots[6 0 R]",
            more: &[
                "<</Type/Annot/Subtype/Link/Rect[60 590 260 620]/Border[0 0 0]/AP<</N 7 0 R>>>>",
                "<</Type/XObject/Subtype/Form/BBox[0 0 200 30]/Length 19>>stream\n0 g 0 0 200 30 re f\nendstream",
            ],
            ..PLAIN
        },
    ),
    (
        "layer-off",
        "/OC /L1 BDC BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET EMC",
        Setting {
            resources: "/Properties<</L1 6 0 R>>",
            catalog: "/OCProperties<</OCGs[6 0 R]/D<</OFF[6 0 R]>>>>",
            more: &["<</Type/OCG/Name(L)>>"],
            ..PLAIN
        },
    ),
    (
        "layer-off-by-base-state",
        "/OC /L1 BDC BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET EMC",
        Setting {
            resources: "/Properties<</L1 6 0 R>>",
            catalog: "/OCProperties<</OCGs[6 0 R]/D<</BaseState/OFF>>>>",
            more: &["<</Type/OCG/Name(L)>>"],
            ..PLAIN
        },
    ),
    (
        "layer-of-none-on",
        "/OC /L1 BDC BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET EMC",
        Setting {
            resources: "/Properties<</L1 7 0 R>>",
            catalog: "/OCProperties<</OCGs[6 0 R]/D<</ON[6 0 R]>>>>",
            more: &["<</Type/OCG/Name(L)>>", "<</Type/OCMD/OCGs 6 0 R/P/AllOff>>"],
            ..PLAIN
        },
    ),
    (
        "layer-of-any-off",
        "/OC /L1 BDC BT /F1 12 Tf 72 600 Td [(HID) -20 (DEN) -300 (WORDS)] TJ ET EMC",
        Setting {
            resources: "/Properties<</L1 7 0 R>>",
            catalog: "/OCProperties<</OCGs[6 0 R]/D<</ON[6 0 R]>>>>",
            more: &["<</Type/OCG/Name(L)>>", "<</Type/OCMD/OCGs[6 0 R]/P/AnyOff>>"],
            ..PLAIN
        },
    ),
    (
        "layer-by-expression",
        "/OC /L1 BDC BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET EMC",
        Setting {
            resources: "/Properties<</L1 7 0 R>>",
            catalog: "/OCProperties<</OCGs[6 0 R]/D<</ON[6 0 R]>>>>",
            more: &["<</Type/OCG/Name(L)>>", "<</Type/OCMD/OCGs 6 0 R/VE[/Not 6 0 R]>>"],
            ..PLAIN
        },
    ),
    (
        "hidden-field",
        "",
        Setting {
            page: "/Annots[6 0 R]",
            catalog: "/AcroForm<</Fields[6 0 R]>>",
            more: &[
                "<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 2/Rect[60 590 260 620]/AP<</N 7 0 R>>>>",
                "<</Type/XObject/Subtype/Form/BBox[0 0 200 30]/Resources<</Font<</F1 5 0 R>>>>/Length 43>>stream\n\
                     BT /F1 12 Tf 2 9 Td (HIDDEN WORDS) Tj ET   \nendstream",
            ],
            ..PLAIN
        },
    ),
    (
        "wholly-transparent",
        "/G1 gs BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET",
        Setting { resources: "/ExtGState<</G1<</ca 0>>>>", ..PLAIN },
    ),
    (
        "nearly-transparent",
        "/G1 gs BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET",
        Setting { resources: "/ExtGState<</G1<</ca 0.02>>>>", ..PLAIN },
    ),
    (
        "white-on-a-turned-page",
        "1 g BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET",
        Setting { page: "/Rotate 90", ..PLAIN },
    ),
    (
        "white-in-large-units",
        "1 g BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET",
        Setting { page: "/UserUnit 2", ..PLAIN },
    ),
];

/// Nothing hidden, by the content stream alone.
const OPEN: &[(&str, &str)] = &[
    ("plain", "BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET"),
    ("white-on-black", "0 g 60 590 200 30 re f 1 g BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET"),
    ("black-on-yellow", "1 1 0 rg 60 590 200 30 re f 0 g BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET"),
    ("light-grey", "0.7 g BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET"),
    ("five-points", "BT /F1 5 Tf 72 600 Td (OPEN WORDS) Tj ET"),
    ("turned", "BT /F1 12 Tf 0.7 0.7 -0.7 0.7 200 500 Tm (OPEN WORDS) Tj ET"),
    ("filled-and-outlined", "BT 2 Tr /F1 12 Tf 72 600 Td (O) Tj (P) Tj (E) Tj (N) Tj ( WORDS) Tj ET"),
    ("outlined", "BT 1 Tr /F1 24 Tf 72 600 Td (OPEN WORDS) Tj ET"),
    ("large", "BT /F1 200 Tf 72 400 Td (OW) Tj ET"),
    ("underlined", "BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET 0.5 w 72 598 m 170 598 l S"),
    ("struck-through", "BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET 0.5 w 72 604 m 170 604 l S"),
    (
        "printed-twice",
        "BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET BT /F1 12 Tf 72.3 600 Td (OPEN WORDS) Tj ET",
    ),
    (
        "shadowed",
        "0.6 g BT /F1 24 Tf 74 598 Td (OPEN WORDS) Tj ET 0 g BT /F1 24 Tf 72 600 Td (OPEN WORDS) Tj ET",
    ),
    (
        "beside-a-turned-box",
        "BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET q 0.7 0.7 -0.7 0.7 206 560 cm 0 g 0 0 90 90 re f Q",
    ),
    ("blanks-only-off-page", "BT /F1 12 Tf 2000 600 Td (   ) Tj ET"),
    ("white-blanks", "1 g BT /F1 12 Tf 72 600 Td (     ) Tj ET"),
];

const OPEN_BY_SETTING: &[(&str, &str, Setting)] = &[
    (
        "under-a-marker",
        "BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET /G1 gs 1 1 0 rg 60 590 200 30 re f",
        Setting { resources: "/ExtGState<</G1<</ca 0.4>>>>", ..PLAIN },
    ),
    (
        "a-blank-that-is-a-drawing",
        "/X1 Do",
        Setting {
            resources: "/XObject<</X1 6 0 R>>",
            more: &[
                "<</Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F2 7 0 R>>>>/Length 47>>stream\n\
                     BT /F2 12 Tf 72 600 Td ( ) Tj 99 0 Td (a) Tj ET\nendstream",
                "<</Type/Font/Subtype/Type3/FontBBox[0 0 750 750]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 32/LastChar 32\
                 /Encoding<</Differences[32/space 97/a]>>/CharProcs<</space 8 0 R/a 9 0 R>>/Widths[500]>>",
                "<</Length 19>>stream\n500 0 0 0 0 0 d1\nf\n\nendstream",
                "<</Length 38>>stream\n750 0 0 0 750 750 d1\n0 0 750 750 re\nf\n\nendstream",
            ],
            ..PLAIN
        },
    ),
    (
        "a-layer-that-is-on",
        "/OC /L1 BDC BT /F1 12 Tf 72 600 Td (OPEN WORDS) Tj ET EMC",
        Setting {
            resources: "/Properties<</L1 6 0 R>>",
            catalog: "/OCProperties<</OCGs[6 0 R]/D<</ON[6 0 R]>>>>",
            more: &["<</Type/OCG/Name(L)>>"],
            ..PLAIN
        },
    ),
];

fn sample(name: &'static str, content: &str, setting: Setting) -> Sample {
    let content = format!("BT /F1 14 Tf 72 700 Td (Weather report of the day) Tj ET\n{content}");
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{}>>", setting.catalog),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        page(4, setting),
        stream(&content),
        FONT.to_owned(),
    ];
    objects.extend(setting.more.iter().map(|object| (*object).to_owned()));
    Sample { name, bytes: document(&objects) }
}

/// Two pages, of which the second hides.
fn second_page() -> Sample {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R 6 0 R]/Count 2>>".to_owned(),
        page(4, PLAIN),
        stream("BT /F1 14 Tf 72 700 Td (Weather report of the day) Tj ET"),
        FONT.to_owned(),
        page(7, PLAIN),
        stream("1 g BT /F1 12 Tf 72 600 Td (HIDDEN WORDS) Tj ET"),
    ];
    Sample { name: "white-on-the-second-page", bytes: document(&objects) }
}

const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>";

fn page(contents: usize, setting: Setting) -> String {
    format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]{}/Contents {contents} 0 R/Resources<</Font<</F1 5 0 R>>{}>>>>",
        setting.page, setting.resources
    )
}

fn stream(content: &str) -> String {
    format!("<</Length {}>>stream\n{content}\nendstream", content.len())
}

/// A file of these objects, numbered from 1, with its table and its end; the first is the catalog.
pub(crate) fn document(objects: &[String]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).bytes());
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    for place in &places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = places.len() + 1;
    out.extend(format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").bytes());
    out
}
