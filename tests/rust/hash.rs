//! FNV-1a over bits: equal for equal numbers to the last bit, on any machine.

/// Hash of the bits of these floats, little-endian. All NaNs count as one: their payload is not fixed in WebAssembly.
#[must_use]
pub fn fnv(values: &[f32]) -> u64 {
    let canonical = |value: &f32| if value.is_nan() { f32::NAN.to_bits() & 0x7FFF_FFFF } else { value.to_bits() };
    values
        .iter()
        .flat_map(|value| canonical(value).to_le_bytes())
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}
