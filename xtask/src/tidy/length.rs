//! Files and functions that a person can hold in the head.

use super::House;
use crate::finding::Finding;
use crate::house::{FILE_LINES, FUNCTION_LINES, LAST, LAST_LINES};

const CHECK: &str = "length";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let (warn, limit) = FILE_LINES;
    let mut findings = Vec::new();
    for (path, code) in house.tree.rust("") {
        let lines = code.shipped_lines();
        if lines > limit {
            let says = format!("{lines} lines of code; above {limit} a file has to be split");
            findings.push(Finding::error(CHECK, path, 0, says));
        } else if lines > warn {
            let says = format!("{lines} lines of code; above {warn} a file is hard to read");
            findings.push(Finding::warning(CHECK, path, 0, says));
        }
        for function in code.functions().into_iter().filter(|function| function.lines > FUNCTION_LINES) {
            let says = format!(
                "`{}` is {} lines long; {FUNCTION_LINES} fit a screen",
                function.name, function.lines
            );
            findings.push(Finding::warning(CHECK, path, function.line, says));
        }
    }
    findings.extend(last(house));
    findings
}

/// The part that checks and sends, all of it.
fn last(house: &House) -> Option<Finding> {
    let of = |path: &&str| house.tree.rust(path).next().map(|(_, code)| code.shipped_lines());
    let sizes: Vec<usize> = LAST.iter().filter_map(of).collect();
    let lines: usize = sizes.iter().sum();
    let says = if lines >= LAST_LINES {
        format!(
            "what checks and sends has {lines} lines of code, this file and those with it; it stays below {LAST_LINES}"
        )
    } else if !sizes.is_empty() && sizes.len() < LAST.len() {
        "a file of what checks and sends is gone; name where its code is now, so that it is counted"
            .to_owned()
    } else {
        return None;
    };
    Some(Finding::error(CHECK, LAST[0], 0, says))
}
