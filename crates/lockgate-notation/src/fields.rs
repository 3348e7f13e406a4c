//! The query reader: a loader takes from a node what it knows, and whatever is left is an error.

use std::ops::Deref;

use lockgate_bytes::Span;

use crate::codes;
use crate::{DiagnosticCode, Diagnostics, Node, Prop, Value, closest};

/// Something read, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// What was read.
    pub value: T,
    /// Where it stands in the file.
    pub span: Span,
}

impl<T> At<T> {
    /// `value`, read at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), span: self.span }
    }
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A consuming reader over one node.
///
/// Arguments are taken in order, properties and parts by name. Every call reports what is wrong into the diagnostics
/// and returns `None` (or leaves it out), so a loader goes on and all errors are found in one go. What was not taken
/// when the reader ends by [`Fields::finish`] is reported as unknown, with a "did you mean" over the names that were
/// asked for; so ask for everything before giving up on a `None`. A reader that is dropped instead reports the same,
/// unless there is an error already.
pub struct Fields<'n, 'd> {
    pub(crate) node: &'n Node,
    pub(crate) diagnostics: &'d mut Diagnostics,
    pub(crate) next_arg: usize,
    asked_props: Vec<&'static str>,
    asked_children: Vec<&'static str>,
    any_prop: bool,
    finished: bool,
}

impl<'n, 'd> Fields<'n, 'd> {
    /// A reader over `node` that reports into `diagnostics`, whose present file must be that of the node.
    pub fn of(node: &'n Node, diagnostics: &'d mut Diagnostics) -> Self {
        let (asked_props, asked_children) = (Vec::new(), Vec::new());
        Self { node, diagnostics, next_arg: 0, asked_props, asked_children, any_prop: false, finished: false }
    }

    /// The node that is read.
    pub fn node(&self) -> &'n Node {
        self.node
    }

    /// The noun of the node.
    pub fn noun(&self) -> &'n str {
        &self.node.name
    }

    /// Where the noun stands; the place to report what is wrong with the node as a whole.
    pub fn noun_span(&self) -> Span {
        self.node.name_span
    }

    /// The diagnostics, for a reader over a part.
    pub fn diagnostics(&mut self) -> &mut Diagnostics {
        self.diagnostics
    }

    /// Reports an error of the loader's own at `span`; returns it, for labels and help.
    pub fn error(
        &mut self,
        code: &DiagnosticCode,
        span: Span,
        message: impl Into<String>,
    ) -> &mut crate::Diagnostic {
        self.diagnostics.error(code, span, message)
    }

    /// The next argument, of any kind, where there is one.
    pub fn arg_opt(&mut self) -> Option<&'n Value> {
        let value = self.node.args.get(self.next_arg)?;
        self.next_arg = self.next_arg.saturating_add(1);
        Some(value)
    }

    /// The next argument, of any kind; missing is an error. `what` names it: "the name of the lane".
    pub fn arg(&mut self, what: &str) -> Option<&'n Value> {
        let value = self.arg_opt();
        if value.is_none() {
            let message = format!("`{}` needs {what}, as an argument", self.shown());
            self.diagnostics.error(&codes::MISSING_ARGUMENT, self.place(), message);
        }
        value
    }

    /// All arguments that are left, of any kind.
    pub fn args(&mut self) -> Vec<&'n Value> {
        std::iter::from_fn(|| self.arg_opt()).collect()
    }

    /// The property `name`, of any kind, where it is there.
    pub fn prop_opt(&mut self, name: &'static str) -> Option<&'n Prop> {
        if !self.asked_props.contains(&name) {
            self.asked_props.push(name);
        }
        self.node.props.iter().find(|prop| prop.name == name)
    }

    /// The property `name`, of any kind; missing is an error.
    pub fn prop(&mut self, name: &'static str) -> Option<&'n Prop> {
        let prop = self.prop_opt(name);
        if prop.is_none() {
            let message = format!("`{}` needs `{name}=`", self.shown());
            self.diagnostics.error(&codes::MISSING_PROPERTY, self.place(), message);
        }
        prop
    }

    /// All properties that were not asked for by name: for a node whose settings are the author's own words.
    pub fn props_left(&mut self) -> Vec<&'n Prop> {
        self.any_prop = true;
        self.node.props.iter().filter(|prop| !self.asked_props.contains(&prop.name.as_str())).collect()
    }

    /// All parts named `noun`, in order; may be none.
    pub fn children(&mut self, noun: &'static str) -> Vec<&'n Node> {
        self.children_of(&[noun])
    }

    /// All parts whose noun is one of `nouns`, in the order of the file; may be none.
    pub fn children_of(&mut self, nouns: &[&'static str]) -> Vec<&'n Node> {
        for noun in nouns {
            if !self.asked_children.contains(noun) {
                self.asked_children.push(noun);
            }
        }
        self.node.children.iter().filter(|child| nouns.contains(&child.name.as_str())).collect()
    }

    /// All parts named `noun`, in order; none is an error.
    pub fn children_some(&mut self, noun: &'static str) -> Vec<&'n Node> {
        let found = self.children(noun);
        if found.is_empty() {
            self.missing_child(noun);
        }
        found
    }

    /// The part named `noun`, where it is there; a second one is an error.
    pub fn child_opt(&mut self, noun: &'static str) -> Option<&'n Node> {
        let found = self.children(noun);
        let first = found.first().copied()?;
        for again in found.iter().skip(1) {
            let message = format!("`{noun}` may stand once here");
            let diagnostic = self.diagnostics.error(&codes::REPEATED_PART, again.name_span, message);
            diagnostic.label(first.name_span, "the first one");
        }
        Some(first)
    }

    /// The part named `noun`; missing or a second one is an error.
    pub fn child(&mut self, noun: &'static str) -> Option<&'n Node> {
        let found = self.child_opt(noun);
        if found.is_none() {
            self.missing_child(noun);
        }
        found
    }

    /// Reads the part named `noun`, where it is there, with `read`, and finishes it; a second one is an error.
    pub fn within_opt<T>(
        &mut self,
        noun: &'static str,
        read: impl FnOnce(&mut Fields<'n, '_>) -> T,
    ) -> Option<T> {
        let node = self.child_opt(noun)?;
        Some(self.read(node, read))
    }

    /// Reads the part named `noun` with `read`, and finishes it; missing or a second one is an error.
    pub fn within<T>(
        &mut self,
        noun: &'static str,
        read: impl FnOnce(&mut Fields<'n, '_>) -> T,
    ) -> Option<T> {
        let node = self.child(noun)?;
        Some(self.read(node, read))
    }

    /// Reads every part named `noun` with `read`, in order, and finishes each.
    pub fn each<T>(&mut self, noun: &'static str, mut read: impl FnMut(&mut Fields<'n, '_>) -> T) -> Vec<T> {
        let found = self.children(noun);
        found.into_iter().map(|node| self.read(node, &mut read)).collect()
    }

    /// Reads `node`, a part of this one, with `read`, and finishes it.
    pub fn read<T>(&mut self, node: &'n Node, read: impl FnOnce(&mut Fields<'n, '_>) -> T) -> T {
        let mut part = Fields::of(node, self.diagnostics);
        let value = read(&mut part);
        part.finish();
        value
    }

    /// Ends the reading: reports every argument, property and part that was not taken.
    pub fn finish(mut self) {
        self.report_left();
    }

    /// What to call the node in a message.
    pub(crate) fn shown(&self) -> &'n str {
        if self.node.name.is_empty() { "the file" } else { &self.node.name }
    }

    /// Where something that is missing is missed.
    pub(crate) fn place(&self) -> Span {
        self.node.name_span
    }

    fn missing_child(&mut self, noun: &str) {
        let message = match self.node.name.as_str() {
            "" => format!("the file needs `{noun}`"),
            name => format!("`{name}` needs the part `{noun}`"),
        };
        self.diagnostics.error(&codes::MISSING_PART, self.place(), message);
    }

    fn report_left(&mut self) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        for value in self.node.args.iter().skip(self.next_arg) {
            let message = format!("`{}` has no use for this argument", self.shown());
            self.diagnostics.error(&codes::UNEXPECTED_ARGUMENT, value.span, message);
        }
        for prop in self.node.props.iter().filter(|_| !self.any_prop) {
            if !self.asked_props.contains(&prop.name.as_str()) {
                let message = format!("`{}` has no property `{}`", self.shown(), prop.name);
                let help = choice("property", &prop.name, &self.asked_props);
                self.diagnostics.error(&codes::UNKNOWN_PROPERTY, prop.name_span, message).help(help);
            }
        }
        for child in &self.node.children {
            if !self.asked_children.contains(&child.name.as_str()) {
                let message = match self.node.name.as_str() {
                    "" => format!("`{}` does not belong at the top of this file", child.name),
                    name => format!("`{name}` has no part `{}`", child.name),
                };
                let help = choice("part", &child.name, &self.asked_children);
                self.diagnostics.error(&codes::UNKNOWN_PART, child.name_span, message).help(help);
            }
        }
    }
}

impl Drop for Fields<'_, '_> {
    /// A reader that is forgotten still reports what it did not take. A loader that gave up on an error is not
    /// told about all that it did not come to.
    fn drop(&mut self) {
        if !self.diagnostics.has_errors() {
            self.report_left();
        }
    }
}

/// "did you mean", or else all there is.
fn choice(what: &str, written: &str, known: &[&'static str]) -> String {
    match closest(written, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None if known.is_empty() => format!("no {what} is possible here; remove it"),
        None => format!("possible here: {}", known.join(", ")),
    }
}
