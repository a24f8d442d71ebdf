//! Ctrl-C stops at the next step; a second one stops at once.

use std::sync::{Arc, atomic::AtomicBool};

use crate::failure::{Failure, OrFail as _, STOPPED};

/// A flag that the first interrupt or termination signal sets. The second ends the process.
pub(crate) fn on_signal() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // Registered first, so that it still sees the flag as the signal found it.
        signal_hook::flag::register_conditional_shutdown(signal, STOPPED.into(), Arc::clone(&flag))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
            .or_infrastructure("cannot listen for signals")?;
    }
    Ok(flag)
}
