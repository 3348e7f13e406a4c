//! Commands about lanes that run: `demo`, `run`, `reload`, `status`, `top`.

use clap::Args;
use std::path::PathBuf;

/// Which running lane is asked.
#[cfg(unix)]
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct StatusArgs {
    /// The deployment file of the lane, which names the control socket; for `status` also that of a far side
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The control socket of the lane
    #[arg(long, value_name = "SOCKET")]
    pub(crate) control: Option<PathBuf>,
}

#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The deployment file; `lockgate check --config FILE` says whether it is ready
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}

#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
pub(crate) struct ReceiveArgs {
    /// The file of the far side; `lockgate check --config FILE` says whether it is ready
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}

#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Files of the report, in the order in which they were written
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Public key of the far side: every sum has to be signed with it
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// The sender's log as `lockgate audit export LOG --format jsonl` prints it: whatever it sent was delivered, or is lost
    #[arg(long, value_name = "FILE")]
    pub(crate) sent: Option<PathBuf>,

    /// What was sent so shortly before the report's last line may be under way still
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = super::links::span)]
    pub(crate) under_way: lockgate_bytes::Duration,
}

#[cfg(target_os = "linux")]
#[derive(Debug, Args)]
pub(crate) struct ReloadArgs {
    #[command(flatten)]
    pub(crate) lane: StatusArgs,

    /// The machine's clock is right as it is: release again, and decide again what was held for it
    #[arg(long)]
    pub(crate) confirm_clock: bool,
}

#[cfg(unix)]
#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    #[command(flatten)]
    pub(crate) lane: StatusArgs,

    /// Print one screen and leave, as where the output is no terminal
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Run the samples through, print the summary, and exit 0 when every sample got its expected verdict
    #[arg(long)]
    pub(crate) once: bool,

    /// End by itself after this time, such as 3s
    #[arg(long = "for", value_name = "DURATION", hide = true, conflicts_with = "once", value_parser = span)]
    pub(crate) span: Option<std::time::Duration>,
}

/// A time that passes, such as 3s.
fn span(text: &str) -> Result<std::time::Duration, String> {
    let nanos = lockgate_bytes::Duration::parse(text).and_then(|span| u64::try_from(span.nanos()).ok());
    nanos.map(std::time::Duration::from_nanos).ok_or_else(|| "write it like 3s or 2m".to_owned())
}
