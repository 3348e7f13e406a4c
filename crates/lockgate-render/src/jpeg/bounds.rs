//! How much work a JPEG asks for, read from its markers before a decoder sees it (ITU-T T.81, annex B).

use crate::NotRead;

/// Scans of one picture at most.
const SCANS_MAX: usize = 100;
/// Samples that all scans together go over at most: the largest picture, in colour, in eight of them.
const SCANNED_MAX: usize = crate::PIXELS_MAX * 3 * 8;
const COMPONENTS_MAX: usize = 4;

/// What the markers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) components: usize,
    /// Samples that all scans together go over.
    pub(crate) scanned: usize,
}

/// Reads the markers up to the end of the picture.
///
/// # Errors
/// [`NotRead::TooLarge`] where its scans go over more samples than any picture needs; [`NotRead::Refused`] for no frame or two,
/// or components that no picture has.
pub(crate) fn bounded(file: &[u8]) -> Result<Bounds, NotRead> {
    walked(file).map(|(bounds, _)| bounds)
}

/// The same, and what is behind the end of the picture.
///
/// # Errors
/// As [`bounded`].
pub(crate) fn walked(file: &[u8]) -> Result<(Bounds, &[u8]), NotRead> {
    let mut rest = file.strip_prefix(&[0xFF, 0xD8]).ok_or(NotRead::Refused)?;
    let (mut frame, mut scans, mut visits): (Option<Bounds>, usize, usize) = (None, 0, 0);
    while let Some((marker, body)) = next_marker(rest) {
        if marker == 0xD9 {
            return frame.map(|frame| (frame, body)).ok_or(NotRead::Refused);
        }
        let Some((data, behind)) = segment(body) else { break };
        rest = behind;
        match (marker, frame) {
            // Frames; the four between them are tables and an extension.
            (0xC0..=0xCF, known) if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let read = bounds(data).filter(|read| known.is_none() && read.components <= COMPONENTS_MAX);
                frame = Some(read.ok_or(NotRead::Refused)?);
            }
            (0xDA, Some(known)) => {
                let components = usize::from(data.first().copied().unwrap_or(0)).clamp(1, known.components);
                scans = scans.saturating_add(1);
                visits = visits.saturating_add(components);
                let pixels = usize::from(known.width).saturating_mul(usize::from(known.height));
                let scanned = visits.saturating_mul(pixels);
                if scans > SCANS_MAX || scanned > SCANNED_MAX {
                    return Err(NotRead::TooLarge);
                }
                frame = Some(Bounds { scanned, ..known });
                rest = behind_scan(rest);
            }
            (0xDA, None) => return Err(NotRead::Refused),
            _ => {}
        }
    }
    frame.map(|frame| (frame, [].as_slice())).ok_or(NotRead::Refused)
}

/// The next marker, and what is behind it. Whatever stands before it is passed over, as decoders do.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut rest = bytes;
    loop {
        let at = rest.iter().position(|byte| *byte == 0xFF)?;
        let (marker, behind) = rest.get(at.checked_add(1)?..)?.split_first()?;
        match marker {
            0xFF => rest = rest.get(at.checked_add(1)?..)?,
            0x00 | 0x01 | 0xD0..=0xD8 => rest = behind,
            _ => return Some((*marker, behind)),
        }
    }
}

/// What a segment holds, and what is behind it.
fn segment(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_be_bytes(*body.first_chunk()?));
    let (segment, behind) = body.split_at_checked(length)?;
    Some((segment.get(2..)?, behind))
}

fn bounds(data: &[u8]) -> Option<Bounds> {
    let [_, h0, h1, w0, w1, components] = *data.first_chunk()?;
    let (width, height) = (u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]));
    (components > 0).then_some(Bounds { width, height, components: components.into(), scanned: 0 })
}

/// What is behind the coded data of a scan: from the next marker that is no restart on.
fn behind_scan(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == 0xFF) {
        let from = rest.get(at..).unwrap_or(&[]);
        match from.get(1) {
            Some(0 | 0xD0..=0xD7) => rest = from.get(2..).unwrap_or(&[]),
            _ => return from,
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: [u8; 12] = [0xFF, 0xDA, 0, 6, 1, 1, 0, 0, 9, 0xFF, 0, 9];

    fn file(sides: (u16, u16), components: u8, scans: usize) -> Vec<u8> {
        let mut out = vec![0xFF, 0xD8, 0xFF, 0xC2, 0, 8, 8];
        out.extend(sides.1.to_be_bytes());
        out.extend(sides.0.to_be_bytes());
        out.push(components);
        out.extend(SCAN.repeat(scans));
        out.extend([0xFF, 0xD9]);
        out
    }

    #[test]
    fn scans_are_counted_with_what_they_go_over() {
        let small = Bounds { width: 8, height: 8, components: 3, scanned: 6_400 };
        assert_eq!(bounded(&file((8, 8), 3, 100)), Ok(small));
        assert_eq!(bounded(&file((8, 8), 3, 101)), Err(NotRead::TooLarge));
        assert!(bounded(&file((10_000, 5_000), 3, 24)).is_ok());
        assert_eq!(bounded(&file((10_000, 5_000), 3, 25)), Err(NotRead::TooLarge));
    }

    #[test]
    fn no_frame_two_frames_and_five_components_are_refused() {
        assert_eq!(bounded(&[0xFF, 0xD8, 0xFF, 0xD9]), Err(NotRead::Refused));
        assert_eq!(bounded(&file((8, 8), 5, 1)), Err(NotRead::Refused));
        let two = [file((8, 8), 3, 1)[..12 + 12].to_vec(), file((9_000, 9_000), 3, 1)[2..].to_vec()].concat();
        assert_eq!(bounded(&two), Err(NotRead::Refused));
        assert_eq!(bounded(&[&[0xFF, 0xD8], SCAN.as_slice()].concat()), Err(NotRead::Refused));
        assert_eq!(bounded(b"GIF89a"), Err(NotRead::Refused));
    }
}
