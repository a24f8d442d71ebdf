//! A run's memories are kept and asked as its recipe says, whoever opens them.

use std::fs;

use crate::falcon::{Folder, eight_aliases, falcon, fixture};

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
