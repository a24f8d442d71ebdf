use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Takes a request back while it is worked on. Clones are the same request.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Option<Arc<AtomicBool>>);

impl Cancel {
    /// A request that nobody takes back.
    #[must_use]
    pub const fn never() -> Self {
        Self(None)
    }

    /// A request that [`cancel`](Self::cancel) takes back.
    #[must_use]
    pub fn new() -> Self {
        Self(Some(Arc::default()))
    }

    /// Takes the request back.
    pub fn cancel(&self) {
        if let Some(flag) = &self.0 {
            flag.store(true, Ordering::Release);
        }
    }

    /// Whether it was taken back.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Acquire))
    }

    /// Whether it can be, so that someone has to look.
    #[must_use]
    pub fn can_be(&self) -> bool {
        self.0.is_some()
    }
}

/// A request that is taken back when the flag is set, by a signal's handler for one.
impl From<Arc<AtomicBool>> for Cancel {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(Some(flag))
    }
}
