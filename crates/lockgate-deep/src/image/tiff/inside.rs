//! What directories say, for the search, and what strips and tiles hold that are files of another form.

use super::super::jpeg;
use super::tag::{self, Part, Picture};
use super::{Entry, File, Places};
use crate::answer::TEXT_BYTES_MAX;
use crate::{Answer, codes};
use lockgate_core::Finding;

/// Bytes of a private tag that are searched for words: as long as a comment may be in other forms.
const PRIVATE_BYTES_MAX: usize = 64 << 10;

impl File<'_> {
    /// Adds the values of a tag that says more to what the directory says; of a private one their beginning.
    pub(super) fn say(
        &self,
        entry: &Entry,
        picture: Picture,
        text: &mut Vec<u8>,
        answer: &mut Answer,
    ) -> Option<()> {
        let bytes = self.bytes(entry)?;
        let said = match tag::part(entry.tag, picture) {
            Part::Finding(code) if code == codes::TIFF_PRIVATE => {
                bytes.get(..PRIVATE_BYTES_MAX).unwrap_or(bytes)
            }
            Part::Finding(_) | Part::Told => bytes,
            Part::Plain(most) if entry.count > most => bytes.get(..PRIVATE_BYTES_MAX).unwrap_or(bytes),
            _ => return Some(()),
        };
        if text.len().saturating_add(said.len()) > TEXT_BYTES_MAX {
            answer.found(codes::TEXT_NOT_KEPT, format!("tag {} at byte {}", entry.tag, entry.at));
            return Some(());
        }
        text.extend_from_slice(said);
        text.push(b'\n');
        Some(())
    }

    /// Strips and tiles that are pictures in JPEG hold nothing else. What many of them hold is told once.
    pub(super) fn streams(&mut self, at: usize, places: &Places, answer: &mut Answer) {
        let mut all: Vec<(Finding, usize)> = Vec::new();
        let mut texts = Answer::default();
        for ((start, length), number) in places.starts.iter().zip(&places.lengths).zip(1_usize..) {
            // More bytes than the file has, in all its directories: some of them are claimed twice, which is told.
            let Some(left) = self.streamed.checked_sub(*length) else { break };
            self.streamed = left;
            let stream = self.object.get(*start..start.saturating_add(*length)).unwrap_or(&[]);
            let mut told = Answer::default();
            jpeg::walk(stream, &mut told);
            for finding in core::mem::take(&mut told.findings) {
                match all.iter_mut().find(|(known, _)| known.code == finding.code) {
                    Some((_, more)) => *more = more.saturating_add(1),
                    None => {
                        let place = format!("strip or tile {number}, {}", finding.place);
                        all.push((Finding { place, ..finding }, 0));
                    }
                }
            }
            texts.takes_in(&format!("strip or tile {number}"), told);
        }
        let directory = format!("directory at byte {at}");
        answer.takes_in(&directory, texts);
        for (Finding { code, place }, more) in all {
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            answer.found(code, format!("{directory}: {place}{more}"));
        }
    }
}
