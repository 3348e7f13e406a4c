//! What a worker is asked: the bytes, and nothing about where they come from.

/// What stands before the bytes: `LGDQ`, version, three zero bytes, the length in 8 bytes, big-endian.
pub(crate) const HEAD_BYTES: usize = 16;

/// The largest object that the slow path takes, in bytes.
pub(crate) const OBJECT_BYTES_MAX: u64 = 256 << 20;

/// The head of a question.
pub(crate) fn head(object_bytes: u64) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    let (fixed, length) = head.split_at_mut(8);
    fixed.copy_from_slice(b"LGDQ\x01\0\0\0");
    length.copy_from_slice(&object_bytes.to_be_bytes());
    head
}

/// The number of bytes that follow this head; `None` where it is none, or announces too many.
pub(crate) fn read_head(head: &[u8; HEAD_BYTES]) -> Option<usize> {
    let (fixed, length) = head.split_first_chunk::<8>()?;
    let length = u64::from_be_bytes(*length.first_chunk()?);
    (fixed == b"LGDQ\x01\0\0\0" && length <= OBJECT_BYTES_MAX).then(|| usize::try_from(length).ok()).flatten()
}
