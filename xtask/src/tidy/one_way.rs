//! What sends never receives: no call of a send-only room bears the name of one that does.

use super::House;
use crate::code::{line_of, words};
use crate::finding::Finding;
use crate::house::{RECEIVING, SEND_ONLY};

const CHECK: &str = "one-way";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in SEND_ONLY {
        for (path, code) in house.tree.rust(folder) {
            let text = code.shipped();
            for name in RECEIVING {
                findings.extend(words(text, name).map(|start| {
                    let says = format!("this room only sends, and `{name}` receives");
                    Finding::error(CHECK, path, line_of(text, start), says)
                }));
            }
        }
    }
    findings
}
