//! `review show`: what a reviewer sees before signing. The original is never written anywhere: what is exported is its
//! account, the bytes that would leave, and pictures of pages that were made by us.

use super::desk::{Desk, Standing};
use crate::args::ReviewShowArgs;
use crate::clock;
use crate::exit::{Exit, Fault};
use crate::ocr;
use crate::show::held::number;
use crate::show::table::printable;
use lockgate_core::{Json, Prospect};
use lockgate_deep::Jailed;
use lockgate_hold::Item;
use lockgate_reason::Who;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Bytes of what would leave that are shown as text, at most; the file beside it has all.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// Pages of which pictures are exported, at most.
const PREVIEWS: u8 = 16;

/// Shows one object; negative where nobody can approve it.
///
/// # Errors
/// [`Fault`] where anything cannot be read, the folder is there already, or the output fails.
pub(crate) fn show(args: &ReviewShowArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let now = clock::now();
    let mut desk = Desk::open(&args.config)?;
    let item = desk.item(args.entry)?;
    let policy = desk.policy(now)?;
    // What is of no known type is looked into by a worker, as in the lane.
    let mut settings = ocr::settings(&desk.deployment.reader);
    if args.out.is_some() {
        settings.ask.previews = PREVIEWS;
    }
    let mut workers = Jailed::new(settings);
    let prospect = desk.prospect(&item, &policy, now, &mut workers)?;
    let standing = desk.standing(item.entry, now);
    let is_over = super::is_over(&item, now);
    let (line, text) =
        (line(&item, &standing, is_over, &prospect), text(&item, &standing, is_over, &prospect));
    if let Some(folder) = &args.out {
        export(folder, &line, &text, &prospect)?;
    }
    if json {
        writeln!(out, "{line}")?
    } else {
        out.write_all(text.as_bytes())?
    }
    Ok(Exit::negative_if(prospect.output().is_none()))
}

/// Whole, or not at all; for who asks, and nobody else on this machine: it is the account of a held object.
fn export(folder: &Path, line: &str, text: &str, prospect: &Prospect) -> Result<(), Fault> {
    let fault = |error| Fault::of(folder.display(), &error);
    DirBuilder::new().mode(0o700).create(folder).map_err(fault)?;
    fill(folder, line, text, prospect).map_err(|error| {
        // Nothing but what was written here just now; were it left, the next try would meet it.
        let _ = std::fs::remove_dir_all(folder);
        fault(error)
    })
}

fn fill(folder: &Path, line: &str, text: &str, prospect: &Prospect) -> io::Result<()> {
    let put = |name: &str, bytes: &[u8]| {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(name));
        file?.write_all(bytes)
    };
    put("account.json", format!("{line}\n").as_bytes())?;
    put("account.txt", text.as_bytes())?;
    if let Some((_, bytes)) = prospect.output() {
        put("leaves.bin", bytes)?;
        put("leaves.txt", preview(bytes).as_bytes())?;
    }
    for (picture, page) in prospect.previews().iter().zip(1_usize..) {
        put(&format!("page-{page}.png"), picture)?;
    }
    Ok(())
}

/// Bytes as text that no screen acts on: everything but visible ASCII and line breaks by its number.
fn preview(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes.iter().take(TEXT_BYTES_MAX) {
        match byte {
            b'\n' => out.push('\n'),
            b' '..=b'~' => out.push(char::from(*byte)),
            // Writing to a String cannot fail.
            other => drop(write!(out, "\\x{other:02x}")),
        }
    }
    out.push('\n');
    if bytes.len() > TEXT_BYTES_MAX {
        let _ = writeln!(out, "[{} bytes in all; leaves.bin has them]", bytes.len());
    }
    out
}

fn line(item: &Item, standing: &Standing, is_over: bool, prospect: &Prospect) -> String {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    number(&mut json, "entry", item.entry);
    json.digest("sha256", &prospect.input());
    json.text("state", &standing.state(is_over));
    json.texts("approved_by", standing.approved.iter().map(String::as_str));
    json.boolean("may_approve", prospect.output().is_some());
    match prospect.output() {
        Some((sha256, bytes)) => {
            json.digest("output_sha256", &sha256);
            json.number("output_size_bytes", bytes.len());
        }
        None => {
            json.null("output_sha256");
            json.null("output_size_bytes");
        }
    }
    json.digest("findings_sha256", &prospect.findings());
    json.text("label_before", prospect.label_before());
    json.text("label_after", prospect.label_after());
    let mut reasons = String::from("[");
    for (at, (code, may)) in prospect.reasons().iter().enumerate() {
        if at > 0 {
            reasons.push(',');
        }
        let mut reason = Json::object(&mut reasons);
        reason.text("code", code.id());
        reason.boolean("answerable", *may);
        reason.end();
    }
    reasons.push(']');
    json.key("reasons").push_str(&reasons);
    json.key("account").push_str(prospect.account());
    json.end();
    line
}

fn text(item: &Item, standing: &Standing, is_over: bool, prospect: &Prospect) -> String {
    let mut out = String::new();
    let mut line = |head: &str, text: &str| {
        let _ = writeln!(out, "{head:<12}{}", printable(text));
    };
    line("entry", &item.entry.to_string());
    line("object", &format!("{} bytes, sha256 {}", item.size, prospect.input()));
    line(
        "from",
        &format!("source {}, lane {}, arrived {}", item.facts.source, item.facts.lane, item.facts.arrival),
    );
    line("type", item.facts.type_id.as_deref().unwrap_or("none that the lane knows"));
    let (before, after) = (prospect.label_before(), prospect.label_after());
    line("label", if before.is_empty() { "none can be enforced" } else { before });
    line("state", &standing.state(is_over));
    if let Some((by, until)) = &standing.claimed {
        line("claimed by", &format!("{by}, until {until}"));
    }
    if !standing.approved.is_empty() {
        line("approved by", &standing.approved.join(", "));
    }
    let account: Value = serde_json::from_str(prospect.account()).unwrap_or(Value::Null);
    let said = account.get("reasons").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for (reason, (code, may)) in said.iter().zip(prospect.reasons()) {
        let member = |name: &str| reason.get(name).and_then(Value::as_str).unwrap_or("");
        line(code.id(), &answers(*may, Who::named(member("for"))));
        line("", member("says"));
        line("", &format!("{} {}", member("field"), reason.get("span").unwrap_or(&Value::Null)));
    }
    for finding in account.get("findings").and_then(Value::as_array).into_iter().flatten() {
        let member = |name: &str| finding.get(name).and_then(Value::as_str).unwrap_or("");
        line(member("class"), &format!("{} at {}", member("says"), member("where")));
    }
    match prospect.output() {
        None => line("would leave", "nothing: it can be rejected or returned, and not approved"),
        Some((sha256, bytes)) => {
            line("would leave", &format!("{} bytes, sha256 {sha256}", bytes.len()));
            line("", &format!("labelled {after}"));
            out.push('\n');
            out.push_str(&preview(bytes));
        }
    }
    out
}

/// Whether people may answer a reason, and who acts on it where they may not. On the lane they may, perhaps, and not of this object: one
/// without a label.
fn answers(may: bool, who: Option<Who>) -> String {
    match who.filter(|who| !matches!(who, Who::Nobody | Who::People)) {
        _ if may => "people may answer it".to_owned(),
        Some(who) => format!("nobody may answer it; it is for {who}"),
        None => "nobody may answer it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{TEXT_BYTES_MAX, answers, preview};
    use lockgate_reason::Who;

    #[test]
    fn where_people_may_not_answer_somebody_else_acts() {
        assert_eq!(answers(true, Some(Who::People)), "people may answer it");
        assert_eq!(answers(false, Some(Who::Author)), "nobody may answer it; it is for the author");
        for who in [Some(Who::Nobody), Some(Who::People), None] {
            assert_eq!(answers(false, who), "nobody may answer it");
        }
    }

    #[test]
    fn a_preview_shows_every_byte_and_moves_no_cursor() {
        assert_eq!(preview(b"<a b='1'>\n\x1b[2J\xc3\xa9\r\0~"), "<a b='1'>\n\\x1b[2J\\xc3\\xa9\\x0d\\x00~\n");
        let long = preview(&vec![b'a'; TEXT_BYTES_MAX + 1]);
        assert!(long.contains("65537 bytes in all"), "it says that something is left out");
    }
}
