//! Runs whose memories compare the policy's own states, and what those are worth.

use std::{cell::RefCell, collections::BTreeSet, fs, path::Path};

use falcon_episode::Digest;
use serde_json::Value;

use crate::{
    falcon::{Folder, eight_aliases, falcon, fixture},
    swap::{copy, killed_when},
};

/// The tiny recipe with the policy as encoder, another every second step.
fn config(folder: &Folder) -> String {
    let tiny = fs::read_to_string(fixture("tiny.toml")).unwrap();
    let encoder = "[memory]\nencoder = \"policy\"\nencoder_every = 2\n";
    let own = tiny.replace("[memory]\n", encoder);
    assert_ne!(own, tiny);
    folder.write("own.toml", own)
}

fn digest(told: &Value) -> &str {
    told["result_digest"].as_str().unwrap()
}

#[test]
fn a_killed_run_sees_the_vectors_of_its_checkpoint_again() {
    let folder = Folder::new();
    let config = config(&folder);
    let [whole, killed, bare] = ["whole", "killed", "bare"].map(|name| folder.path(name));
    let train = |out: &str| -> Vec<String> {
        let arguments = ["train", "--config", &config, "--seed", "5", "--out", out];
        arguments.map(str::to_owned).into()
    };
    let told = |arguments: &[&str]| falcon(&[arguments, &["--json"]].concat()).expect(0).json();
    let arguments = train(&whole);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let wanted = told(&arguments);

    // Killed once the second encoder answers: the checkpoint then has the first, or the second while it was prepared.
    let arguments = train(&killed);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let vectors = format!("{killed}/memory/train/vectors.bin");
    let seen = RefCell::new(BTreeSet::new());
    killed_when(&arguments, || {
        if let Ok(bytes) = fs::read(&vectors) {
            seen.borrow_mut().insert(Digest::of(&bytes).hex());
        }
        seen.borrow().len() == 2
    });
    copy(Path::new(&killed), Path::new(&bare));
    fs::remove_file(format!("{bare}/memory/train/vectors.bin")).unwrap();
    for out in [&killed, &bare] {
        let again = told(&["train", "--resume", out]);
        assert_eq!(digest(&again), digest(&wanted), "{out}");
    }

    // What the run was measured with is what `falcon eval` gives its memory.
    let model = format!("{whole}/model");
    let memory = format!("{whole}/memory/evaluation");
    let eval = [&eight_aliases(&model)[..], &["--memory", &memory]].concat();
    assert_eq!(told(&eval)["eval"][0]["memory"], "ltm");
    let found = told(&["memory", "eval", &memory, "--encoder", &model]);
    let encoder = &found["collections"][0]["encoder"];
    assert_eq!(encoder["reads"], found["collections"][0]["items"]);
}

#[test]
fn a_model_is_measured_as_an_encoder_alone_and_in_the_fusion() {
    let folder = Folder::new();
    let (config, out) = (fixture("tiny.toml"), folder.path("run"));
    falcon(&[
        "train",
        "--config",
        &config,
        "--phase",
        "warm-start",
        "--out",
        &out,
    ])
    .expect(0);
    let model = format!("{out}/model");
    let items = [
        "memory", "eval", "--items", "400", "--alias", "80", "--json",
    ];
    let eval = |encoder: &str| falcon(&[&items[..], &["--encoder", encoder]].concat());
    let found = eval(&model).expect(0).json();
    let collection = &found["collections"][0];
    assert_eq!(collection["encoder"]["reads"], 400);
    let version = collection["encoder"]["version"].as_str().unwrap();
    assert!(version.starts_with("policy-states-"), "{version}");
    let retrievers = collection["retrievers"].as_array().unwrap();
    let names: Vec<&str> = retrievers
        .iter()
        .map(|one| one["retriever"].as_str().unwrap())
        .collect();
    let wanted = [
        "text",
        "vector",
        "examples",
        "fusion",
        "learned",
        "fusion with learned",
    ];
    assert_eq!(names, wanted);
    for one in retrievers {
        assert!(one["mrr"]["mean"].as_f64().unwrap() > 0.0, "{one}");
    }
    for at in [3, 5] {
        assert_eq!(retrievers[at]["known_item"]["mean"], 1.0);
    }
    assert_ne!(retrievers[3]["ndcg"], retrievers[5]["ndcg"]);

    // The policy's own order, of what it is given without the model and with it. All that is without it is as if it were not.
    let alias = found["collections"][1]["retrievers"].as_array().unwrap();
    assert_eq!(alias[6]["retriever"], "policy");
    assert_eq!(alias[7]["retriever"], "policy with learned");
    let plain = falcon(&items).expect(0).json();
    let without = plain["collections"][1]["retrievers"].as_array().unwrap();
    assert_eq!(without.len(), 5);
    assert_eq!(without[..4], alias[..4]);
    assert_eq!(without[4], alias[6]);

    eval(&folder.path("nowhere"))
        .expect(2)
        .saying(&["there is no model in"]);
    eval(&out).expect(2).saying(&["name its model folder"]);
}
