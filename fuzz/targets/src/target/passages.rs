//! Whole texts with markings, by the words of a policy and by the register of the United States: what is found stands where it is
//! said to, the whole is as strict as each part of it, and a text without a finding has a banner that covers its portions.

use super::label::POLICIES;
use lockgate_bytes::Span;
use lockgate_marking::{Label, Place, PolicyIx};
use lockgate_us::{EDITIONS, Form, document, parse};

pub(crate) const WORDS: &[&str] = &[
    "NATO SECRET\n",
    "NATO RESTRICTED\n",
    "COSMIC TOP SECRET\n",
    "NATO SECRET Releasable To AUT\n",
    "MISSION RESTRICTED HRV\n",
    "MISSION SECRET\n",
    "(NS) ",
    "(NR) ",
    "(NU) ",
    "(MR AUT, HRV) ",
    "(MU HRV) ",
    "(see below) ",
    "(NS",
    "((",
    "SECRET//NOFORN\n",
    "SECRET//REL TO USA, GBR\n",
    "(S//NF) ",
    "(U) ",
    "\u{c}",
    "\r",
    "\u{2028}",
    "\u{200B}",
];

pub(crate) fn run(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    for (policy, _) in POLICIES.iter() {
        by_words(text, policy);
    }
    for edition in EDITIONS {
        let checked = document::check(text, edition);
        for one in &checked.found {
            let read = text.get(one.at.clone()).map(|said| parse(said, edition));
            let is_so = read.is_some_and(|read| {
                read.is_ok_and(|read| read.form == one.form && read.marking == *one.marking)
            });
            if !is_so {
                panic!("{}: a marking does not stand where it is said to", edition.name);
            }
        }
        if checked.faults.iter().any(|fault| text.get(fault.at.clone()).is_none()) {
            panic!("{}: a fault stands outside of the text", edition.name);
        }
        let banner = checked.found.iter().find(|one| one.form == Form::Banner);
        if checked.faults.is_empty() && banner.is_none() {
            panic!("{}: a text without a fault has no banner", edition.name);
        }
        let covers = |banner: &document::Found| {
            checked.found.iter().all(|one| document::covers(&banner.marking, &one.marking, edition))
        };
        if checked.faults.is_empty() && banner.is_some_and(|banner| !covers(banner)) {
            panic!("{}: a banner does not cover its text, and nothing says so", edition.name);
        }
    }
}

fn by_words(text: &str, policy: PolicyIx) {
    let Some(words) = POLICIES.policy(policy) else { return };
    let checked = POLICIES.check_text(text, policy);
    let mut last = 0;
    for one in &checked.found {
        let read = said(text, one.at).map(|said| words.marking_form(one.place, None).parse(said, policy));
        if one.at.start < last || !read.is_some_and(|read| read.is_ok_and(|read| read == one.label)) {
            panic!("{}: a marking does not stand where it is said to", words.name());
        }
        last = one.at.end;
        if !checked.strictest.is_some_and(|strictest| strictest.dominates(&one.label, &POLICIES)) {
            panic!("{}: a text is lower than a marking in it", words.name());
        }
    }
    let outside = |at: Span| said(text, at).is_none();
    if checked.findings.iter().filter_map(|finding| finding.span).any(outside) {
        panic!("{}: a finding stands outside of the text", words.name());
    }
    if !checked.findings.is_empty() {
        return;
    }
    let banner = checked.found.iter().find(|one| one.place == Place::PageTop);
    let covers = |label: &Label| checked.found.iter().all(|one| label.dominates(&one.label, &POLICIES));
    if !banner.is_some_and(|banner| covers(&banner.label)) {
        panic!("{}: a text without a finding has no banner that covers it", words.name());
    }
}

/// The text at a place.
fn said(text: &str, at: Span) -> Option<&str> {
    let (from, to) = (usize::try_from(at.start).ok()?, usize::try_from(at.end).ok()?);
    text.get(from..to)
}
