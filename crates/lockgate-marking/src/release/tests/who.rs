//! Who may read and which agreement covers it, for people: never another answer than the check's own.

use super::{FIVE, NOW, NoAgreement, lane};
use crate::Party;
use crate::testing::{at, nation, nations};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Readers that may, readers that may not with their codes.
fn readers(
    lane: &super::Lane,
    label: &crate::Label,
    now: &str,
) -> (String, Vec<(String, Vec<&'static str>)>) {
    let (mut may, mut may_not) = (Vec::new(), Vec::new());
    for answer in lane.compile().unwrap().each_reader(label, at(now)) {
        let name = answer.reader.name().to_string();
        if answer.findings.is_empty() {
            may.push(name);
        } else {
            let codes = answer.findings.iter().map(|found| found.finding.code.id()).collect();
            assert!(answer.findings.iter().all(|found| found.agreement.is_none()), "no agreement is asked");
            may_not.push((name, codes));
        }
    }
    (may.join(" "), may_not)
}

#[test]
fn each_reader_is_named_with_what_keeps_it_out() {
    let lane = lane();
    assert_eq!(readers(&lane, &lane.friendly(), NOW), ("AUT HRV HUN SVK SVN".into(), Vec::new()));
    let two = lane.label("RESTRICTED", &[("Releasable To", "AUT"), ("Releasable To", "HRV")]);
    let (may, may_not) = readers(&lane, &two, NOW);
    assert_eq!(may, "AUT HRV");
    let out: Vec<&str> = may_not.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(out, ["HUN", "SVK", "SVN"]);
    assert!(may_not.iter().all(|(_, codes)| codes[..] == ["LG-A011"]), "{may_not:?}");
    let says = &lane.compile().unwrap().each_reader(&two, at(NOW))[2].findings[0].finding.says;
    assert!(says.contains("HUN") && !says.contains("SVK"), "one reader at a time: {says}");
    // What is about the whole keeps everyone out.
    let high = lane.label("SECRET", &[("Releasable To", "AUT")]);
    let (may, may_not) = readers(&lane, &high, NOW);
    assert_eq!((may.as_str(), may_not.len()), ("", 5));
    assert_eq!(may_not[0], ("AUT".to_string(), Vec::from(["LG-A010"])));
    assert_eq!(may_not[1], ("HRV".to_string(), Vec::from(["LG-A010", "LG-A011"])));
    // Before the community began nobody reads.
    assert_eq!(readers(&lane, &two, "2025-03-02T23:59:59Z"), (String::new(), Vec::new()));
}

#[test]
fn each_agreement_says_what_stands_against_it() {
    let mut lane = lane();
    let codes = |lane: &super::Lane, label: &crate::Label, now: &str| {
        let [answer] = &lane.compile().unwrap().each_agreement(label, at(now))[..] else { panic!("one") };
        assert_eq!((&*answer.agreement, &answer.covers[..]), ("rsocc", &["ground-track".to_string()][..]));
        answer.findings.iter().map(|found| found.finding.code.id()).collect::<Vec<_>>()
    };
    let friendly = lane.friendly();
    assert_eq!(codes(&lane, &friendly, NOW), [""; 0]);
    assert_eq!(codes(&lane, &friendly, "2036-01-01T00:00:00Z"), ["LG-A005"]);
    let high = lane.label("CONFIDENTIAL", &[("Special Handling", "MEDICAL")]);
    assert_eq!(codes(&lane, &high, NOW), ["LG-A008", "LG-A009"]);
    lane.agreements[0].parties.retain(|party| *party != Party::Nation(nation("HUN")));
    assert_eq!(codes(&lane, &friendly, NOW), ["LG-A006"]);
    // It never helps a reader whom the label leaves out.
    let two = lane.label("RESTRICTED", &[("Releasable To", "AUT")]);
    assert_eq!(readers(&lane, &two, NOW).0, "AUT");
}

/// All readers may read, and an agreement stands open, exactly where the check lets a covered object of the owner flow.
#[test]
fn the_answers_are_those_of_the_check() {
    let five: Vec<&str> = FIVE.split(' ').collect();
    let (mut released, mut kept) = (0_u32, 0_u32);
    for without in [None, Some("HUN"), Some("SVN")] {
        let mut lane = lane();
        let who: Vec<&str> = five.iter().copied().filter(|code| Some(*code) != without).collect();
        lane.agreements[0].parties = nations(&who.join(" "));
        let check = lane.compile().unwrap();
        let mut open = super::lane();
        open.agreements.clear();
        open.none = Some(NoAgreement { authority: "test".into() });
        let alone = open.compile().unwrap();
        for level in ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET"] {
            for caveat in [None, Some("MEDICAL"), Some("CRYPTO")] {
                for mask in 0..32_u32 {
                    let to = five.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0);
                    let mut values: Vec<_> = to.map(|(_, code)| ("Releasable To", *code)).collect();
                    values.extend(caveat.map(|caveat| ("Special Handling", caveat)));
                    let label = lane.label(level, &values);
                    for now in ["2025-12-31T23:59:59Z", NOW, "2036-01-01T00:00:00Z"] {
                        let now = at(now);
                        let all =
                            check.each_reader(&label, now).iter().all(|answer| answer.findings.is_empty());
                        assert_eq!(all, alone.judge(&label, None, now, &mut Vec::new()).releasable);
                        let covered =
                            check.each_agreement(&label, now).iter().any(|answer| answer.findings.is_empty());
                        // Where SVN, the giver, is no party, the check has one more reason, of the lane.
                        let flows = check.judge(&label, Some(0), now, &mut Vec::new()).releasable;
                        assert_eq!(flows, all && covered && without != Some("SVN"), "{level} {values:?}");
                        released += u32::from(flows);
                        kept += u32::from(!flows);
                    }
                }
            }
        }
    }
    assert!(released > 0 && kept > 100, "{released} {kept}");
}
