//! What a lane of the demonstration is run with: no deployment, no signatures, and nothing that leaves this machine.

use super::clock::{ClockTerms, Machine};
use super::plan::{Audit, Ground, Hold, POOL_BYTES, Plan, expiries, node, skew};
use super::way_out::{DiodeWay, WayOut};
use crate::exit::Fault;
use lockgate_audit::LogKey;
use lockgate_bundle::Bundle;
use lockgate_bytes::Digest;
use lockgate_core::Policy;
use lockgate_diode::{LinkKey, ManifestSecret, Terms};
use lockgate_disk::RealDisk;
use lockgate_egress::UdpLink;
use lockgate_intake::{Diode, Listener, Source, Way};
use lockgate_receive::{Link, Listen};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

/// The interface that never leaves this machine.
const LOOPBACK: &str = "lo";
/// The largest object.
const DATAGRAM_MAX: usize = 65_507;

/// Where one lane of a demonstration works.
pub(crate) struct Stand<'a> {
    /// A folder of its own; `log`, `hold` and `review/in` in it have to be there.
    pub(crate) folder: &'a Path,
    /// The source that everything comes from.
    pub(crate) source: &'a Arc<str>,
    /// The port of this machine that released objects are sent to.
    pub(crate) port: u16,
    /// The far end of the link that objects come by; its folder is `first`.
    pub(crate) link_in: Link,
    /// The link that they leave by; its folder is `second`.
    pub(crate) link_out: (Terms, LinkKey, ManifestSecret),
}

impl Plan {
    /// A lane for a demonstration: rules that nobody signed, a key made for this run, a free port to listen on. It hears
    /// and speaks on loopback only, whatever it is asked for.
    ///
    /// # Errors
    /// [`Fault`] where the system gives no random numbers.
    pub(crate) fn demonstration(
        bundle: &Bundle,
        policy: &Arc<Policy>,
        stand: Stand<'_>,
    ) -> Result<Self, Fault> {
        let lane: &str = policy.lane();
        let here = |port| SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        let first = stand.folder.join("first");
        let state = RealDisk::at(&first).map_err(|error| Fault::of(first.display(), &error))?;
        let diode = Diode {
            listen: Listen { address: here(0), interface: LOOPBACK.to_owned(), buffer: 1 << 20 },
            link: stand.link_in,
            state: Arc::new(state),
            source: stand.source.clone(),
        };
        let (terms, key, secret) = stand.link_out;
        let link = UdpLink {
            to: here(stand.port),
            from: here(0),
            device: None,
            hops: 1,
            largest: DATAGRAM_MAX,
            mtu: 1500,
            dscp: [0; 6],
        };
        let way = DiodeWay { link, terms, key, secret, state: stand.folder.join("second") };
        let log_key = LogKey::generate(&format!("lockgate-demo-{lane}"))
            .map_err(|fault| Fault::new(fault.to_string()))?;
        Ok(Self {
            bindings: Arc::new(bundle.bindings(lane).cloned().unwrap_or_default()),
            pseudonyms: None,
            bundle: bundle.digest(),
            revision: bundle.revision(),
            lane: lane.to_owned(),
            ground: Ground {
                node: node(),
                config: Digest::of(b""),
                released_max: DATAGRAM_MAX,
                out: WayOut::Diode(Box::new(way)),
                hold: Hold { path: stand.folder.join("hold"), quota: 1 << 30, key: None },
                audit: Audit { path: stand.folder.join("log"), key: log_key, second: None },
                statements: Some(stand.folder.join("review")),
                time: Box::new(Machine::new(None)),
                clock: ClockTerms::default(),
                trusts: Box::new(|_| Ok(())),
            },
            push_back: false,
            sources: vec![Source { name: stand.source.clone(), rate: None, size_max: None }],
            listeners: vec![Listener {
                name: Arc::from("diode-1"),
                size_max: DATAGRAM_MAX,
                way: Way::Diode(diode),
            }],
            cut_max: DATAGRAM_MAX,
            workers: lockgate_deep::Settings::default(),
            flood: 100,
            queue_bytes: 16 << 20,
            queue_objects: 4096,
            skew: skew(policy),
            drain: std::time::Duration::from_secs(2),
            pool_bytes: POOL_BYTES,
            expiries: expiries(bundle, lane, crate::clock::now()),
            policy: policy.clone(),
        })
    }
}
