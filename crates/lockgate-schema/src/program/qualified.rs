//! Attributes with a prefix: of the namespace that it stands for in the object, whatever the type calls it.

use super::compile::Qualified;
use super::scan::Token;
use super::{Open, Run};
use crate::fault::says;
use lockgate_reason::schema;

impl<'a> Run<'a, '_, '_> {
    /// Reads an attribute with a prefix; the element describes some.
    #[cold]
    pub(super) fn qualified_attribute(&mut self, open: &Open<'a>, token: &Token) -> Option<()> {
        let name = token.name.span;
        let found = self.bindings.resolve(&self.scanner, &token.name);
        let namespace = self.faultless(found, open.place)?;
        let local = self.scanner.local(&token.name);
        let is = |known: &&Qualified| namespace.known == Some(known.namespace) && *known.local == *local;
        let index = open.op.qualified.iter().find(is).map(|known| known.index);
        let field = index.and_then(|index| open.op.fields.get(usize::from(index)));
        let (Some(index), Some(field)) = (index, field) else {
            return self.stop(schema::NAMESPACE, name, Some(says::PREFIXED), open.place);
        };
        let index = u32::from(index);
        let bit = 1_u64.wrapping_shl(index);
        if self.scanner.seen & bit != 0 {
            // Under another prefix of the same namespace.
            return self.stop(schema::DUPLICATE, name, None, open.place);
        }
        let start = usize::try_from(name.start).unwrap_or(usize::MAX);
        let behind = self.scanner.seen.checked_shr(index).unwrap_or(0) == 0;
        self.scanner.exact &= behind && field.usual.stands(self.scanner.bytes, start);
        self.scanner.seen |= bit;
        self.value(field, open.block, open.place.at(field.node), token.value, token.holds);
        Some(())
    }
}
