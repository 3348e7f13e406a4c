//! Compares what something would be written as with what stands there, without keeping it.

use core::fmt;

/// What is left of a text that has to be equal.
pub(crate) struct Same<'t> {
    rest: Option<&'t [u8]>,
}

impl<'t> Same<'t> {
    /// The text has to be what is written from now on.
    pub(crate) fn as_what_is_in(text: &'t [u8]) -> Self {
        Self { rest: Some(text) }
    }

    /// True where it was, all of it.
    pub(crate) fn is_all(&self) -> bool {
        self.rest.is_some_and(<[u8]>::is_empty)
    }

    /// True where `shown` is shown as `text`.
    pub(crate) fn is(shown: impl fmt::Display, text: &[u8]) -> bool {
        let mut same = Same::as_what_is_in(text);
        fmt::Write::write_fmt(&mut same, format_args!("{shown}")).is_ok() && same.is_all()
    }
}

impl fmt::Write for Same<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.rest = self.rest.and_then(|rest| rest.strip_prefix(text.as_bytes()));
        self.rest.map(|_| ()).ok_or(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::Same;

    #[test]
    fn it_is_all_of_the_text_or_not() {
        assert!(Same::is(12.5, b"12.5") && Same::is("", b""));
        for text in ["12.", "12.50", "", "x"] {
            assert!(!Same::is(12.5, text.as_bytes()), "{text}");
        }
    }
}
