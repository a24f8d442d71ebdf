//! falcon-kernels
