//! A panic's text reaches the operator: a trap alone would only say "unreachable".

use std::sync::Once;

use crate::bindings::host::falcon::host::panic::report;

/// Has every later panic of this instance reported.
pub(crate) fn report_to_host() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let text = panic
                .payload_as_str()
                .unwrap_or("a value that is not a text");
            match panic.location() {
                Some(at) => report(&format!(
                    "{text} (at {}:{}:{})",
                    at.file(),
                    at.line(),
                    at.column()
                )),
                None => report(text),
            }
        }));
    });
}
