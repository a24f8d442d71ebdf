//! falcon-report
