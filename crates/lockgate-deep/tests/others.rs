//! What programs of others find in files that were built anew from pictures and documents full of words about them: nothing but
//! what it takes to show pixels. And the same object gives the same bytes.

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "tests, with what they saw"
)]

use lockgate_core::Class;
use lockgate_deep::{Ask, Form, Rebuild, look, look_as};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bytes of a file that is looked at here, and files of one form: the programs under test are not optimised.
const BYTES_MAX: u64 = 150_000;
const OF_A_FORM: usize = 30;

/// All that may be said of a file built anew: by the group and name that `exiftool` gives it.
const ALLOWED: &[(&str, &[&str])] = &[
    ("ExifTool", &["ExifToolVersion"]),
    // Of the disk, not of the file's bytes.
    ("System", &["*"]),
    (
        "File",
        &[
            "FileType",
            "FileTypeExtension",
            "MIMEType",
            "ImageWidth",
            "ImageHeight",
            "EncodingProcess",
            "BitsPerSample",
            "ColorComponents",
            "YCbCrSubSampling",
        ],
    ),
    ("JFIF", &["JFIFVersion", "ResolutionUnit", "XResolution", "YResolution"]),
    ("PNG", &["ImageWidth", "ImageHeight", "BitDepth", "ColorType", "Compression", "Filter", "Interlace"]),
    ("PDF", &["PDFVersion", "Linearized", "PageCount"]),
    // Computed from the sides.
    ("Composite", &["ImageSize", "Megapixels"]),
];

/// Files of a folder of the corpus, small ones first.
fn files(corpus: &Path, folder: &str) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(corpus.join("slow").join(folder)).expect("the corpus is whole");
    let mut files: Vec<_> = listed.map(|entry| entry.expect("can be listed").path()).collect();
    let bytes = |path: &PathBuf| std::fs::metadata(path).expect("is there").len();
    files.retain(|path| bytes(path) <= BYTES_MAX);
    files.sort_by_key(|path| (bytes(path), path.clone()));
    files
}

/// Builds anew, into `after`, what discloses something, a few of each form, and keeps it in `before`; how many of each were built.
fn build_anew(corpus: &Path, before: &Path, after: &Path) -> BTreeMap<&'static str, usize> {
    let mut built: BTreeMap<&str, usize> = BTreeMap::new();
    for path in
        ["jpeg", "png", "tiff", "jp2", "nitf", "other", "pdf"].iter().flat_map(|folder| files(corpus, folder))
    {
        let object = std::fs::read(&path).expect("can be read");
        let Some(form) =
            Form::of(&object).filter(|form| built.get(form.name()).is_none_or(|count| *count < OF_A_FORM))
        else {
            continue;
        };
        let discloses = |object: &[u8]| {
            look(object).findings.iter().any(|finding| finding.code.class == Class::Disclosure)
        };
        // Bitmaps have no place for words.
        if form != Form::Bmp && !discloses(&object) {
            continue;
        }
        for rebuild in [Rebuild::Lossy, Rebuild::Lossless] {
            let ask = Ask { rebuild, convert: true, ..Ask::PIXELS };
            let Some(made) = look_as(&object, ask).rebuilt else { continue };
            assert_eq!(
                look_as(&object, ask).rebuilt.as_ref(),
                Some(&made),
                "{}: other bytes",
                path.display()
            );
            // As the second worker looks at it before it is read: what lies behind the first pages is no fault.
            let mut told = look_as(&made.bytes, Ask::to_read(16)).findings;
            told.retain(|finding| finding.code.name != "ocr.in-part");
            assert_eq!(told, [], "{}: our own walker and decoders", path.display());
            let count = built.entry(form.name()).or_default();
            *count += 1;
            let name = format!(
                "{}-{count}-{rebuild:?}.{}",
                form.name().replace(' ', ""),
                made.form.name().to_lowercase()
            );
            std::fs::write(after.join(&name), &made.bytes).expect("can be written");
            std::fs::write(before.join(&name), &object).expect("can be written");
        }
    }
    built
}

/// What `exiftool` says of the files of a folder that is not allowed, and how many it has read; nothing where there is no such
/// program.
fn strange(folder: &Path) -> Option<(Vec<String>, usize)> {
    let read = Command::new("exiftool").args(["-a", "-u", "-G1", "-s", "-r"]).arg(folder).output().ok()?;
    let text = String::from_utf8_lossy(&read.stdout).into_owned();
    let is_strange = |line: &&str| {
        let (group, rest) = line.strip_prefix('[').and_then(|line| line.split_once(']')).expect("a group");
        let tag = rest.split(':').next().unwrap_or_default().trim();
        let allowed = ALLOWED.iter().find(|(name, _)| *name == group).map_or(&[][..], |(_, tags)| tags);
        !allowed.contains(&"*") && !allowed.contains(&tag)
    };
    let lines = text.lines().filter(|line| line.starts_with('['));
    Some((lines.filter(is_strange).map(str::to_owned).collect(), text.matches("========").count()))
}

/// Says so, and fails where programs of others have to read it (`LOCKGATE_MUST`).
fn missing(what: &str) {
    let must = std::env::var("LOCKGATE_MUST").unwrap_or_default();
    assert!(must.split(',').all(|name| name != "readers"), "{what}");
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
}

#[test]
fn what_is_built_anew_says_nothing_to_the_readers_of_others() {
    let Some(corpus) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS is not set, nothing was built anew");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (before, after) = (folder.path().join("before"), folder.path().join("after"));
    for folder in [&before, &after] {
        std::fs::create_dir(folder).expect("can be made");
    }
    let built = build_anew(Path::new(&corpus), &before, &after);
    for (form, count) in &built {
        println!("{form:<10} {count} built anew");
    }
    assert!(built.len() >= 8, "a form of which nothing was built anew: {built:?}");
    let all: usize = built.values().sum();
    match strange(&after).zip(strange(&before)) {
        None => {
            missing(&format!("no exiftool here; our own walker alone has read the {all} files"));
        }
        Some(((after, read), (before, _))) => {
            assert_eq!((after, read), (Vec::new(), all));
            println!(
                "exiftool has read {all} files; of those before them it says {} more things",
                before.len()
            );
            // It does see what was there.
            for group in ["[IFD0]", "[GPS]", "[XMP", "[IPTC]", "[ICC", "[File]          Comment", "[PDF]"] {
                assert!(
                    before.iter().any(|line| line.starts_with(group)),
                    "{group} in none of the files before"
                );
            }
        }
    }
    let documents =
        std::fs::read_dir(&after).expect("can be listed").map(|entry| entry.expect("is there").path());
    for path in documents.filter(|path| path.extension().is_some_and(|end| end == "pdf")) {
        match Command::new("qpdf").arg("--check").arg(&path).output() {
            Err(_) => {
                missing("no qpdf here");
                return;
            }
            Ok(read) => assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stdout)),
        }
    }
}
