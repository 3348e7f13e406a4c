//! The record of one decision, written from the engine's own account of it.

use crate::event::{ClockState, Stage, StageSays, number, number_or_null, time_or_null};
use crate::tile::ENTRY_MAX;
use lockgate_bytes::{Digest, Time};
use lockgate_core::{Account, Envelope, JournalFault, Json, Scribe, VerdictKind};
use lockgate_reason::Outcome;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Reasons that a shortened record lists.
const SHORT_REASONS: usize = 100;

/// What the lane knows of a decision beside the engine's account.
#[derive(Clone, Copy, Debug)]
pub struct DecisionFacts<'a> {
    /// The process.
    pub epoch: u64,
    /// When the object arrived.
    pub arrival: Time,
    /// When it was decided.
    pub decided: Time,
    /// Nanoseconds that the process has run.
    pub uptime_ns: u64,
    /// The state of the clock.
    pub clock: ClockState,
    /// The entry of the decision that this one takes the place of.
    pub again: Option<u64>,
    /// The entry of the decision by which a sink names the object, where that is not this one.
    pub first: Option<u64>,
    /// The receipt under which intake took it.
    pub receipt: Option<&'a str>,
    /// The class of the egress queue.
    pub class: Option<&'a str>,
    /// The object that this one was split off from.
    pub parent: Option<Digest>,
}

/// Writes the record of a decision on its own page: of a release with the class under which egress queues it.
impl Scribe for DecisionFacts<'_> {
    fn write(&mut self, account: &Account<'_>, page: &mut Vec<u8>) -> Result<(), JournalFault> {
        self.class = match account.verdict() {
            VerdictKind::Release => Some(account.precedence().name()),
            VerdictKind::Hold | VerdictKind::Refuse => None,
        };
        write_decision(account, self, page);
        Ok(())
    }
}

/// Writes the record over what `page` held. Nothing is allocated beyond the page.
///
/// An account that would not fit an entry (65,535 bytes) is written without claims, label texts and the sentences of
/// its reasons, with `"shortened":true` in it.
pub fn write_decision(account: &Account<'_>, facts: &DecisionFacts<'_>, page: &mut Vec<u8>) {
    page.clear();
    let mut text = String::from_utf8(std::mem::take(page)).unwrap_or_default();
    let envelope = Envelope { parent: facts.parent, ..Envelope::default() };
    write(account, facts, &mut text, |account, out| account.write_json(&envelope, out));
    if text.len() > ENTRY_MAX {
        text.clear();
        write(account, facts, &mut text, |account, out| write_short(account, facts.parent, out));
    }
    *page = text.into_bytes();
}

fn write(
    account: &Account<'_>,
    facts: &DecisionFacts<'_>,
    text: &mut String,
    show: impl Fn(&Account<'_>, &mut String),
) {
    let mut json = Json::object(text);
    json.text("event", "decision");
    let members = Members {
        epoch: facts.epoch,
        arrival: facts.arrival,
        decided: facts.decided,
        uptime_ns: facts.uptime_ns,
        clock: facts.clock,
        again: facts.again,
        first: facts.first,
        receipt: facts.receipt,
        is_rewritten: account.is_rewritten(),
        not_after: account.not_after(),
        class: facts.class,
        blake3: account.crossing().map(|crossing| Digest(crossing.0)),
    };
    members.write(&mut json, steps(account).into_iter());
    show(account, json.key("account"));
    json.end();
}

/// What each filter said: the worst of the reasons of its families of codes.
fn steps(account: &Account<'_>) -> [(Stage, StageSays); 6] {
    let mut steps = Stage::ALL.map(|stage| {
        let ran = match stage {
            Stage::Frame => true,
            Stage::Type => account.type_id().is_some(),
            Stage::Words if account.seen().is_some() => {
                account.seen().is_some_and(|seen| seen.form.is_some())
            }
            Stage::Label | Stage::Words | Stage::Rules | Stage::Release => account.is_judged(),
        };
        (stage, if ran { StageSays::Pass } else { StageSays::NotRun })
    });
    for reason in account.reasons() {
        let stage = match reason.code.id().as_bytes().get(3) {
            Some(b'F') => Stage::Frame,
            Some(b'S' | b'D') => Stage::Type,
            Some(b'M') => Stage::Label,
            Some(b'W') => Stage::Words,
            Some(b'R') => Stage::Rules,
            // Agreements, validity, holds and internal faults: the release is what they stop.
            _ => Stage::Release,
        };
        let says = match reason.outcome {
            Outcome::Hold => StageSays::Hold,
            Outcome::Refuse => StageSays::Refuse,
        };
        for (_, said) in steps.iter_mut().filter(|(known, _)| *known == stage) {
            if *said != StageSays::Refuse {
                *said = says;
            }
        }
    }
    steps
}

/// The account without what can be long.
fn write_short(account: &Account<'_>, parent: Option<Digest>, out: &mut String) {
    let mut json = Json::object(out);
    json.boolean("shortened", true);
    json.text("lane", account.policy().lane());
    json.text("source", account.source());
    if let Some(parent) = parent {
        json.digest("parent", &parent);
    }
    json.digest("sha256", &account.sha256());
    json.number("size_bytes", account.size_bytes());
    if let Some((sha256, size)) = account.sidecar() {
        json.digest("sidecar_sha256", &sha256);
        json.number("sidecar_size_bytes", size);
    }
    json.text("route", account.route());
    json.text_or_null("type", account.type_id());
    json.text(
        "verdict",
        match account.verdict() {
            VerdictKind::Release => "release",
            VerdictKind::Hold => "hold",
            VerdictKind::Refuse => "refuse",
        },
    );
    let reasons = json.key("reasons");
    reasons.push('[');
    for (index, reason) in account.reasons().take(SHORT_REASONS).enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(reasons, "{}{{\"code\":\"{}\"}}", if index > 0 { "," } else { "" }, reason.code.id());
    }
    reasons.push(']');
    if account.is_unasked() {
        json.boolean("unasked", true);
        write_unasked(account, &mut json);
    }
    let mut approvals = account.approved_by().peekable();
    if approvals.peek().is_some() {
        let out = json.key("approvals");
        for (index, (by, statement)) in approvals.enumerate() {
            out.push(if index > 0 { ',' } else { '[' });
            let mut approval = Json::object(out);
            approval.text("by", by);
            approval.digest("statement", &statement);
            approval.end();
        }
        out.push(']');
    }
    json.text("destination", account.destination());
    match account.released() {
        Some((sha256, size)) => {
            json.digest("released_sha256", &sha256);
            json.number("released_size_bytes", size);
        }
        None => json.null("released_sha256"),
    }
    json.text("precedence", account.precedence().name());
    json.time("now", account.now());
    let _ = write!(json.key("bundle"), "\"sha256:{}\"", account.policy().bundle());
    json.text("engine", lockgate_core::ENGINE);
    if let Some(key) = account.pseudonym_key() {
        json.text("pseudonym_key", key);
    }
    json.end();
}

/// What verifiers ask of what nobody approved: the classes of what was found, each once, and what was built anew.
fn write_unasked(account: &Account<'_>, json: &mut Json<'_>) {
    let Some(seen) = account.seen() else { return };
    let classes: BTreeSet<&str> = seen.findings.iter().map(|finding| finding.code.class.name()).collect();
    let findings = json.key("findings");
    findings.push('[');
    for (index, class) in classes.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(findings, "{}{{\"class\":\"{class}\"}}", if index > 0 { "," } else { "" });
    }
    findings.push(']');
    if let Some(rebuilt) = &seen.rebuilt {
        json.digest("rebuilt_sha256", &rebuilt.sha256());
    }
}

/// The members of a decision before its account.
pub(crate) struct Members<'a> {
    pub(crate) epoch: u64,
    pub(crate) arrival: Time,
    pub(crate) decided: Time,
    pub(crate) uptime_ns: u64,
    pub(crate) clock: ClockState,
    pub(crate) again: Option<u64>,
    pub(crate) first: Option<u64>,
    pub(crate) receipt: Option<&'a str>,
    pub(crate) is_rewritten: bool,
    pub(crate) not_after: Option<Time>,
    pub(crate) class: Option<&'a str>,
    pub(crate) blake3: Option<Digest>,
}

impl Members<'_> {
    pub(crate) fn write(&self, json: &mut Json<'_>, steps: impl Iterator<Item = (Stage, StageSays)>) {
        number(json, "epoch", self.epoch);
        json.time("arrival", self.arrival);
        json.time("decided", self.decided);
        number(json, "uptime_ns", self.uptime_ns);
        json.text("clock", self.clock.name());
        number_or_null(json, "again", self.again);
        number_or_null(json, "first", self.first);
        json.text_or_null("receipt", self.receipt);
        json.boolean("rewritten", self.is_rewritten);
        let mut said = Json::object(json.key("steps"));
        for (stage, says) in steps {
            said.text(stage.name(), says.name());
        }
        said.end();
        time_or_null(json, "not_after", self.not_after);
        json.text_or_null("class", self.class);
        if let Some(blake3) = &self.blake3 {
            json.digest("blake3", blake3);
        }
    }
}
