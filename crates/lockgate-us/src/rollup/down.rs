//! Roll-down: what becomes of a banner after portions were taken out.

use super::{Date, RollUp, RolledUp};
use crate::edition::Edition;
use crate::marking::{Marking, Owner};
use crate::vocabulary::Level;

/// How a banner stands over portions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// It is what they make together.
    Exact,
    /// It covers them, and more: it may stay.
    Stricter,
    /// It does not cover them.
    Looser,
}

impl RollUp {
    /// Rolls up what is left after portions were taken out, and says how `banner` stands over the rest.
    ///
    /// The result is never looser than a portion that is left, whatever the banner was before.
    pub fn down<'a>(
        left: impl IntoIterator<Item = &'a Marking>,
        banner: &Marking,
        edition: &'static Edition,
        today: Date,
    ) -> (RolledUp, Stands) {
        let mut rollup = Self::new(edition);
        left.into_iter().for_each(|portion| rollup.add(portion));
        let mut within = rollup.clone();
        if banner.owner == Owner::Us {
            // JOINT information in a whole of the United States is a foreign source there (CAPCO 2016 H.3).
            within.join(&Marking::new(Level::U));
        }
        let within = within.strictest();
        let stands = match (banner.covers(&within, edition), within.covers(banner, edition)) {
            _ if rollup.taken == 0 => Stands::Stricter,
            (false, _) => Stands::Looser,
            (true, false) => Stands::Stricter,
            (true, true) => Stands::Exact,
        };
        (rollup.end(today), stands)
    }
}
