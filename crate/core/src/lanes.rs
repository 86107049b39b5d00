//! Four numbers in vector registers, through the package `wide`: SSE2, NEON and simd128 alike.
//!
//! Written out rather than left to the compiler, whose choice of what to vectorise changes with the shape of the loop
//! around it. Products and sums are rounded separately, never fused: the same bits everywhere.

use crate::activation;
use crate::real::Real;
use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Sub};
use wide::{f32x4, f64x2};

/// Numbers that are computed at a time.
pub const LANES: usize = 4;

/// [`LANES`] numbers.
pub trait Lanes<R>:
    Copy + Debug + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// Vector registers that they fill.
    const REGISTERS: usize;
    /// The same number in all lanes.
    fn splat(value: R) -> Self;
    /// These numbers.
    fn load(values: &[R; LANES]) -> Self;
    /// As an array.
    fn to_array(self) -> [R; LANES];
    /// Square roots, correctly rounded.
    fn sqrt(self) -> Self;
    /// `self` where `condition` is below zero, else `other`.
    fn where_negative(self, condition: Self, other: Self) -> Self;
    /// Zero where the magnitude is below that of `least`, else `self`. NaN stays.
    fn flushed(self, least: Self) -> Self;
    /// Constants of [`exp`](Self::exp), [`tanh`](Self::tanh) and [`sigmoid`](Self::sigmoid), to be fetched before a loop.
    type Constants: 'static;
    /// Fetches them.
    fn constants() -> &'static Self::Constants;
    /// See [`Real::exp`].
    fn exp(self, constants: &Self::Constants) -> Self;
    /// See [`Real::tanh`].
    fn tanh(self, constants: &Self::Constants) -> Self;
    /// See [`Real::sigmoid`].
    fn sigmoid(self, constants: &Self::Constants) -> Self;
}

/// Four `f32`.
#[derive(Debug, Clone, Copy)]
pub struct Single([f32x4; 1]);

/// Four `f64`.
#[derive(Debug, Clone, Copy)]
pub struct Double([f64x2; 2]);

macro_rules! operator {
    ($lanes:ident, $trait:ident, $method:ident) => {
        impl $trait for $lanes {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(std::array::from_fn(|k| self.0[k].$method(other.0[k])))
            }
        }
    };
}

macro_rules! lanes {
    ($lanes:ident, $scalar:ident, $vector:ident, $count:literal, $width:literal) => {
        operator!($lanes, Add, add);
        operator!($lanes, Sub, sub);
        operator!($lanes, Mul, mul);
        operator!($lanes, Div, div);

        impl Lanes<$scalar> for $lanes {
            const REGISTERS: usize = $count;
            type Constants = activation::$scalar::Constants;
            #[inline(always)]
            fn splat(value: $scalar) -> Self {
                Self([$vector::splat(value); $count])
            }
            #[inline(always)]
            fn load(values: &[$scalar; LANES]) -> Self {
                Self(std::array::from_fn(|k| $vector::new(std::array::from_fn(|lane| values[k * $width + lane]))))
            }
            #[inline(always)]
            fn to_array(self) -> [$scalar; LANES] {
                let parts = self.0.map($vector::to_array);
                std::array::from_fn(|lane| parts[lane / $width][lane % $width])
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(self.0.map($vector::sqrt))
            }
            #[inline(always)]
            fn where_negative(self, condition: Self, other: Self) -> Self {
                Self(std::array::from_fn(|k| condition.0[k].simd_lt($vector::ZERO).select(self.0[k], other.0[k])))
            }
            #[inline(always)]
            fn flushed(self, least: Self) -> Self {
                Self(std::array::from_fn(|k| {
                    let value = self.0[k];
                    value & !value.abs().simd_lt(least.0[k])
                }))
            }
            #[inline(always)]
            fn constants() -> &'static Self::Constants {
                activation::$scalar::constants()
            }
            #[inline(always)]
            fn exp(self, constants: &Self::Constants) -> Self {
                Self(self.0.map(|x| activation::$scalar::exp(x, constants)))
            }
            #[inline(always)]
            fn tanh(self, constants: &Self::Constants) -> Self {
                Self(self.0.map(|x| activation::$scalar::tanh(x, constants)))
            }
            #[inline(always)]
            fn sigmoid(self, constants: &Self::Constants) -> Self {
                Self(self.0.map(|x| activation::$scalar::sigmoid(x, constants)))
            }
        }
    };
}

lanes!(Single, f32, f32x4, 1, 4);
lanes!(Double, f64, f64x2, 2, 2);

/// Runs over slices of the same length, [`LANES`] entries of each at a time: `compute` gets the entries of the `inputs`
/// and the former ones of the `outputs`, and gives the new ones of the `outputs`.
///
/// # Panics
/// When a slice is shorter than the first output.
#[inline(always)]
pub fn for_each<R: Real, const IN: usize, const OUT: usize>(
    inputs: [&[R]; IN],
    mut outputs: [&mut [R]; OUT],
    compute: impl Fn([R::Lanes; IN], [R::Lanes; OUT]) -> [R::Lanes; OUT],
) {
    let length = outputs[0].len();
    let whole = length / LANES;
    {
        // Cut so that the compiler sees each to be of the same length.
        let inputs = inputs.map(|values| &values.as_chunks().0[..whole]);
        let mut outputs = outputs.each_mut().map(|values| &mut values.as_chunks_mut().0[..whole]);
        for at in 0..whole {
            let old = std::array::from_fn(|k| R::Lanes::load(&outputs[k][at]));
            let new = compute(std::array::from_fn(|k| R::Lanes::load(&inputs[k][at])), old);
            for (values, new) in outputs.iter_mut().zip(new) {
                values[at] = new.to_array();
            }
        }
    }
    let rest = length - whole * LANES;
    if rest > 0 {
        let start = whole * LANES;
        let padded = |values: &[R]| R::Lanes::load(&read_some(&values[start..length]));
        let new = compute(std::array::from_fn(|k| padded(inputs[k])), std::array::from_fn(|k| padded(outputs[k])));
        for (values, new) in outputs.iter_mut().zip(new) {
            write_some(&mut values[start..length], new.to_array());
        }
    }
}

/// The numbers, fewer than [`LANES`], and zeros.
///
/// One by one, here and in [`write_some`]: WebAssembly's `memory.copy`, which a copy becomes, is slow for so few.
#[inline(never)]
fn read_some<R: Real>(values: &[R]) -> [R; LANES] {
    std::array::from_fn(|lane| values.get(lane).copied().unwrap_or(R::ZERO))
}

/// Writes the first of these numbers to all of `values`, which are fewer than [`LANES`].
#[inline(never)]
fn write_some<R: Real>(values: &mut [R], [first, second, third, _]: [R; LANES]) {
    for (value, new) in values.iter_mut().zip([first, second, third]) {
        *value = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_covered_and_an_entry_does_not_depend_on_its_place() {
        for length in 0..11 {
            let x: Vec<f32> = (0..length).map(|k| k as f32 * 0.37 - 1.0).collect();
            let mut y = vec![1.0f32; length];
            let constants = <f32 as Real>::Lanes::constants();
            for_each([&x], [&mut y], |[x], [y]| [x.tanh(constants) + y]);
            let expected: Vec<f32> = x.iter().map(|x| Real::tanh(*x) + 1.0).collect();
            assert_eq!(y, expected);
        }
    }

    #[test]
    fn only_what_is_below_the_least_is_flushed_and_nan_stays() {
        let least = <f32 as Real>::Lanes::splat(1e-30);
        let flushed = |values: [f32; LANES]| <f32 as Real>::Lanes::load(&values).flushed(least).to_array();
        assert_eq!(flushed([1e-30, -1e-30, 0.9e-30, -1e-40]), [1e-30, -1e-30, 0.0, 0.0]);
        assert_eq!(
            flushed([f32::INFINITY, f32::NEG_INFINITY, 1.0, -0.0]),
            [f32::INFINITY, f32::NEG_INFINITY, 1.0, 0.0]
        );
        assert!(flushed([f32::NAN, -f32::NAN, 0.0, 0.0])[..2].iter().all(|value| value.is_nan()));
    }
}
