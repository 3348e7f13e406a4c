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

/// The text of `type.kdl` for a specification; beside it the type's name, `asterix-cat048`.
///
/// # Errors
/// All that the type language does not express, or that is no specification, with lines.
pub fn convert(specification: &str) -> Result<(String, String), Vec<Refusal>> {
    if specification.len() > MAX_TEXT {
        return Err(vec![Refusal { line: 1, says: "a specification of more than 1 MiB".to_owned() }]);
    }
    let lines = tree::read(specification)?;
    let mut refusals = Vec::new();
    let top = |word: &str| {
        lines.iter().find(|line| line.text == word || line.text.starts_with(&format!("{word} ")))
    };
    if let Some(line) = top("ref") {
        let says = "a reserved expansion field, not a category: it stands in the item RE of one".to_owned();
        return Err(vec![Refusal { line: line.number, says }]);
    }
    if let Some(line) = top("uaps") {
        let says = "profiles that a value of a later item chooses: the type language does not express this"
            .to_owned();
        return Err(vec![Refusal { line: line.number, says }]);
    }
    let mut need = |word: &str| {
        let found = top(word);
        if found.is_none() {
            refusals.push(Refusal { line: 1, says: format!("there is no `{word}`") });
        }
        found
    };
    let (head, edition, items, uap) = (need("asterix"), need("edition"), need("items"), need("uap"));
    let (Some(head), Some(edition), Some(items), Some(uap)) = (head, edition, items, uap) else {
        return Err(refusals);
    };
    let category =
        head.word(1).filter(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit()));
    let number = category.and_then(|category| category.parse::<u8>().ok());
    let (Some(category), Some(number)) = (category, number) else {
        let says = "a category is three digits, up to 255".to_owned();
        return Err(vec![Refusal { line: head.number, says }]);
    };
    let mut writer = Writer::new(category, items);
    body(&mut writer, items, uap);
    if !writer.refusals.is_empty() {
        return Err(writer.refusals);
    }
    let name = format!("asterix-cat{category}");
    let edition_text = edition.word(1).unwrap_or("0");
    let title = head.quoted().unwrap_or("");
    let mut text = String::new();
    let date = top("date").and_then(|date| date.word(1)).unwrap_or("");
    for line in [
        format!("type \"{name}\" version=\"{edition_text}\" tier=3 {{"),
        format!("    title \"ASTERIX category {category}, edition {edition_text}: {}\"", plain(title)),
        format!(
            "    source \"EUROCONTROL Specification for Surveillance Data Exchange, ASTERIX Part 1 and category {category}, edition {edition_text} ({date}); machine form zoranbosnjak/asterix-specs, BSD-3\""
        ),
        "    encoding binary order=big bits=msb".to_owned(),
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

/// The items in the order of the user application profile.
fn body(writer: &mut Writer, items: &Line, uap: &Line) {
    for slot in &uap.children {
        match slot.text.as_str() {
            "-" => writer.line(4, "spare bits=1"),
            "rfs" => writer.any_order(items, uap),
            name => match items.children.iter().find(|item| item.word(0) == Some(name)) {
                Some(item) => writer.item(item, &format!("i{}", name.to_lowercase()), 4),
                None => writer.refuse(slot, "no item of this name is described"),
            },
        }
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

    #[test]
    fn what_is_no_category_or_has_several_profiles_is_refused_at_its_line() {
        let several = SMALL.replace("uap\n", "uaps\n");
        assert_eq!(convert(&several).unwrap_err().first().map(|refusal| refusal.line), Some(18));
        let expansion = format!("{}compound 1\n", SMALL.replace("asterix 255", "ref 255"));
        assert_eq!(convert(&expansion).unwrap_err().first().map(|refusal| refusal.line), Some(1));
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
