//! Verdicts for people: what, where, why, and what to do.

mod account;
#[cfg(unix)]
pub(crate) mod held;
#[cfg(unix)]
pub(crate) mod screen;
mod summary;
pub(crate) mod table;

pub(crate) use summary::Summary;

use crate::exit::Fault;
use crate::pipeline::Passed;
use lockgate_core::{Account, Envelope, Reason, VerdictKind};
use lockgate_reason::{Code, Who};
use lockgate_record::Shape;
use std::fmt::Write as _;
use std::io::Write;

/// In which form verdicts are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// One JSON object a line.
    Json {
        /// With the parsed record.
        record: bool,
    },
    /// A few lines a verdict.
    Lines {
        /// With the parsed record, as JSON, and units behind its quantities.
        record: bool,
    },
    /// The full account, step by step.
    Account,
}

impl Form {
    pub(crate) fn has_record(self) -> bool {
        matches!(self, Self::Json { record: true } | Self::Lines { record: true })
    }

    /// Appends one verdict.
    pub(crate) fn write(self, account: &Account<'_>, envelope: &Envelope<'_>, out: &mut String) {
        match self {
            Self::Json { .. } => {
                account.write_json(envelope, out);
                out.push('\n');
            }
            Self::Lines { record } => {
                verdict(account, envelope, out);
                if record {
                    out.push_str("        ");
                    account.write_record_with_units(out);
                    out.push('\n');
                }
            }
            Self::Account => account::write(account, envelope, out),
        }
    }
}

/// How many objects got which verdict.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) objects: usize,
    pub(crate) released: usize,
    pub(crate) held: usize,
    pub(crate) refused: usize,
}

impl Tally {
    pub(crate) fn count(&mut self, passed: &Passed) {
        let counter = match passed {
            Passed::Release(_) => &mut self.released,
            Passed::Hold(_) => &mut self.held,
            Passed::Refuse(_) => &mut self.refused,
        };
        *counter = counter.saturating_add(1);
        self.objects = self.objects.saturating_add(1);
    }
}

/// The last line of a run.
///
/// # Errors
/// [`Fault`] where the output fails.
pub(crate) fn tally(tally: &Tally, out: &mut dyn Write) -> Result<(), Fault> {
    let Tally { objects, released, held, refused } = tally;
    let noun = if *objects == 1 { "object" } else { "objects" };
    writeln!(out, "{objects} {noun}: {released} released, {held} held, {refused} refused")
        .map_err(Fault::from)
}

/// A verdict in a few lines: verdict and object, the label, and every reason with its remedy.
fn verdict(account: &Account<'_>, envelope: &Envelope<'_>, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{:<8}{}", account.verdict().name(), table::printable(envelope.path));
    if let Some((frame, span)) = envelope.frame {
        let _ = write!(out, " frame {frame} [{}..{}]", span.start, span.end);
    }
    let kind = account.type_id().unwrap_or("no type of this lane");
    let _ = write!(out, "  {kind}");
    for part in [account.category().map(String::from), account.label_text()].into_iter().flatten() {
        let _ = write!(out, ", {part}");
    }
    out.push('\n');
    if account.verdict() == VerdictKind::Release {
        released(account, out);
    }
    for reason in account.reasons() {
        self::reason(reason, account.who_acts(reason), account.shape(), out);
    }
}

fn released(account: &Account<'_>, out: &mut String) {
    let _ = write!(out, "        to {}", account.destination());
    if let Some(agreement) = account.agreement() {
        let _ = write!(out, " under agreement {agreement}");
    }
    if let Some(delegation) = account.delegation() {
        let _ = write!(out, ", regraded by delegation {delegation}");
    }
    let how = match account.released() {
        Some((sha256, _)) if sha256 == account.sha256() => "exactly as it arrived".to_owned(),
        Some((_, size)) => format!("rewritten in canonical form, {size} bytes"),
        None => String::new(),
    };
    let _ = writeln!(out, ", {how}");
}

/// One reason: code, place, sentence; then where the rule comes from, who acts, and the remedy.
fn reason(reason: &Reason, who: Who, shape: Option<&Shape>, out: &mut String) {
    let _ = write!(out, "        {}", reason.code);
    if let Some(rule) = &reason.rule {
        let _ = write!(out, " {rule}");
    }
    if let Some(field) = reason.field(shape) {
        let _ = write!(out, " {field}");
    }
    if let Some(span) = reason.span {
        let _ = write!(out, " [{}..{}]", span.start, span.end);
    }
    let _ = writeln!(out, ": {}", table::printable(&reason.says));
    if let Some(cites) = &reason.cites {
        let _ = writeln!(out, "                (source: {})", table::printable(cites));
    }
    let _ = writeln!(out, "                for {}: {}", acts(who, reason.code), reason.code.remedy());
}

/// Who acts, for people; with why it is not they whom the remedy names first.
fn acts(who: Who, code: Code) -> String {
    match who == code.who() {
        true => who.to_string(),
        false => format!("{who}, as people may not answer it here"),
    }
}

#[cfg(test)]
mod tests {
    use super::reason;
    use lockgate_core::Reason;
    use lockgate_reason::{Who, rule};

    /// A bundle may come from somebody else; what its rules say moves no cursor and makes no line of its own.
    #[test]
    fn what_a_rule_says_stays_in_its_line() {
        let mut told = Reason::new(rule::NOT_MET).saying("x\u{1b}[2K\n  release".to_owned());
        told.cites = Some("a\u{202e}b\r\n".into());
        let mut out = String::new();
        reason(&told, Who::Originator, None, &mut out);
        assert_eq!(out.lines().count(), 3, "{out:?}");
        assert!(!out.contains(|letter: char| letter != '\n' && lockgate_bytes::is_hidden(letter)), "{out:?}");
    }
}
