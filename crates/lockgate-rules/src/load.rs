//! Rules as they are written: `rule "id" { when; require; otherwise; cites }`.

use crate::codes;
use lockgate_bytes::is_hidden;
use lockgate_notation::{At, Fields, Value};
use lockgate_reason::Outcome;

/// A rule of a file, its expressions not yet read.
#[derive(Clone, Debug)]
pub struct RuleSource<'n> {
    /// Its identifier.
    pub id: At<&'n str>,
    /// When it applies; always where there is none.
    pub when: Option<&'n Value>,
    /// What must be true.
    pub require: &'n Value,
    /// What becomes of an object that does not meet it.
    pub outcome: Outcome,
    /// One sentence for the account.
    pub says: &'n str,
    /// The field for the account, where the author names one.
    pub field: Option<At<&'n str>>,
    /// What it rests on.
    pub cites: Option<&'n str>,
}

/// Reads all `rule` parts of a file or of a lane; what is wrong is reported, and the rule is left out.
///
/// The second result is false where one was.
pub fn rules<'n>(fields: &mut Fields<'n, '_>) -> (Vec<RuleSource<'n>>, bool) {
    let mut rules = Vec::new();
    let mut whole = true;
    for node in fields.children("rule") {
        match fields.read(node, rule) {
            Some(rule) => rules.push(rule),
            None => whole = false,
        }
    }
    (rules, whole)
}

/// Reads one rule.
fn rule<'n>(fields: &mut Fields<'n, '_>) -> Option<RuleSource<'n>> {
    let id = fields.arg_text("the id of the rule");
    let when = fields.within_opt("when", |part| part.arg_expression("a condition"));
    let require = fields.within("require", |part| part.arg_expression("a condition"));
    let otherwise = fields.within("otherwise", |part| {
        let outcome = part.arg_word("what becomes of the object", &["refuse", "hold"]);
        (outcome, part.prop_text("says"), part.prop_text_opt("field"))
    });
    let cites = fields.child_text_opt("cites");
    let id = id?;
    if !is_rule_id(id.value) {
        let message = format!("`{}` is no rule id", id.value.escape_debug());
        fields.error(&codes::RULE_ID, id.span, message);
        return None;
    }
    let (outcome, says, field) = otherwise?;
    let says = says?;
    for sentence in [Some(says), cites].into_iter().flatten() {
        if sentence.value.contains(is_hidden) {
            let message = "this is shown to people, and holds a line end or a character that cannot be seen";
            fields.error(&codes::HIDDEN_TEXT, sentence.span, message);
            return None;
        }
    }
    Some(RuleSource {
        id,
        when: match when {
            Some(when) => Some(when?.value),
            None => None,
        },
        require: require??.value,
        outcome: if outcome?.value == "hold" { Outcome::Hold } else { Outcome::Refuse },
        says: says.value,
        field,
        cites: cites.map(|cites| cites.value),
    })
}

/// Names `[a-z][a-z0-9-]*` with points between them, at most 64 characters.
fn is_rule_id(id: &str) -> bool {
    id.len() <= 64
        && id.split('.').all(|name| {
            name.starts_with(|first: char| first.is_ascii_lowercase())
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::is_rule_id;

    #[test]
    fn a_rule_id_is_made_of_names() {
        assert!(is_rule_id("spot.window") && is_rule_id("a") && is_rule_id("cot-2.a-1.b"));
        for id in ["", ".", "a.", ".a", "A", "a b", "1a", "a..b"] {
            assert!(!is_rule_id(id), "{id}");
        }
    }
}
