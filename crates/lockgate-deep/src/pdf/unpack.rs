//! Streams without their packing (ISO 32000-2, 7.3.8 and 7.4). What a dictionary says of it may stand in objects of its own, which the
//! second reader takes for no packing at all.

use super::ended::{self, Ended};
use super::feature::resolve;
use lopdf::{Dictionary, Document, Object, Stream};

/// Bytes that nothing takes when it is packed: more of them that unpack to nothing are packed in a way that is not known here.
const NOTHING_BYTES_MAX: usize = 16;
/// Filters of one stream at most.
const FILTERS_MAX: usize = 16;
/// Filters that are known here: any other is told before anything is unpacked for nothing.
const KNOWN: &[&[u8]] =
    &[b"FlateDecode", b"BrotliDecode", b"LZWDecode", b"ASCII85Decode", b"ASCIIHexDecode", b"RunLengthDecode"];
/// What filters that are known here may be told, each a whole number.
const NUMBERS: &[&[u8]] = &[b"Predictor", b"Colors", b"BitsPerComponent", b"Columns", b"EarlyChange"];
/// Bits of a pixel that all readers count, in tables of samples for predictors.
const PIXEL_BITS_MAX: i64 = 255;
/// Samples of a row that all readers count.
const COLUMNS_MAX: i64 = 1 << 24;

/// One filter, and what it needs to know.
struct Filter<'a> {
    name: &'a [u8],
    parameters: Option<Dictionary>,
}

/// A stream without its packing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) bytes: Vec<u8>,
    /// Every filter was read up to its end, and nothing stands behind that; of LZW and Brotli nobody says so. And all readers
    /// read alike how it is packed. Otherwise there is more than this, or something else, which readers leave out or look for,
    /// each in its own way.
    pub(super) is_whole: bool,
}

impl Plain {
    /// No whole where readers differ in how the stream is packed.
    fn if_clear(self, document: &Document, stream: &Stream) -> Self {
        Self { is_whole: self.is_whole && is_clear(document, &stream.dict), ..self }
    }
}

/// The bytes that streams may unpack to, those of one and those of all together. What fails counts as if it had filled the room.
pub(super) struct Room {
    left: usize,
}

impl Room {
    pub(super) fn of(bytes: usize) -> Self {
        Self { left: bytes }
    }

    /// What a stream holds; `None` where it is larger than the room, or is packed in a way that is not known, or is so broken that nothing
    /// comes out of it.
    pub(super) fn unpacked(&mut self, document: &Document, stream: &Stream) -> Option<Plain> {
        let filters = filters(document, &stream.dict)?;
        if filters.is_empty() {
            let content = Some(stream.content.as_slice()).filter(|content| content.len() <= self.left)?;
            self.left = self.left.saturating_sub(content.len());
            return Some(Plain { bytes: content.to_vec(), is_whole: true });
        }
        self.through(&filters, stream.content.clone()).map(|plain| plain.if_clear(document, stream))
    }

    /// What the last filter of a stream takes: a picture that was packed once more.
    pub(super) fn before_last(&mut self, document: &Document, stream: &Stream) -> Option<Plain> {
        let filters = filters(document, &stream.dict)?;
        let (_, before) = filters.split_last()?;
        self.through(before, stream.content.clone()).map(|plain| plain.if_clear(document, stream))
    }

    fn through(&mut self, filters: &[Filter<'_>], mut content: Vec<u8>) -> Option<Plain> {
        if filters.len() > FILTERS_MAX || !filters.iter().all(|filter| KNOWN.contains(&filter.name)) {
            return None;
        }
        let (most, mut is_whole) = (self.left, true);
        for filter in filters {
            let packed = content.len();
            let Some(plain) = filter.undo(content, most) else {
                self.left = self.left.saturating_sub(most);
                return None;
            };
            is_whole &= plain.is_whole;
            content = plain.bytes;
            self.left = self.left.saturating_sub(content.len());
            // What does not unpack comes out as nothing.
            if content.is_empty() && packed > NOTHING_BYTES_MAX {
                return None;
            }
        }
        Some(Plain { bytes: content, is_whole })
    }
}

impl Filter<'_> {
    /// What is packed here, up to so many bytes.
    fn undo(&self, packed: Vec<u8>, most: usize) -> Option<Plain> {
        let is_whole = match self.name {
            b"FlateDecode" => match ended::deflate(&packed, most) {
                Ended::At(_, bytes) if bytes.len() > most => return None,
                Ended::At(is_last, bytes) if !self.predicts() => {
                    return Some(Plain { bytes, is_whole: is_last });
                }
                Ended::At(is_last, _) => is_last,
                Ended::Not => false,
            },
            b"ASCIIHexDecode" => ended::hexadecimal(&packed),
            b"RunLengthDecode" => ended::runs(&packed),
            _ => true,
        };
        let mut dictionary = Dictionary::new();
        dictionary.set("Filter", Object::Name(self.name.to_vec()));
        if let Some(parameters) = &self.parameters {
            dictionary.set("DecodeParms", Object::Dictionary(parameters.clone()));
        }
        let bytes = Stream::new(dictionary, packed).decompressed_content_with_limit(most).ok()?;
        Some(Plain { bytes, is_whole })
    }

    /// True where each parameter is one that the standard has (tables 8 and 10), and a pixel has no more bits than all readers count.
    fn is_clear(&self) -> bool {
        let said =
            |key: &[u8]| self.parameters.as_ref().and_then(|said| said.get(key).ok()).map(Object::as_i64);
        let is =
            |key: &[u8], allowed: &dyn Fn(i64) -> bool| said(key).is_none_or(|said| said.is_ok_and(allowed));
        let number = |key: &[u8], otherwise| said(key).and_then(Result::ok).unwrap_or(otherwise);
        let bits = number(b"Colors", 1).saturating_mul(number(b"BitsPerComponent", 8));
        is(b"Predictor", &|predictor| matches!(predictor, 1 | 2 | 10..=15))
            && is(b"Colors", &|colors| colors >= 1)
            && is(b"BitsPerComponent", &|bits| matches!(bits, 1 | 2 | 4 | 8 | 16))
            && is(b"Columns", &|columns| (1..=COLUMNS_MAX).contains(&columns))
            && is(b"EarlyChange", &|early| matches!(early, 0 | 1))
            && bits <= PIXEL_BITS_MAX
    }

    /// True where it unpacks otherwise than without its parameters.
    fn is_changed(&self) -> bool {
        let early = self.parameters.as_ref().and_then(|parameters| parameters.get(b"EarlyChange").ok());
        self.predicts() || early.is_some_and(|early| early.as_i64().ok() != Some(1))
    }

    /// True where bytes stand for differences to others.
    fn predicts(&self) -> bool {
        let said = self.parameters.as_ref().and_then(|parameters| parameters.get(b"Predictor").ok());
        said.is_some_and(|predictor| predictor.as_i64().ok() != Some(1))
    }
}

/// What a stream by itself holds, as [`Room::unpacked`].
pub(super) fn unpacked(document: &Document, stream: &Stream, most: usize) -> Option<Plain> {
    Room::of(most).unpacked(document, stream)
}

fn said<'a>(document: &'a Document, dictionary: &'a Dictionary, key: &[u8]) -> &'a Object {
    dictionary.get(key).map_or(&Object::Null, |said| resolve(document, said))
}

/// The names of the filters of a stream in their order; `None` where what is said of them is none.
pub(super) fn names<'a>(document: &'a Document, dictionary: &'a Dictionary) -> Option<Vec<&'a [u8]>> {
    match said(document, dictionary, b"Filter") {
        Object::Null => Some(Vec::new()),
        Object::Name(name) => Some(vec![name.as_slice()]),
        Object::Array(names) => names.iter().map(|name| resolve(document, name).as_name().ok()).collect(),
        _ => None,
    }
}

/// True where every reader takes the same for how a stream is packed: a list of filters has a list of parameters and a single one has
/// its own, or none that changes anything; and by the whole word, since some believe the short one of pictures inside of content
/// (`DP`) before it.
fn is_clear(document: &Document, dictionary: &Dictionary) -> bool {
    let is_list = |key: &[u8]| matches!(said(document, dictionary, key), Object::Array(_));
    let are_of_one_form = is_list(b"Filter") == is_list(b"DecodeParms");
    let filters = filters(document, dictionary).unwrap_or_default();
    let is_clear = |filter: &Filter<'_>| filter.is_clear() && (are_of_one_form || !filter.is_changed());
    !dictionary.has(b"DP") && filters.iter().all(is_clear)
}

/// The filters of a stream in their order; `None` where what is said of them is none, or leads nowhere.
fn filters<'a>(document: &'a Document, dictionary: &'a Dictionary) -> Option<Vec<Filter<'a>>> {
    let of_all = said(document, dictionary, b"DecodeParms");
    let filters = names(document, dictionary)?.into_iter().enumerate().map(|(index, name)| {
        let parameters = match of_all {
            Object::Array(each) => each.get(index).map_or(&Object::Null, |one| resolve(document, one)),
            of_all => of_all,
        };
        let parameters = match parameters {
            Object::Null => None,
            Object::Dictionary(parameters) => Some(resolved(document, parameters)?),
            _ => return None,
        };
        Some(Filter { name, parameters })
    });
    filters.collect()
}

/// The numbers by which a filter unpacks (tables 8 and 9), none of which stands in another object; `None` where one is no whole number,
/// which readers take for another each.
fn resolved(document: &Document, parameters: &Dictionary) -> Option<Dictionary> {
    let mut numbers = Dictionary::new();
    for (key, value) in parameters.iter().filter(|(key, _)| NUMBERS.contains(&key.as_slice())) {
        match resolve(document, value) {
            Object::Null => {}
            number => numbers.set(key.clone(), number.as_i64().ok()?),
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream whose content says how it is packed, in one object of the document each.
    fn stream(filter: Object, parameters: Object, content: &[u8]) -> Stream {
        let dictionary = [("Filter", filter), ("DecodeParms", parameters)].into_iter().collect();
        Stream::new(dictionary, content.to_vec())
    }

    fn document(objects: &[Object]) -> Document {
        let mut document = Document::new();
        for (object, number) in objects.iter().zip(1..) {
            document.objects.insert((number, 0), object.clone());
        }
        document
    }

    fn name(name: &str) -> Object {
        Object::Name(name.as_bytes().to_vec())
    }

    const NO: Object = Object::Null;

    fn whole(plain: Plain) -> Vec<u8> {
        assert!(plain.is_whole);
        plain.bytes
    }

    #[test]
    fn what_stands_in_another_object_is_read_there() {
        let flat = miniz_oxide::deflate::compress_to_vec_zlib(b"\x01abbb", 9);
        let to = Object::Reference;
        let predicted: Dictionary =
            [("Predictor", to((3, 0))), ("Columns", Object::Integer(4))].into_iter().collect();
        let document = document(&[
            name("FlateDecode"),
            Object::Array(vec![to((1, 0))]),
            Object::Integer(15),
            Object::Dictionary(predicted.clone()),
            Object::Array(vec![to((4, 0))]),
            to((1, 0)),
        ]);
        let of = |filter: Object, parameters: Object| {
            unpacked(&document, &stream(filter, parameters, &flat), 1000).map(whole)
        };
        for filter in
            [name("FlateDecode"), to((1, 0)), to((2, 0)), to((6, 0)), Object::Array(vec![to((6, 0))])]
        {
            assert_eq!(of(filter.clone(), NO).as_deref(), Some(&b"\x01abbb"[..]), "{filter:?}");
            for parameters in [Object::Dictionary(predicted.clone()), to((4, 0)), to((5, 0))] {
                let plain = unpacked(&document, &stream(filter.clone(), parameters.clone(), &flat), 1000);
                let plain = plain.unwrap_or_else(|| panic!("{filter:?} {parameters:?}"));
                assert_eq!(plain.bytes, b"a\xC3\x25\x87", "{filter:?} {parameters:?}");
                let is_list = |said: &Object| matches!(resolve(&document, said), Object::Array(_));
                assert_eq!(
                    plain.is_whole,
                    is_list(&filter) == is_list(&parameters),
                    "{filter:?} {parameters:?}"
                );
            }
        }
        let parameter = |key: &str, value: Object| Object::Dictionary([(key, value)].into_iter().collect());
        for no_number in [parameter("Predictor", NO), parameter("Strange", Object::Real(15.0))] {
            let plain = of(name("FlateDecode"), no_number.clone());
            assert_eq!(plain.as_deref(), Some(&b"\x01abbb"[..]), "{no_number:?}");
        }
        for (filter, parameters) in [
            (name("FlateDecode"), parameter("Predictor", Object::Real(15.0))),
            (name("FlateDecode"), parameter("Columns", to((1, 0)))),
            (to((9, 0)), NO),
            (to((3, 0)), NO),
            (Object::Array(vec![to((9, 0))]), NO),
            (Object::Array(vec![name("FlateDecode"), Object::Integer(1)]), NO),
            (name("FlateDecode"), to((9, 0))),
            (name("FlateDecode"), Object::Integer(1)),
        ] {
            assert_eq!(of(filter.clone(), parameters.clone()), None, "{filter:?} {parameters:?}");
        }
    }

    /// The renderer counts bits of a pixel in a byte, leaves out numbers that do not fit there, and believes `DP` first.
    #[test]
    fn what_readers_unpack_differently_is_no_whole() {
        let flat = miniz_oxide::deflate::compress_to_vec_zlib(&b"\0words of".repeat(64), 9);
        let is_whole = |said: &[(&str, i64)], more: &[(&str, Object)]| {
            let parameters: Dictionary =
                said.iter().map(|(key, number)| (*key, Object::Integer(*number))).collect();
            let mut stream = stream(name("FlateDecode"), Object::Dictionary(parameters), &flat);
            more.iter().for_each(|(key, value)| stream.dict.set(*key, value.clone()));
            unpacked(&document(&[]), &stream, 100_000).is_some_and(|plain| plain.is_whole)
        };
        let rows = [("Predictor", 15), ("Columns", 8)];
        assert!(is_whole(&rows, &[]) && is_whole(&[("EarlyChange", 1), ("Strange", 500)], &[]));
        assert!(is_whole(&[("Predictor", 12), ("Columns", 1), ("Colors", 8), ("BitsPerComponent", 8)], &[]));
        for said in [
            ("Predictor", 271),
            ("Predictor", 3),
            ("Predictor", 0),
            ("Predictor", -1),
            ("Colors", 0),
            ("Colors", 32),
            ("BitsPerComponent", 3),
            ("Columns", 0),
            ("Columns", 1 << 40),
            ("EarlyChange", 2),
        ] {
            assert!(!is_whole(&[said], &[]), "{said:?}");
        }
        assert!(!is_whole(&rows, &[("DP", Object::Dictionary(Dictionary::new()))]));
        assert!(!is_whole(&rows, &[("DP", NO)]));
    }

    #[test]
    fn an_empty_list_is_no_packing() {
        let of = |filter: Object, most: usize| {
            unpacked(&document(&[]), &stream(filter, NO, b"words of a page that are more"), most).map(whole)
        };
        for filter in [Object::Array(Vec::new()), NO] {
            assert_eq!(of(filter.clone(), 29).as_deref(), Some(&b"words of a page that are more"[..]));
            assert_eq!(of(filter, 28), None);
        }
        assert_eq!(of(name("FlateDecode"), 1000), None, "nothing out of something");
    }

    #[test]
    fn what_fails_takes_room_as_what_does_not() {
        let document = document(&[]);
        let large = miniz_oxide::deflate::compress_to_vec_zlib(&[b'x'; 101], 9);
        let large = stream(name("FlateDecode"), NO, &large);
        let small = stream(name("ASCIIHexDecode"), NO, b"4142>");
        let mut room = Room::of(100);
        assert_eq!(room.unpacked(&document, &stream(name("Strange"), NO, b"nothing is done")), None);
        assert_eq!((room.unpacked(&document, &small).map(whole), room.left), (Some(b"AB".to_vec()), 98));
        let twice = Object::Array(vec![name("ASCIIHexDecode"), name("ASCIIHexDecode")]);
        assert_eq!(room.unpacked(&document, &stream(twice, NO, b"3431>")).map(whole), Some(b"A".to_vec()));
        assert_eq!(room.left, 95, "each filter counts");
        assert_eq!((room.unpacked(&document, &large), room.left), (None, 0));
        assert_eq!(room.unpacked(&document, &small), None);
    }

    #[test]
    fn a_part_is_no_whole() {
        let plain: String = (0..999).map(|line| format!("words of a page {line}\n")).collect();
        let flat = miniz_oxide::deflate::compress_to_vec_zlib(plain.as_bytes(), 9);
        let of = |filter: Object, parameters: Object, content: &[u8]| {
            let part = unpacked(&document(&[]), &stream(filter, parameters, content), 100_000).unwrap();
            assert!(part.bytes.starts_with(b"words of"), "{part:?}");
            part.is_whole
        };
        let (half, tail) = (&flat[..flat.len() / 2], [&flat[..], b"hidden"].concat());
        assert!(of(name("FlateDecode"), NO, &flat));
        assert!(!of(name("FlateDecode"), NO, &tail), "bytes behind its end");
        assert!(!of(name("FlateDecode"), NO, half), "a part");
        // Rows of eight bytes as they are, each behind a byte that says so.
        let said = [("Predictor", Object::Integer(15)), ("Columns", Object::Integer(8))];
        let predicted = || Object::Dictionary(said.iter().cloned().collect());
        let flat_rows = miniz_oxide::deflate::compress_to_vec_zlib(&b"\0words of".repeat(99), 9);
        assert!(of(name("FlateDecode"), predicted(), &flat_rows));
        assert!(!of(name("FlateDecode"), predicted(), &[&flat_rows[..], b"hidden"].concat()));
        let hex: String = flat.iter().map(|byte| format!("{byte:02X}")).collect();
        let both = || Object::Array(vec![name("ASCIIHexDecode"), name("FlateDecode")]);
        assert!(of(both(), NO, format!("{hex}>\n").as_bytes()));
        assert!(!of(both(), NO, format!("{hex}>00").as_bytes()), "of the first of two");
    }
}
