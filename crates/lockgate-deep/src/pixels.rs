//! What an object looks like, as far as it tells against it: pages that do not render, text that does not show, pictures
//! that two decoders see differently.

use crate::answer::{PREVIEW_BYTES_MAX, PREVIEWS_MAX, REBUILT_BYTES_MAX, Rebuilt, SCAN_BYTES_MAX, SCANS_MAX};
use crate::{Answer, Ask, Form, codes, nitf};
use lockgate_core::FindingCode;
use lockgate_render::{Coded, Hidden, Kind, NotRead, Rebuild, Scan, Unrendered, Way, Wish, Written};

/// Renders or decodes the object, where that is done for its form. `pages` is what the reader of structure counted.
pub(crate) fn look(object: &[u8], form: Form, pages: Option<usize>, ask: Ask, answer: &mut Answer) {
    let wish = Wish {
        rebuild: ask.rebuild,
        previews: usize::from(ask.previews).min(PREVIEWS_MAX),
        scans: usize::from(ask.scans).min(SCANS_MAX),
    };
    let kind = match form {
        Form::Pdf => return document(object, pages, wish, answer),
        Form::Nitf => return segments(object, wish, ask, answer),
        Form::Jpeg => Kind::Jpeg,
        Form::Png => Kind::Png,
        Form::Gif => Kind::Gif,
        Form::Bmp => Kind::Bmp,
        Form::Webp => Kind::Webp,
        Form::Tiff => Kind::Tiff,
        Form::Jpeg2000 => Kind::Jpeg2000,
        Form::Zip | Form::Gzip | Form::Tar | Form::Program | Form::Text => {
            return answer.found(codes::NO_PIXELS, "the whole object");
        }
    };
    pictures(&[Coded::As(kind, object)], wish, form.built_as(ask.convert), answer);
}

/// The image segments of a NITF file: where one of them cannot be shown, nothing is built anew.
fn segments(object: &[u8], wish: Wish, ask: Ask, answer: &mut Answer) {
    let (mut coded, mut all) = (Vec::new(), true);
    for part in nitf::pictures(object) {
        match part {
            Ok(part) => coded.push(part),
            Err(place) => {
                all = false;
                answer.found(codes::NO_PIXELS, place);
            }
        }
    }
    if coded.is_empty() {
        if all {
            answer.found(codes::NO_PIXELS, "no image segment");
        }
        return;
    }
    pictures(&coded, wish, Form::Nitf.built_as(ask.convert && all), answer);
}

fn pictures(coded: &[Coded<'_>], wish: Wish, built_as: Option<Form>, answer: &mut Answer) {
    let as_what = built_as.map(|form| match form {
        Form::Jpeg => Written::Jpeg,
        _ => Written::Png,
    });
    match lockgate_render::pictures(coded, wish, as_what) {
        Ok(made) => {
            if made.unshown {
                answer.found(codes::UNSHOWN, "the picture");
            }
            if made.beyond {
                answer.found(codes::BEYOND, "the picture");
            }
            to_be_read(made.scans, made.count, "picture", wish, answer);
            keep(made.rebuilt, made.previews, built_as, wish, answer);
        }
        Err(unread) => {
            let code = match unread.why {
                NotRead::Refused => codes::NOT_DECODED,
                NotRead::TooLarge => codes::TOO_MANY_PIXELS,
                NotRead::Disagree => codes::DECODERS_DISAGREE,
            };
            answer.found(code, format!("picture {}", unread.picture));
        }
    }
}

fn document(object: &[u8], pages: Option<usize>, wish: Wish, answer: &mut Answer) {
    let document = match lockgate_render::document(object, wish) {
        Ok(document) => document,
        Err(_) => {
            if pages.is_some() {
                answer.found(codes::PDF_READERS_DISAGREE, "the renderer does not open it");
            }
            return;
        }
    };
    let rendered = document.pages.len();
    match pages {
        Some(pages) if pages == rendered => {}
        Some(pages) => {
            answer.found(
                codes::PDF_READERS_DISAGREE,
                format!("{pages} pages, and {rendered} for the renderer"),
            );
        }
        None => answer.found(codes::PDF_READERS_DISAGREE, format!("{rendered} pages for the renderer alone")),
    }
    for (page, number) in document.pages.iter().zip(1_usize..) {
        if let Some(why) = page.unrendered {
            answer.found(by_fault(why), format!("page {number}"));
        }
        answer.says(&format!("page {number}"), page.text.clone());
        for hidden in &page.hidden {
            answer.found(by_way(hidden.way), place(number, hidden));
        }
    }
    to_be_read(document.scans, rendered, "page", wish, answer);
    keep(document.rebuilt, document.previews, Some(Form::Pdf), wish, answer);
}

/// Takes what is to be read into the answer, as far as it has room; what nobody will read is said.
fn to_be_read(scans: Vec<Scan>, count: usize, what: &str, wish: Wish, answer: &mut Answer) {
    if wish.scans == 0 {
        return;
    }
    let (mut room, mut first_missing) = (SCAN_BYTES_MAX, wish.scans.saturating_add(1));
    for scan in scans {
        match room.checked_sub(scan.levels.len()) {
            Some(left) if answer.scans.len() < SCANS_MAX && scan.number < first_missing => {
                room = left;
                answer.scans.push(scan);
            }
            _ => first_missing = first_missing.min(scan.number),
        }
    }
    if count >= first_missing {
        answer.found(codes::READ_IN_PART, format!("{what} {first_missing} to {count}"));
    }
}

/// Takes what was made into the answer, as far as it has room.
fn keep(
    rebuilt: Option<Vec<u8>>,
    previews: impl IntoIterator<Item = Vec<u8>>,
    built_as: Option<Form>,
    wish: Wish,
    answer: &mut Answer,
) {
    let rebuilt = rebuilt.filter(|bytes| bytes.len() <= REBUILT_BYTES_MAX);
    if wish.rebuild != Rebuild::No && rebuilt.is_none() {
        answer.found(codes::NOT_REBUILT, "the whole object");
    }
    answer.rebuilt = rebuilt.zip(built_as).map(|(bytes, form)| Rebuilt { form, bytes });
    answer.previews.extend(previews.into_iter().filter(|one| one.len() <= PREVIEW_BYTES_MAX));
}

fn place(page: usize, hidden: &Hidden) -> String {
    let [left, top, right, bottom] = hidden.place;
    format!("page {page}, {} glyphs from {left},{top} to {right},{bottom} points", hidden.glyphs)
}

fn by_fault(why: Unrendered) -> &'static FindingCode {
    match why {
        Unrendered::Steps => codes::PDF_STEPS,
        Unrendered::Size | Unrendered::Fault => codes::PDF_NOT_RENDERED,
        Unrendered::Incomplete => codes::PDF_PARTLY_RENDERED,
    }
}

fn by_way(way: Way) -> &'static FindingCode {
    match way {
        Way::Unpainted => codes::PDF_TEXT_UNPAINTED,
        Way::OffPage => codes::PDF_TEXT_OFF_PAGE,
        Way::Clipped => codes::PDF_TEXT_CLIPPED,
        Way::Tiny => codes::PDF_TEXT_TINY,
        Way::Covered => codes::PDF_TEXT_COVERED,
        Way::Unseen => codes::PDF_TEXT_UNSEEN,
        Way::Lost => codes::PDF_TEXT_LOST,
    }
}
