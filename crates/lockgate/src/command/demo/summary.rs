//! What the live demonstration says at its end: every object accounted for, by verified logs.

use super::picture;
use super::side::Side;
use crate::exit::{Exit, Fault};
use crate::show::table::{WIDTH, wrap};
use lockgate_audit::{Report, Tally};
use lockgate_core::Json;
use std::io::Write;

/// One direction at its end.
struct End<'s> {
    side: &'s Side,
    tally: Tally,
    report: Report,
    /// Sent by the source, and not found in the log.
    unseen: usize,
}

impl<'s> End<'s> {
    fn of(side: &'s Side) -> Result<Self, Fault> {
        let report = side.verify()?;
        let lane = report.ledger.lanes().find(|(lane, _)| **lane == *side.lane);
        let tally = lane.map_or_else(Tally::default, |(_, tally)| *tally);
        Ok(Self { side, tally, report, unseen: side.undecided() })
    }

    /// True where the log is whole, adds up, and nothing waits to be signed.
    fn is_sound(&self) -> bool {
        self.report.is_sound() && self.report.unsigned == 0 && self.report.ledger.is_balanced()
    }

    fn is_good(&self) -> bool {
        self.is_sound()
            && self.unseen == 0
            && self.side.wrong == 0
            && self.side.arrived.astray() == 0
            && self.tally.sent == self.side.arrived.as_released
    }
}

/// For people.
///
/// # Errors
/// [`Fault`] where a log cannot be read, or the output fails.
pub(super) fn text(sides: &[Side], out: &mut dyn Write) -> Result<Exit, Fault> {
    let ends = sides.iter().map(End::of).collect::<Result<Vec<_>, Fault>>()?;
    writeln!(out, "\nThe lanes have drained. What they did:\n")?;
    picture::counts(sides).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out, "\nTheir logs, verified as `lockgate audit verify` does:\n")?;
    for end in &ends {
        let sound = if end.is_sound() { "every one signed and in order" } else { "NOT SOUND" };
        writeln!(out, "{}: {} entries, {sound}", end.side.lane, end.report.entries)?;
        for finding in &end.report.findings {
            writeln!(out, "  {}: {}", finding.wrong.name(), finding.says)?;
        }
        wrap(&equation(&end.tally), WIDTH.saturating_sub(2))
            .iter()
            .try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    writeln!(out)?;
    let good = ends.iter().all(End::is_good);
    if good {
        writeln!(out, "Every verdict was the expected one, every object is accounted for, and what")?;
        writeln!(out, "arrived is, byte for byte, what the logs say was released.")?;
    }
    ends.iter().try_for_each(|end| trouble(end, out))?;
    Ok(Exit::negative_if(!good))
}

/// What is not as it should be.
fn trouble(end: &End<'_>, out: &mut dyn Write) -> Result<(), Fault> {
    let lane = &end.side.lane;
    if end.side.wrong > 0 {
        writeln!(out, "{lane}: {} verdicts were not the expected ones", end.side.wrong)?;
    }
    if end.unseen > 0 {
        writeln!(out, "{lane}: {} objects were sent and are not in the log", end.unseen)?;
    }
    let (astray, sent, arrived) = (end.side.arrived.astray(), end.tally.sent, end.side.arrived.as_released);
    if astray > 0 || sent != arrived {
        writeln!(out, "{lane}: {sent} were sent, {arrived} arrived as released, {astray} are astray")?;
    }
    Ok(())
}

/// The accounting in words: what came is what became of it.
fn equation(tally: &Tally) -> String {
    let shown = |counts: &[(&str, u64)]| {
        let counts = counts.iter().filter(|(_, count)| *count > 0);
        let counts: Vec<String> = counts.map(|(name, count)| format!("{count} {name}")).collect();
        if counts.is_empty() { "nothing".to_owned() } else { counts.join(" + ") }
    };
    let [received, derived, states @ ..] = tally.named();
    let sign = if tally.is_balanced() { "=" } else { "IS NOT" };
    format!("{} {sign} {}", shown(&[received, derived]), shown(&states))
}

/// One object for machines.
///
/// # Errors
/// [`Fault`] where a log cannot be read, or the output fails.
pub(super) fn json(sides: &[Side], out: &mut dyn Write) -> Result<Exit, Fault> {
    let ends = sides.iter().map(End::of).collect::<Result<Vec<_>, Fault>>()?;
    let good = ends.iter().all(End::is_good);
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    let mut line = String::new();
    let mut object = Json::object(&mut line);
    object.text("event", "summary");
    object.boolean("good", good);
    let lanes = object.key("lanes");
    lanes.push('[');
    for (place, end) in ends.iter().enumerate() {
        if place > 0 {
            lanes.push(',');
        }
        let mut lane = Json::object(lanes);
        lane.text("lane", &end.side.lane);
        lane.number("offered", end.side.offered());
        lane.number("released", number(end.side.released));
        for (name, count) in end.tally.named() {
            lane.number(name, number(count));
        }
        lane.number("arrived", number(end.side.arrived.as_released));
        lane.number("astray", end.side.arrived.astray());
        lane.number("lost", number(end.side.arrived.lost));
        lane.number("unexpected", number(end.side.wrong));
        lane.number("entries", number(end.report.entries));
        lane.boolean("sound", end.is_sound());
        lane.boolean("balanced", end.report.ledger.is_balanced());
        lane.end();
    }
    lanes.push(']');
    object.end();
    writeln!(out, "{line}")?;
    Ok(Exit::negative_if(!good))
}

#[cfg(test)]
mod tests {
    use super::equation;
    use lockgate_audit::Tally;

    #[test]
    fn the_equation_leaves_out_what_is_nothing_and_says_when_it_fails() {
        let mut tally =
            Tally { received: 5, derived: 1, sent: 3, held: 1, refused: 1, replaced: 1, ..Tally::default() };
        assert_eq!(equation(&tally), "5 received + 1 derived = 1 held + 1 refused + 3 sent + 1 replaced");
        tally.sent = 2;
        assert!(equation(&tally).contains("IS NOT"));
        assert_eq!(equation(&Tally::default()), "nothing = nothing");
    }
}
