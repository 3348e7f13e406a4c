//! Lockgate: the command line, and the wiring of the rooms behind it.
//!
//! Start with [`pipeline`]: it shows the whole way of an object on one screen.

#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "tests compute freely")
)]

mod args;
mod bound;
mod clock;
pub mod codes;
mod command;
mod deployment;
mod embedded;
mod exit;
mod files;
mod fixture;
mod frames;
#[cfg(target_os = "linux")]
mod gate;
mod lane;
mod names;
mod ocr;
pub mod pipeline;
mod show;

#[cfg(target_os = "linux")]
use args::ReviewCommand;
#[cfg(unix)]
use args::{AuditCommand, HoldCommand};
use args::{BundleCommand, Cli, Command, LabelCommand, MarkingCommand, SpifCommand, WordsCommand};
use clap::Parser;
use exit::{Exit, Fault};
use std::io::{self, BufWriter, Write};
use std::panic;
use std::process::ExitCode;

/// Runs the command line. Exit code 0: all released, all checks hold; 1: some verdict or check is negative; 2: a fault
/// or bad usage, with a message on standard error.
pub fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if worker_is_asked_for() {
        return lockgate_deep::work(&lockgate_deep::Limits::USUAL);
    }
    #[cfg(target_os = "linux")]
    if std::env::args_os().nth(1).is_some_and(|first| first == lockgate_deep::READER_COMMAND) {
        return lockgate_deep::become_reader(std::env::args_os().skip(2));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return exit::usage(&usage),
    };
    // What a panic says may hold a piece of the object, so only its place is told.
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        exit::complain(&format!("LG-X001 internal fault at {place}; nothing is released; please report it"));
    }));
    let done = panic::catch_unwind(|| {
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        run(cli, &mut out).and_then(|exit| out.flush().map(|()| exit).map_err(Fault::from))
    });
    match done {
        Ok(Ok(exit)) => exit.code(),
        Ok(Err(fault)) => fault.report(),
        Err(_) => Exit::Faulty.code(),
    }
}

/// The hidden command of the slow path: exactly one word, and nothing that could loosen its jail.
#[cfg(target_os = "linux")]
fn worker_is_asked_for() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|first| first == lockgate_deep::COMMAND) && arguments.next().is_none()
}

fn run(cli: Cli, out: &mut dyn Write) -> Result<Exit, Fault> {
    let json = cli.json;
    match cli.command {
        Command::Demo(args) => command::demo::run(&args, json, out),
        Command::Inspect(args) => command::inspect::run(&args, json, out),
        Command::Explain(args) => command::explain::run(&args, json, out),
        Command::Check(args) => command::check::run(&args, json, out),
        Command::Fmt(args) => command::fmt::run(&args, json, out),
        #[cfg(unix)]
        Command::Audit(AuditCommand::Verify { log, key, against }) => {
            command::audit::verify(&log, &key, against.as_deref(), json, out)
        }
        #[cfg(unix)]
        Command::Audit(AuditCommand::Show { log, filter, follow }) => {
            command::audit::show(&log, &filter, follow, json, out)
        }
        #[cfg(unix)]
        Command::Audit(AuditCommand::Export { log, format, filter }) => {
            command::audit::export(&log, format, &filter, out)
        }
        #[cfg(unix)]
        Command::Replay(args) => command::replay::run(&args, json, out),
        Command::Bundle(BundleCommand::Build { rules, output }) => {
            command::bundle::build(rules.as_deref(), &output, json, out)
        }
        Command::Bundle(BundleCommand::Sign { file, key, by }) => {
            command::signing::sign(&file, &key, by.as_deref(), json, out)
        }
        Command::Bundle(BundleCommand::Delegate { file, key, by }) => {
            command::signing::delegate(&file, &key, &by, json, out)
        }
        Command::Bundle(BundleCommand::Verify(args)) => command::signing::verify(&args, json, out),
        Command::Bundle(BundleCommand::Show { file }) => command::bundle::show(&file, json, out),
        Command::Label(LabelCommand::Check(args)) => command::label::check(&args, json, out),
        Command::Marking(MarkingCommand::Parse(args)) => command::marking::parse(&args, json, out),
        Command::Marking(MarkingCommand::Render(args)) => command::marking::render(&args, json, out),
        Command::Marking(MarkingCommand::Rollup(args)) => command::marking::rollup(&args, json, out),
        Command::Marking(MarkingCommand::Check(args)) => command::marking::check(&args, json, out),
        Command::Spif(SpifCommand::Check { file }) => command::spif::check(&file, json, out),
        Command::Spif(SpifCommand::Compare { old, new }) => command::spif::compare(&old, &new, json, out),
        Command::Words(WordsCommand::Check(args)) => command::words::check(&args, json, out),
        #[cfg(unix)]
        Command::Hold(HoldCommand::List(args)) => command::hold::list(&args, json, out),
        #[cfg(unix)]
        Command::Hold(HoldCommand::Show(args)) => command::hold::show(&args, json, out),
        #[cfg(target_os = "linux")]
        Command::Review(command) => review(&command, json, out),
        #[cfg(target_os = "linux")]
        Command::Run(args) => command::run::run(&args, json, out),
        #[cfg(target_os = "linux")]
        Command::Receive(args) => command::receive::run(&args, out),
        #[cfg(target_os = "linux")]
        Command::Report(args) => command::receive::account::run(&args, json, out),
        #[cfg(target_os = "linux")]
        Command::Reload(args) => command::run::reload(&args, json, out),
        #[cfg(unix)]
        Command::Status(args) => command::status::run(&args, json, out),
        #[cfg(unix)]
        Command::Top(args) => command::top::run(&args, json, out),
        Command::Plan(args) => command::plan::run(&args, json, out),
        #[cfg(target_os = "linux")]
        Command::Relay(args) => command::relay::run(&args, json, out),
        Command::Completions { shell } => command::manual::completions(shell, json, out),
        Command::Man { folder } => command::manual::pages(&folder, json, out),
    }
}

#[cfg(target_os = "linux")]
fn review(command: &ReviewCommand, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    use lockgate_attest::ReviewStep;
    let (step, args) = match command {
        ReviewCommand::List(args) => return command::review::list(args, json, out),
        ReviewCommand::Show(args) => return command::review::show(args, json, out),
        ReviewCommand::Claim(args) => (ReviewStep::Claim, args),
        ReviewCommand::Approve(args) => (ReviewStep::Approve, args),
        ReviewCommand::Reject(args) => (ReviewStep::Reject, args),
        ReviewCommand::Return(args) => (ReviewStep::Return, args),
    };
    command::review::step(step, args, json, out)
}
