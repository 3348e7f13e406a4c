use crate::policy::Place;
use crate::testing::{label, small};
use crate::{PolicyIx, PolicySet};
use alloc::format;
use alloc::string::String;

fn set(levels: [&str; 2], rest: &str) -> PolicySet {
    let level = |(at, name): (usize, &&str)| {
        format!(r#"<securityClassification name="{name}" lacv="{at}" hierarchy="{at}"/>"#)
    };
    let levels: String = levels.iter().enumerate().map(level).collect();
    let tag = r#"<securityCategoryTag name="K" tagType="restrictive">"#;
    let value = format!(r#"<tagCategory name="{rest}" lacv="1"/></securityCategoryTag>"#);
    let sets = format!(r#"<securityCategoryTagSet name="K" id="1.9">{tag}{value}</securityCategoryTagSet>"#);
    small(&levels, &sets, |_| {})
}

/// Rule 7: words that resemble Latin ones are the policy's own where it has them so, byte for byte.
#[test]
fn a_policy_is_read_in_its_own_letters() {
    for (levels, value, strange) in [
        (["ΕΜΠΙΣΤΕΥΤΙΚΟ", "ΑΠΟΡΡΗΤΟ"], "ΜΟΝΟ", "AΠΟΡΡΗΤΟ"),
        (["ПОВЕРИТЕЛНО", "СЕКРЕТНО"], "САМО", "CЕКРЕТНО"),
    ] {
        let set = set(levels, value);
        let form = set.policy(PolicyIx(0)).unwrap().marking_form(Place::PageTop, None);
        for level in levels {
            for values in [&[][..], &[("K", value)]] {
                let label = label(&set, "TEST", level, values);
                let text = form.render(&label).unwrap();
                assert!(text.contains(level) && crate::text::is_suspect(&text), "{text}");
                assert_eq!(form.parse(&text, PolicyIx(0)), Ok(label), "{text}");
                let hidden = text.replace(level, &format!("{level}\u{200B}"));
                assert_eq!(form.parse(&hidden, PolicyIx(0)).unwrap_err().code.id(), "LG-M010");
            }
        }
        // Its first letter is the Latin one.
        let text = form.render(&label(&set, "TEST", levels[1], &[])).unwrap().replace(levels[1], strange);
        assert_eq!(form.parse(&text, PolicyIx(0)).unwrap_err().code.id(), "LG-M010", "{text}");
    }
    let set = set(["LOW", "SECRET"], "MONO");
    let form = set.policy(PolicyIx(0)).unwrap().marking_form(Place::PageTop, None);
    let text = form.render(&label(&set, "TEST", "SECRET", &[])).unwrap();
    for (like, code) in
        [("SЕCRET", "LG-M010"), ("SΕCRET", "LG-M010"), ("СЕКРЕТНО", "LG-M010"), ("SECRETO", "LG-M002")]
    {
        let found = form.parse(&text.replace("SECRET", like), PolicyIx(0)).unwrap_err();
        assert_eq!(found.code.id(), code, "{like}");
    }
}
