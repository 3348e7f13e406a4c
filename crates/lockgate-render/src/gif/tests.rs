use super::*;
use weezl::BitOrder;
use weezl::encode::Encoder;

const RED: [u8; 3] = [255, 0, 0];
const BLUE: [u8; 3] = [0, 0, 255];

/// A screen with two colours, these blocks, and an end.
fn file(screen: (u8, u8), blocks: &[Vec<u8>], end: &[u8]) -> Vec<u8> {
    let head = [b"GIF89a".as_slice(), &[screen.0, 0, screen.1, 0, 0x80, 0, 0], &RED, &BLUE].concat();
    [head, blocks.concat(), end.to_vec()].concat()
}

/// A picture at a place with these numbers of colours.
fn frame([left, top, width, height]: [u8; 4], flags: u8, indexes: &[u8]) -> Vec<u8> {
    let data = Encoder::new(BitOrder::Lsb, 2).encode(indexes).unwrap();
    let place = [0x2C, left, 0, top, 0, width, 0, height, 0, flags, 2, u8::try_from(data.len()).unwrap()];
    [place.as_slice(), &data, &[0]].concat()
}

fn pictures(file: &[u8]) -> Result<Vec<Pixels>, NotRead> {
    let mut all = Vec::new();
    decode(file, &mut Room::new(), &mut |pixels| all.push(pixels)).map(|()| all)
}

fn of(width: usize, height: usize, colours: &[[u8; 3]]) -> Pixels {
    Pixels::of_rgb(width, height, colours.concat()).unwrap()
}

const WHITE: [u8; 3] = [255; 3];

#[test]
fn what_is_beyond_the_screen_is_shown() {
    let inside = file((2, 1), &[frame([0, 0, 2, 1], 0, &[0, 1])], b";");
    assert_eq!(pictures(&inside).unwrap(), [of(2, 1, &[RED, BLUE])]);
    let beyond = file((1, 1), &[frame([1, 1, 2, 1], 0, &[0, 1])], b";");
    assert_eq!(pictures(&beyond).unwrap(), [of(3, 2, &[WHITE, WHITE, WHITE, WHITE, RED, BLUE])]);
    let blocks = [frame([0, 0, 1, 1], 0, &[0]), frame([0, 1, 2, 1], 0, &[1, 1])];
    let second = file((1, 1), &blocks, b";");
    assert_eq!(pictures(&second).unwrap(), [of(1, 1, &[RED]), of(2, 2, &[RED, WHITE, BLUE, BLUE])]);
    let none = file((0, 0), &[frame([0, 0, 1, 1], 0, &[1])], b";");
    assert_eq!(pictures(&none).unwrap(), [of(1, 1, &[BLUE])]);
}

#[test]
fn a_file_that_ends_between_two_blocks_has_its_pictures() {
    let whole = file((2, 1), &[frame([0, 0, 2, 1], 0, &[0, 1])], b"");
    assert_eq!(pictures(&whole).unwrap().len(), 1);
    for end in 20..whole.len() {
        assert!(pictures(&whole[..end]).map_or(true, |all| all.is_empty()), "cut at {end}");
    }
}

#[test]
fn rows_that_are_interlaced_come_in_their_order() {
    let rows: Vec<u8> = (0..9).map(|row| u8::from(row % 3 == 0)).collect();
    let order = [0, 8, 4, 2, 6, 1, 3, 5, 7];
    let file = file((1, 9), &[frame([0, 0, 1, 9], 0x40, &order.map(|row: usize| rows[row]))], b";");
    let colours: Vec<_> = rows.iter().map(|index| if *index == 1 { BLUE } else { RED }).collect();
    assert_eq!(pictures(&file).unwrap(), [of(1, 9, &colours)]);
}

#[test]
fn what_no_table_says_is_refused() {
    let unknown = file((1, 1), &[frame([0, 0, 1, 1], 0, &[3])], b";");
    assert_eq!(pictures(&unknown), Err(NotRead::Refused), "a number without a colour");
    let clear = [vec![0x21, 0xF9, 4, 1, 0, 0, 3, 0], frame([0, 0, 1, 1], 0, &[3])];
    assert_eq!(pictures(&file((1, 1), &clear, b";")).unwrap(), [of(1, 1, &[WHITE])], "but a clear one");
    let mut bare = file((1, 1), &[frame([0, 0, 1, 1], 0, &[0])], b";");
    bare[10] = 0;
    bare.drain(13..19);
    assert_eq!(pictures(&bare), Err(NotRead::Refused), "no table at all");
    let stray = file((1, 1), &[vec![0x55], frame([0, 0, 1, 1], 0, &[0])], b";");
    assert_eq!(pictures(&stray), Err(NotRead::Refused), "a block of no kind");
}

#[test]
fn pictures_are_counted_and_their_places_too() {
    let all = file((9, 9), &vec![frame([0, 0, 1, 1], 0, &[0]); 1_001], b";");
    let mut seen = 0;
    let read = decode(&all, &mut Room::new(), &mut |_| seen += 1);
    assert_eq!((read, seen), (Err(NotRead::TooLarge), 1_000));
    let far = file((1, 1), &[frame([0, 0, 1, 1], 0, &[0])], b";");
    let at = far.windows(2).position(|part| part == [0x2C, 0]).unwrap();
    let mut far = far;
    far[at + 1..at + 5].copy_from_slice(&[0xFF; 4]);
    assert_eq!(pictures(&far), Err(NotRead::TooLarge), "a place far out");
}
