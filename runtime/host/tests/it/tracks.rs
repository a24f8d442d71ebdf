//! Judges of every track, served by one host.

use std::path::Path;

use falcon_episode::{Episode, Finding, Severity, Verdict};
use falcon_host::{Failure, JudgeInput};
use falcon_testing::{episode, first_party, judge_input};
use serde_json::{Value, json};

use crate::common::{ask, built, loader, plugin, score, told};

/// A judge as it was built for a track that is released, and is never built again.
fn released(track: &str) -> std::path::PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join(format!("tests/fixtures/plugins/judge-{track}.wasm"))
}

#[test]
fn a_released_judge_says_what_it_always_said() {
    let old = loader().load(&released("0.1")).unwrap();
    let new = loader()
        .load(&built(first_party("falcon/unit-tests")))
        .unwrap();
    assert_eq!(
        [old.track(), new.track()].map(ToString::to_string),
        ["0.1.0", "0.2.0"]
    );
    let (old, new) = (
        old.judge(&Value::Null).unwrap(),
        new.judge(&Value::Null).unwrap(),
    );
    for (verdict, tests, wanted) in [
        (Verdict::Passed, vec![Verdict::Passed], Some(1.0)),
        (
            Verdict::Failed,
            vec![Verdict::Passed, Verdict::Failed],
            Some(-0.3 + 1.3 * 0.5),
        ),
        (Verdict::CompileError, vec![], Some(-1.0)),
        (Verdict::Infrastructure, vec![], None),
    ] {
        let one = episode("def f(): pass").verdict(verdict).tests(tests);
        let said = [&old, &new].map(|judge| judge.judge(judge_input(&one)).unwrap());
        assert_eq!(said.each_ref().map(|score| score.score), [wanted, wanted]);
        assert_eq!(said[0].parts, said[1].parts);
        assert_eq!(said[0].notes, said[1].notes);
        let many = old
            .judge_all(&[judge_input(&one), judge_input(&one)])
            .unwrap();
        for again in many {
            assert_eq!(again.unwrap(), said[0]);
        }
    }
}

#[test]
fn what_the_second_track_has_crosses() {
    let plugin = plugin(&loader());
    let judge = plugin.judge(&json!({ "do": "tell" })).unwrap();
    for (split, cheapest) in [("pool", Some(12)), ("", None)] {
        let one = Episode {
            split: split.to_owned(),
            cheapest_fuel: cheapest,
            ..(*episode("x = 1\n")).clone()
        };
        let input = JudgeInput {
            episode: &one,
            reference: Some("x = 2\n"),
        };
        let said = judge.judge(input).unwrap();
        assert_eq!(
            said.notes,
            [format!("{split:?} {cheapest:?} {:?}", input.reference)]
        );
        assert_eq!(
            said.findings,
            [Finding {
                rule: "X1".to_owned(),
                severity: Severity::Warning,
                message: "all of it".to_owned(),
                start: 0,
                end: 6,
                line: 1,
                column: 1,
            }]
        );
    }
}

#[test]
fn a_finding_lies_within_the_program() {
    let plugin = plugin(&loader());
    let error = ask(&told(&plugin, "mark", 9)).unwrap_err();
    assert!(
        matches!(&error.failure, Failure::Nonsense(text) if text.contains("finding for bytes 0..9 of a program of 8"))
    );
    assert_eq!(score(&plugin, "mark", 8), 0.0);
}
