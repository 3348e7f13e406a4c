//! The whole engine on a lane with a default label, where releases are easiest: what is released is what the reference
//! reader reads, is released again as it is, and no object is judged by what went before it.

use lockgate::pipeline::pass;
use lockgate_bundle::{Bundle, Strictness};
use lockgate_bytes::{Budget, Frame, Time, Untrusted};
use lockgate_core::{Account, Envelope, Inspection, Journal, JournalFault, Policy, Unopened, Workspace};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

pub(crate) const WORDS: &[&str] = &[
    " access=\"MISSION SECRET\"",
    " access=\"MISSION RESTRICTED\"",
    " access=\"Undefined\"",
    " releasableTo=\"AUT,HRV,HUN,SVK,SVN\"",
    " caveat=\"NATIONAL EYES\"",
    "<originatorConfidentialityLabel",
    "<Classification>SECRET</Classification>",
    "<remarks>",
    "</remarks>",
    "<note>",
    "</note>",
    "BLUE HERON",
    "2026-03-01T10:04:50Z",
    " opex=\"e\"",
    "a-h-G",
    "\u{200b}",
    "<!--",
    "&amp;",
];

const STEPS: u64 = 2_000_000;
const UNLABELLED: &str = "    unlabelled hold\n";
const ASSIGNED: &str = r#"    unlabelled assign authority="invented" until="2035-12-31" {
        label level="RESTRICTED" {
            category "Releasable To" "AUT" "HRV" "HUN" "SVK" "SVN"
        }
    }
"#;

/// The demonstration lane with a default label, and its parts dropped that no type declares.
static LANE: LazyLock<Arc<Policy>> = LazyLock::new(|| {
    let mut files = BTreeMap::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    collect(&folder, "", &mut files);
    let lane = files.get("lanes/cot-down.kdl").map(|file| String::from_utf8_lossy(file).into_owned());
    let lane = lane.unwrap_or_else(|| panic!("there is no lane cot-down"));
    let changed = lane.replace(UNLABELLED, ASSIGNED).replace("undeclared slow", "undeclared drop");
    files.insert("lanes/cot-down.kdl".to_owned(), changed.into_bytes());
    let bundle =
        Bundle::build_as(&files, Strictness::Trial).unwrap_or_else(|report| panic!("{}", report.render()));
    bundle.lane("cot-down").cloned().unwrap_or_else(|| panic!("there is no lane cot-down"))
});

fn collect(folder: &Path, below: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|fault| panic!("{}: {fault}", folder.display()));
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), format!("{below}{}", entry.file_name().to_string_lossy()));
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else if let Ok(bytes) = std::fs::read(&path) {
            files.insert(name, bytes);
        }
    }
}

/// What the tests of a verdict need: the line of its account, and the bytes that may cross.
#[derive(Default)]
struct Said {
    line: String,
    reasons: usize,
    released: Option<Vec<u8>>,
    rewritten: bool,
}

impl Journal for Said {
    fn append(&mut self, account: &Account<'_>) -> Result<(), JournalFault> {
        account.write_json(&Envelope::default(), &mut self.line);
        self.reasons = account.reasons().count();
        self.released = account.released_bytes().map(<[u8]>::to_vec);
        self.rewritten = account.is_rewritten();
        Ok(())
    }
}

fn judge(object: &[u8], workspace: Box<Workspace>) -> (Said, Box<Workspace>) {
    // 2026-03-01T10:05:00Z
    let now = Time::from_unix_nanos(1_772_359_500_000_000_000);
    let frame = Frame { bytes: object.to_vec(), source: "sensor-net".into(), arrival: now, sidecar: None };
    let mut said = Said::default();
    let passed = pass(frame, &LANE, now, workspace, &mut Unopened, &mut said);
    let (_, workspace) = passed.unwrap_or_else(|_| panic!("the journal takes everything"));
    (said, workspace)
}

thread_local! {
    static USED: RefCell<Option<Box<Workspace>>> = const { RefCell::new(None) };
}

pub(crate) fn run(data: &[u8]) {
    let (said, _) = judge(data, Box::new(Workspace::new()));
    let (used, workspace) = judge(data, USED.take().unwrap_or_default());
    USED.set(Some(workspace));
    if said.line != used.line || said.released != used.released {
        panic!("what went before shows in the account");
    }
    if said.released.is_some() != (said.reasons == 0) {
        panic!("a release with a reason, or no release without one");
    }
    let Some(released) = said.released else { return };
    if !said.rewritten && released != data {
        panic!("what is released as received is not what was received");
    }
    if !is_read(data) || !is_read(&released) {
        panic!("what is released is refused by the reference reader");
    }
    let (again, _) = judge(&released, Box::new(Workspace::new()));
    if again.rewritten || again.released.as_ref() != Some(&released) {
        panic!("what was released is not released as it is");
    }
}

/// True where the reference reader finds nothing wrong.
fn is_read(object: &[u8]) -> bool {
    LANE.types().first().is_some_and(|lane_type| {
        let mut inspection = Inspection::default();
        let reader = lane_type.reference();
        reader.inspect(Untrusted::new(object), &mut inspection, &mut Budget::new(STEPS));
        inspection.reasons.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::{Workspace, judge};

    /// Otherwise no mutation would ever come near a release.
    #[test]
    fn the_seeds_are_released() {
        for (seed, rewritten) in [
            (include_bytes!("../../../corpus/inspect/verbatim.xml").as_slice(), false),
            (include_bytes!("../../../corpus/inspect/unlabelled.xml"), false),
            (include_bytes!("../../../corpus/inspect/label.xml"), false),
            (include_bytes!("../../../corpus/inspect/usual.xml"), true),
        ] {
            let (said, _) = judge(seed, Box::new(Workspace::new()));
            assert_eq!((said.released.is_some(), said.rewritten), (true, rewritten), "{}", said.line);
        }
    }
}
