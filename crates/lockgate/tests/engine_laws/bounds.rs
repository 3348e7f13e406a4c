//! Each bound in time, one nanosecond before, at it, and one after.

use crate::event::{EVENT, MARKING, READERS, at, bound, event, later, now};
use crate::gate::{DEFAULTED, DOWN, Gate, assign};
use lockgate_bytes::Time;

/// Released until just before `end`, and never after; the token says so itself.
fn ends(gate: &Gate, object: &str, end: Time, code: &str) {
    let last = gate.judge(object.as_bytes(), later(end, -1));
    assert_eq!(last.codes, [""; 0], "just before {end}");
    assert_eq!(last.not_after, Some(end), "the token ends when the verdict would");
    for nanos in [0, 1] {
        let seen = gate.judge(object.as_bytes(), later(end, nanos));
        assert!(seen.codes.contains(&code), "{nanos} ns after {end}: {:?}", seen.codes);
    }
}

/// Never released before `begin`, and from then on.
fn begins(gate: &Gate, object: &str, begin: Time, code: &str) {
    let early = gate.judge(object.as_bytes(), later(begin, -1));
    assert!(early.codes.contains(&code), "just before {begin}: {:?}", early.codes);
    for nanos in [0, 1] {
        let seen = gate.judge(object.as_bytes(), later(begin, nanos));
        assert_eq!(seen.codes, [""; 0], "{nanos} ns after {begin}");
    }
}

#[test]
fn an_event_is_stale_at_its_stale_time() {
    ends(&DOWN, EVENT, at("2026-03-01T10:09:50Z"), "LG-A017");
}

#[test]
fn no_event_outlives_the_maximum_of_its_lane() {
    let long = event(&[("10:09:50Z", "23:00:00Z")]);
    ends(&DOWN, &long, at("2026-03-01T10:24:50Z"), "LG-A017");
}

#[test]
fn a_clock_may_be_ahead_by_the_skew_and_no_more() {
    // Five seconds before it was observed.
    begins(&DOWN, EVENT, at("2026-03-01T10:04:45Z"), "LG-A018");
    let start = event(&[("start=\"2026-03-01T10:04:50Z\"", "start=\"2026-03-01T10:04:55Z\"")]);
    begins(&DOWN, &start, at("2026-03-01T10:04:50Z"), "LG-A018");
}

#[test]
fn a_label_made_in_the_future_counts_after_the_skew_only() {
    let object = bound("RESTRICTED", &READERS, at("2026-03-01T10:06:00Z"));
    begins(&DOWN, &object, at("2026-03-01T10:05:55Z"), "LG-M018");
}

#[test]
fn an_agreement_holds_from_its_first_to_its_last_instant() {
    let first = EVENT
        .replace("2026-03-01T10:04:50Z", "2025-12-31T23:59:50Z")
        .replace("2026-03-01T10:09:50Z", "2026-01-01T00:05:00Z");
    begins(&DOWN, &first, at("2026-01-01T00:00:00Z"), "LG-A004");
    let last = EVENT
        .replace("2026-03-01T10:04:50Z", "2035-12-31T23:59:50Z")
        .replace("2026-03-01T10:09:50Z", "2036-01-01T00:05:00Z");
    ends(&DOWN, &last, at("2036-01-01T00:00:00Z"), "LG-A005");
}

#[test]
fn an_expired_agreement_releases_nothing() {
    let edit = ("agreements/rsocc.kdl", "until=\"2035-12-31\"", "until=\"2026-02-28\"");
    let seen = Gate::new("cot-down", &[edit]).judge(EVENT.as_bytes(), now());
    assert_eq!(seen.codes, ["LG-A005"]);
}

#[test]
fn a_default_label_ends_when_its_lane_says() {
    let unlabelled = event(&[(MARKING, "")]);
    assert!(DEFAULTED.releases(unlabelled.as_bytes(), now()));
    let gate = Gate::new("cot-down", &[assign("2026-03-01T10:05:00Z").as_edit()]);
    ends(&gate, &unlabelled, now(), "LG-M025");
    let (old, later) = (assign("2035-12-31"), assign("2035-12-31\" from=\"2026-03-01T10:05:00Z"));
    let gate = Gate::new("cot-down", &[later.as_edit()]);
    begins(&gate, &unlabelled, now(), "LG-M025");
    assert!(
        Gate::new("cot-down", &[old.as_edit()]).releases(unlabelled.as_bytes(), at("2026-03-01T10:04:59Z"))
    );
}

const MEMBERS: &str = r#"member "AUT" "HRV" "HUN" "SVK" "SVN" from="2025-03-03""#;
const FOUR: &str = r#"member "HRV" "HUN" "SVK" "SVN" from="2025-03-03""#;

/// The lane to five nations by name, with one of them in the community on terms of its own.
fn with_member(terms: &str) -> Gate {
    let members = format!("{FOUR}\n    member \"AUT\" {terms}");
    Gate::new(
        "cot-down",
        &[
            ("communities/R-SOCC.kdl", MEMBERS, &members),
            ("domains/rsocc-net.kdl", "community=\"R-SOCC\"", "\"AUT\" \"HRV\" \"HUN\" \"SVK\" \"SVN\""),
        ],
    )
}

#[test]
fn membership_counts_twice() {
    // Now: a member from this instant reads what was labelled at it; a label may be ahead by the skew.
    let joined = with_member("from=\"2026-03-01T10:05:00Z\"");
    let object = bound("RESTRICTED", &["R-SOCC"], now());
    begins(&joined, &object, now(), "LG-A011");
    // When the label was made: a label from before means the members of then.
    for (nanos, releasable) in [(-1, false), (0, true), (1, true)] {
        let object = bound("RESTRICTED", &["R-SOCC"], later(now(), nanos));
        let seen = joined.judge(object.as_bytes(), at("2026-03-01T10:05:30Z"));
        assert_eq!(seen.codes.is_empty(), releasable, "{nanos}: {:?}", seen.codes);
    }
    // Whoever leaves reads nothing more, whenever the label was made.
    let left = with_member("from=\"2025-03-03\" until=\"2026-03-01T10:05:00Z\"");
    let object = bound("RESTRICTED", &["R-SOCC"], at("2026-03-01T10:04:50Z"));
    ends(&left, &object, now(), "LG-A011");
}

#[test]
fn a_nation_that_joins_the_destination_is_not_covered_by_what_was_agreed_before() {
    let members = format!("{MEMBERS}\n    member \"BEL\" from=\"2026-03-01T10:05:00Z\"");
    let gate = Gate::new("cot-down", &[("communities/R-SOCC.kdl", MEMBERS, &members)]);
    for code in ["LG-A006", "LG-A011"] {
        ends(&gate, EVENT, now(), code);
    }
}
