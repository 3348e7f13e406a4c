//! What stands against many objects, by code: the first question about a day of traffic.

use super::table::Table;
use crate::exit::Fault;
use lockgate_core::Account;
use lockgate_reason::Code;
use std::collections::BTreeMap;
use std::io::Write;

/// How many objects have each code.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    objects: BTreeMap<&'static str, (Code, usize)>,
    /// The codes of the object at hand.
    seen: Vec<Code>,
}

impl Summary {
    /// Counts one object: each of its codes once, however often it stands there.
    pub(crate) fn count(&mut self, account: &Account<'_>) {
        self.seen.clear();
        for reason in account.reasons() {
            if !self.seen.contains(&reason.code) {
                self.seen.push(reason.code);
                let (_, count) = self.objects.entry(reason.code.id()).or_insert((reason.code, 0));
                *count = count.saturating_add(1);
            }
        }
    }

    /// A line a code, the one of most objects first; nothing where nothing stands against any.
    ///
    /// # Errors
    /// [`Fault`] where the output fails.
    pub(crate) fn write(&self, out: &mut dyn Write) -> Result<(), Fault> {
        if self.objects.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<&(Code, usize)> = self.objects.values().collect();
        // Stable: of equal counts, codes stay in their order.
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut table = Table::new(&["reason", "objects", "what"]);
        for (code, count) in rows {
            table.row([code.id(), &count.to_string(), code.says()]);
        }
        writeln!(out)?;
        table.write(out)?;
        writeln!(out).map_err(Fault::from)
    }
}
