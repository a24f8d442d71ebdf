//! Objectives, their budgets and what they tell, in whole runs.

use std::collections::BTreeSet;

use falcon_train::{Config, EvalRow, Objective, RunReport};

use crate::{
    fakes::Folder,
    runs::{left_alone, tiny},
};

/// Long enough that programs end, so that groups differ.
fn longer() -> Config {
    let mut config = tiny();
    (config.warm_start.batch, config.warm_start.steps) = (8, 60);
    config
}

fn run(config: Config, folder: &Folder, name: &str) -> RunReport {
    left_alone(config, &folder.path().join(name), 1).0
}

fn row<'a>(report: &'a RunReport, split: &str, when: &str, memory: &str) -> &'a EvalRow {
    let mut rows = report.eval.iter();
    let found =
        rows.find(|row| (&row.split[..], &row.when[..], &row.memory[..]) == (split, when, memory));
    found.expect("the row is there")
}

#[test]
fn every_objective_learns_something_of_its_own() {
    use Objective::{
        Dapo, Default, DrGrpo, Grpo, Gspo, ReinforcePlusPlus, RejectionSampling, Rloo, Rltf,
    };
    let folder = Folder::new("objectives-1");
    let mut digests = BTreeSet::new();
    let all = [
        Default,
        Grpo,
        DrGrpo,
        Rloo,
        ReinforcePlusPlus,
        Dapo,
        Gspo,
        Rltf,
        RejectionSampling,
    ];
    for objective in all {
        let mut config = longer();
        config.rl.objective = objective;
        // Else the supervised parts are all that moves a run this short.
        (config.rl.anchor, config.rl.replay, config.rl.learning_rate) = (0.0, 0.0, 5e-3);
        let report = run(config, &folder, &format!("{objective:?}"));
        // With one update every ratio is 1, and the ratio is all that GSPO changes of GRPO.
        let new = digests.insert(report.result_digest);
        assert_eq!(new, objective != Gspo, "{objective:?}");
        assert_eq!(report.curve.len(), 4);
        for point in &report.curve {
            // On-policy, and sampler and learner agree.
            assert!(
                point.clip_fraction == 0.0 && point.log_ratio == 0.0,
                "{point:?}"
            );
            let agree = point.sampler_gap.is_none_or(|gap| gap < 1e-4);
            assert!(
                agree || objective == RejectionSampling,
                "{objective:?}: {point:?}"
            );
            assert!(
                point.kl_to_start.is_some_and(|kl| (0.0..1.0).contains(&kl)),
                "{point:?}"
            );
            assert!((0.0..=1.0).contains(&point.flat_share) && point.length_mean > 0.0);
        }
        assert!(
            report.curve[0].kl_to_start < Some(1e-6),
            "it begins at its start"
        );
    }
}

#[test]
fn updates_after_the_first_move_away_from_what_sampled_and_are_clipped() {
    let folder = Folder::new("objectives-2");
    let twice = |objective| {
        let mut config = longer();
        (config.rl.updates, config.rl.objective) = (2, objective);
        run(config, &folder, &format!("{objective:?}")).result_digest
    };
    assert_ne!(twice(Objective::Grpo), twice(Objective::Gspo));
    let mut config = longer();
    (config.rl.updates, config.rl.objective) = (3, Objective::Dapo);
    (config.rl.learning_rate, config.rl.temperature) = (5e-3, 1.3);
    (config.rl.clip_low, config.rl.clip_high) = (Some(0.01), Some(0.01));
    let report = run(config, &folder, "run");
    let clipped = report
        .curve
        .iter()
        .filter(|point| point.clip_fraction > 0.0);
    assert!(clipped.count() > 0, "{:?}", report.curve);
    assert!(report.curve.iter().any(|point| point.log_ratio != 0.0));
    // The policy that is learnt is the one at the sampling temperature.
    assert!(
        report
            .curve
            .iter()
            .all(|point| point.sampler_gap.is_none_or(|gap| gap < 1e-4)),
        "{:?}",
        report.curve
    );
}

#[test]
fn a_penalty_keeps_the_policy_nearer_its_start() {
    let folder = Folder::new("objectives-3");
    for objective in [Objective::Grpo, Objective::ReinforcePlusPlus] {
        let far = |kl: f64| {
            let mut config = longer();
            (config.rl.objective, config.rl.kl, config.rl.steps) = (objective, kl, 12);
            (config.rl.anchor, config.rl.replay, config.rl.learning_rate) = (0.0, 0.0, 5e-3);
            let report = run(config, &folder, &format!("{objective:?}-{kl}"));
            report
                .curve
                .last()
                .and_then(|point| point.kl_to_start)
                .expect("a distance")
        };
        let (free, held) = (far(0.0), far(5.0));
        assert!(
            held < free,
            "{objective:?}: {held} with a penalty, {free} without"
        );
    }
}

#[test]
fn replay_with_a_ratio_learns_something_else_than_without() {
    let folder = Folder::new("objectives-8");
    let with = |ratio: f64| {
        let mut config = longer();
        (config.rl.replay, config.rl.replay_ratio) = (1.0, ratio);
        run(config, &folder, &ratio.to_string()).result_digest
    };
    let none = with(0.0);
    assert_ne!(none, with(2.0));
    // A ratio of at most 1 is another bound than 2.
    assert_ne!(with(1.0), with(100.0));
}

#[test]
fn compute_ends_reinforcement_learning_and_steps_do_not() {
    let folder = Folder::new("objectives-4");
    let by_steps = run(longer(), &folder, "steps");
    let mut config = longer();
    config.rl.compute = by_steps.rl_compute * 2;
    let report = run(config.clone(), &folder, "compute");
    let most = config.rl.compute + by_steps.rl_compute;
    assert!(
        (config.rl.compute..most).contains(&report.rl_compute),
        "{}",
        report.rl_compute
    );
    assert!(
        report.curve.len() > by_steps.curve.len(),
        "{}",
        report.curve.len()
    );
    // Several updates on a batch use it up in fewer steps.
    config.rl.updates = 3;
    let updated = run(config, &folder, "updates");
    assert!(updated.curve.len() < report.curve.len());
}

/// Programs of a model this small do not end, so no look is better than the first.
#[test]
fn a_run_that_does_not_become_better_stops_and_goes_back() {
    let folder = Folder::new("objectives-5");
    let mut config = tiny();
    (config.rl.steps, config.rl.check_every, config.rl.patience) = (20, 2, 2);
    let report = run(config, &folder, "run");
    assert_eq!(report.curve.len(), 4);
    let looks: Vec<bool> = report
        .curve
        .iter()
        .map(|it| it.validation.is_some())
        .collect();
    assert_eq!(looks, [false, true, false, true]);
    for split in ["iid", "composition"] {
        let rate = |when| &row(&report, split, when, "none").by_task;
        assert_eq!(rate("before"), rate("after"), "{split}");
    }
}

#[test]
fn best_of_n_pays_for_all_of_them_and_is_no_worse_where_tests_tell() {
    let folder = Folder::new("objectives-6");
    let report = run(longer(), &folder, "run");
    for split in ["iid", "composition"] {
        for when in ["before", "after"] {
            let (one, best) = (
                row(&report, split, when, "none"),
                row(&report, split, when, "best-of-n"),
            );
            assert!(best.tokens_mean > one.tokens_mean, "{split}");
            assert!((best.pass_at_8 - best.pass_at_1).abs() < 1e-12, "{split}");
            assert!((best.greedy - one.greedy).abs() < 1e-12, "{split}");
        }
    }
    let contrasts: Vec<&str> = report.gains.iter().map(|gain| &gain.contrast[..]).collect();
    assert!(
        contrasts.contains(&"best-of-n - none") && contrasts.contains(&"after - best-of-n before")
    );
}

#[test]
fn a_run_says_what_its_parts_took() {
    let folder = Folder::new("objectives-7");
    let report = run(longer(), &folder, "run");
    let names: Vec<&str> = report.parts.iter().map(|part| &part.name[..]).collect();
    assert_eq!(
        names,
        [
            "sampling", "grading", "judging", "memory", "learning", "looking"
        ]
    );
    let told: f64 = report.parts.iter().map(|part| part.seconds).sum();
    let stage = report
        .phases
        .iter()
        .find(|phase| phase.name == "rl")
        .expect("it took time");
    assert!(
        told > 0.0 && told <= stage.seconds,
        "{told} of {}",
        stage.seconds
    );
}
