//! Where the encoding goes: into a buffer, or against the bytes of the object that it may be equal to.

use super::bits::{self, Writer};
use crate::emit::Children;

/// `None` where a required part would be missing, or where the object does not go on like this.
pub(super) type Written = Option<()>;

/// How a length of unknown size is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Varint,
    Ber,
}

impl Form {
    /// The bytes of `value`, and how many they are.
    fn bytes(self, value: u64) -> ([u8; 10], usize) {
        let mut bytes = [0_u8; 10];
        let mut used = 0_usize;
        match self {
            Self::Varint => {
                let mut rest = value;
                for place in &mut bytes {
                    let seven = u8::try_from(rest & 0x7F).unwrap_or(0);
                    rest >>= 7;
                    *place = if rest == 0 { seven } else { seven | 0x80 };
                    used = used.wrapping_add(1);
                    if rest == 0 {
                        break;
                    }
                }
            }
            Self::Ber => {
                let big = value.to_be_bytes();
                let zeros = big.iter().take_while(|byte| **byte == 0).count().min(7);
                let digits = big.get(zeros..).unwrap_or(&[]);
                let long = value >= 0x80;
                let head = u8::try_from(digits.len()).unwrap_or(0) | 0x80;
                let all = Some(head).filter(|_| long).into_iter().chain(digits.iter().copied());
                for (place, byte) in bytes.iter_mut().zip(all) {
                    *place = byte;
                    used = used.wrapping_add(1);
                }
            }
        }
        (bytes, used)
    }
}

/// What takes the encoding, piece by piece.
pub(super) trait Sink {
    /// Bits so far.
    fn at(&self) -> usize;
    /// True where the lowest bit of a byte comes first.
    fn lsb_first(&self) -> bool;
    /// The lowest `count` bits of `value`.
    fn put(&mut self, value: u64, count: u8) -> Written;
    /// Whole bytes.
    fn bytes(&mut self, bytes: &[u8]) -> Written;
    /// Room for `count` bits that are known later.
    fn hole(&mut self, count: u8) -> Written;
    /// What belongs into the hole at bit `at`.
    fn fill(&mut self, at: usize, value: u64, count: u8) -> Written;
    /// A length of unknown size comes here; gives its mark.
    fn length(&mut self, form: Form) -> Option<usize>;
    /// The bit at which what is behind the mark began.
    fn mark_at(&self, mark: usize) -> usize;
    /// What is behind the mark ends here. Gives by how many bits what was written behind the mark has moved.
    fn measured(&mut self, mark: usize, form: Form) -> Option<usize>;
    /// Elements as XML.
    fn markup(&mut self, children: &Children<'_>) -> Written;
    /// The bytes so far; a byte that is begun counts.
    fn written(&self) -> &[u8];

    /// A number as a varint.
    fn varint(&mut self, value: u64) -> Written {
        let (bytes, used) = Form::Varint.bytes(value);
        self.bytes(bytes.get(..used)?)
    }
}

impl Sink for Writer<'_> {
    fn at(&self) -> usize {
        Writer::at(self)
    }

    fn lsb_first(&self) -> bool {
        Writer::lsb_first(self)
    }

    fn put(&mut self, value: u64, count: u8) -> Written {
        Writer::put(self, value, count);
        Some(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Written {
        if self.is_aligned() {
            self.out.extend_from_slice(bytes);
        } else {
            bytes.iter().for_each(|byte| Writer::put(self, u64::from(*byte), 8));
        }
        Some(())
    }

    fn hole(&mut self, count: u8) -> Written {
        Writer::put(self, 0, count);
        Some(())
    }

    fn fill(&mut self, at: usize, value: u64, count: u8) -> Written {
        self.patch(at, value, count);
        Some(())
    }

    fn length(&mut self, _: Form) -> Option<usize> {
        self.is_aligned().then_some(self.out.len())
    }

    fn mark_at(&self, mark: usize) -> usize {
        self.bit_of(mark)
    }

    fn measured(&mut self, mark: usize, form: Form) -> Option<usize> {
        let length = self.out.len().checked_sub(mark)?;
        let (bytes, used) = form.bytes(u64::try_from(length).ok()?);
        // Containers in containers are few, so moving what is inside costs little.
        self.out.extend_from_slice(bytes.get(..used)?);
        self.out.get_mut(mark..)?.rotate_right(used);
        used.checked_mul(8)
    }

    fn markup(&mut self, children: &Children<'_>) -> Written {
        self.is_aligned().then_some(())?;
        children.write(self.out)
    }

    fn written(&self) -> &[u8] {
        Writer::written(self)
    }
}

/// Compares with the object.
#[derive(Debug)]
pub(super) struct Matcher<'a> {
    pub(super) object: &'a [u8],
    pub(super) at: usize,
    pub(super) lsb_first: bool,
}

impl Matcher<'_> {
    fn take(&self, at: usize, count: u8) -> Option<u64> {
        if self.lsb_first {
            bits::take_low(self.object, at, count)
        } else {
            bits::take(self.object, at, count)
        }
    }

    /// The length of `form` at byte `start`: its value and its size.
    fn told(&self, start: usize, form: Form) -> Option<(u64, usize)> {
        let rest = self.object.get(start..)?;
        let (value, used) = match form {
            Form::Varint => {
                let used = rest.iter().take(10).position(|byte| byte & 0x80 == 0)?.checked_add(1)?;
                let sevens = rest.iter().take(used).rev();
                (sevens.fold(0_u64, |value, byte| (value << 7) | u64::from(byte & 0x7F)), used)
            }
            Form::Ber => {
                let first = *rest.first()?;
                if first < 0x80 {
                    (u64::from(first), 1)
                } else {
                    let count = usize::from(first & 0x7F).min(8);
                    let digits = rest.get(1..count.checked_add(1)?)?;
                    (
                        digits.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)),
                        count.checked_add(1)?,
                    )
                }
            }
        };
        let (bytes, least) = form.bytes(value);
        (rest.get(..used) == bytes.get(..least)).then_some((value, used))
    }
}

impl Sink for Matcher<'_> {
    fn at(&self) -> usize {
        self.at
    }

    fn lsb_first(&self) -> bool {
        self.lsb_first
    }

    fn put(&mut self, value: u64, count: u8) -> Written {
        let found = self.take(self.at, count)?;
        self.at = self.at.checked_add(usize::from(count))?;
        (found == value & bits::low(count)).then_some(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Written {
        if self.at.is_multiple_of(8) && !self.lsb_first {
            let start = self.at / 8;
            let end = start.checked_add(bytes.len())?;
            self.at = end.checked_mul(8)?;
            return (self.object.get(start..end)? == bytes).then_some(());
        }
        bytes.iter().try_for_each(|byte| self.put(u64::from(*byte), 8))
    }

    fn hole(&mut self, count: u8) -> Written {
        self.at = self.at.checked_add(usize::from(count))?;
        Some(())
    }

    fn fill(&mut self, at: usize, value: u64, count: u8) -> Written {
        (self.take(at, count)? == value & bits::low(count)).then_some(())
    }

    fn length(&mut self, form: Form) -> Option<usize> {
        let mark = self.at / 8;
        let (_, used) = self.told(mark, form)?;
        self.at = self.at.checked_add(used.checked_mul(8)?)?;
        Some(mark)
    }

    fn mark_at(&self, mark: usize) -> usize {
        mark.saturating_mul(8)
    }

    fn measured(&mut self, mark: usize, form: Form) -> Option<usize> {
        let (told, used) = self.told(mark, form)?;
        let length = (self.at / 8).checked_sub(mark)?.checked_sub(used)?;
        (u64::try_from(length).ok()? == told).then_some(0)
    }

    fn markup(&mut self, children: &Children<'_>) -> Written {
        self.at = children.end(self.at / 8)?.checked_mul(8)?;
        Some(())
    }

    fn written(&self) -> &[u8] {
        self.object.get(..self.at.div_ceil(8)).unwrap_or(&[])
    }
}
