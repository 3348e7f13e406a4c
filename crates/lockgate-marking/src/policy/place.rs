//! The places where a marking stands.

/// Where a marking stands (the marking codes of SPIF 2.1 that name a place).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `pageTop`.
    PageTop,
    /// `pageBottom`.
    PageBottom,
    /// `documentStart`.
    DocumentStart,
    /// `documentEnd`.
    DocumentEnd,
    /// `firstLineOfText`.
    FirstLine,
    /// `lastLineOfText`.
    LastLine,
    /// `subject`, of a mail.
    Subject,
    /// `xHeader`, of a mail.
    XHeader,
    /// `portionMarking`, before a paragraph.
    Portion,
    /// `inputTitle`, of a form.
    InputTitle,
    /// `waterMark`.
    WaterMark,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::PageTop,
        Self::PageBottom,
        Self::DocumentStart,
        Self::DocumentEnd,
        Self::FirstLine,
        Self::LastLine,
        Self::Subject,
        Self::XHeader,
        Self::Portion,
        Self::InputTitle,
        Self::WaterMark,
    ];

    /// Its marking code, as a SPIF writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PageTop => "pageTop",
            Self::PageBottom => "pageBottom",
            Self::DocumentStart => "documentStart",
            Self::DocumentEnd => "documentEnd",
            Self::FirstLine => "firstLineOfText",
            Self::LastLine => "lastLineOfText",
            Self::Subject => "subject",
            Self::XHeader => "xHeader",
            Self::Portion => "portionMarking",
            Self::InputTitle => "inputTitle",
            Self::WaterMark => "waterMark",
        }
    }

    /// The place with this marking code.
    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.name() == code)
    }

    pub(crate) fn bit(self) -> u16 {
        let at = Self::ALL.iter().position(|place| *place == self).unwrap_or(0);
        1 << (at & 15)
    }

    /// The places of one marking code; `pageTopBottom` is two.
    pub(crate) fn mask(code: &str) -> u16 {
        match code {
            "pageTopBottom" => Self::PageTop.bit() | Self::PageBottom.bit(),
            code => Self::named(code).map_or(0, Self::bit),
        }
    }
}
