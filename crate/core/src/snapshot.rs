//! What a frame holds and how it is filled: the only place that knows both the microscope and the frame.

use crate::error::{Error, ShapeError};
use crate::frame::{Channel, ChannelKind, FrameLayout, Role};
use crate::loss::{Targets, softmax};
use crate::microscope::{Dropped, Intervention, Microscope, State};
use crate::network::NetworkConfig;
use crate::recurrent::Input;
use crate::session::{Figures, largest};

/// Entries of the channel `scalars`, in order.
const SCALARS: [&str; 11] = [
    "step",
    "loss",
    "accuracy",
    "heldOutLoss",
    "heldOutAccuracy",
    "heldOutStep",
    "gradientNorm",
    "clippedNorm",
    "exampleLoss",
    "exampleTarget",
    "examplePrediction",
];

/// Makes frames of one example.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Which held-out example is shown.
    pub example: usize,
    /// What is done to the network before it is shown.
    pub intervention: Option<Intervention>,
    /// Of the last frame: parts of the intervention that the network has no place for.
    pub dropped: Vec<Dropped>,
    /// Of the last frame: log10 ‖∂L/∂h_t‖ of every t without the intervention; empty when there is none.
    pub before: Vec<f32>,
    microscope: Microscope,
    layout: FrameLayout,
    shown_layer: usize,
}

/// The layout of frames of a network of this shape over `steps` timesteps; the last layer is shown.
pub(crate) fn layout(config: &NetworkConfig, steps: usize) -> FrameLayout {
    let hidden = config.hidden;
    let mut channels: Vec<Channel> = Vec::new();
    let mut floats = 0;
    let mut add = |channel: Channel| {
        floats = channel.offset + channel.rows * channel.cols;
        channels.push(channel);
        floats
    };
    let mut offset = 0;
    for channel in config.cell.channels() {
        offset = add(channel.place(steps, hidden, offset));
    }
    let states: &[(&str, &str, &str)] = if config.cell.has_cell_state() { &STATES } else { &STATES[..1] };
    for &(name, _, symbol) in states {
        offset = add(channel(name, ChannelKind::Gradient, symbol, [steps, hidden], offset, Role::Backward));
    }
    for &(_, name, symbol) in states {
        offset = add(channel(name, ChannelKind::Log10Series, symbol, [steps, 1], offset, Role::Backward));
    }
    offset = add(channel("tokens", ChannelKind::Tokens, "x", [steps, 1], offset, Role::Meta));
    offset = add(channel("probabilities", ChannelKind::Distribution, "p", [1, config.output], offset, Role::Meta));
    add(channel("scalars", ChannelKind::Scalars, "", [1, SCALARS.len()], offset, Role::Meta));
    FrameLayout {
        floats,
        steps,
        hidden_size: hidden,
        cell: config.cell.name().to_owned(),
        channels,
        scalars: SCALARS.map(str::to_owned).to_vec(),
    }
}

/// Unit-wise gradient, its norm per timestep, and the state's letter.
const STATES: [(&str, &str, &str); 2] =
    [("hiddenGradient", "hiddenGradientLog10", "∂L/∂h"), ("cellGradient", "cellGradientLog10", "∂L/∂c")];

fn channel(
    name: &str,
    kind: ChannelKind,
    symbol: &str,
    [rows, cols]: [usize; 2],
    offset: usize,
    role: Role,
) -> Channel {
    Channel { name: name.to_owned(), kind, symbol: symbol.to_owned(), rows, cols, offset, role }
}

impl Snapshot {
    pub(crate) fn new(config: NetworkConfig, steps: usize) -> Result<Self, Error> {
        let (layout, shown_layer) = (layout(&config, steps), config.layers - 1);
        let microscope = Microscope::new(config, steps)?;
        let (intervention, dropped, before) = (None, Vec::new(), Vec::new());
        Ok(Self { example: 0, intervention, dropped, before, microscope, layout, shown_layer })
    }

    /// Fills `frame`, whatever it held before.
    pub(crate) fn pack(
        &mut self,
        weights: &[f32],
        tokens: &[u32],
        class: u32,
        figures: &Figures,
        frame: &mut [f32],
    ) -> Result<(), Error> {
        if frame.len() != self.layout.floats {
            let (expected, got) = ([1, self.layout.floats], [1, frame.len()]);
            return Err(ShapeError { what: "frame", expected, got }.into());
        }
        let (input, target) = (Input::OneHot(tokens), Targets::Classes(std::slice::from_ref(&class)));
        self.microscope.look(weights, input, target)?;
        self.dropped.clear();
        self.before.clear();
        if let Some(intervention) = &self.intervention {
            let norms = self.microscope.gradient_norm_log10(self.shown_layer, State::Hidden);
            self.before.extend(norms.map(|value| value as f32));
            self.dropped = self.microscope.look_with(weights, input, target, intervention)?;
        }
        let mut probabilities = self.microscope.output().as_slice().to_vec();
        let prediction = largest(&probabilities);
        softmax(&mut probabilities);
        let forward = self.microscope.cell().channels();
        for (index, channel) in self.layout.channels.iter().enumerate() {
            let target = frame[channel.offset..channel.offset + channel.rows * channel.cols].iter_mut();
            let state = if channel.name.starts_with("cell") { State::Cell } else { State::Hidden };
            let layer = self.shown_layer;
            match channel.kind {
                ChannelKind::Gate | ChannelKind::Signed | ChannelKind::State => {
                    fill(target, self.microscope.forward_values(layer, &forward[index]));
                }
                ChannelKind::Gradient => fill(target, self.microscope.gradient_log10(layer, state)),
                ChannelKind::Log10Series => fill(target, self.microscope.gradient_norm_log10(layer, state)),
                ChannelKind::Tokens => fill(target, tokens.iter().map(|token| f64::from(*token))),
                ChannelKind::Distribution => fill(target, probabilities.iter().copied()),
                ChannelKind::Scalars => fill(
                    target,
                    [
                        figures.step as f64,
                        figures.loss,
                        figures.accuracy,
                        figures.held_out_loss,
                        figures.held_out_accuracy,
                        figures.held_out_step,
                        figures.gradient_norm,
                        figures.clipped_norm,
                        self.microscope.loss(),
                        f64::from(class),
                        prediction as f64,
                    ],
                ),
            }
        }
        Ok(())
    }
}

impl Snapshot {
    /// Runs the example under the microscope, for what is read on demand; also the layer that is shown.
    pub(crate) fn look(&mut self, weights: &[f32], tokens: &[u32], class: u32) -> Result<(&Microscope, usize), Error> {
        self.microscope.look(weights, Input::OneHot(tokens), Targets::Classes(&[class]))?;
        Ok((&self.microscope, self.shown_layer))
    }
}

fn fill<'a>(target: impl Iterator<Item = &'a mut f32>, values: impl IntoIterator<Item = f64>) {
    for (target, value) in target.zip(values) {
        *target = value as f32;
    }
}
