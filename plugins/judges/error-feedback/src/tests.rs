//! Episodes and whom they blame.

use falcon_sdk::judge::{Diagnostic, Episode, Judge, Judgement, Severity, TestOutcome, Verdict};

use crate::{Config, ErrorFeedback};

const PROMPT: &str = "def f(x):\n    \"\"\"Doubles.\"\"\"\n";
const BODY: &str = "    y = x\n    return y + z\n";

fn config() -> Config {
    Config {
        line_credit: -1.0,
        whole_credit: -0.5,
        whole: "OutOfFuel RecursionError WrongAnswer".to_owned(),
        ignore: "Infrastructure".to_owned(),
        test_ignore: "NameError".to_owned(),
    }
}

fn error(class: &str, line: u32) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        class: class.to_owned(),
        message: String::new(),
        line,
        column: 0,
    }
}

fn episode(verdict: Verdict, diagnostics: Vec<Diagnostic>) -> Episode {
    Episode {
        prompt: PROMPT.to_owned(),
        diagnostics,
        ..Episode::new(format!("{PROMPT}{BODY}"), verdict)
    }
}

fn test(verdict: Verdict, at: Option<Diagnostic>) -> TestOutcome {
    TestOutcome {
        name: "1".to_owned(),
        verdict,
        message: String::new(),
        at,
        details: Vec::new(),
    }
}

fn judged(episode: &Episode) -> Judgement {
    ErrorFeedback::judge(episode, &config()).unwrap()
}

/// The credited texts with their values.
fn credited<'a>(episode: &'a Episode, judgement: &Judgement) -> Vec<(&'a str, f64)> {
    let text =
        |span: &falcon_sdk::judge::Span| &episode.program[span.start as usize..span.end as usize];
    judgement
        .credits
        .iter()
        .map(|credit| (text(&credit.span), credit.value))
        .collect()
}

#[test]
fn each_class_has_its_place() {
    use Verdict::{CompileError, Failed, Infrastructure, OutOfFuel, Passed, RuntimeError};
    for (verdict, diagnostics, wanted, score) in [
        (Passed, vec![], vec![], Some(1.0)),
        (
            CompileError,
            vec![error("SyntaxError", 3)],
            vec![("y = x", -1.0)],
            Some(0.0),
        ),
        // A line behind the last is where something was missed.
        (
            CompileError,
            vec![error("IndentationError", 9)],
            vec![("return y + z", -1.0)],
            Some(0.0),
        ),
        (
            RuntimeError,
            vec![error("NameError", 4)],
            vec![("return y + z", -1.0)],
            Some(0.0),
        ),
        (
            RuntimeError,
            vec![error("RecursionError", 4)],
            vec![(BODY, -0.5)],
            Some(0.0),
        ),
        (
            RuntimeError,
            vec![error("TypeError", 0)],
            vec![(BODY, -0.5)],
            Some(0.0),
        ),
        // In what the task itself contains.
        (
            RuntimeError,
            vec![error("TypeError", 1)],
            vec![(BODY, -0.5)],
            Some(0.0),
        ),
        (OutOfFuel, vec![], vec![(BODY, -0.5)], Some(0.0)),
        (Failed, vec![], vec![(BODY, -0.5)], Some(0.0)),
        (Infrastructure, vec![], vec![], None),
    ] {
        let episode = episode(verdict, diagnostics.clone());
        let judgement = judged(&episode);
        assert_eq!(
            credited(&episode, &judgement),
            wanted,
            "{verdict:?} {diagnostics:?}"
        );
        assert_eq!(judgement.score, score, "{verdict:?} {diagnostics:?}");
    }
}

#[test]
fn warnings_are_no_errors() {
    let mut warning = error("SyntaxWarning", 3);
    warning.severity = Severity::Warning;
    let episode = episode(
        Verdict::CompileError,
        vec![warning, error("SyntaxError", 4)],
    );
    assert_eq!(judged(&episode).notes, ["line: SyntaxError in line 4"]);
}

#[test]
fn tests_add_what_they_met_and_are_not_the_program() {
    let mut episode = episode(Verdict::Failed, Vec::new());
    episode.tests = vec![
        test(Verdict::Passed, None),
        test(Verdict::Failed, Some(error("AssertionError", 70))),
        test(Verdict::Failed, Some(error("AssertionError", 71))),
        test(Verdict::RuntimeError, Some(error("IndexError", 4))),
        test(Verdict::RuntimeError, Some(error("IndexError", 4))),
    ];
    let judgement = judged(&episode);
    assert_eq!(
        judgement.notes,
        ["whole: WrongAnswer", "line: IndexError in line 4"]
    );
    let credits = credited(&episode, &judgement);
    assert_eq!(credits, [(BODY, -0.5), ("return y + z", -1.0)]);

    // What the test raised on an answer is the program's fault, what it could raise alone is not.
    episode.tests = vec![test(Verdict::Failed, Some(error("TypeError", 70)))];
    assert_eq!(judged(&episode).notes, ["whole: TypeError in the test"]);
    episode.tests = vec![test(Verdict::Failed, Some(error("NameError", 70)))];
    let judgement = judged(&episode);
    assert_eq!(judgement.notes, ["ignore: NameError in the test"]);
    assert!(judgement.score.is_none() && judgement.credits.is_empty());
}

#[test]
fn spans_lie_in_any_program() {
    for program in ["", "\n\n\n", "\0", "é\r\r\nü", "   ", &"x".repeat(100_000)] {
        for line in [0, 1, 2, 3, 4, u32::MAX] {
            let mut episode = episode(Verdict::RuntimeError, vec![error("E", line)]);
            program.clone_into(&mut episode.program);
            for credit in judged(&episode).credits {
                assert!(credit.span.start <= credit.span.end);
                assert!(
                    program
                        .get(credit.span.start as usize..credit.span.end as usize)
                        .is_some()
                );
            }
        }
    }
}
