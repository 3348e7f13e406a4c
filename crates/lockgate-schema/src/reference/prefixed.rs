//! Attributes with a prefix, by the rules of Namespaces in XML 1.0: the prefix stands for what the object declares.

use super::tokens::Name;
use super::{Open, Walk};
use crate::fault::{Fault, Stop, says};
use crate::model::Field;
use lockgate_reason::schema;

impl<'a> Walk<'a, '_, '_> {
    /// The described attribute that has this name, and its number. Notes whether it is written with the type's own prefix.
    pub(super) fn prefixed(&mut self, open: &Open<'a>, name: Name) -> Result<(usize, &'a Field), Stop> {
        let unknown = Fault { code: schema::NAMESPACE, span: name.span, says: Some(says::PREFIXED) };
        let attributes = &open.element.attributes;
        if attributes.iter().all(|field| field.namespace == 0) {
            return Err(unknown.at(open.place));
        }
        let namespace = self.names.of_attribute(&self.tokens, name).map_err(|fault| fault.at(open.place))?;
        let local = self.tokens.local(name);
        let is = |(_, field): &(usize, &Field)| {
            field.namespace != 0 && namespace.known == Some(field.namespace) && field.wire.as_bytes() == local
        };
        let found = attributes.iter().enumerate().find(is);
        let (index, field) = found.ok_or_else(|| unknown.at(open.place))?;
        let written = field.opening.trim_start().trim_end_matches("=\"");
        self.tokens.exact &= self.tokens.bytes_of(name.span) == written.as_bytes();
        Ok((index, field))
    }
}
