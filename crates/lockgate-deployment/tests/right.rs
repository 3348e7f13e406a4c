//! What a deployment file says is what is read.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

mod common;

use common::{BASE, bundle, bundle_cut, bundle_of_two, compiled};
use lockgate_adapters::Objects;
use lockgate_adapters::lidi::Terms;
use lockgate_bundle::Direction;
use lockgate_bytes::{Duration, Precedence};
use lockgate_deployment::{
    Deliver, Deployment, Egress, FarEnd, Framing, Intake, LogFormat, LogTo, Reception, ReportTo,
};

fn read(text: &str) -> Deployment {
    Deployment::read("gate-1.kdl", text.as_bytes()).unwrap_or_else(|found| panic!("{}", found.render()))
}

#[test]
fn every_setting_arrives() {
    let gate = read(BASE);
    assert_eq!((gate.name.as_str(), gate.lane.as_str()), ("gate-1", "down"));
    assert_eq!(gate.bundle.as_str(), "/var/lib/lockgate/gate-1.bundle");
    assert_eq!(gate.signatures.as_str(), "/var/lib/lockgate/gate-1.bundle.sigs");
    assert!(gate.bundle_name.is_none());
    let named = read(&BASE.replace("gate-1.bundle\"", "gate-1.bundle\" name=\"north\""));
    assert_eq!(named.bundle_name.as_ref().map(|name| name.as_str()), Some("north"));
    let [Intake::Udp(udp), Intake::Tls(tls)] = gate.intake.as_slice() else { panic!("{:?}", gate.intake) };
    assert_eq!((udp.address.to_string().as_str(), udp.interface.as_str()), ("239.2.3.1:6969", "eth0"));
    assert_eq!((udp.source.as_str(), udp.rate.map(|rate| rate.value)), ("sensor", Some(1_000_000)));
    assert_eq!((tls.certificate.as_str(), tls.clients.len()), ("/etc/lockgate/tls.pem", 1));
    assert_eq!(tls.framing, Some(Framing::Delimiter(b"</spot>".to_vec())));
    assert_eq!(tls.limits.idle, Duration::from_secs(300));
    let Egress::Udp { rate, mtu, largest, hops, from, .. } = &gate.egress else {
        panic!("{:?}", gate.egress)
    };
    assert_eq!((*rate, *mtu, *largest, *hops), (500_000, 1200, 1024, 64));
    assert_eq!(from.unwrap().value.to_string(), "10.9.0.1");
    assert_eq!(gate.egress.dscp(Precedence::Flash), 46);
    assert_eq!(gate.egress.dscp(Precedence::Immediate), 34);
    assert_eq!(gate.egress.dscp(Precedence::Routine), 0);
    assert_eq!((gate.hold.quota, gate.hold.key.is_some()), (20 << 30, true));
    assert_eq!(gate.audit.checkpoints.as_ref().unwrap().as_str(), "/mnt/witness");
    assert_eq!(gate.log.format, LogFormat::Syslog);
    assert!(matches!(&gate.log.to, LogTo::Socket(path) if path.as_str() == "/dev/log"));
    assert_eq!(gate.clock.max_step, Duration::from_secs(2));
    assert!(gate.clock.needs_synchronised.value);
    assert_eq!((gate.flood, gate.queue.bytes, gate.queue.objects), (50, 32 << 20, 10_000));
    assert_eq!(gate.drain, Duration::from_secs(20));
}

/// As long as the system takes, where it is made under a longer name beside its place.
#[test]
fn paths_of_sockets_may_be_as_long_as_the_system_takes() {
    let control = format!("/{}", "a".repeat(89));
    let log = format!("/{}", "b".repeat(106));
    let text = BASE.replace("/run/lockgate/gate-1.sock", &control).replace("/dev/log", &log);
    assert_eq!(read(&text).control.map(|path| path.value), Some(control));
    let far = FAR.replace("tcp \"10.2.0.1:8100\" framing=length", &format!("unix \"{log}\""));
    assert!(Reception::read("far.kdl", far.as_bytes()).is_ok());
}

#[test]
fn what_may_be_left_out_has_a_value() {
    let optional = ["metrics", "control", "log", "clock", "flood", "queue", "drain", "dscp"];
    let lines = BASE.lines().filter(|line| !optional.iter().any(|word| line.trim().starts_with(word)));
    let gate = read(&lines.collect::<Vec<_>>().join("\n"));
    assert!(gate.metrics.is_none() && gate.control.is_none());
    assert!(matches!(gate.log.to, LogTo::Stderr));
    assert_eq!((gate.flood, gate.queue.objects, gate.drain), (100, 65_536, Duration::from_secs(10)));
}

#[test]
fn another_time_daemon_confirms_the_clock_by_a_file_of_its_own() {
    let usual = read(BASE).clock;
    assert!(usual.confirmed_by.is_none() && usual.confirmed_within.is_none());
    let clock = "clock confirmed-by=\"/var/log/chrony/tracking.log\" confirmed-within=\"35m\"";
    let lines = BASE.lines().map(|line| if line.trim().starts_with("clock") { clock } else { line });
    let chrony = read(&lines.collect::<Vec<_>>().join("\n")).clock;
    assert_eq!(chrony.confirmed_by.as_deref().map(String::as_str), Some("/var/log/chrony/tracking.log"));
    assert_eq!(chrony.confirmed_within, Some(Duration::from_secs(2100)));
    assert!(chrony.needs_synchronised.value);
}

#[test]
fn lane_and_deployment_together_take_the_lower_rate() {
    let fit = read(BASE).fit(&bundle()).unwrap_or_else(|found| panic!("{}", found.render()));
    let rates: Vec<_> =
        fit.sources.iter().map(|terms| (terms.source.as_str(), terms.rate, terms.objects)).collect();
    assert_eq!(rates, [("sensor", Some(1_000_000), Some(2000)), ("camp", None, None)]);
    // It looks into files, and nothing that is built anew of them leaves.
    assert_eq!((fit.file_max, fit.released_max), (32 << 20, 4096));
    let without = read(&BASE.replace(" rate=\"1Mbit/s\"", ""));
    assert_eq!(without.fit(&bundle()).unwrap().sources[0].rate, Some(2_000_000), "the lane's own");
    let fewer = read(&BASE.replace(" rate=\"1Mbit/s\"", " objects=\"500/s\""));
    assert_eq!(fewer.fit(&bundle()).unwrap().sources[0].objects, Some(500));
    let of_camp = BASE.replace("source=\"camp\"", "source=\"camp\" objects=\"7/s\"");
    assert_eq!(read(&of_camp).fit(&bundle()).unwrap().sources[1].objects, Some(7), "the lane says nothing");
}

/// A source of small objects has no room for large ones, whatever others of the lane may send.
#[test]
fn each_source_is_as_large_as_its_own_types() {
    let text = BASE.replace("lane \"down\"", "lane \"asterix-down\"").replace("\"sensor\"", "\"radar-net\"");
    let text = text.replace("delimiter \"</spot>\"", "length bits=16 offset=1 includes=header");
    let fit = read(&text.replace("\"camp\"", "\"north\"")).fit(&bundle_of_two());
    let fit = fit.unwrap_or_else(|found| panic!("{}", found.render()));
    let sizes: Vec<_> =
        fit.sizes.iter().map(|sizes| (sizes.source.as_str(), sizes.frame_max, sizes.file_max)).collect();
    assert_eq!(sizes, [("radar-net", 65_536, 65_536), ("north", 1024, 1024)]);
    assert_eq!((fit.size_max, fit.file_max), (65_536, 65_536), "the lane's are those of the largest");
    assert_eq!((fit.sources[1].rate, fit.sources[1].objects), (None, Some(50)));
}

#[test]
fn streams_are_cut_as_their_types_say() {
    let text = BASE.replace("lane \"down\"", "lane \"cot-down\"").replace("\"sensor\"", "\"sensor-net\"");
    let text: Vec<&str> = text.lines().filter(|line| !line.contains("delimiter")).collect();
    let text = text.join("\n").replace("\"camp\"", "\"sensor-net\"");
    let fit = read(&text).fit(&compiled(&["..", "..", "rules"]));
    let fit = fit.unwrap_or_else(|found| panic!("{}", found.render()));
    assert_eq!((fit.direction, fit.size_max), (Direction::Down, 65_536));
    // It looks into files, and releases what it builds anew of them: both are larger than any of its types.
    assert_eq!((fit.file_max, fit.released_max), (32 << 20, 96 << 20));
    assert_eq!(fit.streams.len(), 1);
    assert_eq!(
        (fit.streams[0].intake, &fit.streams[0].framing),
        (1, &Framing::Delimiter(b"</event>".to_vec()))
    );
}

/// Messages of TAK alone in a stream: their type says where each ends. A file may say it, too.
#[test]
fn streams_of_tak_are_cut_by_their_varints() {
    let text = BASE.replace("lane \"down\"", "lane \"tak-down\"").replace("\"sensor\"", "\"sensor-net\"");
    let without: Vec<&str> = text.lines().filter(|line| !line.contains("delimiter")).collect();
    let without = without.join("\n").replace("\"camp\"", "\"sensor-net\"");
    let said = text
        .replace("\"camp\"", "\"sensor-net\"")
        .replace("framing delimiter \"</spot>\"", "framing varint offset=1 min=2");
    for text in [without, said] {
        let fit = read(&text).fit(&compiled(&["..", "..", "rules"]));
        let fit = fit.unwrap_or_else(|found| panic!("{}", found.render()));
        assert_eq!(fit.streams[0].framing, Framing::Varint { offset: 1, least: 2 });
    }
}

/// Packets of MISB alone in a stream: their type says where each ends. A file may say it, and so it may of objects of one size.
#[test]
fn streams_are_cut_by_lengths_of_ber_or_by_one_size() {
    let text = BASE.replace("lane \"down\"", "lane \"klv-down\"").replace("\"sensor\"", "\"klv-net\"");
    let without: Vec<&str> = text.lines().filter(|line| !line.contains("delimiter")).collect();
    let without = without.join("\n").replace("\"camp\"", "\"klv-net\"");
    let text = text.replace("\"camp\"", "\"klv-net\"");
    let said = |way: &str| text.replace("framing delimiter \"</spot>\"", way);
    for (text, framing) in [
        (without, Framing::Ber { offset: 16 }),
        (said("framing ber offset=16"), Framing::Ber { offset: 16 }),
        (said("framing ber"), Framing::Ber { offset: 0 }),
        (said("framing fixed \"64B\""), Framing::Fixed(64)),
    ] {
        let fit = read(&text).fit(&compiled(&["..", "..", "rules"]));
        let fit = fit.unwrap_or_else(|found| panic!("{}", found.render()));
        assert_eq!(fit.streams[0].framing, framing);
    }
}

/// Otherwise the first to say so is the socket, at a start.
#[test]
fn what_no_stream_is_cut_by_is_told_before_a_socket_is_opened() {
    let text: Vec<&str> = BASE.lines().filter(|line| !line.contains("delimiter")).collect();
    let text = text.join("\n");
    let of = |lane: &str, source: &str| {
        text.replace("lane \"down\"", &format!("lane \"{lane}\""))
            .replace("\"sensor\"", &format!("\"{source}\""))
            .replace("\"camp\"", &format!("\"{source}\""))
    };
    let long = format!("framing delimiter \"{}\"", "e".repeat(33));
    for (lane, source, kind, was, is, says) in [
        ("klv-down", "klv-net", "misb-0601", "framing ber at=16", "framing ber at=17", "behind 17 bytes"),
        ("tak-down", "sensor-net", "tak-v1", "varint at=1 min=2", "varint at=40 min=2", "behind 40 bytes"),
        ("cot-down", "sensor-net", "cot-event", "framing delimiter \"</event>\"", &long, "end with 33 bytes"),
    ] {
        let found = read(&of(lane, source)).fit(&bundle_cut(kind, was, is)).unwrap_err().render();
        assert!(found.contains("D017") && found.contains(says) && found.contains(kind), "{found}");
        // Whoever runs the gate can say another way; up to the bound nothing is in the way.
        let near = is.replace("17", "16").replace("40", "16").replace(&long, was);
        assert!(read(&of(lane, source)).fit(&bundle_cut(kind, was, &near)).is_ok(), "{near}");
    }
}

#[test]
fn a_link_is_told_what_the_file_says_and_the_rest_follows_from_its_rate() {
    let plain = BASE.replace(
        "udp \"10.9.0.2:7001\" rate=\"500kbit/s\" mtu=1200 from=\"10.9.0.1\" largest=\"1KiB\"",
        "diode \"10.9.0.2:7001\" rate=\"9600bit/s\" link=7 secret=\"/s\" key=\"/k\" state=\"/t\"",
    );
    let gate = read(&plain);
    let Egress::Diode(link) = &gate.egress else { panic!("{:?}", gate.egress) };
    assert_eq!(
        (link.terms.link, link.terms.payload, link.terms.heartbeat),
        (7, 572, Duration::from_secs(15))
    );
    assert_eq!((link.mtu, link.hops, gate.egress.dscp(Precedence::Flash)), (1500, 64, 46));
    let told = plain.replace(
        "state=\"/t\"",
        "state=\"/t\" payload=\"700B\" constant=#true trickle=5 burst=\"15ms\" {\n\
         repair small=100 blocks=10 window=8\n again FLASH \"1s\" \"10s\" bytes=\"1MiB\"\n\
         beat every=\"2s\" manifest=\"3s\" overlap=1\n }",
    );
    let Egress::Diode(link) = read(&told).egress else { panic!("no link") };
    let terms = &link.terms;
    assert_eq!((terms.payload, terms.constant, terms.trickle), (700, true, 5));
    assert_eq!((terms.burst, link.terms.rate), (Duration::from_nanos(15_000_000), Some(9_600)));
    assert_eq!((terms.small_repair, terms.block_repair, terms.window), (100, 10, 8));
    assert_eq!((terms.repeat_from, terms.repeat_bytes), (Some(Precedence::Flash), 1 << 20));
    assert_eq!(terms.repeats, [1, 10].map(Duration::from_secs));
    assert_eq!(
        (terms.heartbeat, terms.manifest, terms.overlap),
        (Duration::from_secs(2), Duration::from_secs(3), 1)
    );
}

const FAR: &str = "receiver \"far\" {\n    diode \"10.9.0.2:7001\" interface=\"eth0\" link=7 secret=\"/s\" key=\"/k\" state=\"/t\"\n    \
                   deliver {\n        tcp \"10.2.0.1:8100\" framing=length\n    }\n}\n";

#[test]
fn a_far_side_says_where_its_objects_go() {
    let far = Reception::read("far.kdl", FAR.as_bytes()).unwrap();
    assert!(Reception::is(FAR.as_bytes()) && !Reception::is(BASE.as_bytes()));
    assert_eq!((far.name.as_str(), far.link.number(), far.in_order), ("far", Some(7), false));
    assert!(
        matches!(far.deliver, Deliver::Tcp { lengths: true, .. }) && matches!(far.report, ReportTo::Stdout)
    );
    let limits = |far: Reception| match far.link {
        FarEnd::Diode(end) => end.limits,
        FarEnd::Lidi(end) => end.limits,
        FarEnd::Flute(end) => end.limits,
    };
    assert_eq!(limits(far), lockgate_diode::Limits::default());
    let all = FAR.replace(
        "state=\"/t\"",
        "state=\"/t\" {\n limits memory=\"2MiB\" object=\"1MiB\" growing=2 patience=\"2s\" former=\"9s\"\n }",
    );
    let limits = limits(Reception::read("far.kdl", all.as_bytes()).unwrap());
    assert_eq!((limits.memory, limits.object, limits.growing), (2 << 20, 1 << 20, 2));
    assert_eq!((limits.patience, limits.former), (Duration::from_secs(2), Duration::from_secs(9)));
}

/// A far side behind a link of lidi.
const LIDI: &str = "receiver \"far\" {\n lidi-2.1 \"10.9.0.2:7001\" interface=\"eth0\" block=\"14640B\" repair=30\n \
                    deliver {\n stdout\n }\n}\n";

#[test]
fn a_link_of_others_is_told_what_the_file_says_and_the_rest_is_as_there() {
    let plain = BASE.replace(
        "udp \"10.9.0.2:7001\" rate=\"500kbit/s\" mtu=1200 from=\"10.9.0.1\" largest=\"1KiB\"",
        "lidi-2.1 \"10.9.0.2:7001\" rate=\"50Mbit/s\"",
    );
    let gate = read(&plain);
    let Egress::Lidi(link) = &gate.egress else { panic!("{:?}", gate.egress) };
    let Terms { shape, objects, rate, headers, heartbeat } = link.terms;
    assert_eq!((shape.block(), shape.sources(), shape.repairs()), (734_928, 502, 50));
    assert_eq!((objects, rate, headers, link.mtu), (Objects::Checked, Some(50_000_000), 28, 1_496));
    assert_eq!((heartbeat, gate.egress.dscp(Precedence::Flash)), (Some(Duration::from_secs(5)), 46));
    let more = plain
        .replace("50Mbit/s\"", "50Mbit/s\" mtu=600 block=\"9000B\" repair=0 objects=bare heartbeat=\"0s\"");
    let Egress::Lidi(link) = read(&more).egress else { panic!("another egress") };
    assert_eq!((link.terms.shape.symbol(), link.terms.shape.repairs()), (568, 0));
    assert_eq!((link.terms.objects, link.terms.heartbeat), (Objects::Bare, None));
    for (old, new, code) in [
        ("50Mbit/s\"", "50Mbit/s\" mtu=9001", "D006"),
        ("50Mbit/s\"", "50Mbit/s\" block=\"1000B\"", "D028"),
        ("50Mbit/s\"", "50Mbit/s\" repair=101", "D006"),
        ("50Mbit/s\"", "50Mbit/s\" heartbeat=\"2h\"", "D006"),
        ("50Mbit/s\"", "50Mbit/s\" objects=signed", "N0"),
        ("50Mbit/s\"", "50Mbit/s\" secret=\"/s\"", "N0"),
    ] {
        let found = Deployment::read("gate.kdl", plain.replace(old, new).as_bytes()).unwrap_err();
        assert!(found.iter().any(|one| one.code.starts_with(code)), "{new}: {}", found.render());
    }
}

#[test]
fn the_far_side_of_a_link_of_others_verifies_unless_it_is_told_otherwise() {
    let far = |text: &str| Reception::read("far.kdl", text.as_bytes());
    let Ok(Reception { link: FarEnd::Lidi(end), .. }) = far(LIDI) else { panic!("{:?}", far(LIDI)) };
    assert_eq!((end.objects, end.wire.sources(), end.wire.repairs()), (Objects::Checked, 10, 2));
    assert_eq!((far(LIDI).unwrap().link.number(), end.heartbeat), (None, Some(Duration::from_secs(5))));
    let two = "10.9.0.2:7001\" interface=\"eth0\"\n diode \"10.9.0.2:7002\" interface=\"eth0\" link=7 secret=\"/s\" key=\"/k\" state=\"/t\"\n";
    for (old, new, code) in [
        (" deliver {", " order newest\n deliver {", "D028"),
        ("repair=30", "repair=30 {\n limits memory=\"1MiB\"\n }", ""),
        ("block=\"14640B\" repair=30", "{\n limits memory=\"2MiB\"\n }", "D028"),
        (" interface=\"eth0\"", "", "N0"),
        ("10.9.0.2:7001\" interface=\"eth0\" block=\"14640B\" repair=30\n", two, "D008"),
    ] {
        let found = far(&LIDI.replace(old, new)).err();
        let codes: Vec<_> =
            found.iter().flat_map(|found| found.iter()).map(|one| one.code.to_string()).collect();
        assert!(codes.iter().any(|found| found.starts_with(code)) != code.is_empty(), "{new}: {codes:?}");
    }
}

/// A far side behind a link of FLUTE.
const FLUTE: &str = "receiver \"far\" {\n flute \"10.9.0.2:7001\" interface=\"eth0\" session=7\n \
                     deliver {\n stdout\n }\n}\n";

#[test]
fn a_link_of_flute_is_told_what_the_file_says() {
    let plain = BASE.replace(
        "udp \"10.9.0.2:7001\" rate=\"500kbit/s\" mtu=1200 from=\"10.9.0.1\" largest=\"1KiB\"",
        "flute \"10.9.0.2:7001\" rate=\"50Mbit/s\" session=7",
    );
    let gate = read(&plain);
    let Egress::Flute(link) = &gate.egress else { panic!("{:?}", gate.egress) };
    let terms = &link.terms;
    assert_eq!((terms.session, terms.symbol, terms.block, terms.repair), (7, 1_448, 1_024, 25));
    assert_eq!(
        (terms.objects, terms.rate, terms.headers, link.mtu),
        (Objects::Checked, Some(50_000_000), 28, 1_500)
    );
    assert_eq!((terms.heartbeat, terms.expires), (Some(Duration::from_secs(1)), Duration::from_secs(600)));
    assert_eq!((terms.repeat, gate.egress.dscp(Precedence::Flash)), (0, 46));
    let words = "session=7 mtu=600 block=8 repair=0 objects=bare heartbeat=\"0s\" expires=\"1h\" repeat=2 after=\"5s\" repeat-bytes=\"1MiB\"";
    let Egress::Flute(link) = read(&plain.replace("session=7", words)).egress else {
        panic!("another egress")
    };
    let terms = link.terms;
    assert_eq!((terms.symbol, terms.block, terms.repair, terms.objects), (548, 8, 0, Objects::Bare));
    assert_eq!((terms.heartbeat, terms.expires), (None, Duration::from_secs(3_600)));
    assert_eq!((terms.repeat, terms.after, terms.repeat_bytes), (2, Duration::from_secs(5), 1 << 20));
    for (words, code) in [
        ("", "N0"),
        ("session=4294967296", "D006"),
        ("session=7 block=0", "D006"),
        ("session=7 repair=201", "D006"),
        ("session=7 repeat=9", "D006"),
        ("session=7 expires=\"25h\"", "D006"),
        ("session=7 repeat-bytes=\"1KiB\"", "D006"),
        ("session=7 secret=\"/s\"", "N0"),
    ] {
        let found = Deployment::read("gate.kdl", plain.replace("session=7", words).as_bytes()).unwrap_err();
        assert!(found.iter().any(|one| one.code.starts_with(code)), "{words}: {}", found.render());
    }
}

#[test]
fn the_far_side_of_a_link_of_flute_verifies_and_has_one_link() {
    let far = |text: &str| Reception::read("far.kdl", text.as_bytes());
    let Ok(Reception { link: FarEnd::Flute(end), .. }) = far(FLUTE) else { panic!("{:?}", far(FLUTE)) };
    assert_eq!((end.wire, end.objects, end.heartbeat), (7, Objects::Checked, Some(Duration::from_secs(1))));
    assert_eq!(far(FLUTE).unwrap().link.foreign(), Some(("flute", Objects::Checked)));
    let two = "session=7\n lidi-2.1 \"10.9.0.2:7002\" interface=\"eth0\"\n";
    for (old, new, code) in [
        (" deliver {", " order newest\n deliver {", "D028"),
        ("session=7", "session=281474976710655 objects=bare", ""),
        ("session=7", "session=281474976710656", "D006"),
        ("session=7", "", "N0"),
        (" interface=\"eth0\"", "", "N0"),
        ("session=7\n", two, "D008"),
    ] {
        let found = far(&FLUTE.replace(old, new)).err();
        let codes: Vec<_> =
            found.iter().flat_map(|found| found.iter()).map(|one| one.code.to_string()).collect();
        assert!(codes.iter().any(|found| found.starts_with(code)) != code.is_empty(), "{new}: {codes:?}");
    }
}

#[test]
fn a_far_side_that_cannot_be_is_refused_with_its_reason() {
    for (old, new, code) in [
        ("tcp \"10.2.0.1:8100\" framing=length", "", "D005"),
        ("tcp \"10.2.0.1:8100\" framing=length", "stdout\n        unix \"/x\"", "D005"),
        ("10.9.0.2:7001", "far:7001", "D001"),
        ("link=7", "link=70000", "D006"),
        ("state=\"/t\"", "state=\"/k\"", "D008"),
        ("state=\"/t\"", "state=\"/t\" {\n limits patience=\"48h\"\n }", "D006"),
        ("tcp \"10.2.0.1:8100\" framing=length\n    }", "stdout\n    }\n    report stdout", "D008"),
        ("tcp \"10.2.0.1:8100\" framing=length", format!("unix \"/{}\"", "a".repeat(107)).as_str(), "D002"),
        ("eth0", "eth 0 with a long name", "D003"),
        ("deliver {", "delivers {", "N021"),
    ] {
        let found = Reception::read("far.kdl", FAR.replace(old, new).as_bytes()).unwrap_err();
        assert!(found.iter().any(|one| one.code == code), "{code}: {}", found.render());
    }
}
