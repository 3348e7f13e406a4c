//! The values of a deployment: addresses, paths, interfaces, numbers within bounds.

use crate::codes;
use core::net::SocketAddr;
use lockgate_bytes::{Duration, Span};
use lockgate_notation::{At, Fields, Value};

/// The longest path in bytes (PATH_MAX of Linux, without its end).
const PATH_MAX: usize = 4095;
/// The longest path of a local socket (`sun_path` of Linux, without its end).
pub(super) const SOCKET_MAX: usize = 107;
/// The same where it is made under a name beside its place, which ends in a number.
pub(super) const CONTROL_MAX: usize = 90;

/// The next argument as an address with a port.
pub(super) fn address(fields: &mut Fields<'_, '_>, what: &str) -> Option<At<SocketAddr>> {
    let text = fields.arg_text(what)?;
    socket(fields, text, &format!("{what} is"))
}

/// A text as an address with a port; `what` begins the sentence about one that is not.
pub(super) fn socket(fields: &mut Fields<'_, '_>, text: At<&str>, what: &str) -> Option<At<SocketAddr>> {
    let address = text.value.parse::<SocketAddr>().ok().filter(|address| address.port() != 0);
    if address.is_none() {
        fields.error(&codes::BAD_ADDRESS, text.span, format!("{what} an IP address and a port"));
    }
    Some(At::new(address?, text.span))
}

/// The next argument as a path.
pub(super) fn path(fields: &mut Fields<'_, '_>, what: &str) -> Option<At<String>> {
    let text = fields.arg_text(what)?;
    checked(fields, text)
}

/// A property as a path.
pub(super) fn path_prop(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<At<String>> {
    let text = fields.prop_text(name)?;
    checked(fields, text)
}

/// A property as a path, where it is there.
#[expect(clippy::option_option, reason = "not there, and there but wrong, are two things")]
pub(super) fn path_prop_opt(fields: &mut Fields<'_, '_>, name: &'static str) -> Option<Option<At<String>>> {
    fields.prop_opt(name)?;
    Some(path_prop(fields, name))
}

/// A path that is there, as one of a socket.
pub(super) fn of_socket(fields: &mut Fields<'_, '_>, path: At<String>, most: usize) -> Option<At<String>> {
    let is_short = path.value.len() <= most;
    if !is_short {
        let message =
            format!("the path of this socket has {} bytes; the system takes {most}", path.value.len());
        fields.error(&codes::BAD_PATH, path.span, message);
    }
    is_short.then_some(path)
}

/// A text as a path.
pub(super) fn checked(fields: &mut Fields<'_, '_>, text: At<&str>) -> Option<At<String>> {
    // Two paths are one place only where they are one text: `//` would be another way to write `/`.
    let good = text.value.starts_with('/')
        && text.value.len() <= PATH_MAX
        && !text.value.contains('\0')
        && !text.value.contains("//")
        && !text.value.split('/').any(|part| part == ".." || part == ".");
    if !good {
        fields.error(&codes::BAD_PATH, text.span, "a path here begins with `/` and has no `..` and no `//`");
    }
    good.then(|| text.map(str::to_owned))
}

/// `interface=`, where it is there.
#[expect(clippy::option_option, reason = "not there, and there but wrong, are two things")]
pub(super) fn interface(fields: &mut Fields<'_, '_>) -> Option<Option<At<String>>> {
    fields.prop_opt("interface")?;
    Some(needed_interface(fields))
}

/// `interface=`, which has to be there.
pub(super) fn needed_interface(fields: &mut Fields<'_, '_>) -> Option<At<String>> {
    let text = fields.prop_text("interface")?;
    let good = text.value.len() <= 15
        && !matches!(text.value, "." | "..")
        && text.value.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b':'));
    if !good {
        fields.error(&codes::BAD_INTERFACE, text.span, "this is no name of an interface");
    }
    good.then(|| text.map(str::to_owned))
}

/// A number that is at least the first and at most the second of `range`.
pub(super) fn bounded(
    fields: &mut Fields<'_, '_>,
    number: Option<At<u64>>,
    range: (u64, u64),
) -> Option<u64> {
    let number = number?;
    let (least, most) = range;
    if (least..=most).contains(&number.value) {
        return Some(number.value);
    }
    let message = format!("this is {}; it has to be {least} to {most}", number.value);
    fields.error(&codes::OUT_OF_RANGE, number.span, message);
    None
}

/// How long something may last: the least and the most, in milliseconds, and both in words.
pub(super) type Lasting = (i64, i64, &'static str);

/// A duration within its bounds.
pub(super) fn lasting(
    fields: &mut Fields<'_, '_>,
    duration: Option<At<Duration>>,
    (least, most, words): Lasting,
) -> Option<Duration> {
    let duration = duration?;
    let millis = |millis: i64| Duration::from_nanos(millis.saturating_mul(1_000_000));
    if (millis(least)..=millis(most)).contains(&duration.value) {
        return Some(duration.value);
    }
    let message = format!("this lasts too short or too long; it has to be {words}");
    fields.error(&codes::OUT_OF_RANGE, duration.span, message);
    None
}

/// A whole number, `default` where it is not there.
pub(super) fn count(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    default: u64,
    range: (u64, u64),
) -> Option<u64> {
    fields.prop_opt(name).map_or(Some(default), |_| {
        let number = fields.prop_uint(name);
        bounded(fields, number, range)
    })
}

/// Where a value stands.
pub(super) fn span(value: &Value) -> Span {
    value.span
}
