//! Losses: the value and its gradient with respect to the raw outputs. PyTorch's definitions, reduction `mean`.

mod binary_cross_entropy;
mod cross_entropy;
mod ctc;
mod mean_squared_error;

pub use cross_entropy::{CrossEntropy, softmax};
pub use ctc::{Ctc, greedy_decode};

use crate::error::{Error, ShapeError, check_ids};
use crate::real::Real;

/// Which loss the outputs are trained with.
#[derive(Debug, Clone, PartialEq)]
pub enum Loss {
    /// Softmax cross-entropy.
    CrossEntropy(CrossEntropy),
    /// Binary cross-entropy on logits, mean over all entries. The weight multiplies the positive part.
    BinaryCrossEntropy {
        /// PyTorch's `pos_weight`; 1 is neutral.
        positive_weight: f64,
    },
    /// Mean squared error over all entries.
    MeanSquaredError,
    /// Connectionist temporal classification (Graves et al. 2006).
    Ctc(Ctc),
}

/// The class id of a column that has no target: PyTorch's `ignore_index`.
pub const IGNORE: u32 = u32::MAX;

/// What the outputs should be.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a, R> {
    /// One class id a column, or [`IGNORE`].
    Classes(&'a [u32]),
    /// One value an entry, `[O, N]` column-major; those past a sequence's end do not count.
    Values(&'a [R]),
    /// Label sequences, one after another, and their lengths, one a sequence.
    Labels {
        /// All labels.
        labels: &'a [u32],
        /// How many belong to each sequence.
        lengths: &'a [usize],
    },
}

impl<R> Targets<'_, R> {
    /// What of them a check looks at.
    fn ids(&self) -> Ids<'_> {
        match *self {
            Self::Classes(classes) => Ids::Classes(classes),
            Self::Values(values) => Ids::Values { count: values.len() },
            Self::Labels { labels, lengths } => Ids::Labels { labels, lengths },
        }
    }
}

/// [`Targets`] without the values, whose precision is then none: what checks them is compiled once.
#[derive(Clone, Copy)]
enum Ids<'a> {
    Classes(&'a [u32]),
    Values { count: usize },
    Labels { labels: &'a [u32], lengths: &'a [usize] },
}

/// What the columns of the outputs stand for.
#[derive(Debug, Clone, Copy)]
pub struct Columns<'a> {
    /// O.
    pub size: usize,
    /// B: column n belongs to sequence n mod B.
    pub batch: usize,
    /// Timesteps of each sequence when they differ.
    pub lengths: Option<&'a [usize]>,
}

impl Columns<'_> {
    /// Whether column n of `count` counts: with an output at every timestep, not past its sequence's end.
    fn counts(&self, n: usize, count: usize) -> bool {
        count == self.batch || self.lengths.is_none_or(|lengths| n / self.batch < lengths[n % self.batch])
    }

    /// Number of entries that count among `count` columns.
    fn entries(&self, count: usize) -> usize {
        self.size * (0..count).filter(|n| self.counts(*n, count)).count()
    }
}

/// Sum of a loss over the entries that count; `entry(output, value)` gives an entry's share of it and its gradient.
fn sum_entries<R: Real>(
    outputs: &[R],
    columns: Columns<'_>,
    values: &[R],
    d_outputs: &mut [R],
    entry: impl Fn(R, R) -> (f64, R),
) -> f64 {
    assert_eq!(outputs.len(), values.len(), "outputs");
    let (size, count) = (columns.size, outputs.len() / columns.size);
    let pairs = outputs.chunks_exact(size).zip(values.chunks_exact(size));
    let mut sum = 0.0;
    for (n, (d_column, (outputs, values))) in d_outputs.chunks_exact_mut(size).zip(pairs).enumerate() {
        if !columns.counts(n, count) {
            d_column.fill(R::ZERO);
            continue;
        }
        for ((gradient, &output), &value) in d_column.iter_mut().zip(outputs).zip(values) {
            let (share, slope) = entry(output, value);
            sum += share;
            *gradient = slope;
        }
    }
    sum
}

impl Loss {
    /// Plain softmax cross-entropy.
    #[must_use]
    pub fn cross_entropy() -> Self {
        Self::CrossEntropy(CrossEntropy::default())
    }

    /// Checks targets for outputs `[size, count]`.
    ///
    /// # Errors
    /// When their kind, their number or an id does not fit.
    pub fn check<R: Real>(&self, targets: Targets<'_, R>, columns: Columns<'_>, count: usize) -> Result<(), Error> {
        self.check_ids(targets.ids(), columns, count)
    }

    fn check_ids(&self, targets: Ids<'_>, columns: Columns<'_>, count: usize) -> Result<(), Error> {
        let size = columns.size;
        match (self, targets) {
            (Self::CrossEntropy(options), Ids::Classes(classes)) => {
                options.check(size)?;
                check_shape("targets", [1, count], [1, classes.len()])?;
                let counted = classes.iter().copied().enumerate().filter(|(_, class)| *class != IGNORE);
                check_ids("targets", counted, size)
            }
            (Self::BinaryCrossEntropy { .. } | Self::MeanSquaredError, Ids::Values { count: given }) => {
                let got = if given % size == 0 { [size, given / size] } else { [1, given] };
                check_shape("targets", [size, count], got)
            }
            (Self::Ctc(ctc), Ids::Labels { labels, lengths }) => {
                ctc.check(size)?;
                check_shape("targetLengths", [1, columns.batch], [1, lengths.len()])?;
                check_shape("targets", [1, lengths.iter().sum()], [1, labels.len()])?;
                check_ids("targets", labels.iter().copied().enumerate(), size)?;
                match labels.iter().position(|label| *label as usize == ctc.blank) {
                    None => Ok(()),
                    Some(position) => Err(Error::InvalidConfig {
                        field: "targets",
                        expected: format!("labels other than the blank ({})", ctc.blank),
                        given: format!("the blank at position {position}"),
                    }),
                }
            }
            (loss, targets) => Err(Error::InvalidConfig {
                field: "targets",
                expected: match loss {
                    Self::CrossEntropy(_) => "class ids",
                    Self::BinaryCrossEntropy { .. } | Self::MeanSquaredError => "values",
                    Self::Ctc(_) => "label sequences",
                }
                .into(),
                given: match targets {
                    Ids::Classes(_) => "class ids",
                    Ids::Values { .. } => "values",
                    Ids::Labels { .. } => "label sequences",
                }
                .into(),
            }),
        }
    }

    /// Loss of `outputs` `[O, N]`, whose gradient is written to `d_outputs`. `scratch` is room that grows once.
    ///
    /// # Panics
    /// When the targets do not fit: see [`check`](Self::check).
    pub fn evaluate<R: Real>(
        &self,
        outputs: &[R],
        columns: Columns<'_>,
        targets: Targets<'_, R>,
        d_outputs: &mut [R],
        scratch: &mut Vec<f64>,
    ) -> f64 {
        match (self, targets) {
            (Self::CrossEntropy(options), Targets::Classes(classes)) => {
                options.evaluate(outputs, columns.size, classes, d_outputs)
            }
            (Self::BinaryCrossEntropy { positive_weight }, Targets::Values(values)) => {
                binary_cross_entropy::evaluate(outputs, columns, values, *positive_weight, d_outputs)
            }
            (Self::MeanSquaredError, Targets::Values(values)) => {
                mean_squared_error::evaluate(outputs, columns, values, d_outputs)
            }
            (Self::Ctc(ctc), Targets::Labels { labels, lengths }) => {
                ctc.evaluate(outputs, columns, labels, lengths, d_outputs, scratch)
            }
            _ => panic!("targets of the wrong kind"),
        }
    }
}

fn check_shape(what: &'static str, expected: [usize; 2], got: [usize; 2]) -> Result<(), Error> {
    if expected == got { Ok(()) } else { Err(ShapeError { what, expected, got }.into()) }
}
