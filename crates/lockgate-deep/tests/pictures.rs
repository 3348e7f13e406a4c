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
