use super::*;
use proptest::prelude::*;

const LOOK: Wish = Wish { rebuild: Rebuild::Lossless, previews: 2, scans: 2, only_scans: false };

/// Six pixels by four, in colour.
fn rgb() -> Vec<u8> {
    (0..6 * 4).flat_map(|at: u8| [at * 10, 255 - at * 10, 40]).collect()
}

/// A bitmap of 24 bits, rows from below.
fn bmp(rgb: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let row = (width * 3).next_multiple_of(4);
    let mut out = b"BM".to_vec();
    for field in [54 + row * height, 0, 54, 40, width, height, 1 | 24 << 16, 0, row * height, 0, 0, 0, 0] {
        out.extend(field.to_le_bytes());
    }
    for line in rgb.chunks(width as usize * 3).rev() {
        out.extend(line.chunks(3).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]));
        out.extend(vec![0; (row - width * 3) as usize]);
    }
    out
}

fn webp(rgb: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = image_webp::WebPEncoder::new(&mut out);
    encoder.encode(rgb, width, height, image_webp::ColorType::Rgb8).unwrap();
    out
}

/// A TIFF of so many pages.
fn tiff(rgb: &[u8], width: u32, height: u32, pages: usize) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let mut encoder = ::tiff::encoder::TiffEncoder::new(&mut out).unwrap();
    for _ in 0..pages {
        encoder.write_image::<::tiff::encoder::colortype::RGB8>(width, height, rgb).unwrap();
    }
    out.into_inner()
}

/// A GIF of so many pictures, each of four colours.
fn gif(pages: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = ::gif::Encoder::new(&mut out, 4, 2, &[0, 0, 0, 255, 0, 0, 0, 255, 0, 9, 9, 9]).unwrap();
    for _ in 0..pages {
        let pixels = vec![0, 1, 2, 3, 3, 2, 1, 0];
        encoder.write_frame(&::gif::Frame::from_indexed_pixels(4, 2, pixels, None)).unwrap();
    }
    drop(encoder);
    out
}

fn decoded(kind: Kind, file: &[u8]) -> Result<Vec<Pixels>, NotRead> {
    let mut all = Vec::new();
    each(&Coded::As(kind, file), &mut Room::new(), &mut |pixels| all.push(pixels)).map(|()| all)
}

#[test]
fn every_form_gives_the_pixels_that_were_written() {
    let right = Pixels::of_rgb(6, 4, rgb()).unwrap();
    for (kind, file) in [
        (Kind::Bmp, bmp(&rgb(), (6, 4))),
        (Kind::Webp, webp(&rgb(), 6, 4)),
        (Kind::Tiff, tiff(&rgb(), 6, 4, 1)),
        (Kind::Png, portable::encode(&right).unwrap()),
    ] {
        assert_eq!(decoded(kind, &file).unwrap(), std::slice::from_ref(&right), "{kind:?}");
        let made = pictures(&[Coded::As(kind, &file)], LOOK, Some(Written::Png)).unwrap();
        let rebuilt = decoded(Kind::Png, &made.rebuilt.unwrap()).unwrap();
        assert_eq!(
            (made.count, made.previews.len(), rebuilt),
            (1, 1, vec![right.clone().flattened(2)]),
            "{kind:?}"
        );
        assert_eq!(pictures(&[Coded::As(kind, &file)], LOOK, None).unwrap().rebuilt, None);
    }
    let [black, red, green, dark] = [[0, 0, 0], [255, 0, 0], [0, 255, 0], [9, 9, 9]];
    let gif_rgb = [black, red, green, dark, dark, green, red, black].concat();
    assert_eq!(decoded(Kind::Gif, &gif(1)).unwrap(), [Pixels::of_rgb(4, 2, gif_rgb).unwrap()]);
}

#[test]
fn of_several_pictures_each_is_decoded_and_nothing_is_built() {
    for (kind, file) in [(Kind::Tiff, tiff(&rgb(), 6, 4, 3)), (Kind::Gif, gif(3))] {
        let made = pictures(&[Coded::As(kind, &file)], LOOK, Some(Written::Png)).unwrap();
        assert_eq!((made.count, made.previews.len(), made.rebuilt), (3, 2, None), "{kind:?}");
    }
}

#[test]
fn sides_are_looked_at_before_pixels() {
    let mut file = bmp(&rgb(), (6, 4));
    file[18..26].copy_from_slice(&[0, 0, 1, 0, 0, 0, 1, 0]);
    assert_eq!(decoded(Kind::Bmp, &file), Err(NotRead::TooLarge));
    let mut file = gif(1);
    file[6..10].copy_from_slice(&[0xFF; 4]);
    assert_eq!(decoded(Kind::Gif, &file), Err(NotRead::TooLarge));
    let mut file = tiff(&rgb(), 6, 4, 1);
    for tag in [256_u16, 257] {
        let entry = [tag.to_le_bytes(), 4_u16.to_le_bytes()].concat();
        let at = file.windows(4).position(|part| part == entry).unwrap() + 8;
        file[at..at + 4].copy_from_slice(&60_000_u32.to_le_bytes());
    }
    // As many strips as those rows would need are not there either: its decoder says so first.
    assert!(decoded(Kind::Tiff, &file).is_err());
}

#[test]
fn all_parts_of_an_object_share_their_room() {
    let dot = Raster {
        samples: &[7],
        sides: (1, 1),
        block: (1, 1),
        blocks: (1, 1),
        bands: 1,
        bytes: 1,
        bits: 8,
        order: Order::Block,
        tables: [&[]; 3],
    };
    let of = |count: usize| pictures(&vec![Coded::Plain(dot); count], Wish::default(), None);
    assert_eq!(of(PICTURES_MAX).unwrap().count, PICTURES_MAX);
    let over = Unread { why: NotRead::TooLarge, picture: PICTURES_MAX + 1 };
    assert_eq!(of(PICTURES_MAX + 1), Err(over));
    // Of a part that holds several, each counts.
    let parts = vec![Coded::Plain(dot); PICTURES_MAX - 2];
    let several = gif(3);
    let all = [parts, vec![Coded::As(Kind::Gif, &several)]].concat();
    let over = Unread { why: NotRead::TooLarge, picture: PICTURES_MAX + 1 };
    assert_eq!(pictures(&all, Wish::default(), None), Err(over));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_changed_no_decoder_ends_the_worker(at: usize, byte: u8, end: usize) {
        let files = [
            (Kind::Bmp, bmp(&rgb(), (6, 4))),
            (Kind::Webp, webp(&rgb(), 6, 4)),
            (Kind::Tiff, tiff(&rgb(), 6, 4, 2)),
            (Kind::Gif, gif(2)),
        ];
        for (kind, mut file) in files {
            let at = at % file.len();
            file[at] = byte;
            let _ = decoded(kind, &file);
            file.truncate(end % file.len());
            let _ = decoded(kind, &file);
        }
    }
}
