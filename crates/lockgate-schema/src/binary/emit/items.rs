//! Tagged items, as they are written.

use super::Pen;
use crate::binary::model::{Ends, Item, Part, Prefix, TagCoding, Tags};
use crate::binary::sink::{Form as LengthForm, Sink, Written};
use crate::binary::write;
use crate::planted;
use lockgate_record::Block;

impl<S: Sink> Pen<'_, S> {
    pub(super) fn tags(&mut self, tags: &Tags, block: Block) -> Written {
        for at in planted::order(tags.items.len()) {
            let item = tags.items.get(at)?;
            match &item.part {
                Part::List(list) if list.ends == Ends::Occurrence => {
                    let count = if self.is_omitted(list.node) { 0 } else { self.rows(block, list.slot) };
                    if count < list.min || count > list.max {
                        return None;
                    }
                    let record = self.record;
                    for row in record.rows(block, list.slot).take(usize::from(count)) {
                        self.item(tags.coding, item, &list.parts, row)?;
                    }
                }
                // A value that is left out where it is the default has to be there nevertheless.
                Part::Value(leaf) if leaf.absent_is.is_some() && self.cell(leaf, block).is_none() => {
                    return None;
                }
                // Of what has to be there the parts say whether they are.
                part if item.required || self.is_there(part, block) => {
                    self.item(tags.coding, item, core::slice::from_ref(part), block)?;
                }
                _ => {}
            }
        }
        Some(())
    }

    /// Writes one tagged item whose parts are `parts`.
    pub(super) fn item(&mut self, coding: TagCoding, item: &Item, parts: &[Part], block: Block) -> Written {
        match coding {
            TagCoding::Protobuf => {
                self.out.varint((u64::from(item.key) << 3) | u64::from(item.wire))?;
                if item.wire != 2 {
                    return self.container(parts, block);
                }
                let mark = self.out.length(LengthForm::Varint)?;
                self.container(parts, block)?;
                self.close(mark, LengthForm::Varint)
            }
            TagCoding::ByteByte | TagCoding::WordWord => {
                let bits = if coding == TagCoding::ByteByte { 8 } else { 16 };
                self.out.put(u64::from(item.key), bits)?;
                let prefix = Prefix { bits, ber: false, little: false, itself: false };
                let mark = self.open_length(prefix)?;
                self.container(parts, block)?;
                self.close_length(prefix, mark)
            }
            TagCoding::ByteBer | TagCoding::WordBer | TagCoding::OidBer | TagCoding::LabelBer => {
                match coding {
                    TagCoding::LabelBer => self.out.bytes(&item.label.to_be_bytes())?,
                    TagCoding::ByteBer => self.out.put(u64::from(item.key), 8)?,
                    TagCoding::WordBer => self.out.put(u64::from(item.key), 16)?,
                    _ => write::oid(&mut self.out, item.key)?,
                }
                let mark = self.out.length(LengthForm::Ber)?;
                self.container(parts, block)?;
                self.close(mark, LengthForm::Ber)
            }
        }
    }
}
