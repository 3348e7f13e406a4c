//! What a lane costs: processor time, by process and by thread.

use std::collections::BTreeMap;

/// What one thread has had of the processors, and how often it gave one up, or had to.
#[derive(Clone, Copy, Default)]
pub(super) struct Busy {
    pub(super) nanos: f64,
    pub(super) waits: f64,
    pub(super) pushed: f64,
}

/// The threads of a process, by name.
pub(super) fn threads(id: u32) -> BTreeMap<String, Busy> {
    let mut all = BTreeMap::<String, Busy>::new();
    for task in std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
        let text = |name: &str| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
        let status = text("status");
        let count = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim().parse::<f64>().ok()).unwrap_or(0.0)
        };
        let busy = all.entry(text("comm").trim().to_owned()).or_default();
        busy.nanos +=
            text("schedstat").split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0);
        busy.waits += count("voluntary_ctxt_switches:");
        busy.pushed += count("nonvoluntary_ctxt_switches:");
    }
    all
}

/// What processes that this one started have had, in hundredths of a second: those that have ended, and those that run.
pub(super) fn of_children(id: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let ended: f64 = figures(&text, 13);
    let mut running = 0.0;
    for task in std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        running += children.split_whitespace().filter_map(|child| child.parse().ok()).map(ticks).sum::<f64>();
    }
    ended + running
}

/// What a process has had of the processors, in hundredths of a second.
pub(super) fn ticks(id: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    figures(&text, 11)
}

/// Two figures of such a line, added up.
fn figures(text: &str, from: usize) -> f64 {
    let fields = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    fields.split(' ').skip(from).take(2).filter_map(|field| field.parse::<f64>().ok()).sum()
}
