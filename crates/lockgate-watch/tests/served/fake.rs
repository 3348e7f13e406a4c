//! A lane that feeds gauges and does nothing else, and its watch.

use lockgate_bytes::{Digest, Precedence, Time};
use lockgate_watch::{
    Alarm, Asked, Commands, Expiry, ExpiryKind, Gauges, Loaded, Log, Options, Request, Stage, Store, Verdict,
    Watch, Worker, ask,
};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Time::from_unix_nanos(since.as_nanos() as i64)
}

/// What the shell was told to do.
#[derive(Clone, Default)]
pub(crate) struct Orders(pub(crate) Arc<Mutex<Vec<Asked>>>);

impl Commands for Orders {
    fn run(&mut self, asked: &Asked) -> Result<String, String> {
        self.0.lock().unwrap().push(*asked);
        match asked.request {
            Request::Reload => {
                thread::sleep(Duration::from_millis(300));
                Ok("revision 8".to_owned())
            }
            _ => Err("the clock is right already".to_owned()),
        }
    }
}

pub(crate) struct Lane {
    pub(crate) gauges: Arc<Gauges>,
    pub(crate) orders: Orders,
    pub(crate) socket: PathBuf,
    pub(crate) watch: Option<Watch>,
    pub(crate) folder: tempfile::TempDir,
    running: Arc<AtomicBool>,
    threads: Vec<JoinHandle<u64>>,
}

impl Lane {
    /// A lane that is alive and releases, with nothing running.
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("control");
        let gauges = Arc::new(Gauges::new("cot-down", "0.1.0", now()));
        gauges.clear(Alarm::Starting);
        Worker::ALL.iter().for_each(|worker| gauges.beat(*worker));
        let at = now();
        let expiry = Expiry {
            kind: ExpiryKind::Agreement,
            name: "rsocc".to_owned(),
            at: at.plus(lockgate_bytes::Duration::from_secs(100 * 86_400 + 60)),
        };
        gauges.loaded(Loaded { revision: 7, digest: Digest([0xAB; 32]), at, expiries: vec![expiry] });
        let options = Options {
            control: Some(socket.clone()),
            metrics: Some("127.0.0.1:0".parse().unwrap()),
            disks: vec![(Store::Log, folder.path().to_owned())],
        };
        let orders = Orders::default();
        let clock = Arc::new(now);
        let watch = Watch::start(Arc::clone(&gauges), clock, orders.clone(), Log::none(), options).unwrap();
        let running = Arc::new(AtomicBool::new(true));
        Self { gauges, orders, socket, watch: Some(watch), folder, running, threads: Vec::new() }
    }

    /// Four threads that feed the gauges as fast as they can.
    pub(crate) fn run_at_full_speed(&mut self) {
        let reasons: Vec<_> = lockgate_reason::all().collect();
        for worker in Worker::ALL {
            let (gauges, running, reasons) =
                (Arc::clone(&self.gauges), Arc::clone(&self.running), reasons.clone());
            self.threads.push(thread::spawn(move || {
                let source = gauges.source("alpha");
                let mut objects = 0_u64;
                while running.load(Ordering::Relaxed) {
                    objects += 1;
                    let nanos = objects * 7_919 % 3_000_000;
                    match worker {
                        Worker::Intake => {
                            gauges.came_in(Time::from_unix_nanos(objects as i64));
                            source.received(1);
                        }
                        Worker::Engine => {
                            let reason = reasons[objects as usize % reasons.len()];
                            gauges.count(Stage::Decide, Verdict::Refuse, Some(reason));
                            gauges.took(Stage::Inspect, nanos);
                            gauges.took(Stage::Decide, nanos / 2);
                        }
                        Worker::Journal => {
                            gauges.took(Stage::Record, nanos);
                            gauges.committed(objects, objects * 700, Time::from_unix_nanos(objects as i64));
                            gauges.raise(Alarm::Spill, now(), "source alpha");
                        }
                        Worker::Egress => {
                            gauges.went_out(Time::from_unix_nanos(objects as i64), nanos);
                            gauges.queue(Precedence::Flash, objects % 5, objects % 5_000, None);
                        }
                    }
                    if objects.is_multiple_of(1_024) {
                        gauges.beat(*worker);
                    }
                }
                objects
            }));
        }
    }

    /// Stops the threads; how many objects each of them fed.
    pub(crate) fn stop(&mut self) -> Vec<u64> {
        self.running.store(false, Ordering::Relaxed);
        self.threads.drain(..).map(|thread| thread.join().unwrap()).collect()
    }

    pub(crate) fn ask(&self, request: Request) -> serde_json::Value {
        let (line, value) = ask(&self.socket, request, Duration::from_secs(10)).unwrap();
        let mut written = String::new();
        value.write(&mut written);
        assert_eq!(line, written, "the reader of the client reads what was written");
        serde_json::from_str(&line).unwrap()
    }
}
