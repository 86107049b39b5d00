//! Exponential, tanh and sigmoid as branch-free polynomial code on vector registers.
//!
//! x = k·ln 2 + r with |r| ≤ ln 2 / 2; e^r − 1 by a polynomial whose remainder is below half an ulp there; 2^k is written
//! into the exponent bits. For f64, k·ln 2 is subtracted in two parts, which keeps e^x within a few ulp everywhere; for
//! f32 in one, which costs e^x about |x| / 2 ulp. Rounding k uses the "magic number" 1.5·2^mantissa, because `floor` is no
//! single instruction on every target. No libm call, no fused multiply-add: the same bits on every engine.
//! Comparisons are written so that NaN falls through unchanged.
//!
//! The constants are read from memory: V8 writes a vector constant as three instructions, each time it is used.

macro_rules! elementary {
    ($scalar:ident, $vector:ident, $width:literal, mantissa: $mantissa:literal, magic: $magic:expr,
     ln2_high: $ln2_high:expr, ln2_low: $ln2_low:expr, largest: $largest:expr,
     saturation: $saturation:expr, first: $first:expr, coefficients: [$(($even:expr, $odd:expr)),+]) => {
        /// The functions for this scalar type.
        pub mod $scalar {
            use wide::$vector;

            /// The constants that the functions work with.
            #[derive(Debug)]
            pub struct Constants {
                one: [$scalar; $width],
                two: [$scalar; $width],
                log2_e: [$scalar; $width],
                magic: [$scalar; $width],
                ln2_high: [$scalar; $width],
                ln2_low: [$scalar; $width],
                /// Arguments beyond ±this are clamped: e^x stays a normal number.
                largest: [$scalar; $width],
                /// From here on tanh rounds to ±1.
                saturation: [$scalar; $width],
                /// Coefficient of the highest power in (e^r − 1 − r) / r², an even one.
                first: [$scalar; $width],
                /// The others from the highest on, in pairs of an even and an odd power.
                coefficients: [[[$scalar; $width]; 2]; [$($even),+].len()],
            }

            static CONSTANTS: Constants = Constants {
                one: [1.0; $width],
                two: [2.0; $width],
                log2_e: [std::f64::consts::LOG2_E as $scalar; $width],
                magic: [$magic; $width],
                ln2_high: [$ln2_high; $width],
                ln2_low: [$ln2_low; $width],
                largest: [$largest; $width],
                saturation: [$saturation; $width],
                first: [$first; $width],
                coefficients: [$([[$even; $width], [$odd; $width]]),+],
            };

            /// To be fetched once before a loop.
            #[inline(always)]
            pub fn constants() -> &'static Constants {
                std::hint::black_box(&CONSTANTS)
            }

            #[inline(always)]
            fn load(values: &[$scalar; $width]) -> $vector {
                $vector::new(*values)
            }

            /// The smaller of the two; NaN for NaN.
            #[inline(always)]
            fn at_most(x: $vector, limit: $vector) -> $vector {
                // Both give their second operand where neither is smaller; WebAssembly's compares the other way round.
                if cfg!(target_family = "wasm") { x.fast_min(limit) } else { limit.fast_min(x) }
            }

            /// The larger of the two; NaN for NaN.
            #[inline(always)]
            fn at_least(x: $vector, limit: $vector) -> $vector {
                if cfg!(target_family = "wasm") { x.fast_max(limit) } else { limit.fast_max(x) }
            }

            /// Returns (e^r − 1, 2^k) with x = k·ln 2 + r. Needs |x| ≤ `largest`.
            #[inline(always)]
            fn reduce(x: $vector, c: &Constants) -> ($vector, $vector) {
                let shifted = x * load(&c.log2_e) + load(&c.magic);
                let k = shifted - load(&c.magic);
                let mut r = x - k * load(&c.ln2_high);
                if $ln2_low != 0.0 {
                    r -= k * load(&c.ln2_low);
                }
                // The low bits of `shifted` are k and the bias; the shift drops the others.
                let scale = $vector::from_bits(shifted.to_bits() << $mantissa);
                // Horner in r² over pairs, which do not wait for each other.
                let square = r * r;
                let mut p = load(&c.first);
                for [even, odd] in &c.coefficients {
                    p = p * square + (load(even) + load(odd) * r);
                }
                // r + r²·(…): small r keeps its relative accuracy.
                (r + square * p, scale)
            }

            /// e^x, clamped at the ends of the normal range.
            #[inline(always)]
            pub fn exp(x: $vector, c: &Constants) -> $vector {
                let largest = load(&c.largest);
                let (p, scale) = reduce(at_least(at_most(x, largest), -largest), c);
                scale + scale * p
            }

            /// Hyperbolic tangent through e^(2|x|) − 1, which keeps the relative accuracy of small arguments.
            #[inline(always)]
            pub fn tanh(x: $vector, c: &Constants) -> $vector {
                let a = at_most(x.abs(), load(&c.saturation));
                let (p, scale) = reduce(a + a, c);
                let e = scale * p + (scale - load(&c.one));
                (e / (e + load(&c.two))).copysign(x)
            }

            /// Logistic sigmoid 1 / (1 + e^−x); clamped, e^−x overflows nowhere.
            #[inline(always)]
            pub fn sigmoid(x: $vector, c: &Constants) -> $vector {
                let one = load(&c.one);
                one / (one + exp(-x, c))
            }
        }
    };
}

// The Taylor polynomial to r⁶, the term r⁷ / 7! spread over the lower ones (Chebyshev economisation on |r| ≤ ln 2 / 2).
elementary!(f32, f32x4, 4, mantissa: 23, magic: 12_582_912.0 + 127.0,
    ln2_high: std::f32::consts::LN_2, ln2_low: 0.0, largest: 87.0, saturation: 9.1,
    first: 1.0 / 720.0, coefficients: [(1.0 / 24.0, 0.008_375_04), (0.5, 0.166_664_16)]);

// The Taylor polynomial to r¹⁴.
elementary!(f64, f64x2, 2, mantissa: 52, magic: 6_755_399_441_055_744.0 + 1023.0,
    ln2_high: 0.693_147_180_369_123_8, ln2_low: 1.908_214_929_270_587_7e-10, largest: 708.0, saturation: 19.5,
    first: 1.0 / 87_178_291_200.0, coefficients: [(1.0 / 479_001_600.0, 1.0 / 6_227_020_800.0),
        (1.0 / 3_628_800.0, 1.0 / 39_916_800.0), (1.0 / 40_320.0, 1.0 / 362_880.0), (1.0 / 720.0, 1.0 / 5_040.0),
        (1.0 / 24.0, 1.0 / 120.0), (0.5, 1.0 / 6.0)]);

#[cfg(test)]
mod tests {
    use crate::real::Real;

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
        assert!(worst(700.0, <f64 as Real>::exp, f64::exp) < 5e-16);
        assert!(worst(25.0, <f64 as Real>::tanh, f64::tanh) < 1e-15);
        assert!(worst(1e-3, <f64 as Real>::tanh, f64::tanh) < 1e-15);
        assert!(worst(40.0, <f64 as Real>::sigmoid, sigmoid) < 1e-15);
    }

    #[test]
    fn single_precision_is_within_a_few_ulp() {
        let sigmoid = |x: f64| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) };
        let in_f32 = |f: fn(f32) -> f32| move |x: f64| f64::from(f(x as f32));
        let reference = |f: fn(f64) -> f64| move |x: f64| f(f64::from(x as f32));
        assert!(worst(5.0, in_f32(<f32 as Real>::exp), reference(f64::exp)) < 5e-7);
        assert!(worst(86.0, in_f32(<f32 as Real>::exp), reference(f64::exp)) < 5e-6);
        assert!(worst(12.0, in_f32(<f32 as Real>::tanh), reference(f64::tanh)) < 5e-7);
        assert!(worst(1e-3, in_f32(<f32 as Real>::tanh), reference(f64::tanh)) < 5e-7);
        let sigmoid = move |x| sigmoid(f64::from(x as f32));
        assert!(worst(5.0, in_f32(<f32 as Real>::sigmoid), sigmoid) < 5e-7);
        assert!(worst(80.0, in_f32(<f32 as Real>::sigmoid), sigmoid) < 5e-6);
    }

    #[test]
    fn extremes_saturate_and_nan_stays_nan() {
        for x in [f32::INFINITY, 1e30, 100.0] {
            assert_eq!(<f32 as Real>::tanh(x), 1.0);
            assert_eq!(<f32 as Real>::tanh(-x), -1.0);
            assert_eq!(<f32 as Real>::sigmoid(x), 1.0);
            assert!(<f32 as Real>::sigmoid(-x) < 1e-37);
        }
        assert_eq!(<f64 as Real>::tanh(f64::NEG_INFINITY), -1.0);
        assert!(<f32 as Real>::tanh(f32::NAN).is_nan() && <f32 as Real>::sigmoid(f32::NAN).is_nan());
        assert!(<f64 as Real>::tanh(f64::NAN).is_nan() && <f64 as Real>::exp(f64::NAN).is_nan());
        assert_eq!(<f64 as Real>::tanh(-0.0).to_bits(), (-0.0f64).to_bits());
    }
}
