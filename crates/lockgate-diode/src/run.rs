//! A run of sources added to the sums of its block, in wide vectors: read where the sources lie, and each column of a run once.
//!
//! To multiply by an element of the field is a matrix of bits, which processors with GFNI put to 64 bytes at a time; `reed-solomon-simd` does
//! it by tables of four bits. What is computed is its transform (`Engine::ifft`) of each run, and the matrices come of what it says of each
//! bit. Where the processor has no such vectors, the library does all of it.

use crate::repairs::{Cell, last_cell};
use alloc::vec::Vec;
use core::arch::x86_64::{
    __m512i, _mm512_gf2p8affine_epi64_epi8, _mm512_setzero_si512, _mm512_shuffle_i64x2, _mm512_xor_si512,
};
use fearless_simd::{Avx512, Level, prelude::*, u8x64, u64x8};
use reed_solomon_simd::engine::{Engine, GF_MODULUS, GfElement, tables};

/// The most sources of a run: a column of these lies nearest the processor.
const LONGEST: usize = 32;

/// A source: the cells that it fills, and what is in its last one.
#[derive(Clone, Copy)]
struct Source<'a> {
    cells: &'a [Cell],
    last: Cell,
}

/// What multiplies the elements of a cell: what stays in its half of them, and what goes over into the other.
#[derive(Clone, Copy)]
struct Matrix {
    stays: [u64; 8],
    crosses: [u64; 8],
}

/// All runs of one length that a block may have.
pub(crate) struct Runs {
    simd: Avx512,
    length: usize,
    /// Of each run, one for each two parts of it that are joined, the shortest parts first.
    matrices: Vec<Matrix>,
}

impl Runs {
    /// `None` where this is not the way to do it: no such vectors, or runs that are longer.
    pub(crate) fn new(length: usize, most: u32, engine: &impl Engine) -> Option<Self> {
        let simd = Level::new().as_avx512().filter(|_| (2..=LONGEST).contains(&length))?;
        let mut matrices = Vec::new();
        for start in (0..usize::try_from(most).ok()?).step_by(length) {
            for half in core::iter::successors(Some(1), |half: &usize| half.checked_mul(2)) {
                if half >= length {
                    break;
                }
                for part in (0..length).step_by(half.checked_mul(2)?) {
                    let place = start.checked_add(length)?.checked_add(part)?.checked_add(half)?;
                    let log = tables::get_skew().get(place.checked_sub(1)?)?;
                    matrices.push(Matrix::new(*log, engine));
                }
            }
        }
        Some(Self { simd, length, matrices })
    }

    /// Adds the run in that place, whose sources have `size` bytes each; where there are fewer than in a run the others are zeros.
    pub(crate) fn add(&self, place: usize, bytes: &[u8], size: usize, sums: &mut [Cell]) -> Option<()> {
        let matrices = self.matrices.chunks_exact(self.length.checked_sub(1)?).nth(place)?;
        // They come from far: in the order in which they lie they come faster than side by side.
        let first = bytes.iter().step_by(size_of::<Cell>());
        core::hint::black_box(first.fold(0, |all, byte| all ^ byte));
        let mut sources = [Source { cells: &[], last: [0; 64] }; LONGEST];
        let count = bytes.len().checked_div(size)?;
        for (source, bytes) in sources.iter_mut().zip(bytes.chunks_exact(size)) {
            let (cells, rest) = bytes.as_chunks();
            *source = Source { cells, last: last_cell(rest) };
        }
        let sources = sources.get(..count)?;
        add(self.simd, sources, matrices, sums);
        Some(())
    }
}

impl Matrix {
    /// That of the element with this logarithm; of zero, where it says so.
    fn new(log: GfElement, engine: &impl Engine) -> Self {
        // The elements of a cell have their lower bytes in its first half. Here each of the first 16 is one bit.
        let mut cells = [[0; 64]];
        let bits = (0..16_u32).map(|bit| 1_u16.rotate_left(bit).to_le_bytes());
        let (low, high) = cells.as_flattened_mut().split_at_mut(32);
        for ((low, high), [bit_low, bit_high]) in low.iter_mut().zip(high).zip(bits) {
            (*low, *high) = (bit_low, bit_high);
        }
        if log == GF_MODULUS {
            cells = [[0; 64]];
        } else {
            engine.mul(&mut cells, log);
        }
        let (products, _) = cells.as_flattened().as_chunks::<8>();
        // Eights of bytes: what the bits of lower and higher bytes give in the lower half, and in the higher one.
        let [low_low, high_low, _, _, low_high, high_high, ..] =
            products.first_chunk::<8>().copied().unwrap_or_default().map(rows);
        let halves = |low, high| [low, low, low, low, high, high, high, high];
        Self { stays: halves(low_low, high_high), crosses: halves(low_high, high_low) }
    }
}

/// The matrix of what each bit of a byte gives, as the processor wants it: a byte for each bit of the product, the highest first.
fn rows(products: [u8; 8]) -> u64 {
    let row = |bit: u32| {
        let bits = products.iter().rev().map(|product| product.rotate_right(bit) & 1);
        bits.fold(0_u8, |row, bit| row.rotate_left(1) | bit)
    };
    u64::from_be_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(row))
}

fearless_simd::kernel!(
    #[inline]
    fn add(simd: Avx512, sources: &[Source<'_>], matrices: &[Matrix], sums: &mut [Cell]) {
        let mut column = [_mm512_setzero_si512(); LONGEST];
        let length = matrices.len().saturating_add(1);
        let cells = sums.len().checked_div(length).unwrap_or(0);
        let Some(column) = column.get_mut(..length) else { return };
        for at in 0..cells {
            column.fill(_mm512_setzero_si512());
            for (row, source) in column.iter_mut().zip(sources) {
                *row = u8x64::load_array_ref(simd, source.cells.get(at).unwrap_or(&source.last)).into();
            }
            let (mut half, mut left) = (1_usize, matrices.iter());
            while half < length {
                let both = half.saturating_mul(2);
                for (part, matrix) in column.chunks_exact_mut(both).zip(&mut left) {
                    let stays = u64x8::load_array_ref(simd, &matrix.stays).into();
                    let crosses = u64x8::load_array_ref(simd, &matrix.crosses).into();
                    let (first, second) = part.split_at_mut(half);
                    for (first, second) in first.iter_mut().zip(second) {
                        *second = _mm512_xor_si512(*second, *first);
                        let stays = _mm512_gf2p8affine_epi64_epi8::<0>(*second, stays);
                        let crosses = _mm512_gf2p8affine_epi64_epi8::<0>(*second, crosses);
                        let crossed = _mm512_shuffle_i64x2::<0b01_00_11_10>(crosses, crosses);
                        *first = _mm512_xor_si512(*first, _mm512_xor_si512(stays, crossed));
                    }
                }
                half = both;
            }
            for (row, sum) in column.iter().zip(sums.iter_mut().skip(at).step_by(cells)) {
                let before: __m512i = u8x64::load_array_ref(simd, sum).into();
                let after: u8x64<Avx512> = _mm512_xor_si512(before, *row).simd_into(simd);
                *sum = after.into();
            }
        }
    }
);
