//! `lockgate run` as networks and operators meet it: real processes over loopback, on free ports and in folders of their own.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "a test stops where something is not as it should be; a skipped one is loud"
)]

mod adapters;
mod deliver;
mod diode;
mod disk;
mod explain;
mod eyes;
mod flood;
mod gate;
mod kill;
mod limits;
mod one_way;
mod outside;
mod queue;
mod refusals;
mod reload;
mod replay;
mod review;
mod rules;
mod running;
mod sidecars;
mod slow;
mod stop;
mod stream;
mod tls;
mod two;
mod unasked;
mod up;
mod way;
mod wire;
