//! What may stand once in a whole deployment: addresses, folders, files of state, certificates of one listener.

use crate::codes;
use crate::model::{Deployment, Egress, Intake, LogTo};
use core::net::SocketAddr;
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
    nested(deployment, diagnostics);
    let mut paths = Seen::new("path");
    for path in paths_of(deployment) {
        paths.take(path.value.trim_end_matches('/'), path.span, diagnostics);
    }
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

/// Folders: what works in one and removes what it does not know would find the other's files.
fn nested(deployment: &Deployment, diagnostics: &mut Diagnostics) {
    let mut folders = vec![&deployment.hold.path, &deployment.audit.path];
    folders.extend(deployment.intake.iter().filter_map(|intake| match intake {
        Intake::Directory(folder) => Some(&folder.path),
        Intake::Diode(diode) => Some(&diode.end.state),
        Intake::Udp(_) | Intake::Tcp(_) | Intake::Tls(_) => None,
    }));
    folders.extend(match &deployment.egress {
        Egress::Directory { path, .. } => Some(path),
        Egress::Diode(diode) => Some(&diode.state),
        Egress::Udp { .. } | Egress::Lidi(_) | Egress::Flute(_) => None,
    });
    folders.extend(&deployment.review);
    folders.extend(&deployment.audit.checkpoints);
    let within = |path: &str, outer: &str| {
        let rest = path.trim_end_matches('/').strip_prefix(outer.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.starts_with('/'))
    };
    for inner in &folders {
        if let Some(outer) = folders.iter().find(|outer| within(inner, outer)) {
            let message = "this folder lies within another one of the lane";
            diagnostics.error(&codes::TWICE, inner.span, message).label(outer.span, "the other one");
        }
    }
}

/// Every path that has one use. Keys and certificates of several listeners may be the same.
fn paths_of(deployment: &Deployment) -> Vec<&At<String>> {
    let mut paths = vec![&deployment.bundle, &deployment.trust];
    if deployment.signatures.span != deployment.bundle.span {
        paths.push(&deployment.signatures);
    }
    for intake in &deployment.intake {
        match intake {
            Intake::Directory(folder) => paths.push(&folder.path),
            Intake::Diode(diode) => paths.push(&diode.end.state),
            Intake::Udp(_) | Intake::Tcp(_) | Intake::Tls(_) => {}
        }
    }
    match &deployment.egress {
        Egress::Directory { path, .. } => paths.push(path),
        Egress::Diode(diode) => paths.extend([&diode.secret, &diode.key, &diode.state]),
        Egress::Udp { .. } | Egress::Lidi(_) | Egress::Flute(_) => {}
    }
    paths.extend([&deployment.hold.path, &deployment.audit.path, &deployment.audit.key]);
    paths.extend(&deployment.hold.key);
    paths.extend(&deployment.review);
    paths.extend(&deployment.pseudonyms);
    paths.extend(&deployment.audit.checkpoints);
    paths.extend(&deployment.control);
    if let LogTo::Socket(path) = &deployment.log.to {
        paths.push(path);
    }
    paths
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
