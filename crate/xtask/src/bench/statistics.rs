//! Medians and quartiles of a few samples.

/// Median and quartiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

/// The spread of these numbers; `None` when there are none.
pub fn spread(samples: &[f64]) -> Option<Spread> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return None;
    }
    Some(Spread { low: quantile(&sorted, 0.25), median: quantile(&sorted, 0.5), high: quantile(&sorted, 0.75) })
}

/// The median; `None` when there are no numbers.
pub fn median(samples: &[f64]) -> Option<f64> {
    spread(samples).map(|spread| spread.median)
}

/// `samples[k] / others[k]`, round by round: what changed between the rounds changes both.
pub fn ratios(samples: &[f64], others: &[f64]) -> Vec<f64> {
    samples.iter().zip(others).map(|(sample, other)| sample / other).collect()
}

/// Interpolates between the neighbours, as NumPy does. `sorted` is not empty.
fn quantile(sorted: &[f64], at: f64) -> f64 {
    let place = at * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn quartiles_are_interpolated() {
        let spread = spread(&[1.0, 2.0, 3.0, 4.0]).expect("four numbers");
        assert_eq!((spread.low, spread.high), (1.75, 3.25));
    }

    #[test]
    fn ratios_pair_the_rounds() {
        assert_eq!(ratios(&[2.0, 9.0], &[1.0, 3.0]), [2.0, 3.0]);
    }
}
