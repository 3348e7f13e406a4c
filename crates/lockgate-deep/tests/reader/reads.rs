//! What is read on this machine, and what is said where nothing can be read.

use crate::draw::{Canvas, page};
use crate::forged;
use lockgate_bytes::Untrusted;
use lockgate_core::{Deep, Looked, Making, Reading, Seen};
use lockgate_deep::{Jailed, NoReader, Place, Reader, Settings};
use std::io::Write as _;

/// Sizes of the recall table in points, each with a word of its own.
const SIZES: [(u8, &str); 6] =
    [(6, "ATOMAL"), (8, "COSMIC"), (10, "RESTRICTED"), (12, "SECRET"), (16, "CONFIDENTIAL"), (24, "NATO")];
/// How ink and paper differ: levels from 0 (black) to 1.
const INKS: [(&str, f32, f32); 5] = [
    ("black on white", 0.0, 1.0),
    ("white on black", 1.0, 0.0),
    ("grey on white", 0.7, 1.0),
    ("light grey on white", 0.9, 1.0),
    ("grey on grey", 0.45, 0.55),
];
/// Degrees to the left.
const TURNS: [f32; 6] = [0.0, 5.0, 45.0, 90.0, 180.0, 270.0];

fn looked(place: Place, reading: Reading, object: &[u8]) -> Seen {
    let mut jailed = Jailed::new(Settings { reader: place, ..Settings::default() });
    let making = Making { reading, ..Making::default() };
    match jailed.look(Untrusted::new(object), making) {
        Looked::Through(seen) => seen,
        Looked::Failed(code) => panic!("{code:?}"),
    }
}

/// Places of lines that were read in pixels and say this.
fn places(seen: &Seen, word: &str) -> Vec<String> {
    let pixels = seen.texts.iter().filter(|said| said.place.contains("percent"));
    pixels.filter(|said| said.text.contains(word)).map(|said| said.place.clone()).collect()
}

fn codes(seen: &Seen) -> Vec<&'static str> {
    seen.findings.iter().map(|finding| finding.code.name).collect()
}

fn banner() -> Canvas {
    let mut canvas = Canvas::new(900, 600, 255);
    canvas.write("MISSION SECRET", (150, 30), 6, 0);
    canvas
}

/// Holds on every machine.
fn without_a_reader() -> Result<(), String> {
    let object = banner().png();
    let absent = looked(Place::Nowhere, Reading::WherePresent, &object);
    is(codes(&absent) == ["ocr.absent"] && absent.unread && absent.texts.is_empty(), &absent)?;
    let off = looked(Place::Nowhere, Reading::Off, &object);
    is(codes(&off) == ["ocr.off"] && !off.unread, &off)?;
    let data = std::env::temp_dir();
    std::fs::write(data.join("eng.traineddata"), b"none").map_err(|error| error.to_string())?;
    let broken = Place::At { program: "/bin/false".into(), data };
    let failed = looked(broken, Reading::Required, &object);
    is(codes(&failed) == ["ocr.failed"] && failed.unread && failed.rebuilt.is_some(), &failed)?;
    let mut attack = object;
    *attack.last_mut().unwrap() ^= 1;
    let attack = looked(Place::Usual, Reading::WherePresent, &attack);
    is(codes(&attack)[0] == "png.checksum", &attack)?;
    is(!codes(&attack).iter().any(|code| code.starts_with("ocr.")), &attack)
}

/// A banner in pixels, upright and turned.
fn a_banner_is_read() -> Result<(), String> {
    let upright = looked(Place::Usual, Reading::WherePresent, &banner().png());
    let found = places(&upright, "SECRET");
    is(found.iter().any(|place| place.starts_with("picture 1, pixels, 1")), &upright)?;
    is(codes(&upright) == ["ocr.read"] && !upright.unread, &upright)?;
    let again = looked(Place::Usual, Reading::WherePresent, &banner().png());
    is(upright.findings == again.findings && upright.texts == again.texts, &again)?;
    let turned = looked(Place::Usual, Reading::WherePresent, &banner().turned().png());
    is(places(&turned, "SECRET").iter().any(|place| place.contains("turned left")), &turned)
}

fn is(right: bool, seen: &Seen) -> Result<(), String> {
    if right { Ok(()) } else { Err(format!("{:?} {:?} unread {}", seen.findings, seen.texts, seen.unread)) }
}

pub(crate) fn judge() -> u8 {
    let mut wrong = 0;
    let mut told = |name: &str, result: Result<(), String>| {
        wrong += u8::from(result.is_err());
        println!("{} {name}: {result:?}", if result.is_ok() { "ok  " } else { "FAIL" });
    };
    told("where nothing can be read, that is said", without_a_reader());
    told(
        "a file that is not shown here was not built",
        forged::a_file_that_our_decoder_does_not_show_is_not_what_was_built(),
    );
    told(
        "a drawing that is none is not read",
        forged::a_drawing_that_is_none_or_tells_only_in_part_is_not_read(),
    );
    told(
        "a reader that does not answer is not asked by every object",
        forged::a_reader_that_does_not_answer_is_not_asked_by_every_object(),
    );
    told("a reader that was replaced is another one", forged::a_reader_that_was_replaced_is_another_one());
    match Reader::open(&Place::Usual) {
        Ok(reader) => {
            println!("     the reader here: {}", reader.engine());
            told("a banner in pixels is read", a_banner_is_read());
        }
        Err(NoReader::Absent) if must_read() => {
            told("there is a reader here", Err("there is none".to_owned()))
        }
        Err(NoReader::Absent) => {
            let _ = writeln!(std::io::stderr(), "SKIPPED: no reader on this machine, nothing was read");
        }
        Err(other) => told("the reader that is here", Err(format!("{other:?}"))),
    }
    wrong
}

/// True where this has to be shown by a reader of others (`LOCKGATE_MUST`).
fn must_read() -> bool {
    std::env::var("LOCKGATE_MUST").is_ok_and(|must| must.split(',').any(|name| name == "readers"))
}

/// Words in six sizes, in one ink and one direction, on one page.
fn recall_page(ink: f32, paper: f32, degrees: f32) -> Vec<u8> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let mut content = format!("{paper} g 0 0 595 842 re f {ink} g BT ");
    for ((size, word), row) in SIZES.iter().zip(0_u8..) {
        // Lines below each other, seen from their own direction, around the middle of the page.
        let (across, up) = (-90.0, 110.0 - 45.0 * f32::from(row));
        let (x, y) = (297.0 + across * cos - up * sin, 421.0 + across * sin + up * cos);
        content.push_str(&format!("/F1 {size} Tf {cos} {sin} {} {cos} {x} {y} Tm ({word}) Tj ", -sin));
    }
    page(&(content + "ET"))
}

/// Prints which words are read: the table in the pages about the slow path.
pub(crate) fn recall() {
    let reader = Reader::open(&Place::Usual).expect("a reader");
    println!("{}\n", reader.engine());
    let sizes: Vec<String> = SIZES.iter().map(|(size, _)| format!("{size} pt")).collect();
    println!("| ink | turned | {} |\n|---|---|{}", sizes.join(" | "), "---|".repeat(SIZES.len()));
    for (name, ink, paper) in INKS {
        for degrees in TURNS {
            let seen = looked(Place::Usual, Reading::WherePresent, &recall_page(ink, paper, degrees));
            let read = SIZES.map(|(_, word)| if places(&seen, word).is_empty() { "-" } else { "read" });
            println!("| {name} | {degrees}° | {} |", read.join(" | "));
        }
    }
}
