//! Names that people type: where one is wrong, the nearest right one is suggested.

/// `no source "x" here; did you mean "y"?`, or the list of what there is.
pub(crate) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    match lockgate_notation::closest(name, known.iter().copied()) {
        Some(near) => format!("no {what} \"{name}\" here; did you mean \"{near}\"?"),
        None if known.is_empty() => format!("no {what} \"{name}\" here; there is none at all"),
        None => format!("no {what} \"{name}\" here; there is {}", known.join(", ")),
    }
}
