//! A checksum of a run: equal on any two machines exactly when they have come to the same weights, bit for bit.

/// FNV-1a (Fowler, Noll and Vo) over the training step and the bits of all weights, little-endian.
///
/// `weights`: a network's parameters in their flat order. A NaN counts as one NaN whatever its payload, which
/// WebAssembly leaves open; a diverged run has none in its weights anyway.
#[must_use]
pub fn fingerprint(step: usize, weights: &[f32]) -> u64 {
    let canonical = |value: &f32| if value.is_nan() { f32::NAN.to_bits() & 0x7FFF_FFFF } else { value.to_bits() };
    (step as u64)
        .to_le_bytes()
        .into_iter()
        .chain(weights.iter().flat_map(|value| canonical(value).to_le_bytes()))
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn a_single_bit_of_a_single_weight_changes_it() {
        let weights = [0.5_f32, -1.25, 3.0];
        for at in 0..weights.len() {
            for bit in 0..32 {
                let mut other = weights;
                other[at] = f32::from_bits(other[at].to_bits() ^ (1 << bit));
                assert_ne!(fingerprint(3, &weights), fingerprint(3, &other), "weight {at}, bit {bit}");
            }
        }
        assert_ne!(fingerprint(3, &weights), fingerprint(4, &weights));
    }
}
