//! Where released objects go out.

use super::value::{address, bounded, count, interface, path, path_prop};
use super::whole;
use crate::codes;
use crate::model::{DiodeEgress, Egress};
use core::net::{IpAddr, SocketAddr};
use lockgate_bytes::Precedence;
use lockgate_diode::Terms;
use lockgate_notation::{At, Fields};

/// Ethernet.
const MTU: u64 = 1500;
/// The least that a link of IPv6 carries (RFC 8200).
const MTU_OF_IPV6: u16 = 1280;
/// The largest object in one datagram: what IPv4 leaves of 65,535 bytes.
const LARGEST: u64 = 65_507;

pub(super) fn egress(fields: &mut Fields<'_, '_>) -> Option<Egress> {
    let dscp = fields.within_opt("dscp", dscp);
    let dscp_span = fields.node().children.iter().find(|part| part.name == "dscp").map(|part| part.name_span);
    let sinks = fields.children_of(&["udp", "diode", "lidi-2.1", "flute", "directory"]);
    let place = sinks.get(1).map_or_else(|| fields.noun_span(), |second| second.name_span);
    let [sink] = sinks.as_slice() else {
        for sink in &sinks {
            fields.read(sink, |part| {
                drop((part.args(), part.props_left(), part.children_of(&["repair", "again", "beat"])));
            });
        }
        let message = "`egress` needs one `udp`, one `diode`, one `lidi-2.1`, one `flute` or one `directory`";
        let empty = sinks.is_empty();
        let diagnostic = fields.error(&codes::ONE_SINK, place, message);
        if empty {
            diagnostic.help("add the one that the lane leads to");
        }
        return None;
    };
    if sink.name != "directory" {
        let dscp = whole(dscp)?.unwrap_or([0; 6]);
        return fields.read(sink, |part| match sink.name.as_str() {
            "diode" => diode(part, dscp),
            "lidi-2.1" => super::foreign::lidi(part, dscp),
            "flute" => super::foreign::flute(part, dscp),
            _ => udp(part, dscp),
        });
    }
    if let Some(span) = dscp_span {
        let message = "`dscp` is for datagrams; a directory has none";
        fields.error(&codes::OUT_OF_RANGE, span, message).help("remove it");
    }
    fields.read(sink, |part| {
        let path = path(part, "the folder");
        let extension = part.prop_name_opt("extension");
        let extension = extension.map_or_else(|| "bin".to_owned(), |name| name.value.to_string());
        Some(Egress::Directory { path: path?, extension })
    })
}

fn udp(fields: &mut Fields<'_, '_>, dscp: [u8; 6]) -> Option<Egress> {
    let way = way(fields);
    let largest = fields.prop_size_opt("largest");
    let largest = largest.map_or(Some(LARGEST), |size| bounded(fields, Some(size), (64, LARGEST)));
    let (way, largest) = (way?, usize::try_from(largest?).ok()?);
    let Way { address, interface, from, hops, rate, mtu } = way;
    Some(Egress::Udp { address, interface, from, hops, rate, mtu, largest, dscp })
}

fn diode(fields: &mut Fields<'_, '_>, dscp: [u8; 6]) -> Option<Egress> {
    let way = way(fields);
    let link = fields.prop_uint("link");
    let link = bounded(fields, link, (0, 65_535)).and_then(|link| u16::try_from(link).ok());
    let (secret, key) = (path_prop(fields, "secret"), path_prop(fields, "key"));
    let state = path_prop(fields, "state");
    let (way, link) = (way?, link?);
    let mut terms = Terms::of_rate(link, way.rate);
    // Headers of IPv6 or IPv4, and of UDP.
    terms.headers = if way.address.is_ipv6() { 48 } else { 28 };
    let fits = usize::from(way.mtu).saturating_sub(terms.headers);
    terms.payload = terms.payload.min(fits);
    if let Some(payload) = fields.prop_size_opt("payload") {
        let most = u64::try_from(fits.min(9_000)).unwrap_or(512);
        terms.payload = usize::try_from(bounded(fields, Some(payload), (512, most))?).ok()?;
    }
    if let Some(burst) = fields.prop_duration_opt("burst") {
        terms.burst = burst.value;
    }
    terms.constant = fields.prop_bool_or("constant", false);
    terms.trickle = narrow(count(fields, "trickle", u64::from(terms.trickle), (0, 200)))?;
    let parts = [
        fields.within_opt("repair", |part| repair(part, &mut terms)),
        fields.within_opt("again", |part| again(part, &mut terms)),
        fields.within_opt("beat", |part| beat(part, &mut terms)),
    ];
    if parts.contains(&Some(None)) {
        return None;
    }
    if let Err(fault) = terms.check() {
        let span = fields.noun_span();
        fields.error(&codes::BAD_LINK, span, format!("this link cannot be: {fault}"));
        return None;
    }
    let Way { address, interface, from, hops, rate: _, mtu } = way;
    Some(Egress::Diode(Box::new(DiodeEgress {
        address,
        interface,
        from,
        hops,
        mtu,
        dscp,
        secret: secret?,
        key: key?,
        state: state?,
        terms,
    })))
}

/// `repair small=50 blocks=25 window=16`: so many repairs for a hundred.
fn repair(fields: &mut Fields<'_, '_>, terms: &mut Terms) -> Option<()> {
    let small = count(fields, "small", u64::from(terms.small_repair), (0, 200));
    let blocks = count(fields, "blocks", u64::from(terms.block_repair), (0, 100));
    let window = count(fields, "window", u64::from(terms.window), (1, 64));
    terms.small_repair = narrow(small)?;
    terms.block_repair = narrow(blocks)?;
    terms.window = narrow(window)?;
    Some(())
}

/// `again IMMEDIATE "1s" "10s" bytes="8MiB"`: from which class on, and how long after the first time.
fn again(fields: &mut Fields<'_, '_>, terms: &mut Terms) -> Option<()> {
    let class = fields.arg_word("the lowest class that is sent again", &Precedence::NAMES);
    let mut repeats = vec![fields.arg_duration("how long after the first time")?.value];
    while let Some(next) = fields.arg_duration_opt("how long after the first time") {
        repeats.push(next.value);
    }
    if let Some(bytes) = fields.prop_size_opt("bytes") {
        terms.repeat_bytes = usize::try_from(bounded(fields, Some(bytes), (1 << 16, 1 << 34))?).ok()?;
    }
    terms.repeat_from = Precedence::named(class?.value);
    terms.repeats = repeats;
    Some(())
}

/// `beat every="1s" manifest="1s" overlap=2`.
fn beat(fields: &mut Fields<'_, '_>, terms: &mut Terms) -> Option<()> {
    if let Some(every) = fields.prop_duration_opt("every") {
        terms.heartbeat = every.value;
    }
    if let Some(manifest) = fields.prop_duration_opt("manifest") {
        terms.manifest = manifest.value;
    }
    terms.overlap = narrow(count(fields, "overlap", u64::from(terms.overlap), (0, 3)))?;
    Some(())
}

fn narrow<T: TryFrom<u64>>(number: Option<u64>) -> Option<T> {
    number.and_then(|number| T::try_from(number).ok())
}

/// What both kinds of datagrams need.
pub(super) struct Way {
    pub(super) address: At<SocketAddr>,
    pub(super) interface: Option<At<String>>,
    pub(super) from: Option<At<IpAddr>>,
    pub(super) hops: u8,
    pub(super) rate: u64,
    pub(super) mtu: u16,
}

pub(super) fn way(fields: &mut Fields<'_, '_>) -> Option<Way> {
    let address = address(fields, "where datagrams go");
    let interface = interface(fields);
    let from = from(fields);
    let rate = fields.prop_rate("rate");
    let rate = bounded(fields, rate, (1_000, 1_000_000_000_000));
    let mtu = count(fields, "mtu", MTU, (576, 65_535));
    let hops = fields.prop_opt("hops").map(|_| count(fields, "hops", 1, (1, 255)));
    let (address, interface) = (address?, whole(interface)?);
    if address.ip().is_multicast() && interface.is_none() {
        let message = "a multicast group needs `interface=`: the machine would choose one itself";
        fields
            .error(&codes::BAD_INTERFACE, address.span, message)
            .help("add the one to send by: interface=\"eth1\"");
        return None;
    }
    // A group reaches its own network only, unless the file says how far.
    let default_hops = if address.ip().is_multicast() { 1 } else { 64 };
    let hops = u8::try_from(whole(hops)?.unwrap_or(default_hops)).ok()?;
    let (from, mtu) = (from?, narrow(mtu)?);
    if let Some(other) = from.as_ref().filter(|from| from.is_ipv6() != address.is_ipv6()) {
        let message = "the address to send from and the one to send to are of IPv4 and of IPv6";
        fields.error(&codes::BAD_ADDRESS, other.span, message).help("write both of one kind");
        return None;
    }
    if address.is_ipv6() && mtu < MTU_OF_IPV6 {
        let span = fields.prop_opt("mtu").map_or(address.span, |prop| prop.value.span);
        let message = format!("this is {mtu}; over IPv6 it has to be {MTU_OF_IPV6} to 65535");
        fields.error(&codes::OUT_OF_RANGE, span, message);
        return None;
    }
    Some(Way { address, interface, from, hops, rate: rate?, mtu })
}

/// `from=`, the address to send from; `None` only where it stands and is wrong.
#[expect(clippy::option_option, reason = "not there, and there but wrong, are two things")]
fn from(fields: &mut Fields<'_, '_>) -> Option<Option<At<IpAddr>>> {
    fields.prop_opt("from").map_or(Some(None), |_| {
        let text = fields.prop_text("from")?;
        let address = text.value.parse::<IpAddr>().ok().filter(|address| !address.is_multicast());
        if address.is_none() {
            let message = "the address to send from is an IP address of this machine";
            fields
                .error(&codes::BAD_ADDRESS, text.span, message)
                .help("write it without a port: \"10.9.0.1\"");
        }
        address.map(|address| Some(At::new(address, text.span)))
    })
}

fn dscp(fields: &mut Fields<'_, '_>) -> Option<[u8; 6]> {
    let mut points = [Some(0); 6];
    for (point, name) in points.iter_mut().zip(Precedence::NAMES) {
        *point = count(fields, name, 0, (0, 63));
    }
    let mut found = [0; 6];
    for (to, point) in found.iter_mut().zip(points) {
        *to = u8::try_from(point?).ok()?;
    }
    Some(found)
}
