//! What is measured, part by part. A part that fails says so in a note, and the next one is measured all the same.

use super::beside::{beside, middle};
use super::busy::{threads, ticks};
use super::lines::{busy_machine, note, print};
use super::record::{account, key_of, mixed};
use super::wire::{FIRST, LOAD, SEARCH, Wire, share_of, way_to, wish};
use super::{disk, processors};
use lockgate_bench::deployment::{Deployment, Running, Wish, binary};
use lockgate_bench::event::Form;
use lockgate_bench::wire::{Crossing, Forwarder, Sink, Traffic};
use lockgate_watch::{Request, Value};
use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

/// How long the search for the maximum of a forwarder may take.
const SEARCH_BARE: Duration = Duration::from_secs(8);
/// Where that search begins.
const FIRST_BARE: f64 = 90_000.0;
/// Loads at half of the maximum: the one in the middle is told. What else a kernel has to do every few seconds (its own memory, its
/// disks, whoever looks after the machine) takes a processor for 3 to 20 ms, and one such turn within two seconds is its p99.9.
const LOADS: u32 = 5;
/// All parts together take less than three minutes; whatever hangs is given up after this.
const GIVEN_UP: Duration = Duration::from_secs(240);

/// Measures what the arguments ask for; false where not all of it could be.
pub(super) fn measure() -> Result<bool, String> {
    let only = std::env::args().nth(1);
    // Traffic that is written anew, and two builds beside each other, are measured where they are asked for.
    let wanted = |name: &str| only.as_deref().map_or(!matches!(name, "usual" | "at"), |only| only == name);
    print("gate.load-before", busy_machine(), "");
    let sink = Sink::new().map_err(|error| format!("the sink: {error}"))?;
    give_up_in_time();
    let mut whole = true;
    let mut part = |name: &str, outcome: Result<(), String>| {
        if let Err(says) = outcome {
            whole = false;
            note(&format!("{name}: {says}"));
        }
    };
    let (mut forwarder, mut most) = (0.0, 0.0);
    if wanted("forwarder") {
        part("forwarder", forwarders(&sink, &mut forwarder));
    }
    if wanted("lane") {
        part("lane", lane(&sink, Form::Canonical, "", forwarder, &mut most));
    }
    if wanted("usual") {
        part("usual", lane(&sink, Form::Usual, "reemitted.", forwarder, &mut 0.0));
    }
    if wanted("reload") {
        part("reload", reload(&sink));
    }
    if wanted("stalled") {
        part("stalled", stalled(&sink));
    }
    let figure = |place| std::env::args().nth(place).and_then(|text| text.parse::<f64>().ok());
    if wanted("beside") {
        let rate = figure(2).or((most > 0.0).then_some(0.5 * most));
        part("beside", beside(&sink, rate, figure(3)));
    }
    if wanted("at") {
        part("at", at(&sink, figure(2).unwrap_or(25_000.0), figure(3).unwrap_or(LOAD)));
    }
    print("gate.load-after", busy_machine(), "");
    Ok(whole)
}

/// Nothing here waits for ever, and nobody waits for ever for this.
fn give_up_in_time() {
    thread::spawn(|| {
        thread::sleep(GIVEN_UP);
        note(&format!("given up after {} s; what has no figure was not measured", GIVEN_UP.as_secs()));
        lockgate_bench::deployment::kill_all();
        std::process::exit(1);
    });
}

/// The lane at one rate: what two builds are compared by, each in its own folder with this program beside it.
fn at(sink: &Sink, rate: f64, seconds: f64) -> Result<(), String> {
    let program = binary().map_err(|error| error.to_string())?;
    let deployment = Deployment::new(&program, wish(sink))?;
    let lane = deployment.start()?;
    let mut wire = Wire::to(sink, lane.address, Form::Canonical)?;
    disk::alone(deployment.folder(), &|figure| format!("gate.at.{figure}"))?;
    wire.load(rate, seconds / 4.0)?;
    let before = threads(lane.id());
    let crossing = wire.load(rate, seconds)?;
    let objects = crossing.sent.max(1) as f64;
    print("gate.at.offered", crossing.offered, "objects/s");
    print("gate.at.arrived", share_of(crossing), "%");
    for (rank, value) in
        [("p50", crossing.p50), ("p99", crossing.p99), ("p999", crossing.p999), ("longest", crossing.longest)]
    {
        print(&format!("gate.at.{rank}"), value / 1000.0, "ms");
    }
    let mut whole = 0.0;
    for (name, after) in threads(lane.id()) {
        let before = before.get(&name).copied().unwrap_or_default();
        let busy = (after.nanos - before.nanos) / 1000.0 / objects;
        whole += busy;
        print(&format!("gate.at.cpu.{name}"), busy, "us an object");
        print(
            &format!("gate.at.waits.{name}"),
            (after.waits - before.waits) / objects * 1000.0,
            "in 1000 objects",
        );
        print(
            &format!("gate.at.pushed.{name}"),
            (after.pushed - before.pushed) / objects * 1000.0,
            "in 1000 objects",
        );
    }
    print("gate.at.cpu", whole, "us an object");
    stages(&lane)?;
    print("gate.at.memory", lane.most_memory()?, "MiB");
    lane.stop()
}

/// What the lane itself says of the time at each stage, all at this one rate: `record` is a whole batch from its first word to its
/// release, `lane` is an object from arrival to sent.
fn stages(lane: &Running) -> Result<(), String> {
    let (status, _) = lane.ask(Request::Status)?;
    for latency in status.at("latency").list() {
        let stage = latency.at("stage").text().to_owned();
        for rank in ["p50_us", "p99_us", "p999_us"] {
            let Value::Number(micros) = latency.at("start").at(rank) else { continue };
            let (rank, micros) = (rank.trim_end_matches("_us"), micros.parse::<f64>().unwrap_or(f64::NAN));
            print(&format!("gate.at.stage.{stage}.{rank}"), micros / 1000.0, "ms");
        }
    }
    Ok(())
}

/// Two of them: one datagram a system call, and as many as there are. The better one is what the lane is held against.
fn forwarders(sink: &Sink, best: &mut f64) -> Result<(), String> {
    for (name, batches) in [("forwarder.plain", false), ("forwarder", true)] {
        let forwarder = Forwarder::new(sink.address, batches).map_err(|error| format!("{name}: {error}"))?;
        let mut wire = Wire::to(sink, forwarder.address, Form::Canonical)?;
        let most = wire.most(FIRST_BARE, SEARCH_BARE)?;
        print(&format!("gate.{name}.most"), most.offered, "objects/s");
        let half = wire.load(0.5 * most.offered, LOAD / 3.0)?;
        print(&format!("gate.{name}.half.p99"), half.p99 / 1000.0, "ms");
        print(&format!("gate.{name}.half.p999"), half.p999 / 1000.0, "ms");
        *best = best.max(most.offered);
    }
    Ok(())
}

/// The lane's own maximum, its latencies below it, its answers and its memory at full load; then its log.
fn lane(sink: &Sink, form: Form, prefix: &str, forwarder: f64, best: &mut f64) -> Result<(), String> {
    let program = binary().map_err(|error| error.to_string())?;
    let deployment = Deployment::new(&program, wish(sink))?;
    let lane = deployment.start()?;
    let name = |figure: &str| format!("gate.{prefix}{figure}");
    let key = key_of(&deployment)?;
    let mut wire = Wire::to(sink, lane.address, form)?;
    print(&name("size"), wire.traffic.size(), "B");
    let most = wire.most(FIRST, SEARCH)?;
    *best = most.offered;
    print(&name("most"), most.offered, "objects/s");
    if forwarder > 0.0 {
        print(&name("share"), 100.0 * most.offered / forwarder, "%");
        // The bar is 60,000 objects/s or 40 % of the forwarder, whichever is lower.
        print(&name("speed"), most.offered / (0.4 * forwarder).min(60_000.0), "x");
    }
    if prefix.is_empty() {
        disk::alone(deployment.folder(), &name)?;
        processors::alone(&name)?;
    }
    let beside = Forwarder::new(sink.address, true).map_err(|error| format!("a forwarder: {error}"))?;
    let bare = way_to(beside.address)?;
    let mut worst: f64 = 0.0;
    for (figure, share, loads) in [("half", 0.5, LOADS), ("ninety", 0.9, 1)] {
        let name = |rank: &str| name(&format!("{figure}.{rank}"));
        worst = worst.max(latencies(&mut wire, &lane, &bare, share * most.offered, loads, &name)?);
    }
    print(&name("worst.p999"), worst / 1000.0, "ms");
    if prefix.is_empty() {
        let slowest = answers(&mut wire, &lane, most.offered)?;
        print("gate.status", slowest.as_secs_f64() * 1000.0, "ms");
        print("gate.memory.full-load", lane.most_memory()?, "MiB");
    }
    let (sent, arrived) = (wire.sent, wire.arrived);
    lane.stop()?;
    account(&deployment, &key, &name("lost"), sent, arrived)
}

/// So many loads at one rate, and as many through a bare forwarder between them: what an object took in the middle one of them,
/// and cost. The worst p99.9 of the lane is the answer.
fn latencies(
    wire: &mut Wire<'_>,
    lane: &Running,
    bare: &UdpSocket,
    rate: f64,
    loads: u32,
    name: &dyn Fn(&str) -> String,
) -> Result<f64, String> {
    let (busy, before) = (ticks(lane.id()), threads(lane.id()));
    let (mut own, mut forwarded) = (Vec::new(), Vec::new());
    for _ in 0..loads {
        own.push(wire.load(rate, LOAD)?);
        forwarded.push(wire.load_by(bare, rate, LOAD)?);
    }
    let sent = own.iter().map(|crossing| crossing.sent).sum::<u64>() as f64;
    for (thread, after) in threads(lane.id()) {
        let nanos = after.nanos - before.get(&thread).copied().unwrap_or_default().nanos;
        let micros = nanos / 1000.0 / sent;
        if micros >= 0.1 {
            print(&name(&format!("cpu.{thread}")), micros, "us an object");
        }
    }
    told(&own, name);
    told(&forwarded, &|rank| name(&format!("forwarder.{rank}")));
    print(&name("arrived"), own.iter().map(|crossing| share_of(*crossing)).fold(100.0, f64::min), "%");
    print(&name("cpu"), (ticks(lane.id()) - busy) * 10_000.0 / sent, "us an object");
    Ok(own.iter().map(|crossing| crossing.p999).fold(0.0, f64::max))
}

/// One figure of a load, in microseconds.
type Rank = fn(&Crossing) -> f64;

/// What an object took in each of these loads, and in the one in the middle.
fn told(crossings: &[Crossing], name: &dyn Fn(&str) -> String) {
    let ranks: [(&str, Rank); 4] = [
        ("p50", |crossing| crossing.p50),
        ("p99", |crossing| crossing.p99),
        ("p999", |crossing| crossing.p999),
        ("longest", |crossing| crossing.longest),
    ];
    for (rank, of) in ranks {
        let mut each: Vec<f64> = crossings.iter().map(|crossing| of(crossing) / 1000.0).collect();
        if each.len() > 1 {
            each.iter().for_each(|one| print(&name(&format!("{rank}.each")), *one, "ms"));
        }
        print(&name(rank), middle(&mut each), "ms");
    }
}

/// `status` again and again at full load; the slowest answer.
fn answers(wire: &mut Wire<'_>, lane: &Running, rate: f64) -> Result<Duration, String> {
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            for _ in 0..20 {
                slowest = slowest.max(lane.ask(Request::Status)?.1);
                thread::sleep(Duration::from_millis(40));
            }
            Ok::<_, String>(slowest)
        });
        wire.load(rate, 1.0)?;
        asking.join().map_err(|_| "the asking thread stopped".to_owned())?
    })
}

/// A bundle of 200 rules, taken at half load.
fn reload(sink: &Sink) -> Result<(), String> {
    let program = binary().map_err(|error| error.to_string())?;
    let deployment = Deployment::new(&program, wish(sink))?;
    let lane = deployment.start()?;
    deployment.bundle(2, 200)?;
    let key = key_of(&deployment)?;
    let mut wire = Wire::to(sink, lane.address, Form::Canonical)?;
    let rate = 15_000.0;
    let took = thread::scope(|scope| {
        let asking = scope.spawn(|| {
            thread::sleep(Duration::from_millis(500));
            lane.ask(Request::Reload)
        });
        let crossing = wire.load(rate, 1.5)?;
        print("gate.reload.longest", crossing.longest / 1000.0, "ms");
        print("gate.reload.arrived", share_of(crossing), "%");
        let (told, took) = asking.join().map_err(|_| "the asking thread stopped".to_owned())??;
        if !told.at("ok").is_true() {
            return Err(format!("reload: {}", told.at("says").text()));
        }
        Ok(took)
    })?;
    print("gate.reload", took.as_secs_f64() * 1000.0, "ms");
    let (sent, arrived) = (wire.sent, wire.arrived);
    lane.stop()?;
    print("gate.reload.mixed", mixed(&deployment.export()?)? as f64, "decisions");
    account(&deployment, &key, "gate.reload.lost", sent, arrived)
}

/// A way out of 9.6 kbit/s behind an intake that is kept busy with the smallest objects.
fn stalled(sink: &Sink) -> Result<(), String> {
    let program = binary().map_err(|error| error.to_string())?;
    let deployment = Deployment::new(&program, Wish { rate: "9600bit/s", ..wish(sink) })?;
    let lane = deployment.start()?;
    let mut wire = Wire::to(sink, lane.address, Form::Canonical)?;
    wire.traffic = Traffic::smallest()?;
    print("gate.stalled.size", wire.traffic.size(), "B");
    // Nobody waits for what arrives: that would take hours.
    let (rate, seconds) = (40_000.0, 5.0);
    let count = (rate * seconds) as u64;
    wire.traffic.send(&wire.out, rate, count).map_err(|error| format!("sending: {error}"))?;
    print("gate.memory.stalled", lane.most_memory()?, "MiB");
    let (told, took) = lane.ask(Request::Status)?;
    print("gate.stalled.status", took.as_secs_f64() * 1000.0, "ms");
    print("gate.stalled.queued", queued(&told) as f64, "objects");
    Ok(())
}

fn queued(told: &lockgate_watch::Value) -> i64 {
    told.at("queue").list().iter().filter_map(|class| class.at("objects").number()).sum()
}
