//! Files to measure with, of our own making: a page of text, a scan, a photograph. The same every time.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Pages and bytes of the scan, about: 50 pages at 150 pixels an inch, 25 MB.
const PAGES: usize = 50;
const SCAN_BYTES: usize = 25_000_000;
const A4_PIXELS: (u16, u16) = (1240, 1754);

/// A row of numbers without pattern.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Paper of a warm white with lines of strokes, and the grain of a scanner of this strength.
fn sheet(page: usize, (width, height): (u16, u16), grain: u64) -> Vec<u8> {
    let mut noise = Noise(0x9E37_79B9_7F4A_7C15 ^ (page as u64 + 1));
    let mut rgb = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for y in 0..usize::from(height) {
        for x in 0..usize::from(width) {
            let in_line = y % 40 < 18 && (100..1140).contains(&x) && (100..1650).contains(&y);
            let stroke = in_line && (x * 7 + (y / 40) * 13 + page) % 23 < 5;
            let paper = if stroke { 40 } else { 225 };
            let level = paper + noise.next() % (grain + 1);
            rgb.extend([
                level.min(255) as u8,
                level.saturating_sub(4).min(255) as u8,
                level.saturating_sub(16).min(255) as u8,
            ]);
        }
    }
    rgb
}

fn jpeg(rgb: &[u8], (width, height): (u16, u16)) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 90);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode(rgb, width, height, ColorType::Rgb).map_err(|fault| fault.to_string())?;
    Ok(out)
}

/// A scan of so many pages.
///
/// # Errors
/// Words of the encoder.
pub(crate) fn scan() -> Result<Vec<u8>, String> {
    // The grain that makes a page as large as it has to be.
    let mut grain = 1;
    while jpeg(&sheet(0, A4_PIXELS, grain), A4_PIXELS)?.len() < SCAN_BYTES / PAGES {
        grain += 2;
    }
    let pages: Result<Vec<_>, _> =
        (0..PAGES).map(|page| jpeg(&sheet(page, A4_PIXELS, grain), A4_PIXELS)).collect();
    let kids: Vec<String> = (0..PAGES).map(|page| format!("{} 0 R", page * 3 + 3)).collect();
    let mut objects = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        format!("<</Type/Pages/Kids[{}]/Count {PAGES}>>", kids.join(" ")).into_bytes(),
    ];
    for (page, picture) in pages?.into_iter().enumerate() {
        let id = page * 3 + 3;
        objects.push(
            format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {} 0 R/Resources<</XObject<</P {} 0 R>>>>>>",
                id + 1,
                id + 2
            )
            .into_bytes(),
        );
        objects.push(stream("", b"q 595 0 0 842 0 0 cm /P Do Q"));
        let keys = format!(
            "/Type/XObject/Subtype/Image/Width {}/Height {}/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode",
            A4_PIXELS.0, A4_PIXELS.1
        );
        objects.push(stream(&keys, &picture));
    }
    Ok(document(&objects))
}

/// One page of text: 50 lines of 70 letters.
pub(crate) fn page() -> Vec<u8> {
    let mut content = "BT /F1 10 Tf 14 TL 60 780 Td".to_owned();
    for line in 0..50_usize {
        let words: String =
            (0..70_usize).map(|at| char::from(b'a' + ((line * 31 + at * 7) % 26) as u8)).collect();
        content.push_str(&format!("\n({words}) '"));
    }
    content.push_str(" ET");
    document(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
            .to_vec(),
        stream("", content.as_bytes()),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_vec(),
    ])
}

/// A photograph of 24 megapixels.
///
/// # Errors
/// Words of the encoder.
pub(crate) fn photograph() -> Result<Vec<u8>, String> {
    let mut noise = Noise(0x1234_5678_9ABC_DEF1);
    let mut rgb = Vec::with_capacity(72_000_000);
    for y in 0..4_000_usize {
        for x in 0..6_000_usize {
            let grain = (noise.next() % 12) as usize;
            let hill = (x / 9 + y / 5 + (x * y) / 90_000) % 200;
            rgb.extend([(hill + grain) as u8, (hill / 2 + 60 + grain) as u8, (230 - hill + grain) as u8]);
        }
    }
    jpeg(&rgb, (6_000, 4_000))
}

fn stream(keys: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("<<{keys}/Length {}>>stream\n", bytes.len());
    [head.as_bytes(), bytes, b"\nendstream"].concat()
}

fn document(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", number + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let table = out.len();
    let size = places.len() + 1;
    out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
    for place in &places {
        out.extend(format!("{place:010} 00000 n \n").bytes());
    }
    out.extend(format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").bytes());
    out
}
