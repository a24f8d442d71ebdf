//! Second attempts show what the memory policy composes, in evaluation and in training.

use falcon_train::{EvalRow, Event, Phase, RunReport, Start, train};

use crate::{
    fakes::Folder,
    runs::{Bench, finished, start, tiny},
};

/// A warm start and its measurement, under a memory that shows attempts or hides them.
fn measured(hides: bool, name: &str) -> (RunReport, Bench) {
    let out = Folder::new(name);
    let bench = Bench::new();
    if hides {
        bench.memories.hide_attempts("evaluation");
    }
    let mut config = tiny();
    // Long enough that programs end: one that does not fails no test that could be told of.
    config.warm_start.steps = 40;
    config.evaluation.ambiguous = 8;
    let only = Start {
        phase: Phase::Measured,
        ..start(config, 1)
    };
    let report = finished(train(only, out.path(), bench.services(&mut |_: &Event| {})));
    (report, bench)
}

fn row(report: &RunReport, memory: &str) -> EvalRow {
    let mut rows = report.eval.iter();
    let row = rows.find(|row| row.split == "ambiguous" && row.memory == memory);
    row.expect("it is measured").clone()
}

#[test]
fn a_policy_that_shows_no_attempt_leaves_second_prompts_as_the_first() {
    let (shown, bench) = measured(false, "second-attempts-shown");
    let offered = bench.memories.offered("evaluation");
    // By `stm` and by `stm-shuffled`, which begin with the same first attempts.
    assert!(offered > 0 && offered.is_multiple_of(2), "{offered}");

    let (hidden, bench) = measured(true, "second-attempts-hidden");
    assert_eq!(bench.memories.offered("evaluation"), offered);
    let [fed, shuffled] = ["stm", "stm-shuffled"].map(|memory| row(&hidden, memory));
    // With nothing shown, another task's failure is no other than the own one.
    assert_eq!(
        (&fed.by_task, fed.tokens_mean, &fed.errors),
        (&shuffled.by_task, shuffled.tokens_mean, &shuffled.errors)
    );
    let examples = hidden.examples.iter();
    let of_stm: Vec<_> = examples.filter(|one| one.memory == "stm").collect();
    assert!(!of_stm.is_empty() && of_stm.iter().all(|one| one.shown.is_empty()));
    // What is shown is read, and costs its tokens.
    assert_ne!(row(&shown, "stm").tokens_mean, fed.tokens_mean);
    assert_eq!(row(&shown, "none"), row(&hidden, "none"));
}

/// Training asks of no more failures than it has room for second attempts, as long as the policy shows them.
#[test]
fn training_composes_about_as_many_second_attempts_as_it_makes() {
    let offered = |retries: usize, hides: bool| {
        let out = Folder::new(&format!("second-attempts-{retries}-{hides}"));
        let bench = Bench::new();
        if hides {
            bench.memories.hide_attempts("train");
        }
        let mut config = tiny();
        config.warm_start.steps = 40;
        (config.evaluation.before, config.evaluation.continued) = (false, false);
        // Nearly every task is one that is tried again.
        config.tasks.pool_eight_way = 4.0;
        config.rl.retries = retries;
        let most = (config.rl.steps * retries * config.rl.group) as u64;
        let report = finished(train(
            start(config, 1),
            out.path(),
            bench.services(&mut |_: &Event| {}),
        ));
        let tried = report.curve.iter().any(|it| it.retry_pass_rate.is_some());
        assert_eq!(tried, retries > 0 && !hides);
        (bench.memories.offered("train"), most)
    };
    assert_eq!(offered(0, false).0, 0);
    let (shown, most) = offered(1, false);
    assert!(0 < shown && shown <= most, "{shown} of {most}");
    // A policy that shows nothing of one group is asked of the next.
    let (hidden, _) = offered(1, true);
    assert!(hidden > most, "{hidden} of {most}");
}
