//! falcon-package
