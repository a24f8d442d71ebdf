//! Runs that sample and grade a step's batch while the one before is learnt from.

use std::{path::Path, sync::atomic::Ordering};

use falcon_train::{Config, Event, Objective, Outcome, ReplayFrom, RunReport, resume, train};
use serde_json::Value;

use crate::{
    fakes::Folder,
    runs::{Bench, dies, finished, left_alone, same, start, tiny},
};

/// Programs that end, so that groups differ, and steps that move the policy.
fn config() -> Config {
    let mut config = tiny();
    (config.warm_start.batch, config.warm_start.steps) = (8, 60);
    (config.evaluation.before, config.evaluation.continued) = (false, false);
    let r = &mut config.rl;
    (r.ahead, r.steps, r.learning_rate) = (1, 6, 5e-3);
    config
}

/// The lines of a run's episodes, with the step of each.
fn episodes(out: &Path) -> Vec<(u64, Value)> {
    let text = std::fs::read_to_string(out.join("episodes.jsonl")).expect("episodes");
    let lines = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        (line["step"].as_u64().expect("a number"), line)
    });
    lines.collect()
}

/// A rate that moves no weight leaves the policy as the warm start made it, so such a run samples every batch from that. Drawn
/// ahead, the first two batches are of that policy too, whatever the first step does to it; the third is not.
#[test]
fn a_batch_that_is_drawn_ahead_is_of_the_policy_before_the_last_update() {
    let folder = Folder::new("ahead-1");
    let (moving, still) = (folder.path().join("moving"), folder.path().join("still"));
    let (report, _) = left_alone(config(), &moving, 1);
    let mut unmoved = config();
    (unmoved.rl.ahead, unmoved.rl.learning_rate) = (0, 1e-30);
    let (other, _) = left_alone(unmoved, &still, 1);
    let of = |out: &Path, step: u64| {
        let mut lines = episodes(out);
        lines.retain(|(of, _)| *of == step);
        lines
    };
    for step in [1, 2] {
        assert!(!of(&moving, step).is_empty(), "step {step} ran nothing");
        assert_eq!(of(&moving, step), of(&still, step), "step {step}");
    }
    assert_ne!(of(&moving, 3), of(&still, 3));
    let behind = |report: &RunReport| -> Vec<usize> {
        report.curve.iter().map(|point| point.behind).collect()
    };
    assert_eq!(behind(&report), [0, 1, 1, 1, 1, 1]);
    assert_eq!(behind(&other), [0; 6]);
    // The first step learns from its own programs: no ratio but what sampler and learner differ by.
    let first = &report.curve[0];
    assert!(first.log_ratio.abs() < 1e-4, "{first:?}");
    assert!(first.sampler_gap.is_none_or(|gap| gap < 1e-4), "{first:?}");
    // The others compare with a policy that is gone.
    for point in &report.curve[1..] {
        assert_eq!(point.sampler_gap, None);
    }
    let mut later = report.curve[1..].iter();
    assert!(later.any(|point| point.log_ratio.abs() > 1e-4));
}

#[test]
fn a_batch_is_judged_by_the_judges_of_its_own_step() {
    let folder = Folder::new("ahead-2");
    for ahead in [0, 1] {
        let out = folder.path().join(ahead.to_string());
        let mut config = config();
        config.rl.ahead = ahead;
        left_alone(config, &out, 1);
        let lines = episodes(&out);
        let last = lines.last().map(|(step, _)| *step);
        assert_eq!(last, Some(6));
        for (step, line) in lines {
            // The fake's episodes tell in their fuel which step it was told of last.
            assert_eq!(line["fuel"].as_u64(), Some(step), "ahead {ahead}");
        }
    }
}

/// Recipes that have something of their own to get wrong: none, a penalty in the reward against a policy that is gone, several
/// updates with a KL term, looks at validation that may end it, compute that ends it, replay with ratios.
fn recipes() -> Vec<(&'static str, Config)> {
    let with = |change: fn(&mut Config)| {
        let mut config = config();
        change(&mut config);
        config
    };
    vec![
        ("plain", with(|_| ())),
        (
            "penalty",
            with(|config| {
                (config.rl.objective, config.rl.kl) = (Objective::ReinforcePlusPlus, 0.1);
            }),
        ),
        (
            "clipped",
            with(|config| {
                let r = &mut config.rl;
                (r.objective, r.updates, r.kl) = (Objective::Grpo, 2, 0.05);
                (r.clip_low, r.clip_high) = (Some(0.01), Some(0.01));
            }),
        ),
        (
            "looking",
            with(|config| {
                (config.rl.check_every, config.rl.patience) = (1, 3);
            }),
        ),
        (
            "compute",
            with(|config| {
                config.rl.compute = 9000;
            }),
        ),
        (
            "replay",
            with(|config| {
                (config.rl.replay_from, config.rl.replay_ratio) = (ReplayFrom::Priority, 2.0);
            }),
        ),
    ]
}

#[test]
fn a_run_that_draws_ahead_and_dies_anywhere_ends_as_if_it_had_not() {
    for (recipe, config) in recipes() {
        let folder = Folder::new(&format!("ahead-3-{recipe}"));
        let (whole, _) = left_alone(config.clone(), &folder.path().join("whole"), 1);
        let steps = whole.curve.len();
        assert!(steps > 2, "{recipe}: {steps} steps");
        assert!(whole.curve.iter().any(|it| it.behind == 1), "{recipe}");
        let every = if recipe == "plain" { 1 } else { 2 };
        for death in (1..=steps).step_by(every) {
            let name = format!("{recipe}-{death}");
            dies(&config, folder.path(), &name, &whole, |progress| {
                progress.phase == "rl" && progress.step == death
            });
        }
    }
}

#[test]
fn a_run_that_draws_ahead_can_be_stopped_anywhere() {
    let folder = Folder::new("ahead-4");
    let whole = folder.path().join("whole");
    let (undisturbed, _) = left_alone(config(), &whole, 1);
    for wanted in 1..6 {
        let out = folder.path().join(wanted.to_string());
        let bench = Bench::new();
        let mut stop = |event: &Event| {
            let here = |step: usize, phase: &str| phase == "rl" && step == wanted;
            if matches!(event, Event::Step(progress) if here(progress.step, progress.phase)) {
                bench.cancel.store(true, Ordering::Relaxed);
            }
        };
        match train(start(config(), 1), &out, bench.services(&mut stop)) {
            Ok(Outcome::Stopped { step, .. }) => assert_eq!(step, wanted),
            other => panic!("{other:?}"),
        }
        bench.cancel.store(false, Ordering::Relaxed);
        let report = finished(resume(&out, bench.services(&mut |_: &Event| {})));
        same(
            &format!("stopped at {wanted}"),
            &out,
            &report,
            &whole,
            &undisturbed,
        );
        // The batch that waited ran twice, and is counted once.
        assert_eq!(report.executions, undisturbed.executions, "{wanted}");
    }
}

/// Whatever ends a run, no batch was begun for a step that never came.
#[test]
fn nothing_is_sampled_that_nothing_learns_from() {
    for (recipe, config) in recipes() {
        let folder = Folder::new(&format!("ahead-5-{recipe}"));
        let bench = Bench::new();
        let mut quiet = |_: &Event| {};
        let services = bench.services(&mut quiet);
        let report = finished(train(start(config, 1), folder.path(), services));
        assert_eq!(bench.grader.step(), report.curve.len() as u64, "{recipe}");
    }
}
