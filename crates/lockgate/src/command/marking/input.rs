//! What the commands read: lines of text, and JSON that has one meaning.

use super::us::Why;
use crate::exit::Fault;
use crate::files;
use lockgate_reason::{Finding, marking};
use serde_json::{Map, Value};
use std::io;
use std::path::Path;

/// Most bytes of one input.
const BYTES_MAX: u64 = 16 << 20;

/// Attributes of one portion: name and value.
pub(super) type Pairs = Vec<(String, String)>;

/// The argument as one line, or standard input as lines.
pub(super) fn lines(text: &str) -> Result<Vec<String>, Fault> {
    match text {
        "-" => file(Path::new("-")),
        text => Ok(vec![text.to_owned()]),
    }
}

/// The lines of a file, or of standard input; empty ones are left out.
pub(super) fn file(path: &Path) -> Result<Vec<String>, Fault> {
    Ok(whole(path)?.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}

/// All of a file, or of standard input.
pub(super) fn whole(path: &Path) -> Result<String, Fault> {
    let bytes = match path == Path::new("-") {
        true => files::drain(io::stdin().lock(), BYTES_MAX),
        false => files::bounded(path, BYTES_MAX),
    };
    let bytes = bytes.map_err(|error| Fault::of(path.display(), &error))?;
    String::from_utf8(bytes)
        .map_err(|_| Fault::new(format!("{}: not UTF-8; save it as UTF-8", path.display())))
}

/// One object of ISM attributes.
pub(super) fn object(line: &str) -> Result<Pairs, Why> {
    match plain(line)? {
        Value::Object(map) => pairs(&map),
        _ => Err(shape()),
    }
}

/// `{"portions":[{...}]}`, and the banner that stands over them where there is one: `{"banner":{...},"portions":[{...}]}`
pub(super) fn portions(line: &str) -> Result<(Option<Pairs>, Vec<Pairs>), Why> {
    let value = plain(line)?;
    let map = value.as_object().ok_or_else(shape)?;
    let banner = map.get("banner").map(|one| pairs(one.as_object().ok_or_else(shape)?)).transpose()?;
    let list = map.get("portions").and_then(Value::as_array).ok_or_else(shape)?;
    if map.len() != 1_usize.saturating_add(usize::from(banner.is_some())) {
        return Err(shape());
    }
    let portions = list.iter().map(|one| pairs(one.as_object().ok_or_else(shape)?));
    Ok((banner, portions.collect::<Result<_, Why>>()?))
}

/// Portion marks, and the banner over them where there is one, as texts.
pub(super) struct Texts {
    pub(super) banner: Option<String>,
    pub(super) portions: Vec<String>,
}

/// `{"portions":["(NR)"]}`, and with a banner over them `{"banner":"NATO RESTRICTED","portions":["(NR)"]}`
pub(super) fn texts(line: &str) -> Result<Texts, Finding> {
    let wrong = |says: &'static str| Finding::new(marking::UNREADABLE_CLAIM).saying(says);
    let shape = || {
        wrong(
            "not the JSON that is read here: {\"portions\":[\"(NR)\"]}, a \"banner\" beside them where one stands over \
             them; every value is a text",
        )
    };
    let value = plain(line).map_err(|why| if why.code == "U021" { shape() } else { wrong(why.says) })?;
    let map = value.as_object().ok_or_else(shape)?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(shape);
    let banner = map.get("banner").map(text).transpose()?;
    let list = map.get("portions").and_then(Value::as_array).ok_or_else(shape)?;
    if map.len() != 1_usize.saturating_add(usize::from(banner.is_some())) {
        return Err(shape());
    }
    Ok(Texts { banner, portions: list.iter().map(text).collect::<Result<_, _>>()? })
}

/// Names that begin with `_` are remarks of the file's author, no attributes.
fn pairs(map: &Map<String, Value>) -> Result<Pairs, Why> {
    let all =
        map.iter().map(|(name, value)| Ok((name.clone(), value.as_str().ok_or_else(shape)?.to_owned())));
    let all: Pairs = all.collect::<Result<_, Why>>()?;
    Ok(all.into_iter().filter(|(name, _)| !name.starts_with('_')).collect())
}

/// A JSON value that no reader reads in another way: a repeated name would silently be dropped, and then what we write
/// is shorter than what we read. (All values in it are texts, so nothing else changes the length but an escape.)
fn plain(line: &str) -> Result<Value, Why> {
    let value: Value = serde_json::from_str(line).map_err(|_| shape())?;
    let (mut length, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in line.bytes() {
        if in_text || !byte.is_ascii_whitespace() {
            length = length.saturating_add(1);
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            _ => {}
        }
    }
    match value.to_string().len() == length {
        true => Ok(value),
        false => Err(Why {
            code: "U022",
            at: None,
            portion: None,
            says: "a name stands twice in one object, or a text has an escape that it does not need",
            cites: "ISM-ID-00236",
        }),
    }
}

fn shape() -> Why {
    Why {
        code: "U021",
        at: None,
        portion: None,
        says: "not the JSON that is read here: {\"portions\":[{\"classification\":\"S\",\"ownerProducer\":\"USA\"}]}, a \"banner\" beside them where one stands over them, or one such object of attributes to render; every value is a text",
        cites: "Lockgate",
    }
}
