//! The two seams of the house: what comes in, and what goes out. Both are plain bytes.

use crate::{Crossing, Digest, Precedence, SealKey, Time};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

/// One framing unit as it arrived.
pub struct Frame {
    /// The bytes, all of them.
    pub bytes: Vec<u8>,
    /// The authenticated source, by its name in the lane.
    pub source: Arc<str>,
    /// When it arrived.
    pub arrival: Time,
    /// The file that came beside it and binds a label to it, if one did; nothing is allocated for a frame without one.
    pub sidecar: Option<Box<Sidecar>>,
}

/// A file that came beside an object and binds a label to it. Nothing of it ever crosses.
#[derive(PartialEq, Eq)]
pub struct Sidecar {
    /// The name that the *object* was handed over under: a reference in the sidecar may name it. At most
    /// [`NAME_BYTES_MAX`] bytes.
    pub name: Box<str>,
    /// The bytes of the file, all of them.
    pub bytes: Vec<u8>,
}

/// Bytes of the name of a file, at most (Linux `NAME_MAX`).
pub const NAME_BYTES_MAX: usize = 255;

impl Sidecar {
    /// Name and bytes as one run of bytes, to be kept beside a held object: the length of the name in one byte, the name,
    /// the file. `None` where the name is longer than names are.
    pub fn pack(&self) -> Option<Vec<u8>> {
        let length = u8::try_from(self.name.len()).ok()?;
        Some([&[length][..], self.name.as_bytes(), &self.bytes].concat())
    }

    /// Reads what [`Self::pack`] wrote. `lend` gives a buffer with room for so many bytes. `None` where it is something else.
    pub fn unpack(packed: &[u8], lend: impl FnOnce(usize) -> Vec<u8>) -> Option<Self> {
        let (length, rest) = packed.split_first()?;
        let (name, file) = rest.split_at_checked(usize::from(*length))?;
        let name = core::str::from_utf8(name).ok()?.into();
        let mut bytes = lend(file.len());
        bytes.extend_from_slice(file);
        Some(Self { name, bytes })
    }
}

impl fmt::Debug for Sidecar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sidecar({} bytes)", self.bytes.len())
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Frame({} bytes from {} at {})", self.bytes.len(), self.source, self.arrival)
    }
}

/// One released and recorded object on its way to egress. Whoever sends it checks tag, hash and time again.
///
/// Plain on purpose, so that egress can become a process of its own: what counts is the tag, see [`SealKey`].
pub struct Sealed {
    /// Exactly the bytes that were inspected.
    pub bytes: Vec<u8>,
    /// SHA-256 of `bytes`.
    pub identity: Digest,
    /// BLAKE3 of `bytes`, where they leave over a link that names objects by it: then the last look at them goes by it.
    pub crossing: Option<Crossing>,
    /// The lane that released it.
    pub lane: Arc<str>,
    /// The bundle under which it was released.
    pub bundle: Digest,
    /// How urgent it is.
    pub precedence: Precedence,
    /// It must not be sent at or after this time.
    pub not_after: Time,
    /// Index, in the log, of the decision that released it: what its outcome is accounted to.
    pub entry: u64,
    /// Index of the first decision about it, equal to `entry` unless it was decided again: what a sink names it by, so
    /// that whoever gets it twice sees that it is one object.
    pub first: u64,
    /// What newest-wins goes by; `None` for an object that nothing supersedes.
    pub order: Option<Order>,
    /// Whose turn it takes where sources share a link: see [`turn_of`]. It never crosses.
    pub turn: u64,
    /// Binds all of the above; see [`SealKey::tag`].
    pub tag: Digest,
}

/// What newest-wins goes by: of two objects with the same key, the one with the later time is worth sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// A keyed hash over lane, source, type and the object's own identifier. Opaque: it says nothing of them.
    pub key: Digest,
    /// The object's own time.
    pub at: Time,
    /// A cancel or an emergency: never superseded, and supersedes nothing.
    pub lasting: bool,
}

/// The number by which objects of one source take turns: FNV-1a of 64 bits over the source's name. Sources that
/// come to the same number share one turn, and nothing else.
pub fn turn_of(source: &str) -> u64 {
    source.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

impl Sealed {
    /// True where this is exactly what was sealed with `key`: hash and tag both hold. Reads every byte once: by the hash that the
    /// link needs, where it needs one, else by the one that names the object.
    pub fn is_intact(&self, key: &SealKey) -> bool {
        key.fits(self)
            && match self.crossing {
                Some(crossing) => Crossing::of(&self.bytes) == crossing,
                None => Digest::of(&self.bytes) == self.identity,
            }
    }

    /// The same where its bytes have been looked at piece by piece: all of them, and they have the hash that the link needs.
    pub fn is_intact_by(&self, key: &SealKey, look: &Look) -> bool {
        key.fits(self)
            && look.at == self.bytes.len()
            && self.crossing.is_some_and(|crossing| Crossing(*look.hash.finalize().as_bytes()) == crossing)
    }
}

/// A look at the bytes of one object, a piece at a time. Of another object it says nothing: whoever takes it keeps to one.
#[derive(Clone, Default)]
pub struct Look {
    hash: blake3::Hasher,
    at: usize,
}

impl Look {
    /// Looks at the next bytes, at most `piece`; false once it has seen all.
    pub fn go_on(&mut self, sealed: &Sealed, piece: usize) -> bool {
        let rest = sealed.bytes.get(self.at..).unwrap_or(&[]);
        let next = rest.get(..piece).unwrap_or(rest);
        self.hash.update(next);
        self.at = self.at.saturating_add(next.len());
        self.at < sealed.bytes.len()
    }
}

impl fmt::Debug for Look {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Look({} bytes)", self.at)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sealed({} bytes, {}, lane {})", self.bytes.len(), self.identity, self.lane)
    }
}

#[cfg(test)]
mod tests {
    use super::{Look, Order, Sealed, Sidecar};
    use crate::{Crossing, Digest, Precedence, SealKey, Time};
    use alloc::format;
    use alloc::sync::Arc;
    use alloc::vec;
    use alloc::vec::Vec;

    fn sealed(key: &SealKey) -> Sealed {
        let bytes = b"an object".to_vec();
        let mut sealed = Sealed {
            identity: Digest::of(&bytes),
            crossing: key.names_crossing().then(|| Crossing::of(&bytes)),
            bytes,
            lane: Arc::from("down"),
            bundle: Digest([2; 32]),
            precedence: Precedence::Routine,
            not_after: Time::from_unix_nanos(1_000),
            entry: 7,
            first: 6,
            order: Some(Order { key: Digest([3; 32]), at: Time::from_unix_nanos(5), lasting: false }),
            turn: 4,
            tag: Digest([0; 32]),
        };
        sealed.tag = key.tag(&sealed);
        sealed
    }

    #[test]
    fn a_look_by_pieces_sees_what_a_look_at_once_sees() {
        let key = SealKey::for_link([9; 32]);
        let mut object = sealed(&key);
        object.bytes = (0..10_000_u32).map(|at| at as u8).collect();
        object.identity = Digest::of(&object.bytes);
        object.crossing = Some(Crossing::of(&object.bytes));
        object.tag = key.tag(&object);
        for piece in [1, 1_000, 1_024, 9_999, 10_000, 10_001] {
            let mut look = Look::default();
            assert!(!object.is_intact_by(&key, &look));
            while look.go_on(&object, piece) {
                assert!(!object.is_intact_by(&key, &look), "not all of it");
            }
            assert!(object.is_intact_by(&key, &look) && !look.go_on(&object, piece));
            assert!(!object.is_intact_by(&SealKey::for_link([8; 32]), &look));
            object.bytes[5_000] ^= 1;
            let mut other = Look::default();
            while other.go_on(&object, piece) {}
            assert!(!object.is_intact_by(&key, &other));
            object.bytes[5_000] ^= 1;
            object.bytes.push(0);
            assert!(!object.is_intact_by(&key, &look), "of another length");
            object.bytes.pop();
        }
    }

    type Change = fn(&mut Sealed);

    fn order(sealed: &mut Sealed) -> &mut Order {
        sealed.order.as_mut().expect("the sample has an order")
    }

    #[test]
    fn a_change_of_any_member_is_seen() {
        let (plain, link) = (SealKey::new([9; 32]), SealKey::for_link([9; 32]));
        for (key, other) in [(&plain, SealKey::new([8; 32])), (&link, SealKey::for_link([8; 32]))] {
            assert!(sealed(key).is_intact(key));
            assert!(!sealed(key).is_intact(&other), "another key");
        }
        for (key, other) in [(&plain, &link), (&link, &plain)] {
            assert!(
                !sealed(key).is_intact(other),
                "what is looked at is agreed on before anything is sealed"
            );
            let mut turned = sealed(key);
            turned.crossing = other.names_crossing().then(|| Crossing::of(&turned.bytes));
            assert!(!turned.is_intact(key) && !turned.is_intact(other));
        }
        let changes: Vec<(&str, Change)> = vec![
            ("bytes", |it| it.bytes[0] ^= 1),
            ("bytes and identity", |it| {
                it.bytes[0] ^= 1;
                it.identity = Digest::of(&it.bytes);
            }),
            ("more bytes", |it| it.bytes.push(0)),
            ("identity", |it| it.identity.0[31] ^= 1),
            ("bytes and every hash of them", |it| {
                it.bytes[0] ^= 1;
                it.identity = Digest::of(&it.bytes);
                it.crossing = it.crossing.map(|_| Crossing::of(&it.bytes));
            }),
            ("bytes and crossing", |it| {
                it.bytes[0] ^= 1;
                it.crossing = Some(Crossing::of(&it.bytes));
            }),
            ("crossing", |it| it.crossing = Some(Crossing([7; 32]))),
            ("lane", |it| it.lane = Arc::from("up")),
            ("no lane", |it| it.lane = Arc::from("")),
            ("bundle", |it| it.bundle.0[0] ^= 1),
            ("precedence", |it| it.precedence = Precedence::Flash),
            ("not_after", |it| it.not_after = Time::from_unix_nanos(1_001)),
            ("entry", |it| it.entry = 8),
            ("first", |it| it.first = 5),
            ("entry and first exchanged", |it| core::mem::swap(&mut it.entry, &mut it.first)),
            ("turn", |it| it.turn = 5),
            ("no order", |it| it.order = None),
            ("order key", |it| order(it).key.0[0] ^= 1),
            ("order time", |it| order(it).at = Time::from_unix_nanos(6)),
            ("order lasting", |it| order(it).lasting = true),
            ("tag", |it| it.tag.0[0] ^= 1),
        ];
        for key in [&plain, &link] {
            for (what, change) in &changes {
                let mut altered = sealed(key);
                change(&mut altered);
                assert!(!altered.is_intact(key), "{what} altered, and the seal still holds");
            }
        }
    }

    #[test]
    fn a_sidecar_is_packed_and_read_back() {
        for (name, bytes) in [("a.cot", &b"<label/>"[..]), ("", b""), (&*"n".repeat(255), b"\0")] {
            let sidecar = Sidecar { name: name.into(), bytes: bytes.to_vec() };
            let packed = sidecar.pack().unwrap();
            assert_eq!(Sidecar::unpack(&packed, Vec::with_capacity), Some(sidecar));
            // Cut inside the name it is no sidecar.
            for end in 0..=name.len() {
                assert!(Sidecar::unpack(&packed[..end], Vec::with_capacity).is_none());
            }
        }
        assert!(Sidecar { name: "n".repeat(256).into(), bytes: Vec::new() }.pack().is_none());
        assert!(Sidecar::unpack(b"\x01\xFFx", Vec::with_capacity).is_none(), "a name is text");
        assert_eq!(
            format!("{:?}", Sidecar { name: "secret".into(), bytes: b"x".to_vec() }),
            "Sidecar(1 bytes)"
        );
    }

    #[test]
    fn neither_payload_nor_key_is_shown() {
        let key = SealKey::new([b'k'; 32]);
        let shown = format!("{:?} {key:?}", sealed(&key));
        assert!(!shown.contains("an object") && !shown.contains("107"), "{shown}");
    }
}
