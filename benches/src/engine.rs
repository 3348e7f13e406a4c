//! The seam to the fast path. The measurements know nothing of the engine but this.

/// What became of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Released as received.
    Verbatim,
    /// Released in the canonical form, parsed and checked again.
    Reemitted,
    /// Held.
    Held,
    /// Refused.
    Refused,
}

/// One lane, ready to judge.
pub trait Engine {
    /// Judges one object, from its bytes to the verdict, and writes the line of `inspect --json` into `line`, which is
    /// empty at first and keeps its memory. Where it releases, the released bytes replace what is in `released`; where
    /// they are the received ones, it is left alone.
    fn inspect(&mut self, object: &[u8], line: &mut Vec<u8>, released: &mut Vec<u8>) -> Outcome;
}

/// What the lane to be measured looks like.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Number of authored rules, over at most 60 distinct conditions.
    pub rules: usize,
    /// Terms of the word list; [`crate::event::word`] gives them.
    pub words: usize,
}

/// A lane as `setup` asks: destination and agreement included. `None` as long as the fast path is not wired here; every
/// row that needs it is then unmeasured.
pub fn wired(_setup: Setup) -> Option<Box<dyn Engine>> {
    None
}
