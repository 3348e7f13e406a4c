//! How the objects of a link ended, by start of the sender and class. A line may come again after a crash; of two lines about one number
//! the later one counts.

use super::ranges::Ranges;
use super::text;
use lockgate_bytes::Precedence;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One start of the sender.
#[derive(Default)]
struct Epoch {
    /// By class, as it is written: delivered, or at least whole; and lost.
    classes: BTreeMap<Precedence, (Ranges, Ranges)>,
    /// Its beginning is in the files.
    is_whole: bool,
    is_closed: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Ends {
    epochs: BTreeMap<String, Epoch>,
    /// Lost by name: epoch, class and number.
    named: BTreeSet<(String, Precedence, u64)>,
}

impl Ends {
    /// One more line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn take(&mut self, event: &str, line: &Value) -> Result<(), String> {
        let number = |key: &str| line.get(key).and_then(Value::as_u64);
        let lacks = || "it lacks what every line of its kind has".to_owned();
        let epoch = text(line, "epoch").ok_or_else(lacks)?;
        let of = self.epochs.entry(epoch.to_owned()).or_default();
        match event {
            "begun" => of.is_whole |= of.classes.is_empty() && !of.is_closed,
            "closed" => {
                of.is_closed = true;
                let (delivered, lost) =
                    (number("delivered").ok_or_else(lacks)?, number("lost").ok_or_else(lacks)?);
                return if of.is_whole { of.closes(epoch, delivered, lost) } else { Ok(()) };
            }
            "lost" => {
                let (first, last) = (number("first").ok_or_else(lacks)?, number("last").ok_or_else(lacks)?);
                let class = class(line)?;
                let (whole, lost) = of.classes.entry(class).or_default();
                whole.remove(first, last.saturating_add(1));
                lost.insert(first, last.saturating_add(1));
                if text(line, "blake3").is_some() {
                    self.named.insert((epoch.to_owned(), class, first));
                }
            }
            _ => {
                let number = number("number").ok_or_else(lacks)?;
                let class = class(line)?;
                let (whole, lost) = of.classes.entry(class).or_default();
                lost.remove(number, number.saturating_add(1));
                whole.insert(number, number.saturating_add(1));
                self.named.remove(&(epoch.to_owned(), class, number));
            }
        }
        Ok(())
    }

    /// What is wrong with all of it: no number below the end of a start that is over, or below the highest of which something was told, is
    /// told of by nobody. Told one by one: of a file that somebody made there may be very many.
    pub(super) fn end(&self, fault: &mut dyn FnMut(fmt::Arguments<'_>)) {
        for (name, epoch) in self.epochs.iter().filter(|(_, epoch)| epoch.is_closed && epoch.is_whole) {
            for (class, (whole, lost)) in &epoch.classes {
                for (first, end) in whole.holes(lost) {
                    let (class, last) = (class.name(), end.saturating_sub(1));
                    fault(format_args!(
                        "start {name} of the sender is over, and nothing is told of {class} {first} to {last}"
                    ));
                }
            }
        }
    }

    /// Delivered, lost, and missing so far in starts that are not over.
    pub(super) fn sums(&self) -> [u64; 3] {
        let mut sums = [0_u64; 3];
        for epoch in self.epochs.values() {
            for (whole, lost) in epoch.classes.values() {
                let holes = whole.holes(lost).into_iter().map(|(first, end)| end.saturating_sub(first));
                let missing = if epoch.is_closed { 0 } else { holes.fold(0, u64::saturating_add) };
                for (sum, count) in sums.iter_mut().zip([whole.count(), lost.count(), missing]) {
                    *sum = sum.saturating_add(count);
                }
            }
        }
        sums
    }

    /// Lost of which nothing but the number is known, and what nothing was told of yet.
    pub(super) fn nameless(&self) -> u64 {
        let [_, lost, missing] = self.sums();
        lost.saturating_add(missing).saturating_sub(u64::try_from(self.named.len()).unwrap_or(u64::MAX))
    }
}

/// The class of a line.
fn class(line: &Value) -> Result<Precedence, String> {
    let said = text(line, "class").and_then(Precedence::named);
    said.ok_or_else(|| "it names no class of objects".to_owned())
}

impl Epoch {
    fn closes(&self, name: &str, delivered: u64, lost: u64) -> Result<(), String> {
        let sum =
            |of: fn(&(Ranges, Ranges)) -> u64| self.classes.values().map(of).fold(0, u64::saturating_add);
        let (whole, gone) = (sum(|(whole, _)| whole.count()), sum(|(_, lost)| lost.count()));
        if (whole, gone) == (delivered, lost) {
            return Ok(());
        }
        Err(format!(
            "start {name} of the sender closes with {delivered} delivered and {lost} lost; the lines tell of {whole} and {gone}"
        ))
    }
}
