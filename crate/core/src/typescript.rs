//! TypeScript declarations of the types that cross into JavaScript, made from the Rust types themselves.

use crate::{catalog, cell, experiment, frame, inspection, microscope, session};
use ts_rs::{Config, TS};

/// All declarations as one file.
#[must_use]
pub fn typescript() -> String {
    let config = Config::default();
    macro_rules! declare {
        ($($name:ty),+ $(,)?) => {
            [$(<$name>::decl(&config)),+]
        };
    }
    let declarations = declare![
        experiment::TaskChoice,
        experiment::LanguageChoice,
        experiment::CellChoice,
        experiment::NonlinearityChoice,
        experiment::InitChoice,
        experiment::OptimizerChoice,
        experiment::ChronoChoice,
        experiment::ForgetBiasChoice,
        experiment::LaneExperiment,
        experiment::Notice,
        experiment::Reason,
        frame::ChannelKind,
        frame::Role,
        frame::Channel,
        frame::Axis,
        frame::Quantity,
        frame::FrameLayout,
        cell::Operation,
        cell::Node,
        cell::Diagram,
        session::LaneInfo,
        session::LaneStatus,
        session::Divergence,
        inspection::Recurrence,
        inspection::RecurrentBlock,
        inspection::WeightHistogram,
        catalog::Catalog,
        catalog::Field,
        catalog::FieldKind,
        catalog::Scale,
        microscope::Intervention,
        microscope::Clamp,
        microscope::ClampTo,
        microscope::Injection,
        microscope::State,
    ];
    declarations.map(|declaration| format!("export {declaration}\n")).concat()
}
