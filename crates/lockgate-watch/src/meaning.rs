//! The table of alarms: what each stops, what is wrong, what to do. `docs/OPERATIONS.md` is printed from it.

use crate::alarms::Stops;
use crate::words::words;

/// One line of the table of alarms.
#[derive(Debug)]
pub struct Meaning {
    /// What it takes away.
    pub stops: Stops,
    /// It happened, rather than lasts: shown for [`crate::REMEMBERED_SECONDS`] after the last time.
    pub passing: bool,
    /// What is wrong.
    pub says: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// Declares the alarms: name, what it stops, whether it lasts or passes, what is wrong, what to do.
macro_rules! alarms {
    ($($alarm:ident = $name:literal, $stops:ident, $how:ident, $says:literal; $remedy:literal;)*) => {
        words! {
            /// Everything that can be wrong. `docs/OPERATIONS.md` has a line for each.
            Alarm { $(#[doc = concat!("`", $name, "`: ", $says, ".")] $alarm = $name),* }
        }

        impl Alarm {
            /// What it means, and what to do.
            pub fn meaning(self) -> Meaning {
                let (stops, how, says, remedy) = match self {
                    $(Self::$alarm => (Stops::$stops, stringify!($how), $says, $remedy)),*
                };
                Meaning { stops, passing: how == "passing", says, remedy }
            }
        }
    };
}

alarms! {
    Starting = "starting", Ready, lasting, "not all is open and loaded yet";
        "Wait some seconds; then read the lane's log for what it waits for.";
    Draining = "draining", Ready, lasting, "the lane takes nothing in any more, finishes and stops";
        "Nothing, if you asked for it; start the lane again afterwards.";
    IntakeStuck = "intake-stuck", Live, lasting, "the intake thread gives no sign of life";
        "Keep the log of the last minutes, start the lane again, and report it.";
    EngineStuck = "engine-stuck", Live, lasting, "the engine thread gives no sign of life";
        "Keep the log of the last minutes, start the lane again, and report it.";
    JournalStuck = "journal-stuck", Live, lasting, "the journal thread gives no sign of life";
        "Keep the log of the last minutes, start the lane again, and report it.";
    EgressStuck = "egress-stuck", Live, lasting, "the egress thread gives no sign of life";
        "Keep the log of the last minutes, start the lane again, and report it.";
    ListenerDown = "listener-down", Ready, lasting, "the interface of a listener is gone, or it cannot be opened again there";
        "See that the interface is there, with its address; the lane opens the listener again by itself.";
    LogUnwritable = "log-unwritable", Releasing, lasting, "a decision cannot be recorded, so nothing is released";
        "Look at the detail: room, rights, the disk itself. The lane goes on once a record is durable.";
    LogBehind = "log-behind", Nothing, lasting, "decisions wait long to become durable";
        "The disk of the log is slow or shared; move what else writes to it.";
    CheckpointNotPushed = "checkpoint-not-pushed", Nothing, lasting, "the second place has had no checkpoint for long";
        "See that the second place can be written; until then a rewritten log would not be noticed.";
    SecondPlaceEmpty = "second-place-empty", Nothing, lasting, "a second place had no checkpoint when the lane started, and the log has entries";
        "See that it is mounted, and the one that it was: an old copy of the log would not be noticed. With a new place it goes with the next start.";
    HoldUnwritable = "hold-unwritable", Releasing, lasting, "an object cannot be held, so nothing is released";
        "Look at the detail: room, rights, the disk itself. The lane goes on once an object can be held.";
    HeldMissing = "held-missing", Nothing, lasting, "bytes of a held object are gone; this must not happen";
        "Keep log and store as they are, and find out who changed the store.";
    HeldUnread = "held-unread", Nothing, lasting, "the disk does not read something that is to be decided again; it waits";
        "Look at the detail: the disk itself. It is tried again every second; what cannot be read any more has to come back from a backup.";
    ReviewFailing = "review-failing", Nothing, lasting, "what reviewers hand in cannot be read, or stays where it was";
        "See that `in` in the review folder is there, and the lane's user may read and write it; until then no approval counts.";
    ApprovalEnds = "approval-ends", Nothing, lasting, "an approval of a held object ends within 15 minutes, and others are missing";
        "Have somebody else look at the object that the detail names before then; afterwards it has to be approved anew.";
    DiskFull = "disk-full", Releasing, lasting, "a disk of the lane has no room left, so nothing is released";
        "Make room on the disk that the detail names; the lane goes on by itself.";
    DiskLow = "disk-low", Nothing, lasting, "a disk of the lane has less than 10 % left";
        "Make room on the disk that the detail names, or move old segments of the log elsewhere.";
    OutOfDescriptors = "out-of-descriptors", Releasing, lasting, "no file can be opened any more, so nothing is released";
        "See who connects so often; raise LimitNOFILE of the unit if it is right so.";
    ClockStepped = "clock-stepped", Releasing, lasting, "the clock jumped, so nothing is released until an operator confirms it";
        "Compare the clock with another one; if it is right, confirm it (`lockgate reload --confirm-clock`).";
    ClockUnsynchronised = "clock-unsynchronised", Releasing, lasting, "nobody says that the clock is right, so nothing is released";
        "See why it is not synchronised; or compare it and confirm it (`lockgate reload --confirm-clock`).";
    EgressFailing = "egress-failing", Releasing, lasting, "what is sent is not taken by the network or folder";
        "Look at the detail: link, address, folder. Objects wait by precedence until they expire.";
    QueueFull = "queue-full", Nothing, passing, "released objects went to the hold store, as the queue was full";
        "The link is too slow for what is released; see who sends so much, or raise its rate.";
    IntakeFull = "intake-full", Nothing, passing, "frames were dropped, as the lane was too slow";
        "See which source sends so much; limit its rate in the deployment file.";
    IntakeFailing = "intake-failing", Nothing, passing, "a listener or a folder cannot be read, or a file cannot be moved; what comes there may wait";
        "See that the folder or the interface that the detail names is there and ours to read, and its disk well.";
    KernelDrops = "kernel-drops", Nothing, passing, "the kernel dropped datagrams before the lane read them";
        "Raise net.core.rmem_max and the listener's buffer, or see who sends so much.";
    LinkLoss = "link-loss", Nothing, passing, "objects were sent on a diode link and will not come, or may have gone with a run that was killed";
        "See what the link loses; let the sender repair or repeat more, or find out what is too slow here.";
    LinkUnsound = "link-unsound", Nothing, passing, "a diode link did what a sound one never does: a forged manifest, a damaged object";
        "Find out who else can send on this link, and who has its keys.";
    LinkSilent = "link-silent", Nothing, lasting, "nothing is heard on a diode link, although its sender promises heartbeats";
        "See whether the sender runs and the link is whole; what it says when it is heard again names what was lost meanwhile.";
    Spill = "spill", Nothing, passing, "an object claimed more than its source's network may hold";
        "Tell the security officer of the source's network; the record in the log names the object.";
    InternalFault = "internal-fault", Nothing, passing, "the guard disagreed with itself; the object was not released";
        "Report it with the decision record.";
    ReloadRefused = "reload-refused", Nothing, passing, "a new bundle was refused; the lane goes on with the old one";
        "Look at the detail; sign or repair the bundle and reload again.";
    ExpiresSoon = "expires-soon", Nothing, lasting, "something ends within 30 days";
        "Renew what the detail names, sign the new bundle, and reload.";
    Expired = "expired", Nothing, lasting, "something has ended; what needs it is not released";
        "Renew what the detail names, sign the new bundle, and reload.";
}
