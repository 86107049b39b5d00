//! scratch
use gatescope::product::*;
use gatescope::real::Real;
use gatescope::*;
use std::hint::black_box;
use std::time::Instant;
fn time(name: &str, flops: f64, mut f: impl FnMut()) {
    f();
    let mut best = f64::MAX;
    for _ in 0..7 {
        let t = Instant::now();
        for _ in 0..20 {
            f();
        }
        best = best.min(t.elapsed().as_secs_f64() / 20.0);
    }
    println!("{name}: {:.1} us, {:.2} G/s", best * 1e6, flops / best / 1e9);
}
fn main() {
    let (h, b, t, i) = (32usize, 32usize, 50usize, 16usize);
    let g = 4 * h;
    let mut p = Packed::<f32>::zeros(g, h);
    let w = vec![0.1f32; g * h];
    p.pack(&w);
    let x = vec![0.3f32; h * b];
    let mut c = vec![0f32; g * b];
    time("pack", (g * h) as f64, || {
        p.pack(black_box(&w));
    });
    time("mul 128x32x32", (2 * g * h * b) as f64, || {
        p.multiply_add(black_box(&x), &mut c, b);
    });
    let mut pt = Packed::<f32>::zeros(h, g);
    pt.pack_transposed(&w);
    let d = vec![0.3f32; g * b];
    let mut dh = vec![0f32; h * b];
    time("mulT 32x128x32", (2 * g * h * b) as f64, || {
        pt.multiply_add(black_box(&d), &mut dh, b);
    });
    let a = vec![0.1f32; g * t * b];
    let bb = vec![0.2f32; h * t * b];
    let mut dw = vec![0f32; g * h];
    time("outer", (2 * g * h * t * b) as f64, || {
        accumulate_outer(black_box(&a), &bb, &mut dw, g, h);
    });
    let mut v = vec![0.1f32; g * b];
    time("tanh", (g * b) as f64, || {
        for v in black_box(&mut v).iter_mut() {
            *v = Real::tanh(*v);
        }
    });
    time("sigmoid", (g * b) as f64, || {
        for v in black_box(&mut v).iter_mut() {
            *v = v.sigmoid();
        }
    });
    let cfg = |cell| NetworkConfig {
        cell,
        input: i,
        hidden: h,
        layers: 1,
        output: 4,
        readout: Readout::Last,
        loss: Loss::CrossEntropy,
    };
    for cell in [CellKind::Lstm, CellKind::Rnn(Nonlinearity::Tanh)] {
        let mut n = Network::<f32>::new(cfg(cell)).unwrap();
        n.update(|w, _| w.iter_mut().enumerate().for_each(|(k, w)| *w = ((k * 7919) % 100) as f32 / 500.0 - 0.1));
        let mut tp = n.tape(t, b);
        let xs = vec![0.1f32; i * t * b];
        let cl = vec![1u32; b];
        let fl = (2 * cell.gates() * h * (h + i) * t * b) as f64;
        time("forward", fl, || {
            n.forward(Input::Dense(black_box(&xs)), &mut tp);
            n.loss(Targets::Classes(&cl), &mut tp);
        });
        time("backward", 2.0 * fl, || {
            n.backward(Input::Dense(black_box(&xs)), &mut tp, None);
        });
    }
}
