//! `lockgate demo`: rules and samples that are compiled into the program. Live they cross two lanes over loopback; with
//! `--once`, or where lanes cannot run, they are decided in this process.

mod documents;
#[cfg(target_os = "linux")]
mod ground;
#[cfg(target_os = "linux")]
mod live;
mod opened;
#[cfg(target_os = "linux")]
mod pair;
#[cfg(target_os = "linux")]
mod people;
#[cfg(target_os = "linux")]
mod picture;
mod samples;
#[cfg(target_os = "linux")]
mod side;
#[cfg(target_os = "linux")]
mod summary;
#[cfg(target_os = "linux")]
mod traffic;

use crate::args::DemoArgs;
use crate::command::inspect;
use crate::embedded;
use crate::exit::{Exit, Fault};
use crate::fixture::{Decided, Fixture};
use crate::show::table::{WIDTH, printable, wrap};
use lockgate_bundle::{Bundle, Strictness};
use lockgate_core::Json;
use samples::Sample;
use std::io::Write;

/// How an attempt to run live ended.
enum Live {
    /// It ran.
    Done(Exit),
    /// Lanes cannot run here, and why.
    Off(String),
}

/// Runs the command.
///
/// # Errors
/// [`Fault`] where this program was built wrongly, a lane broke while it ran, or the output fails.
pub(crate) fn run(args: &DemoArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let bundle = Bundle::build_as(&embedded::rules(), Strictness::Trial)?;
    let (fixtures, _) = Fixture::load(&embedded::fixtures());
    if args.once {
        let exit = samples::run(&bundle, &fixtures, documents(json)?, json, out)?;
        if !json {
            writeln!(out, "`lockgate demo` runs both lanes live: sockets, log, hold, `lockgate top`.")?;
        }
        return Ok(exit);
    }
    match live(&fixtures, args, json, out)? {
        Live::Done(exit) => Ok(exit),
        Live::Off(why) => {
            off(&why, json, out)?;
            samples::run(&bundle, &fixtures, documents(json)?, json, out)
        }
    }
}

/// The documents, decided under rules with two reviewers more than those that are compiled in.
#[cfg(target_os = "linux")]
fn documents(json: bool) -> Result<Vec<(Sample, Decided)>, Fault> {
    let people = people::People::new()?;
    let mut rules = embedded::rules();
    people.appoint(&mut rules);
    let bundle = Bundle::build_as(&rules, Strictness::Trial)?;
    opened::decide(
        &bundle,
        &mut *inspect::deep(true),
        &|frame, policy, now, deep| people.approve(frame, policy, now, deep),
        samples::form(json),
    )
}

/// The documents, which nobody opens here.
#[cfg(not(target_os = "linux"))]
fn documents(json: bool) -> Result<Vec<(Sample, Decided)>, Fault> {
    let bundle = Bundle::build_as(&embedded::rules(), Strictness::Trial)?;
    opened::decide(&bundle, &mut *inspect::deep(true), &|_, _, _, _| Ok(Vec::new()), samples::form(json))
}

#[cfg(target_os = "linux")]
fn live(fixtures: &[Fixture], args: &DemoArgs, json: bool, out: &mut dyn Write) -> Result<Live, Fault> {
    // The lanes have two reviewers more than the rules that are compiled in.
    let people = people::People::new()?;
    let mut rules = embedded::rules();
    people.appoint(&mut rules);
    let bundle = Bundle::build_as(&rules, Strictness::Trial)?;
    live::run(&bundle, &people, fixtures, args.span, json, out)
}

#[cfg(not(target_os = "linux"))]
fn live(_: &[Fixture], _: &DemoArgs, _: bool, _: &mut dyn Write) -> Result<Live, Fault> {
    Ok(Live::Off("lanes run on Linux only".to_owned()))
}

/// Says what is not shown, and why not.
fn off(why: &str, json: bool, out: &mut dyn Write) -> Result<(), Fault> {
    if json {
        let mut line = String::new();
        let mut object = Json::object(&mut line);
        object.text("event", "off");
        object.text("says", why);
        object.end();
        return Ok(writeln!(out, "{line}")?);
    }
    let text = format!(
        "Lanes cannot run here: {}. So sockets, log, hold, `status` and `top` are off, and the samples are decided in \
         this process.",
        printable(why)
    );
    wrap(&text, WIDTH).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    Ok(writeln!(out)?)
}
