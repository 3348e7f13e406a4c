//! `types/<type>/{type,rules,evidence}.kdl`.

use crate::codes;
use crate::evidence::{self, Evidence, Measured};
use crate::place::{Placed, report};
use crate::report::enter;
use lockgate_bytes::{Digest, Span};
use lockgate_notation::{Diagnostics, Document, Node};
use lockgate_schema::Type;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A type with its rules and evidence.
#[derive(Debug)]
pub(crate) struct TypeFolder<'p> {
    pub(crate) document: &'p Document,
    pub(crate) described: Arc<Type>,
    pub(crate) rules: Option<&'p Document>,
    pub(crate) evidence: Option<Evidence>,
    /// What says how an object is read: type.kdl, rules.kdl, and the description of every type in it.
    pub(crate) present: Vec<Measured>,
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
    let mut waiting: Vec<(&str, &'p Document, Vec<&'p str>)> = Vec::new();
    for folder in placed.folders("types") {
        let path = format!("types/{folder}/type.kdl");
        match placed.documents.get(path.as_str()) {
            // Each is walked once: a chain in the wrong order of names waits as often as it is long.
            Some(document) => waiting.push((folder, document, embeds(&document.root))),
            None => {
                let message = "a folder of a type needs this file".to_owned();
                report(diagnostics, &codes::MISSING_FILE, &path, message);
            }
        }
    }
    let known: BTreeSet<&str> = waiting.iter().map(|(name, ..)| *name).collect();
    let mut done = Done::new();
    let mut types = Vec::new();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|(folder, document, embeds)| {
            let waits = embeds.iter().any(|name| known.contains(name) && !done.contains_key(*name));
            if !waits {
                let read = one(folder, document, placed, &done, diagnostics);
                let known =
                    read.as_ref().map(|read| (read.described.clone(), descriptions(folder, &read.present)));
                done.insert((*folder).to_owned(), known);
                types.extend(read);
            }
            waits
        });
        if waiting.len() == before {
            for (_, document, _) in waiting.drain(..) {
                enter(diagnostics, document);
                let message = "this type embeds itself by way of others";
                diagnostics.error(&codes::CIRCULAR, crate::report::top(document), message);
            }
        }
    }
    types
}

/// Types that are read already, each with the descriptions that evidence of one that embeds it speaks of.
type Done = BTreeMap<String, Option<(Arc<Type>, Vec<Measured>)>>;

/// The description of the type in `folder`, and those of the types in it.
fn descriptions(folder: &str, present: &[Measured]) -> Vec<Measured> {
    let own = present.iter().filter(|file| file.file == "type.kdl");
    let own = own.map(|file| Measured { file: format!("{folder}/type.kdl"), ..file.clone() });
    own.chain(present.iter().filter(|file| file.file.contains('/')).cloned()).collect()
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
    done: &Done,
    diagnostics: &mut Diagnostics,
) -> Option<TypeFolder<'p>> {
    let known = |name: &str| done.get(name).and_then(Option::as_ref);
    let described = match Type::read(document, &|name| known(name).map(|(of, _)| of.clone())) {
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
    let own = |file: &str, document| Measured { file: file.to_owned(), sha256: digest(document) };
    let mut present = vec![own("type.kdl", document)];
    present.extend(rules.map(|rules| own("rules.kdl", rules)));
    let embedded = embeds(&document.root).into_iter().filter_map(known).flat_map(|(_, files)| files.clone());
    let embedded: BTreeMap<String, Measured> = embedded.map(|file| (file.file.clone(), file)).collect();
    present.extend(embedded.into_values());
    Some(TypeFolder { document, described: Arc::new(described), rules, evidence, present })
}

fn digest(document: &Document) -> Digest {
    Digest(Sha256::digest(document.text.as_bytes()).into())
}
