//! Prompts, encoded once for all their samples.

use super::{Decoder, Request};
use crate::{
    Layout,
    cpu::gemm::{Left, Packed, multiply},
};

/// What samples need of an encoded prompt.
pub(super) struct Prompt {
    /// Tokens.
    pub(super) len: usize,
    /// Keys `[size, len]` and values `[len, size]`, by layer and head.
    pub(super) cache: Vec<Vec<(Packed, Packed)>>,
    /// Logits for the first token, `[V]`.
    pub(super) logits: Vec<f32>,
}

impl Prompt {
    /// Encodes the prompts of several requests together.
    pub(super) fn encode(decoder: &Decoder, requests: &[Request<'_>]) -> Vec<Self> {
        let d = decoder.width;
        let lens: Vec<usize> = requests.iter().map(|r| r.prompt.len()).collect();
        let layout = Layout::plain(&lens);
        let tokens: Vec<u32> = requests.iter().flat_map(|r| r.prompt).copied().collect();
        let new = |&len: &usize| Self {
            len,
            cache: Vec::new(),
            logits: Vec::new(),
        };
        let mut prompts: Vec<Self> = lens.iter().map(new).collect();
        let hidden = decoder.hidden(&tokens, &layout, |_, qkv| {
            for (index, prompt) in prompts.iter_mut().enumerate() {
                let from = layout.start(index) * 3 * d;
                prompt.keep(decoder, &qkv[from..from + prompt.len * 3 * d]);
            }
        });
        for (index, prompt) in prompts.iter_mut().enumerate() {
            let last = (layout.start(index) + prompt.len - 1) * d;
            prompt.logits = vec![0.0; decoder.vocabulary];
            let row = Left::rows(&hidden[last..last + d], d);
            multiply(row, 1, &decoder.logits, &mut prompt.logits, false);
        }
        prompts
    }

    /// Keeps the keys and values of one layer.
    fn keep(&mut self, decoder: &Decoder, qkv: &[f32]) {
        let d = decoder.width;
        let size = d / decoder.options.heads;
        let head = |head: usize| {
            let (keys, values) = (&qkv[d + head * size..], &qkv[2 * d + head * size..]);
            (
                Packed::columns(keys, size, self.len, 3 * d),
                Packed::rows(values, self.len, size, 3 * d),
            )
        };
        self.cache
            .push((0..decoder.options.heads).map(head).collect());
    }
}
