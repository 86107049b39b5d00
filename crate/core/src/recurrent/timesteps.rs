//! In which order timesteps come, and where on a tape they lie.

use super::tape::at_a_time;
use std::ops::Range;

/// All timesteps in blocks of [`at_a_time`], counted from the first; the first block, or the last with `downwards`, comes first.
pub(super) fn blocks(steps: usize, batch: usize, downwards: bool) -> impl Iterator<Item = Range<usize>> {
    let size = at_a_time(batch);
    in_turn(0..steps.div_ceil(size), downwards).map(move |block| block * size..((block + 1) * size).min(steps))
}

/// Timesteps upwards or downwards.
pub(super) fn in_turn(timesteps: Range<usize>, downwards: bool) -> impl Iterator<Item = usize> {
    let Range { start, end } = timesteps;
    (0..end - start).map(move |k| if downwards { end - 1 - k } else { start + k })
}

/// Timesteps in the order of the way back.
pub(crate) fn way_back(reverse: bool, steps: usize) -> impl Iterator<Item = usize> {
    in_turn(0..steps, !reverse)
}

/// One slot.
pub(super) fn one_slot<R>(values: &mut [R], index: usize, slot: usize) -> &mut [R] {
    &mut values[index * slot..(index + 1) * slot]
}

/// Two slots, in the order asked for.
pub(super) fn two_slots<R>(values: &mut [R], first: usize, second: usize, slot: usize) -> (&mut [R], &mut [R]) {
    let (low, high) = values.split_at_mut(first.max(second) * slot);
    let (low, high) = (&mut low[first.min(second) * slot..][..slot], &mut high[..slot]);
    if first < second { (low, high) } else { (high, low) }
}
