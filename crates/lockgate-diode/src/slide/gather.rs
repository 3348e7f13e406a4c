//! The receiving side of a sliding window: what is known, and equations over what is not.

use crate::field;
use crate::wire::Repair;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// How many symbols are kept, counted back from the newest.
pub(crate) const KEPT: u64 = 256;
/// How many equations are kept.
const ROWS: usize = 64;

/// One equation: a sum of unknown symbols.
struct Row {
    /// The symbol that this row alone still has among all rows; its factor is 1.
    pivot: u64,
    /// The other unknown symbols and their factors, none of which is 0.
    others: Vec<(u64, u8)>,
    /// What the sum is.
    sum: Vec<u8>,
}

/// A symbol that was lost and came back.
pub(crate) struct Recovered {
    /// Its number, modulo 2^32.
    #[cfg(test)]
    pub(crate) number: u32,
    /// The symbol.
    pub(crate) symbol: Vec<u8>,
}

/// See the module. Bounded by 256 symbols and 64 equations.
#[derive(Default)]
pub(crate) struct Gather {
    known: BTreeMap<u64, Vec<u8>>,
    rows: Vec<Row>,
    /// Behind the newest number, in full; none until the first symbol.
    end: Option<u64>,
    contradictions: u64,
}

impl Gather {
    /// One whose first symbol has this number, in full.
    #[cfg(test)]
    pub(super) fn started(number: u64) -> Self {
        Self { end: Some(number), ..Self::default() }
    }

    /// A source symbol has come. Returns what it solves.
    pub(crate) fn source(&mut self, number: u32, symbol: &[u8]) -> Vec<Recovered> {
        let number = self.full(number);
        self.advance(number.saturating_add(1));
        if number < self.floor() || self.known.contains_key(&number) {
            return Vec::new();
        }
        let mut out = Vec::new();
        self.learn(number, Vec::from(symbol), &mut out);
        out
    }

    /// A repair has come. Returns what it solves.
    pub(crate) fn repair(&mut self, repair: &Repair<'_>) -> Vec<Recovered> {
        let mut out = Vec::new();
        let first = self.full(repair.first);
        let end = first.saturating_add(u64::from(repair.count));
        self.advance(end);
        if first < self.floor() {
            return out;
        }
        let (mut terms, mut sum) = (Vec::new(), Vec::from(repair.symbol));
        for number in first..end {
            let factor = field::coefficient(repair.row, number);
            match self.known.get(&number) {
                Some(known) if known.len() > sum.len() => {
                    // The sender's sum is as long as its longest symbol.
                    self.contradictions = self.contradictions.saturating_add(1);
                    return out;
                }
                Some(known) => field::add(&mut sum, factor, known),
                None => terms.push((number, factor)),
            }
        }
        self.insert(terms, sum, &mut out);
        out
    }

    /// How often two repairs, or a repair and its sources, did not agree.
    pub(crate) fn contradictions(&self) -> u64 {
        self.contradictions
    }

    /// The number in full that ends in these 32 bits and is nearest to the newest.
    fn full(&self, number: u32) -> u64 {
        let Some(end) = self.end else { return u64::from(number) };
        let high = end & !0xFFFF_FFFF;
        let near = high | u64::from(number);
        let half = 1_u64 << 31;
        if near > end.saturating_add(half) {
            near.checked_sub(1 << 32).unwrap_or(near)
        } else if near.saturating_add(half) < end {
            near.saturating_add(1 << 32)
        } else {
            near
        }
    }

    fn floor(&self) -> u64 {
        self.end.unwrap_or(0).saturating_sub(KEPT)
    }

    /// Forgets what is too old.
    fn advance(&mut self, end: u64) {
        self.end = Some(self.end.unwrap_or(0).max(end));
        let floor = self.floor();
        while self.known.first_key_value().is_some_and(|(number, _)| *number < floor) {
            self.known.pop_first();
        }
        self.rows.retain(|row| row.pivot >= floor && row.others.iter().all(|(number, _)| *number >= floor));
    }

    /// A symbol is known from now on.
    fn learn(&mut self, number: u64, symbol: Vec<u8>, out: &mut Vec<Recovered>) {
        let mut orphans = Vec::new();
        let mut index = 0;
        while let Some(row) = self.rows.get_mut(index) {
            if row.pivot == number {
                let row = self.rows.swap_remove(index);
                let mut sum = row.sum;
                take_away(&mut sum, 1, &symbol, &mut self.contradictions);
                orphans.push((row.others, sum));
                continue;
            }
            if let Some(at) = row.others.iter().position(|(other, _)| *other == number) {
                let (_, factor) = row.others.swap_remove(at);
                take_away(&mut row.sum, factor, &symbol, &mut self.contradictions);
            }
            index = index.saturating_add(1);
        }
        self.known.insert(number, symbol);
        for (terms, sum) in orphans {
            self.insert(terms, sum, out);
        }
        self.harvest(out);
    }

    /// Takes an equation in, reduced by all others.
    fn insert(&mut self, terms: Vec<(u64, u8)>, mut sum: Vec<u8>, out: &mut Vec<Recovered>) {
        let mut open: BTreeMap<u64, u8> = terms.into_iter().collect();
        for row in &self.rows {
            let Some(factor) = open.remove(&row.pivot) else { continue };
            for (number, theirs) in &row.others {
                let value = open.entry(*number).or_insert(0);
                *value ^= field::product(factor, *theirs);
            }
            open.retain(|_, factor| *factor != 0);
            add_sum(&mut sum, factor, &row.sum);
        }
        let Some((pivot, factor)) = open.pop_first() else {
            if sum.iter().any(|byte| *byte != 0) {
                self.contradictions = self.contradictions.saturating_add(1);
            }
            return;
        };
        let scale = field::inverse(factor);
        field::scale(&mut sum, scale);
        let others = open.into_iter().map(|(number, factor)| (number, field::product(scale, factor)));
        let new = Row { pivot, others: others.collect(), sum };
        for row in &mut self.rows {
            row.substitute(&new);
        }
        if self.rows.len() >= ROWS {
            self.rows.remove(0);
        }
        self.rows.push(new);
        self.harvest(out);
    }

    /// Takes out the rows with one unknown: that is their sum.
    fn harvest(&mut self, out: &mut Vec<Recovered>) {
        let mut index = 0;
        while let Some(row) = self.rows.get(index) {
            if !row.others.is_empty() {
                index = index.saturating_add(1);
                continue;
            }
            let mut row = self.rows.swap_remove(index);
            // The sum is as long as the longest symbol in it; this one says how long it is itself.
            let length = row.sum.first_chunk().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
            let (_, zeros) = row.sum.split_at_checked(length.saturating_add(2)).unwrap_or((&[], &[1]));
            if zeros.iter().any(|byte| *byte != 0) {
                self.contradictions = self.contradictions.saturating_add(1);
                continue;
            }
            row.sum.truncate(length.saturating_add(2));
            self.known.insert(row.pivot, row.sum.clone());
            out.push(Recovered {
                #[cfg(test)]
                number: u32::try_from(row.pivot & 0xFFFF_FFFF).unwrap_or(0),
                symbol: row.sum,
            });
        }
    }
}

impl Row {
    /// Replaces the pivot of `by`, where it is in this row.
    fn substitute(&mut self, by: &Row) {
        let Some(at) = self.others.iter().position(|(number, _)| *number == by.pivot) else { return };
        let (_, factor) = self.others.swap_remove(at);
        for (number, theirs) in &by.others {
            let change = field::product(factor, *theirs);
            match self.others.iter_mut().find(|(other, _)| other == number) {
                Some((_, value)) => *value ^= change,
                None => self.others.push((*number, change)),
            }
        }
        self.others.retain(|(_, value)| *value != 0);
        add_sum(&mut self.sum, factor, &by.sum);
    }
}

/// Adds a sum to a sum; they may differ in length.
fn add_sum(to: &mut Vec<u8>, factor: u8, from: &[u8]) {
    if from.len() > to.len() {
        to.resize(from.len(), 0);
    }
    field::add(to, factor, from);
}

/// Takes a symbol out of a sum, which was made of it and so is as long.
fn take_away(sum: &mut [u8], factor: u8, symbol: &[u8], contradictions: &mut u64) {
    if symbol.len() > sum.len() {
        *contradictions = contradictions.saturating_add(1);
    }
    field::add(sum, factor, symbol);
}
