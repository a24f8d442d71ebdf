//! A run's memories are kept and asked as its recipe says, whoever opens them.

use std::fs;

use serde_json::json;

use crate::{
    falcon::{Folder, eight_aliases, falcon, fixture},
    swap::killed_when,
};

/// The tiny recipe with more in its table `[memory]`.
fn recipe(folder: &Folder, more: &str) -> String {
    let tiny = fs::read_to_string(fixture("tiny.toml")).unwrap();
    let own = tiny.replace("[memory]\n", &format!("[memory]\n{more}\n"));
    assert_ne!(own, tiny);
    folder.write("own.toml", own)
}

#[test]
fn whoever_takes_the_policy_of_a_run_takes_its_settings() {
    let folder = Folder::new();
    let (config, out) = (
        recipe(&folder, "settings = { writes = 3 }"),
        folder.path("run"),
    );
    let begin = [
        "train",
        "--config",
        &config,
        "--out",
        &out,
        "--memory-policy",
        "stale",
    ];
    falcon(&begin).expect(0);

    // A policy that does not know them is refused, and nothing is put in place.
    let asked = format!("{out}/memory-policy/policy.wasm");
    let before = fs::read(&asked).unwrap();
    falcon(&["swap", &out, "--memory-policy", "none"])
        .expect(2)
        .saying(&["falcon/none", "no setting \"writes\"", "[memory.settings]"]);
    assert_eq!(fs::read(&asked).unwrap(), before);
    falcon(&["swap", &out, "--memory-policy", "stale"]).expect(0);

    let train = format!("{out}/memory/train");
    let file = folder.path("items.jsonl");
    falcon(&["memory", "export", &train, &file]).expect(0);
    let model = format!("{out}/model");
    let eval = [&eight_aliases(&model)[..], &["--memory", &out]].concat();
    let import = ["memory", "import", &train, &file];
    falcon(&eval).expect(0);
    falcon(&import).expect(0);
    // Of a setting that its policy does not know both hear at once.
    let start = format!("{out}/start.json");
    let text = fs::read_to_string(&start).unwrap();
    let unknown = text.replace("writes = 3", "reads = 3");
    assert_ne!(unknown, text);
    fs::write(&start, unknown).unwrap();
    for arguments in [&eval[..], &import] {
        falcon(arguments)
            .expect(2)
            .saying(&["falcon/stale", "no setting \"reads\""]);
    }
    // One that is named has its defaults.
    falcon(&[&eval[..], &["--memory-policy", "none"]].concat()).expect(0);
}

#[test]
fn memories_of_a_run_hold_what_its_recipe_says_also_when_it_is_resumed() {
    let folder = Folder::new();
    let config = recipe(&folder, "capacity = 3");
    let [whole, killed] = ["whole", "killed"].map(|name| folder.path(name));
    let begin = [
        "train", "--config", &config, "--seed", "5", "--json", "--out",
    ];
    let wanted = falcon(&[&begin[..], &[whole.as_str()]].concat());
    let wanted = wanted.expect(0).json();
    let episodes = || fs::metadata(format!("{killed}/episodes.jsonl")).map_or(0, |file| file.len());
    killed_when(&[&begin[..], &[killed.as_str()]].concat(), || {
        episodes() > 0
    });
    let told = falcon(&["train", "--resume", &killed, "--json"]).expect(0);
    assert_eq!(told.json()["result_digest"], wanted["result_digest"]);
    let stats = |memory: &str| {
        falcon(&["memory", "stats", memory, "--json"])
            .expect(0)
            .json()
    };
    for out in [&whole, &killed] {
        for name in ["train", "evaluation"] {
            let told = stats(&format!("{out}/memory/{name}"));
            assert!(told["items"].as_u64().unwrap() <= 3, "{told}");
            assert!(told["evicted"].as_u64().unwrap() > 0, "{told}");
        }
    }

    // So does whoever imports into one, where nothing else is said.
    let items = (0..5).map(|number| {
        let item = json!({
            "task_id": format!("mine-{number}"), "behaviour": format!("feed0{number}"),
            "language": "python", "prompt": format!("what is mine, {number}"),
            "program": format!("return 'mine {number}'"), "score": 1.0,
        });
        item.to_string() + "\n"
    });
    let file = folder.write("items.jsonl", items.collect::<String>());
    let import = |memory: &str, more: &[&str]| {
        let import = ["memory", "import", memory, &file, "--json"];
        let told = falcon(&[&import[..], more].concat()).expect(0).json();
        (told["entered"].clone(), told["held"].clone())
    };
    let train = format!("{whole}/memory/train");
    assert_eq!(import(&train, &[]), (json!(5), json!(3)));
    let other = folder.path("other");
    assert_eq!(import(&other, &["--capacity", "2"]), (json!(5), json!(2)));
    assert_eq!(stats(&other)["evicted"], 3);
    // The folder does not keep it.
    assert_eq!(import(&other, &[]), (json!(3), json!(5)));
    falcon(&["memory", "import", &other, &file, "--capacity", "0"])
        .expect(2)
        .saying(&["--capacity"]);
}
