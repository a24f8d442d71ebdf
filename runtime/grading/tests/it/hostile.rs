//! The attack corpus: each file refused, and why; each honest twin accepted.

use falcon_episode::Episode;

use crate::{
    corpus::{PYTHON, add_calls},
    support::{grade, pipeline, small},
};

#[test]
fn every_attack_is_refused_and_why() {
    let pipeline = pipeline(small());
    let mut wrong = Vec::new();
    for attack in &PYTHON.attacks() {
        for (form, tests) in attack.forms() {
            let episode = grade(&pipeline, &attack.source, tests);
            let said = episode
                .first_failure()
                .map_or("", |test| test.message.as_str());
            wrong.extend(attack.differs(form, episode.verdict, said));
            if !episode.reward.is_some_and(|reward| reward < 1.0) {
                wrong.push(format!(
                    "{} ({form}): the reward is {:?}",
                    attack.name, episode.reward
                ));
            }
            next_program_is_unaffected(&pipeline, &attack.name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn next_program_is_unaffected(pipeline: &falcon_grading::Pipeline, after: &str) {
    let honest = "def add(a, b):\n    return a + b\n";
    let episode = grade(pipeline, honest, add_calls());
    assert!(
        episode.passed(),
        "after {after}: {:?}",
        episode.first_failure()
    );
}

#[test]
fn honest_twins_pass() {
    let pipeline = pipeline(small());
    for twin in &PYTHON.twins() {
        for (form, tests) in twin.forms() {
            let episode = grade(&pipeline, &twin.source, tests);
            assert!(
                episode.passed(),
                "{} ({form}): {:?}",
                twin.name,
                episode.first_failure()
            );
        }
    }
}

#[test]
fn the_same_program_uses_the_same_fuel_and_gets_the_same_verdict() {
    let pipeline = pipeline(small());
    let key = |episode: &Episode| (episode.verdict, episode.fuel, episode.tests.clone());
    for name in [
        "always_equal",
        "infinite_loop",
        "memory_bomb",
        "harvest_arguments",
    ] {
        let attacks = PYTHON.attacks();
        let attack = attacks.iter().find(|attack| attack.name == name).unwrap();
        for (_, tests) in attack.forms() {
            let first = grade(&pipeline, &attack.source, tests.clone());
            let second = grade(&pipeline, &attack.source, tests);
            assert_eq!(key(&first), key(&second), "{name}");
        }
    }
}
