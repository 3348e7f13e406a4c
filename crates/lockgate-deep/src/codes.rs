//! The closed list of what the slow path can find. Names never change their meaning. New ones stand in their group: numbers on
//! the wire hold between one program and itself only.

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
    NO_WALKER = "form.not-walked", Note, "the form is known, and nothing in this program reads it construct by construct";
    CUT_OFF = "form.cut-off", Attack, "the file ends inside a construct";
    NOT_OF_ITS_FORM = "form.broken", Attack, "the file does not follow its form";
    LEADING = "form.leading", Hiding, "bytes stand before the first construct, where some readers look past them";
    TRAILING = "form.trailing", Hiding, "bytes stand after the last construct, where no reader of the form looks";
    UNOWNED = "form.unowned", Hiding, "bytes belong to no construct";
    FOREIGN_MAGIC = "form.foreign-magic", Attack, "another form begins inside the file: a second reader could take it for that";
    TOO_MANY = "form.too-many", Attack, "more constructs than a reader of the form should be made to read";
    PROGRAM = "form.program", Attack, "the file is a program";
    INSIDE = "form.inside", Note, "a file inside of the file: what it is, and what would become of it by itself";
    LABEL_INSIDE = "form.label", Disclosure, "a label of STANAG 4774 or 4778, a clearance or a marking of the ISM stands inside: it is not read as one";
    // What it looks like.
    NO_PIXELS = "pixels.none", Note, "nothing in this program shows what an object of this form looks like";
    NOT_DECODED = "pixels.refused", Hiding, "the decoder does not take the picture: nobody can say what it shows";
    DECODERS_DISAGREE = "pixels.disagree", Attack, "two decoders see two pictures, or one of them sees none";
    READERS_DIFFER = "pixels.differ", Hiding, "a second reader sees another picture than the one that is shown, or none";
    TOO_MANY_PIXELS = "pixels.too-many", Attack, "more pixels than are decoded here";
    TEXT_NOT_KEPT = "form.text-not-kept", Hiding, "more text than is searched for words and markings";
    NOT_REBUILT = "pixels.not-rebuilt", Note, "the object could not be built anew from its pixels";
    UNSHOWN = "pixels.unshown", Hiding, "samples, or bits that fill up pixels or rows, that are no colour and do not say what is clear: no reader shows them";
    BEYOND = "pixels.beyond", Hiding, "bytes behind the last pixel of a strip, a tile or a scan, a scan of what was complete, or pixels of a tile or block beside the page: no reader shows them";
    // What pictures say.
    READ = "ocr.read", Note, "text in its pictures was read by another program, which misses some";
    NO_READER = "ocr.absent", Note, "no program that reads text in pictures: nobody but people looks for markings in pixels";
    READER_FAILED = "ocr.failed", Note, "the program that reads text in pictures failed on it: nobody but people looks for markings there";
    READ_IN_PART = "ocr.in-part", Note, "pages or pictures in which nobody but people looks for markings";
    NOT_TO_BE_READ = "ocr.off", Note, "the lane does not ask for text in pictures to be read";
    // EXIF, in any form.
    EXIF_PLACE = "exif.place", Disclosure, "where the picture was taken";
    EXIF_THUMBNAIL = "exif.thumbnail", Disclosure, "a small picture, which may be an older one";
    EXIF_MAKER_NOTE = "exif.maker-note", Disclosure, "data of the device's maker, which can be anything";
    EXIF_UNREAD = "exif.unread", Hiding, "EXIF data that cannot be read: it can be anything";
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
    JPEG_STUFFING = "jpeg.stuffing", Hiding, "restart markers or tables beyond what the picture needs";
    // GIF.
    GIF_COMMENT = "gif.comment", Disclosure, "a comment";
    GIF_TEXT = "gif.text", Hiding, "a text block, which almost no reader shows";
    GIF_XMP = "gif.xmp", Disclosure, "an XMP packet: names, programs, history";
    GIF_LOOP = "gif.loop", Note, "how often the pictures are repeated";
    GIF_APPLICATION = "gif.application", Hiding, "an application block of no known kind";
    GIF_FURTHER = "gif.further-pictures", Hiding, "more than one picture";
    GIF_OUTSIDE = "gif.outside", Hiding, "a picture reaches beyond the screen that the file states, where few readers show it";
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
    TIFF_PRIVATE = "tiff.private", Hiding, "a private or unknown tag, one with more values than it takes, or one that stands twice";
    TIFF_BELOW = "tiff.below", Hiding, "directories below the page: further pictures";
    TIFF_PAGES = "tiff.pages", Hiding, "more than one page; many readers show the first one only";
    TIFF_LOOP = "tiff.loop", Attack, "a directory that leads back to itself";
    TIFF_OVERLAP = "tiff.overlap", Hiding, "bytes that two constructs claim";
    // PDF: the file.
    PDF_NOT_STRICT = "pdf.not-strict", Note, "a strict reader refuses the file";
    PDF_SECOND_HEAD = "pdf.second-head", Attack, "a second file begins inside the file";
    PDF_NO_END = "pdf.no-end", Attack, "the file has no end mark";
    PDF_REVISIONS = "pdf.revisions", Hiding, "the file was written to again: what it held before is still there";
    PDF_ADDITIONS = "pdf.additions", Note, "the file was written to again; nothing that a page showed was replaced";
    PDF_COMMENT = "pdf.comment", Note, "a few bytes of comments";
    PDF_COMMENTS = "pdf.comments", Hiding, "comments, which no reader shows";
    PDF_ESCAPED_NAME = "pdf.escaped-name", Attack, "names with plain letters written as numbers, which hides them from a search";
    PDF_TWICE = "pdf.twice", Attack, "two objects with one number in one revision: readers take one or the other";
    PDF_KEY_TWICE = "pdf.key-twice", Attack, "a dictionary has one key twice: readers take one or the other";
    PDF_UNCLOSED = "pdf.unclosed", Attack, "an object does not end before the next thing begins";
    PDF_STREAM_LENGTH = "pdf.stream-length", Attack, "a stream says another length than it has: readers see one or the other";
    PDF_TABLE = "pdf.table", Attack, "a reference table or its place leads to something else";
    PDF_UNLISTED = "pdf.unlisted", Hiding, "an object stands in the file and in no table";
    PDF_STREAM_EDGE = "pdf.stream-edge", Attack, "a stream or object begins or ends with something that some readers skip";
    PDF_COMMENT_INSIDE = "pdf.comment-inside", Note, "a comment inside an object";
    PDF_COMMENTED_OUT = "pdf.commented-out", Hiding, "a part of an object is made a comment: one byte brings it back";
    // PDF: the document.
    PDF_CONTENT = "pdf.content", Attack, "the content of a page holds something that is no operator, or an operator without what it takes: readers stop there, or go on";
    PDF_CONTENT_COMMENT = "pdf.content-comment", Hiding, "a comment in the content of a page";
    PDF_CONTENT_PACKED = "pdf.content-packed", Hiding, "the content of a page cannot be unpacked";
    PDF_UNDRAWN = "pdf.undrawn", Disclosure, "a picture or a form under a name that nothing draws";
    PDF_LOOK_UNSHOWN = "pdf.look-unshown", Disclosure, "a look of an annotation or a field that no page shows: of another state, or while it is pointed at or pressed";
    PDF_PAGE_KEY = "pdf.page-key", Hiding, "a page has a part that no page has";
    PDF_ENCRYPTED = "pdf.encrypted", Hiding, "enciphered, also where the password is empty";
    PDF_INFO = "pdf.info", Disclosure, "document information: names, programs, dates";
    PDF_METADATA = "pdf.metadata", Disclosure, "an XMP packet: names, programs, history";
    PDF_PRIVATE = "pdf.private", Disclosure, "private data of the program that wrote it";
    PDF_THUMBNAIL = "pdf.thumbnail", Disclosure, "a small picture of a page, which may be an older one";
    PDF_ANNOTATION = "pdf.annotation", Disclosure, "comments or drawings of reviewers";
    PDF_ANNOTATION_HIDDEN = "pdf.annotation-hidden", Hiding, "comments or drawings of reviewers that are not shown";
    PDF_LINK = "pdf.link", Disclosure, "a link to elsewhere";
    PDF_ELSEWHERE = "pdf.captured", Disclosure, "says from where it was captured";
    PDF_EMBEDDED = "pdf.embedded-file", Hiding, "files inside the document";
    PDF_EMBEDDED_UNREAD = "pdf.embedded-unread", Hiding, "a file inside the document that cannot be unpacked";
    PDF_LAYERS = "pdf.layers", Note, "layers, all of which can be seen";
    PDF_LAYER_OFF = "pdf.layer-off", Hiding, "a layer that is not shown";
    PDF_NOT_REDACTED = "pdf.not-redacted", Hiding, "places marked for redaction, with what stands there";
    PDF_ORPHAN = "pdf.orphan", Hiding, "objects that nothing in the document leads to";
    PDF_LEFT_BEHIND = "pdf.left-behind", Note, "objects that nothing leads to: of an earlier revision, or without a word in them";
    PDF_FORM = "pdf.form", Note, "a form";
    PDF_CODED = "pdf.coded", Note, "packed, or with letters drawn, in a way that takes a decoder of its own";
    PDF_SIGNATURE = "pdf.signature", Note, "a signature; nothing that is built anew keeps it";
    PDF_JAVASCRIPT = "pdf.javascript", Attack, "a script";
    PDF_AUTOMATIC = "pdf.automatic", Attack, "an action that runs by itself";
    PDF_LAUNCH = "pdf.launch", Attack, "starts a program";
    PDF_SUBMIT = "pdf.submit", Attack, "sends what is filled in to elsewhere";
    PDF_FILE_ELSEWHERE = "pdf.file-elsewhere", Attack, "reaches for a file outside of the document";
    PDF_CHANGES_ITSELF = "pdf.changes-itself", Attack, "an action that changes what is shown";
    PDF_XFA = "pdf.xfa", Attack, "a form of a second kind, with programs of its own";
    PDF_MEDIA = "pdf.media", Attack, "sound, film, three dimensions: played by other programs";
    PDF_POSTSCRIPT = "pdf.postscript", Attack, "a PostScript program";
    PDF_FILTERS = "pdf.filters", Attack, "a pile of filters";
    PDF_LOOP = "pdf.loop", Attack, "objects lead back to themselves";
    PDF_NO_PAGES = "pdf.no-pages", Attack, "the second reader finds no page";
    PDF_PAGE_COUNT = "pdf.page-count", Attack, "says another number of pages than it has";
    // PDF: what its pages show.
    PDF_READERS_DISAGREE = "pdf.readers-disagree", Attack, "one reader opens it and another does not, or they see other numbers of pages";
    PDF_STEPS = "pdf.steps", Attack, "drawing its pages takes more steps than a reader should be made to take";
    PDF_NOT_RENDERED = "pdf.not-rendered", Hiding, "a page that cannot be rendered: nobody can say what it shows";
    PDF_PARTLY_RENDERED = "pdf.partly-rendered", Note, "a font, a picture or an annotation of the page could not be read";
    PDF_TEXT_UNPAINTED = "pdf.text-unpainted", Hiding, "text that is drawn without ink";
    PDF_TEXT_OFF_PAGE = "pdf.text-off-page", Hiding, "text outside of what is shown of the page";
    PDF_TEXT_CLIPPED = "pdf.text-clipped", Hiding, "text that a clipping path cuts away";
    PDF_TEXT_TINY = "pdf.text-tiny", Hiding, "text too small to be read";
    PDF_TEXT_COVERED = "pdf.text-covered", Hiding, "text under a box or a picture";
    PDF_TEXT_UNSEEN = "pdf.text-unseen", Hiding, "text in the colour of what is behind it, or transparent";
    PDF_TEXT_LOST = "pdf.text-lost", Hiding, "text of which nothing is to be seen among a picture, a pattern or lines over it or under it";
    // Archives.
    ARCHIVE_NAME = "archive.name", Attack, "an entry's name leads out of the folder that it is unpacked into, or another entry has it too";
    ARCHIVE_TWO_VIEWS = "archive.two-views", Attack, "readers see two archives: what names the entries and the entries do not agree";
    ARCHIVE_OVERLAP = "archive.overlap", Attack, "entries share their bytes";
    ARCHIVE_CHECKSUM = "archive.checksum", Attack, "an entry does not have the checksum or the length that it states";
    ARCHIVE_BOMB = "archive.bomb", Attack, "unpacks to more than is unpacked here";
    ARCHIVE_LINK = "archive.link", Attack, "an entry that is a link, a device or a pipe";
    ARCHIVE_ENCRYPTED = "archive.encrypted", Hiding, "an entry that is enciphered";
    ARCHIVE_METHOD = "archive.method", Hiding, "packed in a way that is not unpacked here";
    ARCHIVE_EXTRA = "archive.extra", Hiding, "an extra field or an extended header";
    ARCHIVE_COMMENT = "archive.comment", Disclosure, "a name or a comment beside the data";
    // Office documents.
    OFFICE = "office.document", Note, "an office document";
    OFFICE_MACRO = "office.macro", Attack, "programs inside of the document";
    OFFICE_ACTIVE = "office.active", Attack, "controls, or fields that start other programs";
    OFFICE_ELSEWHERE = "office.elsewhere", Attack, "reaches for something outside of the document, unasked";
    OFFICE_EMBEDDED = "office.embedded", Hiding, "documents of other programs inside of the document";
    OFFICE_REVISION = "office.revision", Hiding, "changes that were tracked: what was there before still is";
    OFFICE_HIDDEN = "office.hidden", Hiding, "text, sheets or slides that are not shown";
    OFFICE_LINK = "office.link", Disclosure, "a link to elsewhere";
    OFFICE_COMMENTS = "office.comments", Disclosure, "comments, notes, or who made them";
    OFFICE_PROPERTIES = "office.properties", Disclosure, "properties of the document: names, programs, dates, a small picture";
    OFFICE_CUSTOM = "office.custom", Disclosure, "data of other programs, such as labels";
    // NITF and NSIF.
    NITF_LENGTH = "nitf.length", Attack, "a stated length is not the real one";
    NITF_UNCLASSED = "nitf.unclassed", Hiding, "a security group without one of the five classifications";
    NITF_SECURITY = "nitf.security", Disclosure, "a security group says more than that it is unclassified: its class, codewords, control or a release list";
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
    fn what_was_not_searched_is_told_by_the_name_that_the_engine_knows() {
        assert_eq!(TEXT_NOT_KEPT.name, lockgate_core::UNSEARCHED);
    }

    #[test]
    fn names_are_one_each_and_come_back_by_number() {
        for code in CODES {
            assert_eq!(CODES.iter().filter(|other| other.name == code.name).count(), 1, "{}", code.name);
            assert_eq!(numbered(number(code)).map(|code| code.name), Some(code.name));
            assert!(code.name.contains('.') && !code.says.ends_with('.'), "{}", code.name);
        }
    }
}
