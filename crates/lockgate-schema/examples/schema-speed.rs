//! How long reading and writing one event of about 1 KiB takes: each event's best of seven passes, the mean over all.
//!
//! Run with `cargo run --release -p lockgate-schema --example schema-speed`. Absolute times drift with the machine; the rough
//! yardstick beside them is a plain look at every byte.
#![expect(clippy::print_stdout, reason = "an example that prints what it measured")]
#![expect(clippy::expect_used, reason = "an example stops where its own input is wrong")]
#![expect(clippy::float_arithmetic, clippy::as_conversions, reason = "means are printed as fractions")]
#![expect(clippy::string_slice, reason = "made from small numbers")]

use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::{Compiled, Reference, Type};
use std::sync::Arc;
use std::time::Instant;

const COT: &[u8] = include_bytes!("../../../rules/types/cot-event/type.kdl");
const LABEL: &[u8] = include_bytes!("../../../rules/types/stanag-4774/type.kdl");
const EVENTS: usize = 2000;

/// One event, as a handset would write it: attributes and details in an order of its own.
fn event(number: usize) -> String {
    let (minute, part) = (number % 60, number % 1000);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<event version=\"2.0\" uid=\"ANDROID-{number:016x}\" type=\"a-f-G-U-C\" how=\"m-g\" \
         time=\"2026-03-01T10:{minute:02}:05.{part:03}Z\" start=\"2026-03-01T10:{minute:02}:05.{part:03}Z\" \
         stale=\"2026-03-01T11:{minute:02}:20.{part:03}Z\" access=\"Undefined\">\
         <point lat=\"41.52{number:06}\" lon=\"-107.72{number:06}\" hae=\"1681.{part:03}\" ce=\"{}.4\" le=\"9999999.0\"/>\
         <detail><takv device=\"SAMSUNG SM-N986U\" platform=\"ATAK-CIV\" os=\"29\" version=\"4.2.0.4 (47e136dd).1607456856-CIV\"/>\
         <contact callsign=\"ALPHA {part}\" endpoint=\"192.168.1.10:4242:tcp\" phone=\"72042{part:05}\"/><uid Droid=\"ALPHA {part}\"/>\
         <precisionlocation altsrc=\"GPS\" geopointsrc=\"GPS\"/><__group name=\"Teal\" role=\"Team Member\"/>\
         <status battery=\"{}\"/><track course=\"{}.1462509\" speed=\"{}.25\"/>\
         <link uid=\"ANDROID-{part:016x}\" production_time=\"2026-03-01T09:51:09.603Z\" type=\"a-f-G-U-C\" parent_callsign=\"HOPE\" relation=\"p-p\"/>\
         <remarks>Moving north along the river &amp; then east, {part} metres behind the lead</remarks>\
         <color argb=\"-65536\"/><archive/></detail></event>",
        number % 50,
        number % 100,
        number % 360,
        number % 30,
    )
}

/// The mean, over all events, of each one's best of seven passes, in microseconds.
fn best(mut each: impl FnMut(usize)) -> f64 {
    let mut total = 0.0;
    for index in 0..EVENTS {
        let mut least = f64::MAX;
        for _ in 0..7 {
            let start = Instant::now();
            each(index);
            least = least.min(start.elapsed().as_nanos() as f64);
        }
        total += least;
    }
    total / EVENTS as f64 / 1000.0
}

/// Reads an object, within the budget of a lane.
fn read(inspector: &dyn Inspector, bytes: &[u8], into: &mut Inspection) {
    inspector.inspect(Untrusted::new(bytes), into, &mut Budget::new(100_000));
}

/// The events as the emitter writes them.
fn canonical(compiled: &Compiled, events: &[String], inspection: &mut Inspection) -> Vec<Vec<u8>> {
    let mut canonical: Vec<Vec<u8>> = Vec::new();
    for text in events {
        let object = Untrusted::new(text.as_bytes());
        read(compiled, text.as_bytes(), inspection);
        let reason = inspection.reasons.first().map(|reason| (reason.code, reason.span));
        assert!(reason.is_none(), "the event is valid: {reason:?} {}", &text[..40]);
        let mut out = Vec::new();
        assert!(compiled.emit(&inspection.record, object, &[], &mut out), "the event is whole");
        canonical.push(out);
    }
    canonical
}

/// The mean time to write an event, in microseconds, clock included.
fn emit(compiled: &Compiled, events: &[String], inspection: &mut Inspection) -> f64 {
    let (mut out, mut written) = (Vec::new(), 0.0);
    for text in events {
        let object = Untrusted::new(text.as_bytes());
        read(compiled, text.as_bytes(), inspection);
        let mut least = f64::MAX;
        for _ in 0..7 {
            out.clear();
            let start = Instant::now();
            compiled.emit(&inspection.record, object, &[], &mut out);
            least = least.min(start.elapsed().as_nanos() as f64);
        }
        written += least;
    }
    written / EVENTS as f64 / 1000.0
}

/// For a profiler: writes the first events over and over.
fn emit_alone(compiled: &Compiled, events: &[String], inspection: &mut Inspection) {
    let mut out = Vec::new();
    for text in events.iter().take(200) {
        let object = Untrusted::new(text.as_bytes());
        read(compiled, text.as_bytes(), inspection);
        for _ in 0..10_000 {
            out.clear();
            compiled.emit(&inspection.record, object, &[], &mut out);
        }
    }
}

/// For a profiler: the same pass twenty times.
fn repeat(mut pass: impl FnMut() -> f64) {
    for _ in 0..20 {
        pass();
    }
}

fn main() {
    let label = Arc::new(Type::parse("stanag-4774", LABEL, &|_| None).expect("the label type is right").0);
    let find = |name: &str| (name == "stanag-4774").then(|| Arc::clone(&label));
    let cot = Arc::new(Type::parse("cot-event", COT, &find).expect("the event type is right").0);
    let (compiled, reference) = (Compiled::new(Arc::clone(&cot)), Reference::new(cot));
    let events: Vec<String> = (0..EVENTS).map(event).collect();
    let size: usize = events.iter().map(String::len).sum();
    println!("{EVENTS} events, {} bytes each on average", size / EVENTS);
    let mut inspection = Inspection::default();
    let canonical = canonical(&compiled, &events, &mut inspection);
    let received: Vec<&[u8]> = events.iter().map(String::as_bytes).collect();
    let canonical: Vec<&[u8]> = canonical.iter().map(Vec::as_slice).collect();
    let mut each = |inspector: &dyn Inspector, list: &[&[u8]]| {
        best(|index| read(inspector, list.get(index).copied().unwrap_or(b""), &mut inspection))
    };
    // For a profiler: `speed compiled`, `speed reference` and `speed emit` do that alone.
    match std::env::args().nth(1).as_deref() {
        Some("emit") => return emit_alone(&compiled, &events, &mut inspection),
        Some("compiled") => return repeat(|| each(&compiled, &received)),
        Some(_) => return repeat(|| each(&reference, &canonical)),
        None => {}
    }
    let clock = best(|_| ());
    println!("compiled, as received     {:.2} us", each(&compiled, &received) - clock);
    println!("reference, as received    {:.2} us", each(&reference, &received) - clock);
    println!("compiled, canonical       {:.2} us", each(&compiled, &canonical) - clock);
    println!("reference, canonical      {:.2} us", each(&reference, &canonical) - clock);
    println!("emit                      {:.2} us", emit(&compiled, &events, &mut inspection) - clock);
    let shape = compiled.shape();
    println!("beginning a record        {:.2} us", best(|_| inspection.begin(shape)) - clock);
}
