//! What `check` prints: tables for people, or one JSON object a line.

use super::Tried;
use super::types::State;
use crate::exit::{Fault, complain};
use crate::show::table::{Table, WIDTH, printable, wrap};
use lockgate_core::{Json, VerdictKind};
use lockgate_notation::{Diagnostic, Diagnostics};
use std::io::Write;
use std::path::Path;

/// Collects the tables; in JSON everything is printed as it comes.
pub(super) struct Report<'o> {
    json: bool,
    out: &'o mut dyn Write,
    fixtures: Table,
    types: Table,
    judged: usize,
    failed: usize,
    notes: Vec<String>,
}

impl<'o> Report<'o> {
    pub(super) fn new(json: bool, out: &'o mut dyn Write) -> Self {
        Self {
            json,
            out,
            fixtures: Table::new(&["", "verdict", "fixture"]),
            types: Table::new(&["type", "released", "stopped", "round trips", "steps", "lanes"]),
            judged: 0,
            failed: 0,
            notes: Vec::new(),
        }
    }

    /// A line of JSON.
    pub(super) fn line(&mut self, kind: &str, write: impl FnOnce(&mut Json<'_>)) -> Result<(), Fault> {
        let mut line = String::new();
        let mut json = Json::object(&mut line);
        json.text("kind", kind);
        write(&mut json);
        json.end();
        writeln!(self.out, "{line}").map_err(Fault::from)
    }

    /// Diagnostics of the rules: on standard error for people.
    pub(super) fn diagnostics(&mut self, diagnostics: &Diagnostics) -> Result<(), Fault> {
        if !self.json {
            if !diagnostics.is_empty() {
                complain(&format!("about the rules\n\n{}", diagnostics.render().trim_end()));
            }
            return Ok(());
        }
        for diagnostic in diagnostics {
            self.line("diagnostic", |json| shown(diagnostics, diagnostic, json))?;
        }
        Ok(())
    }

    pub(super) fn does_not_compile(&mut self, rules: &Path) -> Result<(), Fault> {
        if self.json {
            return self.line("end", |json| {
                json.boolean("good", false);
                json.number("fixtures", 0);
                json.number("failed", 0);
            });
        }
        let says = "the rules do not compile, so no fixture was judged";
        writeln!(self.out, "{}: {says}", rules.display()).map_err(Fault::from)
    }

    /// Something that does not belong where it is, or is not there.
    pub(super) fn stray(&mut self, says: &str) -> Result<(), Fault> {
        if self.json {
            return self.line("finding", |json| json.text("says", says));
        }
        self.notes.push(says.to_owned());
        Ok(())
    }

    /// Something that people should know, and that fails nothing.
    pub(super) fn warning(&mut self, says: &str) -> Result<(), Fault> {
        if self.json {
            return self.line("warning", |json| json.text("says", says));
        }
        self.notes.push(format!("warning: {says}"));
        Ok(())
    }

    /// Evidence that was written.
    pub(super) fn recorded(&mut self, path: &Path) -> Result<(), Fault> {
        let path = path.to_string_lossy();
        if self.json {
            return self.line("evidence", |json| json.text("path", &path));
        }
        self.notes.push(format!("recorded: {path}"));
        Ok(())
    }

    /// A file that was written for a new type.
    pub(super) fn created(&mut self, path: &Path) -> Result<(), Fault> {
        let path = path.to_string_lossy();
        if self.json {
            return self.line("created", |json| json.text("path", &path));
        }
        writeln!(self.out, "created {}", printable(&path)).map_err(Fault::from)
    }

    /// Something that the author of a new type has to do for a tier.
    pub(super) fn task(&mut self, tier: u8, says: &str) -> Result<(), Fault> {
        if self.json {
            return self.line("missing", |json| {
                json.number("tier", usize::from(tier));
                json.text("says", says);
            });
        }
        self.notes.push(format!("tier {tier}: {says}"));
        Ok(())
    }

    /// What a specification has that the type language does not express.
    pub(super) fn refusal(&mut self, file: &Path, line: usize, says: &str) -> Result<(), Fault> {
        let file = file.to_string_lossy();
        if self.json {
            return self.line("refusal", |json| {
                json.text("file", &file);
                json.number("line", line);
                json.text("says", says);
            });
        }
        writeln!(self.out, "{}", printable(&format!("{file}:{line}: {says}"))).map_err(Fault::from)
    }

    /// The end where a specification cannot be expressed.
    pub(super) fn refused(&mut self, file: &Path, count: usize) -> Result<(), Fault> {
        if self.json {
            return self.line("end", |json| json.boolean("good", false));
        }
        let file = file.to_string_lossy();
        writeln!(self.out, "{}: {count} things that no type expresses; nothing was written", printable(&file))
            .map_err(Fault::from)
    }

    /// The end of a new type's beginning.
    pub(super) fn begun(&mut self, name: &str) -> Result<(), Fault> {
        if self.json {
            return self.line("end", |json| {
                json.boolean("good", true);
                json.text("type", name);
            });
        }
        writeln!(self.out, "\nmissing, by tier (3: always held, 2: checked and still held, 1: may cross)")?;
        self.write_notes()?;
        writeln!(self.out, "\nnext: lockgate check {name}").map_err(Fault::from)
    }

    fn write_notes(&mut self) -> Result<(), Fault> {
        for note in &self.notes {
            for (at, line) in note.lines().flat_map(indented).enumerate() {
                writeln!(self.out, "{}{}", if at == 0 { "- " } else { "  " }, printable(&line))?;
            }
        }
        Ok(())
    }

    pub(super) fn fixture(&mut self, tried: &Tried<'_>) -> Result<(), Fault> {
        let (fixture, judged) = (tried.fixture, &tried.judged);
        let good = judged.wrong.is_empty();
        let verdict = judged.verdict.map(VerdictKind::name);
        self.judged = self.judged.saturating_add(1);
        self.failed = self.failed.saturating_add(usize::from(!good));
        if self.json {
            let expected = fixture.expect.as_ref().ok().map(|expect| expect.verdict);
            return self.line("fixture", |json| {
                json.text("type", &fixture.kind);
                json.text("fixture", &fixture.name);
                json.text_or_null("lane", judged.lane.as_deref());
                json.text_or_null("expected", expected);
                json.text_or_null("verdict", verdict);
                json.boolean("good", good);
                json.texts("says", judged.wrong.iter().map(String::as_str));
            });
        }
        let name = format!("{}/{}", fixture.kind, fixture.name);
        let mark = if good { "ok" } else { "FAIL" };
        self.fixtures.row([mark, verdict.unwrap_or("none"), &name]);
        self.notes.extend(judged.wrong.iter().map(|wrong| format!("{name}: {wrong}")));
        Ok(())
    }

    pub(super) fn kind(&mut self, state: &State) -> Result<(), Fault> {
        if self.json {
            return self.line("type", |json| {
                json.text("type", &state.id);
                json.texts("lanes", state.lanes.iter().map(String::as_str));
                json.number("fixtures", state.fixtures);
                json.number("released", state.released);
                json.number("stopped", state.stopped);
                json.number("round_trips", state.round_trips);
                json.number("steps", usize::try_from(state.steps).unwrap_or(usize::MAX));
                match state.budget {
                    Some(budget) => {
                        json.number("steps_allowed", usize::try_from(budget).unwrap_or(usize::MAX))
                    }
                    None => json.null("steps_allowed"),
                }
                json.boolean("good", !state.is_negative());
                json.texts("missing", state.missing.iter().map(String::as_str));
            });
        }
        let lanes = if state.lanes.is_empty() { "none".to_owned() } else { state.lanes.join(", ") };
        let counts = [state.released, state.stopped, state.round_trips].map(|count| count.to_string());
        let [released, stopped, round_trips] = counts;
        let steps = state.steps.to_string();
        self.types.row([state.id.clone(), released, stopped, round_trips, steps, lanes]);
        self.notes.extend(state.missing.iter().map(|missing| format!("{}: {missing}", state.id)));
        Ok(())
    }

    /// The tables, what is wrong, and one last line.
    pub(super) fn end(&mut self, bad: bool) -> Result<(), Fault> {
        let (judged, failed) = (self.judged, self.failed);
        if self.json {
            return self.line("end", |json| {
                json.boolean("good", !bad);
                json.number("fixtures", judged);
                json.number("failed", failed);
            });
        }
        if judged > 0 {
            self.fixtures.write(self.out)?;
            writeln!(self.out)?;
        }
        self.types.write(self.out)?;
        writeln!(self.out)?;
        self.write_notes()?;
        let noun = if judged == 1 { "fixture" } else { "fixtures" };
        let all = if bad { "something is missing or not as expected" } else { "all checks hold" };
        writeln!(self.out, "{judged} {noun}, {failed} not as expected; {all}").map_err(Fault::from)
    }
}

/// A line of a note: as it is where it fits or is part of an excerpt, wrapped otherwise.
fn indented(line: &str) -> Vec<String> {
    let width = WIDTH.saturating_sub(2);
    if line.starts_with(' ') || line.chars().count() <= width {
        vec![line.to_owned()]
    } else {
        wrap(line, width)
    }
}

/// The members of one diagnostic among those `found`.
pub(super) fn shown(found: &Diagnostics, diagnostic: &Diagnostic, json: &mut Json<'_>) {
    let (line, column) = found.line_and_column(diagnostic);
    json.text("code", diagnostic.code);
    json.text("severity", diagnostic.severity.name());
    json.text("file", &diagnostic.file);
    json.number("line", line);
    json.number("column", column);
    json.text("says", &diagnostic.message);
    json.text_or_null("help", diagnostic.help.as_deref());
}
