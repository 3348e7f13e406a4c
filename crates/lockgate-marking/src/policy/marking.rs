//! Marking data of a SPIF: which words a level, value, tag or policy is shown with, where, and in which language.

use crate::policy::Place;
use alloc::string::String;
use alloc::vec::Vec;
use roxmltree::Node;

const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// What one element of a SPIF says about its display.
#[derive(Debug, Clone, Default)]
pub(crate) struct Markings {
    data: Vec<Data>,
    qualifiers: Vec<Qualifier>,
}

#[derive(Debug, Clone)]
struct Data {
    language: Option<String>,
    phrase: Option<String>,
    /// One bit a place; none = everywhere.
    places: u16,
    no_name: bool,
    no_marking: bool,
    no_level: bool,
    policy_word: bool,
}

#[derive(Debug, Clone)]
struct Qualifier {
    language: Option<String>,
    places: u16,
    role: Role,
    text: String,
}

/// What a qualifier stands around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Prefix,
    Suffix,
    Separator,
}

/// The place and language that a marking is written for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) place: Place,
    pub(crate) language: Option<&'a str>,
}

impl Setting<'_> {
    /// How well words in `language` fit: the asked language, its primary part, no language, English. `None` = not.
    fn fit(&self, language: Option<&str>) -> Option<u8> {
        let primary = |tag: &str| -> String { tag.split('-').next().unwrap_or("").to_ascii_lowercase() };
        match (self.language, language) {
            (Some(asked), Some(given)) if asked.eq_ignore_ascii_case(given) => Some(4),
            (Some(asked), Some(given)) if primary(asked) == primary(given) => Some(3),
            (_, None) => Some(2),
            (_, Some(given)) if primary(given) == "en" => Some(1),
            _ => None,
        }
    }
}

impl Markings {
    /// Reads the marking data and qualifiers that are children of `node`.
    pub(crate) fn read(node: Node<'_, '_>) -> Self {
        let mut read = Self::default();
        for child in node.children().filter(Node::is_element) {
            let language = child.attribute((XML, "lang")).map(String::from);
            match child.tag_name().name() {
                "markingData" => read.data.push(Data::read(child, language)),
                "markingQualifier" => read.qualifiers(child),
                _ => {}
            }
        }
        read
    }

    fn qualifiers(&mut self, node: Node<'_, '_>) {
        let places = node.attribute("markingCode").map_or(0, Place::mask);
        for qualifier in node.children().filter(Node::is_element) {
            let role = match qualifier.attribute("qualifierCode") {
                Some("prefix") => Role::Prefix,
                Some("suffix") => Role::Suffix,
                Some("separator") => Role::Separator,
                _ => continue,
            };
            let text = qualifier.attribute("markingQualifier").unwrap_or("").into();
            let language = qualifier.attribute((XML, "lang")).map(String::from);
            self.qualifiers.push(Qualifier { language, places, role, text });
        }
    }

    fn fitting<'a>(&'a self, at: Setting<'_>, which: impl Fn(&Data) -> bool) -> Option<&'a Data> {
        let here = |data: &&Data| (data.places == 0 || data.places & at.place.bit() != 0) && which(data);
        let fit = |data: &'a Data| Some((at.fit(data.language.as_deref())?, data));
        let best = |best: Option<(u8, &'a Data)>, next: (u8, &'a Data)| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        };
        self.data.iter().filter(here).filter_map(fit).fold(None, best).map(|(_, data)| data)
    }

    /// The words shown for what is called `name`; empty where the name is not displayed.
    pub(crate) fn phrase<'a>(&'a self, at: Setting<'_>, name: &'a str) -> &'a str {
        // Words that stand in place of the policy's name are not the words of the element itself.
        match self.fitting(at, |data| data.no_name || data.no_marking || !data.policy_word) {
            Some(data) if data.no_name || data.no_marking => "",
            Some(data) => data.phrase.as_deref().unwrap_or(name),
            None => name,
        }
    }

    /// The words that stand in place of the policy's name, where this element gives some.
    pub(crate) fn policy_word<'a>(&'a self, at: Setting<'_>) -> Option<Option<&'a str>> {
        self.fitting(at, |data| data.policy_word).map(|data| data.phrase.as_deref())
    }

    /// All words of this element in exactly this language.
    pub(crate) fn words_in<'a>(&'a self, language: &'a str) -> impl Iterator<Item = &'a str> {
        let here = move |data: &&Data| {
            data.language.as_deref().is_some_and(|given| given.eq_ignore_ascii_case(language))
        };
        self.data
            .iter()
            .filter(here)
            .filter(|data| !data.policy_word)
            .filter_map(|data| data.phrase.as_deref())
    }

    /// All words of this element, each with its language where it has one.
    pub(crate) fn words_and_languages(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let own = self.data.iter().filter(|data| !data.policy_word);
        own.filter_map(|data| Some((data.phrase.as_deref()?, data.language.as_deref())))
    }

    /// All words of this element, in whatever language.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.data.iter().filter_map(|data| data.phrase.as_deref())
    }

    /// All words of this element, in whatever language; beside each, whether it is written before portions. Words for both
    /// portions and pages come twice.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (&str, bool)> {
        let phrases = self.data.iter().filter_map(|data| Some((data, data.phrase.as_deref()?)));
        phrases.filter(|(_, phrase)| !phrase.is_empty()).flat_map(|(data, phrase)| {
            let everywhere = data.places == 0;
            // A portion mark has no word for the policy.
            let portion = !data.policy_word && (everywhere || data.places & Place::Portion.bit() != 0);
            let page = data.policy_word || everywhere || data.places & !Place::Portion.bit() != 0;
            [portion.then_some((phrase, true)), page.then_some((phrase, false))].into_iter().flatten()
        })
    }

    /// True where the level is not shown beside this element.
    pub(crate) fn suppresses_level(&self, at: Setting<'_>) -> bool {
        self.fitting(at, |data| data.no_level).is_some()
    }

    /// True where nothing of this element is shown.
    pub(crate) fn is_hidden(&self, at: Setting<'_>) -> bool {
        self.fitting(at, |data| data.no_name || data.no_marking).is_some()
    }

    /// True where this element has words of its own for this very place.
    pub(crate) fn has_own(&self, at: Setting<'_>) -> bool {
        self.data.iter().any(|data| data.places & at.place.bit() != 0 && data.phrase.is_some())
    }

    /// The text of a qualifier: of the asked place where there is one, else of any place.
    pub(crate) fn qualifier(&self, at: Setting<'_>, role: Role) -> Option<&str> {
        let fits = |qualifier: &Qualifier| {
            let here = qualifier.places == 0 || qualifier.places & at.place.bit() != 0;
            Some((here, at.fit(qualifier.language.as_deref())?))
        };
        let mut best: Option<((bool, u8), &Qualifier)> = None;
        for qualifier in self.qualifiers.iter().filter(|qualifier| qualifier.role == role) {
            if let Some(fit) = fits(qualifier)
                && best.is_none_or(|(other, _)| fit > other)
            {
                best = Some((fit, qualifier));
            }
        }
        best.map(|(_, qualifier)| qualifier.text.as_str())
    }
}

impl Data {
    fn read(node: Node<'_, '_>, language: Option<String>) -> Self {
        let mut data = Self {
            language,
            phrase: node.attribute("phrase").map(|phrase| phrase.trim().into()),
            places: 0,
            no_name: false,
            no_marking: false,
            no_level: false,
            policy_word: false,
        };
        for code in node.children().filter(Node::is_element) {
            match code.text().unwrap_or("") {
                "noNameDisplay" => data.no_name = true,
                "noMarkingDisplay" => data.no_marking = true,
                "suppressClassName" => data.no_level = true,
                "replacePolicy" => data.policy_word = true,
                place => data.places |= Place::mask(place),
            }
        }
        data
    }
}
