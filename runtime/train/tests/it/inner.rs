//! Runs with an inner loop, on fakes.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use falcon_train::{
    Config, Context, EvalRow, Event, Phase, RunReport, Start, SupportFrom, load_model, resume,
    train,
};

use crate::{
    fakes::Folder,
    runs::{Bench, finished, start, tiny},
};

fn config(context: Context) -> Config {
    let mut config = tiny();
    // Long enough that programs end, so that some supports both fail and pass.
    config.warm_start.steps = 40;
    config.evaluation.continued = false;
    config.tasks.pool_eight_way = 0.3;
    let inner = &mut config.inner;
    (inner.context, inner.tokens, inner.rank, inner.support) = (context, 2, 1, 4);
    (inner.tasks, inner.warm_up, inner.credit) = (5, 3, true);
    config
}

fn run(name: &str, config: Config) -> RunReport {
    let folder = Folder::new(name);
    let bench = Bench::new();
    let mut quiet = |_: &Event| {};
    let services = bench.services(&mut quiet);
    finished(train(start(config, 1), folder.path(), services))
}

fn row<'a>(report: &'a RunReport, split: &str, when: &str, memory: &str) -> &'a EvalRow {
    let named = |row: &&EvalRow| row.split == split && row.when == when && row.memory == memory;
    let found = report.eval.iter().find(named);
    found.unwrap_or_else(|| panic!("no row {split} {when} {memory}"))
}

#[test]
fn every_kind_of_context_goes_through_a_run_and_into_the_model() {
    for (context, extra) in [
        (Context::SoftPrompt, 2 * 16),
        (Context::Norms, 0),
        (Context::Lora, 16 + 48 + 16 + 16),
    ] {
        let folder = Folder::new("inner-1");
        let bench = Bench::new();
        let mut quiet = |_: &Event| {};
        let services = bench.services(&mut quiet);
        let report = finished(train(start(config(context), 1), folder.path(), services));
        for split in ["iid", "composition", "ambiguous"] {
            let frozen = row(&report, split, "after", "inner-frozen");
            let none = row(&report, split, "after", "none");
            assert_eq!(
                (&frozen.by_task, frozen.greedy),
                (&none.by_task, none.greedy)
            );
            assert!(frozen.tokens_mean > none.tokens_mean);
            for memory in ["inner", "inner-other", "inner-support", "inner-both"] {
                row(&report, split, "before", memory);
                row(&report, split, "after", memory);
            }
            let contrast = report.gains.iter().filter(|gain| gain.split == split);
            assert!(
                contrast
                    .map(|it| &it.contrast[..])
                    .any(|it| it == "inner - inner-other")
            );
        }
        for point in &report.curve {
            let inner = point.inner.as_ref().expect("there is an inner loop");
            assert_eq!(inner.tasks, 5);
            assert!(inner.adapted > 0, "{context:?}: nothing to adapt to");
            assert!(inner.inner_seconds > 0.0 && inner.outer_seconds > 0.0);
        }
        let (policy, its) = load_model(&folder.path().join("model")).expect("it loads");
        assert_eq!(its.inner.context, context);
        let plain = falcon_train::Policy::new(&its.model, policy.vocabulary(), 1);
        assert_eq!(
            policy.parameters(),
            plain.parameters() + extra,
            "{context:?}"
        );
    }
}

#[test]
fn with_a_rate_of_0_adapting_changes_nothing_and_with_more_it_does() {
    let rows = |rate: f64| {
        let mut config = config(Context::SoftPrompt);
        config.inner.rate = rate;
        config.evaluation.iid = 12;
        let report = run("inner-2", config);
        ["inner-frozen", "inner", "inner-other"].map(|memory| {
            let row = row(&report, "iid", "after", memory);
            (row.by_task.clone(), row.greedy)
        })
    };
    let [frozen, own, other] = rows(0.0);
    assert_eq!((&frozen, &frozen), (&own, &other));
    let [frozen, own, other] = rows(10.0);
    assert!(frozen != own && own != other);
}

#[test]
fn support_and_query_are_both_run_and_both_remembered() {
    let folder = Folder::new("inner-3");
    let bench = Bench::new();
    let mut config = config(Context::SoftPrompt);
    config.rl.retries = 0;
    let mut quiet = |_: &Event| {};
    let services = bench.services(&mut quiet);
    finished(train(start(config, 1), folder.path(), services));
    let text = std::fs::read_to_string(folder.path().join("episodes.jsonl")).expect("episodes");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line is JSON"));
    let mut by_task = std::collections::BTreeMap::<(u64, String), usize>::new();
    for line in lines {
        let task = line["task_id"].as_str().expect("an id").to_owned();
        *by_task
            .entry((line["step"].as_u64().expect("a step"), task))
            .or_default() += 1;
    }
    // Programs that were cut short leave no episode.
    assert!(by_task.values().all(|count| *count <= 4 + 3), "{by_task:?}");
    assert!(by_task.values().any(|count| *count > 4), "{by_task:?}");
    for step in 1..=4 {
        let tasks = by_task.keys().filter(|(its, _)| *its == step).count();
        assert!((1..=5).contains(&tasks), "step {step}: {tasks}");
    }
    assert!(!bench.memories.items("train").is_empty());
}

#[test]
fn each_ablation_is_another_run() {
    let mut digests = Vec::new();
    let mut add = |change: fn(&mut Config)| {
        let mut config = config(Context::SoftPrompt);
        change(&mut config);
        digests.push(run("inner-4", config).result_digest);
    };
    add(|_| ());
    add(|config| config.inner.credit = false);
    add(|config| config.inner.rate = 0.0);
    add(|config| config.inner.support_from = SupportFrom::Other);
    add(|config| config.inner.context = Context::None);
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);
}

#[test]
fn a_run_with_an_inner_loop_that_dies_anywhere_ends_as_if_it_had_not() {
    for context in [Context::SoftPrompt, Context::Lora] {
        let folder = Folder::new("inner-5");
        let whole_out = folder.path().join("whole");
        let bench = Bench::new();
        let mut steps = 0;
        let mut count = |event: &Event| steps += usize::from(matches!(event, Event::Step(_)));
        let services = bench.services(&mut count);
        let whole = finished(train(start(config(context), 1), &whole_out, services));
        for death in (41..steps).step_by(11) {
            let out = folder.path().join(death.to_string());
            let bench = Bench::new();
            let mut left = death;
            let mut kill = |event: &Event| {
                left -= usize::from(matches!(event, Event::Step(_)));
                if left == 0 {
                    resume_unwind(Box::new("killed"));
                }
            };
            let services = bench.services(&mut kill);
            let begun = start(config(context), 1);
            let died = catch_unwind(AssertUnwindSafe(|| train(begun, &out, services)));
            assert!(died.is_err(), "it lived beyond step {death}");
            let report = finished(resume(&out, bench.services(&mut |_: &Event| {})));
            assert_eq!(
                report.result_digest, whole.result_digest,
                "{context:?} {death}"
            );
        }
    }
}

#[test]
fn what_a_context_s_start_took_counts_as_no_step() {
    let mut by_steps = config(Context::SoftPrompt);
    by_steps.inner.warm_up = 60;
    by_steps.rl.steps = 1;
    let folder = Folder::new("inner-8");
    let first = run("inner-9", by_steps.clone()).rl_compute;
    by_steps.inner.warm_up = 1;
    let step = run("inner-10", by_steps).rl_compute;
    assert!(
        first > 3 * step,
        "the start takes most of it: {first} {step}"
    );
    let mut config = config(Context::SoftPrompt);
    config.inner.warm_up = 60;
    config.rl.compute = first + 8 * step;
    let bench = Bench::new();
    let mut expected = Vec::new();
    let mut steps = |event: &Event| match event {
        Event::Step(progress) if progress.phase == "rl" => expected.push(progress.of),
        _ => {}
    };
    let report = finished(train(
        start(config, 1),
        folder.path(),
        bench.services(&mut steps),
    ));
    // How many steps there will be follows from the share of the compute that the first one used.
    let made = report.curve.len();
    assert!(made >= 5, "{made}");
    assert!(
        expected.iter().all(|of| *of >= made / 2 && *of <= 2 * made),
        "{made} {expected:?}"
    );
}

#[test]
fn a_model_without_a_context_gets_one_and_another_is_refused() {
    let folder = Folder::new("inner-6");
    let bench = Bench::new();
    let mut quiet = |_: &Event| {};
    let warm = folder.path().join("warm");
    let only = |config| Start {
        phase: Phase::WarmStart,
        ..start(config, 1)
    };
    let plain = only(config(Context::None));
    finished(train(plain, &warm, bench.services(&mut quiet)));
    let from = |config, model: &std::path::Path| Start {
        warm_start: Some(model.join("model")),
        ..start(config, 1)
    };
    let bench = Bench::new();
    let rl = folder.path().join("rl");
    let begun = from(config(Context::SoftPrompt), &warm);
    let later = finished(train(begun, &rl, bench.services(&mut quiet)));
    // The warm start is the same with an inner loop and without, and so is all that follows.
    let whole = run("inner-7", config(Context::SoftPrompt));
    assert_eq!(later.eval, whole.eval);
    let mut wider = config(Context::SoftPrompt);
    wider.inner.tokens = 3;
    let refused = folder.path().join("refused");
    let error = train(from(wider, &rl), &refused, bench.services(&mut quiet)).expect_err("no");
    assert!(error.to_string().contains("set inner.context"), "{error}");
    assert_eq!(error.exit_code(), 2);
}
