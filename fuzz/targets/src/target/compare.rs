//! Two editions of a policy file beside each other: no files break the comparison, a file does not differ from itself, and what
//! has gone one way has come the other way.

use lockgate_marking::spif::{CHANGES, Change, check, compare};
use std::collections::BTreeSet;

pub(crate) const WORDS: &[&str] = &[
    BETWEEN,
    "hierarchy=\"1\"",
    "hierarchy=\"2\"",
    "lacv=\"1\"",
    "lacv=\"001\"",
    "name=\"LOW\"",
    "name=\"HIGH\"",
    "tagType=\"permissive\"",
    "tagType=\"restrictive\"",
    "tagType=\"tagType7\" tag7Encoding=\"securityAttributes\"",
    " requiredClass=\"HIGH\"",
    "<excludedClass>LOW</excludedClass>",
    "<securityClassification name=\"MIDDLE\" lacv=\"3\" hierarchy=\"3\"/>",
    "<tagCategory name=\"AUT\" lacv=\"040\"/>",
    "<memberships><membership name=\"K\"><member name=\"AUT\"/></membership></memberships>",
    "id=\"1.2.3\"",
];

/// What stands between the old file and the new one. Without it the file stands beside itself.
const BETWEEN: &str = "\n<!--&-->\n";

/// Most pairs of levels that are told one by one.
const TURNED: usize = 500;

pub(crate) fn run(data: &[u8]) {
    let between = BETWEEN.as_bytes();
    let cut = data.windows(between.len()).position(|window| window == between);
    let (old, new) = match cut.and_then(|at| data.split_at_checked(at)) {
        Some((old, rest)) => (old, rest.get(between.len()..).unwrap_or(&[])),
        None => (data, data),
    };
    for file in [old, new] {
        let itself = compare(file, file);
        if itself.as_ref().is_some_and(|changes| !changes.is_empty()) {
            panic!("a file differs from itself");
        }
        if itself.is_none() && check(file).is_empty() {
            panic!("a file cannot be compared and has no finding");
        }
    }
    let (Some(there), Some(back)) = (compare(old, new), compare(new, old)) else {
        if compare(old, new).is_some() != compare(new, old).is_some() {
            panic!("two files can be compared one way and not the other");
        }
        return;
    };
    for (one, other) in [(&there, &back), (&back, &there)] {
        ordered(one);
        let count = |lists: Vec<&Vec<String>>| lists.into_iter().map(Vec::len).sum::<usize>();
        if count(names(one, "gone")) != count(names(other, "new")) {
            panic!("what has gone one way has not come the other way");
        }
    }
    let (turned, turned_back) = (pairs(&there), pairs(&back));
    if turned.len() < TURNED && turned_back.len() < TURNED && turned != turned_back {
        panic!("levels are turned one way and not the other");
    }
}

/// Every kind of change is one of the list, and they stand in its order.
fn ordered(changes: &[Change]) {
    let place = |change: &Change| CHANGES.iter().position(|(what, ..)| *what == change.what);
    if changes.iter().any(|change| place(change).is_none()) || !changes.is_sorted_by_key(place) {
        panic!("a change of no kind, or not in its order");
    }
}

fn names<'c>(changes: &'c [Change], what: &str) -> Vec<&'c Vec<String>> {
    changes.iter().filter(|change| change.what == what).map(|change| &change.names).collect()
}

/// Pairs of levels, whichever of the two is told first.
fn pairs(changes: &[Change]) -> BTreeSet<BTreeSet<&String>> {
    names(changes, "levels-turned").into_iter().map(|pair| pair.iter().collect()).collect()
}
