//! The codes of this room's diagnostics: one table, from which the documentation is printed.

/// One entry in a table of diagnostics. Other rooms keep tables of their own of the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiagnosticCode {
    /// The stable code, a letter for the room and three digits: `N009`. Never reused for something else.
    pub id: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// How it comes about.
    pub cause: &'static str,
    /// What the author does about it; also the help of a diagnostic that has no better one.
    pub remedy: &'static str,
}

/// Defines a table of diagnostics: a constant for each entry, visible in its own crate, and the slice `TABLE` of all of them.
///
/// An entry is `NAME = "N001", "title", "cause", "remedy";`.
#[macro_export]
macro_rules! diagnostic_codes {
    ($($name:ident = $id:literal, $title:literal, $cause:literal, $remedy:literal;)*) => {
        $(
            pub(crate) const $name: $crate::DiagnosticCode =
                $crate::DiagnosticCode { id: $id, title: $title, cause: $cause, remedy: $remedy };
        )*
        const TABLE: &[$crate::DiagnosticCode] = &[$($name),*];
    };
}

/// Every code of this room, in order.
pub fn codes() -> &'static [DiagnosticCode] {
    TABLE
}

diagnostic_codes! {
    TOO_LARGE = "N001", "file too large",
        "The file is larger than 1 MiB.",
        "split the file; a word list belongs in a file of its own";
    NOT_UTF8 = "N002", "not UTF-8",
        "The file holds bytes that are not UTF-8.",
        "save the file as UTF-8 without a byte order mark";
    FORBIDDEN_CHARACTER = "N003", "forbidden character",
        "A control, zero-width or direction-changing character, a byte order mark, or a space that is not the plain one outside of a string: what a reviewer sees would not be what the engine reads.",
        "remove the character, or write it in a string as \\u{...}";
    TOO_DEEP = "N004", "nested too deeply",
        "Parts, or block comments, are nested more than 32 levels deep.",
        "flatten the file; no part of the notation needs more than a few levels";
    SYNTAX = "N005", "not KDL 2",
        "The text does not follow the grammar of KDL 2.",
        "write `noun \"name\" setting=value { parts }`, one node a line";
    UNTERMINATED = "N006", "unterminated string, comment or part",
        "A string, block comment or `{` is opened and not closed.",
        "close it; a string over several lines begins and ends with three quotes";
    TYPE_ANNOTATION = "N007", "type annotation",
        "A value or node has a KDL type annotation `(x)`. The notation has none.",
        "remove the annotation; the node and the setting say what a value is";
    FORBIDDEN_KEYWORD = "N008", "forbidden keyword",
        "`#null`, `#inf`, `#-inf`, `#nan`, or a keyword that does not exist.",
        "leave the setting out, or write #true, #false or a number";
    REPEATED_PROPERTY = "N009", "repeated property",
        "One node has the same property twice. KDL would silently keep the last one.",
        "keep one of the two";
    DISABLED_PART = "N010", "disabled part",
        "A part is disabled by `/-`. This is allowed while editing; a bundle with it does not build.",
        "remove the part, or the `/-`";
    INEXACT_NUMBER = "N011", "number that cannot be kept exactly",
        "The number has more than 18 digits or an exponent.",
        "write at most 18 digits, without an exponent";
    READERS_DISAGREE = "N012", "two readings",
        "Our reader and the kdl library read the text differently, so it has no one meaning.",
        "write the part in the plainest way: one node a line, strings on one line";
    NOT_A_VALUE = "N013", "must be quoted",
        "A bare text starts with a digit, sign or point and is not a number, or is a keyword without `#`.",
        "put it in double quotes; booleans are #true and #false";
    TOO_MANY_PROPERTIES = "N014", "too many properties",
        "One node has more than 64 properties. Each has to be held against those before it.",
        "remove what the node does not have; several things are several nodes";
    UNKNOWN_PROPERTY = "N020", "unknown property",
        "The node does not have this property.",
        "remove the property, or correct its name";
    UNKNOWN_PART = "N021", "unknown part",
        "The node does not have this part.",
        "remove the part, or correct its name";
    UNEXPECTED_ARGUMENT = "N022", "unexpected argument",
        "The node has more arguments than it can use.",
        "remove the argument, or write it as a setting";
    MISSING_ARGUMENT = "N023", "missing argument",
        "The node needs an argument that is not there.",
        "write it after the noun";
    MISSING_PROPERTY = "N024", "missing property",
        "The node needs a property that is not there.",
        "write it as setting=value";
    MISSING_PART = "N025", "missing part",
        "The node needs a part that is not there.",
        "write the part inside the braces of the node";
    REPEATED_PART = "N026", "repeated part",
        "A part that may stand once stands twice.",
        "keep one of the two";
    REPEATED_ARGUMENT = "N027", "repeated argument",
        "The same value stands twice in one list.",
        "keep one of the two";
    WRONG_KIND = "N030", "wrong kind of value",
        "The value is of another kind than the setting: text, number or boolean.",
        "write a value of the kind that the message asks for";
    NOT_A_WORD = "N031", "not one of the words",
        "The setting knows a closed list of words, and this is none of them.",
        "use one of the words that the message lists";
    NOT_A_NAME = "N032", "not a name",
        "A name is [a-z][a-z0-9-]*, at most 64 characters.",
        "use small letters, digits and hyphens, a letter first";
    NOT_A_FIELD_NAME = "N033", "not a field name",
        "A field name is [a-z_][a-z0-9_]*, at most 64 characters, and no reserved word of CEL.",
        "use small letters, digits and underscores; the name on the wire goes into as=";
    NOT_A_DURATION = "N034", "not a duration",
        "The text is no duration, or a negative one.",
        "write a whole number with its unit in quotes: \"250ms\", \"20s\", \"5m\", \"4h\"";
    NOT_A_SIZE = "N035", "not a size",
        "The text is no size.",
        "write a whole number with its unit in quotes: \"512B\", \"4KiB\", \"20MiB\", \"1GiB\"";
    NOT_A_RATE = "N036", "not a rate",
        "The text is no rate.",
        "write a whole number with its unit in quotes: \"500kbit/s\", \"2Mbit/s\"; objects are counted as \"2000/s\"";
    NOT_A_TIME = "N037", "not a time",
        "The text is neither an RFC 3339 instant with Z nor a date.",
        "write \"2026-03-01T10:05:00Z\" or \"2026-03-01\" in quotes; all times are UTC";
    OUT_OF_RANGE = "N038", "number out of range",
        "The number is negative, has a fraction or is too large for the setting.",
        "write a number in the range that the message gives";
    EMPTY_TEXT = "N039", "empty text",
        "A text that names something is empty.",
        "write the text, or leave the setting out";
    NOT_KEPT = "N040", "layout not possible",
        "The printer could not lay the file out without changing what it says. The file is left as it is.",
        "write the part in the plainest way: one node a line, comments on lines of their own";
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
            assert!(code.id.len() == 4 && code.id.starts_with('N'));
            assert!(!code.title.is_empty() && code.cause.ends_with('.') && !code.remedy.is_empty());
        }
    }
}
