//! What a frame holds and how it is filled: the only place that knows both the microscope and the frame.

use crate::clipping::ParameterNorm;
use crate::error::{Error, ShapeError};
use crate::frame::{Channel, ChannelKind, FrameLayout, Role};
use crate::loss::{Targets, softmax};
use crate::microscope::{Dropped, Intervention, Live, LiveOptions, Microscope, State};
use crate::network::Network;
use crate::quantities::{self, Reading};
use crate::recurrent::Input;
use crate::session::{Figures, largest};

/// Entries of the channel `scalars`, in order.
const SCALARS: [&str; 12] = [
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
    "deadUnits",
];

/// Makes frames of one example.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Which held-out example is shown.
    pub example: usize,
    /// What is done to the network before it is shown.
    pub intervention: Option<Intervention>,
    /// Whether the channels of the microscope are filled.
    pub watched: bool,
    /// Of the last frame: parts of the intervention that the network has no place for.
    pub dropped: Vec<Dropped>,
    /// Of the last frame: log10 ‖∂L/∂h_t‖ of every t without the intervention; empty when there is none.
    pub before: Vec<f32>,
    /// Training step of what is under the microscope if that is what the last frame shows.
    shown_step: Option<usize>,
    microscope: Microscope,
    layout: FrameLayout,
    /// Where the numbers of each channel come from.
    contents: Vec<Content>,
    shown_layer: usize,
    /// Made when first asked for.
    live: Option<Live>,
}

/// Where the numbers of a channel come from.
#[derive(Debug, Clone, Copy)]
enum Content {
    Forward(usize),
    Gradient(State),
    GradientNorm(State),
    KeptSplit,
    Live(Reading),
    Tokens,
    Probabilities,
    Scalars,
    ParameterNorms,
}

/// Unit-wise gradient, its norm per timestep, and the state's letter.
const STATES: [(&str, &str, &str, State); 2] = [
    ("hiddenGradient", "hiddenGradientLog10", "∂L/∂h", State::Hidden),
    ("cellGradient", "cellGradientLog10", "∂L/∂c", State::Cell),
];

/// The layout of frames of this network over `steps` timesteps, and what its channels hold; the last layer is shown.
fn lay_out(network: &Network<f32>, steps: usize) -> (FrameLayout, Vec<Content>) {
    let config = network.config();
    let hidden = config.hidden;
    let mut channels: Vec<Channel> = Vec::new();
    let mut contents = Vec::new();
    let mut floats = 0;
    let mut add = |name: &str, kind, symbol: &str, [rows, cols]: [usize; 2], role, content| {
        let (name, symbol) = (name.to_owned(), symbol.to_owned());
        channels.push(Channel { name, kind, symbol, rows, cols, offset: floats, role });
        contents.push(content);
        floats += rows * cols;
    };
    for (index, channel) in config.cell.channels().iter().enumerate() {
        add(channel.name, channel.kind, channel.symbol, [steps, hidden], Role::Forward, Content::Forward(index));
    }
    let states = &STATES[..1 + usize::from(config.cell.has_cell_state())];
    for &(name, _, symbol, state) in states {
        add(name, ChannelKind::Gradient, symbol, [steps, hidden], Role::Backward, Content::Gradient(state));
    }
    for &(_, name, symbol, state) in states {
        add(name, ChannelKind::Log10Series, symbol, [steps, 1], Role::Backward, Content::GradientNorm(state));
    }
    if config.cell.keep_and_admit_gates().is_some() {
        add("keptSplit", ChannelKind::Split, "⊕", [steps, 2], Role::Backward, Content::KeptSplit);
    }
    for series in quantities::series(config.cell) {
        let content = Content::Live(series.reading);
        add(&series.name, series.kind, &series.symbol, [steps, 1], Role::Microscope, content);
    }
    let parameters: Vec<String> = network.parameters().specs().iter().map(|spec| spec.name.clone()).collect();
    add("tokens", ChannelKind::Tokens, "x", [steps, 1], Role::Meta, Content::Tokens);
    add("probabilities", ChannelKind::Distribution, "p", [1, config.output], Role::Meta, Content::Probabilities);
    add("scalars", ChannelKind::Scalars, "", [1, SCALARS.len()], Role::Meta, Content::Scalars);
    let norms = [parameters.len(), 2];
    add("parameterNorms", ChannelKind::ParameterNorms, "‖∂L/∂W‖", norms, Role::Meta, Content::ParameterNorms);
    let layout = FrameLayout {
        floats,
        steps,
        hidden_size: hidden,
        cell: config.cell.name().to_owned(),
        channels,
        scalars: SCALARS.map(str::to_owned).to_vec(),
        quantities: quantities::quantities(config.cell),
        parameters,
    };
    (layout, contents)
}

/// What a frame tells of the run, beside the example.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run<'a> {
    pub weights: &'a [f32],
    pub figures: &'a Figures,
    pub norms: &'a [ParameterNorm],
}

impl Snapshot {
    pub(crate) fn new(network: &Network<f32>, steps: usize) -> Result<Self, Error> {
        let (layout, contents) = lay_out(network, steps);
        let shown_layer = network.config().layers - 1;
        Ok(Self {
            example: 0,
            intervention: None,
            watched: false,
            dropped: Vec::new(),
            before: Vec::new(),
            shown_step: None,
            microscope: Microscope::new(network.config().clone(), steps)?,
            layout,
            contents,
            shown_layer,
            live: None,
        })
    }

    /// Looks at sequences of another length from now on.
    pub(crate) fn set_steps(&mut self, network: &Network<f32>, steps: usize) -> Result<(), Error> {
        let Self { example, watched, .. } = *self;
        let intervention = self.intervention.take();
        *self = Self { example, watched, intervention, ..Self::new(network, steps)? };
        Ok(())
    }

    pub(crate) fn layout(&self) -> &FrameLayout {
        &self.layout
    }

    /// Fills `frame`, whatever it held before.
    pub(crate) fn pack(&mut self, run: Run<'_>, tokens: &[u32], class: u32, frame: &mut [f32]) -> Result<(), Error> {
        if frame.len() != self.layout.floats {
            let (expected, got) = ([1, self.layout.floats], [1, frame.len()]);
            return Err(ShapeError { what: "frame", expected, got }.into());
        }
        let Run { weights, figures, norms } = run;
        let (input, target) = (Input::OneHot(tokens), Targets::Classes(std::slice::from_ref(&class)));
        self.look_as_shown(weights, input, target)?;
        self.shown_step = Some(figures.step);
        let layer = self.shown_layer;
        let live = self.watched.then(|| {
            let options = LiveOptions { layer, ..LiveOptions::default() };
            let live = self.live.get_or_insert_with(|| Live::new(&self.microscope, options));
            live.update(&self.microscope);
            &*live
        });
        let mut probabilities = self.microscope.output().as_slice().to_vec();
        let prediction = largest(&probabilities);
        softmax(&mut probabilities);
        let forward = self.microscope.cell().channels();
        for (channel, content) in self.layout.channels.iter().zip(&self.contents) {
            let target = frame[channel.offset..channel.offset + channel.rows * channel.cols].iter_mut();
            match *content {
                Content::Forward(index) => fill(target, self.microscope.forward_values(layer, &forward[index])),
                Content::Gradient(state) => fill(target, self.microscope.gradient_log10(layer, state)),
                Content::GradientNorm(state) => fill(target, self.microscope.gradient_norm_log10(layer, state)),
                Content::KeptSplit => fill(target, self.microscope.kept_split_log10(layer)),
                Content::Live(reading) => {
                    fill(target, (0..channel.rows).map(|t| live.map_or(f64::NAN, |live| reading.at(live, t))));
                }
                Content::Tokens => fill(target, tokens.iter().map(|token| f64::from(*token))),
                Content::Probabilities => fill(target, probabilities.iter().copied()),
                Content::ParameterNorms => fill(target, norms.iter().flat_map(|norm| [norm.before, norm.after])),
                Content::Scalars => fill(
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
                        self.microscope.dead_units(layer).map_or(f64::NAN, |dead| dead.count() as f64),
                    ],
                ),
            }
        }
        Ok(())
    }
}

impl Snapshot {
    fn look_as_shown(&mut self, weights: &[f32], input: Input<'_, f64>, target: Targets<'_, f64>) -> Result<(), Error> {
        self.shown_step = None;
        self.microscope.look(weights, input, target)?;
        self.dropped.clear();
        self.before.clear();
        if let Some(intervention) = &self.intervention {
            let norms = self.microscope.gradient_norm_log10(self.shown_layer, State::Hidden);
            self.before.extend(norms.map(|value| value as f32));
            self.dropped = self.microscope.look_with(weights, input, target, intervention)?;
        }
        Ok(())
    }

    /// The example as the last frame shows it, surgery included, the layer that is shown, and the training step. Looks again only
    /// if something else was looked at in between.
    pub(crate) fn shown(
        &mut self,
        weights: &[f32],
        tokens: &[u32],
        class: u32,
        step: usize,
    ) -> Result<(&Microscope, usize, usize), Error> {
        let shown = match self.shown_step {
            Some(shown) => shown,
            None => {
                self.look_as_shown(weights, Input::OneHot(tokens), Targets::Classes(&[class]))?;
                self.shown_step = Some(step);
                step
            }
        };
        Ok((&self.microscope, self.shown_layer, shown))
    }

    /// Runs the example under the microscope, for what is read on demand; also the layer that is shown.
    pub(crate) fn look(&mut self, weights: &[f32], tokens: &[u32], class: u32) -> Result<(&Microscope, usize), Error> {
        self.shown_step = None;
        self.microscope.look(weights, Input::OneHot(tokens), Targets::Classes(&[class]))?;
        Ok((&self.microscope, self.shown_layer))
    }
}

fn fill<'a>(target: impl Iterator<Item = &'a mut f32>, values: impl IntoIterator<Item = f64>) {
    for (target, value) in target.zip(values) {
        *target = value as f32;
    }
}
