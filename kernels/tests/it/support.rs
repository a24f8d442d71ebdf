//! Random inputs, comparisons and a small model.

use burn::tensor::{Device, Tensor, TensorData};
use falcon_kernels::{
    BlockOptions, BlockWeights,
    decode::{LayerWeights, ModelWeights},
};
use rand::Rng;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

pub(crate) fn device() -> Device {
    Device::flex().autodiff()
}

pub(crate) fn values(seed: u64, len: usize, scale: f32) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..len)
        .map(|_| (rng.random::<f32>() * 2.0 - 1.0) * scale)
        .collect()
}

pub(crate) fn ids(seed: u64, len: usize, below: u32) -> Vec<u32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..len).map(|_| rng.random_range(0..below)).collect()
}

pub(crate) fn matrix(values: &[f32], rows: usize, columns: usize) -> Tensor<2> {
    matrix_on(&device(), values, rows, columns)
}

pub(crate) fn matrix_on(device: &Device, values: &[f32], rows: usize, columns: usize) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [rows, columns]), device).require_grad()
}

pub(crate) fn vector(values: &[f32]) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), &device()).require_grad()
}

pub(crate) fn read<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.clone().into_data().try_to_vec().expect("f32")
}

/// Largest difference, relative to the largest value where that exceeds 1.
#[track_caller]
pub(crate) fn assert_close(what: &str, got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len(), "{what}: lengths");
    let size = want.iter().fold(1.0f32, |a, b| a.max(b.abs()));
    let worst = got
        .iter()
        .zip(want)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0f32, f32::max);
    assert!(got.iter().all(|v| v.is_finite()), "{what}: not finite");
    assert!(
        worst <= tolerance * size,
        "{what}: difference {worst:e} at size {size}"
    );
}

/// Runs `f` with a given number of threads.
pub(crate) fn with_threads<R: Send>(threads: usize, f: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads")
        .install(f)
}

/// The weights of one block.
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) d: usize,
    pub(crate) f: usize,
    pub(crate) norm1: Vec<f32>,
    pub(crate) qkv: Vec<f32>,
    pub(crate) out: Vec<f32>,
    pub(crate) norm2: Vec<f32>,
    pub(crate) up: Vec<f32>,
    pub(crate) down: Vec<f32>,
}

impl Block {
    pub(crate) fn new(seed: u64, d: usize, f: usize) -> Self {
        let of = |purpose: u64, len, scale| values(seed * 100 + purpose, len, scale);
        let norm = |purpose| of(purpose, d, 0.5).into_iter().map(|v| v + 1.0).collect();
        let scale = 1.5 / (d as f32).sqrt();
        Self {
            d,
            f,
            norm1: norm(0),
            qkv: of(1, 3 * d * d, scale),
            out: of(2, d * d, scale),
            norm2: norm(3),
            up: of(4, d * f, scale),
            down: of(5, f * d, scale),
        }
    }

    pub(crate) fn tensors(&self) -> BlockWeights {
        let (d, f) = (self.d, self.f);
        BlockWeights {
            norm1: vector(&self.norm1),
            qkv: matrix(&self.qkv, d, 3 * d),
            out: matrix(&self.out, d, d),
            norm2: vector(&self.norm2),
            up: matrix(&self.up, d, f),
            down: matrix(&self.down, f, d),
        }
    }

    pub(crate) fn slices(&self) -> LayerWeights<'_> {
        LayerWeights {
            norm1: &self.norm1,
            qkv: &self.qkv,
            out: &self.out,
            norm2: &self.norm2,
            up: &self.up,
            down: &self.down,
        }
    }
}

/// A whole model.
pub(crate) struct Model {
    pub(crate) options: BlockOptions,
    pub(crate) embedding: Vec<f32>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) final_norm: Vec<f32>,
}

pub(crate) const VOCABULARY: usize = 45;

impl Model {
    pub(crate) fn new(seed: u64, d: usize, layers: usize, heads: usize) -> Self {
        Self {
            options: BlockOptions {
                heads,
                rope_base: 1e4,
                eps: 1e-6,
            },
            embedding: values(seed, VOCABULARY * d, 2.0 / (d as f32).sqrt()),
            blocks: (0..layers)
                .map(|l| Block::new(seed + 1 + l as u64, d, 4 * d))
                .collect(),
            final_norm: values(seed + 50, d, 0.2)
                .into_iter()
                .map(|v| v + 1.0)
                .collect(),
        }
    }

    pub(crate) fn weights(&self) -> ModelWeights<'_> {
        ModelWeights {
            heads: self.options.heads,
            rope_base: self.options.rope_base,
            eps: self.options.eps,
            embed_scale: 2.0,
            embedding: &self.embedding,
            context: &[],
            layers: self.blocks.iter().map(Block::slices).collect(),
            final_norm: &self.final_norm,
        }
    }
}
