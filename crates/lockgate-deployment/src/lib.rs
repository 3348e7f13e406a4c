//! Where a lane runs: addresses, paths, keys and limits, and whether they keep what the bundle asks for.
//!
//! ```text
//!   deployment file --Deployment::read--> Deployment --fit(bundle)--> Fit: what each source may send, how streams are cut
//!                                              \                        \--> Diagnostics: where it offers less
//!                                               '--> the program looks whether files, keys and folders are there
//! ```
//!
//! A deployment can only narrow: what a lane may do stands in the signed bundle, and a deployment that offers less than
//! its lane asks for does not start.
//!
//! What this crate cannot do on purpose: open a socket or a file, or read a clock.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod codes;
mod fit;
mod foreign;
mod model;
mod read;
mod reception;

pub use codes::{codes, found};
pub use fit::{Fit, Sizes, Stream, Terms};
pub use foreign::{ForeignEgress, ForeignEnd};
pub use model::{
    Audit, ByteOrder, Client, Clock, Deployment, DiodeEgress, DiodeEnd, DiodeIntake, DirectoryIntake, Egress,
    Framing, Hold, Intake, Length, Log, LogFormat, LogTo, Metrics, Offer, QueueBounds, StreamLimits,
    TcpIntake, TextReader, TlsIntake, UdpIntake,
};
pub use reception::{Deliver, FarEnd, Reception, ReportTo, Summary};
