//! From a pair of functions over slices to an operation that differentiates on flex.

use std::{fmt::Debug, sync::Arc};

use burn::{
    backend::{Autodiff, Flex},
    tensor::TensorData,
};
use burn_autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn_backend::{TensorMetadata, tensor::FloatTensor};
use burn_flex::FlexTensor;

/// An operation on `N` dense f32 tensors with one output.
pub(super) trait SliceOp<const N: usize>: Clone + Debug + Send + 'static {
    /// What the forward pass leaves for the backward pass.
    type Saved: Debug + Send + Sync + 'static;

    /// Output values, their shape, and what to keep.
    fn forward(&self, inputs: [&[f32]; N]) -> (Vec<f32>, Vec<usize>, Self::Saved);

    /// Gradients of all inputs, given that of the output.
    fn backward(&self, inputs: [&[f32]; N], saved: &Self::Saved, grad: &[f32]) -> [Vec<f32>; N];
}

/// Runs an operation without recording it.
pub(super) fn run<const N: usize, O: SliceOp<N>>(op: &O, inputs: [FlexTensor; N]) -> FlexTensor {
    let inputs = inputs.map(|input| input.to_contiguous());
    let (values, shape, _) = op.forward(inputs.each_ref().map(values_of));
    tensor(values, shape)
}

/// Runs an operation and records it in the autodiff graph if any input wants a gradient.
pub(super) fn record<const N: usize, O: SliceOp<N>, C: CheckpointStrategy>(
    op: O,
    inputs: [FloatTensor<Autodiff<Flex, C>>; N],
) -> FloatTensor<Autodiff<Flex, C>> {
    let nodes = inputs.each_ref().map(|input| input.node());
    let inputs = inputs.map(|input| input.into_primitive().to_contiguous());
    match Recorded(op.clone())
        .prepare::<C>(nodes)
        .compute_bound()
        .stateful()
    {
        OpsKind::Tracked(prep) => {
            let (values, shape, saved) = op.forward(inputs.each_ref().map(values_of));
            prep.finish((inputs, Arc::new(saved)), tensor(values, shape))
        }
        OpsKind::UnTracked(prep) => prep.finish(run(&op, inputs)),
    }
}

#[derive(Debug)]
struct Recorded<O>(O);

impl<const N: usize, O: SliceOp<N>> Backward<Flex, N> for Recorded<O> {
    type State = ([FlexTensor; N], Arc<O::Saved>);

    fn backward(
        self,
        ops: Ops<Self::State, N>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<Flex>(&ops.node).to_contiguous();
        let (inputs, saved) = ops.state;
        let results = self
            .0
            .backward(inputs.each_ref().map(values_of), &saved, values_of(&grad));
        for ((node, input), values) in ops.parents.into_iter().zip(&inputs).zip(results) {
            if let Some(node) = node {
                let shape = input.shape().to_vec();
                grads.register::<Flex>(node.id, tensor(values, shape));
            }
        }
    }
}

/// The values of a contiguous f32 tensor.
///
/// # Panics
/// If the tensor is of another type: these kernels are f32 only.
pub(super) fn values_of(tensor: &FlexTensor) -> &[f32] {
    match tensor.as_slice::<f32>() {
        Some(values) => values,
        None => panic!("this kernel needs f32 tensors, got {:?}", tensor.dtype()),
    }
}

/// A tensor that owns `values`.
pub(super) fn tensor(values: Vec<f32>, shape: Vec<usize>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
