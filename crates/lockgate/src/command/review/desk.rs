//! A reviewer's desk: the deployment, its bundle, the held store and the log, opened for looking.

use crate::command::hold;
use crate::deployment::{self, keys};
use crate::exit::Fault;
use crate::gate::beside::Former;
use crate::pipeline;
use lockgate_attest::ReviewStep;
use lockgate_audit::{Entries, Event, Fold, Mark};
use lockgate_bytes::{Digest, Frame, Time};
use lockgate_core::{Company, Deep, Policy, Prospect, Workspace};
use lockgate_deployment::Deployment;
use lockgate_disk::RealDisk;
use lockgate_hold::{Item, View};
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// The people who have approved, in order.
    pub(super) approved: Vec<String>,
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
        let (mut claimed, mut approved) = (None, Vec::new());
        for mark in marks {
            match mark.step {
                Some(ReviewStep::Claim) => claimed = Some((mark.by.clone(), mark.until)),
                Some(ReviewStep::Approve) => {
                    claimed = None;
                    approved.push(mark.by.clone());
                }
                _ => {}
            }
        }
        Self { claimed: claimed.filter(|(_, until)| now < *until), approved }
    }
}

impl Desk {
    /// Opens everything that the deployment names.
    pub(super) fn open(config: &Path) -> Result<Self, Fault> {
        let deployment = deployment::read(config)??;
        let folder = Path::new(deployment.hold.path.as_str());
        let key = deployment.hold.key.as_ref().map(|key| hold::key(Path::new(key.as_str()))).transpose()?;
        let disk = RealDisk::at(folder).map_err(|error| Fault::of(folder.display(), &error))?;
        let view = View::open(Arc::new(disk), key)
            .map_err(|fault| Fault::new(format!("{}: {fault}", folder.display())))?;
        let log = PathBuf::from(deployment.audit.path.as_str());
        let mut desk = Self { deployment, view, log, fold: Fold::new(), next: 0 };
        desk.read_on(&mut |_, _| {})?;
        Ok(desk)
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
