//! A training run as a state machine: configure, step, look.

mod evaluation;
mod examples;
mod parts;
mod records;
mod rewind;

pub use records::RECORD;

use crate::catalog;
use crate::cell::Diagram;
use crate::error::Error;
use crate::experiment::{LaneExperiment, Notice};
use crate::frame::FrameLayout;
use crate::init::initialise;
use crate::inspection::Jobs;
use crate::loss::Targets;
use crate::microscope::{Dropped, Intervention, Microscope};
use crate::network::{Network, NetworkTape};
use crate::recurrent::Input;
use crate::rng::{Purpose, Rng};
use crate::snapshot::{Run, Snapshot};
use crate::state_dict::{self, StateDict, StateDictError};
use crate::task::{Part, Task};
use crate::trainer::Trainer;
use evaluation::right;
use examples::Examples;
use parts::{make_init, make_task, make_trainer, network_config};
use records::Records;
use serde::Serialize;

/// Number of held-out sequences, and of examples that can be shown.
pub const HELD_OUT: usize = 256;
/// Training steps between two evaluations on the held-out sequences.
pub const EVALUATE_EVERY: usize = 25;

/// Everything that stays the same while a lane trains.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LaneInfo {
    /// Where everything lies in a frame.
    pub layout: FrameLayout,
    /// The experiment that is really run.
    pub experiment: LaneExperiment,
    /// What was changed to get there.
    pub notices: Vec<Notice>,
    /// The operations of a timestep.
    pub diagram: Diagram,
    /// Texts of the tokens, by id.
    pub tokens: Vec<String>,
    /// How many tokens, the first ones, carry the class; all others only fill time.
    pub cues: usize,
    /// Names of the classes, by id.
    pub classes: Vec<String>,
    /// Number of trainable scalars.
    pub parameters: usize,
}

/// How far a lane is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct LaneStatus {
    /// Training steps done.
    pub step: usize,
    /// Set when the run cannot go on.
    pub diverged: Option<Divergence>,
}

/// The training step that could not be done, and the number that was not finite there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Divergence {
    /// 1-based training step.
    pub step: usize,
    /// `loss`, `gradientNorm` or `weights`.
    pub quantity: String,
}

/// Figures of the last training step and the last evaluation. NaN where there is none yet.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// Training steps behind the present weights.
    pub step: usize,
    /// Loss of the last training batch.
    pub loss: f64,
    /// Share of the last training batch that was classified right before the update.
    pub accuracy: f64,
    /// Loss on the held-out sequences.
    pub held_out_loss: f64,
    /// Share of the held-out sequences that is classified right.
    pub held_out_accuracy: f64,
    /// Training step of the last evaluation.
    pub held_out_step: f64,
    /// Norm of all gradients before clipping.
    pub gradient_norm: f64,
    /// Norm of all gradients after clipping.
    pub clipped_norm: f64,
}

impl Figures {
    const NONE: Self = Self {
        step: 0,
        loss: f64::NAN,
        accuracy: f64::NAN,
        held_out_loss: f64::NAN,
        held_out_accuracy: f64::NAN,
        held_out_step: f64::NAN,
        gradient_norm: f64::NAN,
        clipped_norm: f64::NAN,
    };
}

/// Labelled sequences: token `t·B + b` is timestep t of sequence b.
#[derive(Debug, Clone)]
struct Batch {
    tokens: Vec<u32>,
    classes: Vec<u32>,
}

/// One lane: a network, its task and its training.
#[derive(Debug)]
pub struct Session {
    experiment: LaneExperiment,
    notices: Vec<Notice>,
    task: Box<dyn Task>,
    trainer: Trainer<f32>,
    tape: NetworkTape<f32>,
    training: Rng,
    batch: Batch,
    held_out: Examples,
    sequence: Vec<u32>,
    figures: Figures,
    diverged: Option<Divergence>,
    records: Records,
    snapshot: Snapshot,
    /// Examples of another length than the trained one, while they are shown.
    other: Option<Examples>,
    /// What is being read on demand.
    pub(crate) jobs: Jobs,
}

impl Session {
    /// A lane before its first training step. Numbers out of range are clamped and named in [`info`](Self::info).
    ///
    /// # Errors
    /// When the network cannot be made.
    pub fn new(given: &LaneExperiment) -> Result<Self, Error> {
        let (experiment, notices) = catalog::effective(given);
        let (steps, batch) = (experiment.length as usize, experiment.batch as usize);
        let seed = experiment.seed as u32;
        let task = make_task(&experiment);
        let mut network = Network::new(network_config(&experiment, task.as_ref()))?;
        initialise(&mut network, &make_init(&experiment), &mut Rng::new(seed, Purpose::Initialisation))?;
        let tape = network.training_tape(steps, batch);
        let held_out = Examples::held_out(task.as_ref(), seed);
        let snapshot = Snapshot::new(&network, steps)?;
        Ok(Self {
            training: Rng::new(seed, Purpose::Training),
            batch: Batch { tokens: vec![0; steps * batch], classes: vec![0; batch] },
            sequence: vec![0; steps],
            held_out,
            figures: Figures::NONE,
            diverged: None,
            records: Records::new(network.parameters().specs().len()),
            snapshot,
            other: None,
            jobs: Jobs::default(),
            trainer: make_trainer(&experiment, network),
            experiment,
            notices,
            task,
            tape,
        })
    }

    /// Puts other weights in place of the present ones and begins at training step 0 with them: the same experiment from
    /// another start.
    ///
    /// # Errors
    /// When they are not those of this network; nothing is changed then.
    pub fn load_weights(&mut self, state: &StateDict) -> Result<(), StateDictError> {
        let mut network = self.trainer.network.clone();
        state.load_into(&mut network)?;
        self.trainer = make_trainer(&self.experiment, network);
        self.training = Rng::new(self.experiment.seed as u32, Purpose::Training);
        self.figures = Figures::NONE;
        self.diverged = None;
        self.records.clear();
        self.jobs = Jobs::default();
        Ok(())
    }

    /// All parameters as trained so far, as a safetensors file.
    #[must_use]
    pub fn state_dict(&self) -> Vec<u8> {
        state_dict::save(&self.trainer.network)
    }

    /// Everything that stays the same while this lane trains.
    #[must_use]
    pub fn info(&self) -> LaneInfo {
        LaneInfo {
            layout: self.snapshot.layout().clone(),
            experiment: self.experiment.clone(),
            notices: self.notices.clone(),
            diagram: crate::inspection::diagram(self.network()),
            tokens: self.task.tokens().to_vec(),
            cues: self.task.cues(),
            classes: self.task.classes().to_vec(),
            parameters: self.network().weights().len(),
        }
    }

    /// How far the lane is.
    #[must_use]
    pub fn status(&self) -> LaneStatus {
        LaneStatus { step: self.trainer.steps(), diverged: self.diverged.clone() }
    }

    /// Figures of the last training step and evaluation.
    #[must_use]
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// The network as trained so far.
    #[must_use]
    pub fn network(&self) -> &Network<f32> {
        &self.trainer.network
    }

    /// Checksum of the training step and all weights, see [`fingerprint`](crate::fingerprint::fingerprint).
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        crate::fingerprint::fingerprint(self.trainer.steps(), self.trainer.network.weights())
    }

    /// Does up to `steps` training steps; stops at the first whose numbers are not finite, and goes back to the last
    /// finite weights.
    pub fn train(&mut self, steps: usize) -> LaneStatus {
        for _ in 0..steps {
            if self.diverged.is_some() {
                break;
            }
            if let Err(quantity) = self.step() {
                self.diverged = Some(Divergence { step: self.figures.step + 1, quantity: quantity.to_owned() });
                // The weights that gave this loss are finite but what they compute is not: one update further back
                // there is something to show. A refused update has been taken back already.
                if quantity != "weights" {
                    self.trainer.rewind();
                    self.figures.step = self.figures.step.saturating_sub(1);
                }
            }
        }
        self.status()
    }

    /// Chooses the held-out example that is shown, modulo their number.
    pub fn select_example(&mut self, index: usize) {
        self.snapshot.example = index % HELD_OUT;
    }

    /// Whether frames carry the channels of the microscope ([`Role::Microscope`]), which cost several times what the others
    /// do; at first they do not.
    ///
    /// [`Role::Microscope`]: crate::frame::Role::Microscope
    pub fn watch(&mut self, watched: bool) {
        self.snapshot.watched = watched;
    }

    /// What is done to the network before it is shown, from the next frame on; the trained weights stay as they are.
    /// `None` shows it as trained.
    pub fn set_intervention(&mut self, intervention: Option<Intervention>) {
        self.snapshot.intervention = intervention;
    }

    /// Parts of the intervention that the last frame's network had no place for; all others were carried out.
    #[must_use]
    pub fn dropped(&self) -> &[Dropped] {
        &self.snapshot.dropped
    }

    /// log10 ‖∂L/∂h_t‖ of the last frame's example without the intervention; empty when there was none.
    #[must_use]
    pub fn gradient_before(&self) -> &[f32] {
        &self.snapshot.before
    }

    /// Runs the shown example forward and backward in f64 and packs everything into `frame`.
    ///
    /// # Errors
    /// When `frame` does not have the layout's length.
    pub fn copy_frame_into(&mut self, frame: &mut [f32]) -> Result<(), Error> {
        let (example, examples) = (self.snapshot.example, self.other.as_ref().unwrap_or(&self.held_out));
        let run = Run {
            weights: self.trainer.network.weights(),
            figures: &self.figures,
            norms: self.trainer.parameter_norms(),
        };
        self.snapshot.pack(run, examples.tokens(example), examples.classes[example], frame)
    }

    /// Shows examples of this many timesteps (clamped as the experiment's own), with the weights there are; training keeps
    /// its length. The layout of the frames is another then ([`info`](Self::info)), and what is being read on demand is
    /// cancelled. `None` shows the trained length again.
    ///
    /// # Errors
    /// Never in practice: only when the network cannot be looked at.
    pub fn show_length(&mut self, length: Option<f64>) -> Result<(), Error> {
        let asked = LaneExperiment { length: length.unwrap_or(self.experiment.length), ..self.experiment.clone() };
        let (experiment, _) = catalog::effective(&asked);
        let task = make_task(&experiment);
        self.other = (task.steps() != self.held_out.steps)
            .then(|| Examples::held_out(task.as_ref(), self.experiment.seed as u32));
        self.snapshot.set_steps(&self.trainer.network, task.steps())?;
        self.jobs = Jobs::default();
        Ok(())
    }

    /// The example as the last frame shows it: microscope, shown layer, training step; and its class.
    pub(crate) fn shown(&mut self) -> Result<(&Microscope, usize, usize, u32), Error> {
        let (example, examples) = (self.snapshot.example, self.other.as_ref().unwrap_or(&self.held_out));
        let class = examples.classes[example];
        let weights = self.trainer.network.weights();
        let (microscope, layer, step) =
            self.snapshot.shown(weights, examples.tokens(example), class, self.figures.step)?;
        Ok((microscope, layer, step, class))
    }

    /// The shown example under the microscope, and the shown layer.
    pub(crate) fn looked(&mut self) -> Result<(&Microscope, usize), Error> {
        let (example, examples) = (self.snapshot.example, self.other.as_ref().unwrap_or(&self.held_out));
        let class = examples.classes[example];
        self.snapshot.look(self.trainer.network.weights(), examples.tokens(example), class)
    }

    /// One training step on a fresh batch; names what was not finite. The weights are touched only if all is well.
    fn step(&mut self) -> Result<(), &'static str> {
        let batch = self.batch.classes.len();
        for b in 0..batch {
            self.batch.classes[b] = self.task.sample(Part::Training, &mut self.training, &mut self.sequence);
            for (t, &token) in self.sequence.iter().enumerate() {
                self.batch.tokens[t * batch + b] = token;
            }
        }
        let input = Input::OneHot(&self.batch.tokens);
        let targets = Targets::Classes(&self.batch.classes);
        let outcome = self.trainer.step(input, targets, &mut self.tape).map_err(|refused| refused.quantity);
        if outcome != Err("loss") {
            self.records.tell_norms(self.figures.step + 1, self.trainer.parameter_norms());
        }
        let report = outcome?;
        let accuracy = right(self.tape.output.as_slice(), &self.batch.classes) as f64 / batch as f64;
        self.figures = Figures {
            step: report.step,
            loss: report.loss,
            accuracy,
            gradient_norm: report.gradient_norm,
            clipped_norm: report.clipped_norm,
            ..self.figures
        };
        let evaluates = self.figures.step.is_multiple_of(EVALUATE_EVERY);
        if evaluates {
            self.evaluate();
        }
        self.records.tell(&self.figures, evaluates);
        Ok(())
    }
}

/// Index of the largest entry; the first of equals.
pub(crate) fn largest<T: PartialOrd + Copy>(values: &[T]) -> usize {
    (1..values.len()).fold(0, |best, index| if values[index] > values[best] { index } else { best })
}
