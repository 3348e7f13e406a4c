//! Markings and roll-ups written from the grammar and the rules of the standards: what is legal though odd, what is almost
//! legal, and wholes of every mixture. The tables lie in `standard/`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where something is not as it should be")]

use lockgate_us::{EDITIONS, Edition, Form, Marking, RULES, RollUp, check, parse, render};
use std::collections::BTreeSet;

/// The rows of a table: cells between tabs, lines that begin with `#` aside.
fn rows<const N: usize>(table: &'static str) -> Vec<[&'static str; N]> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{line}")))
        .collect()
}

fn edition(name: &str) -> &'static Edition {
    Edition::named(name).unwrap()
}

/// The text of a cell: `\u{..}` and `\\` stand for characters.
fn unescaped(cell: &str) -> String {
    let mut out = String::new();
    let mut rest = cell;
    while let Some((plain, after)) = rest.split_once('\\') {
        out.push_str(plain);
        let (digits, tail) = match after.split_at_checked(1) {
            Some(("u", tail)) => tail.split_at(4),
            Some(("x", tail)) => tail.split_at(2),
            Some(("\\", tail)) => {
                out.push('\\');
                rest = tail;
                continue;
            }
            _ => panic!("{cell}"),
        };
        out.push(char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap());
        rest = tail;
    }
    out + rest
}

#[test]
fn what_the_register_allows_is_read_and_written_in_one_way() {
    let all = rows::<4>(include_str!("standard/accepted.tsv"));
    for [name, text, banner, portion] in &all {
        let edition = edition(name);
        let read = parse(text, edition).unwrap_or_else(|fault| panic!("{name} {text}: {fault}")).marking;
        for (form, expected) in [(Form::Banner, banner), (Form::Portion, portion)] {
            assert_eq!(render(&read, form, edition).as_deref(), Some(*expected), "{name} {text}");
            assert_eq!(parse(expected, edition).map(|read| read.marking).as_ref(), Ok(&read), "{expected}");
        }
        let attributes = read.attributes(edition);
        let again = Marking::read(attributes.iter().map(|(name, value)| (*name, value.as_str())), edition);
        assert_eq!(again.map(|read| read.visible()), Ok(read), "{name} {text}");
    }
    assert!(all.len() > 150, "{}", all.len());
}

#[test]
fn what_is_almost_legal_is_refused_with_its_code() {
    let all = rows::<3>(include_str!("standard/refused.tsv"));
    for [name, text, code] in &all {
        let text = unescaped(text);
        let fault = parse(&text, edition(name)).map(|read| read.marking).unwrap_err();
        assert_eq!(fault.code, *code, "{name} {text}: {fault}");
        assert!(text.get(fault.at.clone()).is_some(), "{text}: {:?}", fault.at);
    }
    assert!(all.len() > 200, "{}", all.len());
}

/// markings.md rules 25, 28 and 29: no rule stands in the register that nothing breaks, and none leaves an edition unseen.
#[test]
fn each_rule_is_broken_in_each_edition_that_has_it() {
    let mut broken = BTreeSet::new();
    for [names, attributes, codes] in rows::<3>(include_str!("standard/broken.tsv")) {
        for name in names.split(' ') {
            let pairs = attributes.split("; ").map(|pair| pair.split_once('=').unwrap());
            let marking = Marking::read(pairs, edition(name));
            let marking = marking.unwrap_or_else(|faults| panic!("{name} {attributes}: {faults:?}"));
            let found: Vec<&str> = check(&marking, edition(name)).map(|rule| rule.code).collect();
            assert_eq!(found.join(" "), codes, "{name} {attributes}");
            broken.extend(found.into_iter().map(|code| (code, name)));
        }
    }
    let all = EDITIONS.iter().flat_map(|edition| {
        RULES.iter().filter(|rule| rule.is_of(edition)).map(|rule| (rule.code, edition.name))
    });
    assert_eq!(broken, all.collect());
}

#[test]
fn every_mixture_rolls_up_as_the_rules_say_in_any_order() {
    let all = rows::<3>(include_str!("standard/rolled-up.tsv"));
    for [name, portions, banner] in &all {
        let edition = edition(name);
        let marks: Vec<Marking> =
            portions.split(" + ").map(|text| parse(text, edition).unwrap().marking).collect();
        let whole = |marks: &[&Marking]| {
            let mut rollup = RollUp::new(edition);
            marks.iter().for_each(|mark| rollup.add(mark));
            render(&rollup.strictest(), Form::Banner, edition)
        };
        let forward: Vec<&Marking> = marks.iter().collect();
        let backward: Vec<&Marking> = marks.iter().rev().collect();
        assert_eq!(whole(&forward).as_deref(), Some(*banner), "{name} {portions}");
        assert_eq!(whole(&backward).as_deref(), Some(*banner), "{name} {portions}");
        // The banner covers each part, and is a whole of its own.
        let read = parse(banner, edition).map(|read| read.marking);
        if let Ok(read) = read {
            assert!(marks.iter().all(|mark| read.covers(mark, edition)), "{name} {portions}");
            assert_eq!(whole(&[&read]).as_deref(), Some(*banner));
        }
    }
    assert!(all.len() > 150, "{}", all.len());
}
