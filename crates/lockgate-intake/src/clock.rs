//! Time comes from outside, so that tests simulate it.

use lockgate_bytes::Time;

/// The lane's two clocks.
pub trait Clock: Send + Sync {
    /// The lane's time: stamps arrivals, judges certificates. Never runs back.
    fn now(&self) -> Time;

    /// Steady time since some start: measures rates and patience, whatever is done to the other one.
    fn steady(&self) -> Time;
}
