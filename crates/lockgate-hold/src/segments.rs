//! The segments: files that chunks are appended to, until they are large enough and the next one begins.

use crate::Fault;
use crate::chunk::{HEAD, Place, Places};
use crate::files::{HEAD_BYTES, SEGMENT_MARK, head, remove, segment_name};
use lockgate_disk::{Disk, File};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// A segment that is not written any more, or the one that is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Segment {
    /// Bytes of the file.
    pub(crate) size: u64,
    /// Bytes of chunks that are needed. What is shared counts twice for the moment that it is shared.
    pub(crate) live: u64,
}

/// All segments of a store.
pub(crate) struct Segments {
    disk: Arc<dyn Disk>,
    id: [u8; 16],
    /// The next segment begins where this one has so many bytes.
    roll_at: u64,
    all: BTreeMap<u32, Segment>,
    head: Option<(u32, Box<dyn File>)>,
    /// The number of the next segment.
    next: u32,
    /// Bytes were appended since the last sync.
    is_behind: bool,
    /// The folder does not know the head for certain yet.
    is_new: bool,
    /// Segments that cannot be emptied: something that is needed of them is damaged.
    left: BTreeSet<u32>,
}

impl Segments {
    /// The segments that are there; what they are needed for is told by [`Self::needed`].
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        id: [u8; 16],
        roll_at: u64,
        numbers: &[u32],
    ) -> Result<Self, Fault> {
        let mut all = BTreeMap::new();
        for number in numbers {
            let name = segment_name(*number);
            let look = disk.look(&name).map_err(Fault::disk("looking at", &name))?;
            all.insert(*number, Segment { size: look.size, live: 0 });
        }
        let next = numbers.last().map_or(1, |last| last.saturating_add(1));
        Ok(Self {
            disk,
            id,
            roll_at,
            all,
            head: None,
            next,
            is_behind: false,
            is_new: false,
            left: BTreeSet::new(),
        })
    }

    /// The segment that is written, and where in it the next byte goes.
    pub(crate) fn ready(&mut self) -> Result<(u32, u64), Fault> {
        if let Some((number, _)) = &self.head {
            let size = self.all.get(number).map_or(0, |segment| segment.size);
            if size < self.roll_at {
                return Ok((*number, size));
            }
            // Nobody syncs it any more once the next one is written.
            self.sync()?;
            self.head = None;
        }
        let number = self.next;
        let name = segment_name(number);
        // A number is used once: what a fault left of this file is not written to again.
        self.next =
            self.next.checked_add(1).ok_or(Fault::NotAStore("it has no number left for a segment"))?;
        let mut file = self.disk.create(&name).map_err(Fault::disk("creating", &name))?;
        self.all.insert(number, Segment::default());
        let written = file.append(&head(SEGMENT_MARK, &self.id, u64::from(number)));
        written.map_err(Fault::disk("writing", &name))?;
        self.all.insert(number, Segment { size: HEAD_BYTES, live: 0 });
        self.head = Some((number, file));
        (self.is_new, self.is_behind) = (true, true);
        Ok((number, HEAD_BYTES))
    }

    /// Appends to the segment that [`Self::ready`] named.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let Some((number, file)) = &mut self.head else { return Err(Fault::NotRecovered) };
        self.is_behind = true;
        let segment = self.all.entry(*number).or_default();
        let Err(why) = file.append(bytes) else {
            segment.size = segment.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            return Ok(());
        };
        let name = segment_name(*number);
        // Part of it may be there: it is cut off, or the segment is left as it is and the next one begins.
        if file.truncate(segment.size).is_err() {
            segment.size = file.size().unwrap_or(segment.size);
            self.head = None;
        }
        Err(Fault::disk("writing", &name)(why))
    }

    /// Returns when all that was appended will survive.
    pub(crate) fn sync(&mut self) -> Result<(), Fault> {
        let Some((number, file)) = self.head.as_mut().filter(|_| self.is_behind) else { return Ok(()) };
        let name = segment_name(*number);
        let synced = file.sync().map_err(Fault::disk("syncing", &name));
        let synced = synced.and_then(|()| match self.is_new {
            true => self.disk.sync_dir("").map_err(Fault::disk("syncing the folder of", &name)),
            false => Ok(()),
        });
        match synced {
            Ok(()) => (self.is_new, self.is_behind) = (false, false),
            // What was not synced may be lost although a later sync succeeds.
            Err(_) => self.head = None,
        }
        synced
    }

    /// Everything of an object is needed.
    pub(crate) fn needs(&mut self, places: Places) {
        places.parts().for_each(|(place, _)| self.needed(place));
    }

    /// Nothing of an object is needed any more.
    pub(crate) fn done_with_all(&mut self, places: Places) {
        places.parts().for_each(|(place, _)| self.done_with(place));
    }

    /// Whether everything of an object is there.
    pub(crate) fn covers_all(&self, places: Places) -> bool {
        places.parts().all(|(place, _)| self.covers(place))
    }

    /// Chunks that are needed.
    fn needed(&mut self, place: Place) {
        let segment = self.all.entry(place.segment).or_default();
        segment.live = segment.live.saturating_add(place.size());
    }

    /// Chunks that are no longer needed.
    fn done_with(&mut self, place: Place) {
        if let Some(segment) = self.all.get_mut(&place.segment) {
            segment.live = segment.live.saturating_sub(place.size());
            // It may have been what was damaged.
            self.left.remove(&place.segment);
        }
    }

    /// Whether the segment is long enough to have the chunk.
    pub(crate) fn covers(&self, place: Place) -> bool {
        self.all.get(&place.segment).is_some_and(|segment| place.end() <= segment.size)
    }

    /// Bytes of all segments.
    pub(crate) fn size(&self) -> u64 {
        self.all.values().fold(0, |sum, segment| sum.saturating_add(segment.size))
    }

    /// Segments of which nothing is needed, the one that is written left out.
    pub(crate) fn empty(&self) -> Vec<u32> {
        let written = self.head.as_ref().map(|(number, _)| *number);
        let empty =
            self.all.iter().filter(|(number, segment)| segment.live == 0 && written != Some(**number));
        empty.map(|(number, _)| *number).collect()
    }

    /// The segment with the most bytes that are not needed, where they are at least a quarter of it; of those that can be
    /// emptied.
    pub(crate) fn wasteful(&self) -> Option<u32> {
        let waste = |segment: &Segment| segment.size.saturating_sub(segment.live).saturating_sub(HEAD_BYTES);
        let others = self.all.iter().filter(|(number, _)| !self.left.contains(number));
        let most = others.max_by_key(|(_, segment)| waste(segment))?;
        (waste(most.1) > 0 && waste(most.1) >= most.1.size.wrapping_div(4)).then_some(*most.0)
    }

    /// It cannot be emptied, for as long as all that is needed of it is.
    pub(crate) fn leave(&mut self, number: u32) {
        self.left.insert(number);
    }

    /// Ends the segment, should it be the one that is written.
    pub(crate) fn end(&mut self, number: u32) {
        self.head.take_if(|(head, _)| *head == number);
    }

    /// Removes a segment.
    pub(crate) fn remove(&mut self, number: u32) -> Result<(), Fault> {
        remove(&*self.disk, &segment_name(number))?;
        self.all.remove(&number);
        self.left.remove(&number);
        Ok(())
    }

    /// Every chunk head of a segment, with its place, up to the first that is none.
    pub(crate) fn walk(
        &self,
        number: u32,
        each: &mut dyn FnMut(Place, &crate::chunk::Head),
    ) -> Result<(), Fault> {
        let name = segment_name(number);
        let mut offset = HEAD_BYTES;
        while let Ok(at) = u32::try_from(offset) {
            let bytes = self.disk.read_at(&name, offset, HEAD).map_err(Fault::disk("reading", &name))?;
            let Some(head) = crate::chunk::Head::read(&bytes) else { break };
            let place = Place { segment: number, offset: at, length: head.length };
            each(place, &head);
            offset = place.end();
        }
        Ok(())
    }

    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.all.keys().copied().collect()
    }
}

/// The whole chunk at a place.
pub(crate) fn chunk_at(disk: &dyn Disk, place: Place) -> Result<Vec<u8>, Fault> {
    let name = segment_name(place.segment);
    let length = usize::try_from(place.size()).unwrap_or(usize::MAX);
    disk.read_at(&name, u64::from(place.offset), length).map_err(|why| match why.kind() {
        io::ErrorKind::NotFound => Fault::damaged(&name, u64::from(place.offset), "the file is gone"),
        _ => Fault::disk("reading", &name)(why),
    })
}
