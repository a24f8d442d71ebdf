//! The services that are granted, and their bounds.

use std::sync::{Arc, Mutex};

use falcon_episode::Uses;
use falcon_host::{
    KvStore, LogLevel, LogMessage,
    memory::{Candidate, Item, Occupancy, Policy as _, Query},
};
use falcon_testing::test_guest;

use serde_json::Value;

use crate::common::{
    ALL, ask, built, contrary_as, file, granted, loader, manifest, plugin, score, told,
};

#[test]
fn messages_arrive_are_cut_and_are_counted() {
    let kept: Arc<Mutex<Vec<LogMessage>>> = Arc::default();
    let sink = Arc::clone(&kept);
    let plugin = plugin(
        &loader().grants(granted().log(move |told| sink.lock().unwrap().push(told.clone()))),
    );
    score(&plugin, "log", 2);
    let told = std::mem::take(&mut *kept.lock().unwrap());
    assert_eq!(told.len(), 3);
    assert_eq!(
        (told[0].plugin.as_str(), told[0].level, &*told[0].text),
        ("falcon/contrary", LogLevel::Info, "message 0")
    );
    assert_eq!((told[2].level, told[2].text.len()), (LogLevel::Warn, 4096));
    score(&plugin, "log", 1000);
    let told = kept.lock().unwrap();
    assert_eq!(told.len(), 257);
    assert!(
        told[256].text.contains("more than 256 messages"),
        "{}",
        told[256].text
    );
}

#[test]
fn the_clock_is_the_operators() {
    assert_eq!(score(&plugin(&loader()), "clock", 0), 1234.0);
}

#[test]
fn maps_outlive_instances_and_belong_to_names() {
    let store = KvStore::default();
    let loader = loader().grants(granted().kv(store.clone()));
    let first = plugin(&loader);
    for expected in [0.0, 1.0, 2.0] {
        assert_eq!(score(&first, "count", 0), expected);
    }
    let newer = manifest("falcon/contrary", ">=0.1", ALL)
        .replace("version = \"0.1.0\"", "version = \"0.1.1\"");
    let (_a, path) = file(&contrary_as(&newer));
    assert_eq!(
        score(&loader.load(&path).unwrap(), "count", 0),
        3.0,
        "another version of it"
    );
    let (_b, path) = file(&contrary_as(&manifest("falcon/another", ">=0.1", ALL)));
    assert_eq!(
        score(&loader.load(&path).unwrap(), "count", 0),
        0.0,
        "another plugin"
    );
    store.delete(&first.id().name, "count").unwrap();
    assert_eq!(score(&first, "count", 0), 0.0);
}

#[test]
fn maps_have_a_quota() {
    let plugin = plugin(&loader().grants(granted().kv(KvStore::new(100_000))));
    assert_eq!(score(&plugin, "fill", 80), 0.0);
    let error = ask(&told(&plugin, "fill", 200)).unwrap_err().to_string();
    assert!(
        error.contains("reported quota: the quota of 100000 is used up"),
        "{error}"
    );
    // What is there may still be replaced.
    assert_eq!(score(&plugin, "fill", 80), 0.0);
}

#[test]
fn what_a_judge_uses_is_in_its_score() {
    let plugin = plugin(&loader());
    let uses = |what: &str, amount| ask(&told(&plugin, what, amount)).unwrap().uses;
    let none = Uses::default();
    assert_eq!(uses("nothing", 1), none);
    // Dropped messages count too.
    for (what, amount, expected) in [
        (
            "log",
            300,
            Uses {
                log: 301,
                ..none.clone()
            },
        ),
        (
            "clock",
            0,
            Uses {
                clock: 1,
                ..none.clone()
            },
        ),
        (
            "count",
            0,
            Uses {
                kv: 2,
                ..none.clone()
            },
        ),
    ] {
        assert_eq!(uses(what, amount), expected);
    }
}

#[test]
fn what_a_memory_policy_uses_is_counted_until_it_is_asked_for() {
    let plugin = loader().load(&built(test_guest("falcon/noting"))).unwrap();
    let policy = plugin.memory_policy(&Value::Null).unwrap();
    assert!(policy.take_uses().is_none());
    let item = |program: &str| Item {
        program: program.to_owned(),
        ..Item::default()
    };
    policy.admit(&item("pass"), &[]).unwrap();
    // Clones count together, and so do calls that fail.
    policy.clone().admit(&item("panic"), &[]).unwrap_err();
    let near = Candidate::default();
    policy.rank(&[(Query::default(), vec![near])]).unwrap();
    let used = Uses {
        log: 3,
        kv: 1,
        ..Uses::default()
    };
    assert_eq!(policy.take_uses(), used);
    assert!(policy.take_uses().is_none());
    // What asks for no service uses none.
    let full = Occupancy {
        items: 1,
        capacity: 1,
        newest: 1,
    };
    policy.evict(full, &[]).unwrap();
    assert!(policy.take_uses().is_none());
}
