//! Fields of formatted text that are objects of other types.

use super::super::{TypeReader, codes};
use super::items::Context;
use super::letters;
use super::values::Stands;
use crate::carried::Coding;
use crate::text::model::{Form, Value};
use lockgate_notation::{At, Fields};
use lockgate_record::{NodeId, Slot};
use std::sync::Arc;

impl TypeReader<'_> {
    /// Reads `field track embed="track" coding=hex`: an object of another type.
    pub(super) fn text_object(
        &mut self,
        fields: &mut Fields<'_, '_>,
        context: &Context,
        parent: NodeId,
        name: &str,
        (embed, stands): (At<&str>, Stands),
    ) -> Option<Value> {
        let coding = fields.prop_word("coding", &Coding::NAMES);
        let key = descriptor(fields)?;
        let mut options = self.options(fields, None, stands == Stands::Alternative);
        options.optional |= stands == Stands::Alternative;
        let optional = options.optional;
        let node = self.build.section(parent, name, options);
        let node = self.room(fields, node)?;
        if let Some(prop) = fields.prop_opt("drop-safe") {
            self.droppable.push((node, prop.name_span));
        }
        let coding = Coding::named(coding?.value)?;
        let says = match coding {
            Coding::Text => Some("in formatted text an object stands in letters: coding=base64 or hex"),
            Coding::Base64 if b"/+=".contains(&context.layout.between) => {
                Some("a letter of base64 ends the field: coding=hex")
            }
            Coding::Base64 | Coding::Hex => None,
        };
        if let Some(says) = says {
            fields.error(&codes::EMBED, embed.span, says);
            return None;
        }
        let Some(other) = self.embedded_type(embed) else {
            let message = format!("there is no type \"{}\" to embed here", embed.value.escape_debug());
            fields.error(&codes::EMBED, embed.span, message);
            return None;
        };
        let carried = self.carried(fields, &other, embed.span, coding, node)?;
        let form = Form::Carried(Arc::new(carried));
        let (unit, check, scanned, free) = (Vec::new(), None, false, false);
        Some(Value { node, slot: Slot(0), optional, key, unit, check, form, scanned, free })
    }
}

/// Reads `key="LATM"`, with the colon behind it.
pub(super) fn descriptor(fields: &mut Fields<'_, '_>) -> Option<Vec<u8>> {
    let Some(key) = fields.prop_text_opt("key") else { return Some(Vec::new()) };
    let mut key = letters::word(fields, key, Some(b':'), false)?;
    key.push(b':');
    Some(key)
}
