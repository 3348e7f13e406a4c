//! Where no processor has the vectors that `run.rs` is for: there are none of its runs, and the library does all of it.

use crate::repairs::Cell;
use reed_solomon_simd::engine::Engine;

/// Nothing is one of these.
pub(crate) enum Runs {}

impl Runs {
    /// `None`: this is not the way to do it.
    pub(crate) fn new(_: usize, _: u32, _: &impl Engine) -> Option<Self> {
        None
    }

    /// Of nothing.
    pub(crate) fn add(&self, _: usize, _: &[u8], _: usize, _: &mut [Cell]) -> Option<()> {
        match *self {}
    }
}
