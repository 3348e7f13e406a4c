//! What may stand once in a whole deployment: addresses, folders, files of state, certificates of one listener.

use crate::codes;
use crate::model::{Deployment, Egress, Intake, LogTo};
use lockgate_bytes::Span;
use lockgate_notation::{At, Diagnostics};
use std::collections::BTreeMap;

pub(super) fn check(deployment: &Deployment, diagnostics: &mut Diagnostics) {
    let mut addresses = Seen::new("address");
    for intake in &deployment.intake {
        // Datagrams and streams have ports of their own, and groups of one port are told apart by interface.
        let (kind, address, interface) = match intake {
            Intake::Udp(udp) => ("udp", udp.address, Some(&udp.interface)),
            Intake::Tcp(tcp) => ("tcp", tcp.address, Some(&tcp.interface)),
            Intake::Tls(tls) => ("tcp", tls.address, tls.interface.as_ref()),
            Intake::Diode(diode) => ("udp", diode.end.address, Some(&diode.end.interface)),
            Intake::Directory(_) => continue,
        };
        let interface = interface.map_or("", |name| name.value.as_str());
        addresses.take(&format!("{kind} {} {interface}", address.value), address.span, diagnostics);
    }
    if let Some(metrics) = &deployment.metrics {
        addresses.take(&format!("tcp {} ", metrics.address.value), metrics.address.span, diagnostics);
    }
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
