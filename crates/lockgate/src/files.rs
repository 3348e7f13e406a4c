//! Files and folders, read within bounds. Everything else of the program works on bytes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Most bytes of one authored file.
const AUTHORED_BYTES_MAX: u64 = 16 << 20;
/// Most files under one rules folder.
const AUTHORED_FILES_MAX: usize = 20_000;
/// Most bytes of one offered file; larger ones are refused by size without being read whole.
pub(crate) const OBJECT_BYTES_MAX: u64 = 256 << 20;
/// Folders inside folders, at most.
const FOLDERS_DEEP_MAX: usize = 32;

/// All files under `folder`, by their path below it with `/` between the parts.
///
/// # Errors
/// Those of the file system, and `InvalidData` beyond the bounds above.
pub(crate) fn tree(folder: &Path) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for path in walk(folder)? {
        let name = path.strip_prefix(folder).map_err(|_| invalid("a file outside of its folder", &path))?;
        let parts: Option<Vec<&str>> = name.iter().map(|part| part.to_str()).collect();
        let name = parts.ok_or_else(|| invalid("a file name that is not UTF-8", &path))?.join("/");
        if files.len() >= AUTHORED_FILES_MAX {
            return Err(invalid("more files than a rules folder may have", folder));
        }
        files.insert(name, bounded(&path, AUTHORED_BYTES_MAX)?);
    }
    Ok(files)
}

/// The authored files at or below `path`, sorted; hidden files and folders are left out. A link to a folder is not followed
/// below `path`: it is listed as what cannot be read.
///
/// # Errors
/// Those of the file system, and `InvalidData` where folders are nested too deep.
pub(crate) fn walk(path: &Path) -> io::Result<Vec<PathBuf>> {
    below(path, is_hidden)
}

/// The same of offered files: what asks to cross is judged, whatever its name begins with.
///
/// # Errors
/// As [`walk`].
pub(crate) fn walk_offered(path: &Path) -> io::Result<Vec<PathBuf>> {
    below(path, |_| false)
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

fn below(path: &Path, leave_out: fn(&OsStr) -> bool) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut found = Vec::new();
    let mut waiting = vec![(path.to_path_buf(), 0_usize)];
    while let Some((folder, depth)) = waiting.pop() {
        if depth > FOLDERS_DEEP_MAX {
            return Err(invalid("folders nested too deep", &folder));
        }
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if leave_out(&entry.file_name()) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push((entry.path(), depth.saturating_add(1)));
            } else {
                // Whatever is no regular file is reported when it is read, not left out in silence.
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The bytes of the file at `path`, if there are no more than `most`.
///
/// # Errors
/// Those of the file system; `FileTooLarge` beyond `most`.
pub(crate) fn bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Asked before it is opened: opening a pipe would wait for somebody to write into it.
    if !fs::metadata(path)?.is_file() {
        return Err(invalid("not a regular file", path));
    }
    drain(File::open(path)?, most)
}

/// All bytes of `input`, if there are no more than `most`.
///
/// # Errors
/// Those of the input; `FileTooLarge` beyond `most`.
pub(crate) fn drain(input: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {most} bytes")));
    }
    Ok(bytes)
}

/// Puts `bytes` in the place of the file at `path`, whole or not at all: they are written beside it, made durable, and
/// renamed. Where `path` is a link, the file that it leads to is replaced.
///
/// # Errors
/// Those of the file system; the file is then as it was.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = path.file_name().ok_or_else(|| invalid("not a file name", &path))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = write_new(&beside, &path, bytes).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What is left of it is of no use to anybody; the first error is the one to report.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Writes a file that must not exist yet, with the permissions of `like` where that exists.
fn write_new(path: &Path, like: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    if let Ok(known) = fs::metadata(like) {
        file.set_permissions(known.permissions())?;
    }
    file.sync_all()
}

/// The nearest folder at or above `start` that holds `bundle.kdl`, or whose `rules` folder does.
pub(crate) fn rules_folder(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    start.ancestors().find_map(|folder| {
        [folder.to_path_buf(), folder.join("rules")]
            .into_iter()
            .find(|rules| rules.join("bundle.kdl").is_file())
    })
}

fn invalid(what: &str, path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what}: {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{drain, replace, rules_folder, tree, walk};
    use std::fs;

    #[test]
    fn trees_are_read_sorted_and_without_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("rules/lanes/.git")).unwrap();
        for name in ["rules/bundle.kdl", "rules/lanes/b.kdl", "rules/lanes/a.kdl", "rules/lanes/.git/x"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let files = tree(&folder.path().join("rules")).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["bundle.kdl", "lanes/a.kdl", "lanes/b.kdl"]);
        assert_eq!(walk(&folder.path().join("rules/bundle.kdl")).unwrap().len(), 1);
        let found = rules_folder(&folder.path().join("rules/lanes")).unwrap();
        assert!(found.ends_with("rules"));
        assert_eq!(rules_folder(folder.path()).unwrap(), found);
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        replace(&file, b"one").unwrap();
        replace(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(replace(&folder.path().join("none/a"), b"x").is_err());
        assert!(replace(folder.path(), b"x").is_err(), "a folder is not replaced");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_listed_and_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "x").unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("a"), folder.path().join("c")).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("d")).unwrap();
        let found = walk(folder.path()).unwrap();
        let readable: Vec<bool> = found.iter().map(|path| super::bounded(path, 9).is_ok()).collect();
        assert_eq!(readable, [true, true, false], "{found:?}");
    }

    #[test]
    fn a_stream_is_bounded() {
        assert!(drain(&b"1234"[..], 4).is_ok());
        assert!(drain(&b"12345"[..], 4).is_err());
    }
}
