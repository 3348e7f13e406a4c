//! The listeners of a deployment, as intake opens them.

use super::{name_of, read_certificates};
use crate::command::receive::open_link;
use crate::deployment::{keys, look};
use crate::exit::Fault;
use lockgate_bytes::Duration;
use lockgate_deployment::{self as deployment, Deployment, Fit};
use lockgate_disk::RealDisk;
use lockgate_intake::{
    Admission, Ber, ByteOrder, Client, Diode, Directory, Framing, Identity, Length, Listener, Patience,
    Settle, Sidecars, Tcp, Tls, Udp, Varint, Way, Width, open_folder,
};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

pub(super) fn listeners(
    deployment: &Deployment,
    fit: &Fit,
    sidecars: Option<Sidecars>,
) -> Result<Vec<Listener>, Fault> {
    deployment
        .intake
        .iter()
        .enumerate()
        .map(|(number, intake)| {
            let framing = || fit.streams.iter().find(|stream| stream.intake == number).map(|s| &s.framing);
            let (kind, way) = match intake {
                deployment::Intake::Udp(udp) => ("udp", udp_way(udp)),
                deployment::Intake::Tcp(tcp) => {
                    let admission = Admission::Interface(Arc::from(tcp.source.as_str()));
                    let interface = Some(tcp.interface.value.clone());
                    ("tcp", tcp_way(tcp.address.value, interface, framing(), &tcp.limits, admission)?)
                }
                deployment::Intake::Tls(tls) => {
                    let interface = tls.interface.as_ref().map(|name| name.value.clone());
                    let admission = Admission::Tls(certificates(tls)?);
                    ("tls", tcp_way(tls.address.value, interface, framing(), &tls.limits, admission)?)
                }
                deployment::Intake::Diode(diode) => ("diode", diode_way(diode)?),
                deployment::Intake::Directory(folder) => ("directory", directory_way(folder, sidecars)?),
            };
            let name = Arc::from(name_of(kind, number));
            Ok(Listener { name, size_max: size_max(fit, &way), way })
        })
        .collect()
}

/// The largest object of a listener: the largest that any of its sources may send by it.
fn size_max(fit: &Fit, way: &Way) -> usize {
    let sources = way.sources();
    let sizes = fit.sizes.iter().filter(|sizes| sources.contains(&sizes.source.as_str()));
    let sizes = sizes.map(|sizes| match way {
        Way::Udp(_) | Way::Tcp(_) => sizes.frame_max,
        Way::Diode(_) | Way::Directory(_) => sizes.file_max,
    });
    sizes.max().unwrap_or(0)
}

fn udp_way(udp: &deployment::UdpIntake) -> Way {
    Way::Udp(Udp {
        address: udp.address.value,
        interface: udp.interface.value.clone(),
        source: Arc::from(udp.source.as_str()),
        receive_buffer_bytes: usize::try_from(udp.buffer).unwrap_or(usize::MAX),
    })
}

fn tcp_way(
    address: SocketAddr,
    interface: Option<String>,
    framing: Option<&deployment::Framing>,
    limits: &deployment::StreamLimits,
    admission: Admission,
) -> Result<Way, Fault> {
    let framing = match framing {
        Some(deployment::Framing::Delimiter(bytes)) => Framing::Delimiter(bytes.clone()),
        Some(deployment::Framing::Length(length)) => Framing::Length(Length {
            offset: length.offset,
            width: if length.bits == 16 { Width::Two } else { Width::Four },
            order: match length.order {
                deployment::ByteOrder::Big => ByteOrder::Big,
                deployment::ByteOrder::Little => ByteOrder::Little,
            },
            includes_header: length.includes_header,
        }),
        Some(deployment::Framing::Varint { offset, least }) => {
            Framing::Varint(Varint { offset: *offset, least: *least })
        }
        Some(deployment::Framing::Ber { offset }) => Framing::Ber(Ber { offset: *offset }),
        Some(deployment::Framing::Fixed(size)) => Framing::Fixed(*size),
        None => {
            return Err(Fault::new(format!("nothing says how streams to {address} are cut into objects")));
        }
    };
    Ok(Way::Tcp(Tcp {
        address,
        interface,
        framing,
        patience: Patience { idle: limits.idle, frame: limits.object, ..Patience::default() },
        connections_max: limits.connections,
        connections_per_peer_max: limits.per_address,
        admission,
    }))
}

fn diode_way(diode: &deployment::DiodeIntake) -> Result<Way, Fault> {
    let (listen, link) = open_link(&diode.end)?;
    let state = Path::new(diode.end.state.as_str());
    let disk = RealDisk::at(state).map_err(|error| Fault::of(state.display(), &error))?;
    let source = Arc::from(diode.source.as_str());
    Ok(Way::Diode(Diode { listen, link, state: Arc::new(disk), source }))
}

fn directory_way(folder: &deployment::DirectoryIntake, sidecars: Option<Sidecars>) -> Result<Way, Fault> {
    let owner = look::owner::user(&folder.owner)
        .ok_or_else(|| Fault::new(format!("there is no user {}", folder.owner.as_str())))?;
    let disk = open_folder(Path::new(folder.path.as_str())).map_err(Fault::new)?;
    Ok(Way::Directory(Directory {
        disk,
        source: Arc::from(folder.source.as_str()),
        owner,
        settle: if folder.settles { Settle::Unchanged } else { Settle::Renamed },
        look_every: Duration::from_nanos(200_000_000),
        taken_max: 1024,
        away_max: 1024,
        turned_away_max: 1024,
        sidecars,
        of: None,
    }))
}

/// Certificates, key and authority of a listener, as they are to be used.
///
/// # Errors
/// [`Fault`] where a file cannot be read.
pub(crate) fn certificates(tls: &deployment::TlsIntake) -> Result<Tls, Fault> {
    let chain = |file: &str| -> Result<Vec<Vec<u8>>, Fault> {
        Ok(read_certificates(file)?.into_iter().map(|certificate| certificate.der).collect())
    };
    Ok(Tls {
        chain: chain(&tls.certificate)?,
        key: keys::tls(Path::new(tls.key.as_str()))?,
        authorities: chain(&tls.authority)?,
        clients: tls
            .clients
            .iter()
            .map(|client| Client {
                identity: Identity::Fingerprint(client.certificate.value),
                source: Arc::from(client.source.as_str()),
            })
            .collect(),
    })
}
