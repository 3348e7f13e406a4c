//! The file header: what the file says of itself, and the table of its segments.

use super::extension;
use super::fields::{Fields, number};
use super::security::{Security, Version};
use super::segment::{Kind, Segment};
use crate::{Answer, codes};

/// The header of a file.
pub(super) struct Head<'a> {
    pub(super) version: Version,
    pub(super) security: Security<'a>,
    /// FL, where it is a number that this machine can hold.
    pub(super) file_bytes: Option<usize>,
    length_field: &'a [u8],
    /// HL.
    pub(super) header_bytes: usize,
    pub(super) segments: Vec<Segment>,
}

impl<'a> Head<'a> {
    /// Reads the header; `None` where a field is not what it should be: `fields` stands behind it.
    pub(super) fn read(fields: &mut Fields<'a>, answer: &mut Answer) -> Option<Self> {
        let version = match fields.fixed::<9>()? {
            b"NITF02.00" => Version::Two,
            b"NITF02.10" | b"NSIF01.00" => Version::TwoOne,
            _ => return None,
        };
        // Complexity 2, type 4; the station; date 14; then the title.
        fields.skip(6)?;
        answer.says_text("station of the file", fields.text(10)?);
        fields.skip(14)?;
        answer.says_text("title of the file", fields.text(80)?);
        let security = Security::read(fields, version)?;
        if security.class.is_none() {
            answer.found(codes::NITF_UNCLASSED, "file header");
        }
        // Copy number 5, number of copies 5.
        fields.skip(10)?;
        encrypted(fields, answer)?;
        // Background colour 3, of any value, and name 24 (2.1), or name 27 (2.0); telephone 18.
        if version == Version::TwoOne {
            fields.skip(3)?;
        }
        let name = fields.text(if version == Version::TwoOne { 24 } else { 27 })?;
        answer.says_text("originator of the file", name);
        answer.says_text("telephone of the file", fields.text(18)?);
        let length_field = fields.text(12)?;
        let header_bytes = fields.number(6)?;
        let mut segments = Vec::new();
        for (kind, head_width, data_width) in kinds(version) {
            let count = fields.number(3)?;
            for index in 0..count {
                let (head_bytes, data_bytes) = match (head_width, data_width) {
                    (0, 0) => return None,
                    _ => (fields.number(head_width)?, fields.number(data_width)?),
                };
                segments.push(Segment { kind, index, head_bytes, data_bytes });
            }
        }
        extension::area(fields, "user-defined header", answer)?;
        extension::area(fields, "extended header", answer)?;
        let file_bytes = number(length_field).filter(|length| *length < 999_999_999_999);
        Some(Self { version, security, file_bytes, length_field, header_bytes, segments })
    }

    /// FL as it stands there.
    pub(super) fn stated_length(&self) -> String {
        String::from_utf8_lossy(self.length_field).into_owned()
    }
}

/// The ENCRYP field: anything but `0` is said to be enciphered, and nothing here can look into that.
pub(super) fn encrypted(fields: &mut Fields<'_>, answer: &mut Answer) -> Option<()> {
    if fields.fixed::<1>()? != b"0" {
        answer.found(codes::NITF_ENCRYPTED, format!("ENCRYP before byte {}", fields.at()));
    }
    Some(())
}

/// The kinds of segment in their order, with the widths of their two lengths. NITF 2.1 has a count where 2.0 has labels,
/// and it is 0.
fn kinds(version: Version) -> [(Kind, usize, usize); 6] {
    let third = match version {
        Version::Two => (Kind::Label, 4, 3),
        Version::TwoOne => (Kind::Reserved, 0, 0),
    };
    [
        (Kind::Image, 6, 10),
        (Kind::Graphic, 4, 6),
        third,
        (Kind::Text, 4, 5),
        (Kind::Data, 4, 9),
        (Kind::ReservedData, 4, 7),
    ]
}
