//! What came beside an object, for as long as the object may be decided again.
//!
//! The record of a decision names it, so an object that had a sidecar is never decided as if it had none: where the file is
//! not at hand any more, or the object is not the one that it was bound to, the object is held.

use super::journal::Unread;
use crate::bound;
use lockgate_audit::{Decision, Event, Log};
use lockgate_bundle::LaneBindings;
use lockgate_bytes::{Digest, Sidecar, Time};
use lockgate_core::Company;
use lockgate_intake::Pool;
use lockgate_marking::PolicySet;

/// A file that came beside an object.
#[derive(Debug)]
pub(crate) struct Beside {
    /// Its hash and size in bytes, as the record has them or will; none where a file lies beside an object that came alone by
    /// its record.
    pub(crate) named: Option<(Digest, usize)>,
    /// The file itself, where it is at hand and speaks of exactly this object; in a buffer of the pool.
    pub(crate) file: Option<Box<Sidecar>>,
}

/// What the record of a former decision says of an object that is decided again.
#[derive(Debug, Default)]
pub(crate) struct Former {
    /// What it was split off from.
    pub(crate) parent: Option<Digest>,
    /// The object as it arrived.
    sha256: Option<Digest>,
    /// What came beside it.
    sidecar: Option<(Digest, usize)>,
}

impl Beside {
    /// Of a file that has just come.
    pub(crate) fn of(file: Box<Sidecar>) -> Self {
        Self { named: Some((Digest::of(&file.bytes), file.bytes.len())), file: Some(file) }
    }

    /// What it says of the object that it lay beside.
    pub(crate) fn company(
        &self,
        object: &[u8],
        bindings: &LaneBindings,
        policies: &PolicySet,
        now: Time,
    ) -> Company {
        match (&self.file, self.named) {
            (Some(file), _) => bound::company_with(file, object, bindings, policies, now),
            (None, Some((sha256, size_bytes))) => Company::lost(sha256, size_bytes),
            (None, None) => Company::stray(),
        }
    }

    /// The same without the file, whose buffer is free again: for what is not, or not alone, the object that it lay beside.
    pub(crate) fn without_file(self, pool: &Pool) -> Self {
        if let Some(file) = self.file {
            pool.give_back(file.bytes);
        }
        Self { file: None, ..self }
    }

    /// The same with its file, found beside the object that it came with; for that object and no other.
    pub(crate) fn restored(self, packed: Option<&[u8]>, lend: impl FnOnce(usize) -> Vec<u8>) -> Self {
        let is_it = |file: &Sidecar| self.named == Some((Digest::of(&file.bytes), file.bytes.len()));
        let found = || packed.and_then(|packed| Sidecar::unpack(packed, lend)).filter(is_it).map(Box::new);
        let file = self.file.or_else(found);
        Self { file, ..self }
    }
}

/// Gives the buffer back, where there is one.
pub(crate) fn give_back(beside: Option<Beside>, pool: &Pool) {
    drop(beside.map(|beside| beside.without_file(pool)));
}

impl Former {
    /// Reads the record of a decision.
    ///
    /// # Errors
    /// [`Unread`]; gone is what is not what was committed, too.
    pub(crate) fn read(log: &Log, entry: u64) -> Result<Self, Unread> {
        let read = log.entry(entry).map_err(|error| Unread::log(&error))?;
        read.and_then(|entry| Self::of_entry(&entry)).ok_or(Unread::Gone)
    }

    /// Reads an entry that is the record of a decision.
    pub(crate) fn of_entry(entry: &[u8]) -> Option<Self> {
        match Event::read(entry) {
            Ok(Event::Decision(decision)) => Self::of(&decision),
            _ => None,
        }
    }

    /// `None` where it says something about a sidecar that cannot be read.
    pub(crate) fn of(decision: &Decision) -> Option<Self> {
        let digest = |key| decision.text(key).and_then(Digest::parse);
        let size = || usize::try_from(decision.account.get("sidecar_size_bytes")?.as_u64()?).ok();
        let sidecar = match decision.account.get("sidecar_sha256") {
            Some(_) => Some((digest("sidecar_sha256")?, size()?)),
            None => None,
        };
        Some(Self { parent: digest("parent"), sha256: digest("sha256"), sidecar })
    }

    /// What belongs beside the object with this hash, of which `packed` lay beside it in the held store. Where something lay
    /// beside it and its record names nothing, one of the two was changed: then it is as if its sidecar were lost.
    pub(crate) fn beside(
        &self,
        object: Digest,
        packed: Option<&[u8]>,
        lend: impl FnOnce(usize) -> Vec<u8>,
    ) -> Option<Beside> {
        let Some((sha256, size_bytes)) = self.sidecar else {
            return packed.map(|_| Beside { named: None, file: None });
        };
        let is_it = self.sha256 == Some(object);
        let file = packed.filter(|_| is_it).and_then(|packed| Sidecar::unpack(packed, lend));
        let file = file.filter(|file| Digest::of(&file.bytes) == sha256).map(Box::new);
        Some(Beside { named: Some((sha256, size_bytes)), file })
    }
}

#[cfg(test)]
mod tests {
    use super::Former;
    use lockgate_bundle::LaneBindings;
    use lockgate_bytes::{Digest, Sidecar, Time};
    use lockgate_marking::PolicySet;

    #[test]
    fn what_is_not_what_the_record_names_is_not_at_hand() {
        let sidecar = Sidecar { name: "a.cot".into(), bytes: b"label".to_vec() };
        let packed = sidecar.pack().unwrap();
        let (object, label) = (Digest::of(b"object"), Digest::of(b"label"));
        let with = Former { parent: None, sha256: Some(object), sidecar: Some((label, 5)) };
        let beside = with.beside(object, Some(&packed), Vec::with_capacity).unwrap();
        assert_eq!((beside.named, *beside.file.unwrap()), (Some((label, 5)), sidecar));
        let other = Sidecar { name: "a.cot".into(), bytes: b"lable".to_vec() }.pack().unwrap();
        for (object, packed) in [
            (Digest::of(b"written anew"), Some(&packed[..])),
            (object, Some(&other[..])),
            (object, Some(&packed[..3])),
            (object, None),
        ] {
            let beside = with.beside(object, packed, Vec::with_capacity).unwrap();
            assert!(beside.file.is_none() && beside.named == Some((label, 5)));
        }
        let without = Former { sidecar: None, ..with };
        assert!(without.beside(object, None, Vec::with_capacity).is_none());
        // Something lies beside what came alone by its record.
        for packed in [&packed[..], &packed[..3]] {
            let beside = without.beside(object, Some(packed), Vec::with_capacity).unwrap();
            assert!(beside.file.is_none() && beside.named.is_none());
            let (bindings, policies) = (LaneBindings::default(), PolicySet::default());
            let company = beside.company(b"object", &bindings, &policies, Time::from_unix_nanos(0));
            assert!(
                !company.is_empty() && company.sidecar().is_none(),
                "it holds the object and names no sidecar"
            );
        }
    }
}
