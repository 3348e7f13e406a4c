//! `lockgate review`: what waits for people, what they see of it, and what they sign. Statements go into the lane's review
//! folder; the lane answers in its log.

mod desk;
mod show;
mod statement;
mod step;

pub(crate) use show::show;
pub(crate) use statement::{Word, hand_in, statement};
pub(crate) use step::step;

use crate::args::ReviewListArgs;
use crate::clock;
use crate::exit::{Exit, Fault, complain};
use crate::show::held::{bytes, left, number, short};
use crate::show::table::Table;
use desk::{Desk, Standing};
use lockgate_bytes::Time;
use lockgate_core::Json;
use lockgate_hold::Item;
use std::io::Write;

/// The most characters of each column but the last.
const COLUMNS: &[usize] = &[12, 5, 5, 11, 14, 12, 5];
/// The least characters of the last one, the reasons.
const LAST_MIN: usize = 10;

/// `review list`: one line an object that is held, the most urgent first; exit 1 where the store has not all of them.
///
/// # Errors
/// [`Fault`] where deployment, store or log cannot be read, or the output fails.
pub(crate) fn list(args: &ReviewListArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let now = clock::given(args.now.as_deref())?;
    let mut desk = Desk::open(&args.config)?;
    let items = desk.items()?;
    let missing = desk.missing(&items)?;
    for entry in &missing {
        complain(&format!(
            "{entry}: the log holds this object, and the store does not list it; nobody can decide about it, and the lane's next \
             start says what became of it"
        ));
    }
    let exit = Exit::negative_if(desk.is_damaged() || !missing.is_empty());
    if json {
        for item in &items {
            let mut line = String::new();
            item_line(item, &desk.standing(item.entry, now), now, &mut line);
            writeln!(out, "{line}")?;
        }
        return Ok(exit);
    }
    if items.is_empty() {
        let says = if exit == Exit::Good { "nothing waits for people" } else { "nothing that can be shown" };
        writeln!(out, "{says}")?;
        return Ok(exit);
    }
    let head = ["entry", "age", "left", "state", "claimed by", "type", "size", "reasons"];
    let mut table = Table::new(&head).narrow(COLUMNS, LAST_MIN);
    for item in &items {
        let facts = &item.facts;
        let standing = desk.standing(item.entry, now);
        let kind = facts.type_id.as_deref().map_or("-", |id| id.split_once('@').map_or(id, |(name, _)| name));
        table.row([
            item.entry.to_string().as_str(),
            &short(now.since(facts.arrival)),
            // What people have approved waits for others no longer than that holds.
            &left([facts.not_after, standing.approved_until].into_iter().flatten().min(), now),
            &standing.state(is_over(item, now)),
            standing.claimed.as_ref().map_or("-", |(by, _)| by),
            kind,
            &bytes(item.size),
            &facts.codes.join(" "),
        ]);
    }
    table.write(out)?;
    Ok(exit)
}

fn item_line(item: &Item, standing: &Standing, now: Time, line: &mut String) {
    let facts = &item.facts;
    let mut json = Json::object(line);
    number(&mut json, "entry", item.entry);
    json.digest("sha256", &item.sha256);
    json.text("state", &standing.state(is_over(item, now)));
    json.text_or_null("claimed_by", standing.claimed.as_ref().map(|(by, _)| by.as_str()));
    match &standing.claimed {
        Some((_, until)) => json.time("claimed_until", *until),
        None => json.null("claimed_until"),
    }
    json.texts("approved_by", standing.approved.iter().map(String::as_str));
    match standing.approved_until {
        Some(until) => json.time("approved_until", until),
        None => json.null("approved_until"),
    }
    json.text("lane", &facts.lane);
    json.text("source", &facts.source);
    json.text_or_null("type", facts.type_id.as_deref());
    json.text("precedence", facts.precedence.name());
    number(&mut json, "size_bytes", item.size);
    json.texts("reasons", facts.codes.iter().map(AsRef::as_ref));
    json.text_or_null("label", facts.label.as_deref());
    json.time("arrival", facts.arrival);
    match facts.not_after {
        Some(end) => json.time("not_after", end),
        None => json.null("not_after"),
    }
    json.boolean("is_over", is_over(item, now));
    json.end();
}

/// True where the time of the object is over.
fn is_over(item: &Item, now: Time) -> bool {
    item.facts.not_after.is_some_and(|end| end <= now)
}
