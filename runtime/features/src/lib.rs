//! Has no code: its manifest names the features of dependencies that several crates share,
//! so that building one crate or all of them compiles each dependency once.
