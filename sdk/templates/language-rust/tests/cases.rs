//! The plugin that users get, under the real host: the cases of conformance.toml.

use std::process::Command;

#[test]
fn cases_hold_under_the_real_host() {
    let falcon = std::env::var_os("FALCON").unwrap_or_else(|| "falcon".into());
    let mut test = Command::new(falcon);
    test.args(["plugin", "test", env!("CARGO_MANIFEST_DIR")]);
    let status = test
        .status()
        .expect("falcon is on the PATH, or FALCON names it");
    assert!(status.success(), "see above for the cases that differ");
}
