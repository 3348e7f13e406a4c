//! The commands, one module each. Every `run` does its work and says how it ended; what it cannot do is a fault.

pub(crate) mod audit;
pub(crate) mod bundle;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod inspect;
pub(crate) mod label;
pub(crate) mod manual;
pub(crate) mod spif;
