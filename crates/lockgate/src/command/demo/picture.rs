//! What the live demonstration shows while it runs: a screen on a terminal, lines elsewhere, JSON for machines.

use super::documents::UNOPENED_WHY;
use super::side::{Side, Verdict};
use crate::exit::Fault;
use crate::show::table::{Table, WIDTH, wrap};
use lockgate_audit::Decided;
use lockgate_core::Json;
use std::collections::VecDeque;
use std::io::Write;

/// Both networks and both lanes, for whoever sees this for the first time.
const NETWORKS: &[&str] = &[
    "  svn-national       == cot-down, under agreement rsocc ==>  rsocc-net",
    "  may hold SECRET    <== cot-up, needs no agreement =======  up to RESTRICTED",
];

/// Whether verdicts have colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tint {
    /// They do.
    Coloured,
    /// They do not.
    Plain,
}

impl Tint {
    /// What the person before the terminal wants: no colours where NO_COLOR is set to anything.
    pub(super) fn of_terminal() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if unwanted { Self::Plain } else { Self::Coloured }
    }

    /// Colours the verdict that stands in a line.
    fn paint(self, line: String) -> String {
        if self == Self::Plain || line.starts_with(' ') {
            return line;
        }
        let colours = [("release*", 32), ("release", 32), ("hold", 33), ("refuse", 31)];
        let verdict = line.split_whitespace().nth(1);
        let colour = colours.iter().find(|(word, _)| verdict == Some(word));
        colour.map_or(line.clone(), |(word, colour)| {
            line.replacen(word, &format!("\x1b[{colour}m{word}\x1b[0m"), 1)
        })
    }
}

/// Whether the terminal can move its cursor.
pub(super) fn can_move() -> bool {
    std::env::var_os("TERM").is_some_and(|name| !name.is_empty() && name != "dumb")
}

/// The screen: networks, counts, arrivals, and as many verdicts as have room.
pub(super) fn screen(sides: &[Side], recent: &VecDeque<Verdict>, rows: usize, tint: Tint) -> Vec<String> {
    let mut lines = vec![
        "Lockgate demonstration: live tracks between two networks, the gate between them".to_owned(),
        String::new(),
    ];
    lines.extend(NETWORKS.iter().map(|line| (*line).to_owned()));
    lines.push(String::new());
    lines.extend(counts(sides));
    lines.extend(sides.iter().map(arrival));
    lines.push(String::new());
    let way = ways(sides).into_iter().next().unwrap_or_default();
    let mut below = wrap(&way, WIDTH);
    below.push("q or ctrl-C ends it: lanes drain, logs are verified, nothing is left behind".to_owned());
    let room = rows.saturating_sub(below.len());
    let verdicts = whole(verdicts(recent.iter()), room.saturating_sub(lines.len()));
    lines.extend(verdicts.into_iter().map(|line| tint.paint(line)));
    lines.resize(room.max(lines.len()), String::new());
    lines.extend(below);
    lines
}

/// How many objects came in, and what became of them.
pub(super) fn counts(sides: &[Side]) -> Vec<String> {
    let row = |name: &str, cells: [&str; 6]| {
        let cells: String = cells.iter().map(|cell| format!("{cell:>11}")).collect();
        format!("{name:<10}{cells}")
    };
    let mut lines = vec![row("lane", ["came in", "released", "held", "refused", "sent", "arrived"])];
    for side in sides {
        let tally = side.tally();
        let cells =
            [tally.received, side.released, tally.held, tally.refused, tally.sent, side.arrived.as_released];
        let cells = cells.map(|cell| cell.to_string());
        lines.push(row(&side.lane, cells.each_ref().map(String::as_str)));
    }
    lines
}

/// What arrived on the other side.
fn arrival(side: &Side) -> String {
    let last = side
        .arrived
        .last
        .map_or("nothing yet".to_owned(), |(is, size)| format!("{is}, {size} bytes, exactly as released"));
    format!("last at {}: {last}", side.to)
}

/// The table of verdicts.
fn verdicts<'v>(recent: impl Iterator<Item = &'v Verdict>) -> Vec<String> {
    let mut table = Table::new(&["lane", "verdict", "what came", "why"]);
    for verdict in recent {
        let (is, why) = words(verdict);
        table.row([&*verdict.lane, outcome(verdict), is, &why]);
    }
    let mut written = Vec::new();
    // Writing to a Vec cannot fail.
    let _ = table.write(&mut written);
    String::from_utf8_lossy(&written).lines().map(str::to_owned).collect()
}

/// As many lines of a table as have room, without a piece of the first row that does not fit.
fn whole(mut lines: Vec<String>, room: usize) -> Vec<String> {
    let is_inside = lines.get(room).is_some_and(|line| line.starts_with(' '));
    lines.truncate(room);
    while is_inside && lines.pop().is_some_and(|line| line.starts_with(' ')) {}
    lines
}

/// The word of a verdict; `release*` where the object was written anew.
fn outcome(verdict: &Verdict) -> &'static str {
    match verdict.decided {
        Decided::Release if verdict.is_rewritten => "release*",
        decided => decided.name(),
    }
}

/// What an object was, and why its verdict is what it is.
fn words(verdict: &Verdict) -> (&'static str, String) {
    let code = verdict.codes.first().map_or(String::new(), |code| format!(" ({code})"));
    match &verdict.sample {
        Some((sample, _)) if verdict.is_good() && sample.code.is_some() && verdict.is_unopened() => {
            (sample.is, format!("{UNOPENED_WHY}{code}"))
        }
        Some((sample, _)) if verdict.is_good() => (sample.is, format!("{}{code}", sample.why)),
        Some((sample, expected)) => (sample.is, format!("{}{code}; expected was {expected}", verdict.says)),
        None => ("not of this demonstration", format!("{}{code}", verdict.says)),
    }
}

/// How to look at the lanes from another terminal.
fn ways(sides: &[Side]) -> Vec<String> {
    let Some(side) = sides.first() else { return Vec::new() };
    match &side.control {
        Ok(socket) => vec![
            format!("lockgate top --control {}", socket.display()),
            format!("lockgate audit show {} --follow", side.log.display()),
        ],
        Err(why) => vec![format!("`status` and `top` are off: {why}")],
    }
}

/// What is to be seen, before the first lines.
///
/// # Errors
/// [`Fault`] where the output fails.
pub(super) fn introduce(sides: &[Side], out: &mut dyn Write) -> Result<(), Fault> {
    let text = "Lockgate demonstration: live tracks between two networks over loopback, and the gate between them, \
                each lane behind one diode and in front of another (the one-way protocol, signed and counted). \
                Every object is judged by its label, the lane's rules and the agreement; the verdict is in the log \
                before anything leaves. ctrl-C ends it.";
    wrap(text, WIDTH).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out)?;
    NETWORKS.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out, "\nfrom another terminal:")?;
    ways(sides).iter().try_for_each(|line| writeln!(out, "  {line}"))?;
    if let Some(side) = sides.first() {
        writeln!(out, "  ls {}  # documents that arrived", side.arrived.folder.display())?;
    }
    writeln!(out).map_err(Fault::from)
}

/// The verdicts since the last lines, and how everything stands.
///
/// # Errors
/// [`Fault`] where the output fails.
pub(super) fn lines(fresh: &[Verdict], sides: &[Side], out: &mut dyn Write) -> Result<(), Fault> {
    for verdict in fresh {
        let (is, why) = words(verdict);
        let (mut lane, mut decided) = (&*verdict.lane, outcome(verdict));
        for part in wrap(&format!("{is}: {why}"), WIDTH.saturating_sub(20)) {
            writeln!(out, "{lane:<9} {decided:<9} {part}")?;
            (lane, decided) = ("", "");
        }
    }
    for side in sides {
        let tally = side.tally();
        let text = format!(
            "{:<9} = in {}, released {}, held {}, refused {}, sent {}, arrived {}",
            side.lane,
            tally.received,
            side.released,
            tally.held,
            tally.refused,
            tally.sent,
            side.arrived.as_released
        );
        writeln!(out, "{text}")?;
    }
    Ok(())
}

/// That the lanes run, and where to look at them.
///
/// # Errors
/// [`Fault`] where the output fails.
pub(super) fn running_json(sides: &[Side], out: &mut dyn Write) -> Result<(), Fault> {
    for side in sides {
        let mut line = String::new();
        let mut json = Json::object(&mut line);
        json.text("event", "running");
        json.text("lane", &side.lane);
        json.text("to", &side.to);
        match &side.control {
            Ok(socket) => json.shown("control", &socket.display()),
            Err(_) => json.null("control"),
        }
        json.shown("log", &side.log.display());
        json.shown("arrived", &side.arrived.folder.display());
        json.end();
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A line a verdict.
///
/// # Errors
/// [`Fault`] where the output fails.
pub(super) fn verdicts_json(fresh: &[Verdict], out: &mut dyn Write) -> Result<(), Fault> {
    for verdict in fresh {
        let mut line = String::new();
        let mut json = Json::object(&mut line);
        json.text("event", "verdict");
        json.text("lane", &verdict.lane);
        json.number("entry", usize::try_from(verdict.entry).unwrap_or(usize::MAX));
        json.time("at", verdict.at);
        let sample = verdict.sample.as_ref();
        json.text_or_null("sample", sample.map(|(sample, _)| sample.fixture));
        json.text_or_null("is", sample.map(|(sample, _)| sample.is));
        json.text_or_null("expected", sample.map(|(_, expected)| *expected));
        json.text("verdict", verdict.decided.name());
        json.boolean("rewritten", verdict.is_rewritten);
        json.texts("reasons", verdict.codes.iter().map(String::as_str));
        json.boolean("good", verdict.is_good());
        json.end();
        writeln!(out, "{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Tint, whole};

    #[test]
    fn a_row_is_shown_whole_or_not_at_all() {
        let lines = || ["a", " 1", "b", " 1", " 2", "c"].map(str::to_owned).to_vec();
        for (room, shown) in [(9, 6), (6, 6), (5, 5), (4, 2), (3, 2), (2, 2), (1, 0), (0, 0)] {
            assert_eq!(whole(lines(), room), lines()[..shown], "{room}");
        }
    }

    #[test]
    fn only_the_verdict_of_a_row_is_coloured() {
        let line = "cot-down  release*  track to hold".to_owned();
        assert_eq!(Tint::Coloured.paint(line.clone()), "cot-down  \x1b[32mrelease*\x1b[0m  track to hold");
        assert_eq!(Tint::Plain.paint(line.clone()), line);
        for line in
            ["lane      verdict   what came", "          track to hold", "lane  came in  released  held"]
        {
            assert_eq!(Tint::Coloured.paint(line.to_owned()), line);
        }
    }
}
