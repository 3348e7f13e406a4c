//! docs/REASONS.md and docs/DIAGNOSTICS.md are printed from the tables of codes. `LOCKGATE_BLESS=1` writes them anew.

#![expect(clippy::expect_used, reason = "a test stops where something is not as it should be")]

use lockgate::codes;
use lockgate_reason::{Code, Family, Who};
use std::fmt::Write as _;
use std::path::Path;

/// Compares a generated page with the one in docs/, or writes it.
fn hold(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    if std::env::var_os("LOCKGATE_BLESS").is_some() {
        std::fs::write(&path, page).expect("docs/ can be written");
        return;
    }
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        present == page,
        "docs/{name} is stale; run `LOCKGATE_BLESS=1 cargo test -p lockgate --test docs`"
    );
}

#[test]
fn reasons() {
    let mut page = String::from(
        "# Reason codes\n\n\
         Printed from the code tables; do not edit. `lockgate explain CODE` says the same.\n\n\
         Every verdict other than release names at least one code, and lists all that apply. A code never changes its\n\
         meaning. Its outcome is what it does to an object unless a rule or a lane says otherwise; refuse beats hold.\n\n\
         `for` is who acts on it first: the *originator* made, marked or sent the object; the *author* answers for the\n\
         bundle (types, rules, lanes, policies, agreements); the *operator* runs the guard; *people* are reviewers of the\n\
         lane; *nobody* has anything to do.\n",
    );
    let mut family: Option<Family> = None;
    for code in lockgate_reason::all() {
        if family != Some(code.family()) {
            family = Some(code.family());
            let _ = write!(page, "\n## {}: {}\n", code.family().prefix(), code.family().title());
        }
        reason(code, &mut page);
    }
    hold("REASONS.md", &page);
}

fn reason(code: Code, page: &mut String) {
    let _ = write!(page, "\n### {}\n\n**{}**: {}.\n\n", code, code.outcome().name(), escaped(code.says()));
    let _ = writeln!(page, "- cause: {}", escaped(code.cause()));
    let _ = writeln!(page, "- example: {}", escaped(code.example()));
    let _ = writeln!(page, "- for: {}", codes::who_acts(code));
    let _ = writeln!(page, "- remedy: {}", escaped(code.remedy()));
    if lockgate_core::is_answerable(code) {
        let _ = writeln!(page, "- people: may answer it where it holds, on lanes that let them");
    }
}

/// Who meets a reason waits for people where its remedy says so: it may not where they are not allowed to answer.
#[test]
fn a_remedy_speaks_of_reviewers_exactly_where_they_may_answer() {
    for code in lockgate_reason::all().filter(|code| code.family() != Family::Hold) {
        let asks = code.remedy().to_lowercase().contains("reviewer");
        assert_eq!(asks, lockgate_core::is_answerable(code), "{code}: {}", code.remedy());
    }
}

/// Who is told that people act waits for them: of what stands against objects that is exactly what they may answer. Against their own
/// statements and approvals they do more: they sign again.
#[test]
fn people_act_exactly_where_they_may_answer() {
    let (statements, objects): (Vec<Code>, Vec<Code>) =
        lockgate_reason::all().partition(|code| code.family() == Family::Hold);
    for code in objects {
        assert_eq!(code.who() == Who::People, lockgate_core::is_answerable(code), "{code}");
    }
    assert!(!statements.iter().any(|code| lockgate_core::is_answerable(*code)));
    let signed_again: Vec<&str> =
        statements.iter().filter(|code| code.who() == Who::People).map(|code| code.id()).collect();
    let (first, last) = (signed_again.first().copied(), signed_again.last().copied());
    assert_eq!((first, last), (Some("LG-H020"), Some("LG-H042")));
}

/// The page for reviewers lists what they may answer: by its words what the program has as a list.
#[test]
fn the_page_for_reviewers_lists_what_people_may_answer() {
    let page = include_str!("../../../docs/REVIEW.md");
    let list = page.split_once("A closed list").and_then(|(_, list)| list.split_once("A lane names"));
    let (list, _) = list.expect("the list stands there");
    let words = list.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    let listed: Vec<&str> = words.filter(|word| word.starts_with("LG-")).collect();
    let family = ["LG-W001", "LG-W006"];
    assert!(list.contains("`LG-W001` to `LG-W006`"), "words are listed by the first and the last");
    for code in lockgate_reason::all() {
        let code_name = code.to_string();
        let is_listed =
            listed.contains(&code_name.as_str()) || (family[0]..=family[1]).contains(&code_name.as_str());
        assert_eq!(is_listed, lockgate_core::is_answerable(code), "{code}");
    }
}

#[test]
fn findings() {
    let mut page = String::from(
        "# Findings of the slow path\n\n\
         Printed from the table of findings; do not edit. A name never changes its meaning. Attack refuses the object,\n\
         hiding and disclosure hold it, a note says nothing against it.\n\n\
         | finding | class | what it is |\n|---|---|---|\n",
    );
    for code in lockgate_deep::CODES {
        let _ = writeln!(page, "| `{}` | {} | {} |", code.name, code.class.name(), cell(code.says));
    }
    hold("FINDINGS.md", &page);
}

#[test]
fn diagnostics() {
    let mut page = String::from(
        "# Diagnostics of authored files\n\n\
         Printed from the code tables; do not edit. `lockgate explain CODE` says the same. `lockgate check` finds them\n\
         all; a file with an error keeps the whole bundle from loading.\n",
    );
    for (title, table) in codes::diagnostics() {
        let _ = write!(page, "\n## {title}\n\n| code | what | cause | what to do |\n|---|---|---|---|\n");
        for code in table {
            let cells = [code.title, code.cause, code.remedy].map(cell);
            let _ = writeln!(page, "| {} | {} |", code.id, cells.join(" | "));
        }
    }
    page.push_str(
        "\n## Policies, profiles, communities, equivalences and agreements\n\n\
         What `lockgate spif check` finds, and what is found when policies are put together.\n\n\
         | code | severity | what |\n|---|---|---|\n",
    );
    for (id, severity, says) in lockgate_marking::spif::CODES {
        let _ = writeln!(page, "| {id} | {} | {} |", severity.name(), cell(says));
    }
    hold("DIAGNOSTICS.md", &page);
}

/// The text as Markdown shows it letter by letter.
fn escaped(text: &str) -> String {
    text.replace('<', "&lt;")
}

/// The same within a table.
fn cell(text: &str) -> String {
    escaped(text).replace('|', "\\|")
}

/// The tables of docs/OPERATIONS.md are printed; the rest of the page is written by hand.
#[test]
fn operations() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/OPERATIONS.md");
    let page = std::fs::read_to_string(path).expect("docs/OPERATIONS.md is there");
    hold("OPERATIONS.md", &with_causes(&with_alarms(&page)));
}

/// The page with the chapter that lists alarms.
fn with_alarms(page: &str) -> String {
    let (before, rest) = page.split_once("\n## Alarms\n").expect("a chapter on alarms");
    let (chapter, after) = match rest.find("\n## ") {
        Some(next) => rest.split_at_checked(next).expect("a chapter begins at a letter"),
        None => (rest, ""),
    };
    let introduction = chapter.split("\n| alarm |").next().unwrap_or_default().trim_end();
    let mut table = String::from("| alarm | stops | what is wrong | what to do |\n|---|---|---|---|\n");
    for alarm in lockgate_watch::Alarm::ALL {
        let meaning = alarm.meaning();
        let passing = if meaning.passing { ", *passing*" } else { "" };
        let (says, remedy) = (cell(meaning.says), cell(meaning.remedy));
        let stops = meaning.stops.name();
        let _ = writeln!(table, "| `{}` | {stops}{passing} | {says} | {remedy} |", alarm.name());
    }
    format!("{before}\n## Alarms\n{introduction}\n\n{table}{after}")
}

/// The page with the table of what intake turns away.
#[cfg(target_os = "linux")]
fn with_causes(page: &str) -> String {
    let head = "\n| why | what it means, and what to do |\n|---|---|\n";
    let (before, rest) = page.split_once(head).expect("a table of causes");
    let after = rest.find("\n### ").map_or("", |next| rest.get(next..).unwrap_or_default());
    let mut table = String::new();
    for why in lockgate_intake::Why::ALL {
        let _ = writeln!(table, "| `{why}` | {} |", cell(why.says()));
    }
    format!("{before}{head}{table}{after}")
}

/// Intake is built on Linux alone.
#[cfg(not(target_os = "linux"))]
fn with_causes(page: &str) -> String {
    page.to_owned()
}
