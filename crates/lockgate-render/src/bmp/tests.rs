use super::*;

/// A file with these headers behind the first eighteen bytes, a table, and pixels.
fn file(header_bytes: u32, header: &[u8], table: &[u8], pixels: &[u8]) -> Vec<u8> {
    let at = 14 + header_bytes + u32::try_from(table.len()).unwrap();
    let mut out = [b"BM", [0; 8].as_slice(), &at.to_le_bytes(), &header_bytes.to_le_bytes(), header].concat();
    out.resize(14 + header_bytes as usize, 0);
    [out, table.to_vec(), pixels.to_vec()].concat()
}

/// The fields from the sides to the number of colours.
fn header(sides: (i32, i32), bits: u32, compression: u32, masks: &[u32]) -> Vec<u8> {
    let sides = [sides.0, sides.1].map(|side| u32::from_le_bytes(side.to_le_bytes()));
    let fields = [sides[0], sides[1], 1 | bits << 16, compression, 0, 0, 0, 0, 0];
    fields.iter().chain(masks).flat_map(|field| field.to_le_bytes()).collect()
}

fn read(file: &[u8]) -> Result<Pixels, NotRead> {
    let mut all = Vec::new();
    decode(file, &mut Room::new(), &mut |pixels| all.push(pixels)).map(|()| all.remove(0))
}

/// Colours of any number: blue, green, red and nothing.
fn table(count: u8) -> Vec<u8> {
    (0..count).flat_map(|index| [index, 100_u8.wrapping_add(index), 255 - index, 0]).collect()
}

fn of(sides: (usize, usize), indexes: &[u8]) -> Pixels {
    let rgb = indexes.iter().flat_map(|index| [255 - index, 100 + index, *index]);
    Pixels::of_rgb(sides.0, sides.1, rgb.collect()).unwrap()
}

#[test]
fn rows_of_a_few_bits_end_on_four_bytes() {
    // Five columns, two rows from below: the second is 1, 0, 1, 1, 0.
    let right = of((5, 2), &[1, 0, 1, 1, 0, 0, 1, 0, 0, 1]);
    for (bits, count, rows) in [
        (1, 2, [[0b0100_1000, 0, 0, 0], [0b1011_0000, 0, 0, 0]].concat()),
        (2, 4, [[0b0001_0000, 0b0100_0000, 0, 0], [0b0100_0101, 0, 0, 0]].concat()),
        (4, 16, [[0x01, 0x00, 0x10, 0], [0x10, 0x11, 0x00, 0]].concat()),
        (8, 200, [[0, 1, 0, 0, 1, 0, 0, 0], [1, 0, 1, 1, 0, 0, 0, 0]].concat()),
    ] {
        // 200 colours of 256 is what the header has to say then.
        let mut stated = header((5, 2), bits, 0, &[]);
        stated[28..32].copy_from_slice(&u32::from(count).to_le_bytes());
        assert_eq!(read(&file(40, &stated, &table(count), &rows)), Ok(right.clone()), "{bits} bits");
        let turned = [header((5, -2), bits, 0, &[])[..28].to_vec(), stated[28..].to_vec()].concat();
        let rows: Vec<u8> = rows.rchunks(rows.len() / 2).flatten().copied().collect();
        assert_eq!(
            read(&file(40, &turned, &table(count), &rows)),
            Ok(right.clone()),
            "{bits} bits from above"
        );
        assert_eq!(read(&file(40, &turned, &table(count), &rows[1..])), Err(NotRead::Refused), "cut off");
    }
    let core: Vec<u8> = table(2).chunks(4).flat_map(|colour| colour[..3].to_vec()).collect();
    let old = file(12, &[5, 0, 1, 0, 1, 0, 1, 0], &core, &[0b1011_0000, 0, 0, 0]);
    assert_eq!(read(&old), Ok(of((5, 1), &[1, 0, 1, 1, 0])), "the oldest header");
}

#[test]
fn colours_stand_where_their_bits_are() {
    let of = |rgb: &[u8]| Ok(Pixels::of_rgb(rgb.len() / 3, 1, rgb.to_vec()).unwrap());
    let plain = file(40, &header((1, 1), 16, 0, &[]), &[], &[0x1F, 0x7C, 0, 0]);
    assert_eq!(read(&plain), of(&[255, 0, 255]), "five bits each");
    let masks = file(52, &header((1, 1), 16, 3, &[0xF800, 0x07E0, 0x001F]), &[], &[0xE0, 0x07, 0, 0]);
    assert_eq!(read(&masks), of(&[0, 255, 0]), "six of them green");
    let clear = [0xFF, 0xFF00, 0xFF_0000, 0xFF00_0000];
    let clear = file(56, &header((2, 1), 32, 3, &clear), &[], &[9, 8, 7, 255, 0, 0, 0, 0]);
    assert_eq!(read(&clear), of(&[9, 8, 7, 255, 255, 255]));
    let three = file(40, &header((1, 1), 24, 0, &[]), &[], &[3, 2, 1, 0]);
    assert_eq!(read(&three), of(&[1, 2, 3]));
    let apart = file(52, &header((1, 1), 16, 3, &[0xF801, 0x07E0, 0x001E]), &[], &[0; 4]);
    assert_eq!(read(&apart), Err(NotRead::Refused), "bits that do not stand side by side");
}

#[test]
fn bits_of_no_colour_that_differ_are_told() {
    let of_sides = |sides: (i32, i32), bits: u32, compression: u32, masks: &[u32], pixels: &[u8]| {
        let mut room = Room::new();
        let bytes = if masks.is_empty() { 40 } else { 56 };
        let colours = if bits <= 8 { table(1 << bits) } else { Vec::new() };
        let file = file(bytes, &header(sides, bits, compression, masks), &colours, pixels);
        assert_eq!(decode(&file, &mut room, &mut |_| ()), Ok(()));
        room.unshown
    };
    let unshown =
        |bits, compression, masks: &[u32], pixels: &[u8]| of_sides((2, 1), bits, compression, masks, pixels);
    for fourth in [0, 7, 255] {
        assert!(!unshown(32, 0, &[], &[1, 2, 3, fourth, 4, 5, 6, fourth]), "the same everywhere");
    }
    assert!(unshown(32, 0, &[], &[1, 2, 3, b'h', 4, 5, 6, b'i']));
    assert!(unshown(16, 0, &[], &[0, 0x80, 0, 0]), "the highest of sixteen bits");
    let colours = [0x00FF_0000, 0xFF00, 0xFF];
    assert!(unshown(32, 3, &[&colours[..], &[0]].concat(), &[1, 2, 3, b'h', 4, 5, 6, b'i']));
    assert!(!unshown(32, 3, &[&colours[..], &[0xFF00_0000]].concat(), &[1, 2, 3, 0, 4, 5, 6, 255]), "clear");
    assert!(!unshown(24, 0, &[], &[1, 2, 3, 4, 5, 6, 0, 0]), "three bytes are all colours");
    for fill in [0, 255] {
        assert!(!of_sides((1, 2), 24, 0, &[], &[1, 2, 3, fill, 4, 5, 6, fill]), "rows filled with {fill}");
    }
    assert!(of_sides((1, 2), 24, 0, &[], &[1, 2, 3, b'h', 4, 5, 6, b'i']), "what fills rows");
    assert!(of_sides((2, 1), 24, 0, &[], &[1, 2, 3, 4, 5, 6, b'h', b'i']));
    assert!(of_sides((1, 2), 16, 0, &[], &[1, 2, b'h', b'i', 4, 5, b'h', b'i']));
    assert!(!of_sides((3, 2), 4, 0, &[], &[0x12, 0x30, 0, 0, 0x12, 0x30, 0, 0]));
    assert!(of_sides((3, 2), 4, 0, &[], &[0x12, 0x30, 0, 0, 0x12, 0x35, 0, 0]), "bits behind the last pixel");
    assert!(of_sides((3, 2), 4, 0, &[], &[0x12, 0x30, 0, 0, 0x12, 0x30, 0, b'h']));
    assert!(
        !of_sides((9, 1), 1, 0, &[], &[0x12, 0x80, 0, 0]) && of_sides((9, 1), 1, 0, &[], &[0x12, 0x80, 0, 1])
    );
}

#[test]
fn runs_are_taken_only_where_every_pixel_is_set_in_its_row() {
    let eight =
        |runs: &[u8]| read(&file(40, &header((5, 2), 8, 1, &[]), &[table(8), vec![0; 992]].concat(), runs));
    let right = Ok(of((5, 2), &[1, 2, 3, 3, 3, 4, 4, 4, 4, 4]));
    assert_eq!(eight(&[5, 4, 0, 0, 1, 1, 1, 2, 3, 3, 0, 1]), right);
    assert_eq!(eight(&[5, 4, 0, 0, 0, 5, 1, 2, 3, 3, 3, 0, 0, 0, 0, 1]), right, "one by one");
    for (runs, what) in [
        (vec![5, 4, 0, 0, 4, 1, 0, 1], "not all"),
        (vec![6, 4, 0, 0, 4, 1, 0, 1], "over the end of a row"),
        (vec![5, 4, 5, 1, 0, 1], "no end of a row"),
        (vec![5, 4, 0, 0, 0, 0, 5, 1, 0, 1], "a row left out"),
        (vec![5, 4, 0, 2, 0, 0, 5, 1, 0, 1], "a step"),
        (vec![5, 4, 0, 0, 5, 1, 0, 0, 5, 1, 0, 1], "a row too many"),
    ] {
        assert_eq!(eight(&runs), Err(NotRead::Refused), "{what}");
    }
    let runs = [5, 0x12, 0, 0, 0, 5, 0x11, 0x22, 0x30, 0, 0, 1];
    let four = read(&file(40, &header((5, 2), 4, 2, &[]), &[table(8), vec![0; 32]].concat(), &runs));
    assert_eq!(four, Ok(of((5, 2), &[1, 1, 2, 2, 3, 1, 2, 1, 2, 1])));
}

#[test]
fn a_number_without_a_colour_and_a_kind_of_no_name_are_refused() {
    let mut few = header((4, 1), 8, 0, &[]);
    few[28] = 2;
    assert_eq!(read(&file(40, &few, &table(2), &[0, 1, 1, 2])), Err(NotRead::Refused));
    for (bits, compression) in [(24, 4), (24, 5), (8, 2), (4, 1), (24, 3), (48, 0)] {
        let strange = file(40, &header((1, 1), bits, compression, &[]), &[], &[0; 64]);
        assert_eq!(read(&strange), Err(NotRead::Refused), "{bits} {compression}");
    }
    let large = file(40, &header((60_000, 60_000), 24, 0, &[]), &[], &[0; 9]);
    assert_eq!(read(&large), Err(NotRead::TooLarge));
}
