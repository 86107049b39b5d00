//! Products summed over columns: the weights' gradients.

use super::panel::{HEIGHT, pack_rows, panels};
use super::tile::{FACTORS, Rows, multiply_panel};
use crate::lanes::{LANES, Lanes};
use crate::real::Real;

/// Columns of the operands that are taken at a time: packed, a panel of each operand fits the first-level cache.
pub(crate) const BLOCK: usize = 256;

/// Room that the products work in. Grows to what the largest needs, then stays.
#[derive(Debug, Clone, Default)]
pub struct Room<R> {
    left: Vec<R>,
    right: Vec<R>,
    sums: Vec<R>,
    /// Rows and columns of what is packed on the right.
    packed: (usize, usize),
}

impl<R: Real> Room<R> {
    /// Packs these columns of `(b [n, columns], n)`, one above the other, for [`accumulate`](Self::accumulate).
    ///
    /// # Panics
    /// When the lengths do not fit the shapes.
    pub(crate) fn pack<const N: usize>(&mut self, operands: [(&[R], usize); N], columns: usize) {
        let n = operands.iter().map(|(_, n)| n).sum::<usize>();
        assert!(operands.iter().all(|(b, n)| b.len() == n * columns), "columns of the operands");
        grow(&mut self.right, (n.div_ceil(FACTORS) * columns + 1) * FACTORS);
        pack_factors(&operands, n, columns, &mut self.right);
        self.packed = (n, columns);
    }

    /// `c [m, n] += a · bᵀ`, with `a` `[m, columns]` and the b that is packed. Returns the sums of the rows of `a`.
    ///
    /// # Panics
    /// When the lengths do not fit the shapes.
    pub(crate) fn accumulate(&mut self, a: &[R], m: usize, c: &mut [R]) -> &[R] {
        self.sums.fill(R::ZERO);
        self.add(a, m, c);
        &self.sums[..m]
    }

    /// [`accumulate`](Self::accumulate) that adds to the sums, too.
    fn add(&mut self, a: &[R], m: usize, c: &mut [R]) {
        let (n, columns) = self.packed;
        assert!(a.len() == m * columns && c.len() == m * n, "left operand and result");
        grow(&mut self.left, HEIGHT * LANES * columns);
        grow(&mut self.sums, m + HEIGHT * LANES);
        for panel in panels(m) {
            let left = &mut self.left[..panel.entries(columns)];
            let sums = pack_rows(a, m, panel, left);
            for (total, sum) in self.sums[panel.row..].iter_mut().zip(sums.as_flattened()) {
                *total += *sum;
            }
            for column in (0..n).step_by(FACTORS) {
                let factors = Rows(&self.right[column * columns..]);
                let width = FACTORS.min(n - column);
                multiply_panel(panel, left, factors, width, None, &mut c[column * m..(column + width) * m], m);
            }
        }
    }
}

fn grow<R: Real>(values: &mut Vec<R>, length: usize) {
    values.resize(values.len().max(length), R::ZERO);
}

/// `c [m, n] += a · bᵀ`, with `a` `[m, k]` and `b` `[n, k]`; all column-major and contiguous. Returns the sums of the rows of
/// `a`.
///
/// The weight gradient of many timesteps at once, and the bias's.
///
/// # Panics
/// When the lengths do not fit the shapes.
pub fn accumulate_outer<'a, R: Real>(
    a: &[R],
    b: &[R],
    c: &mut [R],
    m: usize,
    n: usize,
    room: &'a mut Room<R>,
) -> &'a [R] {
    accumulate_outers(a, m, [(b, n)], c, room)
}

/// [`accumulate_outer`] for several `(b, n)` one above the other.
///
/// # Panics
/// When the lengths do not fit the shapes.
pub fn accumulate_outers<'a, R: Real, const N: usize>(
    a: &[R],
    m: usize,
    operands: [(&[R], usize); N],
    c: &mut [R],
    room: &'a mut Room<R>,
) -> &'a [R] {
    let k = a.len().checked_div(m).unwrap_or(0);
    assert!(operands.iter().all(|(b, n)| b.len() == n * k), "columns of the operands");
    grow(&mut room.sums, m + HEIGHT * LANES);
    room.sums.fill(R::ZERO);
    for first in (0..k).step_by(BLOCK) {
        let columns = BLOCK.min(k - first);
        room.pack(operands.map(|(b, n)| (&b[first * n..(first + columns) * n], n)), columns);
        room.add(&a[first * m..(first + columns) * m], m, c);
    }
    &room.sums[..m]
}

/// Packs operands `[n, k]`, one above the other, as [`Rows`] of k rows, panel after panel.
fn pack_factors<R: Real>(operands: &[(&[R], usize)], n: usize, columns: usize, target: &mut [R]) {
    // Which operand a row is of: its columns from that row on, the distance between them, and how many rows follow.
    let place = |row: usize| {
        let mut above = 0;
        operands.iter().find_map(|&(b, n)| {
            above += n;
            (row < above).then(|| (&b[row + n - above..], n, above - row))
        })
    };
    for row in (0..n).step_by(FACTORS) {
        let panel = &mut target[row * columns..][..columns * FACTORS];
        let rows = panel.as_chunks_mut::<FACTORS>().0;
        if let [Some((a, m, LANES..)), Some((b, n, LANES..)), Some((c, k, LANES..))] =
            [0, 1, 2].map(|v| place(row + v * LANES))
        {
            for (column, target) in rows.iter_mut().enumerate() {
                copy_vector(a, column * m, target, 0);
                copy_vector(b, column * n, target, LANES);
                copy_vector(c, column * k, target, 2 * LANES);
            }
            continue;
        }
        for lane in (0..FACTORS.min(n - row)).step_by(LANES) {
            match place(row + lane) {
                Some((b, n, LANES..)) => {
                    for (column, target) in rows.iter_mut().enumerate() {
                        copy_vector(b, column * n, target, lane);
                    }
                }
                _ => {
                    for lane in lane..lane + LANES {
                        let Some((b, n, _)) = place(row + lane) else { continue };
                        for (target, value) in rows.iter_mut().zip(b.iter().step_by(n)) {
                            target[lane] = *value;
                        }
                    }
                }
            }
        }
    }
}

/// Copies a vector from one place to another.
#[inline(always)]
fn copy_vector<R: Real>(from: &[R], at: usize, to: &mut [R; FACTORS], lane: usize) {
    if let Some(vector) = from[at..].first_chunk() {
        to[lane..][..LANES].copy_from_slice(&R::Lanes::load(vector).to_array());
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
    #[test]
    fn operands_one_above_the_other_are_one_product_and_the_rows_are_summed() {
        let mut room = Room::default();
        for (m, above, below) in [(1, 1, 1), (20, 10, 20), (13, 3, 8), (64, 16, 64), (35, 14, 5)] {
            for k in [1, 5, BLOCK + 3] {
                let (a, x, h) = (matrix(m, k, 4), matrix(above, k, 5), matrix(below, k, 6));
                let mut expected = matrix(m, above + below, 7);
                let mut c = expected.clone().cast::<f32>();
                expected.columns_mut(0, above).gemm(1.0, &a, &x.transpose(), 1.0);
                expected.columns_mut(above, below).gemm(1.0, &a, &h.transpose(), 1.0);
                let [single, x, h] = [&a, &x, &h].map(|values| values.clone().cast::<f32>());
                let operands = [(x.as_slice(), above), (h.as_slice(), below)];
                let sums = accumulate_outers(single.as_slice(), m, operands, c.as_mut_slice(), &mut room);
                // The entries are small multiples of 1/8: all of this is exact in single precision.
                assert_eq!(sums, a.column_sum().cast::<f32>().as_slice(), "{m}×({above}+{below})×{k}");
                assert_eq!(c, expected.cast::<f32>(), "{m}×({above}+{below})×{k}");
            }
        }
    }
}
