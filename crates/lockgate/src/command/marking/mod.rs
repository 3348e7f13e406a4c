//! `lockgate marking`: markings as people read them; by the words of a policy, or by an edition of the US rules.

mod form;
mod input;
mod text;
mod us;
mod whole;

use crate::args::{MarkingArgs, MarkingCheckArgs, MarkingRenderArgs, RollupArgs};
use crate::exit::{Exit, Fault};
use std::io::Write;

/// What an edition of the US rules begins with.
const US: &str = "us:";

/// Runs `marking parse`.
///
/// # Errors
/// [`Fault`] where the policy or the input cannot be read, or the output fails.
pub(crate) fn parse(args: &MarkingArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    if args.policy.starts_with(US) {
        return us::parse(args, json, out);
    }
    form::parse(args, json, out)
}

/// Runs `marking render`.
///
/// # Errors
/// As [`parse`].
pub(crate) fn render(args: &MarkingRenderArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    if args.marking.policy.starts_with(US) {
        return us::render(&args.marking, json, out);
    }
    form::render(args, json, out)
}

/// Runs `marking rollup`.
///
/// # Errors
/// As [`parse`].
pub(crate) fn rollup(args: &RollupArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    if args.policy.starts_with(US) {
        return us::rollup(args, json, out);
    }
    whole::rollup(args, json, out)
}

/// Runs `marking check`.
///
/// # Errors
/// As [`parse`].
pub(crate) fn check(args: &MarkingCheckArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    text::check(args, json, out)
}
