//! The slow path: one process an object, in a jail, and what it looks for there.
//!
//! ```text
//!   parent                                         worker: this program again, as a hidden command
//!   Workers::look(bytes) --question--> stdin --->  jail closed before the first byte, then: form -> walker -> findings
//!          ^                                         |
//!          +------ answer, read as hostile <-------- stdout
//! ```
//!
//! A worker gets the bytes on its standard input and nothing else: no path, key, network, environment or clock to talk by.
//! It lives for one object. What it says is bounded before anything is allocated, has to be of exactly the length that it
//! announces, and names findings by their number in a closed list; no sentence of a worker reaches an account.
//!
//! Text in pictures is read by a program of others, where there is one: [`Reader`]. It runs in a jail of its own, gets levels
//! that a worker drew and never a byte of the object, and what it reads only adds to what the object says.
//!
//! Where the kernel offers no jail, no worker ever sees a byte: [`Failure::NoJail`], and the object is held unopened. No
//! setting changes that.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod answer;
mod archive;
mod codes;
mod form;
mod image;
mod inside;
#[cfg(target_os = "linux")]
mod jail;
#[cfg(target_os = "linux")]
mod jailed;
mod look;
mod nitf;
mod owned;
#[cfg(target_os = "linux")]
mod patience;
mod pdf;
mod pixels;
#[cfg(target_os = "linux")]
mod pool;
#[cfg(target_os = "linux")]
mod process;
mod question;
#[cfg(target_os = "linux")]
mod reader;
mod scan;
#[cfg(target_os = "linux")]
mod turns;
#[cfg(target_os = "linux")]
mod verify;
#[cfg(target_os = "linux")]
mod worker;

pub use answer::{Answer, Malformed, Rebuilt};
pub use codes::CODES;
pub use form::Form;
#[cfg(target_os = "linux")]
pub use jail::{Limits, NoJail, enter};
#[cfg(target_os = "linux")]
pub use jailed::Jailed;
pub use lockgate_render::Rebuild;
pub use look::{look, look_as};
#[cfg(target_os = "linux")]
pub use pool::{Failure, Settings, Workers};
pub use question::Ask;
#[cfg(target_os = "linux")]
pub use reader::{NoReader, Place, READER_COMMAND, Reader, Turn, become_reader};
#[cfg(target_os = "linux")]
pub use worker::{COMMAND, work};
