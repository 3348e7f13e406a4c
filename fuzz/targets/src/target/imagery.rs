//! The walkers of pictures and of NITF, each by its own seed.

pub(crate) const WORDS: &[&str] = &[
    "IHDR",
    "IDAT",
    "IEND",
    "zTXt",
    "iTXt",
    "JFIF\u{0}",
    "Exif\u{0}",
    "GIF89a",
    "NETSCAPE2.0",
    "RIFF",
    "WEBP",
    "VP8X",
    "ANMF",
    "II*\u{0}",
    "MM\u{0}*",
    "jp2h",
    "jp2c",
    "uuid",
    "NITF02.10",
    "NITF02.00",
    "TRE_OVERFLOW",
    "0000000001",
    "999998",
];

pub(crate) fn run(data: &[u8]) {
    super::document::walk(data);
}
