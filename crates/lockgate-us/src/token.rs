//! What a marking says, word by word: for whoever has to account for all of it in another policy's words.

use crate::country::Code;
use crate::edition::Edition;
use crate::fault::Fault;
use crate::grammar::{self, Category};
use crate::marking::{Marking, More, Owner};
use crate::vocabulary::{Aea, Dissem, Level, NonIc};
use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

/// One thing that a marking says. All tokens of a marking together say all of it, but for what concerns only when and by
/// whom it is declassified: no reader is let in or kept out by that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'m> {
    /// The category in which it stands; `None` with the level.
    pub category: Option<Category>,
    /// What it is.
    pub is: Says,
    /// Its word, as in a banner line; with hyphens before every part of a control, as in ISM: `SI-G-ABCD`, `SAR-XY-Z`,
    /// `FGI DEU`.
    pub word: Cow<'m, str>,
}

/// What a [`Token`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// The classification.
    Level,
    /// A control: whoever reads the information has to hold it.
    Control,
    /// Somebody to whom it may be released.
    Release,
    /// Whose it is, where it is not the United States' alone. That rests on their consent as well, except where
    /// [`Marking::is_for_its_owners`].
    Owned(&'static str),
    /// What no label of another policy says: whose decision or whose ownership it rests on is no value of a category.
    Apart(&'static str),
}

impl<'m> Token<'m> {
    fn new(category: Option<Category>, is: Says, word: impl Into<Cow<'m, str>>) -> Self {
        Self { category, is, word: word.into() }
    }
}

impl Marking {
    /// All that it says. A level comes first, then the categories in the order of the register.
    pub fn tokens(&self) -> Vec<Token<'_>> {
        // Without `..`: what is added to a marking has to be accounted for here.
        let Self {
            level,
            owner,
            sci,
            sar,
            aea,
            fgi,
            fgi_concealed,
            non_us,
            dissem,
            rel,
            display,
            non_ic,
            accm,
            more,
        } = self;
        let mut out: Vec<Token<'_>> = Vec::from([Token::new(None, Says::Level, level.word())]);
        out.extend(of_owner(owner));
        let control = |category, word| Token { category: Some(category), is: Says::Control, word };
        out.extend(non_us.iter().map(|one| control(Category::NonUs, one.text(true).into())));
        out.extend(sci.iter().map(|word| Token::new(Some(Category::Sci), Says::Control, word.as_str())));
        out.extend(sar.iter().map(|word| control(Category::Sar, named("SAR-", word))));
        out.extend(aea.iter().map(|one| control(Category::Aea, atomic(*one))));
        out.extend(fgi.iter().map(|code| control(Category::Fgi, format!("FGI {}", code.text()).into())));
        if *fgi_concealed {
            out.push(Token::new(Some(Category::Fgi), Says::Apart("a source that may not be named"), "FGI"));
        }
        out.extend(dissem.iter().filter_map(|one| of_control(*one, !rel.is_empty())));
        let listed = [(Says::Release, rel), (Says::Apart(SHOWN), display)];
        for (is, list) in listed {
            out.extend(list.iter().map(|code| Token::new(Some(Category::Dissem), is, code.text())));
        }
        out.extend(non_ic.iter().map(|one| Token::new(Some(Category::NonIc), noforn(*one), one.text(true))));
        out.extend(accm.iter().map(|name| control(Category::NonIc, named("ACCM-", name))));
        out.extend(of_more(more));
        out
    }
}

impl Marking {
    /// True where it names those who own the information, and releases it to them and the United States and to nobody else:
    /// nations all of them, so that no membership makes one more. Where an edition says so, no consent is missing then.
    pub fn is_for_its_owners(&self, edition: &Edition) -> bool {
        let usa = Code::of("USA");
        let owners: Vec<&Code> = match &self.owner {
            Owner::Joint(owners) if self.owner.is_us() => owners.iter().collect(),
            Owner::Foreign(owner) => usa.iter().chain([owner]).collect(),
            Owner::Us | Owner::Joint(_) | Owner::Concealed => return false,
        };
        let is_one = |code: &&Code| self.rel.contains(code) && !code.is_organisation();
        edition.owners_have_their_own && self.rel.len() == owners.len() && owners.iter().all(is_one)
    }
}

/// A program or nickname, with the spaces that attributes cannot have.
fn named<'m>(prefix: &str, name: &str) -> Cow<'m, str> {
    [prefix, &name.replace('_', " ")].concat().into()
}

const SHOWN: &str = "disclosure without release";

fn of_owner<'m>(owner: &Owner) -> Option<Token<'m>> {
    let says = match owner {
        Owner::Us => return None,
        Owner::Joint(_) => "information of several owners",
        Owner::Foreign(_) | Owner::Concealed => "information of another owner",
    };
    let word = if matches!(owner, Owner::Joint(_)) { "JOINT" } else { "FGI" };
    Some(Token::new(None, Says::Owned(says), word))
}

/// A dissemination control. REL TO is said by its list.
fn of_control<'m>(control: Dissem, is_listed: bool) -> Option<Token<'m>> {
    let is = match control {
        Dissem::Rel if is_listed => return None,
        Dissem::Rel => Says::Apart("a release list that is not written out"),
        Dissem::Nf => Says::Apart("no release to anybody foreign"),
        Dissem::Oc | Dissem::OcUsgov => Says::Apart("the consent of its originator"),
        Dissem::Relido => Says::Apart("a release that an official has yet to decide"),
        Dissem::Eyes => Says::Apart("the eyes of those listed, and nothing further"),
        Dissem::DisplayOnly => Says::Apart(SHOWN),
        // By name, so that a new control is thought about.
        Dissem::Rs
        | Dissem::Fouo
        | Dissem::Imc
        | Dissem::Pr
        | Dissem::Dsen
        | Dissem::RawFisa
        | Dissem::Fisa
        | Dissem::Exempt501
        | Dissem::Waived => Says::Control,
    };
    Some(Token::new(Some(Category::Dissem), is, control.text(true)))
}

/// A control from outside of the intelligence community; two of them say NOFORN as well.
fn noforn(control: NonIc) -> Says {
    match control {
        NonIc::SbuNf | NonIc::LesNf => Says::Apart("no release to anybody foreign"),
        NonIc::Ds | NonIc::Xd | NonIc::Nd | NonIc::Sbu | NonIc::Les | NonIc::Ssi | NonIc::Nnpi => {
            Says::Control
        }
    }
}

fn atomic<'m>(one: Aea) -> Cow<'m, str> {
    match one {
        Aea::Rd => "RD".into(),
        Aea::RdCnwdi => "RD-CNWDI".into(),
        Aea::RdSigma(number) => format!("RD-SIGMA {number}").into(),
        Aea::Frd => "FRD".into(),
        Aea::FrdSigma(number) => format!("FRD-SIGMA {number}").into(),
        Aea::Dcni => "DOD UCNI".into(),
        Aea::Ucni => "DOE UCNI".into(),
        Aea::Tfni => "TFNI".into(),
    }
}

/// What only attributes say. Exemptions, dates and events of declassification, and a reason for a classification by
/// compilation, change nothing for readers.
fn of_more<'m>(more: &More) -> impl Iterator<Item = Token<'m>> + use<'m> {
    let More {
        nato_high_water,
        approximate,
        excluded,
        exemptions: _,
        declass_date: _,
        declass_event: _,
        compilation: _,
    } = more;
    let said = [
        (nato_high_water.is_some(), "NATO's information within", "highWaterNATO"),
        (*approximate, "a marking that was estimated", "hasApproximateMarkings"),
        (*excluded, "a part that is not counted in the whole", "excludeFromRollup"),
    ];
    said.into_iter()
        .filter(|(is_said, ..)| *is_said)
        .map(|(_, says, word)| Token::new(None, Says::Apart(says), word))
}

/// What `word` is, written as [`Token::word`]: `None` where no marking of `edition` says it.
pub fn says_of(word: &str, edition: &'static Edition) -> Option<Says> {
    if Level::ALL.iter().any(|level| level.word() == word) {
        return Some(Says::Level);
    }
    if crate::Code::of(word).is_some() {
        return Some(Says::Release);
    }
    // A grammar is asked, not a second table: what it reads to the end is a word, even where a rule refuses it alone.
    let spaced = spaced(word);
    let texts = [
        format!("UNCLASSIFIED//{spaced}"),
        format!("TOP SECRET//{spaced}"),
        format!("//COSMIC TOP SECRET//{spaced}"),
    ];
    let read = |text: &str| grammar::read(text, edition).ok().map(|(parsed, _)| parsed.marking);
    let said = texts.iter().filter_map(|text| read(text));
    let mut found = said.filter_map(|marking| {
        let tokens = marking.tokens();
        let of_word = tokens.iter().find(|token| token.word == word && token.category.is_some());
        of_word.map(|token| token.is)
    });
    found.next()
}

/// A control as a banner line has it: a hyphen before its compartment, spaces before what stands below that.
fn spaced(word: &str) -> Cow<'_, str> {
    let keeps = if word.starts_with("SAR-") { 2 } else { 1 };
    match word.match_indices('-').nth(keeps) {
        Some((at, _)) if !word.starts_with("ACCM-") => {
            let (head, tail) = word.split_at(at);
            [head, &tail.replace('-', " ")].concat().into()
        }
        _ => word.into(),
    }
}

/// The place in `text` of what a token says; the whole text where it is nowhere in particular.
///
/// # Errors
/// Those of [`crate::parse`].
pub fn place(
    text: &str,
    category: Option<Category>,
    edition: &'static Edition,
) -> Result<core::ops::Range<usize>, Fault> {
    let (_, places) = grammar::read(text, edition)?;
    Ok(places.of(category).unwrap_or(0..text.len()))
}

#[cfg(test)]
mod tests {
    use super::{Says, place, says_of};
    use crate::{Category, Edition, Marking, parse};
    use alloc::string::String;
    use alloc::vec::Vec;

    fn capco() -> &'static Edition {
        Edition::named("capco-2016").unwrap()
    }

    fn words(text: &str) -> Vec<String> {
        let parsed = parse(text, capco()).unwrap();
        parsed.marking.tokens().iter().map(|token| token.word.clone().into_owned()).collect()
    }

    #[test]
    fn every_part_of_a_banner_is_a_token() {
        for (text, all) in [
            ("UNCLASSIFIED", "UNCLASSIFIED"),
            ("SECRET//REL TO USA, GBR, FVEY", "SECRET GBR USA FVEY"),
            ("TOP SECRET//SI-G ABCD/TK//ORCON/NOFORN", "TOP|SECRET SI SI-G SI-G-ABCD TK ORCON NOFORN"),
            ("SECRET//SAR-BP-J12 K15//NOFORN", "SECRET SAR-BP SAR-BP-J12 SAR-BP-J12-K15 NOFORN"),
            (
                "SECRET//RD-CNWDI-SIGMA 14 18//FGI DEU GBR//RELIDO",
                "SECRET RD RD-CNWDI RD-SIGMA|14 RD-SIGMA|18 FGI|DEU FGI|GBR RELIDO",
            ),
            ("SECRET//FGI//NOFORN", "SECRET FGI NOFORN"),
            ("UNCLASSIFIED//FOUO//LES NOFORN/SSI", "UNCLASSIFIED FOUO LES|NOFORN SSI"),
            ("SECRET//DISPLAY ONLY AFG", "SECRET DISPLAY|ONLY AFG"),
            ("//JOINT SECRET CAN USA//REL TO USA, CAN", "SECRET JOINT CAN USA"),
            ("//COSMIC TOP SECRET//BOHEMIA", "TOP|SECRET FGI BOHEMIA"),
            ("//DEU SECRET", "SECRET FGI"),
            ("(S//REL)", "SECRET REL|TO"),
        ] {
            let all: Vec<String> = all.split(' ').map(|word| word.replace('|', " ")).collect();
            assert_eq!(words(text), all, "{text}");
        }
    }

    #[test]
    fn what_no_label_says_stands_apart() {
        for (text, apart) in [
            ("SECRET//REL TO USA, GBR", 0),
            ("SECRET//NOFORN", 1),
            ("SECRET//ORCON/RELIDO", 2),
            ("SECRET//FGI//REL TO USA, GBR", 1),
            ("SECRET//REL TO USA, GBR/DISPLAY ONLY AFG", 2),
            ("UNCLASSIFIED//SBU NOFORN", 1),
            ("//JOINT SECRET CAN USA//REL TO USA, CAN", 1),
            ("(S//REL)", 1),
        ] {
            let parsed = parse(text, capco()).unwrap();
            let is_apart = |says| matches!(says, Says::Apart(_) | Says::Owned(_));
            let found = parsed.marking.tokens().iter().filter(|token| is_apart(token.is)).count();
            assert_eq!(found, apart, "{text}");
        }
        let ism = Edition::named("ism-2022").unwrap();
        let attributes =
            [("classification", "S"), ("ownerProducer", "USA"), ("hasApproximateMarkings", "true")];
        let read = Marking::read(attributes, ism).unwrap();
        assert_eq!(read.tokens().last().unwrap().is, Says::Apart("a marking that was estimated"));
    }

    /// CAPCO 2016 H.3: the owners have what is theirs; anybody else needs the consent of all of them.
    #[test]
    fn what_is_released_to_its_owners_alone_needs_no_consent() {
        for (text, is) in [
            ("//JOINT SECRET CAN USA//REL TO USA, CAN", true),
            ("//JOINT SECRET CAN GBR USA//REL TO USA, CAN, GBR", true),
            ("//JOINT SECRET CAN USA//REL TO USA, CAN, GBR", false),
            ("//JOINT TOP SECRET AUS CAN GBR NZL USA//REL TO USA, FVEY", false),
            ("//DEU SECRET//REL TO USA, DEU", true),
            ("//DEU SECRET//REL TO USA, DEU, FRA", false),
            ("//DEU SECRET//REL TO USA, FRA", false),
            ("//DEU SECRET", false),
            ("//NATO SECRET//REL TO USA, NATO", false),
            ("SECRET//REL TO USA, DEU", false),
            ("SECRET//FGI DEU//REL TO USA, DEU", false),
        ] {
            let parsed = parse(text, capco()).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
            assert_eq!(parsed.marking.is_for_its_owners(capco()), is, "{text}");
            let dod = Edition::named("dod-2012").unwrap();
            assert!(!parsed.marking.is_for_its_owners(dod), "{text}: that edition does not say so");
        }
    }

    #[test]
    fn a_word_is_what_the_edition_reads() {
        for (word, is) in [
            ("SECRET", Some(Says::Level)),
            ("GBR", Some(Says::Release)),
            ("FVEY", Some(Says::Release)),
            ("SI", Some(Says::Control)),
            ("SI-G", Some(Says::Control)),
            ("SI-G-ABCD", Some(Says::Control)),
            ("TK", Some(Says::Control)),
            ("SAR-BP", Some(Says::Control)),
            ("SAR-BP-J12", Some(Says::Control)),
            ("SAR-BP-J12-K15", Some(Says::Control)),
            ("RD", Some(Says::Control)),
            ("RD-CNWDI", Some(Says::Control)),
            ("RD-SIGMA 14", Some(Says::Control)),
            ("RD-SIGMA 13", None),
            ("FGI DEU", Some(Says::Control)),
            ("FOUO", Some(Says::Control)),
            ("DEA SENSITIVE", Some(Says::Control)),
            ("LIMDIS", Some(Says::Control)),
            ("SAR-PROM TUX-JR", Some(Says::Control)),
            ("ACCM-TEA LEAF", Some(Says::Control)),
            ("ACCM-TEA_LEAF", None),
            ("FOR OFFICIAL USE ONLY", None),
            ("ORCN", None),
            ("XXX", None),
            ("", None),
        ] {
            assert_eq!(says_of(word, capco()), is, "{word}");
        }
        for apart in ["NOFORN", "ORCON", "ORCON-USGOV", "RELIDO", "LES NOFORN", "FGI"] {
            assert!(matches!(says_of(apart, capco()), Some(Says::Apart(_))), "{apart}");
        }
    }

    #[test]
    fn a_token_has_its_place() {
        let text = "TOP SECRET//SI/TK//NOFORN";
        let at = |category| text.get(place(text, category, capco()).unwrap()).unwrap();
        assert_eq!(at(None), "TOP SECRET");
        assert_eq!(at(Some(Category::Sci)), "SI/TK");
        assert_eq!(at(Some(Category::Dissem)), "NOFORN");
        assert_eq!(at(Some(Category::NonIc)), text);
    }
}
