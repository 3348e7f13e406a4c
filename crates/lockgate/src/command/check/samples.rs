//! `check TYPE --samples PATH`: a person's own samples against a type, before there is any fixture. Each file is cut into
//! objects as the type says; both readers read each of them, what they accept is written and read again, and then bits are
//! flipped: at least 200 in each file, the same ones each time.

mod cut;

use super::report::Report;
use crate::args::CheckArgs;
use crate::exit::{Exit, Fault};
use crate::files;
use crate::show::table::{Table, printable};
use cut::{Random, objects};
use lockgate_bytes::Span;
use lockgate_core::Json;
use lockgate_record::Place;
use lockgate_schema::Type;
use lockgate_schema::both::{Both, Broken};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Bits that are flipped in a file, at least; one for each object where it has more.
const FLIPS: usize = 200;

/// Runs the command.
///
/// # Errors
/// [`Fault`] where the rules or the samples cannot be read, the type is not known, or the output fails.
pub(super) fn run(path: &Path, args: &CheckArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let Some(of) = super::asked(args, json, out)? else { return Ok(Exit::Negative) };
    let mut seen = Seen {
        both: Both::new(Arc::clone(&of)),
        of,
        files: Vec::new(),
        refused: BTreeMap::new(),
        broken: Vec::new(),
    };
    let found = files::walk_offered(path).map_err(|error| Fault::of(path.display(), &error))?;
    for file in found {
        let bytes = files::bounded(&file, files::OBJECT_BYTES_MAX);
        let bytes = bytes.map_err(|error| Fault::of(file.display(), &error))?;
        seen.file(&file.to_string_lossy(), &bytes);
    }
    if json {
        seen.lines(&mut Report::new(true, out))?;
    } else {
        seen.tables(path, out)?;
    }
    Ok(Exit::negative_if(!seen.is_good()))
}

/// What was seen of a file.
#[derive(Default)]
struct File {
    path: String,
    objects: usize,
    accepted: usize,
    /// Those that are their own encoding.
    canonical: usize,
    flips: usize,
    flips_accepted: usize,
}

/// What is wrong alike, and where first.
struct Refused {
    says: String,
    count: usize,
    path: String,
    object: usize,
    span: Option<Span>,
}

/// A law that did not hold.
struct Fallen {
    path: String,
    object: usize,
    /// The bit that was flipped.
    bit: Option<usize>,
    law: Broken,
}

struct Seen {
    of: Arc<Type>,
    both: Both,
    files: Vec<File>,
    /// By code and field.
    refused: BTreeMap<(&'static str, String), Refused>,
    broken: Vec<Fallen>,
}

impl Seen {
    fn file(&mut self, path: &str, bytes: &[u8]) {
        let objects = objects(self.both.compiled(), &self.of.model().framing, bytes);
        let mut file = File { path: path.to_owned(), objects: objects.len(), ..File::default() };
        for (number, object) in objects.iter().enumerate() {
            self.object(&mut file, number, object);
        }
        let mut random = Random(0);
        for (at, object) in (0..objects.len().max(FLIPS)).zip(objects.iter().cycle()) {
            let mut changed = object.clone();
            let bit = random.below(changed.len().saturating_mul(8));
            if let Some(byte) = changed.get_mut(bit / 8) {
                *byte ^= 1_u8.rotate_left(u32::try_from(bit % 8).unwrap_or(0));
            }
            file.flips = file.flips.saturating_add(1);
            match self.both.judge(&changed) {
                Ok(said) => {
                    let accepted = said.reasons.is_empty();
                    file.flips_accepted = file.flips_accepted.saturating_add(usize::from(accepted));
                }
                Err(law) => {
                    let object = at.checked_rem(objects.len()).unwrap_or(0);
                    self.broken.push(Fallen { path: path.to_owned(), object, bit: Some(bit), law });
                }
            }
        }
        self.files.push(file);
    }

    /// One object as it is.
    fn object(&mut self, file: &mut File, number: usize, bytes: &[u8]) {
        let shape = self.of.shape();
        let said = match self.both.judge(bytes) {
            Ok(said) => said,
            Err(law) => {
                let path = file.path.clone();
                return self.broken.push(Fallen { path, object: number, bit: None, law });
            }
        };
        file.accepted = file.accepted.saturating_add(usize::from(said.reasons.is_empty()));
        file.canonical = file.canonical.saturating_add(usize::from(said.canonical));
        for reason in said.reasons {
            let mut field = String::new();
            let place = reason.place.unwrap_or(Place::of(shape.root()));
            // Into a text nothing fails.
            let _ = place.write(shape, &mut field);
            let known = self.refused.entry((reason.code.id(), without_rows(&field)));
            let known = known.or_insert_with(|| Refused {
                says: reason.says.to_string(),
                count: 0,
                path: file.path.clone(),
                object: number,
                span: reason.span,
            });
            known.count = known.count.saturating_add(1);
        }
    }

    fn sum(&self, of: impl Fn(&File) -> usize) -> usize {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(of(file)))
    }

    /// All objects were accepted, and every law held.
    fn is_good(&self) -> bool {
        let objects = self.sum(|file| file.objects);
        objects > 0 && self.sum(|file| file.accepted) == objects && self.broken.is_empty()
    }

    fn lines(&self, report: &mut Report<'_>) -> Result<(), Fault> {
        for file in &self.files {
            report.line("sample", |json| {
                json.text("path", &file.path);
                counts(json, [file.objects, file.accepted, file.canonical, file.flips, file.flips_accepted]);
            })?;
        }
        for ((code, field), refused) in &self.refused {
            report.line("refused", |json| {
                json.text("code", code);
                json.text("field", field);
                json.text("says", &refused.says);
                json.number("count", refused.count);
                json.text("path", &refused.path);
                json.number("object", refused.object);
                match refused.span {
                    Some(span) => json.span("span", span),
                    None => json.null("span"),
                }
            })?;
        }
        for fallen in &self.broken {
            report.line("broken", |json| {
                json.text("path", &fallen.path);
                json.number("object", fallen.object);
                match fallen.bit {
                    Some(bit) => json.number("bit", bit),
                    None => json.null("bit"),
                }
                json.text("says", fallen.law.says());
            })?;
        }
        report.line("end", |json| {
            json.boolean("good", self.is_good());
            json.number("samples", self.files.len());
            let of = |of: fn(&File) -> usize| self.sum(of);
            counts(
                json,
                [
                    of(|file| file.objects),
                    of(|file| file.accepted),
                    of(|file| file.canonical),
                    of(|file| file.flips),
                    of(|file| file.flips_accepted),
                ],
            );
            json.number("broken", self.broken.len());
        })
    }

    /// For people; files are named below the folder `within`.
    fn tables(&self, within: &Path, out: &mut dyn Write) -> Result<(), Fault> {
        let name = |path: &str| {
            let below =
                Path::new(path).strip_prefix(within).ok().filter(|below| below.components().next().is_some());
            below.map_or_else(|| path.to_owned(), |below| below.display().to_string())
        };
        let mut files = Table::new(&["objects", "accepted", "as written", "flips", "accepted", "file"]);
        for file in &self.files {
            let counts = [file.objects, file.accepted, file.canonical, file.flips, file.flips_accepted];
            let [objects, accepted, canonical, flips, of_them] = counts.map(|count| count.to_string());
            files.row([objects, accepted, canonical, flips, of_them, name(&file.path)]);
        }
        files.write(out)?;
        writeln!(out)?;
        if !self.refused.is_empty() {
            let mut refused = Table::new(&["times", "code", "field", "says, and where first"]);
            for ((code, field), what) in &self.refused {
                let span =
                    what.span.map_or(String::new(), |span| format!(", bytes {}..{}", span.start, span.end));
                let says = format!("{} ({}, object {}{span})", what.says, name(&what.path), what.object);
                refused.row([what.count.to_string(), (*code).to_owned(), field.clone(), says]);
            }
            refused.write(out)?;
            writeln!(out)?;
        }
        for fallen in &self.broken {
            let bit = fallen.bit.map_or(String::new(), |bit| format!(" with bit {bit} flipped"));
            let (path, object, says) = (name(&fallen.path), fallen.object, fallen.law.says());
            writeln!(out, "- {}: object {object}{bit}: {says}", printable(&path))?;
        }
        let (objects, accepted) = (self.sum(|file| file.objects), self.sum(|file| file.accepted));
        let laws = match self.broken.len() {
            0 => "both readers agree on all".to_owned(),
            many => format!("{many} on which they do not agree, or which are not written back"),
        };
        let flips = self.sum(|file| file.flips);
        writeln!(out, "{objects} objects, {accepted} accepted, {flips} flipped; {laws}").map_err(Fault::from)
    }
}

fn counts(json: &mut Json<'_>, counts: [usize; 5]) {
    for (name, count) in
        ["objects", "accepted", "canonical", "flips", "flips_accepted"].into_iter().zip(counts)
    {
        json.number(name, count);
    }
}

/// The path of a field whatever row it stands in.
fn without_rows(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in path.chars() {
        inside &= letter != ']';
        if !inside {
            out.push(letter);
        }
        inside |= letter == '[';
    }
    out
}
