//! Threads that instances may run on.

use std::num::NonZeroUsize;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads with the stack that an instance may need. Elsewhere the host makes one for every call, which costs a judge
/// many times its own work.
pub struct Threads(ThreadPool);

/// No threads could be made.
#[derive(Debug, thiserror::Error)]
#[error("the grading threads could not be started: {0}")]
pub struct ThreadsError(#[from] rayon::ThreadPoolBuildError);

impl Threads {
    /// So many threads.
    ///
    /// # Errors
    /// Where the machine has no room for them.
    pub fn new(count: NonZeroUsize) -> Result<Self, ThreadsError> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(count.get())
            .stack_size(falcon_host::stack::THREAD)
            .start_handler(|_| falcon_host::stack::is_ample())
            .thread_name(|number| format!("falcon-grade-{number}"));
        Ok(Self(pool.build()?))
    }

    /// How many there are by default: the machine's cores.
    #[must_use]
    pub fn cores() -> NonZeroUsize {
        std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
    }

    /// Runs a function whose parallel parts run on these threads.
    pub(crate) fn install<T: Send>(&self, run: impl FnOnce() -> T + Send) -> T {
        self.0.install(run)
    }
}
