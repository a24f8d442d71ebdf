//! Has no code: its manifest names features of dependencies that several crates share, so that
//! building one of them alone compiles less again. It does not name them all yet.
