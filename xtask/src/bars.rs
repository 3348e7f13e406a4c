//! `xtask bars`: every figure that is asked for, in one table. The rows stand in `benches/bars.tsv`.

use crate::process::{cargo, output, output_of_all};
use crate::tree;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::process::Command;

/// One row of `benches/bars.tsv`.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    name: String,
    limit: Limit,
    bar: f64,
    unit: String,
    says: String,
}

/// On which side of the bar a figure has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    AtMost,
    AtLeast,
    Below,
}

/// How a row came out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Met,
    Missed,
    Unmeasured,
}

/// Figures by name, and the processor they were taken on.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) cpu: String,
    pub(crate) values: BTreeMap<String, (f64, String)>,
    /// What could not be measured, and why.
    pub(crate) notes: Vec<String>,
}

/// Measures, prints the table; false where a measured bar is missed or a measuring program failed.
pub(crate) fn run() -> Result<bool, String> {
    let root = tree::root();
    let text = std::fs::read_to_string(root.join("benches/bars.tsv"))
        .map_err(|fault| format!("benches/bars.tsv: {fault}"))?;
    let rows = rows(&text)?;
    let mut figures = Figures::default();
    // A program that fails, a busy machine, no Linux: each leaves rows unmeasured. That is no reason to say nothing of the others, and
    // none to call the whole good.
    let mut whole = true;
    for program in ["lane", "marking", "formats", "diode", "slow"] {
        let (lines, failed) = output_of_all(&mut timing(&root, program))?;
        figures.take(&lines)?;
        whole &= failed.is_none();
        figures.notes.extend(failed);
    }
    for (lines, failed) in [protocol(&root)?, between_networks(&root)?] {
        figures.take(&lines)?;
        whole &= failed.is_none();
        figures.notes.extend(failed);
    }
    // Figures that a whole run of .ci/run leaves behind; absent until one was made here.
    figures.take(&std::fs::read_to_string(target(&root).join("figures/ci.jsonl")).unwrap_or_default())?;
    let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let (table, held) = table(&rows, &figures, colours);
    print!("{table}");
    Ok(held && whole)
}

/// Builds and runs the measuring program of the checkout at `root`; returns its JSON lines.
pub(crate) fn measured(root: &Path) -> Result<String, String> {
    output(&mut timing(root, "lane"))
}

/// Runs one of the measuring programs with these words; returns its lines.
pub(crate) fn timed(root: &Path, program: &str, words: &[&str]) -> Result<String, String> {
    output(timing(root, program).arg("--").args(words))
}

/// The command that builds and runs one of the measuring programs.
fn timing(root: &Path, program: &str) -> Command {
    let mut command = cargo();
    command.args(["run", "--quiet", "--profile", "dist", "-p", "lockgate-bench", "--bin", program]);
    command.current_dir(root);
    command
}

/// Builds the binary as it ships, and measures a lane of it between two sockets; its JSON lines, and how it failed.
fn between_networks(root: &Path) -> Result<(String, Option<String>), String> {
    let build = ["build", "--quiet", "--profile", "dist", "-p", "lockgate", "--bin", "lockgate"];
    output(cargo().args(build).current_dir(root))?;
    output_of_all(&mut timing(root, "gate"))
}

/// Runs the tests of the one-way protocol in virtual time, as many runs and datagrams as are asked for; the figures among what they
/// print, and how they failed.
fn protocol(root: &Path) -> Result<(String, Option<String>), String> {
    let mut command = cargo();
    command.args(["test", "--quiet", "--profile", "dist", "-p", "lockgate-diode"]).current_dir(root);
    command.args(["--test", "sim", "--test", "flood", "--no-fail-fast", "--", "--nocapture"]);
    for (name, value) in
        [("LOCKGATE_FIGURES", "1"), ("LOCKGATE_DIODE_RUNS", "1000"), ("LOCKGATE_DIODE_FLOOD", "1000000")]
    {
        command.env(name, value);
    }
    let (printed, failed) = output_of_all(&mut command)?;
    Ok((figures_among(&printed), failed))
}

/// The figures among lines that a harness prints, which may begin one with a word of its own.
fn figures_among(printed: &str) -> String {
    let figures = printed.lines().filter_map(|line| line.get(line.find("{\"name\":")?..));
    figures.flat_map(|figure| [figure, "\n"]).collect()
}

/// Where cargo builds for the checkout at `root`.
fn target(root: &Path) -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

impl Figures {
    /// Takes JSON lines `{"name":..,"value":..,"unit":..}`; `cpu` and each `note` have a `text` instead.
    pub(crate) fn take(&mut self, lines: &str) -> Result<(), String> {
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            let figure: Value =
                serde_json::from_str(line).map_err(|fault| format!("no figure: {line}: {fault}"))?;
            let name = figure["name"].as_str().ok_or_else(|| format!("a figure without a name: {line}"))?;
            if let Some(text) = figure["text"].as_str() {
                match name {
                    "note" => self.notes.push(text.to_owned()),
                    _ => self.cpu = text.to_owned(),
                }
                continue;
            }
            let value =
                figure["value"].as_f64().ok_or_else(|| format!("a figure without a value: {line}"))?;
            let unit = figure["unit"].as_str().unwrap_or("").to_owned();
            self.values.insert(name.to_owned(), (value, unit));
        }
        Ok(())
    }
}

/// Reads the rows: `name <tab> limit <tab> bar <tab> unit <tab> what it says`; `#` begins a comment.
fn rows(text: &str) -> Result<Vec<Row>, String> {
    let lines =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(index, line)| {
            let wrong = |what: &str| format!("benches/bars.tsv:{}: {what}", index + 1);
            let columns: Vec<&str> = line.split('\t').collect();
            let [name, limit, bar, unit, says] = columns.as_slice() else {
                return Err(wrong("five columns, parted by one tab each"));
            };
            let limit = match *limit {
                "<=" => Limit::AtMost,
                ">=" => Limit::AtLeast,
                "<" => Limit::Below,
                _ => return Err(wrong("the limit is <=, < or >=")),
            };
            let bar = bar.parse().map_err(|_| wrong("the bar is a number"))?;
            Ok(Row {
                name: (*name).to_owned(),
                limit,
                bar,
                unit: (*unit).to_owned(),
                says: (*says).to_owned(),
            })
        })
        .collect()
}

fn judge(row: &Row, figures: &Figures) -> Outcome {
    let Some((value, _)) = figures.values.get(&row.name) else { return Outcome::Unmeasured };
    let met = match row.limit {
        Limit::AtMost => *value <= row.bar,
        Limit::AtLeast => *value >= row.bar,
        Limit::Below => *value < row.bar,
    };
    if met { Outcome::Met } else { Outcome::Missed }
}

/// The table, and whether every measured bar is met.
fn table(rows: &[Row], figures: &Figures, colours: bool) -> (String, bool) {
    let paint = |colour: &str, text: &str| {
        if colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    };
    let cpu = if figures.cpu.is_empty() { "unknown" } else { &figures.cpu };
    let mut out = format!(
        "bars on {cpu}\n\n{:<34} {:>12} {:>12} {:<11} what\n",
        "figure", "bar", "measured", "verdict"
    );
    let (mut met, mut missed, mut unmeasured) = (0, 0, 0);
    for row in rows {
        let sign = match row.limit {
            Limit::AtMost => "<=",
            Limit::AtLeast => ">=",
            Limit::Below => "<",
        };
        let bar = format!("{sign} {} {}", row.bar, row.unit);
        let value =
            figures.values.get(&row.name).map_or_else(|| "-".to_owned(), |(value, _)| format!("{value:.2}"));
        let (word, colour) = match judge(row, figures) {
            Outcome::Met => ("met", "32"),
            Outcome::Missed => ("MISSED", "31;1"),
            Outcome::Unmeasured => ("unmeasured", "31"),
        };
        match word {
            "met" => met += 1,
            "MISSED" => missed += 1,
            _ => unmeasured += 1,
        }
        let line = format!("{:<34} {bar:>12} {value:>12} {word:<11} {}", row.name, row.says);
        out.push_str(&paint(if word == "met" { "0" } else { colour }, &line));
        out.push('\n');
    }
    let others = figures.values.iter().filter(|(name, _)| !rows.iter().any(|row| row.name == **name));
    let others: Vec<String> =
        others.map(|(name, (value, unit))| format!("{name:<34} {:>12} {value:>12.2} {unit}\n", "")).collect();
    if !others.is_empty() {
        out.push_str(&format!("\nmeasured beside them, no bar\n{}", others.concat()));
    }
    if !figures.notes.is_empty() {
        out.push_str(&format!("\nnot measured\n  {}\n", figures.notes.join("\n  ")));
    }
    out.push_str(&format!("\n{} rows: {met} met, {missed} missed, {unmeasured} unmeasured\n", rows.len()));
    (out, missed == 0)
}

#[cfg(test)]
mod tests {
    use super::{Figures, figures_among, rows, table};

    fn figures(lines: &str) -> Figures {
        let mut figures = Figures::default();
        figures.take(lines).unwrap();
        figures
    }

    #[test]
    fn a_missed_bar_fails_and_an_unmeasured_row_says_so() {
        let rows =
            rows("# a comment\na\t<=\t5\tus\tfirst\nb\t<\t9\tus\tsecond\nc\t>=\t99\t%\tthird\n").unwrap();
        let at_the_bar =
            figures("{\"name\":\"a\",\"value\":5.0,\"unit\":\"us\"}\n{\"name\":\"c\",\"value\":99.0}\n");
        let (text, held) = table(&rows, &at_the_bar, false);
        assert!(held && text.contains("2 met, 0 missed, 1 unmeasured"), "{text}");
        let (text, held) = table(&rows, &figures("{\"name\":\"b\",\"value\":9.0}"), true);
        assert!(!held && text.contains("MISSED") && text.contains("0 met, 1 missed, 2 unmeasured"), "{text}");
        assert!(text.contains("\x1b[31ma "), "an unmeasured row is red: {text}");
    }

    #[test]
    fn what_could_not_be_measured_is_said_and_the_rest_stands() {
        let rows = rows("a\t<=\t5\tus\tfirst\nb\t<\t9\tus\tsecond\n").unwrap();
        let lines = "{\"name\":\"a\",\"value\":1.0}\n{\"name\":\"note\",\"text\":\"lane: no rate held\"}\n";
        let (text, held) = table(&rows, &figures(lines), false);
        assert!(held && text.contains("1 met, 0 missed, 1 unmeasured"), "{text}");
        assert!(
            text.contains("not measured\n  lane: no rate held\n") && text.contains("bars on unknown"),
            "{text}"
        );
    }

    #[test]
    fn a_figure_without_a_bar_is_still_shown() {
        let (text, held) = table(&[], &figures("{\"name\":\"raw\",\"value\":3.5,\"unit\":\"us\"}"), false);
        assert!(held && text.contains("raw") && text.contains("3.50"), "{text}");
    }

    #[test]
    fn figures_are_found_among_what_a_harness_prints() {
        let printed = "running 2 tests\n.{\"name\":\"a\",\"value\":1.0}\nprose {\"names\":2}\n{\"name\":\"b\",\"value\":2.0}\ntest result: ok\n";
        assert_eq!(figures(&figures_among(printed)).values.into_keys().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn broken_rows_and_figures_are_faults() {
        for text in ["a\t<=\t5\tus\n", "a\t==\t5\tus\tx\n", "a\t<=\tfive\tus\tx\n"] {
            assert!(rows(text).unwrap_err().starts_with("benches/bars.tsv:1: "));
        }
        let mut figures = Figures::default();
        assert!(figures.take("not json").is_err() && figures.take("{\"name\":\"a\"}").is_err());
    }

    #[test]
    fn the_rows_of_this_checkout_read_and_are_unique() {
        let text = include_str!("../../benches/bars.tsv");
        let rows = rows(text).unwrap();
        let names: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.name).collect();
        assert!(rows.len() >= 15 && names.len() == rows.len());
    }
}
