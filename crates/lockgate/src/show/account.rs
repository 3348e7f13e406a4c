//! The full account of a verdict for people: what the object is, what it claims, what was checked, and why.

use super::table::{printable, wrap};
use lockgate_core::{Account, Envelope, Reason, VerdictKind};
use lockgate_reason::Family;
use std::fmt::Write as _;

/// Characters of a line.
const WIDTH: usize = 80;
/// Where the text behind a heading begins.
const MARGIN: usize = 15;

/// Appends the account. It names fields and spans, never what stands in them.
pub(super) fn write(account: &Account<'_>, envelope: &Envelope<'_>, out: &mut String) {
    let mut page = Page { out };
    object(account, envelope, &mut page);
    let readable = account.type_id().is_some() && !unreadable(account);
    kind(account, readable, &mut page);
    if readable {
        label(account, &mut page);
        checks(account, &mut page);
        release(account, &mut page);
    }
    findings(account, &mut page);
    verdict(account, &mut page);
}

/// What deep inspection saw: the form, and each finding with its place.
fn findings(account: &Account<'_>, page: &mut Page<'_>) {
    let Some(seen) = account.seen() else { return };
    let form = seen.form.unwrap_or("none that is known");
    page.line("form", &format!("{form}, by its structure"));
    for finding in &seen.findings {
        let code = finding.code;
        page.line("finding", &format!("{}, {}: {}", code.name, code.class.name(), finding.place));
        page.line("", code.says);
    }
    if let Some(rebuilt) = &seen.rebuilt {
        let what = match account.verdict() {
            VerdictKind::Release if account.is_unasked() => {
                "leaves in its place: this lane asks nobody where nothing was found"
            }
            VerdictKind::Release => "leaves in its place, as people approved",
            VerdictKind::Hold | VerdictKind::Refuse => "a candidate for people to decide on",
        };
        page.line("built anew", &format!("{} bytes, {what}", rebuilt.size()));
        page.line("", &rebuilt.sha256().to_string());
    }
}

/// Lines with a heading in the margin, 80 characters wide.
pub(super) struct Page<'a> {
    pub(super) out: &'a mut String,
}

impl Page<'_> {
    pub(super) fn line(&mut self, head: &str, text: &str) {
        for (at, line) in wrap(text, WIDTH.saturating_sub(MARGIN)).iter().enumerate() {
            let head = if at == 0 { head } else { "" };
            // Writing to a String cannot fail.
            let _ = writeln!(self.out, "{}", format!("{head:<MARGIN$}{line}").trim_end());
        }
    }
}

fn object(account: &Account<'_>, envelope: &Envelope<'_>, page: &mut Page<'_>) {
    let path = printable(envelope.path);
    let frame = envelope.frame.map_or_else(String::new, |(frame, span)| {
        format!(", frame {frame} at bytes {} to {}", span.start, span.end)
    });
    page.line("object", &format!("{path}{frame}, {} bytes", account.size_bytes()));
    page.line("sha256", &account.sha256().to_string());
    page.line("from", &format!("source {}, lane {}", account.source(), account.policy().lane()));
    page.line("to", account.destination());
    page.line("as of", &account.now().to_string());
    page.line("bundle", &account.policy().bundle().to_string());
    page.line("engine", lockgate_core::ENGINE);
}

fn kind(account: &Account<'_>, readable: bool, page: &mut Page<'_>) {
    match (account.route(), account.type_id()) {
        ("fast", Some(id)) => page.line("route", &format!("fast: its structure is that of the type {id}")),
        ("slow", Some(id)) => {
            let says = format!(
                "slow: its structure is that of the type {id}, with a part that the type does not declare"
            );
            page.line("route", &says);
        }
        ("slow", None) => {
            page.line("route", "slow: no type of the lane recognises it, and the lane has a slow route")
        }
        _ => page.line("route", "none: no type of the lane recognises it, and the lane has no slow route"),
    }
    if account.type_id().is_some() {
        page.line(
            "type",
            if readable { "read whole, and it follows its type" } else { "it does not follow its type" },
        );
    }
    for (what, place, at) in account.times() {
        page.line("time", &format!("{what} {at} ({})", field(account, place)));
    }
}

fn label(account: &Account<'_>, page: &mut Page<'_>) {
    let mut any = false;
    let policies = account.policy().policies();
    for (_, place, label) in account.claims() {
        let text = label.map(|label| printable(&label.text(policies).to_string()));
        let claim = text.unwrap_or_else(|| "not readable".to_owned());
        page.line("claim", &format!("{place}: {claim}"));
        any = true;
    }
    if !any {
        page.line("claim", "none");
    }
    match account.label_text() {
        Some(label) => page.line("label", &format!("{} (this is enforced)", printable(&label))),
        None => page.line("label", "none can be enforced"),
    }
    page.line("category", account.category().unwrap_or("none, so no agreement covers it"));
    page.line("precedence", account.precedence().name());
}

/// One line for each group of checks: passed, or how many reasons it gave.
fn checks(account: &Account<'_>, page: &mut Page<'_>) {
    let groups = [
        ("words checked", &[Family::Words][..]),
        ("label checked", &[Family::Marking]),
        ("release check", &[Family::Agreement]),
        ("rules checked", &[Family::Rule]),
    ];
    for (head, families) in groups {
        let found = account.reasons().filter(|reason| families.contains(&reason.code.family())).count();
        let text = match found {
            0 => "nothing found".to_owned(),
            1 => "1 reason, below".to_owned(),
            many => format!("{many} reasons, below"),
        };
        page.line(head, &text);
    }
}

fn release(account: &Account<'_>, page: &mut Page<'_>) {
    match account.agreement() {
        Some(agreement) => page.line("agreement", &format!("{agreement}, in force and covering it")),
        None if account.released().is_some() => page.line("agreement", "none is needed on this lane"),
        None => page.line("agreement", "none covers it"),
    }
    if let Some(delegation) = account.delegation() {
        let policies = account.policy().policies();
        let label = account.label_released().map(|label| format!(", and leaves as {}", label.text(policies)));
        page.line("regraded", &format!("by {delegation}{}", printable(&label.unwrap_or_default())));
    }
    if let Some((sha256, size)) = account.released() {
        if sha256 == account.sha256() {
            page.line(
                "released",
                "the bytes exactly as they arrived: they are canonical, and nothing is left out",
            );
        } else {
            page.line(
                "released",
                &format!(
                    "{size} bytes written anew from the record, then read and decided again: sha256 {sha256}"
                ),
            );
        }
        if let Some((at, field)) = account.first_difference() {
            page.line("", &format!("differs from what arrived at byte {at}, in {field}"));
        }
        let end = account.not_after().map_or_else(|| "no limit".to_owned(), |end| format!("before {end}"));
        page.line("send", &end);
    }
}

fn verdict(account: &Account<'_>, page: &mut Page<'_>) {
    page.line("", "");
    page.line("verdict", account.verdict().name());
    for reason in account.reasons() {
        self::reason(account, reason, page);
    }
    if account.verdict() != VerdictKind::Release {
        page.line("", "");
        page.line("to flow", "every reason above has to go: see what each one asks for.");
    }
}

fn reason(account: &Account<'_>, reason: &Reason, page: &mut Page<'_>) {
    page.line("", "");
    let mut head = format!("{} {}", reason.code, reason.outcome.name());
    if let Some(rule) = &reason.rule {
        let _ = write!(head, ", {rule}");
    }
    if let Some(field) = reason.field(account.shape()) {
        let _ = write!(head, ", {field}");
    }
    if let Some(span) = reason.span {
        let _ = write!(head, " [{}..{}]", span.start, span.end);
    }
    page.line("reason", &head);
    page.line("", &printable(&reason.says));
    if let Some(cites) = &reason.cites {
        page.line("  source", &printable(cites));
    }
    page.line("  cause", reason.code.cause());
    page.line("  for", &super::acts(account.who_acts(reason), reason.code));
    page.line("  remedy", reason.code.remedy());
}

/// True where a reason says that the object has no record.
fn unreadable(account: &Account<'_>) -> bool {
    let mut record = String::new();
    account.write_record(&mut record);
    record == "null"
}

fn field(account: &Account<'_>, place: lockgate_record::Place) -> String {
    let mut path = String::new();
    if let Some(shape) = account.shape() {
        let _ = place.write(shape, &mut path);
    }
    path
}
