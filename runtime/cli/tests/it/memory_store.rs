//! Memories whose items are in object storage: here a folder that is spoken to as object storage is.

use std::fs;

use serde_json::json;

use crate::{
    falcon::{Folder, falcon, fixture},
    swap::killed_when,
};

#[test]
fn a_run_that_keeps_its_items_elsewhere_is_the_same_run() {
    let folder = Folder::new();
    let (config, near, far) = (
        fixture("tiny.toml"),
        folder.path("near"),
        folder.path("far"),
    );
    let url = format!("file-object-store://{}", folder.path("items"));
    let begin = ["train", "--config", &config, "--json", "--out"];
    let expected = falcon(&[&begin[..], &[near.as_str()]].concat());
    let expected = expected.expect(0).json();
    let elsewhere = [far.as_str(), "--memory-store", url.as_str()];
    let told = falcon(&[&begin[..], &elsewhere].concat()).expect(0).json();
    assert_eq!(told["result_digest"], expected["result_digest"]);
    assert!(!fs::exists(format!("{far}/memory/train/items.lance")).unwrap());

    let train = format!("{url}/train");
    let (from_url, from_folder) = (folder.path("url.jsonl"), folder.path("folder.jsonl"));
    falcon(&["memory", "export", &train, &from_url]).expect(0);
    falcon(&[
        "memory",
        "export",
        &format!("{near}/memory/train"),
        &from_folder,
    ])
    .expect(0);
    let lines = fs::read_to_string(&from_url).unwrap();
    assert_eq!(lines, fs::read_to_string(&from_folder).unwrap());

    let stats = falcon(&["memory", "stats", &train, "--json"])
        .expect(0)
        .json();
    assert_eq!(stats["items"], lines.lines().count());
    assert_eq!(stats["items_at"], json!(train));
    let stats = falcon(&["memory", "stats", &far]).expect(0).stdout;
    assert!(stats.contains(&train), "{stats}");
    let one: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let words = one["prompt"].as_str().unwrap();
    let found = falcon(&["memory", "search", &train, words])
        .expect(0)
        .stdout;
    assert!(found.contains(words), "{found}");

    // Another run does not write over it, and is told before anything is made.
    let third = folder.path("third");
    let again = [
        "train",
        "--config",
        &config,
        "--out",
        &third,
        "--memory-store",
        &url,
    ];
    falcon(&again).expect(2).saying(&[&train, "another URL"]);
    assert!(!fs::exists(&third).unwrap());
}

#[test]
fn a_run_killed_at_its_start_begins_anew_at_the_same_url() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    let url = format!("file-object-store://{}", folder.path("items"));
    let begin = [
        "train",
        "--config",
        &config,
        "--out",
        &out,
        "--memory-store",
        &url,
    ];
    let header = format!("{out}/memory/train/memory.json");
    killed_when(&begin, || fs::exists(&header).unwrap());
    falcon(&["train", "--resume", &out]).expect(0);
    let told = falcon(&["memory", "stats", &format!("{url}/train"), "--json"]);
    assert!(told.expect(0).json()["items"].as_u64().unwrap() > 0);
}

#[test]
fn items_are_imported_into_object_storage() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    falcon(&["train", "--config", &config, "--out", &out]).expect(0);
    let file = folder.path("items.jsonl");
    falcon(&["memory", "export", &format!("{out}/memory/train"), &file]).expect(0);
    let url = format!("file-object-store://{}", folder.path("items"));
    let (own, other) = (folder.path("own"), folder.path("other"));
    let into = |folder: &str| falcon(&["memory", "import", folder, &file, "--memory-store", &url]);
    into(&own).expect(0);
    // The folder names the URL from then on.
    let again = falcon(&["memory", "import", &own, &file]).expect(0).stdout;
    assert!(again.contains("0 items entered"), "{again}");
    into(&other).expect(2).saying(&[&url, "another prefix"]);
    falcon(&["memory", "import", &url, &file])
        .expect(2)
        .saying(&["a folder of its own"]);
}

#[test]
fn storage_that_will_not_do_is_told_before_anything_is_made() {
    let folder = Folder::new();
    let out = folder.path("run");
    for (url, words) in [
        ("bucket/prefix", &["no URL", "s3://bucket/prefix"][..]),
        ("ftp://bucket/prefix", &["kind of storage"]),
        ("shared-memory://bucket/prefix", &["gone when it ends"]),
        ("s3://key:secret@bucket/prefix", &["environment"]),
    ] {
        falcon(&["train", "--out", &out, "--memory-store", url])
            .expect(2)
            .saying(words);
        assert!(!fs::exists(&out).unwrap(), "{url}");
    }
    falcon(&["memory", "stats", "file-object-store:///nowhere/at/all"])
        .expect(2)
        .saying(&["no items of a memory", "Check bucket and prefix"]);
}
