//! Where objects come in.

use super::value::{address, bounded, count, interface, needed_interface, path, path_prop, span};
use super::whole;
use crate::codes;
use crate::model::{
    ByteOrder, Client, DiodeIntake, DirectoryIntake, Framing, Intake, Length, StreamLimits, TcpIntake,
    TlsIntake, UdpIntake,
};
use lockgate_bytes::{Digest, Duration};
use lockgate_notation::{At, Fields};

/// The kernel's receive buffer of a socket for datagrams: a second of 32 Mbit/s.
const BUFFER: u64 = 4 << 20;
/// Connections at one time.
const CONNECTIONS: u64 = 64;
const PER_ADDRESS: u64 = 8;
const IDLE_SECONDS: i64 = 300;
const OBJECT_SECONDS: i64 = 30;
/// The longest delimiter in bytes, and the furthest that a length stands from the first byte.
pub(crate) const DELIMITER_MAX: usize = 32;
pub(crate) const OFFSET_MAX: u64 = 16;

pub(super) fn intake(fields: &mut Fields<'_, '_>) -> Option<Vec<Intake>> {
    let nodes = fields.children_of(&["udp", "tcp", "tls", "diode", "directory"]);
    if nodes.is_empty() {
        let span = fields.noun_span();
        fields.error(&codes::NO_INTAKE, span, "`intake` has nothing in it");
        return None;
    }
    let found: Vec<Option<Intake>> = nodes
        .into_iter()
        .map(|node| {
            fields.read(node, |part| match node.name.as_str() {
                "udp" => udp(part).map(Intake::Udp),
                "tcp" => tcp(part).map(Intake::Tcp),
                "tls" => tls(part).map(Intake::Tls),
                "diode" => diode(part).map(Intake::Diode),
                _ => directory(part).map(Intake::Directory),
            })
        })
        .collect();
    found.into_iter().collect()
}

fn udp(fields: &mut Fields<'_, '_>) -> Option<UdpIntake> {
    let address = address(fields, "where to listen");
    let interface = needed_interface(fields);
    let (source, rate, objects) = (source(fields), rate(fields), objects(fields));
    let buffer = fields.prop_size_opt("buffer");
    let buffer = buffer.map_or(Some(BUFFER), |size| bounded(fields, Some(size), (1 << 16, 1 << 28)));
    Some(UdpIntake {
        address: address?,
        interface: interface?,
        source: source?,
        rate: rate?,
        objects: objects?,
        buffer: buffer?,
    })
}

fn tcp(fields: &mut Fields<'_, '_>) -> Option<TcpIntake> {
    let noun = At::new((), fields.noun_span());
    let address = address(fields, "where to listen");
    let interface = needed_interface(fields);
    let (source, rate, objects) = (source(fields), rate(fields), objects(fields));
    let limits = limits(fields);
    let framing = framing(fields);
    Some(TcpIntake {
        address: address?,
        interface: interface?,
        source: source?,
        rate: rate?,
        objects: objects?,
        framing: framing?,
        limits: limits?,
        noun,
    })
}

fn tls(fields: &mut Fields<'_, '_>) -> Option<TlsIntake> {
    let noun = At::new((), fields.noun_span());
    let address = address(fields, "where to listen");
    let interface = interface(fields);
    let (certificate, key) = (path_prop(fields, "cert"), path_prop(fields, "key"));
    let authority = path_prop(fields, "ca");
    let limits = limits(fields);
    let framing = framing(fields);
    let nodes = fields.children_some("client");
    let clients: Vec<Option<Client>> = nodes.into_iter().map(|node| fields.read(node, client)).collect();
    let clients: Option<Vec<Client>> = clients.into_iter().collect();
    Some(TlsIntake {
        address: address?,
        interface: whole(interface)?,
        certificate: certificate?,
        key: key?,
        authority: authority?,
        clients: clients.filter(|clients| !clients.is_empty())?,
        framing: framing?,
        limits: limits?,
        noun,
    })
}

fn client(fields: &mut Fields<'_, '_>) -> Option<Client> {
    let text = fields.arg_text("the SHA-256 of the client's certificate");
    let (source, rate, objects) = (source(fields), rate(fields), objects(fields));
    let text = text?;
    let certificate = Digest::parse(text.value);
    if certificate.is_none() {
        let message = "a certificate is named by 64 lower-case hexadecimal digits";
        fields.error(&codes::BAD_FINGERPRINT, text.span, message);
    }
    Some(Client {
        certificate: At::new(certificate?, text.span),
        source: source?,
        rate: rate?,
        objects: objects?,
    })
}

fn diode(fields: &mut Fields<'_, '_>) -> Option<DiodeIntake> {
    let (source, rate, objects) = (source(fields), rate(fields), objects(fields));
    let end = super::reception::end(fields);
    Some(DiodeIntake { end: end?, source: source?, rate: rate?, objects: objects? })
}

fn directory(fields: &mut Fields<'_, '_>) -> Option<DirectoryIntake> {
    let path = path(fields, "the folder");
    let (source, rate, objects) = (source(fields), rate(fields), objects(fields));
    let owner = fields.prop_text("owner").and_then(|text| {
        let first =
            text.value.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$');
        let good = first && text.value.len() <= 32 && text.value.bytes().all(rest);
        if !good {
            fields.error(&codes::BAD_OWNER, text.span, "this is no user");
        }
        good.then(|| text.map(str::to_owned))
    });
    let settles = fields.prop_word_opt("handed-over", &["renamed", "unchanged"]);
    let settles = settles.is_some_and(|word| word.value == "unchanged");
    Some(DirectoryIntake {
        path: path?,
        source: source?,
        owner: owner?,
        settles,
        rate: rate?,
        objects: objects?,
    })
}

fn source(fields: &mut Fields<'_, '_>) -> Option<At<String>> {
    fields.prop_name("source").map(|source| source.map(|name| name.to_string()))
}

/// `rate=`; `None` only where it stands and is wrong.
#[expect(clippy::option_option, reason = "not there, and there but wrong, are two things")]
fn rate(fields: &mut Fields<'_, '_>) -> Option<Option<At<u64>>> {
    let Some(prop) = fields.prop_opt("rate") else { return Some(None) };
    let span = span(&prop.value);
    let rate = fields.prop_rate("rate");
    bounded(fields, rate, (1_000, 1_000_000_000_000)).map(|rate| Some(At::new(rate, span)))
}

/// `objects=`, the same way.
#[expect(clippy::option_option, reason = "not there, and there but wrong, are two things")]
fn objects(fields: &mut Fields<'_, '_>) -> Option<Option<At<u64>>> {
    let Some(prop) = fields.prop_opt("objects") else { return Some(None) };
    let span = span(&prop.value);
    let objects = fields.prop_per_second("objects");
    bounded(fields, objects, (1, 1_000_000_000)).map(|objects| Some(At::new(objects, span)))
}

fn limits(fields: &mut Fields<'_, '_>) -> Option<StreamLimits> {
    let connections = count(fields, "connections", CONNECTIONS, (1, 4096));
    let per_address = count(fields, "per-address", PER_ADDRESS, (1, 4096));
    let idle = span_of_time(fields, "idle", IDLE_SECONDS);
    let object = span_of_time(fields, "object", OBJECT_SECONDS);
    Some(StreamLimits {
        connections: usize::try_from(connections?).ok()?,
        per_address: usize::try_from(per_address?).ok()?,
        idle: idle?,
        object: object?,
    })
}

/// A duration from 100 ms to a day; `default` seconds where it is not there.
fn span_of_time(fields: &mut Fields<'_, '_>, name: &'static str, default: i64) -> Option<Duration> {
    if fields.prop_opt(name).is_none() {
        return Some(Duration::from_secs(default));
    }
    let found = fields.prop_duration(name)?;
    let (least, most) = (Duration::from_nanos(100_000_000), Duration::from_secs(86_400));
    if !(least..=most).contains(&found.value) {
        fields.error(&codes::OUT_OF_RANGE, found.span, "this has to be \"100ms\" to \"24h\"");
        return None;
    }
    Some(found.value)
}

/// `framing delimiter "..."`, `framing length bits=16 order=big offset=0 includes=header`, `framing varint offset=1 min=2`,
/// `framing ber offset=16`, `framing fixed "64B"`; `None` only where it stands and is wrong.
#[expect(clippy::option_option, reason = "not there, and there but wrong, are two things")]
fn framing(fields: &mut Fields<'_, '_>) -> Option<Option<Framing>> {
    whole(fields.within_opt("framing", |part| {
        let ways = ["delimiter", "length", "varint", "ber", "fixed"];
        match part.arg_word("how a stream is cut into objects", &ways)?.value {
            "length" => return length(part).map(Framing::Length),
            "varint" => return varint(part),
            "ber" => return ber(part),
            "fixed" => return fixed(part),
            _ => {}
        }
        let end = part.arg_text("the bytes that end an object")?;
        if end.value.len() > DELIMITER_MAX {
            let message = format!("a delimiter has at most {DELIMITER_MAX} bytes");
            part.error(&codes::BAD_FRAMING, end.span, message);
            return None;
        }
        Some(Framing::Delimiter(end.value.as_bytes().to_vec()))
    }))
}

fn varint(fields: &mut Fields<'_, '_>) -> Option<Framing> {
    let offset = fields.prop_uint_opt("offset");
    let least = fields.prop_uint_opt("min");
    if let Some(wrong) = [offset, least].into_iter().flatten().find(|number| number.value > OFFSET_MAX) {
        let message = "a length stands within the first 16 bytes, and counts no more than 16 at least";
        fields.error(&codes::BAD_FRAMING, wrong.span, message);
        return None;
    }
    let small = |number: Option<At<u64>>| number.map_or(Some(0), |number| usize::try_from(number.value).ok());
    Some(Framing::Varint { offset: small(offset)?, least: small(least)? })
}

fn ber(fields: &mut Fields<'_, '_>) -> Option<Framing> {
    let offset = fields.prop_uint_opt("offset");
    if let Some(wrong) = offset.filter(|offset| offset.value > OFFSET_MAX) {
        fields.error(&codes::BAD_FRAMING, wrong.span, "a length stands within the first 16 bytes");
        return None;
    }
    let offset = offset.map_or(Some(0), |offset| usize::try_from(offset.value).ok())?;
    Some(Framing::Ber { offset })
}

fn fixed(fields: &mut Fields<'_, '_>) -> Option<Framing> {
    let size = fields.arg_size("the size of an object")?;
    if size.value == 0 {
        fields.error(&codes::BAD_FRAMING, size.span, "an object has at least one byte");
        return None;
    }
    usize::try_from(size.value).ok().map(Framing::Fixed)
}

fn length(fields: &mut Fields<'_, '_>) -> Option<Length> {
    let bits = fields.prop_uint("bits");
    let order = fields.prop_word_opt("order", &["big", "little"]);
    let offset = fields.prop_uint_opt("offset");
    let includes = fields.prop_word_opt("includes", &["header"]);
    let bits = bits?;
    let width = u8::try_from(bits.value).ok().filter(|bits| [16, 32].contains(bits));
    if width.is_none() {
        fields.error(&codes::BAD_FRAMING, bits.span, "a length has 16 or 32 bits");
    }
    if let Some(offset) =
        offset.filter(|offset| offset.value > OFFSET_MAX || (offset.value > 0 && includes.is_none()))
    {
        let message =
            "a length stands within the first 16 bytes, and in front where it is no part of the object";
        fields
            .error(&codes::BAD_FRAMING, offset.span, message)
            .help("add `includes=header`, or remove `offset`");
        return None;
    }
    Some(Length {
        bits: width?,
        order: order.filter(|order| order.value == "little").map_or(ByteOrder::Big, |_| ByteOrder::Little),
        offset: offset.map_or(Some(0), |offset| usize::try_from(offset.value).ok())?,
        includes_header: includes.is_some(),
    })
}
