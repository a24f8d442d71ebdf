use falcon_train::{Config, ModelConfig, Policy, load_model, save_model};

use crate::fakes::Folder;

fn small() -> (Config, Policy) {
    let config = Config {
        model: ModelConfig {
            width: 16,
            layers: 1,
            heads: 2,
            ..ModelConfig::default()
        },
        ..Config::quick()
    };
    let policy = Policy::new(&config.model, falcon_tasks::vocabulary().len(), 3);
    (config, policy)
}

#[test]
fn fresh_weights_follow_the_recipe() {
    let shape = Config::quick().model;
    let policy = Policy::new(&shape, falcon_tasks::vocabulary().len(), 3);
    assert!(
        (110_000..130_000).contains(&policy.parameters()),
        "{}",
        policy.parameters()
    );
    assert_eq!(
        policy,
        Policy::new(&shape, falcon_tasks::vocabulary().len(), 3)
    );
    assert_ne!(
        policy.digest(),
        Policy::new(&shape, falcon_tasks::vocabulary().len(), 4).digest()
    );
}

#[test]
fn a_model_comes_back_as_it_was_saved() {
    let folder = Folder::new("models-1");
    let (config, policy) = small();
    save_model(&policy, &config, folder.path()).expect("it is saved");
    let (loaded, its) = load_model(folder.path()).expect("it loads");
    assert_eq!(loaded, policy);
    assert_eq!(its, config);
}

#[test]
fn damage_is_found() {
    let folder = Folder::new("models-2");
    let (config, policy) = small();
    save_model(&policy, &config, folder.path()).expect("it is saved");
    let path = folder.path().join("model.safetensors");
    let whole = std::fs::read(&path).expect("it reads");
    let mut flipped = whole.clone();
    *flipped.last_mut().expect("bytes") ^= 1;
    for (bytes, said) in [
        (
            whole[..whole.len() / 2].to_vec(),
            "not a whole safetensors file",
        ),
        (flipped, "do not have the digest"),
        (b"{}".to_vec(), "not a whole safetensors file"),
    ] {
        std::fs::write(&path, bytes).expect("it writes");
        let error = load_model(folder.path()).expect_err("it is damaged");
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
