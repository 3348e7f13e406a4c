//! Every number and every length of time that a file may say has its bounds: what is just within is taken, what is just
//! beyond is refused. A bound that falls out of the code breaks its line here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::BASE;
use lockgate_deployment::{Deployment, Reception};

/// What stands in the base, what stands there instead (`{}` is the value), the first value that is too small, the least, the
/// most, the first that is too large (`-`: there is none), and the code.
type Line = (&'static str, &'static str, [&'static str; 4], &'static str);

const IN: &str = "udp \"239.2.3.1:6969\" interface=\"eth0\" source=\"sensor\" rate=\"1Mbit/s\"";
const OUT: &str = "udp \"10.9.0.2:7001\" rate=\"500kbit/s\" mtu=1200 from=\"10.9.0.1\" largest=\"1KiB\"";
const TLS: &str = "ca=\"/etc/lockgate/clients.pem\" {";

const RATE: [&str; 4] = ["999bit/s", "1000bit/s", "1000000000000bit/s", "1000000000001bit/s"];
const LINK: [&str; 4] = ["-", "0", "65535", "65536"];
const DAY: [&str; 4] = ["99ms", "100ms", "24h", "86400001ms"];
const BUFFER: [&str; 4] = ["65535B", "64KiB", "1GiB", "1073741825B"];

/// Of a deployment.
const LINES: &[Line] = &[
    ("rate=\"1Mbit/s\"", "rate=\"{}\"", RATE, "D006"),
    ("rate=\"1Mbit/s\"", "objects=\"{}\"", ["-", "1/s", "2000/s", "1000000001/s"], "D006"),
    ("rate=\"1Mbit/s\"", "buffer=\"{}\"", ["65535B", "64KiB", "256MiB", "268435457B"], "D006"),
    (TLS, "ca=\"/c\" connections={} {", ["0", "1", "4096", "4097"], "D006"),
    (TLS, "ca=\"/c\" per-address={} {", ["0", "1", "4096", "4097"], "D006"),
    (TLS, "ca=\"/c\" idle=\"{}\" {", DAY, "D006"),
    (TLS, "ca=\"/c\" object=\"{}\" {", DAY, "D006"),
    ("rate=\"500kbit/s\"", "rate=\"{}\"", RATE, "D006"),
    ("mtu=1200", "mtu={}", ["575", "576", "65535", "65536"], "D006"),
    ("mtu=1200", "hops={}", ["0", "1", "255", "256"], "D006"),
    ("largest=\"1KiB\"", "largest=\"{}\"", ["63B", "64B", "65507B", "65508B"], "D006"),
    ("FLASH=46", "FLASH={}", ["-", "0", "63", "64"], "D006"),
    ("quota=\"20GiB\"", "quota=\"{}\"", ["1048575B", "1MiB", "1024TiB", "1125899906842625B"], "D006"),
    ("second=50", "second={}", ["0", "1", "1000000", "1000001"], "D006"),
    ("bytes=\"32MiB\"", "bytes=\"{}\"", ["65535B", "64KiB", "1TiB", "1099511627777B"], "D006"),
    ("objects=10000", "objects={}", ["0", "1", "16777216", "16777217"], "D006"),
];

/// Of a link that leads out.
const DIODE: &str = "diode \"10.9.0.2:7001\" rate=\"1Mbit/s\" link=7 secret=\"/s\" key=\"/k\" state=\"/t\"";
const DIODE_LINES: &[Line] = &[
    ("link=7", "link={}", LINK, "D006"),
    ("rate=\"1Mbit/s\" link", "rate=\"{}\" link", RATE, "D006"),
    ("link=7", "link=7 mtu={}", ["575", "576", "65535", "65536"], "D006"),
    ("link=7", "link=7 hops={}", ["0", "1", "255", "256"], "D006"),
    ("link=7", "link=7 payload=\"{}\"", ["511B", "512B", "1472B", "1473B"], "D006"),
    ("link=7", "link=7 mtu=65535 payload=\"{}\"", ["511B", "512B", "9000B", "9001B"], "D006"),
    ("link=7", "link=7 trickle={}", ["-", "0", "200", "201"], "D006"),
    ("state=\"/t\"", "state=\"/t\" {\n repair small={}\n }", ["-", "0", "200", "201"], "D006"),
    ("state=\"/t\"", "state=\"/t\" {\n repair blocks={}\n }", ["-", "0", "100", "101"], "D006"),
    ("state=\"/t\"", "state=\"/t\" {\n repair window={}\n }", ["0", "1", "64", "65"], "D006"),
    ("state=\"/t\"", "state=\"/t\" {\n again FLASH \"{}\"\n }", ["0s", "1ms", "9000h", "-"], "D028"),
    (
        "state=\"/t\"",
        "state=\"/t\" {\n again FLASH \"1s\" \"{}\"\n }",
        ["1s", "1001ms", "9000h", "-"],
        "D028",
    ),
    (
        "state=\"/t\"",
        "state=\"/t\" {\n again FLASH \"1s\" bytes=\"{}\"\n }",
        ["65535B", "64KiB", "16GiB", "17179869185B"],
        "D006",
    ),
    ("state=\"/t\"", "state=\"/t\" {\n beat every=\"{}\"\n }", ["9ms", "10ms", "65s", "65001ms"], "D028"),
    ("state=\"/t\"", "state=\"/t\" {\n beat manifest=\"{}\"\n }", ["9ms", "10ms", "1h", "3600001ms"], "D028"),
    ("state=\"/t\"", "state=\"/t\" {\n beat overlap={}\n }", ["-", "0", "3", "4"], "D006"),
];

/// Of a link that leads in, in a lane and at a far side.
const END: &str = "diode \"10.1.0.1:7001\" interface=\"eth0\" link=3 source=\"sensor\" secret=\"/s\" key=\"/k\" state=\"/t\"";
const END_LINES: &[Line] = &[
    ("link=3", "link={}", LINK, "D006"),
    ("link=3", "link=3 buffer=\"{}\"", BUFFER, "D006"),
    (
        "state=\"/t\"",
        "state=\"/t\" {\n limits memory=\"{}\"\n }",
        ["1048575B", "1MiB", "1TiB", "1099511627777B"],
        "D006",
    ),
    (
        "state=\"/t\"",
        "state=\"/t\" {\n limits object=\"{}\"\n }",
        ["1023B", "1KiB", "4294967295B", "4GiB"],
        "D006",
    ),
    ("state=\"/t\"", "state=\"/t\" {\n limits growing={}\n }", ["0", "1", "4096", "4097"], "D006"),
    (
        "state=\"/t\"",
        "state=\"/t\" {\n limits patience=\"{}\"\n }",
        ["999us", "1ms", "24h", "86400001ms"],
        "D006",
    ),
    (
        "state=\"/t\"",
        "state=\"/t\" {\n limits former=\"{}\"\n }",
        ["999us", "1ms", "24h", "86400001ms"],
        "D006",
    ),
];

/// Of links of others.
const LIDI: &str = "lidi-2.1 \"10.9.0.2:7001\" rate=\"50Mbit/s\"";
const LIDI_LINES: &[Line] = &[
    ("50Mbit/s\"", "50Mbit/s\" mtu={}", ["575", "576", "9000", "9001"], "D006"),
    ("50Mbit/s\"", "50Mbit/s\" mtu=576 block=\"{}\"", ["63B", "-", "8MiB", "8388609B"], "D006"),
    ("50Mbit/s\"", "50Mbit/s\" repair={}", ["-", "0", "100", "101"], "D006"),
    ("50Mbit/s\"", "50Mbit/s\" heartbeat=\"{}\"", ["999ms", "1s", "1h", "3601s"], "D006"),
];
const FLUTE: &str = "flute \"10.9.0.2:7001\" rate=\"2Mbit/s\" session=7";
const FLUTE_LINES: &[Line] = &[
    ("session=7", "session={}", ["-", "0", "4294967295", "4294967296"], "D006"),
    ("session=7", "session=7 block={}", ["0", "1", "8192", "8193"], "D006"),
    ("session=7", "session=7 repair={}", ["-", "0", "200", "201"], "D006"),
    ("session=7", "session=7 repeat={}", ["-", "0", "8", "9"], "D006"),
    ("session=7", "session=7 repeat-bytes=\"{}\"", ["65535B", "64KiB", "16GiB", "17179869185B"], "D006"),
    ("session=7", "session=7 after=\"{}\"", ["999ms", "1s", "24h", "86401s"], "D006"),
    ("session=7", "session=7 expires=\"{}\"", ["999ms", "1s", "24h", "86401s"], "D006"),
    ("session=7", "session=7 heartbeat=\"{}\"", ["999ms", "1s", "1h", "3601s"], "D006"),
];

/// Of a far side.
const FAR: &str = "receiver \"far\" {\n diode \"10.9.0.2:7001\" interface=\"eth0\" link=3 secret=\"/s\" key=\"/k\" state=\"/t\"\n \
                   deliver {\n stdout\n }\n report stderr\n summary key=\"/u\" every=\"1h\"\n}\n";
const FAR_LINES: &[Line] = &[("every=\"1h\"", "every=\"{}\"", ["999ms", "1s", "9000h", "-"], "D006")];
const FAR_FLUTE: &str =
    "receiver \"far\" {\n flute \"10.9.0.2:7001\" interface=\"eth0\" session=7\n deliver {\n stdout\n }\n}\n";
const FAR_FLUTE_LINES: &[Line] = &[
    ("session=7", "session={}", ["-", "0", "281474976710655", "281474976710656"], "D006"),
    ("session=7", "session=7 buffer=\"{}\"", BUFFER, "D006"),
];

/// The codes of all that is wrong.
fn codes(text: &str) -> Vec<String> {
    let found = match Reception::is(text.as_bytes()) {
        true => Reception::read("far.kdl", text.as_bytes()).err(),
        false => Deployment::read("gate.kdl", text.as_bytes()).err(),
    };
    found.iter().flat_map(|found| found.iter()).map(|one| one.code.to_string()).collect()
}

/// Everything in which a line is not as it says.
fn held(base: &str, lines: &[Line], wrong: &mut Vec<String>) {
    assert_eq!(codes(base), [""; 0], "the base is sound:\n{base}");
    for (old, new, [below, least, most, above], code) in lines {
        assert_eq!(base.matches(old).count(), 1, "{old} stands once in\n{base}");
        for (value, good) in [(below, false), (least, true), (most, true), (above, false)] {
            let found = codes(&base.replace(old, &new.replace("{}", value)));
            let fits = if good {
                found.is_empty()
            } else {
                !found.is_empty() && found.iter().all(|one| one == code)
            };
            if *value != "-" && !fits {
                wrong.push(format!("{} with {value}: {found:?}", new.replace('\n', "")));
            }
        }
    }
}

#[test]
fn every_number_has_its_bounds() {
    let mut wrong = Vec::new();
    held(BASE, LINES, &mut wrong);
    for (sink, lines) in [(DIODE, DIODE_LINES), (LIDI, LIDI_LINES), (FLUTE, FLUTE_LINES)] {
        held(&BASE.replace(OUT, sink), lines, &mut wrong);
    }
    held(&BASE.replace(IN, END), END_LINES, &mut wrong);
    held(FAR, END_LINES, &mut wrong);
    held(FAR, FAR_LINES, &mut wrong);
    held(FAR_FLUTE, FAR_FLUTE_LINES, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
