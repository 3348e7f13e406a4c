use super::{
    BundleChange, ClockChange, ClockState, Decision, Door, Drops, Event, EventFault, Refusals, Review,
    SNAPSHOT_BEGINS, Settled, Stage, StageSays, Start, Stop,
};
use crate::ledger::snapshot::{Series, Snapshot};
use crate::ledger::{Outcome, Taken, Tally, Waits};
use lockgate_attest::ReviewStep;
use lockgate_bytes::{Digest, Time};
use proptest::prelude::*;

/// Only times that can be written in four digits of a year.
fn time() -> impl Strategy<Value = Time> {
    (-9_000_000_000_000_000_000_i64..9_000_000_000_000_000_000).prop_map(Time::from_unix_nanos)
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z-]{1,12}", ".{0,20}"]
}

fn clock() -> impl Strategy<Value = ClockState> {
    prop::sample::select(&ClockState::ALL[..])
}

fn receipt() -> impl Strategy<Value = String> {
    (any::<u64>(), any::<u64>(), prop::option::of(1_u64..)).prop_map(|(run, number, bytes)| {
        format!("{run}-{number}{}", bytes.map_or_else(String::new, |bytes| format!("@{bytes}")))
    })
}

fn decision() -> impl Strategy<Value = Event> {
    let account = (word(), prop::sample::select(vec!["release", "hold", "refuse"]), any::<u32>(), word())
        .prop_map(|(lane, verdict, size, says)| {
            serde_json::json!({
                "lane": lane, "verdict": verdict, "size_bytes": size, "agreement": null,
                "reasons": [{"code": "LG-A001", "says": says, "span": [1, 2]}],
            })
        });
    let says = prop::option::of(prop::sample::select(&StageSays::ALL[..]));
    let (facts, rest) = (
        (any::<u64>(), time(), time(), any::<u64>(), clock(), any::<[Option<u64>; 2]>()),
        (
            prop::option::of(receipt()),
            any::<bool>(),
            prop::collection::vec(says, 6),
            prop::option::of(time()),
        ),
    );
    let class = (prop::option::of(word()), prop::option::of(digest()));
    (facts, rest, class, account).prop_map(|(facts, rest, (class, blake3), account)| {
        let blake3 = blake3.filter(|_| account["verdict"] == "release");
        let (epoch, arrival, decided, uptime_ns, clock, [again, first]) = facts;
        let (receipt, is_rewritten, said, not_after) = rest;
        let steps =
            Stage::ALL.into_iter().zip(said).filter_map(|(stage, says)| Some((stage, says?))).collect();
        Event::Decision(Box::new(Decision {
            epoch,
            arrival,
            decided,
            uptime_ns,
            clock,
            again,
            first,
            receipt,
            is_rewritten,
            steps,
            not_after,
            class,
            blake3,
            account,
        }))
    })
}

fn snapshot() -> impl Strategy<Value = Event> {
    let waits = prop::sample::select(vec![Waits::Queued, Waits::Recalled, Waits::Held]);
    let series = (any::<u64>(), waits, any::<u64>(), prop::collection::vec(any::<u64>(), 0..4))
        .prop_map(|(lane, waits, from, turns)| Series { lane, waits, from, turns });
    let tally = any::<[u64; 4]>().prop_map(|[received, derived, queued, held]| Tally {
        received,
        derived,
        queued,
        held,
        ..Tally::default()
    });
    (
        time(),
        any::<(u64, u64, u64)>(),
        prop::collection::vec((word(), tally), 0..3),
        prop::collection::vec((word(), any::<u64>(), any::<u64>()), 0..3),
        prop::collection::vec(series, 0..5),
        (
            prop::option::of(digest()),
            any::<u64>(),
            prop::collection::vec(any::<(u64, u64, u64, u64)>(), 0..4),
            any::<Option<i64>>(),
        ),
    )
        .prop_map(
            |(
                at,
                (part, parts, epoch),
                lanes,
                drops,
                waiting,
                (bundle, revision, receipts, clock_step_ns),
            )| {
                let part = Snapshot {
                    part,
                    parts,
                    epoch,
                    lanes,
                    drops,
                    waiting,
                    bundle,
                    revision,
                    receipts,
                    clock_step_ns,
                    reviews: Vec::new(),
                };
                Event::Snapshot(at, part)
            },
        )
}

fn settled() -> impl Strategy<Value = Settled> {
    let outcome = (prop::sample::select(&Outcome::ALL[..]), prop::collection::vec(any::<(u64, u64)>(), 0..4));
    (time(), any::<u64>(), word(), prop::collection::vec(outcome, 0..4))
        .prop_map(|(at, epoch, lane, outcomes)| Settled { at, epoch, lane, outcomes })
}

fn review() -> impl Strategy<Value = Event> {
    let step = prop::option::of(prop::sample::select(&ReviewStep::ALL[..]));
    let statement = prop::option::of(prop::collection::vec(any::<u8>(), 0..200));
    let facts = (time(), any::<u64>(), word(), any::<Option<u64>>(), step, prop::option::of(word()));
    let rest = (any::<Option<[u8; 16]>>(), prop::option::of(time()), any::<bool>(), prop::option::of(word()));
    (facts, rest, digest(), statement).prop_map(|(facts, rest, sha256, statement)| {
        let ((at, epoch, lane, object, step, by), (nonce, until, complete, refused)) = (facts, rest);
        let review =
            Review { at, epoch, lane, object, step, by, nonce, until, complete, refused, sha256, statement };
        Event::Review(Box::new(review))
    })
}

fn file() -> impl Strategy<Value = Option<Taken>> {
    let number = any::<(u64, u64)>();
    prop::option::of(number.prop_map(|(run, number)| Taken { run, number, bytes: 0 }))
}

fn door() -> impl Strategy<Value = Option<Box<Door>>> {
    prop::option::of(
        (word(), word(), any::<u64>())
            .prop_map(|(listener, why, size_bytes)| Box::new(Door { listener, why, size_bytes })),
    )
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (time(), any::<[u64; 4]>(), word(), word(), digest(), digest(), clock(), word()).prop_map(
            |(at, [epoch, revision, cut_bytes, outstanding], node, lane, bundle, config, clock, key)| {
                Event::Start(Start {
                    at,
                    epoch,
                    node,
                    engine: "0.1.0".to_owned(),
                    bundle,
                    revision,
                    lane,
                    config,
                    clock,
                    key,
                    cut_bytes,
                    outstanding,
                })
            }
        ),
        decision(),
        (time(), any::<(u64, u64)>(), [word(), word(), word()], (time(), time()), digest(), file(), door())
            .prop_map(|(at, (epoch, count), words, (first, last), digest, receipt, door)| {
                let count = if receipt.is_some() { 1 } else { count };
                let [lane, source, code] = words;
                // Only intake counts what it has not hashed.
                let digest = (door.is_none() || count % 2 == 0).then_some(digest);
                let shared =
                    Refusals { at, epoch, lane, source, code, count, first, last, digest, receipt, door };
                Event::Refusals(shared)
            }),
        settled().prop_map(Event::Egress),
        settled().prop_map(Event::Hold),
        review(),
        (time(), any::<(u64, u64)>(), prop::array::uniform3(0_u64..3), word(), word()).prop_map(
            |(at, (epoch, dropped), [lost, alarms, indeterminate], lane, listener)| {
                Event::Drops(Drops { at, epoch, lane, listener, dropped, lost, alarms, indeterminate })
            }
        ),
        (
            time(),
            any::<u64>(),
            word(),
            prop::option::of(digest()),
            prop::option::of(digest()),
            any::<Option<u64>>(),
            prop::option::of(word())
        )
            .prop_map(|(at, epoch, lane, from, to, revision, refused)| {
                Event::Bundle(BundleChange { at, epoch, lane, from, to, revision, refused })
            }),
        (time(), any::<u64>(), clock(), any::<i64>(), prop::option::of(word())).prop_map(
            |(at, epoch, clock, step_ns, by)| Event::Clock(ClockChange { at, epoch, clock, step_ns, by })
        ),
        snapshot(),
        (time(), any::<u64>(), word()).prop_map(|(at, epoch, why)| Event::Stop(Stop { at, epoch, why })),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(event in event()) {
        let mut page = b"left over".to_vec();
        event.write(&mut page);
        let begins = format!("{{\"event\":\"{}\",", event.kind());
        prop_assert!(page.starts_with(begins.as_bytes()));
        prop_assert_eq!(Event::read(&page), Ok(event));
    }

    #[test]
    fn what_lacks_a_member_or_has_one_too_many_is_no_event(event in event(), which: prop::sample::Index) {
        let mut page = Vec::new();
        event.write(&mut page);
        let whole: serde_json::Value = serde_json::from_slice(&page).unwrap();
        let members = whole.as_object().unwrap();
        let mut less = members.clone();
        let key = members.keys().nth(which.index(members.len())).unwrap().clone();
        less.remove(&key);
        // What may be absent: logs of before, lanes without a link, refusals of what is no file,
        // and those that intake counted together have none.
        let is_hash = key == "digest" && members.contains_key("why");
        let may_lack = key == "blake3" || (members["event"] == "refusals" && (key == "receipt" || is_hash));
        prop_assert_eq!(Event::read(serde_json::to_string(&less).unwrap().as_bytes()).is_ok(), may_lack);
        let mut more = members.clone();
        more.insert("more".to_owned(), serde_json::Value::Null);
        prop_assert_eq!(
            Event::read(serde_json::to_string(&more).unwrap().as_bytes()),
            Err(EventFault::Extra)
        );
    }
}

#[test]
fn each_filter_is_named_once_and_no_other() {
    let page = r#"{"event":"decision","epoch":1,"arrival":"2026-03-01T10:05:00Z","decided":"2026-03-01T10:05:00Z",
        "uptime_ns":1,"clock":"synchronised","again":null,"first":null,"receipt":null,"rewritten":false,
        "steps":{"frame":"pass","type":"hold"},"not_after":null,"class":null,
        "account":{"lane":"a","verdict":"release","sha256":"ab"}}"#;
    let Event::Decision(decision) = Event::read(page.as_bytes()).unwrap() else { panic!("a decision") };
    assert_eq!(decision.steps, [(Stage::Frame, StageSays::Pass), (Stage::Type, StageSays::Hold)]);
    for (from, to) in [("\"type\":\"hold\"", "\"type\":\"maybe\""), ("\"type\"", "\"other\"")] {
        assert!(Event::read(page.replace(from, to).as_bytes()).is_err(), "{to}");
    }
}

#[test]
fn a_link_names_what_is_released_and_nothing_else() {
    let page = |verdict: &str, blake3: &str| {
        let text = format!(
            r#"{{"event":"decision","epoch":1,"arrival":"2026-03-01T10:05:00Z","decided":"2026-03-01T10:05:00Z",
            "uptime_ns":1,"clock":"synchronised","again":null,"first":null,"receipt":null,"rewritten":false,
            "steps":{{}},"not_after":null,"class":null,{blake3}"account":{{"lane":"a","verdict":"{verdict}"}}}}"#
        );
        match Event::read(text.as_bytes()) {
            Ok(Event::Decision(decision)) => Ok(decision.blake3),
            Ok(_) => panic!("a decision"),
            Err(fault) => Err(fault),
        }
    };
    let hash = Digest([0xAB; 32]);
    let said = format!("\"blake3\":\"{hash}\",");
    assert_eq!((page("release", &said), page("release", "")), (Ok(Some(hash)), Ok(None)));
    for (verdict, wrong) in [
        ("hold", &*said),
        ("refuse", &said),
        ("release", "\"blake3\":null,"),
        ("release", "\"blake3\":\"ab\","),
        ("release", &said.to_uppercase().replace("BLAKE3", "blake3")),
    ] {
        assert_eq!(page(verdict, wrong), Err(EventFault::Member("blake3")), "{verdict} {wrong}");
    }
}

/// A log of the time before there were links that lose opens; half of what a link loses does not.
#[test]
fn drops_of_before_had_neither_lost_nor_alarms() {
    let page =
        r#"{"event":"drops","at":"2026-03-01T10:05:00Z","epoch":1,"lane":"a","listener":"udp","dropped":3}"#;
    let Event::Drops(drops) = Event::read(page.as_bytes()).unwrap() else { panic!("drops") };
    assert_eq!((drops.dropped, drops.lost, drops.alarms), (3, 0, 0));
    let with = |more: &str| Event::read(page.replace("\"dropped\":3", more).as_bytes());
    for half in [
        "\"dropped\":3,\"lost\":1",
        "\"dropped\":3,\"alarms\":1",
        "\"dropped\":3,\"indeterminate\":1",
        "\"dropped\":3,\"lost\":1,\"alarms\":2",
    ] {
        assert!(with(half).is_err(), "{half}");
    }
    let Ok(Event::Drops(drops)) = with("\"dropped\":3,\"lost\":1,\"alarms\":2,\"indeterminate\":4") else {
        panic!("drops")
    };
    assert_eq!((drops.lost, drops.alarms, drops.indeterminate), (1, 2, 4));
}

#[test]
fn a_file_is_turned_away_whole_and_by_itself() {
    let page = |count: u64, receipt: &str| {
        let text = format!(
            r#"{{"event":"refusals","at":"2026-03-01T10:05:00Z","epoch":1,"lane":"a","source":"s","code":"LG-E015",
            "count":{count},"first":"2026-03-01T10:05:00Z","last":"2026-03-01T10:05:00Z","digest":"{}"{receipt}}}"#,
            Digest([0; 32])
        );
        Event::read(text.as_bytes()).map(|event| match event {
            Event::Refusals(refusals) => refusals.receipt,
            _ => panic!("refusals"),
        })
    };
    assert_eq!(page(7, ""), Ok(None));
    assert_eq!(page(1, ",\"receipt\":\"3-4\""), Ok(Some(Taken { run: 3, number: 4, bytes: 0 })));
    assert_eq!(page(2, ",\"receipt\":\"3-4\""), Err(EventFault::Member("count")));
    for wrong in ["\"3-4@5\"", "\"3\"", "null", "3"] {
        assert_eq!(page(1, &format!(",\"receipt\":{wrong}")), Err(EventFault::Member("receipt")), "{wrong}");
    }
}

/// In logs of before every record of refusals has a digest, and none says where; what says where says all of it.
#[test]
fn refusals_say_where_they_were_turned_away_or_have_a_digest() {
    let page = |members: &str| {
        let text = format!(
            r#"{{"event":"refusals","at":"2026-03-01T10:05:00Z","epoch":1,"lane":"a","source":"s","code":"LG-F011",
            "count":2,"first":"2026-03-01T10:05:00Z","last":"2026-03-01T10:05:00Z"{members}}}"#
        );
        Event::read(text.as_bytes()).map(|event| match event {
            Event::Refusals(refusals) => (refusals.digest, refusals.door.map(|door| door.why)),
            _ => panic!("refusals"),
        })
    };
    let digest = format!(",\"digest\":\"{}\"", Digest([7; 32]));
    let door = r#","listener":"tls-1","why":"handshake","size_bytes":70"#;
    let why = Some("handshake".to_owned());
    assert_eq!(page(&digest), Ok((Some(Digest([7; 32])), None)));
    assert_eq!(page(door), Ok((None, why.clone())));
    assert_eq!(page(&format!("{digest}{door}")), Ok((Some(Digest([7; 32])), why)));
    assert_eq!(page(""), Err(EventFault::Member("digest")));
    assert_eq!(page(&format!("{digest},\"why\":\"handshake\"")), Err(EventFault::Member("listener")));
    assert_eq!(page(&format!("{digest},\"listener\":\"tls-1\"")), Err(EventFault::Extra));
}

#[test]
fn an_unknown_kind_is_a_fault() {
    assert_eq!(Event::read(br#"{"event":"other"}"#), Err(EventFault::Kind));
    for none in [&b""[..], b"[]", b"{}", b"{\"event\":1}", b"\xff", &[b'['; 60_000]] {
        assert!(Event::read(none).is_err());
    }
    assert_eq!(Event::read(&[b' '; 70_000]), Err(EventFault::NotJson));
}

#[test]
fn a_snapshot_is_known_by_its_beginning() {
    let part = Snapshot { part: 1, parts: 1, ..Snapshot::default() };
    let mut page = Vec::new();
    Event::Snapshot(Time::from_unix_nanos(0), part).write(&mut page);
    assert!(page.starts_with(SNAPSHOT_BEGINS));
}
