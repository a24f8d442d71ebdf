//! The cubecl kernel on a wgpu device (a GPU or software Vulkan) against burn on the CPU.
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::panic::catch_unwind;

use burn::tensor::{Device, Tensor, TensorData};
use cubecl::prelude::*;
use falcon_kernels::{
    composed,
    cube::{Rows, Strategy},
};
use rand::Rng;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// The device's client, or nothing where there is no driver.
fn client() -> Option<Client> {
    let found = catch_unwind(|| cubecl::Device::Wgpu(Default::default()).client());
    if found.is_err() {
        println!("skipped: no Vulkan device (install mesa-vulkan-drivers for a software one)");
    }
    found.ok()
}

struct Case {
    rows: usize,
    vocabulary: usize,
    logits: Vec<f32>,
    targets: Vec<u32>,
    grad: Vec<f32>,
}

impl Case {
    fn new(rows: usize, vocabulary: usize, scale: f32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64((rows * 7 + vocabulary) as u64);
        let mut draw = |len: usize, scale: f32| -> Vec<f32> {
            (0..len)
                .map(|_| (rng.random::<f32>() * 2.0 - 1.0) * scale)
                .collect()
        };
        let (logits, grad) = (draw(rows * vocabulary, scale), draw(rows * 2, 1.0));
        let targets = (0..rows)
            .map(|_| rng.random_range(0..vocabulary as u32))
            .collect();
        Self {
            rows,
            vocabulary,
            logits,
            targets,
            grad,
        }
    }

    /// Scores and gradient by the kernel.
    fn on_device(&self, client: &Client, strategy: Strategy) -> (Vec<f32>, Vec<f32>) {
        let ids: Vec<i32> = self.targets.iter().map(|&id| id as i32).collect();
        let rows = Rows {
            logits: client.create_from_slice(f32::as_bytes(&self.logits)),
            targets: client.create_from_slice(i32::as_bytes(&ids)),
            rows: self.rows,
            vocabulary: self.vocabulary,
        };
        let grad = client.create_from_slice(f32::as_bytes(&self.grad));
        let read = |handle| f32::from_bytes(&client.read_one_unchecked(handle)).to_vec();
        let scores = read(rows.forward(client, strategy));
        (scores, read(rows.backward(client, strategy, grad)))
    }

    /// Scores and gradient by burn's operations and autodiff, on the CPU.
    fn composed(&self) -> (Vec<f32>, Vec<f32>) {
        let device = Device::flex().autodiff();
        let (n, v) = (self.rows, self.vocabulary);
        let logits = TensorData::new(self.logits.clone(), [n, v]);
        let logits = Tensor::<2>::from_data(logits, &device).require_grad();
        let grad = Tensor::<2>::from_data(TensorData::new(self.grad.clone(), [n, 2]), &device);
        let scores = composed::log_prob(logits.clone(), &self.targets);
        let scores = Tensor::stack::<2>(vec![scores.log_prob, scores.entropy], 1);
        let grads = (scores.clone() * grad).sum().backward();
        let of = |t: Tensor<2>| t.into_data().try_into_vec::<f32>().expect("f32");
        (of(scores), of(logits.grad(&grads).expect("a gradient")))
    }
}

fn assert_close(what: &str, got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len(), "{what}: lengths");
    let size = want.iter().fold(1.0f32, |a, b| a.max(b.abs()));
    let worst = got
        .iter()
        .zip(want)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0f32, f32::max);
    assert!(
        worst <= tolerance * size,
        "{what}: difference {worst:e} at size {size}"
    );
}

#[test]
fn the_kernel_agrees_with_burn() {
    let Some(client) = client() else { return };
    for (rows, vocabulary, scale) in [(1, 2, 1.0), (5, 284, 8.0), (70, 33, 3.0), (3, 5000, 20.0)] {
        let case = Case::new(rows, vocabulary, scale);
        let (scores, gradient) = case.composed();
        let chosen = Strategy::choose(&client, vocabulary);
        for strategy in [
            chosen,
            Strategy {
                units: 32,
                planes: false,
            },
        ] {
            let what = format!("{rows} x {vocabulary}, {strategy:?}");
            let (got_scores, got_gradient) = case.on_device(&client, strategy);
            assert_close(&format!("{what}: scores"), &got_scores, &scores, 1e-5);
            assert_close(&format!("{what}: gradient"), &got_gradient, &gradient, 1e-5);
        }
    }
}

#[test]
fn the_kernel_gives_the_same_bits_every_time() {
    let Some(client) = client() else { return };
    let case = Case::new(40, 284, 5.0);
    let strategy = Strategy::choose(&client, case.vocabulary);
    let first = case.on_device(&client, strategy);
    for _ in 0..3 {
        assert!(case.on_device(&client, strategy) == first);
    }
}

#[cfg(feature = "burn-wgpu")]
#[test]
fn the_operation_agrees_with_burn_on_the_device() {
    if client().is_none() {
        return;
    }
    let device = Device::wgpu(burn::tensor::DeviceKind::DefaultDevice).autodiff();
    let case = Case::new(50, 284, 5.0);
    let (n, v) = (case.rows, case.vocabulary);
    let logits = TensorData::new(case.logits.clone(), [n, v]);
    let logits = Tensor::<2>::from_data(logits, &device).require_grad();
    let grad = Tensor::<2>::from_data(TensorData::new(case.grad.clone(), [n, 2]), &device);
    let scores = falcon_kernels::log_prob(logits.clone(), &case.targets);
    let scores = Tensor::stack::<2>(vec![scores.log_prob, scores.entropy], 1);
    let grads = (scores.clone() * grad).sum().backward();
    let of = |t: Tensor<2>| t.into_data().try_into_vec::<f32>().expect("f32");
    let (want_scores, want_gradient) = case.composed();
    assert_close("scores", &of(scores), &want_scores, 1e-5);
    let gradient = of(logits.grad(&grads).expect("a gradient"));
    assert_close("gradient", &gradient, &want_gradient, 1e-5);
}
