//! Segments: a subheader with a security group of its own, and data.

use super::extension;
use super::fields::Fields;
use super::head::{Head, encrypted};
use super::image::Image;
use super::security::{Security, Version};
use super::told::Groups;
use crate::image::{jpeg, jpeg2000};
use crate::{Answer, codes};
use core::fmt;
use lockgate_render::Coded;

/// What a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Image,
    Graphic,
    /// NITF 2.0 only.
    Label,
    /// NITF 2.1: a count that has to be 0.
    Reserved,
    Text,
    Data,
    ReservedData,
}

/// One entry of the header's table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) kind: Kind,
    pub(super) index: usize,
    pub(super) head_bytes: usize,
    pub(super) data_bytes: usize,
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Image => "image segment",
            Kind::Graphic => "graphic segment",
            Kind::Label | Kind::Reserved => "label segment",
            Kind::Text => "text segment",
            Kind::Data => "data extension segment",
            Kind::ReservedData => "reserved extension segment",
        };
        write!(f, "{kind} {}", self.index.saturating_add(1))
    }
}

impl Segment {
    /// Its subheader and its data, where they begin at `at`.
    pub(super) fn parts<'a>(&self, object: &'a [u8], at: usize) -> Option<(&'a [u8], &'a [u8])> {
        object
            .get(at..)?
            .get(..self.head_bytes.checked_add(self.data_bytes)?)?
            .split_at_checked(self.head_bytes)
    }

    /// Looks at the subheader and compares its security group with the file's.
    pub(super) fn look(
        &self,
        subheader: &[u8],
        data: &[u8],
        at: usize,
        head: &Head<'_>,
        groups: &mut Groups,
        answer: &mut Answer,
    ) {
        let mut fields = Fields::new(subheader);
        let read = self.read(&mut fields, data, at, head, groups, answer);
        if read.is_none() {
            answer
                .found(codes::NOT_OF_ITS_FORM, format!("{self}, at byte {}", at.saturating_add(fields.at())));
        } else if fields.at() < subheader.len() {
            let from = at.saturating_add(fields.at());
            answer.found(codes::UNOWNED, format!("subheader of {self} from byte {from}"));
        }
    }

    fn read(
        &self,
        fields: &mut Fields<'_>,
        data: &[u8],
        at: usize,
        head: &Head<'_>,
        groups: &mut Groups,
        answer: &mut Answer,
    ) -> Option<()> {
        let (magic, before): (&[u8; 2], usize) = match (self.kind, head.version) {
            (Kind::Image, _) => (b"IM", 121),
            (Kind::Graphic, _) => (b"SY", 30),
            (Kind::Label | Kind::Reserved, _) => (b"LA", 10),
            (Kind::Text, _) => (b"TE", 104),
            (Kind::Data, _) => (b"DE", 27),
            (Kind::ReservedData, _) => (b"RE", 27),
        };
        if fields.fixed::<2>()? != magic {
            return None;
        }
        let names = fields.text(before)?;
        let security = Security::read(fields, head.version)?;
        groups.take(&self.to_string(), &security);
        if security.class.is_none() {
            answer.found(codes::NITF_UNCLASSED, self.to_string());
        }
        for what in head.security.lacks(&security) {
            answer.found(codes::NITF_ABOVE_FILE, format!("{what} of {self} at byte {at}"));
        }
        if self.kind != Kind::Image {
            self.say_names(names, &[], answer);
        }
        match self.kind {
            Kind::Image => {
                encrypted(fields, answer)?;
                self.say_names(names, fields.text(42)?, answer);
                let image = Image::read(fields, head.version, &self.to_string(), answer)?;
                if let Some(bytes) = image.plain_bytes().filter(|bytes| *bytes != data.len()) {
                    let place = format!("data of {self}: {} bytes for pixels of {bytes}", data.len());
                    answer.found(codes::UNOWNED, place);
                }
                self.walk_inside(&image, data, answer);
                Some(())
            }
            Kind::Graphic => {
                encrypted(fields, answer)?;
                answer.says_text(&self.to_string(), data);
                // Format to reserved field: 53 in both versions.
                fields.skip(53)?;
                extension::area(fields, &self.to_string(), answer)
            }
            Kind::Label | Kind::Reserved => {
                encrypted(fields, answer)?;
                answer.says_bytes(&self.to_string(), data);
                // Font 1, cell 2 + 2, levels 3 + 3, place 10, colours 3 + 3.
                fields.skip(27)?;
                extension::area(fields, &self.to_string(), answer)
            }
            Kind::Text => {
                encrypted(fields, answer)?;
                fields.skip(3)?;
                answer.says_bytes(&self.to_string(), data);
                extension::area(fields, &self.to_string(), answer)
            }
            Kind::Data | Kind::ReservedData => self.data(names, fields, data, at, head.version, answer),
        }
    }

    /// What is decoded as a file of another form is walked as one.
    fn walk_inside(&self, image: &Image<'_>, data: &[u8], answer: &mut Answer) {
        let mut inside = Answer::default();
        match image.coded(data) {
            Some(Coded::As(lockgate_render::Kind::Jpeg, file)) => jpeg::walk(file, &mut inside),
            Some(Coded::As(lockgate_render::Kind::Jpeg2000, file)) => jpeg2000::walk(file, &mut inside),
            _ => {}
        }
        answer.takes_in(&self.to_string(), inside);
    }

    /// Gives the names that stand before the security group, and the source of an image, to the search, each by itself: they
    /// stand side by side.
    fn say_names(&self, names: &[u8], source: &[u8], answer: &mut Answer) {
        // IID1, date, target, title; SID, SNAME; TEXTID, level, date, title; the name and version of an extension.
        let widths: &[usize] = match self.kind {
            Kind::Image => &[10, 14, 17, 80],
            Kind::Graphic => &[10, 20],
            Kind::Label | Kind::Reserved => &[10],
            Kind::Text => &[7, 3, 14, 80],
            Kind::Data | Kind::ReservedData => &[25, 2],
        };
        let (mut fields, mut text) = (Fields::new(names), Vec::new());
        for field in widths.iter().filter_map(|width| fields.text(*width)) {
            text.extend(field.trim_ascii());
            text.push(b'\n');
        }
        text.extend(source);
        answer.says_text(&format!("names of {self}"), &text);
    }

    /// The image that it holds, read once more without a word about it; `None` where it holds none, or is broken.
    pub(super) fn image<'a>(&self, subheader: &'a [u8], version: Version) -> Option<Image<'a>> {
        if self.kind != Kind::Image {
            return None;
        }
        let mut fields = Fields::new(subheader);
        fields.skip(123)?;
        Security::read(&mut fields, version)?;
        fields.skip(1 + 42)?;
        Image::read(&mut fields, version, &self.to_string(), &mut Answer::default())
    }

    /// A data extension or reserved extension subheader from its own part on.
    fn data(
        &self,
        names: &[u8],
        fields: &mut Fields<'_>,
        data: &[u8],
        at: usize,
        version: Version,
        answer: &mut Answer,
    ) -> Option<()> {
        let name = names.get(..25)?.trim_ascii_end();
        let overflow = match version {
            Version::TwoOne => name == b"TRE_OVERFLOW",
            Version::Two => name == b"Registered Extensions" || name == b"Controlled Extensions",
        };
        if self.kind == Kind::Data && overflow {
            fields.skip(9)?;
        }
        let own = fields.number(4)?;
        answer.says_text(&format!("subheader of {self}"), fields.text(own)?);
        answer.says_text(&self.to_string(), data);
        if self.kind == Kind::Data && overflow {
            extension::records(data, &self.to_string(), at.saturating_add(self.head_bytes), answer);
        } else {
            let code = match name {
                b"XML_DATA_CONTENT" | b"CSATTA DES" | b"CSEPHB" | b"CSATTB" | b"CSSHPA DES" => {
                    codes::NITF_EXTENSION
                }
                _ => codes::NITF_UNKNOWN_EXTENSION,
            };
            answer.found(code, format!("{} as {self}", String::from_utf8_lossy(name)));
        }
        Some(())
    }
}
