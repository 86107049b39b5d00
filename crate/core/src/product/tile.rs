//! The kernel: a tile of rows × columns of the result is accumulated in vector registers.
//!
//! 12 × 3 `f32` are 9 registers of simd128. Beside them it needs 3 for the weights and 2 to work in; V8 has 15 to give.
//! Fewer sums would leave more instructions that are not arithmetic: what limits the kernel is how many instructions are
//! issued at a time.

use super::panel::Panel;
use crate::lanes::{LANES, Lanes};
use crate::real::Real;
use std::hint::black_box;

/// Columns of a tile of `f32`; of `f64`, which fills twice the registers, it is one.
const WIDTH: usize = 3;
/// Columns of a panel of factors: whole tiles of [`WIDTH`], whole vectors.
pub(super) const FACTORS: usize = 12;

/// The right operand of a product `[depth, n]`.
pub(super) trait Factors<R: Real>: Copy {
    /// The sums of a tile of N columns from `first` on: weights times factors.
    fn sums<const V: usize, const N: usize>(self, weights: &[[[R; LANES]; V]], first: usize) -> Sums<R, V, N>;
}

/// Column after column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<'a, R>(pub &'a [R]);

/// At most [`FACTORS`] columns, row after row, each padded to as many; and as much again behind the last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a, R>(pub &'a [R]);

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

/// `c [rows, n] = start + weights · b` for the rows of one panel; without `start` what is there is added to.
pub(super) fn multiply_panel<R: Real, F: Factors<R>>(
    panel: Panel,
    weights: &[R],
    b: F,
    n: usize,
    start: Option<&[R]>,
    c: &mut [R],
    rows: usize,
) {
    match panel.height {
        3 => multiply_groups::<R, F, 3>(panel, weights, b, n, start, c, rows),
        2 => multiply_groups::<R, F, 2>(panel, weights, b, n, start, c, rows),
        _ => multiply_groups::<R, F, 1>(panel, weights, b, n, start, c, rows),
    }
}

/// [`multiply_panel`] for panels of V vectors.
fn multiply_groups<R: Real, F: Factors<R>, const V: usize>(
    panel: Panel,
    weights: &[R],
    b: F,
    n: usize,
    start: Option<&[R]>,
    c: &mut [R],
    rows: usize,
) {
    let weights = weights.as_chunks::<LANES>().0.as_chunks::<V>().0;
    for (first, width) in groups::<R>(n) {
        let c = &mut c[first * rows..(first + width) * rows];
        match width {
            3 => tile::<R, F, V, 3>(weights, b, first, panel, start, c, rows),
            2 => tile::<R, F, V, 2>(weights, b, first, panel, start, c, rows),
            _ => tile::<R, F, V, 1>(weights, b, first, panel, start, c, rows),
        }
    }
}

/// Weights times factors, summed over the inner index, for the live rows of a panel in the N columns of `c` that begin with
/// the factors' column `first`.
///
/// The sums begin at zero, and what they are added to is fetched last: no product waits for it.
#[inline(always)]
fn tile<R: Real, F: Factors<R>, const V: usize, const N: usize>(
    weights: &[[[R; LANES]; V]],
    b: F,
    first: usize,
    panel: Panel,
    start: Option<&[R]>,
    c: &mut [R],
    rows: usize,
) {
    let sums = b.sums::<V, N>(weights, first);
    if panel.live < V * LANES {
        // A copy: what is lent lies in memory, and the sums would be written there for whole panels, too.
        return finish_some(&sums.map(|sums| sums.map(R::Lanes::to_array)), panel, start, c, rows);
    }
    // Once for each start, so that nothing is decided between the columns.
    match start {
        Some(start) => {
            let start = vectors::<R, V>(start);
            for (j, sums) in sums.into_iter().enumerate() {
                let column = &mut c[j * rows + panel.row..].as_chunks_mut().0[..V];
                for v in 0..V {
                    column[v] = (start[v] + sums[v]).to_array();
                }
            }
        }
        None => {
            for (j, sums) in sums.into_iter().enumerate() {
                let column = &mut c[j * rows + panel.row..].as_chunks_mut().0[..V];
                for v in 0..V {
                    column[v] = (R::Lanes::load(&column[v]) + sums[v]).to_array();
                }
            }
        }
    }
}

/// The first V vectors of these numbers.
#[inline(always)]
fn vectors<R: Real, const V: usize>(values: &[R]) -> [R::Lanes; V] {
    let vectors = &values.as_chunks().0[..V];
    std::array::from_fn(|v| R::Lanes::load(&vectors[v]))
}

type Sums<R, const V: usize, const N: usize> = [[<R as Real>::Lanes; V]; N];

/// One step along the inner index.
#[inline(always)]
fn step<R: Real, const V: usize, const N: usize>(
    sums: Sums<R, V, N>,
    weights: &[[R; LANES]; V],
    factors: [R; N],
) -> Sums<R, V, N> {
    let weights = weights.each_ref().map(R::Lanes::load);
    std::array::from_fn(|j| {
        let factor = R::Lanes::splat(factors[j]);
        std::array::from_fn(|v| sums[j][v] + weights[v] * factor)
    })
}

impl<R: Real> Factors<R> for Columns<'_, R> {
    #[inline(always)]
    fn sums<const V: usize, const N: usize>(self, weights: &[[[R; LANES]; V]], first: usize) -> Sums<R, V, N> {
        let depth = weights.len();
        let mut sums = [[R::Lanes::splat(R::ZERO); V]; N];
        // Each slice is cut to its length in the loop, so that the compiler can leave out the checks there.
        let b = &self.0[first * depth..(first + N) * depth];
        let columns: [&[R]; N] = std::array::from_fn(|j| &b[j * depth..][..depth]);
        // Four steps of training are written out: what they fetch then has fixed places behind one address.
        let whole = if <R::Lanes as Lanes<R>>::REGISTERS == 1 { depth / 4 } else { 0 };
        let fours = &weights.as_chunks::<4>().0[..whole];
        let factors = columns.map(|column| &column.as_chunks::<4>().0[..whole]);
        // The branches between the steps are never taken. They keep LLVM from mixing the steps until the registers do not
        // suffice.
        let steps = black_box(4);
        for k in 0..fours.len() {
            sums = step::<R, V, N>(sums, &fours[k][0], factors.map(|column| column[k][0]));
            if steps == 1 {
                break;
            }
            sums = step::<R, V, N>(sums, &fours[k][1], factors.map(|column| column[k][1]));
            if steps == 2 {
                break;
            }
            sums = step::<R, V, N>(sums, &fours[k][2], factors.map(|column| column[k][2]));
            if steps == 3 {
                break;
            }
            sums = step::<R, V, N>(sums, &fours[k][3], factors.map(|column| column[k][3]));
        }
        for k in whole * 4..depth {
            sums = step::<R, V, N>(sums, &weights[k], columns.map(|column| column[k]));
        }
        sums
    }
}

impl<R: Real> Factors<R> for Rows<'_, R> {
    #[inline(always)]
    fn sums<const V: usize, const N: usize>(self, weights: &[[[R; LANES]; V]], first: usize) -> Sums<R, V, N> {
        let mut sums = [[R::Lanes::splat(R::ZERO); V]; N];
        let mut rows = self.0[first..].as_chunks::<FACTORS>().0.iter();
        for weights in weights {
            let Some(row) = rows.next() else { break };
            sums = step::<R, V, N>(sums, weights, std::array::from_fn(|j| row[j]));
        }
        sums
    }
}

/// The end of [`tile`] where the panel is padded. Apart, because a call there makes the engine keep the sums in memory.
#[inline(never)]
fn finish_some<R: Real, const V: usize, const N: usize>(
    sums: &[[[R; LANES]; V]; N],
    panel: Panel,
    start: Option<&[R]>,
    c: &mut [R],
    rows: usize,
) {
    for (j, sums) in sums.iter().enumerate() {
        let column = &mut c[j * rows + panel.row..][..panel.live];
        for (row, value) in column.iter_mut().enumerate() {
            *value = start.map_or(*value, |start| start[row]) + sums.as_flattened()[row];
        }
    }
}
