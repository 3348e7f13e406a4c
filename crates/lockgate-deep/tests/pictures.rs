//! Pictures of the corpus: each is decoded, or refused with a finding, and what is built anew from it holds nothing else.

#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "tests, with what they saw"
)]

use lockgate_deep::{Ask, Form, Rebuild, look_as};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

const MAKE: Ask = Ask { rebuild: Rebuild::Lossless, convert: true, previews: 1, ..Ask::PIXELS };

/// Bytes of a file that is looked at here: what is larger takes its time, and shows nothing new.
const BYTES_MAX: u64 = 400_000;
/// One file of so many: the programs under test are not optimised.
const ONE_OF: usize = 5;

#[test]
fn what_is_decoded_is_shown_and_what_is_not_is_said() {
    let Some(corpus) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS is not set, no picture was looked at");
        return;
    };
    let mut by_form: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for folder in ["tiff", "jp2", "nitf", "other"] {
        let listed =
            std::fs::read_dir(Path::new(&corpus).join("slow").join(folder)).expect("the corpus is whole");
        let mut files: Vec<_> = listed.map(|entry| entry.expect("can be listed").path()).collect();
        files.sort();
        for path in files.into_iter().step_by(ONE_OF) {
            if std::fs::metadata(&path).expect("is there").len() > BYTES_MAX {
                continue;
            }
            let object = std::fs::read(&path).expect("can be read");
            let Some(form @ (Form::Tiff | Form::Jpeg2000 | Form::Nitf | Form::Gif | Form::Bmp | Form::Webp)) =
                Form::of(&object)
            else {
                continue;
            };
            let answer = look_as(&object, MAKE);
            let told = answer.findings.iter().any(|finding| finding.code.name.starts_with("pixels."));
            let counts = by_form.entry(form.name()).or_default();
            counts[0] += 1;
            counts[1] += usize::from(!answer.previews.is_empty());
            assert!(told || answer.rebuilt.is_some(), "{}: nothing built, and nothing said", path.display());
            if let Some(rebuilt) = answer.rebuilt {
                counts[2] += 1;
                let again = look_as(&rebuilt.bytes, Ask::to_read(16));
                assert_eq!((again.form, again.findings), (Some(Form::Png), vec![]), "{}", path.display());
            }
        }
    }
    for (form, [files, shown, built]) in &by_form {
        println!("{form:<10} {files:>4} files, {shown:>4} shown, {built:>4} built anew");
        // The corpus holds what was made to be wrong, too; but a decoder that takes next to nothing is not there at all.
        assert!(shown * 4 >= *files, "{form}: {shown} of {files} are shown");
    }
    assert_eq!(by_form.len(), 6, "a form of which no file was looked at");
}

/// The two of the corpus that its readers do not see alike. Of the first the decoder of others shows stripes: its colours are thinned
/// out, and stand in a scan of their own. The second one is damaged, a scan of which goes on from bits that nothing said.
const SEEN_DIFFERENTLY: [&str; 2] = ["865db3dd2d380626f16b6f9dc6d62dba", "b0b8914cc5f7a6eff409f16d8cc236c5"];
/// A camera fills up the last row of blocks with what was in its memory: eight rows of the picture once more.
const MORE_THAN_PIXELS: [&str; 1] = ["Konica_Q-M100__1_"];

#[test]
fn two_readers_of_jpeg_see_one_picture_and_all_of_it() {
    let Some(corpus) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS is not set, no JPEG was looked at");
        return;
    };
    let listed = std::fs::read_dir(Path::new(&corpus).join("slow/jpeg")).expect("the corpus is whole");
    let (mut files, mut differently, mut beyond) = (0, Vec::new(), Vec::new());
    for entry in listed {
        let path = entry.expect("can be listed").path();
        let object = std::fs::read(&path).expect("can be read");
        if Form::of(&object) != Some(Form::Jpeg) {
            continue;
        }
        let answer = look_as(&object, MAKE);
        let name = path.file_stem().expect("a name").to_string_lossy();
        // Behind where it comes from: three parts.
        let name = name.splitn(4, "__").last().expect("a name").to_owned();
        let told = |code: &str| answer.findings.iter().any(|finding| finding.code.name == code);
        files += usize::from(answer.rebuilt.is_some());
        differently.extend(told("pixels.differ").then(|| name.clone()));
        beyond.extend(told("pixels.beyond").then_some(name));
    }
    differently.sort();
    println!("{files} files, seen differently {differently:?}, with more than pixels {beyond:?}");
    assert!(files > 100, "{files} files are shown");
    assert_eq!(differently, SEEN_DIFFERENTLY);
    assert_eq!(beyond, MORE_THAN_PIXELS);
}
