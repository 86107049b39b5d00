//! A lane goes back: its whole state as bytes, and from bytes.

use super::{Divergence, Figures, Session};
use crate::checkpoint::{CheckpointError, Reader, Writer, fingerprint};
use crate::error::Error;
use crate::rng::Rng;
use crate::trainer::TrainerState;

/// Quantities that can end a run, by their number in a checkpoint less one.
const QUANTITIES: [&str; 3] = ["loss", "gradientNorm", "weights"];

/// Bytes before the vectors.
const HEADER: usize = 4 + 4 + 8 + 4 + 4 + 8 + 2 * 8 + 4 * 8 + 8 * 8 + 2 * 8;

impl Figures {
    /// Everything but the step.
    fn values(&self) -> [f64; 7] {
        let Self {
            loss, accuracy, held_out_loss, held_out_accuracy, held_out_step, gradient_norm, clipped_norm, ..
        } = *self;
        [loss, accuracy, held_out_loss, held_out_accuracy, held_out_step, gradient_norm, clipped_norm]
    }

    fn of(step: usize, values: [f64; 7]) -> Self {
        let [loss, accuracy, held_out_loss, held_out_accuracy, held_out_step, gradient_norm, clipped_norm] = values;
        Self { step, loss, accuracy, held_out_loss, held_out_accuracy, held_out_step, gradient_norm, clipped_norm }
    }
}

impl Session {
    /// The lane as it is now: weights, moments of the optimiser, position in the training data, figures. The shown example
    /// and surgery, which training does not depend on, are not in it.
    ///
    /// At most `192 + 16·P + 16·N` bytes, P the number of trainable scalars ([`LaneInfo::parameters`](super::LaneInfo)), N that of
    /// the parameters they lie in.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut writer = Writer::new(
            HEADER + 5 * 8 + 16 * self.network().weights().len() + 8 * self.trainer.parameter_norms().len(),
        );
        writer.u64(fingerprint(self.network().parameters()));
        writer.u32(self.trainer.optimizer_code());
        let (cause, at) = self.diverged.as_ref().map_or((0, 0), |Divergence { step, quantity }| {
            let known = QUANTITIES.iter().position(|name| name == quantity);
            (known.map_or(0, |index| index as u32 + 1), *step as u64)
        });
        writer.u32(cause);
        writer.u64(at);
        self.trainer.write_counts(&mut writer);
        self.training.state().into_iter().for_each(|word| writer.u64(word));
        writer.u64(self.figures.step as u64);
        self.figures.values().into_iter().for_each(|value| writer.f64(value));
        self.trainer.write(&mut writer);
        writer.finish()
    }

    /// Brings a saved lane back: what it is trained after that is bit for bit what the saved one would have become, if the
    /// experiment is the same. A lane with another learning rate, clipping or batch goes on from there in its own way; one
    /// with another optimiser begins with that optimiser's first step. Returns whether the optimiser goes on, too.
    ///
    /// # Errors
    /// When the bytes are no checkpoint, are damaged, of another version or of another network. The lane is then unchanged.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<bool, Error> {
        let mut reader = Reader::new(bytes)?;
        let (print, code) = (reader.u64()?, reader.u32()?);
        let (cause, at) = (reader.u32()? as usize, reader.count()?);
        let counts = TrainerState::read_counts(&mut reader)?;
        let mut state = [0; 4];
        for word in &mut state {
            *word = reader.u64()?;
        }
        let training = Rng::at(state).ok_or(CheckpointError::Malformed("its random stream stands still"))?;
        let step = reader.count()?;
        let mut values = [0.0; 7];
        for value in &mut values {
            *value = reader.f64()?;
        }
        let parameters = self.network().weights().len();
        let sizes = [parameters, self.trainer.parameter_norms().len()];
        let trainer = TrainerState::read(counts, code, sizes, &mut reader)?;
        reader.finish()?;
        if print != fingerprint(self.network().parameters()) {
            return Err(CheckpointError::OtherParameters.into());
        }
        if cause > QUANTITIES.len() {
            return Err(CheckpointError::Malformed("it names an unknown cause of divergence").into());
        }
        let cause = cause.checked_sub(1).map(|index| QUANTITIES[index].to_owned());
        self.diverged = cause.map(|quantity| Divergence { step: at, quantity });
        self.training = training;
        self.figures = Figures::of(step, values);
        self.records.clear();
        Ok(self.trainer.restore(trainer))
    }
}
