//! The three matrix products of a recurrent network, on column-major storage.
//!
//! Weights are packed into row panels once per training step and used for all timesteps. Every entry is summed in
//! ascending order of the inner index, natively and in WebAssembly, so results are the same bits everywhere. nalgebra's own
//! product is not used for training because its kernel is chosen at run time (other bits on other machines) and spills on
//! simd128.

mod outer;
mod panel;
mod tile;

pub(crate) use outer::BLOCK;
pub use outer::{Room, accumulate_outer, accumulate_outers};

use crate::lanes::LANES;
use crate::real::Real;
use panel::{pack_rows, panels};
use std::ops::Range;
use tile::{Columns, multiply_panel};

/// Columns of the result of [`Packed::multiply_add`] that are finished before the next: they stay in the cache meanwhile.
const COLUMNS: usize = 48;
/// A weight matrix `[rows, depth]` in row panels, zero-padded below.
#[derive(Debug, Clone)]
pub struct Packed<R> {
    rows: usize,
    depth: usize,
    /// Panel after panel, each `depth` columns of its rows.
    values: Vec<R>,
    /// As many as there are rows.
    zeros: Vec<R>,
}

impl<R: Real> Packed<R> {
    /// An all-zero matrix of this shape.
    #[must_use]
    pub fn zeros(rows: usize, depth: usize) -> Self {
        let entries = panels(rows).map(|panel| panel.entries(depth)).sum();
        Self { rows, depth, values: vec![R::ZERO; entries], zeros: vec![R::ZERO; rows] }
    }

    /// Copies `matrix` `[rows, depth]`, column-major.
    pub fn pack(&mut self, matrix: &[R]) {
        self.pack_columns(0..self.depth, matrix);
    }

    /// Copies `matrix` `[rows, columns]`, column-major, into these columns.
    ///
    /// # Panics
    /// When the length does not fit.
    pub fn pack_columns(&mut self, columns: Range<usize>, matrix: &[R]) {
        assert_eq!(matrix.len(), self.rows * columns.len(), "matrix");
        let mut values = &mut self.values[..];
        for panel in panels(self.rows) {
            let (target, rest) = values.split_at_mut(panel.entries(self.depth));
            pack_rows(matrix, self.rows, panel, &mut target[panel.entries(columns.start)..panel.entries(columns.end)]);
            values = rest;
        }
    }

    /// Copies the transpose of `matrix` `[depth, rows]`, column-major.
    pub fn pack_transposed(&mut self, matrix: &[R]) {
        assert_eq!(matrix.len(), self.rows * self.depth, "matrix");
        if self.depth == 0 {
            return;
        }
        let mut values = &mut self.values[..];
        for panel in panels(self.rows) {
            let (target, rest) = values.split_at_mut(panel.entries(self.depth));
            let vectors = target.as_chunks_mut::<LANES>().0;
            let rows = matrix[panel.row * self.depth..][..panel.live * self.depth].chunks(LANES * self.depth);
            for (v, rows) in rows.enumerate() {
                let vectors = vectors[v..].iter_mut().step_by(panel.height);
                if let Some([first, second, third, fourth]) = whole(rows, self.depth) {
                    for ((((vector, a), b), c), d) in vectors.zip(first).zip(second).zip(third).zip(fourth) {
                        *vector = [*a, *b, *c, *d];
                    }
                } else {
                    for (inner, vector) in vectors.enumerate() {
                        *vector = std::array::from_fn(|r| rows.get(r * self.depth + inner).copied().unwrap_or(R::ZERO));
                    }
                }
            }
            values = rest;
        }
    }

    /// `c [rows, n] += self · b`, with `b` `[depth, n]`; both column-major and contiguous.
    ///
    /// # Panics
    /// When the lengths do not fit the shape.
    pub fn multiply_add(&self, b: &[R], c: &mut [R], n: usize) {
        self.multiply(0..self.depth, b, Start::Result, c, n);
    }

    /// `c [rows, n] = start + self · b`, with these columns of `self` only and `b` `[columns, n]`.
    ///
    /// # Panics
    /// When the lengths do not fit the shape.
    pub fn multiply(&self, columns: Range<usize>, b: &[R], start: Start<'_, R>, c: &mut [R], n: usize) {
        let depth = columns.len();
        assert_eq!(b.len(), depth * n, "right operand");
        assert_eq!(c.len(), self.rows * n, "result");
        let start = match start {
            Start::Result => None,
            Start::Zero => Some(&self.zeros[..]),
            Start::Column(column) => Some(column),
        };
        for first in (0..n).step_by(COLUMNS) {
            let count = COLUMNS.min(n - first);
            let b = &b[first * depth..(first + count) * depth];
            let c = &mut c[first * self.rows..(first + count) * self.rows];
            let mut values = &self.values[..];
            for panel in panels(self.rows) {
                let (weights, rest) = values.split_at(panel.entries(self.depth));
                let weights = &weights[panel.entries(columns.start)..panel.entries(columns.end)];
                let start = start.map(|start| &start[panel.row..panel.row + panel.live]);
                multiply_panel(panel, weights, Columns(b), count, start, c, self.rows);
                values = rest;
            }
        }
    }
}

/// The columns of `matrix` `[depth, LANES]`, if it has so many.
fn whole<R>(matrix: &[R], depth: usize) -> Option<[&[R]; LANES]> {
    (matrix.len() == LANES * depth).then(|| std::array::from_fn(|r| &matrix[r * depth..(r + 1) * depth]))
}

/// What the columns of a product are added to.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a, R> {
    /// What is there already.
    Result,
    /// Nothing.
    Zero,
    /// The same column `[rows]`, for each.
    Column(&'a [R]),
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
        for (rows, depth) in [(1, 1), (7, 3), (8, 5), (20, 20), (33, 2), (44, 9), (4, 0)] {
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
}
