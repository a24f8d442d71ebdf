//! The policy's states as vectors, and when memories compare them.

use falcon_episode::Encoder;
use falcon_tasks::{Family, PoolShares, vocabulary};
use falcon_train::{
    Config, EncoderSource, Event, ModelConfig, Policy, PolicyEncoder, RunReport, Tokenizer, train,
};

use crate::{
    fakes::{Folder, NOT_KEPT},
    runs::{Bench, dies_anywhere, finished, start, tiny},
};

fn policy(width: usize, seed: u64) -> Policy {
    let shape = ModelConfig {
        width,
        layers: 1,
        heads: 2,
        ..ModelConfig::default()
    };
    Policy::new(&shape, vocabulary().len(), seed)
}

#[test]
fn a_text_has_one_vector_whatever_else_is_encoded() {
    let encoder = PolicyEncoder::new(&policy(16, 3)).expect("it encodes");
    let tasks = Family::new(5).train_pool(60, PoolShares::default());
    let texts: Vec<String> = tasks
        .iter()
        .map(|it| vocabulary().decode(&it.spec))
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let all = encoder.encode(&texts);
    for (place, (task, vector)) in tasks.iter().zip(&all).enumerate() {
        let numbers = vector.as_ref().expect("a task can be read");
        assert!(numbers.len() == 16 && numbers.iter().all(|x| x.is_finite()));
        assert_eq!(encoder.encode(&texts[place..=place])[0], *vector);
        // A task is its words, whatever examples follow.
        let whole = task.text_with_examples();
        assert_eq!(encoder.encode(&[&whole])[0], *vector);
    }
    let unreadable = ["", "xyzzy", "<in> <out>", "int main ( void )"];
    assert_eq!(encoder.encode(&unreadable), [None, None, None, None]);
    // Between others it changes nothing that one of them cannot be read.
    let mixed = encoder.encode(&[texts[1], "xyzzy", texts[0]]);
    assert_eq!(mixed, [all[1].clone(), None, all[0].clone()]);
}

#[test]
fn a_version_names_the_policy() {
    let [one, same, other] = [3, 3, 4].map(|seed| {
        let policy = policy(16, seed);
        let encoder = PolicyEncoder::new(&policy).expect("it encodes");
        assert!(encoder.version().contains(&policy.digest().short()));
        encoder
    });
    let task = &Family::new(5).gold_set(1)[0];
    let text = vocabulary().decode(&task.spec);
    assert_eq!(one.version(), same.version());
    assert_eq!(one.encode(&[&text]), same.encode(&[&text]));
    assert_ne!(one.version(), other.version());
    assert_ne!(one.encode(&[&text]), other.encode(&[&text]));
    // A vector has no more numbers than memories take.
    let wide = PolicyEncoder::new(&policy(320, 1)).expect("it encodes");
    let vector = wide.encode(&[&text]).remove(0).expect("it can be read");
    assert!(vector.len() == falcon_episode::MOST_DIMENSIONS);
    assert!(vector.iter().all(|x| x.is_finite()));
    let few = Policy::new(policy(16, 3).shape(), 20, 3);
    let error = PolicyEncoder::new(&few)
        .err()
        .expect("of another vocabulary");
    assert!(error.to_string().contains("vocabulary has 20"), "{error}");
    let of_files = ModelConfig {
        tokenizer: Tokenizer::Bytes,
        ..policy(16, 3).shape().clone()
    };
    let reads_bytes = Policy::new(&of_files, Tokenizer::Bytes.vocabulary(), 3);
    let error = PolicyEncoder::new(&reads_bytes).err();
    let error = error.expect("of files").to_string();
    assert!(error.contains("trained on files of tasks"), "{error}");
}

fn by_policy(every: usize) -> Config {
    let mut config = tiny();
    config.memory.encoder = EncoderSource::Policy;
    config.memory.encoder_every = every;
    // Long enough that several policies answer, and tasks that ask.
    config.rl.steps = 5;
    config.tasks.pool_alias = 1.2;
    config
}

fn run(config: Config, name: &str) -> (RunReport, Bench) {
    let out = Folder::new(name);
    let bench = Bench::new();
    let done = train(
        start(config, 1),
        out.path(),
        bench.services(&mut |_: &Event| {}),
    );
    (finished(done), bench)
}

#[test]
fn memories_compare_by_the_policy_of_a_step_and_by_the_one_that_is_measured() {
    for (every, wanted) in [(0, 1), (1, 4), (2, 2), (3, 2)] {
        let (_, bench) = run(by_policy(every), &format!("encoder-every-{every}"));
        let mut training = bench.memories.adopted("train");
        let evaluation = bench.memories.adopted("evaluation");
        // Before, after, continued.
        assert_eq!(evaluation.len(), 3);
        // The one that reinforcement learning begins with was measured before it.
        assert_eq!(training[0], evaluation[0]);
        assert_eq!(training.len(), wanted, "every {every} steps");
        training.sort();
        training.dedup();
        assert_eq!(training.len(), wanted, "each is of another policy");
    }
    let (_, bench) = run(tiny(), "encoder-hashed");
    assert!(bench.memories.adopted("train").is_empty());
    assert!(bench.memories.adopted("evaluation").is_empty());
}

/// A memory that cannot keep the vectors is no reason to stop, and that is told once for each memory.
#[test]
fn vectors_that_are_not_kept_are_told_of() {
    let out = Folder::new("encoder-not-kept");
    let bench = Bench::new();
    let mut told = 0;
    let mut watch = |event: &Event| told += usize::from(*event == Event::Note(NOT_KEPT.to_owned()));
    let done = train(
        start(by_policy(1), 1),
        out.path(),
        bench.services(&mut watch),
    );
    finished(done);
    assert_eq!(told, 2, "training's and evaluation's");
}

/// The encoder that answers is in the checkpoint, also where it is another than the present policy.
#[test]
fn a_run_under_the_policys_vectors_that_dies_anywhere_ends_as_if_it_had_not() {
    let folder = Folder::new("encoder-dies");
    for every in [1, 2] {
        let place = folder.path().join(every.to_string());
        dies_anywhere(&by_policy(every), &place, 5);
    }
}
