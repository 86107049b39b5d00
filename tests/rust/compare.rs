//! Comparisons that name fixture, field, worst entry, what came and what should have come; and a tally of them.

use std::collections::BTreeMap;

/// How a difference is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// |got − expected| ≤ this · (largest magnitude expected in the tensor): a tensor's small entries carry the rounding
    /// of its large ones.
    OfLargest(f64),
    /// |got − expected| ≤ this · |expected|, where |expected| is above 1e−12 of the largest.
    OfEach(f64),
    /// |got − expected| ≤ this · max(1, |expected|).
    OfEachOrOne(f64),
    /// |got − expected| ≤ this.
    Absolute(f64),
}

/// Comparisons made with one fixture.
#[derive(Debug)]
pub struct Tally {
    fixture: String,
    comparisons: usize,
    entries: usize,
    worst: BTreeMap<&'static str, f64>,
}

impl Tally {
    /// None yet.
    #[must_use]
    pub fn new(fixture: impl Into<String>) -> Self {
        Self { fixture: fixture.into(), comparisons: 0, entries: 0, worst: BTreeMap::new() }
    }

    /// Compares all entries; `kind` is the row under which the worst error is kept.
    ///
    /// # Panics
    /// When an entry is too far off or the numbers of entries differ.
    pub fn compare(
        &mut self,
        kind: &'static str,
        field: &str,
        got: impl IntoIterator<Item = f64>,
        expected: &[f64],
        tolerance: Tolerance,
    ) {
        let got: Vec<f64> = got.into_iter().collect();
        assert_eq!(got.len(), expected.len(), "{}: number of entries of {field}", self.fixture);
        let largest = expected.iter().filter(|value| value.is_finite()).fold(0.0, |m: f64, value| m.max(value.abs()));
        let mut worst = (0, 0.0);
        for (index, (&got, &expected)) in got.iter().zip(expected).enumerate() {
            let error = relative(got, expected, largest, tolerance);
            if error > worst.1 {
                worst = (index, error);
            }
        }
        let (index, error) = worst;
        let allowed = match tolerance {
            Tolerance::OfLargest(t) | Tolerance::OfEach(t) | Tolerance::OfEachOrOne(t) | Tolerance::Absolute(t) => t,
        };
        assert!(
            error <= allowed,
            "{}: {field}[{index}]: got {:e}, expected {:e}; error {error:e}, tolerance {tolerance:?}, largest {largest:e}",
            self.fixture,
            got[index],
            expected[index],
        );
        self.comparisons += 1;
        self.entries += expected.len();
        let kept = self.worst.entry(kind).or_default();
        *kept = kept.max(error);
    }

    /// How many comparisons were made.
    #[must_use]
    pub fn comparisons(&self) -> usize {
        self.comparisons
    }

    /// Adds those of another fixture.
    pub fn absorb(&mut self, other: &Self) {
        self.comparisons += other.comparisons;
        self.entries += other.entries;
        for (kind, error) in &other.worst {
            let kept = self.worst.entry(kind).or_default();
            *kept = kept.max(*error);
        }
    }

    /// One line: fixture, number of comparisons, worst errors.
    ///
    /// # Panics
    /// When nothing was compared.
    pub fn print(&self) {
        assert!(self.comparisons > 0, "{}: nothing was compared", self.fixture);
        let worst: Vec<_> = self.worst.iter().map(|(kind, error)| format!("{kind} {error:.1e}")).collect();
        let Self { fixture, comparisons, entries, .. } = self;
        println!("{fixture:<34} {comparisons:>5} tensors {entries:>7} numbers   worst: {}", worst.join(" · "));
    }
}

/// The error in units of what the tolerance refers to; infinite where finite and non-finite do not agree.
fn relative(got: f64, expected: f64, largest: f64, tolerance: Tolerance) -> f64 {
    if got == expected || (got.is_nan() && expected.is_nan()) {
        return 0.0;
    }
    if !got.is_finite() || !expected.is_finite() {
        return f64::INFINITY;
    }
    let error = (got - expected).abs();
    match tolerance {
        Tolerance::OfLargest(_) => error / largest,
        Tolerance::OfEach(_) if expected.abs() <= 1e-12 * largest => 0.0,
        Tolerance::OfEach(_) => error / expected.abs(),
        Tolerance::OfEachOrOne(_) => error / expected.abs().max(1.0),
        Tolerance::Absolute(_) => error,
    }
}
