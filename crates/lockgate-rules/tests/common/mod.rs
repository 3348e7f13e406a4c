//! A type, two policies and the reading of rule files, for all tests of this crate.
#![allow(dead_code, reason = "each test binary uses a part of this")]

use lockgate_bytes::Decimal;
use lockgate_bytes::Time;
use lockgate_marking::{Label, LabelBuilder, Policy, PolicyIx, PolicySet, Settings, TagClaim};
use lockgate_notation::{Diagnostics, Document, Fields, Node};
use lockgate_record::{Charset, CodeTree, Kind, NodeId, NodeOptions, Shape, ShapeBuilder};
use lockgate_rules::{ChoiceSet, Compiler, RuleSet, Scope, Written, check, rules};

pub(crate) const MISSION: &str = include_str!("mission.xml");

pub(crate) fn decimal(text: &str) -> Decimal {
    Decimal::parse(text.as_bytes()).unwrap()
}

pub(crate) fn maybe() -> NodeOptions {
    NodeOptions { optional: true, ..NodeOptions::default() }
}

fn unit(unit: &str) -> NodeOptions {
    NodeOptions { unit: Some(unit.into()), ..NodeOptions::default() }
}

fn text(max: u32) -> Kind {
    Kind::Text { min: 1, max, charset: Charset::Printable }
}

fn between(min: &str, max: &str) -> Kind {
    Kind::Decimal { min: decimal(min), max: decimal(max), digits: 7 }
}

/// A spot report like that of the notation, with one of everything.
pub(crate) fn spot() -> Shape {
    let mut build = ShapeBuilder::new("spot");
    let root = NodeId(0);
    let plain = NodeOptions::default;
    let codes = ["a-f-G", "a-h-G", "b-m-p"].map(String::from).to_vec();
    let kinds = ["air", "land", "sea"].map(String::from).to_vec();
    build.value(root, "id", text(32), plain()).unwrap();
    build.value(root, "what", Kind::Code(CodeTree::new(b'-', codes)), plain()).unwrap();
    build.value(root, "kind", Kind::Enum(kinds), plain()).unwrap();
    build.value(root, "seen", Kind::Time, plain()).unwrap();
    build.value(root, "until", Kind::Time, plain()).unwrap();
    build.value(root, "sim", Kind::Flag, plain()).unwrap();
    build.value(root, "test", Kind::Flag, plain()).unwrap();
    build.value(root, "count", Kind::Integer { min: 0, max: 100 }, plain()).unwrap();
    let at = build.section(root, "at", plain()).unwrap();
    build.value(at, "lat", between("-90", "90"), unit("deg")).unwrap();
    build.value(at, "lon", between("-180", "180"), unit("deg")).unwrap();
    let ce = NodeOptions { optional: true, unknown: Some(decimal("9999999")), ..unit("m") };
    build.value(at, "ce", between("0", "9999999"), ce).unwrap();
    build.value(root, "note", text(200), maybe()).unwrap();
    build.value(root, "reply", Kind::Time, maybe()).unwrap();
    build.value(root, "answer", Kind::Enum(["yes", "no"].map(String::from).to_vec()), maybe()).unwrap();
    let device = build.section(root, "device", maybe()).unwrap();
    build.value(device, "name", text(32), plain()).unwrap();
    build.value(device, "charge", Kind::Integer { min: 0, max: 100 }, maybe()).unwrap();
    let link = build.list(root, "ref", 0, 8, plain()).unwrap();
    build.value(link, "uid", text(64), plain()).unwrap();
    build.value(link, "weight", Kind::Integer { min: -5, max: 5 }, maybe()).unwrap();
    let tags = build.list(link, "tag", 0, 4, plain()).unwrap();
    build.value(tags, "name", text(8), plain()).unwrap();
    build.value(tags, "on", Kind::Flag, maybe()).unwrap();
    let legs = build.list(root, "leg", 1, 4, plain()).unwrap();
    build.value(legs, "km", between("0", "1000"), plain()).unwrap();
    build.finish()
}

fn policy(spif: &str, name: &str, id: &str) -> Policy {
    let settings = Settings {
        name: name.into(),
        id: id.into(),
        edition: "2026-01".into(),
        absent: Vec::new(),
        everyone: Vec::new(),
        review: None,
    };
    Policy::from_spif(spif.as_bytes(), &settings).unwrap()
}

/// Policies MISSION and OTHER, which have the same levels by name; the lane's is MISSION.
pub(crate) fn policies() -> (PolicySet, PolicyIx) {
    let mut set = PolicySet::new();
    let mission = set.add(policy(MISSION, "MISSION", "1.3.6.1.4.1.99999.1")).unwrap();
    let other = MISSION.replace("\"MISSION\"", "\"OTHER\"").replace("99999.1", "99999.2");
    set.add(policy(&other, "OTHER", "1.3.6.1.4.1.99999.2")).unwrap();
    (set, mission)
}

pub(crate) fn label(policies: &PolicySet, policy: &str, level: &str, nations: &[&str]) -> Label {
    let mut build = LabelBuilder::new();
    build.begin(policies, policy, None).unwrap();
    build.created(Time::parse(b"2026-01-01T00:00:00Z").unwrap()).unwrap();
    build.review(Time::parse(b"2099-01-01T00:00:00Z").unwrap()).unwrap();
    build.level(policies, level).unwrap();
    let tag = TagClaim { name: "Releasable To", kind: "PERMISSIVE", id: None };
    for nation in nations {
        build.category(policies, tag, nation).unwrap();
    }
    build.finish().unwrap()
}

/// Rules of a file, compiled for the type and the lane's policy.
pub(crate) fn compile(text: &str) -> (Option<RuleSet>, Diagnostics) {
    let (shape, (policies, policy)) = (spot(), policies());
    let document = Document::parse("rules.kdl", text.as_bytes()).unwrap();
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let (sources, whole) = rules(&mut top);
    top.finish();
    let mut compiler = Compiler::new();
    compiler.add(&sources, &Scope::of_type(&shape, &policies, Some(policy)), &mut diagnostics);
    (compiler.finish().filter(|_| whole), diagnostics)
}

/// One rule that requires `expression`, compiled.
pub(crate) fn require(expression: &str) -> (Option<RuleSet>, Diagnostics) {
    compile(&format!("rule \"r\" {{\n    require #\"{expression}\"#\n    otherwise refuse says=\"no\"\n}}\n"))
}

/// Everything of a file: rules of the type, `lane { rule ... }`, `category "x" when="..."`, `goal "x" { never "..." }`.
pub(crate) fn load(file: &str, text: &[u8]) -> Diagnostics {
    let (shape, (policies, policy)) = (spot(), policies());
    let document = match Document::parse(file, text) {
        Ok(document) => document,
        Err(diagnostics) => return diagnostics,
    };
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let (sources, _) = rules(&mut top);
    let others: Vec<&Node> = top.children_of(&["lane", "category", "goal"]);
    top.finish();
    let mut compiler = Compiler::new();
    compiler.add(&sources, &Scope::of_type(&shape, &policies, Some(policy)), &mut diagnostics);
    for node in others {
        let mut fields = Fields::of(node, &mut diagnostics);
        match node.name.as_str() {
            "lane" => {
                fields.arg_text("the lane");
                let (sources, _) = rules(&mut fields);
                fields.finish();
                compiler.add(&sources, &Scope::of_lane(&policies, Some(policy)), &mut diagnostics);
            }
            "category" => {
                fields.arg_text("the category");
                let when = fields.prop_expression_opt("when").map(|when| when.value);
                fields.finish();
                ChoiceSet::compile(&[when], &Scope::of_category(&shape), &mut diagnostics);
            }
            _ => {
                fields.arg_text("the goal");
                let never =
                    fields.within("never", |part| part.arg_expression("a condition")).flatten().unwrap();
                fields.finish();
                let scope = Scope::of_goal(&policies, Some(policy));
                check(Written::value(never.value).unwrap(), &scope, &mut diagnostics);
            }
        }
    }
    diagnostics
}
