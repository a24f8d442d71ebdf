//! A fault of the sandbox is left out of what is learnt, and ends what is measured.

use std::collections::BTreeMap;

use falcon_episode::{Digest, Submission};
use falcon_train::{EvalRequest, Event, Objective, TrainError, evaluate_pymini, resume, train};

use crate::{
    fakes::{Faults, Folder},
    runs::{Bench, finished, left_alone, start, tiny, undisturbed},
};

fn in_pool(submission: &Submission) -> bool {
    // Seed 1; validation has pools of its own.
    submission.task_id.starts_with("pool-1-")
}

/// Every program of one pool task in three, and one in five of all others.
fn now_and_then(submission: &Submission) -> bool {
    let hash = |text: &str| Digest::of(text.as_bytes()).bytes()[1];
    in_pool(submission)
        && (hash(&submission.task_id).is_multiple_of(3)
            || hash(&submission.program).is_multiple_of(5))
}

fn stops<T>(result: Result<T, TrainError>, task: &str) {
    let error = result
        .map(drop)
        .expect_err(&format!("a fault of {task} must end it"));
    assert!(
        matches!(error, TrainError::Infrastructure { .. }) && error.exit_code() == 3,
        "{error:?}"
    );
    for word in [task, "the sandbox broke", "Try again"] {
        assert!(error.to_string().contains(word), "{error} lacks {word:?}");
    }
}

#[test]
fn a_fault_in_a_measurement_ends_it_and_resuming_ends_as_if_there_had_been_none() {
    let folder = Folder::new("faults-1");
    let mut quiet = |_: &Event| {};
    let mut config = tiny();
    config.checkpoint_every = 50;
    // Long enough that greedy programs end, so that validation runs some.
    (config.warm_start.batch, config.warm_start.steps) = (8, 400);
    let whole = finished(train(
        start(config.clone(), 1),
        &folder.path().join("whole"),
        Bench::new().services(&mut quiet),
    ));
    let starts: [(&str, Faults); 7] = [
        ("validation-", |it| it.task_id.starts_with("validation-")),
        // The solved tasks that memory is filled with.
        ("bank-test-", |it| it.task_id.starts_with("bank-test-")),
        ("bank-pool-", |it| it.task_id.starts_with("bank-pool-")),
        ("iid-", |it| it.task_id.starts_with("iid-")),
        ("alias-", |it| it.task_id.starts_with("alias-")),
        ("ambiguous-", |it| it.task_id.starts_with("ambiguous-")),
        // Only programs that follow on a failed one.
        ("ambiguous-", |it| {
            it.task_id.starts_with("ambiguous-") && it.attempt > 1
        }),
    ];
    for (number, (task, faults)) in starts.into_iter().enumerate() {
        let out = folder.path().join(number.to_string());
        let bench = Bench::new();
        bench.grader.set_faults(Some(faults));
        let result = train(start(config.clone(), 1), &out, bench.services(&mut quiet));
        stops(result, task);
        bench.grader.set_faults(None);
        let report = finished(resume(&out, bench.services(&mut quiet)));
        assert_eq!(report.result_digest, whole.result_digest, "{task}");
    }
}

#[test]
fn a_fault_ends_the_evaluation_of_a_saved_model() {
    let folder = Folder::new("faults-2");
    undisturbed(folder.path(), 1);
    let bench = Bench::new();
    let request = EvalRequest {
        model: &folder.path().join("model"),
        samples: 4,
        temperature: 1.0,
        seed: 1,
    };
    evaluate_pymini(&request, "iid", 8, None, &bench.grader).expect("it is measured");
    bench.grader.set_faults(Some(|_| true));
    let result = evaluate_pymini(&request, "iid", 8, None, &bench.grader);
    stops(result, "iid-");
}

#[test]
fn what_faults_says_nothing_to_memory() {
    let folder = Folder::new("faults-3");
    let bench = Bench::new();
    bench.grader.set_faults(Some(now_and_then));
    let mut config = tiny();
    // Enough finished programs, most prompts on private words.
    (config.warm_start.steps, config.tasks.pool) = (40, 400);
    (config.tasks.pool_plain, config.tasks.pool_alias) = (0.2, 0.8);
    (config.rl.drawn, config.rl.steps) = (12, 8);
    let group = config.rl.group;
    let report = finished(train(
        start(config, 1),
        folder.path(),
        bench.services(&mut |_: &Event| {}),
    ));
    assert_eq!(report.curve.len(), 8);

    // Rewards and faults of each group that has a line; programs that were cut short are not in the log.
    let log = std::fs::read_to_string(folder.path().join("episodes.jsonl")).expect("episodes");
    let mut seen: BTreeMap<(u64, u64, String), (Vec<f64>, usize)> = BTreeMap::new();
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let number = |name: &str| line[name].as_u64().expect("a number");
        let task = line["task_id"].as_str().expect("an id").to_owned();
        let (rewards, faults) = seen
            .entry((number("step"), number("attempt"), task))
            .or_default();
        match line["reward"].as_f64() {
            Some(reward) => rewards.push(reward),
            None => *faults += 1,
        }
    }
    let mean = |(rewards, faults): &(Vec<f64>, usize)| {
        let known = group - faults;
        let cut_short = known - rewards.len();
        (known > 0).then(|| (rewards.iter().sum::<f64>() - cut_short as f64) / known as f64)
    };
    assert!(
        seen.values().any(|of| mean(of).is_none()),
        "no group was lost"
    );
    assert!(seen.values().any(|of| of.1 > 0 && mean(of).is_some()));

    let used = bench.memories.used("train");
    assert!(!used.is_empty(), "no exemplar was shown");
    for (id, with, _) in used {
        // A group whose programs were all cut short has no line.
        let known = seen.values().filter_map(mean).chain([-1.0]);
        assert!(
            known.into_iter().any(|mean| (mean - with).abs() < 1e-12),
            "{id} learnt {with}, the reward of no group"
        );
    }
}

#[test]
fn a_step_in_which_everything_faults_is_an_error() {
    let folder = Folder::new("faults-4");
    let (whole, _) = undisturbed(&folder.path().join("whole"), 1);
    let out = folder.path().join("run");
    let bench = Bench::new();
    let mut after_the_bank = |event: &Event| {
        if matches!(event, Event::Step(step) if step.phase == "rl" && step.step == 2) {
            bench.grader.set_faults(Some(in_pool));
        }
    };
    let result = train(start(tiny(), 1), &out, bench.services(&mut after_the_bank));
    stops(result, "pool-");
    bench.grader.set_faults(None);
    let report = finished(resume(&out, bench.services(&mut |_: &Event| {})));
    assert_eq!(report.result_digest, whole.result_digest);
}

#[test]
fn a_step_whose_retries_alone_have_rewards_goes_on() {
    let folder = Folder::new("faults-5");
    let bench = Bench::new();
    let mut in_the_third_step = |event: &Event| {
        if let Event::Step(step) = event
            && step.phase == "rl"
        {
            let faults: Faults = |it| in_pool(it) && it.attempt == 1;
            bench.grader.set_faults((step.step == 2).then_some(faults));
        }
    };
    let mut config = tiny();
    // Long enough that programs end, since one that is cut short has a reward whatever befalls the others.
    (config.warm_start.batch, config.warm_start.steps) = (8, 400);
    (config.rl.drawn, config.rl.kept, config.rl.retries) = (2, 1, 1);
    let services = bench.services(&mut in_the_third_step);
    let report = finished(train(start(config, 1), folder.path(), services));
    let told: Vec<_> = report
        .curve
        .iter()
        .map(|point| (point.reward_mean.is_some(), point.retry_pass_rate.is_some()))
        .collect();
    assert_eq!(told[2], (false, true), "{told:?}");
    assert_eq!(told.iter().filter(|point| point.0).count(), 3, "{told:?}");
}

#[test]
fn a_step_that_diverges_is_told_and_leaves_the_last_good_checkpoint() {
    let folder = Folder::new("faults-6");
    let mut config = tiny();
    // Enough finished programs; no baseline that takes a reward's size away.
    (config.warm_start.batch, config.warm_start.steps) = (8, 60);
    config.rl.objective = Objective::Rltf;
    let (whole, _) = left_alone(config.clone(), &folder.path().join("whole"), 1);
    let out = folder.path().join("run");
    let bench = Bench::new();
    let mut beyond_numbers = |event: &Event| {
        if matches!(event, Event::Step(step) if step.phase == "rl" && step.step == 2) {
            bench.grader.set_scale(Some(1e300));
        }
    };
    let error = train(start(config, 1), &out, bench.services(&mut beyond_numbers))
        .expect_err("no weight of such a reward is a number");
    assert!(
        matches!(error, TrainError::Diverged { step: 3, .. }),
        "{error:?}"
    );
    for word in ["rl diverged at step 3", "checkpoint", "lower learning_rate"] {
        assert!(error.to_string().contains(word), "{error} lacks {word:?}");
    }
    bench.grader.set_scale(None);
    let report = finished(resume(&out, bench.services(&mut |_: &Event| {})));
    assert_eq!(report.result_digest, whole.result_digest);
}
