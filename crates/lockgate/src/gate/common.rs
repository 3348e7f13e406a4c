//! What the engine and the journal of a lane have in common.

use super::clock::SharedClock;
use super::engine::room::Room;
use super::pages::Pages;
use crate::exit::Fault;
use lockgate_bytes::SealKey;
use lockgate_intake::Pool;
use lockgate_watch::Gauges;
use std::sync::Arc;

/// What the engine and the journal have in common.
#[derive(Clone)]
pub(crate) struct Common {
    pub(crate) clock: Arc<SharedClock>,
    pub(crate) gauges: Arc<Gauges>,
    /// Buffers of objects.
    pub(crate) pool: Arc<Pool>,
    /// Buffers of words.
    pub(crate) pages: Arc<Pages>,
    /// Seals what is released, in this process.
    pub(crate) key: SealKey,
    /// The number of the run.
    pub(crate) epoch: u64,
    /// How much room there is in the line before the slow thread.
    pub(crate) room: Arc<Room>,
}

impl Common {
    /// With `pool_bytes` of memory for objects that are on their way, and a key of its own: one for a link where what is released
    /// leaves over one that names objects.
    ///
    /// # Errors
    /// [`Fault`] where the system gives no random numbers.
    pub(crate) fn new(
        clock: Arc<SharedClock>,
        gauges: Arc<Gauges>,
        pool_bytes: usize,
        epoch: u64,
        by_link: bool,
    ) -> Result<Self, Fault> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|_| Fault::new("the system gives no random numbers"))?;
        let (pool, pages) = (Arc::new(Pool::new(pool_bytes)), Arc::new(Pages::default()));
        let key = if by_link { SealKey::for_link(secret) } else { SealKey::new(secret) };
        Ok(Self { clock, gauges, pool, pages, key, epoch, room: Arc::default() })
    }
}
