//! Listed words and hidden payload in open text, whatever they are dressed up as.
//!
//! ```text
//!   lists  --compile-->  WordLists (one automaton a mode)
//!                            |
//!   texts  --push-->  Scratch --fold--> letters and word edges --scan--> Hit {list | code, field, span}
//! ```
//!
//! All open texts of an object are scanned as one, in order, so that a word split over adjoining fields is found.
//!
//! A list in mode [`Mode::Whole`] is matched on letters alone: text and terms go through the same folding
//! (compatibility decomposition, marks stripped, lower case, look-alikes of other scripts and digits to Latin letters),
//! and everything that is neither letter nor digit (spaces, line breaks, punctuation, soft hyphens, zero-width and
//! bidirectional characters) is ignored inside a term and required at both of its ends. So `BLUE  HERON`,
//! `b.l.u.e h.e.r.o.n` and `Blu\u{200B}e-Нeron` are found, and `xblueherony` is not. So are letters by their category that
//! show as a dot, a stroke or nothing (`shown`). The signs `$ @ ! |`, and tags (letters that show nothing), may each be a
//! letter or a separator: a text that holds any is read a second time, with each of them both ways. One with escapes (`%20`,
//! `&nbsp;`, `=A0`, `\n`) is read once more, with each of them as a separator. Mode [`Mode::Exact`] finds the exact code points anywhere.
//!
//! In free text, long runs of base64, hexadecimal digits and escapes, ASCII armour and URLs have codes of their own;
//! `conceal` documents the thresholds.
//!
//! **What it cannot see**, and no claim is made that it does: a paraphrase, a synonym or another language; an inflected
//! form or a compound that the list does not name (`herons`); letters drawn by several characters (`rn` for `m`, `vv`
//! for `w`); look-alikes outside the table of `look_alike`, Greek nu for `v` and eta for `n` among them, and signs outside
//! that of `shown`, the Chinese one for a dash among them; a term written in digits and signs alone (`8105`, `80$$`); a term
//! hidden inside a longer word or in initials, reversed, shifted or enciphered; encodings below the thresholds or broken up
//! by spaces; words in pictures, and steganography. Reviewers, the closed vocabulary of types and the size limits of free
//! text stand against those.
//!
//! What this crate cannot do on purpose: show a word, do I/O, or decide. Scanning allocates nothing once warm, and its
//! cost is linear in the texts: a term has at most [`MAX_TERM_LETTERS`] letters, and where signs are read both ways each
//! place in the terms costs at most one step a letter.

#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

extern crate alloc;

mod conceal;
mod escapes;
mod fold;
mod letters;
mod lists;
mod look_alike;
mod matcher;
#[cfg(test)]
mod naive;
mod quick;
mod scan;
mod scratch;
mod shown;
mod signs;

pub use lists::{Found, Hit, ListSource, MAX_HITS_A_LIST, Mode, TermFault, WhyNot, WordLists};
pub use matcher::MAX_TERM_LETTERS;
pub use scratch::Scratch;
