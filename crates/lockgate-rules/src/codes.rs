//! The codes of this room's diagnostics: one table, from which the documentation is printed.

use lockgate_notation::DiagnosticCode;

/// Every code of this room, in order. `E04x` are warnings, all others are errors.
pub fn codes() -> &'static [DiagnosticCode] {
    TABLE
}

lockgate_notation::diagnostic_codes! {
    CHARACTER = "E001", "character without a meaning",
        "The expression holds a character that the rule language does not use there.",
        "strings stand in single quotes; `&&`, `||` and `==` are written twice";
    STRING = "E002", "string not closed, or a wrong escape",
        "A string is opened and not closed, or has an escape other than \\' and \\\\.",
        "close the string with a single quote; only \\' and \\\\ are escapes";
    NUMBER = "E003", "not a number of the rule language",
        "A number has an exponent, no digit on one side of the point, or more than 18 digits.",
        "write a whole number or an exact decimal: 500, -0.25, 0xB0A1";
    TOO_DEEP = "E004", "nested too deeply",
        "Parentheses, lists, calls or chains of operators are nested more than 32 levels deep.",
        "split the rule in two; all rules must hold anyway";
    TOO_LONG = "E005", "expression too long",
        "The expression has more than 2,000 words and signs.",
        "split the rule in two, or use `in` with a list";
    SYNTAX = "E006", "not an expression",
        "The expression ends too early, or something stands where something else must.",
        "compare the expression with the examples in docs/RULES.md";
    RESERVED = "E007", "reserved word",
        "The word is reserved by CEL and names nothing.",
        "fields and loop variables need another name";
    UNKNOWN_NAME = "E010", "unknown name",
        "The name is neither the record, nor one of the names in scope, nor a loop variable.",
        "begin a field with the name of the record";
    UNKNOWN_FIELD = "E011", "unknown field",
        "The type describes no such field.",
        "look the field up in the type's description";
    UNKNOWN_FUNCTION = "E012", "unknown function",
        "There is no such function, or it does not belong to what stands before the point.",
        "the functions are level, duration, timestamp, size, has, startsWith, endsWith, contains, all, exists";
    ARGUMENTS = "E013", "wrong arguments",
        "The function has too many or too few arguments, or one that must be written out is not.",
        "write the arguments as the message says";
    NOT_IN_SCOPE = "E014", "not in scope here",
        "The name exists, but not for this kind of expression: lane rules have no record, categories have no label.",
        "move the condition to a rule of the type";
    OPERANDS = "E020", "values of different kinds",
        "The operator or function cannot take values of these kinds.",
        "compare like with like; nothing converts silently";
    UNITS = "E021", "different units",
        "Two quantities of different units meet. Nothing converts silently.",
        "compare fields of one unit, or change the type's unit";
    NOT_IN_VOCABULARY = "E022", "not in the vocabulary",
        "The field has a closed vocabulary, and this is no word of it.",
        "use one of the field's own names";
    NOT_BOOLEAN = "E023", "not a condition",
        "The expression, or an operand of `&&`, `||`, `!` or `? :`, is not true or false.",
        "compare the value with something";
    LIST = "E024", "not a list to look in",
        "`in` needs a list of constants of one kind, or the values of a tag of the label.",
        "write ['A', 'B'] or label.values('Tag')";
    LEVEL = "E025", "unknown level",
        "The policy has no such level.",
        "use the level's name as the policy writes it";
    POLICY = "E026", "unknown policy",
        "The bundle has no such policy, or the rule has no lane whose policy could be meant.",
        "name the policy as policies/<name>/policy.kdl does";
    LABEL_VALUE = "E027", "unknown tag or value",
        "The policy has no such tag, or the tag has no such value.",
        "use the names as the policy writes them";
    CONSTANT = "E028", "not a duration or instant",
        "The text is not a duration such as '20s', or not an instant such as '2026-03-01T10:05:00Z'.",
        "write duration('20s') or timestamp('2026-03-01T10:05:00Z')";
    NEVER_COMPARES = "E029", "levels that never compare",
        "Levels of different policies have no order; the rule could never be evaluated.",
        "compare with a level of the lane's policy";
    LOOP = "E030", "loop not possible",
        "`all` and `exists` run over a list of the record, with a new name for its rows, at most four inside one another; one inside another runs over a list of the row.",
        "write list.all(row, row.field == 1); take a condition that is the same for every row out of the loop";
    PATH = "E031", "not a path of fields",
        "`has` asks about a field by its path and about nothing else; a section or list is no value.",
        "write has(record.field), or name a field of the section";
    TOO_LARGE = "E032", "rule set too large",
        "The rules of one program have more than 4,096 distinct conditions, or more than 65,535 steps.",
        "remove rules, or spread them over several types";
    UNGUARDED = "E040", "optional field read without asking",
        "A field that may be absent or unknown is read. Where it is, the rule cannot be evaluated and the object is refused.",
        "ask first: has(field) && ...; or !has(field) || ... where absence is fine";
    ALWAYS = "E041", "condition that never changes",
        "The condition is the same for every object.",
        "remove the condition, or correct it";
    OUT_OF_BOUNDS = "E042", "comparison outside of the field's bounds",
        "The field's bounds, characters or vocabulary settle the comparison for every object.",
        "compare with a value that the field can have";
    MIXED_LETTERS = "E043", "letters of two alphabets in one word",
        "A word of the text has Latin letters and letters of another alphabet, which may look the same. Texts are compared letter by letter.",
        "write the word in the alphabet that objects use";
    REPEATED_RULE = "E050", "rule id stands twice",
        "Two rules have the same id; an account could not say which one is meant.",
        "give every rule an id of its own";
    RULE_ID = "E051", "not a rule id",
        "A rule id is made of names with points between them, at most 64 characters.",
        "write type.subject, such as spot.window";
    NO_FIELD = "E052", "not a field of the record",
        "`field=` names no field of the type.",
        "write the path of a field, begun with the record's name";
    HIDDEN_TEXT = "E053", "sentence with a hidden character",
        "What a rule `says` or `cites` stands in accounts and on terminals, and this holds a control, a line end or another character that cannot be seen.",
        "write one line of plain text";
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn codes_are_in_order_and_complete() {
        for pair in codes().windows(2) {
            assert!(pair[0].id < pair[1].id, "{} before {}", pair[0].id, pair[1].id);
        }
        for code in codes() {
            assert!(code.id.len() == 4 && code.id.starts_with('E'));
            assert!(!code.title.is_empty() && code.cause.ends_with('.') && !code.remedy.is_empty());
        }
    }
}
