//! Measures labels and markings and prints one JSON line a figure: `{"name":..,"value":..,"unit":..}`. Times are of the
//! thread's own processor time, each the best of many passes.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    reason = "a measuring program: it prints figures about texts of its own making"
)]

use lockgate_bench::allocations::allocations_during;
use lockgate_bench::engine::{Engine, Setup};
use lockgate_bench::event::reference_time;
use lockgate_bench::ism::IsmDecision;
use lockgate_bench::measure::best_of;
use lockgate_bytes::Duration;
use lockgate_marking::{Combined, LabelBuilder, Mapping, Place, Policy, PolicySet, Settings, TagClaim};
use lockgate_us::{Code, EDITIONS, Edition, document};
use std::hint::black_box;
use std::process::ExitCode;

/// Size of the texts, in bytes: 10 KB.
const SIZE: usize = 10_000;

fn main() -> ExitCode {
    let measured = decisions().and_then(|()| ism()).and_then(|()| texts()).and_then(|()| policies());
    if let Err(says) = measured {
        eprintln!("marking: {says}");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

fn print(name: &str, value: f64, unit: &str) {
    println!("{{\"name\":\"{name}\",\"value\":{value:.3},\"unit\":\"{unit}\"}}");
}

/// The best of `passes`, each of `times` runs, in microseconds a run.
fn best(passes: usize, times: usize, mut work: impl FnMut()) -> f64 {
    best_of(passes, || (0..times).for_each(|_| work())) / times as f64
}

/// A label decision after compile: the words of a label element, validity, mapping, combination and release.
fn decisions() -> Result<(), String> {
    let engine = Engine::new(Setup { rules: 0, words: 1 })?;
    let policies = engine.policy().policies();
    let (now, mission) = (reference_time(), policies.named("MISSION").ok_or("no policy MISSION")?);
    let mapping = Mapping::compile(policies, mission, &[]).map_err(|faults| format!("{faults:?}"))?;
    let release = engine.policy().release();
    let ground = release.category("ground-track").ok_or("no category")?;
    let (mut builder, mut findings, mut found) = (LabelBuilder::new(), Vec::new(), Vec::new());
    let mut decide = || -> Result<bool, lockgate_reason::Finding> {
        builder.begin(policies, black_box("MISSION"), None)?;
        builder.level(policies, black_box("RESTRICTED"))?;
        builder.tag(policies, TagClaim { name: "Releasable To", kind: "PERMISSIVE", id: None })?;
        for reader in ["HRV", "HUN", "SVK", "SVN", "AUT"] {
            builder.value(policies, black_box(reader))?;
        }
        builder.created(now)?;
        let label = builder.finish()?;
        policies.validate(&label, now, Duration::ZERO, &mut findings);
        let mut combined = Combined::default();
        combined.add(&mapping.map(&label, now)?, policies);
        let enforced = combined.enforced();
        Ok(enforced.is_some_and(|label| release.judge(&label, Some(ground), now, &mut found).releasable))
    };
    if !matches!(decide(), Ok(true)) {
        return Err("the typical label is not releasable".to_owned());
    }
    let mut run = || {
        black_box(decide().is_ok());
    };
    print("marking.decision", best(50, 2_000, &mut run), "us");
    print(
        "marking.decision.allocations",
        allocations_during(|| (0..1_000).for_each(|_| run())) as f64 / 1e3,
        "each",
    );
    Ok(())
}

/// The same of a report whose resource and portions have ISM attributes, and reading some for the first time.
fn ism() -> Result<(), String> {
    let mut ism = IsmDecision::new()?;
    if !ism.decide() {
        return Err("the typical report is not releasable".to_owned());
    }
    let mut run = || {
        black_box(ism.decide());
    };
    print("marking.ism.decision", best(50, 2_000, &mut run), "us");
    let allocations = allocations_during(|| (0..1_000).for_each(|_| run())) as f64 / 1e3;
    print("marking.ism.decision.allocations", allocations, "each");
    let mut read = || {
        black_box(ism.read());
    };
    print("marking.ism.first-reading", best(20, 500, &mut read), "us");
    Ok(())
}

/// Texts that cost more than they look like; each is one way to make the search or the sets work.
fn hostile(size: usize) -> Vec<(&'static str, String)> {
    let codes: Vec<String> = (b'A'..=b'Z')
        .flat_map(|a| (b'A'..=b'Z').flat_map(move |b| (b'A'..=b'Z').map(move |c| [a, b, c])))
        .filter_map(|code| String::from_utf8(code.to_vec()).ok())
        .filter(|code| code != "USA" && Code::of(code).is_some())
        .collect();
    let fill = |mut next: Box<dyn FnMut(usize) -> String + '_>| {
        let mut text = String::new();
        for at in 0.. {
            let more = next(at);
            if text.len() + more.len() > size {
                break;
            }
            text.push_str(&more);
        }
        text
    };
    let pick = |at: usize| codes.get(at % codes.len()).cloned().unwrap_or_default();
    let list = codes.join(", ");
    let long = |end: &str| format!("(S//REL TO USA, {list}{end})\n");
    Vec::from([
        ("one", fill(Box::new(|_| "(TS//SI-G ABCD/TK//OC/NF)\n".to_owned()))),
        ("different", fill(Box::new(|at| format!("(S//REL TO USA, {}, {})\n", pick(at), pick(at + 1))))),
        ("short", fill(Box::new(|at| format!("(//{} S)", pick(at))))),
        ("groups", fill(Box::new(|at| format!("(S//REL TO USA, {}, BWCS, CWCS, NATO)\n", pick(at))))),
        ("trigraphs", fill(Box::new(|at| long(if at % 2 == 0 { "" } else { ", FVEY" })))),
        ("near-miss", fill(Box::new(|at| long(if at % 2 == 0 { ", XXY" } else { ", XXZ" })))),
        ("compartments", fill(Box::new(|at| format!("(TS//SI-G AB{at} AC{at} AD{at}//OC/NF)\n")))),
        ("programs", fill(Box::new(|at| format!("(S//SAR-B{at}/C{at}/D{at})\n")))),
        ("banners", fill(Box::new(|at| format!("SECRET//REL TO USA, {}\n", pick(at))))),
        ("unknown", fill(Box::new(|at| format!("(S//X{at})\n")))),
        ("open", fill(Box::new(|_| "(S//".to_owned()))),
        ("not-quite", fill(Box::new(|at| format!("(S D{at})S//D{at}\n")))),
        (
            "controls",
            fill(Box::new(|at| if at == 0 { "Secret".to_owned() } else { " Display Only".to_owned() })),
        ),
        ("parentheses", fill(Box::new(|_| "(".to_owned()))),
    ])
}

fn edition() -> Result<&'static Edition, String> {
    Edition::named("ism-2022").ok_or_else(|| "no such edition".to_owned())
}

/// The markings of a text of 10 KB, as people write it and as an enemy would; and that twice the text costs twice.
fn texts() -> Result<(), String> {
    let edition = edition()?;
    let line =
        "(S//SI//REL TO USA, FVEY) One line of a report, as long as lines of reports are (about so long).\n";
    let typical = ["SECRET//SI//REL TO USA, FVEY\n", &line.repeat(SIZE / line.len())].concat();
    let time = |text: &str, edition| {
        best(60, 1, || {
            black_box(document::check(black_box(text), edition).found.len());
        })
    };
    print("marking.text", time(&typical, edition), "us");
    let (mut worst, mut ratio) = (0.0_f64, 0.0_f64);
    for ((name, once), (_, twice)) in hostile(SIZE).iter().zip(&hostile(2 * SIZE)) {
        for each in EDITIONS {
            worst = worst.max(time(once, each));
        }
        let (one, two) = (time(once, edition), time(twice, edition));
        print(&format!("marking.text.{name}"), one, "us");
        ratio = ratio.max(two / one);
    }
    print("marking.text.worst", worst, "us");
    print("marking.text.doubled", ratio, "x");
    Ok(())
}

/// Policy files: compiling the largest, and reading display markings by it.
fn policies() -> Result<(), String> {
    let Some(folder) = std::env::var_os("LOCKGATE_CORPUS") else {
        eprintln!("marking: LOCKGATE_CORPUS is not set; no policy file of the field is measured");
        return Ok(());
    };
    let path = std::path::Path::new(&folder).join("markings/nmbs/NATO.spif");
    let bytes = std::fs::read(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
    let settings = Settings {
        name: "NATO".to_owned(),
        id: "1.3.26.1.3.1".to_owned(),
        edition: "88".to_owned(),
        absent: Vec::new(),
        everyone: Vec::new(),
        review: None,
    };
    let compile = || Policy::from_spif(black_box(&bytes), &settings);
    print("spif.compile", best(20, 1, || drop(black_box(compile()))) / 1_000.0, "ms");
    let mut set = PolicySet::new();
    let policy = compile().map_err(|findings| format!("{findings:?}"))?;
    let index = set.add(policy).map_err(|fault| fault.says)?;
    let policy = set.policy(index).ok_or("no policy")?;
    let reader = policy.marking_form(Place::PageTop, None).reader(index);
    let list = "AUT/CHE/FIN/IRL/MDA/SRB/SWE/UKR";
    let near = format!("NATO SECRET RELEASABLE TO {list}/{list}/{list}/{list}");
    for (name, text) in [
        ("typical", "NATO SECRET"),
        ("released", "NATO SECRET RELEASABLE TO SWE"),
        ("near-miss", near.as_str()),
    ] {
        let took = best(40, 20, || {
            black_box(reader.parse(black_box(text)).is_ok());
        });
        print(&format!("spif.marking.{name}"), took, "us");
    }
    Ok(())
}
