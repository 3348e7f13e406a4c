//! Tagged items in the compiled program: keys, lengths, order, and that each stands once.

use super::model::{TagCoding, TagPlace};
use super::program::TagsOp;
use super::run::{Run, span};
use super::says;
use super::value::default_of;
use lockgate_reason::schema;

impl<'a> Run<'a, '_> {
    /// Begins tagged items: they go on to the end of the container.
    pub(super) fn tags(&mut self, index: usize) -> Option<u32> {
        let tags: &'a TagsOp = self.program.tags.get(index)?;
        for (_, slot) in &tags.sections {
            self.keep(*slot, lockgate_record::Value::Present, span(self.at, self.end));
        }
        self.push(self.at)?;
        self.next_tag(tags)
    }

    /// Gives what was left out the value that it means.
    fn defaults(&mut self, tags: &'a TagsOp, seen: u128) -> Option<()> {
        for (bit, index) in &tags.defaults {
            if seen & bit == 0 {
                let values: &'a [super::model::Value] = &self.program.values;
                let leaf = values.get(usize::from(*index))?;
                let end = self.at / 8;
                self.keep(leaf.slot, default_of(leaf, end)?, lockgate_bytes::Span::new(end, end));
            }
        }
        Some(())
    }

    /// Ends an item, whose container has to end with it.
    pub(super) fn tag_end(&mut self, index: usize) -> Option<u32> {
        let tags: &'a TagsOp = self.program.tags.get(index)?;
        if self.at != self.end {
            return self.stop_at(schema::WRONG_MEASURE, self.at, self.end, Some(says::LEFT_OVER));
        }
        self.pop()?;
        self.next_tag(tags)
    }

    fn next_tag(&mut self, tags: &'a TagsOp) -> Option<u32> {
        let start = self.at;
        if self.at >= self.end {
            let (seen, _) = self.seen()?;
            let seen = *seen;
            let missing = tags.required & !seen;
            self.pop()?;
            if missing != 0 {
                return self.stop_at(schema::MISSING, start, start, None);
            }
            self.defaults(tags, seen)?;
            return Some(tags.out);
        }
        let (key, wire) = self.key(tags)?;
        let Some(index) = find(&tags.keys, key) else {
            let code =
                if tags.coding == TagCoding::Protobuf { schema::UNKNOWN_FIELD } else { schema::UNKNOWN_PART };
            return self.stop_at(code, start, self.at, Some(says::NO_TAG));
        };
        let item = tags.items.get(usize::from(index))?;
        if tags.coding == TagCoding::Protobuf && wire != item.wire {
            return self.stop_at(schema::BAD_VALUE, start, self.at, Some(says::WIRE_TYPE));
        }
        let bit = 1_u128.wrapping_shl(u32::from(index));
        let (seen, last) = self.seen()?;
        let again = *seen & bit != 0 && !item.repeats;
        let late = item.place == TagPlace::First && *seen != 0;
        let disordered = index < *last;
        *seen |= bit;
        *last = (*last).max(index);
        if again {
            return self.stop_at(schema::DUPLICATE, start, self.at, None);
        }
        if late || (disordered && tags.ordered) {
            return self.stop_at(schema::WRONG_ORDER, start, self.at, Some(says::TAG_ORDER));
        }
        self.exact &= !disordered;
        let end = self.item_end(tags.coding, wire)?;
        if item.place == TagPlace::Last && end.is_some_and(|end| end != self.end) {
            return self.stop_at(schema::WRONG_ORDER, start, self.at, Some(says::TAG_ORDER));
        }
        self.push(start)?;
        if let Some(end) = end {
            self.end = end;
        }
        Some(item.op)
    }

    /// The next key, and its wire type where it has one.
    fn key(&mut self, tags: &TagsOp) -> Option<(u32, u8)> {
        match tags.coding {
            TagCoding::LabelBer => {
                let label = u128::from(self.take(64)?) << 64 | u128::from(self.take(64)?);
                let known = tags.labels.iter().position(|known| *known == label);
                Some((known.and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX), 0))
            }
            TagCoding::ByteBer | TagCoding::ByteByte => Some((u32::try_from(self.take(8)?).ok()?, 0)),
            TagCoding::WordBer | TagCoding::WordWord => Some((u32::try_from(self.take(16)?).ok()?, 0)),
            TagCoding::OidBer => Some((self.oid()?, 0)),
            TagCoding::Protobuf => {
                let key = self.varint(32)?;
                Some((u32::try_from(key >> 3).ok()?, u8::try_from(key & 7).ok()?))
            }
        }
    }

    /// A BER-OID: seven bits a byte, most significant first, the highest bit says that another follows.
    fn oid(&mut self) -> Option<u32> {
        let (start, mut key) = (self.at, 0_u64);
        for index in 0..4 {
            let byte = self.take(8)?;
            if index == 0 && byte == 0x80 {
                return self.stop_at(schema::LONGER_THAN_NEEDED, start, self.at, Some(says::LONG_KEY));
            }
            key = (key << 7) | (byte & 0x7F);
            if byte & 0x80 == 0 {
                return u32::try_from(key).ok();
            }
        }
        self.stop_at(schema::LONGER_THAN_NEEDED, start, self.at, Some(says::LONG_KEY))
    }

    /// Where the item ends; `None` within where its value says so itself.
    #[expect(
        clippy::option_option,
        reason = "the outer one is the fault, the inner one says who knows the end"
    )]
    fn item_end(&mut self, coding: TagCoding, wire: u8) -> Option<Option<usize>> {
        let start = self.at;
        let length = match (coding, wire) {
            (TagCoding::Protobuf, 0) => return self.varint_end().map(Some),
            (TagCoding::Protobuf, 1) => 8,
            (TagCoding::Protobuf, 5) => 4,
            (TagCoding::Protobuf, _) => self.varint(32)?,
            (TagCoding::ByteByte, _) => self.take(8)?,
            (TagCoding::WordWord, _) => self.take(16)?,
            (TagCoding::ByteBer | TagCoding::WordBer | TagCoding::OidBer | TagCoding::LabelBer, _) => {
                self.ber()?
            }
        };
        let end = self.at.saturating_add(usize::try_from(length).unwrap_or(usize::MAX).saturating_mul(8));
        if end > self.end {
            return self.stop_at(schema::WRONG_MEASURE, start, self.at, None);
        }
        Some(Some(end))
    }

    /// Where the varint that comes next ends; it is read by its value.
    fn varint_end(&mut self) -> Option<usize> {
        let start = self.at;
        for _ in 0..10 {
            if self.take(8)? & 0x80 == 0 {
                let end = self.at;
                self.at = start;
                return Some(end);
            }
        }
        self.stop_at(schema::LONGER_THAN_NEEDED, start, self.at, Some(says::LONG_VARINT))
    }

    /// A BER length: below 128 in one byte, otherwise in as few bytes as it takes behind their number.
    pub(super) fn ber(&mut self) -> Option<u64> {
        let start = self.at;
        let first = self.take(8)?;
        if first < 0x80 {
            return Some(first);
        }
        let count = u8::try_from(first & 0x7F).unwrap_or(u8::MAX);
        if !(1..=4).contains(&count) {
            return self.stop_at(schema::LONGER_THAN_NEEDED, start, self.at, Some(says::LONG_LENGTH));
        }
        let length = self.take(count.wrapping_mul(8))?;
        let least = match count {
            1 => 0x80,
            2 => 0x100,
            3 => 0x1_0000,
            _ => 0x100_0000,
        };
        if length < least {
            return self.stop_at(schema::LONGER_THAN_NEEDED, start, self.at, Some(says::LONG_LENGTH));
        }
        Some(length)
    }
}

fn find(keys: &[(u32, u16)], key: u32) -> Option<u16> {
    keys.binary_search_by_key(&key, |known| known.0).ok().and_then(|at| keys.get(at)).map(|known| known.1)
}
