//! Memory that is used again. Fresh pages for every large object cost more than its hash: the system makes each of them, and
//! fills it with zeros first.

use super::{Receiver, Shared};
use crate::wire;
use alloc::vec::Vec;

impl Receiver {
    /// Takes the bytes of an object back that has been delivered, or any others: a large one that follows may lie in the same
    /// memory. One piece is kept, the largest, within [`Limits::memory`](super::Limits::memory).
    pub fn give_back(&mut self, bytes: Vec<u8>) {
        let Shared { limits, room, spare, .. } = &mut self.shared;
        let longest = usize::try_from(limits.object).unwrap_or(usize::MAX).saturating_add(wire::LONGEST);
        let more = bytes.capacity().saturating_sub(spare.capacity());
        if more > 0 && bytes.capacity() <= longest && more <= *room {
            *room = room.saturating_sub(more);
            *spare = bytes;
        }
    }
}

impl Shared {
    /// True where so much memory is left; the spare piece goes first.
    pub(super) fn has_room(&mut self, cost: usize) -> bool {
        if cost > self.room {
            drop(self.take_spare());
        }
        cost <= self.room
    }

    /// The spare piece, no longer counted.
    pub(super) fn take_spare(&mut self) -> Vec<u8> {
        self.room = self.room.saturating_add(self.spare.capacity());
        core::mem::take(&mut self.spare)
    }
}

#[cfg(test)]
mod tests {
    use crate::receiver::{Event, Limits, Receiver};
    use crate::wire::{self, Block, Head};
    use crate::{LinkKey, ManifestSecret};
    use alloc::vec;
    use alloc::vec::Vec;
    use lockgate_bytes::{Precedence, Time};

    const SIZE: usize = 1_000;

    fn receiver(memory: usize) -> Receiver {
        let limits = Limits { memory, object: 20_000, ..Limits::default() };
        Receiver::new(7, LinkKey::new(&[4; 32]), ManifestSecret::new(&[6; 32]).public(), limits)
    }

    /// The datagrams of an object without repairs.
    fn datagrams(number: u64, bytes: &[u8]) -> Vec<Vec<u8>> {
        let hash = *blake3::hash(bytes).as_bytes();
        let datagram = |(symbol, index): (&[u8], u16)| {
            let mut symbol = symbol.to_vec();
            symbol.resize(SIZE, 0);
            let (length, symbol) = (bytes.len() as u32, symbol.as_slice());
            let block =
                Block { number, hash, order: 0, sent: 0, length, repairs: 0, block: 0, index, symbol };
            let sequence = number * 100 + u64::from(index);
            let head = Head { class: Some(Precedence::Routine), link: 7, epoch: 1 << 32, sequence };
            let mut out = Vec::new();
            wire::begin(&head, 3 << 4, &mut out);
            block.write(&mut out);
            wire::end(0, &mut out);
            wire::seal(core::slice::from_mut(&mut out), &LinkKey::new(&[4; 32]));
            out
        };
        bytes.chunks(SIZE).zip(0..).map(datagram).collect()
    }

    /// Hears these, gives back whatever was delivered, and tells its bytes and where they lay.
    fn hear(receiver: &mut Receiver, datagrams: &[Vec<u8>]) -> Vec<(Vec<u8>, usize)> {
        let (mut events, mut heard) = (Vec::new(), Vec::new());
        for datagram in datagrams {
            receiver.receive(datagram, Time::MIN, &mut events);
        }
        for event in events {
            if let Event::Delivered(it) = event {
                heard.push((it.bytes.clone(), it.bytes.as_ptr() as usize));
                receiver.give_back(it.bytes);
            }
        }
        heard
    }

    #[test]
    fn the_next_object_lies_where_the_last_one_lay_and_nothing_of_that_is_in_it() {
        let mut receiver = receiver(100_000);
        let first = hear(&mut receiver, &datagrams(0, &vec![1; 15_500]));
        assert_eq!((first.len(), receiver.memory()), (1, 0));
        // A little shorter, a little longer than the buffer holds: the bytes are right in any case.
        for (number, length) in (1..).zip([15_500, 15_001, 15_999, 14_500, 9_000, 19_500]) {
            let bytes = vec![number as u8 + 1; length];
            let heard = hear(&mut receiver, &datagrams(number, &bytes));
            assert!(heard.len() == 1 && heard[0].0 == bytes, "{length} bytes");
            assert!(length != 15_500 || heard[0].1 == first[0].1, "it is the same memory");
            assert_eq!(receiver.memory(), 0, "and counts as nothing while it waits");
        }
        // With a symbol missing nothing comes, whatever lay there before.
        let mut short = datagrams(9, &vec![9; 15_500]);
        short.remove(7);
        assert!(hear(&mut receiver, &short).is_empty());
    }

    #[test]
    fn a_spare_piece_takes_no_room_from_objects_and_is_no_longer_than_one() {
        let mut receiver = receiver(25_000);
        receiver.give_back(vec![0; 20_000]);
        assert_eq!(receiver.shared.room, 5_000);
        receiver.give_back(vec![0; 10_000]);
        receiver.give_back(vec![0; 40_000]);
        assert_eq!((receiver.shared.room, receiver.shared.spare.len()), (5_000, 20_000));
        // Not of its length, and more than is left beside it.
        let bytes = vec![5; 12_000];
        assert_eq!(hear(&mut receiver, &datagrams(0, &bytes))[0].0, bytes);
        assert!(receiver.shared.room >= 25_000 - 13_000, "{}", receiver.shared.room);
    }
}
