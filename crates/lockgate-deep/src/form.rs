//! What a file is, by its structure and never by its name.

use core::fmt;

/// A form of file that the slow path can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Portable Document Format, ISO 32000.
    Pdf,
    /// JPEG, ITU-T T.81.
    Jpeg,
    /// Portable Network Graphics, ISO/IEC 15948.
    Png,
    /// NITF 2.0, 2.1 or NSIF 1.0.
    Nitf,
    /// ZIP, and what is built on it.
    Zip,
    /// Tagged Image File Format 6.0, and BigTIFF.
    Tiff,
    /// Graphics Interchange Format.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// WebP.
    Webp,
    /// JPEG 2000, as a file or as a code stream.
    Jpeg2000,
    /// gzip, RFC 1952.
    Gzip,
    /// tar, POSIX ustar.
    Tar,
    /// A program: ELF, PE, Mach-O or a script.
    Program,
    /// Text in UTF-8 without control characters.
    Text,
}

impl Form {
    /// Every form, in the order of its number on the wire.
    pub const ALL: [Self; 14] = [
        Self::Pdf,
        Self::Jpeg,
        Self::Png,
        Self::Nitf,
        Self::Zip,
        Self::Tiff,
        Self::Gif,
        Self::Bmp,
        Self::Webp,
        Self::Jpeg2000,
        Self::Gzip,
        Self::Tar,
        Self::Program,
        Self::Text,
    ];

    /// The word used in lane files and accounts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Nitf => "nitf",
            Self::Zip => "zip",
            Self::Tiff => "tiff",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Webp => "webp",
            Self::Jpeg2000 => "jpeg2000",
            Self::Gzip => "gzip",
            Self::Tar => "tar",
            Self::Program => "program",
            Self::Text => "text",
        }
    }

    /// The form that begins at the first byte.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Self::by_magic(bytes).or_else(|| is_text(bytes).then_some(Self::Text))
    }

    /// The form whose magic stands at the first byte.
    pub(crate) fn by_magic(bytes: &[u8]) -> Option<Self> {
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        let at = |from: usize, magic: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(magic));
        Some(match bytes {
            _ if starts(b"%PDF-") => Self::Pdf,
            _ if starts(&[0xFF, 0xD8, 0xFF]) => Self::Jpeg,
            _ if starts(b"\x89PNG\r\n\x1A\n") => Self::Png,
            _ if starts(b"NITF02.") || starts(b"NSIF01.") => Self::Nitf,
            _ if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") => Self::Zip,
            _ if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") => Self::Tiff,
            _ if starts(b"GIF87a") || starts(b"GIF89a") => Self::Gif,
            _ if starts(b"RIFF") && at(8, b"WEBP") => Self::Webp,
            _ if starts(b"\0\0\0\x0CjP  \r\n\x87\n") || starts(&[0xFF, 0x4F, 0xFF, 0x51]) => Self::Jpeg2000,
            _ if starts(&[0x1F, 0x8B, 8]) => Self::Gzip,
            _ if at(257, b"ustar") => Self::Tar,
            _ if starts(b"\x7FELF") || starts(b"MZ") || starts(b"#!") || is_mach_o(bytes) => Self::Program,
            _ if starts(b"BM") && is_bitmap(bytes) => Self::Bmp,
            _ => return None,
        })
    }

    /// The form in which an object of this one is built anew, where it can be; `convert` says whether pictures that nothing
    /// here writes become PNG.
    pub(crate) fn built_as(self, convert: bool) -> Option<Self> {
        match self {
            Self::Pdf | Self::Jpeg | Self::Png => Some(self),
            Self::Gif | Self::Bmp | Self::Webp | Self::Tiff | Self::Jpeg2000 | Self::Nitf => {
                convert.then_some(Self::Png)
            }
            Self::Zip | Self::Gzip | Self::Tar | Self::Program | Self::Text => None,
        }
    }

    /// True where something in this program shows what an object of this form looks like.
    pub(crate) fn has_pixels(self) -> bool {
        self.built_as(true).is_some()
    }

    /// Its number on the wire.
    pub(crate) fn number(self) -> u8 {
        Self::ALL.iter().zip(0_u8..).find(|(form, _)| **form == self).map_or(u8::MAX, |(_, number)| number)
    }

    /// The form with this number.
    pub(crate) fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `BM` alone begins too many texts: the reserved words have to be 0, and the pixels have to start after the headers.
fn is_bitmap(bytes: &[u8]) -> bool {
    let Some(head) = bytes.first_chunk::<18>() else { return false };
    let [_, _, _, _, _, _, 0, 0, 0, 0, p0, p1, p2, p3, h0, h1, h2, h3] = *head else { return false };
    let (pixels, header) = (u32::from_le_bytes([p0, p1, p2, p3]), u32::from_le_bytes([h0, h1, h2, h3]));
    matches!(header, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124) && pixels >= header.saturating_add(14)
}

fn is_mach_o(bytes: &[u8]) -> bool {
    matches!(
        bytes.first_chunk::<4>(),
        Some([0xFE, 0xED, 0xFA, 0xCE | 0xCF] | [0xCE | 0xCF, 0xFA, 0xED, 0xFE] | [0xCA, 0xFE, 0xBA, 0xBE])
    )
}

/// UTF-8 without control characters other than line breaks and tabulators.
fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && core::str::from_utf8(bytes)
            .is_ok_and(|text| !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_one_number_and_one_name() {
        for form in Form::ALL {
            assert_eq!(Form::numbered(form.number()), Some(form));
            assert_eq!(Form::ALL.iter().filter(|other| other.name() == form.name()).count(), 1);
        }
        assert_eq!(Form::numbered(14), None);
    }

    #[test]
    fn a_name_says_nothing_and_the_first_bytes_do() {
        assert_eq!(Form::of(b"%PDF-1.7\n"), Some(Form::Pdf));
        assert_eq!(Form::of(b"NSIF01.00"), Some(Form::Nitf));
        assert_eq!(Form::of(b"BMP is a file format"), Some(Form::Text), "a text that begins like a bitmap");
        assert_eq!(Form::of(b"report.pdf"), Some(Form::Text));
        assert_eq!(Form::of(&[0, 1, 2, 3]), None);
        assert_eq!(Form::of(b""), None);
    }
}
