//! A lane that is ready to judge, and what it says of one object.

use lockgate::pipeline::{Passed, pass_with};
use lockgate_bundle::{Bundle, Strictness};
use lockgate_bytes::{Frame, Time};
use lockgate_core::{
    Account, CarrierKind, Company, Envelope, Journal, JournalFault, Policy, Unopened, VerdictKind, Workspace,
};
use lockgate_marking::Label;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// A change to one authored file: path below `rules/`, what stands there, what shall stand there instead. Where
/// nothing stands there, the file is new.
pub(crate) type Edit<'a> = (&'a str, &'a str, &'a str);

/// One lane with its first source.
pub(crate) struct Gate {
    pub(crate) policy: Arc<Policy>,
    pub(crate) source: Arc<str>,
}

/// What was decided of one object.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) verdict: VerdictKind,
    /// The codes of all reasons, in the order of the account.
    pub(crate) codes: Vec<&'static str>,
    pub(crate) released: Option<Vec<u8>>,
    pub(crate) rewritten: bool,
    pub(crate) not_after: Option<Time>,
    pub(crate) label: Option<String>,
    pub(crate) enforced: Option<Label>,
    pub(crate) claims: Vec<(CarrierKind, Option<Label>)>,
    /// The sentences of the reasons.
    pub(crate) says: Vec<String>,
    /// The account as one line of JSON.
    pub(crate) line: String,
}

/// The lane from the national network down to the partners, as it is authored.
pub(crate) static DOWN: LazyLock<Gate> = LazyLock::new(|| Gate::new("cot-down", &[]));

/// The same with a default label that dominates everything that could be released.
pub(crate) static DEFAULTED: LazyLock<Gate> =
    LazyLock::new(|| Gate::new("cot-down", &[assign("2035-12-31").as_edit()]));

/// An [`Edit`] of the lane `cot-down` that owns its text.
pub(crate) struct Assign(String);

impl Assign {
    pub(crate) fn as_edit(&self) -> Edit<'_> {
        ("lanes/cot-down.kdl", "    unlabelled hold\n", &self.0)
    }
}

/// Gives the lane a default label until `until`.
pub(crate) fn assign(until: &str) -> Assign {
    Assign(format!(
        "    unlabelled assign authority=\"invented\" until=\"{until}\" {{\n        label level=\"RESTRICTED\" {{\n            \
         category \"Releasable To\" \"AUT\" \"HRV\" \"HUN\" \"SVK\" \"SVN\"\n        }}\n    }}\n"
    ))
}

struct Keep(Option<Seen>);

impl Journal for Keep {
    fn append(&mut self, account: &Account<'_>) -> Result<(), JournalFault> {
        let mut line = String::new();
        account.write_json(&Envelope { record: true, ..Envelope::default() }, &mut line);
        self.0 = Some(Seen {
            verdict: account.verdict(),
            codes: account.reasons().map(|reason| reason.code.id()).collect(),
            released: account.released_bytes().map(<[u8]>::to_vec),
            rewritten: account.is_rewritten(),
            not_after: account.not_after(),
            label: account.label_text(),
            enforced: account.label().copied(),
            claims: account.claims().map(|(carrier, _, label)| (carrier, label.copied())).collect(),
            says: account.reasons().map(|reason| reason.says.to_string()).collect(),
            line,
        });
        Ok(())
    }
}

impl Gate {
    /// Compiles the rules of this repository with `edits` and takes the lane `name`.
    pub(crate) fn new(name: &str, edits: &[Edit<'_>]) -> Self {
        let bundle = build(edits).unwrap_or_else(|report| panic!("{report}"));
        let policy = bundle.lane(name).expect("the lane is there").clone();
        let source = policy.sources()[0].name.clone();
        Self { policy, source }
    }

    /// Judges one object with fresh memory.
    pub(crate) fn judge(&self, object: &[u8], now: Time) -> Seen {
        self.judge_in(object, now, Box::new(Workspace::new())).0
    }

    /// Judges one object with the memory of earlier ones.
    pub(crate) fn judge_in(
        &self,
        object: &[u8],
        now: Time,
        workspace: Box<Workspace>,
    ) -> (Seen, Box<Workspace>) {
        self.judge_with(object, &Company::new(), now, workspace)
    }

    /// Judges one object with what came with it.
    pub(crate) fn judge_with(
        &self,
        object: &[u8],
        company: &Company,
        now: Time,
        workspace: Box<Workspace>,
    ) -> (Seen, Box<Workspace>) {
        let frame =
            Frame { bytes: object.to_vec(), source: self.source.clone(), arrival: now, sidecar: None };
        let mut keep = Keep(None);
        let (passed, workspace) =
            pass_with(frame, company, &self.policy, now, workspace, &mut Unopened, &mut keep)
                .expect("the journal takes it");
        let seen = keep.0.expect("on record");
        let kind = match &passed {
            Passed::Release(_) => VerdictKind::Release,
            Passed::Hold(_) => VerdictKind::Hold,
            Passed::Refuse(_) => VerdictKind::Refuse,
        };
        if !matches!(passed, Passed::Release(_)) {
            let (bytes, _) = retire(passed);
            assert_eq!(bytes, object, "what does not cross is kept as it arrived");
        }
        // These hold of every object that any of the tests judges.
        assert_eq!(kind, seen.verdict, "the token is the verdict on record");
        assert_eq!(seen.verdict == VerdictKind::Release, seen.codes.is_empty(), "a reason, or a release");
        assert_eq!(seen.verdict == VerdictKind::Release, seen.released.is_some());
        (seen, workspace)
    }

    pub(crate) fn releases(&self, object: &[u8], now: Time) -> bool {
        self.judge(object, now).verdict == VerdictKind::Release
    }
}

fn retire(passed: Passed) -> (Vec<u8>, Vec<u8>) {
    match passed {
        Passed::Release(token) => token.retire(),
        Passed::Hold(token) => token.retire(),
        Passed::Refuse(token) => token.retire(),
    }
}

/// Compiles the rules of this repository with `edits`.
///
/// # Errors
/// The diagnostics, as they are printed.
pub(crate) fn build(edits: &[Edit<'_>]) -> Result<Bundle, String> {
    let mut files = rules();
    for (path, old, new) in edits {
        if old.is_empty() {
            files.insert((*path).to_owned(), new.as_bytes().to_vec());
            continue;
        }
        let file = files.get_mut(*path).unwrap_or_else(|| panic!("there is no {path}"));
        let text = String::from_utf8(std::mem::take(file)).unwrap();
        assert!(text.contains(old), "{path} does not say {old}");
        *file = text.replacen(old, new, 1).into_bytes();
    }
    Bundle::build_as(&files, Strictness::Trial).map_err(|diagnostics| diagnostics.render())
}

fn rules() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.clone()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}
