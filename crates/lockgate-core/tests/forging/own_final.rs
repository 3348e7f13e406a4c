//! There are three verdicts, and nobody adds a fourth.
use lockgate_core::{Account, Final};

struct Blessed;

impl Final for Blessed {
    fn account(&self) -> Account<'_> {
        loop {}
    }
}

fn main() {}
