//! How long a policy takes to compile, and a label to be decided:
//! `cargo run --release -p lockgate-marking --example label-speed -- SPIF NAME ID`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops at the first thing that is wrong"
)]

use lockgate_bytes::{Duration, Time};
use lockgate_marking::{
    Clearance, Combined, Label, LabelBuilder, Mapped, Place, Policy, PolicySet, Settings, TagClaim,
};
use std::hint::black_box;
use std::time::Instant;

fn best(passes: u32, mut run: impl FnMut()) -> u128 {
    let mut best = u128::MAX;
    for _ in 0..passes {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_nanos());
    }
    best
}

fn label(builder: &mut LabelBuilder, set: &PolicySet, name: &str, time: Time) -> Label {
    builder.begin(set, name, None).unwrap();
    builder.level(set, "RESTRICTED").unwrap();
    builder.tag(set, TagClaim { name: "Context", kind: "PERMISSIVE", id: None }).unwrap();
    builder.value(set, "NATO").unwrap();
    builder.value(set, "Releasable").unwrap();
    builder.tag(set, TagClaim { name: "Releasable To", kind: "PERMISSIVE", id: None }).unwrap();
    for value in ["NATO", "AUT", "CHE", "IRL"] {
        builder.value(set, value).unwrap();
    }
    builder.created(time).unwrap();
    builder.review(time).unwrap();
    builder.finish().unwrap()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, file, name, id] = arguments.as_slice() else {
        println!("label-speed SPIF NAME ID");
        return;
    };
    let bytes = std::fs::read(file).unwrap();
    let settings = Settings {
        name: name.clone(),
        id: id.clone(),
        edition: "x".into(),
        absent: vec![("Releasable To".into(), lockgate_marking::Absent::Universe)],
        everyone: vec![("Context".into(), "Releasable".into())],
        review: None,
    };
    let compile = best(20, || drop(black_box(Policy::from_spif(&bytes, &settings).unwrap())));
    println!("compile        {:>9} us  ({} bytes)", compile / 1000, bytes.len());

    let mut set = PolicySet::new();
    let index = set.add(Policy::from_spif(&bytes, &settings).unwrap()).unwrap();
    let time = Time::parse(b"2014-01-01T00:00:00Z").unwrap();
    let now = Time::parse(b"2026-01-01T00:00:00Z").unwrap();
    let mut builder = LabelBuilder::new();
    let made = label(&mut builder, &set, name, time);
    let clearance =
        Clearance::new(&set, name, &["UNCLASSIFIED", "RESTRICTED"], &[("Releasable To", "AUT")]).unwrap();
    let mut findings = Vec::new();
    let per = |total: u128| total / 1000;
    let build = best(50, || {
        (0..1000).for_each(|_| {
            black_box(label(&mut builder, &set, name, time));
        })
    });
    let decide = best(50, || {
        for _ in 0..1000 {
            let mut combined = Combined::default();
            combined.add(&Mapped { label: black_box(made), not_after: Time::MAX }, &set);
            combined.add(&Mapped { label: black_box(made), not_after: Time::MAX }, &set);
            let enforced = combined.enforced().unwrap();
            black_box(set.validate(&enforced, now, Duration::ZERO, &mut findings));
            black_box(clearance.access(&enforced, &set));
        }
    });
    println!("read a label   {:>9} ns", per(build));
    println!(
        "decide a label {:>9} ns  (combine two, validate, access; findings: {})",
        per(decide),
        findings.len()
    );
    let form = set.policy(index).unwrap().marking_form(Place::PageTop, None);
    let text = form.render(&made).unwrap();
    let write = best(20, || drop(black_box(form.render(&made))));
    let read = best(20, || {
        black_box(form.parse(&text, index).unwrap());
    });
    println!("write marking  {write:>9} ns\nread marking   {read:>9} ns  {text:?}");
    let long = text.repeat(4096_usize.checked_div(text.len()).unwrap());
    let worst = best(20, || drop(black_box(form.parse(&long, index))));
    println!("refuse 4 KB    {worst:>9} ns");
}
