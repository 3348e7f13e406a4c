//! Objects of one encoding as values in another: text, XML and binary in JSON. Both readers agree about any bytes, and what
//! is emitted keeps its laws.

use super::readers::{Readers, reads_one_type};
use lockgate_schema::Type;
use std::sync::Arc;

pub(crate) const WORDS: &[&str] = &[
    "\"contact\":\"",
    "\"note\":\"",
    "\"report\":\"",
    "wAAqAAEA",
    "wAAq",
    "AA==",
    "AAA=",
    "=",
    "\\n",
    "\\u000a",
    "\\\"",
    "<note level=",
    "&lt;",
    "&amp;",
    "</note>",
    "NOTE/",
    "//\\n",
    "UNIT/",
    "/",
];

/// The inner types by name, and the outer one.
const TYPES: [(&str, &str); 4] = [
    (
        "report",
        "encoding text line=40 line-join=#true indent=5\n limits size=\"1KiB\"\n identify set=\"NOTE\"\n record report {\n \
         set note {\n field level text max=20 role=marking.level\n field about free max=60 role=free-text\n }\n \
         set unit repeat=4 {\n field name text max=9\n }\n }",
    ),
    (
        "note",
        "encoding xml namespace=\"\"\n limits size=\"1KiB\" depth=2\n identify element=\"note\"\n record note {\n \
         attribute level text max=9\n content words text max=40\n }",
    ),
    (
        "contact",
        "encoding binary\n limits size=\"64B\"\n identify prefix=0xC0\n record contact {\n field magic uint bits=8 is=0xC0\n \
         field track uint bits=16 min=1\n field seen time-of-day bits=24 lsb=\"1/128\" max=86399\n \
         repeat leg until=end max=8 {\n field turn int bits=8\n }\n }",
    ),
    (
        "envelope",
        "encoding json\n limits size=\"4KiB\" depth=3 members=8\n identify member=\"id\"\n record envelope {\n \
         member id text max=9\n member report embed=\"report\" coding=text optional=#true\n \
         member note embed=\"note\" coding=text optional=#true\n member contact embed=\"contact\" coding=base64 optional=#true\n }",
    ),
];

/// The type of this name, with those in it.
fn described(name: &str) -> Option<Arc<Type>> {
    let (_, text) = TYPES.iter().find(|(known, _)| *known == name)?;
    let text =
        format!("type \"{name}\" version=\"1\" tier=3 {{\n title \"x\"\n source \"fuzz\"\n {text}\n}}\n");
    match Type::parse(name, text.as_bytes(), &described) {
        Ok((found, _)) => Some(Arc::new(found)),
        Err(diagnostics) => panic!("{}", diagnostics.render()),
    }
}

reads_one_type!(
    match described("envelope") {
        Some(envelope) => Readers::of(&envelope),
        None => panic!("the list of types has an envelope"),
    },
    "../../../corpus/carried/canonical.json",
    "../../../corpus/carried/styled.json",
);
