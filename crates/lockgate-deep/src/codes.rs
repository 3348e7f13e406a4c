//! The closed list of what the slow path can find. Names never change their meaning; new ones are added at the end of
//! their group, and numbers on the wire hold between one program and itself only.

use lockgate_core::{Class, FindingCode};

macro_rules! codes {
    ($($constant:ident = $name:literal, $class:ident, $says:literal;)*) => {
        $(
            pub(crate) const $constant: &FindingCode =
                &FindingCode { name: $name, class: Class::$class, says: $says };
        )*
        /// Every kind of finding.
        pub const CODES: &[&FindingCode] = &[$($constant),*];
    };
}

codes! {
    // Any form.
    UNKNOWN_FORM = "form.unknown", Note, "the structure is of no form that the slow path knows";
    NOT_ACCEPTED = "form.not-accepted", Note, "the lane does not take this form";
    NO_WALKER = "form.not-walked", Note, "the form is known, and nothing in this program reads it construct by construct";
    CUT_OFF = "form.cut-off", Attack, "the file ends inside a construct";
    NOT_OF_ITS_FORM = "form.broken", Attack, "the file does not follow its form";
    LEADING = "form.leading", Hiding, "bytes stand before the first construct";
    TRAILING = "form.trailing", Hiding, "bytes stand after the last construct, where no reader of the form looks";
    UNOWNED = "form.unowned", Hiding, "bytes belong to no construct";
    FOREIGN_MAGIC = "form.foreign-magic", Attack, "another form begins inside the file: a second reader could take it for that";
    TOO_MANY = "form.too-many", Attack, "more constructs than a reader of the form should be made to read";
    TOO_LARGE = "form.too-large", Attack, "the picture is larger than is decoded here";
    PROGRAM = "form.program", Attack, "the file is a program";
    // PNG.
    PNG_CHECKSUM = "png.checksum", Attack, "a chunk does not have the checksum that it states";
    PNG_ORDER = "png.order", Attack, "chunks stand in an order, or a number, that the form forbids";
    PNG_TEXT = "png.text", Disclosure, "a text chunk says what the picture does not show";
    PNG_EXIF = "png.exif", Disclosure, "EXIF data: device, time, place";
    PNG_PROFILE = "png.profile", Note, "a colour profile, which can carry any data";
    PNG_TIME = "png.time", Disclosure, "the time of the last change";
    PNG_PRIVATE = "png.private", Hiding, "a private or unknown chunk";
    PNG_ANIMATION = "png.animation", Hiding, "further pictures, which a plain reader does not show";
    // JPEG.
    JPEG_EXIF = "jpeg.exif", Disclosure, "EXIF data: device, time, place, a small picture";
    JPEG_XMP = "jpeg.xmp", Disclosure, "an XMP packet: names, programs, history";
    JPEG_IPTC = "jpeg.iptc", Disclosure, "IPTC or Photoshop data: captions, names, places";
    JPEG_PROFILE = "jpeg.profile", Note, "a colour profile, which can carry any data";
    JPEG_FURTHER = "jpeg.further-pictures", Hiding, "an index of further pictures in the file";
    JPEG_APPLICATION = "jpeg.application", Hiding, "an application segment of no known kind";
    JPEG_COMMENT = "jpeg.comment", Disclosure, "a comment";
    JPEG_ORDER = "jpeg.order", Attack, "segments stand in an order, or a number, that the form forbids";
    JPEG_STUFFING = "jpeg.stuffing", Hiding, "fill bytes or restart markers beyond what the picture needs";
    // GIF.
    GIF_COMMENT = "gif.comment", Disclosure, "a comment";
    GIF_TEXT = "gif.text", Hiding, "a text block, which almost no reader shows";
    GIF_XMP = "gif.xmp", Disclosure, "an XMP packet: names, programs, history";
    GIF_LOOP = "gif.loop", Note, "how often the pictures are repeated";
    GIF_APPLICATION = "gif.application", Hiding, "an application block of no known kind";
    GIF_FURTHER = "gif.further-pictures", Hiding, "more than one picture";
    // Windows bitmap.
    BMP_LENGTH = "bmp.length", Hiding, "the stated length is not the real one";
    BMP_PROFILE = "bmp.profile", Note, "a colour profile, which can carry any data";
    // WebP.
    WEBP_EXIF = "webp.exif", Disclosure, "EXIF data: device, time, place";
    WEBP_XMP = "webp.xmp", Disclosure, "an XMP packet: names, programs, history";
    WEBP_PROFILE = "webp.profile", Note, "a colour profile, which can carry any data";
    WEBP_PRIVATE = "webp.private", Hiding, "an unknown chunk";
    WEBP_FURTHER = "webp.further-pictures", Hiding, "more than one picture";
    // JPEG 2000.
    JPEG2000_XML = "jpeg2000.xml", Disclosure, "a box of XML";
    JPEG2000_UUID = "jpeg2000.uuid", Disclosure, "a box named by a UUID: EXIF, XMP, IPTC, a place on the ground, or anything";
    JPEG2000_COMMENT = "jpeg2000.comment", Disclosure, "a comment";
    JPEG2000_PRIVATE = "jpeg2000.private", Hiding, "a box that is not needed to show the picture";
    JPEG2000_FURTHER = "jpeg2000.further-pictures", Hiding, "more than one code stream";
    // TIFF.
    TIFF_TEXT = "tiff.text", Disclosure, "names, programs, machines, dates or descriptions";
    TIFF_EXIF = "tiff.exif", Disclosure, "EXIF data: device, time";
    TIFF_PLACE = "tiff.place", Disclosure, "where on the ground the picture was taken or lies";
    TIFF_XMP = "tiff.xmp", Disclosure, "an XMP packet: names, programs, history";
    TIFF_IPTC = "tiff.iptc", Disclosure, "IPTC or Photoshop data: captions, names, places";
    TIFF_PROFILE = "tiff.profile", Note, "a colour profile, which can carry any data";
    TIFF_PRIVATE = "tiff.private", Hiding, "a private or unknown tag";
    TIFF_BELOW = "tiff.below", Hiding, "directories below the page: further pictures";
    TIFF_PAGES = "tiff.pages", Hiding, "more than one page; many readers show the first one only";
    TIFF_LOOP = "tiff.loop", Attack, "a directory that leads back to itself";
    TIFF_OVERLAP = "tiff.overlap", Hiding, "bytes that two constructs claim";
    // NITF and NSIF.
    NITF_LENGTH = "nitf.length", Attack, "a stated length is not the real one";
    NITF_UNCLASSED = "nitf.unclassed", Hiding, "a security group without one of the five classifications";
    NITF_ABOVE_FILE = "nitf.segment-above-file", Hiding, "a segment is marked above the file that it stands in";
    NITF_ENCRYPTED = "nitf.encrypted", Hiding, "a part says that it is enciphered";
    NITF_COMMENT = "nitf.comment", Disclosure, "image comments";
    NITF_EXTENSION = "nitf.extension", Note, "an extension with a registered name: how and where the picture was taken";
    NITF_UNKNOWN_EXTENSION = "nitf.unknown-extension", Hiding, "an extension that is not on the list";
}

/// The number of a code on the wire.
pub(crate) fn number(code: &FindingCode) -> u16 {
    CODES.iter().zip(0_u16..).find(|(known, _)| **known == code).map_or(0, |(_, number)| number)
}

/// The code with this number.
pub(crate) fn numbered(number: u16) -> Option<&'static FindingCode> {
    CODES.get(usize::from(number)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_each_and_come_back_by_number() {
        for code in CODES {
            assert_eq!(CODES.iter().filter(|other| other.name == code.name).count(), 1, "{}", code.name);
            assert_eq!(numbered(number(code)).map(|code| code.name), Some(code.name));
            assert!(code.name.contains('.') && !code.says.ends_with('.'), "{}", code.name);
        }
    }
}
