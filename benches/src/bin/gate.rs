//! Measures a whole lane, as it ships, between two sockets: datagrams in, decided, on record on disk, datagrams out; a
//! bare forwarder beside it in the same run. Prints one JSON line a figure: `{"name":..,"value":..,"unit":..}`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a measuring program: it prints figures about traffic of its own making"
)]

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    match linux::measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(says) => {
            eprintln!("gate: {says}");
            ExitCode::from(2)
        }
    }
}

/// The data plane is Linux only.
#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("gate: lanes run on Linux only; nothing was measured");
    ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
mod linux {
    use lockgate_bench::deployment::{Deployment, Running, Wish, binary};
    use lockgate_bench::event::Form;
    use lockgate_bench::wire::{Crossing, Forwarder, Sink, Traffic, socket};
    use lockgate_watch::Request;
    use serde_json::Value as Json;
    use std::net::{SocketAddr, UdpSocket};
    use std::thread;
    use std::time::Duration;

    /// One try at a rate, in seconds.
    const TRY: f64 = 0.5;
    /// How long latencies are measured at one load, in seconds.
    const LOAD: f64 = 2.0;
    /// Nothing more comes after so long a silence.
    const SILENCE: Duration = Duration::from_millis(400);
    /// Where the search begins, and by what it goes up at first.
    const FIRST: f64 = 8_000.0;
    /// How often a maximum may come down until it holds.
    const HOLDS: usize = 12;
    /// Of a thousand objects so many have to arrive.
    const WHOLE: f64 = 0.999;

    pub(super) fn measure() -> Result<(), String> {
        let only = std::env::args().nth(1);
        // Traffic that is written anew is measured where it is asked for.
        let wanted = |name: &str| only.as_deref().map_or(name != "usual", |only| only == name);
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        print(
            "gate.load-before",
            load.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0),
            "",
        );
        let sink = Sink::new().map_err(|error| format!("the sink: {error}"))?;
        let mut forwarder = 0.0;
        if wanted("forwarder") {
            forwarder = forwarders(&sink)?;
        }
        if wanted("lane") {
            lane(&sink, Form::Canonical, "", forwarder)?;
        }
        if wanted("usual") {
            lane(&sink, Form::Usual, "reemitted.", forwarder)?;
        }
        if wanted("reload") {
            reload(&sink)?;
        }
        if wanted("stalled") {
            stalled(&sink)?;
        }
        if only.as_deref() == Some("at") {
            let figure = |place| std::env::args().nth(place).and_then(|text| text.parse().ok());
            at(&sink, figure(2).unwrap_or(25_000.0), figure(3).unwrap_or(LOAD))?;
        }
        Ok(())
    }

    /// The lane at one rate: what two builds are compared by, each in its own folder with this program beside it.
    fn at(sink: &Sink, rate: f64, seconds: f64) -> Result<(), String> {
        let program = binary().map_err(|error| error.to_string())?;
        let deployment = Deployment::new(&program, wish(sink))?;
        let lane = deployment.start()?;
        let mut wire = Wire::to(sink, lane.address, Form::Canonical)?;
        wire.load(rate, seconds / 4.0)?;
        let before = threads(lane.id());
        let crossing = wire.load(rate, seconds)?;
        let objects = crossing.sent.max(1) as f64;
        print("gate.at.offered", crossing.offered, "objects/s");
        print("gate.at.arrived", share_of(crossing), "%");
        for (rank, value) in [
            ("p50", crossing.p50),
            ("p99", crossing.p99),
            ("p999", crossing.p999),
            ("longest", crossing.longest),
        ] {
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
        print("gate.at.memory", lane.most_memory()?, "MiB");
        lane.stop()
    }

    /// What one thread has had of the processors, and how often it gave one up, or had to.
    #[derive(Clone, Copy, Default)]
    struct Busy {
        nanos: f64,
        waits: f64,
        pushed: f64,
    }

    /// The threads of a process, by name.
    fn threads(id: u32) -> std::collections::BTreeMap<String, Busy> {
        let mut all = std::collections::BTreeMap::<String, Busy>::new();
        for task in std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
            let text = |name: &str| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
            let status = text("status");
            let count = |name: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|rest| rest.trim().parse::<f64>().ok()).unwrap_or(0.0)
            };
            let busy = all.entry(text("comm").trim().to_owned()).or_default();
            busy.nanos += text("schedstat")
                .split(' ')
                .next()
                .and_then(|nanos| nanos.parse::<f64>().ok())
                .unwrap_or(0.0);
            busy.waits += count("voluntary_ctxt_switches:");
            busy.pushed += count("nonvoluntary_ctxt_switches:");
        }
        all
    }

    fn forwarders(sink: &Sink) -> Result<f64, String> {
        let mut best: f64 = 0.0;
        for (name, batches) in [("forwarder.plain", false), ("forwarder", true)] {
            let forwarder =
                Forwarder::new(sink.address, batches).map_err(|error| format!("{name}: {error}"))?;
            let mut wire = Wire::to(sink, forwarder.address, Form::Canonical)?;
            let most = wire.most()?;
            print(&format!("gate.{name}.most"), most.offered, "objects/s");
            let half = wire.load(0.5 * most.offered, LOAD / 3.0)?;
            print(&format!("gate.{name}.half.p99"), half.p99 / 1000.0, "ms");
            print(&format!("gate.{name}.half.p999"), half.p999 / 1000.0, "ms");
            best = best.max(most.offered);
        }
        Ok(best)
    }

    fn wish(sink: &Sink) -> Wish<'static> {
        Wish { rules: 20, words: 2_000, rate: "100Gbit/s", to: sink.address }
    }

    /// The lane's own maximum, its latencies below it, its answers and its memory at full load; then its log.
    fn lane(sink: &Sink, form: Form, prefix: &str, forwarder: f64) -> Result<(), String> {
        let program = binary().map_err(|error| error.to_string())?;
        let deployment = Deployment::new(&program, wish(sink))?;
        let lane = deployment.start()?;
        let name = |figure: &str| format!("gate.{prefix}{figure}");
        let key = key_of(&deployment)?;
        let mut wire = Wire::to(sink, lane.address, form)?;
        print(&name("size"), wire.traffic.size(), "B");
        let most = wire.most()?;
        print(&name("most"), most.offered, "objects/s");
        if forwarder > 0.0 {
            print(&name("share"), 100.0 * most.offered / forwarder, "%");
            // The bar is 60,000 objects/s or 40 % of the forwarder, whichever is lower.
            print(&name("speed"), most.offered / (0.4 * forwarder).min(60_000.0), "x");
        }
        let mut worst: f64 = 0.0;
        for (figure, share) in [("half", 0.5), ("ninety", 0.9)] {
            let busy = ticks(lane.id());
            let crossing = wire.load(share * most.offered, LOAD)?;
            let busy = (ticks(lane.id()) - busy) * 10_000.0 / crossing.sent as f64;
            for (rank, value) in [
                ("p50", crossing.p50),
                ("p99", crossing.p99),
                ("p999", crossing.p999),
                ("longest", crossing.longest),
            ] {
                print(&name(&format!("{figure}.{rank}")), value / 1000.0, "ms");
            }
            print(&name(&format!("{figure}.arrived")), share_of(crossing), "%");
            print(&name(&format!("{figure}.cpu")), busy, "us an object");
            worst = worst.max(crossing.p999);
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

    /// Decisions of the log that name another bundle than the one that was in force where they stand.
    fn mixed(log: &str) -> Result<u64, String> {
        let (mut now, mut wrong, mut seen) = (String::new(), 0, [0_u64; 2]);
        let mut changes = 0;
        for line in log.lines() {
            let entry: Json = serde_json::from_str(line).map_err(|error| format!("the log: {error}"))?;
            let entry = if entry["record"].is_object() { entry["record"].clone() } else { entry };
            let text =
                |value: &Json| value.as_str().unwrap_or_default().trim_start_matches("sha256:").to_owned();
            match entry["event"].as_str().unwrap_or_default() {
                "start" => now = text(&entry["bundle"]),
                "bundle" => {
                    now = text(&entry["to"]);
                    changes += 1;
                }
                "decision" => {
                    let bundle = text(&entry["bundle"]);
                    let bundle = if bundle.is_empty() { text(&entry["account"]["bundle"]) } else { bundle };
                    wrong += u64::from(bundle != now);
                    if let Some(seen) = seen.get_mut(changes.min(1)) {
                        *seen += 1;
                    }
                }
                _ => {}
            }
        }
        let [before, after] = seen;
        if changes != 1 || before == 0 || after == 0 {
            return Err(format!("the log has {changes} changes, {before} decisions before, {after} behind"));
        }
        Ok(wrong)
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

    /// The key that the log verifies under, as its first entry says it.
    fn key_of(deployment: &Deployment) -> Result<String, String> {
        let log = deployment.export()?;
        let first: Json = serde_json::from_str(log.lines().next().unwrap_or_default())
            .map_err(|error| format!("the log: {error}"))?;
        let key = first["key"].as_str().or_else(|| first["record"]["key"].as_str());
        key.map(str::to_owned).ok_or_else(|| format!("the log's first entry has no key: {first}"))
    }

    /// Objects that neither the log nor the kernel's count of drops accounts for.
    fn account(
        deployment: &Deployment,
        key: &str,
        name: &str,
        sent: u64,
        arrived: u64,
    ) -> Result<(), String> {
        let told = deployment.verify(key)?;
        let mut lost = None;
        for line in told.lines() {
            let Ok(said) = serde_json::from_str::<Json>(line) else { continue };
            if let Some(counts) = find(&said, "received") {
                let count = |name: &str| counts[name].as_u64().unwrap_or(0);
                let drops = sum(&said["kernel_drops"]);
                let seen = count("received") + drops;
                print(&format!("{name}.drops"), drops as f64, "objects");
                print(&format!("{name}.held"), count("held") as f64, "objects");
                lost = Some(sent.abs_diff(seen) + count("sent").abs_diff(arrived));
            }
        }
        print(name, lost.ok_or_else(|| format!("no accounting in: {told}"))? as f64, "objects");
        Ok(())
    }

    /// The object that has this key, wherever it stands.
    fn find<'a>(value: &'a Json, key: &str) -> Option<&'a Json> {
        match value {
            Json::Object(map) if map.contains_key(key) => Some(value),
            Json::Object(map) => map.values().find_map(|inner| find(inner, key)),
            Json::Array(list) => list.iter().find_map(|inner| find(inner, key)),
            _ => None,
        }
    }

    fn sum(value: &Json) -> u64 {
        match value {
            Json::Number(number) => number.as_u64().unwrap_or(0),
            Json::Object(map) => map.values().map(sum).sum(),
            Json::Array(list) => list.iter().map(sum).sum(),
            _ => 0,
        }
    }

    /// A generator, something between, and the sink.
    struct Wire<'s> {
        sink: &'s Sink,
        out: UdpSocket,
        traffic: Traffic,
        sent: u64,
        arrived: u64,
    }

    impl<'s> Wire<'s> {
        fn to(sink: &'s Sink, address: SocketAddr, form: Form) -> Result<Self, String> {
            sink.forget();
            let out = socket().map_err(|error| format!("a socket: {error}"))?;
            out.connect(address).map_err(|error| format!("a socket: {error}"))?;
            Ok(Self { sink, out, traffic: Traffic::new(form)?, sent: 0, arrived: 0 })
        }

        fn load(&mut self, rate: f64, seconds: f64) -> Result<Crossing, String> {
            let count = (rate * seconds) as u64;
            let sent =
                self.traffic.send(&self.out, rate, count).map_err(|error| format!("sending: {error}"))?;
            let crossing = self.sink.crossing(&sent, SILENCE);
            self.sent += crossing.sent;
            self.arrived += crossing.arrived;
            if self.sink.twice() > 0 {
                return Err(format!("{} objects arrived twice", self.sink.twice()));
            }
            Ok(crossing)
        }

        /// The highest rate at which all but one in a thousand arrive: up by doubling until it fails, then between. Buffers
        /// take a short burst of anything, so what was found has to hold for longer, or comes down until it does.
        fn most(&mut self) -> Result<Crossing, String> {
            let (mut low, mut high) = (FIRST, f64::INFINITY);
            while high / low >= 1.06 {
                let rate = if high.is_finite() { (low * high).sqrt() } else { low * 2.0 };
                if is_whole(self.load(rate, TRY)?, rate) {
                    low = rate;
                } else {
                    high = rate;
                }
            }
            for _ in 0..HOLDS {
                let crossing = self.load(low, LOAD)?;
                if is_whole(crossing, low) {
                    return Ok(crossing);
                }
                low *= 0.85;
            }
            Err("no rate holds on this machine".to_owned())
        }
    }

    /// All but one in a thousand arrived; and the generator itself came along, or it is no figure of what is between.
    fn is_whole(crossing: Crossing, rate: f64) -> bool {
        share_of(crossing) >= 100.0 * WHOLE && crossing.offered >= 0.97 * rate
    }

    fn share_of(crossing: Crossing) -> f64 {
        100.0 * crossing.arrived as f64 / (crossing.sent as f64).max(1.0)
    }

    /// What a process has had of the processors, in hundredths of a second.
    fn ticks(id: u32) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let fields = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
        fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum()
    }

    fn print(name: &str, value: f64, unit: &str) {
        println!("{{\"name\":\"{name}\",\"value\":{value:.4},\"unit\":\"{unit}\"}}");
    }
}
