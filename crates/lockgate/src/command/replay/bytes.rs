//! The bytes at hand: files that were given, what left into a folder, and what is held; found by SHA-256.
//!
//! A file is known as it is, and by every object that a lane cuts from it. Nothing of it is kept in memory but hashes: what is
//! asked for is read again, and has to have its hash still.

use crate::bound;
use crate::exit::{Fault, complain};
use crate::files;
use crate::frames::Cutter;
use lockgate_bytes::{Digest, Sidecar};
use lockgate_core::Policy;
use lockgate_hold::View;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Objects that are kept in mind, at most: some 200 bytes each.
const PLACES_MAX: usize = 4_000_000;
/// Places of the same bytes that are kept in mind, at most.
const PLACES_EACH: usize = 8;

/// Where bytes are.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// A whole file.
    File(usize),
    /// One of the objects that a lane cuts a file into.
    Piece { file: usize, policy: usize, index: usize },
    /// The entry under which they are held.
    Held(u64),
}

/// Everything at hand.
pub(super) struct AtHand {
    files: Vec<PathBuf>,
    /// By what files are cut.
    policies: Vec<Arc<Policy>>,
    places: BTreeMap<Digest, Vec<Place>>,
    store: Option<View>,
    /// The file that was cut last: its objects are asked for one after the other.
    cut: Option<Cut>,
    count: usize,
}

/// A file, cut by a lane.
struct Cut {
    file: usize,
    policy: usize,
    bytes: Vec<u8>,
    cutter: Cutter,
}

/// An object, as it arrived.
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    /// What lay beside it, and the whole file that it lay beside.
    pub(super) beside: Option<(Sidecar, Vec<u8>)>,
    /// Where it was found, for people.
    pub(super) place: String,
}

/// Why an object was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nothing has this hash.
    Bytes,
    /// Something had it when it was looked through, and has not any more, or cannot be read.
    Changed,
    /// The object is there, and what lay beside it is not.
    Sidecar,
}

impl AtHand {
    /// Nothing yet; files are cut by these.
    pub(super) fn new(policies: Vec<Arc<Policy>>) -> Self {
        Self { files: Vec::new(), policies, places: BTreeMap::new(), store: None, cut: None, count: 0 }
    }

    /// Takes a file, or all files of a folder; one that cannot be read is reported and left out.
    ///
    /// # Errors
    /// [`Fault`] where the path cannot be read at all.
    pub(super) fn files(&mut self, path: &Path) -> Result<(), Fault> {
        for file in files::walk_offered(path).map_err(|error| Fault::of(path.display(), &error))? {
            match files::bounded(&file, files::OBJECT_BYTES_MAX) {
                Ok(bytes) => self.file(file, bytes),
                Err(error) => complain(&format!("{}: left out: {error}", file.display())),
            }
        }
        Ok(())
    }

    fn file(&mut self, path: PathBuf, bytes: Vec<u8>) {
        let file = self.files.len();
        self.files.push(path);
        self.place(Digest::of(&bytes), Place::File(file));
        for policy in 0..self.policies.len() {
            let Some(lane) = self.policies.get(policy).cloned() else { continue };
            let mut cutter = Cutter::default();
            let pieces = cutter.cut(&lane, &bytes).len();
            let is_whole =
                |piece: crate::frames::Piece| piece.part.is_none() && piece.span().len() == bytes.len();
            if pieces == 1 && cutter.piece(0).is_some_and(is_whole) {
                continue;
            }
            for index in 0..pieces {
                let digest = Digest::of(cutter.object(&lane, &bytes, index));
                self.place(digest, Place::Piece { file, policy, index });
            }
        }
    }

    /// Takes everything that is held.
    ///
    /// # Errors
    /// [`Fault`] where the store cannot be read.
    pub(super) fn held(&mut self, mut store: View) -> Result<(), Fault> {
        let mut held = Vec::new();
        store
            .list(&mut |item| held.push((item.sha256, item.entry)))
            .map_err(|fault| Fault::new(format!("the held store: {fault}")))?;
        held.into_iter().for_each(|(digest, entry)| self.place(digest, Place::Held(entry)));
        self.store = Some(store);
        Ok(())
    }

    fn place(&mut self, digest: Digest, place: Place) {
        if self.count >= PLACES_MAX {
            return;
        }
        let places = self.places.entry(digest).or_default();
        if places.len() < PLACES_EACH {
            places.push(place);
            self.count = self.count.saturating_add(1);
        }
    }

    /// True where more was given than is kept in mind.
    pub(super) fn is_full(&self) -> bool {
        self.count >= PLACES_MAX
    }

    /// The object with this hash, and with what lay beside it where that is asked for.
    ///
    /// # Errors
    /// [`Missing`].
    pub(super) fn find(&mut self, object: Digest, beside: Option<Digest>) -> Result<Found, Missing> {
        let places = self.places.get(&object).cloned().unwrap_or_default();
        let mut missing = if places.is_empty() { Missing::Bytes } else { Missing::Changed };
        for place in places {
            // It may have been changed, or settled, since it was looked at.
            let Some(found) =
                self.read(place, beside.is_some()).filter(|found| Digest::of(&found.bytes) == object)
            else {
                continue;
            };
            let Some(beside) = beside else { return Ok(found) };
            if found.beside.as_ref().is_some_and(|(sidecar, _)| Digest::of(&sidecar.bytes) == beside) {
                return Ok(found);
            }
            missing = Missing::Sidecar;
        }
        Err(missing)
    }

    fn read(&mut self, place: Place, with_sidecar: bool) -> Option<Found> {
        match place {
            Place::File(file) => {
                let path = self.files.get(file)?;
                let bytes = files::bounded(path, files::OBJECT_BYTES_MAX).ok()?;
                let sidecar = if with_sidecar { sidecar(path) } else { None };
                let beside = sidecar.map(|sidecar| (sidecar, bytes.clone()));
                Some(Found { bytes, beside, place: path.display().to_string() })
            }
            Place::Piece { file, policy, index } => {
                self.cut(file, policy)?;
                let (path, lane) = (self.files.get(file)?, self.policies.get(policy)?);
                let cut = self.cut.as_mut()?;
                let bytes = cut.cutter.object(lane, &cut.bytes, index).to_vec();
                let sidecar = if with_sidecar { sidecar(path) } else { None };
                let beside = sidecar.map(|sidecar| (sidecar, cut.bytes.clone()));
                Some(Found { bytes, beside, place: format!("{}, object {index}", path.display()) })
            }
            Place::Held(entry) => {
                let store = self.store.as_mut()?;
                let bytes = store.object(entry).ok()?;
                let packed = if with_sidecar { store.beside(entry).ok()? } else { None };
                let sidecar = packed.and_then(|packed| Sidecar::unpack(&packed, Vec::with_capacity));
                let beside = sidecar.map(|sidecar| (sidecar, bytes.clone()));
                Some(Found { bytes, beside, place: format!("held under entry {entry}") })
            }
        }
    }

    /// Cuts a file, unless it is the one that was cut last.
    fn cut(&mut self, file: usize, policy: usize) -> Option<()> {
        if self.cut.as_ref().is_some_and(|cut| (cut.file, cut.policy) == (file, policy)) {
            return Some(());
        }
        let bytes = files::bounded(self.files.get(file)?, files::OBJECT_BYTES_MAX).ok()?;
        let mut cutter = Cutter::default();
        cutter.cut(self.policies.get(policy)?, &bytes);
        self.cut = Some(Cut { file, policy, bytes, cutter });
        Some(())
    }
}

/// The file beside this one, with the name that it is bound to.
fn sidecar(path: &Path) -> Option<Sidecar> {
    let bytes = files::bounded(&bound::sidecar_of(path)?, bound::bytes_max()).ok()?;
    Some(Sidecar { name: path.file_name()?.to_str()?.into(), bytes })
}

#[cfg(test)]
mod tests {
    use super::{AtHand, Missing};
    use lockgate_bundle::{Bundle, Strictness};
    use lockgate_bytes::Digest;
    use std::fs;

    #[test]
    fn objects_are_found_whole_cut_and_with_what_lies_beside_them() {
        let bundle = Bundle::build_as(&crate::embedded::rules(), Strictness::Trial).unwrap();
        let policies = ["cot-down", "asterix-down"].map(|lane| bundle.lane(lane).unwrap().clone());
        let mut at_hand = AtHand::new(policies.to_vec());
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        let (one, two) = (b"<event a='1'></event>", b"<event a='2'></event>");
        write("two.cot", &[&one[..], two].concat());
        write("one.cot", one);
        write("one.cot.bdo", b"label");
        // A block of two records, which its lane splits, and each of them alone.
        write("block", &[48, 0, 9, 0x80, 25, 1, 0x80, 25, 2]);
        at_hand.files(folder.path()).unwrap();
        assert!(at_hand.files(&folder.path().join("none")).is_err());
        for (object, place) in [
            (&two[..], "two.cot, object 1"),
            (&one[..], "one.cot"),
            (&[48, 0, 6, 0x80, 25, 2], "block, object 1"),
            (&[48, 0, 9, 0x80, 25, 1, 0x80, 25, 2], "block"),
        ] {
            let found = at_hand.find(Digest::of(object), None).unwrap_or_else(|_| panic!("{place}"));
            assert_eq!(found.bytes, object);
            assert!(found.place.ends_with(place) && found.beside.is_none(), "{}", found.place);
        }
        let label = Some(Digest::of(b"label"));
        let (sidecar, whole) = at_hand.find(Digest::of(one), label).ok().unwrap().beside.unwrap();
        assert_eq!((&*sidecar.name, &*sidecar.bytes, &*whole), ("one.cot", &b"label"[..], &one[..]));
        let missing =
            |at_hand: &mut AtHand, object: &[u8], beside| at_hand.find(Digest::of(object), beside).err();
        assert_eq!(missing(&mut at_hand, two, label), Some(Missing::Sidecar));
        assert_eq!(missing(&mut at_hand, b"nothing", label), Some(Missing::Bytes));
        // What was changed since is not what was asked for, once another file was cut.
        assert!(at_hand.find(Digest::of(&[48, 0, 6, 0x80, 25, 2]), None).is_ok());
        write("one.cot", two);
        write("two.cot", two);
        assert_eq!(missing(&mut at_hand, one, None), Some(Missing::Changed));
        fs::remove_file(folder.path().join("one.cot")).unwrap();
        assert_eq!(missing(&mut at_hand, one, None), Some(Missing::Changed));
        assert_eq!(missing(&mut at_hand, b"nothing", None), Some(Missing::Bytes));
    }
}
