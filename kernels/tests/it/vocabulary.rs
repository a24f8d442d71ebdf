//! Log-probability and entropy.

use burn::tensor::Tensor;
use falcon_kernels::{TokenScores, composed, log_prob, log_prob_tied};

use crate::support::*;

/// A loss in which both outputs have weights of their own.
fn loss(scores: TokenScores) -> Tensor<1> {
    let n = scores.log_prob.dims()[0];
    let weights = |seed| Tensor::<1>::from_floats(values(seed, n, 1.0).as_slice(), &device());
    (scores.log_prob * weights(1) + scores.entropy * weights(2)).sum()
}

#[test]
fn log_prob_agrees_with_burn() {
    for (n, v, scale) in [(1, 2, 1.0), (7, 16, 3.0), (150, 284, 8.0), (65, 1000, 30.0)] {
        let (logits, targets) = (values(3, n * v, scale), ids(4, n, v as u32));
        let run = |f: fn(Tensor<2>, &[u32]) -> TokenScores| {
            let input = matrix(&logits, n, v);
            let scores = f(input.clone(), &targets);
            let grads = loss(scores.clone()).backward();
            let grad = read(&input.grad(&grads).expect("a gradient"));
            (read(&scores.log_prob), read(&scores.entropy), grad)
        };
        let (got, want) = (run(log_prob), run(composed::log_prob));
        assert_close("log-probability", &got.0, &want.0, 1e-6);
        assert_close("entropy", &got.1, &want.1, 5e-6);
        assert_close("gradient", &got.2, &want.2, 1e-5);
    }
}

#[test]
fn tied_agrees_with_burn() {
    for (t, n, v, d) in [
        (3, 1, 5, 8),
        (100, 90, 284, 64),
        (700, 650, 284, 64),
        (40, 80, 33, 20),
    ] {
        let (hidden, embedding) = (values(5, t * d, 1.0), values(6, v * d, 1.0));
        let (rows, targets) = (ids(7, n, t as u32), ids(8, n, v as u32));
        let run = |fused: bool| {
            let (h, e) = (matrix(&hidden, t, d), matrix(&embedding, v, d));
            let scores = if fused {
                log_prob_tied(h.clone(), &rows, e.clone(), &targets)
            } else {
                let chosen = composed::select(h.clone(), &rows);
                composed::log_prob(chosen.matmul(e.clone().transpose()), &targets)
            };
            let grads = loss(scores.clone()).backward();
            let of = |x: &Tensor<2>| read(&x.grad(&grads).expect("a gradient"));
            (
                read(&scores.log_prob),
                read(&scores.entropy),
                of(&h),
                of(&e),
            )
        };
        let (got, want) = (run(true), run(false));
        assert_close("log-probability", &got.0, &want.0, 2e-6);
        assert_close("entropy", &got.1, &want.1, 1e-5);
        assert_close("gradient of hidden", &got.2, &want.2, 1e-5);
        assert_close("gradient of embedding", &got.3, &want.3, 1e-5);
    }
}

#[test]
fn log_prob_gradient_agrees_with_finite_differences() {
    let (n, v) = (3, 11);
    let (logits, targets) = (values(9, n * v, 2.0), ids(10, n, v as u32));
    let input = matrix(&logits, n, v);
    let grads = loss(log_prob(input.clone(), &targets)).backward();
    let grad = read(&input.grad(&grads).expect("a gradient"));
    let (a, b) = (values(1, n, 1.0), values(2, n, 1.0));
    for index in 0..logits.len() {
        let at = |step: f64| {
            let mut moved: Vec<f64> = logits.iter().map(|&z| f64::from(z)).collect();
            moved[index] += step;
            reference(&moved, v, &targets, &a, &b)
        };
        let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        assert!(
            (slope - f64::from(grad[index])).abs() < 1e-6,
            "{index}: {slope} {}",
            grad[index]
        );
    }
}

/// The loss in double precision, straight from the definitions.
fn reference(logits: &[f64], v: usize, targets: &[u32], a: &[f32], b: &[f32]) -> f64 {
    let rows = logits.chunks_exact(v).zip(targets).zip(a.iter().zip(b));
    rows.map(|((row, &target), (&a, &b))| {
        let lse = row.iter().map(|z| z.exp()).sum::<f64>().ln();
        let entropy: f64 = row.iter().map(|z| -(z - lse).exp() * (z - lse)).sum();
        f64::from(a) * (row[target as usize] - lse) + f64::from(b) * entropy
    })
    .sum()
}

#[test]
fn scores_are_the_same_for_any_number_of_threads() {
    let (t, n, v, d) = (500, 430, 284, 64);
    let (rows, targets) = (ids(7, n, t as u32), ids(8, n, v as u32));
    let run = || {
        let (h, e) = (
            matrix(&values(5, t * d, 1.0), t, d),
            matrix(&values(6, v * d, 1.0), v, d),
        );
        let scores = log_prob_tied(h.clone(), &rows, e.clone(), &targets);
        let grads = loss(scores.clone()).backward();
        let of = |x: &Tensor<2>| read(&x.grad(&grads).expect("a gradient"));
        (read(&scores.log_prob), of(&h), of(&e))
    };
    let one = with_threads(1, run);
    assert!(with_threads(3, run) == one);
}

#[test]
#[should_panic(expected = "a target is not below 4")]
fn a_target_outside_the_vocabulary_is_refused() {
    let _ = log_prob(matrix(&[0.0; 8], 2, 4), &[1, 4]);
}
