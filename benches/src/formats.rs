//! Objects of formats that are not XML, made from their published layouts, with the lane that each goes through: as it is authored
//! in `rules/`. Numbers differ from object to object, and the markings take turns, so that nothing is as it was before.

use lockgate_bundle::{Bundle, Strictness};
use lockgate_bytes::Time;
use lockgate_core::Policy;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

/// Objects of one format.
const OBJECTS: u32 = 256;

/// One format with its lane.
#[derive(Debug)]
pub struct Format {
    /// What the figures are called.
    pub name: &'static str,
    /// Its lane.
    pub policy: Arc<Policy>,
    /// The reference time.
    pub now: Time,
    /// Its objects.
    pub objects: Vec<Vec<u8>>,
    /// Claims that each of them makes.
    pub claims: usize,
}

/// The rules of this checkout, compiled.
///
/// # Errors
/// What the bundle compiler says of them, or that they cannot be read.
pub fn demonstration() -> Result<Bundle, String> {
    compiled(&authored()?)
}

/// The same with another text in the place of one that stands in the file `name`.
///
/// # Errors
/// Those of [`demonstration`], or that the text does not stand there.
pub fn changed(name: &str, text: &str, other: &str) -> Result<Bundle, String> {
    let mut files = authored()?;
    let file = files.get_mut(name).ok_or_else(|| format!("no file {name}"))?;
    let before = String::from_utf8_lossy(file).into_owned();
    if !before.contains(text) {
        return Err(format!("{name} says no such thing"));
    }
    *file = before.replace(text, other).into_bytes();
    compiled(&files)
}

fn authored() -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules");
    gather(&rules, "", &mut files).map_err(|error| format!("rules: {error}"))?;
    Ok(files)
}

fn compiled(files: &BTreeMap<String, Vec<u8>>) -> Result<Bundle, String> {
    Bundle::build_as(files, Strictness::Trial).map_err(|found| found.render())
}

/// All formats that are measured.
///
/// # Errors
/// Those of [`demonstration`].
pub fn formats() -> Result<Vec<Format>, String> {
    let bundle = demonstration()?;
    let at = |text: &[u8]| Time::parse(text).map_err(|fault| format!("{fault:?}"));
    let (now, of_fixtures) = (at(b"2026-03-01T10:00:05Z")?, at(b"2026-03-01T10:05:00Z")?);
    let format = |name: &'static str, lane: &str, claims, object: fn(u32) -> Vec<u8>| {
        let policy = bundle.lane(lane).cloned().ok_or_else(|| format!("no lane {lane}"))?;
        Ok(Format { name, policy, now, objects: (0..OBJECTS).map(object).collect(), claims })
    };
    [
        format("cat048", "asterix-down", 0, cat048),
        format("gmti", "gmti-down", 1, gmti),
        format("klv", "klv-down", 1, klv),
        format("message", "reports-down", 2, message),
        format("tak", "tak-down", 1, tak).map(|format| Format { now: of_fixtures, ..format }),
    ]
    .into_iter()
    .collect()
}

fn gather(folder: &Path, below: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            gather(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// A report of a Mode S radar: 47 bytes, the median of a recording.
fn cat048(number: u32) -> Vec<u8> {
    let [.., high, low] = number.to_be_bytes();
    let mut object = vec![48, 0, 47, 0xFD, 0xF7, 0x02];
    object.extend([25, 1, 0x46, 0x50, low]); // source, ten o'clock and some 128ths
    object.extend([0xA0, 0x97, low, 0x4A, low, 0x02, 0x80, 0x05, 0xC8]); // kind, place, code, level
    object.extend([0x4B, high, low, 0x0C, 0x54, 0xF1, 0xCF, 0x28, 0x20]); // address, call sign
    object.extend([1, 0x80, low, 0, 0x30, 0xA8, 0, 0, 0x40]); // one register of the transponder
    object.extend([0x03, low, 0x08, 0x1C, 0x60, low, 0x40, 0x20, 0xF5]); // track, speed, status
    object
}

/// A mission, and a dwell with ten targets: the layout of STANAG 4607.
fn gmti(number: u32) -> Vec<u8> {
    let mut dwell = 0xFF07_1FC7_9F00_0000_u64.to_be_bytes().to_vec();
    let [.., high, low] = number.to_be_bytes();
    dwell.extend([0, 1, high, low, 0, 0, 10]);
    for value in [36_000_000 + number, 0x417D_0000 + number, 0x0A4F_A4FA + number, 900_000] {
        dwell.extend(value.to_be_bytes());
    }
    dwell.extend([0x41, low, 0, 1, 0xD4, 0xC0, 0]); // track, speed, climb
    dwell.extend([0x41, low, 0x01, 0x6C, 0xFF, 0x4A]); // heading, pitch, roll
    dwell.extend([0x41, 0xB3, 0x33, low, 0x0A, 0x86, 0x24, low, 0x05, 0, 0x0A, 0xAB, 20]);
    for target in 0..10_u32 {
        dwell.extend([0, u8::try_from(target).unwrap_or(0)]);
        dwell.extend((0x41B3_0000 + target * 4_099 + number).to_be_bytes());
        dwell.extend((0x0A86_0000 + target * 6_151 + number).to_be_bytes());
        dwell.extend([1, low, 0xFE, low, 0x09, 0xC4, 17, 2]);
    }
    let mission = [&b"DEMO        FP-001      "[..], &[9], b"CFG1      ", &[0x07, 0xEA, 3, 1]].concat();
    let segments = [(1_u8, mission), (2, dwell)];
    let body: Vec<u8> = segments
        .iter()
        .flat_map(|(kind, payload)| [&[*kind], size(payload.len() + 5).as_slice(), payload].concat())
        .collect();
    let codes = if low & 1 == 0 { [0, 0] } else { [0x20, 0] };
    let head = [&b"30"[..], &size(body.len() + 32), b"XN", &[5 - (low >> 1 & 1)], b"XN", &codes, &[128]];
    [&head.concat()[..], b"LG-DEMO-1 ", &[0, 0, 0, 7, 0, 0, 0, 1], &body].concat()
}

/// A report of formatted text, 1 KiB: a wrapped set, units, a table, free text.
fn message(number: u32) -> Vec<u8> {
    let mut text = format!(
        "MISSION RESTRICTED\nMSGID/LOGREP/LOCKGATE TOY/1/SVN LOG CELL/{:03}/MAR/-/-/MISSION/\n     RESTRICTED/-/AUT,HRV,HUN,SVK,SVN//\nDTG/011000ZMAR2026//\nPERIOD/FROM:281000ZFEB/TO:011000ZMAR//\n",
        number + 1
    );
    for unit in 0..5_u32 {
        let (minute, litres) = ((number + unit) % 60, 1_000 + number * 7 + unit);
        text.push_str(&format!(
            "UNIT/{unit} TPT COY/LATM:46{minute:02}N014{minute:02}E//\nPERS/1{minute:02}/120//\nFUEL/DIESEL/{litres}.5L/3.5//\nFUEL/PETROL/{litres}.0L/1.0//\n"
        ));
    }
    text.push_str("5STOCK\n/ITEM                /CL  /ONHAND  /NEEDED\n");
    text.push_str(&format!("/RATION PACK 24H     /I   /{:<8}/4200\n", 3_600 + number));
    text.push_str("/BLANKET             /II  /400     /-\n/WATER 10L           /I   /150     /600//\n");
    let line = "BRIDGE 3 IS OPEN FOR LOADS UP TO 12 T. FUEL POINT WEST MOVES.";
    text.push_str(&format!("NARR/{line}\n{line}\nTHE NEXT REPORT COMES AT NOON.//\n"));
    text.into_bytes()
}

/// The fixture of a ground track in the TAK protocol, of another unit each time.
fn tak(number: u32) -> Vec<u8> {
    let mut object = include_bytes!("../../fixtures/tak-v1/release-ground-track/input.bin").to_vec();
    let at = object.windows(7).position(|window| window == b"LG-0001").unwrap_or(0);
    let unit = format!("LG-{number:04}");
    for (place, byte) in object.iter_mut().skip(at).zip(unit.bytes()) {
        *place = byte;
    }
    object
}

fn size(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

/// A packet of an unmanned aircraft with a security set: tags 2 to 25, 48 and 65.
fn klv(number: u32) -> Vec<u8> {
    let [.., high, low] = number.to_be_bytes();
    let micros = 1_772_359_200_000_000_u64 + u64::from(number);
    let level = 1 + (low & 1);
    let security =
        [&[1, 1, level, 2, 1, 1, 3, 6][..], b"//NATO", &[12, 1, 13, 13, 4, 0, b'S', 0, b'I', 22, 2, 0, 12]]
            .concat();
    let items: [(u8, &[u8]); 22] = [
        (2, &micros.to_be_bytes()),
        (3, b"MISSION 12"),
        (5, &[0x71, low]),
        (6, &[0xFD, low]),
        (7, &[0x08, low]),
        (10, b"DEMO-UAV"),
        (11, b"EO Nose"),
        (12, b"Geodetic WGS84"),
        (13, &[0x41, 0x95, high, low]),
        (14, &[0x0A, 0x53, high, low]),
        (15, &[0xC2, low]),
        (16, &[0xCD, low]),
        (17, &[0xD9, low]),
        (18, &[0x72, 0x4A, high, low]),
        (19, &[0x87, 0xF8, high, low]),
        (20, &[0x7D, 0xC5, high, low]),
        (21, &[0x03, 0x83, high, low]),
        (23, &[0x41, 0x01, high, low]),
        (24, &[0x0A, 0xBC, high, low]),
        (25, &[0x34, low]),
        (48, &security),
        (65, &[8]),
    ];
    let length = |item: &[u8]| u8::try_from(item.len()).unwrap_or(0);
    let body: Vec<u8> =
        items.iter().flat_map(|(tag, item)| [&[*tag, length(item)], *item].concat()).collect();
    let key = [6, 0x0E, 0x2B, 0x34, 2, 0x0B, 1, 1, 0x0E, 1, 3, 1, 1, 0, 0, 0];
    let whole = body.len() + 4;
    let mut packet = [&key[..], &[0x81, u8::try_from(whole).unwrap_or(0)], &body, &[1, 2]].concat();
    let sum = packet.iter().zip(0_u32..).fold(0_u16, |sum, (byte, at)| {
        sum.wrapping_add(if at % 2 == 0 { u16::from(*byte) << 8 } else { u16::from(*byte) })
    });
    packet.extend(sum.to_be_bytes());
    packet
}
