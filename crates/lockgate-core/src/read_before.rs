//! Marking fields that say exactly what they said in the object before need not be read again.

use crate::policy::LaneType;
use alloc::vec::Vec;
use lockgate_marking::Label;

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
