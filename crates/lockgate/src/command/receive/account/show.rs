//! What a report comes to, for programs and for people.

use super::super::report;
use super::Account;
use super::sent::Compared;
use crate::exit::Fault;
use crate::show::table::printable;
use lockgate_core::Json;
use std::io::Write;

impl Account {
    pub(super) fn json(&self, compared: Option<Compared>, out: &mut dyn Write) -> Result<(), Fault> {
        for says in &self.says {
            let mut line = String::new();
            let mut json = Json::object(&mut line);
            json.text("fault", says);
            json.end();
            writeln!(out, "{line}")?;
        }
        let mut line = String::new();
        let mut json = Json::object(&mut line);
        json.text("event", "summary");
        json.boolean("good", self.faults == 0);
        json.text_or_null("receiver", self.receiver.as_deref());
        let mut number = |key: &str, value: u64| report::count(&mut json, key, value);
        number("faults", u64::try_from(self.faults).unwrap_or(u64::MAX));
        number("starts", self.starts);
        number("summaries", self.summaries);
        number("summaries_unchecked", self.unchecked);
        number("lines_after", self.since);
        number("lines_unsummed", self.unsummed);
        for (key, value) in ["delivered", "lost", "missing"].iter().zip(self.ends.sums()) {
            number(key, value);
        }
        if let Some(Compared { sent, untold }) = compared {
            number("sent", sent);
            number("sent_untold", untold);
        }
        json.boolean("signed", self.key.is_some());
        json.end();
        writeln!(out, "{line}")?;
        Ok(())
    }

    pub(super) fn show(&self, compared: Option<Compared>, out: &mut dyn Write) -> Result<(), Fault> {
        for says in &self.says {
            writeln!(out, "fault: {}", printable(says))?;
        }
        if self.faults > self.says.len() {
            writeln!(out, "and {} more", self.faults.saturating_sub(self.says.len()))?;
        }
        let receiver = printable(self.receiver.as_deref().unwrap_or("a far side whose start is not in it"));
        let [delivered, lost, missing] = self.ends.sums();
        writeln!(
            out,
            "{receiver}: {delivered} delivered, {lost} lost, {missing} not told yet of open starts"
        )?;
        let signed =
            if self.key.is_some() { "signatures looked at" } else { "signatures not looked at (--key)" };
        writeln!(
            out,
            "{} sums in {} starts, {} of them without the beginning of their start; {signed}; {} lines behind the last, {} of earlier starts without a sum behind them",
            self.summaries, self.starts, self.unchecked, self.since, self.unsummed
        )?;
        if let Some(Compared { sent, untold }) = compared {
            writeln!(
                out,
                "the sender's log: {sent} objects sent, {untold} of them told neither delivered nor lost by name"
            )?;
        }
        writeln!(out, "{}", if self.faults == 0 { "whole" } else { "NOT whole" })?;
        Ok(())
    }
}
