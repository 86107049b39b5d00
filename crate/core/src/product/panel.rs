//! How matrices are cut and packed: panels of rows, each column of a panel contiguous.

use crate::lanes::{LANES, Lanes};
use crate::real::Real;

/// Vectors of [`LANES`] rows in a panel. The last panels of a matrix may be lower.
pub(super) const HEIGHT: usize = 3;

/// Some rows of a matrix, padded to a multiple of [`LANES`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel {
    /// First row.
    pub row: usize,
    /// Rows that are there.
    pub live: usize,
    /// Rows with padding, in vectors.
    pub height: usize,
}

impl Panel {
    /// Entries of `columns` columns of it.
    pub fn entries(&self, columns: usize) -> usize {
        self.height * LANES * columns
    }
}

/// Splits rows into panels, top to bottom.
pub(super) fn panels(rows: usize) -> impl Iterator<Item = Panel> {
    let mut row = 0;
    std::iter::from_fn(move || {
        let left = rows - row;
        let vectors = left.div_ceil(LANES);
        // Two and two rather than three and one: a single vector keeps too few sums going.
        let height = if vectors == HEIGHT + 1 { HEIGHT - 1 } else { vectors.min(HEIGHT) };
        let panel = Panel { row, live: left.min(height * LANES), height };
        row += panel.live;
        (left > 0).then_some(panel)
    })
}

/// Copies the rows of a panel out of `matrix` `[stride, k]` to `target`, k columns of the padded panel. Returns the rows'
/// sums: what is at hand costs nothing more to add up.
pub(super) fn pack_rows<R: Real>(matrix: &[R], stride: usize, panel: Panel, target: &mut [R]) -> [[R; LANES]; HEIGHT] {
    match panel.height {
        3 => pack_vectors::<R, 3>(matrix, stride, panel, target),
        2 => pack_vectors::<R, 2>(matrix, stride, panel, target),
        _ => pack_vectors::<R, 1>(matrix, stride, panel, target),
    }
}

/// [`pack_rows`] for panels of V vectors.
fn pack_vectors<R: Real, const V: usize>(
    matrix: &[R],
    stride: usize,
    panel: Panel,
    target: &mut [R],
) -> [[R; LANES]; HEIGHT] {
    let targets = target.as_chunks_mut::<LANES>().0.as_chunks_mut::<V>().0;
    let mut sums = [R::Lanes::splat(R::ZERO); HEIGHT];
    for (target, column) in targets.iter_mut().zip(matrix.chunks_exact(stride)) {
        let rows = &column[panel.row..panel.row + panel.live];
        // Each vector by itself: what is copied at once becomes WebAssembly's `memory.copy`, slow for a few numbers.
        for (v, target) in target.iter_mut().enumerate() {
            let vector = match rows.get(v * LANES..).and_then(|rows| rows.first_chunk()) {
                Some(vector) => R::Lanes::load(vector),
                None => R::Lanes::load(&std::array::from_fn(|r| rows.get(v * LANES + r).copied().unwrap_or(R::ZERO))),
            };
            sums[v] = sums[v] + vector;
            *target = vector.to_array();
        }
    }
    sums.map(R::Lanes::to_array)
}
