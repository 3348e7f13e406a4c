//! docs/RULES.md: every file that it shows compiles, every fixture that it shows is as it says. README.md: the verdict that it
//! shows is the one that is printed.

use crate::common::{path, run};
use std::fs;
use std::process::Command;

/// A fenced block of the guide: the path written before it, its language, its text.
struct Block {
    path: Option<String>,
    language: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let guide = fs::read_to_string(path("docs/RULES.md")).unwrap();
    let (mut found, mut before) = (Vec::new(), String::new());
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let named = before.strip_prefix('`').and_then(|name| name.strip_suffix("`:"));
            found.push(Block {
                path: named.map(str::to_owned),
                language: language.to_owned(),
                text: text.join("\n") + "\n",
            });
        }
        line.clone_into(&mut before);
    }
    found
}

#[test]
fn the_verdict_of_the_first_page_is_as_it_is_printed() {
    let page = fs::read_to_string(path("README.md")).unwrap();
    let (_, shown) = page.split_once("```console\n$ lockgate inspect").expect("a verdict is shown");
    let (arguments, rest) = shown.split_once('\n').unwrap();
    let (printed, _) = rest.split_once("```").unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_lockgate"))
        .arg("inspect")
        .args(arguments.split_whitespace())
        .current_dir(path("."))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(ran.stdout).unwrap(), printed);
}

#[test]
fn the_example_of_the_guide_holds() {
    let folder = tempfile::tempdir().unwrap();
    let mut written = 0;
    for block in blocks() {
        let Some(name) = block.path else { continue };
        let file = folder.path().join(&name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        // An object is sent without the line break that ends a text file.
        let text = if block.language == "xml" { block.text.trim_end() } else { &block.text };
        fs::write(file, text).unwrap();
        written += 1;
    }
    assert!(written >= 15, "{written}");
    let spif = "rules/policies/MISSION/mission.spif.xml";
    fs::copy(path(spif), folder.path().join(spif)).unwrap();
    let rules = folder.path().join("rules").to_str().unwrap().to_owned();
    let checked = run(&["check", "--rules", &rules, "--record-evidence"]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    let out = folder.path().join("x").to_str().unwrap().to_owned();
    assert_eq!(run(&["bundle", "build", &rules, "-o", &out]).code, 0);
    assert_eq!(
        run(&["fmt", "--check", folder.path().to_str().unwrap()]).code,
        0,
        "shown in the canonical layout"
    );
}

#[test]
fn every_other_block_of_notation_can_be_read() {
    let plain: Vec<Block> = blocks().into_iter().filter(|block| block.language == "kdl").collect();
    assert!(plain.len() > 15);
    for block in plain {
        let read = lockgate_notation::format(block.text.as_bytes(), "RULES.md");
        assert_eq!(read.unwrap_or_else(|found| panic!("{}", found.render())), block.text);
    }
}

#[test]
fn every_role_is_in_the_table() {
    let guide = fs::read_to_string(path("docs/RULES.md")).unwrap();
    for (_, name) in lockgate_record::Role::NAMES {
        assert!(guide.contains(&format!("`{name}`")), "{name}");
    }
}
