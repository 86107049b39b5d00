//! Every fixture of PyTorch that applies: forward pass, gradients, adjoints at every timestep, losses, optimisers.

mod cells;
mod dynamics;
mod losses;
mod microscope;
mod optimisers;

use gatescope_tests::fixture::{FIELDS_NOT_YET, Fixture, NOT_YET, names};

/// What a precision has to reach.
#[derive(Clone, Copy)]
struct Limits {
    precision: &'static str,
    states: f64,
    gradients: f64,
}

const DOUBLE: Limits = Limits { precision: "f64", states: 1e-10, gradients: 1e-10 };
const SINGLE: Limits = Limits { precision: "f32", states: 2e-6, gradients: 1e-5 };
#[test]
fn every_fixture_is_compared_or_listed_as_not_yet_applicable() {
    let all = names("");
    for listed in NOT_YET {
        assert!(all.iter().any(|name| name == listed), "{listed} is listed but does not exist");
    }
    for name in all.iter().filter(|name| !NOT_YET.contains(&name.as_str())) {
        let folder = name.split_once('/').map_or("", |(folder, _)| folder);
        // `initialisers`, `models` and `sequences` are compared by tests of their own, the rest below, folder by folder.
        let has_test = matches!(folder, "cells" | "dynamics" | "models" | "optim" | "sequences")
            || name == "losses"
            || name == "initialisers";
        assert!(has_test, "{name} is compared by no test and not listed");
    }
    for (file, part) in FIELDS_NOT_YET {
        let exists = names(file).iter().any(|name| Fixture::load(name).mentions(part));
        assert!(exists, "no fixture {file}* has a field {part}");
    }
}
