//! Exponential, tanh and sigmoid as branch-free polynomial code that LLVM vectorises.
//!
//! x = k·ln 2 + r with |r| ≤ ln 2 / 2; e^r − 1 by its Taylor polynomial, whose remainder is below half an ulp there;
//! 2^k is written into the exponent bits. Rounding k uses the "magic number" 1.5·2^mantissa, because `floor` is no
//! single instruction on every target. No libm call, no fused multiply-add: the same bits on every engine.
//! Comparisons are written so that NaN falls through unchanged.

macro_rules! elementary {
    ($name:ident, $scalar:ty, $bits:ty, $integer:ty, mantissa: $mantissa:expr, bias: $bias:expr, magic: $magic:expr,
     ln2_high: $ln2_high:expr, ln2_low: $ln2_low:expr, largest: $largest:expr, saturation: $saturation:expr,
     coefficients: [$($coefficient:expr),+]) => {
        /// The functions for this scalar type.
        pub mod $name {
            const MAGIC: $scalar = $magic;
            /// Arguments beyond ±this are clamped: e^x stays a normal number.
            const LARGEST: $scalar = $largest;
            /// From here on tanh rounds to ±1.
            const SATURATION: $scalar = $saturation;

            /// Returns (e^r − 1, 2^k) with x = k·ln 2 + r. Needs |x| ≤ LARGEST.
            #[inline(always)]
            fn reduce(x: $scalar) -> ($scalar, $scalar) {
                let shifted = x * (std::f64::consts::LOG2_E as $scalar) + MAGIC;
                let k = shifted - MAGIC;
                let r = (x - k * $ln2_high) - k * $ln2_low;
                let exponent = shifted.to_bits().wrapping_sub(MAGIC.to_bits()) as $integer;
                let scale = <$scalar>::from_bits((exponent.wrapping_add($bias) as $bits) << $mantissa);
                // Horner from 1/n! down to 1/2!, then r + r²·(…): small r keeps its relative accuracy.
                let mut p: $scalar = 0.0;
                $( p = p * r + $coefficient; )+
                (r + r * r * p, scale)
            }

            #[inline(always)]
            fn clamp(x: $scalar, limit: $scalar) -> $scalar {
                let x = if x > limit { limit } else { x };
                if x < -limit { -limit } else { x }
            }

            /// e^x, clamped at the ends of the normal range.
            #[inline(always)]
            pub fn exp(x: $scalar) -> $scalar {
                let (p, scale) = reduce(clamp(x, LARGEST));
                scale + scale * p
            }

            /// Hyperbolic tangent through e^(2|x|) − 1, which keeps the relative accuracy of small arguments.
            #[inline(always)]
            pub fn tanh(x: $scalar) -> $scalar {
                let a = x.abs();
                let a = if a > SATURATION { SATURATION } else { a };
                let (p, scale) = reduce(a + a);
                let e = scale * p + (scale - 1.0);
                (e / (e + 2.0)).copysign(x)
            }

            /// Logistic sigmoid through e^−|x|, which neither overflows nor cancels.
            #[inline(always)]
            pub fn sigmoid(x: $scalar) -> $scalar {
                let a = x.abs();
                let a = if a > LARGEST { LARGEST } else { a };
                let (p, scale) = reduce(-a);
                let e = scale + scale * p;
                let s = 1.0 / (1.0 + e);
                if x < 0.0 { e * s } else { s }
            }
        }
    };
}

elementary!(f32, f32, u32, i32, mantissa: 23, bias: 127, magic: 12_582_912.0,
    ln2_high: 0.693_359_4, ln2_low: -2.121_944_4e-4, largest: 87.0, saturation: 9.1,
    coefficients: [1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5]);

elementary!(f64, f64, u64, i64, mantissa: 52, bias: 1023, magic: 6_755_399_441_055_744.0,
    ln2_high: 0.693_147_180_369_123_8, ln2_low: 1.908_214_929_270_587_7e-10, largest: 708.0, saturation: 19.5,
    coefficients: [1.0 / 87_178_291_200.0, 1.0 / 6_227_020_800.0, 1.0 / 479_001_600.0, 1.0 / 39_916_800.0, 1.0 / 3_628_800.0,
        1.0 / 362_880.0, 1.0 / 40_320.0, 1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5]);

#[cfg(test)]
mod tests {
    /// Largest relative error against the standard library over a dense sweep.
    fn worst(range: f64, ours: impl Fn(f64) -> f64, reference: impl Fn(f64) -> f64) -> f64 {
        (-200_000..=200_000)
            .map(|k| f64::from(k) / 200_000.0 * range)
            .map(|x| {
                let expected = reference(x);
                ((ours(x) - expected) / expected.abs().max(f64::MIN_POSITIVE)).abs()
            })
            .fold(0.0, f64::max)
    }

    #[test]
    fn double_precision_is_within_a_few_ulp() {
        let sigmoid = |x: f64| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) };
        assert!(worst(700.0, super::f64::exp, f64::exp) < 5e-16);
        assert!(worst(25.0, super::f64::tanh, f64::tanh) < 1e-15);
        assert!(worst(1e-3, super::f64::tanh, f64::tanh) < 1e-15);
        assert!(worst(40.0, super::f64::sigmoid, sigmoid) < 1e-15);
    }

    #[test]
    fn single_precision_is_within_a_few_ulp() {
        let sigmoid = |x: f64| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) };
        let in_f32 = |f: fn(f32) -> f32| move |x: f64| f64::from(f(x as f32));
        let reference = |f: fn(f64) -> f64| move |x: f64| f(f64::from(x as f32));
        assert!(worst(86.0, in_f32(super::f32::exp), reference(f64::exp)) < 3e-7);
        assert!(worst(12.0, in_f32(super::f32::tanh), reference(f64::tanh)) < 5e-7);
        assert!(worst(1e-3, in_f32(super::f32::tanh), reference(f64::tanh)) < 5e-7);
        assert!(worst(80.0, in_f32(super::f32::sigmoid), move |x| sigmoid(f64::from(x as f32))) < 5e-7);
    }

    #[test]
    fn extremes_saturate_and_nan_stays_nan() {
        for x in [f32::INFINITY, 1e30, 100.0] {
            assert_eq!(super::f32::tanh(x), 1.0);
            assert_eq!(super::f32::tanh(-x), -1.0);
            assert_eq!(super::f32::sigmoid(x), 1.0);
            assert!(super::f32::sigmoid(-x) < 1e-37);
        }
        assert_eq!(super::f64::tanh(f64::NEG_INFINITY), -1.0);
        assert!(super::f32::tanh(f32::NAN).is_nan() && super::f32::sigmoid(f32::NAN).is_nan());
        assert!(super::f64::tanh(f64::NAN).is_nan() && super::f64::exp(f64::NAN).is_nan());
        assert_eq!(super::f64::tanh(-0.0).to_bits(), (-0.0f64).to_bits());
    }
}
