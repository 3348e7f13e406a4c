//! The states of an object cannot be forged: who inspects, who builds a policy, who opens untrusted bytes, and what no
//! token has.

use super::House;
use crate::code::{Code, line_of, words};
use crate::finding::Finding;
use crate::house::{
    ESCAPE_HATCHES, ESCAPE_SITES, FORBIDDEN_ON_TOKENS, INSPECTOR_ROOMS, MINT, POLICY_CONSTRUCTOR,
    POLICY_ROOM, POLICY_TYPE, TOKENS,
};

const INSPECTOR: &str = "inspector";
const POLICY: &str = "policy";
const ESCAPE: &str = "escape";
const TOKEN: &str = "token";

pub(crate) fn check(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, code) in house.tree.rust("crates/") {
        findings.extend(inspectors(path, code));
        findings.extend(policies(path, code));
        findings.extend(escapes(path, code));
        findings.extend(token_implementations(path, code));
        if path.starts_with(MINT) {
            findings.extend(token_derives(path, code));
        }
    }
    let constructor = format!("fn {POLICY_CONSTRUCTOR}");
    if !house.tree.rust(MINT).any(|(_, code)| code.shipped().contains(&constructor)) {
        let says = format!(
            "no `{constructor}` in {MINT}: the check on who builds a {POLICY_TYPE} sees nothing; \
             name the constructor in POLICY_CONSTRUCTOR of xtask/src/house.rs"
        );
        findings.push(Finding::warning(POLICY, MINT, 0, says));
    }
    findings
}

fn inspectors(path: &str, code: &Code) -> Vec<Finding> {
    if INSPECTOR_ROOMS.iter().any(|room| path.starts_with(room)) {
        return Vec::new();
    }
    let found = code.implementations().into_iter().filter(|one| one.of == "Inspector");
    found
        .map(|one| Finding::error(INSPECTOR, path, one.line, "only schema and deep implement `Inspector`"))
        .collect()
}

fn policies(path: &str, code: &Code) -> Vec<Finding> {
    let call = format!("{POLICY_TYPE}::{POLICY_CONSTRUCTOR}");
    if path.starts_with(POLICY_ROOM) {
        return Vec::new();
    }
    let text = code.shipped();
    let says = format!("only bundle builds a `{POLICY_TYPE}`: nothing unchecked may decide");
    words(text, &call).map(|start| Finding::error(POLICY, path, line_of(text, start), says.clone())).collect()
}

fn escapes(path: &str, code: &Code) -> Vec<Finding> {
    let allowed = |site: &str| path == site || (site.ends_with('/') && path.starts_with(site));
    if ESCAPE_SITES.iter().any(|(site, _)| allowed(site)) {
        return Vec::new();
    }
    let text = code.shipped();
    let mut findings = Vec::new();
    for hatch in ESCAPE_HATCHES {
        findings.extend(text.match_indices(hatch).map(|(start, _)| {
            let says = format!(
                "`{hatch}` is an escape hatch; a call site needs a line with its reason in ESCAPE_SITES"
            );
            Finding::error(ESCAPE, path, line_of(text, start), says)
        }));
    }
    findings
}

fn token_implementations(path: &str, code: &Code) -> Vec<Finding> {
    code.implementations()
        .into_iter()
        .filter(|one| TOKENS.contains(&one.target.as_str()) && FORBIDDEN_ON_TOKENS.contains(&one.of.as_str()))
        .map(|one| {
            let says = format!(
                "`{}` for the token `{}`: a token is minted by a transition only",
                one.of, one.target
            );
            Finding::error(TOKEN, path, one.line, says)
        })
        .collect()
}

/// Derives on the tokens themselves; only their own room defines types of these names.
fn token_derives(path: &str, code: &Code) -> Vec<Finding> {
    let text = code.shipped();
    let mut findings = Vec::new();
    for start in words(text, "derive") {
        let Some((list, rest)) = text[start..].split_once(')') else { continue };
        // The item's head ends at its first brace or semicolon.
        let item = rest.split(['{', ';']).next().unwrap_or(rest);
        let mut names = item
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .skip_while(|word| !matches!(*word, "struct" | "enum"));
        let Some(name) = names.nth(1).filter(|name| TOKENS.contains(name)) else { continue };
        for derived in
            list.split(|c: char| !c.is_alphanumeric()).filter(|word| FORBIDDEN_ON_TOKENS.contains(word))
        {
            let says =
                format!("the token `{name}` derives `{derived}`: it could be made twice or out of nothing");
            findings.push(Finding::error(TOKEN, path, line_of(text, start), says));
        }
    }
    findings
}
