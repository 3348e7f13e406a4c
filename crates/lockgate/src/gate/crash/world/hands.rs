//! What is handed in as a file, and that each file comes to one end.

use super::super::model::Model;
use super::super::objects::{beside, object, unmarked};
use super::super::pictures::anew;
use super::super::run::FILE_BYTES_MAX;
use super::super::workers::{is_picture, picture};
use super::{Files, World};
use lockgate_bytes::Digest;
use lockgate_disk::Disk as _;

impl World {
    pub(super) fn object(&mut self) -> Vec<u8> {
        self.next += 1;
        if self.has_pictures && self.seed.one_in(2) {
            let picture = picture(&mut self.seed, self.next);
            self.pictures.insert(Digest::of(&picture), anew(&picture));
            return picture;
        }
        object(&mut self.seed, self.next, self.watch.time())
    }

    /// Somebody hands in a file, whole and durable, of one object or a few.
    pub(super) fn hand_in(&mut self) {
        if let Some((name, bytes)) = self.later.pop() {
            return self.disk.plant(&name, &bytes);
        }
        if self.seed.one_in(6) {
            return self.hand_in_unfit();
        }
        let (mut file, mut objects) = (Vec::new(), Vec::new());
        for _ in 0..1 + self.seed.below(3) {
            let mut bytes = self.object();
            if self.handed_in == Files::Paired {
                bytes = unmarked(&bytes);
            }
            objects.push(Digest::of(&bytes));
            let ends = bytes.starts_with(b"this") || is_picture(&bytes);
            file.extend_from_slice(&bytes);
            self.files.insert(Digest::of(&bytes), self.next);
            if ends {
                break;
            }
        }
        self.handed.insert(Digest::of(&file), objects.clone());
        let name = format!("{}.xml", self.next);
        let path = format!("drop/in/{name}");
        if self.handed_in == Files::Alone {
            return self.disk.plant(&path, &file);
        }
        let level = if self.seed.one_in(7) { "SECRET" } else { "RESTRICTED" };
        let sidecar = beside(&name, level);
        self.pairs.extend(objects.iter().map(|object| (*object, Digest::of(&sidecar))));
        self.whole.extend(objects.first().filter(|_| objects.len() == 1));
        let mut halves = [(path.clone(), file), (format!("{path}.bdo"), sidecar)];
        if self.seed.one_in(2) {
            halves.reverse();
        }
        let [first, second] = halves;
        self.disk.plant(&first.0, &first.1);
        match self.seed.one_in(3) {
            true => self.later.push(second),
            false => self.disk.plant(&second.0, &second.1),
        }
    }

    /// Somebody hands in a file that is never an object: one without a byte, or one that is too large.
    pub(super) fn hand_in_unfit(&mut self) {
        self.next += 1;
        self.unfit += 1;
        let size = if self.seed.one_in(2) { 0 } else { FILE_BYTES_MAX + 1 };
        let path = format!("drop/in/{}.xml", self.next);
        self.disk.plant(&path, &vec![b'x'; size]);
        if self.handed_in == Files::Paired {
            self.disk.plant(&format!("{path}.bdo"), b"its label");
        }
    }

    /// Every file is decided or turned away, and not both; what is turned away is on record once, and kept.
    pub(super) fn every_file_has_one_end(&mut self, model: &Model) {
        let mut good = 0;
        for name in self.disk.names().iter().filter(|name| name.starts_with("drop/turned-away/")) {
            let bytes = self.disk.read(name, u64::MAX).unwrap();
            let Some(objects) = self.handed.get(&Digest::of(&bytes)) else { continue };
            good += 1;
            for object in objects {
                assert!(!model.has_file(object), "{name} was turned away, and its objects decided");
                assert!(self.files.remove(object).is_some());
            }
        }
        assert_eq!(model.away() as u64, self.unfit + good, "files are turned away, and on record once each");
        self.totals.away += self.unfit;
        self.totals.full += good;
    }
}
