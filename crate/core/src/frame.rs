//! One snapshot of a lane as a single float buffer, and the layout that says where everything lies.
//!
//! Whoever draws reads the layout and never assumes a cell: a cell with other gates needs no other reader.

use serde::Serialize;

/// How the numbers of a channel are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum ChannelKind {
    /// `[T, H]` in [0, 1].
    Gate,
    /// `[T, H]` in [−1, 1].
    Signed,
    /// `[T, H]`, signed, unbounded.
    State,
    /// `[T, H]`, log10 |∂L/∂·| of each unit; −∞ is an exact zero.
    Gradient,
    /// `[T]`, log10 of a quantity ≥ 0 of the shown example; −∞ is an exact zero.
    Log10Series,
    /// `[T]` in [0, 1].
    ShareSeries,
    /// `[T]` in [−1, 1].
    CosineSeries,
    /// `[T, 2]`, log10 of the norms of the two parts of a gradient: along the path on which the state is kept, and the rest;
    /// −∞ is an exact zero.
    Split,
    /// `[T]`, token ids.
    Tokens,
    /// `[1, O]`, probabilities of the classes at the last timestep.
    Distribution,
    /// `[1, n]`, named in [`FrameLayout::scalars`].
    Scalars,
    /// `[P, 2]`, norm of the gradient of each of [`FrameLayout::parameters`] in the last training step, before and after
    /// clipping; NaN before the first step.
    ParameterNorms,
}

/// Which pass a channel belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Forward pass.
    Forward,
    /// Backward pass.
    Backward,
    /// Neither: inputs, outputs and figures of the run.
    Meta,
    /// Filled only while it is asked for, else NaN.
    Microscope,
}

/// One quantity in a frame: value (row t, column unit) lies at `offset + t·cols + unit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// Name, as in the public trace.
    pub name: String,
    /// How to read the numbers.
    pub kind: ChannelKind,
    /// Its letter in formulas.
    pub symbol: String,
    /// Rows: timesteps, or 1.
    pub rows: usize,
    /// Columns: units, classes, or 1.
    pub cols: usize,
    /// First float.
    pub offset: usize,
    /// Which pass it belongs to.
    pub role: Role,
}

/// The axis on which a quantity is drawn: the same for every cell and every frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Axis {
    /// Logarithmic, for what spans many decades.
    Magnitude,
    /// Logarithmic, a few decades about 1.
    Factor,
    /// Linear, 0 to 1.
    Share,
}

/// Something that can be looked at along t.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Quantity {
    /// Its name.
    pub name: String,
    /// How it is drawn.
    pub axis: Axis,
    /// Channels `[T]`, the one that counts first.
    pub series: Vec<String>,
    /// Channel `[T]` of the cosine between each timestep's term and the sum of all, where the series is the norm of terms.
    pub cosine: Option<String>,
    /// Whether its channels are filled only while asked for.
    pub live: bool,
}

/// Where everything lies in a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct FrameLayout {
    /// Length of a frame in floats.
    pub floats: usize,
    /// T.
    pub steps: usize,
    /// H.
    pub hidden_size: usize,
    /// Name of the cell.
    pub cell: String,
    /// The channels, in the order in which they are shown.
    pub channels: Vec<Channel>,
    /// Names of the entries of the channel `scalars`.
    pub scalars: Vec<String>,
    /// What can be looked at along t, the first of them always.
    pub quantities: Vec<Quantity>,
    /// Names of the rows of the channel `parameterNorms`.
    pub parameters: Vec<String>,
}

impl FrameLayout {
    /// The channel of this name.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == name)
    }

    /// The part of `frame` that a channel occupies; empty when this cell has no such channel.
    #[must_use]
    pub fn slice<'a>(&self, frame: &'a [f32], name: &str) -> &'a [f32] {
        self.channel(name).map_or(&[], |c| &frame[c.offset..c.offset + c.rows * c.cols])
    }

    /// The entry of the channel `scalars` of this name.
    #[must_use]
    pub fn scalar(&self, frame: &[f32], name: &str) -> Option<f32> {
        let index = self.scalars.iter().position(|scalar| scalar == name)?;
        self.slice(frame, "scalars").get(index).copied()
    }
}
