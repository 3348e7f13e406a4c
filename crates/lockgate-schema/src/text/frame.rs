//! Which bytes are of a type of formatted text.

use super::model::Message;

/// How far into an object its distinguishing set is looked for. Beyond that it is not recognised.
const WINDOW: usize = 4096;

/// True where the first set with the type's identifier has the type's word in its field, if there is one.
pub(crate) fn recognises(of: &Message, bytes: &[u8]) -> bool {
    let (known, between) = (&of.known_by, of.layout.between);
    let window = bytes.get(..bytes.len().min(WINDOW)).unwrap_or(&[]);
    let fields = |line: &'_ [u8]| -> Option<usize> {
        let rest = line.strip_prefix(known.set.as_bytes())?;
        (rest.first() == Some(&between)).then_some(known.set.len())
    };
    for line in window.split(|byte| *byte == b'\n') {
        if fields(line).is_some() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            return known.says.as_ref().is_none_or(|(field, is)| {
                line.split(|byte| *byte == between).nth(*field) == Some(is.as_bytes())
            });
        }
    }
    false
}
