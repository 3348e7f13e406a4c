//! NITF 2.0 and 2.1 and NSIF 1.0, segment by segment (MIL-STD-2500A and 2500C; STANAG 4545): lengths, security groups and
//! extensions; and where the pixels of its images are. Nothing is copied.

mod extension;
mod fields;
mod ground;
mod head;
mod image;
mod security;
mod segment;
mod told;

use crate::{Answer, codes};
use fields::Fields;
use head::Head;
use lockgate_render::Coded;
use segment::Kind;
use told::Groups;

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
    let mut groups = Groups::default();
    groups.take("the file header", &head.security);
    let end = segments(object, &head, &mut groups, answer);
    groups.tell(answer);
    let Some(at) = end else { return };
    if head.file_bytes != Some(object.len()) {
        answer.found(
            codes::NITF_LENGTH,
            format!("FL says {}, the file has {} bytes", head.stated_length(), object.len()),
        );
    }
    let left = object.len().saturating_sub(at);
    if left > 0 {
        answer.found(codes::TRAILING, format!("{left} bytes from byte {at}"));
        answer.says_unowned(&format!("bytes from byte {at}"), object.get(at..).unwrap_or(&[]));
    }
}

/// Walks the segments; where the last one ends, unless the file ends inside of one.
fn segments(object: &[u8], head: &Head<'_>, groups: &mut Groups, answer: &mut Answer) -> Option<usize> {
    let mut at = head.header_bytes;
    for segment in &head.segments {
        let Some((subheader, data)) = segment.parts(object, at) else {
            answer.found(codes::CUT_OFF, format!("{segment} at byte {at}"));
            return None;
        };
        segment.look(subheader, data, at, head, groups, answer);
        at = at.saturating_add(subheader.len()).saturating_add(data.len());
    }
    Some(at)
}

/// What of the file people see, in order: each image segment as it is coded, or why it is not shown here. What is drawn or
/// written over the images is not, and a picture without it is another one. Empty where there is none, or the file is no such
/// file, which the walk says.
pub(crate) fn pictures(object: &[u8]) -> Vec<Result<Coded<'_>, String>> {
    let mut fields = Fields::new(object);
    let Some(head) = Head::read(&mut fields, &mut Answer::default()) else { return Vec::new() };
    let (mut at, mut found) = (head.header_bytes, Vec::new());
    for segment in &head.segments {
        let Some((subheader, data)) = segment.parts(object, at) else { return found };
        at = at.saturating_add(subheader.len()).saturating_add(data.len());
        match segment.kind {
            Kind::Image => {}
            Kind::Graphic | Kind::Label | Kind::Reserved => {
                found.push(Err(format!("{segment}: it lies over the images")));
                continue;
            }
            Kind::Text | Kind::Data | Kind::ReservedData => continue,
        }
        let Some(image) = segment.image(subheader, head.version) else {
            found.push(Err(format!("{segment}: its subheader cannot be read")));
            continue;
        };
        found.push(image.coded(data).ok_or_else(|| {
            let compression = String::from_utf8_lossy(image.compression).into_owned();
            format!("{segment}: compression {compression}, {} bands", image.bands)
        }));
    }
    found
}

#[cfg(test)]
mod tests;
