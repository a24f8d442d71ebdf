//! falcon-grading
