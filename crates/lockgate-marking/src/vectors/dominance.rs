use super::*;
use crate::{Combined, Mapped};
use lockgate_bytes::Time;

/// ACME of the standard, its elements without prefix brought into the namespace of SPIF, and MOCK, which the standard
/// only names: its CONFIDENTIAL has the code that ACME declares, its SECRET has none. In ACME no release means that
/// ACME alone reads: absence is undecided here, so that it never becomes release to everyone.
fn policies() -> Option<(PolicySet, PolicyIx)> {
    let mut set = PolicySet::new();
    let replace = [("<equivalentSecCategoryTag", "<spif:equivalentSecCategoryTag")];
    let acme = add_with(
        &mut set,
        "sparrow/ACME.xml",
        "ACME",
        "1.3.6.1.4.1.31778.110.1",
        &replace,
        Absent::Undecided,
    )?;
    let levels = r#"<securityClassification name="CONFIDENTIAL" lacv="3" hierarchy="1"/><securityClassification name="SECRET" lacv="4" hierarchy="2"/>"#;
    let mock = crate::testing::spif(levels, "")
        .replace(r#"name="TEST" id="1.3.6.1.4.1.99999.7""#, r#"name="MOCK" id="1.3.6.1.4.1.31778.120.1""#);
    let mock = Policy::from_spif(mock.as_bytes(), &settings("MOCK", "1.3.6.1.4.1.31778.120.1")).unwrap();
    set.add(mock).unwrap();
    Some((set, acme))
}

/// `ACME CONFIDENTIAL REL TO MOCK, PHONY`, as table 12 writes labels.
fn read(set: &PolicySet, text: &str) -> Label {
    let (head, release) = text.split_once(" REL TO ").unwrap_or((text, ""));
    let mut words = head.split(' ');
    let level = set.level(words.next().unwrap(), words.next().unwrap()).unwrap();
    let tag = |word: &str| if word == "STAFF" { "Administrative" } else { "Sensitive" };
    let others = words.map(|word| word.trim_matches(',')).map(|word| (tag(word), word));
    let release = release.split(", ").filter(|word| !word.is_empty()).map(|word| ("Releasable To", word));
    let values =
        others.chain(release).map(|(tag, value)| set.category(level.policy(), tag, value).unwrap().value);
    Label::new(level.policy(), level.level, values.collect())
}

/// Rules 23 and 25. All eight cases: what the table leaves to a policy decision is held here, as nothing mapped, or
/// as a label that nobody may read. One note: ACME's own file requires `Releasable To` of every CONFIDENTIAL label, so
/// the dominant label of the first case is the published one, and is held all the same.
#[test]
fn table_12_is_met() {
    let (Some((set, acme)), Some(table)) = (policies(), corpus("vectors/adatp4774_1_table12_dominant.tsv"))
    else {
        return;
    };
    let table = String::from_utf8(table).unwrap();
    let mut met = 0;
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let mut combined = Combined::default();
        let mut all_mapped = true;
        for source in &columns[..2] {
            let label = read(&set, source);
            let mapped = if label.policy() == acme { Ok(label) } else { set.declared(&label, acme) };
            match mapped {
                Ok(label) => combined.add(&Mapped { label, not_after: Time::MAX }, &set),
                Err(finding) => {
                    assert_eq!(finding.code.id(), "LG-M020");
                    all_mapped = false;
                }
            }
        }
        let enforced = combined.enforced().unwrap();
        let nobody = enforced.tags(&set).any(|tag| tag.is_nobody());
        if columns[2] == "POLICY-DECISION" {
            assert!(!all_mapped || nobody, "{line}");
        } else {
            assert!(all_mapped && enforced.says_the_same_as(&read(&set, columns[2])), "{line}: {enforced:?}");
            let held = columns[2] == "ACME CONFIDENTIAL";
            assert_eq!(set.policy(acme).unwrap().allows(&enforced), !held, "{line}");
        }
        met += 1;
    }
    assert_eq!(met, 8);
}
