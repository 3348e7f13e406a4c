//! The lines that this program prints: one JSON line a figure, and one for what this machine did not let it measure.

use serde_json::Value as Json;

/// A figure.
pub(super) fn print(name: &str, value: f64, unit: &str) {
    println!("{{\"name\":\"{name}\",\"value\":{value:.4},\"unit\":\"{unit}\"}}");
}

/// What could not be measured, or what else was at work while it was.
pub(super) fn note(says: &str) {
    let text = Json::String(format!("gate: {says} (load {:.1})", busy_machine()));
    println!("{{\"name\":\"note\",\"text\":{text}}}");
}

/// How many want the processors, by the system's mean of a minute.
pub(super) fn busy_machine() -> f64 {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}
