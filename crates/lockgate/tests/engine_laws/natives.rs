//! The codes of formats, read by the profiles of this repository: every code is its level, a fault, or held, and the same
//! number never means by one format what it means by another (rules 36 and 37 of the reference on markings).

use crate::event::{MARKING, event, now};
use crate::gate::{Gate, Seen};
use lockgate_core::CarrierKind;
use lockgate_marking::LevelRef;

/// A lane whose events have a native code, read by the shipped profile `name`.
fn gate(name: &str) -> Gate {
    let qos = "        attribute qos text form=";
    let native = "        attribute native text max=3 optional=#true role=marking.native\n";
    Gate::new(
        "cot-down",
        &[
            ("types/cot-event/type.kdl", qos, &format!("{native}{qos}")),
            ("lanes/cot-down.kdl", "marking \"cot-mission\"", &format!("marking \"{name}\"")),
        ],
    )
}

fn judge(gate: &Gate, code: &str) -> Seen {
    gate.judge(event(&[(MARKING, &format!(" native=\"{code}\""))]).as_bytes(), now())
}

const UNCLASSIFIED: &str = "UNCLASSIFIED";
const RESTRICTED: &str = "RESTRICTED";
const CONFIDENTIAL: &str = "CONFIDENTIAL";
const SECRET: &str = "SECRET";
const TOP_SECRET: &str = "TOP SECRET";

/// Each format's codes with their levels, as its standard has them; everything else has to stay.
const FORMATS: [(&str, &[(&str, &str)]); 6] = [
    (
        "gmti-nato",
        &[("5", UNCLASSIFIED), ("4", RESTRICTED), ("3", CONFIDENTIAL), ("2", SECRET), ("1", TOP_SECRET)],
    ),
    (
        "misb-nato",
        &[("1", UNCLASSIFIED), ("2", RESTRICTED), ("3", CONFIDENTIAL), ("4", SECRET), ("5", TOP_SECRET)],
    ),
    (
        "nitf-nato",
        &[("U", UNCLASSIFIED), ("R", RESTRICTED), ("C", CONFIDENTIAL), ("S", SECRET), ("T", TOP_SECRET)],
    ),
    ("vmf-nato", &[("0", UNCLASSIFIED), ("1", CONFIDENTIAL), ("2", SECRET), ("3", TOP_SECRET)]),
    (
        "ess-nato",
        &[("1", UNCLASSIFIED), ("2", RESTRICTED), ("3", CONFIDENTIAL), ("4", SECRET), ("5", TOP_SECRET)],
    ),
    ("ip-nato", &[("171", UNCLASSIFIED), ("150", CONFIDENTIAL), ("90", SECRET), ("61", TOP_SECRET)]),
];

#[test]
fn every_code_of_every_shipped_profile_is_its_level_or_stays() {
    for (name, levels) in FORMATS {
        let gate = gate(name);
        let policies = gate.policy.policies();
        let known: Vec<LevelRef> =
            levels.iter().map(|(_, level)| policies.level("NATO", level).expect(level)).collect();
        let numbers = (0..=255_u16).map(|code| code.to_string());
        let letters = ["A", "u", "t", "TS", "", " ", "05", "-1", "SECRET", "R "].map(str::to_owned);
        let codes = numbers.chain(('A'..='Z').map(String::from)).chain(letters);
        let mut read = 0;
        for code in codes.filter(|code| code.len() <= 3) {
            let seen = judge(&gate, &code);
            let claimed = seen.claims.iter().find(|(carrier, _)| *carrier == CarrierKind::NativeCode);
            let label = claimed.and_then(|(_, label)| *label);
            let expected = levels.iter().position(|(known, _)| *known == code);
            assert_eq!(label.map(|label| label.level()), expected.map(|at| known[at]), "{name} {code:?}");
            read += usize::from(label.is_some());
            if expected.is_none() {
                assert!(seen.released.is_none() && !seen.codes.is_empty(), "{name} {code:?}");
            }
        }
        assert_eq!(read, levels.len(), "{name}");
    }
}

#[test]
fn a_code_that_the_format_lacks_and_one_that_nobody_lists_have_their_codes() {
    assert!(judge(&gate("gmti-nato"), "6").codes.contains(&"LG-M039"));
    assert!(judge(&gate("ess-nato"), "6").codes.contains(&"LG-M039"));
    // RFC 2634 has the number 0, unmarked, and no level of the policy is that.
    assert!(judge(&gate("ess-nato"), "0").codes.contains(&"LG-M020"));
    let seen = judge(&gate("vmf-nato"), "4");
    assert!(seen.codes.contains(&"LG-M039") && seen.says.iter().all(|says| !says.contains('4')), "{seen:?}");
}

/// Of readers a code that says less is stricter: it limits the object to those that it names (rule 31).
#[test]
fn a_code_that_names_fewer_readers_than_the_label_counts() {
    let code = "    carrier marking.native {\n        value \"A\" level=\"RESTRICTED\" {\n            category \"Releasable To\" \"AUT\"\n        }\n        value \"R\" level=\"RESTRICTED\"\n        unlabelled \"9\"\n    }\n    carrier marking.caveat-text";
    let qos = "        attribute qos text form=";
    let native = "        attribute native text max=3 optional=#true role=marking.native\n";
    let gate = Gate::new(
        "cot-down",
        &[
            ("types/cot-event/type.kdl", qos, &format!("{native}{qos}")),
            ("profiles/cot-mission.kdl", "    carrier marking.caveat-text", code),
        ],
    );
    let with = |code: &str| {
        gate.judge(event(&[(MARKING, &format!("{MARKING} native=\"{code}\""))]).as_bytes(), now())
    };
    let silent = with("R");
    assert_eq!((silent.codes, silent.released.is_some()), (Vec::new(), true), "it says nothing of readers");
    let fewer = with("A");
    assert!(fewer.released.is_none() && fewer.codes.contains(&"LG-M021"), "{:?}", fewer.codes);
    assert!(fewer.codes.contains(&"LG-A011"), "four of five readers are not named: {:?}", fewer.codes);
}
