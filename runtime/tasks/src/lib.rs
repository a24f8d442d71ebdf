//! falcon-tasks
