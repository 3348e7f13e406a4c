//! `lockgate bundle`: compiled, content-addressed rules.

use crate::command::check;
use crate::exit::{Exit, Fault};
use crate::files;
use crate::lane;
use crate::show::table::Table;
use lockgate_bundle::Bundle;
use lockgate_core::{Json, Policy};
use lockgate_notation::Document;
use std::io::Write;
use std::path::Path;

/// Builds the rules in a folder into one file.
///
/// # Errors
/// [`Fault`] where the rules cannot be read or do not compile for operation, or the file cannot be written; it is then
/// as it was.
pub(crate) fn build(
    rules: Option<&Path>,
    output: &Path,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    let folder = check::find(rules)?;
    let bundle = lane::compile(&folder)?;
    let bytes = bundle.write();
    files::replace(output, &bytes).map_err(|error| Fault::of(output.display(), &error))?;
    if json {
        let mut line = String::new();
        let mut object = Json::object(&mut line);
        object.text("path", &output.to_string_lossy());
        head(&bundle, &mut object);
        object.number("size_bytes", bytes.len());
        object.end();
        writeln!(out, "{line}")?;
    } else {
        writeln!(
            out,
            "{}: bundle {} revision {}, sha256:{}, {} bytes",
            output.display(),
            bundle.name(),
            bundle.revision(),
            bundle.digest(),
            bytes.len()
        )?;
    }
    Ok(Exit::Good)
}

/// Says what a built bundle holds.
///
/// # Errors
/// [`Fault`] where the file is no whole bundle, or the output fails.
pub(crate) fn show(file: &Path, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let bundle = lane::read_bundle(file)?;
    if json {
        line(&bundle, out)?
    } else {
        tables(&bundle, out)?
    }
    Ok(Exit::Good)
}

fn head(bundle: &Bundle, json: &mut Json<'_>) {
    json.text("name", bundle.name());
    json.number("revision", usize::try_from(bundle.revision()).unwrap_or(usize::MAX));
    json.text("bundle", &format!("sha256:{}", bundle.digest()));
}

fn line(bundle: &Bundle, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    head(bundle, &mut json);
    list(&mut json, "lanes", bundle.lanes(), |lane, json| {
        let (from, direction) = ends(bundle, lane);
        json.text("lane", lane.lane());
        json.text("from", &from);
        json.text("to", lane.destination());
        json.text("direction", &direction);
        json.texts("types", lane.types().iter().map(|kind| &**kind.id()));
        json.texts("sources", lane.sources().iter().map(|source| &*source.name));
    });
    list(&mut json, "types", bundle.types(), |(kind, tier, missing), json| {
        json.text("type", &id(kind));
        json.number("tier", usize::from(tier));
        let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
        json.texts("missing", missing.iter().map(String::as_str));
    });
    list(&mut json, "policies", bundle.policies().iter(), |(_, policy), json| {
        json.text("policy", policy.name());
        json.text("policy_id", policy.id());
        json.text("edition", policy.edition());
    });
    list(&mut json, "agreements", bundle.agreements(), |file, json| {
        let agreement = &file.agreement;
        json.text("agreement", &agreement.name);
        json.shown("from", &agreement.from);
        json.shown("until", &agreement.until);
        json.texts("covers", agreement.covers.iter().map(String::as_str));
        json.boolean("demonstration", agreement.demonstration);
    });
    list(&mut json, "delegations", bundle.delegations(), |file, json| {
        let delegation = &file.delegation;
        json.text("delegation", &delegation.name);
        json.text("policy", &delegation.policy);
        json.text("from_level", &delegation.from);
        json.text("to_level", &delegation.to);
        json.texts("types", delegation.types.iter().map(String::as_str));
        json.shown("from", &delegation.valid_from);
        json.shown("until", &delegation.valid_until);
        json.text("authority", &delegation.authority);
        json.text_or_null("signed_by", file.signed.as_ref().map(|by| by.name.as_str()));
    });
    list(&mut json, "files", bundle.files(), |(path, bytes), json| {
        json.text("path", path);
        json.number("size_bytes", bytes.len());
    });
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}

/// A list of objects.
pub(super) fn list<T>(
    json: &mut Json<'_>,
    key: &str,
    items: impl IntoIterator<Item = T>,
    write: impl Fn(T, &mut Json<'_>),
) {
    let out = json.key(key);
    out.push('[');
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let mut object = Json::object(out);
        write(item, &mut object);
        object.end();
    }
    out.push(']');
}

fn id(kind: &lockgate_schema::Type) -> String {
    format!("{}@{}", kind.model().name, kind.model().version)
}

fn tables(bundle: &Bundle, out: &mut dyn Write) -> Result<(), Fault> {
    writeln!(out, "bundle    {}, revision {}", bundle.name(), bundle.revision())?;
    writeln!(out, "address   sha256:{}\n", bundle.digest())?;
    let mut lanes = Table::new(&["lane", "from", "to", "direction", "types"]);
    for lane in bundle.lanes() {
        let types: Vec<&str> = lane.types().iter().map(|kind| &**kind.id()).collect();
        let (from, direction) = ends(bundle, lane);
        lanes.row([lane.lane(), from.as_str(), lane.destination(), &direction, &types.join(", ")]);
    }
    lanes.write(out)?;
    let mut types = Table::new(&["type", "tier", "what tier 1 lacks"]);
    for (kind, tier, missing) in bundle.types() {
        let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
        types.row([id(kind), tier.to_string(), missing.join("; ")]);
    }
    writeln!(out)?;
    types.write(out)?;
    let mut policies = Table::new(&["policy", "edition", "identifier"]);
    for (_, policy) in bundle.policies().iter() {
        policies.row([policy.name(), policy.edition(), policy.id()]);
    }
    writeln!(out)?;
    policies.write(out)?;
    let mut agreements = Table::new(&["agreement", "from", "until", "covers"]);
    for agreement in bundle.agreements().iter().map(|file| &file.agreement) {
        let mut covers = agreement.covers.join(", ");
        if agreement.demonstration {
            covers.push_str(" (demonstration)");
        }
        agreements.row([
            agreement.name.clone(),
            agreement.from.to_string(),
            agreement.until.to_string(),
            covers,
        ]);
    }
    writeln!(out)?;
    agreements.write(out)?;
    if !bundle.delegations().is_empty() {
        let mut delegations = Table::new(&["delegation", "lowers", "of", "until", "signed by"]);
        for file in bundle.delegations() {
            let delegation = &file.delegation;
            delegations.row([
                delegation.name.clone(),
                format!("{} {} to {}", delegation.policy, delegation.from, delegation.to),
                delegation.types.join(", "),
                delegation.valid_until.to_string(),
                file.signed.as_ref().map(|by| by.name.clone()).unwrap_or_default(),
            ]);
        }
        writeln!(out)?;
        delegations.write(out)?;
    }
    let bytes: usize = bundle.files().values().map(Vec::len).sum();
    writeln!(out, "\n{} files, {bytes} bytes", bundle.files().len())?;
    bundle.files().keys().try_for_each(|path| writeln!(out, "  {path}").map_err(Fault::from))
}

/// Where a lane comes from, and its direction, as its file says.
fn ends(bundle: &Bundle, lane: &Policy) -> (String, String) {
    let path = format!("lanes/{}.kdl", lane.lane());
    let document = bundle.files().get(&path).and_then(|bytes| Document::parse(&path, bytes).ok());
    let parts = document.iter().flat_map(|document| &document.root.children).flat_map(|lane| &lane.children);
    let (mut from, mut direction) = (String::new(), String::new());
    for part in parts {
        let text = match part.name.as_str() {
            "from" => part.props.first().map(|prop| &prop.value),
            "direction" => part.args.first(),
            _ => continue,
        };
        let text = text.and_then(lockgate_notation::Value::text).unwrap_or("").to_owned();
        if part.name == "from" { from = text } else { direction = text }
    }
    (from, direction)
}
