//! Files and functions that a person can hold in the head.

use super::House;
use crate::finding::Finding;
use crate::house::{FILE_LINES, FUNCTION_LINES};

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
    findings
}
