//! Members that the type does not describe, and names that stand twice.

use super::Run;
use super::values::Token;
use crate::fault::Fault;
use crate::marks;
use lockgate_bytes::Span;
use lockgate_core::Undeclared;
use lockgate_reason::schema;
use lockgate_record::{Charset, Place};

/// Most names of one object that are kept to find one that stands twice; it has no more members.
const MEMBERS: usize = 128;

impl Run<'_, '_> {
    /// Reads a member that the type does not describe, as strictly as the rest, and reports it.
    pub(super) fn undeclared(&mut self, name: Span, parent: Place) -> Option<()> {
        let mut marked = marks::is_marking_name(name.of(self.bytes));
        self.anything(parent, &mut marked)?;
        self.exact = false;
        let start = usize::try_from(name.start).unwrap_or(0).saturating_sub(1);
        let span = Span::new(start, self.at);
        self.into.undeclared.push(Undeclared { parent, span, marked, second_label: false });
        Some(())
    }

    fn anything(&mut self, place: Place, marked: &mut bool) -> Option<()> {
        match self.peek() {
            Some(b'{') => {
                self.deeper(place)?;
                let mut names = Names::default();
                let mut more = self.peek() != Some(b'}');
                if !more {
                    self.step();
                }
                while more {
                    let name = self.name(place)?;
                    if names.count >= usize::from(self.limits.1) {
                        let fault = Fault { code: schema::TOO_MANY_ATTRIBUTES, span: name, says: None };
                        return self.stop(fault, place);
                    }
                    if !names.is_new(self.bytes, name) {
                        return self.stop(Fault { code: schema::DUPLICATE, span: name, says: None }, place);
                    }
                    *marked |= marks::is_marking_name(name.of(self.bytes));
                    self.anything(place, marked)?;
                    more = self.goes_on(b'}', place)?;
                }
                self.depth = self.depth.wrapping_sub(1);
            }
            Some(b'[') => {
                self.deeper(place)?;
                let mut more = self.peek() != Some(b']');
                if !more {
                    self.step();
                }
                while more {
                    self.anything(place, marked)?;
                    more = self.goes_on(b']', place)?;
                }
                self.depth = self.depth.wrapping_sub(1);
            }
            _ => {
                if let Token::Text(span, escaped) = self.token(place)? {
                    // Who looks for marking words looks at the bytes: an escape could hide one.
                    *marked |= escaped;
                    let text = core::str::from_utf8(span.of(self.bytes)).unwrap_or("");
                    if text.chars().any(|character| !Charset::Multiline.allows(character)) {
                        return self.stop(Fault { code: schema::BAD_CHARACTER, span, says: None }, place);
                    }
                }
            }
        }
        Some(())
    }
}
/// Names of members, to find one that stands twice.
pub(super) struct Names {
    spans: [Span; MEMBERS],
    count: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self { spans: [Span { start: 0, end: 0 }; MEMBERS], count: 0 }
    }
}

impl Names {
    /// Keeps a name; false where it stands already.
    pub(super) fn is_new(&mut self, bytes: &[u8], name: Span) -> bool {
        let known = self.spans.get(..self.count).unwrap_or(&[]);
        if known.iter().any(|known| known.of(bytes) == name.of(bytes)) {
            return false;
        }
        match self.spans.get_mut(self.count) {
            Some(place) => *place = name,
            None => return false,
        }
        self.count = self.count.wrapping_add(1);
        true
    }
}
