//! From a public ASTERIX specification to a type file.
//!
//! The specifications are those of `zoranbosnjak/asterix-specs` (BSD-3): lines whose indentation says what belongs to
//! what. Everything that decides how bits are read is converted; definitions and remarks are left out. What cannot be
//! expressed is refused with its line, all of it in one go.
//!
//! What a field means to the guard no specification says: a table here knows it for the categories that ship, and an
//! author adds it for others.

mod contents;
mod meanings;
mod profiles;
mod tree;

use contents::Writer;
use tree::Line;

/// Something that cannot be expressed, with the line of the specification, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The line.
    pub line: usize,
    /// What is there.
    pub says: String,
}

/// Largest specification that is read, in bytes.
const MAX_TEXT: usize = 1024 * 1024;

/// The text of `type.kdl` for a specification; beside it the type's name, `asterix-cat048`, or `asterix-ref048` of a reserved
/// expansion field, which stands in a category as `section ire length=8 counts=itself embed="asterix-ref048"`.
///
/// # Errors
/// All that the type language does not express, or that is no specification, with lines.
pub fn convert(specification: &str) -> Result<(String, String), Vec<Refusal>> {
    if specification.len() > MAX_TEXT {
        return Err(vec![Refusal { line: 1, says: "a specification of more than 1 MiB".to_owned() }]);
    }
    let lines = tree::read(specification)?;
    let top = |word: &str| {
        lines.iter().find(|line| line.text == word || line.text.starts_with(&format!("{word} ")))
    };
    match top("ref") {
        Some(head) => expansion(head, top),
        None => category(top),
    }
}

/// A category.
fn category<'l>(top: impl Fn(&str) -> Option<&'l Line>) -> Result<(String, String), Vec<Refusal>> {
    let mut refusals = Vec::new();
    let mut need = |word: &str| {
        let found = top(word);
        if found.is_none() {
            refusals.push(Refusal { line: 1, says: format!("there is no `{word}`") });
        }
        found
    };
    let (head, edition, items) = (need("asterix"), need("edition"), need("items"));
    let uap = top("uaps").or_else(|| need("uap"));
    let (Some(head), Some(edition), Some(items), Some(uap)) = (head, edition, items, uap) else {
        return Err(refusals);
    };
    let (category, number) = number_of(head)?;
    let mut writer = Writer::new(category, items);
    if uap.text == "uaps" {
        profiles::write(&mut writer, items, uap);
    } else {
        writer.slots(items, uap, 0..uap.children.len(), "", 4);
    }
    if !writer.refusals.is_empty() {
        return Err(writer.refusals);
    }
    let name = format!("asterix-cat{category}");
    let said = Said { name: &name, what: format!("category {category}"), head, edition, date: top("date") };
    let mut text = said.lines();
    for line in [
        "    framing length at=1 bits=16 includes=header".to_owned(),
        "    limits size=\"64KiB\"".to_owned(),
        format!("    identify prefix=0x{number:02x}"),
        format!("    category \"{}\"", meanings::data_category(category)),
        format!("    record i{category} {{"),
        format!("        field cat uint bits=8 is={number}"),
        format!("        field len uint bits=16 measures=i{category}"),
        "        batch {".to_owned(),
        "            mask fx {".to_owned(),
    ] {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str(&writer.out);
    text.push_str("            }\n        }\n    }\n}\n");
    Ok((name, text))
}

/// The reserved expansion field of a category: what stands behind its length, in a type of its own. Nothing in its bytes
/// says what it is, so it is an object of its own nowhere.
fn expansion<'l>(
    head: &Line,
    top: impl Fn(&str) -> Option<&'l Line>,
) -> Result<(String, String), Vec<Refusal>> {
    let (category, _) = number_of(head)?;
    let Some(edition) = top("edition") else {
        return Err(vec![Refusal { line: 1, says: "there is no `edition`".to_owned() }]);
    };
    let content = top("compound").and_then(|line| Some((line, line.word(1)?.parse::<u32>().ok()?)));
    let Some((content, octets @ 1..=8)) = content else {
        let says = "an expansion field that is no compound item with a mask of 1 to 8 octets".to_owned();
        return Err(vec![Refusal { line: head.number, says }]);
    };
    let mut writer = Writer::new(category, content);
    writer.masked(content, octets, 2);
    if !writer.refusals.is_empty() {
        return Err(writer.refusals);
    }
    let name = format!("asterix-ref{category}");
    let what = format!("category {category}, reserved expansion field");
    let mut text = Said { name: &name, what, head, edition, date: top("date") }.lines();
    text.push_str("    limits size=\"254B\"\n    identify prefix=0x00 mask=0x00\n");
    text.push_str(&format!("    record ref{category} {{\n{}    }}\n}}\n", writer.out));
    Ok((name, text))
}

/// The digits and the number of a category.
fn number_of(head: &Line) -> Result<(&str, u8), Vec<Refusal>> {
    let digits =
        head.word(1).filter(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| Some((digits, digits.parse::<u8>().ok()?))).ok_or_else(|| {
        let says = "a category is three digits, up to 255".to_owned();
        vec![Refusal { line: head.number, says }]
    })
}

/// What a specification says of itself.
struct Said<'l> {
    name: &'l str,
    what: String,
    head: &'l Line,
    edition: &'l Line,
    date: Option<&'l Line>,
}

impl Said<'_> {
    /// The first lines of the type.
    fn lines(&self) -> String {
        let Self { name, what, .. } = self;
        let edition = self.edition.word(1).unwrap_or("0");
        let title = plain(self.head.quoted().unwrap_or(""));
        let date = self.date.and_then(|date| date.word(1)).unwrap_or("");
        format!(
            "type \"{name}\" version=\"{edition}\" tier=3 {{\n    title \"ASTERIX {what}, edition {edition}: {title}\"\n    \
             source \"EUROCONTROL Specification for Surveillance Data Exchange, ASTERIX Part 1 and {what}, edition {edition} \
             ({date}); machine form zoranbosnjak/asterix-specs, BSD-3\"\n    encoding binary order=big bits=msb\n"
        )
    }
}

/// Text as it may stand between quotes.
fn plain(text: &str) -> String {
    text.chars().filter(|character| !matches!(character, '"' | '\\') && !character.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::convert;

    const SMALL: &str = "asterix 255 \"Small\"\nedition 1.0\ndate 2026-01-01\nitems\n\n    010 \"Source\"\n        definition\n            Words.\n        group\n            SAC \"\"\n                element 8\n                    raw\n            spare 8\n\n    020 \"Odd\"\n        random 4\n\nuap\n    010\n";

    #[test]
    fn a_small_one_becomes_a_type() {
        let (name, text) = convert(SMALL).unwrap();
        assert_eq!(name, "asterix-cat255");
        let found = crate::Type::parse("type.kdl", text.as_bytes(), &|_| None);
        let (found, _) = found.map_err(|diagnostics| diagnostics.render()).unwrap();
        assert!(found.shape().find("i255.i010.sac").is_some(), "{text}");
    }

    #[test]
    fn fields_in_any_order_name_their_place_in_the_profile() {
        let (_, text) = convert(&SMALL.replace("uap\n    010\n", "uap\n    010\n    -\n    rfs\n")).unwrap();
        let found = crate::Type::parse("type.kdl", text.as_bytes(), &|_| None);
        let (found, _) = found.map_err(|diagnostics| diagnostics.render()).unwrap();
        assert!(found.shape().find("i255.rfs.i010.sac").is_some(), "{text}");
        assert!(text.contains("case 1 {") && !text.contains("case 2 {"), "{text}");
    }

    /// A value chooses the profile: what both share stands once, the rest under the name of each.
    #[test]
    fn several_profiles_become_a_choice() {
        let profiles = "uaps\n    variations\n        plot\n            010\n            030\n            -\n            rfs\n        track\n            010\n            -\n            030\n    case 010/SAC\n        0: plot\n        1: track\n";
        let more = "\n    030 \"More\"\n        element 8\n            raw\n";
        let (before, _) = SMALL.split_once("\n    020").unwrap();
        let (_, text) = convert(&format!("{before}{more}\n{profiles}")).unwrap();
        let found = crate::Type::parse("type.kdl", text.as_bytes(), &|_| None);
        let (found, _) = found.map_err(|diagnostics| diagnostics.render()).unwrap();
        for path in ["i255.i010.sac", "i255.plot_i030", "i255.track_i030", "i255.plot_rfs.i030"] {
            assert!(found.shape().find(path).is_some(), "{text}");
        }
        // What chooses has to stand before all that it chooses, and each case has to have its profile.
        for (from, to, line) in
            [("case 010", "case 030", 30), ("1: track", "1: tracks", 32), ("variations", "variation", 19)]
        {
            let refusals = convert(&format!("{before}{more}\n{}", profiles.replace(from, to))).unwrap_err();
            assert_eq!(refusals.first().map(|refusal| refusal.line), Some(line), "{refusals:?}");
        }
    }

    #[test]
    fn an_expansion_field_becomes_a_type_to_embed() {
        let text = "ref 255 \"More\"\nedition 1.0\ndate 2026-01-01\n\ncompound 1\n    AB \"A\"\n        element 8\n            raw\n    -\n    CD \"C\"\n        compound\n            X \"X\"\n                element 8\n                    raw\n";
        let (name, made) = convert(text).unwrap();
        assert_eq!(name, "asterix-ref255");
        let found = crate::Type::parse("type.kdl", made.as_bytes(), &|_| None);
        let (found, _) = found.map_err(|diagnostics| diagnostics.render()).unwrap();
        assert!(found.shape().find("ref255.cd.x").is_some(), "{made}");
        let lines =
            |text: &str| convert(text).unwrap_err().iter().map(|refusal| refusal.line).collect::<Vec<_>>();
        assert_eq!(lines(&text.replace("compound 1", "compound")), [1]);
        assert_eq!(lines(&text.replace("raw\n    -", "random\n    -")), [8]);
        let many: String = (0..9).map(|_| "    -\n").collect();
        assert_eq!(lines(&format!("{}{many}", text.split_once("    AB").unwrap().0)), [5]);
    }

    #[test]
    fn what_cannot_be_expressed_is_refused_with_its_line() {
        let odd = SMALL.replace("uap\n    010\n", "uap\n    010\n    020\n    099\n");
        let refusals = convert(&odd).unwrap_err();
        let lines: Vec<usize> = refusals.iter().map(|refusal| refusal.line).collect();
        assert_eq!(lines, [16, 21], "{refusals:?}");
        assert_eq!(convert("").unwrap_err().len(), 4);
        assert!(
            convert("\tasterix 1").is_err() && convert("asterix 999 \"\"\nedition 1\nitems\nuap").is_err()
        );
    }
}
