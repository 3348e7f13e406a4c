//! What stops a parse, or what is wrong with one value.

use lockgate_bytes::Span;
use lockgate_core::Reason;
use lockgate_reason::Code;
use lockgate_record::Place;

/// Something wrong at a place of the bytes. `says` is fixed text: payload has no way into it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) span: Span,
    pub(crate) says: Option<&'static str>,
}

/// A structural fault: nothing after it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    pub(crate) fault: Fault,
    pub(crate) place: Place,
}

impl Fault {
    pub(crate) fn new(code: Code, start: usize, end: usize) -> Self {
        Self { code, span: Span::new(start, end), says: None }
    }

    pub(crate) fn saying(mut self, says: &'static str) -> Self {
        self.says = Some(says);
        self
    }

    pub(crate) fn at(self, place: Place) -> Stop {
        Stop { fault: self, place }
    }

    pub(crate) fn reason(self, place: Place) -> Reason {
        let reason = Reason::new(self.code).at(place, self.span);
        match self.says {
            Some(says) => reason.saying(says),
            None => reason,
        }
    }
}

/// The sentences of both parsers, so that one fault reads alike whoever finds it.
pub(crate) mod says {
    pub(crate) const CUT_OFF: &str = "the object ends in the middle";
    pub(crate) const NO_NAME: &str =
        "no name where one must stand; names are of ASCII letters, digits, - _ . and one colon";
    pub(crate) const NO_SPACE: &str = "no white space before an attribute";
    pub(crate) const NO_EQUALS: &str = "no = after the name of an attribute";
    pub(crate) const NO_QUOTE: &str = "no quote around the value of an attribute";
    pub(crate) const RAW_LESS: &str = "a raw < in the value of an attribute";
    pub(crate) const NO_CLOSE: &str = "a tag is not closed with >";
    pub(crate) const WRONG_END: &str = "the closing tag is not that of the open element";
    pub(crate) const SECTION_END: &str = "]]> in text";
    pub(crate) const ENTITY: &str = "an entity or character reference other than &amp; &lt; &gt; &quot; &apos; (and &#10; in an attribute)";
    pub(crate) const DECLARATION: &str = "a comment, a document type declaration or a CDATA section";
    pub(crate) const INSTRUCTION: &str = "a processing instruction";
    pub(crate) const XINCLUDE: &str = "XInclude";
    pub(crate) const MANY_BINDINGS: &str = "more namespace declarations than this guard reads";
    pub(crate) const BAD_NAMESPACE: &str = "a namespace declaration that may not stand in any object";
    pub(crate) const FOREIGN: &str = "a namespace that the type does not know";
    pub(crate) const UNUSED: &str = "a namespace declaration that nothing uses";
    pub(crate) const NO_PREFIX: &str = "a prefix that is not declared";
    pub(crate) const PREFIXED: &str = "an attribute with a namespace prefix";
    pub(crate) const WRONG_ROOT: &str = "the root element is not that of the type";
    pub(crate) const IN_TEXT: &str = "an element inside a text";
    pub(crate) const DIGITS: &str = "more digits after the point than the type keeps";
    pub(crate) const LONG_NUMBER: &str = "more than 18 significant digits";
    pub(crate) const NOT_DECIMAL: &str = "no decimal number such as -12.5";
    pub(crate) const NOT_INTEGER: &str = "no whole number";
    pub(crate) const NOT_FLAG: &str = "neither true nor false";
    pub(crate) const NOT_TIME: &str = "no instant such as 2026-03-01T10:05:00Z; a zone is required";
    pub(crate) const NOT_CLOCK: &str = "no time of day as the type has it written";
    pub(crate) const NOT_LISTED: &str = "none of the values that the type lists";
    pub(crate) const NOT_ALLOWED: &str = "no code below those that the type allows";
    pub(crate) const NOT_FORM: &str = "not of the exact form that the type gives";
}
