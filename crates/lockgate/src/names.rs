//! Names that people type: where one is wrong, the nearest right one is suggested.

use std::path::{Path, PathBuf};

/// `no source "x" here; did you mean "y"?`, or the list of what there is.
pub(crate) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    match lockgate_notation::closest(name, known.iter().copied()) {
        Some(near) => format!("no {what} \"{name}\" here; did you mean \"{near}\"?"),
        None if known.is_empty() => format!("no {what} \"{name}\" here; there is none at all"),
        None => format!("no {what} \"{name}\" here; there is {}", known.join(", ")),
    }
}

/// `rules/lanes/x.kdl: no such lane file; did you mean rules/lanes/y.kdl?`, or what to give instead.
pub(crate) fn no_file(what: &str, path: &Path, otherwise: &str) -> String {
    let stem =
        |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut known: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|end| end == "kdl")).collect();
    known.sort();
    let stems: Vec<String> = known.iter().map(|file| stem(file)).collect();
    let near = lockgate_notation::closest(&stem(path), stems.iter().map(String::as_str));
    let meant = near.and_then(|near| known.iter().find(|file| stem(file) == near));
    match meant {
        Some(meant) => format!("{}: no such {what} file; did you mean {}?", path.display(), meant.display()),
        None => format!("{}: no such {what} file; {otherwise}", path.display()),
    }
}
