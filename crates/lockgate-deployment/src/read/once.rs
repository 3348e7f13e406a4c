//! What may stand once in a whole deployment: addresses, folders, files of state, certificates of one listener. And what
//! leaves must not come in again: no place that something is sent to is one that something is taken from.

use crate::codes;
use crate::model::{Deployment, Egress, Intake, LogTo};
use core::net::{IpAddr, SocketAddr};
use lockgate_bytes::Span;
use lockgate_notation::{At, Diagnostics};
use std::collections::BTreeMap;

pub(super) fn check(deployment: &Deployment, diagnostics: &mut Diagnostics) {
    let mut addresses = Seen::new("address");
    for intake in &deployment.intake {
        // Datagrams and streams have ports of their own, and groups of one port are told apart by interface.
        let (address, interface) = match intake {
            Intake::Udp(udp) => (udp.address, &udp.interface),
            Intake::Diode(diode) => (diode.end.address, &diode.end.interface),
            Intake::Tcp(_) | Intake::Tls(_) | Intake::Directory(_) => continue,
        };
        addresses.take(&format!("{} {}", address.value, interface.value), address.span, diagnostics);
    }
    ports(deployment, diagnostics);
    for listener in &deployment.intake {
        comes_back(listener, deployment, diagnostics);
    }
    let mut paths = Seen::new("path");
    for path in paths_of(deployment) {
        paths.take(path.value.trim_end_matches('/'), path.span, diagnostics);
    }
    within_each_other(&folders_of(deployment), diagnostics);
    for intake in &deployment.intake {
        if let Intake::Tls(tls) = intake {
            let mut certificates = Seen::new("certificate");
            for client in &tls.clients {
                let fingerprint = client.certificate.value.to_string();
                certificates.take(&fingerprint, client.certificate.span, diagnostics);
            }
        }
    }
}

/// What is sent to an address that is listened on here arrives as if its source had sent it: nothing flows from egress, or from
/// a decision, back to intake.
fn comes_back(listener: &Intake, deployment: &Deployment, diagnostics: &mut Diagnostics) {
    let (listens, interface) = match listener {
        Intake::Udp(udp) => (&udp.address, &udp.interface),
        Intake::Diode(diode) => (&diode.end.address, &diode.end.interface),
        Intake::Tcp(_) | Intake::Tls(_) | Intake::Directory(_) => return,
    };
    let (sent, by) = match &deployment.egress {
        Egress::Udp { address, interface, .. } => (Some(address), interface.as_ref()),
        Egress::Diode(diode) => (Some(&diode.address), diode.interface.as_ref()),
        Egress::Lidi(lidi) => (Some(&lidi.address), lidi.interface.as_ref()),
        Egress::Flute(flute) => (Some(&flute.address), flute.interface.as_ref()),
        Egress::Directory { .. } => (None, None),
    };
    let told = if let LogTo::Udp(address) = &deployment.log.to { Some(address) } else { None };
    for (to, by) in [(sent, by), (told, None)] {
        let Some(to) = to.filter(|to| arrives(to.value, listens.value, interface)) else { continue };
        // A group is another one on each interface.
        if to.value.ip().is_multicast() && by.is_some_and(|by| by.value != interface.value) {
            continue;
        }
        diagnostics
            .error(&codes::TWICE, to.span, "what is sent to this address comes in again")
            .label(listens.span, "here");
    }
}

/// True where a datagram to `to` comes to a socket at `at` of this machine.
fn arrives(to: SocketAddr, at: SocketAddr, interface: &str) -> bool {
    let (to_ip, at_ip) = (to.ip().to_canonical(), at.ip().to_canonical());
    let is_local = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    // A socket at no address in particular takes what comes to any of its interface's.
    let any = at_ip.is_unspecified() && interface == "lo" && is_local(to_ip);
    to.port() == at.port() && (to_ip == at_ip || any)
}

/// Streams: of two on one port, an address that stands for all of the machine's, or no interface, takes what the other wants.
fn ports(deployment: &Deployment, diagnostics: &mut Diagnostics) {
    let of_intake = deployment.intake.iter().filter_map(|intake| match intake {
        Intake::Tcp(tcp) => Some((tcp.address, Some(tcp.interface.as_str()))),
        Intake::Tls(tls) => Some((tls.address, tls.interface.as_ref().map(|name| name.as_str()))),
        Intake::Udp(_) | Intake::Diode(_) | Intake::Directory(_) => None,
    });
    let metrics = deployment.metrics.iter().map(|metrics| (metrics.address, None));
    let mut known: Vec<(At<SocketAddr>, Option<&str>)> = Vec::new();
    for (address, interface) in of_intake.chain(metrics) {
        let meets = |(other, at): &&(At<SocketAddr>, Option<&str>)| {
            let any = other.ip().is_unspecified() || address.ip().is_unspecified();
            other.port() == address.port()
                && other.is_ipv6() == address.is_ipv6()
                && (other.ip() == address.ip() || any)
                && (at.is_none() || interface.is_none() || *at == interface)
        };
        if let Some((first, _)) = known.iter().find(meets) {
            let diagnostic = diagnostics.error(&codes::TWICE, address.span, "this address stands twice");
            diagnostic.label(first.span, "the first one");
        }
        known.push((address, interface));
    }
}

/// Every path that has one use. Keys and certificates of several listeners may be the same.
fn paths_of(deployment: &Deployment) -> Vec<&At<String>> {
    let mut paths = vec![&deployment.bundle, &deployment.trust];
    if deployment.signatures.span != deployment.bundle.span {
        paths.push(&deployment.signatures);
    }
    paths.extend(keys_of_links(deployment));
    if let Egress::Diode(diode) = &deployment.egress {
        paths.extend([&diode.secret, &diode.key]);
    }
    paths.extend(folders_of(deployment));
    paths.push(&deployment.audit.key);
    paths.extend(&deployment.hold.key);
    paths.extend(&deployment.pseudonyms);
    paths.extend(&deployment.control);
    if let LogTo::Socket(path) = &deployment.log.to {
        paths.push(path);
    }
    paths
}

/// Secrets and keys of the links by which objects come in, each once: links of one sender may share them. With those of the
/// link that leads out they must not: its far side could then send as our source.
fn keys_of_links(deployment: &Deployment) -> Vec<&At<String>> {
    let (mut secrets, mut keys) = (BTreeMap::new(), BTreeMap::new());
    for intake in &deployment.intake {
        if let Intake::Diode(diode) = intake {
            secrets.entry(diode.end.secret.value.as_str()).or_insert(&diode.end.secret);
            keys.entry(diode.end.key.value.as_str()).or_insert(&diode.end.key);
        }
    }
    secrets.into_values().chain(keys.into_values()).collect()
}

/// Every folder that something is written into or taken from.
fn folders_of(deployment: &Deployment) -> Vec<&At<String>> {
    let mut folders = Vec::new();
    for intake in &deployment.intake {
        match intake {
            Intake::Directory(folder) => folders.push(&folder.path),
            Intake::Diode(diode) => folders.push(&diode.end.state),
            Intake::Udp(_) | Intake::Tcp(_) | Intake::Tls(_) => {}
        }
    }
    match &deployment.egress {
        Egress::Directory { path, .. } => folders.push(path),
        Egress::Diode(diode) => folders.push(&diode.state),
        Egress::Udp { .. } | Egress::Lidi(_) | Egress::Flute(_) => {}
    }
    folders.extend([&deployment.hold.path, &deployment.audit.path]);
    folders.extend(&deployment.review);
    folders.extend(&deployment.audit.checkpoints);
    folders
}

/// What is written into a folder below a watched one is taken in; what is removed or counted in one is lost to the other.
fn within_each_other(folders: &[&At<String>], diagnostics: &mut Diagnostics) {
    let parts = |folder: &At<String>| -> Vec<String> {
        folder.value.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    for inner in folders {
        let below = parts(inner);
        let mut others = folders.iter().filter(|outer| {
            let above = parts(outer);
            above.len() < below.len() && below.starts_with(&above)
        });
        if let Some(outer) = others.next() {
            diagnostics
                .error(&codes::TWICE, inner.span, "this folder lies in another one that has its own use")
                .label(outer.span, "the other one");
        }
    }
}

pub(super) struct Seen {
    what: &'static str,
    known: BTreeMap<String, Span>,
}

impl Seen {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, known: BTreeMap::new() }
    }

    pub(super) fn take(&mut self, one: &str, span: Span, diagnostics: &mut Diagnostics) {
        if let Some(first) = self.known.insert(one.to_owned(), span) {
            let message = format!("this {} stands twice", self.what);
            diagnostics.error(&codes::TWICE, span, message).label(first, "the first one");
        }
    }
}
