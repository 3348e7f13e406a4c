//! Which bytes may stand where, and what references stand for.

/// What may stand in a name behind its first letter, the colon left out.
pub(super) const IN_NAMES: [bool; 256] =
    table(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");
/// Where the plain part of an attribute's value may end.
pub(super) const ENDS_OF_VALUES: [bool; 256] = table(b"\"'<&");

/// A table that is true for each byte of `of`.
const fn table(of: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut places: &mut [bool] = &mut table;
    let mut byte = 0_u8;
    while let Some((place, after)) = places.split_first_mut() {
        let mut rest = of;
        while let Some((listed, others)) = rest.split_first() {
            *place |= *listed == byte;
            rest = others;
        }
        places = after;
        byte = byte.wrapping_add(1);
    }
    table
}

/// True where the table lists the byte.
pub(super) fn listed(table: &[bool; 256], byte: u8) -> bool {
    table.get(usize::from(byte)).copied().unwrap_or(false)
}

/// What the reference at the head of `text` stands for, and how long it is.
pub(super) fn decode(text: &[u8]) -> Option<(u8, usize)> {
    for (reference, byte) in [
        (&b"&amp;"[..], b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&#10;", b'\n'),
    ] {
        if text.starts_with(reference) {
            return Some((byte, reference.len()));
        }
    }
    None
}
