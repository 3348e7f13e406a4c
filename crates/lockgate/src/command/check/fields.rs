//! `check TYPE --fields`: every path of a type with what rules, `redact` and `coarsen` have to know of it.

use super::report::Report;
use crate::args::CheckArgs;
use crate::exit::{Exit, Fault};
use crate::show::table::Table;
use lockgate_record::{Form, Kind, Node};
use std::io::Write;

/// Runs the command.
///
/// # Errors
/// [`Fault`] where the rules cannot be read, the type is not known, or the output fails.
pub(super) fn run(args: &CheckArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let Some(of) = super::asked(args, json, out)? else { return Ok(Exit::Negative) };
    let nodes = of.shape().nodes().map(|(_, node)| node).filter(|node| node.parent.is_some());
    if json {
        let mut report = Report::new(true, out);
        nodes.into_iter().try_for_each(|node| line(node, &mut report))?;
        return Ok(Exit::Good);
    }
    let mut table = Table::new(&["field", "kind", "unit", "what it may say, and what it is"]);
    for node in nodes {
        let unit = node.options.unit.as_deref().unwrap_or("");
        table.row([node.path.as_str(), kind(node), unit, &marks(node)]);
    }
    table.write(out)?;
    Ok(Exit::Good)
}

fn line(node: &Node, report: &mut Report<'_>) -> Result<(), Fault> {
    let (options, bounds) = (&node.options, bounds(node));
    let unknown = options.unknown.map(|unknown| unknown.to_string());
    report.line("field", |json| {
        json.text("field", &node.path);
        json.text("is", kind(node));
        json.text_or_null("unit", options.unit.as_deref());
        json.text_or_null("min", bounds.as_ref().map(|(min, _)| min.as_str()));
        json.text_or_null("max", bounds.as_ref().map(|(_, max)| max.as_str()));
        json.text_or_null("unknown", unknown.as_deref());
        json.texts("values", values(node).iter().map(String::as_str));
        json.text_or_null("role", options.role.map(lockgate_record::Role::name));
        json.boolean("optional", options.optional);
        json.boolean("sensitive", options.sensitive);
        json.boolean("drop_safe", options.drop_safe);
    })
}

/// The word of what stands there.
fn kind(node: &Node) -> &'static str {
    match &node.form {
        Form::Section => "section",
        Form::List { .. } => "list",
        Form::Value(kind) => kind.name(),
    }
}

/// The least and the most: of a number its value, of a text its characters, of a list its rows.
fn bounds(node: &Node) -> Option<(String, String)> {
    match &node.form {
        Form::List { min, max, .. } => Some((min.to_string(), max.to_string())),
        Form::Value(Kind::Text { min, max, .. }) => Some((min.to_string(), max.to_string())),
        Form::Value(Kind::Integer { min, max }) => Some((min.to_string(), max.to_string())),
        Form::Value(Kind::Decimal { min, max, .. }) => Some((min.to_string(), max.to_string())),
        Form::Section | Form::Value(Kind::Code(_) | Kind::Enum(_) | Kind::Flag | Kind::Time) => None,
    }
}

/// The names of a closed list.
fn values(node: &Node) -> &[String] {
    match &node.form {
        Form::Value(Kind::Enum(names)) => names,
        _ => &[],
    }
}

/// For people, in one cell.
fn marks(node: &Node) -> String {
    let options = &node.options;
    let mut marks = Vec::new();
    if let Some((min, max)) = bounds(node) {
        let of = match &node.form {
            Form::List { .. } => " rows",
            Form::Value(Kind::Text { .. }) => " characters",
            _ => "",
        };
        marks.push(format!("{min} to {max}{of}"));
    }
    if !values(node).is_empty() {
        marks.push(values(node).join(" | "));
    }
    marks.extend(options.unknown.map(|unknown| format!("unknown {unknown}")));
    marks.extend(options.role.map(|role| format!("role {}", role.name())));
    let flags =
        [(options.optional, "optional"), (options.sensitive, "sensitive"), (options.drop_safe, "drop-safe")];
    marks.extend(flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word.to_owned()));
    marks.join(", ")
}
