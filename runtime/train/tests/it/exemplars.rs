//! What training shows as exemplars: memory's, and the controls'.

use falcon_tasks::{Family, Split};
use falcon_train::{
    EvalRequest, Event, ExemplarSource, MemoryFactory as _, RunReport, evaluate_pymini, train,
};

use crate::{
    fakes::Folder,
    runs::{Bench, finished, start, tiny, undisturbed},
};

fn run(source: ExemplarSource, name: &str) -> (RunReport, Bench) {
    let out = Folder::new(name);
    let bench = Bench::new();
    let mut config = tiny();
    config.memory.exemplar = source;
    // Half of them go without: what an item is worth is told against those.
    config.tasks.pool_alias = 0.6;
    let done = train(
        start(config, 3),
        out.path(),
        bench.services(&mut |_: &Event| {}),
    );
    (finished(done), bench)
}

#[test]
fn a_control_shows_an_exemplar_that_memory_does_not_know() {
    let (report, bench) = run(ExemplarSource::Retrieved, "exemplars-retrieved");
    let written = |bench: &Bench| {
        let items = bench.memories.items("train");
        items.iter().any(|item| item.task_id.starts_with("pool-"))
    };
    assert!(written(&bench), "what the policy solves is offered");
    assert!(!bench.memories.used("train").is_empty());
    let asked = |report: &RunReport| report.memory.retrievals;
    let evaluations = {
        let rows = report.eval.iter();
        rows.filter(|row| row.memory == "ltm").count() as u64 * 8
    };
    assert!(asked(&report) > evaluations);

    for (source, name) in [
        (ExemplarSource::Random, "exemplars-random"),
        (ExemplarSource::Oracle, "exemplars-oracle"),
    ] {
        let (report, bench) = run(source, name);
        assert_eq!(asked(&report), evaluations, "training asks nothing");
        assert!(bench.memories.used("train").is_empty());
        let told = report.curve.iter().filter_map(|point| point.exemplar_told);
        let told: Vec<f64> = told.collect();
        assert!(!told.is_empty(), "{source:?}");
        // One discloses the word, the other is of another project.
        let wanted = f64::from(u8::from(source == ExemplarSource::Oracle));
        assert!(told.iter().all(|share| *share == wanted), "{told:?}");
        assert!(written(&bench));
    }

    let (report, bench) = run(ExemplarSource::Stale, "exemplars-stale");
    assert!(asked(&report) > evaluations);
    assert!(!bench.memories.items("train").is_empty() && !written(&bench));
    assert!(!bench.memories.used("train").is_empty());
}

#[test]
fn failures_are_offered_as_warnings_only_where_the_recipe_says_so() {
    let offered = |warnings: bool, name: &str| {
        let out = Folder::new(name);
        let bench = Bench::new();
        let mut config = tiny();
        config.memory.warnings = warnings;
        finished(train(
            start(config, 3),
            out.path(),
            bench.services(&mut |_: &Event| {}),
        ));
        bench.memories.items("train")
    };
    let usual = offered(false, "warnings-off");
    assert!(usual.iter().all(|item| item.score >= 1.0));
    let with = offered(true, "warnings-on");
    let warnings: Vec<_> = with.iter().filter(|item| item.score < 1.0).collect();
    assert!(!warnings.is_empty());
    for item in warnings {
        assert!(item.task_id.starts_with("pool-"), "{item:?}");
        assert!(item.feedback.starts_with("failed at test"), "{item:?}");
        assert!(item.scores["reward"] < 1.0, "{item:?}");
    }
    assert!(with.iter().any(|item| item.score >= 1.0));
}

#[test]
fn a_budget_that_holds_no_item_shows_none() {
    let out = Folder::new("exemplars-budget");
    let bench = Bench::new();
    let mut config = tiny();
    config.memory.budget = 0;
    let report = finished(train(
        start(config, 3),
        out.path(),
        bench.services(&mut |_: &Event| {}),
    ));
    assert!(bench.memories.used("train").is_empty());
    assert_eq!(report.memory.hit_at_1, 0.0);
}

#[test]
fn a_memory_that_a_saved_model_asks_is_kept_from_what_is_evaluated() {
    let folder = Folder::new("exemplars-saved");
    undisturbed(folder.path(), 1);
    let bench = Bench::new();
    let memory = bench.memories.open("other").expect("a memory");
    let request = EvalRequest {
        model: &folder.path().join("model"),
        samples: 2,
        temperature: 1.0,
        seed: 1,
    };
    let row = evaluate_pymini(&request, "alias", 8, Some(&*memory), &bench.grader);
    assert_eq!(row.expect("it is measured").tasks, 8);
    let tasks = Family::new(1).test_set(Split::Alias, 8);
    let ids: Vec<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(bench.memories.guarded("other"), ids);
}
