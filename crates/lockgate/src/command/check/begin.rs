//! `check --new TYPE`: a folder for a new type with a first fixture, and what is missing for each tier. Nothing that is
//! there is ever written over, and nothing is written that does not compile. With `--from`, the type is what a public
//! specification says.

mod convert;

use super::report::Report;
use crate::args::CheckArgs;
use crate::exit::{Exit, Fault};
use crate::files;
use lockgate_bundle::{Bundle, Strictness};
use lockgate_notation::{Document, Node};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// The encodings that a type may begin with: the word, its template, the first object, and where its time stands.
const ENCODINGS: [(&str, &str, &str, &str); 4] = [
    ("xml", include_str!("begin/xml.kdl"), "input.xml", "time"),
    ("json", include_str!("begin/json.kdl"), "input.json", "time"),
    ("binary", include_str!("begin/binary.kdl"), "input.bin", "time"),
    ("text", include_str!("begin/text.kdl"), "input.txt", "dtg.at"),
];
/// The one rule that it begins with.
const RULES: &str = include_str!("begin/rules.kdl");
const NOTE: &str = "A valid object without any marking: it is held. Say here what a fixture shows and where its input comes from.\n";
/// The first fixture.
const FIXTURE: &str = "hold-unlabelled";
/// Longest name, in characters.
const LONGEST: usize = 64;

/// Runs the command.
///
/// # Errors
/// [`Fault`] where the rules cannot be found, read or compiled, the name cannot be that of a type, or anything of that
/// name is there already.
pub(super) fn run(name: &str, args: &CheckArgs, json: bool, out: &mut dyn Write) -> Result<Exit, Fault> {
    let rules = super::find(args.rules.as_deref())?;
    check_name(name)?;
    let (kind, fixture) = (rules.join("types").join(name), beside(&rules).join("fixtures").join(name));
    if let Some(there) = [&kind, &fixture].into_iter().find(|path| path.symlink_metadata().is_ok()) {
        let says = format!("{}: it is there already, and nothing is written over", there.display());
        return Err(Fault::new(says));
    }
    let mut authored = files::tree(&rules).map_err(|error| Fault::of(rules.display(), &error))?;
    let home = Home::of(&authored);
    if let Some(specification) = &args.from {
        let place = convert::Place { name, kind: &kind, rules: &rules, home: &home };
        return convert::run(specification, &place, authored, Report::new(json, out));
    }
    let encoding = args.encoding.as_deref().unwrap_or("xml");
    let (_, template, input, time) =
        ENCODINGS.into_iter().find(|(word, ..)| *word == encoding).unwrap_or(ENCODINGS[0]);
    let described = filled(template, name, &home);
    let first = filled(&RULES.replace("TIME", time), name, &home);
    authored.insert(format!("types/{name}/type.kdl"), described.clone().into_bytes());
    authored.insert(format!("types/{name}/rules.kdl"), first.clone().into_bytes());
    compiles(&authored)?;
    let expect = format!(
        "expect hold {{\n    lane \"{}\"\n    now \"2026-03-01T10:05:00Z\"\n    reason \"LG-M001\"\n}}\n",
        home.lane
    );
    let object = object(encoding, name);
    let fixture = fixture.join(FIXTURE);
    let mut report = Report::new(json, out);
    for (folder, file, bytes) in [
        (&kind, "type.kdl", described.as_bytes()),
        (&kind, "rules.kdl", first.as_bytes()),
        (&fixture, input, &object),
        (&fixture, "expect.kdl", expect.as_bytes()),
        (&fixture, "NOTE.md", NOTE.as_bytes()),
    ] {
        let path = folder.join(file);
        create(folder, &path, bytes).map_err(|error| Fault::of(path.display(), &error))?;
        report.created(&path)?;
    }
    for (tier, says) in missing(name, &home) {
        report.task(tier, &says)?;
    }
    report.begun(name)?;
    Ok(Exit::Good)
}

/// The rules compile with the new type.
fn compiles(authored: &BTreeMap<String, Vec<u8>>) -> Result<(), Fault> {
    let built = Bundle::build_as(authored, Strictness::Trial);
    built.map(drop).map_err(|diagnostics| {
        let found = diagnostics.render();
        Fault::new(format!("the rules do not compile with the new type\n\n{}", found.trim_end()))
    })
}

/// What lies beside the folder of rules.
fn beside(rules: &Path) -> &Path {
    rules.parent().unwrap_or(Path::new("."))
}

/// A name of the notation: small letters, digits and hyphens, a letter first.
fn check_name(name: &str) -> Result<(), Fault> {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    let all = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if first && all && name.len() <= LONGEST {
        return Ok(());
    }
    Err(Fault::new(format!(
        "\"{}\" is no name of a type; write small letters, digits and hyphens, a letter first, such as buoy-report",
        name.escape_debug()
    )))
}

/// Writes a file that is not there yet, in a folder that may have to be made.
fn create(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}

/// Where the new type could live: a lane that holds what is unlabelled, and a category that its agreement covers.
struct Home {
    lane: String,
    source: Option<String>,
    category: Option<String>,
    /// The profile of a type that it carries.
    marking: Option<String>,
}

impl Home {
    fn of(authored: &BTreeMap<String, Vec<u8>>) -> Self {
        let lane = "name-of-a-lane".to_owned();
        let mut found = Self { lane, source: None, category: None, marking: None };
        for (path, bytes) in authored.iter().filter(|(path, _)| path.starts_with("lanes/")) {
            let Some(lane) = top(path, bytes) else { continue };
            let says = |name: &str| lane.children.iter().find(|part| part.name == name).and_then(word);
            let types = || lane.children.iter().filter(|part| part.name == "type");
            let mut inside = types().flat_map(|kind| &kind.children).chain(&lane.children);
            let assigns = inside
                .any(|part| part.name == "unlabelled" && word(part).is_some_and(|word| word == "assign"));
            let agreement = says("agreement").and_then(|agreement| {
                let path = format!("agreements/{agreement}.kdl");
                let terms = top(&path, authored.get(&path)?)?;
                terms.children.iter().find(|part| part.name == "covers").and_then(word)
            });
            if let (Some(name), false, Some(category)) = (word(&lane), assigns, agreement) {
                let marking = types().flat_map(|kind| &kind.children).find(|part| part.name == "marking");
                let marking = marking.and_then(word);
                found = Self { lane: name, source: says("source"), category: Some(category), marking };
                break;
            }
        }
        found
    }
}

/// The noun of a file.
fn top(path: &str, bytes: &[u8]) -> Option<Node> {
    Document::parse(path, bytes).ok()?.root.children.into_iter().next()
}

/// The first argument of a node.
fn word(node: &Node) -> Option<String> {
    node.args.first().and_then(|arg| arg.text()).map(str::to_owned)
}

/// A template with the names in their places.
fn filled(template: &str, name: &str, home: &Home) -> String {
    let record = name.replace('-', "_");
    let category = home.category.as_ref().map(|category| format!("    category \"{category}\"\n"));
    template
        .replace("    // CATEGORY\n", category.as_deref().unwrap_or(""))
        .replace("NAME", name)
        .replace("RECORD", &record)
        .replace("WIRE", &in_message(name))
}

/// The name of a type as messages say it: capitals and blanks.
fn in_message(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', " ")
}

/// The first object: valid, and without a marking.
fn object(encoding: &str, name: &str) -> Vec<u8> {
    match encoding {
        "json" => format!(
            "{{\"format\":\"{name}\",\"id\":\"A-1\",\"stale\":\"2026-03-01T10:14:50Z\",\"time\":\"2026-03-01T10:04:50Z\"}}"
        )
        .into_bytes(),
        // Magic bytes, length, track, seconds since 1970, level 0.
        "binary" => vec![0xB0, 0xA1, 0x00, 0x0B, 0x00, 0x01, 0x69, 0xA4, 0x0F, 0x42, 0x00],
        "text" => {
            let name = in_message(name);
            format!("MSGID/{name}/A-1//\nDTG/011004ZMAR2026/011014ZMAR2026//\n").into_bytes()
        }
        _ => format!("<{name} id=\"A-1\" time=\"2026-03-01T10:04:50Z\" stale=\"2026-03-01T10:14:50Z\"/>")
            .into_bytes(),
    }
}

/// What the author has to do, by tier.
fn missing(name: &str, home: &Home) -> Vec<(u8, String)> {
    let lane = &home.lane;
    let source = home.source.as_deref().unwrap_or("...");
    let marking = home.marking.as_deref().unwrap_or("...");
    let carried = format!(
        "no lane carries it: in rules/lanes/{lane}.kdl add \"{name}\" to `types` of source \"{source}\", and \
         `type \"{name}\" version=\"1\" {{ marking \"{marking}\"; validity max=\"20m\" skew=\"5s\" }}`"
    );
    let tiers: [(u8, &str); 8] = [
        (
            3,
            "rules/types/NAME/type.kdl: write title, source (document, edition, section) and the fields of the format",
        ),
        (3, carried.as_str()),
        (3, "category: say which objects are of which, or no agreement covers them"),
        (2, "rules/types/NAME/rules.kdl: write what must hold of every object, each rule with its source"),
        (2, "fixtures/NAME/release-...: no fixture shows what may cross"),
        (2, "fixtures/NAME/refuse-...: no near miss, one field away from what is released, for each rule"),
        (
            1,
            "rules/types/NAME/evidence.kdl: once all fixtures are as expected, `lockgate check --record-evidence`",
        ),
        (1, "tier=1 in type.kdl: only with that evidence does the bundle build"),
    ];
    tiers.into_iter().map(|(tier, says)| (tier, says.replace("NAME", name))).collect()
}
