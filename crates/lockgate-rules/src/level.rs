//! Levels and the values of a label's tags: constants of a policy, found when the rules load.

use crate::check::Checker;
use crate::codes;
use crate::operand::Operand;
use crate::syntax::Expr;
use crate::typed::Condition;
use lockgate_bytes::Span;

impl<'s> Checker<'s, '_, '_> {
    /// `level('NAME')` or `level('NAME', 'POLICY')`
    pub(crate) fn level(&mut self, level: &Expr, policy: Option<&Expr>) -> Option<Operand<'s>> {
        let name = self.constant_text(level)?;
        let Some(policies) = self.scope.policies else {
            self.report.error(&codes::NOT_IN_SCOPE, level.span, "levels cannot be asked here");
            return None;
        };
        let index = match policy {
            None => self.scope.policy,
            Some(policy) => {
                let written = self.constant_text(policy)?;
                let found = policies.named(written);
                if found.is_none() {
                    let known: Vec<&str> = policies.iter().map(|(_, policy)| policy.name()).collect();
                    let message = format!("there is no policy '{written}'");
                    self.report.unknown(&codes::POLICY, policy.span, message, written, known.iter().copied());
                    return None;
                }
                found
            }
        };
        let Some(index) = index else {
            let message = "there is no lane here whose policy could be meant";
            self.report.error(&codes::POLICY, level.span, message).help("write level('NAME', 'POLICY')");
            return None;
        };
        let found = policies.level_in(index, name);
        if found.is_none() {
            let policy = policies.policy(index)?;
            let known: Vec<&str> = policy.levels().collect();
            let message = format!("policy {} has no level '{name}'", policy.name());
            self.report.unknown(&codes::LEVEL, level.span, message, name, known.iter().copied());
        }
        found.map(|level| Operand::Level(Some(level)))
    }

    /// `'value' in label.values('tag')`
    pub(crate) fn label_says(
        &mut self,
        tag: &str,
        tag_span: Span,
        value: &str,
        span: Span,
    ) -> Option<Condition> {
        let policies = self.scope.policies?;
        let Some(index) = self.scope.policy else {
            self.report.error(&codes::POLICY, tag_span, "there is no lane here whose policy could be meant");
            return None;
        };
        if let Some(found) = policies.category(index, tag, value) {
            return Some(Condition::LabelSays(found));
        }
        let policy = policies.policy(index)?;
        if policy.tags().any(|known| known == tag) {
            let message = format!("tag '{tag}' of policy {} has no value '{value}'", policy.name());
            self.report.error(&codes::LABEL_VALUE, span, message);
        } else {
            let known: Vec<&str> = policy.tags().collect();
            let message = format!("policy {} has no tag '{tag}'", policy.name());
            self.report.unknown(&codes::LABEL_VALUE, tag_span, message, tag, known.iter().copied());
        }
        None
    }
}
