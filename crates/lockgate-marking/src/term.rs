//! What a nation's or organisation's word for a level means to others: by country, term, language and date, and in no
//! other way. There is no fallback to English and no likeness: SECRETO is one thing in Spain and another in Portugal.
//!
//! Source: the table of equivalents in the annex to the agreement of the members of the Union on classified information (2011/C
//! 202/05, in force since 2015-12-01) and in Council Decision 2013/488/EU, Appendix B, as amended by Decisions 2014/233/EU and (EU)
//! 2021/1075; for Sweden since 2019 decision 2022/C 238/07; for Austria with Hungary, France and Slovakia the articles on
//! equivalents of their treaties; for NATO and the United States their own words. Sweden's words of before 2019 are none here:
//! HEMLIG alone was three levels. A table of equivalents lowers nothing and allows nothing by itself: it refuses an authored
//! equivalence that contradicts it (`P079`).

use alloc::string::String;
use lockgate_bytes::Time;

/// A level that several nations have, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Common {
    /// Not classified.
    Unclassified,
    /// RESTREINT UE/EU RESTRICTED and its like.
    Restricted,
    /// CONFIDENTIEL UE/EU CONFIDENTIAL and its like.
    Confidential,
    /// SECRET UE/EU SECRET and its like.
    Secret,
    /// TRES SECRET UE/EU TOP SECRET and its like.
    TopSecret,
}

/// One word of one owner.
struct Term {
    owner: &'static str,
    language: &'static str,
    term: &'static str,
    means: Common,
    /// First day on which it is given; empty = always.
    from: &'static str,
}

const fn term(owner: &'static str, language: &'static str, term: &'static str, means: Common) -> Term {
    Term { owner, language, term, means, from: "" }
}

const fn since(
    owner: &'static str,
    language: &'static str,
    term: &'static str,
    means: Common,
    from: &'static str,
) -> Term {
    Term { owner, language, term, means, from }
}

use Common::{Confidential as C, Restricted as R, Secret as S, TopSecret as TS, Unclassified as U};

/// A word that is no longer given keeps its meaning: information that bears it is still there.
const TERMS: &[Term] = &[
    term("EU", "fr", "TRES SECRET UE/EU TOP SECRET", TS),
    term("EU", "fr", "TRÈS SECRET UE/EU TOP SECRET", TS),
    term("EU", "fr", "SECRET UE/EU SECRET", S),
    term("EU", "fr", "CONFIDENTIEL UE/EU CONFIDENTIAL", C),
    term("EU", "fr", "RESTREINT UE/EU RESTRICTED", R),
    term("NATO", "en", "COSMIC TOP SECRET", TS),
    term("NATO", "en", "TOP SECRET", TS),
    term("NATO", "en", "SECRET", S),
    term("NATO", "en", "CONFIDENTIAL", C),
    term("NATO", "en", "RESTRICTED", R),
    term("NATO", "en", "UNCLASSIFIED", U),
    term("NATO", "fr", "COSMIC TRÈS SECRET", TS),
    term("NATO", "fr", "COSMIC TRES SECRET", TS),
    term("NATO", "fr", "SECRET", S),
    term("NATO", "fr", "CONFIDENTIEL", C),
    term("NATO", "fr", "DIFFUSION RESTREINTE", R),
    term("NATO", "fr", "SANS CLASSIFICATION", U),
    term("AUT", "de", "STRENG GEHEIM", TS),
    term("AUT", "de", "GEHEIM", S),
    term("AUT", "de", "VERTRAULICH", C),
    term("AUT", "de", "EINGESCHRÄNKT", R),
    term("BEL", "fr", "TRÈS SECRET", TS),
    term("BEL", "fr", "SECRET", S),
    term("BEL", "fr", "CONFIDENTIEL", C),
    term("BEL", "nl", "ZEER GEHEIM", TS),
    term("BEL", "nl", "GEHEIM", S),
    term("BEL", "nl", "VERTROUWELIJK", C),
    term("BGR", "bg", "СТРОГО СЕКРЕТНО", TS),
    term("BGR", "bg", "СЕКРЕТНО", S),
    term("BGR", "bg", "ПОВЕРИТЕЛНО", C),
    term("BGR", "bg", "ЗА СЛУЖЕБНО ПОЛЗВАНЕ", R),
    term("CYP", "el", "ΆΚΡΩΣ ΑΠΌΡΡΗΤΟ", TS),
    term("CYP", "el", "ΑΠΌΡΡΗΤΟ", S),
    term("CYP", "el", "ΕΜΠΙΣΤΕΥΤΙΚΌ", C),
    term("CYP", "el", "ΠΕΡΙΟΡΙΣΜΈΝΗΣ ΧΡΉΣΗΣ", R),
    term("CYP", "el", "ΑΚΡΩΣ ΑΠΟΡΡΗΤΟ", TS),
    term("CYP", "el", "ΑΠΟΡΡΗΤΟ", S),
    term("CYP", "el", "ΕΜΠΙΣΤΕΥΤΙΚΟ", C),
    term("CYP", "el", "ΠΕΡΙΟΡΙΣΜΕΝΗΣ ΧΡΗΣΗΣ", R),
    term("CZE", "cs", "PŘÍSNĚ TAJNÉ", TS),
    term("CZE", "cs", "TAJNÉ", S),
    term("CZE", "cs", "DŮVĚRNÉ", C),
    term("CZE", "cs", "VYHRAZENÉ", R),
    term("DEU", "de", "STRENG GEHEIM", TS),
    term("DEU", "de", "GEHEIM", S),
    term("DEU", "de", "VS-VERTRAULICH", C),
    term("DEU", "de", "VS-NUR FÜR DEN DIENSTGEBRAUCH", R),
    term("DNK", "da", "YDERST HEMMELIGT", TS),
    term("DNK", "da", "HEMMELIGT", S),
    term("DNK", "da", "FORTROLIGT", C),
    term("DNK", "da", "TIL TJENESTEBRUG", R),
    term("ESP", "es", "SECRETO", TS),
    term("ESP", "es", "RESERVADO", S),
    term("ESP", "es", "CONFIDENCIAL", C),
    term("ESP", "es", "DIFUSIÓN LIMITADA", R),
    term("EST", "et", "TÄIESTI SALAJANE", TS),
    term("EST", "et", "SALAJANE", S),
    term("EST", "et", "KONFIDENTSIAALNE", C),
    term("EST", "et", "PIIRATUD", R),
    term("FIN", "fi", "ERITTÄIN SALAINEN", TS),
    term("FIN", "fi", "SALAINEN", S),
    term("FIN", "fi", "LUOTTAMUKSELLINEN", C),
    term("FIN", "fi", "KÄYTTÖ RAJOITETTU", R),
    term("FIN", "sv", "YTTERST HEMLIG", TS),
    term("FIN", "sv", "HEMLIG", S),
    term("FIN", "sv", "KONFIDENTIELL", C),
    term("FIN", "sv", "BEGRÄNSAD TILLGÅNG", R),
    since("FRA", "fr", "TRÈS SECRET", TS, "2021-07-01"),
    since("FRA", "fr", "SECRET", S, "2021-07-01"),
    term("FRA", "fr", "TRÈS SECRET DÉFENSE", TS),
    term("FRA", "fr", "SECRET DÉFENSE", S),
    term("FRA", "fr", "CONFIDENTIEL DÉFENSE", C),
    term("GBR", "en", "TOP SECRET", TS),
    term("GBR", "en", "SECRET", S),
    // Not given since 2014-04-02.
    term("GBR", "en", "CONFIDENTIAL", C),
    term("GBR", "en", "RESTRICTED", R),
    term("GRC", "el", "ΆΚΡΩΣ ΑΠΌΡΡΗΤΟ", TS),
    term("GRC", "el", "ΑΠΌΡΡΗΤΟ", S),
    term("GRC", "el", "ΕΜΠΙΣΤΕΥΤΙΚΌ", C),
    term("GRC", "el", "ΠΕΡΙΟΡΙΣΜΈΝΗΣ ΧΡΉΣΗΣ", R),
    term("GRC", "el", "ΑΚΡΩΣ ΑΠΟΡΡΗΤΟ", TS),
    term("GRC", "el", "ΑΠΟΡΡΗΤΟ", S),
    term("GRC", "el", "ΕΜΠΙΣΤΕΥΤΙΚΟ", C),
    term("GRC", "el", "ΠΕΡΙΟΡΙΣΜΕΝΗΣ ΧΡΗΣΗΣ", R),
    term("HRV", "hr", "VRLO TAJNO", TS),
    term("HRV", "hr", "TAJNO", S),
    term("HRV", "hr", "POVJERLJIVO", C),
    term("HRV", "hr", "OGRANIČENO", R),
    term("HUN", "hu", "SZIGORÚAN TITKOS!", TS),
    term("HUN", "hu", "TITKOS!", S),
    term("HUN", "hu", "BIZALMAS!", C),
    term("HUN", "hu", "KORLÁTOZOTT TERJESZTÉSŰ!", R),
    term("HUN", "hu", "SZIGORÚAN TITKOS", TS),
    term("HUN", "hu", "TITKOS", S),
    term("HUN", "hu", "BIZALMAS", C),
    term("HUN", "hu", "KORLÁTOZOTT TERJESZTÉSŰ", R),
    term("IRL", "en", "TOP SECRET", TS),
    term("IRL", "en", "SECRET", S),
    term("IRL", "en", "CONFIDENTIAL", C),
    term("IRL", "en", "RESTRICTED", R),
    term("ITA", "it", "SEGRETISSIMO", TS),
    term("ITA", "it", "SEGRETO", S),
    term("ITA", "it", "RISERVATISSIMO", C),
    term("ITA", "it", "RISERVATO", R),
    term("LTU", "lt", "VISIŠKAI SLAPTAI", TS),
    term("LTU", "lt", "SLAPTAI", S),
    term("LTU", "lt", "KONFIDENCIALIAI", C),
    term("LTU", "lt", "RIBOTO NAUDOJIMO", R),
    term("LUX", "fr", "TRÈS SECRET LUX", TS),
    term("LUX", "fr", "TRES SECRET LUX", TS),
    term("LUX", "fr", "SECRET LUX", S),
    term("LUX", "fr", "CONFIDENTIEL LUX", C),
    term("LUX", "fr", "RESTREINT LUX", R),
    term("LVA", "lv", "SEVIŠĶI SLEPENI", TS),
    term("LVA", "lv", "SLEPENI", S),
    term("LVA", "lv", "KONFIDENCIĀLI", C),
    term("LVA", "lv", "DIENESTA VAJADZĪBĀM", R),
    term("MLT", "mt", "L-OGĦLA SEGRETEZZA", TS),
    term("MLT", "mt", "SIGRIET", S),
    term("MLT", "mt", "KUNFIDENZJALI", C),
    term("MLT", "mt", "RISTRETT", R),
    term("NLD", "nl", "STG. ZEER GEHEIM", TS),
    term("NLD", "nl", "STG. GEHEIM", S),
    term("NLD", "nl", "STG. CONFIDENTIEEL", C),
    term("NLD", "nl", "DEP. VERTROUWELIJK", R),
    term("POL", "pl", "ŚCIŚLE TAJNE", TS),
    term("POL", "pl", "TAJNE", S),
    term("POL", "pl", "POUFNE", C),
    term("POL", "pl", "ZASTRZEŻONE", R),
    term("PRT", "pt", "MUITO SECRETO", TS),
    term("PRT", "pt", "SECRETO", S),
    term("PRT", "pt", "CONFIDENCIAL", C),
    term("PRT", "pt", "RESERVADO", R),
    term("ROU", "ro", "STRICT SECRET DE IMPORTANŢĂ DEOSEBITĂ", TS),
    term("ROU", "ro", "STRICT SECRET DE IMPORTANȚĂ DEOSEBITĂ", TS),
    term("ROU", "ro", "STRICT SECRET", S),
    term("ROU", "ro", "SECRET", C),
    term("ROU", "ro", "SECRET DE SERVICIU", R),
    term("SVK", "sk", "PRÍSNE TAJNÉ", TS),
    term("SVK", "sk", "TAJNÉ", S),
    term("SVK", "sk", "DÔVERNÉ", C),
    term("SVK", "sk", "VYHRADENÉ", R),
    term("SVN", "sl", "STROGO TAJNO", TS),
    term("SVN", "sl", "TAJNO", S),
    term("SVN", "sl", "ZAUPNO", C),
    term("SVN", "sl", "INTERNO", R),
    since("SWE", "sv", "KVALIFICERAT HEMLIG", TS, "2019-04-01"),
    since("SWE", "sv", "HEMLIG", S, "2019-04-01"),
    since("SWE", "sv", "KONFIDENTIELL", C, "2019-04-01"),
    since("SWE", "sv", "BEGRÄNSAT HEMLIG", R, "2019-04-01"),
    term("USA", "en", "TOP SECRET", TS),
    term("USA", "en", "SECRET", S),
    term("USA", "en", "CONFIDENTIAL", C),
    term("USA", "en", "UNCLASSIFIED", U),
];

/// What `term` of `owner` (a nation's alpha-3 code, `NATO` or `EU`) means in `language`, at `at`. `None` where the owner has no
/// such word in that language then: it is never looked for elsewhere.
pub fn meaning_in(owner: &str, term: &str, language: &str, at: Time) -> Option<Common> {
    found(owner, term, Some(language), at)
}

/// The same in whichever of the owner's languages; `None` also where two of them give the word two meanings.
pub fn meaning(owner: &str, term: &str, at: Time) -> Option<Common> {
    found(owner, term, None, at)
}

fn found(owner: &str, term: &str, language: Option<&str>, at: Time) -> Option<Common> {
    let term = plain(term);
    let given = |known: &&Term| {
        let begun = known.from.is_empty() || day(known.from).is_some_and(|from| from <= at);
        let spoken = language.is_none_or(|language| language.eq_ignore_ascii_case(known.language));
        known.owner == owner && begun && spoken && known.term == term
    };
    let mut all = TERMS.iter().filter(given).map(|known| known.means);
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}

fn day(day: &str) -> Option<Time> {
    let mut instant = String::from(day);
    instant.push_str("T00:00:00Z");
    Time::parse(instant.as_bytes()).ok()
}

/// In capitals, with single spaces.
fn plain(term: &str) -> String {
    let mut plain = String::new();
    for word in term.split_whitespace() {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.extend(word.chars().flat_map(char::to_uppercase));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{Common, TERMS, day, meaning, meaning_in, plain};
    use crate::testing::at;

    const NOW: &str = "2026-03-01T00:00:00Z";

    /// markings.md rule 42.
    #[test]
    fn false_friends_are_told_apart() {
        let now = at(NOW);
        for (owner, term, means) in [
            ("ESP", "SECRETO", Some(Common::TopSecret)),
            ("PRT", "SECRETO", Some(Common::Secret)),
            ("ESP", "RESERVADO", Some(Common::Secret)),
            ("PRT", "RESERVADO", Some(Common::Restricted)),
            ("ROU", "SECRET", Some(Common::Confidential)),
            ("FRA", "SECRET", Some(Common::Secret)),
            ("ROU", "Strict  Secret", Some(Common::Secret)),
            ("ROU", "SECRET DE SERVICIU", Some(Common::Restricted)),
            ("ITA", "RISERVATO", Some(Common::Restricted)),
            ("ITA", "RISERVATISSIMO", Some(Common::Confidential)),
            // No fallback to English, no likeness, no nation for another.
            ("ESP", "SECRET", None),
            ("DEU", "SECRET", None),
            ("DEU", "RESTRICTED", None),
            ("FRA", "DIFFUSION RESTREINTE", None),
            ("GBR", "OFFICIAL-SENSITIVE", None),
            // It is given no more; what bears it is still there.
            ("GBR", "CONFIDENTIAL", Some(Common::Confidential)),
            ("GBR", "Restricted", Some(Common::Restricted)),
            ("USA", "RESTRICTED", None),
            ("POL", "SECRETO", None),
            // The same letters in two languages, or for two owners.
            ("AUT", "GEHEIM", Some(Common::Secret)),
            ("BEL", "GEHEIM", Some(Common::Secret)),
            ("AUT", "VERTRAULICH", Some(Common::Confidential)),
            ("DEU", "VERTRAULICH", None),
            ("HRV", "Tajno", Some(Common::Secret)),
            ("BGR", "Строго секретно", Some(Common::TopSecret)),
            ("GRC", "Απόρρητο", Some(Common::Secret)),
            ("GRC", "ΑΠΟΡΡΗΤΟ", Some(Common::Secret)),
            ("HUN", "Korlátozott terjesztésű!", Some(Common::Restricted)),
            ("EST", "Salajane", Some(Common::Secret)),
            ("IRL", "Restricted", Some(Common::Restricted)),
            ("CYP", "Άκρως Απόρρητο", Some(Common::TopSecret)),
            ("CYP", "ΕΜΠΙΣΤΕΥΤΙΚΟ", Some(Common::Confidential)),
            ("LVA", "Dienesta vajadzībām", Some(Common::Restricted)),
            ("LVA", "Sevišķi slepeni", Some(Common::TopSecret)),
            ("LTU", "Slaptai", Some(Common::Secret)),
            ("LTU", "Riboto naudojimo", Some(Common::Restricted)),
            ("LUX", "Secret Lux", Some(Common::Secret)),
            ("LUX", "SECRET", None),
            ("MLT", "L-Ogħla Segretezza", Some(Common::TopSecret)),
            ("MLT", "Ristrett", Some(Common::Restricted)),
            // TAJNÉ of Slovakia is as in Czechia, TAJNO of Slovenia as in Croatia; INTERNO is a level there alone.
            ("SVK", "Tajné", Some(Common::Secret)),
            ("SVK", "Dôverné", Some(Common::Confidential)),
            ("SVK", "DŮVĚRNÉ", None),
            ("SVN", "TAJNO", Some(Common::Secret)),
            ("SVN", "Interno", Some(Common::Restricted)),
            ("SVN", "VRLO TAJNO", None),
            ("ITA", "INTERNO", None),
            ("FIN", "Ytterst hemlig", Some(Common::TopSecret)),
            ("FIN", "Begränsad tillgång", Some(Common::Restricted)),
            ("SWE", "BEGRÄNSAD TILLGÅNG", None),
            // Belgium has three levels.
            ("BEL", "DIFFUSION RESTREINTE", None),
            ("CHE", "GEHEIM", None),
            ("", "SECRET", None),
        ] {
            assert_eq!(meaning(owner, term, now), means, "{owner} {term}");
        }
        assert_eq!(meaning_in("NATO", "Diffusion Restreinte", "fr", now), Some(Common::Restricted));
        assert_eq!(meaning_in("NATO", "DIFFUSION RESTREINTE", "en", now), None);
        assert_eq!(meaning_in("PRT", "SECRETO", "es", now), None);
        assert_eq!(meaning_in("FIN", "HEMLIG", "fi", now), None);
    }

    /// markings.md rule 44, for the words that changed.
    #[test]
    fn words_mean_something_from_their_first_day_on() {
        for (owner, term, before, first) in [
            ("FRA", "TRÈS SECRET", "2021-06-30T23:59:59.999999999Z", "2021-07-01T00:00:00Z"),
            ("SWE", "HEMLIG", "2019-03-31T23:59:59.999999999Z", "2019-04-01T00:00:00Z"),
        ] {
            assert_eq!(meaning(owner, term, at(before)), None, "{owner}");
            assert!(meaning(owner, term, at(first)).is_some(), "{owner}");
        }
        for at in [at("2015-01-01T00:00:00Z"), at(NOW)] {
            assert_eq!(
                meaning("FRA", "CONFIDENTIEL DÉFENSE", at),
                Some(Common::Confidential),
                "it is still there"
            );
            assert_eq!(meaning("GBR", "CONFIDENTIAL", at), Some(Common::Confidential));
            assert_eq!(meaning("GBR", "SECRET", at), Some(Common::Secret));
        }
    }

    #[test]
    fn the_table_says_each_thing_once() {
        for (index, term) in TERMS.iter().enumerate() {
            assert_eq!(plain(term.term), term.term);
            assert!(term.from.is_empty() || day(term.from).is_some(), "{}", term.from);
            let twice = |other: &super::Term| {
                (other.owner, other.language, other.term) == (term.owner, term.language, term.term)
            };
            assert!(!TERMS.iter().skip(index + 1).any(twice), "{} {}", term.owner, term.term);
        }
    }
}
