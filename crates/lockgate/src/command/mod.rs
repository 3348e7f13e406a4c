//! The commands, one module each. Every `run` does its work and says how it ended; what it cannot do is a fault.

#[cfg(unix)]
pub(crate) mod audit;
pub(crate) mod bundle;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod fmt;
#[cfg(unix)]
pub(crate) mod hold;
pub(crate) mod inspect;
pub(crate) mod label;
pub(crate) mod manual;
pub(crate) mod marking;
pub(crate) mod plan;
#[cfg(target_os = "linux")]
pub(crate) mod receive;
#[cfg(target_os = "linux")]
pub(crate) mod relay;
#[cfg(unix)]
pub(crate) mod replay;
#[cfg(target_os = "linux")]
pub(crate) mod review;
#[cfg(target_os = "linux")]
pub(crate) mod run;
pub(crate) mod signing;
pub(crate) mod spif;
#[cfg(unix)]
pub(crate) mod status;
#[cfg(unix)]
pub(crate) mod top;
pub(crate) mod way;
pub(crate) mod words;
