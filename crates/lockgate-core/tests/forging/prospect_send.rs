//! What would leave is looked at; it is not a release.
use lockgate_core::{Final, Prospect};

fn forge(prospect: Prospect) -> impl Final {
    prospect
}

fn main() {}
