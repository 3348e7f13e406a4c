//! What the deciders judge, and the plain code that says what is right.

use lockgate_bytes::Time;
use std::error::Error;

/// The facts of one event that the five checks need. Times in seconds since 1970, accuracy in decimetres.
pub struct Facts {
    pub kind: String,
    pub level: String,
    pub nations: Vec<String>,
    pub seen: i64,
    pub start: i64,
    pub stale: i64,
    pub accuracy: i64,
}

/// Those who read in the destination domain.
pub const READERS: &[&str] = &["HRV", "HUN", "SVK", "SVN", "AUT"];
/// The levels that the destination may hold.
pub const LEVELS: &[&str] = &["MISSION UNCLASSIFIED", "MISSION RESTRICTED"];

/// Reads the facts of `object`.
pub fn read(object: &[u8]) -> Result<Facts, Box<dyn Error>> {
    let tree = roxmltree::Document::parse(std::str::from_utf8(object)?)?;
    let event = tree.root_element();
    let point = event.children().find(|node| node.has_tag_name("point")).ok_or("no point")?;
    let text = |name: &str| event.attribute(name).ok_or_else(|| format!("no {name}"));
    let seconds = |name: &str| -> Result<i64, Box<dyn Error>> {
        let time = Time::parse(text(name)?.as_bytes()).map_err(|fault| format!("{name}: {fault:?}"))?;
        Ok(time.unix_nanos().div_euclid(1_000_000_000))
    };
    Ok(Facts {
        kind: text("type")?.to_owned(),
        level: text("access")?.to_owned(),
        nations: text("releasableTo")?.split(',').map(str::to_owned).collect(),
        seen: seconds("time")?,
        start: seconds("start")?,
        stale: seconds("stale")?,
        accuracy: (point.attribute("ce").ok_or("no ce")?.parse::<f64>()? * 10.0) as i64,
    })
}

/// The five checks, written out.
pub fn judge(facts: &Facts) -> bool {
    LEVELS.contains(&facts.level.as_str())
        && READERS.iter().all(|reader| facts.nations.iter().any(|nation| nation == reader))
        && facts.stale > facts.start
        && facts.stale - facts.seen <= 86_400
        && (facts.kind.starts_with("a-") || facts.kind == "b-m-p-s-m")
        && facts.accuracy <= 5_000
}
