//! The control socket.

use crate::fake::Lane;
use lockgate_watch::{Alarm, LinkSpent, Request, ask};
use std::time::{Duration, Instant};

#[test]
fn status_is_told_within_50_ms_beside_a_lane_at_full_speed() {
    let mut lane = Lane::open();
    lane.run_at_full_speed();
    std::thread::sleep(Duration::from_millis(2_500));
    let mut took: Vec<Duration> = Vec::new();
    let mut last = serde_json::Value::Null;
    for _ in 0..40 {
        let before = Instant::now();
        last = lane.ask(Request::Status);
        took.push(before.elapsed());
        std::thread::sleep(Duration::from_millis(25));
    }
    let objects = lane.stop();
    took.sort_unstable();
    println!("status: median {:?}, slowest {:?}; {objects:?} objects fed", took[20], took[39]);
    assert!(took[20] < Duration::from_millis(50), "{:?}", took[20]);
    for (end, fed) in [("in", objects[0]), ("out", objects[3])] {
        let told = last[end]["objects"].as_u64().unwrap();
        assert!(told > 1_000 && told <= fed, "{told} of {fed}");
        assert!(last[end]["per_s"].as_f64().unwrap() > 100.0);
        assert!(last[end]["per_s_last_minute"].as_f64().unwrap() > 100.0);
    }
    assert_eq!(last["health"]["releasing"], true);
    // Once nothing runs any more, every object is counted.
    let status = lane.ask(Request::Status);
    assert_eq!(status["in"]["objects"], objects[0]);
    assert_eq!(status["decided"]["refuse"], objects[1]);
    assert_eq!(status["left"]["sent"], objects[3]);
    let stages: Vec<_> =
        status["latency"].as_array().unwrap().iter().map(|one| one["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["inspect", "decide", "record", "lane"]);
    assert_eq!(status["latency"][2]["start"]["objects"], objects[2]);
    assert_eq!(status["latency"][0]["start"]["p50_us"], 1_500);
}

#[test]
fn the_keys_of_status_are_those_of_the_contract() {
    let lane = Lane::open();
    lane.gauges.raise(Alarm::Spill, crate::fake::now(), "source alpha");
    let status = lane.ask(Request::Status);
    let keys =
        |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let sorted = |words: &str| {
        let mut words: Vec<_> = words.split(' ').collect();
        words.sort_unstable();
        words.join(" ")
    };
    assert_eq!(
        keys(&status),
        sorted(
            "lane engine now started up_s health alarms bundle clock in out in_flight decided left objects sources \
             latency queue link held reader kernel_drops listeners links audit disks expires"
        )
    );
    assert_eq!(keys(&status["health"]), sorted("live ready releasing why_not"));
    assert_eq!(keys(&status["alarms"][0]), sorted("name stops since times says detail remedy"));
    assert_eq!(keys(&status["bundle"]), sorted("revision digest loaded"));
    assert_eq!(keys(&status["in"]), sorted("objects last per_s per_s_last_minute"));
    assert_eq!(keys(&status["queue"][0]), sorted("precedence objects bytes oldest_s"));
    assert_eq!(status["link"], serde_json::Value::Null, "no link leads out");
    lane.gauges.link(&LinkSpent { own: 7, ..LinkSpent::default() });
    let link = &lane.ask(Request::Status)["link"];
    assert_eq!(keys(link), sorted("own_bytes own_permille trickle_bytes unrepeated classes"));
    let class = sorted("precedence bytes repair_bytes again_bytes share_permille");
    assert_eq!(keys(&link["classes"][0]), class);
    assert_eq!(keys(&status["held"]), sorted("objects kept bytes oldest_s reasons"));
    assert_eq!(
        keys(&status["audit"]),
        sorted("entries committed waiting waiting_bytes lag_ms segment_bytes checkpoint")
    );
    assert_eq!(keys(&status["disks"][0]), sorted("store free_bytes size_bytes"));
    assert_eq!(keys(&status["expires"][0]), sorted("kind name at days"));
    assert_eq!(status["expires"][0]["days"], 100);
    assert_eq!(status["bundle"]["digest"], format!("sha256:{}", "ab".repeat(32)));
    assert_eq!(status["queue"].as_array().unwrap().len(), 6);
}

#[test]
fn commands_go_to_the_shell_with_who_gave_them_while_status_is_answered() {
    let lane = Lane::open();
    let socket = lane.socket.clone();
    let reload =
        std::thread::spawn(move || ask(&socket, Request::Reload, Duration::from_secs(10)).unwrap().0);
    std::thread::sleep(Duration::from_millis(100));
    let before = Instant::now();
    lane.ask(Request::Status);
    assert!(before.elapsed() < Duration::from_millis(150), "status waits for nobody");
    assert_eq!(reload.join().unwrap(), "{\"ok\":true,\"says\":\"revision 8\"}");
    let confirmed = lane.ask(Request::ConfirmClock);
    assert_eq!(confirmed, serde_json::json!({"ok": false, "says": "the clock is right already"}));
    let orders = lane.orders.0.lock().unwrap().clone();
    let given: Vec<_> = orders.iter().map(|asked| asked.request).collect();
    assert_eq!(given, [Request::Reload, Request::ConfirmClock]);
    assert!(orders.iter().all(|asked| asked.process == std::process::id() as i32));
    let ours =
        std::fs::metadata(lane.folder.path()).map(|folder| std::os::unix::fs::MetadataExt::uid(&folder));
    assert_eq!(Some(orders[0].user), ours.ok());
}

#[test]
fn the_socket_goes_with_the_watch() {
    let mut lane = Lane::open();
    assert!(lane.socket.exists());
    let before = Instant::now();
    drop(lane.watch.take());
    assert!(before.elapsed() < Duration::from_secs(1));
    assert!(!lane.socket.exists());
    assert!(ask(&lane.socket, Request::Status, Duration::from_secs(1)).is_err());
}
