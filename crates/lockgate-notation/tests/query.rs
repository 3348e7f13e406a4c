//! The query reader, as loaders use it.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute freely"
)]

use lockgate_notation::{Diagnostics, Document, Fields, Span};

fn read<T>(text: &str, load: impl FnOnce(&mut Fields<'_, '_>) -> T) -> (T, Diagnostics) {
    let document =
        Document::parse("a.kdl", text.as_bytes()).unwrap_or_else(|faults| panic!("{}", faults.render()));
    let mut diagnostics = document.diagnostics();
    let mut top = Fields::of(&document.root, &mut diagnostics);
    let value = load(&mut top);
    top.finish();
    (value, diagnostics)
}

fn codes(diagnostics: &Diagnostics) -> Vec<&'static str> {
    diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn a_lane_reads_like_the_notation() {
    let text = r#"
lane "rsocc-down" {
    direction down
    source "sensor-net" by=interface rate="2Mbit/s" quota="20GiB" {
        types "spot" "buoy"
    }
    validity max="20m" newest-wins=#true from="2026-01-01" until="2026-12-31"
    dscp FLASH=46 ROUTINE=0
}
"#;
    let (_, diagnostics) = read(text, |top| {
        top.within("lane", |lane| {
            assert_eq!(lane.noun(), "lane");
            assert_eq!(lane.arg_name("the name of the lane").expect("a name").as_str(), "rsocc-down");
            let direction = lane.child_word("direction", &["down", "up", "level"]).expect("a direction");
            assert_eq!(direction.value, "down");
            assert_eq!(direction.span.of(text.as_bytes()), b"down");
            let sources = lane.each("source", |source| {
                let name = source.arg_text("the name of the source").expect("a name").value;
                let by = source.prop_word("by", &["interface", "tls"]).expect("a word").value;
                let rate = source.prop_rate("rate").expect("a rate").value;
                let quota = source.prop_size("quota").expect("a size").value;
                let types = source.within("types", |types| types.args_text_some("a type")).expect("types");
                let types: Vec<&str> = types.iter().map(|name| name.value).collect();
                (name, by, rate, quota, types)
            });
            assert_eq!(sources, [("sensor-net", "interface", 2_000_000, 20 << 30, vec!["spot", "buoy"])]);
            lane.within("validity", |validity| {
                assert_eq!(validity.prop_duration("max").expect("a duration").to_string(), "20m");
                assert!(validity.prop_bool_or("newest-wins", false) && !validity.prop_bool_or("late", false));
                assert_eq!(
                    validity.prop_time_from("from").expect("a time").to_string(),
                    "2026-01-01T00:00:00Z"
                );
                assert_eq!(
                    validity.prop_time_until("until").expect("a time").to_string(),
                    "2027-01-01T00:00:00Z"
                );
            });
            lane.within("dscp", |dscp| {
                let names: Vec<&str> = dscp.props_left().iter().map(|prop| prop.name.as_str()).collect();
                assert_eq!(names, ["FLASH", "ROUTINE"]);
            });
        })
    });
    assert!(diagnostics.is_empty(), "{}", diagnostics.render());
}

#[test]
fn parts_of_several_kinds_keep_their_order() {
    let (names, diagnostics) = read("field a\nspare\nfield b\nmask\n", |top| {
        let parts = top.children_of(&["field", "spare", "mask"]);
        for part in &parts {
            top.read(part, |part| {
                part.arg_field_name_opt("the name of the field");
            });
        }
        parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>()
    });
    assert_eq!(names, ["field", "spare", "field", "mask"]);
    assert!(diagnostics.is_empty());
}

#[test]
fn all_errors_are_found_in_one_go() {
    let (_, diagnostics) = read("lane 7 colour=red {\n    speed\n    from\n    from\n}\nother\n", |top| {
        top.within("lane", |lane| {
            assert!(lane.arg_name("the name of the lane").is_none());
            assert!(lane.prop_text("policy").is_none());
            assert!(lane.child("to").is_none());
            assert!(lane.child_opt("from").is_some());
        })
    });
    assert_eq!(codes(&diagnostics), ["N030", "N024", "N025", "N026", "N020", "N021", "N021"]);
}

#[test]
fn a_forgotten_reader_reports_and_one_that_gave_up_is_quiet() {
    let document = Document::parse("a.kdl", b"lane \"a\" colour=red\n").expect("reads");
    let mut diagnostics = document.diagnostics();
    drop(Fields::of(&document.root.children[0], &mut diagnostics));
    assert_eq!(codes(&diagnostics), ["N022", "N020"]);

    let mut diagnostics = document.diagnostics();
    let gave_up = (|| {
        let mut lane = Fields::of(&document.root.children[0], &mut diagnostics);
        let _speed = lane.prop_uint("speed")?;
        lane.prop_text("colour").map(|colour| colour.value)
    })();
    assert!(gave_up.is_none());
    assert_eq!(codes(&diagnostics), ["N024"]);
}

#[test]
fn an_expression_keeps_its_place() {
    let text = "rule \"a.b\" {\n    require \"x > 1 && y\"\n}\n";
    let (span, diagnostics) = read(text, |top| {
        top.within("rule", |rule| {
            rule.arg_text("the rule's id");
            rule.within("require", |require| {
                let condition = require.arg_expression("the condition").expect("a text");
                condition.inner_span(9..10)
            })
        })
    });
    assert_eq!(span.flatten().unwrap_or(Span::default()).of(text.as_bytes()), b"y");
    assert!(!diagnostics.has_errors());
}

#[test]
fn an_empty_text_is_taken_only_where_it_means_something() {
    let text = "encoding xml namespace=\"\"\nunlabelled \"\" \"Undefined\"\nvalue \"\" \"R\"\n";
    let (_, diagnostics) = read(text, |top| {
        top.within("encoding", |encoding| {
            encoding.arg_word("the encoding", &["xml", "binary"]);
            assert_eq!(encoding.prop_any_text("namespace").map(|text| text.value), Some(""));
        });
        top.within("unlabelled", |unlabelled| assert_eq!(unlabelled.args_any_text("a value").len(), 2));
        top.within("value", |value| assert_eq!(value.args_text("a value").len(), 1));
    });
    assert_eq!(codes(&diagnostics), ["N039"]);
}
