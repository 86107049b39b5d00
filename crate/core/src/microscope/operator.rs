//! Matrices as operators on vectors: what the spectral computations need to know of them.

use nalgebra::DMatrix;

/// A matrix that is known by what it does to a vector.
pub(super) trait Operator {
    /// Rows and columns.
    fn shape(&self) -> (usize, usize);
    /// `image = A·vector`.
    fn apply(&self, vector: &[f64], image: &mut [f64]);
    /// `image = Aᵀ·vector`.
    fn apply_transposed(&self, vector: &[f64], image: &mut [f64]);
}

/// A matrix whose columns from `columns` on are zero but for the entries (k, columns + k) and (columns + k, columns + k):
/// the Jacobian of a cell with a cell state, where c_{t−1} acts on its own unit only.
pub(super) struct Dense<'a> {
    pub matrix: &'a DMatrix<f64>,
    pub columns: usize,
}

impl Operator for Dense<'_> {
    fn shape(&self) -> (usize, usize) {
        self.matrix.shape()
    }

    fn apply(&self, vector: &[f64], image: &mut [f64]) {
        let rows = image.len();
        image.fill(0.0);
        let (dense, sparse) = self.matrix.as_slice().split_at(self.columns * rows);
        let (vector, rest) = vector.split_at(self.columns);
        for (columns, factors) in dense.chunks(4 * rows).zip(vector.chunks(4)) {
            if let [a, b, c, d] = *factors {
                let (first, second) = columns.split_at(2 * rows);
                let (first, second) = (first.split_at(rows), second.split_at(rows));
                let pairs = first.0.iter().zip(first.1).zip(second.0.iter().zip(second.1));
                for (sum, ((&p, &q), (&r, &s))) in image.iter_mut().zip(pairs) {
                    *sum += (p * a + q * b) + (r * c + s * d);
                }
            } else {
                for (column, &factor) in columns.chunks_exact(rows).zip(factors) {
                    image.iter_mut().zip(column).for_each(|(sum, &entry)| *sum += entry * factor);
                }
            }
        }
        for (k, (column, &factor)) in sparse.chunks_exact(rows).zip(rest).enumerate() {
            for row in [k, self.columns + k] {
                image[row] += column[row] * factor;
            }
        }
    }

    fn apply_transposed(&self, vector: &[f64], image: &mut [f64]) {
        let rows = vector.len();
        let (dense, sparse) = self.matrix.as_slice().split_at(self.columns * rows);
        let (image, rest) = image.split_at_mut(self.columns);
        for (entry, column) in image.iter_mut().zip(dense.chunks_exact(rows)) {
            *entry = dot(column, vector);
        }
        for (k, (entry, column)) in rest.iter_mut().zip(sparse.chunks_exact(rows)).enumerate() {
            *entry = column[k] * vector[k] + column[self.columns + k] * vector[self.columns + k];
        }
    }
}

/// R⁻¹ for an upper triangular R.
pub(super) struct InverseTriangle<'a>(pub &'a DMatrix<f64>);

impl Operator for InverseTriangle<'_> {
    fn shape(&self) -> (usize, usize) {
        self.0.shape()
    }

    fn apply(&self, vector: &[f64], image: &mut [f64]) {
        image.copy_from_slice(vector);
        let rows = image.len();
        for (k, column) in self.0.as_slice().chunks_exact(rows).enumerate().rev() {
            let value = image[k] / column[k];
            image[k] = value;
            image[..k].iter_mut().zip(column).for_each(|(entry, &factor)| *entry -= factor * value);
        }
    }

    fn apply_transposed(&self, vector: &[f64], image: &mut [f64]) {
        let rows = image.len();
        for (k, column) in self.0.as_slice().chunks_exact(rows).enumerate() {
            image[k] = (vector[k] - dot(&column[..k], &image[..k])) / column[k];
        }
    }
}

/// Σ a·b in eight lanes, in a fixed order.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0f64; 8];
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    for (a, b) in a.iter().zip(b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    #[test]
    fn a_half_that_is_sparse_is_multiplied_as_if_it_were_dense() {
        let mut rng = Rng::new(5, Purpose::Initialisation);
        for hidden in [1, 3, 8, 11] {
            let matrix =
                DMatrix::from_fn(2 * hidden, 2 * hidden, |r, c| match c < hidden || r % hidden == c - hidden {
                    true => rng.normal(),
                    false => 0.0,
                });
            let [sparse, dense] = [hidden, 2 * hidden].map(|columns| Dense { matrix: &matrix, columns });
            let vector: Vec<f64> = (0..2 * hidden).map(|_| rng.normal()).collect();
            let (mut a, mut b) = (vec![f64::NAN; 2 * hidden], vec![f64::NAN; 2 * hidden]);
            for transposed in [false, true] {
                for (operator, image) in [(&sparse, &mut a), (&dense, &mut b)] {
                    match transposed {
                        false => operator.apply(&vector, image),
                        true => operator.apply_transposed(&vector, image),
                    }
                }
                let far = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(far < 1e-13, "{hidden}: {far:e}");
            }
        }
    }
}
