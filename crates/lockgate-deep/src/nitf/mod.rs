//! NITF 2.0 and 2.1 and NSIF 1.0, segment by segment (MIL-STD-2500A and 2500C; STANAG 4545): lengths, security groups and
//! extensions. Nothing is copied and no pixel is decoded.

mod extension;
mod fields;
mod head;
mod security;
mod segment;

use crate::{Answer, codes};
use fields::Fields;
use head::Head;

/// Walks the file from its header to its last segment.
pub(crate) fn walk(object: &[u8], answer: &mut Answer) {
    let mut fields = Fields::new(object);
    let Some(head) = Head::read(&mut fields, answer) else {
        answer.found(codes::NOT_OF_ITS_FORM, format!("file header, at byte {}", fields.at()));
        return;
    };
    if head.header_bytes != fields.at() {
        answer.found(
            codes::NITF_LENGTH,
            format!("HL says {}, the header ends at byte {}", head.header_bytes, fields.at()),
        );
    }
    let mut at = head.header_bytes;
    for segment in &head.segments {
        let Some((subheader, data)) = segment.parts(object, at) else {
            answer.found(codes::CUT_OFF, format!("{segment} at byte {at}"));
            return;
        };
        segment.look(subheader, data, at, &head, answer);
        at = at.saturating_add(subheader.len()).saturating_add(data.len());
    }
    if head.file_bytes != Some(object.len()) {
        answer.found(
            codes::NITF_LENGTH,
            format!("FL says {}, the file has {} bytes", head.stated_length(), object.len()),
        );
    }
    let left = object.len().saturating_sub(at);
    if left > 0 {
        answer.found(codes::TRAILING, format!("{left} bytes from byte {at}"));
    }
}

#[cfg(test)]
mod tests;
