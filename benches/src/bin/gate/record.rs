//! What the lane's log says of what was sent.

use super::lines::print;
use lockgate_bench::deployment::Deployment;
use serde_json::Value as Json;

/// Decisions of the log that name another bundle than the one that was in force where they stand.
pub(super) fn mixed(log: &str) -> Result<u64, String> {
    let (mut now, mut wrong, mut seen) = (String::new(), 0, [0_u64; 2]);
    let mut changes = 0;
    for line in log.lines() {
        let entry: Json = serde_json::from_str(line).map_err(|error| format!("the log: {error}"))?;
        let entry = if entry["record"].is_object() { entry["record"].clone() } else { entry };
        let text = |value: &Json| value.as_str().unwrap_or_default().trim_start_matches("sha256:").to_owned();
        match entry["event"].as_str().unwrap_or_default() {
            "start" => now = text(&entry["bundle"]),
            "bundle" => {
                now = text(&entry["to"]);
                changes += 1;
            }
            "decision" => {
                let bundle = text(&entry["bundle"]);
                let bundle = if bundle.is_empty() { text(&entry["account"]["bundle"]) } else { bundle };
                wrong += u64::from(bundle != now);
                if let Some(seen) = seen.get_mut(changes.min(1)) {
                    *seen += 1;
                }
            }
            _ => {}
        }
    }
    let [before, after] = seen;
    if changes != 1 || before == 0 || after == 0 {
        return Err(format!("the log has {changes} changes, {before} decisions before, {after} behind"));
    }
    Ok(wrong)
}

/// The key that the log verifies under, as its first entry says it.
pub(super) fn key_of(deployment: &Deployment) -> Result<String, String> {
    let log = deployment.export()?;
    let first: Json = serde_json::from_str(log.lines().next().unwrap_or_default())
        .map_err(|error| format!("the log: {error}"))?;
    let key = first["key"].as_str().or_else(|| first["record"]["key"].as_str());
    key.map(str::to_owned).ok_or_else(|| format!("the log's first entry has no key: {first}"))
}

/// Objects that neither the log nor the kernel's count of drops accounts for.
pub(super) fn account(
    deployment: &Deployment,
    key: &str,
    name: &str,
    sent: u64,
    arrived: u64,
) -> Result<(), String> {
    let told = deployment.verify(key)?;
    let mut lost = None;
    for line in told.lines() {
        let Ok(said) = serde_json::from_str::<Json>(line) else { continue };
        if let Some(counts) = find(&said, "received") {
            let count = |name: &str| counts[name].as_u64().unwrap_or(0);
            let drops = sum(&said["kernel_drops"]);
            let seen = count("received") + drops;
            print(&format!("{name}.drops"), drops as f64, "objects");
            print(&format!("{name}.held"), count("held") as f64, "objects");
            lost = Some(sent.abs_diff(seen) + count("sent").abs_diff(arrived));
        }
    }
    print(name, lost.ok_or_else(|| format!("no accounting in: {told}"))? as f64, "objects");
    Ok(())
}

/// The object that has this key, wherever it stands.
fn find<'a>(value: &'a Json, key: &str) -> Option<&'a Json> {
    match value {
        Json::Object(map) if map.contains_key(key) => Some(value),
        Json::Object(map) => map.values().find_map(|inner| find(inner, key)),
        Json::Array(list) => list.iter().find_map(|inner| find(inner, key)),
        _ => None,
    }
}

fn sum(value: &Json) -> u64 {
    match value {
        Json::Number(number) => number.as_u64().unwrap_or(0),
        Json::Object(map) => map.values().map(sum).sum(),
        Json::Array(list) => list.iter().map(sum).sum(),
        _ => 0,
    }
}
