//! A published header whose first bit is the lowest one, against what another decoder says of it.

use crate::asterix::{agreed, pair};
use crate::guide::shown;
use crate::make::Random;
use serde_json::Value as Json;
use std::io::Write as _;
use std::path::PathBuf;

/// Ours, and where the other decoder has it; `/` between the names, numbers for places in lists.
const VALUES: [(&str, &str); 12] = [
    ("originator.urn", "originator_address_group/0/urn/0/value"),
    ("originator.name", "originator_address_group/0/unit_name/0/value"),
    ("recipient.urn", "recipient_address_group/0/item/0/urn/0/value"),
    ("format", "message_handling_group/item/0/umf/value"),
    ("vmf.area", "message_handling_group/item/0/vmf_message_identification_group/0/fad/value"),
    ("vmf.number", "message_handling_group/item/0/vmf_message_identification_group/0/message_number/value"),
    ("operation", "message_handling_group/item/0/operation_indicator/value"),
    ("again", "message_handling_group/item/0/retransmit_indicator/value"),
    ("precedence", "message_handling_group/item/0/message_precedence_codes/value"),
    ("level", "message_handling_group/item/0/security_classification/value"),
    (
        "acknowledge.machine",
        "message_handling_group/item/0/acknowledgement_request_group/0/machine_acknowledge_request_indicator/value",
    ),
    (
        "acknowledge.reply",
        "message_handling_group/item/0/acknowledgement_request_group/0/operator_reply_request_indicator/value",
    ),
];

#[test]
fn a_published_header_reads_as_daffodil_reads_it() {
    let Some(root) = std::env::var_os("LOCKGATE_CORPUS") else {
        let _ = writeln!(std::io::stderr(), "SKIPPED: LOCKGATE_CORPUS names no folder of samples");
        return;
    };
    let folder = PathBuf::from(root).join("formats/dfdl/mil-std-2045");
    let bytes = std::fs::read(folder.join("test2045MsgHdr1.dat")).unwrap();
    let infoset: Json =
        serde_json::from_slice(&std::fs::read(folder.join("test2045MsgHdr1.json")).unwrap()).unwrap();
    let theirs = &infoset["milstd2045_messages"]["message"][0]["header"]["contents"];
    let pair = pair("mil2045.kdl", include_bytes!("mil2045.kdl"));
    let (reasons, read) = agreed(&pair, &bytes);
    assert_eq!((reasons, read.canonical), (Vec::new(), true));
    for (path, place) in VALUES {
        let wanted = theirs.pointer(&format!("/{place}")).unwrap_or_else(|| panic!("{place}"));
        let wanted = wanted.as_str().unwrap().trim_start_matches("OK_");
        let said = match wanted {
            "Original_Message" | "No_Reply_Required" => "false",
            "Acknowledgement_Requested" => "true",
            other => other,
        };
        assert_eq!(shown(&pair, &read, &bytes, path), said, "{path}");
    }
    let at = ["year", "month", "day", "hour", "minute", "second"]
        .map(|part| shown(&pair, &read, &bytes, &format!("originated.{part}")).parse::<u32>().unwrap());
    let [year, month, day, hour, minute, second] = at;
    let at = format!("20{year:02}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    let group = &theirs["message_handling_group"]["item"][0]["originator_dtg_group"][0];
    assert_eq!(group["dateTime"], at.as_str());
    // The one with every part of the edition has some that this type does not describe.
    let every = std::fs::read(folder.join("D1_all_fields.dat")).unwrap();
    assert!(!agreed(&pair, &every).0.is_empty());
    let mut random = Random(2045);
    for _ in 0..400 {
        let mut changed = bytes.clone();
        let at = random.below(changed.len() * 8);
        changed[at / 8] ^= 1 << (at % 8);
        agreed(&pair, &changed);
    }
}
