//! What a program runs within, and the clock over it.

use std::{sync::LazyLock, time::Instant};

use falcon_episode::{Cancel, Files};
use wasmtime::{Store, Trap, UpdateDeadline};

use super::Limits;

/// What a program runs within.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// What it may use.
    pub limits: &'a Limits,
    /// The files that it finds; without any there is no folder either.
    pub files: &'a Files,
    /// Takes the run back.
    pub cancel: &'a Cancel,
}

/// Without files, and until it ends.
impl<'a> From<&'a Limits> for Within<'a> {
    fn from(limits: &'a Limits) -> Self {
        static NO_FILES: LazyLock<Files> = LazyLock::new(Files::default);
        static NEVER: Cancel = Cancel::never();
        Self {
            limits,
            files: &NO_FILES,
            cancel: &NEVER,
        }
    }
}

/// Has an instance end when its time is over, or when the run is taken back: at the next tick of the epoch then.
pub(super) fn watch<T: 'static>(store: &mut Store<T>, epochs: u64, cancel: &Cancel) {
    if !cancel.can_be() {
        store.set_epoch_deadline(epochs);
        return;
    }
    let until = Instant::now() + crate::Engine::time(epochs);
    let cancel = cancel.clone();
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if cancel.is_cancelled() || Instant::now() >= until {
            Err(Trap::Interrupt.into())
        } else {
            Ok(UpdateDeadline::Continue(1))
        }
    });
}
