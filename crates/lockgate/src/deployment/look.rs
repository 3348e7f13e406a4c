//! A look at the machine: files, keys, certificates, folders, interfaces. Nothing is opened for writing, no socket.

mod links;
pub(crate) mod owner;

use super::{ends, keys};
use crate::files;
use lockgate_attest::{Certificate, SecretKey, is_sealing_key_file, tls_key};
use lockgate_bytes::Time;
use lockgate_deployment::{
    Deliver, Deployment, DirectoryIntake, Egress, FarEnd, Intake, LogTo, Reception, ReportTo, TlsIntake,
    found,
};
use lockgate_notation::{At, Diagnostics};
use std::fs;
use std::net::IpAddr;
use std::path::Path;

/// Most bytes of a file of certificates.
const CERTIFICATES_BYTES_MAX: u64 = 64 << 10;
/// Kinds of keys, and how they are made.
const DIGITS: &str = "64 hexadecimal digits (openssl rand -hex 32)";
/// See [`DIGITS`].
const SIGNING_KEY: &str = "an Ed25519 key (openssl genpkey -algorithm ed25519)";
/// Where Linux lists its network interfaces.
const INTERFACES: &str = "/sys/class/net";

/// Adds all that is missing or wrong on this machine, save the bundle.
pub(crate) fn look(deployment: &Deployment, now: Time, diagnostics: &mut Diagnostics) {
    let mut look = Look { now, diagnostics, own: own_addresses() };
    for intake in &deployment.intake {
        match intake {
            Intake::Udp(udp) => {
                look.interface(&udp.interface);
                look.address(udp.address.ip(), udp.address.span);
            }
            Intake::Tcp(tcp) => {
                look.interface(&tcp.interface);
                look.address(tcp.address.ip(), tcp.address.span);
            }
            Intake::Tls(tls) => look.tls(tls),
            Intake::Diode(diode) => look.end(&diode.end),
            Intake::Directory(folder) => look.inbox(folder),
        }
    }
    look.from(deployment.egress.from());
    match &deployment.egress {
        Egress::Udp { interface: Some(interface), .. } => look.interface(interface),
        Egress::Udp { .. } => {}
        Egress::Diode(diode) => look.diode(diode),
        Egress::Lidi(lidi) => look.lidi_out(lidi),
        Egress::Flute(flute) => look.flute_out(flute),
        Egress::Directory { path, .. } => look.folder(path, "the folder that released objects go to"),
    }
    look.folder(&deployment.hold.path, "the folder of held objects");
    if let Some(review) = &deployment.review {
        look.folder(review, "the folder of statements");
        look.writable(
            &Path::new(review.as_str()).join("in"),
            review.span,
            "the folder that reviewers write into",
        );
    }
    if let Some(key) = &deployment.hold.key {
        look.key(key, "the key of held objects", DIGITS, is_sealing_key_file);
    }
    if let Some(key) = &deployment.pseudonyms {
        look.key(key, "the key of pseudonyms", DIGITS, is_sealing_key_file);
    }
    look.folder(&deployment.audit.path, "the folder of the log");
    look.key(&deployment.audit.key, "the key of the log", SIGNING_KEY, |bytes| {
        SecretKey::from_pem(bytes).is_ok()
    });
    match &deployment.audit.checkpoints {
        Some(path) => look.folder(path, "the second place for checkpoints"),
        None => {
            let says = "checkpoints are kept beside the log only";
            look.diagnostics.warning(&found::NO_SECOND_PLACE, deployment.audit.path.span, says);
        }
    }
    if !deployment.clock.needs_synchronised.value {
        let says = "nobody is asked whether the clock is right";
        look.diagnostics.warning(&found::UNASKED_CLOCK, deployment.clock.needs_synchronised.span, says);
    }
    if let Some(control) = &deployment.control {
        look.beside(control, "the folder of the control socket");
    }
    if let LogTo::Socket(path) = &deployment.log.to
        && let Err(error) = fs::metadata(path.as_str())
    {
        look.missing(path, &format!("the socket for messages: {error}"));
    }
}

/// Adds what would let the sources of a lane that leads up read of it.
pub(crate) fn look_up(deployment: &Deployment, now: Time, diagnostics: &mut Diagnostics) {
    Look { now, diagnostics, own: None }.seen_by_source(deployment);
}

/// The addresses of this machine, where they can be known.
#[cfg(target_os = "linux")]
fn own_addresses() -> Option<Vec<IpAddr>> {
    lockgate_intake::own_addresses().ok()
}

/// See above.
#[cfg(not(target_os = "linux"))]
fn own_addresses() -> Option<Vec<IpAddr>> {
    None
}

/// Adds all that a far side misses on this machine.
pub(crate) fn look_far(reception: &Reception, now: Time, diagnostics: &mut Diagnostics) {
    let mut look = Look { now, diagnostics, own: own_addresses() };
    match &reception.link {
        FarEnd::Diode(end) => look.end(end),
        FarEnd::Lidi(end) => look.lidi_in(end),
        FarEnd::Flute(end) => look.flute_in(end),
    }
    match &reception.deliver {
        Deliver::Directory { path, .. } => look.folder(path, "the folder that objects go to"),
        Deliver::Unix { path, .. } => look.beside(path, "the folder of the socket for clients"),
        Deliver::Tcp { .. } | Deliver::Udp { .. } | Deliver::Stdout { .. } => {}
    }
    if let ReportTo::File(path) = &reception.report {
        look.beside(path, "the folder of the reports");
    }
    if let Some(path) = &reception.metrics {
        look.beside(path, "the folder of the figures");
    }
    if let Some(summary) = &reception.summary {
        let good = |pem| SecretKey::from_pem(pem).is_ok();
        look.key(&summary.key, "the key that signs sums", SIGNING_KEY, good);
    }
}

struct Look<'d> {
    now: Time,
    diagnostics: &'d mut Diagnostics,
    /// The addresses that this machine has; `None` where nobody can say.
    own: Option<Vec<IpAddr>>,
}

impl Look<'_> {
    fn missing(&mut self, path: &At<String>, says: &str) {
        self.diagnostics.error(&found::MISSING, path.span, says);
    }

    fn interface(&mut self, name: &At<String>) {
        let known = Path::new(INTERFACES);
        // On another system than Linux no lane runs; that is said where it is run.
        if known.is_dir() && !known.join(name.as_str()).exists() {
            let says = format!("this machine has no interface {}", name.value);
            self.diagnostics.error(&found::NO_INTERFACE, name.span, says);
        }
    }

    fn tls(&mut self, tls: &TlsIntake) {
        if let Some(interface) = &tls.interface {
            self.interface(interface);
        }
        self.certificates(&tls.certificate, "our certificate");
        self.certificates(&tls.authority, "a root of the clients' certificates");
        self.closed(&tls.authority, "the file of the roots of the clients' certificates");
        let kind = "one secret key in PEM, not encrypted";
        self.key(&tls.key, "the key of our certificate", kind, |pem| tls_key(pem).is_some());
        self.address(tls.address.ip(), tls.address.span);
        self.pair(tls);
    }

    /// Whether certificate, key and authority do together what a start wants of them. What cannot be read is told already.
    #[cfg(target_os = "linux")]
    fn pair(&mut self, tls: &TlsIntake) {
        if let Ok(Err(why)) = crate::gate::plan::certificates(tls).map(|tls| tls.check()) {
            self.diagnostics.error(&found::BAD_KEY, tls.key.span, why);
        }
    }

    /// No lane runs on another system.
    #[cfg(not(target_os = "linux"))]
    fn pair(&mut self, _: &TlsIntake) {}

    /// An address that this machine has to have: it may come up later.
    fn address(&mut self, address: IpAddr, span: lockgate_notation::Span) {
        let stands_for_others = address.is_multicast() || address.is_unspecified();
        if let Some(own) = self.own.as_ref().filter(|_| !stands_for_others)
            && !address.is_loopback()
            && !own.contains(&address)
        {
            let says = format!("this machine does not have the address {address}");
            self.diagnostics.warning(&found::NO_ADDRESS, span, says);
        }
    }

    fn from(&mut self, from: Option<&At<IpAddr>>) {
        if let Some(from) = from {
            self.address(from.value, from.span);
        }
    }

    /// What a lane counts is nobody's business below it.
    fn seen_by_source(&mut self, deployment: &Deployment) {
        let Some(metrics) = &deployment.metrics else { return };
        for intake in &deployment.intake {
            if let Intake::Directory(folder) = intake {
                let says = format!(
                    "the lane leads up, and user {}, who hands files in, can read what it counts here",
                    folder.owner.value
                );
                let diagnostic = self.diagnostics.warning(&found::SEEN_BY_SOURCE, metrics.address.span, says);
                diagnostic.label(folder.owner.span, "this user");
            }
        }
    }

    fn certificates(&mut self, path: &At<String>, what: &str) {
        let bytes = match files::bounded(Path::new(path.as_str()), CERTIFICATES_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) => return self.missing(path, &format!("{what}: {error}")),
        };
        let found = match Certificate::read_pem(&bytes) {
            Ok(found) => found,
            Err(fault) => {
                let says = format!("{what}: {fault}");
                self.diagnostics.error(&found::BAD_KEY, path.span, says);
                return;
            }
        };
        for certificate in found {
            if self.now < certificate.from {
                let says = format!("{what} begins at {}", certificate.from);
                self.diagnostics.error(&found::ENDED, path.span, says);
            } else if certificate.until <= self.now {
                let says = format!("{what} ended at {}; nobody can connect", certificate.until);
                self.diagnostics.error(&found::ENDED, path.span, says);
            } else {
                ends(what, certificate.until, self.now, path.span, self.diagnostics);
            }
        }
    }

    fn key(&mut self, path: &At<String>, what: &str, kind: &str, good: impl FnOnce(Vec<u8>) -> bool) {
        let file = Path::new(path.as_str());
        let metadata = match fs::metadata(file) {
            Ok(metadata) => metadata,
            Err(error) => return self.missing(path, &format!("{what}: {error}")),
        };
        if keys::is_open(&metadata) {
            let says = format!("{what} can be read by everybody, or changed by others than its owner");
            let help = format!("chmod 600 {}; make a new key if others may have read it", path.value);
            self.diagnostics.error(&found::KEY_OPEN, path.span, says).help(help);
        }
        match keys::read(file).map(good) {
            Ok(true) => {}
            Ok(false) => {
                let says = format!("{what} has to be {kind}");
                self.diagnostics.error(&found::BAD_KEY, path.span, says);
            }
            Err(error) => self.missing(path, &format!("{what}: {error}")),
        }
    }

    /// Everybody may read it; whoever can write it decides who counts as the source.
    fn closed(&mut self, path: &At<String>, what: &str) {
        if fs::metadata(path.as_str()).is_ok_and(|metadata| owner::is_open(&metadata)) {
            let says = format!("{what} can be changed by others than its owner");
            let help = format!("chmod go-w {}, and see that it is the one that it was", path.value);
            self.diagnostics.error(&found::KEY_OPEN, path.span, says).help(help);
        }
    }

    fn inbox(&mut self, inbox: &DirectoryIntake) {
        self.folder(&inbox.path, "the folder that is watched");
        if owner::user(&inbox.owner).is_none() {
            let says = format!("this machine has no user {}", inbox.owner.value);
            self.diagnostics.error(&found::WRONG_OWNER, inbox.owner.span, says);
        }
        if fs::metadata(inbox.path.as_str()).is_ok_and(|metadata| owner::is_open(&metadata)) {
            let says = "others can write into this folder; only `in` below it is for them";
            let help = format!("chmod go-w {}", inbox.path.value);
            self.diagnostics.error(&found::WRONG_OWNER, inbox.path.span, says).help(help);
        }
        // A lane makes one that is not there, for itself alone.
        let incoming = Path::new(inbox.path.as_str()).join("in");
        if let Ok(metadata) = fs::metadata(&incoming) {
            let what = "the folder that files are taken out of";
            self.writable(&incoming, inbox.path.span, what);
            if fs::metadata(inbox.path.as_str()).is_ok_and(|root| !owner::is_one_disk(&root, &metadata)) {
                let says = format!("{what}, {}: it is another file system", incoming.display());
                let help =
                    "have `in` on the file system of its folder: a file is taken by giving it another name";
                self.diagnostics.error(&found::MISSING, inbox.path.span, says).help(help);
            }
        }
    }

    /// The folder that a file or socket is to stand in.
    fn beside(&mut self, path: &At<String>, what: &str) {
        let folder = Path::new(path.as_str()).parent().unwrap_or(Path::new("/"));
        self.writable(folder, path.span, what);
    }

    fn folder(&mut self, path: &At<String>, what: &str) {
        self.writable(Path::new(path.as_str()), path.span, what);
    }

    fn writable(&mut self, folder: &Path, span: lockgate_notation::Span, what: &str) {
        let says = match fs::metadata(folder) {
            Ok(metadata) if !metadata.is_dir() => "it is no folder".to_owned(),
            Ok(_) => match owner::may_write(folder) {
                Ok(()) => return,
                Err(error) => format!("we cannot work in it: {error}"),
            },
            Err(error) => error.to_string(),
        };
        let says = format!("{what}, {}: {says}", folder.display());
        self.diagnostics.error(&found::MISSING, span, says);
    }
}
