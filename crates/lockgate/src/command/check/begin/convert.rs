//! `check --new TYPE --from FILE`: the type that a public ASTERIX specification describes. What cannot be expressed is listed
//! with its lines, and then nothing is written.

use super::{Home, Report, compiles, create, missing, word};
use crate::exit::{Exit, Fault};
use crate::files;
use lockgate_notation::Document;
use lockgate_schema::asterix;
use std::collections::BTreeMap;
use std::path::Path;

/// Largest specification that is read, in bytes.
const MAX_TEXT: u64 = 1024 * 1024;

/// What the type is called, and where it goes.
pub(super) struct Place<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a Path,
    pub(super) rules: &'a Path,
    pub(super) home: &'a Home,
}

/// Converts, compiles and writes.
///
/// # Errors
/// [`Fault`] where the specification cannot be read, is one of another name, or does not compile among the rules. What cannot be
/// expressed is a negative check.
pub(super) fn run(
    specification: &Path,
    place: &Place<'_>,
    mut authored: BTreeMap<String, Vec<u8>>,
    mut report: Report<'_>,
) -> Result<Exit, Fault> {
    let shown = specification.display();
    let bytes = files::bounded(specification, MAX_TEXT).map_err(|error| Fault::of(&shown, &error))?;
    let text = String::from_utf8(bytes).map_err(|_| Fault::new(format!("{shown}: it is not UTF-8")))?;
    let (name, described) = match asterix::convert(&text) {
        Ok(converted) => converted,
        Err(refusals) => {
            for refusal in &refusals {
                report.refusal(specification, refusal.line, &refusal.says)?;
            }
            report.refused(specification, refusals.len())?;
            return Ok(Exit::Negative);
        }
    };
    if name != place.name {
        let says = format!("{shown} describes {name}; write: lockgate check --new {name} --from {shown}");
        return Err(Fault::new(says));
    }
    let described = at_home(described, place.home, &authored);
    let described = lockgate_notation::format(described.as_bytes(), "type.kdl")
        .map_err(|diagnostics| Fault::new(diagnostics.render().trim_end().to_owned()))?;
    authored.insert(format!("types/{name}/type.kdl"), described.clone().into_bytes());
    compiles(&authored)?;
    let path = place.kind.join("type.kdl");
    create(place.kind, &path, described.as_bytes()).map_err(|error| Fault::of(path.display(), &error))?;
    report.created(&path)?;
    let says = "roles, `sensitive` and `drop-safe` are not in the specification: `lockgate check TYPE --fields` lists the fields";
    report.task(3, &format!("{}: {}", below(&path, place.rules), says.replace("TYPE", &name)))?;
    for (tier, says) in missing(&name, place.home) {
        report.task(tier, &says)?;
    }
    report.begun(&name)?;
    Ok(Exit::Good)
}

/// The type with a category that the bundle has: that of the specification, or the one of the lane that it may live in.
fn at_home(described: String, home: &Home, authored: &BTreeMap<String, Vec<u8>>) -> String {
    let known = authored.get("bundle.kdl").and_then(|bytes| Document::parse("bundle.kdl", bytes).ok());
    let known = known.map(|bundle| bundle.root.children).unwrap_or_default();
    let parts = known.iter().flat_map(|bundle| &bundle.children).filter(|part| part.name == "category");
    let names: Vec<&str> = parts.flat_map(|part| &part.args).filter_map(|arg| arg.text()).collect();
    let mut lines: Vec<String> = described.lines().map(str::to_owned).collect();
    let own = lines.iter().position(|line| line.starts_with("    category "));
    let Some(at) = own.filter(|at| !lines.get(*at).is_some_and(|line| says_one_of(line, &names))) else {
        return described;
    };
    match (&home.category, lines.get_mut(at)) {
        (Some(category), Some(line)) => *line = format!("    category \"{category}\""),
        _ => drop(lines.remove(at)),
    }
    lines.join("\n") + "\n"
}

fn says_one_of(line: &str, names: &[&str]) -> bool {
    let found =
        Document::parse("line", line.as_bytes()).ok().and_then(|line| word(line.root.children.first()?));
    found.is_some_and(|found| names.contains(&found.as_str()))
}

/// A path as people who know the folder of rules write it.
fn below(path: &Path, rules: &Path) -> String {
    let below = rules.parent().and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
    below.display().to_string()
}
