//! One wrong file per diagnostic, with what is printed for it. `LOCKGATE_BLESS=1` writes the printed output anew.

use lockgate_schema::{Type, codes};
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong")
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|extension| extension == "kdl"));
    let mut names: Vec<String> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// The types that a wrong file may embed: those of the folder `embedded`.
fn embedded(name: &str) -> Option<Arc<Type>> {
    let text = std::fs::read(folder().join("embedded").join(format!("{name}.kdl"))).ok()?;
    Type::parse(name, &text, &embedded).ok().map(|(described, _)| Arc::new(described))
}

#[test]
fn every_mistake_is_told_as_it_was_told_before() {
    for name in names() {
        let text = std::fs::read(folder().join(format!("{name}.kdl"))).unwrap();
        let printed = match Type::parse(&format!("{name}.kdl"), &text, &embedded) {
            Ok((_, warnings)) => {
                assert!(!warnings.has_errors(), "{name} is a type and has errors");
                warnings.render()
            }
            Err(diagnostics) => diagnostics.render(),
        };
        assert!(!printed.is_empty(), "{name} is not wrong");
        let code = name.get(..4).filter(|code| code.starts_with('T'));
        assert!(code.is_none_or(|code| printed.contains(code)), "{name} does not show its code:\n{printed}");
        let golden = folder().join(format!("{name}.txt"));
        if std::env::var_os("LOCKGATE_BLESS").is_some() {
            std::fs::write(&golden, &printed).unwrap();
        }
        let known = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(known, printed, "{name}: look at the difference, then LOCKGATE_BLESS=1");
    }
}

#[test]
fn every_code_has_its_wrong_file() {
    let names = names();
    for code in codes() {
        assert!(names.iter().any(|name| name.starts_with(code.id)), "no wrong file shows {}", code.id);
    }
}
