//! Who belongs to a context of NATO: the extension `memberships` of its policy file, which lists partners.

use super::{Policy, nato};
use crate::bits::Bits;
use crate::country::alpha3_of_code;
use crate::spif::NAMESPACE;
use crate::{Label, Nation};
use alloc::vec::Vec;
use roxmltree::Node;

/// The namespace of the extension.
pub(crate) const EXTENSION: &str = "urn:nato:stanag:4774:spif:extensions:1:0";

/// The memberships that a file lists.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memberships {
    /// Values of `Only` that some membership has.
    partners: Bits,
    /// Values of `Context`, and the values of `Only` that belong to them.
    contexts: Vec<(Bits, Bits)>,
}

impl Memberships {
    /// True where a value of `Only` in `label` is a partner, and none of the label's context.
    pub(crate) fn are_left(&self, label: &Label) -> bool {
        let own = self.contexts.iter().filter(|(contexts, _)| contexts.meets(&label.values));
        let members = own.fold(Bits::EMPTY, |all, (_, members)| all.or(members));
        label.values.and(&self.partners).minus(&members) != Bits::EMPTY
    }
}

/// The elements that list who belongs to what.
pub(crate) fn lists<'d>(root: Node<'d, 'd>) -> impl Iterator<Item = Node<'d, 'd>> {
    let extensions = root.children().filter(|node| node.has_tag_name((NAMESPACE, "extensions")));
    extensions.flat_map(|node| node.descendants()).filter(|node| node.has_tag_name((EXTENSION, "membership")))
}

impl Policy {
    /// What the file lists, where this is the policy of NATO. Partners that belong to something else than a context belong
    /// to none.
    pub(crate) fn memberships_in(&self, root: Node<'_, '_>) -> Memberships {
        let mut memberships = Memberships::default();
        for list in lists(root).filter(|_| self.is_nato()) {
            let names: Vec<&str> = self.values_called(attribute(list, "name")).collect();
            let contexts = self
                .of_set(nato::CONTEXT, |value| names.iter().any(|name| self.is_one_name(name, &value.name)));
            let members = list.children().filter(|node| node.has_tag_name((EXTENSION, "member")));
            let members = members.fold(Bits::EMPTY, |all, member| {
                let (name, lacv) = (attribute(member, "name"), attribute(member, "lacv"));
                let nation = alpha3_of_code(lacv).map(Nation::of_alpha3);
                all.or(&self.of_set(nato::ONLY, |value| {
                    self.is_one_name(name, &value.name) || (nation.is_some() && value.nation == nation)
                }))
            });
            memberships.partners = memberships.partners.or(&members);
            memberships.contexts.push((contexts, members));
        }
        memberships
    }

    /// The names of the values that are called so: by name, or by the words that they are shown with.
    fn values_called<'p>(&'p self, called: &'p str) -> impl Iterator<Item = &'p str> {
        let is = move |value: &&super::Value| {
            self.is_one_name(&value.name, called)
                || value.marking.words().any(|words| self.is_one_name(words, called))
        };
        self.values.iter().filter(is).map(|value| value.name.as_str())
    }

    fn of_set(&self, set: &str, is: impl Fn(&super::Value) -> bool) -> Bits {
        let tags = self.tags.iter().filter(|tag| tag.set_id == set);
        let values = tags.flat_map(|tag| tag.values.iter());
        values.filter(|value| self.value(*value).is_some_and(&is)).collect()
    }
}

/// An attribute of the extension, which files write with its namespace, and the standard's figure without.
pub(crate) fn attribute<'d>(node: Node<'d, 'd>, name: &str) -> &'d str {
    let own = node.attribute((EXTENSION, name)).or_else(|| node.attribute(name));
    own.unwrap_or("").trim()
}

#[cfg(test)]
mod tests {
    use crate::testing::{NATO, corpus, settings};
    use crate::{Label, Policy, PolicySet};
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use lockgate_bytes::{Duration, Time};

    fn left_out(set: &PolicySet, context: &str, only: &[&str]) -> bool {
        let values = only.iter().map(|value| ("Only", *value)).chain([("Context", context)]);
        let values: Vec<(&str, &str)> = values.collect();
        let label: Label = crate::testing::label(set, "NATO", "SECRET", &values);
        let mut out = Vec::new();
        set.validate(&label, Time::MAX, Duration::ZERO, &mut out);
        let found: Vec<&str> = out.iter().map(|found| found.code.id()).collect();
        assert!(found.iter().all(|code| *code == "LG-M019"), "{out:?}");
        !found.is_empty()
    }

    /// markings.md rule 15, as far as files say who belongs to a context.
    #[test]
    fn only_stays_within_the_membership_of_its_context() {
        let value = |(name, lacv): (&str, &str)| format!("<tagCategory name=\"{name}\" lacv=\"{lacv}\"/>");
        let values = [("AUT", "040"), ("CHE", "756"), ("DEU", "276"), ("SVN", "705"), ("UKR", "804")];
        let only = format!(
            "<securityCategoryTagSet name=\"Only\" id=\"1.3.26.1.4.5\"><securityCategoryTag name=\"Only\" tagType=\"permissive\">{}\
             </securityCategoryTag></securityCategoryTagSet></securityCategoryTagSets>",
            values.map(value).concat()
        );
        let text = String::from_utf8(NATO.to_vec()).unwrap().replace("</securityCategoryTagSets>", &only);
        let of =
            |name: &str, members: &str| format!("<n:membership n:name=\"{name}\">{members}</n:membership>");
        let aut = r#"<n:member n:name="AUT" n:lacv="040"/>"#;
        let lists = of("KFOR", &(aut.to_string() + r#"<n:member name="SUI" lacv="756"/>"#))
            + &of("Partnerhsip", r#"<n:member n:name="UKR" n:lacv="804"/>"#);
        let extension = format!(
            "<extensions><n:memberships xmlns:n=\"{}\">{lists}</n:memberships></extensions></SPIF>",
            super::EXTENSION
        );
        let load = |text: &str| {
            let policy = Policy::from_spif(text.as_bytes(), &settings("NATO", "1.3.26.1.3.1")).unwrap();
            let prefixed = policy.warnings().iter().filter(|found| found.code == "P037").count();
            assert_eq!(prefixed, usize::from(text.contains("n:name")), "told once for the whole file");
            let odd: Vec<String> = policy
                .warnings()
                .iter()
                .filter(|found| found.code == "P036")
                .flat_map(|found| found.names.clone())
                .collect();
            let mut set = PolicySet::new();
            set.add(policy).unwrap();
            (set, odd)
        };
        let (set, odd) = load(&text.replace("</SPIF>", &extension));
        assert_eq!(odd, ["Partnerhsip"]);
        for (context, only, left) in [
            ("KFOR", &["AUT"][..], false),
            ("KFOR", &["AUT", "CHE", "DEU"], false),
            ("KFOR", &["UKR"], true),
            ("KFOR", &["AUT", "UKR"], true),
            ("NATO", &["AUT"], true),
            ("NATO", &["DEU", "SVN"], false),
        ] {
            assert_eq!(left_out(&set, context, only), left, "{context} {only:?}");
        }
        let (set, odd) = load(&text);
        assert!(odd.is_empty() && !left_out(&set, "NATO", &["AUT"]), "no file, no membership");
    }

    #[test]
    fn the_memberships_of_2021_are_enforced() {
        let Some(bytes) = corpus("nmbs/20210506_PU_NATO_Security_Policy-v88.spif") else { return };
        let mut set = PolicySet::new();
        set.add(Policy::from_spif(&bytes, &settings("NATO", "1.3.26.1.3.1")).unwrap()).unwrap();
        for (context, only, left) in [
            ("KFOR", "MDA", false),
            ("KFOR", "GEO", true),
            ("UKRAINE", "UKR", false),
            ("UKRAINE", "GEO", true),
            ("GEORGIA", "GEO", false),
            ("EAPC", "KAZ", false),
            ("EAPC", "JPN", true),
            ("RUSSIA", "DEU", false),
        ] {
            assert_eq!(left_out(&set, context, &[only]), left, "{context} {only}");
        }
    }
}
