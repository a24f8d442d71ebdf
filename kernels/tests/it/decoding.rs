//! Sampling against the training forward pass.

use burn::tensor::Tensor;
use falcon_kernels::{
    Layout, block,
    decode::{Completion, DecodeError, Decoder, Request, Sampling},
    embed, log_prob_tied, rms_norm,
};

use crate::support::*;

const SAMPLING: Sampling = Sampling {
    temperature: 0.8,
    max_tokens: 40,
    eos: 0,
};

/// Log-probabilities of a row's tokens after the first, by the operations that training uses.
fn teacher_forced(model: &Model, row: &[u32]) -> Vec<f32> {
    let d = model.final_norm.len();
    let embedding = matrix(&model.embedding, VOCABULARY, d);
    let mut x = embed(embedding.clone(), row, 2.0);
    let layout = Layout::plain(&[row.len()]);
    for weights in &model.blocks {
        x = block(x, weights.tensors(), &layout, model.options);
    }
    let hidden = rms_norm(x, vector(&model.final_norm), model.options.eps);
    let rows: Vec<u32> = (0..row.len() as u32 - 1).collect();
    read(&log_prob_tied(hidden, &rows, embedding, &row[1..]).log_prob)
}

fn prompts() -> Vec<Vec<u32>> {
    [3, 17, 1, 40]
        .iter()
        .enumerate()
        .map(|(i, &len)| ids(20 + i as u64, len, VOCABULARY as u32))
        .collect()
}

fn sample(
    decoder: &Decoder,
    prompts: &[Vec<u32>],
    samples: u64,
    sampling: &Sampling,
) -> Vec<Vec<Completion>> {
    let seeds: Vec<Vec<u64>> = (0..prompts.len() as u64)
        .map(|p| (0..samples).map(|s| p * 1000 + s).collect())
        .collect();
    let requests: Vec<Request<'_>> = prompts
        .iter()
        .zip(&seeds)
        .map(|(prompt, seeds)| Request { prompt, seeds })
        .collect();
    decoder.generate(&requests, sampling).expect("samples")
}

#[test]
fn log_probs_are_those_of_training() {
    for (d, layers, heads) in [(64, 2, 4), (32, 1, 2), (24, 3, 1)] {
        let model = Model::new(1, d, layers, heads);
        let decoder = Decoder::new(&model.weights()).expect("decoder");
        let prompts = prompts();
        for (prompt, completions) in prompts.iter().zip(sample(&decoder, &prompts, 5, &SAMPLING)) {
            for completion in completions {
                let row = [prompt.as_slice(), &completion.tokens].concat();
                let want = &teacher_forced(&model, &row)[prompt.len() - 1..];
                assert_close("log-probabilities", &completion.log_probs, want, 5e-5);
                let scored = decoder.score(&[&row]).expect("scores");
                assert_close("scores", &scored[0][prompt.len() - 1..], want, 1e-6);
                assert_eq!(completion.finished, completion.tokens.last() == Some(&0));
                assert!(completion.finished || completion.tokens.len() == SAMPLING.max_tokens);
            }
        }
    }
}

#[test]
fn a_sample_depends_on_its_prompt_and_seed_alone() {
    let model = Model::new(2, 64, 2, 4);
    let decoder = Decoder::new(&model.weights()).expect("decoder");
    let prompts = prompts();
    let all = with_threads(1, || sample(&decoder, &prompts, 9, &SAMPLING));
    assert!(with_threads(3, || sample(&decoder, &prompts, 9, &SAMPLING)) == all);
    for (p, prompt) in prompts.iter().enumerate() {
        for seed in [0, 8] {
            let seeds = [p as u64 * 1000 + seed];
            let alone = decoder.generate(
                &[Request {
                    prompt,
                    seeds: &seeds,
                }],
                &SAMPLING,
            );
            assert_eq!(alone.expect("samples")[0][0], all[p][seed as usize]);
        }
    }
}

#[test]
fn states_are_those_of_training_and_depend_on_the_row_alone() {
    let model = Model::new(6, 64, 2, 4);
    let decoder = Decoder::new(&model.weights()).expect("decoder");
    // More than one thread takes together.
    let rows: Vec<Vec<u32>> = (0..40)
        .map(|i| ids(50 + i, 1 + i as usize % 23, VOCABULARY as u32))
        .collect();
    let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
    let all = with_threads(1, || decoder.states(&rows)).expect("states");
    assert!(with_threads(3, || decoder.states(&rows)).expect("states") == all);
    for (row, states) in rows.iter().zip(&all) {
        assert!(decoder.states(&[row]).expect("states")[0] == *states);
        let embedding = matrix(&model.embedding, VOCABULARY, 64);
        let mut x = embed(embedding, row, 2.0);
        let layout = Layout::plain(&[row.len()]);
        for weights in &model.blocks {
            x = block(x, weights.tensors(), &layout, model.options);
        }
        let wanted = rms_norm(x, vector(&model.final_norm), model.options.eps);
        assert_close("states", states, &read(&wanted), 5e-5);
    }
    let empty: &[u32] = &[];
    assert_eq!(
        decoder.states(&[rows[0], empty]),
        Err(DecodeError::EmptyPrompt(1))
    );
    let unknown = decoder.states(&[&[VOCABULARY as u32]]);
    assert!(matches!(
        unknown,
        Err(DecodeError::Token { request: 0, .. })
    ));
}

#[test]
fn temperature_zero_is_greedy() {
    let model = Model::new(3, 32, 2, 2);
    let decoder = Decoder::new(&model.weights()).expect("decoder");
    let sampling = Sampling {
        temperature: 0.0,
        ..SAMPLING
    };
    let prompts = prompts();
    let samples = sample(&decoder, &prompts, 2, &sampling);
    for (prompt, samples) in prompts.iter().zip(&samples) {
        assert_eq!(samples[0], samples[1]);
        for end in 0..samples[0].tokens.len() {
            let context = [prompt.as_slice(), &samples[0].tokens[..end]].concat();
            let score = |token: u32| {
                let row = [context.as_slice(), &[token]].concat();
                decoder.score(&[&row]).expect("scores")[0][context.len() - 1]
            };
            let best = score(samples[0].tokens[end]);
            assert!((0..VOCABULARY as u32).all(|token| score(token) <= best + 1e-5));
            if end > 4 {
                break;
            }
        }
    }
}

/// Frequencies of the first token against its probabilities, at the temperature of sampling.
#[test]
fn samples_follow_the_distribution() {
    let model = Model::new(4, 32, 1, 2);
    let decoder = Decoder::new(&model.weights()).expect("decoder");
    let prompt = ids(5, 6, VOCABULARY as u32);
    let seeds: Vec<u64> = (0..20_000).collect();
    let sampling = Sampling {
        temperature: 0.7,
        max_tokens: 1,
        eos: 0,
    };
    let samples = decoder.generate(
        &[Request {
            prompt: &prompt,
            seeds: &seeds,
        }],
        &sampling,
    );
    let samples = samples.expect("samples").remove(0);
    let mut counts = vec![0usize; VOCABULARY];
    for sample in &samples {
        counts[sample.tokens[0] as usize] += 1;
    }
    let log_p = |token: u32| {
        let row = [prompt.as_slice(), &[token]].concat();
        f64::from(decoder.score(&[&row]).expect("scores")[0][prompt.len() - 1]) / 0.7
    };
    let weights: Vec<f64> = (0..VOCABULARY as u32).map(|t| log_p(t).exp()).collect();
    let total: f64 = weights.iter().sum();
    for (token, count) in counts.iter().enumerate() {
        let p = weights[token] / total;
        let (found, spread) = (*count as f64 / 20_000.0, (p * (1.0 - p) / 20_000.0).sqrt());
        assert!(
            (found - p).abs() < 5.0 * spread + 1e-4,
            "token {token}: {found} for {p}"
        );
    }
    for sample in &samples[..50] {
        let p = weights[sample.tokens[0] as usize] / total;
        assert!((f64::from(sample.sampling_log_probs[0]) - p.ln()).abs() < 1e-4);
    }
}

#[test]
fn bad_input_is_refused() {
    let model = Model::new(6, 32, 1, 2);
    let decoder = Decoder::new(&model.weights()).expect("decoder");
    let ask = |prompt: &[u32], temperature| {
        let sampling = Sampling {
            temperature,
            ..SAMPLING
        };
        decoder
            .generate(
                &[Request {
                    prompt,
                    seeds: &[1],
                }],
                &sampling,
            )
            .expect_err("an error")
    };
    assert_eq!(ask(&[], 1.0), DecodeError::EmptyPrompt(0));
    assert_eq!(
        ask(&[99], 1.0),
        DecodeError::Token {
            request: 0,
            token: 99,
            vocabulary: VOCABULARY
        }
    );
    assert_eq!(ask(&[1], -1.0), DecodeError::Temperature(-1.0));
    let mut weights = model.weights();
    weights.layers[0].out = &[];
    let error = Decoder::new(&weights).expect_err("an error");
    assert_eq!(
        error.to_string(),
        "out of layer 0 has 0 values, expected 1024"
    );
    let mut weights = model.weights();
    weights.heads = 3;
    assert_eq!(
        Decoder::new(&weights).expect_err("an error"),
        DecodeError::Heads {
            heads: 3,
            width: 32
        }
    );
}

/// A soft prompt: rows below the embedding's, which prompts hold and which are never drawn.
#[test]
fn rows_for_inputs_alone_are_those_of_training() {
    let (d, rows) = (32, 6);
    let model = Model::new(7, d, 2, 2);
    let context = values(70, rows * d, 0.4);
    let mut weights = model.weights();
    weights.context = &context;
    let decoder = Decoder::new(&weights).expect("decoder");
    let first = VOCABULARY as u32;
    // Two prompts with three of the rows each, and one with none.
    let prompts: Vec<Vec<u32>> = vec![
        [&[first, first + 1, first + 2][..], &ids(71, 5, first)].concat(),
        [&[first + 3, first + 4, first + 5][..], &ids(71, 5, first)].concat(),
        ids(71, 5, first),
    ];
    let samples = sample(&decoder, &prompts, 4, &SAMPLING);
    for (prompt, completions) in prompts.iter().zip(&samples) {
        for completion in completions {
            assert!(completion.tokens.iter().all(|token| *token < first));
            let row = [prompt.as_slice(), &completion.tokens].concat();
            let embedding = matrix(&model.embedding, VOCABULARY, d);
            let table = Tensor::cat(vec![embedding.clone(), matrix(&context, rows, d)], 0);
            let mut x = embed(table, &row, 2.0);
            let layout = Layout::plain(&[row.len()]);
            for weights in &model.blocks {
                x = block(x, weights.tensors(), &layout, model.options);
            }
            let hidden = rms_norm(x, vector(&model.final_norm), model.options.eps);
            let predicting: Vec<u32> = (prompt.len() as u32 - 1..row.len() as u32 - 1).collect();
            let targets = &row[prompt.len()..];
            let want = read(&log_prob_tied(hidden, &predicting, embedding, targets).log_prob);
            assert_close("log-probabilities", &completion.log_probs, &want, 5e-5);
            let scored = decoder.score(&[&row]).expect("scores").remove(0);
            assert_close("scores", &scored[prompt.len() - 1..], &want, 1e-6);
            let never = row[1..].iter().map(|token| *token >= first);
            let minus = scored.iter().map(|score| *score == f32::NEG_INFINITY);
            assert!(never.eq(minus));
        }
    }
    assert_ne!(samples[0], samples[1]);
    let asked = Request {
        prompt: &[first + rows as u32],
        seeds: &[1],
    };
    let error = decoder.generate(&[asked], &SAMPLING).expect_err("an error");
    assert!(
        matches!(error, DecodeError::Token { vocabulary: 51, .. }),
        "{error}"
    );
}
