use super::*;
use proptest::prelude::*;
use weezl::BitOrder;

/// A page to be written: its tags, and its strips or tiles.
#[derive(Clone)]
struct Sheet {
    tags: Vec<(u16, Vec<u32>)>,
    chunks: Vec<Vec<u8>>,
    tiled: bool,
}

/// A file of these pages. All numbers have four bytes, but for those that some read as two only.
fn file(big_endian: bool, sheets: &[Sheet]) -> Vec<u8> {
    let number = |value: u32| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    let short = |value: u16| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut out = [if big_endian { b"MM" } else { b"II" }, short(42).as_slice(), &[0; 4]].concat();
    let mut link = 4;
    for sheet in sheets {
        let mut tags = sheet.tags.clone();
        let (mut starts, mut lengths) = (Vec::new(), Vec::new());
        for chunk in &sheet.chunks {
            starts.push(u32::try_from(out.len()).unwrap());
            lengths.push(u32::try_from(chunk.len()).unwrap());
            out.extend(chunk);
        }
        let [start, length] = if sheet.tiled { [324, 325] } else { [273, 279] };
        tags.extend([(start, starts), (length, lengths)]);
        tags.sort();
        let mut entries = Vec::new();
        for (tag, values) in &tags {
            let shorts = matches!(*tag, 262 | 320 | 338);
            let bytes: Vec<u8> = values
                .iter()
                .flat_map(|value| match shorts {
                    true => short(u16::try_from(*value).unwrap()).to_vec(),
                    false => number(*value).to_vec(),
                })
                .collect();
            entries.extend([short(*tag), short(if shorts { 3 } else { 4 })].concat());
            entries.extend(number(u32::try_from(values.len()).unwrap()));
            match bytes.len() {
                0..=4 => entries.extend([bytes.as_slice(), &[0; 4]].concat()[..4].to_vec()),
                _ => {
                    entries.extend(number(u32::try_from(out.len()).unwrap()));
                    out.extend(bytes);
                }
            }
        }
        let at = u32::try_from(out.len()).unwrap();
        out[link..link + 4].copy_from_slice(&number(at));
        out.extend(short(u16::try_from(tags.len()).unwrap()));
        out.extend(entries);
        link = out.len();
        out.extend([0; 4]);
    }
    out
}

/// A page of one strip.
fn sheet(sides: (u32, u32), shows: u32, bits: u32, samples: u32, chunk: Vec<u8>) -> Sheet {
    let tags =
        [(256, sides.0), (257, sides.1), (258, bits), (259, 1), (262, shows), (277, samples), (278, sides.1)];
    Sheet { tags: tags.map(|(tag, value)| (tag, vec![value])).to_vec(), chunks: vec![chunk], tiled: false }
}

impl Sheet {
    fn with(mut self, tag: u16, values: &[u32]) -> Self {
        self.tags.retain(|(other, _)| *other != tag);
        self.tags.push((tag, values.to_vec()));
        self
    }
}

/// Packs the bytes of a strip.
type Code = fn(&[u8]) -> Vec<u8>;

fn lzw(bytes: &[u8]) -> Vec<u8> {
    weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(bytes).unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6)
}

fn runs(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks(128).flat_map(|some| [&[some.len() as u8 - 1], some].concat()).collect()
}

/// The pages; whether samples are not shown.
fn read(file: &[u8]) -> Result<(Vec<Pixels>, bool), NotRead> {
    let (mut all, mut room) = (Vec::new(), Room::new());
    decode(file, &mut room, &mut |pixels| all.push(pixels))?;
    Ok((all, room.unshown))
}

fn one(file: &[u8]) -> Pixels {
    let (mut all, unshown) = read(file).unwrap();
    assert_eq!((all.len(), unshown), (1, false));
    all.remove(0)
}

fn packed(values: &[u8], width: usize, bits: u32) -> Vec<u8> {
    let row = |row: &[u8]| {
        let text: String = row.iter().map(|value| format!("{value:0w$b}", w = bits as usize)).collect();
        text.as_bytes()
            .chunks(8)
            .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0')) << (8 - byte.len()))
            .collect::<Vec<u8>>()
    };
    values.chunks(width).flat_map(row).collect()
}

/// A table of colours: 257 times what is meant, as the form wants it.
fn table(bits: u32) -> (Vec<u32>, impl Fn(u8) -> [u8; 3]) {
    let colour = |index: u8| [index.wrapping_mul(13), 255 - index, index ^ 0x55];
    let levels = (0..3).flat_map(|of| (0..1_u32 << bits).map(move |index| (of, index)));
    let map = levels.map(|(of, index): (usize, u32)| u32::from(colour(index as u8)[of]) * 257).collect();
    (map, colour)
}

#[test]
fn pages_with_a_table_of_colours_are_shown() {
    for bits in [1, 2, 4, 8] {
        let indexes: Vec<u8> = (0..7 * 5).map(|at: u8| (at * 7) & (0xFF >> (8 - bits))).collect();
        let (map, colour) = table(bits);
        let right: Vec<u8> = indexes.iter().flat_map(|index| colour(*index)).collect();
        let right = Pixels::of_rgb(7, 5, right).unwrap();
        for big_endian in [false, true] {
            let sheet = sheet((7, 5), 3, bits, 1, packed(&indexes, 7, bits)).with(320, &map);
            assert_eq!(one(&file(big_endian, std::slice::from_ref(&sheet))), right, "{bits} bits");
            let eight: Vec<u32> = map.iter().map(|level| level >> 8).collect();
            assert_eq!(
                one(&file(big_endian, &[sheet.clone().with(320, &eight)])),
                right,
                "levels of eight bits"
            );
            let short = sheet.with(320, &map[1..]);
            assert_eq!(read(&file(big_endian, &[short])), Err(NotRead::Refused), "not a whole table");
        }
    }
}

#[test]
fn every_coding_and_layout_gives_the_same_pixels() {
    let rgb: Vec<u8> = (0..6 * 4 * 3).map(|at: u8| at.wrapping_mul(29)).collect();
    let right = Pixels::of_rgb(6, 4, rgb.clone()).unwrap();
    let plain = sheet((6, 4), 2, 8, 3, rgb.clone());
    let differences: Vec<u8> = (0..rgb.len())
        .map(|at| if at % 18 < 3 { rgb[at] } else { rgb[at].wrapping_sub(rgb[at - 3]) })
        .collect();
    let of =
        |coding: u32, chunk: Vec<u8>| Sheet { chunks: vec![chunk], ..plain.clone().with(259, &[coding]) };
    let planes: Vec<Vec<u8>> = (0..3).map(|of| rgb.iter().skip(of).step_by(3).copied().collect()).collect();
    let rows = rgb.chunks(18).map(<[u8]>::to_vec).collect();
    // Tiles of 16 by 16: the picture stands in the corner of one.
    let tile: Vec<u8> = (0..16)
        .flat_map(|row| {
            let line = rgb.chunks(18).nth(row).unwrap_or(&[9; 18]);
            [line, &[9; 30]].concat()
        })
        .collect();
    let tiled = Sheet { chunks: vec![tile], tiled: true, ..plain.clone().with(322, &[16]).with(323, &[16]) };
    let sheets = [
        plain.clone(),
        of(5, lzw(&rgb)),
        of(8, zlib(&rgb)),
        of(32_946, zlib(&rgb)),
        of(32_773, runs(&rgb)),
        of(8, zlib(&differences)).with(317, &[2]),
        of(5, lzw(&differences)).with(317, &[2]),
        Sheet { chunks: planes, ..plain.clone().with(284, &[2]) },
        Sheet { chunks: rows, ..plain.clone().with(278, &[1]) },
        tiled,
    ];
    for (sheet, at) in sheets.iter().zip(0..) {
        for big_endian in [false, true] {
            assert_eq!(one(&file(big_endian, std::slice::from_ref(sheet))), right, "sheet {at}");
        }
    }
    assert_eq!(read(&file(false, &sheets)).unwrap().0, vec![right; sheets.len()], "all as pages of one file");
}

#[test]
fn differences_are_those_of_two_codings_alone() {
    let of = |coding: u32, chunk: Vec<u8>| {
        let sheet = sheet((3, 1), 1, 8, 1, chunk).with(259, &[coding]).with(317, &[2]);
        read(&file(false, &[sheet])).map(|(mut all, _)| all.remove(0))
    };
    let sums = Pixels::of_grey(3, 1, vec![1, 3, 6]).unwrap();
    assert_eq!([of(5, lzw(&[1, 2, 3])), of(8, zlib(&[1, 2, 3]))], [Ok(sums.clone()), Ok(sums)]);
    // Some readers add them up and some do not.
    for either in [of(1, vec![1, 2, 3]), of(32_773, runs(&[1, 2, 3]))] {
        assert_eq!(either, Err(NotRead::Refused));
    }
}

#[test]
fn bytes_behind_the_last_pixel_are_told() {
    let codings: [(u32, Code); 4] = [(1, <[u8]>::to_vec), (5, lzw), (8, zlib), (32_773, runs)];
    for (coding, code) in codings {
        // Three rows in strips of two: of the second strip the page shows one.
        let beyond = |first: Vec<u8>, second: Vec<u8>| {
            let sheet = sheet((3, 3), 1, 8, 1, Vec::new()).with(259, &[coding]).with(278, &[2]);
            let mut room = Room::new();
            let file = file(false, &[Sheet { chunks: vec![first, second], ..sheet }]);
            assert_eq!(decode(&file, &mut room, &mut |_| ()), Ok(()), "coding {coding}");
            room.beyond
        };
        let (first, second) = (code(&[1, 2, 3, 4, 5, 6]), code(&[7, 8, 9]));
        let then = |begin: &[u8], more: &[u8]| [begin, more].concat();
        assert!(!beyond(first.clone(), second.clone()), "coding {coding}");
        assert!(!beyond(then(&first, &[0]), second.clone()), "coding {coding}: up to the next even place");
        assert!(beyond(then(&first, b"hidden"), second.clone()), "coding {coding}: behind its end");
        assert!(beyond(code(b"123456hidden"), second.clone()), "coding {coding}: more rows");
        assert!(!beyond(first.clone(), code(&[7, 8, 9, 0, 0, 0])), "coding {coding}: as long as the others");
        assert!(beyond(first.clone(), code(b"789key")), "coding {coding}: in the row that is not shown");
        assert!(beyond(first.clone(), code(b"789\0\0\0hidden")), "coding {coding}: behind that row");
    }
}

/// Whether a page has something beyond its pixels.
fn beyond(sheet: Sheet) -> bool {
    let mut room = Room::new();
    assert_eq!(decode(&file(false, &[sheet]), &mut room, &mut |_| ()), Ok(()));
    room.beyond
}

fn bits(text: &str) -> Vec<u8> {
    let text = text.replace(' ', "");
    let byte = |byte: &[u8]| byte.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0')) << (8 - byte.len());
    text.as_bytes().chunks(8).map(byte).collect()
}

#[test]
fn rows_behind_the_last_one_of_a_facsimile_are_told() {
    // One row of eight white pixels, the end of the block, and what is behind.
    let end = "000000000001000000000001";
    let group_4 = |data: Vec<u8>| beyond(sheet((8, 1), 0, 1, 1, data).with(259, &[4]));
    assert!(!group_4(bits(&format!("1 {end}"))));
    assert!(!group_4(bits("1")), "without an end");
    assert!(!group_4([bits(&format!("1 {end}")), vec![0]].concat()), "up to the next even place");
    assert!(group_4(bits(&format!("1 1 001 1000 11 1 1 1 1 {end}"))), "more rows");
    assert!(group_4([bits(&format!("1 {end}")), b"hidden".to_vec()].concat()), "behind the end");
    // Rows of eight white pixels (10011) of T.4, each on a byte of its own or behind an end of line.
    for (coding, row) in [(2, "10011000"), (3, "000000000001 10011")] {
        let fax = |data: Vec<u8>| beyond(sheet((8, 1), 0, 1, 1, data).with(259, &[coding]));
        assert!(!fax(bits(row)), "coding {coding}");
        assert!(fax(bits(&[row; 9].concat())), "coding {coding}: more rows");
    }
}

#[test]
fn rows_behind_the_last_one_of_a_photograph_are_told() {
    let photograph = |rows: u16| {
        let mut out = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut out, 90);
        let levels = vec![99; 16 * usize::from(rows)];
        encoder.encode(&levels, 16, rows, jpeg_encoder::ColorType::Luma).unwrap();
        out
    };
    // Twelve rows in strips of eight.
    let of = |last: Vec<u8>| {
        let strips = sheet((16, 12), 1, 8, 1, Vec::new()).with(259, &[7]).with(278, &[8]);
        beyond(Sheet { chunks: vec![photograph(8), last], ..strips })
    };
    assert!(!of(photograph(4)));
    assert!(!of([photograph(4), vec![0]].concat()), "up to the next even place");
    assert!(of(photograph(8)), "more rows");
    assert!(of([photograph(4), b"hidden".to_vec()].concat()), "behind its end");
}

#[test]
fn what_a_second_reader_sees_of_strips_in_jpeg_is_told() {
    let levels: Vec<u8> =
        (0..16 * 8_usize).flat_map(|at| [(at * 2) as u8, 200, (at % 16 * 9) as u8]).collect();
    let photograph = |kind: jpeg_encoder::ColorType, sampling, levels: &[u8]| {
        let mut out = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut out, 90);
        encoder.set_sampling_factor(sampling);
        encoder.encode(levels, 16, 8, kind).unwrap();
        out
    };
    let told = |shows: u32, samples: u32, strip: Vec<u8>| {
        let page = sheet((16, 8), shows, 8, samples, strip).with(259, &[7]).with(530, &[1, 1]);
        let mut room = Room::new();
        assert_eq!(decode(&file(false, &[page]), &mut room, &mut |_| ()), Ok(()));
        (room.differ, room.beyond)
    };
    use jpeg_encoder::{ColorType, SamplingFactor};
    for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_2_2] {
        let strip = photograph(ColorType::Rgb, sampling, &levels);
        assert_eq!(told(6, 3, strip.clone()), (false, false), "{sampling:?}");
        let (picture, end) = strip.split_at(strip.len() - 2);
        assert_eq!(told(6, 3, [picture, b"hidden", end].concat()), (false, true), "behind the last block");
    }
    let grey = photograph(ColorType::Luma, SamplingFactor::F_1_1, &levels[..128]);
    assert_eq!(told(1, 1, grey.clone()), (false, false));
    // The decoders of others show a part of it.
    let scan = grey.windows(2).position(|two| two == [0xFF, 0xDA]).unwrap() + 10;
    let cut = [&grey[..scan + 6], &[0xFF, 0xD9]].concat();
    assert!(told(1, 1, cut).0, "data that end early");
}

#[test]
fn what_a_tile_holds_beside_its_page_is_told() {
    // A page of 6 by 4 in the corner of a tile of 16 by 16, of which `at` says the levels.
    let of = |at: &dyn Fn(usize, usize) -> u8| {
        let tile = (0..256).map(|index| at(index % 16, index / 16)).collect();
        let tags = sheet((6, 4), 1, 8, 1, tile).with(322, &[16]).with(323, &[16]);
        beyond(Sheet { tiled: true, ..tags })
    };
    let picture = |x: usize, y: usize| (x * 31 + y * 7) as u8;
    let is_page = |x: usize, y: usize| x < 6 && y < 4;
    assert!(!of(&|x, y| if is_page(x, y) { picture(x, y) } else { 200 }), "one level");
    assert!(!of(&|x, y| picture(x.min(5), y.min(3))), "the edge again");
    assert!(!of(&|x, y| if y < 4 { picture(x.min(5), y) } else { 0 }), "the edge again, and one level below");
    assert!(of(&picture), "another picture");
    for (x, y) in [(15, 0), (6, 3), (0, 4), (15, 15)] {
        assert!(of(&|column, row| match is_page(column, row) {
            true => picture(column, row),
            false => 200 + u8::from((column, row) == (x, y)),
        }));
    }
    let photograph = |at: &dyn Fn(usize, usize) -> u8| {
        let levels: Vec<u8> = (0..64 * 64).map(|index| at(index % 64, index / 64)).collect();
        let mut out = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut out, 60);
        encoder.encode(&levels, 64, 64, jpeg_encoder::ColorType::Luma).unwrap();
        let tags = sheet((20, 12), 1, 8, 1, out).with(259, &[7]).with(322, &[64]).with(323, &[64]);
        beyond(Sheet { tiled: true, ..tags })
    };
    assert!(!photograph(&|x, y| picture(x.min(19), y.min(11))), "the edge again");
    assert!(!photograph(&|x, y| if x < 20 && y < 12 { picture(x, y) } else { 0 }), "one level");
    let word = |x: usize, y: usize| if (x / 2).is_multiple_of(2) && y % 5 < 3 { 0 } else { 255 };
    assert!(photograph(&|x, y| if x < 40 { picture(x.min(19), y.min(11)) } else { word(x, y) }));
    assert!(photograph(&|x, y| if y < 40 { picture(x.min(19), y.min(11)) } else { word(x, y) }));
}

#[test]
fn samples_of_any_size_are_shown_by_their_highest_bits() {
    let right = Pixels::of_grey(3, 1, vec![0, 0x80, 0xFF]).unwrap();
    for (bits, big, little) in [
        (16_u32, vec![0, 0, 0x80, 0xFF, 0xFF, 0xFF], vec![0, 0, 0xFF, 0x80, 0xFF, 0xFF]),
        (32, [[0; 4], [0x80, 9, 9, 9], [0xFF; 4]].concat(), [[0; 4], [9, 9, 9, 0x80], [0xFF; 4]].concat()),
        (12, vec![0, 0x08, 0x01, 0xFF, 0xF0], vec![0, 0x08, 0x01, 0xFF, 0xF0]),
    ] {
        assert_eq!(one(&file(true, &[sheet((3, 1), 1, bits, 1, big)])), right, "{bits} bits");
        assert_eq!(one(&file(false, &[sheet((3, 1), 1, bits, 1, little)])), right, "{bits} bits");
    }
    let white = sheet((2, 1), 0, 8, 1, vec![0, 255]);
    assert_eq!(one(&file(false, &[white])), Pixels::of_grey(2, 1, vec![255, 0]).unwrap(), "white is zero");
    let mask = sheet((2, 1), 4, 1, 1, vec![0b0100_0000]);
    assert_eq!(one(&file(false, &[mask])), Pixels::of_grey(2, 1, vec![0, 255]).unwrap());
}

#[test]
fn facsimiles_are_shown() {
    // Group 4: a row as white as the one before the first is one bit; then three white pixels, two black ones and the rest;
    // then a row that changes where that one does.
    let bits = "1 001 1000 11 1 1 1 1 000000000001000000000001".replace(' ', "");
    let data: Vec<u8> = bits
        .as_bytes()
        .chunks(8)
        .map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | (bit - b'0')) << (8 - byte.len()))
        .collect();
    let fax = sheet((8, 3), 0, 1, 1, data.clone()).with(259, &[4]);
    let row = [255, 255, 255, 0, 0, 255, 255, 255];
    let right = Pixels::of_grey(8, 3, [[255; 8], row, row].concat()).unwrap();
    assert_eq!(one(&file(false, std::slice::from_ref(&fax))), right);
    let turned = data.iter().map(|byte| byte.reverse_bits()).collect();
    let turned = Sheet { chunks: vec![turned], ..fax.with(266, &[2]) };
    assert_eq!(one(&file(true, &[turned])), right, "the lowest bit first");
}

#[test]
fn samples_that_nobody_shows_are_told_apart_from_what_is_clear() {
    let pixels = vec![10, 20, 30, 0, 40, 50, 60, 255];
    let four = sheet((2, 1), 2, 8, 4, pixels);
    let clear = one(&file(false, &[four.clone().with(338, &[2])]));
    assert_eq!(clear.levels(), [255, 255, 255, 40, 50, 60]);
    let mixed = one(&file(false, &[four.clone().with(338, &[1])]));
    assert_eq!(
        mixed.levels(),
        [255, 255, 255, 40, 50, 60],
        "colours that have it in them are no more than white"
    );
    for beside in [four.clone().with(338, &[0]), four] {
        let (all, unshown) = read(&file(false, &[beside])).unwrap();
        assert_eq!((all[0].levels(), unshown), ([10, 20, 30, 40, 50, 60].as_slice(), true));
    }
}

#[test]
fn what_is_too_large_is_said_before_it_is_unpacked() {
    let of = |sheet: Sheet| read(&file(false, &[sheet])).map(|_| ());
    assert_eq!(of(sheet((60_000, 60_000), 1, 8, 1, vec![0; 9])), Err(NotRead::TooLarge));
    assert_eq!(of(sheet((5_000, 5_000), 2, 32, 3, vec![0; 9])), Err(NotRead::TooLarge), "bytes of a pixel");
    let tile = sheet((1, 1), 1, 8, 1, vec![0; 9]).with(322, &[30_000]).with(323, &[30_000]);
    assert_eq!(of(Sheet { tiled: true, ..tile }), Err(NotRead::TooLarge), "a tile far larger than its page");
    // Pages that lead back to themselves end, and so do more than there may be.
    let pages = vec![sheet((1, 1), 1, 8, 1, vec![0]); PICTURES_MAX + 1];
    assert_eq!(read(&file(false, &pages)), Err(NotRead::TooLarge));
    let mut round = file(false, &[sheet((1, 1), 1, 8, 1, vec![0])]);
    let (first, end) = (round[4..8].to_vec(), round.len());
    round[end - 4..].copy_from_slice(&first);
    assert_eq!(read(&round), Err(NotRead::Refused));
}

#[test]
fn a_tag_that_stands_twice_and_a_picture_that_is_cut_are_refused() {
    let mut twice = sheet((2, 1), 1, 8, 1, vec![1, 2]);
    twice.tags.push((256, vec![1]));
    assert_eq!(read(&file(false, &[twice])), Err(NotRead::Refused));
    assert_eq!(read(&file(false, &[sheet((3, 1), 1, 8, 1, vec![1, 2])])), Err(NotRead::Refused));
    let point = sheet((1, 1), 1, 32, 1, vec![0; 4]).with(339, &[3]);
    assert_eq!(read(&file(false, &[point])), Err(NotRead::Refused), "samples with a point");
}

#[test]
fn colours_of_other_systems_are_those_of_the_screen() {
    assert_eq!(from_luminance([200, 128, 128]), [200; 3]);
    assert_eq!(from_luminance([76, 85, 255]), [254, 0, 0]);
    assert_eq!(from_inks([0, 0, 0, 0]), [255; 3]);
    assert_eq!(from_inks([255, 0, 0, 0]), [0, 255, 255]);
    assert_eq!(from_inks([9, 99, 0, 255]), [0; 3]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_is_changed_is_survived(at: usize, byte: u8, second: usize, end: usize, big_endian: bool) {
        let (map, _) = table(2);
        let pages = [
            sheet((7, 5), 3, 2, 1, packed(&[1; 35], 7, 2)).with(320, &map),
            sheet((4, 2), 2, 8, 3, vec![7; 24]).with(259, &[32_773]),
            sheet((4, 2), 6, 8, 3, vec![7; 12]).with(530, &[2, 2]),
        ];
        let mut file = file(big_endian, &pages);
        for at in [at, second] {
            let at = at % file.len();
            file[at] = byte;
            let _ = read(&file);
        }
        file.truncate(end % file.len());
        let _ = read(&file);
    }
}
