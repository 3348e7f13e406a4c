//! Why an object does not simply cross.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Deref;
use lockgate_bytes::Span;
use lockgate_reason::{Code, Finding, Outcome};
use lockgate_record::{Place, Shape};

/// A code with everything a person needs to act on it: rule, field, span, words and citation. Never payload.
#[derive(Clone, Debug)]
pub struct Reason {
    /// The stable code.
    pub code: Code,
    /// Hold or refuse: the code's own outcome unless rule or lane says otherwise.
    pub outcome: Outcome,
    /// The authored rule, word list or agreement that it comes from.
    pub rule: Option<Arc<str>>,
    /// The field.
    pub place: Option<Place>,
    /// A place that is not in the object but in what came with it, by a name for people; `place` is `None` then.
    pub beside: Option<Arc<str>>,
    /// Where in the object, or in what came with it.
    pub span: Option<Span>,
    /// One sentence.
    pub says: Says,
    /// The source of the rule: document, edition, section.
    pub cites: Option<Arc<str>>,
}

impl Reason {
    /// The code with its own words and outcome.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            outcome: code.outcome(),
            rule: None,
            place: None,
            beside: None,
            span: None,
            says: Says::Fixed(code.says()),
            cites: None,
        }
    }

    /// At this field and span.
    #[must_use]
    pub fn at(mut self, place: Place, span: Span) -> Self {
        self.place = Some(place);
        self.span = Some(span);
        self
    }

    /// At a place beside the object.
    #[must_use]
    pub fn beside(mut self, path: &Arc<str>, span: Option<Span>) -> Self {
        self.beside = Some(path.clone());
        self.span = span;
        self
    }

    /// The field or the place beside the object, as it is shown; `None` where there is none.
    pub fn field(&self, shape: Option<&Shape>) -> Option<String> {
        match (&self.beside, self.place, shape) {
            (Some(path), ..) => Some(String::from(&**path)),
            (None, Some(place), Some(shape)) => {
                let mut path = String::new();
                // Writing to a String cannot fail.
                let _ = place.write(shape, &mut path);
                Some(path)
            }
            _ => None,
        }
    }

    /// With more precise words.
    #[must_use]
    pub fn saying(mut self, says: impl Into<Says>) -> Self {
        self.says = says.into();
        self
    }
}

impl From<Finding> for Reason {
    fn from(finding: Finding) -> Self {
        Self { span: finding.span, says: finding.says.into(), ..Self::new(finding.code) }
    }
}

/// The sentence of a reason: fixed words, words of an authored file shared with it, or words made for this object.
#[derive(Clone, Debug)]
pub enum Says {
    /// Words of this program.
    Fixed(&'static str),
    /// Words of an authored file.
    Authored(Arc<str>),
    /// Words made for this object.
    Made(String),
}

impl Deref for Says {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Fixed(says) => says,
            Self::Authored(says) => says,
            Self::Made(says) => says,
        }
    }
}

impl fmt::Display for Says {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self)
    }
}

impl From<&'static str> for Says {
    fn from(says: &'static str) -> Self {
        Self::Fixed(says)
    }
}

impl From<String> for Says {
    fn from(says: String) -> Self {
        Self::Made(says)
    }
}

impl From<Arc<str>> for Says {
    fn from(says: Arc<str>) -> Self {
        Self::Authored(says)
    }
}

impl From<Cow<'static, str>> for Says {
    fn from(says: Cow<'static, str>) -> Self {
        match says {
            Cow::Borrowed(says) => Self::Fixed(says),
            Cow::Owned(says) => Self::Made(says),
        }
    }
}
