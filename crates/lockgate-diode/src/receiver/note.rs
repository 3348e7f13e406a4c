//! The journal: what a receiver must remember over a restart, in records of one size, each with a check of its own.

use super::{Event, Lost, Tally};
use crate::wire;
use crate::{Hash, Id};
use alloc::vec::Vec;
use core::fmt;
use lockgate_bytes::{Precedence, Reader, Time, Untrusted};

/// Bytes of a note.
pub const NOTE_BYTES: usize = 88;
/// Bytes of its check: BLAKE3 over what stands before it, cut.
const CHECK: usize = 8;

/// One thing to remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// This epoch has begun; the one before it, if there is one, is not over yet.
    Begun {
        /// The epoch.
        epoch: u64,
    },
    /// The objects `first..end` have ended.
    Ended {
        /// The epoch.
        epoch: u64,
        /// The class.
        class: Precedence,
        /// The first.
        first: u64,
        /// Behind the last.
        end: u64,
        /// How.
        how: How,
    },
    /// How the objects of a class ended that a shorter journal no longer lists.
    Tally {
        /// The epoch.
        epoch: u64,
        /// The class.
        class: Precedence,
        /// The counts.
        tally: Tally,
    },
    /// The last manifest, and the datagrams so far: behind the highest, received, unknown.
    Head {
        /// The epoch.
        epoch: u64,
        /// The manifest's place in the chain.
        number: u64,
        /// Its digest.
        digest: Hash,
        /// Datagrams.
        datagrams: [u64; 3],
    },
    /// All epochs up to this one are over.
    Closed {
        /// The epoch.
        epoch: u64,
    },
    /// So many of the objects that ended before this note may not be on record with whoever acts upon them. It says nothing
    /// of the link, and a receiver passes over it.
    Owed {
        /// How many.
        count: u64,
    },
    /// Of reports of one thing this is the newest that was delivered, or is about to be; none where there is none. The last note
    /// of an order holds. It says nothing of the link, and a receiver passes over it.
    Newest {
        /// What those reports have in common.
        order: u64,
        /// Which it is, and when it was first sent.
        newest: Option<(Id, Time)>,
    },
    /// When this was written, so many records were on the disk for certain, counted from the first of the file. It says
    /// nothing of the link.
    Durable {
        /// How many; as the first record of a file, with itself.
        records: u64,
    },
}

/// How objects ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Lost.
    Lost,
    /// Delivered.
    Delivered,
    /// One or the other; a [`Note::Tally`] counts them.
    Counted,
}

/// Why a journal is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteFault {
    /// A record is damaged, or not one of ours.
    Damaged,
    /// A record speaks of an epoch that did not begin, or is over.
    OutOfPlace,
}

impl fmt::Display for NoteFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Damaged => "a record of the receiver's journal is damaged",
            Self::OutOfPlace => "a record of the receiver's journal speaks of an epoch that is not open",
        })
    }
}

impl core::error::Error for NoteFault {}

impl Event {
    /// What of this event is to be kept, once it has been acted upon.
    pub fn note(&self) -> Option<Note> {
        match self {
            Self::Begun { epoch } => Some(Note::Begun { epoch: *epoch }),
            Self::Delivered(it) => {
                let end = it.id.number.saturating_add(1);
                let (epoch, class, first) = (it.id.epoch, it.id.class, it.id.number);
                Some(Note::Ended { epoch, class, first, end, how: How::Delivered })
            }
            Self::Lost(Lost { epoch, class, first, end, .. }) => {
                Some(Note::Ended { epoch: *epoch, class: *class, first: *first, end: *end, how: How::Lost })
            }
            Self::Manifest { epoch, number, digest, datagrams } => {
                Some(Note::Head { epoch: *epoch, number: *number, digest: *digest, datagrams: *datagrams })
            }
            Self::Closed { epoch, .. } => Some(Note::Closed { epoch: *epoch }),
            Self::Suspected { .. } | Self::Gap { .. } | Self::Alarm(_) | Self::Silent | Self::Heard => None,
        }
    }
}

impl Note {
    /// The record.
    pub fn to_bytes(&self) -> [u8; NOTE_BYTES] {
        let mut text = Vec::with_capacity(NOTE_BYTES);
        match self {
            Self::Begun { epoch } => {
                text.push(1);
                text.extend(epoch.to_be_bytes());
            }
            Self::Ended { epoch, class, first, end, how } => {
                text.push(2);
                text.extend(epoch.to_be_bytes());
                let how = match how {
                    How::Lost => 0,
                    How::Delivered => 1,
                    How::Counted => 2,
                };
                text.extend([class.step(), how]);
                text.extend(first.to_be_bytes());
                text.extend(end.to_be_bytes());
            }
            Self::Head { epoch, number, digest, datagrams } => {
                text.push(3);
                text.extend(epoch.to_be_bytes());
                text.extend(number.to_be_bytes());
                text.extend(digest);
                text.extend(datagrams.iter().flat_map(|count| count.to_be_bytes()));
            }
            Self::Closed { epoch } => {
                text.push(4);
                text.extend(epoch.to_be_bytes());
            }
            Self::Owed { count } => {
                text.push(7);
                text.extend(count.to_be_bytes());
            }
            Self::Tally { epoch, class, tally } => {
                text.push(5);
                text.extend(epoch.to_be_bytes());
                text.push(class.step());
                let Tally { delivered, recovered, attested, lost } = tally;
                text.extend(
                    [delivered, recovered, attested, lost].iter().flat_map(|count| count.to_be_bytes()),
                );
            }
            Self::Durable { records } => {
                text.push(6);
                text.extend(records.to_be_bytes());
            }
            Self::Newest { order, newest } => {
                text.push(8);
                text.extend(order.to_be_bytes());
                if let Some((id, sent)) = newest {
                    text.extend([1, id.class.step()]);
                    text.extend([id.epoch, id.number].iter().flat_map(|it| it.to_be_bytes()));
                    text.extend(sent.unix_nanos().to_be_bytes());
                }
            }
        }
        text.resize(NOTE_BYTES.saturating_sub(CHECK), 0);
        let check = blake3::hash(&text);
        text.extend(check.as_bytes().first_chunk::<CHECK>().unwrap_or(&[0; CHECK]));
        text.try_into().unwrap_or([0; NOTE_BYTES])
    }
}

impl Note {
    /// Reads a record.
    ///
    /// # Errors
    /// [`NoteFault::Damaged`] where it is anything else than what [`Note::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8; NOTE_BYTES]) -> Result<Self, NoteFault> {
        Self::read(bytes).filter(|note| note.to_bytes() == *bytes).ok_or(NoteFault::Damaged)
    }

    fn read(bytes: &[u8; NOTE_BYTES]) -> Option<Self> {
        let mut reader = Untrusted::new(bytes).reader();
        let kind = reader.byte()?;
        // Of all kinds but the last three.
        let epoch = wire::u64(&mut reader)?;
        match kind {
            1 => Some(Self::Begun { epoch }),
            2 => {
                let class = *Precedence::ALL.get(usize::from(reader.byte()?))?;
                let how = match reader.byte()? {
                    0 => How::Lost,
                    1 => How::Delivered,
                    2 => How::Counted,
                    _ => return None,
                };
                let (first, end) = (wire::u64(&mut reader)?, wire::u64(&mut reader)?);
                Some(Self::Ended { epoch, class, first, end, how })
            }
            3 => {
                let (number, digest) = (wire::u64(&mut reader)?, wire::words(&mut reader)?);
                let datagrams = [wire::u64(&mut reader)?, wire::u64(&mut reader)?, wire::u64(&mut reader)?];
                Some(Self::Head { epoch, number, digest, datagrams })
            }
            4 => Some(Self::Closed { epoch }),
            5 => {
                let class = *Precedence::ALL.get(usize::from(reader.byte()?))?;
                let (delivered, recovered) = (wire::u64(&mut reader)?, wire::u64(&mut reader)?);
                let (attested, lost) = (wire::u64(&mut reader)?, wire::u64(&mut reader)?);
                Some(Self::Tally { epoch, class, tally: Tally { delivered, recovered, attested, lost } })
            }
            6 => Some(Self::Durable { records: epoch }),
            // What stands where others have an epoch.
            7 => Some(Self::Owed { count: epoch }),
            8 => {
                let newest = (reader.byte()? == 1).then(|| read_newest(&mut reader));
                Some(Self::Newest { order: epoch, newest: newest.flatten() })
            }
            _ => None,
        }
    }
}

fn read_newest(reader: &mut Reader<'_>) -> Option<(Id, Time)> {
    let class = *Precedence::ALL.get(usize::from(reader.byte()?))?;
    let (epoch, number) = (wire::u64(reader)?, wire::u64(reader)?);
    let sent = Time::from_unix_nanos(i64::from_be_bytes(wire::words(reader)?));
    Some((Id { epoch, class, number }, sent))
}
