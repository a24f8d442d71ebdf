//! How calls end without an answer, each with its own words, and that the next call knows nothing of it.

use std::time::{Duration, Instant};

use falcon_host::{Failure, Limits};

use crate::common::{ALL, ask, contrary_as, file, loader, manifest, plugin, score, told};

#[test]
fn endings() {
    let plugin = plugin(&loader());
    type Expected = fn(&Failure) -> bool;
    let table: [(&str, u64, Expected, &str); 10] = [
        (
            "panic",
            7,
            |f| matches!(f, Failure::Panicked(_)),
            "panicked: the amount is 7 (at ",
        ),
        (
            "panic",
            7,
            |f| matches!(f, Failure::Panicked(_)),
            "sdk/testing/guests/contrary/src/lib.rs:",
        ),
        (
            "index",
            99,
            |f| matches!(f, Failure::Panicked(_)),
            "index out of bounds: the len is 8 but the index is 99",
        ),
        (
            "error",
            3,
            |f| matches!(f, Failure::Reported { .. }),
            "reported too-contrary: it would not; amount: 3",
        ),
        (
            "unheard of",
            0,
            |f| matches!(f, Failure::Reported { .. }),
            "reported unknown: unheard of",
        ),
        (
            "loop",
            0,
            |f| *f == Failure::OutOfFuel(1_000_000_000),
            "used up its fuel",
        ),
        (
            "recurse",
            0,
            |f| *f == Failure::StackOverflow || matches!(f, Failure::Trapped(_)),
            "",
        ),
        (
            "allocate",
            1 << 30,
            |f| *f == Failure::OutOfMemory(64 << 20),
            "more than its 64MiB of memory",
        ),
        (
            "nan",
            0,
            |f| matches!(f, Failure::Nonsense(_)),
            "a score or credit of NaN",
        ),
        (
            "outside",
            0,
            |f| matches!(f, Failure::Nonsense(_)),
            "of a program of 8",
        ),
    ];
    for (what, amount, expected, words) in table {
        let error = ask(&told(&plugin, what, amount)).unwrap_err();
        assert!(expected(&error.failure), "{what}: {:?}", error.failure);
        let text = error.to_string();
        assert!(text.contains(words), "{what}: {words:?} is not in {text}");
        let named = format!(
            "plugin falcon/contrary 0.1.0 (sha256:{})",
            plugin.id().digest.short()
        );
        assert!(text.starts_with(&named), "{what}: {text}");
        assert_eq!(score(&plugin, "nothing", 5), 5.0, "the call after {what}");
    }
}

#[test]
fn a_manifest_that_asks_for_less_gets_less() {
    let asks = manifest(
        "falcon/contrary",
        ">=0.1",
        &format!("{ALL}\nmemory = \"32MiB\"\nfuel = 50000000"),
    );
    let (_folder, path) = file(&contrary_as(&asks));
    let plugin = loader().load(&path).unwrap();
    for (what, amount, expected) in [
        ("loop", 0, Failure::OutOfFuel(50_000_000)),
        ("allocate", 48 << 20, Failure::OutOfMemory(32 << 20)),
    ] {
        let error = ask(&told(&plugin, what, amount)).unwrap_err();
        assert_eq!(error.failure, expected, "{what}");
    }
}

#[test]
fn the_same_fuel_each_time() {
    let limits = |fuel| Limits {
        fuel,
        ..Limits::default()
    };
    let runs = |fuel| {
        let plugin = plugin(&loader().limits(limits(fuel)));
        ask(&told(&plugin, "allocate", 100_000)).is_ok()
    };
    // The least fuel that is enough, by halving; then it is exactly that each time.
    let (mut short, mut enough) = (0, 100_000_000);
    assert!(runs(enough));
    while enough - short > 1 {
        let middle = short + (enough - short) / 2;
        if runs(middle) {
            enough = middle
        } else {
            short = middle
        }
    }
    for _ in 0..3 {
        assert!(runs(enough) && !runs(enough - 1));
    }
}

#[test]
fn the_clock_ends_what_fuel_does_not() {
    let timeout = Duration::from_millis(50);
    let plugin = plugin(&loader().limits(Limits {
        fuel: u64::MAX / 2,
        timeout,
        ..Limits::default()
    }));
    let since = Instant::now();
    let error = ask(&told(&plugin, "loop", 0)).unwrap_err();
    assert_eq!(error.failure, Failure::Timeout(timeout));
    assert!(
        !error.failure.is_plugins(),
        "a fault of ours, not of the plugin"
    );
    assert!(since.elapsed() >= timeout && since.elapsed() < Duration::from_secs(20));
}
