//! What is made once for all who want it at the same time, each of whom may stop waiting for it.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use falcon_episode::Cancel;

/// How soon who waits notices that he was taken back.
const LOOK: Duration = Duration::from_millis(10);

/// Something that is made by who wants it first.
pub(super) struct Made<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

enum State<T> {
    Not,
    Making,
    Made(T),
}

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State::Not),
            changed: Condvar::new(),
        }
    }
}

impl<T> Made<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Made<T> {
    /// Says what it is.
    pub(super) fn set(&self, value: T) {
        *self.state() = State::Made(value);
        self.changed.notify_all();
    }

    /// What it is, made now or by another meanwhile. None where `make` gives none, and the next who wants it tries again;
    /// or where the wait was taken back.
    pub(super) fn get_or_make(
        &self,
        cancel: &Cancel,
        make: impl FnOnce() -> Option<T>,
    ) -> Option<T> {
        let mut state = self.state();
        loop {
            match &*state {
                State::Made(value) => return Some(value.clone()),
                State::Not => break,
                State::Making if cancel.is_cancelled() => return None,
                State::Making => {}
            }
            state = if cancel.can_be() {
                let waited = self.changed.wait_timeout(state, LOOK);
                waited.unwrap_or_else(PoisonError::into_inner).0
            } else {
                let waited = self.changed.wait(state);
                waited.unwrap_or_else(PoisonError::into_inner)
            };
        }
        *state = State::Making;
        drop(state);
        let making = Making(self);
        let made = make();
        if let Some(value) = &made {
            self.set(value.clone());
        }
        drop(making);
        made
    }
}

/// Lets others make it where it was not, by a panic too.
struct Making<'a, T>(&'a Made<T>);

impl<T> Drop for Making<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if matches!(*state, State::Making) {
            *state = State::Not;
        }
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc::channel, thread, time::Instant};

    use super::*;

    #[test]
    fn it_is_made_once_and_again_where_it_was_not() {
        let made = Made::default();
        let never = Cancel::never();
        assert_eq!(made.get_or_make(&never, || None), None);
        assert_eq!(made.get_or_make(&never, || Some(1)), Some(1));
        assert_eq!(made.get_or_make(&never, || Some(2)), Some(1));
    }

    #[test]
    fn who_waits_may_stop_and_who_makes_goes_on() {
        let made = Made::default();
        let (begun, begins) = channel();
        let (end, ends) = channel::<()>();
        let (cancel, shared) = (Cancel::new(), &made);
        thread::scope(|scope| {
            let maker = scope.spawn(move || {
                shared.get_or_make(&Cancel::never(), || {
                    begun.send(()).ok()?;
                    ends.recv().ok().map(|()| 1)
                })
            });
            begins.recv().unwrap();
            let waiter = scope.spawn(|| shared.get_or_make(&cancel, || Some(2)));
            let since = Instant::now();
            cancel.cancel();
            assert_eq!(waiter.join().unwrap(), None);
            assert!(since.elapsed() < Duration::from_secs(5));
            end.send(()).unwrap();
            assert_eq!(maker.join().unwrap(), Some(1));
        });
        assert_eq!(made.get_or_make(&Cancel::never(), || Some(3)), Some(1));
    }
}
