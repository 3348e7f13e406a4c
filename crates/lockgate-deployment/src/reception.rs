//! What the file of a far side says: where one diode link ends, and where its objects go.

use crate::foreign::ForeignEnd;
use crate::model::DiodeEnd;
use core::net::SocketAddr;
use lockgate_adapters::{Objects, lidi};
use lockgate_bytes::Duration;
use lockgate_notation::{At, Diagnostics, Document};

/// The far side of one link on one machine: `lockgate receive`.
#[derive(Clone, Debug)]
pub struct Reception {
    pub(crate) document: Document,
    /// What it is called.
    pub name: String,
    /// The link.
    pub link: FarEnd,
    /// Where whole objects go.
    pub deliver: Deliver,
    /// True where an object that is older than one of the same thing that was delivered is not delivered.
    pub in_order: bool,
    /// Where it tells what happens.
    pub report: ReportTo,
    /// The file that figures are written to, for a collector of metrics; `None`: nowhere.
    pub metrics: Option<At<String>>,
    /// Signed sums; `None`: they are not signed, and told at the end only.
    pub summary: Option<Summary>,
}

impl Reception {
    /// An empty collection of diagnostics about the file.
    pub fn diagnostics(&self) -> Diagnostics {
        self.document.diagnostics()
    }
}

/// What is spoken on the link.
#[derive(Clone, Debug)]
pub enum FarEnd {
    /// The one-way protocol (docs/DIODE.md).
    Diode(DiodeEnd),
    /// lidi 2.1, a protocol of others that proves nothing.
    Lidi(ForeignEnd<lidi::Shape>),
    /// FLUTE, a protocol of others that proves nothing.
    Flute(ForeignEnd<u64>),
}

impl FarEnd {
    /// The link's number; a protocol of others has none.
    pub fn number(&self) -> Option<u16> {
        match self {
            Self::Diode(end) => Some(end.link),
            Self::Lidi(_) | Self::Flute(_) => None,
        }
    }

    /// What a protocol of others is called, and how objects stand in it; `None` for our own.
    pub fn foreign(&self) -> Option<(&'static str, Objects)> {
        match self {
            Self::Diode(_) => None,
            Self::Lidi(end) => Some(("lidi-2.1", end.objects)),
            Self::Flute(end) => Some(("flute", end.objects)),
        }
    }
}

/// Where whole objects go.
#[derive(Clone, Debug)]
pub enum Deliver {
    /// Files in a folder, with generated names.
    Directory {
        /// The folder.
        path: At<String>,
        /// What file names end with, without the dot.
        extension: String,
    },
    /// Clients that connect to an address.
    Tcp {
        /// Where to listen.
        address: At<SocketAddr>,
        /// True: four bytes before each object say how long it is.
        lengths: bool,
    },
    /// Clients that connect to a socket of this machine.
    Unix {
        /// The socket.
        path: At<String>,
        /// True: four bytes before each object say how long it is.
        lengths: bool,
    },
    /// Datagrams, each one object.
    Udp {
        /// Where to.
        address: At<SocketAddr>,
    },
    /// Standard output.
    Stdout {
        /// True: four bytes before each object say how long it is.
        lengths: bool,
    },
}

/// Where a far side tells what happens, one JSON object a line.
#[derive(Clone, Debug)]
pub enum ReportTo {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The end of a file.
    File(At<String>),
}

/// Signed sums.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The file with the Ed25519 key that signs them.
    pub key: At<String>,
    /// How often, besides at the end.
    pub every: Duration,
}
