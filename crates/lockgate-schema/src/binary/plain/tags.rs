//! Tagged items, as the plain interpreter reads them.

use super::{Around, Walk};
use crate::binary::model::{Ends, Item, Part, TagCoding, TagPlace, Tags};
use crate::binary::says;
use crate::fault::{Fault, Stop};
use lockgate_bytes::Span;
use lockgate_reason::schema;
use lockgate_record::Value;

impl Walk<'_, '_> {
    pub(super) fn tags(&mut self, tags: &Tags, around: &mut Around) -> Result<bool, Stop> {
        // A bit an item: there are at most 128.
        let mut seen = 0_u128;
        let (mut shown, mut last) = (false, 0_usize);
        for (_, slot) in &tags.sections {
            let span = Span::new(self.at / 8, self.end.div_ceil(8));
            self.into.record.set(around.block, *slot, Value::Present, span);
        }
        while self.at < self.end {
            let start = self.at;
            let (found, wire) = self.found(tags, around)?;
            let Some((index, item)) = found.and_then(|index| Some((index, tags.items.get(index)?))) else {
                let protobuf = tags.coding == TagCoding::Protobuf;
                let code = if protobuf { schema::UNKNOWN_FIELD } else { schema::UNKNOWN_PART };
                return Err(self.wrong(code, start, says::NO_TAG, around));
            };
            if tags.coding == TagCoding::Protobuf && item.wire != wire {
                return Err(self.wrong(schema::BAD_VALUE, start, says::WIRE_TYPE, around));
            }
            let repeats = matches!(&item.part, Part::List(list) if list.ends == Ends::Occurrence);
            if seen >> index & 1 == 1 && !repeats {
                return Err(self.plainly(schema::DUPLICATE, start, around));
            }
            let late = item.place == TagPlace::First && seen != 0;
            if late || (tags.ordered && seen >> index > 1) {
                return Err(self.wrong(schema::WRONG_ORDER, start, says::TAG_ORDER, around));
            }
            seen |= 1 << index;
            let stands = self.item(tags.coding, item, (wire, start), around)?;
            self.exact &= index >= last && (stands || item.required);
            (shown, last) = (shown | stands, index);
        }
        let is_there = |index: usize| seen >> index & 1 == 1;
        let missing = tags.items.iter().enumerate().any(|(index, item)| item.required && !is_there(index));
        if missing {
            return Err(Fault::new(schema::MISSING, self.at / 8, self.at.div_ceil(8)).at(around.place));
        }
        for (index, item) in tags.items.iter().enumerate() {
            if let Part::Value(leaf) = &item.part
                && !is_there(index)
            {
                self.left_out(leaf, around);
            }
        }
        Ok(shown)
    }

    /// Reads what stands behind a key: a length, and the part in it.
    pub(super) fn item(
        &mut self,
        coding: TagCoding,
        item: &Item,
        (wire, start): (u8, usize),
        around: &mut Around,
    ) -> Result<bool, Stop> {
        let outer = self.end;
        let end = self.item_end(coding, wire, around)?;
        if item.place == TagPlace::Last && end < outer {
            return Err(self.wrong(schema::WRONG_ORDER, start, says::TAG_ORDER, around));
        }
        self.end = end;
        let shown = self.part(&item.part, &mut Around { told: false, ..*around })?;
        if self.at != self.end {
            let fault = Fault::new(schema::WRONG_MEASURE, self.at / 8, self.end.div_ceil(8));
            return Err(fault.saying(says::LEFT_OVER).at(around.place));
        }
        self.end = outer;
        Ok(shown)
    }

    /// The item whose key stands here, if it is described, and its wire type.
    fn found(&mut self, tags: &Tags, around: &Around) -> Result<(Option<usize>, u8), Stop> {
        if tags.coding != TagCoding::LabelBer {
            let (key, wire) = self.key(tags.coding, around)?;
            return Ok((tags.items.iter().position(|item| item.key == key), wire));
        }
        // The first eight bytes and the last eight: that the object ends in the middle is told where the half begins.
        let mut label = [0_u8; 16];
        for half in label.chunks_mut(8) {
            self.has(64, around)?;
            for byte in half {
                *byte = u8::try_from(self.number(8, false, around)?).unwrap_or(0);
            }
        }
        Ok((tags.items.iter().position(|item| item.label.to_be_bytes() == label), 0))
    }

    /// The key of a tagged item, and its wire type.
    pub(super) fn key(&mut self, coding: TagCoding, around: &Around) -> Result<(u32, u8), Stop> {
        let start = self.at;
        match coding {
            TagCoding::ByteBer | TagCoding::ByteByte => {
                let key = self.number(8, false, around)?;
                Ok((u32::try_from(key).unwrap_or(u32::MAX), 0))
            }
            TagCoding::WordBer | TagCoding::WordWord => {
                let key = self.number(16, false, around)?;
                Ok((u32::try_from(key).unwrap_or(u32::MAX), 0))
            }
            TagCoding::Protobuf | TagCoding::LabelBer => {
                let key = self.varint(32, around)?;
                let number = u32::try_from(key / 8).unwrap_or(u32::MAX);
                Ok((number, u8::try_from(key % 8).unwrap_or(u8::MAX)))
            }
            TagCoding::OidBer => {
                let mut key = 0_u32;
                for count in 1..=4 {
                    let byte = self.number(8, false, around)?;
                    if count == 1 && byte == 0x80 {
                        break;
                    }
                    key = (key << 7) | u32::try_from(byte & 0x7F).unwrap_or(0);
                    if byte < 0x80 {
                        return Ok((key, 0));
                    }
                }
                Err(self.wrong(schema::LONGER_THAN_NEEDED, start, says::LONG_KEY, around))
            }
        }
    }

    /// Where the item behind a key ends.
    pub(super) fn item_end(&mut self, coding: TagCoding, wire: u8, around: &Around) -> Result<usize, Stop> {
        let start = self.at;
        let bytes = match (coding, wire) {
            (TagCoding::Protobuf, 0) => {
                // As many bytes as say that another follows, and one more.
                let mut more = true;
                let mut count = 0_u64;
                while more {
                    if count >= 10 {
                        return Err(self.wrong(schema::LONGER_THAN_NEEDED, start, says::LONG_VARINT, around));
                    }
                    more = self.number(8, false, around)? >= 0x80;
                    count = count.saturating_add(1);
                }
                self.at = start;
                count
            }
            (TagCoding::Protobuf, 1) => 8,
            (TagCoding::Protobuf, 5) => 4,
            (TagCoding::Protobuf, _) => self.varint(32, around)?,
            (TagCoding::ByteByte, _) => self.number(8, false, around)?,
            (TagCoding::WordWord, _) => self.number(16, false, around)?,
            (TagCoding::ByteBer | TagCoding::WordBer | TagCoding::OidBer | TagCoding::LabelBer, _) => {
                self.ber(around)?
            }
        };
        let end = usize::try_from(bytes).ok().and_then(|bytes| bytes.checked_mul(8)?.checked_add(self.at));
        match end {
            Some(end) if end <= self.end => Ok(end),
            _ => Err(self.plainly(schema::WRONG_MEASURE, start, around)),
        }
    }
}
