//! Published vectors on published policies: surevine/spiffing's tests.xml and table 12 of ADatP-4774.1.
//!
//! The policies of spiffing are older than SPIF 2.1 or not well-formed; each is brought to 2.1 here by the replacements
//! that its function lists, and by nothing else.

use crate::testing::{at, corpus, settings};
use crate::{Absent, Access, Clearance, Kind, Label, Place, Policy, PolicyIx, PolicySet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

mod binary;
mod dominance;
mod held_out;
mod mutation;
mod real;
mod rules;
mod spiffing;

/// Adds the policy in `path`, with absence of every permissive tag as everyone: what the vectors expect.
fn add(set: &mut PolicySet, path: &str, name: &str, id: &str, replace: &[(&str, &str)]) -> Option<PolicyIx> {
    add_with(set, path, name, id, replace, Absent::Universe)
}

fn add_with(
    set: &mut PolicySet,
    path: &str,
    name: &str,
    id: &str,
    replace: &[(&str, &str)],
    absent: Absent,
) -> Option<PolicyIx> {
    let mut text = String::from_utf8(corpus(path)?).unwrap();
    for (from, to) in replace {
        assert!(text.contains(from), "{path}: {from}");
        text = text.replace(from, to);
    }
    let mut settings = settings(name, id);
    let bare =
        Policy::from_spif(text.as_bytes(), &settings).unwrap_or_else(|found| panic!("{path}: {found:#?}"));
    let mut groups: Vec<u8> = Vec::new();
    for tag in bare.tags.iter() {
        if let Some(group) = tag.group.filter(|group| !groups.contains(group)) {
            groups.push(group);
            settings.absent.push((tag.name.clone(), absent));
        }
    }
    if id == "1.3.26.1.3.1" {
        settings.everyone.push(("Context".into(), "Releasable".into()));
    }
    Some(set.add(Policy::from_spif(text.as_bytes(), &settings).unwrap()).unwrap())
}

/// The policy of NATO of 2015, as spiffing carries it.
fn nato_2015(set: &mut PolicySet) -> Option<PolicyIx> {
    add(set, "surevine-spiffing/nato-4774-policy.xml", "NATO", "1.3.26.1.3.1", &[])
}

/// The policy of NATO of 2021.
fn nato_2021(set: &mut PolicySet) -> Option<PolicyIx> {
    add(set, "nmbs/20210506_PU_NATO_Security_Policy-v88.spif", "NATO", "1.3.26.1.3.1", &[])
}
