//! Floods of refusals share records; what is released or held never does.

use crate::gate::{Gate, secret, track, unmarked};

#[test]
fn a_flood_of_refusals_shares_records_and_the_counts_add_up() {
    let mut gate = Gate::new("cot-down");
    gate.more = "flood refusals-per-second=10\n    drain \"2s\"".to_owned();
    let lane = gate.start();
    for number in 0..300 {
        lane.send(&secret(&format!("D-{number}")));
        if number % 10 == 0 {
            lane.send(&track(&format!("A-{number}"), 900));
            lane.send(&unmarked(&format!("C-{number}")));
        }
    }
    lane.wait_decided(360);
    assert_eq!(gate.wait_out(30).len(), 30);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 360), ("sent", 30), ("held", 30), ("refused", 300)]);
    let shared = gate.events("refusals");
    let of = |code: &str| -> u64 {
        let shared = shared.iter().filter(|one| one["code"].as_str().unwrap().starts_with(code));
        shared.map(|one| one["count"].as_u64().unwrap()).sum()
    };
    let own: Vec<_> =
        gate.events("decision").into_iter().filter(|one| one["account"]["verdict"] == "refuse").collect();
    let all: u64 = shared.iter().map(|one| one["count"].as_u64().unwrap()).sum();
    assert_eq!(u64::try_from(own.len()).unwrap() + all, 300);
    assert!(own.len() >= 10 && own.len() < 150, "{}", own.len());
    assert!(of("LG-") == all && shared.len() < 40, "{shared:?}");
    for one in &shared {
        assert_eq!((&one["lane"], &one["source"]), (&"cot-down".into(), &"sensor-net".into()));
        assert!(one["first"].as_str().unwrap() <= one["last"].as_str().unwrap());
        assert_ne!(one["digest"].as_str().unwrap(), "0".repeat(64));
    }
    for verdict in ["release", "hold"] {
        let own =
            gate.events("decision").into_iter().filter(|one| one["account"]["verdict"] == verdict).count();
        assert_eq!(own, 30, "{verdict}");
    }
}
