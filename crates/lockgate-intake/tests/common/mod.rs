//! A clock that tests set, a hatch that tests open and close, and a thread to run an intake in.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(unreachable_pub, reason = "shared by test files")]

use lockgate_bytes::{Duration, Time};
use lockgate_intake::{
    Arrival, Clock, Config, Handle, Hatch, Intake, IntakeCounters, Listener, Offered, Pool, Source,
    TurnedAway, Why,
};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Real steady time plus what the test adds; the lane's time begins where the test says.
pub struct TestClock {
    start: Instant,
    began: Time,
    ahead: AtomicI64,
    stepped: AtomicI64,
}

impl TestClock {
    pub fn at(text: &str) -> Arc<Self> {
        let began = Time::parse(text.as_bytes()).unwrap();
        Arc::new(Self { start: Instant::now(), began, ahead: AtomicI64::new(0), stepped: AtomicI64::new(0) })
    }

    pub fn new() -> Arc<Self> {
        Self::at("2026-06-01T12:00:00Z")
    }

    pub fn advance(&self, seconds: i64) {
        self.ahead.fetch_add(seconds * 1_000_000_000, SeqCst);
    }

    /// The machine's clock is set; the steady one does not know.
    pub fn step(&self, seconds: i64) {
        self.stepped.fetch_add(seconds * 1_000_000_000, SeqCst);
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(
            i64::try_from(self.start.elapsed().as_nanos()).unwrap() + self.ahead.load(SeqCst),
        )
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        self.began.plus(self.elapsed()).plus(Duration::from_nanos(self.stepped.load(SeqCst)))
    }

    fn steady(&self) -> Time {
        Time::from_unix_nanos(0).plus(self.elapsed())
    }
}

/// What came, and whether more may come.
#[derive(Default)]
pub struct Basket {
    pub arrivals: Mutex<Vec<Arrival>>,
    pub full: AtomicBool,
    /// So many it takes although it is full.
    pub few: AtomicU64,
    pub gone: AtomicBool,
    pub delay_micros: AtomicU64,
}

/// Puts everything into the basket; buffers stay there. What is turned away is on record at once.
pub struct TestHatch(pub Arc<Basket>, pub Handle);

impl Hatch for TestHatch {
    fn offer(&mut self, arrival: Arrival) -> Offered {
        if self.0.gone.load(SeqCst) {
            return Offered::Gone;
        }
        let less = |few: u64| few.checked_sub(1);
        if self.0.full.load(SeqCst) && self.0.few.fetch_update(SeqCst, SeqCst, less).is_err() {
            return Offered::Full(arrival);
        }
        if let Arrival::TurnedAway(TurnedAway { receipt: Some(receipt), .. }) = &arrival {
            self.1.acknowledge(&[*receipt]);
        }
        self.0.arrivals.lock().unwrap().push(arrival);
        Offered::Taken
    }
}

pub struct Running {
    pub handle: Handle,
    pub counters: Arc<IntakeCounters>,
    pub basket: Arc<Basket>,
    pub clock: Arc<TestClock>,
    pub pool: Arc<Pool>,
    thread: Option<std::thread::JoinHandle<std::io::Result<()>>>,
    addresses: Vec<(String, SocketAddr)>,
}

pub fn config(sources: &[&str], listeners: Vec<Listener>) -> Config {
    let sources =
        sources.iter().map(|name| Source { name: (*name).into(), rate: None, size_max: None }).collect();
    Config { epoch: 1, push_back: false, unfinished_max_bytes: 1 << 22, sources, listeners }
}

pub fn start(config: Config) -> Running {
    start_with(config, TestClock::new(), Arc::default())
}

pub fn start_with(config: Config, clock: Arc<TestClock>, basket: Arc<Basket>) -> Running {
    start_pooled(config, clock, basket, 64 << 20)
}

pub fn start_pooled(
    config: Config,
    clock: Arc<TestClock>,
    basket: Arc<Basket>,
    pool_bytes: usize,
) -> Running {
    let names: Vec<String> = config.listeners.iter().map(|listener| listener.name.to_string()).collect();
    let pool = Arc::new(Pool::new(pool_bytes));
    let intake = Intake::open(config, Arc::<TestClock>::clone(&clock), Arc::clone(&pool)).unwrap();
    run(intake, names, clock, basket, pool)
}

pub fn run(
    intake: Intake,
    names: Vec<String>,
    clock: Arc<TestClock>,
    basket: Arc<Basket>,
    pool: Arc<Pool>,
) -> Running {
    let addresses =
        names.into_iter().filter_map(|name| intake.address(&name).map(|address| (name, address))).collect();
    let (handle, counters) = (intake.handle(), intake.counters());
    let mut hatch = TestHatch(Arc::clone(&basket), handle.clone());
    let thread = Some(std::thread::spawn(move || intake.run(&mut hatch)));
    Running { handle, counters, basket, clock, pool, thread, addresses }
}

impl Running {
    pub fn address(&self, name: &str) -> SocketAddr {
        self.addresses.iter().find(|(known, _)| known == name).unwrap().1
    }

    /// Waits, at most 10 s, until `holds` of what came.
    pub fn wait(&self, what: &str, mut holds: impl FnMut(&[Arrival]) -> bool) {
        let until = Instant::now() + std::time::Duration::from_secs(30);
        loop {
            if holds(&self.basket.arrivals.lock().unwrap()) {
                return;
            }
            assert!(Instant::now() < until, "{what}: {:?}", self.basket.arrivals.lock().unwrap());
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    pub fn wait_frames(&self, count: usize) {
        self.wait(&format!("{count} frames"), |arrivals| frames_of(arrivals).len() >= count);
    }

    pub fn wait_why(&self, why: Why) {
        self.wait(why.name(), |arrivals| turned_of(arrivals).iter().any(|one| one.why == why));
    }

    /// Source and bytes of all frames so far.
    pub fn frames(&self) -> Vec<(String, Vec<u8>)> {
        frames_of(&self.basket.arrivals.lock().unwrap())
    }

    pub fn turned(&self) -> Vec<TurnedAway> {
        turned_of(&self.basket.arrivals.lock().unwrap())
    }

    /// How many were turned away for this reason, by what was told.
    pub fn told(&self, why: Why) -> u64 {
        self.turned().iter().filter(|one| one.why == why).map(|one| one.count).sum()
    }

    pub fn drops(&self) -> u64 {
        let arrivals = self.basket.arrivals.lock().unwrap();
        arrivals
            .iter()
            .rev()
            .find_map(
                |one| if let Arrival::Losses { losses, .. } = one { Some(losses.kernel_drops) } else { None },
            )
            .unwrap_or(0)
    }

    pub fn stop(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

pub fn frames_of(arrivals: &[Arrival]) -> Vec<(String, Vec<u8>)> {
    let frames =
        arrivals.iter().filter_map(|one| if let Arrival::Frame(frame, _) = one { Some(frame) } else { None });
    frames.map(|frame| (frame.source.to_string(), frame.bytes.clone())).collect()
}

pub fn turned_of(arrivals: &[Arrival]) -> Vec<TurnedAway> {
    arrivals
        .iter()
        .filter_map(|one| if let Arrival::TurnedAway(away) = one { Some(away.clone()) } else { None })
        .collect()
}
