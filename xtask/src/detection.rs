//! How much of what is hidden in files the slow path sees, and how often it cries wolf: one table over the corpus.

use crate::{process, samples, tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One line of `xtask/detection.tsv`.
struct Expected {
    group: String,
    repository: String,
    path: String,
    class: String,
}

/// What came of a group.
#[derive(Default)]
struct Group {
    files: usize,
    right: usize,
    /// Of these, files with a finding of just the class that is expected, where one is.
    exact: usize,
    wrong: Vec<String>,
}

/// Objects between two lines that say how far it is.
const TOLD_EVERY: usize = 50;

/// Prints the table, as `program` sees it; without one, as the one that ships does, which is built for it. True where every
/// bar is met. How far it is goes to standard error.
///
/// # Errors
/// Words about what could not be read or run.
pub(crate) fn run(program: Option<&Path>) -> Result<bool, String> {
    let program = match program {
        Some(program) => program.to_owned(),
        None => build()?,
    };
    let corpus = std::env::var_os("LOCKGATE_CORPUS")
        .map(PathBuf::from)
        .ok_or("LOCKGATE_CORPUS is not set: the files are not part of the project")?;
    let expected = expected(&tree::root().join("xtask/detection.tsv"))?;
    let (mut groups, failed) = judge(&program, &corpus.join("slow"), &expected)?;
    own(&program, &mut groups)?;
    println!("{:<28} {:>6} {:>6} {:>8} {:>6}  wrong", "group", "files", "right", "", "exact");
    for (name, group) in &groups {
        let wrong = group.wrong.join(" ");
        let share = percent(group.right, group.files);
        let Group { files, right, exact, .. } = group;
        println!("{name:<28} {files:>6} {right:>6} {share:>7.1}% {exact:>6}  {wrong:.60}");
    }
    let sum = |prefix: &str| {
        let of = groups.iter().filter(|(name, _)| name.starts_with(prefix));
        of.fold((0, 0), |(files, right), (_, group)| (files + group.files, right + group.right))
    };
    let (attacks, seen) = sum("PDF101");
    let (masked, unmasked) = sum("PDF101: masking");
    let (benign, quiet) = sum("benign");
    let alarms = percent(benign - quiet, benign);
    println!("\nseen: {seen} of {attacks} (bar: 90 %)");
    println!("content masking: {unmasked} of {masked} (bar: 40 with its two control files)");
    println!("false alarms: {} of {benign}, {alarms:.1} % (bar: 5 %)", benign - quiet);
    println!("{}", with_all_ordinary((benign - quiet, benign), sum("hidden in ordinary documents")));
    let (made, found) = sum("own");
    println!("of our own making: {found} of {made} (bar: all)");
    let (known, told) = sum("generated");
    println!("made for the corpus: {told} of {known} (bar: all)");
    let (others, of_others) = sum("pictures");
    println!("pictures that hide or say more than they show: {of_others} of {others} (bar: 90 %)");
    println!("workers that failed: {} (bar: none){}", failed.len(), failed.concat());
    let met =
        failed.is_empty() && percent(seen, attacks) >= 90.0 && unmasked >= 40 && benign > 0 && alarms <= 5.0;
    Ok(met && found == made && told == known && percent(of_others, others) >= 90.0)
}

/// The same where ordinary documents that do hide something counted as ones that do not: what is found in them would be alarms.
fn with_all_ordinary((alarms, benign): (usize, usize), (hiding, found): (usize, usize)) -> String {
    let (alarms, all) = (alarms + found, benign + hiding);
    let share = percent(alarms, all);
    format!(
        "with the ordinary documents that hide something counted as harmless: {alarms} of {all}, {share:.1} % (no bar)"
    )
}

/// Writes the documents of our own making: `hidden/` hide text on their pages, `layout/` in the file around them, `open/` none.
pub(crate) fn write_samples(folder: &Path) -> Result<(), String> {
    let layout = samples::layout().into_iter().map(|(sample, _)| sample).collect();
    for (part, samples) in [("hidden", samples::hidden()), ("layout", layout), ("open", samples::open())] {
        let folder = folder.join(part);
        std::fs::create_dir_all(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
        for sample in samples {
            let path = folder.join(sample.name).with_extension("pdf");
            std::fs::write(&path, sample.bytes).map_err(|fault| format!("{}: {fault}", path.display()))?;
        }
    }
    Ok(())
}

/// Has the documents of our own making inspected.
fn own(program: &Path, groups: &mut BTreeMap<String, Group>) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|fault| fault.to_string())?;
    write_samples(folder.path())?;
    for (part, class) in [("hidden", "hiding"), ("layout", "hiding"), ("open", "clean")] {
        let group = groups.entry(format!("own: {part}")).or_default();
        for line in inspect(program, &folder.path().join(part))?.lines() {
            let account: Value = serde_json::from_str(line).map_err(|fault| fault.to_string())?;
            group.count(&account, class);
        }
    }
    Ok(())
}

impl Group {
    fn count(&mut self, account: &Value, class: &str) {
        self.files += 1;
        self.exact += usize::from(has(account, class));
        if is_as_expected(account, class) {
            self.right += 1;
        } else {
            let path = Path::new(account["path"].as_str().unwrap_or_default());
            self.wrong.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
}

fn expected(path: &Path) -> Result<Vec<Expected>, String> {
    let text = std::fs::read_to_string(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| match line.split('\t').collect::<Vec<_>>().as_slice() {
            [group, repository, path, class, _] => Ok(Expected {
                group: (*group).to_owned(),
                repository: (*repository).to_owned(),
                path: (*path).to_owned(),
                class: (*class).to_owned(),
            }),
            _ => Err(format!("{}: not five columns: {line}", path.display())),
        })
        .collect()
}

/// Codes of workers that did not do their work: no jail, a crash, too late, killed, a forbidden call, no answer, none started, and a
/// file built anew that does not stand.
const FAILED: [&str; 8] =
    ["LG-D001", "LG-D002", "LG-D003", "LG-D004", "LG-D005", "LG-D006", "LG-D008", "LG-D015"];

/// Groups by name, and of which files a worker failed.
type Judged = (BTreeMap<String, Group>, Vec<String>);

/// Has every file inspected, and compares those that are listed.
fn judge(program: &Path, folder: &Path, expected: &[Expected]) -> Result<Judged, String> {
    let sources = std::fs::read_to_string(folder.join("SOURCES.tsv")).map_err(|fault| fault.to_string())?;
    let mut of_file = BTreeMap::new();
    for line in sources.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [file, _, _, repository, _, upstream, ..] = columns.as_slice() else { continue };
        let is_of = |one: &&Expected| {
            repository.contains(&one.repository)
                && (upstream.contains(&one.path) || file.ends_with(&one.path))
        };
        let found = expected.iter().find(is_of);
        if let Some(one) = found.filter(|one| one.class != "none") {
            of_file.insert((*file).to_owned(), one);
        }
    }
    let (mut groups, mut failed) = (BTreeMap::<String, Group>::new(), Vec::new());
    for line in inspect(program, folder)?.lines() {
        let account: Value = serde_json::from_str(line).map_err(|fault| fault.to_string())?;
        let path = Path::new(account["path"].as_str().unwrap_or_default());
        let Ok(file) = path.strip_prefix(folder) else { continue };
        let codes =
            account["reasons"].as_array().into_iter().flatten().filter_map(|one| one["code"].as_str());
        let of_worker = codes.filter(|code| FAILED.contains(code));
        failed.extend(of_worker.map(|code| format!(" {code} {}", file.display())));
        let Some(one) = of_file.get(&*file.to_string_lossy()) else { continue };
        groups.entry(one.group.clone()).or_default().count(&account, &one.class);
    }
    Ok((groups, failed))
}

/// True where something of just this class was found.
fn has(account: &Value, class: &str) -> bool {
    account["findings"].as_array().into_iter().flatten().any(|finding| finding["class"] == class)
}

fn is_as_expected(account: &Value, class: &str) -> bool {
    let rank =
        |class: &str| ["note", "disclosure", "hiding", "attack"].iter().position(|known| *known == class);
    let findings = account["findings"].as_array();
    let worst = findings.into_iter().flatten().filter_map(|finding| rank(finding["class"].as_str()?)).max();
    match class {
        "clean" => worst < rank("hiding"),
        class => worst >= rank(class),
    }
}

/// The program as it ships.
fn build() -> Result<PathBuf, String> {
    eprintln!("detection: building the program as it ships; name a built one to spare that");
    let mut command = process::cargo();
    command.args(["build", "--quiet", "--profile", "dist", "--package", "lockgate", "--bin", "lockgate"]);
    if !process::run(&mut command)? {
        return Err("the program does not build".to_owned());
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree::root().join("target"), PathBuf::from);
    Ok(target.join("dist/lockgate"))
}

/// What the program says of every file of a folder, a line each.
fn inspect(program: &Path, folder: &Path) -> Result<String, String> {
    let lane = tree::root().join("rules/lanes/cot-down.kdl");
    let mut command = Command::new(program);
    // Findings of structure and of hidden text are what is counted; reading every page would take hours.
    command.args(["inspect", "--json", "--no-ocr", "--lane"]).arg(lane).arg(folder);
    let failed = |fault: std::io::Error| format!("{}: {fault}", program.display());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    let output = child.stdout.take().ok_or("no pipe to `lockgate inspect`")?;
    let (mut said, mut objects) = (String::new(), 0_usize);
    for line in BufReader::new(output).lines() {
        said.push_str(&line.map_err(failed)?);
        said.push('\n');
        objects += 1;
        if objects % TOLD_EVERY == 0 {
            eprintln!("detection: {objects} objects of {}", folder.display());
        }
    }
    // 1 says that something was not released, which nothing here is.
    let ended = child.wait().map_err(failed)?;
    if ended.code() != Some(1) {
        return Err(format!("`lockgate inspect` ended with {ended}"));
    }
    Ok(said)
}

fn percent(part: usize, whole: usize) -> f64 {
    let of = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if whole == 0 { 0.0 } else { of(part) * 100.0 / of(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_finding_counts_for_its_class_and_below() {
        let of = |class: &str| json!({"findings": [{"class": "note"}, {"class": class}]});
        assert!(is_as_expected(&of("attack"), "hiding"));
        assert!(!is_as_expected(&of("disclosure"), "hiding"));
        assert!(is_as_expected(&of("disclosure"), "clean"));
        assert!(!is_as_expected(&of("hiding"), "clean"));
        assert!(is_as_expected(&json!({"findings": []}), "clean"));
        assert!(!is_as_expected(&json!({"findings": []}), "disclosure"));
    }

    #[test]
    fn what_is_found_in_ordinary_documents_counts_once_as_an_alarm() {
        let said = with_all_ordinary((4, 97), (5, 5));
        assert!(said.ends_with("harmless: 9 of 102, 8.8 % (no bar)"), "{said}");
        let said = with_all_ordinary((4, 97), (5, 3));
        assert!(said.ends_with("harmless: 7 of 102, 6.9 % (no bar)"), "{said}");
    }

    #[test]
    fn the_table_of_expectations_is_whole() {
        assert!(!expected(&tree::root().join("xtask/detection.tsv")).unwrap().is_empty());
    }
}
