//! A label as text and as JSON, kept from object to object: most objects of a lane carry the same label.

use crate::json::{Json, quote};
use alloc::string::String;
use core::fmt::Write;
use lockgate_marking::{Label, PolicySet};

/// The label shown last.
#[derive(Debug, Default)]
pub(crate) struct ShownLabel {
    label: Option<Label>,
    text: String,
    json: String,
}

impl ShownLabel {
    /// Shows `label`, unless it is shown already.
    pub(crate) fn show(&mut self, label: &Label, policies: &PolicySet) {
        if self.label.is_some_and(|shown| shown.says_the_same_as(label)) {
            return;
        }
        self.label = Some(*label);
        self.text.clear();
        self.json.clear();
        write_text(label, policies, &mut self.text);
        write_json(label, &self.text, policies, &mut self.json);
    }

    /// The text of `label` as a JSON string, where it is the one shown.
    pub(crate) fn text_of(&self, label: &Label) -> Option<&str> {
        self.label.is_some_and(|shown| shown.says_the_same_as(label)).then_some(&*self.text)
    }

    /// `label` as a JSON object, where it is the one shown.
    pub(crate) fn json_of(&self, label: &Label) -> Option<&str> {
        self.label.is_some_and(|shown| shown.says_the_same_as(label)).then_some(&*self.json)
    }
}

/// Appends the label's text as a JSON string.
pub(crate) fn write_text(label: &Label, policies: &PolicySet, out: &mut String) {
    out.push('"');
    // Names of policies are checked at load: nothing in them needs escaping. Writing to a String cannot fail.
    let _ = write!(out, "{}", label.text(policies));
    out.push('"');
}

/// Appends `label` as a JSON object.
pub(crate) fn write(label: &Label, policies: &PolicySet, out: &mut String) {
    let mut text = String::new();
    write_text(label, policies, &mut text);
    write_json(label, &text, policies, out);
}

fn write_json(label: &Label, text: &str, policies: &PolicySet, out: &mut String) {
    let Some(policy) = policies.policy(label.policy()) else {
        out.push_str("null");
        return;
    };
    let mut json = Json::object(out);
    json.text("policy", policy.name());
    json.text("policy_id", policy.id());
    json.text("edition", policy.edition());
    json.text("level", policies.level_name(label.level()).unwrap_or(""));
    let categories = json.key("categories");
    categories.push('[');
    for (index, category) in label.tags(policies).enumerate() {
        if index > 0 {
            categories.push(',');
        }
        let mut json = Json::object(categories);
        json.text("tag", category.name());
        json.text("type", category.kind().name());
        let values = json.key("values");
        values.push('[');
        for (index, value) in category.values().enumerate() {
            if index > 0 {
                values.push(',');
            }
            quote(values, value);
        }
        values.push(']');
        json.end();
    }
    categories.push(']');
    json.key("text").push_str(text);
    json.end();
}
