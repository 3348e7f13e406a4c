//! What intake hands on, and the hatch that takes it.

use lockgate_bytes::{Digest, Frame, Time};
use std::fmt;
use std::sync::Arc;

/// One thing that came out of intake. Every byte that arrives ends in exactly one of these; what is not a frame is
/// counted with its reason.
#[derive(Debug)]
pub enum Arrival {
    /// A whole object of a known source; with a receipt where it waits in a taken file until it is acknowledged.
    Frame(Frame, Option<Receipt>),
    /// Something that intake did not take, or several alike.
    TurnedAway(TurnedAway),
    /// Something was sent to a listener and never reached it.
    Losses {
        /// Name of the listener in the configuration.
        listener: Arc<str>,
        /// All since the listener was opened.
        losses: Losses,
    },
    /// A diode link has fallen silent although its sender promises heartbeats, or is heard again.
    Silence {
        /// Name of the listener in the configuration.
        listener: Arc<str>,
        /// Nothing is heard of its sender.
        is_silent: bool,
    },
    /// Everything that the link brought so far has been offered before this. Once all that was offered is on record,
    /// [`Handle::on_record`](crate::Handle::on_record) says so.
    Mark(Mark),
}

/// How far a diode link has come: what stands before it in the hatch can be put on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Place of the listener in the configuration.
    pub listener: usize,
    /// How many objects of the link have ended; only grows.
    pub ended: u64,
}

/// What never reached a listener since it was opened; the counts only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Datagrams that the kernel threw away before they were read.
    pub kernel_drops: u64,
    /// Of a diode link: objects that were sent and will not come.
    pub lost: u64,
    /// Of a diode link: what a sound one never does.
    pub alarms: u64,
    /// Of a diode link: objects that the former run had and may not have put on record when it was killed.
    pub indeterminate: u64,
}

/// What was turned away before it became an object. Many of one kind share one of these: see `count`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnedAway {
    /// Name of the listener in the configuration.
    pub listener: Arc<str>,
    /// The source, where it was known.
    pub source: Option<Arc<str>>,
    /// Why.
    pub why: Why,
    /// How many, at least 1.
    pub count: u64,
    /// Bytes of all of them together, as far as they arrived; a datagram counts with its true size.
    pub size_bytes: u64,
    /// Arrival of the first.
    pub first: Time,
    /// Arrival of the last; equal to `first` where `count` is 1.
    pub last: Time,
    /// SHA-256 of the bytes, where it is a single one and its bytes were all there.
    pub sha256: Option<Digest>,
    /// Of a taken file, which is always told by itself: it stays where it is until this is acknowledged.
    pub receipt: Option<Receipt>,
}

/// Names a file that intake has taken. The decision record names it too, so that no file is decided twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Receipt {
    /// The run of the lane that took the file, from 1.
    pub epoch: u64,
    /// Counts within the run, from 0.
    pub number: u64,
}

impl Receipt {
    /// Reads what [`fmt::Display`] writes, spelled exactly so.
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, number) = text.split_once('-')?;
        let receipt = Self { epoch: epoch.parse().ok()?, number: number.parse().ok()? };
        // One receipt has one spelling: no signs, no leading zeros.
        (receipt.to_string() == text).then_some(receipt)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.epoch, self.number)
    }
}

/// Where arrivals go; bounded. What it answers is never visible to a source of a low-to-high lane.
pub trait Hatch {
    /// Offers one arrival; must not block.
    fn offer(&mut self, arrival: Arrival) -> Offered;
}

/// The hatch's answer.
#[derive(Debug)]
pub enum Offered {
    /// It was taken.
    Taken,
    /// There is no room now; here it is again.
    Full(Arrival),
    /// Nobody takes anything any more; intake ends.
    Gone,
}

macro_rules! whys {
    ($($variant:ident $name:literal $text:literal $doc:literal,)*) => {
        /// Why something was turned away. The names are stable: they stand in logs and metrics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Why { $(#[doc = $doc] $variant,)* }

        impl Why {
            /// All of them, in the order of [`Why::index`].
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, lower case with hyphens.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// A sentence for people: what happened and what to do.
            pub fn says(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

whys! {
    Oversize "oversize"
        "It is larger than the listener's limit. Raise the limit only if a type of the lane needs it."
        "A datagram, frame or file larger than the limit of its listener.",
    Empty "empty" "It has no bytes. Look at the sender."
        "A datagram or file without a byte.",
    OverRate "over-rate"
        "The source sends more than its agreed rate. Look at the source, or raise its rate in the lane and here."
        "The source has used up its rate.",
    Full "full"
        "The lane could not take it in time. The engine or the log is too slow, or stands still: see `lockgate status`."
        "The hatch or the pool was full, in a lane that does not push back.",
    NoRoom "no-room"
        "Unfinished frames of all connections together use up their memory. Lower the number of connections, or raise the limit."
        "The memory for unfinished frames is used up.",
    Unfinished "unfinished"
        "The connection ended inside a frame. What had arrived of it is counted here."
        "A connection closed in the middle of a frame.",
    Stalled "stalled"
        "The frame came too slowly, and the connection was closed. Look at the client and at the network before it."
        "A frame that took longer, or came more slowly, than the limits allow.",
    BadLength "bad-length"
        "The length in front of the frame cannot be. The connection was closed: nothing after it can be trusted."
        "A length prefix that no frame can have.",
    Crowded "crowded"
        "Too many connections in all, or from one peer, at once or in one second; this one was closed at once. See who connects so often."
        "A connection above the limits of the listener.",
    NoCertificate "no-certificate" "The client showed no certificate. Give it one of the configured authority."
        "A TLS client without a certificate.",
    UnknownCertificate "unknown-certificate"
        "The certificate is of the configured authority but of no source of this listener. Add the source, or find out who it is."
        "A valid certificate that belongs to no configured source.",
    AmbiguousCertificate "ambiguous-certificate"
        "The certificate fits more than one source. Configure sources by fingerprint."
        "A valid certificate that fits several configured sources.",
    ExpiredCertificate "expired-certificate" "The certificate has expired. Issue a new one."
        "A certificate of the past.",
    NotYetValidCertificate "not-yet-valid-certificate"
        "The certificate is not valid yet. Check the lane's clock and the certificate."
        "A certificate of the future.",
    UntrustedCertificate "untrusted-certificate"
        "The certificate is not of the configured authority, or is not fit for a client."
        "A certificate whose chain does not end at the configured authority.",
    Handshake "handshake" "The client does not speak TLS 1.3 as configured here."
        "A TLS handshake that failed for another reason, or a broken TLS record after it.",
    HandshakeStalled "handshake-stalled" "The TLS handshake did not end in time."
        "A TLS handshake that took longer than the limit.",
    UnreadableFile "unreadable-file"
        "The file could not be read; it lies in turned-away, if there is room. Check its permissions and the disk."
        "A file that could not be opened or read.",
    LinkedFile "linked-file" "The file has more than one link; it lies in turned-away, if there is room. Hand over files with one link."
        "A file with a second hard link: its writer could still change it.",
    GrowingFile "growing-file"
        "The file changed while it was read; it lies in turned-away, if there is room. Write under a hidden name and rename when done."
        "A file that changed after it was handed over.",
    NotAFile "not-a-file" "It is no regular file; it lies in turned-away, if there is room. Hand over regular files only."
        "A symbolic link, folder, pipe, socket or device.",
    Sidecar "sidecar"
        "The file is a sidecar (NAME.bdo), or has one beside it, and the lane reads none, or it was not clear what belongs to what; what was taken lies in turned-away, if there is room. Hand over the object with its label inside, or in a lane that reads sidecars the sidecar first and each name once."
        "A file that holds a label for another one, or one that came with such a file, and could not be taken with it.",
    NoSidecar "no-sidecar"
        "The lane takes files from a folder together with their sidecars only, and this one had none in time, or it is not there any more; it lies in turned-away, if there is room. Hand over the sidecar first."
        "A file without a sidecar, in a lane that takes none without.",
    ForeignFile "foreign-file" "The file belongs to another owner; it lies in turned-away, if there is room. Check who can write there."
        "A file whose owner is not the configured one.",
    BadName "bad-name" "The name of the file cannot be used, and it was left where it is. Hand over files with names in UTF-8."
        "A file whose name is no UTF-8, or has a backslash in it.",
}

impl Why {
    /// Place in [`Why::ALL`].
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|why| *why == self).unwrap_or(0)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{Receipt, Why};

    #[test]
    fn a_receipt_has_one_spelling() {
        let receipt = Receipt { epoch: 3, number: 41 };
        assert_eq!(Receipt::parse(&receipt.to_string()), Some(receipt));
        for text in
            ["", "3", "3-", "-41", "03-41", "3-041", "+3-41", "3-41-1", "3-41 ", "99999999999999999999-1"]
        {
            assert_eq!(Receipt::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_reason_has_its_own_name_and_place() {
        for (place, why) in Why::ALL.iter().enumerate() {
            assert_eq!(why.index(), place);
            assert!(Why::ALL.iter().filter(|other| other.name() == why.name()).count() == 1);
            assert!(why.says().ends_with('.'));
        }
    }
}
