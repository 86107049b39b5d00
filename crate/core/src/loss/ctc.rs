//! Connectionist temporal classification (Graves et al. 2006), in log space and f64 whatever the network's scalar.
//!
//! The label sequence l is interleaved with blanks, l′ of 2U + 1 symbols; α and β run over l′ forward and backward.
//! Reduction `mean` as PyTorch's: each sequence's loss by its number of labels (at least 1), then the mean over the batch.

use super::Columns;
use crate::error::Error;
use crate::real::Real;

/// Options of CTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ctc {
    /// Id of the blank.
    pub blank: usize,
    /// Whether sequences too short for their labels count as zero; otherwise the loss is infinite (and their gradient 0).
    pub zero_infinity: bool,
}

const NEVER: f64 = f64::NEG_INFINITY;

/// ln(e^a + e^b).
fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == NEVER { high } else { high + libm::log1p(libm::exp(low - high)) }
}

impl Ctc {
    pub(super) fn check(&self, size: usize) -> Result<(), Error> {
        if self.blank < size {
            return Ok(());
        }
        Err(Error::InvalidConfig {
            field: "blank",
            expected: format!("a class below {size}"),
            given: self.blank.to_string(),
        })
    }

    /// Symbol s of the labels interleaved with blanks.
    fn symbol(&self, labels: &[u32], s: usize) -> usize {
        if s.is_multiple_of(2) { self.blank } else { labels[s / 2] as usize }
    }

    /// Whether symbol s may follow symbol s − 2: it is no blank and differs from it.
    fn skips(&self, labels: &[u32], s: usize) -> bool {
        s >= 2 && s % 2 == 1 && labels[s / 2] != labels[s / 2 - 1]
    }

    pub(super) fn evaluate<R: Real>(
        &self,
        outputs: &[R],
        columns: Columns<'_>,
        labels: &[u32],
        label_lengths: &[usize],
        d_outputs: &mut [R],
        scratch: &mut Vec<f64>,
    ) -> f64 {
        let Columns { size, batch, lengths } = columns;
        let steps = outputs.len() / (size * batch);
        d_outputs.fill(R::ZERO);
        let (mut loss, mut first) = (0.0, 0);
        for (b, &count) in label_lengths.iter().enumerate() {
            let labels = &labels[first..first + count];
            first += count;
            let steps = lengths.map_or(steps, |lengths| lengths[b]);
            let share = 1.0 / (count.max(1) * batch) as f64;
            let column = |t: usize| (t * batch + b) * size..(t * batch + b + 1) * size;
            let symbols = 2 * count + 1;
            scratch.clear();
            scratch.resize(steps * (size + symbols) + 2 * symbols, 0.0);
            let (log_p, rest) = scratch.split_at_mut(steps * size);
            let (alpha, beta) = rest.split_at_mut(steps * symbols);
            for (t, row) in log_p.chunks_exact_mut(size).enumerate() {
                for (value, output) in row.iter_mut().zip(&outputs[column(t)]) {
                    *value = output.to_f64();
                }
                let log_sum = log_softmax_sum(row);
                row.iter_mut().for_each(|value| *value -= log_sum);
            }
            let log_likelihood = self.alphas(log_p, labels, alpha, steps, size);
            if log_likelihood == NEVER {
                loss += if self.zero_infinity { 0.0 } else { f64::INFINITY };
                continue;
            }
            loss -= log_likelihood * share;
            let (mut beta, mut next) = beta.split_at_mut(symbols);
            for t in (0..steps).rev() {
                self.betas(log_p, labels, beta, next, t, steps, size);
                let row = &log_p[t * size..(t + 1) * size];
                let d_column = &mut d_outputs[column(t)];
                for (gradient, &log_p) in d_column.iter_mut().zip(row) {
                    *gradient = R::from_f64(share * libm::exp(log_p));
                }
                for (s, (&a, &b)) in alpha[t * symbols..].iter().zip(&*beta).enumerate() {
                    let posterior = libm::exp(a + b - log_likelihood);
                    d_column[self.symbol(labels, s)] -= R::from_f64(share * posterior);
                }
                std::mem::swap(&mut beta, &mut next);
            }
        }
        loss
    }

    /// Fills α `[T, 2U + 1]`; returns the log-likelihood of the labels.
    fn alphas(&self, log_p: &[f64], labels: &[u32], alpha: &mut [f64], steps: usize, size: usize) -> f64 {
        let symbols = 2 * labels.len() + 1;
        if steps == 0 {
            return if labels.is_empty() { 0.0 } else { NEVER };
        }
        for t in 0..steps {
            for s in 0..symbols {
                let emission = log_p[t * size + self.symbol(labels, s)];
                let arrived = if t == 0 {
                    if s < 2 { 0.0 } else { NEVER }
                } else {
                    let before = &alpha[(t - 1) * symbols..t * symbols];
                    let mut sum = before[s];
                    if s >= 1 {
                        sum = log_add(sum, before[s - 1]);
                    }
                    if self.skips(labels, s) {
                        sum = log_add(sum, before[s - 2]);
                    }
                    sum
                };
                alpha[t * symbols + s] = arrived + emission;
            }
        }
        let last = &alpha[(steps - 1) * symbols..];
        if symbols == 1 { last[0] } else { log_add(last[symbols - 1], last[symbols - 2]) }
    }

    /// β of timestep t (without its own emission) from β of t + 1.
    #[allow(clippy::too_many_arguments)]
    fn betas(
        &self,
        log_p: &[f64],
        labels: &[u32],
        beta: &mut [f64],
        next: &[f64],
        t: usize,
        steps: usize,
        size: usize,
    ) {
        let symbols = beta.len();
        for s in 0..symbols {
            beta[s] = if t + 1 == steps {
                if s + 2 >= symbols { 0.0 } else { NEVER }
            } else {
                let onward = |s: usize| next[s] + log_p[(t + 1) * size + self.symbol(labels, s)];
                let mut sum = onward(s);
                if s + 1 < symbols {
                    sum = log_add(sum, onward(s + 1));
                }
                if s + 2 < symbols && self.skips(labels, s + 2) {
                    sum = log_add(sum, onward(s + 2));
                }
                sum
            };
        }
    }
}

/// ln Σ e^z without changing the row.
fn log_softmax_sum(row: &[f64]) -> f64 {
    let max = row.iter().copied().fold(row[0], f64::max);
    max + libm::log(row.iter().map(|z| libm::exp(z - max)).sum())
}

/// Best path: the largest output of every timestep, repeats merged, blanks dropped.
#[must_use]
pub fn greedy_decode<R: Real>(outputs: &[R], size: usize, blank: usize) -> Vec<u32> {
    let mut decoded = Vec::new();
    let mut previous = blank;
    for column in outputs.chunks_exact(size) {
        let best = (1..size).fold(0, |best, c| if column[c] > column[best] { c } else { best });
        if best != previous && best != blank {
            decoded.push(best as u32);
        }
        previous = best;
    }
    decoded
}
