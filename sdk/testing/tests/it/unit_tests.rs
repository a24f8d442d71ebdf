//! `falcon/unit-tests`: the feedback of RLTF.

use falcon_episode::Verdict::{
    self, CompileError, Failed, Forbidden, Infrastructure, OutOfFuel, OutOfMemory, OutputLimit,
    Passed, RuntimeError,
};
use falcon_host::{Judge, Loader};
use falcon_testing::{episode, first_party, judge_input};
use serde_json::{Value, json};

fn judge(config: &Value) -> Judge {
    let file = first_party("falcon/unit-tests").unwrap_or_else(|error| panic!("{error}"));
    Loader::new()
        .unwrap()
        .load(&file)
        .unwrap()
        .judge(config)
        .unwrap()
}

#[test]
fn scores() {
    let judge = judge(&Value::Null);
    let table: &[(Verdict, &[Verdict], Option<f64>)] = &[
        (CompileError, &[], Some(-1.0)),
        (RuntimeError, &[], Some(-0.6)),
        (RuntimeError, &[Passed, RuntimeError], Some(-0.6)),
        (OutOfFuel, &[OutOfFuel], Some(-0.6)),
        (OutOfMemory, &[OutOfMemory], Some(-0.6)),
        (OutputLimit, &[OutputLimit], Some(-0.6)),
        (Forbidden, &[Forbidden], Some(-0.6)),
        (Failed, &[Failed, Failed], Some(-0.3)),
        (Failed, &[Passed, Failed], Some(-0.3 + 1.3 * 0.5)),
        (
            Failed,
            &[Passed, Passed, Passed, Failed],
            Some(-0.3 + 1.3 * 0.75),
        ),
        (
            Failed,
            &[Passed, Failed, Infrastructure],
            Some(-0.3 + 1.3 * 0.5),
        ),
        (Failed, &[], Some(-0.3)),
        (Passed, &[Passed, Passed], Some(1.0)),
        (Passed, &[], Some(1.0)),
        (Infrastructure, &[Passed, Infrastructure], None),
    ];
    let episodes: Vec<_> = table
        .iter()
        .map(|(verdict, tests, _)| {
            episode("return x")
                .verdict(*verdict)
                .tests(tests.iter().copied())
        })
        .collect();
    let inputs: Vec<_> = episodes
        .iter()
        .map(|episode| judge_input(episode))
        .collect();
    let together = judge.judge_all(&inputs).unwrap();
    for (((verdict, tests, expected), input), batched) in table.iter().zip(&inputs).zip(together) {
        let alone = judge.judge(*input).unwrap();
        assert_eq!(alone.score, *expected, "{verdict} with {tests:?}");
        assert_eq!(batched.unwrap(), alone, "one by one and together");
    }
}

#[test]
fn parts_and_notes() {
    let judge = judge(&Value::Null);
    let half = episode("return x").verdict(Failed).tests([Passed, Failed]);
    let score = judge.judge(judge_input(&half)).unwrap();
    assert_eq!(score.judge, "falcon/unit-tests");
    assert_eq!(score.digest, judge.id().digest);
    assert_eq!(score.parts.get("pass-ratio"), Some(&0.5));
    assert_eq!(score.notes, ["pass-ratio: 1 of 2 tests passed"]);
    let untested = judge.judge(judge_input(&episode(""))).unwrap();
    assert!(untested.parts.is_empty());
}

#[test]
fn settings() {
    let judge = judge(&json!({ "passed": 2.5, "runtime-error": 0 }));
    let passed = episode("").tests([Passed]);
    assert_eq!(judge.judge(judge_input(&passed)).unwrap().score, Some(2.5));
    let raised = episode("").verdict(RuntimeError);
    assert_eq!(judge.judge(judge_input(&raised)).unwrap().score, Some(0.0));
}
