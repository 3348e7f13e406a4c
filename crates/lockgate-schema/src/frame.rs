//! Which bytes are of a type, and where the first object of a stream ends.

use crate::model::{Encoding, Framing, Model};
use crate::prolog::is_white;
use crate::{binary, json, text};

/// How far into an object its root element is looked for. Beyond that it is not recognised.
const WINDOW: usize = 4096;

/// True where the root element has the type's name. What may not stand before it (a byte order mark, comments, a
/// document type) is looked past, so that the parser can say exactly what is wrong.
pub(crate) fn recognises(model: &Model, bytes: &[u8]) -> bool {
    if let Encoding::Binary(of) = &model.encoding {
        return binary::recognises(of, &model.framing, bytes);
    }
    if let Encoding::Json(of) = &model.encoding {
        return json::recognises(of, bytes);
    }
    if let Encoding::Text(of) = &model.encoding {
        return text::recognises(of, bytes);
    }
    let window = bytes.get(..bytes.len().min(WINDOW)).unwrap_or(&[]);
    let mut rest = window.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(window);
    loop {
        rest = rest.trim_ascii_start();
        let end: &[u8] = match rest {
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'D', b'O', b'C', b'T', b'Y', b'P', b'E', name @ ..] => {
                return begins_with_name(name.trim_ascii_start(), model.root.wire.as_bytes());
            }
            [b'<', name @ ..] => return is_root(model, name),
            _ => return false,
        };
        match find(rest, end) {
            Some(at) => rest = rest.get(at.wrapping_add(end.len())..).unwrap_or(&[]),
            None => return false,
        }
    }
}

/// Where the first framing unit ends; `None` where the stream holds no complete one.
pub(crate) fn first_frame(model: &Model, stream: &[u8]) -> Option<usize> {
    match &model.framing {
        Framing::Datagram => (!stream.is_empty()).then_some(stream.len()),
        Framing::Delimiter(end) => find(stream, end.as_bytes()).map(|at| at.saturating_add(end.len())),
        framing @ (Framing::Length { .. }
        | Framing::Ber { .. }
        | Framing::Varint { .. }
        | Framing::Sentences
        | Framing::Fixed(_)) => binary::first_frame(framing, stream),
    }
}

/// True where `tag`, behind its `<`, is the start tag of the root element.
fn is_root(model: &Model, tag: &[u8]) -> bool {
    let wire = model.root.wire.as_bytes();
    let namespace = model.namespaces.get(usize::from(model.root.namespace)).map_or("", String::as_str);
    if namespace.is_empty() {
        return begins_with_name(tag, wire);
    }
    let end = tag.iter().position(|byte| *byte == b'>').unwrap_or(tag.len());
    let tag = tag.get(..end).unwrap_or(&[]);
    let name = tag.iter().position(|byte| is_white(*byte) || *byte == b'/').unwrap_or(tag.len());
    let colon = tag.iter().take(name).position(|byte| *byte == b':');
    let local = tag.get(colon.map_or(0, |colon| colon.wrapping_add(1))..).unwrap_or(&[]);
    let names_it = local == wire || begins_with_name(local, wire);
    names_it && find(tag, namespace.as_bytes()).is_some()
}

fn begins_with_name(text: &[u8], name: &[u8]) -> bool {
    text.strip_prefix(name)
        .and_then(|rest| rest.first())
        .is_some_and(|next| is_white(*next) || matches!(next, b'/' | b'>' | b'['))
}

/// Where `needle` first stands in `bytes`.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut from = 0_usize;
    loop {
        let rest = bytes.get(from..)?;
        let at = from.saturating_add(rest.iter().position(|byte| byte == first)?);
        if bytes.get(at..).is_some_and(|rest| rest.starts_with(needle)) {
            return Some(at);
        }
        from = at.saturating_add(1);
    }
}
