//! One instance writes a secret over its memory; no later instance, of any component, finds it.

use crate::common::{ALL, contrary_as, file, loader, manifest, plugin, score};

#[test]
fn nothing_is_left_in_a_slot() {
    let loader = loader();
    let writer = plugin(&loader);
    let (_folder, path) = file(&contrary_as(&manifest("falcon/another", ">=0.1", ALL)));
    let reader = loader.load(&path).unwrap();
    assert_ne!(writer.id().digest, reader.id().digest);
    for round in 0..8u64 {
        let secret = 0x5ec2_e700_c0ff_ee00 + round;
        let secret = secret & i64::MAX as u64;
        std::thread::scope(|scope| {
            // Several slots at once, so that the readers below get used ones.
            for _ in 0..4 {
                scope.spawn(|| assert!(score(&writer, "write-secret", secret) > 3e6));
            }
        });
        for plugin in [&writer, &reader, &writer, &reader, &reader, &writer] {
            assert_eq!(score(plugin, "find-secret", secret), 0.0, "round {round}");
        }
    }
}
