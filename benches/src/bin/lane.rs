//! Measures the fast path beside the baseline and prints one JSON line a figure: `{"name":..,"value":..,"unit":..}`.
//!
//! `lane loop SUBJECT PASSES` does only that, over all events, and prints nothing: for a profiler, or for counting
//! instructions. SUBJECT is `none` (set up and no pass), `tokens`, `verbatim`, `reemitted`, `refusal` or `word`, with
//! `label.` before it for events that carry a label element.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::float_arithmetic,
    reason = "a measuring program: it prints figures about events of its own making"
)]

use lockgate_bench::allocations::allocations_during;
use lockgate_bench::baseline;
use lockgate_bench::engine::{Engine, Outcome, Setup};
use lockgate_bench::event::{Carrier, Fault, Form, event};
use lockgate_bench::measure::{Figures, Subject, measure};
use std::hint::black_box;
use std::process::ExitCode;

const EVENTS: usize = 2_000;
const PASSES: usize = 9;
const FEW: Setup = Setup { rules: 20, words: 2_000 };
const MANY: Setup = Setup { rules: 200, words: 2_000 };

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [order, subject, passes] = words.as_slice()
        && order == "loop"
    {
        return match looped(subject, passes.parse().unwrap_or(1)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(says) => {
                eprintln!("lane: {says}");
                ExitCode::from(2)
            }
        };
    }
    println!("{{\"name\":\"cpu\",\"text\":\"{}\"}}", cpu());
    for (carrier, prefix) in [(Carrier::Attributes, ""), (Carrier::Label, "label.")] {
        let engines = Engine::new(FEW).and_then(|few| Ok((few, Engine::new(MANY)?)));
        let outcome = engines.and_then(|(few, many)| lane(carrier, prefix, few, many));
        if let Err(says) = outcome {
            eprintln!("lane: {says}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn events(form: Form, carrier: Carrier, fault: Fault) -> Vec<Vec<u8>> {
    (0..EVENTS as u64).map(|number| event(number, form, carrier, fault)).collect()
}

/// Mean size of the events: what the times are to be read against.
fn print_size(name: &str, prefix: &str, events: &[Vec<u8>]) {
    let total: usize = events.iter().map(Vec::len).sum();
    print(&format!("{name}.size"), prefix, total as f64 / EVENTS as f64, "B");
}

fn tokens<'a>(name: &'static str, events: &'a [Vec<u8>]) -> Subject<'a> {
    Subject {
        name,
        work: Box::new(|at| {
            black_box(baseline::tokens(&events[at]));
        }),
    }
}

/// One subject over all events, and nothing else.
fn looped(subject: &str, passes: usize) -> Result<(), String> {
    let (carrier, name) = match subject.strip_prefix("label.") {
        Some(name) => (Carrier::Label, name),
        None => (Carrier::Attributes, subject),
    };
    let mut engine = Engine::new(FEW)?;
    let usual = events(Form::Usual, carrier, Fault::None);
    let events = match name {
        "verbatim" => released(&mut engine, &usual)?,
        "refusal" => events(Form::Usual, carrier, Fault::Window),
        "refusal.label" => events(Form::Usual, carrier, Fault::Level),
        "refusal.all" => events(Form::Usual, carrier, Fault::All),
        "word" => events(Form::Usual, carrier, Fault::Word),
        "none" => return Ok(()),
        "tokens" | "reemitted" => usual,
        _ => return Err(format!("there is no subject {name}")),
    };
    let engine = std::cell::RefCell::new(engine);
    let mut subject =
        if name == "tokens" { tokens("tokens", &events) } else { judged("judged", &engine, &events) };
    (0..passes).for_each(|_| (0..EVENTS).for_each(|at| (subject.work)(at)));
    Ok(())
}

/// Everything about the fast path, in one run.
fn lane(carrier: Carrier, prefix: &str, mut few: Engine, many: Engine) -> Result<(), String> {
    let usual = events(Form::Usual, carrier, Fault::None);
    // What the engine itself writes is what it must release as received.
    let canonical = released(&mut few, &usual)?;
    let window = events(Form::Usual, carrier, Fault::Window);
    let word = events(Form::Usual, carrier, Fault::Word);
    // Refusals that write sentences about a label, and those that list many reasons: whoever sends the object chooses.
    let level = events(Form::Usual, carrier, Fault::Level);
    let all = events(Form::Usual, carrier, Fault::All);
    demand(&mut few, "canonical", &canonical, &[Outcome::Verbatim])?;
    demand(&mut few, "window", &window, &[Outcome::Refused])?;
    demand(&mut few, "word", &word, &[Outcome::Held, Outcome::Refused])?;
    demand(&mut few, "level", &level, &[Outcome::Refused])?;
    demand(&mut few, "all", &all, &[Outcome::Refused])?;
    print_size("canonical", prefix, &canonical);
    print_size("usual", prefix, &usual);

    let few = std::cell::RefCell::new(few);
    let many = std::cell::RefCell::new(many);
    let mut subjects = [
        tokens("tokens.canonical", &canonical),
        tokens("tokens.usual", &usual),
        judged("verbatim", &few, &canonical),
        judged("reemitted", &few, &usual),
        judged("refusal", &few, &window),
        judged("word", &few, &word),
        judged("rules200", &many, &canonical),
        judged("refusal.label", &few, &level),
        judged("refusal.all", &few, &all),
    ];
    let figures = measure(&mut subjects, EVENTS, PASSES);
    for (subject, figures) in subjects.iter().zip(&figures) {
        print_figures(subject.name, prefix, figures);
    }
    let mean = |at: usize| figures[at].mean;
    print("verbatim.ratio", prefix, mean(2) / mean(0), "x");
    print("reemitted.ratio", prefix, mean(3) / mean(1), "x");
    // The cheaper of the two releases is the yardstick.
    let release = mean(2).min(mean(3));
    print("refusal.ratio", prefix, mean(4) / release, "x");
    print("word.ratio", prefix, mean(5) / release, "x");
    print("refusal.label.ratio", prefix, mean(7) / release, "x");
    print("refusal.all.ratio", prefix, mean(8) / release, "x");
    print("rules.extra", prefix, mean(6) - mean(2), "us");
    drop(subjects);

    for (name, events) in
        [("verbatim", &canonical), ("reemitted", &usual), ("refusal", &window), ("word", &word)]
    {
        let mut subject = judged(name, &few, events);
        (0..EVENTS).for_each(|at| (subject.work)(at));
        let count = allocations_during(|| (0..EVENTS).for_each(|at| (subject.work)(at)));
        print(&format!("{name}.allocations"), prefix, count as f64 / EVENTS as f64, "per object");
    }
    Ok(())
}

fn judged<'a>(
    name: &'static str,
    engine: &'a std::cell::RefCell<Engine>,
    events: &'a [Vec<u8>],
) -> Subject<'a> {
    let (mut line, mut released) = (String::with_capacity(16_384), Vec::with_capacity(16_384));
    Subject {
        name,
        work: Box::new(move |at| {
            line.clear();
            black_box(engine.borrow_mut().inspect(&events[at], &mut line, &mut released));
            black_box((&line, &released));
        }),
    }
}

/// The canonical form of every event, as the engine releases it.
fn released(engine: &mut Engine, usual: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, String> {
    usual
        .iter()
        .enumerate()
        .map(|(number, object)| {
            let (mut line, mut released) = (String::new(), Vec::new());
            match engine.inspect(object, &mut line, &mut released) {
                Outcome::Reemitted => Ok(released),
                other => Err(format!("event {number} is {other:?}, not re-emitted: {}", line)),
            }
        })
        .collect()
}

/// A figure counts only where every event takes the way that is measured.
fn demand(engine: &mut Engine, what: &str, events: &[Vec<u8>], expected: &[Outcome]) -> Result<(), String> {
    for (number, object) in events.iter().enumerate() {
        let (mut line, mut released) = (String::new(), Vec::new());
        let outcome = engine.inspect(object, &mut line, &mut released);
        if !expected.contains(&outcome) || line.is_empty() {
            return Err(format!(
                "{what} event {number} is {outcome:?}, expected one of {expected:?}: {line}"
            ));
        }
    }
    Ok(())
}

fn print_figures(name: &str, prefix: &str, figures: &Figures) {
    for (figure, value) in [
        ("mean", figures.mean),
        ("p50", figures.p50),
        ("p99", figures.p99),
        ("raw_p99", figures.raw_p99),
        ("raw_p999", figures.raw_p999),
    ] {
        print(&format!("{name}.{figure}"), prefix, value, "us");
    }
}

fn print(name: &str, prefix: &str, value: f64, unit: &str) {
    println!("{{\"name\":\"{prefix}{name}\",\"value\":{value:.4},\"unit\":\"{unit}\"}}");
}

/// The processor's name, as the kernel tells it.
fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name =
        info.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(':'));
    name.map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().replace(['"', '\\'], ""))
}
