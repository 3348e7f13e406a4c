//! Values that a file writes twice: what says the same is one value, what does not is kept out of every label.

use super::{Policy, Requirement, Value};
use crate::bits::Bits;
use crate::spif::same_code;

impl Policy {
    /// Values of one tag set and type that share name, code and all constraints are one value, the first. Where they
    /// share a name and differ otherwise, neither is usable. Where they share only a code, the code says neither, and
    /// each is still known by its name.
    pub(crate) fn set_doubtful_apart(&mut self) {
        let mut repeats = Bits::EMPTY;
        let mut unusable = Bits::EMPTY;
        let mut uncoded = Bits::EMPTY;
        for (at, value) in (0_u16..).zip(&self.values) {
            let later = (0_u16..).zip(&self.values).skip(usize::from(at).saturating_add(1));
            for (other_at, other) in later.filter(|(_, other)| self.is_of_one_kind(value, other)) {
                let (name, code) = (value.name == other.name, same_code(&value.lacv, &other.lacv));
                let both = Bits::from_iter([at, other_at]);
                if name && code && value.says_the_same_as(other) {
                    repeats.insert(other_at);
                } else if name {
                    unusable = unusable.or(&both);
                } else if code && self.shares_codes(value, other) {
                    uncoded = uncoded.or(&both);
                }
            }
        }
        for (at, value) in (0_u16..).zip(&mut self.values) {
            value.repeats = repeats.contains(at);
            value.unusable |= unusable.contains(at) || value.repeats;
            value.coded = !uncoded.contains(at) && !value.unusable;
        }
        self.leave_out(&repeats);
    }

    fn is_of_one_kind(&self, a: &Value, b: &Value) -> bool {
        let tags = self.tag(a.tag).zip(self.tag(b.tag));
        tags.is_some_and(|(a, b)| a.set_id == b.set_id && a.kind == b.kind)
    }

    fn shares_codes(&self, a: &Value, b: &Value) -> bool {
        self.tag(a.tag).zip(self.tag(b.tag)).is_some_and(|(a, b)| a.enumerated == b.enumerated)
    }

    fn leave_out(&mut self, repeats: &Bits) {
        let clear = |bits: &mut Bits| *bits = bits.minus(repeats);
        let clear_needs =
            |needs: &mut [Requirement]| needs.iter_mut().for_each(|need| clear(&mut need.values));
        clear(&mut self.restrictive);
        self.tags.iter_mut().for_each(|tag| clear(&mut tag.values));
        self.groups.iter_mut().for_each(|group| clear(&mut group.values));
        self.levels.iter_mut().for_each(|level| clear_needs(&mut level.needs));
        for value in &mut self.values {
            clear_needs(&mut value.needs);
            clear(&mut value.forbids);
        }
    }
}

impl Value {
    fn says_the_same_as(&self, other: &Self) -> bool {
        self.tag == other.tag
            && self.obsolete == other.obsolete
            && self.typed == other.typed
            && (self.from, self.until) == (other.from, other.until)
            && (self.needs_level, self.forbids_levels) == (other.needs_level, other.forbids_levels)
            && self.needs == other.needs
            && self.forbids == other.forbids
    }
}
