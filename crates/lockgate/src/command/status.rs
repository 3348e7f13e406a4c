//! `lockgate status`: what a running lane, or a far side, shows of itself, on one screen.

use crate::args::StatusArgs;
use crate::exit::{Exit, Fault};
use crate::files;
use crate::show::screen::{self, Detail};
#[cfg(target_os = "linux")]
use crate::{clock, deployment};
use lockgate_deployment::Deployment;
use lockgate_watch::{Request, Value, ask};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a lane may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A deployment file is never longer; the notation's own bound.
pub(super) const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// Runs the command; negative where the lane does not release, or the far side does not receive.
///
/// # Errors
/// [`Fault`] where the lane cannot be asked, or the output fails.
pub(crate) fn run(args: &StatusArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    #[cfg(target_os = "linux")]
    if let Some(far) = args.config.as_deref().map(deployment::read_far).transpose()?.flatten() {
        return super::receive::status::run(&far?, clock::now(), json, out);
    }
    let (line, status) = look(&socket(args)?)?;
    if json {
        writeln!(out, "{line}")?;
    } else {
        for line in screen::lines(&status, Detail::Full) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(Exit::negative_if(!status.at("health.releasing").is_true()))
}

/// The control socket of the lane that is meant.
///
/// # Errors
/// [`Fault`] where the deployment file cannot be read, or names none.
pub(crate) fn socket(args: &StatusArgs) -> Result<PathBuf, Fault> {
    let Some(config) = &args.config else { return Ok(args.control.clone().unwrap_or_default()) };
    let name = config.display().to_string();
    let text = files::bounded(config, CONFIG_BYTES_MAX).map_err(|error| Fault::of(&name, &error))?;
    let deployment = Deployment::read(&name, &text)?;
    let control = deployment.control.ok_or_else(|| {
        Fault::new(format!("{name}: it names no control socket; add `control \"/run/lockgate/NAME\"` to it"))
    })?;
    Ok(PathBuf::from(control.value))
}

/// Asks the lane: its line, and what it says.
///
/// # Errors
/// [`Fault`] where it does not answer, or says no.
pub(crate) fn look(socket: &Path) -> Result<(String, Value), Fault> {
    let told = ask(socket, Request::Status, PATIENCE);
    let (line, status) = told.map_err(|error| {
        let socket = socket.display();
        Fault::new(format!("{socket}: the lane cannot be asked ({error}); does it run, and may you ask it?"))
    })?;
    if let Value::Text(says) = status.at("error") {
        return Err(Fault::new(format!("{}: the lane says: {says}", socket.display())));
    }
    if !matches!(status.at("health.releasing"), Value::Bool(_)) {
        return Err(Fault::new(format!("{}: what answers there is no lane", socket.display())));
    }
    Ok((line, status))
}
