use crate::falcon::{Folder, falcon, fixture, plugins};

#[test]
fn plugins_are_listed_with_kind_and_digest() {
    let list = falcon(&["plugin", "list", "--json"]).expect(0).json();
    let found = |name: &str, kind: &str| {
        let plugin = list["plugins"]
            .as_array()
            .unwrap()
            .iter()
            .find(|p| p["name"] == name);
        let plugin = plugin.unwrap_or_else(|| panic!("{name} is not listed: {list}"));
        assert_eq!(plugin["kind"], kind);
        assert!(plugin["digest"].as_str().unwrap().starts_with("sha256:"));
    };
    found("falcon/python", "language");
    found("falcon/unit-tests", "judge");
    found("falcon/similar-recent", "memory");
    let text = falcon(&["plugin", "list"]).expect(0).stdout;
    assert!(text.contains("falcon/python") && text.contains("language"));
}

#[test]
fn a_broken_file_does_not_hide_the_others() {
    let folder = Folder::new();
    let judge = plugins().join("falcon-unit-tests.wasm");
    std::fs::copy(judge, folder.path("falcon-unit-tests.wasm")).unwrap();
    folder.write("acme-broken.wasm", b"\0asm");
    let ended = falcon(&["--plugins", &folder.path("."), "plugin", "list", "--json"]);
    let list = ended.expect(1).saying(&["acme-broken.wasm"]).json();
    assert_eq!(list["plugins"].as_array().unwrap().len(), 1);
}

#[test]
fn a_plugin_is_inspected_by_name_and_by_file() {
    let file = plugins().join("falcon-unit-tests.wasm");
    let by_file = falcon(&["plugin", "inspect", file.to_str().unwrap(), "--json"])
        .expect(0)
        .json();
    for name in ["falcon/unit-tests", "unit-tests"] {
        let by_name = falcon(&["plugin", "inspect", name, "--json"])
            .expect(0)
            .json();
        assert_eq!(by_name["digest"], by_file["digest"]);
    }
    assert_eq!(by_file["name"], "falcon/unit-tests");
    assert_eq!(by_file["kind"], "judge");
    let imports = by_file["imports"].as_array().unwrap();
    let foreign = |name: &serde_json::Value| !name.as_str().unwrap().starts_with("falcon:");
    assert!(!imports.iter().any(foreign), "{by_file}");
}

#[test]
fn a_plugin_is_built_from_its_folder() {
    let folder = Folder::new();
    let source = format!("{}/../../plugins/judges/unit-tests", fixture("../.."));
    let out = folder.path("built.wasm");
    let built = falcon(&["plugin", "build", &source, "--out", &out, "--json"])
        .expect(0)
        .json();
    assert_eq!(
        (&built["name"], &built["kind"]),
        (&"falcon/unit-tests".into(), &"judge".into())
    );
    // The plugin's own, and a shim and what fills it for the host's functions that take texts.
    assert_eq!(
        (&built["modules"], &built["apart"]),
        (&3.into(), &().into())
    );
    let inspected = falcon(&["plugin", "inspect", &out, "--json"])
        .expect(0)
        .json();
    for key in ["name", "version", "digest", "bytes"] {
        assert_eq!(built[key], inspected[key], "{key}");
    }
    // The same folder gives the same file.
    let again = folder.path("again.wasm");
    falcon(&["plugin", "build", &source, "--out", &again]).expect(0);
    assert!(std::fs::read(&out).unwrap() == std::fs::read(&again).unwrap());
}

#[test]
fn what_is_no_plugin_is_not_built() {
    let manifest = std::fs::read_to_string(format!(
        "{}/../../plugins/judges/unit-tests/plugin.toml",
        fixture("../..")
    ))
    .unwrap();
    let crate_of = "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
    for (plugin, code, exit, words) in [
        (None, "", 2, "plugin.toml"),
        (Some("kind = 7\n"), "", 2, "plugin.toml:1"),
        (Some(&manifest[..]), "fn (", 1, "compiler's words above"),
    ] {
        let folder = Folder::new();
        if let Some(text) = plugin {
            folder.write("plugin.toml", text);
        }
        folder.write("Cargo.toml", crate_of);
        std::fs::create_dir(folder.path("src")).unwrap();
        folder.write("src/lib.rs", code);
        let out = folder.path("out.wasm");
        falcon(&["plugin", "build", &folder.path("."), "--out", &out])
            .expect(exit)
            .saying(&[words]);
        assert!(!folder.names().contains(&"out.wasm".to_owned()));
    }
}

/// A judge in JavaScript, which is the quickest to build.
fn begun(folder: &Folder) -> String {
    let source = folder.path("short");
    falcon(&[
        "plugin",
        "new",
        "judge",
        "you/short",
        "--language",
        "javascript",
        &source,
    ])
    .expect(0);
    source
}

#[test]
fn a_new_plugin_is_written_into_an_empty_folder_only() {
    let folder = Folder::new();
    let source = begun(&folder);
    let before = std::fs::read_to_string(format!("{source}/judge.js")).unwrap();
    falcon(&[
        "plugin",
        "new",
        "judge",
        "you/other",
        "--language",
        "python",
        &source,
    ])
    .expect(2)
    .saying(&["is not empty, so nothing was written"]);
    assert!(!std::path::Path::new(&format!("{source}/judge.py")).exists());
    assert_eq!(
        std::fs::read_to_string(format!("{source}/judge.js")).unwrap(),
        before
    );
    for (words, said) in [
        (["judge", "short", "--language", "rust"], "you/short"),
        (["judge", "You/short", "--language", "rust"], "lower-case"),
        (
            ["memory", "you/x", "--language", "python"],
            "there is one in rust",
        ),
        (
            ["language", "you/x", "--language", "python"],
            "there is one in rust",
        ),
    ] {
        let out = folder.path("other");
        falcon(&[&["plugin", "new"], &words[..], &[&out]].concat())
            .expect(2)
            .saying(&[said]);
        assert!(!std::path::Path::new(&out).exists());
    }
}

#[test]
fn cases_that_differ_are_told() {
    let folder = Folder::new();
    let source = begun(&folder);
    let cases = format!("{source}/cases.toml");
    let write = |text: &str| std::fs::write(&cases, text).unwrap();
    write(
        "[[case]]\nname = \"one\"\nepisode = { program = \"a\\nb\" }\nscore = 0.5\nparts = { words = 1 }\n",
    );
    let text = falcon(&["plugin", "test", &source]).expect(1).stdout;
    for word in [
        "FAIL  one",
        "the score should be 0.5, and is 1",
        "there is no part \"words\"",
        "0 of 1 cases",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let told = falcon(&["plugin", "test", &source, "--json"])
        .expect(1)
        .json();
    assert_eq!(
        (&told["failed"], &told["cases"][0]["name"]),
        (&1.into(), &"one".into())
    );
    for (text, said) in [
        (
            "[[case]]\nname = \"one\"\nepisode = {}\n",
            "line 1: case \"one\" says nothing that must come out",
        ),
        (
            "[[case]]\nname = \"one\"\nepisode = { lines = 1 }\nscore = 1\n",
            "unknown field `lines`",
        ),
        (
            "[[case]]\nname = \"one\"\nepisode = {}\nscore = 1\nconfig = { lines = 0 }\n",
            "lines",
        ),
        ("case = []\n", "there is no [[case]]"),
    ] {
        write(text);
        falcon(&["plugin", "test", &source])
            .expect(2)
            .saying(&[said]);
    }
}

#[test]
fn a_plugin_is_added_replaced_and_removed() {
    let folder = Folder::new();
    let source = begun(&folder);
    let (file, own) = (folder.path("short.wasm"), folder.path("plugins"));
    let build = || falcon(&["plugin", "build", &source, "--out", &file]).expect(0);
    let add = |file: &str| falcon(&["--plugins", &own, "plugin", "add", file]);
    build();
    let first = add(&file).expect(0).stdout;
    assert!(
        first.contains("you/short 0.1.0") && !first.contains("in place of"),
        "{first}"
    );
    assert!(add(&file).expect(0).stdout.contains("where it was already"));
    let manifest = std::fs::read_to_string(format!("{source}/plugin.toml")).unwrap();
    std::fs::write(
        format!("{source}/plugin.toml"),
        manifest.replace("0.1.0", "0.1.1"),
    )
    .unwrap();
    build();
    let second = add(&file).expect(0).stdout;
    assert!(
        second.contains("you/short 0.1.1") && second.contains("in place of 0.1.0"),
        "{second}"
    );
    // What is broken leaves what is there.
    let broken = folder.write("broken.wasm", &std::fs::read(&file).unwrap()[..5000]);
    add(&broken).expect(2).saying(&["broken or cut short"]);
    let listed = || {
        falcon(&["--plugins", &own, "plugin", "list", "--json"])
            .expect(0)
            .json()
    };
    assert_eq!(listed()["plugins"][0]["version"], "0.1.1");
    assert_eq!(std::fs::read_dir(&own).unwrap().count(), 1);
    let gone = falcon(&["--plugins", &own, "plugin", "remove", "you/short"])
        .expect(0)
        .stdout;
    assert!(gone.contains("is gone"), "{gone}");
    assert_eq!(listed()["plugins"], serde_json::json!([]));
    falcon(&["--plugins", &own, "plugin", "remove", "you/short"])
        .expect(2)
        .saying(&["there is no plugin you/short"]);
}

#[test]
fn a_plugin_is_measured_and_looked_at() {
    let folder = Folder::new();
    let source = begun(&folder);
    let measured = falcon(&["plugin", "bench", &source, "--time", "100ms", "--json"])
        .expect(0)
        .json();
    for field in [
        "fresh_us_p50",
        "fresh_us_p99",
        "batch_us_each",
        "memory_bytes",
        "fuel",
    ] {
        assert!(
            measured[field].as_f64().unwrap() > 0.0,
            "{field}: {measured}"
        );
    }
    assert_eq!(measured["episodes"], 2);
    let well = falcon(&["plugin", "doctor", &source]).expect(0).stdout;
    assert!(
        well.contains("it compiles and links") && !well.contains("NO"),
        "{well}"
    );
    let manifest = std::fs::read_to_string(format!("{source}/plugin.toml")).unwrap();
    let asking = manifest.replace(
        "[config.lines]",
        "[capabilities]\nlog = true\n\n[config.lines]",
    );
    std::fs::write(format!("{source}/plugin.toml"), asking).unwrap();
    let ill = falcon(&["plugin", "doctor", &source]).expect(1).stdout;
    assert!(
        ill.contains("NO  capability") && ill.contains("--grant you/short=log"),
        "{ill}"
    );
    falcon(&["--grant", "you/short=log", "plugin", "doctor", &source]).expect(0);
    let tools = falcon(&["plugin", "doctor", "--json"]).expect(0).json();
    assert_eq!(tools["ok"], true);
}

/// A judge that cuts a text in the middle of a surrogate pair has not failed, and one that draws draws the same again.
#[test]
fn a_judge_in_javascript_says_the_same_whatever_it_says() {
    let folder = Folder::new();
    let source = begun(&folder);
    let script = r"export function judge() {
        return { score: Math.random(), notes: ['\u{1f600}'.slice(0, 1)], parts: { 'a\ud83d': 1 } };
    }";
    std::fs::write(format!("{source}/judge.js"), script).unwrap();
    let manifest = std::fs::read_to_string(format!("{source}/plugin.toml")).unwrap();
    let asking = manifest.replace(
        "[config.lines]",
        "[capabilities]\nclock = true\n\n[config.lines]",
    );
    std::fs::write(format!("{source}/plugin.toml"), asking).unwrap();
    let own = folder.path("plugins");
    let built = format!("{own}/short.wasm");
    falcon(&["plugin", "build", &source, "--out", &built]).expect(0);
    let reward = folder.write("reward.toml", "[[judge]]\nplugin = \"you/short\"\n");
    let episodes = format!("{source}/episodes.jsonl");
    let scores = || {
        let said = falcon(&[
            "--grant",
            "you/short=clock",
            "--plugins",
            &own,
            "judge",
            "--episodes",
            &episodes,
            "--reward",
            &reward,
        ]);
        said.expect(0).lines()[0]["scores"][0].clone()
    };
    let once = scores();
    assert_eq!(once["notes"], serde_json::json!(["\u{fffd}"]));
    assert_eq!(once["parts"], serde_json::json!({ "a\u{fffd}": 1.0 }));
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert_eq!(scores(), once);
}

#[test]
fn what_a_judge_in_javascript_prints_arrives_where_it_is_granted() {
    let folder = Folder::new();
    let source = begun(&folder);
    let script = "export function judge(e) { console.log('seen', e.taskId, [1]); return Date.now() > 0 ? 1 : 0; }";
    std::fs::write(format!("{source}/judge.js"), script).unwrap();
    let manifest = std::fs::read_to_string(format!("{source}/plugin.toml")).unwrap();
    let own = folder.path("plugins");
    let reward = folder.write("reward.toml", "[[judge]]\nplugin = \"you/short\"\n");
    let episodes = format!("{source}/episodes.jsonl");
    for (capabilities, grants, score, told) in [
        ("", &[][..], 0.0, false),
        (
            "[capabilities]\nlog = true\nclock = true\n\n",
            &["--grant", "you/short=log,clock"],
            1.0,
            true,
        ),
    ] {
        std::fs::write(
            format!("{source}/plugin.toml"),
            manifest.replace("[config.lines]", &format!("{capabilities}[config.lines]")),
        )
        .unwrap();
        falcon(&[
            "plugin",
            "build",
            &source,
            "--out",
            &format!("{own}/short.wasm"),
        ])
        .expect(0);
        let words = [
            "--plugins",
            &own,
            "judge",
            "--episodes",
            &episodes,
            "--reward",
            &reward,
        ];
        let ended = falcon(&[grants, &words[..]].concat()).expect(0);
        assert_eq!(ended.lines()[0]["reward"], score, "{capabilities}");
        assert_eq!(
            ended.stderr.contains("you/short info: seen increment [1]"),
            told,
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn a_reward_names_a_judge_by_its_digest_or_file() {
    let folder = Folder::new();
    let source = begun(&folder);
    let (own, file) = (folder.path("plugins"), folder.path("plugins/short.wasm"));
    let built = falcon(&["plugin", "build", &source, "--out", &file, "--json"])
        .expect(0)
        .json();
    let digest = built["digest"].as_str().unwrap();
    let episodes = format!("{source}/episodes.jsonl");
    for (named, exit) in [
        (format!("you/short@{digest}"), 0),
        ("you/short@=0.1.0".to_owned(), 0),
        (file.clone(), 0),
        ("you/short@sha256:0123456789abcdef".to_owned(), 2),
    ] {
        let reward = folder.write(
            "reward.toml",
            format!(
                "[[judge]]\nplugin = \"{named}\"\n\n[[gate]]\njudge = \"{named}\"\nat-least = 0.1\n"
            ),
        );
        let ended = falcon(&[
            "--plugins",
            &own,
            "judge",
            "--episodes",
            &episodes,
            "--reward",
            &reward,
        ])
        .expect(exit);
        if exit == 0 {
            assert_eq!(ended.lines()[0]["scores"][0]["judge"], "you/short");
        }
    }
}
