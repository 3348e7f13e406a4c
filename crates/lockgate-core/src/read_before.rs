//! Marking fields that say exactly what they said in an object before need not be read again.

use crate::policy::LaneType;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_marking::{CarrierIx, Label, UsMarking};

/// The marking fields of the last object, and the label that they made.
#[derive(Debug, Default)]
pub(crate) struct ReadBefore {
    /// What the label was made from: the type, and each field with its length.
    said: Vec<u8>,
    /// The same of the object at hand, as far as it was gathered.
    says: Vec<u8>,
    label: Option<Label>,
}

impl ReadBefore {
    /// Begins with the fields of an object of this type: the same words may mean another label in another type.
    pub(crate) fn begin(&mut self, lane_type: &LaneType) {
        self.says.clear();
        self.field(Some(lane_type.id().as_bytes()));
    }

    /// The next field; `None` where it is absent. Lengths stand before texts, so that no two lists of fields are alike.
    pub(crate) fn field(&mut self, text: Option<&[u8]>) {
        match text {
            Some(text) => {
                let length = u32::try_from(text.len()).unwrap_or(u32::MAX.saturating_sub(1));
                self.says.extend_from_slice(&length.to_le_bytes());
                self.says.extend_from_slice(text);
            }
            None => self.says.extend_from_slice(&u32::MAX.to_le_bytes()),
        }
    }

    /// The label, where these fields said the same before.
    pub(crate) fn label(&self) -> Option<Label> {
        self.label.filter(|_| self.said == self.says)
    }

    /// Keeps what these fields say. Only a label that was read without any fault is kept.
    pub(crate) fn keep(&mut self, label: Label) {
        core::mem::swap(&mut self.said, &mut self.says);
        self.label = Some(label);
    }
}

/// Markings that are remembered, at most.
const MARKINGS_MAX: usize = 32;

/// The last markings that were read as people read them, and what each one says: reading one takes memory, and the traffic
/// of a lane says the same few again and again.
#[derive(Debug, Default)]
pub(crate) struct MarkingsBefore {
    known: Vec<Known>,
    /// Which one is forgotten next.
    oldest: usize,
}

#[derive(Debug)]
struct Known {
    carrier: CarrierIx,
    type_id: Vec<u8>,
    text: Vec<u8>,
    said: MarkingSaid,
}

/// What a marking says: a label, and the marking of the United States that it is, if it is one.
pub(crate) type MarkingSaid = (Label, Option<Arc<UsMarking>>);

impl MarkingsBefore {
    /// What `text` said in this field of an object of this type.
    pub(crate) fn said(&self, type_id: &str, carrier: CarrierIx, text: &str) -> Option<MarkingSaid> {
        let same = |known: &&Known| {
            known.carrier == carrier && known.text == text.as_bytes() && known.type_id == type_id.as_bytes()
        };
        self.known.iter().find(same).map(|known| known.said.clone())
    }

    /// Remembers it. Only what was read without any fault is.
    pub(crate) fn keep(&mut self, type_id: &str, carrier: CarrierIx, text: &str, said: MarkingSaid) {
        if self.known.len() < MARKINGS_MAX {
            let (type_id, text) = (type_id.as_bytes().to_vec(), text.as_bytes().to_vec());
            self.known.push(Known { carrier, type_id, text, said });
            return;
        }
        if let Some(known) = self.known.get_mut(self.oldest) {
            (known.carrier, known.said) = (carrier, said);
            known.type_id.clear();
            known.type_id.extend_from_slice(type_id.as_bytes());
            known.text.clear();
            known.text.extend_from_slice(text.as_bytes());
        }
        self.oldest = self.oldest.saturating_add(1);
        if self.oldest >= MARKINGS_MAX {
            self.oldest = 0;
        }
    }
}
