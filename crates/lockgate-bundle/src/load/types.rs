//! `types/<type>/{type,rules,evidence}.kdl`.

use crate::codes;
use crate::evidence::{self, Evidence};
use crate::place::{Placed, report};
use crate::report::enter;
use lockgate_bytes::{Digest, Span};
use lockgate_notation::{Diagnostics, Document, Node};
use lockgate_schema::Type;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A type with its rules and evidence.
#[derive(Debug)]
pub(crate) struct TypeFolder<'p> {
    pub(crate) document: &'p Document,
    pub(crate) described: Arc<Type>,
    pub(crate) rules: Option<&'p Document>,
    pub(crate) evidence: Option<Evidence>,
    /// SHA-256 of type.kdl and of rules.kdl.
    pub(crate) present: Vec<(&'static str, Digest)>,
}

impl TypeFolder<'_> {
    /// Where the file claims its tier.
    pub(crate) fn tier_span(&self) -> Span {
        let top = self.document.root.children.first();
        let tier = top.and_then(|node| node.props.iter().find(|prop| prop.name == "tier"));
        tier.map_or_else(|| crate::report::top(self.document), |prop| prop.value.span)
    }
}

/// Every type; those that embed others after them.
pub(crate) fn types<'p>(placed: &'p Placed<'_>, diagnostics: &mut Diagnostics) -> Vec<TypeFolder<'p>> {
    let mut waiting: Vec<(&str, &'p Document)> = Vec::new();
    for folder in placed.folders("types") {
        let path = format!("types/{folder}/type.kdl");
        match placed.documents.get(path.as_str()) {
            Some(document) => waiting.push((folder, document)),
            None => {
                let message = "a folder of a type needs this file".to_owned();
                report(diagnostics, &codes::MISSING_FILE, &path, message);
            }
        }
    }
    let known: Vec<&str> = waiting.iter().map(|(name, _)| *name).collect();
    let mut done: BTreeMap<String, Option<Arc<Type>>> = BTreeMap::new();
    let mut types = Vec::new();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|(folder, document)| {
            let waits = embeds(&document.root)
                .into_iter()
                .any(|name| known.contains(&name) && !done.contains_key(name));
            if !waits {
                let read = one(folder, document, placed, &done, diagnostics);
                done.insert((*folder).to_owned(), read.as_ref().map(|read| read.described.clone()));
                types.extend(read);
            }
            waits
        });
        if waiting.len() == before {
            for (_, document) in waiting.drain(..) {
                enter(diagnostics, document);
                let message = "this type embeds itself by way of others";
                diagnostics.error(&codes::CIRCULAR, crate::report::top(document), message);
            }
        }
    }
    types
}

/// The names after `embed=`.
fn embeds(root: &Node) -> Vec<&str> {
    let mut found = Vec::new();
    let mut waiting = vec![root];
    while let Some(node) = waiting.pop() {
        let embed = node.props.iter().filter(|prop| prop.name == "embed");
        found.extend(embed.filter_map(|prop| prop.value.text()));
        waiting.extend(&node.children);
    }
    found
}

fn one<'p>(
    folder: &str,
    document: &'p Document,
    placed: &'p Placed<'_>,
    done: &BTreeMap<String, Option<Arc<Type>>>,
    diagnostics: &mut Diagnostics,
) -> Option<TypeFolder<'p>> {
    let described = match Type::read(document, &|name| done.get(name).cloned().flatten()) {
        Ok((described, warnings)) => {
            diagnostics.merge(warnings);
            described
        }
        Err(found) => {
            diagnostics.merge(found);
            return None;
        }
    };
    enter(diagnostics, document);
    if described.model().name != folder {
        let name = document.root.children.first().and_then(|node| node.args.first());
        let span = name.map_or_else(|| crate::report::top(document), |name| name.span);
        let message = format!("the folder is called `{}`", folder.escape_debug());
        diagnostics.error(&codes::WRONG_NAME, span, message);
    }
    let other = |file: &str| placed.documents.get(format!("types/{folder}/{file}").as_str());
    let rules = other("rules.kdl");
    let evidence = other("evidence.kdl").and_then(|file| evidence::read(file, folder, diagnostics));
    let mut present = vec![("type.kdl", digest(document))];
    present.extend(rules.map(|rules| ("rules.kdl", digest(rules))));
    Some(TypeFolder { document, described: Arc::new(described), rules, evidence, present })
}

fn digest(document: &Document) -> Digest {
    Digest(Sha256::digest(document.text.as_bytes()).into())
}
