//! Fuzz targets as plain functions, one a parser.
//!
//! ```text
//!   TARGETS --> cargo test        replays fuzz/corpus and fuzz/crashes, then mutates each target for half a second
//!           --> cargo xtask fuzz  the same functions under libFuzzer, guided by coverage
//! ```
//!
//! A target takes any bytes, returns nothing and panics where a promise is broken: a parser that panics itself, a value
//! that does not survive being written and read again, two readers that disagree. To add one, see `fuzz/README.md`.

#![expect(clippy::panic, reason = "to panic is how a target says that a promise is broken")]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::print_stdout,
        reason = "tests compute freely and print the seed"
    )
)]

mod target;

#[cfg(test)]
mod mutator;
#[cfg(test)]
mod replay;

/// One fuzz target.
pub struct Target {
    /// Its name: the module in `target/`, the folder in `fuzz/corpus/` and `fuzz/crashes/`.
    pub name: &'static str,
    /// Runs it on one input; panics where a promise is broken.
    pub run: fn(&[u8]),
    /// Words that the mutators weave in: what a random byte would not hit in an hour.
    pub words: &'static [&'static str],
}

/// The target with this name.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Declares the targets: a module in `target/` each, with `run` and `WORDS`; and a test each that replays and mutates it.
macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        /// Every target there is.
        pub const TARGETS: &[Target] = &[$(
            Target { name: stringify!($name), run: target::$name::run, words: target::$name::WORDS },
        )*];

        #[cfg(test)]
        mod replayed {
            $(#[test]
            fn $name() {
                crate::replay::replay_and_mutate(crate::named(stringify!($name)).unwrap());
            })*
        }
    };
}

targets![
    answer,
    asterix,
    attributes,
    banner,
    binding,
    bundle,
    carried,
    compare,
    cot,
    datagram,
    decimal,
    deployment,
    differential,
    document,
    ess,
    flute,
    framing,
    gmti,
    imagery,
    inspect,
    ism,
    json,
    klv,
    label,
    lidi,
    manifest,
    message,
    notation,
    passages,
    pictures,
    protobuf,
    receiver,
    request,
    rules,
    spif,
    statement,
    time,
    types,
    words
];
