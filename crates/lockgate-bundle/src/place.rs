//! Which file of a bundle is what, by its path alone.

use crate::codes;
use lockgate_bytes::Span;
use lockgate_notation::{Diagnostic, Diagnostics, Document, Severity};
use std::collections::BTreeMap;

/// Most files of one bundle.
pub(crate) const MAX_FILES: usize = 8192;
/// Most bytes of all files of one bundle.
pub(crate) const MAX_BYTES: usize = 128 << 20;
/// Most bytes of all files in the notation: read, one takes some ninety times its bytes, and all are there at once.
const MAX_AUTHORED: usize = 32 << 20;

/// What the paths of diagnostics begin with.
const ROOT: &str = "rules/";

/// The folders of files that define one thing each, with the noun of their top node.
pub(crate) const FOLDERS: [(&str, &str); 11] = [
    ("profiles", "profile"),
    ("equivalences", "equivalence"),
    ("communities", "community"),
    ("domains", "domain"),
    ("agreements", "agreement"),
    ("delegations", "delegation"),
    ("words", "words"),
    ("lanes", "lane"),
    ("goals", "goal"),
    ("reviewers", "reviewer"),
    ("signers", "signer"),
];

/// The files of a bundle: what is written in the notation, read, and everything else as bytes.
pub(crate) struct Placed<'f> {
    /// By path below `rules/`.
    pub(crate) documents: BTreeMap<&'f str, Document>,
    /// Files that authored files may name: SPIFs by `policies/<p>/...`, lists by `words/...`.
    pub(crate) others: BTreeMap<&'f str, &'f [u8]>,
}

impl<'f> Placed<'f> {
    /// Sorts the files by kind and reads those in the notation.
    pub(crate) fn read(files: &'f BTreeMap<String, Vec<u8>>, diagnostics: &mut Diagnostics) -> Self {
        let mut placed = Self { documents: BTreeMap::new(), others: BTreeMap::new() };
        let bytes = files.values().fold(0_usize, |sum, file| sum.saturating_add(file.len()));
        if files.len() > MAX_FILES || bytes > MAX_BYTES {
            let message =
                format!("{} files with {bytes} bytes are more than one bundle may have", files.len());
            report(diagnostics, &codes::TOO_MANY, "bundle.kdl", message);
            return placed;
        }
        let authored = files.iter().filter(|(path, _)| kind_of(path) == Kind::Authored);
        let authored = authored.fold(0_usize, |sum, (_, file)| sum.saturating_add(file.len()));
        if authored > MAX_AUTHORED {
            let message =
                format!("{authored} bytes of files in the notation are more than one bundle may have");
            report(diagnostics, &codes::TOO_MANY, "bundle.kdl", message);
            return placed;
        }
        for (path, bytes) in files {
            match kind_of(path) {
                Kind::Authored => match Document::parse(&shown(path), bytes) {
                    Ok(document) => {
                        placed.documents.insert(path, document);
                    }
                    Err(found) => diagnostics.merge(found),
                },
                Kind::Named => {
                    placed.others.insert(path, bytes);
                }
                Kind::Stray => {
                    let message = "this file belongs to no part of a bundle".to_owned();
                    report(diagnostics, &codes::STRAY_FILE, path, message);
                }
            }
        }
        placed
    }

    /// The documents directly in `folder`, each with the stem of its file.
    pub(crate) fn folder(&self, folder: &str) -> impl Iterator<Item = (&'f str, &Document)> {
        self.documents.iter().filter_map(move |(path, document)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".kdl")?;
            (!name.contains('/')).then_some((name, document))
        })
    }

    /// The names of the folders in `folder`.
    pub(crate) fn folders(&self, folder: &str) -> Vec<&'f str> {
        let inner = |path: &&'f str| {
            path.strip_prefix(folder)?.strip_prefix('/')?.split_once('/').map(|(name, _)| name)
        };
        let mut names: Vec<&str> =
            self.documents.keys().filter_map(inner).chain(self.others.keys().filter_map(inner)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Reports the files that nothing has named.
    pub(crate) fn report_unnamed(&self, named: &[String], diagnostics: &mut Diagnostics) {
        for path in self.others.keys().filter(|path| !named.iter().any(|name| name == **path)) {
            let message = "no authored file names this file".to_owned();
            report(diagnostics, &codes::STRAY_FILE, path, message);
        }
    }
}

/// How a file is called in diagnostics.
pub(crate) fn shown(path: &str) -> String {
    format!("{ROOT}{path}")
}

/// An error about a file as a whole, or about one that is not there.
pub(crate) fn report(
    diagnostics: &mut Diagnostics,
    code: &lockgate_notation::DiagnosticCode,
    path: &str,
    message: String,
) {
    let path: String = shown(path).escape_debug().collect();
    diagnostics.report(Diagnostic::new(code, Severity::Error, &path, Span::default(), message));
}

#[derive(PartialEq)]
enum Kind {
    Authored,
    Named,
    Stray,
}

fn kind_of(path: &str) -> Kind {
    let parts: Vec<&str> = path.split('/').collect();
    let is_kdl = path.ends_with(".kdl");
    match parts.as_slice() {
        ["bundle.kdl"] => Kind::Authored,
        ["policies", _, "policy.kdl"] => Kind::Authored,
        ["policies", _, _] if !is_kdl => Kind::Named,
        ["types", _, "type.kdl" | "rules.kdl" | "evidence.kdl"] => Kind::Authored,
        [folder, _] if is_kdl && FOLDERS.iter().any(|(name, _)| name == folder) => Kind::Authored,
        ["words", _] => Kind::Named,
        _ => Kind::Stray,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, MAX_AUTHORED, Placed, kind_of};
    use lockgate_notation::Diagnostics;
    use std::collections::BTreeMap;

    /// Files of a mebibyte each, none of which is looked at.
    #[test]
    fn authored_files_have_a_bound_of_their_own() {
        let files = |count: usize, folder: &str| -> BTreeMap<String, Vec<u8>> {
            (0..count).map(|number| (format!("{folder}/f{number}.txt"), vec![b'{'; 1 << 20])).collect()
        };
        let read = |files: &BTreeMap<String, Vec<u8>>| {
            let mut found = Diagnostics::new();
            let placed = Placed::read(files, &mut found);
            (placed.others.len(), found.iter().map(|found| found.code).collect::<Vec<_>>())
        };
        let most = MAX_AUTHORED >> 20;
        assert_eq!(read(&files(most + 1, "words")), (most + 1, vec![]), "lists have room");
        let kdl: BTreeMap<String, Vec<u8>> = files(most + 1, "words")
            .into_iter()
            .map(|(path, bytes)| (path.replace(".txt", ".kdl"), bytes))
            .collect();
        assert_eq!(read(&kdl), (0, vec!["B006"]));
    }

    #[test]
    fn only_known_paths_belong() {
        let authored =
            ["bundle.kdl", "policies/N/policy.kdl", "types/a/rules.kdl", "lanes/a.kdl", "words/a.kdl"];
        assert!(authored.iter().all(|path| matches!(kind_of(path), Kind::Authored)));
        assert!(["policies/N/n.xml", "words/a.txt"].iter().all(|path| matches!(kind_of(path), Kind::Named)));
        for stray in
            ["", "a", "lanes/a/b.kdl", "types/a/x.kdl", "policies/policy.kdl", "bundle.kdl/a", "lanes/a.txt"]
        {
            assert!(matches!(kind_of(stray), Kind::Stray), "{stray}");
        }
    }
}
