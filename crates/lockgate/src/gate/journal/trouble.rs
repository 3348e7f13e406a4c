//! Why nothing can be put on record, and what the operator sees of it.

use lockgate_watch::Alarm;
use rustix::io::Errno;
use std::fmt;
use std::io;

/// Why nothing can be put on record.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) says: String,
    /// What the operator sees.
    pub(crate) alarm: Alarm,
}

impl Trouble {
    /// What may be shown for trouble.
    pub(crate) const ALARMS: [Alarm; 4] =
        [Alarm::LogUnwritable, Alarm::HoldUnwritable, Alarm::DiskFull, Alarm::OutOfDescriptors];

    pub(crate) fn log(fault: &lockgate_audit::Fault) -> Self {
        let alarm = match fault {
            lockgate_audit::Fault::Disk(_, error) => alarm_of(error, Alarm::LogUnwritable),
            _ => Alarm::LogUnwritable,
        };
        Self { says: fault.to_string(), alarm }
    }

    pub(crate) fn hold(fault: &lockgate_hold::Fault) -> Self {
        let alarm = match fault {
            lockgate_hold::Fault::Disk { why, .. } => alarm_of(why, Alarm::HoldUnwritable),
            _ => Alarm::HoldUnwritable,
        };
        Self { says: format!("hold: {fault}"), alarm }
    }

    pub(crate) fn folder(error: &io::Error) -> Self {
        Self { says: format!("the output folder: {error}"), alarm: alarm_of(error, Alarm::LogUnwritable) }
    }

    pub(crate) fn descriptors(error: &io::Error) -> Self {
        Self { says: error.to_string(), alarm: alarm_of(error, Alarm::LogUnwritable) }
    }

    /// What cannot be told apart any more: nothing is recorded until somebody has looked.
    pub(crate) fn broken(says: &str) -> Self {
        Self { says: says.to_owned(), alarm: Alarm::LogUnwritable }
    }
}

fn alarm_of(error: &io::Error, otherwise: Alarm) -> Alarm {
    let raw = error.raw_os_error();
    if error.kind() == io::ErrorKind::StorageFull || error.kind() == io::ErrorKind::QuotaExceeded {
        Alarm::DiskFull
    } else if [Errno::MFILE, Errno::NFILE].iter().any(|errno| raw == Some(errno.raw_os_error())) {
        Alarm::OutOfDescriptors
    } else {
        otherwise
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.says)
    }
}
