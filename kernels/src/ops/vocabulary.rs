//! Log-probability and entropy over the vocabulary.

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, Flex, backend_extension,
        tensor::{FloatTensor, IntTensor},
    },
    tensor::{Int, Tensor, TensorData},
};
use burn_autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn_backend::TensorMetadata;
use burn_flex::FlexTensor;

use super::{
    flex::CpuOps,
    node::{tensor, values_of},
    on_flex,
};
use crate::{
    composed,
    cpu::vocabulary::{self, SCORES},
};

/// What the vocabulary's distribution says about each target. Gradients flow from both.
#[derive(Clone, Debug)]
pub struct TokenScores {
    /// Natural logarithm of the target's probability, `[N]`.
    pub log_prob: Tensor<1>,
    /// Entropy of the distribution in nats, `[N]`.
    pub entropy: Tensor<1>,
}

impl TokenScores {
    fn from_columns(scores: Tensor<2>) -> Self {
        let n = scores.dims()[0];
        let column = |at| scores.clone().slice([0..n, at..at + 1]).reshape([n]);
        Self {
            log_prob: column(0),
            entropy: column(1),
        }
    }
}

/// Log-softmax, gather and entropy in one pass, with one pass for the gradient.
///
/// On the CPU and, with the feature `burn-wgpu` or `burn-cuda`, on cubecl devices this is a kernel of its own;
/// elsewhere a composition of burn operations.
///
/// # Arguments
/// - `logits`: `[N, V]`, f32
/// - `targets`: `N` ids below `V`
///
/// # Panics
/// If there are not `N` targets, or one is not below `V`.
#[must_use]
pub fn log_prob(logits: Tensor<2>, targets: &[u32]) -> TokenScores {
    let [n, v] = logits.dims();
    assert_eq!(
        n,
        targets.len(),
        "log_prob: {n} rows of logits, {} targets",
        targets.len()
    );
    assert!(
        targets.iter().all(|&t| (t as usize) < v),
        "a target is not below {v}"
    );
    let device = logits.device();
    if !has_kernel(&device) {
        return composed::log_prob(logits, targets);
    }
    let ids: Vec<i32> = targets.iter().map(|&t| t as i32).collect();
    let targets = Tensor::<1, Int>::from_data(TensorData::new(ids, [n]), &device);
    let scores =
        <Dispatch as VocabularyOps>::scores(logits.into_dispatch(), targets.into_dispatch());
    TokenScores::from_columns(Tensor::from_dispatch(scores))
}

/// [`log_prob`] of logits `hidden[rows] x embedding^T`, which never leave the kernel on the CPU.
///
/// # Arguments
/// - `hidden`: `[T, d]`
/// - `rows`: `N` rows of `hidden` that predict
/// - `embedding`: `[V, d]`
/// - `targets`: `N` ids below `V`
///
/// # Panics
/// If shapes do not fit together or an index is out of range.
#[must_use]
pub fn log_prob_tied(
    hidden: Tensor<2>,
    rows: &[u32],
    embedding: Tensor<2>,
    targets: &[u32],
) -> TokenScores {
    let ([t, d], [v, width]) = (hidden.dims(), embedding.dims());
    assert_eq!(
        d, width,
        "log_prob_tied: widths of hidden state and embedding differ"
    );
    assert_eq!(
        rows.len(),
        targets.len(),
        "log_prob_tied: numbers of rows and targets differ"
    );
    assert!(
        rows.iter().all(|&r| (r as usize) < t),
        "a row is not below {t}"
    );
    assert!(
        targets.iter().all(|&t| (t as usize) < v),
        "a target is not below {v}"
    );
    if !on_flex(&hidden.device()) {
        let chosen = composed::select(hidden, rows);
        return log_prob(chosen.matmul(embedding.transpose()), targets);
    }
    let scores = <Dispatch as CpuOps>::scores_tied(
        hidden.into_dispatch(),
        embedding.into_dispatch(),
        rows.into(),
        targets.into(),
        d,
    );
    TokenScores::from_columns(Tensor::from_dispatch(scores))
}

#[cfg(not(any(feature = "burn-wgpu", feature = "burn-cuda")))]
fn has_kernel(device: &burn::tensor::Device) -> bool {
    on_flex(device)
}

#[cfg(any(feature = "burn-wgpu", feature = "burn-cuda"))]
fn has_kernel(device: &burn::tensor::Device) -> bool {
    on_flex(device) || crate::cube::on_cube(device)
}

/// The two passes of [`log_prob`], by backend. Scores are `[N, 2]`: log-probability, entropy.
#[backend_extension(Autodiff, Flex, Cube: cfg(any(feature = "burn-wgpu", feature = "burn-cuda")))]
pub(crate) trait VocabularyOps: Backend {
    fn scores(logits: FloatTensor<Self>, targets: IntTensor<Self>) -> FloatTensor<Self>;
    fn scores_backward(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl VocabularyOps for Flex {
    fn scores(logits: FlexTensor, targets: FlexTensor) -> FlexTensor {
        let (v, logits) = (logits.shape()[1], logits.to_contiguous());
        let targets = ids(&targets);
        let scores = vocabulary::forward(values_of(&logits), v, &targets);
        tensor(scores, vec![targets.len(), SCORES])
    }

    fn scores_backward(logits: FlexTensor, targets: FlexTensor, grad: FlexTensor) -> FlexTensor {
        let (v, logits, grad) = (
            logits.shape()[1],
            logits.to_contiguous(),
            grad.to_contiguous(),
        );
        let targets = ids(&targets);
        let grad = vocabulary::backward(values_of(&logits), v, &targets, values_of(&grad));
        tensor(grad, vec![targets.len(), v])
    }
}

/// Token ids of an integer tensor of either width.
fn ids(targets: &FlexTensor) -> Vec<u32> {
    let targets = targets.to_contiguous();
    if let Some(ids) = targets.as_slice::<i32>() {
        ids.iter().map(|&id| id as u32).collect()
    } else if let Some(ids) = targets.as_slice::<i64>() {
        ids.iter().map(|&id| id as u32).collect()
    } else {
        panic!("token ids must be i32 or i64, got {:?}", targets.dtype())
    }
}

impl<B: VocabularyOps, C: CheckpointStrategy> VocabularyOps for Autodiff<B, C> {
    fn scores(logits: FloatTensor<Self>, targets: IntTensor<Self>) -> FloatTensor<Self> {
        let node = logits.node();
        match Scores.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let logits = logits.into_primitive();
                let scores = B::scores(logits.clone(), targets.clone());
                prep.finish((logits, targets), scores)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::scores(logits.into_primitive(), targets)),
        }
    }

    fn scores_backward(
        _logits: FloatTensor<Self>,
        _targets: IntTensor<Self>,
        _grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        panic!("the backward pass of log_prob has no derivative of its own")
    }
}

#[derive(Debug)]
struct Scores;

impl<B: VocabularyOps> Backward<B, 1> for Scores {
    type State = (FloatTensor<B>, IntTensor<B>);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let (logits, targets) = ops.state;
        let [node] = ops.parents;
        if let Some(node) = node {
            grads.register::<B>(node.id, B::scores_backward(logits, targets, grad));
        }
    }
}
