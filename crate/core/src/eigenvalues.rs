//! Eigenvalues of a real square matrix: Householder's reduction to Hessenberg form, then Francis's implicit double-shift QR
//! without the vectors (Golub & Van Loan, *Matrix Computations*, § 7.4–7.5; the iteration is EISPACK's `hqr`).
//!
//! Only what eigenvalues need is computed, and only in the block that has not come apart yet: some 10·n³ flops.

use crate::vector::{all_finite, norm};
use nalgebra::DMatrix;

/// Iterations for one eigenvalue, or one pair, after which the search is given up.
const MOST: usize = 90;
/// Iterations after which a shift of another kind breaks a cycle.
const EXCEPTIONAL: usize = 10;

/// All eigenvalues as (real, imaginary), the largest modulus first; of a conjugate pair the one above the axis comes first.
///
/// `None` when an entry is not finite or when the iteration does not converge.
///
/// # Panics
/// When the matrix is not square.
#[must_use]
pub fn eigenvalues(matrix: &DMatrix<f64>) -> Option<Vec<[f64; 2]>> {
    assert!(matrix.is_square(), "a square matrix");
    if !all_finite(matrix.as_slice()) {
        return None;
    }
    // Scaled by a power of two, which is exact, so that no product over- or underflows.
    let exponent = libm::ilogb(matrix.amax().max(f64::MIN_POSITIVE));
    let mut work = matrix.map(|entry| libm::scalbn(entry, -exponent));
    reduce(&mut work);
    let mut found = iterate(&mut work)?;
    let square = |z: &[f64; 2]| z[0] * z[0] + z[1] * z[1];
    let mut sorted: Vec<[f64; 2]> = Vec::with_capacity(found.len());
    // By insertion, as `descending` does it for numbers.
    for z in found.drain(..) {
        let precedes = |other: &[f64; 2]| square(other).total_cmp(&square(&z)).then(other[1].total_cmp(&z[1])).is_ge();
        sorted.insert(sorted.partition_point(precedes), z);
    }
    sorted.iter_mut().flatten().for_each(|part| *part = libm::scalbn(*part, exponent));
    Some(sorted)
}

/// Largest modulus of the eigenvalues; 0 for an empty matrix, `None` when they cannot be had.
///
/// # Panics
/// When the matrix is not square.
#[must_use]
pub fn spectral_radius(matrix: &DMatrix<f64>) -> Option<f64> {
    // √(re² + im²) rather than `hypot`, which is the C library's and differs between platforms.
    Some(eigenvalues(matrix)?.first().map_or(0.0, |[re, im]| (re * re + im * im).sqrt()))
}

/// Brings a matrix into Hessenberg form by reflections from both sides: zeros below the first subdiagonal.
fn reduce(a: &mut DMatrix<f64>) {
    let n = a.nrows();
    let mut image = vec![0.0; n];
    for k in 0..n.saturating_sub(2) {
        let mut axis = a.as_slice()[k * n + k + 1..(k + 1) * n].to_vec();
        let length = norm(&axis);
        // Away from the first entry, so that nothing cancels.
        axis[0] += if axis[0] < 0.0 { -length } else { length };
        let scale = norm(&axis);
        if scale == 0.0 {
            continue;
        }
        axis.iter_mut().for_each(|entry| *entry /= scale);
        for column in a.as_mut_slice().chunks_exact_mut(n).skip(k) {
            let below = &mut column[k + 1..];
            let twice: f64 = 2.0 * axis.iter().zip(&*below).map(|(v, x)| v * x).sum::<f64>();
            below.iter_mut().zip(&axis).for_each(|(x, v)| *x -= twice * v);
        }
        let behind = &mut a.as_mut_slice()[(k + 1) * n..];
        image.fill(0.0);
        for (column, v) in behind.chunks_exact(n).zip(&axis) {
            image.iter_mut().zip(column).for_each(|(image, x)| *image += 2.0 * v * x);
        }
        for (column, v) in behind.chunks_exact_mut(n).zip(&axis) {
            column.iter_mut().zip(&image).for_each(|(x, image)| *x -= image * v);
        }
    }
}

/// The eigenvalues of a Hessenberg matrix, in the order in which they come apart.
fn iterate(a: &mut DMatrix<f64>) -> Option<Vec<[f64; 2]>> {
    let mut found = Vec::with_capacity(a.nrows());
    let scale = a.amax();
    // The sum of the exceptional shifts.
    let mut shifted = 0.0;
    let mut left = a.nrows();
    let mut iterations = 0;
    while left > 0 {
        let last = left - 1;
        let first = first_of_block(a, last, scale);
        match last - first {
            0 => found.push([a[(last, last)] + shifted, 0.0]),
            1 => found.extend(pair(a, last).map(|[re, im]| [re + shifted, im])),
            _ => {
                iterations += 1;
                if iterations > MOST {
                    return None;
                }
                let (mut x, mut y) = (a[(last, last)], a[(last - 1, last - 1)]);
                let mut w = a[(last, last - 1)] * a[(last - 1, last)];
                if iterations.is_multiple_of(EXCEPTIONAL) {
                    shifted += x;
                    (0..=last).for_each(|i| a[(i, i)] -= x);
                    let size = a[(last, last - 1)].abs() + a[(last - 1, last - 2)].abs();
                    (x, y, w) = (0.75 * size, 0.75 * size, -0.4375 * size * size);
                }
                sweep(a, first, last, [x, y, w]);
                continue;
            }
        }
        left = first;
        iterations = 0;
    }
    Some(found)
}

/// The first row of the block that ends with `last`: above it the subdiagonal is nothing beside its neighbours.
fn first_of_block(a: &mut DMatrix<f64>, last: usize, scale: f64) -> usize {
    for first in (1..=last).rev() {
        let neighbours = a[(first - 1, first - 1)].abs() + a[(first, first)].abs();
        let size = if neighbours == 0.0 { scale } else { neighbours };
        if a[(first, first - 1)].abs() <= f64::EPSILON * size {
            a[(first, first - 1)] = 0.0;
            return first;
        }
    }
    0
}

/// The two eigenvalues of the 2 × 2 block that ends with `last`.
fn pair(a: &DMatrix<f64>, last: usize) -> [[f64; 2]; 2] {
    let x = a[(last, last)];
    let w = a[(last, last - 1)] * a[(last - 1, last)];
    let half = 0.5 * (a[(last - 1, last - 1)] - x);
    let discriminant = half * half + w;
    let root = discriminant.abs().sqrt();
    if discriminant < 0.0 {
        return [[x + half, root], [x + half, -root]];
    }
    // The one farther from x first; the other through their product, where nothing cancels.
    let far = half + if half < 0.0 { -root } else { root };
    [[x + far, 0.0], [if far == 0.0 { x } else { x - w / far }, 0.0]]
}

/// One step of the iteration on the block `first..=last`: x, y, w are the shifts' diagonal entries and the product of the
/// others.
fn sweep(a: &mut DMatrix<f64>, first: usize, last: usize, [x, y, w]: [f64; 3]) {
    let start = |a: &DMatrix<f64>, m: usize| {
        let z = a[(m, m)];
        let (r, s) = (x - z, y - z);
        let p = (r * s - w) / a[(m + 1, m)] + a[(m, m + 1)];
        scaled([p, a[(m + 1, m + 1)] - z - r - s, a[(m + 2, m + 1)]]).0
    };
    // Where two subdiagonals in a row are small the step may begin below them.
    let mut m = last - 2;
    let mut vector = start(a, m);
    while m > first {
        let [p, q, r] = vector;
        let diagonal = a[(m - 1, m - 1)].abs() + a[(m, m)].abs() + a[(m + 1, m + 1)].abs();
        if a[(m, m - 1)].abs() * (q.abs() + r.abs()) <= f64::EPSILON * p.abs() * diagonal {
            break;
        }
        m -= 1;
        vector = start(a, m);
    }
    for i in m + 2..=last {
        a[(i, i - 2)] = 0.0;
        if i > m + 2 {
            a[(i, i - 3)] = 0.0;
        }
    }
    for k in m..last {
        let three = k + 1 < last;
        let mut size = 1.0;
        if k > m {
            let third = if three { a[(k + 2, k - 1)] } else { 0.0 };
            (vector, size) = scaled([a[(k, k - 1)], a[(k + 1, k - 1)], third]);
        }
        let [p, q, r] = vector;
        let length = (p * p + q * q + r * r).sqrt();
        if length == 0.0 {
            continue;
        }
        let length = if p < 0.0 { -length } else { length };
        if k > m {
            a[(k, k - 1)] = -length * size;
        } else if m > first {
            a[(k, k - 1)] = -a[(k, k - 1)];
        }
        // I − u·vᵀ is the reflection, v = (1, q/(p+s), r/(p+s)) and u = ((p+s)/s, q/s, r/s).
        let u = [(p + length) / length, q / length, r / length];
        let v = [q / (p + length), r / (p + length)];
        for j in k..=last {
            let mut sum = a[(k, j)] + v[0] * a[(k + 1, j)];
            if three {
                sum += v[1] * a[(k + 2, j)];
                a[(k + 2, j)] -= sum * u[2];
            }
            a[(k + 1, j)] -= sum * u[1];
            a[(k, j)] -= sum * u[0];
        }
        for i in first..=last.min(k + 3) {
            let mut sum = u[0] * a[(i, k)] + u[1] * a[(i, k + 1)];
            if three {
                sum += u[2] * a[(i, k + 2)];
                a[(i, k + 2)] -= sum * v[1];
            }
            a[(i, k + 1)] -= sum * v[0];
            a[(i, k)] -= sum;
        }
    }
}

/// A vector and the sum of its magnitudes, by which it is divided unless it is zero.
fn scaled(vector: [f64; 3]) -> ([f64; 3], f64) {
    let size: f64 = vector.iter().map(|entry| entry.abs()).sum();
    if size == 0.0 { (vector, size) } else { (vector.map(|entry| entry / size), size) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};
    use nalgebra::linalg::Schur;

    fn random(size: usize, seed: u32) -> DMatrix<f64> {
        let mut rng = Rng::new(seed, Purpose::Initialisation);
        DMatrix::from_fn(size, size, |_, _| rng.normal())
    }

    /// Every value has its own partner at this distance at most.
    fn assert_same(found: &[[f64; 2]], expected: &[[f64; 2]], limit: f64) {
        assert_eq!(found.len(), expected.len());
        let mut left = expected.to_vec();
        for z in found {
            let distance = |other: &[f64; 2]| ((z[0] - other[0]).powi(2) + (z[1] - other[1]).powi(2)).sqrt();
            let nearest = (0..left.len()).min_by(|a, b| distance(&left[*a]).total_cmp(&distance(&left[*b]))).unwrap();
            assert!(distance(&left[nearest]) <= limit, "{z:?}: nearest {:?}", left[nearest]);
            left.swap_remove(nearest);
        }
    }

    #[test]
    fn they_are_those_of_nalgebras_schur_form() {
        for size in [1, 2, 3, 4, 5, 8, 20, 33, 64, 128] {
            for seed in 0..4 {
                let matrix = random(size, seed);
                let orthogonal = matrix.clone().qr().q();
                let symmetric = &matrix + matrix.transpose();
                let graded = DMatrix::from_fn(size, size, |r, c| matrix[(r, c)] * 2f64.powi(-(((r + c) % 9) as i32)));
                for matrix in [matrix, orthogonal, symmetric, graded] {
                    let schur = Schur::new(matrix.clone()).complex_eigenvalues();
                    let expected: Vec<[f64; 2]> = schur.iter().map(|z| [z.re, z.im]).collect();
                    assert_same(&eigenvalues(&matrix).unwrap(), &expected, 1e-11 * matrix.norm().max(1.0));
                }
            }
        }
    }

    #[test]
    fn a_block_matrix_has_the_pairs_it_was_made_of() {
        let pairs = [(0.9, 0.3), (-0.5, 1.1), (0.2, 0.01), (1.0, 2.0)];
        let mut expected = Vec::new();
        let mut blocks = DMatrix::zeros(9, 9);
        for (k, (re, im)) in pairs.into_iter().enumerate() {
            let at = 2 * k;
            blocks[(at, at)] = re;
            blocks[(at + 1, at + 1)] = re;
            blocks[(at, at + 1)] = im;
            blocks[(at + 1, at)] = -im;
            expected.extend([[re, im], [re, -im]]);
        }
        blocks[(8, 8)] = -3.0;
        expected.push([-3.0, 0.0]);
        let basis = random(9, 5).qr().q();
        let found = eigenvalues(&(&basis * blocks * basis.transpose())).unwrap();
        assert_same(&found, &expected, 1e-13);
        assert_eq!(found[0][1], 0.0);
        assert!(found[1][1] > 0.0 && found[2][1] < 0.0, "{found:?}");
        assert!((spectral_radius(&blocks_of_one(0.25)).unwrap() - 0.25).abs() < 1e-16);
    }

    fn blocks_of_one(value: f64) -> DMatrix<f64> {
        DMatrix::from_element(1, 1, value)
    }

    #[test]
    fn a_cycle_of_any_length_has_the_roots_of_unity() {
        for size in 1..=24 {
            let cycle = DMatrix::from_fn(size, size, |r, c| f64::from(u8::from((c + 1) % size == r)));
            let angle = |k: usize| std::f64::consts::TAU * k as f64 / size as f64;
            let expected: Vec<[f64; 2]> = (0..size).map(|k| [angle(k).cos(), angle(k).sin()]).collect();
            assert_same(&eigenvalues(&cycle).unwrap(), &expected, 1e-13);
        }
    }

    #[test]
    fn the_scale_of_a_matrix_is_the_scale_of_its_eigenvalues() {
        let matrix = random(12, 7);
        let plain = eigenvalues(&matrix).unwrap();
        for exponent in [-900, -60, 60, 900] {
            let scaled = eigenvalues(&matrix.map(|entry| libm::scalbn(entry, exponent))).unwrap();
            assert_eq!(scaled, plain.iter().map(|z| z.map(|part| libm::scalbn(part, exponent))).collect::<Vec<_>>());
        }
    }

    #[test]
    fn degenerate_matrices_have_eigenvalues_and_those_of_bad_numbers_none() {
        assert_eq!(eigenvalues(&DMatrix::zeros(0, 0)), Some(Vec::new()));
        assert_eq!(spectral_radius(&DMatrix::zeros(0, 0)), Some(0.0));
        assert_eq!(eigenvalues(&DMatrix::zeros(5, 5)), Some(vec![[0.0, 0.0]; 5]));
        assert_eq!(eigenvalues(&DMatrix::identity(6, 6)), Some(vec![[1.0, 0.0]; 6]));
        // Nilpotent: all zero, but defective.
        let shift = DMatrix::from_fn(7, 7, |r, c| f64::from(u8::from(c == r + 1)));
        assert_eq!(spectral_radius(&shift), Some(0.0));
        for bad in [f64::NAN, f64::INFINITY] {
            assert_eq!(eigenvalues(&DMatrix::from_element(3, 3, bad)), None);
        }
    }
}
