use super::super::{agree, decode, encode};
use super::*;
use crate::pixels::Pixels;
use crate::room::Room;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;

/// Slopes, edges and a little grain.
fn picture(colour: bool, (width, height): (usize, usize)) -> Pixels {
    let level = |at: usize| u8::try_from((at % width * 6 + at / width * 3 + at * at % 7) % 256).unwrap();
    let rgb = (0..width * height).flat_map(|at| {
        if colour { [level(at), 255 - level(at), u8::try_from(at % 251).unwrap()] } else { [level(at); 3] }
    });
    Pixels::of_rgb(width, height, rgb.collect()).unwrap()
}

/// By an encoder of other hands.
fn by_another(pixels: &Pixels, quality: u8, set: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, quality);
    set(&mut encoder);
    let kind = if pixels.is_grey() { ColorType::Luma } else { ColorType::Rgb };
    let sides = (pixels.width.try_into().unwrap(), pixels.height.try_into().unwrap());
    encoder.encode(pixels.levels(), sides.0, sides.1, kind).unwrap();
    out
}

/// Whether its readers differ, and whether there is anything that is of no block.
fn told(file: &[u8]) -> (bool, bool) {
    let mut room = Room::new();
    assert!(decode(file, &mut room).is_ok());
    (room.differ, room.beyond)
}

fn row_of(plane: &Plane, row: usize) -> Vec<i16> {
    let mut samples = Vec::new();
    plane.row(row, &mut samples);
    samples
}

/// The samples that are of the picture, component by component: blocks without one are in none of the scans of one component.
fn seen(picture: &Picture) -> Vec<Vec<i16>> {
    let most = |of: fn(&Plane) -> usize| picture.planes.iter().map(of).max().unwrap();
    let most = (most(|plane| plane.factors.0), most(|plane| plane.factors.1));
    let samples = |plane: &Plane| {
        let across = (picture.width * plane.factors.0).div_ceil(most.0);
        let down = (picture.height * plane.factors.1).div_ceil(most.1);
        (0..down).flat_map(|row| row_of(plane, row).into_iter().take(across)).collect()
    };
    picture.planes.iter().map(samples).collect()
}

/// Where the segment of this marker begins.
fn at(file: &[u8], marker: u8) -> usize {
    file.windows(2).position(|two| two == [0xFF, marker]).unwrap()
}

/// The same file with more before its end.
fn with(file: &[u8], more: &[u8]) -> Vec<u8> {
    let (file, end) = file.split_at(file.len() - 2);
    [file, more, end].concat()
}

#[test]
fn all_kinds_are_read_as_they_are_shown() {
    let samplings = [
        SamplingFactor::F_1_1,
        SamplingFactor::F_2_1,
        SamplingFactor::F_1_2,
        SamplingFactor::F_2_2,
        SamplingFactor::F_4_1,
        SamplingFactor::F_4_2,
        SamplingFactor::F_1_4,
        SamplingFactor::F_2_4,
    ];
    for (colour, sampling) in [true, false].into_iter().flat_map(|colour| samplings.map(|it| (colour, it))) {
        for sides in [(1, 1), (8, 8), (17, 9), (64, 48), (33, 70)] {
            let of = |progressive: bool, restarts: u16| {
                by_another(&picture(colour, sides), 90, |encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder.set_progressive(progressive);
                    encoder.set_restart_interval(restarts);
                    encoder.set_optimized_huffman_tables(restarts == 0);
                })
            };
            let right = seen(&read(&of(true, 0)).unwrap());
            for (progressive, restarts) in [(false, 0), (false, 1), (false, 3), (true, 0), (true, 2)] {
                let case = format!("{colour} {sampling:?} {progressive} {restarts} {sides:?}");
                let file = of(progressive, restarts);
                assert_eq!(seen(&read(&file).unwrap()), right, "{case}");
                // The other one fails where components that are thinned out stand in scans of their own, and all at once there.
                let together =
                    file[at(&file, 0xDA) + 4] == file[at(&file, if progressive { 0xC2 } else { 0xC0 }) + 9];
                if progressive || together {
                    assert_eq!(told(&file), (false, false), "{case}");
                }
            }
        }
    }
}

#[test]
fn what_is_read_is_what_was_written() {
    let pixels = picture(false, (37, 21));
    let read = read(&by_another(&pixels, 100, |_| {})).unwrap();
    for (row, levels) in pixels.levels().chunks(37).enumerate() {
        let near = row_of(&read.planes[0], row)
            .into_iter()
            .zip(levels)
            .filter(|(one, other)| one.abs_diff(i16::from(**other)) <= 2);
        assert_eq!(near.count(), 37, "row {row}");
    }
}

/// What `encode` writes of `picture(true, (24, 16))`, its coefficients put into ten scans by `jpegtran -progressive -restart 2B`
/// (libjpeg-turbo 2.1.5).
const PROGRESSIVE: &str = "\
    ffd8ffe000104a46494600010200000100010000ffdb0043000503040404030504040405050506070c08070707070f0b0b090c110f1212\
    110f111113161c1713141a1511111821181a1d1d1f1f1f13172224221e241c1e1f1effdb0043010505050706070e08080e1e1411141e1e\
    1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1effc20011080010\
    001803012200021101031101ffc40017000003010000000000000000000000000000030405ffc400160101010100000000000000000000\
    000000060405ffdd00040002ffda000c03010002100310000001d19688f38b244963cfffc4001510010100000000000000000000000000\
    000200ffda00080101000105024646ffd0464d5fffd16dc93bffc400191100030003000000000000000000000000000204051221ffda00\
    08010301013f01c5ccdc2699b43fffc4001e110002020007000000000000000000000001020004031121338191d1ffda0008010201013f\
    014c0a4068a4f1152a65b6dd0f67ffc40017100101010100000000000000000000000000310110ffda0008010100063f02e7ffd04c7fff\
    d157ffc4001a10000202030000000000000000000000000001103171e1f1ffda0008010100013f218affd02d64ffd1729a584734ffda00\
    0c03010002000300000010e0dfffc400161101010100000000000000000000000000001131ffda0008010301013f10045c7fffc4001811\
    0100030100000000000000000000000001101161d1ffda0008010201013f10b3611d211c1fffc4001c1000020202030000000000000000\
    0000000021013111d1a1b1c1ffda0008010100013f10b516a3ffd0b50df6367fffd190ca1a831c8cf8e8ffd9";

#[test]
fn scans_of_some_bits_come_to_the_same_as_one_of_all() {
    let text = PROGRESSIVE.as_bytes().chunks(2);
    let file: Vec<u8> =
        text.map(|two| u8::from_str_radix(core::str::from_utf8(two).unwrap(), 16).unwrap()).collect();
    let one = read(&encode(&picture(true, (24, 16))).unwrap()).unwrap();
    let ten = read(&file).unwrap();
    assert_eq!(seen(&one), seen(&ten));
    assert_eq!((told(&file), ten.beyond), ((false, false), false));
    let first = at(&file, 0xDA);
    let scan =
        &file[first..first + 2 + file[first + 2..].windows(2).position(|two| two == [0xFF, 0xC4]).unwrap()];
    assert_eq!(told(&with(&file, scan)), (false, true), "the first bits of all means once more");
    for end in 2..file.len() {
        assert!(read(&file[..end]).is_none(), "cut at {end}");
    }
}

#[test]
fn what_is_of_no_block_is_told() {
    let file = encode(&picture(true, (64, 48))).unwrap();
    assert_eq!(told(&file), (false, false));
    let mut lower = file.clone();
    let height = at(&file, 0xC0) + 5;
    lower[height..height + 2].copy_from_slice(&[0, 16]);
    assert_eq!(told(&lower), (false, true), "two thirds of the picture are below what it says");
    for tail in [&[0xAA, 0xAA][..], &[0], &[0xFF, 0], &[0x55; 5_000]] {
        assert_eq!(told(&with(&file, tail)), (false, true), "{} bytes", tail.len());
    }
    let scan = &file[at(&file, 0xDA)..file.len() - 2];
    assert_eq!(told(&with(&file, scan)), (false, true), "a second picture");
    let mut unseen = file.clone();
    let factors = at(&file, 0xDB) + 5;
    unseen[factors + 1..factors + 64].fill(0);
    assert_eq!(told(&unseen), (false, true), "coefficients that are multiplied by nothing");
    assert_eq!(told(&with(&file, &[0xFF; 3])), (false, false), "bytes that fill up before a marker");
    for end in 2..file.len() {
        assert!(read(&file[..end]).is_none(), "cut at {end}");
    }
}

#[test]
fn what_stands_beside_the_picture_is_told() {
    // Blocks of 8 in units of 16: those of the last column and row have no pixel, and were filled up with the edge.
    let large = picture(true, (64, 48));
    for (width, height) in [(56, 48), (64, 40), (56, 40), (57, 41)] {
        let levels = (0..height).flat_map(|row| (0..width).flat_map(move |column| large_at(column, row)));
        let small = Pixels::of_rgb(width, height, levels.collect()).unwrap();
        assert_eq!(told(&encode(&small).unwrap()), (false, false), "{width} x {height}");
    }
    let file = encode(&large).unwrap();
    let frame = at(&file, 0xC0);
    for (place, sides) in [(frame + 5, 40_u16), (frame + 7, 56)] {
        let mut less = file.clone();
        less[place..place + 2].copy_from_slice(&sides.to_be_bytes());
        assert_eq!(told(&less), (false, true), "{sides}");
    }
}

fn large_at(column: usize, row: usize) -> [u8; 3] {
    picture(true, (64, 48)).at(column, row)
}

#[test]
fn bits_that_fill_up_say_nothing() {
    let file = by_another(&picture(false, (64, 64)), 80, |encoder| encoder.set_restart_interval(1));
    let restarts: Vec<usize> = (0..file.len() - 1)
        .filter(|at| file[*at] == 0xFF && matches!(file[at + 1], 0xD0..=0xD7 | 0xD9))
        .collect();
    assert_eq!(told(&file), (false, false));
    let cleared = |some: &[usize]| {
        let mut file = file.clone();
        // A one at the end of a byte may belong to a code: where it does, the picture is another one, or none.
        some.iter().for_each(|at| file[at - 1] &= !1);
        file
    };
    let blocks = |file: &[u8]| {
        read(file).map(|read| read.planes.into_iter().map(|plane| plane.blocks).collect::<Vec<_>>())
    };
    let is_one = |at: &usize| file[at - 1] & 1 == 1;
    let filled: Vec<usize> = restarts
        .iter()
        .copied()
        .filter(|at| is_one(at) && blocks(&cleared(&[*at])) == blocks(&file))
        .collect();
    assert!(filled.len() > 8, "{filled:?}");
    assert!(filled.iter().all(|at| told(&cleared(&[*at])).1), "ones, and once a zero");
}

#[test]
fn one_level_that_is_wrong_is_seen() {
    for colour in [false, true] {
        let file = by_another(&picture(colour, (40, 24)), 90, |_| {});
        let (right, ours) = (decode(&file, &mut Room::new()).unwrap(), read(&file).unwrap());
        for place in [0, 17, right.levels().len() - 1] {
            let moved = |by: u8| {
                let mut levels = right.levels().to_vec();
                levels[place] = if levels[place] > 127 { levels[place] - by } else { levels[place] + by };
                let made = if colour { Pixels::of_rgb } else { Pixels::of_grey };
                agree::agree(&ours, &made(40, 24, levels).unwrap())
            };
            assert!(moved(0) && !moved(9), "{colour} {place}");
        }
    }
}

/// Codes and bits as text, as the bytes of a scan.
fn coded(text: &str) -> Vec<u8> {
    let bits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let byte = |bits: &[u8]| (0..8).fold(0, |byte, at| byte << 1 | bits.get(at).copied().unwrap_or(1));
    bits.chunks(8).map(byte).collect()
}

fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    [&[0xFF, marker, 0, u8::try_from(data.len() + 2).unwrap()], data].concat()
}

#[test]
fn a_component_by_itself_is_coded_row_by_row() {
    // 24 x 16 pixels: of luminance 3 x 2 blocks of 4 x 2 that whole units have, of blue and red one unit of two each.
    let frame = [8, 0, 16, 0, 24, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0];
    // Each mean is eight more than the one before: one level.
    let luminance = "100 1000".replace("100 1000", "101 1000 1010");
    let of_luminance = coded(&luminance.repeat(6));
    let of_colours = coded(&"00 1010".repeat(4));
    let file = [
        vec![0xFF, 0xD8],
        segment(0xDB, &[&[0][..], &[1; 64]].concat()),
        segment(0xC0, &frame),
        segment(0xDA, &[1, 1, 0x00, 0, 63, 0]),
        of_luminance,
        segment(0xDA, &[2, 2, 0x00, 3, 0x00, 0, 63, 0]),
        of_colours,
        vec![0xFF, 0xD9],
    ]
    .concat();
    let picture = read(&file).unwrap();
    let [y, blue, red] = picture.planes.as_slice() else { panic!("three components") };
    let means = |plane: &Plane| plane.blocks.iter().map(|[[level, ..], ..]| *level).collect::<Vec<_>>();
    assert_eq!(means(y), [129, 130, 131, 128, 132, 133, 134, 128]);
    assert_eq!((means(blue), means(red), picture.beyond), (vec![128; 2], vec![128; 2], false));
}

#[test]
fn what_readers_take_for_other_colours_is_told() {
    let file = by_another(&picture(true, (24, 16)), 90, |_| {});
    let adobe = |transform: u8| segment(0xEE, &[b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat());
    let behind = at(&file, 0xDB);
    let with_adobe = |transform: u8| [&file[..behind], &adobe(transform), &file[behind..]].concat();
    assert_eq!(told(&with_adobe(1)), (false, false));
    assert_eq!(told(&with_adobe(0)), (true, false), "JFIF says luminance, and Adobe red, green and blue");
}

#[test]
fn inks_are_what_is_left_of_white_where_adobe_says_so() {
    for kind in [ColorType::Cmyk, ColorType::CmykAsYcck] {
        let levels: Vec<u8> = (0..24 * 16 * 4).map(|at: usize| u8::try_from(at * 7 % 256).unwrap()).collect();
        let mut file = Vec::new();
        Encoder::new(&mut file, 95).encode(&levels, 24, 16, kind).unwrap();
        assert_eq!(told(&file), (false, false), "{kind:?}");
        let adobe = at(&file, 0xEE);
        let without = [&file[..adobe], &file[adobe + 16..]].concat();
        assert_eq!(told(&without), (true, false), "{kind:?}: nobody says which way round");
    }
}

#[test]
fn headers_that_no_picture_has_are_no_picture() {
    let file = encode(&picture(true, (24, 16))).unwrap();
    let (frame, scan, codes) = (at(&file, 0xC0), at(&file, 0xDA), at(&file, 0xC4));
    for (place, byte) in [
        (frame + 1, 0xC9),
        (frame + 4, 12),
        (frame + 9, 2),
        (frame + 11, 0x02),
        (frame + 11, 0x52),
        (frame + 12, 4),
        (frame + 12, 3),
        (frame + 13, 1),
        (scan + 5, 9),
        (scan + 4, 2),
        (scan + 6, 0x22),
        (codes + 4, 0x20),
        (codes + 5, 3),
    ] {
        let mut changed = file.clone();
        changed[place] = byte;
        assert!(read(&changed).is_none(), "{place}: {byte}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_changed_is_survived(changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6), end: usize, kind in 0..3) {
        let pixels = picture(true, (24, 33));
        let mut file = by_another(&pixels, 70, |encoder| {
            encoder.set_progressive(kind == 1);
            encoder.set_restart_interval(if kind == 2 { 1 } else { 0 });
        });
        for (at, byte) in changes {
            let at = at % file.len();
            file[at] = byte;
        }
        let _ = read(&file).map(|read| agree::agree(&read, &pixels));
        file.truncate(end % file.len());
        prop_assert!(read(&file).is_none_or(|read| !read.planes.is_empty()));
    }
}
