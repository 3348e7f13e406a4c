//! The fast path while workers are busy with bombs: small files of our own making that take a renderer as long as it is let.

use super::busy::of_children;
use super::lines::print;
use super::wire::{FIRST, LOAD, SEARCH, Wire, wish};
use lockgate_bench::deployment::{Deployment, Running, Wish, binary};
use lockgate_bench::event::Form;
use lockgate_bench::wire::Sink;
use lockgate_watch::Request;
use std::thread;
use std::time::{Duration, Instant};

/// Pairs of loads, one without bombs and one with them.
const PAIRS: u32 = 5;
/// Bombs for one load: as long as one of them is looked into, the others wait.
const BOMBS: u32 = 3;
/// How long the workers may take with what is left of them: 10 s for each, and one more.
const LEFT: Duration = Duration::from_secs(45);
/// What the workers have to have of a processor while bombs are in flight, or nothing was measured.
const BUSY: f64 = 0.02;

/// A lane at half its maximum, or at `rate`, by turns without bombs and with them. `bombs`: how many, where it is not the usual;
/// with none of them it shows what the machine's other work does to the figure.
pub(super) fn beside(sink: &Sink, rate: Option<f64>, bombs: Option<f64>) -> Result<(), String> {
    let program = binary().map_err(|error| error.to_string())?;
    let deployment = Deployment::new(&program, Wish { slow: true, ..wish(sink) })?;
    let lane = deployment.start()?;
    let mut wire = Wire::to(sink, lane.address, Form::Canonical)?;
    let rate = match rate {
        Some(rate) => rate,
        None => 0.5 * wire.most(FIRST, SEARCH)?.offered,
    };
    print("gate.beside.rate", rate, "objects/s");
    let bomb = bomb();
    let bombs = bombs.map_or(BOMBS, |bombs| bombs as u32);
    let (mut quiet, mut bombed) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        quiet.push(wire.load(rate, LOAD)?.p99 / 1000.0);
        for _ in 0..bombs {
            wire.out.send(&bomb).map_err(|error| format!("sending: {error}"))?;
        }
        let (before, begun) = (of_children(lane.id()), Instant::now());
        bombed.push(wire.load(rate, LOAD)?.p99 / 1000.0);
        let busy = (of_children(lane.id()) - before) / 100.0 / begun.elapsed().as_secs_f64();
        print("gate.beside.workers", busy, "of a processor");
        if busy < BUSY && bombs > 0 {
            return Err(format!("no bomb was in flight: the workers had {busy:.3} of a processor"));
        }
        wait_for_workers(&lane)?;
    }
    for (name, all) in [("quiet", &quiet), ("bombs", &bombed)] {
        all.iter().for_each(|p99| print(&format!("gate.beside.{name}.each"), *p99, "ms"));
    }
    let (quiet, bombed) = (middle(&mut quiet), middle(&mut bombed));
    print("gate.beside.quiet.p99", quiet, "ms");
    print("slow.beside.p99", bombed, "ms");
    print("slow.beside", bombed / quiet, "x");
    lane.stop()
}

/// Until nothing is being looked into.
fn wait_for_workers(lane: &Running) -> Result<(), String> {
    let begun = Instant::now();
    while lane.ask(Request::Status)?.0.at("in_flight").number() != Some(0) {
        if begun.elapsed() > LEFT {
            return Err(format!("bombs were looked into for more than {} s", LEFT.as_secs()));
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The one in the middle.
pub(super) fn middle(all: &mut [f64]) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A PDF of one page that draws a form eight times, which draws another one eight times, and so on: two million lines.
fn bomb() -> Vec<u8> {
    const DEPTH: usize = 7;
    let form = |at: usize| {
        let (keys, content) = match at {
            DEPTH => (String::new(), "0 0 m 500 700 l S ".repeat(8)),
            _ => (format!("/Resources<</XObject<</F {} 0 R>>>>", at + 5), "/F Do ".repeat(8)),
        };
        format!(
            "<</Type/XObject/Subtype/Form/BBox[0 0 595 842]{keys}/Length {}>>stream\n{content}\nendstream",
            content.len()
        )
    };
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"
            .to_owned(),
        "<</Length 5>>stream\n/F Do\nendstream".to_owned(),
    ];
    objects.extend((1..=DEPTH).map(form));
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", at + 1).as_bytes());
    }
    let start = file.len();
    let size = objects.len() + 1;
    file.extend_from_slice(
        format!("{table}trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").as_bytes(),
    );
    file
}
