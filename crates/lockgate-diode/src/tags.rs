//! Tags of several datagrams, found side by side: keyed BLAKE3, a lane of a vector for each, sixteen with AVX-512 and eight with AVX2.
//!
//! A datagram of 1,400 bytes is a chunk of 1,024 and another, and `blake3` puts chunks side by side, not inputs: such a tag is found
//! in one lane. Where the processor has none of the vectors below, where the datagrams differ in length, and where they are longer than two
//! chunks, `blake3` itself does it. It is what this is held against, for every length.

use crate::TAG_BYTES;
#[cfg(target_arch = "x86_64")]
use fearless_simd::{Level, Simd, SimdInt, prelude::*, u8x32, u8x64, u32x8, u32x16};

/// So many datagrams lie side by side.
pub(crate) const SIDE: usize = 16;
/// Of fewer, one after the other is as fast.
const WORTH: usize = 3;
/// Bytes of a chunk, which is a leaf of the tree, and of the block that is compressed at a time.
const CHUNK: usize = 1_024;
const BLOCK: usize = 64;
/// What a compression is told: the first and the last of a chunk, a node of the tree, the last of all, under a key.
const START: u32 = 1;
const END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;
const KEYED: u32 = 16;
/// The first half of what BLAKE3 begins with: the fractions of the square roots of the first primes, as in SHA-256.
const START_WORDS: [u32; 4] = [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A];

/// A tag.
pub(crate) type Tag = [u8; TAG_BYTES];

/// The tags of up to [`SIDE`] texts, the first of them first; `None` where this is not the way to find them.
pub(crate) fn side_by_side(key: &[u8; 32], texts: &[&[u8]]) -> Option<[Tag; SIDE]> {
    let first = *texts.first()?;
    let alike = texts.iter().all(|text| text.len() == first.len());
    if texts.len() < WORTH || !alike || first.len() > CHUNK.saturating_mul(2) {
        return None;
    }
    by_level(key, texts, first)
}

#[cfg(target_arch = "x86_64")]
fn by_level(key: &[u8; 32], texts: &[&[u8]], first: &[u8]) -> Option<[Tag; SIDE]> {
    let level = Level::new();
    if let Some(simd) = level.as_avx512() {
        return Some(by_width::<_, u32x16<_>, SIDE>(simd, key, texts, first));
    }
    level.as_avx2().map(|simd| by_width::<_, u32x8<_>, { SIDE / 2 }>(simd, key, texts, first))
}

#[cfg(not(target_arch = "x86_64"))]
fn by_level(_: &[u8; 32], _: &[&[u8]], _: &[u8]) -> Option<[Tag; SIDE]> {
    None
}

/// By vectors of so many lanes.
#[cfg(target_arch = "x86_64")]
fn by_width<S: Simd, V: Words<S, N>, const N: usize>(
    simd: S,
    key: &[u8; 32],
    texts: &[&[u8]],
    first: &[u8],
) -> [Tag; SIDE] {
    let mut tags = [[0; TAG_BYTES]; SIDE];
    for (tags, texts) in tags.chunks_mut(N).zip(texts.chunks(N)) {
        // A lane that is not needed does what the first one does.
        let mut lanes = [first; N];
        lanes.iter_mut().zip(texts).for_each(|(lane, text)| *lane = text);
        tags.copy_from_slice(&in_lanes::<S, V, N>(simd, key, &lanes));
    }
    tags
}

/// A word of each lane.
#[cfg(target_arch = "x86_64")]
trait Words<S: Simd, const N: usize>: SimdInt<S, Element = u32> {
    /// The words of a block of each text.
    fn columns(simd: S, blocks: [&[u8; BLOCK]; N]) -> [Self; 16];
}

#[cfg(target_arch = "x86_64")]
impl<S: Simd> Words<S, 16> for u32x16<S> {
    #[inline(always)]
    fn columns(simd: S, blocks: [&[u8; BLOCK]; 16]) -> [Self; 16] {
        let mut rows = [simd.splat_u32x16(0); 16];
        for (row, block) in rows.iter_mut().zip(blocks) {
            *row = u8x64::load_array_ref(simd, block).bitcast();
        }
        // Places of 256 words are eight bits, and each step takes the first of them to the end: rows become columns.
        for _ in 0..4 {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = rows;
            let ((q, r), (s, t)) = (a.interleave(i), b.interleave(j));
            let ((u, v), (w, x)) = (c.interleave(k), d.interleave(l));
            let ((a, b), (c, d)) = (e.interleave(m), f.interleave(n));
            let ((i, j), (k, l)) = (g.interleave(o), h.interleave(p));
            rows = [q, r, s, t, u, v, w, x, a, b, c, d, i, j, k, l];
        }
        rows
    }
}

#[cfg(target_arch = "x86_64")]
impl<S: Simd> Words<S, 8> for u32x8<S> {
    #[inline(always)]
    fn columns(simd: S, blocks: [&[u8; BLOCK]; 8]) -> [Self; 16] {
        let none = simd.splat_u32x8(0);
        let (mut low, mut high) = ([none; 8], [none; 8]);
        for ((low, high), block) in low.iter_mut().zip(&mut high).zip(blocks) {
            if let ([a, b], _) = block.as_chunks() {
                *low = u8x32::load_array_ref(simd, a).bitcast();
                *high = u8x32::load_array_ref(simd, b).bitcast();
            }
        }
        // As above: the places of 64 words are six bits.
        for rows in [&mut low, &mut high] {
            for _ in 0..3 {
                let [a, b, c, d, e, f, g, h] = *rows;
                let ((i, j), (k, l)) = (a.interleave(e), b.interleave(f));
                let ((m, n), (o, p)) = (c.interleave(g), d.interleave(h));
                *rows = [i, j, k, l, m, n, o, p];
            }
        }
        let ([a, b, c, d, e, f, g, h], [i, j, k, l, m, n, o, p]) = (low, high);
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
    }
}

/// Texts of one length, of two chunks at most.
#[cfg(target_arch = "x86_64")]
fn in_lanes<S: Simd, V: Words<S, N>, const N: usize>(
    simd: S,
    key: &[u8; 32],
    texts: &[&[u8]; N],
) -> [Tag; N] {
    simd.vectorize(
        #[inline(always)]
        || {
            let key: [V; 8] = key_words(simd, key);
            let blocks = texts.first().map_or(0, |first| first.len()).div_ceil(BLOCK).max(1);
            let in_chunk = CHUNK / BLOCK;
            let is_leaf = blocks <= in_chunk;
            let (mut chain, mut left) = (key, None);
            for at in 0..blocks {
                let is_last = at.saturating_add(1) == blocks;
                let is_end = is_last || at.saturating_add(1) == in_chunk;
                let mut flags = KEYED;
                flags |= if at == 0 || at == in_chunk { START } else { 0 };
                flags |= if is_end { END } else { 0 };
                flags |= if is_last && is_leaf { ROOT } else { 0 };
                let (words, length) = block(simd, texts, at.saturating_mul(BLOCK));
                chain = compress(simd, &chain, words, [u32::from(at >= in_chunk), length, flags]);
                if is_end && !is_last {
                    left = Some(core::mem::replace(&mut chain, key));
                }
            }
            if let Some([a, b, c, d, e, f, g, h]) = left {
                let [i, j, k, l, m, n, o, p] = chain;
                let words = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p];
                chain = compress(simd, &key, words, [0, 64, KEYED | PARENT | ROOT]);
            }
            tags_of(chain)
        },
    )
}

/// The words of the key, in all lanes.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn key_words<S: Simd, V: SimdInt<S, Element = u32>>(simd: S, key: &[u8; 32]) -> [V; 8] {
    let (words, _) = key.as_chunks::<4>();
    let mut lanes = [V::splat(simd, 0); 8];
    lanes.iter_mut().zip(words).for_each(|(lane, word)| *lane = V::splat(simd, u32::from_le_bytes(*word)));
    lanes
}

/// The block of each text that begins there, word by word, zeros behind the end; and how long it is.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn block<S: Simd, V: Words<S, N>, const N: usize>(
    simd: S,
    texts: &[&[u8]; N],
    from: usize,
) -> ([V; 16], u32) {
    let (mut blocks, mut padded) = ([&[0; BLOCK]; N], [[0; BLOCK]; N]);
    let mut length = BLOCK;
    for ((block, padded), text) in blocks.iter_mut().zip(&mut padded).zip(texts) {
        let rest = text.get(from..).unwrap_or(&[]);
        *block = match rest.first_chunk() {
            Some(whole) => whole,
            None => {
                length = rest.len();
                padded.iter_mut().zip(rest).for_each(|(into, byte)| *into = *byte);
                padded
            }
        };
    }
    (V::columns(simd, blocks), u32::try_from(length).unwrap_or(0))
}

/// The compression of BLAKE3: counter, length and flags are those of all lanes.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn compress<S: Simd, V: SimdInt<S, Element = u32>>(
    simd: S,
    chain: &[V; 8],
    words: [V; 16],
    told: [u32; 3],
) -> [V; 8] {
    let [a, b, c, d, e, f, g, h] = *chain;
    let [i, j, k, l] = START_WORDS.map(|word| V::splat(simd, word));
    let [counter, length, flags] = told.map(|word| V::splat(simd, word));
    let mut state = [a, b, c, d, e, f, g, h, i, j, k, l, counter, V::splat(simd, 0), length, flags];
    let words = round(&mut state, words);
    let words = round(&mut state, words);
    let words = round(&mut state, words);
    let words = round(&mut state, words);
    let words = round(&mut state, words);
    let words = round(&mut state, words);
    round(&mut state, words);
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = state;
    let low = [a, b, c, d, e, f, g, h];
    let mut high = [i, j, k, l, m, n, o, p];
    high.iter_mut().zip(low).for_each(|(high, low)| *high = high.bitxor(low));
    high
}

/// One round over the state; gives the words in the order of the next one.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn round<S: Simd, V: SimdInt<S, Element = u32>>(state: &mut [V; 16], words: [V; 16]) -> [V; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = state;
    let [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15] = words;
    mix([a, e, i, m], w0, w1);
    mix([b, f, j, n], w2, w3);
    mix([c, g, k, o], w4, w5);
    mix([d, h, l, p], w6, w7);
    mix([a, f, k, p], w8, w9);
    mix([b, g, l, m], w10, w11);
    mix([c, h, i, n], w12, w13);
    mix([d, e, j, o], w14, w15);
    [w2, w6, w3, w10, w7, w0, w4, w13, w1, w11, w12, w5, w9, w14, w15, w8]
}

/// Mixes two words into a column or a diagonal of the state.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn mix<S: Simd, V: SimdInt<S, Element = u32>>([a, b, c, d]: [&mut V; 4], first: V, second: V) {
    let rotated = |value: V, right: u32, left: u32| value.shr(right).bitor(value.shl(left));
    *a = a.add(first).add(*b);
    *d = rotated(d.bitxor(*a), 16, 16);
    *c = c.add(*d);
    *b = rotated(b.bitxor(*c), 12, 20);
    *a = a.add(second).add(*b);
    *d = rotated(d.bitxor(*a), 8, 24);
    *c = c.add(*d);
    *b = rotated(b.bitxor(*c), 7, 25);
}

/// The first four words of each lane.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn tags_of<S: Simd, V: SimdInt<S, Element = u32>, const N: usize>(chain: [V; 8]) -> [Tag; N] {
    let mut tags = [[0; TAG_BYTES]; N];
    for (place, words) in chain.iter().take(4).enumerate() {
        for (tag, word) in tags.iter_mut().zip(words.as_slice()) {
            let (parts, _) = tag.as_chunks_mut::<4>();
            if let Some(part) = parts.get_mut(place) {
                *part = word.to_le_bytes();
            }
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, SIDE, Tag, by_level, side_by_side};
    use alloc::vec::Vec;

    fn key() -> [u8; 32] {
        core::array::from_fn(|at| at as u8 * 7 + 3)
    }

    /// Sixteen texts, no two alike.
    fn texts(length: usize) -> Vec<Vec<u8>> {
        let text =
            |lane: usize| (0..length).map(move |at| (at * 31 + (at >> 8) + lane * 101) as u8).collect();
        (0..SIDE).map(text).collect()
    }

    fn expected(text: &[u8]) -> Tag {
        *blake3::keyed_hash(&key(), text).as_bytes().first_chunk().unwrap()
    }

    /// By every kind of vector that this machine has.
    #[cfg(target_arch = "x86_64")]
    fn by_all(texts: &[&[u8]]) -> Vec<[Tag; SIDE]> {
        use super::{by_width, u32x8, u32x16};
        let level = fearless_simd::Level::new();
        let wide = level.as_avx512().map(|simd| by_width::<_, u32x16<_>, 16>(simd, &key(), texts, texts[0]));
        let usual = level.as_avx2().map(|simd| by_width::<_, u32x8<_>, 8>(simd, &key(), texts, texts[0]));
        wide.into_iter().chain(usual).collect()
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn by_all(_: &[&[u8]]) -> Vec<[Tag; SIDE]> {
        Vec::new()
    }

    #[test]
    fn a_tag_is_that_of_blake3_whatever_its_length_and_its_lane() {
        for length in 0..=2 * CHUNK {
            let texts = texts(length);
            let lanes: [&[u8]; SIDE] = core::array::from_fn(|lane| texts[lane].as_slice());
            let expected = lanes.map(expected);
            for tags in by_all(&lanes) {
                assert_eq!(tags, expected, "{length} bytes");
            }
            assert_eq!(by_level(&key(), &lanes, lanes[0]).is_some(), !by_all(&lanes).is_empty());
        }
    }

    #[test]
    fn fewer_than_sixteen_are_found_and_what_is_not_alike_is_not() {
        let texts = texts(1_384);
        let all: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
        for count in super::WORTH..=SIDE {
            let expected: Vec<Tag> = all[..count].iter().map(|text| expected(text)).collect();
            for tags in side_by_side(&key(), &all[..count]).into_iter().chain(by_all(&all[..count])) {
                assert_eq!(tags[..count], expected);
            }
        }
        let mut others = all.clone();
        others[5] = &others[5][1..];
        let long = alloc::vec![0; 2 * CHUNK + 1];
        for texts in [&all[..super::WORTH - 1], &others, &[long.as_slice(); SIDE], &[]] {
            assert_eq!(side_by_side(&key(), texts), None);
        }
    }
}
