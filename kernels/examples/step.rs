//! Times a training step and sampling, fused against composed, on this machine.
//!
//! `cargo run --release -p falcon-kernels --example step [threads] [fused|json]`; with `fused`, composed steps are left out,
//! and with `json` too: then each figure is a line of JSON, as `examples/torch/compare.py` reads them.
#![allow(clippy::print_stdout)]

use std::{sync::Arc, time::Instant};

use burn::tensor::{Device, Tensor, TensorData};
use falcon_kernels::{
    AdamW, AdamWOptions, BlockOptions, BlockWeights, Layout, Segment, TokenScores, Update, block,
    composed,
    decode::{Decoder, LayerWeights, ModelWeights, Request, Sampling},
    embed, instruction_set, log_prob_tied, rms_norm,
};
use rand::Rng;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

const VOCABULARY: usize = 284;
const HEADS: usize = 4;
const OPTIONS: BlockOptions = BlockOptions {
    heads: HEADS,
    rope_base: 1e4,
    eps: 1e-6,
};

/// Steps over which processor time is averaged; wall time is the least of them.
const STEPS: usize = 20;

/// Processor time of this process, all threads, in seconds; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Parameters in one list: embedding, six for each layer, the last norm.
#[derive(Clone)]
struct Model {
    d: usize,
    shapes: Vec<(usize, usize)>,
    values: Vec<Vec<f32>>,
}

impl Model {
    fn new(d: usize, layers: usize) -> Self {
        let mut shapes = vec![(VOCABULARY, d)];
        for _ in 0..layers {
            shapes.extend([(1, d), (d, 3 * d), (d, d), (1, d), (d, 4 * d), (4 * d, d)]);
        }
        shapes.push((1, d));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let scale = 1.5 / (d as f32).sqrt();
        let values = shapes
            .iter()
            .map(|&(rows, columns)| {
                let draw = |_| (rng.random::<f32>() * 2.0 - 1.0) * scale;
                let fresh: Vec<f32> = (0..rows * columns).map(draw).collect();
                if rows == 1 { vec![1.0; columns] } else { fresh }
            })
            .collect();
        Self { d, shapes, values }
    }

    fn parameters(&self) -> usize {
        self.values.iter().map(Vec::len).sum()
    }
}

struct Batch {
    tokens: Vec<u32>,
    layout: Arc<Layout>,
    rows: Vec<u32>,
    targets: Vec<u32>,
}

impl Batch {
    /// 32 rows of 60 to 90 tokens, of which the last 30 are the answer.
    fn supervised() -> Self {
        let lens: Vec<usize> = (0..32).map(|i| 60 + i % 31).collect();
        let layout = Layout::plain(&lens);
        let answers: Vec<_> = lens.iter().map(|len| len - 30).collect();
        Self::new(layout, &answers)
    }

    /// 16 prompts of 40 tokens, with 8 completions of 30 each.
    fn reinforcement() -> Self {
        let mut segments = Vec::new();
        let mut skip = Vec::new();
        for group in 0..16 {
            segments.push(Segment {
                len: 40,
                parent: None,
            });
            segments.extend(
                [Segment {
                    len: 30,
                    parent: Some(group * 9),
                }; 8],
            );
            skip.push(39);
            skip.extend([0; 8]);
        }
        match Layout::new(&segments) {
            Ok(layout) => Self::new(layout, &skip),
            Err(error) => panic!("{error}"),
        }
    }

    fn new(layout: Arc<Layout>, skip: &[usize]) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut draw = |n| {
            (0..n)
                .map(|_| rng.random_range(0..VOCABULARY as u32))
                .collect()
        };
        let tokens = draw(layout.tokens());
        let mut rows = Vec::new();
        for (segment, skip) in skip.iter().enumerate() {
            let start = layout.start(segment);
            rows.extend((start + skip..start + layout.len(segment)).map(|r| r as u32));
        }
        let targets = draw(rows.len());
        Self {
            tokens,
            layout,
            rows,
            targets,
        }
    }
}

fn step(model: &mut Model, optimizer: &mut AdamW, batch: &Batch, fused: bool) -> f32 {
    let device = Device::flex().autodiff();
    let matrix = |i: usize| {
        let (rows, columns) = model.shapes[i];
        let data = TensorData::new(model.values[i].clone(), [rows, columns]);
        Tensor::<2>::from_data(data, &device).require_grad()
    };
    let tensors: Vec<Tensor<2>> = (0..model.values.len()).map(matrix).collect();
    let vector = |i: usize| tensors[i].clone().reshape([model.d]);
    let scale = (model.d as f32).sqrt();
    let embedding = tensors[0].clone();
    let mut x = if fused {
        embed(embedding.clone(), &batch.tokens, scale)
    } else {
        composed::embed(embedding.clone(), &batch.tokens, scale)
    };
    let last = model.values.len() - 1;
    for layer in 0..(last - 1) / 6 {
        let at = 1 + layer * 6;
        let weights = BlockWeights {
            norm1: vector(at),
            qkv: tensors[at + 1].clone(),
            out: tensors[at + 2].clone(),
            norm2: vector(at + 3),
            up: tensors[at + 4].clone(),
            down: tensors[at + 5].clone(),
        };
        x = if fused {
            block(x, weights, &batch.layout, OPTIONS)
        } else {
            composed::block(x, weights, &batch.layout, OPTIONS)
        };
    }
    let scores: TokenScores = if fused {
        let hidden = rms_norm(x, vector(last), OPTIONS.eps);
        log_prob_tied(hidden, &batch.rows, embedding, &batch.targets)
    } else {
        let hidden = composed::rms_norm(x, vector(last), OPTIONS.eps);
        let chosen = composed::select(hidden, &batch.rows);
        composed::log_prob(chosen.matmul(embedding.transpose()), &batch.targets)
    };
    let loss = scores.log_prob.mean().neg();
    let grads = loss.backward();
    let grads: Vec<Vec<f32>> = tensors
        .iter()
        .map(|tensor| tensor.grad(&grads).map_or_else(Vec::new, into_vec))
        .collect();
    let loss = into_vec(loss)[0];
    let mut updates: Vec<Update<'_>> = model
        .values
        .iter_mut()
        .zip(&grads)
        .map(|(value, grad)| Update {
            value,
            grad,
            decay: 0.1,
        })
        .collect();
    if let Err(error) = optimizer.step(&mut updates, 1e-3) {
        panic!("{error}");
    }
    loss
}

fn into_vec<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    match tensor.into_data().try_into_vec() {
        Ok(values) => values,
        Err(error) => panic!("{error:?}"),
    }
}

/// How figures are told.
#[derive(Clone, Copy, PartialEq)]
enum Telling {
    Table,
    Json,
}

impl Telling {
    /// One figure: wall and processor time of one pass in seconds, and the tokens it dealt with.
    fn figure(self, what: &str, model: &Model, wall: f64, cpu: f64, tokens: usize) {
        match self {
            Self::Table => println!(
                "  {what:<24} {:8.2} ms  {:8.2} ms  {tokens} tokens, {:.0} tokens/s",
                wall * 1e3,
                cpu * 1e3,
                tokens as f64 / wall
            ),
            Self::Json => println!(
                r#"{{"what": "{what}", "width": {}, "parameters": {}, "seconds": {wall}, "cpu_seconds": {cpu}, "tokens": {tokens}}}"#,
                model.d,
                model.parameters()
            ),
        }
    }
}

fn time_steps(name: &str, model: &Model, batch: &Batch, fused: bool, telling: Telling) -> f64 {
    let sizes: Vec<usize> = model.values.iter().map(Vec::len).collect();
    let mut optimizer = AdamW::new(AdamWOptions::default(), &sizes);
    let mut model = model.clone();
    let mut best = f64::INFINITY;
    let before = cpu_seconds();
    for _ in 0..STEPS {
        let start = Instant::now();
        let loss = step(&mut model, &mut optimizer, batch, fused);
        best = best.min(start.elapsed().as_secs_f64());
        assert!(loss.is_finite(), "the loss is {loss}");
    }
    let cpu = (cpu_seconds() - before) / STEPS as f64;
    telling.figure(name, &model, best, cpu, batch.layout.tokens());
    cpu
}

fn time_sampling(model: &Model, telling: Telling) {
    let layer = |at: usize| LayerWeights {
        norm1: &model.values[at],
        qkv: &model.values[at + 1],
        out: &model.values[at + 2],
        norm2: &model.values[at + 3],
        up: &model.values[at + 4],
        down: &model.values[at + 5],
    };
    let last = model.values.len() - 1;
    let weights = ModelWeights {
        heads: HEADS,
        rope_base: OPTIONS.rope_base,
        eps: OPTIONS.eps,
        embed_scale: (model.d as f32).sqrt(),
        embedding: &model.values[0],
        context: &[],
        layers: (0..(last - 1) / 6).map(|l| layer(1 + 6 * l)).collect(),
        final_norm: &model.values[last],
    };
    let prompts: Vec<Vec<u32>> = (0..24)
        .map(|p| {
            (0..40)
                .map(|t| (p * 7 + t * 3) % VOCABULARY as u32)
                .collect()
        })
        .collect();
    let seeds: Vec<u64> = (0..8).collect();
    let requests: Vec<Request<'_>> = prompts
        .iter()
        .map(|prompt| Request {
            prompt,
            seeds: &seeds,
        })
        .collect();
    let sampling = Sampling {
        temperature: 1.0,
        max_tokens: 64,
        eos: 0,
    };
    let mut best = f64::INFINITY;
    let mut tokens = 0;
    let before = cpu_seconds();
    for _ in 0..5 {
        let start = Instant::now();
        let completions = Decoder::new(&weights).and_then(|d| d.generate(&requests, &sampling));
        best = best.min(start.elapsed().as_secs_f64());
        match completions {
            Ok(all) => tokens = all.iter().flatten().map(|c| c.tokens.len()).sum::<usize>(),
            Err(error) => panic!("{error}"),
        }
    }
    let cpu = (cpu_seconds() - before) / 5.0;
    telling.figure("sampling", model, best, cpu, tokens);
}

fn main() {
    let mut words = std::env::args().skip(1);
    let threads = words.next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let word = words.next().unwrap_or_default();
    let telling = if word == "json" {
        Telling::Json
    } else {
        Telling::Table
    };
    if let Err(error) = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
    {
        panic!("threads: {error}");
    }
    if telling == Telling::Table {
        println!(
            "{} threads, {}; wall and processor time",
            rayon::current_num_threads(),
            instruction_set()
        );
    }
    for (d, layers) in [(64, 2), (128, 4)] {
        let model = Model::new(d, layers);
        if telling == Telling::Table {
            println!(
                "width {d}, {layers} layers, {} parameters",
                model.parameters()
            );
        }
        for (name, batch) in [
            ("supervised", Batch::supervised()),
            ("reinforcement", Batch::reinforcement()),
        ] {
            let fused = time_steps(name, &model, &batch, true, telling);
            if word.is_empty() {
                let composed = format!("{name}, composed");
                let composed = time_steps(&composed, &model, &batch, false, telling);
                println!("  {:<24} {:21.1} x", "ratio", composed / fused);
            }
        }
        time_sampling(&model, telling);
    }
}
