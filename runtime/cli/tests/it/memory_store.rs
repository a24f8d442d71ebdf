//! Memories whose items are in object storage: here a folder that is spoken to as object storage is.

use std::fs;

use serde_json::json;

use crate::{
    falcon::{Folder, eight_aliases, falcon, fixture},
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

    // A URL does not say which policy its items are shown under; named, it shows what the folder shows.
    let (model, evaluation) = (format!("{far}/model"), format!("{url}/evaluation"));
    let eval = [&eight_aliases(&model)[..], &["--json", "--memory"]].concat();
    falcon(&[&eval[..], &[evaluation.as_str()]].concat())
        .expect(2)
        .saying(&[&evaluation, "--memory-policy"]);
    let named = [evaluation.as_str(), "--memory-policy", "similar-recent"];
    let by_url = falcon(&[&eval[..], &named].concat()).expect(0).json();
    let own = format!("{far}/memory/evaluation");
    let by_folder = falcon(&[&eval[..], &[own.as_str()]].concat());
    let by_folder = by_folder.expect(0).json();
    assert_eq!(by_url["eval"], by_folder["eval"]);
    assert_eq!(by_url["plugins"], by_folder["plugins"]);

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
fn a_run_killed_at_its_start_leaves_the_items_of_another_alone() {
    let folder = Folder::new();
    let (first, second) = (folder.path("first"), folder.path("second"));
    let (config, items) = (fixture("tiny.toml"), folder.path("items"));
    let url = format!("file-object-store://{items}");
    let begin = [
        "train",
        "--config",
        &config,
        "--memory-store",
        &url,
        "--out",
    ];
    let header = format!("{first}/memory/train/memory.json");
    let reached = || fs::exists(&header).unwrap();
    killed_when(&[&begin[..], &[first.as_str()]].concat(), reached);
    // As if it had been killed before its tables were made.
    if fs::exists(&items).unwrap() {
        fs::remove_dir_all(&items).unwrap();
    }
    falcon(&[&begin[..], &[second.as_str()]].concat()).expect(0);
    let train = format!("{url}/train");
    let export = |file: &str| {
        falcon(&["memory", "export", &train, file]).expect(0);
        fs::read(file).unwrap()
    };
    let before = export(&folder.path("before.jsonl"));
    falcon(&["train", "--resume", &first]).expect(2).saying(&[
        &url,
        "another prefix",
        "another folder",
    ]);
    assert_eq!(export(&folder.path("after.jsonl")), before);
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

    // Of a series each part of the URL must be free: those of later seeds and of evaluation too.
    let (series, part) = (format!("{url}-series"), folder.path("part"));
    let taken = format!("{series}/seed-4/evaluation");
    falcon(&["memory", "import", &part, &file, "--memory-store", &taken]).expect(0);
    let out = folder.path("series");
    let train = [
        "train",
        "--config",
        &config,
        "--out",
        &out,
        "--seed",
        "3",
        "--seeds",
        "2",
        "--memory-store",
        &series,
    ];
    falcon(&train).expect(2).saying(&[&taken, "another URL"]);
    assert!(!fs::exists(&out).unwrap());
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
