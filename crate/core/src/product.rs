//! The three matrix products of a recurrent network, on column-major storage.
//!
//! A tile of rows × columns is accumulated in vector registers: 12 × 3 `f32`, 9 registers of simd128. Beside them it
//! needs 3 for the weights and 2 to work in; V8 has 15 to give. Fewer sums would leave more instructions that are not
//! arithmetic: what limits the kernel is how many instructions are issued at a time. Weights are packed into row panels once per training step and used for all
//! timesteps. Every entry is summed in ascending order of the inner index, natively and in WebAssembly, so
//! results are the same bits everywhere. nalgebra's own product is not used for training because its kernel is chosen at
//! run time (other bits on other machines) and spills on simd128.

use crate::lanes::{LANES, Lanes};
use crate::real::Real;
use std::ops::Range;

/// Vectors of [`LANES`] rows in a panel. The last panel of a matrix may be lower.
const HEIGHT: usize = 3;
/// Columns of a tile of `f32`; of `f64`, which fills twice the registers, it is one.
const WIDTH: usize = 3;
/// Columns of the result of [`Packed::multiply_add`] that are finished before the next: they stay in the cache meanwhile.
const COLUMNS: usize = 48;
/// Columns of the operands that [`accumulate_outer`] takes at a time: packed, a panel of them fits the first-level cache.
const BLOCK: usize = 256;

/// Some rows of a matrix, padded to a multiple of [`LANES`].
#[derive(Debug, Clone, Copy)]
struct Panel {
    /// First row.
    row: usize,
    /// Rows that are there.
    live: usize,
    /// Rows with padding, in vectors.
    height: usize,
}

impl Panel {
    /// Entries of `columns` columns of it.
    fn entries(&self, columns: usize) -> usize {
        self.height * LANES * columns
    }
}

/// Splits rows into panels, top to bottom.
fn panels(rows: usize) -> impl Iterator<Item = Panel> {
    let mut row = 0;
    std::iter::from_fn(move || {
        let left = rows - row;
        let height = left.div_ceil(LANES).min(HEIGHT);
        let panel = Panel { row, live: left.min(height * LANES), height };
        row += panel.live;
        (left > 0).then_some(panel)
    })
}

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
                multiply_panel::<R, false>(panel, weights, b, (depth, count), start, c, self.rows);
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

/// Room that [`accumulate_outer`] works in. Grows to what the largest product needs, then stays.
#[derive(Debug, Clone, Default)]
pub struct Room<R> {
    left: Vec<R>,
    right: Vec<R>,
}

/// `c [m, n] += a · bᵀ`, with `a` `[m, k]` and `b` `[n, k]`; all column-major and contiguous.
///
/// The weight gradient of all timesteps at once: k = T·B.
///
/// # Panics
/// When the lengths do not fit the shapes.
pub fn accumulate_outer<R: Real>(a: &[R], b: &[R], c: &mut [R], m: usize, n: usize, room: &mut Room<R>) {
    accumulate_outers(a, m, [(b, c, n)], room);
}

/// [`accumulate_outer`] for several `(b, c, n)` with the same `a`.
///
/// # Panics
/// When the lengths do not fit the shapes.
pub fn accumulate_outers<R: Real, const N: usize>(
    a: &[R],
    m: usize,
    mut products: [(&[R], &mut [R], usize); N],
    room: &mut Room<R>,
) {
    let k = a.len().checked_div(m).unwrap_or(0);
    for (b, c, n) in &products {
        assert_eq!(c.len(), m * n, "result");
        assert_eq!(b.len(), n * k, "columns of the operands");
    }
    let grow = |values: &mut Vec<R>, length: usize| values.resize(values.len().max(length), R::ZERO);
    grow(&mut room.left, HEIGHT * LANES * k.min(BLOCK));
    grow(&mut room.right, products.iter().map(|(.., n)| n).sum::<usize>() * k.min(BLOCK));
    for first in (0..k).step_by(BLOCK) {
        let columns = BLOCK.min(k - first);
        let mut right = &mut room.right[..];
        for (b, _, n) in &products {
            let (target, rest) = right.split_at_mut(n * columns);
            pack_groups(&b[first * n..(first + columns) * n], *n, target);
            right = rest;
        }
        for panel in panels(m) {
            let left = &mut room.left[..panel.entries(columns)];
            pack_rows(&a[first * m..(first + columns) * m], m, panel, left);
            let mut right = &room.right[..];
            for (_, c, n) in &mut products {
                let (packed, rest) = right.split_at(*n * columns);
                multiply_panel::<R, true>(panel, left, packed, (columns, *n), None, c, m);
                right = rest;
            }
        }
    }
}

/// Copies the rows of a panel out of `matrix` `[stride, k]` to `target`, k columns of the padded panel.
fn pack_rows<R: Real>(matrix: &[R], stride: usize, panel: Panel, target: &mut [R]) {
    match panel.height {
        3 => pack_vectors::<R, 3>(matrix, stride, panel, target),
        2 => pack_vectors::<R, 2>(matrix, stride, panel, target),
        _ => pack_vectors::<R, 1>(matrix, stride, panel, target),
    }
}

/// [`pack_rows`] for panels of V vectors.
fn pack_vectors<R: Real, const V: usize>(matrix: &[R], stride: usize, panel: Panel, target: &mut [R]) {
    let targets = target.as_chunks_mut::<LANES>().0.as_chunks_mut::<V>().0;
    for (target, column) in targets.iter_mut().zip(matrix.chunks_exact(stride)) {
        let rows = &column[panel.row..panel.row + panel.live];
        // Each vector by itself: what is copied at once becomes WebAssembly's `memory.copy`, slow for a few numbers.
        for (v, target) in target.iter_mut().enumerate() {
            *target = match rows.get(v * LANES..).and_then(|rows| rows.first_chunk()) {
                Some(vector) => R::Lanes::load(vector).to_array(),
                None => std::array::from_fn(|lane| rows.get(v * LANES + lane).copied().unwrap_or(R::ZERO)),
            };
        }
    }
}

/// Splits columns into groups that a tile takes at a time: (first column, how many).
fn groups<R: Real>(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let widest = if <R::Lanes as Lanes<R>>::REGISTERS == 1 { WIDTH } else { 1 };
    let mut column = 0;
    std::iter::from_fn(move || {
        let left = columns - column;
        // Two pairs rather than three and one: a single column keeps too few sums going.
        let width = if left == WIDTH + 1 { WIDTH - 1 } else { WIDTH }.min(widest).min(left);
        let group = (column, width);
        column += width;
        (left > 0).then_some(group)
    })
}

/// Copies `matrix` `[n, k]` so that the rows a tile takes at a time lie side by side: `[width, k]`, group after group.
fn pack_groups<R: Real>(matrix: &[R], n: usize, target: &mut [R]) {
    let mut rest = target;
    for (first, width) in groups::<R>(n) {
        let columns = matrix.len() / n;
        let (group, others) = rest.split_at_mut(width * columns);
        match width {
            3 => pack_group::<R, 3>(matrix, n, first, group),
            2 => pack_group::<R, 2>(matrix, n, first, group),
            _ => pack_group::<R, 1>(matrix, n, first, group),
        }
        rest = others;
    }
}

fn pack_group<R: Real, const N: usize>(matrix: &[R], n: usize, first: usize, target: &mut [R]) {
    for (target, column) in target.as_chunks_mut::<N>().0.iter_mut().zip(matrix.chunks_exact(n)) {
        target.copy_from_slice(&column[first..first + N]);
    }
}

/// `c [rows, n] = start + weights · b` for the rows of one panel; b `[depth, n]`, or as [`pack_groups`] leaves it; without
/// `start` what is there is added to.
fn multiply_panel<R: Real, const GROUPED: bool>(
    panel: Panel,
    weights: &[R],
    b: &[R],
    shape: (usize, usize),
    start: Option<&[R]>,
    c: &mut [R],
    rows: usize,
) {
    match panel.height {
        3 => multiply_groups::<R, GROUPED, 3>(panel, weights, b, shape, start, c, rows),
        2 => multiply_groups::<R, GROUPED, 2>(panel, weights, b, shape, start, c, rows),
        _ => multiply_groups::<R, GROUPED, 1>(panel, weights, b, shape, start, c, rows),
    }
}

/// [`multiply_panel`] for panels of V vectors.
fn multiply_groups<R: Real, const GROUPED: bool, const V: usize>(
    panel: Panel,
    weights: &[R],
    b: &[R],
    (depth, n): (usize, usize),
    start: Option<&[R]>,
    c: &mut [R],
    rows: usize,
) {
    let weights = weights.as_chunks::<LANES>().0.as_chunks::<V>().0;
    for (first, width) in groups::<R>(n) {
        let b = &b[first * depth..(first + width) * depth];
        let c = &mut c[first * rows..(first + width) * rows];
        match width {
            3 => tile::<R, GROUPED, V, 3>(weights, b, depth, panel, start, c, rows),
            2 => tile::<R, GROUPED, V, 2>(weights, b, depth, panel, start, c, rows),
            _ => tile::<R, GROUPED, V, 1>(weights, b, depth, panel, start, c, rows),
        }
    }
}

/// Weights times factors, summed over the inner index, for the live rows of a panel in N columns of `c`; b `[depth, N]`, or N
/// side by side where `GROUPED`.
///
/// The sums begin at zero, and what they are added to is fetched last: no product waits for it.
#[inline(always)]
fn tile<R: Real, const GROUPED: bool, const V: usize, const N: usize>(
    weights: &[[[R; LANES]; V]],
    b: &[R],
    depth: usize,
    panel: Panel,
    start: Option<&[R]>,
    c: &mut [R],
    rows: usize,
) {
    let mut sums = [[R::Lanes::splat(R::ZERO); V]; N];
    let mut step = |weights: &[[R; LANES]; V], factors: [R; N]| {
        let weights = weights.each_ref().map(R::Lanes::load);
        for (sums, factor) in sums.iter_mut().zip(factors) {
            let factor = R::Lanes::splat(factor);
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = *sum + weight * factor;
            }
        }
    };
    // Each slice is cut to its length in the loop, so that the compiler can leave out the checks there.
    let weights = &weights[..depth];
    if GROUPED {
        let factors = &b.as_chunks::<N>().0[..depth];
        for inner in 0..depth {
            step(&weights[inner], factors[inner]);
        }
    } else {
        let columns: [&[R]; N] = std::array::from_fn(|j| &b[j * depth..][..depth]);
        for inner in 0..depth {
            step(&weights[inner], columns.map(|column| column[inner]));
        }
    }
    if panel.live < V * LANES {
        return finish_some(&sums, panel, start, c, rows);
    }
    let vectors = |values: &[R]| -> [R::Lanes; V] {
        let vectors = &values.as_chunks().0[..V];
        std::array::from_fn(|v| R::Lanes::load(&vectors[v]))
    };
    let start = start.map(vectors);
    for (j, sums) in sums.into_iter().enumerate() {
        let column = &mut c[j * rows + panel.row..];
        let start = start.unwrap_or_else(|| vectors(column));
        let column = &mut column.as_chunks_mut().0[..V];
        for v in 0..V {
            column[v] = (start[v] + sums[v]).to_array();
        }
    }
}

/// The end of [`tile`] where the panel is padded. Apart, because a call there makes the engine keep the sums in memory.
#[inline(never)]
fn finish_some<R: Real, const V: usize, const N: usize>(
    sums: &[[R::Lanes; V]; N],
    panel: Panel,
    start: Option<&[R]>,
    c: &mut [R],
    rows: usize,
) {
    for (j, sums) in sums.iter().enumerate() {
        let column = &mut c[j * rows + panel.row..][..panel.live];
        for (row, value) in column.iter_mut().enumerate() {
            *value = start.map_or(*value, |start| start[row]) + sums[row / LANES].to_array()[row % LANES];
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

    #[test]
    fn outer_product_equals_nalgebras_across_blocks() {
        let mut room = Room::default();
        for (m, n) in [(1, 1), (3, 5), (8, 4), (20, 7), (9, 2), (35, 33)] {
            for k in [0, 1, 5, BLOCK, BLOCK + 3] {
                let (a, b) = (matrix(m, k, 4), matrix(n, k, 5));
                let expected = &a * b.transpose() + matrix(m, n, 6);
                let mut c = matrix(m, n, 6);
                accumulate_outer(a.as_slice(), b.as_slice(), c.as_mut_slice(), m, n, &mut room);
                assert!((&c - &expected).amax() < 1e-9, "{m}×{n}×{k}");
            }
        }
    }
}
