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
/// Time on the wall for all of one object.
const OBJECT_WALL: Duration = Duration::from_secs(60);
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
    /// Reads scans of one object, whose pages are called `what`. Stops at the first view that it fails on.
    pub(crate) fn read(&self, scans: &[Scan], what: &str) -> ReadOut {
        let began = Instant::now();
        let (mut out, mut room, mut count) = (ReadOut::default(), TEXT_BYTES_MAX, 0_usize);
        for (scan, turn) in views(scans) {
            let place = of(scan, turn, what);
            let left = OBJECT_WALL.saturating_sub(began.elapsed());
            let lines = match self.view(scan, turn, left) {
                Ok(lines) => lines,
                Err(failure) => {
                    out.unread = true;
                    let place = format!("{place}: {}", why(&failure));
                    out.findings.push(Finding { code: codes::READER_FAILED, place });
                    break;
                }
            };
            count = count.saturating_add(1);
            for (text, [left, top, right, bottom]) in lines {
                let Some(less) = room.checked_sub(text.len()) else {
                    out.unread = true;
                    break;
                };
                room = less;
                let place = format!("{place}, {left},{top} to {right},{bottom} percent");
                out.texts.push(Said { place, text });
            }
        }
        out.findings
            .insert(0, Finding { code: codes::READ, place: format!("{count} views by {}", self.engine) });
        out
    }

    /// Reads one view: the lines, with their places in percent of the scan.
    fn view(&self, scan: &Scan, turn: Turn, wall: Duration) -> Result<Vec<(String, [usize; 4])>, Failure> {
        let view = View::of(scan, turn);
        let table =
            self.run(Work::Words, &view::head(view.width, view.height), &view.levels, wall.min(WALL))?;
        let sure = if matches!(turn, Turn::Upright | Turn::Edges) { 0 } else { SURE_TURNED };
        let lines = table::lines(&table, view.width, view.height, sure)
            .ok_or(Failure::BadAnswer(Malformed { at: 0 }))?;
        let put = |Line { text, place }| (text, view::place(&view, scan, turn, place));
        Ok(lines.into_iter().map(put).collect())
    }
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
        Failure::NoJail(_) => "no jail for the reader".to_owned(),
        Failure::NotStarted(_) => "the reader cannot be started".to_owned(),
        Failure::TooLarge => "too large".to_owned(),
        Failure::TimedOut => "it took too long".to_owned(),
        Failure::Killed { signal } => format!("the reader was ended by signal {signal}"),
        Failure::Crashed { status } => format!("the reader ended with status {status}"),
        Failure::BadAnswer(_) => "the reader's answer is none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
