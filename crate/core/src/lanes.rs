//! Eight rows of a register tile in vector registers, through the package `wide`: SSE2, NEON and simd128 alike.
//!
//! Written out rather than left to the compiler, whose choice of what to vectorise changes with the shape of the loop
//! around it. Products and sums are rounded separately, never fused: the same bits everywhere.

use wide::{f32x4, f64x2};

/// Rows of a register tile.
pub const ROWS: usize = 8;

/// [`ROWS`] numbers.
pub trait Lanes<R>: Copy + std::fmt::Debug {
    /// All zero.
    fn zero() -> Self;
    /// These numbers.
    fn load(values: &[R; ROWS]) -> Self;
    /// `self + values · factor`.
    fn add_scaled(self, values: Self, factor: R) -> Self;
    /// As an array.
    fn to_array(self) -> [R; ROWS];
}

/// Eight `f32`.
#[derive(Debug, Clone, Copy)]
pub struct Single([f32x4; 2]);

/// Eight `f64`.
#[derive(Debug, Clone, Copy)]
pub struct Double([f64x2; 4]);

macro_rules! lanes {
    ($lanes:ident, $scalar:ty, $vector:ident, $count:literal, $width:literal) => {
        impl Lanes<$scalar> for $lanes {
            #[inline(always)]
            fn zero() -> Self {
                Self([$vector::ZERO; $count])
            }

            #[inline(always)]
            fn load(values: &[$scalar; ROWS]) -> Self {
                Self(std::array::from_fn(|k| $vector::new(std::array::from_fn(|lane| values[k * $width + lane]))))
            }

            #[inline(always)]
            fn add_scaled(self, values: Self, factor: $scalar) -> Self {
                let factor = $vector::splat(factor);
                Self(std::array::from_fn(|k| self.0[k] + values.0[k] * factor))
            }

            #[inline(always)]
            fn to_array(self) -> [$scalar; ROWS] {
                let parts = self.0.map($vector::to_array);
                std::array::from_fn(|row| parts[row / $width][row % $width])
            }
        }
    };
}

lanes!(Single, f32, f32x4, 2, 4);
lanes!(Double, f64, f64x2, 4, 2);
