//! The peers measured beside Lockgate on the same events, ratios in one run; see README.md.

mod decide;
mod facts;
mod read;

use facts::Facts;
use lockgate_bench::engine::{Engine, Setup};
use lockgate_bench::event::{Carrier, Fault, Form, event};
use lockgate_bench::measure::{Subject, measure};
use std::error::Error;
use std::hint::black_box;

const EVENTS: usize = 2_000;
const PASSES: usize = 9;

fn main() -> Result<(), Box<dyn Error>> {
    let events: Vec<Vec<u8>> = (0..EVENTS as u64)
        .map(|number| event(number, Form::Usual, Carrier::Attributes, fault(number)))
        .collect();
    let facts = events.iter().map(|object| facts::read(object)).collect::<Result<Vec<Facts>, _>>()?;
    let expected: Vec<bool> = facts.iter().map(facts::judge).collect();
    let released = expected.iter().filter(|verdict| **verdict).count();
    println!("{EVENTS} events, {released} may cross, {} may not", EVENTS - released);

    let mut deciders = vec![decide::cel(&facts)?, decide::cedar(&facts)?, decide::rego(&facts)?];
    for decider in &mut deciders {
        if let Some(at) = (0..EVENTS).find(|at| (decider.judge)(*at) != expected[*at]) {
            return Err(format!("{} disagrees on event {at}; nothing was measured", decider.name).into());
        }
    }

    let mut subjects = read::subjects(&events);
    for mut decider in deciders {
        let work = Box::new(move |at| {
            black_box((decider.judge)(at));
        });
        subjects.push(Subject { name: decider.name, work });
    }
    let mut engine = Engine::new(Setup { rules: 20, words: 2_000 })?;
    let (mut line, mut out) = (String::with_capacity(16_384), Vec::with_capacity(16_384));
    let own = &events;
    subjects.push(Subject {
        name: "lockgate, bytes to line",
        work: Box::new(move |at: usize| {
            line.clear();
            black_box(engine.inspect(&own[at], &mut line, &mut out));
        }),
    });

    let figures = measure(&mut subjects, EVENTS, PASSES);
    let yardstick = figures[0].mean;
    println!("\n{:<30} {:>9} {:>9} {:>9} {:>9}", "microseconds an event", "mean", "p50", "p99", "ratio");
    for (subject, own) in subjects.iter().zip(&figures) {
        let ratio = own.mean / yardstick;
        println!("{:<30} {:>9.2} {:>9.2} {:>9.2} {ratio:>9.2}", subject.name, own.mean, own.p50, own.p99);
    }
    println!("\nratio: to the first line of this run");
    Ok(())
}

/// One event in eight is faulty, in turn.
fn fault(number: u64) -> Fault {
    match number % 16 {
        3 => Fault::Window,
        11 => Fault::Level,
        _ => Fault::None,
    }
}
