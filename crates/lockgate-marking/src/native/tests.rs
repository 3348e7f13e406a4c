use super::*;
use crate::testing::policies;
use alloc::vec::Vec;
use core::cmp::Ordering;

fn code<T: core::fmt::Debug>(result: Result<T, Finding>) -> &'static str {
    result.unwrap_err().code.id()
}

/// Rule 37: each format has its own numbers, all others are faults, and the order is that of sensitivity.
#[test]
fn every_code_of_every_format_is_a_level_or_a_fault() {
    fn check<L: NativeLevel>(read: fn(u8) -> Result<L, Finding>, codes: &[u8]) {
        let found: Vec<L> = codes.iter().map(|code| read(*code).unwrap()).collect();
        assert_eq!(found, L::ALL, "{}: lowest first", L::FORMAT);
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{}", L::FORMAT);
        for other in (0..=u8::MAX).filter(|code| !codes.contains(code)) {
            assert_eq!(code(read(other)), "LG-M039", "{} {other}", L::FORMAT);
        }
    }
    check(GmtiLevel::read, &[5, 4, 3, 2, 1]);
    check(MisbLevel::read, &[1, 2, 3, 4, 5]);
    check(NitfLevel::read, b"URCST");
    check(VmfLevel::read, &[0, 1, 2, 3]);
    check(IpLevel::read, &[0xAB, 0x96, 0x5A, 0x3D]);
    for level in IpLevel::ALL {
        assert_eq!(IpLevel::read(level.code()).unwrap(), *level);
        let others = IpLevel::ALL.iter().filter(|other| *other != level);
        assert!(others.into_iter().all(|other| (other.code() ^ level.code()).count_ones() >= 4));
    }
}

/// RFC 2634: unmarked has the lowest number and no place in the order.
#[test]
fn unmarked_is_no_lowest_level() {
    let level = |code| EssLevel::read(code).unwrap();
    assert!(level(1) < level(2) && level(4) < level(5));
    for code in 1..=5 {
        assert_eq!(level(0).partial_cmp(&level(code)), None);
        assert!(!covers(level(code), [level(0)]) && !covers(level(0), [level(code)]));
    }
    assert_eq!(level(0).partial_cmp(&level(0)), Some(Ordering::Equal));
    assert_eq!((code(EssLevel::read(6)), code(EssLevel::read(256))), ("LG-M039", "LG-M039"));
}

/// Rule 37: one number, three levels; only a profile brings them together.
#[test]
fn a_level_enters_a_policy_by_its_profile_only() {
    let set = policies();
    let pairs = [("UNCLASSIFIED", "UNCLASSIFIED"), ("SECRET", "SECRET"), ("TOP SECRET", "TOP SECRET")];
    let gmti = LevelProfile::<GmtiLevel>::compile(&set, "NATO", &pairs).unwrap();
    let misb = LevelProfile::<MisbLevel>::compile(&set, "NATO", &pairs).unwrap();
    let name = |level| set.level_name(level).unwrap();
    assert_eq!(name(gmti.level(GmtiLevel::read(1).unwrap()).unwrap()), "TOP SECRET");
    assert_eq!(name(misb.level(MisbLevel::read(1).unwrap()).unwrap()), "UNCLASSIFIED");
    assert_eq!(code(gmti.level(GmtiLevel::Restricted)), "LG-M020", "what no pair says is no level");
    let faults = |policy: &str, pairs: &[(&str, &str)]| -> Vec<&'static str> {
        let faults = LevelProfile::<VmfLevel>::compile(&set, policy, pairs).unwrap_err();
        faults.iter().map(|fault| fault.code).collect()
    };
    assert_eq!(faults("NONE", &[]), ["P062"]);
    assert_eq!(faults("NATO", &[("RESTRICTED", "RESTRICTED")]), ["P063"], "VMF has no RESTRICTED");
    assert_eq!(faults("NATO", &[("SECRET", "HIGH")]), ["P063"]);
    assert_eq!(faults("NATO", &[("SECRET", "SECRET"), ("SECRET", "TOP SECRET")]), ["P065"]);
    assert_eq!(faults("NATO", &[("SECRET", "RESTRICTED"), ("CONFIDENTIAL", "SECRET")]), ["P071"]);
}

/// A profile in a bundle names the format of its levels, and is held to that format's words and order.
#[test]
fn a_profile_that_names_a_format_has_its_levels_and_no_others() {
    use crate::{Carrier, CarrierValue, Profile, ProfileText};
    use alloc::borrow::ToOwned;
    let set = policies();
    let faults = |pairs: &[(&str, Option<&str>)]| -> Vec<&'static str> {
        let value = |(text, level): &(&str, Option<&str>)| CarrierValue {
            texts: Vec::from([(*text).to_owned()]),
            level: level.map(str::to_owned),
            categories: Vec::new(),
        };
        let carrier = Carrier {
            role: "marking.level".into(),
            values: pairs.iter().map(value).collect(),
            format: NativeFormat::named("stanag-4607"),
            ..Carrier::default()
        };
        let text = ProfileText { name: "gmti".into(), policy: "NATO".into(), carriers: Vec::from([carrier]) };
        let found = Profile::compile(&text, &set).err().unwrap_or_default();
        found.iter().map(|fault| fault.code).collect()
    };
    assert_eq!(faults(&[("SECRET", Some("SECRET")), ("RESTRICTED", Some("RESTRICTED"))]), [""; 0]);
    assert_eq!(faults(&[("NATO SECRET", Some("SECRET"))]), ["P063"], "no word of the format");
    assert_eq!(faults(&[("SECRET", Some("RESTRICTED")), ("CONFIDENTIAL", Some("SECRET"))]), ["P071"]);
    assert!(faults(&[("SECRET", None)]).contains(&"P066"), "a word that says no level");
    for (format, word) in NativeFormat::NAMES {
        assert_eq!(NativeFormat::named(word), Some(format));
    }
    assert_eq!(NativeFormat::named("iso3166-alpha3"), None);
}

/// Rule 36: a container is at least as high as its parts.
#[test]
fn a_container_covers_its_parts() {
    assert!(covers(GmtiLevel::Secret, [GmtiLevel::Unclassified, GmtiLevel::Secret]));
    assert!(!covers(GmtiLevel::Restricted, [GmtiLevel::Secret]));
    assert!(covers(NitfLevel::Unclassified, []));
}

fn header(level: u8, system: [u8; 2], caveats: u16, exercise: u8) -> [u8; 32] {
    let mut header = [0; 32];
    header[8] = level;
    header[9..11].copy_from_slice(&system);
    header[11..13].copy_from_slice(&caveats.to_be_bytes());
    header[13] = exercise;
    header
}

/// Rules 36 and 38: the fields of a GMTI packet, and those that cannot stand together.
#[test]
fn the_header_of_a_gmti_packet_is_read_or_refused() {
    let read = |level, caveats, exercise| GmtiSecurity::read(&header(level, *b"XN", caveats, exercise));
    let security = read(2, 0x2002, 0).unwrap();
    assert_eq!((security.level, &security.system), (GmtiLevel::Secret, b"XN"));
    assert_eq!(security.caveats.names().collect::<Vec<_>>(), ["ORCON", "REL NATO"]);
    assert_eq!(security.exercise, Exercise::Operation(Data::Real));
    assert_eq!(read(2, 0, 129).unwrap().exercise, Exercise::Exercise(Data::Simulated));
    for released in [0x2000, 0x4000, 0x8000] {
        assert_eq!(code(read(2, 0x0010 | released, 0)), "LG-M040");
    }
    for (level, caveats) in [(5, 0x0800), (5, 0x0400), (4, 0x0A00), (4, 0x0600)] {
        assert_eq!(code(read(level, caveats, 0)), "LG-M040", "{level} {caveats:04x}");
    }
    assert!(read(4, 0x0C00, 0).is_ok() && read(5, 0x0010, 0).is_ok() && read(5, 0x0200, 0).is_ok());
    for (level, exercise) in [(0, 0), (6, 0), (2, 3), (2, 127), (2, 131)] {
        assert_eq!(code(read(level, 0, exercise)), "LG-M039", "{level} {exercise}");
    }
    assert!(GmtiSecurity::read(&header(2, *b"  ", 0, 0)).is_ok());
    assert_eq!(code(GmtiSecurity::read(&header(2, *b"x\0", 0, 0))), "LG-M039");
}

#[test]
fn a_security_option_of_ip_is_read_whole() {
    let plain = IpOption::read(&[130, 3, 0x5A]).unwrap();
    assert!(plain.level == IpLevel::Secret && plain.authorities.is_empty());
    let flagged = IpOption::read(&[130, 4, 0x3D, 0xA0]).unwrap();
    assert!(
        flagged.authorities.contains(Authorities::GENSER) && flagged.authorities.contains(Authorities::SCI)
    );
    assert!(!flagged.authorities.contains(Authorities::NSA));
    assert!(IpOption::read(&[130, 5, 0x3D, 0x81, 0]).is_ok());
    for (octets, expected) in [
        (&[][..], "LG-S009"),
        (&[130, 3], "LG-S009"),
        (&[131, 3, 0x5A], "LG-S009"),
        (&[130, 4, 0x5A], "LG-S009"),
        (&[130, 4, 0x5A, 0x81], "LG-S009"),
        (&[130, 5, 0x5A, 0x80, 0], "LG-S009"),
        (&[130, 3, 0x5B], "LG-M039"),
        (&[130, 3, 0xF1], "LG-M039"),
        (&[130, 4, 0x5A, 0x04], "LG-M039"),
        (&[130, 5, 0x5A, 0x81, 0x40], "LG-M039"),
    ] {
        assert_eq!(code(IpOption::read(octets)), expected, "{octets:?}");
    }
}

fn block(changes: &[(usize, &str)]) -> [u8; 167] {
    let mut block = [b' '; 167];
    block[0] = b'U';
    for (at, text) in changes {
        block[*at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    block
}

/// Rule 36: the security block of NITF, field by field at its offset.
#[test]
fn a_security_block_of_nitf_is_exact() {
    assert_eq!(NitfSecurity::read(&block(&[])).unwrap().level, NitfLevel::Unclassified);
    let whole = block(&[
        (0, "SXN"),
        (3, "ALPHA BRAVO"),
        (14, "AB"),
        (16, "AUT HRV SVN"),
        (36, "DD"),
        (38, "20300101"),
        (46, "X251"),
        (50, "S"),
        (51, "20300101"),
        (59, "words"),
        (102, "O"),
        (103, "an authority"),
        (143, "A"),
        (144, "20260301"),
        (152, "CTL-1"),
    ]);
    let read = NitfSecurity::read(&whole).unwrap();
    assert_eq!((read.level, read.system, read.codewords), (NitfLevel::Secret, "XN", "ALPHA BRAVO"));
    assert_eq!(
        (read.handling, read.countries().collect::<Vec<_>>()),
        ("AB", Vec::from(["AUT", "HRV", "SVN"]))
    );
    for (changes, expected) in [
        (&[(0, "X")][..], "LG-M039"),
        (&[(16, "AUT")], "LG-M040"),
        (&[(0, "S"), (3, "ALPHA")], "LG-M040"),
        (&[(152, "CTL-1")], "LG-M040"),
        (&[(0, "SX1")], "LG-S009"),
        (&[(0, "SXN"), (16, "AUT  HRV")], "LG-S009"),
        (&[(0, "SXN"), (16, " AUT")], "LG-S009"),
        (&[(0, "SXN"), (16, "aut")], "LG-S009"),
        (&[(0, "SXN"), (36, "DX")], "LG-S009"),
        (&[(0, "SXN"), (38, "20300231")], "LG-S009"),
        (&[(0, "SXN"), (50, "T")], "LG-S009"),
        (&[(0, "SXN"), (102, "Q")], "LG-S009"),
        (&[(0, "SXN"), (143, "H")], "LG-S009"),
        (&[(0, "SXN"), (152, "a\u{7F}b")], "LG-S009"),
        (&[(0, "SXN"), (59, "é")], "LG-S009"),
    ] {
        assert_eq!(code(NitfSecurity::read(&block(changes))), expected, "{changes:?}");
    }
}
