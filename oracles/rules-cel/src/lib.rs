//! Nothing but tests: see `tests/overlap.rs`.
