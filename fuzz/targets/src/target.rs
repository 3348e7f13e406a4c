//! The targets, one module each.

pub(crate) mod decimal;
pub(crate) mod time;
