//! Operations that are hand-written for the CPU backend only.

use std::sync::Arc;

use burn::backend::{Autodiff, Backend, Flex, backend_extension, tensor::FloatTensor};
use burn_autodiff::checkpoint::strategy::CheckpointStrategy;

use super::{
    BlockOptions,
    node::{SliceOp, record, run},
};
use crate::{
    Layout,
    cpu::{
        attention::{self, Heads},
        block, gelu, norm,
        parallel::{Rows, row_blocks, sum_in_order},
        rope::Table,
        vocabulary::{SCORES, Tied},
    },
};

/// The hand-written operations; see the functions of the same names.
#[backend_extension(Autodiff, Flex)]
pub(crate) trait CpuOps: Backend {
    fn embed(embedding: FloatTensor<Self>, tokens: Arc<[u32]>, scale: f32) -> FloatTensor<Self>;
    fn rms_norm(x: FloatTensor<Self>, weight: FloatTensor<Self>, eps: f32) -> FloatTensor<Self>;
    fn gelu_tanh(x: FloatTensor<Self>) -> FloatTensor<Self>;
    fn attention(
        qkv: FloatTensor<Self>,
        layout: Arc<Layout>,
        heads: usize,
        rope_base: f32,
    ) -> FloatTensor<Self>;
    #[allow(clippy::too_many_arguments)]
    fn block(
        x: FloatTensor<Self>,
        norm1: FloatTensor<Self>,
        qkv: FloatTensor<Self>,
        out: FloatTensor<Self>,
        norm2: FloatTensor<Self>,
        up: FloatTensor<Self>,
        down: FloatTensor<Self>,
        layout: Arc<Layout>,
        options: BlockOptions,
    ) -> FloatTensor<Self>;
    fn scores_tied(
        hidden: FloatTensor<Self>,
        embedding: FloatTensor<Self>,
        rows: Arc<[u32]>,
        targets: Arc<[u32]>,
        width: usize,
    ) -> FloatTensor<Self>;
}

macro_rules! implement {
    ([$($generic:tt)*] $backend:ty, |$op:ident, $inputs:ident| $call:expr) => {
        impl<$($generic)*> CpuOps for $backend {
            fn embed(
                embedding: FloatTensor<Self>,
                tokens: Arc<[u32]>,
                scale: f32,
            ) -> FloatTensor<Self> {
                let width = burn_backend::TensorMetadata::shape(&embedding)[1];
                let ($op, $inputs) = (Embed { tokens, scale, width }, [embedding]);
                $call
            }
            fn rms_norm(
                x: FloatTensor<Self>,
                weight: FloatTensor<Self>,
                eps: f32,
            ) -> FloatTensor<Self> {
                let ($op, $inputs) = (RmsNorm { eps }, [x, weight]);
                $call
            }
            fn gelu_tanh(x: FloatTensor<Self>) -> FloatTensor<Self> {
                let width = burn_backend::TensorMetadata::shape(&x)[1];
                let ($op, $inputs) = (Gelu { width }, [x]);
                $call
            }
            fn attention(
                qkv: FloatTensor<Self>,
                layout: Arc<Layout>,
                heads: usize,
                rope_base: f32,
            ) -> FloatTensor<Self> {
                let width = burn_backend::TensorMetadata::shape(&qkv)[1] / 3;
                let heads = Heads { count: heads, width };
                let ($op, $inputs) = (Attention { layout, heads, rope_base }, [qkv]);
                $call
            }
            fn block(
                x: FloatTensor<Self>,
                norm1: FloatTensor<Self>,
                qkv: FloatTensor<Self>,
                out: FloatTensor<Self>,
                norm2: FloatTensor<Self>,
                up: FloatTensor<Self>,
                down: FloatTensor<Self>,
                layout: Arc<Layout>,
                options: BlockOptions,
            ) -> FloatTensor<Self> {
                let $op = Block { layout, options };
                let $inputs = [x, norm1, qkv, out, norm2, up, down];
                $call
            }
            fn scores_tied(
                hidden: FloatTensor<Self>,
                embedding: FloatTensor<Self>,
                rows: Arc<[u32]>,
                targets: Arc<[u32]>,
                width: usize,
            ) -> FloatTensor<Self> {
                let $op = ScoresTied { rows, targets, width };
                let $inputs = [hidden, embedding];
                $call
            }
        }
    };
}

implement!([] Flex, |op, inputs| run(&op, inputs));
implement!([C: CheckpointStrategy] Autodiff<Flex, C>, |op, inputs| record::<_, _, C>(op, inputs));

#[derive(Clone, Debug)]
struct Embed {
    tokens: Arc<[u32]>,
    scale: f32,
    width: usize,
}

impl SliceOp<1> for Embed {
    type Saved = ();

    fn forward(&self, [embedding]: [&[f32]; 1]) -> (Vec<f32>, Vec<usize>, ()) {
        let width = self.width;
        let mut out = Vec::with_capacity(self.tokens.len() * width);
        for &token in self.tokens.iter() {
            let at = token as usize * width;
            out.extend(embedding[at..at + width].iter().map(|v| v * self.scale));
        }
        (out, vec![self.tokens.len(), width], ())
    }

    fn backward(&self, [embedding]: [&[f32]; 1], (): &(), grad: &[f32]) -> [Vec<f32>; 1] {
        let width = self.width;
        let mut result = vec![0.0; embedding.len()];
        for (&token, grad) in self.tokens.iter().zip(grad.chunks_exact(width)) {
            let at = token as usize * width;
            for (to, from) in result[at..at + width].iter_mut().zip(grad) {
                *to += from * self.scale;
            }
        }
        [result]
    }
}

#[derive(Clone, Debug)]
struct RmsNorm {
    eps: f32,
}

impl SliceOp<2> for RmsNorm {
    type Saved = ();

    fn forward(&self, [x, weight]: [&[f32]; 2]) -> (Vec<f32>, Vec<usize>, ()) {
        let d = weight.len();
        let mut out = vec![0.0; x.len()];
        let rows = Rows::new(&mut out, d);
        row_blocks(x.len() / d, |block| {
            #[allow(unsafe_code)]
            // SAFETY: blocks of rows do not overlap.
            let out = unsafe { rows.rows(block.clone()) };
            norm::forward(&x[block.start * d..block.end * d], weight, self.eps, out);
        });
        (out, vec![x.len() / d, d], ())
    }

    fn backward(&self, [x, weight]: [&[f32]; 2], (): &(), grad: &[f32]) -> [Vec<f32>; 2] {
        let d = weight.len();
        let mut dx = vec![0.0; x.len()];
        let rows = Rows::new(&mut dx, d);
        let parts = row_blocks(x.len() / d, |block| {
            #[allow(unsafe_code)]
            // SAFETY: blocks of rows do not overlap.
            let dx = unsafe { rows.rows(block.clone()) };
            let mut dw = vec![0.0; d];
            let part = block.start * d..block.end * d;
            norm::backward(&x[part.clone()], weight, self.eps, &grad[part], dx, &mut dw);
            dw
        });
        [dx, sum_in_order(parts.into_iter(), d)]
    }
}

#[derive(Clone, Debug)]
struct Gelu {
    width: usize,
}

impl SliceOp<1> for Gelu {
    type Saved = ();

    fn forward(&self, [x]: [&[f32]; 1]) -> (Vec<f32>, Vec<usize>, ()) {
        let mut out = vec![0.0; x.len()];
        gelu::forward(x, &mut out);
        (out, vec![x.len() / self.width.max(1), self.width], ())
    }

    fn backward(&self, [x]: [&[f32]; 1], (): &(), grad: &[f32]) -> [Vec<f32>; 1] {
        let (mut dx, mut again) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        gelu::backward(x, grad, &mut dx, &mut again);
        [dx]
    }
}

#[derive(Clone, Debug)]
struct Attention {
    layout: Arc<Layout>,
    heads: Heads,
    rope_base: f32,
}

#[derive(Debug)]
struct Attended {
    turned: Vec<f32>,
    out: Vec<f32>,
    denominators: Vec<f32>,
    table: Table,
}

impl SliceOp<1> for Attention {
    type Saved = Attended;

    fn forward(&self, [qkv]: [&[f32]; 1]) -> (Vec<f32>, Vec<usize>, Attended) {
        let (t, d) = (self.layout.tokens(), self.heads.width);
        let table = Table::new(self.layout.longest(), d / self.heads.count, self.rope_base);
        let mut turned = qkv.to_vec();
        for (row, position) in turned.chunks_exact_mut(3 * d).zip(self.layout.positions()) {
            table.turn(&mut row[..2 * d], *position as usize);
        }
        let (mut out, mut denominators) = (vec![0.0; t * d], vec![0.0; t * self.heads.count]);
        attention::forward(
            &turned,
            &self.layout,
            self.heads,
            &mut out,
            &mut denominators,
        );
        (
            out.clone(),
            vec![t, d],
            Attended {
                turned,
                out,
                denominators,
                table,
            },
        )
    }

    fn backward(&self, [qkv]: [&[f32]; 1], saved: &Attended, grad: &[f32]) -> [Vec<f32>; 1] {
        let d = self.heads.width;
        let mut dqkv = vec![0.0; qkv.len()];
        let pass = attention::Backward {
            qkv: &saved.turned,
            out: &saved.out,
            denominators: &saved.denominators,
            grad,
        };
        pass.run(&self.layout, self.heads, &mut dqkv);
        for (row, position) in dqkv.chunks_exact_mut(3 * d).zip(self.layout.positions()) {
            saved.table.turn_back(&mut row[..2 * d], *position as usize);
        }
        [dqkv]
    }
}

#[derive(Clone, Debug)]
struct Block {
    layout: Arc<Layout>,
    options: BlockOptions,
}

impl Block {
    fn weights<'a>(inputs: [&'a [f32]; 7]) -> block::Weights<'a> {
        let [_, norm1, qkv, out, norm2, up, down] = inputs;
        block::Weights {
            norm1,
            qkv,
            out,
            norm2,
            up,
            down,
        }
    }
}

impl SliceOp<7> for Block {
    type Saved = block::Saved;

    fn forward(&self, inputs: [&[f32]; 7]) -> (Vec<f32>, Vec<usize>, block::Saved) {
        let weights = Self::weights(inputs);
        let (y, saved) = block::forward(inputs[0], &weights, &self.layout, self.options);
        (y, vec![self.layout.tokens(), weights.width()], saved)
    }

    fn backward(&self, inputs: [&[f32]; 7], saved: &block::Saved, grad: &[f32]) -> [Vec<f32>; 7] {
        let weights = Self::weights(inputs);
        let g = block::backward(inputs[0], &weights, &self.layout, self.options, saved, grad);
        [g.x, g.norm1, g.qkv, g.out, g.norm2, g.up, g.down]
    }
}

#[derive(Clone, Debug)]
struct ScoresTied {
    rows: Arc<[u32]>,
    targets: Arc<[u32]>,
    width: usize,
}

impl ScoresTied {
    fn tied<'a>(&'a self, [hidden, embedding]: [&'a [f32]; 2]) -> Tied<'a> {
        let (rows, targets) = (&self.rows, &self.targets);
        Tied {
            hidden,
            rows,
            embedding,
            targets,
            d: self.width,
        }
    }
}

impl SliceOp<2> for ScoresTied {
    type Saved = ();

    fn forward(&self, inputs: [&[f32]; 2]) -> (Vec<f32>, Vec<usize>, ()) {
        (
            self.tied(inputs).forward(),
            vec![self.rows.len(), SCORES],
            (),
        )
    }

    fn backward(&self, inputs: [&[f32]; 2], (): &(), grad: &[f32]) -> [Vec<f32>; 2] {
        let (hidden, embedding) = self.tied(inputs).backward(grad);
        [hidden, embedding]
    }
}
