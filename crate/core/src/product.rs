//! The three matrix products of a recurrent network, on column-major storage.
//!
//! A register tile of [`ROWS`] × [`COLUMNS`] is accumulated in vector registers (8 × 4 `f32` = 8 vectors of simd128; more
//! would spill). Weights are packed into row panels once per training step and
//! used for all timesteps. Every entry is summed in ascending order of the inner index, natively and in WebAssembly, so
//! results are the same bits everywhere. nalgebra's own product is not used for training because its kernel is chosen at
//! run time (other bits on other machines) and spills on simd128.

use crate::lanes::{Lanes, ROWS};
use crate::real::Real;

/// Columns of a register tile.
pub const COLUMNS: usize = 4;
/// Columns of the operands that [`accumulate_outer`] takes at a time, so that both stay in the second-level cache.
const BLOCK: usize = 256;

/// A weight matrix `[rows, depth]` in row panels of [`ROWS`], zero-padded below.
#[derive(Debug, Clone)]
pub struct Packed<R> {
    rows: usize,
    depth: usize,
    panels: Vec<R>,
}

impl<R: Real> Packed<R> {
    /// An all-zero matrix of this shape.
    #[must_use]
    pub fn zeros(rows: usize, depth: usize) -> Self {
        Self { rows, depth, panels: vec![R::ZERO; rows.div_ceil(ROWS) * ROWS * depth] }
    }

    /// Copies `matrix` `[rows, depth]`, column-major.
    pub fn pack(&mut self, matrix: &[R]) {
        let rows = self.rows;
        self.fill(|row, inner| matrix[inner * rows + row]);
    }

    /// Copies the transpose of `matrix` `[depth, rows]`, column-major.
    pub fn pack_transposed(&mut self, matrix: &[R]) {
        let depth = self.depth;
        self.fill(|row, inner| matrix[row * depth + inner]);
    }

    fn fill(&mut self, entry: impl Fn(usize, usize) -> R) {
        if self.depth == 0 {
            return;
        }
        let panels = self.panels.chunks_exact_mut(ROWS * self.depth);
        for (panel, values) in panels.enumerate() {
            let live = ROWS.min(self.rows - panel * ROWS);
            for (inner, column) in values.chunks_exact_mut(ROWS).enumerate() {
                for (r, value) in column[..live].iter_mut().enumerate() {
                    *value = entry(panel * ROWS + r, inner);
                }
            }
        }
    }

    /// `c [rows, n] += self · b`, with `b` `[depth, n]`; both column-major and contiguous.
    ///
    /// # Panics
    /// When the lengths do not fit the shape.
    pub fn multiply_add(&self, b: &[R], c: &mut [R], n: usize) {
        assert_eq!(b.len(), self.depth * n, "right operand");
        assert_eq!(c.len(), self.rows * n, "result");
        if self.depth == 0 || self.rows == 0 {
            return;
        }
        let wide = n / COLUMNS * COLUMNS;
        for j in (0..wide).step_by(COLUMNS) {
            self.columns::<COLUMNS>(b, c, j);
        }
        match n - wide {
            3 => self.columns::<3>(b, c, wide),
            2 => self.columns::<2>(b, c, wide),
            1 => self.columns::<1>(b, c, wide),
            _ => {}
        }
    }

    #[inline(always)]
    fn columns<const N: usize>(&self, b: &[R], c: &mut [R], first: usize) {
        let depth = self.depth;
        // Cut so that the compiler sees each length to be `depth`.
        let columns: [&[R]; N] = std::array::from_fn(|j| &b[(first + j) * depth..][..depth]);
        for (panel, values) in self.panels.chunks_exact(ROWS * depth).enumerate() {
            let mut tile = [R::Lanes::zero(); N];
            for (inner, weights) in values.as_chunks().0.iter().enumerate().take(depth) {
                let weights = R::Lanes::load(weights);
                for (sums, column) in tile.iter_mut().zip(&columns) {
                    *sums = sums.add_scaled(weights, column[inner]);
                }
            }
            let row = panel * ROWS;
            let live = ROWS.min(self.rows - row);
            for (j, sums) in tile.iter().enumerate() {
                let start = (first + j) * self.rows + row;
                for (target, sum) in c[start..start + live].iter_mut().zip(sums.to_array()) {
                    *target += sum;
                }
            }
        }
    }
}

/// `c [m, n] += a · bᵀ`, with `a` `[m, k]` and `b` `[n, k]`; all column-major and contiguous.
///
/// The weight gradient of all timesteps at once: k = T·B.
///
/// # Panics
/// When the lengths do not fit the shapes.
pub fn accumulate_outer<R: Real>(a: &[R], b: &[R], c: &mut [R], m: usize, n: usize) {
    assert_eq!(c.len(), m * n, "result");
    if m == 0 || n == 0 {
        return;
    }
    assert_eq!(a.len() / m, b.len() / n, "columns of the operands");
    for (a, b) in a.chunks(BLOCK * m).zip(b.chunks(BLOCK * n)) {
        for j in (0..n).step_by(COLUMNS) {
            match n - j {
                1 => outer_columns::<R, 1>(a, b, c, m, n, j),
                2 => outer_columns::<R, 2>(a, b, c, m, n, j),
                3 => outer_columns::<R, 3>(a, b, c, m, n, j),
                _ => outer_columns::<R, COLUMNS>(a, b, c, m, n, j),
            }
        }
    }
}

#[inline(always)]
fn outer_columns<R: Real, const N: usize>(a: &[R], b: &[R], c: &mut [R], m: usize, n: usize, j: usize) {
    let whole = m / ROWS * ROWS;
    for i in (0..whole).step_by(ROWS) {
        let mut tile = [R::Lanes::zero(); N];
        for (left, right) in a.chunks_exact(m).zip(b.chunks_exact(n)) {
            let (Some(left), Some(right)) = (left[i..].first_chunk(), right[j..].first_chunk::<N>()) else { break };
            let left = R::Lanes::load(left);
            for (sums, &factor) in tile.iter_mut().zip(right) {
                *sums = sums.add_scaled(left, factor);
            }
        }
        for (column, sums) in tile.iter().enumerate() {
            let start = (j + column) * m + i;
            for (target, sum) in c[start..start + ROWS].iter_mut().zip(sums.to_array()) {
                *target += sum;
            }
        }
    }
    for i in whole..m {
        let mut tile = [R::ZERO; N];
        for (left, right) in a.chunks_exact(m).zip(b.chunks_exact(n)) {
            for (sum, &factor) in tile.iter_mut().zip(&right[j..j + N]) {
                *sum += left[i] * factor;
            }
        }
        for (column, &sum) in tile.iter().enumerate() {
            c[(j + column) * m + i] += sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;

    fn matrix(rows: usize, columns: usize, salt: usize) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |r, c| (((r * 31 + c * 17 + salt) % 29) as f64 - 14.0) / 8.0)
    }

    #[test]
    fn packed_product_equals_nalgebras_for_every_remainder() {
        for (rows, depth) in [(1, 1), (7, 3), (8, 5), (20, 20), (33, 2), (4, 0)] {
            for n in 0..10 {
                let (a, b) = (matrix(rows, depth, 1), matrix(depth, n, 2));
                let expected = &a * &b + matrix(rows, n, 3);
                let mut packed = Packed::zeros(rows, depth);
                packed.pack(a.as_slice());
                let mut c = matrix(rows, n, 3);
                packed.multiply_add(b.as_slice(), c.as_mut_slice(), n);
                assert!((&c - &expected).amax() < 1e-12, "{rows}×{depth}×{n}");
                packed.pack_transposed(a.transpose().as_slice());
                let mut c = matrix(rows, n, 3);
                packed.multiply_add(b.as_slice(), c.as_mut_slice(), n);
                assert!((&c - &expected).amax() < 1e-12, "transposed {rows}×{depth}×{n}");
            }
        }
    }

    #[test]
    fn outer_product_equals_nalgebras_across_blocks() {
        for (m, n) in [(1, 1), (3, 5), (8, 4), (20, 7), (9, 2)] {
            for k in [0, 1, 5, BLOCK, BLOCK + 3] {
                let (a, b) = (matrix(m, k, 4), matrix(n, k, 5));
                let expected = &a * b.transpose() + matrix(m, n, 6);
                let mut c = matrix(m, n, 6);
                accumulate_outer(a.as_slice(), b.as_slice(), c.as_mut_slice(), m, n);
                assert!((&c - &expected).amax() < 1e-9, "{m}×{n}×{k}");
            }
        }
    }
}
