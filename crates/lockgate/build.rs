//! Compiles rules and fixtures into the program, so that `demo` and `label check` work from any folder.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = here.join("../..").canonicalize()?;
    let mut text = String::new();
    for (name, folder) in [("RULES", "rules"), ("FIXTURES", "fixtures")] {
        let folder = root.join(folder);
        let mut files = Vec::new();
        if folder.is_dir() {
            walk(&folder, &mut files)?;
        }
        files.sort();
        text.push_str(&table(name, &folder, &files)?);
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("embedded.rs");
    fs::write(out, text)
}

/// One table of paths and bytes.
fn table(name: &str, folder: &Path, files: &[PathBuf]) -> io::Result<String> {
    let mut text = format!("const {name}: &[File] = &[\n");
    for file in files {
        let below = file.strip_prefix(folder).map_err(io::Error::other)?;
        let below: Vec<String> = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        // Writing to a String cannot fail.
        let _ =
            writeln!(text, "    ({:?}, include_bytes!({:?})),", below.join("/"), file.display().to_string());
    }
    text.push_str("];\n");
    Ok(text)
}

/// All files below `folder`; a change in any folder runs this again. Hidden files are left out.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        tell(&format!("cargo::rerun-if-changed={}", folder.display()))?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().first() == Some(&b'.') {
                continue;
            }
            if entry.file_type()?.is_dir() { waiting.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    Ok(())
}

fn tell(line: &str) -> io::Result<()> {
    use io::Write as _;
    writeln!(io::stdout(), "{line}")
}
