use std::path::Path;

use falcon_train::{Config, EncoderSource, FileConfig, QUICK, TrainError};

#[test]
fn the_embedded_recipe_is_the_default() {
    let parsed = Config::parse(QUICK, Path::new("quick.toml")).expect("it parses");
    assert_eq!(parsed, Config::quick());
    let again = Config::parse(&parsed.to_toml(), Path::new("again")).expect("it parses");
    assert_eq!(again.digest(), parsed.digest());
    // What came later and is off is not written: experiments that were begun go on.
    let since = "sha256:d0631349591b1bc667d7c26305197114ec9f9bb2606eb43909050dc854c9ce78";
    assert_eq!(parsed.digest().to_string(), since);
    let mut warning = parsed.clone();
    warning.memory.warnings = true;
    let mut small = parsed.clone();
    small.memory.capacity = 100;
    for changed in [warning, small] {
        let again = Config::parse(&changed.to_toml(), Path::new("again")).expect("it parses");
        assert_eq!(again, changed);
        assert_ne!(again.digest(), parsed.digest());
    }
}

#[test]
fn faults_name_the_line() {
    let cases = [
        ("[model]\nwidth = 64\nheight = 2\n", 3, "height"),
        ("\n[rl]\ngroup = 1\n", 3, "rl.group must be in 2..=256"),
        ("[model]\nheads = 5\n", 2, "model.heads must divide"),
        ("[model]\nwidth = \"wide\"\n", 2, "invalid type"),
        ("name = \n", 1, ""),
        ("checkpoint_every = 0\n", 1, "checkpoint_every"),
        // Then a step would have no first attempt.
        ("[rl]\nretries = 24\n", 2, "rl.retries must be below"),
        ("[rl]\nobjective = \"ppo\"\n", 2, "unknown variant `ppo`"),
        ("[rl]\nobjective = \"grpo\"\nkl = -1\n", 3, "rl.kl must be"),
        (
            "[rl]\nclip_high = 0\n",
            2,
            "rl.clip_high must be in (0, 100]",
        ),
        ("[rl]\nclip_low = 2.0\n", 2, "rl.clip_low must be in (0, 1]"),
        ("[rl]\nupdates = 0\n", 2, "rl.updates must be in 1..=64"),
        (
            "[rl]\nupdates = 2\nobjective = \"rloo\"\n",
            2,
            "must be 1 with this",
        ),
        (
            "[rl]\nreplay_from = \"best\"\n",
            2,
            "unknown variant `best`",
        ),
        (
            "[rl]\nreplay_ratio = 0.5\n",
            2,
            "rl.replay_ratio must be 0, for none, or in [1, 100]",
        ),
        (
            "[rl]\ntemperature = 0.8\nreplay_ratio = 2.0\n",
            3,
            "rl.replay_ratio must be 0 unless rl.temperature is 1",
        ),
        (
            "[inner]\ncontext = \"lora\"\n[rl]\nreplay_ratio = 2.0\n",
            4,
            "rl.replay_ratio must be 0 with an inner loop",
        ),
        ("[rl]\nahead = 2\n", 2, "rl.ahead must be 0 or 1"),
        (
            "[rl]\nahead = 1\nobjective = \"rloo\"\n",
            2,
            "rl.ahead must be 0 with this rl.objective: it has no ratio",
        ),
        (
            "[rl]\nobjective = \"rltf\"\nahead = 1\n",
            3,
            "rl.ahead must be 0 with this rl.objective: it has no ratio",
        ),
        (
            "[rl]\nobjective = \"rejection-sampling\"\nahead = 1\n",
            3,
            "rl.ahead must be 0 with this rl.objective: it has no ratio",
        ),
        (
            "[inner]\ncontext = \"norms\"\n[rl]\nahead = 1\n",
            4,
            "rl.ahead must be 0 with an inner loop",
        ),
        (
            "[memory]\nencoder = \"policy\"\n[rl]\nahead = 1\n",
            4,
            "rl.ahead must be 0 where memory.encoder",
        ),
        (
            "[rl]\ncheck_every = 5\npatience = 0\n",
            3,
            "rl.patience must be",
        ),
        ("[rl]\ncompute = -5\n", 2, "invalid value"),
        ("[inner]\ncontext = \"prompt\"\n", 2, "soft-prompt"),
        (
            "[inner]\nsupport = 1\n",
            2,
            "inner.support must be in 2..=64",
        ),
        ("[inner]\nsteps = 0\n", 2, "inner.steps must be in 1..=8"),
        (
            "[inner]\ncontext = \"norms\"\ntasks = 4\n",
            3,
            "inner.tasks must be above rl.retries",
        ),
        (
            "[model]\ntokenizer = \"bytes\"\n",
            2,
            "model.tokenizer must be \"pymini\" without [tasks.file]",
        ),
        ("[model]\ncontext = 100\n", 2, "model.context must be 342"),
        (
            "[tasks.file]\ntrain = \"t.jsonl\"\n",
            0,
            "model.tokenizer must be \"bytes\" with [tasks.file]",
        ),
        (
            "[tasks.file]\ntrain = \"t.jsonl\"\nformat = \"apps\"\n",
            3,
            "unknown variant `apps`",
        ),
        (
            "[model]\ntokenizer = \"bytes\"\ncontext = 200\nanswer = 100\n[tasks.file]\ntrain = \"t.jsonl\"\n",
            4,
            "model.answer must leave room in model.context",
        ),
        (
            "[model]\ntokenizer = \"bytes\"\ncontext = 1024\n[tasks.file]\ntrain = \"t.jsonl\"\ntest_share = 1.5\n",
            6,
            "tasks.file.test_share must be in (0, 1)",
        ),
        (
            "[model]\ntokenizer = \"bytes\"\ncontext = 1024\n[tasks.file]\ntrain = \"t.jsonl\"\n[memory]\nexemplar = \"oracle\"\n",
            7,
            "memory.exemplar must not be \"oracle\"",
        ),
        (
            "[model]\ntokenizer = \"bytes\"\ncontext = 1024\n[tasks.file]\ntrain = \"t.jsonl\"\n[memory]\nencoder = \"policy\"\n",
            7,
            "memory.encoder must be \"hashed\" with [tasks.file]",
        ),
        (
            "[memory]\nencoder = \"words\"\n",
            2,
            "unknown variant `words`",
        ),
        (
            "[memory]\ncapacity = 0\n",
            2,
            "memory.capacity must be at least 1",
        ),
        // The fault may be in a field that the file leaves at its default.
        ("[rl]\ndrawn = 4\n", 0, "rl.kept must be in 1..=rl.drawn"),
    ];
    for (text, wanted, said) in cases {
        match Config::parse(text, Path::new("mine.toml")) {
            Err(TrainError::Config { line, message, .. }) => {
                assert_eq!(line, wanted, "{text:?}: {message}");
                assert!(message.contains(said), "{text:?}: {message}");
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }
}

/// So that a recipe from before there was a choice has the digest that it had.
#[test]
fn the_usual_encoder_is_not_written_down() {
    assert!(!Config::quick().to_toml().contains("encoder"));
    let text = "[memory]\nencoder = \"policy\"\nencoder_every = 5\n";
    let config = Config::parse(text, Path::new("mine.toml")).expect("it parses");
    assert_eq!(config.memory.encoder, EncoderSource::Policy);
    let again = Config::parse(&config.to_toml(), Path::new("again")).expect("it parses");
    assert_eq!(again, config);
    assert_ne!(config.digest(), Config::quick().digest());
}

/// Files are told by their digests, so a recipe in another folder is the same.
#[test]
fn where_files_of_tasks_are_is_in_no_digest() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/files.toml");
    let config = Config::load(&path).expect("it loads");
    let changed = |change: &dyn Fn(&mut FileConfig)| {
        let mut other = config.clone();
        change(other.tasks.file.as_mut().expect("files of tasks"));
        assert_ne!(other.to_toml(), config.to_toml());
        other.digest()
    };
    let elsewhere = changed(&|files| {
        files.train = "elsewhere/pool.jsonl".into();
        files.test = Some("elsewhere/test.jsonl".into());
        files.gold = Some("elsewhere/gold.jsonl".into());
    });
    assert_eq!(elsewhere, config.digest());
    assert_ne!(changed(&|files| files.gold = None), config.digest());
    assert_ne!(changed(&|files| files.gold_share = 0.5), config.digest());
    // Without files it is that of the whole text, as it always was.
    let quick = Config::quick();
    let text = quick.to_toml();
    assert_eq!(quick.digest(), falcon_episode::Digest::of(text.as_bytes()));
}

#[test]
fn the_example_of_files_is_whole() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/files.toml");
    let config = Config::load(&path).expect("it loads");
    let file = config.tasks.file.expect("files of tasks");
    assert!(file.train.ends_with("examples/pool.jsonl"), "{file:?}");
    assert!(file.gold.is_some() && file.test.is_some());
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Path::new("no/such.toml")).expect_err("it is missing");
    assert!(error.to_string().starts_with("no/such.toml"), "{error}");
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn files_of_tasks_are_looked_for_beside_the_recipe() {
    let folder = crate::fakes::Folder::new("config-files");
    let recipe = folder.path().join("mine.toml");
    let text = "[model]\ntokenizer = \"bytes\"\ncontext = 1024\n[tasks.file]\ntrain = \"t.jsonl\"\ntest = \"/data/h.jsonl\"\ntest_format = \"humaneval\"\n";
    std::fs::write(&recipe, text).expect("it writes");
    let config = Config::load(&recipe).expect("it loads");
    let file = config.tasks.file.clone().expect("files of tasks");
    assert_eq!(file.train, folder.path().join("t.jsonl"));
    assert_eq!(file.test, Some("/data/h.jsonl".into()));
    let again = Config::parse(&config.to_toml(), Path::new("again")).expect("it parses");
    assert_eq!(again, config);
    // What PyMini fixes is not said of it.
    let quick = Config::quick().to_toml();
    assert!(
        !quick.contains("tokenizer") && !quick.contains("answer"),
        "{quick}"
    );
}
