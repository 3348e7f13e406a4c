//! Pictures in the harness, and workers that look into them: what one says comes of the object's bytes alone, so a second
//! look sees the same; and now and then one fails, by the seed.

use lockgate_bytes::{Digest, Untrusted};
use lockgate_core::{Class, Deep, Finding, FindingCode, Looked, Making, Rebuilt, Said, Seen};
use lockgate_disk::Seed;
use lockgate_reason::{Code, deep};

/// How a picture begins, and no track.
const MAGIC: &[u8] = b"\x89PNG\r\n\x1A\n";

/// What pictures are like, the first of them more often than the others.
const KINDS: [&str; 8] = ["clean", "clean", "clean", "tells", "hides", "acts", "bare", "says"];

static TELLS: FindingCode = FindingCode { name: "x.tells", class: Class::Disclosure, says: "it tells" };
static HIDES: FindingCode = FindingCode { name: "x.hides", class: Class::Hiding, says: "it hides" };
static ACTS: FindingCode = FindingCode { name: "x.acts", class: Class::Attack, says: "it acts" };

/// How workers fail.
const FAILURES: [Code; 5] = [
    deep::WORKER_CRASHED,
    deep::WORKER_TIMED_OUT,
    deep::WORKER_KILLED,
    deep::WORKER_ANSWER,
    deep::REBUILT_WRONG,
];

/// One picture, as no other.
pub(super) fn picture(seed: &mut Seed, number: u64) -> Vec<u8> {
    let kind = KINDS[seed.index(KINDS.len())];
    [MAGIC, format!("{kind} picture {number}").as_bytes()].concat()
}

pub(super) fn is_picture(object: &[u8]) -> bool {
    object.starts_with(MAGIC)
}

/// What a worker builds anew from an object, if anything: of these, and of nothing else, an object may leave.
pub(super) fn rebuilt(object: &[u8]) -> Option<Vec<u8>> {
    let kind = object.strip_prefix(MAGIC)?;
    (!kind.starts_with(b"bare")).then(|| format!("what {} shows", Digest::of(object)).into_bytes())
}

fn seen(object: &[u8]) -> Seen {
    let Some(kind) = object.strip_prefix(MAGIC) else { return Seen::default() };
    let finding = |code| vec![Finding { code, place: "byte 8".to_owned() }];
    let findings = match kind {
        kind if kind.starts_with(b"tells") => finding(&TELLS),
        kind if kind.starts_with(b"hides") => finding(&HIDES),
        kind if kind.starts_with(b"acts") => finding(&ACTS),
        _ => Vec::new(),
    };
    let says = kind.starts_with(b"says").then(|| "Meet blue heron at nine.".to_owned()).map(|text| Said {
        place: "page 1".to_owned(),
        text,
        is_class: false,
    });
    Seen {
        form: Some("png"),
        walked: true,
        findings,
        rebuilt: rebuilt(object).map(Rebuilt::of),
        shown: 0,
        texts: says.into_iter().collect(),
        previews: Vec::new(),
        unread: false,
        grounds: Vec::new(),
    }
}

/// Workers.
pub(super) struct Workers {
    /// By what they fail; those that people look with never do.
    chance: Option<Seed>,
    pub(super) looks: u64,
    pub(super) failures: u64,
}

impl Workers {
    pub(super) fn steady() -> Self {
        Self { chance: None, looks: 0, failures: 0 }
    }

    pub(super) fn that_fail(seed: u64) -> Self {
        Self { chance: Some(Seed::new(seed)), ..Self::steady() }
    }
}

impl Deep for Workers {
    fn look(&mut self, object: Untrusted<'_>, _: Making) -> Looked {
        self.looks += 1;
        if let Some(seed) = &mut self.chance
            && seed.one_in(12)
        {
            self.failures += 1;
            return Looked::Failed(FAILURES[seed.index(FAILURES.len())]);
        }
        Looked::Through(seen(object.bytes_for_inspection()))
    }
}
