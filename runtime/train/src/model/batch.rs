use std::sync::Arc;

use falcon_kernels::{Layout, Segment};
use falcon_tasks::TokenId;

use super::Prefixes;

/// A prompt and the answers to it.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) prompt: Vec<TokenId>,
    pub(crate) answers: Vec<Answer>,
}

/// An answer with the weight of each of its tokens.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) tokens: Vec<TokenId>,
    pub(crate) weights: Vec<f32>,
}

impl Answer {
    /// An answer whose tokens weigh alike.
    pub(crate) fn even(tokens: Vec<TokenId>, weight: f32) -> Self {
        Self {
            weights: vec![weight; tokens.len()],
            tokens,
        }
    }
}

/// Units packed one after another without padding. Answers share the one copy of their prompt.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// `T` token ids.
    pub(crate) tokens: Vec<u32>,
    /// Where prompts, each after its prefix, and answers lie.
    pub(crate) layout: Arc<Layout>,
    /// For each target the packed row whose state predicts it.
    pub(crate) rows: Vec<u32>,
    /// The tokens whose log-probability the objective weighs.
    pub(crate) targets: Vec<u32>,
    /// Their weights.
    pub(crate) weights: Vec<f32>,
    /// What each packed row's state is multiplied by before it predicts, `T`; none where all are 1.
    pub(crate) scale: Option<Vec<f32>>,
}

impl Batch {
    pub(crate) fn new(units: &[Unit], prefixes: Prefixes<'_>) -> Self {
        let (mut tokens, mut segments) = (Vec::new(), Vec::new());
        let (mut rows, mut targets, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        let units = units.iter().enumerate();
        for (index, unit) in units.filter(|(_, unit)| !unit.prompt.is_empty()) {
            let prompt = segments.len();
            segments.push(Segment {
                len: prefixes.tokens() + unit.prompt.len(),
                parent: None,
            });
            tokens.extend(prefixes.ids(index));
            tokens.extend(unit.prompt.iter().copied().map(id));
            let last = tokens.len() - 1;
            for answer in &unit.answers {
                // The last token predicts nothing that is weighed, so it need not be computed.
                let Some((_, inputs)) = answer.tokens.split_last() else {
                    continue;
                };
                let start = tokens.len();
                if !inputs.is_empty() {
                    segments.push(Segment {
                        len: inputs.len(),
                        parent: Some(prompt),
                    });
                    tokens.extend(inputs.iter().copied().map(id));
                }
                // The answer's first token is predicted by the prompt's last.
                let predicting = std::iter::once(last).chain(start..);
                for (row, token) in predicting.zip(&answer.tokens) {
                    rows.push(row as u32);
                    targets.push(id(*token));
                }
                weights.extend_from_slice(&answer.weights);
            }
        }
        let lens: Vec<usize> = segments
            .iter()
            .map(|segment: &Segment| segment.len)
            .collect();
        // Parents were pushed before their children, so the layout cannot be refused.
        let layout = Layout::new(&segments).unwrap_or_else(|_| Layout::plain(&lens));
        Self {
            tokens,
            layout,
            rows,
            targets,
            weights,
            scale: None,
        }
    }

    /// The same, with the first `targets` targets predicted at a temperature: their rows' logits are divided by it. They
    /// must be all the targets of some units, since answers share the row that predicts their first token.
    pub(crate) fn at_temperature(mut self, targets: usize, temperature: f64) -> Self {
        if (temperature - 1.0).abs() > 1e-9 && targets > 0 {
            let mut scale = vec![1.0; self.tokens.len()];
            for row in &self.rows[..targets] {
                scale[*row as usize] = (1.0 / temperature) as f32;
            }
            self.scale = Some(scale);
        }
        self
    }
}

/// A token id as the kernels take it.
pub(crate) fn id(token: TokenId) -> u32 {
    u32::from(token.0)
}
