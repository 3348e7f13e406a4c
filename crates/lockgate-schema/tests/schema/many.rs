//! Elements with more attributes than nearly all have: both readers keep room for a few, and make more where it takes more.

use crate::agree::agreed;
use crate::asterix::Pair;
use crate::common::load;
use std::fmt::Write;

/// Most attributes of one element, by this type's limit.
const MOST: usize = 40;

/// A type whose root may have 45 attributes, with a small element and a lane in it.
fn pair() -> Pair {
    let attributes = (0..45).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "attribute a{number} text max=9 optional=#true");
        text
    });
    let text = format!(
        "type \"many\" version=\"1\" tier=3 {{\n title \"x\"\n source \"tests\"\n encoding xml namespace=\"\"\n \
         framing delimiter \"</many>\"\n limits size=\"16KiB\" depth=4 attributes={MOST}\n identify element=\"many\"\n \
         record many {{\n {attributes} element part optional=#true {{\n attribute one text max=9\n \
         attribute two text max=9\n }}\n undeclared lane\n }}\n}}\n"
    );
    Pair::new(load("many", text.as_bytes()))
}

/// Attributes of these numbers, each with its number in its value.
fn attributes(numbers: impl Iterator<Item = usize>, quote: char) -> String {
    numbers.fold(String::new(), |mut text, number| {
        let _ = write!(text, " a{number}={quote}v{number}{quote}");
        text
    })
}

#[test]
fn any_number_of_attributes_is_read_alike() {
    let pair = pair();
    let part = "<part one=\"1\" two=\"2\"/>";
    for count in 0..=MOST + 2 {
        let canonical = format!("<many{}>{part}</many>", attributes(0..count, '"'));
        let (seen, inspection) = agreed(&pair, canonical.as_bytes(), 1_000_000);
        assert_eq!(seen.reasons.is_empty(), count <= MOST, "{count} of them: {:?}", seen.reasons);
        assert_eq!(inspection.canonical, count <= MOST, "{count} of them");
        // One text for each, as it stands, and two of the part.
        let texts: Vec<&str> = seen.open_texts.iter().map(|open| open.1.as_str()).collect();
        let expected: Vec<String> = (0..count).map(|number| format!("v{number}")).collect();
        if count <= MOST {
            assert_eq!(texts[..count], expected);
            assert_eq!(texts[count..], ["1", "2"]);
        }
        for start in [
            attributes((0..count).rev(), '"'),
            attributes(0..count, '\''),
            attributes((0..count).map(|number| (number + 7) % count.max(1)), '"'),
            // Behind so many: one that stands there already, one that nobody describes, one that is no plain text.
            attributes((0..count).chain([count / 2]), '"'),
            attributes(0..count, '"') + " b=\"\"",
            attributes(0..count, '"') + " xmlns:p=\"urn:p\"",
            attributes(0..count, '"') + " a44=\"&amp;#'\"",
            attributes(0..count, '"') + "  a44=\"a#b\" ",
        ] {
            agreed(&pair, format!("<many{start}>{part}</many>").as_bytes(), 1_000_000);
            // In an element that nobody describes, and with one that is described behind it.
            agreed(&pair, format!("<many a1=\"x\"><other{start}/>{part}</many>").as_bytes(), 1_000_000);
        }
    }
}
