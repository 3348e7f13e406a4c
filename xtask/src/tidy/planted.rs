//! The self-test of tidy: a clean house has no error, and every planted fault is found by the check that is meant to
//! find it. A check without a sample here does not count as a check.

use super::{CHECKS, House};
use crate::finding::{Finding, Level};
use crate::house::{ANY, CLIPPY_WALL, LAST, LAST_LINES, MACHINE_PATHS, REGISTRY_HOSTS, ROOMS, RUST_WALL};
use crate::tree::Tree;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The name of a room and the kind of dependency on it.
type Dependency = (String, Option<String>);

/// Where the sample declares its alarms and its gauges.
const ALARMS: &str = "crates/lockgate-watch/src/meaning.rs";
const GAUGES: &str = "crates/lockgate-watch/src/gauges.rs";

/// A small house in which everything is right.
struct Sample {
    files: BTreeMap<String, Vec<u8>>,
    /// Name, folder, dependencies.
    packages: Vec<(String, String, Vec<Dependency>)>,
}

impl Sample {
    fn clean() -> Self {
        let mut wall = String::from("[workspace]\nexclude = [\"fuzz\"]\n[workspace.lints.rust]\n");
        for (key, level) in RUST_WALL {
            wall.push_str(&format!("{key} = \"{level}\"\n"));
        }
        wall.push_str("[workspace.lints.clippy]\n");
        for key in CLIPPY_WALL {
            wall.push_str(&format!("{key} = {{ level = \"deny\", priority = -1 }}\n"));
        }
        wall.push_str("[profile.release]\noverflow-checks = true\n");
        let mut sample = Self { files: BTreeMap::new(), packages: Vec::new() };
        sample.put("Cargo.toml", &wall);
        sample.put("clippy.toml", "allow-unwrap-in-tests = true\n");
        sample.put("fuzz/README.md", "# Fuzz\n\nTargets, built apart from the rest of the house.\n");
        sample.put("docs/decisions/0001-rooms.md", "# Rooms\n\n[top](#rooms) [wall](../../Cargo.toml)\n");
        for room in
            ["lockgate-bytes", "lockgate-core", "lockgate-rules", "lockgate-schema", "lockgate-bundle"]
        {
            sample.room(room, &[]);
        }
        sample.put(
            "crates/lockgate-core/src/lib.rs",
            "#![no_std]\n#[derive(Debug)]\npub struct Released { bytes: u8 }\nimpl Policy { pub fn assemble() {} }\n",
        );
        sample.put("crates/lockgate-schema/src/lib.rs", "impl Inspector for Compiled {}\n");
        sample.put(ALARMS, "alarms! {\n    Spill = \"spill\", x;\n}\n");
        let words = "words! {\n    Store {\n        Log = \"log\",\n    }\n}\nwords! {\n    ExpiryKind {\n        Policy = \"p\",\n    }\n}\n";
        sample.put("crates/lockgate-watch/src/words.rs", words);
        sample.put(GAUGES, "impl Gauges { pub fn new() -> Self {}\n pub fn beat(&self) {} }\n");
        let feeds =
            "fn f() { gauges.beat(); gauges.raise(Alarm::Spill); (Store::Log, ExpiryKind::Policy); }\n";
        sample.put("crates/lockgate/src/lane.rs", feeds);
        sample
    }

    fn put(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
    }

    fn room(&mut self, name: &str, dependencies: &[(&str, Option<&str>)]) {
        let folder = format!("crates/{name}");
        self.put(&format!("{folder}/Cargo.toml"), "[package]\n[lints]\nworkspace = true\n");
        self.put(&format!("{folder}/src/lib.rs"), "#![no_std]\n//! std::fs in a comment is no fault.\n");
        let dependencies =
            dependencies.iter().map(|(to, kind)| ((*to).to_owned(), kind.map(str::to_owned))).collect();
        self.packages.retain(|(known, _, _)| known != name);
        self.packages.push((name.to_owned(), folder, dependencies));
    }

    fn findings(self) -> Vec<Finding> {
        let packages: Vec<Value> = self
            .packages
            .iter()
            .map(|(name, folder, dependencies)| {
                let dependencies: Vec<Value> =
                    dependencies.iter().map(|(to, kind)| json!({"name": to, "kind": kind})).collect();
                json!({"name": name, "manifest_path": format!("/sample/{folder}/Cargo.toml"), "dependencies": dependencies})
            })
            .collect();
        let metadata = json!({"workspace_root": "/sample", "packages": packages});
        let house = House { tree: Tree::of(self.files), metadata };
        CHECKS.iter().flat_map(|(_, check)| check(&house)).collect()
    }
}

#[test]
fn a_clean_house_has_no_finding() {
    let findings = Sample::clean().findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Plants one file into the clean house and asks for a finding of `check` there, and for no other error.
#[track_caller]
fn planted(check: &str, path: &str, text: &str) {
    let mut sample = Sample::clean();
    sample.put(path, text);
    found(check, sample);
}

#[track_caller]
fn found(check: &str, sample: Sample) {
    let findings = sample.findings();
    assert!(findings.iter().any(|finding| finding.check == check), "{check} did not find it: {findings:#?}");
    let others: Vec<_> =
        findings.iter().filter(|one| one.check != check && one.level == Level::Error).collect();
    assert!(others.is_empty(), "others complain too: {others:#?}");
}

#[test]
fn a_forbidden_edge_is_found() {
    let mut sample = Sample::clean();
    sample.room("lockgate-bytes", &[("lockgate-core", None)]);
    found("edges", sample);
}

#[test]
fn a_forbidden_edge_for_tests_is_found() {
    let mut sample = Sample::clean();
    sample.room("lockgate-rules", &[("lockgate-schema", Some("dev"))]);
    found("edges", sample);
}

#[test]
fn a_room_that_is_not_in_the_plan_is_found() {
    let mut sample = Sample::clean();
    sample.room("lockgate-utils", &[]);
    found("edges", sample);
}

#[test]
fn input_output_in_a_pure_room_is_found() {
    for text in [
        "use std::fs;",
        "use std::{collections::{BTreeMap, BTreeSet}, net::UdpSocket};",
        "fn f() -> std::time::Instant { std :: time::Instant::now() }",
        "use std::*;",
        "extern crate std as s;",
        "use std::{self as s, env};",
    ] {
        planted("purity", "crates/lockgate-rules/src/bad.rs", text);
    }
}

#[test]
fn a_random_order_in_a_pure_room_is_found() {
    planted("purity", "crates/lockgate-rules/src/bad.rs", "use std::collections::HashMap;");
}

#[test]
fn a_missing_no_std_is_found() {
    planted("purity", "crates/lockgate-bytes/src/lib.rs", "//! #![no_std] in a comment does not count\n");
}

#[test]
fn tests_of_a_pure_room_may_touch_the_world() {
    let mut sample = Sample::clean();
    sample.put("crates/lockgate-rules/tests/corpus.rs", "use std::fs;");
    sample.put(
        "crates/lockgate-rules/src/good.rs",
        "#[cfg(test)]\nmod tests {\n    use std::env;\n}\n#[cfg(test)]\nmod random;\n",
    );
    sample.put("crates/lockgate-rules/src/good/random.rs", "use std::fs;");
    let findings = sample.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn a_foreign_inspector_is_found() {
    planted(
        "inspector",
        "crates/lockgate-rules/src/bad.rs",
        "impl<T> lockgate_core::Inspector for Fake<T> {}",
    );
}

#[test]
fn a_policy_built_elsewhere_is_found() {
    planted("policy", "crates/lockgate-rules/src/bad.rs", "fn f() { lockgate_core::Policy::assemble(); }");
}

#[test]
fn a_policy_check_that_sees_nothing_says_so() {
    planted("policy", "crates/lockgate-core/src/lib.rs", "#![no_std]\n");
}

#[test]
fn an_escape_hatch_outside_its_sites_is_found() {
    planted("escape", "crates/lockgate-rules/src/bad.rs", "fn f(o: Untrusted) { o.bytes_for_inspection(); }");
    planted("escape", "crates/lockgate-core/src/bad.rs", "fn danger_release() {}");
}

#[test]
fn a_call_that_receives_in_a_send_only_room_is_found() {
    for bad in [
        "fn f(s: &Socket) { s.recv(&mut []); }",
        "fn f() { rustix::net::recvmsg(s, &mut [], &mut c, flags); }",
        "use std::net::UdpSocket;",
        "fn f(mut s: &Socket) { s.read_exact(&mut []); }",
    ] {
        planted("one-way", "crates/lockgate-egress/src/bad.rs", bad);
    }
    let mut sample = Sample::clean();
    sample.put("crates/lockgate-egress/src/good.rs", "fn f(c: &Receiver<u8>) { c.try_recv().ok(); }");
    assert!(sample.findings().is_empty(), "a channel is no socket");
}

#[test]
fn what_lets_somebody_outside_choose_the_jail_is_found() {
    let room = "crates/lockgate-deep/src/bad.rs";
    for bad in [
        "fn f() { let _ = std::env::var(\"NO_JAIL\"); }",
        "use std::{env, fs};",
        "const HOW: Option<&str> = option_env!(\"NO_JAIL\");",
        "const HOW: &str = env!(\"NO_JAIL\");",
        "#[cfg(feature = \"open\")]\nfn f() {}",
        "fn f() -> bool { cfg!(not(feature=\"jail\")) }",
    ] {
        planted("jailed", room, bad);
        planted("jailed", &room.replace("deep", "render"), bad);
    }
    planted(
        "jailed",
        "crates/lockgate-render/Cargo.toml",
        "[package]\n[features]\nopen = []\n[lints]\nworkspace = true\n",
    );
    let mut sample = Sample::clean();
    let good = "mod feature;\nfn f(c: &mut Command) { c.env_clear().env(\"A\", \"1\"); g(std::env::consts::ARCH); }\n\
                #[cfg(test)]\nmod tests { fn h() { std::env::var(\"LOCKGATE_CORPUS\"); } }\n";
    sample.put("crates/lockgate-deep/src/good.rs", good);
    assert!(sample.findings().is_empty(), "what a process is given is no setting of this one");
}

#[test]
fn an_alarm_or_a_gauge_that_nothing_feeds_is_found() {
    planted("eyes", ALARMS, "alarms! {\n    Spill = \"spill\", x;\n    LogBehind = \"log-behind\", x;\n}\n");
    planted("eyes", ALARMS, "alarms! {}\n");
    planted("eyes", GAUGES, "impl Gauges { pub fn beat(&self) {}\n pub fn uncommitted(&self) {} }\n");
    let feeds = "fn f() { gauges.beat(); (Store::Log, ExpiryKind::Policy); }\n#[cfg(test)]\nmod tests { fn g() { Alarm::Spill; } }\n";
    planted("eyes", "crates/lockgate/src/lane.rs", feeds);
    let mut sample = Sample::clean();
    sample.put("crates/lockgate-watch/src/passing.rs", "fn f() { Alarm::LogBehind; }\n");
    sample.put(ALARMS, "alarms! {\n    LogBehind = \"log-behind\", x;\n}\n");
    assert!(sample.findings().is_empty(), "what follows from gauges is fed by them");
}

#[test]
fn a_page_that_was_put_together_wrongly_is_found() {
    let page = "docs/PAGE.md";
    planted("docs", page, "# Page\n\n```console\n$ ls\n\nText.\n");
    planted(
        "docs",
        page,
        "# Page\n\n```console\n$ ls\n```\nrest of another copy\n```\n\nText.\n\n```console\n$ ls\n```\n",
    );
    planted("docs", page, "# Page\n\n## Steps\n\n### 1. Run\n\n### 1. Run\n");
    let mut sample = Sample::clean();
    sample.put(page, "# Page\n\n## One\n\n### Added\n\n## Two\n\n### Added\n\n```sh\n# Page\n```\n");
    assert!(sample.findings().is_empty(), "under another heading the same words are others");
}

#[test]
fn a_token_that_can_be_copied_or_conjured_is_found() {
    let path = "crates/lockgate-core/src/bad.rs";
    planted("token", path, "#[derive(Debug, Clone)]\n#[must_use]\npub struct Held { a: u8 }");
    planted(
        "token",
        path,
        "#[cfg_attr(feature = \"x\", derive(serde::Deserialize))]\npub(crate) struct Received(u8);",
    );
    planted("token", path, "impl Default for Recorded<Released> {}");
    planted(
        "token",
        "crates/lockgate-rules/src/bad.rs",
        "impl<'a> From<&'a [u8]> for lockgate_core::Released {}",
    );
}

#[test]
fn a_hole_in_the_wall_is_found() {
    let mut sample = Sample::clean();
    let manifest = String::from_utf8(sample.files["Cargo.toml"].clone()).unwrap();
    sample.put("Cargo.toml", &manifest.replace("unsafe_code = \"forbid\"", "unsafe_code = \"deny\""));
    found("lints", sample);
    let mut sample = Sample::clean();
    sample.put("Cargo.toml", &manifest.replace("string_slice", "string_slices"));
    found("lints", sample);
    for (old, new) in [
        ("overflow-checks = true\n", ""),
        ("overflow-checks = true", "overflow-checks = false"),
        ("overflow-checks = true\n", "overflow-checks = true\n[profile.dist]\noverflow-checks = false\n"),
        ("overflow-checks = true\n", "overflow-checks = true\n[profile]\ndist.overflow-checks = false\n"),
        (
            "overflow-checks = true\n",
            "overflow-checks = true\n[profile]\ndist = { overflow-checks = false }\n",
        ),
        (
            "overflow-checks = true\n",
            "overflow-checks = true\n[profile]\na = { overflow-checks = true }; b = { overflow-checks = false }\n",
        ),
    ] {
        let mut sample = Sample::clean();
        sample.put("Cargo.toml", &manifest.replace(old, new));
        found("lints", sample);
    }
}

#[test]
fn a_crate_outside_the_wall_is_found() {
    planted("lints", "crates/lockgate-rules/Cargo.toml", "[package]\n[dependencies]\nworkspace = true\n");
}

#[test]
fn a_clippy_file_that_forgets_a_root_key_is_found() {
    planted("lints", "crates/lockgate-rules/clippy.toml", "disallowed-methods = []\n");
}

#[test]
fn a_relaxation_in_the_wrong_place_or_without_a_reason_is_found() {
    let (head, inside) = ("crates/lockgate-rules/src/lib.rs", "crates/lockgate-rules/src/bad.rs");
    planted("lints", inside, "#[allow(clippy::unwrap_used, reason = \"no\")]\nfn f() {}");
    planted("lints", inside, "#[expect(clippy::unwrap_used, reason = \"no\")]\nfn f() {}");
    planted("lints", inside, "#![expect(clippy::unwrap_used, reason = \"not a head\")]\nfn f() {}");
    planted("lints", head, "#![allow(clippy::unwrap_used, reason = \"no\")]\n");
    planted("lints", head, "#![expect(clippy::unwrap_used)]\n");
    planted("lints", head, "#![cfg_attr(not(test), allow(clippy::unwrap_used, reason = \"no\"))]\n");
}

#[test]
fn a_relaxation_with_a_reason_at_the_head_is_fine() {
    let mut sample = Sample::clean();
    let text = "#![expect(clippy::print_stdout, reason = \"a command\")]\n#![cfg_attr(test, allow(clippy::as_conversions, reason = \"tests\"))]\n";
    sample.put("crates/lockgate-rules/src/lib.rs", text);
    sample.put(
        "crates/lockgate-rules/src/role.rs",
        "#[expect(missing_docs, reason = \"names say it\")]\npub enum Role { A }",
    );
    let findings = sample.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn machine_paths_registries_and_tickets_are_found() {
    planted("content", "docs/x.md", &format!("see {}someone/x\n", MACHINE_PATHS[0]));
    planted("content", "examples/x.kdl", &format!("store \"{}x\"\n", MACHINE_PATHS[1]));
    planted("content", "docs/x.md", &format!("fetch from index.{}\n", REGISTRY_HOSTS[0]));
    planted("content", "docs/x.md", &format!("see Issue {}12\n", "#"));
}

#[test]
fn a_skip_that_nobody_sees_is_found() {
    for print in ["eprintln!(", "std::eprintln!(", "println!(\n        ", "eprint!("] {
        let test = format!("fn f() {{\n    {print}\"{}: no corpus\");\n}}\n", "SKIPPED");
        planted("content", "crates/lockgate-rules/tests/bad.rs", &test);
    }
    let mut sample = Sample::clean();
    let loud = format!("fn f() {{\n    let _ = writeln!(std::io::stderr(), \"{}: no\");\n}}\n", "SKIPPED");
    sample.put("crates/lockgate-rules/tests/good.rs", &loud);
    assert!(sample.findings().is_empty(), "past the harness it is told");
}

#[test]
fn big_files_and_toolchain_files_are_found() {
    planted("content", "docs/big.txt", &"x".repeat(1024 * 1024 + 1));
    planted("content", "rust-toolchain.toml", "[toolchain]\n");
}

#[test]
fn long_files_and_functions_are_found() {
    planted("length", "crates/lockgate-rules/src/bad.rs", &"const A: u8 = 1;\n".repeat(301));
    planted("length", "crates/lockgate-rules/src/bad.rs", &"const A: u8 = 1;\n".repeat(701));
    let body = "    step();\n".repeat(70);
    planted("length", "crates/lockgate-rules/src/bad.rs", &format!("fn long() {{\n{body}}}\n"));
}

/// What sends over a link is counted together, comments and tests aside, and none of its files is left out.
#[test]
fn too_much_code_that_sends_is_found() {
    let with = |lines: usize, files: usize| {
        let mut sample = Sample::clean();
        let test = "#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n";
        for path in &LAST[..files] {
            sample.put(path, &format!("//! A part.\n{}{test}", "const A: u8 = 1;\n".repeat(lines / files)));
        }
        sample
    };
    assert!(LAST_LINES.is_multiple_of(LAST.len()));
    found("length", with(LAST_LINES, LAST.len()));
    found("length", with(5, LAST.len() - 1));
    let fits = with(LAST_LINES - LAST.len(), LAST.len()).findings();
    assert!(fits.is_empty(), "{fits:#?}");
}

#[test]
fn decisions_and_links_are_checked() {
    planted("docs", "docs/decisions/0001-again.md", "# Again\n");
    planted("docs", "docs/decisions/rooms.md", "# Unnumbered\n");
    planted("docs", "docs/x.md", "[gone](gone.md)\n");
    planted("docs", "docs/x.md", "[`gone`](gone.md)\n");
    planted("docs", "docs/x.md", "[no such heading](decisions/0001-rooms.md#nowhere)\n");
    planted("docs", "docs/x.md", "[outside](../../x.md)\n");
}

#[test]
fn half_a_fixture_is_found() {
    planted("fixtures", "fixtures/spot/release-friendly/expect.kdl", "expect release\n");
    let mut sample = Sample::clean();
    for file in ["NOTE.md", "expect.kdl"] {
        sample.put(&format!("fixtures/spot/friendly/{file}"), "x\n");
    }
    found("fixtures", sample);
    planted("fixtures", "fixtures/stray.xml", "<a/>\n");
}

#[test]
fn a_folder_left_out_without_a_word_is_found() {
    planted("folders", "fuzz/README.md", "# Fuzz\n");
}

#[test]
fn a_table_of_rooms_that_is_not_the_plan_is_found() {
    let mut table = String::from("| room | may use |\n|---|---|\n");
    for room in ROOMS.iter().filter(|room| room.name.starts_with("lockgate-") && room.may_use != ANY) {
        let uses: Vec<&str> = room.may_use.iter().map(|name| name.trim_start_matches("lockgate-")).collect();
        table.push_str(&format!(
            "| {} | {} |\n",
            room.name,
            if uses.is_empty() { "nothing".to_owned() } else { uses.join(", ") }
        ));
    }
    let mut sample = Sample::clean();
    sample.put("docs/ARCHITECTURE.md", &table);
    let findings = sample.findings();
    assert!(findings.is_empty(), "{findings:#?}");
    planted(
        "claims",
        "docs/ARCHITECTURE.md",
        &table.replace("| lockgate-reason | bytes |", "| lockgate-reason | core |"),
    );
    planted("claims", "docs/ARCHITECTURE.md", &table.replace("| lockgate-reason | bytes |\n", ""));
}

#[test]
fn an_outside_crate_without_a_row_is_found() {
    let clean = Sample::clean();
    let manifest = String::from_utf8(clean.files["Cargo.toml"].clone()).unwrap();
    let manifest = format!(
        "{manifest}[workspace.dependencies]\nlockgate-bytes = {{ path = \"x\" }}\nleft-pad = \"1\"\n"
    );
    planted("claims", "Cargo.toml", &manifest);
    let mut sample = clean;
    sample.put("Cargo.toml", &manifest);
    sample.put("docs/decisions/0002-dependencies.md", "| crate | why |\n|---|---|\n| `left-pad` | none |\n");
    let findings = sample.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn a_rule_for_markings_without_its_row_or_test_is_found() {
    let page = |of_seven: &str| {
        let row = |rule: usize| match rule {
            7 => format!("| 7 | here | source | {of_seven} |\n"),
            rule => format!("| {rule} | here | source | `a_bomb_is_refused` |\n"),
        };
        (1..=47).map(row).collect::<String>()
    };
    planted("claims", "docs/MARKINGS.md", &page("none"));
    planted("claims", "docs/MARKINGS.md", &page("`no_such_test`"));
    for (text, fine) in [
        (page("`a_bomb_is_refused`"), true),
        (page("`a_bomb_is_refused`").replace("| 7 |", "| 8 |"), false),
        (page("`a_bomb_is_refused`").replace("| 47 |", "| 48 |"), false),
    ] {
        let mut sample = Sample::clean();
        sample.put("crates/lockgate-rules/tests/bombs.rs", &citing(1..=47));
        sample.put("docs/MARKINGS.md", &text);
        let findings = sample.findings();
        assert_eq!(findings.is_empty(), fine, "{findings:#?}");
    }
    let mut sample = Sample::clean();
    sample.put("crates/lockgate-rules/tests/bombs.rs", &citing(1..=46));
    sample.put("docs/MARKINGS.md", &page("`a_bomb_is_refused`"));
    let findings = sample.findings();
    assert!(findings.len() == 1 && findings[0].says.contains("rule 47"), "{findings:#?}");
}

/// A test that cites these rules, in every way in which one may.
fn citing(rules: std::ops::RangeInclusive<usize>) -> String {
    let line = |rule: usize| match rule {
        1 => "/// Rules 2, 3 and 4: and more\n".to_owned(),
        2..=4 => String::new(),
        5 => "// as rule 5 asks\nfn labels_stand_once_rule_1() {}\n".to_owned(),
        rule => format!("/// markings.md rule {rule}.\n"),
    };
    format!("{}#[test]\nfn a_bomb_is_refused() {{}}\n", rules.map(line).collect::<String>())
}

#[test]
fn a_threat_without_its_test_is_found() {
    planted("claims", "docs/THREATS.md", "| failure | test |\n|---|---|\n| bombs | `a_bomb_is_refused` |\n");
    let mut sample = Sample::clean();
    sample.put("docs/THREATS.md", "| bombs | `a_bomb_is_refused` |\n");
    sample.put("crates/lockgate-rules/tests/bombs.rs", "#[test]\nfn a_bomb_is_refused() {}\n");
    let findings = sample.findings();
    assert!(findings.is_empty(), "{findings:#?}");
}
