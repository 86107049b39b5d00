//! The forward pass with gates that are held: timestep by timestep, one example, in f64.

use super::Microscope;
use crate::cell::HeldStep;
use crate::network::Readout;
use nalgebra::{DMatrixView, DVector};

impl Microscope {
    /// Runs the remembered input through all layers, held gates at their values, then the readout.
    pub(super) fn forward_held(&mut self) {
        for layer in 0..self.places.len() {
            self.forward_held_layer(layer);
        }
        self.read_out();
    }

    fn forward_held_layer(&mut self, layer: usize) {
        let (hidden, steps, cell) = (self.network.config().hidden, self.steps(), self.cell());
        let rows = cell.gates() * hidden;
        let place = self.places[layer].clone();
        let merged = cell.merged_biases() * hidden;
        let mut held = vec![None; rows];
        let mut input = DVector::zeros(place.weight_ih.len() / rows);
        let reverse = self.tape.recurrent.layers[layer].reverse;
        for k in 0..steps {
            let t = if reverse { steps - 1 - k } else { k };
            self.layer_input(layer, t, input.as_mut_slice());
            for gate in self.surgery.held(layer) {
                held[gate.row] = Some(gate.value(t));
            }
            let weights = self.network.weights();
            let [weight_ih, weight_hh] = [&place.weight_ih, &place.weight_hh]
                .map(|range| DMatrixView::from_slice(&weights[range.clone()], rows, range.len() / rows));
            let (bias_ih, bias_hh) = (&weights[place.bias_ih.clone()], &weights[place.bias_hh.clone()]);
            let record = &mut self.tape.recurrent.layers[layer];
            let (before, after) = (record.before(t), record.after(t));
            let h_prev = record.h.column(before).into_owned();
            let c_prev = record.c.column(before).into_owned();
            let mut projected = weight_ih * &input;
            for (row, sum) in projected.iter_mut().enumerate() {
                *sum += bias_ih[row] + if row < merged { bias_hh[row] } else { 0.0 };
            }
            let states = record.c.nrows();
            let auxiliary = record.auxiliary.nrows();
            cell.forward_held(HeldStep {
                projected: projected.as_slice(),
                recurrent: (weight_hh * &h_prev).as_slice(),
                bias_hh,
                held: &held,
                h_prev: h_prev.as_slice(),
                c_prev: c_prev.as_slice(),
                gates: &mut record.gates.as_mut_slice()[t * rows..(t + 1) * rows],
                h: &mut record.h.as_mut_slice()[after * hidden..(after + 1) * hidden],
                c: &mut record.c.as_mut_slice()[after * states..(after + 1) * states],
                auxiliary: &mut record.auxiliary.as_mut_slice()[t * auxiliary..(t + 1) * auxiliary],
            });
        }
    }

    /// The linear readout of the states that are on the tape.
    fn read_out(&mut self) {
        let config = self.network.config();
        let (hidden, steps, size) = (config.hidden, self.steps(), config.output);
        let directions = self.network.recurrent().shape().directions();
        let first = self.places.len() - directions;
        let [weight, bias] = &self.readout;
        let weights = self.network.weights();
        let weight = DMatrixView::from_slice(&weights[weight.clone()], size, config.features());
        let readout = config.readout;
        for (column, mut output) in self.tape.output.column_iter_mut().enumerate() {
            output.copy_from_slice(&weights[bias.clone()]);
            for (direction, record) in self.tape.recurrent.layers[first..].iter().enumerate() {
                let slot = match readout {
                    Readout::Last => record.last(steps),
                    Readout::Every => record.after(column),
                };
                output += weight.columns(direction * hidden, hidden) * record.h.column(slot);
            }
        }
    }
}
