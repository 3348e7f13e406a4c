//! Which views of an object are read, in which order, and what comes of it.

use super::table::{self, Line};
use super::view::{self, Turn, View};
use super::{Reader, WALL, Work};
use crate::answer::Malformed;
use crate::{Failure, codes};
use lockgate_core::{Finding, FindingCode, Said};
use lockgate_render::{Part, Scan};
use std::time::{Duration, Instant};

/// Pages or pictures of one object that are read, from the first.
pub(crate) const PICTURES: u8 = 16;
/// Of how many of them the edges are read once more.
const EDGES: usize = 8;
/// How many of them are also read turned.
const TURNED: usize = 4;
/// Time for all of one object: on the wall, less what its readings waited for a processor or were stopped.
const OBJECT_WALL: Duration = Duration::from_secs(60);
/// No view of an object begins later, whatever they waited.
const OBJECT_HARD_WALL: Duration = Duration::from_secs(300);
/// What is read of one object is at most so much text.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// How sure the reader has to be of a word that it reads in a turned page, in percent: most of what it sees there is none.
const SURE_TURNED: i64 = 60;

/// What was read of one object.
#[derive(Debug, Default)]
pub(crate) struct ReadOut {
    /// What its pictures say: each line with its place.
    pub(crate) texts: Vec<Said>,
    /// Who read, and what was not read.
    pub(crate) findings: Vec<Finding>,
    /// True where a page or picture was not read.
    pub(crate) unread: bool,
}

impl ReadOut {
    /// Nothing was read at all.
    pub(crate) fn nothing(code: &'static FindingCode, why: String) -> Self {
        Self { texts: Vec::new(), findings: vec![Finding { code, place: why }], unread: true }
    }
}

impl Reader {
    /// Reads scans of one object, whose pages are called `what`. Stops at the first view that it fails on, and where there is no
    /// room for more text; what lies behind is told.
    pub(crate) fn read(&self, scans: &[Scan], what: &str) -> ReadOut {
        let began = Instant::now();
        let views: Vec<(&Scan, Turn)> = views(scans).collect();
        let (mut out, mut room, mut spent) = (ReadOut::default(), TEXT_BYTES_MAX, Duration::ZERO);
        let count = views.iter().take_while(|(scan, turn)| {
            let place = of(scan, *turn, what);
            let hard = OBJECT_HARD_WALL.saturating_sub(began.elapsed());
            match self.view(scan, *turn, OBJECT_WALL.saturating_sub(spent).min(hard), &mut spent) {
                Ok(lines) => keep(lines, &place, &mut room, &mut out.texts),
                Err(failure) => {
                    let place = format!("{place}: {}", why(&failure));
                    out.findings.push(Finding { code: codes::READER_FAILED, place });
                    false
                }
            }
        });
        let count = count.count();
        out.findings.extend(views.get(count..).and_then(|rest| behind(rest, what)));
        if !self.is_as_it_was() {
            let place = "the reader was replaced while it read".to_owned();
            out.findings.push(Finding { code: codes::READER_FAILED, place });
        }
        out.unread = !out.findings.is_empty();
        out.findings
            .insert(0, Finding { code: codes::READ, place: format!("{count} views by {}", self.engine) });
        out
    }

    /// Reads one view: the lines, with their places in percent of the scan. What it takes is added to `spent`.
    fn view(
        &self,
        scan: &Scan,
        turn: Turn,
        wall: Duration,
        spent: &mut Duration,
    ) -> Result<Vec<(String, [usize; 4])>, Failure> {
        let view = View::of(scan, turn);
        let run =
            self.run(Work::Words, &view::head(view.width, view.height), &view.levels, wall.min(WALL))?;
        *spent = spent.saturating_add(run.spent);
        let sure = if matches!(turn, Turn::Upright | Turn::Edges) { 0 } else { SURE_TURNED };
        let lines = table::lines(&run.answer, view.width, view.height, sure)
            .ok_or(Failure::BadAnswer(Malformed { at: 0 }))?;
        let put = |Line { text, place }| (text, view::place(&view, scan, turn, place));
        Ok(lines.into_iter().map(put).collect())
    }
}

/// Takes the lines of one view as long as there is room; false where there was not for all.
fn keep(lines: Vec<(String, [usize; 4])>, place: &str, room: &mut usize, texts: &mut Vec<Said>) -> bool {
    for (text, [left, top, right, bottom]) in lines {
        let Some(less) = room.checked_sub(text.len()) else { return false };
        *room = less;
        texts.push(Said {
            place: format!("{place}, {left},{top} to {right},{bottom} percent"),
            text,
            is_class: false,
        });
    }
    true
}

/// What of an object was not read, or not to the end, from this view on: of which pages or pictures, and how many views.
fn behind(rest: &[(&Scan, Turn)], what: &str) -> Option<Finding> {
    let numbers = || rest.iter().map(|(scan, _)| scan.number);
    let (first, last) = numbers().min().zip(numbers().max())?;
    let (scan, turn) = rest.first()?;
    let place =
        format!("{} views of {what} {first} to {last}, from {} on", rest.len(), of(scan, *turn, what));
    Some(Finding { code: codes::READ_IN_PART, place })
}

/// The views of an object, what matters most first: everything upright, then the edges, then turned. A scan of one level says
/// nothing however it is turned.
fn views(scans: &[Scan]) -> impl Iterator<Item = (&Scan, Turn)> {
    let is_empty = |scan: &&Scan| scan.levels.iter().all(|level| Some(level) == scan.levels.first());
    let whole = move |most: usize| {
        let first = scans.iter().filter(move |scan| scan.part == Part::Whole && scan.number <= most);
        first.filter(move |scan| !is_empty(scan))
    };
    let turned = whole(TURNED)
        .flat_map(|scan| [Turn::Left, Turn::Right, Turn::Over].into_iter().map(move |turn| (scan, turn)));
    let edges = whole(EDGES).map(|scan| (scan, Turn::Edges));
    scans
        .iter()
        .filter(move |scan| !is_empty(scan))
        .map(|scan| (scan, Turn::Upright))
        .chain(edges)
        .chain(turned)
}

fn of(scan: &Scan, turn: Turn, what: &str) -> String {
    let part = match scan.part {
        Part::Whole => "pixels",
        Part::Top => "upper edge",
        Part::Bottom => "lower edge",
    };
    let turn = match turn {
        Turn::Upright => "",
        Turn::Edges => " of its edges",
        Turn::Right => " turned right",
        Turn::Left => " turned left",
        Turn::Over => " turned over",
    };
    format!("{what} {}, {part}{turn}", scan.number)
}

/// Why a view was not read, in visible ASCII and words of ours.
pub(crate) fn why(failure: &Failure) -> String {
    match failure {
        Failure::NoJail(_) => "no jail for it".to_owned(),
        Failure::NotStarted(_) => "it cannot be started".to_owned(),
        Failure::TooLarge => "too large".to_owned(),
        Failure::TimedOut => "it took too long".to_owned(),
        Failure::Killed { signal } => format!("it was ended by signal {signal}"),
        Failure::Crashed { status } => format!("it ended with status {status}"),
        Failure::BadAnswer(_) => "its answer is none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_and_what_lies_behind_it_is_told() {
        let line = |text: &str| (text.to_owned(), [1, 2, 3, 4]);
        let (mut room, mut texts) = (9, Vec::new());
        assert!(keep(vec![line("four"), line("five")], "page 1", &mut room, &mut texts));
        assert!(!keep(vec![line("x"), line("y"), line("")], "page 2", &mut room, &mut texts));
        let told: Vec<&str> = texts.iter().map(|said| said.text.as_str()).collect();
        assert_eq!((told, room), (vec!["four", "five", "x"], 0));
        assert_eq!(texts[2].place, "page 2, 1,2 to 3,4 percent");
        let scan = |number| Scan { number, part: Part::Whole, width: 2, height: 1, levels: vec![0, 255] };
        let scans = [scan(1), scan(2), scan(3)];
        let views: Vec<_> = views(&scans).collect();
        let told = |from: usize| behind(&views[from..], "page").map(|finding| finding.place);
        assert_eq!(told(1).unwrap(), "14 views of page 1 to 3, from page 2, pixels on");
        assert_eq!(told(14).unwrap(), "1 views of page 3 to 3, from page 3, pixels turned over on");
        assert_eq!(told(15), None);
    }

    #[test]
    fn upright_comes_first_and_what_is_empty_is_not_read() {
        let scan =
            |number, part, levels: Vec<u8>| Scan { number, part, width: levels.len(), height: 1, levels };
        let text = || vec![0, 255];
        let mut scans: Vec<Scan> = (1..=10).map(|number| scan(number, Part::Whole, text())).collect();
        scans.push(scan(11, Part::Whole, vec![255, 255]));
        scans.push(scan(12, Part::Top, text()));
        let views: Vec<_> = views(&scans).map(|(scan, turn)| (scan.number, turn)).collect();
        let upright: Vec<_> =
            views.iter().filter(|(_, turn)| *turn == Turn::Upright).map(|(at, _)| *at).collect();
        assert_eq!(upright, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]);
        assert!(views[..11].iter().all(|(_, turn)| *turn == Turn::Upright), "what matters most comes first");
        assert_eq!(views.len(), 11 + EDGES + 3 * TURNED);
        assert_eq!(of(&scans[11], Turn::Upright, "picture"), "picture 12, upper edge");
    }
}
