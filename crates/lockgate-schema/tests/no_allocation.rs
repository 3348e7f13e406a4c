//! Objects inside of objects, times of every form and formatted text are read and written without asking for memory, by both
//! readers, once the buffers have grown; alone in its file, since the whole process is counted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::print_stdout,
    reason = "tests stop at the first thing that is wrong"
)]

use lockgate_bytes::{Budget, Untrusted};
use lockgate_core::{Inspection, Inspector};
use lockgate_schema::{Compiled, Reference, Type};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const TYPES: [(&str, &str); 9] = [
    (
        "spot",
        "encoding xml namespace=\"urn:spot\"\n limits size=\"1KiB\" depth=3\n identify element=\"spot\"\n record spot {\n \
         attribute note text max=30 optional=#true drop-safe=#true\n element unit repeat=3 {\n attribute name text max=9\n }\n }",
    ),
    (
        "buoy",
        "encoding binary\n limits size=\"1KiB\"\n identify prefix=0xB0\n record buoy {\n field magic uint bits=8 is=0xB0\n \
         field note text length=8 max=30\n section spot length=16 embed=\"spot\"\n }",
    ),
    (
        "members",
        "encoding json\n limits size=\"2KiB\" depth=4 members=8\n identify member=\"part\"\n record members {\n \
         array part repeat=2 {\n content of embed=\"buoy\" coding=base64\n }\n }",
    ),
    (
        "element",
        "encoding xml namespace=\"\"\n limits size=\"4KiB\" depth=4\n identify element=\"envelope\"\n record envelope {\n \
         attribute spot embed=\"spot\" coding=text\n element body embed=\"members\" coding=hex\n }",
    ),
    (
        "tags",
        "encoding binary order=little\n limits size=\"2KiB\"\n identify prefix=0x0A\n record envelope {\n tags protobuf {\n \
         tag 1 optional=#false {\n field id text length=rest max=9\n }\n tag 2 {\n section body embed=\"members\"\n }\n }\n }",
    ),
    (
        "sets",
        "encoding text end=line none=\"\" between=\",\"\n limits size=\"4KiB\"\n identify set=\"ENV\"\n record envelope {\n \
         set env {\n field id text max=9\n field body embed=\"members\" coding=base64\n }\n }",
    ),
    // Times in pieces and as numbers: the plain interpreters put what is written into a date.
    (
        "times",
        "encoding xml namespace=\"\"\n limits size=\"1KiB\" depth=3\n identify element=\"times\"\n record times {\n \
         attribute at time form=\"DDHHMMZMONYYYY\"\n attribute clock time-of-day form=\"HHMMSS.ss\"\n attribute ms time epoch=ms\n \
         attribute note text max=9 optional=#true drop-safe=#true\n }",
    ),
    (
        "stamps",
        "encoding json\n limits size=\"1KiB\" depth=3 members=8\n identify member=\"note\"\n record stamps {\n \
         member note text max=9\n member ms time epoch=ms\n member clock time-of-day digits=3\n \
         member gone text max=9 optional=#true drop-safe=#true\n }",
    ),
    (
        "digits",
        "encoding binary\n limits size=\"1KiB\"\n identify prefix=0x42\n record digits {\n field magic uint bits=8 is=0x42\n \
         field at time coding=bcd form=YYMMDDHHMM\n field track uint coding=bcd bits=16\n mask bits=8 {\n \
         field note text length=8 max=9 drop-safe=#true\n spare bits=7\n }\n }",
    ),
];

/// Formatted text with every part: lines that go on, tables, positions, check digits and free text; and the same a set a line.
const REPORTS: [(&str, &str); 2] =
    [("message", include_str!("schema/message.kdl")), ("ruled", include_str!("schema/ruled.kdl"))];

fn parsed(at: usize) -> Arc<Type> {
    let (name, text) = TYPES[at];
    let text =
        format!("type \"{name}\" version=\"1\" tier=3 {{\n title \"x\"\n source \"tests\"\n {text}\n}}\n");
    of(name, &text)
}

fn of(name: &str, text: &str) -> Arc<Type> {
    let find = |name: &str| TYPES.iter().position(|(known, _)| *known == name).map(parsed);
    match Type::parse(name, text.as_bytes(), &find) {
        Ok((of, _)) => Arc::new(of),
        Err(diagnostics) => panic!("{}", diagnostics.render()),
    }
}

/// A report of every part, as its emitter writes it.
fn report(of: &Arc<Type>) -> Vec<u8> {
    let own = "BT\nCLASS A\nTO GATE\n\nEXER/BOLD//\nMSGID/ZOO/007/FEB/a-f//\nPERIOD/FROM:010600ZMAR2026/\n     \
               TO:01070000ZMAR2026/\n     ASOF:010600ZMAR/01080000Z//\nREF/A1/A TEXT THAT NO LINE HAS ROOM\n   FOR AND THAT IS \
               DIVIDED//\nUNIT/A/LATM:4630N01430W//\nFUEL/60.0L/2.5KM//\nPART/1//\nNOTE HERE\nPART/-5//\nUNIT/B/\n  \
               MGRS:34UCF9730003000//\nFUEL/7.0L/7M//\nUNIT/C/LATS:463000S0143000E//\n5STOCK\n/ITEM      \
               /NO /KIND\n/WATER     /4  /AC:B\n/RATIONS   /-  /AC:C//\nLINE/RED/LATM:4630N01430E/ONE/\n  \
               LATS:463000N0143000E/TWO//\nFIX/184353.07/1929.0450/S/\n     0241030.60/E/240626/2026062412050/\n     \
               NO:91232/4807.03N01131.00E//\nRMKS/TOPIC/ONE LINE\nAND ANOTHER//\nNNNN\n";
    let text = if of.model().name == "ruled" { as_ruled(own) } else { own.to_owned() };
    let (compiled, mut read, mut out) = (Compiled::new(Arc::clone(of)), Inspection::default(), Vec::new());
    compiled.inspect(Untrusted::new(text.as_bytes()), &mut read, &mut Budget::new(100_000));
    assert!(read.reasons.is_empty(), "{text}{:?}", read.reasons);
    assert!(compiled.emit(&read.record, Untrusted::new(text.as_bytes()), &[], &mut out));
    out
}

/// A report of sets that end with their line: no set goes on, there are no tables, and nothing stands for nothing.
fn as_ruled(text: &str) -> String {
    let (before, rest) = text.split_once("5STOCK").unwrap();
    let (_, line) = rest.split_once("LINE/").unwrap();
    let text = format!("{before}LINE/{line}");
    let text = text.replace("ONE LINE\nAND ANOTHER", "ONE LINE");
    let joined: Vec<&str> = text.split("\n ").map(str::trim_start).collect();
    joined.concat().replace("//", "").replace('/', ",").replace(",-,", ",,").replace('\n', "\r\n")
}

/// Objects that are canonical, written by the emitter.
fn objects() -> Vec<(&'static str, Arc<Type>, Vec<u8>)> {
    let spot = b"<spot xmlns=\"urn:spot\" note=\"A &amp; B\"><unit name=\"ONE\"/><unit name=\"TWO\"/></spot>";
    let buoy = [b"\xB0\x05HELLO", &(spot.len() as u16).to_be_bytes()[..], spot].concat();
    let letters = base64(&buoy);
    let members = format!("{{\"part\":[\"{letters}\",\"{letters}\"]}}");
    let hex: String = members.bytes().map(|byte| format!("{byte:02x}")).collect();
    let attribute = String::from_utf8(spot.to_vec()).unwrap();
    let attribute = attribute.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let element = format!("<envelope spot=\"{attribute}\"><body>{hex}</body></envelope>");
    let length = [(members.len() as u8) | 0x80, (members.len() >> 7) as u8];
    let tags = [b"\x0A\x02E1\x12", &length[..], members.as_bytes()].concat();
    let sets = format!("ENV,E1,{}\n", base64(members.as_bytes()));
    let times = "<times at=\"011004ZMAR2026\" clock=\"100450.25\" ms=\"1772359490123\" note=\"A\"/>";
    let stamps = "{\"clock\":36290.5,\"gone\":\"A\",\"ms\":1772359490123,\"note\":\"A\"}";
    let digits = b"\x42\x26\x03\x01\x10\x05\x00\x42\x80\x01A".to_vec();
    let inside = [
        (3, element.into()),
        (4, tags),
        (5, sets.into()),
        (6, times.into()),
        (7, stamps.into()),
        (8, digits),
    ];
    let reports = REPORTS.map(|(name, text)| (name, of(name, text)));
    let reports = reports.into_iter().map(|(name, of)| (name, Arc::clone(&of), report(&of)));
    inside.into_iter().map(|(at, object)| (TYPES[at].0, parsed(at), object)).chain(reports).collect()
}

fn base64(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, at| word << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let letter = letters[(word >> (18 - 6 * at) & 63) as usize];
            text.push(if at as usize > three.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

/// Without a harness: its thread asks for memory beside the test.
fn main() {
    objects_inside_of_objects_ask_for_no_memory();
    println!("test objects_inside_of_objects_ask_for_no_memory ... ok");
}

fn objects_inside_of_objects_ask_for_no_memory() {
    for (name, of, object) in objects() {
        let (compiled, reference) = (Compiled::new(Arc::clone(&of)), Reference::new(Arc::clone(&of)));
        let (mut read, mut again, mut out) = (Inspection::default(), Inspection::default(), Vec::new());
        let path = match name {
            "element" => "envelope.body.part.of.spot.note",
            "tags" => "envelope.body.part.of.spot.note",
            "times" => "times.note",
            "stamps" => "stamps.gone",
            "digits" => "digits.note",
            "message" | "ruled" => "zoo.unit.part.note",
            _ => "envelope.env.body.part.of.spot.note",
        };
        let omit = [of.shape().find(path).unwrap()];
        let mut pass = || {
            compiled.inspect(Untrusted::new(&object), &mut read, &mut Budget::new(100_000));
            assert!(read.reasons.is_empty() && read.canonical, "{name}");
            out.clear();
            assert!(compiled.emit(&read.record, Untrusted::new(&object), &omit, &mut out), "{name}");
            reference.inspect(Untrusted::new(&out), &mut again, &mut Budget::new(100_000));
            assert!(again.reasons.is_empty() && again.canonical, "{name}");
            assert!(out.len() < object.len(), "{name}");
        };
        (0..4).for_each(|_| pass());
        let region = Region::new(ALLOCATOR);
        (0..20).for_each(|_| pass());
        let change = region.change();
        assert_eq!((change.allocations, change.reallocations), (0, 0), "{name}");
    }
}
