//! Who signed a bundle, who may sign one, and what a bundle must be before a lane runs on it.
//!
//! ```text
//!   trust file --Trust::read--------.
//!   signature file --Signatures::read--> Trust::verify(bundle file, signatures, Demands) --> TrustedBundle
//!   bundle file --------------------'                                                   \--> Refused: every reason
//! ```

mod codes;
mod file;
mod signatures;
mod verify;

pub use codes::codes;
pub use file::{Signer, Trust};
pub use signatures::{MAX_SIGNATURES, SignatureLine, Signatures};
pub use verify::{Counted, Demands, Finding, Refused, TrustedBundle};
