//! The kernels as operations of burn's cubecl backend.

use burn::backend::DispatchDevice;
use burn::tensor::Device;
use burn_backend::{DType, Shape, TensorMetadata};
use burn_cubecl::{CubeBackend, kernel::into_contiguous, tensor::CubeTensor};

use super::{Rows, Strategy};
use crate::ops::VocabularyOps;

impl VocabularyOps for CubeBackend {
    fn scores(logits: CubeTensor, targets: CubeTensor) -> CubeTensor {
        let logits = into_contiguous(logits);
        let rows = rows(&logits, targets);
        let strategy = Strategy::choose(&logits.client, rows.vocabulary);
        let scores = rows.forward(&logits.client, strategy);
        dense(&logits, scores, [rows.rows, 2])
    }

    fn scores_backward(logits: CubeTensor, targets: CubeTensor, grad: CubeTensor) -> CubeTensor {
        let (logits, grad) = (into_contiguous(logits), into_contiguous(grad));
        let rows = rows(&logits, targets);
        let strategy = Strategy::choose(&logits.client, rows.vocabulary);
        let out = rows.backward(&logits.client, strategy, grad.handle);
        dense(&logits, out, [rows.rows, rows.vocabulary])
    }
}

fn rows(logits: &CubeTensor, targets: CubeTensor) -> Rows {
    assert_eq!(logits.dtype, DType::F32, "this kernel needs f32 logits");
    assert_eq!(targets.dtype, DType::I32, "this kernel needs i32 token ids");
    let shape = logits.shape();
    Rows {
        logits: logits.handle.clone(),
        targets: into_contiguous(targets).handle,
        rows: shape[0],
        vocabulary: shape[1],
    }
}

fn dense(like: &CubeTensor, handle: cubecl::server::Handle, shape: [usize; 2]) -> CubeTensor {
    CubeTensor::new_contiguous(
        like.client.clone(),
        like.device.clone(),
        Shape::new(shape),
        handle,
        DType::F32,
    )
}

/// Whether a device runs cubecl kernels.
pub(crate) fn on_cube(device: &Device) -> bool {
    fn is_cube(device: &DispatchDevice) -> bool {
        match device {
            DispatchDevice::Cube(_) => true,
            DispatchDevice::Autodiff(inner) => is_cube(inner),
            _ => false,
        }
    }
    is_cube(device.as_dispatch())
}
