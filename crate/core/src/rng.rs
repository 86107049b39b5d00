//! The one source of randomness: xoshiro256++ seeded by SplitMix64, with named streams.
//!
//! A stream depends only on the seed and its purpose, so two lanes with the same seed see the same data whatever
//! their cells are, and changing an initialisation does not change the data.

/// What a stream of random numbers is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights.
    Initialisation,
    /// Training sequences.
    Training,
    /// Held-out sequences.
    HeldOut,
    /// Directions in which the microscope probes.
    Probes,
}

/// xoshiro256++ (Blackman & Vigna 2019).
#[derive(Debug, Clone)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream for this purpose.
    #[must_use]
    pub fn new(seed: u32, purpose: Purpose) -> Self {
        let salt = match purpose {
            Purpose::Initialisation => 1,
            Purpose::Training => 2,
            Purpose::HeldOut => 3,
            Purpose::Probes => 4,
        };
        let mut z = (u64::from(seed) << 8) | salt;
        // SplitMix64 never yields four zeros in a row, the one state xoshiro may not start from.
        let state = std::array::from_fn(|_| {
            z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut s = z;
            s = (s ^ (s >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            s = (s ^ (s >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            s ^ (s >> 31)
        });
        Self { state }
    }

    /// Where the stream is.
    pub(crate) fn state(&self) -> [u64; 4] {
        self.state
    }

    /// A stream that is there already; `None` for the one state that xoshiro may not have.
    pub(crate) fn at(state: [u64; 4]) -> Option<Self> {
        (state != [0; 4]).then_some(Self { state })
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform in [low, high).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in 0..n; n > 0. (Multiply-shift: bias below 2⁻³² for the small n used here.)
    pub fn below(&mut self, n: usize) -> usize {
        (((self.next_u64() >> 32) * n as u64) >> 32) as usize
    }

    /// Standard normal, by Marsaglia's polar method.
    pub fn normal(&mut self) -> f64 {
        loop {
            let (u, v) = (self.uniform(-1.0, 1.0), self.uniform(-1.0, 1.0));
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * libm::log(s) / s).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_repeatable_and_independent() {
        let draw = |seed, purpose| Rng::new(seed, purpose).next_u64();
        assert_eq!(draw(7, Purpose::Training), draw(7, Purpose::Training));
        assert_ne!(draw(7, Purpose::Training), draw(7, Purpose::HeldOut));
        assert_ne!(draw(7, Purpose::Training), draw(8, Purpose::Training));
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut rng = Rng::new(1, Purpose::Initialisation);
        let n = 100_000;
        let (mut mean, mut square, mut normal_square) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let u = rng.unit();
            mean += u;
            square += u * u;
            normal_square += rng.normal().powi(2);
            assert!(rng.below(3) < 3);
        }
        let n = f64::from(n);
        assert!((mean / n - 0.5).abs() < 0.005);
        assert!((square / n - 1.0 / 3.0).abs() < 0.005);
        assert!((normal_square / n - 1.0).abs() < 0.02);
    }
}
