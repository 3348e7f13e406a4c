//! A label as text.

use super::{Policy, Tag, nato};
use crate::Label;
use crate::bits::Bits;
use core::fmt;

impl Policy {
    /// Writes policy word, level, then each tag with its values in the policy's order. Labels of the NATO policy are
    /// written as ADatP-4774 does: the context is part of the policy word (`NATO/KFOR`), TOP SECRET is COSMIC TOP
    /// SECRET, `Releasable` is not written, and the context is left out of the list behind `Releasable To`.
    pub(crate) fn render(&self, label: &Label, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contexts = if self.is_nato() { self.contexts(label) } else { Bits::EMPTY };
        let level = self.level_name(label.level).unwrap_or("?");
        if self.is_nato() && level == "TOP SECRET" {
            out.write_str("COSMIC")?;
        } else {
            out.write_str(&self.name)?;
        }
        for context in contexts.iter().filter(|value| !self.same_name(self.value_name(*value))) {
            write!(out, "/{}", self.value_name(context))?;
        }
        write!(out, " {level}")?;
        for view in self.tag_views(label) {
            let Some(tag) = self.tag(view.tag) else { continue };
            if view.nobody {
                write!(out, " {} (nobody)", tag.name)?;
            } else if !(self.is_nato() && tag.set_id == nato::CONTEXT) {
                self.render_tag(tag, &view.values, &contexts, out)?;
            }
        }
        for mark in self.privacy.names(label.privacy) {
            write!(out, " Privacy Mark {mark}")?;
        }
        Ok(())
    }

    fn render_tag(
        &self,
        tag: &Tag,
        values: &Bits,
        contexts: &Bits,
        out: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        let is_context = |value: u16| {
            self.is_nato()
                && tag.set_id == nato::RELEASABLE_TO
                && contexts
                    .iter()
                    .any(|context| self.compare.equal(self.value_name(context), self.value_name(value)))
        };
        let mut between = "";
        for value in values.iter().filter(|value| !is_context(*value)) {
            if between.is_empty() {
                write!(out, " {} ", tag.name)?;
            }
            write!(out, "{between}{}", self.value_name(value))?;
            between = ", ";
        }
        Ok(())
    }

    /// The values of `Context` that name a context: all but `Releasable`.
    pub(crate) fn contexts(&self, label: &Label) -> Bits {
        let of_context = self.tags.iter().filter(|tag| tag.set_id == nato::CONTEXT);
        let all = of_context.fold(Bits::EMPTY, |all, tag| all.or(&tag.values));
        let named = |value: &u16| !self.compare.equal(self.value_name(*value), "Releasable");
        label.values.and(&all).iter().filter(named).collect()
    }
}
