//! TIFF and BigTIFF: every page, as levels of eight bits. Read by a reader of our own, and, as far as it knows their kind, by
//! the decoder of others, which has to see the same samples.

mod directory;
mod other;
mod page;
mod unpack;

use crate::pixels::Pixels;
use crate::room::Room;
use crate::{NotRead, PICTURES_MAX, Take};
use directory::{Directory, File};
use other::Other;
use page::{Page, Shows};

/// Decodes the pages, in order.
///
/// # Errors
/// [`NotRead`] where any page is not read: then nobody can say what the file shows.
pub(crate) fn decode(file: &[u8], room: &mut Room, take: Take<'_>) -> Result<(), NotRead> {
    let own = File::open(file).ok_or(NotRead::Refused)?;
    let directories = directories(&own)?;
    let tables: Vec<usize> = directories.iter().filter_map(|directory| numbers(&own, directory)).collect();
    let mut other = None;
    for directory in &directories {
        let page = Page::read(&own, directory)?;
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        room.take(side(page.width), side(page.height), page.pixel_bytes())?;
        if !page.is_in_bounds() {
            return Err(NotRead::TooLarge);
        }
        let levels = page.levels(&own, room)?;
        // Only now: the sides of pictures inside of strips are known to be those of the page.
        let other = other.get_or_insert_with(|| Other::open(file, &tables));
        if let Some((samples, theirs)) = other.levels(&page)?
            && !is_same(&levels, page.samples, &theirs, samples)
        {
            return Err(NotRead::Disagree);
        }
        room.unshown |= page.samples > page.colours() && alpha(&page).is_none();
        take(shown(&page, &levels, &own, directory)?.ok_or(NotRead::Refused)?);
    }
    match other.is_some_and(|other| other.has_more()) {
        true => Err(NotRead::Disagree),
        false => Ok(()),
    }
}

/// The directories of the pages, up to the last one.
fn directories(file: &File<'_>) -> Result<Vec<Directory>, NotRead> {
    let mut at = file.first().ok_or(NotRead::Refused)?;
    let (mut seen, mut directories) = (Vec::new(), Vec::new());
    while at != 0 {
        if seen.contains(&at) {
            return Err(NotRead::Refused);
        }
        if seen.len() >= PICTURES_MAX {
            return Err(NotRead::TooLarge);
        }
        seen.push(at);
        let directory = file.directory(at).ok_or(NotRead::Refused)?;
        at = directory.next;
        directories.push(directory);
    }
    Ok(directories)
}

/// Where a page says that its samples are numbers of colours, or of what is seen.
fn numbers(file: &File<'_>, directory: &Directory) -> Option<usize> {
    let is_numbers = matches!(directory.one(file, 262, 0), Ok(3 | 4));
    directory.low_byte(file, 262).filter(|_| is_numbers)
}

/// True where the first samples of each pixel are the same: those that have no colour are left out by some.
fn is_same(ours: &[u8], our_samples: usize, theirs: &[u8], their_samples: usize) -> bool {
    if our_samples == their_samples {
        return ours == theirs;
    }
    let (our_samples, their_samples) = (our_samples.max(1), their_samples.max(1));
    let shared = our_samples.min(their_samples);
    let pixels = (ours.chunks_exact(our_samples), theirs.chunks_exact(their_samples));
    pixels.0.len() == pixels.1.len()
        && pixels.0.zip(pixels.1).all(|(one, other)| one.get(..shared) == other.get(..shared))
}

/// The one sample that says how much of a pixel covers what is below: whether the colours have it in them already.
fn alpha(page: &Page<'_>) -> Option<bool> {
    match page.beyond.as_slice() {
        [kind @ (1 | 2)] if page.samples == page.colours().saturating_add(1) => Some(*kind == 1),
        _ => None,
    }
}

/// The page as a person sees it; nothing where its table of colours is not whole.
fn shown(
    page: &Page<'_>,
    levels: &[u8],
    file: &File<'_>,
    directory: &Directory,
) -> Result<Option<Pixels>, NotRead> {
    let pixels = levels.chunks_exact(page.samples.max(1));
    let covers = alpha(page);
    // What a sample says that says how much is covered; everything where there is none.
    let over = |pixel: &[u8], colour: [u8; 3]| match covers {
        None => colour,
        Some(in_colours) => on_white(colour, pixel.get(page.colours()).copied().unwrap_or(255), in_colours),
    };
    let first = |pixel: &[u8]| pixel.first().copied().unwrap_or(0);
    let (width, height) = (page.width, page.height);
    let three = |of: &dyn Fn(&[u8]) -> [u8; 3]| {
        Pixels::of_rgb(width, height, pixels.clone().flat_map(|pixel| over(pixel, of(pixel))).collect())
    };
    Ok(match page.shows {
        Shows::Grey { .. } if page.samples == 1 => Pixels::of_grey(width, height, levels.to_vec()),
        Shows::Grey { .. } => three(&|pixel| [first(pixel); 3]),
        Shows::Mask => three(&|pixel| [if first(pixel) == 0 { 0 } else { 255 }; 3]),
        Shows::Colour => three(&|pixel| pixel.first_chunk().copied().unwrap_or([0; 3])),
        Shows::Luminance => three(&|pixel| from_luminance(pixel.first_chunk().copied().unwrap_or([0; 3]))),
        Shows::Inks => three(&|pixel| from_inks(pixel.first_chunk().copied().unwrap_or([0; 4]))),
        Shows::Table => {
            let map = directory.all(file, 320)?;
            let count = 1_usize.checked_shl(u32::try_from(page.bits).unwrap_or(64)).unwrap_or(0);
            if map.len() != count.saturating_mul(3) || map.iter().any(|level| *level > 0xFFFF) {
                return Ok(None);
            }
            // All reds, then all greens, then all blues; of sixteen bits, but for old files that mean eight.
            let shift = if map.iter().all(|level| *level <= 0xFF) { 0 } else { 8 };
            let level = |of: usize, index: u8| {
                let at = of.saturating_mul(count).saturating_add(usize::from(index));
                let level = map.get(at).copied().unwrap_or(0).wrapping_shr(shift);
                u8::try_from(level).unwrap_or(255)
            };
            three(&|pixel| [0, 1, 2].map(|of| level(of, first(pixel))))
        }
    })
}

/// A colour over white paper, which covers so much of it.
fn on_white(colour: [u8; 3], covers: u8, in_colours: bool) -> [u8; 3] {
    let white = u16::from(255_u8.wrapping_sub(covers));
    colour.map(|level| {
        let level = match in_colours {
            true => u16::from(level),
            false => u16::from(level).wrapping_mul(u16::from(covers)).wrapping_add(127) / 255,
        };
        u8::try_from(level.saturating_add(white)).unwrap_or(255)
    })
}

/// Luminance, blue and red (TIFF 6.0, section 21, with the usual coefficients) as red, green and blue.
fn from_luminance([luminance, blue, red]: [u8; 3]) -> [u8; 3] {
    let [y, cb, cr] = [luminance, blue, red].map(i32::from);
    let (cb, cr) = (cb.wrapping_sub(128), cr.wrapping_sub(128));
    let level = |blue: i32, red: i32| {
        let more = cb.wrapping_mul(blue).wrapping_add(cr.wrapping_mul(red));
        let level = y.wrapping_add(more.wrapping_add(1 << 15) >> 16);
        u8::try_from(level.clamp(0, 255)).unwrap_or(255)
    };
    [level(0, 91_881), level(-22_554, -46_802), level(116_130, 0)]
}

/// Inks, of which 255 is all, as what they leave of white.
fn from_inks([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let left = |ink: u8| {
        let white = u16::from(255_u8.wrapping_sub(ink)).wrapping_mul(u16::from(255_u8.wrapping_sub(black)));
        u8::try_from(white / 255).unwrap_or(255)
    };
    [left(cyan), left(magenta), left(yellow)]
}

#[cfg(test)]
mod tests;
