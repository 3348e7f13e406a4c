//! The lane that is measured: the demonstration's policies and types, a destination with an agreement, and as many
//! rules and words as asked for.

use crate::event::{reference_time, word};
use lockgate::pipeline::{Passed, pass};
use lockgate_bundle::{Bundle, Strictness};
use lockgate_bytes::{Frame, PseudonymKey, Time};
use lockgate_core::{Account, Envelope, Journal, JournalFault, Policy, Unopened, Workspace};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What became of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Released as received.
    Verbatim,
    /// Released in the canonical form, parsed and checked again.
    Reemitted,
    /// Held.
    Held,
    /// Refused.
    Refused,
}

/// What the lane to be measured looks like.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Number of authored rules, over at most 60 distinct conditions.
    pub rules: usize,
    /// Terms of the word list; [`crate::event::word`] gives them.
    pub words: usize,
}

/// One lane, ready to judge.
#[derive(Debug)]
pub struct Engine {
    policy: Arc<Policy>,
    source: Arc<str>,
    spare: Vec<u8>,
    workspace: Option<Box<Workspace>>,
    now: Time,
}

/// The line of `inspect --json`, kept where a lane's journal would be.
struct Line<'a>(&'a mut String);

impl Journal for Line<'_> {
    fn append(&mut self, account: &Account<'_>) -> Result<(), JournalFault> {
        account.write_json(&Envelope { path: "track.cot", ..Envelope::default() }, self.0);
        Ok(())
    }
}

impl Engine {
    /// Compiles the lane.
    ///
    /// # Errors
    /// What the bundle compiler says, or that the rules cannot be read.
    pub fn new(setup: Setup) -> Result<Self, String> {
        let files = files(setup).map_err(|error| format!("rules: {error}"))?;
        let bundle =
            Bundle::build_as(&files, Strictness::Trial).map_err(|diagnostics| diagnostics.render())?;
        let policy = bundle.lane("bench").cloned().ok_or("the bundle has no lane \"bench\"")?;
        Self::with(policy, reference_time())
    }

    /// A lane that is compiled already, judging as at `now`.
    ///
    /// # Errors
    /// That the lane has no source.
    pub fn with(policy: Arc<Policy>, now: Time) -> Result<Self, String> {
        let source =
            policy.sources().first().map(|source| source.name.clone()).ok_or("the lane has no source")?;
        Ok(Self { policy, source, spare: Vec::new(), workspace: None, now })
    }

    /// Judges as at another time than [`reference_time`].
    #[must_use]
    pub fn at(mut self, now: Time) -> Self {
        self.now = now;
        self
    }

    /// Renames with this key what the lane renames.
    #[must_use]
    pub fn keyed(mut self, key: PseudonymKey) -> Self {
        self.workspace = Some(Box::new(Workspace::new().keyed(Some(Arc::new(key)))));
        self
    }

    /// What the lane decides by.
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Judges one object, from its bytes to the verdict, and writes the line of `inspect --json` into `line`, which is
    /// empty at first and keeps its memory. Where it releases other bytes than the received ones, they replace what is
    /// in `released`.
    pub fn inspect(&mut self, object: &[u8], line: &mut String, released: &mut Vec<u8>) -> Outcome {
        let mut bytes = std::mem::take(&mut self.spare);
        bytes.clear();
        bytes.extend_from_slice(object);
        let now = self.now;
        let frame = Frame { bytes, source: self.source.clone(), arrival: now, sidecar: None };
        let workspace = self.workspace.take().unwrap_or_default();
        let Ok((passed, workspace)) =
            pass(frame, &self.policy, now, workspace, &mut Unopened, &mut Line(line))
        else {
            return Outcome::Refused;
        };
        let outcome = match &passed {
            Passed::Release(token) if token.is_rewritten() => Outcome::Reemitted,
            Passed::Release(_) => Outcome::Verbatim,
            Passed::Hold(_) => Outcome::Held,
            Passed::Refuse(_) => Outcome::Refused,
        };
        let (mut bytes, _) = match passed {
            Passed::Release(token) => token.retire(),
            Passed::Hold(token) => token.retire(),
            Passed::Refuse(token) => token.retire(),
        };
        if outcome == Outcome::Reemitted {
            std::mem::swap(&mut bytes, released);
        }
        self.workspace = Some(workspace);
        self.spare = bytes;
        outcome
    }
}

fn files(setup: Setup) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
    for name in [
        "policies/MISSION/policy.kdl",
        "policies/MISSION/mission.spif.xml",
        "types/cot-event/type.kdl",
        "types/stanag-4774/type.kdl",
        "communities/R-SOCC.kdl",
    ] {
        files.insert(name.to_owned(), fs::read(rules.join(name))?);
    }
    for (name, text) in [
        ("bundle.kdl", include_str!("../lane/bundle.kdl")),
        ("domains/svn-national.kdl", include_str!("../lane/from.kdl")),
        ("domains/rsocc-net.kdl", include_str!("../lane/to.kdl")),
        ("agreements/rsocc.kdl", include_str!("../lane/agreement.kdl")),
        ("profiles/cot-mission.kdl", include_str!("../lane/profile.kdl")),
        ("lanes/bench.kdl", include_str!("../lane/lane.kdl")),
        ("words/codewords.kdl", "words \"codewords\" mode=whole file=\"codewords.txt\"\n"),
    ] {
        files.insert(name.to_owned(), text.as_bytes().to_vec());
    }
    let words: String =
        (0..u64::try_from(setup.words).unwrap_or(0)).map(|number| word(number) + "\n").collect();
    files.insert("words/codewords.txt".to_owned(), words.into_bytes());
    files.insert("types/cot-event/rules.kdl".to_owned(), authored(setup.rules).into_bytes());
    Ok(files)
}

/// Conditions of the usual kind; twenty of them make the first twenty rules.
const CONDITIONS: [&str; 20] = [
    "event.stale > event.start",
    "event.time <= now + duration('5s')",
    "event.point.lat >= -80 && event.point.lat <= 89",
    "!has(event.point.ce) || event.point.ce <= 5000",
    "label.level <= level('RESTRICTED')",
    "event.how != 'm-s'",
    "size(event.uid) >= 4",
    "event.type.startsWith('a-') || event.type.startsWith('b-m-p')",
    "!event.uid.startsWith('TEST')",
    "!has(event.detail.track.speed) || event.detail.track.speed <= 1500",
    "!has(event.detail.contact.callsign) || size(event.detail.contact.callsign) <= 64",
    "label.dominates(portions)",
    "event.stale - event.start <= duration('24h')",
    "source == 'sensor-net'",
    "destination != 'public'",
    "event.detail.link.all(l, !has(l.relation) || l.relation != 'x-x')",
    "event.point.lon > -179",
    "!(event.type.startsWith('a-h') && has(event.point.ce) && event.point.ce > 2000)",
    "age < duration('1h')",
    "event.version == 2",
];

/// The file of `count` rules; beyond the first twenty they put the same conditions together in other ways, with 28 more.
pub fn authored(count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let first = CONDITIONS.get(number % 20).copied().unwrap_or("true");
        let second = CONDITIONS.get(number / 20 % 20).copied().unwrap_or("true");
        let require = match number {
            0..20 => first.to_owned(),
            20..48 => format!("event.uid != 'UNIT-{number}'"),
            _ => format!("({first}) && ({second})"),
        };
        let _ = write!(
            text,
            "rule \"bench.r{number}\" {{\n    require {}\n    otherwise refuse says=\"rule {number} of the bench\"\n}}\n",
            quoted(&require)
        );
    }
    text
}

fn quoted(expression: &str) -> String {
    format!("\"{}\"", expression.replace('\\', "\\\\").replace('"', "\\\""))
}
