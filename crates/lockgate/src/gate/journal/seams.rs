//! Whom the journal speaks to: egress on one side, the engine and intake on the other.

use crate::gate::entry::{Petition, Recalled};
use lockgate_bytes::{Digest, Sealed};
use lockgate_egress::Brake;
use lockgate_intake::{Mark, Receipt};

/// Where sealed objects go.
pub(crate) trait Handover: Send {
    /// Hands one over. Never waits.
    fn offer(&mut self, sealed: Sealed) -> Result<(), Box<Sealed>>;

    /// Another bundle is in force: what was handed over under the one before comes back.
    fn change(&mut self, bundle: Digest);

    /// While it is shut nothing leaves: what becomes of it could not be put on record.
    fn shut(&mut self, shut: bool);

    /// Nothing more will be handed over.
    fn close(&mut self) -> Option<Brake>;
}

/// Where objects come from that egress or the held store give back to be decided again, and who must hear of what is on
/// record.
pub(crate) trait Neighbours: Send {
    /// Offers an object to the engine. Never waits: one that is not taken comes back.
    fn again(&mut self, recalled: Recalled) -> Result<(), Box<Recalled>>;

    /// Offers a reviewer's statement to the engine. Never waits: one that is not taken comes back.
    fn review(&mut self, petition: Petition) -> Result<(), Box<Petition>>;

    /// Taken files may go.
    fn acknowledge(&mut self, receipts: &[Receipt]);

    /// What stands before these marks is on record.
    fn on_record(&mut self, marks: &[Mark]);
}
