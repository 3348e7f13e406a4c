//! A label as its XML says it, word by word; and from there to a label of a policy.

use super::lexical::token;
use super::schema::LABEL;
use super::{Succession, WholeLabel};
use crate::xml::text_of;
use crate::{LabelBuilder, PolicySet, TagClaim};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_reason::{Finding, marking};
use roxmltree::Node;

const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// One label of the XML form, which follows its schema.
#[derive(Debug, Default)]
pub(super) struct Words {
    policy: String,
    policy_id: Option<String>,
    level: String,
    level_has_id: bool,
    privacy: Option<String>,
    categories: Vec<Category>,
    created: Option<String>,
    review: Option<String>,
    succession: Option<(String, Box<Self>)>,
    /// Elements and attributes that the schema leaves to others.
    extensions: usize,
}

#[derive(Debug)]
struct Category {
    kind: String,
    name: String,
    id: Option<String>,
    values: Vec<(Form, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Generic,
    Coded,
}

impl Words {
    /// Reads a label element, its own or a successor's.
    pub(super) fn of(node: Node<'_, '_>) -> Self {
        let mut words = Self { review: owned(node, "ReviewDateTime"), ..Self::default() };
        words.count_attributes(node, &["Id", "ReviewDateTime"]);
        for child in node.children().filter(Node::is_element) {
            match (child.tag_name().namespace(), child.tag_name().name()) {
                (Some(LABEL), "ConfidentialityInformation") => words.information(child),
                (Some(LABEL), "OriginatorID") => words.count_attributes(child, &["IDType"]),
                (Some(LABEL), "CreationDateTime") => words.created = Some(text_of(child)),
                (Some(LABEL), "SuccessionHandling") => words.succession(child),
                _ => words.extend(),
            }
        }
        words
    }

    fn information(&mut self, node: Node<'_, '_>) {
        for child in node.children().filter(Node::is_element) {
            match (child.tag_name().namespace(), child.tag_name().name()) {
                (Some(LABEL), "PolicyIdentifier") => {
                    self.policy = token(&text_of(child));
                    self.policy_id = owned(child, "URI");
                    self.count_attributes(child, &["URI"]);
                }
                (Some(LABEL), "Classification") => {
                    self.level = token(&text_of(child));
                    self.level_has_id = child.has_attribute("URI");
                    self.count_attributes(child, &["URI"]);
                }
                (Some(LABEL), "PrivacyMark") => self.privacy = Some(text_of(child)),
                (Some(LABEL), "Category") => self.category(child),
                _ => self.extend(),
            }
        }
    }

    fn category(&mut self, node: Node<'_, '_>) {
        self.count_attributes(node, &["Type", "TagName", "URI"]);
        let form = |child: &Node<'_, '_>| match child.tag_name().name() {
            "GenericValue" => Form::Generic,
            _ => Form::Coded,
        };
        let values = node.children().filter(Node::is_element);
        self.categories.push(Category {
            kind: token(node.attribute("Type").unwrap_or("")),
            name: owned(node, "TagName").unwrap_or_default(),
            id: owned(node, "URI"),
            values: values.map(|child| (form(&child), text_of(child))).collect(),
        });
    }

    fn succession(&mut self, node: Node<'_, '_>) {
        let (mut on, mut successor) = (None, None);
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "SuccessionDateTime" if on.is_none() => on = Some(text_of(child)),
                "SuccessorConfidentialityLabel" if successor.is_none() => successor = Some(Self::of(child)),
                _ => self.extend(),
            }
        }
        self.succession = on.zip(successor.map(Box::new));
    }

    fn extend(&mut self) {
        self.extensions = self.extensions.saturating_add(1);
    }

    fn count_attributes(&mut self, node: Node<'_, '_>, known: &[&str]) {
        let foreign = node.attributes().filter(|attribute| match attribute.namespace() {
            None => !known.contains(&attribute.name()),
            space => space != Some(INSTANCE),
        });
        self.extensions = self.extensions.saturating_add(foreign.count());
    }

    /// The label of one of `policies`. What is wrong is in `out`; a label that can be told in spite of it is returned.
    pub(super) fn label(&self, policies: &PolicySet, out: &mut Vec<Finding>) -> Option<WholeLabel> {
        let mut builder = LabelBuilder::new();
        let label = self.build(&mut builder, policies, out).and_then(|()| builder.finish().map_err(Some));
        let label = label.map_err(|finding| out.extend(finding)).ok()?;
        let Some((on, words)) = &self.succession else { return Some(WholeLabel { label, succession: None }) };
        // The schema allows a chain of them; what stands in the second link would be enforced by nobody.
        if words.succession.is_some() {
            let says = "what succeeds a label is not succeeded in its turn";
            out.push(Finding::new(marking::PROSE_RULE).saying(says));
            return None;
        }
        let successor = words
            .build(&mut builder, policies, out)
            .and_then(|()| builder.finish_successor().map_err(Some))
            .map_err(|finding| out.extend(finding))
            .ok()?;
        let succession = Succession { on: instant(on)?, label: successor };
        if let Err(finding) = succession.check(&label, policies) {
            out.push(finding);
        }
        Some(WholeLabel { label, succession: Some(succession) })
    }

    /// Feeds the builder. `Err(None)` where `out` says already why there is no label.
    fn build(
        &self,
        builder: &mut LabelBuilder,
        policies: &PolicySet,
        out: &mut Vec<Finding>,
    ) -> Result<(), Option<Finding>> {
        self.prose(out);
        let date = |text: &Option<String>| match text {
            Some(text) => instant(text).map(Some).ok_or_else(|| Finding::new(marking::UNREADABLE_DATE)),
            None => Ok(None),
        };
        // A date that cannot be read is said behind what else is wrong.
        let made = date(&self.created).ok().flatten();
        builder.begin_made(policies, &self.policy, self.policy_id.as_deref(), made)?;
        builder.level(policies, &self.level)?;
        if let Some(mark) = &self.privacy {
            builder.privacy_mark(policies, mark)?;
        }
        for category in &self.categories {
            let (name, kind) = (category.name.as_str(), category.kind.as_str());
            builder.tag(policies, TagClaim { name, kind, id: category.id.as_deref() })?;
            for (form, text) in &category.values {
                if *form == Form::Coded {
                    let says = "a category has generic values only, no integers and no bit strings";
                    return Err(Some(Finding::new(marking::PROSE_RULE).saying(says)));
                }
                builder.value(policies, text)?;
            }
        }
        if let Some(at) = date(&self.created)? {
            builder.created(at)?;
        }
        if let Some(at) = date(&self.review)? {
            builder.review(at)?;
        }
        if let Some((on, _)) = &self.succession {
            builder.succession(instant(on).ok_or_else(|| Finding::new(marking::UNREADABLE_DATE))?)?;
        }
        Ok(())
    }

    /// What ADatP-4774 says in words of every label, beyond its schema.
    fn prose(&self, out: &mut Vec<Finding>) {
        let not_oid = |id: &str| !id.trim().starts_with("urn:oid:");
        let ids = self.categories.iter().filter_map(|category| category.id.as_deref());
        let rules = [
            (self.level_has_id, "a classification has no URI"),
            (
                self.policy_id.as_deref().into_iter().chain(ids).any(not_oid),
                "the URI of a policy or category begins with urn:oid:",
            ),
        ];
        let broken = rules.into_iter().filter(|(broken, _)| *broken);
        out.extend(broken.map(|(_, says)| Finding::new(marking::PROSE_RULE).saying(says)));
        if self.extensions > 0 {
            out.push(Finding::new(marking::UNKNOWN_EXTENSION));
        }
    }
}

fn owned(node: Node<'_, '_>, name: &str) -> Option<String> {
    node.attribute(name).map(String::from)
}

/// The instant that an `xs:dateTime` with a zone names.
fn instant(text: &str) -> Option<Time> {
    Time::parse(super::lexical::trim(text).as_bytes()).ok()
}

/// The kind of label that an element is.
pub(super) fn kind(root: Node<'_, '_>) -> Option<super::LabelKind> {
    let tag = root.tag_name();
    super::LabelKind::of_element(tag.name()).filter(|_| tag.namespace() == Some(LABEL))
}
