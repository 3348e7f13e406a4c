//! Content streams: nothing in them but operators with their operands (ISO 32000-2, 7.8.2 and annex A).

use super::feature::resolve;
use super::keys::Keys;
use super::lexer::{Lexer, Token};
use super::unpack::unpacked;
use crate::{Answer, codes};
use core::ops::Range;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes that one content stream may unpack to.
const CONTENT_BYTES_MAX: usize = 64 << 20;
/// Bytes of all strings beside the drawing that are kept.
const TEXTS_BYTES_MAX: usize = 1 << 20;

/// Strings of one operator that wait for it at most; with more, all are taken to be beside the drawing.
const WAITING_MAX: usize = 65_536;
/// Operands of one operator at most: with more, the renderer stops, and others go on.
const OPERANDS_MAX: usize = 33;
/// Where a text beside the drawing stands.
const BESIDE: &str = "beside the drawing of the pages";

/// Every operator of the standard; `BX` and `EX` bracket others, and are a finding by themselves.
const OPERATORS: &[&[u8]] = &[
    b"b", b"B", b"b*", b"B*", b"BDC", b"BI", b"BMC", b"BT", b"c", b"cm", b"CS", b"cs", b"d", b"d0", b"d1",
    b"Do", b"DP", b"EI", b"EMC", b"ET", b"f", b"F", b"f*", b"G", b"g", b"gs", b"h", b"i", b"ID", b"j", b"J",
    b"K", b"k", b"l", b"m", b"M", b"MP", b"n", b"q", b"Q", b"re", b"RG", b"rg", b"ri", b"s", b"S", b"SC",
    b"sc", b"SCN", b"scn", b"sh", b"T*", b"Tc", b"Td", b"TD", b"Tf", b"Tj", b"TJ", b"TL", b"Tm", b"Tr",
    b"Ts", b"Tw", b"Tz", b"v", b"w", b"W", b"W*", b"y", b"'", b"\"",
];

/// What the content streams say and name, beside what is drawn.
#[derive(Default)]
struct Beside {
    /// Names that `Do` draws.
    drawn: BTreeSet<Vec<u8>>,
    /// Names of patterns that colours are.
    patterns: BTreeSet<Vec<u8>>,
    /// Strings that nothing draws: of property lists (`BDC`, `DP`), which are spoken texts, replaced texts or anything; of
    /// pictures inside the content; of operators that take none; and comments.
    texts: String,
    /// Photographs inside the content, each with the place of the stream.
    photographs: Vec<Photograph>,
}

/// A photograph inside of content.
pub(super) struct Photograph {
    pub(super) place: String,
    /// As it stands there: packed once more, where it does not begin as one.
    pub(super) file: Vec<u8>,
    /// Its keys say what its colours are, as far as the photograph itself does not.
    pub(super) says_colours: bool,
}

impl Beside {
    fn keep(&mut self, text: &[u8]) {
        if self.texts.len() <= TEXTS_BYTES_MAX {
            self.texts.push_str(&super::said::readable(text));
            self.texts.push('\n');
        }
    }
}

/// Reads the content of everything that draws; then what is there to be drawn, and is not. The photographs inside of it.
pub(super) fn find(document: &Document, answer: &mut Answer) -> Vec<Photograph> {
    let (mut beside, mut complete) = (Beside::default(), true);
    let (streams, mut ends) = (content_streams(document), BTreeMap::new());
    for id in &streams.all {
        let id = *id;
        let Ok(Object::Stream(stream)) = document.get_object(id) else { continue };
        let place = format!("object {} {}", id.0, id.1);
        let plain = unpacked(document, stream, CONTENT_BYTES_MAX);
        if let Some(plain) = &plain {
            ends.insert(id, read(&plain.bytes, &place, &mut beside, answer));
        }
        if !plain.is_some_and(|plain| plain.is_whole) {
            complete = false;
            answer.found(codes::PDF_CONTENT_PACKED, place);
        }
    }
    for program in &streams.programs {
        if let Some((number, generation)) = interrupted(program, &ends) {
            answer.found(codes::PDF_CONTENT, format!("object {number} {generation}, begin of its content"));
        }
    }
    let photographs = core::mem::take(&mut beside.photographs);
    match beside.texts.len() > TEXTS_BYTES_MAX {
        true => answer.found(codes::TEXT_NOT_KEPT, BESIDE),
        false => answer.says(BESIDE, beside.texts),
    }
    let undrawn = unnamed(document, b"XObject", &beside.drawn);
    if let Some(first) = undrawn.first().filter(|_| complete) {
        let count = undrawn.len();
        answer.found(
            codes::PDF_UNDRAWN,
            format!("{count} objects, the first is object {} {}", first.0, first.1),
        );
    }
    let mut unshown = super::unshown::looks(document, answer);
    unshown.extend(undrawn);
    unshown.extend(unnamed(document, b"Pattern", &beside.patterns));
    // Content of layers that are off is not drawn, and stands anywhere among what is.
    if answer.findings.iter().any(|finding| finding.code == codes::PDF_LAYER_OFF) {
        unshown.extend(&streams.all);
    }
    super::unshown::say(document, &unshown, answer);
    photographs
}

/// What the resources have of this kind under names that no content uses. All content has one pool of names: what one page draws
/// is not told where another one has it under the same name.
fn unnamed(document: &Document, kind: &[u8], used: &BTreeSet<Vec<u8>>) -> BTreeSet<ObjectId> {
    let mut listed: BTreeMap<ObjectId, bool> = BTreeMap::new();
    for dictionary in dictionaries(document) {
        let resources = dictionary.get(kind).ok().map(|resources| resolve(document, resources));
        for (name, value) in resources.and_then(|resources| resources.as_dict().ok()).into_iter().flatten() {
            if let Ok(id) = value.as_reference() {
                *listed.entry(id).or_default() |= used.contains(name);
            }
        }
    }
    listed.into_iter().filter(|(_, is_used)| !is_used).map(|(id, _)| id).collect()
}

/// Every dictionary of the document, those inside of others and of lists too.
pub(super) fn dictionaries(document: &Document) -> impl Iterator<Item = &Dictionary> {
    let mut waiting: Vec<&Object> = document.objects.values().collect();
    core::iter::from_fn(move || {
        while let Some(object) = waiting.pop() {
            let dictionary = match object {
                Object::Dictionary(dictionary) => dictionary,
                Object::Stream(stream) => &stream.dict,
                Object::Array(items) => {
                    waiting.extend(items);
                    continue;
                }
                _ => continue,
            };
            waiting.extend(dictionary.iter().map(|(_, value)| value));
            return Some(dictionary);
        }
        None
    })
}

/// The streams that draw: contents of pages, forms, patterns, and letters that are drawings; and which of them are one program,
/// in its order.
#[derive(Default)]
struct Streams {
    all: BTreeSet<ObjectId>,
    programs: BTreeSet<Vec<ObjectId>>,
}

impl Streams {
    fn add(&mut self, program: Vec<ObjectId>) {
        self.all.extend(&program);
        self.programs.insert(program);
    }
}

fn content_streams(document: &Document) -> Streams {
    let is_drawing = |dictionary: &Dictionary| {
        dictionary.get(b"Subtype").and_then(Object::as_name).ok() == Some(b"Form")
            || dictionary.has(b"PatternType")
    };
    let mut streams = Streams::default();
    for (id, object) in &document.objects {
        if matches!(object, Object::Stream(stream) if is_drawing(&stream.dict)) {
            streams.add(vec![*id]);
        }
    }
    for dictionary in dictionaries(document) {
        let letters = dictionary.get(b"CharProcs").ok().map(|letters| resolve(document, letters));
        for (_, letter) in letters.and_then(|letters| letters.as_dict().ok()).into_iter().flatten() {
            letter.as_reference().into_iter().for_each(|letter| streams.add(vec![letter]));
        }
        if dictionary.get(b"Type").and_then(Object::as_name).ok() != Some(b"Page") {
            continue;
        }
        let Ok(contents) = dictionary.get(b"Contents") else { continue };
        // One stream, or a list of them, which may be an object of its own.
        match resolve(document, contents).as_array() {
            Ok(list) => streams.add(list.iter().filter_map(|item| item.as_reference().ok()).collect()),
            Err(_) => contents.as_reference().into_iter().for_each(|one| streams.add(vec![one])),
        }
    }
    streams
}

/// The stream of a program in which the first operator has too few numbers before it, or too many operands, those of the streams
/// before it included.
fn interrupted(program: &[ObjectId], ends: &BTreeMap<ObjectId, Ends>) -> Option<ObjectId> {
    let (mut numbers, mut operands) = (0_usize, 0_usize);
    for id in program {
        let Some(ends) = ends.get(id) else { continue };
        let before = operands.saturating_add(ends.first.unwrap_or(ends.operands));
        if ends.short > numbers || before > OPERANDS_MAX {
            return Some(*id);
        }
        (numbers, operands) = match ends.first {
            Some(_) => (ends.numbers, ends.operands),
            None if ends.numbers == ends.operands => (numbers.saturating_add(ends.numbers), before),
            None => (ends.numbers, before),
        };
    }
    None
}

/// The bytes of a stream without its filters, as far as they can be had; `None` where they cannot within the limit.
pub(super) fn plain(document: &Document, stream: &Stream) -> Option<Vec<u8>> {
    unpacked(document, stream, CONTENT_BYTES_MAX).map(|plain| plain.bytes)
}

/// Strings that wait for their operator, each with the list that it stands in: none, one of the operands, or something
/// deeper, which nothing draws.
#[derive(Default)]
struct Waiting {
    strings: Vec<(Range<usize>, Option<usize>)>,
    depth: usize,
    /// Lists among the operands so far, and whether the outermost bracket is one.
    lists: usize,
    in_list: bool,
    /// Operands so far, how many of the last ones are numbers, and how many numbers stand before the last that is none.
    operands: usize,
    numbers: usize,
    numbers_before: usize,
    /// What the last operand is.
    last: Option<Operand>,
}

/// What an operand is, as far as it matters here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operand {
    Number,
    Text,
    List,
    Other,
}

/// What one stream begins and ends with: it may go on in another.
#[derive(Default)]
struct Ends {
    /// Numbers that its first operator misses.
    short: usize,
    /// Operands before its first operator; `None` where it has none.
    first: Option<usize>,
    /// Numbers and operands behind its last operator.
    numbers: usize,
    operands: usize,
}

impl Waiting {
    fn open(&mut self, is_list: bool) {
        if self.depth == 0 {
            self.in_list = is_list;
            self.lists = self.lists.saturating_add(usize::from(is_list));
        }
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.operand(if self.in_list { Operand::List } else { Operand::Other });
    }

    /// Takes an operand, unless it is a part of one.
    fn operand(&mut self, operand: Operand) {
        if self.depth > 0 {
            return;
        }
        self.operands = self.operands.saturating_add(1);
        if operand == Operand::Number {
            self.numbers = self.numbers.saturating_add(1);
        } else {
            self.numbers_before = core::mem::take(&mut self.numbers);
        }
        self.last = Some(operand);
    }

    fn string(&mut self, span: Range<usize>) {
        let list = match (self.depth, self.in_list) {
            (0, _) => Some(0),
            (1, true) => Some(self.lists),
            _ => None,
        };
        self.strings.push((span, list));
        self.operand(Operand::Text);
    }

    /// The strings that an operator does not draw. Nothing waits then.
    fn beside(&mut self, operator: &[u8]) -> impl Iterator<Item = Range<usize>> {
        let drawn_list = self.lists;
        let mut strings = core::mem::take(&mut self.strings);
        // Those of letters draw their last operand, where it is what they take: some readers look for it further up.
        let draws = match operator {
            b"Tj" | b"'" => self.last == Some(Operand::Text),
            b"\"" => self.last == Some(Operand::Text) && self.numbers_before >= 2,
            _ => false,
        };
        if draws && strings.last().is_some_and(|(_, list)| *list == Some(0)) {
            strings.pop();
        }
        let in_list = operator == b"TJ" && self.last == Some(Operand::List);
        *self = Self { depth: self.depth, ..Self::default() };
        strings
            .into_iter()
            .filter(move |(_, list)| !(in_list && *list == Some(drawn_list)))
            .map(|(span, _)| span)
    }
}

/// Reads one stream; the first of each kind of thing that does not belong is reported. The streams of a page are one program
/// (7.8.2), so what waits at the end of one may belong to the next: it is kept, drawn or not.
fn read(content: &[u8], place: &str, beside: &mut Beside, answer: &mut Answer) -> Ends {
    let mut lexer = Lexer::new(content, 0);
    let (mut comments, mut strange) = (0_usize, None);
    // The strings before an operator, and the last name outside of brackets.
    let (mut waiting, mut last, mut ends) = (Waiting::default(), None, Ends::default());
    // Between the beginning of a picture and its pixels: whether it is a photograph.
    let mut inline = None;
    let (mut keys, mut twice, mut says_colours) = (Keys::default(), None, false);
    let keep = |beside: &mut Beside, span: Range<usize>| {
        beside.keep(&super::lexer::string(content.get(span).unwrap_or(&[])));
    };
    while let Some((token, span)) = lexer.next() {
        if inline.is_some() && keys.is_twice_in_picture(token, content.get(span.clone()).unwrap_or(&[])) {
            twice = twice.or(Some(span.start));
        }
        if inline.is_some() && keys.too_many {
            strange = strange.or(Some(span.start));
        }
        match token {
            Token::Comment(text) => {
                comments = comments.saturating_add(text.len());
                beside.keep(text);
            }
            Token::Broken => strange = strange.or(Some(span.start)),
            Token::Open => waiting.open(content.get(span.start) == Some(&b'[')),
            Token::Close => waiting.close(),
            Token::Text => waiting.string(span),
            Token::Name(name) => {
                last = if waiting.depth == 0 { Some(name) } else { last };
                if let Some(is_photograph) = &mut inline {
                    let name = super::lexer::name(name);
                    *is_photograph |= super::pictures::is_jpeg(&name);
                    says_colours |= name == b"ColorTransform";
                }
                waiting.operand(Operand::Other);
            }
            Token::Word(word) if is_number(word) => waiting.operand(Operand::Number),
            Token::Word(b"true" | b"false" | b"null") => waiting.operand(Operand::Other),
            Token::Word(word) => {
                let short = numbers_of(word).saturating_sub(waiting.numbers);
                // Keys and values of a picture are read one by one.
                let too_many = waiting.operands > OPERANDS_MAX && word != b"ID";
                match ends.first {
                    None => (ends.short, ends.first) = (short, Some(waiting.operands)),
                    Some(_) if short > 0 || too_many => strange = strange.or(Some(span.start)),
                    Some(_) => {}
                }
                waiting.beside(word).for_each(|span| keep(beside, span));
                match word {
                    b"Do" => beside.drawn.extend(last.map(super::lexer::name)),
                    b"scn" | b"SCN" => beside.patterns.extend(last.map(super::lexer::name)),
                    b"ID" => {
                        let from = lexer.at().saturating_add(1);
                        pass_over_pixels(&mut lexer);
                        let file = content.get(from..lexer.at()).unwrap_or(&[]);
                        // A beginning elsewhere, where its keys are not known from here: readers of a page join its streams.
                        if inline.is_none() {
                            strange = strange.or(Some(span.start));
                        }
                        if inline.unwrap_or(file.starts_with(b"\xFF\xD8")) {
                            let (place, file) = (place.to_owned(), file.to_vec());
                            beside.photographs.push(Photograph { place, file, says_colours });
                        }
                    }
                    _ if !OPERATORS.contains(&word) => strange = strange.or(Some(span.start)),
                    _ => {}
                }
                inline = (word == b"BI").then(|| {
                    (keys, says_colours) = (Keys::of_picture(), false);
                    false
                });
            }
        }
        if waiting.strings.len() > WAITING_MAX {
            waiting.beside(b"").for_each(|span| keep(beside, span));
        }
    }
    if inline.is_some() {
        strange = strange.or(Some(content.len()));
    }
    (ends.numbers, ends.operands) = (waiting.numbers, waiting.operands);
    waiting.beside(b"").for_each(|span| keep(beside, span));
    if let Some(at) = strange {
        answer.found(codes::PDF_CONTENT, format!("{place}, byte {at} of its content"));
    }
    if let Some(at) = twice {
        answer.found(codes::PDF_KEY_TWICE, format!("{place}, byte {at} of its content"));
    }
    if comments > 0 {
        answer.found(codes::PDF_CONTENT_COMMENT, format!("{place}, {comments} bytes"));
    }
    ends
}

/// The pixels of a picture inside the content: up to `EI` between white space.
pub(super) fn pass_over_pixels(lexer: &mut Lexer<'_>) {
    let from = lexer.at();
    let rest = lexer.rest();
    let end = rest.windows(4).position(|part| {
        matches!(part, [before, b'E', b'I', after]
            if super::lexer::is_blank(*before) && super::lexer::is_blank(*after))
    });
    let length = match end {
        Some(end) => end.saturating_add(1),
        None if rest.ends_with(b"EI") => rest.len().saturating_sub(2),
        None => rest.len(),
    };
    lexer.go_to(from.saturating_add(length));
}

/// Numbers that an operator of paths takes: with fewer the renderer stops there, and others go on. It goes on after all others.
fn numbers_of(operator: &[u8]) -> usize {
    match operator {
        b"m" | b"l" => 2,
        b"v" | b"y" | b"re" => 4,
        b"c" => 6,
        _ => 0,
    }
}

/// A number as the standard writes it; some writers put two signs or a sign inside, which readers take as one.
pub(super) fn is_number(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit)
        && word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(content: &[u8]) -> Vec<&'static str> {
        let mut answer = Answer::default();
        read(content, "here", &mut Beside::default(), &mut answer);
        answer.findings.iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn operators_and_nothing_else() {
        assert_eq!(names(b"q 1 0 0 -.5 0 0 cm BT /F1 12 Tf (words) Tj [(a) -3 (b)] TJ T* ET Q"), [""; 0]);
        assert_eq!(names(b"BI /W 2 /H 2 /BPC 8 /CS /G ID \x01\xFFEI%\xFE EI Q"), [""; 0]);
        assert_eq!(names(b"q garbage Q"), ["pdf.content"]);
        assert_eq!(names(b"q \x01 Q"), ["pdf.content"]);
        // A picture that begins in another stream, or ends there, and one with something else between.
        assert_eq!(names(b"ID \xFF\xD8\xFF EI Q"), ["pdf.content"]);
        assert_eq!(names(b"q BI /W 8 /H 8 /F /DCT"), ["pdf.content"]);
        assert_eq!(names(b"BI /W 8 /H 8 /F /DCT q ID \xFF\xD8\xFF EI Q"), ["pdf.content"]);
        assert_eq!(names(b"q (open"), ["pdf.content"]);
        assert_eq!(names(b"q % hidden words\nQ"), ["pdf.content-comment"]);
    }

    #[test]
    fn what_is_said_beside_the_drawing_is_kept() {
        let mut beside = Beside::default();
        let content =
            b"/Span <</ActualText (a\\(b\\051\\\n)/E[<4\n142>]>> BDC (drawn) Tj EMC /X#31 Do /F1 12 Tf";
        read(content, "here", &mut beside, &mut Answer::default());
        assert_eq!(beside.texts, "a(b)\nAB\n");
        assert_eq!(beside.drawn, BTreeSet::from([b"X1".to_vec()]));
    }

    #[test]
    fn photographs_inside_of_content_are_taken_out() {
        let files = |content: &[u8]| {
            let mut beside = Beside::default();
            read(content, "here", &mut beside, &mut Answer::default());
            beside.photographs.into_iter().map(|one| one.file).collect::<Vec<_>>()
        };
        assert_eq!(
            files(b"BI /W 8 /H 8 /F /DCT ID \xFF\xD8one EI BI /F [/DC#54Decode] ID two EI"),
            [b"\xFF\xD8one ".to_vec(), b"two ".to_vec()]
        );
        let says = |content: &[u8]| {
            let mut beside = Beside::default();
            read(content, "here", &mut beside, &mut Answer::default());
            beside.photographs.into_iter().map(|one| one.says_colours).collect::<Vec<_>>()
        };
        let two = b"BI /F /DCT /DP <</Color#54ransform 0>> ID one EI BI /F /DCT ID two EI";
        assert_eq!(says(two), [true, false]);
        assert_eq!(files(b"/DCT gs BI /W 1 /F /Fl ID one EI"), [b""; 0]);
        assert_eq!(files(b"BI /F /DCT EI /X gs ID one EI"), [b""; 0], "none that a reader shows");
    }

    #[test]
    fn every_string_that_nothing_draws_is_kept() {
        let kept = |content: &str| {
            let mut beside = Beside::default();
            read(content.as_bytes(), "here", &mut beside, &mut Answer::default());
            beside.texts.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(kept("(drawn) Tj [(drawn) -3 (too)] TJ 1 2 (drawn) \" (drawn) '"), [""; 0]);
        // Property lists that begin in the stream before, and that end in the one behind.
        assert_eq!(kept("(kept) >> BDC (drawn) Tj"), ["kept"]);
        assert_eq!(kept("(drawn) Tj /Span <</ActualText (kept)"), ["kept"]);
        assert_eq!(kept("BI /W 1 /H 1 /X (kept) ID \x40 EI (drawn) Tj"), ["kept"]);
        assert_eq!(kept("(kept) true 1 0 0 rg (kept) Do (kept) strange"), ["kept"; 3]);
        assert_eq!(kept("(kept) (drawn) Tj (kept) [(drawn)] TJ [(kept)] [(drawn)] TJ"), ["kept"; 3]);
        assert_eq!(kept("[(drawn) [(kept)] <</X (kept)>>] TJ [(kept)] Tj (kept) TJ"), ["kept"; 4]);
        // What stands before a letter operator, and is not what it takes.
        assert_eq!(kept("(kept) 5 Tj (kept) /X Tj (kept) 5 '"), ["kept"; 3]);
        assert_eq!(kept("[(kept)] 5 TJ [(kept)] <<>> TJ"), ["kept"; 2]);
        assert_eq!(kept("(kept) \" 1 (kept) \" 1 2 /X (kept) \""), ["kept"; 3]);
        assert_eq!(kept("q %kept\nQ"), ["%kept"]);
        let many = "(kept)".repeat(WAITING_MAX + 9) + "Tj";
        assert_eq!(kept(&many).len(), WAITING_MAX + 8, "no more wait than there is room for");
    }

    #[test]
    fn where_the_renderer_would_stop_is_told() {
        let found = |streams: &[&str]| {
            let mut document = Document::new();
            let streams = streams.iter().map(|content| {
                let stream = Stream::new(Dictionary::new(), content.as_bytes().to_vec());
                Object::Reference(document.add_object(stream))
            });
            let contents: Vec<Object> = streams.collect();
            document.add_object(lopdf::dictionary! {"Type" => "Page", "Contents" => contents});
            let mut answer = Answer::default();
            find(&document, &mut answer);
            answer.findings.iter().map(|finding| finding.code.name).collect::<Vec<_>>()
        };
        let (few, many) = ("0 ".repeat(33), "0 ".repeat(34));
        for stops in
            ["m (x) Tj", "q 1 m (x) Tj", "q 1 2 3 re", "q 1 2 (x) 3 4 5 v", "q 1 2 3 4 5 c", "/X 1 l"]
        {
            assert_eq!(found(&[stops]), ["pdf.content"], "{stops}");
        }
        assert_eq!(found(&[&format!("q {many} scn")]), ["pdf.content"]);
        assert_eq!(found(&[&format!("{many} scn")]), ["pdf.content"]);
        let goes_on =
            ["q 1 2 m 1 2 l 1 2 3 4 re h 9 1 2 m", "1 2 3 4 5 6 c 1 2 3 4 y", "0 0", &format!("{few} scn")];
        assert_eq!(found(&goes_on[..1]), [""; 0]);
        assert_eq!(found(&goes_on[1..]), ["pdf.content"], "35 operands of two streams");
        // One program in several streams.
        assert_eq!(found(&["q 1", "2", "m 1", "2 l"]), [""; 0]);
        assert_eq!(found(&["q 1", "m", "1 2 l"]), ["pdf.content"]);
        assert_eq!(found(&["q 1 2", "(x)", "m"]), ["pdf.content"]);
    }

    #[test]
    fn letters_of_a_font_inside_of_its_resources_are_read() {
        let mut document = Document::new();
        let letter = document.add_object(Stream::new(Dictionary::new(), b"(kept) >> DP".to_vec()));
        let font = lopdf::dictionary! {"CharProcs" => lopdf::dictionary! {"a" => letter}};
        document.add_object(lopdf::dictionary! {"Font" => vec![Object::Dictionary(font)]});
        let mut answer = Answer::default();
        find(&document, &mut answer);
        assert_eq!(answer.texts.len(), 1, "{:?}", answer.texts);
    }
}
