//! Two records of one decision, held against each other: the one in the log, and the one that was made again.

use serde_json::Value;

/// Differences that are told of one record, at most.
const TOLD: usize = 20;
/// Characters of a value that are shown, at most.
const VALUE_CHARS: usize = 160;

/// One member that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Where it stands in the record, such as `account.reasons[0].code`.
    pub(super) at: String,
    /// What the log has, as JSON; `None` where it has no such member.
    pub(super) recorded: Option<String>,
    /// What came out again; `None` likewise.
    pub(super) again: Option<String>,
}

/// How the two differ: the first [`TOLD`] members, and how many more there are. `leave` are members that are not compared.
/// Records that are not the same bytes and have the same members are still not the same.
pub(super) fn differences(recorded: &[u8], again: &[u8], leave: &[&str]) -> (Vec<Difference>, usize) {
    let read = |bytes| serde_json::from_slice::<Value>(bytes).ok();
    let mut found = Vec::new();
    match (read(recorded), read(again)) {
        (Some(one), Some(other)) => walk(&mut String::new(), Some(&one), Some(&other), &mut found),
        // The log was verified and read before; what was made again is ours.
        _ => found.push(Difference { at: "record".to_owned(), recorded: None, again: None }),
    }
    found.retain(|one| !leave.contains(&one.at.as_str()));
    if found.is_empty() && recorded != again && leave.is_empty() {
        let says = |text: &str| Some(format!("\"{text}\""));
        let (recorded, again) = (says("the same members"), says("the same members, written otherwise"));
        found.push(Difference { at: "record".to_owned(), recorded, again });
    }
    let more = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    (found, more)
}

/// The depth of a record is bounded by its reader, which has read both.
fn walk(at: &mut String, one: Option<&Value>, other: Option<&Value>, found: &mut Vec<Difference>) {
    if one == other {
        return;
    }
    let length = at.len();
    match (one, other) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let ours = one.keys();
            let theirs = other.keys().filter(|key| !one.contains_key(*key));
            for key in ours.chain(theirs) {
                if !at.is_empty() {
                    at.push('.');
                }
                at.push_str(key);
                walk(at, one.get(key), other.get(key), found);
                at.truncate(length);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) if one.len() == other.len() => {
            for (place, (one, other)) in one.iter().zip(other).enumerate() {
                at.push_str(&format!("[{place}]"));
                walk(at, Some(one), Some(other), found);
                at.truncate(length);
            }
        }
        _ => found.push(Difference { at: at.clone(), recorded: one.map(shown), again: other.map(shown) }),
    }
}

/// A value on one line. Of a list of reasons the codes say enough.
fn shown(value: &Value) -> String {
    let code = |item: &Value| item.get("code").and_then(Value::as_str).map(str::to_owned);
    let codes: Option<Vec<String>> = value.as_array().and_then(|items| items.iter().map(code).collect());
    let text = match codes.filter(|codes| !codes.is_empty()) {
        Some(codes) => format!("[{}]", codes.join(", ")),
        None => value.to_string(),
    };
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::differences;

    fn told(one: &str, other: &str, leave: &[&str]) -> Vec<String> {
        let (found, more) = differences(one.as_bytes(), other.as_bytes(), leave);
        assert_eq!(more, 0);
        let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        found
            .into_iter()
            .map(|one| format!("{}: {} {}", one.at, text(one.recorded), text(one.again)))
            .collect()
    }

    #[test]
    fn what_is_the_same_says_nothing_and_every_other_member_is_named() {
        let record = r#"{"a":{"verdict":"hold","reasons":[{"code":"LG-M001","span":[1,2]}]},"b":1}"#;
        assert!(told(record, record, &[]).is_empty());
        assert_eq!(
            told(record, &record.replace("[1,2]", "[1,3]").replace("hold", "refuse"), &[]),
            ["a.reasons[0].span[1]: 2 3", "a.verdict: \"hold\" \"refuse\""]
        );
        let more = record.replace("]}]", "]},{\"code\":\"LG-W001\"}]").replace(",\"b\":1", ",\"c\":null");
        assert_eq!(
            told(record, &more, &["c"]),
            ["a.reasons: [LG-M001] [LG-M001, LG-W001]", "b: 1 -"],
            "a member that is null is one, unless it is left out"
        );
        assert_eq!(told(record, &more, &["a.reasons", "b", "c"]), [""; 0]);
    }

    #[test]
    fn the_same_members_in_another_order_or_spelling_are_not_the_same_record() {
        for other in [r#"{"b":1,"a":2}"#, r#"{"a":2, "b":1}"#] {
            assert_eq!(told(r#"{"a":2,"b":1}"#, other, &[]).len(), 1, "{other}");
        }
        assert_eq!(told("{", "{}", &[]), ["record: - -"]);
    }

    #[test]
    fn a_record_that_differs_everywhere_is_told_in_bounds() {
        let record = |value: &str| {
            let members: Vec<String> = (0..50).map(|key| format!("\"k{key}\":\"{value}\"")).collect();
            format!("{{{}}}", members.join(","))
        };
        let (one, other) = (record("a"), record(&"\u{e9}".repeat(400)));
        let (found, more) = differences(one.as_bytes(), other.as_bytes(), &[]);
        assert_eq!((found.len(), more), (20, 30));
        assert!(found.iter().all(|one| one.again.as_ref().is_some_and(|text| text.chars().count() == 163)));
    }
}
