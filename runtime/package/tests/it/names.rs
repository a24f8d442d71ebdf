//! Names and sizes.

use falcon_package::{ByteSize, PluginName};

#[test]
fn plugin_names() {
    let long = format!("a/{}", "b".repeat(65));
    for good in ["a/b", "falcon/unit-tests", "0x/1"] {
        assert_eq!(good.parse::<PluginName>().unwrap().to_string(), good);
    }
    for bad in [
        "", "a", "a/", "/b", "a/b/c", "A/b", "a/b-", "-a/b", "a/b_c", "a /b", "ä/b", "../b", &long,
    ] {
        assert!(bad.parse::<PluginName>().is_err(), "{bad}");
    }
}

#[test]
fn sizes() {
    for (text, size) in [
        ("0", 0),
        ("4096", 4096),
        ("64KiB", 64 << 10),
        ("2 MiB", 2 << 20),
        ("1GiB", 1 << 30),
    ] {
        assert_eq!(text.parse::<ByteSize>().unwrap().0, size, "{text}");
    }
    for bad in ["", "MiB", "-1", "1.5MiB", "1MB", "99999999999GiB", "1 TiB"] {
        assert!(bad.parse::<ByteSize>().is_err(), "{bad}");
    }
    for (size, text) in [
        (0, "0"),
        (1000, "1000"),
        (64 << 10, "64KiB"),
        (3 << 20, "3MiB"),
        (1 << 30, "1GiB"),
    ] {
        assert_eq!(ByteSize(size).to_string(), text);
    }
}
