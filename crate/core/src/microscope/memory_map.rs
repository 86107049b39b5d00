//! The memory map: how much of h_s is left in h_t, for all pairs of timesteps.

use super::Microscope;
use super::bptt::Progress;
use super::jacobian::Rows;
use crate::rng::{Purpose, Rng};
use nalgebra::DMatrix;

/// Columns that are carried back together: enough for whole tiles of the product, few enough for the cache.
const COLUMNS: usize = 512;

/// How the norms are had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Every product in full: some H·n·H·T² flops for cells with a cell state, H³·T² for others.
    Exact,
    /// Frobenius norms from this many random vectors of ±1, E‖Pᵀv‖² = ‖P‖_F² (Hutchinson 1990): as many times cheaper as
    /// there are units to a vector, with a relative error of at most some √(2 / vectors), and less the fewer directions are
    /// left in P.
    Probes(usize),
}

/// Which norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapNorm {
    /// Root of the sum of squares.
    Frobenius,
    /// Largest singular value. Only exact; some ten times the cost of the products for small H.
    Spectral,
}

/// Derivatives of what with respect to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// ∂h_t/∂h_s, what happens by way of c included.
    Hidden,
    /// The same of the whole state, (h, c) for cells with a cell state.
    State,
}

/// What map is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapOptions {
    /// Layer l, direction d as entry `l·D + d`.
    pub layer: usize,
    /// Derivatives of what.
    pub block: Block,
    /// Which norm; with probes always Frobenius.
    pub norm: MapNorm,
    /// How it is had.
    pub method: Method,
}

/// log10 ‖∂h_t/∂h_s‖ for all t ≥ s, made piece by piece; drop it to cancel. It keeps the example it was begun with.
///
/// On demand: see [`Method`].
#[derive(Debug, Clone)]
pub struct MemoryMap {
    microscope: Microscope,
    options: MapOptions,
    values: Vec<f64>,
    rows: Rows,
    jacobian: DMatrix<f64>,
    probes: Rng,
    /// Targets done, in the layer's own order of time; those in work come right after.
    done: usize,
    end: usize,
    /// Where the sweep of those in work is; `None`: none is in work.
    next: Option<usize>,
    progress: Progress,
}

impl MemoryMap {
    /// Of the example that is under the microscope now.
    #[must_use]
    pub fn new(microscope: &Microscope, options: MapOptions) -> Self {
        let (steps, n) = (microscope.steps(), microscope.state_size());
        let hidden = microscope.network.config().hidden;
        let mut options = options;
        let group = match options.method {
            Method::Exact if options.block == Block::State => n,
            Method::Exact => hidden,
            Method::Probes(count) => {
                options.norm = MapNorm::Frobenius;
                options.method = Method::Probes(count.max(1));
                count.max(1)
            }
        };
        Self {
            options,
            values: vec![f64::NEG_INFINITY; steps * steps],
            rows: Rows::new(hidden, group),
            jacobian: DMatrix::zeros(n, n),
            probes: Rng::new(0, Purpose::Probes),
            done: 0,
            end: 0,
            next: None,
            progress: Progress { done: 0, total: steps * (steps + 1) / 2 },
            microscope: microscope.clone(),
        }
    }

    /// What the map is of, and how its norms are had.
    #[must_use]
    pub fn options(&self) -> MapOptions {
        self.options
    }

    /// Entries done and to be done.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The map `[T, T]`, row t, column s, both from 0; 0 on the diagonal (spectral norm) or log10 √H; −∞ where s is after t
    /// and where a derivative is exactly zero, NaN where a timestep between is not finite. What is not done yet is −∞.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Does at least `budget` entries more, or all that are left. An entry is a product of `[H, n]` (or of the probes) with a
    /// Jacobian; one call does whole diagonals of up to 512 columns.
    pub fn advance(&mut self, budget: usize) -> Progress {
        let goal = self.progress.done.saturating_add(budget).min(self.progress.total);
        while self.progress.done < goal {
            match self.next {
                None => self.begin(),
                Some(s) => self.step(s),
            }
        }
        self.progress
    }

    /// Puts the next targets in work; the sweep begins at the newest.
    fn begin(&mut self) {
        self.rows.clear();
        self.end = self.done + (COLUMNS / self.rows.group).max(1).min(self.microscope.steps() - self.done);
        self.next = Some(self.end - 1);
    }

    /// The sweep reaches the state after the s-th timestep: a target begins there, all have an entry, and go back one step.
    fn step(&mut self, s: usize) {
        let Self { microscope, options, rows, probes, .. } = self;
        let has_cell_state = microscope.cell().has_cell_state();
        let n = if options.block == Block::State { microscope.state_size() } else { rows.hidden() };
        if s >= self.done {
            match options.method {
                Method::Exact => rows.push(has_cell_state, |row, k| f64::from(u8::from(row == k))),
                Method::Probes(_) => rows.push(has_cell_state, |_, k| match k < n {
                    true => 1.0 - 2.0 * (probes.next_u64() >> 63) as f64,
                    false => 0.0,
                }),
            }
        }
        let (steps, column) = (microscope.steps(), microscope.nth(options.layer, s));
        let whole = options.block == Block::State;
        for index in 0..rows.exponents.len() {
            let row = microscope.nth(options.layer, self.end - 1 - index);
            self.values[row * steps + column] = match (options.norm, options.method) {
                (MapNorm::Spectral, _) => rows.matrix(index, whole).log10_norm(),
                (_, Method::Exact) => rows.log10_frobenius(index, whole),
                (_, Method::Probes(count)) => rows.log10_frobenius(index, whole) - 0.5 * libm::log10(count as f64),
            };
        }
        self.progress.done += rows.exponents.len();
        if s > 0 {
            microscope.jacobian(options.layer, column, &mut self.jacobian);
            rows.multiply(&self.jacobian);
        }
        self.next = s.checked_sub(1);
        if self.next.is_none() {
            self.done = self.end;
        }
    }
}
