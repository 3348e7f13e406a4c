//! The samples of the demonstration, and what one run through both lanes in this process says of them.

use crate::exit::{Exit, Fault};
use crate::fixture::{Decided, Fixture, decide_for_show};
use crate::show::table::{Table, wrap};
use crate::show::{self, Form};
use lockgate_bundle::Bundle;
use lockgate_core::{Json, VerdictKind};
use lockgate_reason::{Code, deep};
use std::io::Write;

/// A sample: the fixture that it is, what it is, and why its verdict is what it should be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) fixture: &'static str,
    pub(super) is: &'static str,
    pub(super) why: &'static str,
    /// The codes for which it is held, where the two reviewers answer them; empty where they do not.
    pub(super) people: &'static [&'static str],
    /// A code that has to be among its reasons, where its verdict alone does not say enough.
    pub(super) code: Option<Code>,
}

impl Sample {
    /// True where an object is held for nothing but what the two reviewers answer. That nobody reads its pictures depends on the
    /// machine, and is theirs too: they see every page.
    pub(super) fn is_for_people<'c>(&self, codes: impl Iterator<Item = &'c str>) -> bool {
        let asked = codes.filter(|code| *code != deep::PICTURES_UNREAD.id());
        !self.people.is_empty() && asked.eq(self.people.iter().copied())
    }
}

const fn sample(fixture: &'static str, is: &'static str, why: &'static str) -> Sample {
    Sample { fixture, is, why, people: &[], code: None }
}

/// Every kind of verdict, and every way to be released, on both lanes. Fixtures carry their reference times.
pub(super) const SAMPLES: &[Sample] = &[
    sample(
        "release-ground-track",
        "vehicle track",
        "labelled for every reader, under an agreement: crosses as it is",
    ),
    sample(
        "release-attributes-in-any-order",
        "same, spelt otherwise",
        "all is well, so it crosses, written in the one canonical way",
    ),
    sample(
        "release-device-left-out",
        "track with phone data",
        "crosses without what tells of the sender's device",
    ),
    sample(
        "release-bound-label",
        "track with bound label",
        "a STANAG 4774 label says who may read it: crosses as it is",
    ),
    sample("hold-unlabelled", "track without label", "nobody knows who may read it: people decide"),
    Sample {
        people: &["LG-W001"],
        ..sample(
            "hold-codeword",
            "remark with a codeword",
            "a listed word, disguised with foreign letters: people decide",
        )
    },
    sample(
        "hold-undeclared-part-with-marking",
        "track with unknown part",
        "the unknown part carries a marking: people decide",
    ),
    sample(
        "refuse-misspelt-level",
        "track with misspelt label",
        "a claim that is almost right is not guessed at",
    ),
    sample("refuse-secret", "SECRET track", "above what the other network may hold"),
    sample("refuse-air-track", "aircraft track", "the agreement covers no air tracks"),
    sample("refuse-expired", "stale track", "too old to be worth sending"),
    sample("refuse-document-type", "track with a DTD", "a construct that attackers use is never accepted"),
    sample("release-partner-track", "partner's track", "upwards no agreement is needed: crosses as it is"),
    sample(
        "refuse-spill",
        "partner's SECRET track",
        "secrets where none may be: a spill, refused and alarmed",
    ),
    sample("refuse-undeclared-part", "partner's unknown part", "this lane takes declared parts only"),
];

/// Decides all samples as of their own times, and shows them before the documents, which are decided already.
///
/// # Errors
/// [`Fault`] where this program was built wrongly, or the output fails.
pub(super) fn run(
    bundle: &Bundle,
    fixtures: &[Fixture],
    documents: Vec<(Sample, Decided)>,
    json: bool,
    out: &mut dyn Write,
) -> Result<Exit, Fault> {
    let mut table = Table::new(&["verdict", "lane", "sample", "why"]);
    if !json {
        introduce(bundle, out)?;
    }
    let mut decided = Vec::new();
    for sample in SAMPLES {
        let fixture = fixture(sample.fixture, fixtures)?;
        decided.push((*sample, decide_for_show(fixture, fixtures, bundle, form(json)).map_err(Fault::new)?));
    }
    decided.extend(documents);
    for (sample, decided) in &decided {
        if json {
            line(sample, decided, out)?;
        } else {
            table.row([&outcome(decided), &decided.lane, sample.is, sample.why]);
        }
    }
    let expected = decided.iter().filter(|(_, decided)| decided.as_expected).count();
    if !json {
        table.write(out)?;
        writeln!(out, "\n* written anew in canonical form, a document from its pixels; then read and")?;
        writeln!(out, "  decided a second time")?;
        writeln!(out, "{expected} of {} samples got their expected verdict", decided.len())?;
        writeln!(out, "{NOT_REAL}")?;
    }
    Ok(Exit::negative_if(expected != decided.len()))
}

/// In which form accounts are shown.
pub(super) fn form(json: bool) -> Form {
    if json { Form::Json { record: false } } else { Form::Account }
}

/// What every demonstration says at its end.
pub(super) const NOT_REAL: &str =
    "Rules, policies and agreements shown here are demonstrations, not real ones.";

/// The fixture of this name.
///
/// # Errors
/// [`Fault`] where this program was built without it.
pub(super) fn fixture<'f>(name: &str, fixtures: &'f [Fixture]) -> Result<&'f Fixture, Fault> {
    let found = fixtures.iter().find(|fixture| fixture.name == name);
    found.ok_or_else(|| Fault::new(format!("the sample {name} was not built in")))
}

/// What the table says of a verdict.
fn outcome(decided: &Decided) -> String {
    let verdict = decided.verdict.name();
    let how = match (decided.verdict, decided.verbatim) {
        (VerdictKind::Release, false) => "release*",
        _ => verdict,
    };
    if decided.as_expected { how.to_owned() } else { format!("{how} (!)") }
}

fn introduce(bundle: &Bundle, out: &mut dyn Write) -> Result<(), Fault> {
    let text = "Two networks: svn-national, which may hold SECRET, and rsocc-net, which partners of five nations read and \
                which may hold RESTRICTED. The lane cot-down carries tracks down to the partners, under an agreement; \
                cot-up carries theirs up. Each sample below is decided by the real engine, as of a fixed time.";
    wrap(text, show::table::WIDTH).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    let lanes: Vec<String> =
        bundle.lanes().map(|lane| format!("{} (to {})", lane.lane(), lane.destination())).collect();
    writeln!(out)?;
    let lanes = format!("lanes: {}", lanes.join(", "));
    wrap(&lanes, show::table::WIDTH).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out).map_err(Fault::from)
}

fn line(sample: &Sample, decided: &Decided, out: &mut dyn Write) -> Result<(), Fault> {
    let mut line = String::new();
    let mut json = Json::object(&mut line);
    json.text("sample", sample.fixture);
    json.text("is", sample.is);
    json.text("why", sample.why);
    json.text("lane", &decided.lane);
    json.text("expected", decided.expected);
    json.text("verdict", decided.verdict.name());
    json.boolean("verbatim", decided.verbatim);
    json.boolean("good", decided.as_expected);
    json.key("account").push_str(decided.shown.trim_end());
    json.end();
    writeln!(out, "{line}").map_err(Fault::from)
}
