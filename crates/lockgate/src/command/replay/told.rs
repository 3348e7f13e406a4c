//! What a replay says: a line for each decision, and the sum.

use super::again::{Outcome, UNREAD, Why, held_back};
use super::compare::Difference;
use crate::exit::Fault;
use crate::show::held::number;
use crate::show::table::printable;
use lockgate_audit::{Decision, Report};
use lockgate_bundle::Bundle;
use lockgate_core::Json;
use std::collections::BTreeMap;
use std::io::Write;

/// Digits of a hash that people see.
const SHORT: usize = 16;

/// One decision.
pub(super) struct Line<'a> {
    pub(super) entry: u64,
    pub(super) decision: &'a Decision,
    pub(super) outcome: &'a Outcome,
    /// Where its bytes were found.
    pub(super) place: &'a str,
}

/// The sum.
#[derive(Debug, Default)]
pub(super) struct Tally {
    same: u64,
    differs: u64,
    /// By the word for why.
    not: BTreeMap<&'static str, u64>,
    /// Of these, decisions that were asked for, or whose bytes are at hand.
    missed: u64,
    /// Refusals that share records, which name no object.
    pub(super) shared: u64,
    /// Objects that were asked for and that no decision names.
    pub(super) unknown: u64,
}

impl Tally {
    /// Counts one; `is_asked`: it was asked for by its hash.
    pub(super) fn count(&mut self, outcome: &Outcome, is_asked: bool) {
        let count = match outcome {
            Outcome::Same => &mut self.same,
            Outcome::Differs(..) => &mut self.differs,
            Outcome::Not(why) => {
                if is_asked || *why != Why::Bytes {
                    self.missed = self.missed.saturating_add(1);
                }
                self.not.entry(why.word()).or_default()
            }
        };
        *count = count.saturating_add(1);
    }

    /// True where something was replayed, and everything that could have been came out the same.
    pub(super) fn is_good(&self) -> bool {
        self.same > 0 && self.differs == 0 && self.missed == 0 && self.unknown == 0
    }

    fn replayed_not(&self) -> u64 {
        self.not.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    fn decisions(&self) -> u64 {
        self.same.saturating_add(self.differs).saturating_add(self.replayed_not())
    }
}

impl Why {
    /// The word in JSON.
    fn word(&self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Changed => "changed",
            Self::Sidecar(_) => "sidecar",
            Self::Bundle(_) => "bundle",
            Self::Lane(_) => "lane",
            Self::Engine(_) => "engine",
            Self::Key(_) => "key",
            Self::Worker(..) => "worker",
            Self::Record(_) => "record",
        }
    }

    /// For people: why, and what to do.
    fn says(&self) -> String {
        match self {
            Self::Bytes => "its bytes are not at hand; give them with --bytes".to_owned(),
            Self::Changed => {
                "its bytes were found, and are not what they were a moment ago, or cannot be read any more; \
                              see whether the folder or the held store is damaged (`lockgate hold verify`)"
                    .to_owned()
            }
            Self::Sidecar(sha256) => {
                format!(
                    "the file that lay beside it is not at hand, SHA-256 {sha256}; put it there as NAME.bdo"
                )
            }
            Self::Bundle(bundle) => {
                format!("it was decided under bundle {bundle}, which is not at hand; give it with --bundle")
            }
            Self::Lane(lane) => format!("the bundle has no lane {lane}"),
            Self::Engine(engine) => {
                format!("it was decided by engine {engine}; replay it with that")
            }
            Self::Key(key) => format!(
                "it was decided with the key of pseudonyms {key}, which is not at hand; give it with --pseudonym-key"
            ),
            Self::Worker("then", code) if is_unread(code) => {
                format!(
                    "nobody read text in its pictures when it was decided ({code}), and somebody does here"
                )
            }
            Self::Worker(_, code) if is_unread(code) => {
                format!(
                    "nobody reads text in its pictures here ({code}), and somebody did when it was decided; a machine with \
                         tesseract can replay it"
                )
            }
            Self::Worker("then", code) => {
                format!(
                    "a worker failed when it was decided ({code}): that depended on the machine, and it is held"
                )
            }
            Self::Worker(_, code) => {
                format!("no worker could look into it here ({code}); a machine with a jail can")
            }
            Self::Record(says) => format!("its record has {says}"),
        }
    }
}

fn is_unread(code: &str) -> bool {
    UNREAD.iter().any(|unread| unread.id() == code)
}

/// How it is said.
pub(super) struct Form<'o> {
    json: bool,
    out: &'o mut dyn Write,
    text: String,
}

impl<'o> Form<'o> {
    /// Begins; `under` is the bundle to decide under, whatever the records name.
    ///
    /// # Errors
    /// [`Fault`] where the output fails.
    pub(super) fn new(json: bool, under: Option<&Bundle>, out: &'o mut dyn Write) -> Result<Self, Fault> {
        if let Some(bundle) = under.filter(|_| !json) {
            let (digest, revision) = (bundle.digest(), bundle.revision());
            writeln!(
                out,
                "decided under bundle sha256:{digest}, revision {revision}, whatever the records name\n"
            )?;
        }
        Ok(Self { json, out, text: String::new() })
    }

    /// Tells one. People are not told of what has no bytes here, unless it was asked for.
    ///
    /// # Errors
    /// [`Fault`] where the output fails.
    pub(super) fn line(&mut self, line: &Line<'_>, is_asked: bool) -> Result<(), Fault> {
        self.text.clear();
        if self.json {
            line.json(&mut self.text);
            return Ok(writeln!(self.out, "{}", self.text)?);
        }
        if matches!(line.outcome, Outcome::Not(Why::Bytes)) && !is_asked {
            return Ok(());
        }
        line.text(self.out)
    }

    /// Tells the sum.
    ///
    /// # Errors
    /// [`Fault`] where the output fails.
    pub(super) fn end(self, tally: &Tally, report: &Report) -> Result<(), Fault> {
        if self.json { sum_json(tally, report, self.out) } else { sum_text(tally, report, self.out) }
    }
}

impl Line<'_> {
    fn json(&self, out: &mut String) {
        let text = |key| self.decision.text(key);
        let mut json = Json::object(out);
        number(&mut json, "entry", self.entry);
        json.text("lane", self.decision.lane());
        json.text_or_null("sha256", text("sha256"));
        json.text("verdict", self.decision.verdict().name());
        json.text_or_null("bundle", text("bundle"));
        json.time("now", self.decision.decided);
        json.text_or_null("held_back", held_back(self.decision).map(|code| code.id()));
        json.text_or_null("place", Some(self.place).filter(|place| !place.is_empty()));
        let (word, why) = match self.outcome {
            Outcome::Same => ("same", None),
            Outcome::Differs(..) => ("differs", None),
            Outcome::Not(why) => ("not-replayed", Some(why)),
        };
        json.text("outcome", word);
        json.text_or_null("why", why.map(Why::word));
        json.text_or_null("says", why.map(Why::says).as_deref());
        if let Outcome::Differs(differences, more) = self.outcome {
            let list = json.key("differs");
            list.push('[');
            for (place, one) in differences.iter().enumerate() {
                list.push_str(if place > 0 { "," } else { "" });
                let mut item = Json::object(list);
                item.text("at", &one.at);
                item.text_or_null("recorded", one.recorded.as_deref());
                item.text_or_null("again", one.again.as_deref());
                item.end();
            }
            list.push(']');
            json.number("more", *more);
        }
        json.end();
    }

    fn text(&self, out: &mut dyn Write) -> Result<(), Fault> {
        let sha256 = self.decision.text("sha256").unwrap_or("-");
        let (verdict, short) = (self.decision.verdict().name(), sha256.get(..SHORT).unwrap_or(sha256));
        write!(out, "{:>9}  {verdict:<8} {}  ", self.entry, printable(short))?;
        match self.outcome {
            Outcome::Same => match held_back(self.decision) {
                Some(code) => writeln!(out, "same, held back by the lane ({})", code.id())?,
                None => writeln!(out, "same")?,
            },
            Outcome::Not(why) => writeln!(out, "not replayed: {}", printable(&why.says()))?,
            Outcome::Differs(differences, more) => {
                writeln!(out, "DIFFERS")?;
                for Difference { at, recorded, again } in differences {
                    let shown =
                        |value: &Option<String>| value.as_deref().map_or("nothing".to_owned(), printable);
                    writeln!(out, "{:11}{}", "", printable(at))?;
                    writeln!(out, "{:13}in the log  {}", "", shown(recorded))?;
                    writeln!(out, "{:13}again       {}", "", shown(again))?;
                }
                if *more > 0 {
                    writeln!(out, "{:11}and {more} more members", "")?;
                }
            }
        }
        Ok(())
    }
}

fn sum_text(tally: &Tally, report: &Report, out: &mut dyn Write) -> Result<(), Fault> {
    let decisions = tally.decisions();
    let noun = if decisions == 1 { "decision" } else { "decisions" };
    writeln!(
        out,
        "{decisions} {noun}: {} came out the same, {} differ, {} were not replayed",
        tally.same,
        tally.differs,
        tally.replayed_not()
    )?;
    for (why, count) in &tally.not {
        let says = match *why {
            "bytes" => "their bytes are not at hand",
            "changed" => "their bytes were found and are not what they were",
            "sidecar" => "the file that lay beside them is not at hand",
            "bundle" => "their bundle is not at hand",
            "lane" => "the bundle has no such lane",
            "engine" => "another engine decided them",
            "key" => "their key of pseudonyms is not at hand",
            "worker" => "a worker failed or nobody read pictures, then or here",
            _ => "their records say too little",
        };
        writeln!(out, "{count:>9}  {says}")?;
    }
    if tally.unknown > 0 {
        writeln!(out, "{:>9}  objects were asked for that no decision names", tally.unknown)?;
    }
    if tally.shared > 0 {
        writeln!(out, "{:>9}  more refusals share records, which name no object", tally.shared)?;
    }
    writeln!(out, "the log: sound, {} signed entries, {} not signed yet", report.entries, report.unsigned)?;
    Ok(())
}

fn sum_json(tally: &Tally, report: &Report, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.text("event", "summary");
    json.boolean("good", tally.is_good());
    number(&mut json, "decisions", tally.decisions());
    number(&mut json, "same", tally.same);
    number(&mut json, "differs", tally.differs);
    let mut not = Json::object(json.key("not_replayed"));
    for (why, count) in &tally.not {
        number(&mut not, why, *count);
    }
    not.end();
    number(&mut json, "unknown", tally.unknown);
    number(&mut json, "shared_refusals", tally.shared);
    number(&mut json, "entries", report.entries);
    number(&mut json, "unsigned", report.unsigned);
    json.end();
    Ok(writeln!(out, "{line}")?)
}
