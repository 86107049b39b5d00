//! Every loss and its gradient.

use crate::{DOUBLE, Limits, SINGLE};
use gatescope::loss::{Columns, CrossEntropy, Ctc, IGNORE, Loss, Targets, greedy_decode};
use gatescope::real::Real;
use gatescope::vector::largest_magnitude;
use gatescope_tests::compare::{Tally, Tolerance};
use gatescope_tests::fixture::Fixture;
use gatescope_tests::reference::{cast, widen};

#[test]
fn losses_match_pytorch_in_both_precisions() {
    let fixture = Fixture::load("losses");
    compare_losses::<f64>(&fixture, DOUBLE);
    compare_losses::<f32>(&fixture, SINGLE);
    fixture.assert_all_compared();
}

fn compare_losses<R: Real>(fixture: &Fixture, limits: Limits) {
    let mut tally = Tally::new(format!("losses {}", limits.precision));
    let cases = fixture.below("cross_entropy");
    assert_eq!(cases.len(), 4);
    let paths = cases.iter().map(|case| format!("cross_entropy/{case}")).chain(["cross_entropy_sequence".to_owned()]);
    for path in paths {
        compare_cross_entropy::<R>(fixture, &path, limits, &mut tally);
    }
    compare_binary_cross_entropy::<R>(fixture, limits, &mut tally);
    let predicted = cast::<R>(&fixture.get("mse/pred").data);
    let values = cast::<R>(&fixture.get("mse/target").data);
    let answer = evaluate(&Loss::MeanSquaredError, &predicted, columns(4), Targets::Values(&values));
    answer.compare(fixture, "mse/mean", limits, &mut tally);
    answer.times(values.len()).compare(fixture, "mse/sum", limits, &mut tally);
    compare_ctc::<R>(fixture, limits, &mut tally);
    tally.print();
}

/// A loss and its gradient.
struct Answer<R> {
    value: f64,
    gradient: Vec<R>,
}

impl<R: Real> Answer<R> {
    /// The core has the reduction `mean` only: the sum is the mean times what it was divided by.
    fn times(&self, count: usize) -> Self {
        let factor = R::from_f64(count as f64);
        let gradient = self.gradient.iter().map(|value| *value * factor).collect();
        Self { value: self.value * count as f64, gradient }
    }

    fn compare(&self, fixture: &Fixture, path: &str, limits: Limits, tally: &mut Tally) {
        let expected = &fixture.get(&format!("{path}/value")).data;
        tally.compare("loss", path, [self.value], expected, Tolerance::OfEachOrOne(limits.gradients));
        if let Some(expected) = fixture.find(&format!("{path}/grad")) {
            let limit = Tolerance::OfLargest(limits.gradients);
            tally.compare("gradients", path, widen(&self.gradient), &expected.data, limit);
        }
    }
}

/// The reduction `none`: every part was evaluated alone. The sum under the logarithm is rounded at the magnitude of the
/// outputs, so a small loss of large outputs is only as good as they are.
fn compare_parts<R: Real>(
    outputs: &[R],
    parts: &[Answer<R>],
    fixture: &Fixture,
    path: &str,
    limits: Limits,
    tally: &mut Tally,
) {
    let values = parts.iter().map(|part| part.value);
    let limit = Tolerance::Absolute(limits.states * largest_magnitude(outputs).to_f64().max(1.0));
    tally.compare("loss alone", path, values, &fixture.get(&format!("{path}/value")).data, limit);
    let gradient = parts.iter().flat_map(|part| widen(&part.gradient));
    let expected = &fixture.get(&format!("{path}/grad")).data;
    tally.compare("gradients", path, gradient, expected, Tolerance::OfLargest(limits.gradients));
}

fn evaluate<R: Real>(loss: &Loss, outputs: &[R], columns: Columns<'_>, targets: Targets<'_, R>) -> Answer<R> {
    loss.check(targets, columns, outputs.len() / columns.size).expect("the fixture's targets");
    let mut gradient = vec![R::ZERO; outputs.len()];
    let value = loss.evaluate(outputs, columns, targets, &mut gradient, &mut Vec::new());
    Answer { value, gradient }
}

fn compare_cross_entropy<R: Real>(fixture: &Fixture, path: &str, limits: Limits, tally: &mut Tally) {
    let logits = fixture.get(&format!("{path}/logits"));
    let size = *logits.shape.last().expect("a shape");
    let outputs = cast::<R>(&logits.data);
    let classes = fixture.get(&format!("{path}/target")).ids();
    let plain = Loss::cross_entropy();
    let mean = evaluate(&plain, &outputs, columns(size), Targets::Classes(&classes));
    mean.compare(fixture, &format!("{path}/mean"), limits, tally);
    if fixture.has(&format!("{path}/sum")) {
        mean.times(classes.len()).compare(fixture, &format!("{path}/sum"), limits, tally);
    }
    if fixture.has(&format!("{path}/none")) {
        let alone = outputs.chunks(size).zip(classes.chunks(1));
        let parts = alone.map(|(column, class)| evaluate(&plain, column, columns(size), Targets::Classes(class)));
        compare_parts(&outputs, &parts.collect::<Vec<_>>(), fixture, &format!("{path}/none"), limits, tally);
    }
    if fixture.has(&format!("{path}/smooth_0_1")) {
        let loss = Loss::CrossEntropy(CrossEntropy { label_smoothing: 0.1, ..CrossEntropy::default() });
        let answer = evaluate(&loss, &outputs, columns(size), Targets::Classes(&classes));
        answer.compare(fixture, &format!("{path}/smooth_0_1"), limits, tally);
    }
    if let Some(weights) = fixture.find(&format!("{path}/class_weight")) {
        let class_weights = Some(weights.data.clone());
        let loss = Loss::CrossEntropy(CrossEntropy { class_weights, ..CrossEntropy::default() });
        let answer = evaluate(&loss, &outputs, columns(size), Targets::Classes(&classes));
        answer.compare(fixture, &format!("{path}/weighted_mean"), limits, tally);
    }
    if let Some(classes) = fixture.find(&format!("{path}/target_ignore")) {
        let classes = classes.ids();
        assert!(classes.contains(&IGNORE));
        let answer = evaluate(&plain, &outputs, columns(size), Targets::Classes(&classes));
        answer.compare(fixture, &format!("{path}/ignore_mean"), limits, tally);
    }
}

fn compare_binary_cross_entropy<R: Real>(fixture: &Fixture, limits: Limits, tally: &mut Tally) {
    let outputs = cast::<R>(&fixture.get("bce_with_logits/logits").data);
    let values = cast::<R>(&fixture.get("bce_with_logits/target").data);
    let plain = Loss::BinaryCrossEntropy { positive_weight: 1.0 };
    let answer = evaluate(&plain, &outputs, columns(1), Targets::Values(&values));
    answer.compare(fixture, "bce_with_logits/mean", limits, tally);
    let alone = outputs.chunks(1).zip(values.chunks(1));
    let parts = alone.map(|(output, value)| evaluate(&plain, output, columns(1), Targets::Values(value)));
    compare_parts(&outputs, &parts.collect::<Vec<_>>(), fixture, "bce_with_logits/none", limits, tally);
    let positive_weight = fixture.get("bce_with_logits/pos_weight").scalar();
    let loss = Loss::BinaryCrossEntropy { positive_weight };
    let answer = evaluate(&loss, &outputs, columns(1), Targets::Values(&values));
    answer.compare(fixture, "bce_with_logits/pos_weight_mean", limits, tally);
}

/// CTC of one sequence with PyTorch's reduction `sum`: the core's mean divides by the number of labels, at least 1.
fn ctc_alone<R: Real>(ctc: Ctc, outputs: &[R], size: usize, labels: &[u32]) -> Answer<R> {
    let targets = Targets::Labels { labels, lengths: &[labels.len()] };
    evaluate(&Loss::Ctc(ctc), outputs, columns(size), targets).times(labels.len().max(1))
}

fn compare_ctc<R: Real>(fixture: &Fixture, limits: Limits, tally: &mut Tally) {
    let cases = fixture.below("ctc");
    assert_eq!(cases.len(), 7);
    let paths = cases.iter().map(|case| format!("ctc/{case}")).chain(["ctc_last_blank".to_owned()]);
    let mut impossible = 0;
    for path in paths {
        let logits = fixture.get(&format!("{path}/logits"));
        let size = *logits.shape.last().expect("a shape");
        let outputs = cast::<R>(&logits.data);
        let labels = fixture.get(&format!("{path}/target")).ids();
        let blank = fixture.size(&format!("{path}/blank"));
        let answer = ctc_alone(Ctc { blank, zero_infinity: false }, &outputs, size, &labels);
        answer.compare(fixture, &path, limits, tally);
        let Some(safe_value) = fixture.find(&format!("{path}/zero_infinity_value")) else { continue };
        // PyTorch's gradient is NaN there; the core's is 0, as if the sequence did not count.
        impossible += 1;
        assert!(answer.value == f64::INFINITY && answer.gradient.iter().all(|value| *value == R::ZERO));
        let safe = ctc_alone(Ctc { blank, zero_infinity: true }, &outputs, size, &labels);
        tally.compare("loss", &path, [safe.value], &safe_value.data, Tolerance::Absolute(0.0));
        let expected = &fixture.get(&format!("{path}/zero_infinity_grad")).data;
        tally.compare("gradients", &path, widen(&safe.gradient), expected, Tolerance::Absolute(0.0));
    }
    assert_eq!(impossible, 1);
    compare_ctc_batch::<R>(fixture, limits, tally);
    let outputs = cast::<R>(&fixture.get("ctc_greedy/logits").data);
    // A blank that no class is: the best class of a column alone.
    let best: Vec<u32> = outputs.chunks(4).flat_map(|column| greedy_decode(column, 4, usize::MAX)).collect();
    assert_eq!(best, fixture.get("ctc_greedy/argmax").ids());
    let decoded = greedy_decode(&outputs, 4, fixture.size("ctc_greedy/blank"));
    assert_eq!(decoded, fixture.get("ctc_greedy/decoded").ids());
}

fn compare_ctc_batch<R: Real>(fixture: &Fixture, limits: Limits, tally: &mut Tally) {
    let logits = fixture.get("ctc_batch/logits_TNC");
    let [steps, batch, size] = *logits.shape.as_slice() else { panic!("[T, B, O]") };
    let outputs = cast::<R>(&logits.data);
    let lengths = fixture.get("ctc_batch/input_lengths").sizes();
    let label_lengths = fixture.get("ctc_batch/target_lengths").sizes();
    let padded = fixture.get("ctc_batch/targets_padded");
    let ids = padded.ids();
    let own = |b: usize| ids[b * padded.shape[1]..][..label_lengths[b]].to_vec();
    let labels: Vec<u32> = (0..batch).flat_map(own).collect();
    let ctc = Ctc { blank: fixture.size("ctc_batch/blank"), zero_infinity: false };
    let targets = Targets::Labels { labels: &labels, lengths: &label_lengths };
    let mean = evaluate(&Loss::Ctc(ctc), &outputs, Columns { size, batch, lengths: Some(&lengths) }, targets);
    mean.compare(fixture, "ctc_batch/mean", limits, tally);
    // `none` and `sum`: every sequence alone, and their sum.
    let mut alone = Answer { value: 0.0, gradient: vec![R::ZERO; outputs.len()] };
    let mut values = Vec::new();
    for b in 0..batch {
        let place = |t: usize| (t * batch + b) * size..(t * batch + b + 1) * size;
        let sequence: Vec<R> = (0..lengths[b]).flat_map(|t| outputs[place(t)].to_vec()).collect();
        let answer = ctc_alone(ctc, &sequence, size, &own(b));
        for (t, gradient) in answer.gradient.chunks(size).enumerate() {
            alone.gradient[place(t)].copy_from_slice(gradient);
        }
        alone.value += answer.value;
        values.push(answer.value);
    }
    assert!(lengths.iter().any(|length| *length < steps));
    alone.compare(fixture, "ctc_batch/sum", limits, tally);
    let expected = &fixture.get("ctc_batch/none/value").data;
    tally.compare("loss", "ctc_batch/none", values, expected, Tolerance::OfEachOrOne(limits.gradients));
    let expected = &fixture.get("ctc_batch/none/grad").data;
    let limit = Tolerance::OfLargest(limits.gradients);
    tally.compare("gradients", "ctc_batch/none", widen(&alone.gradient), expected, limit);
}

/// Columns that each stand for a sequence of their own.
fn columns(size: usize) -> Columns<'static> {
    Columns { size, batch: 1, lengths: None }
}
