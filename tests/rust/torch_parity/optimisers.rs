//! Optimisers, clipping, and ten steps of training.

use gatescope::loss::{Loss, Targets};
use gatescope::network::Network;
use gatescope::optim::{Clip, Optimizer, OptimizerKind};
use gatescope::real::Real;
use gatescope::recurrent::Input;
use gatescope::vector::norm;
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::{Fixture, Tensor};
use gatescope_tests::reference::{cast, short, time_major, widen, write_parameters};

/// The optimiser of a fixture, with its hyperparameters, and its learning rate. What PyTorch's defaults are, the core's
/// defaults must be.
fn optimiser(fixture: &Fixture, name: &str) -> (OptimizerKind, f64) {
    let given = |field: &str| fixture.find(&format!("hyper/{name}/{field}")).map(Tensor::scalar);
    let decay = given("weight_decay");
    let kind = match name {
        "sgd" | "sgd_momentum" | "sgd_nesterov" | "sgd_weight_decay" => OptimizerKind::Sgd {
            momentum: given("momentum").unwrap_or(0.0),
            nesterov: name == "sgd_nesterov",
            weight_decay: decay.unwrap_or(0.0),
        },
        "rmsprop" => OptimizerKind::RmsProp {
            alpha: given("alpha").expect("α"),
            epsilon: given("eps").expect("ε"),
            weight_decay: decay.unwrap_or(0.0),
        },
        "adam" | "adam_l2" | "adamw" => OptimizerKind::Adam {
            beta1: given("beta1").expect("β₁"),
            beta2: given("beta2").expect("β₂"),
            epsilon: given("eps").expect("ε"),
            weight_decay: decay.unwrap_or(0.0),
            decoupled: name == "adamw",
        },
        other => panic!("no check for the optimiser {other}"),
    };
    match name {
        "sgd" => assert_eq!(kind, OptimizerKind::sgd()),
        "rmsprop" => assert_eq!(kind, OptimizerKind::rmsprop()),
        "adam" => assert_eq!(kind, OptimizerKind::adam()),
        _ => {}
    }
    (kind, given("lr").expect("a learning rate"))
}

#[test]
fn optimisers_and_clipping_match_pytorch_in_both_precisions() {
    let fixture = Fixture::load("optim/raw");
    compare_optimisers::<f64>(&fixture, "float64", 1e-10);
    compare_optimisers::<f32>(&fixture, "float32", 2e-6);
    fixture.assert_all_compared();
}

fn compare_optimisers<R: Real>(fixture: &Fixture, precision: &str, limit: f64) {
    let mut tally = Tally::new(format!("{} {precision}", fixture.name()));
    let gradients = cast::<R>(&fixture.get("grads").data);
    let names = fixture.below("trajectories");
    assert_eq!(names.len(), 8);
    for name in names {
        let mut weights = cast::<R>(&fixture.get("p0").data);
        let size = weights.len();
        let (kind, rate) = optimiser(fixture, name);
        let mut optimizer = Optimizer::new(kind, rate, size);
        let field = format!("trajectories/{name}/{precision}");
        let trajectory = &fixture.get(&field).data;
        for (step, (gradients, expected)) in gradients.chunks(size).zip(trajectory.chunks(size)).enumerate() {
            assert!(optimizer.step(&mut weights, gradients));
            let field = format!("{field}, step {}", step + 1);
            // Momentum carries a parameter to 23, where an f32 is itself no finer than the limit.
            tally.compare("parameters", &field, widen(&weights), expected, Tolerance::OfEachOrOne(limit));
        }
    }
    let mut clipped_cases = 0;
    for case in fixture.below("clip") {
        clipped_cases += 1;
        let value = |name: &str| fixture.get(&format!("clip/{case}/{name}"));
        let expected = value("clipped");
        let mut clipped = gradients[..expected.data.len()].to_vec();
        let total = norm(&clipped);
        let clip = match fixture.text(&format!("clip/{case}/kind")) {
            "norm" => {
                let expected = [value("total_norm").scalar()];
                tally.compare("norms", "total_norm", [total], &expected, Tolerance::OfEach(limit));
                Clip::Norm(value("max_norm").scalar())
            }
            "value" => Clip::Value(value("clip_value").scalar()),
            other => panic!("no check for clipping by {other}"),
        };
        let afterwards = clip.apply(&mut clipped, total);
        tally.compare("clipped", "clipped", widen(&clipped), &expected.data, Tolerance::Absolute(limit));
        tally.compare("norms", "norm afterwards", [afterwards], &[norm(&clipped)], Tolerance::OfEach(limit));
    }
    assert_eq!(clipped_cases, 4);
    tally.print();
}

#[test]
fn ten_steps_of_training_match_pytorch_in_both_precisions() {
    let fixture = Fixture::load("optim/classifier");
    let names = fixture.below("runs");
    assert_eq!(names.len(), 8);
    for name in names {
        for clip in fixture.below(&format!("runs/{name}")) {
            let run = format!("{name}/{clip}");
            train::<f64>(&fixture, &run, "float64", 1e-10);
            train::<f32>(&fixture, &run, "float32", 5e-6);
        }
    }
    fixture.assert_all_compared();
}

fn train<R: Real>(fixture: &Fixture, run: &str, precision: &str, limit: f64) {
    let mut tally = Tally::new(format!("{} {run} {precision}", fixture.name()));
    let size = |name: &str| fixture.size(&format!("meta/{name}"));
    let (name, clip) = run.split_once('/').expect("optimiser and clipping");
    let mut network = Network::<R>::new(gatescope::NetworkConfig {
        cell: gatescope_tests::reference::cell(fixture.text("meta/cell")),
        input: size("I"),
        hidden: size("H"),
        layers: 1,
        output: size("classes"),
        bidirectional: false,
        vocabulary: None,
        readout: gatescope::Readout::Last,
        loss: Loss::cross_entropy(),
    })
    .expect("the fixture's shape");
    let theirs = |name: &str| if name.starts_with("fc.") { name.to_owned() } else { format!("rnn.{}", short(name)) };
    write_parameters(&mut network, |name| fixture.get(&format!("init/{}", theirs(name))).data.clone());
    let mut tape = network.tape(size("T"), size("B"));
    let x = cast::<R>(&time_major(fixture.get("x")));
    let classes = fixture.get("target").ids();
    let (kind, rate) = optimiser(fixture, name);
    let threshold = fixture.find(&format!("meta/clip/{clip}")).map(Tensor::scalar);
    let clip = match (clip, threshold) {
        ("none", None) => Clip::None,
        ("norm", Some(threshold)) => Clip::Norm(threshold),
        ("value", Some(threshold)) => Clip::Value(threshold),
        other => panic!("no check for {other:?}"),
    };
    let mut optimizer = Optimizer::<R>::new(kind, rate, network.parameters().len());
    let path = format!("runs/{run}/{precision}");
    let (losses, norms) = (fixture.get(&format!("{path}/loss")), fixture.find(&format!("{path}/grad_norm")));
    assert_eq!(losses.data.len(), 10);
    let specs = network.parameters().specs().to_vec();
    for step in 1..=10 {
        network.forward(Input::Dense(&x), &mut tape);
        let loss = network.loss(Targets::Classes(&classes), &mut tape);
        let (field, expected) = (format!("{path}/loss, step {step}"), [losses.data[step - 1]]);
        tally.compare("loss", &field, [loss], &expected, Tolerance::OfEachOrOne(limit));
        network.backward(Input::Dense(&x), &mut tape, None);
        let total = norm(network.gradients());
        // PyTorch's norms are given in double precision only.
        let norms = norms.unwrap_or_else(|| fixture.get(&format!("runs/{run}/float64/grad_norm")));
        let field = format!("{path}/grad_norm, step {step}");
        tally.compare("norms", &field, [total], &[norms.data[step - 1]], Tolerance::OfEachOrOne(limit));
        let finite = network.update(|weights, gradients| {
            clip.apply(gradients, total);
            optimizer.step(weights, gradients)
        });
        assert!(finite);
        for spec in &specs {
            let field = format!("{path}/params/{step}/{}", theirs(&spec.name));
            let double = format!("runs/{run}/float64/params/{step}/{}", theirs(&spec.name));
            let got = spec.to_row_major(network.weights());
            match (fixture.find(&field).or_else(|| fixture.find(&double)), step) {
                (Some(expected), _) => {
                    tally.compare("parameters", &field, widen(&got), &expected.data, Tolerance::Absolute(limit));
                }
                (None, 1 | 2 | 10) => panic!("{} has no field {field}", fixture.name()),
                (None, _) => {}
            }
        }
    }
    tally.print();
}
