//! The scalar the network computes with: `f32` (training, as PyTorch does) or `f64` (the microscope).

use crate::activation;
use crate::lanes::{Double, Lanes, Single};
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// A floating-point scalar.
///
/// Only what the core needs: IEEE arithmetic (identical on every engine) and three functions of our own
/// ([`exp`](Real::exp), [`tanh`](Real::tanh), [`sigmoid`](Real::sigmoid)), so that natively compiled code and
/// WebAssembly give the same bits.
pub trait Real:
    nalgebra::Scalar
    + Copy
    + Default
    + Debug
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + 'static
{
    /// Four of them in vector registers.
    type Lanes: Lanes<Self>;
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// What the way back takes for zero, in magnitude: far above the subnormal numbers, with which a processor is many times
    /// slower, and far below what could change a sum of gradients.
    const NEGLIGIBLE: Self;

    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// The same value as `f64`, exactly.
    fn to_f64(self) -> f64;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// Natural logarithm (not for hot loops).
    fn ln(self) -> Self;
    /// Magnitude.
    fn abs(self) -> Self;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Exponential; saturates at the ends of the range, keeps NaN. Branch-free.
    fn exp(self) -> Self;
    /// Hyperbolic tangent, within a few ulp, keeps NaN. Branch-free.
    fn tanh(self) -> Self;
    /// Logistic sigmoid 1 / (1 + e^−x), within a few ulp, keeps NaN. Branch-free.
    fn sigmoid(self) -> Self;
}

macro_rules! real {
    ($scalar:ident, $lanes:ty, $vector:ident, $ln:path, $negligible:literal) => {
        impl Real for $scalar {
            type Lanes = $lanes;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NEGLIGIBLE: Self = $negligible;

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $scalar
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                <$scalar>::sqrt(self)
            }
            fn ln(self) -> Self {
                $ln(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$scalar>::abs(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                <$scalar>::is_finite(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                activation::$scalar::exp(wide::$vector::splat(self), activation::$scalar::constants()).to_array()[0]
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                activation::$scalar::tanh(wide::$vector::splat(self), activation::$scalar::constants()).to_array()[0]
            }
            #[inline(always)]
            fn sigmoid(self) -> Self {
                activation::$scalar::sigmoid(wide::$vector::splat(self), activation::$scalar::constants()).to_array()[0]
            }
        }
    };
}

real!(f32, Single, f32x4, libm::logf, 1e-30);
real!(f64, Double, f64x2, libm::log, 1e-290);
