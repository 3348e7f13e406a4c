//! A short text on the stack: numbers, times and positions as they are written.

use core::fmt::{self, Write};

/// Longest short text, in bytes.
const ROOM: usize = 64;

/// A short text on the stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Short {
    bytes: [u8; ROOM],
    used: usize,
}

impl Short {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self { bytes: [0; ROOM], used: 0 }
    }

    /// A text that is no longer than what fits.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let mut short = Self::new();
        short.all(text)?;
        Some(short)
    }

    /// What was written.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or(&[])
    }

    /// What was written, where it is text.
    pub(crate) fn text(&self) -> &str {
        core::str::from_utf8(self.bytes()).unwrap_or("")
    }

    /// What is shown; `None` where there is no room for it.
    pub(crate) fn shown(what: fmt::Arguments<'_>) -> Option<Self> {
        let mut short = Self::new();
        short.write_fmt(what).ok()?;
        Some(short)
    }

    /// Adds one byte; `None` where there is no room.
    pub(crate) fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.used)? = byte;
        self.used = self.used.checked_add(1)?;
        Some(())
    }

    /// Adds several.
    pub(crate) fn all(&mut self, bytes: &[u8]) -> Option<()> {
        bytes.iter().try_for_each(|byte| self.push(*byte))
    }

    /// Adds `value` with at least `least` digits.
    pub(crate) fn digits(&mut self, value: u64, least: usize) -> Option<()> {
        let mut digits = [0_u8; 20];
        let (mut rest, mut used) = (value, 0_usize);
        for place in digits.iter_mut().rev() {
            if rest == 0 && used >= least.max(1) {
                break;
            }
            *place = b'0'.wrapping_add(u8::try_from(rest % 10).ok()?);
            rest /= 10;
            used = used.checked_add(1)?;
        }
        self.all(digits.get(digits.len().checked_sub(used)?..)?)
    }
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.all(text.as_bytes()).ok_or(fmt::Error)
    }
}
