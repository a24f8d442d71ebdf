//! The samples of some requests, decoded together, one token each at a time.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Completion, Decoder, Layer, Request, Sampling, prompt::Prompt, sample::draw};
use crate::cpu::{
    gelu,
    gemm::{Left, Product, multiply},
    norm,
    rope::Table,
    simd::{Kernel, Simd, dispatch, read, vectors, write},
    softmax::softmax,
};

/// Samples in progress. Those still running come first in no array but `live`, in request order.
pub(super) struct Group<'a> {
    decoder: &'a Decoder,
    table: &'a Table,
    sampling: &'a Sampling,
    prompts: &'a [Prompt],
    samples: Vec<Sample>,
    /// Samples that have not ended, ascending: those of one request lie side by side.
    live: Vec<usize>,
}

struct Sample {
    request: usize,
    rng: ChaCha8Rng,
    completion: Completion,
    /// By layer.
    cache: Vec<Cache>,
}

/// Keys and values of a sample's own tokens in one layer.
struct Cache {
    /// `[d, capacity]`: a token is a column, so that scores vectorise over tokens.
    keys: Vec<f32>,
    /// `[capacity, d]`
    values: Vec<f32>,
}

impl<'a> Group<'a> {
    pub(super) fn new(
        decoder: &'a Decoder,
        table: &'a Table,
        sampling: &'a Sampling,
        requests: &[Request<'_>],
        prompts: &'a [Prompt],
    ) -> Self {
        let size = decoder.width * sampling.max_tokens;
        let cache = || Cache {
            keys: vec![0.0; size],
            values: vec![0.0; size],
        };
        let mut samples = Vec::new();
        for (request, Request { seeds, .. }) in requests.iter().enumerate() {
            samples.extend(seeds.iter().map(|&seed| Sample {
                request,
                rng: ChaCha8Rng::seed_from_u64(seed),
                completion: Completion::default(),
                cache: decoder.layers.iter().map(|_| cache()).collect(),
            }));
        }
        Self {
            decoder,
            table,
            sampling,
            prompts,
            live: (0..samples.len()).collect(),
            samples,
        }
    }

    /// Decodes to the end; completions by request.
    pub(super) fn run(mut self) -> Vec<Vec<Completion>> {
        let v = self.decoder.vocabulary;
        let mut logits = vec![0.0; self.live.len() * v];
        for (row, sample) in logits.chunks_exact_mut(v).zip(&self.samples) {
            row.copy_from_slice(&self.prompts[sample.request].logits);
        }
        let mut weights = vec![0.0; v];
        for step in 0..self.sampling.max_tokens {
            self.draw(&logits, &mut weights);
            if self.live.is_empty() {
                break;
            }
            if step + 1 < self.sampling.max_tokens {
                self.advance(step, &mut logits);
            }
        }
        let mut completions: Vec<Vec<Completion>> =
            self.prompts.iter().map(|_| Vec::new()).collect();
        for sample in self.samples {
            completions[sample.request].push(sample.completion);
        }
        completions
    }

    /// Draws a token for each live sample, and drops those that end with it.
    fn draw(&mut self, logits: &[f32], weights: &mut [f32]) {
        let v = self.decoder.vocabulary;
        for (&index, logits) in self.live.iter().zip(logits.chunks_exact(v)) {
            let sample = &mut self.samples[index];
            let drawn = draw(logits, self.sampling.temperature, &mut sample.rng, weights);
            let completion = &mut sample.completion;
            completion.tokens.push(drawn.token);
            completion.log_probs.push(drawn.log_prob);
            completion.sampling_log_probs.push(drawn.sampling_log_prob);
            completion.finished = drawn.token == self.sampling.eos;
        }
        let samples = &self.samples;
        self.live
            .retain(|&index| !samples[index].completion.finished);
    }

    /// Feeds the last token of each live sample, its `step`-th, and computes the next logits.
    fn advance(&mut self, step: usize, logits: &mut [f32]) {
        let (decoder, d, m) = (self.decoder, self.decoder.width, self.live.len());
        let mut x = vec![0.0; m * d];
        for (row, &index) in x.chunks_exact_mut(d).zip(&self.live) {
            decoder.embed(self.samples[index].completion.tokens[step], row);
        }
        let mut work = Work::new(decoder, m);
        for (index, layer) in decoder.layers.iter().enumerate() {
            self.layer(index, layer, step, &mut x, &mut work);
        }
        norm::forward(
            &x,
            &decoder.final_norm,
            decoder.options.eps,
            &mut work.normed,
        );
        multiply(
            Left::rows(&work.normed, d),
            m,
            &decoder.logits,
            logits,
            false,
        );
    }

    fn layer(&mut self, index: usize, layer: &Layer, step: usize, x: &mut [f32], work: &mut Work) {
        let (decoder, d, m) = (self.decoder, self.decoder.width, self.live.len());
        norm::forward(x, &layer.norm1, decoder.options.eps, &mut work.normed);
        multiply(
            Left::rows(&work.normed, d),
            m,
            &layer.qkv,
            &mut work.qkv,
            false,
        );
        for (row, &sample) in work.qkv.chunks_exact_mut(3 * d).zip(&self.live) {
            let sample = &mut self.samples[sample];
            let position = self.prompts[sample.request].len + step;
            self.table.turn(&mut row[..2 * d], position);
            sample.cache[index].push(step, self.sampling.max_tokens, row);
        }
        self.attend(index, step, work);
        multiply(Left::rows(&work.attended, d), m, &layer.out, x, true);
        norm::forward(x, &layer.norm2, decoder.options.eps, &mut work.normed);
        multiply(
            Left::rows(&work.normed, d),
            m,
            &layer.up,
            &mut work.hidden,
            false,
        );
        gelu::forward(&work.hidden, &mut work.active);
        multiply(
            Left::rows(&work.active, layer.down.k),
            m,
            &layer.down,
            x,
            true,
        );
    }

    /// Attention of each live sample over its prompt, shared with others, and its own tokens.
    fn attend(&self, layer: usize, step: usize, work: &mut Work) {
        let mut first = 0;
        let same = |a: &usize, b: &usize| self.samples[*a].request == self.samples[*b].request;
        for run in self.live.chunk_by(same) {
            let prompt = &self.prompts[self.samples[run[0]].request];
            self.attend_request(prompt, layer, step, first, run, work);
            first += run.len();
        }
    }

    fn attend_request(
        &self,
        prompt: &Prompt,
        layer: usize,
        step: usize,
        first: usize,
        run: &[usize],
        work: &mut Work,
    ) {
        let (d, heads) = (self.decoder.width, self.decoder.options.heads);
        let (size, seen) = (d / heads, prompt.len + step + 1);
        work.scores.resize(run.len() * heads * seen, 0.0);
        for (head, (keys, _)) in prompt.cache[layer].iter().enumerate() {
            Product {
                a: Left::rows(&work.qkv[first * 3 * d + head * size..], 3 * d),
                m: run.len(),
                b: keys,
                k: size,
                n: prompt.len,
                c: &mut work.scores[head * seen..],
                stride: heads * seen,
                accumulate: false,
            }
            .run_here();
        }
        let own = |row: usize| Own {
            cache: &self.samples[run[row]].cache[layer],
            capacity: self.sampling.max_tokens,
            tokens: step + 1,
            prompt: prompt.len,
            size,
        };
        for (row, scores) in work
            .scores
            .chunks_exact_mut(heads * seen)
            .enumerate()
            .take(run.len())
        {
            let at = (first + row) * 3 * d;
            dispatch(Probabilities {
                own: own(row),
                q: &work.qkv[at..at + d],
                scores,
            });
        }
        for (head, (_, values)) in prompt.cache[layer].iter().enumerate() {
            Product {
                a: Left::rows(&work.scores[head * seen..], heads * seen),
                m: run.len(),
                b: values,
                k: prompt.len,
                n: size,
                c: &mut work.attended[first * d + head * size..],
                stride: d,
                accumulate: false,
            }
            .run_here();
        }
        for (row, scores) in work
            .scores
            .chunks_exact(heads * seen)
            .enumerate()
            .take(run.len())
        {
            let at = (first + row) * d;
            dispatch(AddOwn {
                own: own(row),
                scores,
                out: &mut work.attended[at..at + d],
            });
        }
    }
}

impl Cache {
    /// Stores the keys and values of a row `[3d]` of queries, keys and values.
    fn push(&mut self, at: usize, capacity: usize, row: &[f32]) {
        let d = row.len() / 3;
        for (column, key) in self.keys.chunks_exact_mut(capacity).zip(&row[d..2 * d]) {
            column[at] = *key;
        }
        self.values[at * d..(at + 1) * d].copy_from_slice(&row[2 * d..]);
    }
}

/// Memory of one step.
struct Work {
    normed: Vec<f32>,
    qkv: Vec<f32>,
    attended: Vec<f32>,
    hidden: Vec<f32>,
    active: Vec<f32>,
    /// `[rows, heads, prompt + own]`
    scores: Vec<f32>,
}

impl Work {
    fn new(decoder: &Decoder, rows: usize) -> Self {
        let d = decoder.width;
        let hidden = decoder.layers.iter().map(|l| l.up.n).max().unwrap_or(0);
        let of = |width: usize| vec![0.0; rows * width];
        Self {
            normed: of(d),
            qkv: of(3 * d),
            attended: of(d),
            hidden: of(hidden),
            active: of(hidden),
            scores: Vec::new(),
        }
    }
}

/// A sample's own keys and values.
#[derive(Clone, Copy)]
struct Own<'a> {
    cache: &'a Cache,
    capacity: usize,
    tokens: usize,
    prompt: usize,
    size: usize,
}

/// Completes scores with those of own keys, and turns them into probabilities.
struct Probabilities<'a> {
    own: Own<'a>,
    /// `[d]`
    q: &'a [f32],
    /// `[heads, prompt + own]`; those of the prompt are there already.
    scores: &'a mut [f32],
}

impl Kernel for Probabilities<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let own = self.own;
        let scale = 1.0 / (own.size as f32).sqrt();
        let heads = self
            .scores
            .chunks_exact_mut(own.prompt + own.tokens)
            .enumerate();
        for (head, scores) in heads {
            vectors!(s, own.tokens, |at, n| {
                let mut sum = s.splat(0.0);
                for j in head * own.size..(head + 1) * own.size {
                    let keys = read(s, &own.cache.keys, j * own.capacity + at, n);
                    sum = s.mul_add(s.splat(self.q[j]), keys, sum);
                }
                write(s, scores, own.prompt + at, n, sum);
            });
            softmax(s, scores, scale);
        }
    }
}

/// Adds the part of own values to the output of the prompt's values.
struct AddOwn<'a> {
    own: Own<'a>,
    /// `[heads, prompt + own]`, probabilities.
    scores: &'a [f32],
    /// `[d]`
    out: &'a mut [f32],
}

impl Kernel for AddOwn<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (own, d) = (self.own, self.out.len());
        let heads = self
            .scores
            .chunks_exact(own.prompt + own.tokens)
            .enumerate();
        for (head, scores) in heads {
            vectors!(s, own.size, |at, n| {
                let at = head * own.size + at;
                let mut sum = read(s, self.out, at, n);
                for (token, p) in scores[own.prompt..].iter().enumerate() {
                    sum = s.mul_add(
                        s.splat(*p),
                        read(s, &own.cache.values, token * d + at, n),
                        sum,
                    );
                }
                write(s, self.out, at, n, sum);
            });
        }
    }
}
