//! A reviewer's desk: the deployment, its bundle, the held store and the log, opened for looking.

use crate::command::hold;
use crate::deployment::{self, keys};
use crate::exit::{Fault, complain};
use crate::gate::beside::Former;
use crate::pipeline;
use lockgate_attest::ReviewStep;
use lockgate_audit::{Entries, Event, Fold, Mark, Waits};
use lockgate_bytes::{Digest, Frame, Time};
use lockgate_core::{Company, Deep, Policy, Prospect, Workspace};
use lockgate_deployment::Deployment;
use lockgate_disk::RealDisk;
use lockgate_hold::{Item, Key, View};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// So long after its record an object may be in the log, and not listed by the store.
const LISTED_WITHIN: Duration = Duration::from_millis(300);

/// Everything that a reviewer looks at.
pub(super) struct Desk {
    pub(super) deployment: Deployment,
    view: View,
    log: PathBuf,
    fold: Fold,
    /// The entry that the log will write next.
    pub(super) next: u64,
}

/// How far the review of one object is.
pub(super) struct Standing {
    /// By whom, and until when.
    pub(super) claimed: Option<(String, Time)>,
    /// The people whose approval stands, in order.
    pub(super) approved: Vec<String>,
    /// When the first of those ends.
    pub(super) approved_until: Option<Time>,
}

impl Standing {
    /// The word for it. `is_over`: the time of the object is over, and nobody can release it any more.
    pub(super) fn state(&self, is_over: bool) -> String {
        match (self.approved.len(), &self.claimed) {
            _ if is_over => "expired".to_owned(),
            (0, None) => "held".to_owned(),
            (0, Some(_)) => "claimed".to_owned(),
            (count, _) => format!("approved{count}"),
        }
    }

    fn of(marks: &[Mark], now: Time) -> Self {
        let (mut claimed, mut approved, mut first) = (None, Vec::new(), None::<Time>);
        for mark in marks {
            match mark.step {
                Some(ReviewStep::Claim) => claimed = Some((mark.by.clone(), mark.until)),
                Some(ReviewStep::Approve) => {
                    // It took the claim with it, and counts until it ends.
                    claimed = None;
                    if now < mark.until {
                        approved.push(mark.by.clone());
                        first = Some(first.map_or(mark.until, |first| first.min(mark.until)));
                    }
                }
                _ => {}
            }
        }
        let claimed = claimed.filter(|(_, until)| now < *until);
        Self { claimed, approved, approved_until: first }
    }
}

impl Desk {
    /// Opens everything that the deployment names.
    pub(super) fn open(config: &Path) -> Result<Self, Fault> {
        let deployment = deployment::read(config)??;
        let key = deployment.hold.key.as_ref().map(|key| hold::key(Path::new(key.as_str()))).transpose()?;
        let view = store(&deployment, key)?;
        let log = PathBuf::from(deployment.audit.path.as_str());
        if view.damaged() > 0 {
            complain(&format!(
                "{}: {} bytes of the index are not as they were written; objects may wait that are not shown here",
                deployment.hold.path.as_str(),
                view.damaged()
            ));
        }
        let mut desk = Self { deployment, view, log, fold: Fold::new(), next: 0 };
        desk.read_on(&mut |_, _| {})?;
        Ok(desk)
    }

    /// True where what is shown may not be all that waits.
    pub(super) fn is_damaged(&self) -> bool {
        self.view.damaged() > 0
    }

    /// Reads what the log has more than at the last look.
    pub(super) fn read_on(&mut self, each: &mut dyn FnMut(u64, &Event)) -> Result<(), Fault> {
        let disk = RealDisk::at(&self.log).map_err(|error| Fault::of(self.log.display(), &error))?;
        let unread = |says: &dyn std::fmt::Display| Fault::new(format!("{}: {says}", self.log.display()));
        let mut entries = Entries::from(&disk, self.next);
        while let Some((entry, record)) = entries.next_entry().map_err(|error| unread(&error))? {
            let event = Event::read(record).map_err(|fault| unread(&format!("entry {entry}: {fault}")))?;
            each(entry, &event);
            self.fold.take(entry, event).map_err(|fault| {
                unread(&format!("entry {entry}: {fault}; `lockgate audit verify` says more"))
            })?;
            self.next = entry.saturating_add(1);
        }
        Ok(())
    }

    /// Everything that the log holds and the store has: the most urgent first, then the oldest.
    pub(super) fn items(&mut self) -> Result<Vec<Item>, Fault> {
        let mut items = Vec::new();
        self.view.list(&mut |item| items.push(item)).map_err(|fault| Fault::new(fault.to_string()))?;
        items.retain(|item| self.fold.ledger().is_held(item.entry));
        items.sort_by_key(|item| (Reverse(item.facts.precedence), item.facts.arrival, item.entry));
        Ok(items)
    }

    /// What the log holds, and the store does not list. A lane that runs lists an object in the moment after its record, so it
    /// is looked twice.
    pub(super) fn missing(&mut self, items: &[Item]) -> Result<Vec<u64>, Fault> {
        let there: BTreeSet<u64> = items.iter().map(|item| item.entry).collect();
        let mut missing = self.held();
        missing.retain(|entry| !there.contains(entry));
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        std::thread::sleep(LISTED_WITHIN);
        let mut listed = BTreeSet::new();
        let fault = |fault: lockgate_hold::Fault| Fault::new(fault.to_string());
        let mut view = store(&self.deployment, None)?;
        view.list(&mut |item| listed.extend([item.entry])).map_err(fault)?;
        self.read_on(&mut |_, _| {})?;
        let held = self.held();
        missing.retain(|entry| held.contains(entry) && !listed.contains(entry));
        Ok(missing.into_iter().collect())
    }

    fn held(&self) -> BTreeSet<u64> {
        let waiting = self.fold.ledger().waiting();
        waiting.filter(|(_, _, waits)| *waits == Waits::Held).map(|(entry, _, _)| entry).collect()
    }

    /// The object that is held under `entry`.
    pub(super) fn item(&mut self, entry: u64) -> Result<Item, Fault> {
        self.items()?.into_iter().find(|item| item.entry == entry).ok_or_else(|| {
            Fault::new(format!(
                "{entry}: nothing is held under this entry; `lockgate review list` shows what waits"
            ))
        })
    }

    pub(super) fn standing(&self, entry: u64, now: Time) -> Standing {
        Standing::of(self.fold.ledger().marks(entry), now)
    }

    /// The lane's policy, from the bundle that lies in its place.
    pub(super) fn policy(&self, now: Time) -> Result<Arc<Policy>, Fault> {
        let trusted =
            deployment::trusted(&self.deployment, now, deployment::NEVER_RUN).map_err(Fault::from)?;
        let lane = self.deployment.lane.as_str();
        let policy = trusted.bundle().lane(lane).cloned();
        policy.ok_or_else(|| Fault::new(format!("the bundle has no lane {lane}")))
    }

    /// What would become of a held object.
    pub(super) fn prospect(
        &mut self,
        item: &Item,
        policy: &Arc<Policy>,
        now: Time,
        deep: &mut dyn Deep,
    ) -> Result<Prospect, Fault> {
        let about = |fault: lockgate_hold::Fault| Fault::new(fault.to_string());
        let (bytes, packed) =
            (self.view.object(item.entry).map_err(about)?, self.view.beside(item.entry).map_err(about)?);
        let company = self.company(item, &bytes, packed.as_deref(), policy, now)?;
        let frame = Frame {
            bytes,
            source: Arc::from(&*item.facts.source),
            arrival: item.facts.arrival,
            sidecar: None,
        };
        let key = self.deployment.pseudonyms.as_ref().map(|file| keys::pseudonyms(Path::new(file.as_str())));
        let workspace = Box::new(Workspace::new().keyed(key.transpose()?));
        Ok(pipeline::look_ahead_with(frame, &company, policy, now, workspace, deep))
    }

    /// What the file says that came beside a held object, read as the lane reads it.
    fn company(
        &self,
        item: &Item,
        object: &[u8],
        packed: Option<&[u8]>,
        policy: &Policy,
        now: Time,
    ) -> Result<Company, Fault> {
        let disk = RealDisk::at(&self.log).map_err(|error| Fault::of(self.log.display(), &error))?;
        let unread = || Fault::new(format!("{}: entry {} cannot be read", self.log.display(), item.entry));
        // What is shown rests on the log as it lies there. What is decided does not: the lane reads it again, and proves it.
        let mut entries = Entries::from(&disk, item.entry);
        let record = entries.next_entry().map_err(|error| Fault::of(self.log.display(), &error))?;
        let former = record.and_then(|(_, record)| Former::of_entry(record)).ok_or_else(unread)?;
        let beside = former.beside(Digest::of(object), packed, Vec::with_capacity);
        let Some(beside) = beside else { return Ok(Company::new()) };
        let trusted =
            deployment::trusted(&self.deployment, now, deployment::NEVER_RUN).map_err(Fault::from)?;
        let bindings = trusted.bundle().bindings(&self.deployment.lane).cloned().unwrap_or_default();
        Ok(beside.company(object, &bindings, policy.policies(), now))
    }
}

/// The held store, opened for looking.
fn store(deployment: &Deployment, key: Option<Key>) -> Result<View, Fault> {
    let folder = Path::new(deployment.hold.path.as_str());
    let disk = RealDisk::at(folder).map_err(|error| Fault::of(folder.display(), &error))?;
    View::open(Arc::new(disk), key).map_err(|fault| Fault::new(format!("{}: {fault}", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::Standing;
    use lockgate_attest::ReviewStep;
    use lockgate_audit::Mark;
    use lockgate_bytes::Time;

    fn mark(step: ReviewStep, by: &str, until: i64) -> Mark {
        let until = Time::from_unix_nanos(until);
        Mark { entry: 1, step: Some(step), by: by.to_owned(), nonce: [0; 16], until, complete: false }
    }

    #[test]
    fn an_approval_counts_until_it_ends() {
        let (claim, approve) = (ReviewStep::Claim, ReviewStep::Approve);
        let mut marks = vec![mark(claim, "novak", 5), mark(approve, "novak", 9)];
        let standing = |marks: &[Mark], now| {
            let standing = Standing::of(marks, Time::from_unix_nanos(now));
            (standing.state(false), standing.claimed.map(|(by, _)| by), standing.approved)
        };
        assert_eq!(standing(&marks, 8), ("approved1".to_owned(), None, vec!["novak".to_owned()]));
        assert_eq!(standing(&marks, 9), ("held".to_owned(), None, vec![]), "it has ended");
        marks.push(mark(claim, "horvat", 20));
        assert_eq!(standing(&marks, 9), ("claimed".to_owned(), Some("horvat".to_owned()), vec![]));
        marks.push(mark(approve, "horvat", 20));
        assert_eq!(standing(&marks, 8).2, ["novak", "horvat"]);
        assert_eq!(standing(&marks, 9).2, ["horvat"]);
        let until = |now| Standing::of(&marks, Time::from_unix_nanos(now)).approved_until;
        let at = |nanos| Some(Time::from_unix_nanos(nanos));
        assert_eq!((until(8), until(9), until(20)), (at(9), at(20), None), "what ends first");
    }
}
