//! The pipeline: order, repetition, faults.

use std::num::NonZeroUsize;

use falcon_episode::{Digest, Episode, Grader as _, JudgeScore, Verdict};
use falcon_grading::{Judging, JudgingError, MissingJudge, Options, Panel, Pipeline, Reward};

use crate::{
    corpus::{PYTHON, add_calls},
    support::{Share, pipeline, plugin, python, small, submission},
};

fn program(number: usize) -> String {
    match number % 3 {
        0 => "def add(a, b):\n    return a + b\n".to_owned(),
        1 => format!("def add(a, b):\n    return {number}\n"),
        _ => "def add(a, b):\n    return a - -b if a > 0 else None\n".to_owned(),
    }
}

#[test]
fn episodes_come_in_order_whatever_the_number_of_jobs() {
    let batch: Vec<_> = (0..30)
        .map(|n| {
            let tests = if n % 2 == 0 {
                add_calls()
            } else {
                PYTHON.harness()
            };
            let mut one = submission(&program(n), tests);
            one.task_id = format!("task {n}");
            one
        })
        .collect();
    let graded = |jobs, remembered| {
        let options = Options {
            jobs: NonZeroUsize::new(jobs).unwrap(),
            limits: small(),
            remembered,
            workers: None,
        };
        let judges: Vec<Box<dyn Judging>> = vec![Box::new(Share("falcon/unit-tests"))];
        let panel = Panel::new(judges, Reward::default()).unwrap();
        let pipeline = Pipeline::new(vec![python()], panel, &options).unwrap();
        let mut episodes = pipeline.grade(&batch).unwrap();
        episodes.extend(pipeline.grade(&batch).unwrap());
        for episode in &mut episodes {
            episode.seconds = 0.0;
        }
        (episodes, pipeline.executions())
    };
    let (one, executions) = graded(1, 0);
    let (four, with_memory) = graded(4, 100);
    assert_eq!(one, four);
    assert!(
        one.iter()
            .zip(0..)
            .take(30)
            .all(|(e, n)| e.task_id == format!("task {n}"))
    );
    assert!(with_memory < executions, "{with_memory} {executions}");
    assert!(one.iter().all(|episode| episode.reward.is_some()));
    assert_eq!(one[0].reward, Some(1.0));
}

#[test]
fn a_fault_of_ours_is_never_a_reward() {
    let pipeline = pipeline(small());
    let mut unknown = submission("", add_calls());
    unknown.language = "cobol".to_owned();
    let tests_that_do_not_compile = submission(
        "def f(): pass",
        crate::support::asserts("assert f(", "def f(): pass"),
    );
    for submission in [unknown, tests_that_do_not_compile] {
        let episode = pipeline.grade(&[submission]).unwrap().remove(0);
        assert_eq!(
            (episode.verdict, episode.reward),
            (Verdict::Infrastructure, None)
        );
        assert!(!episode.tests[0].message.is_empty());
    }
}

#[test]
fn a_judge_that_is_not_there_is_an_error() {
    let error = Panel::new(Vec::new(), Reward::default());
    assert!(error.is_err_and(|MissingJudge(name)| name == "falcon/unit-tests"));
}

/// A judge that does one thing.
struct Fixed(&'static str, Result<Option<f64>, &'static str>);

impl Judging for Fixed {
    fn name(&self) -> &str {
        self.0
    }

    fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    fn judge(&self, _: &Episode, _: Option<&str>) -> Result<JudgeScore, JudgingError> {
        Ok(JudgeScore {
            score: self.1.map_err(JudgingError::new)?,
            ..JudgeScore::none(self.0, self.digest())
        })
    }
}

/// What the episode says of costs: 0 for nothing, else the program's share of the cheapest.
struct Costs;

impl Judging for Costs {
    fn name(&self) -> &str {
        "a/costs"
    }

    fn digest(&self) -> Digest {
        Digest::of(b"costs")
    }

    fn judge(&self, episode: &Episode, _: Option<&str>) -> Result<JudgeScore, JudgingError> {
        let cheapest = episode.cheapest_fuel.unwrap_or(0) as f64;
        Ok(JudgeScore {
            score: Some(cheapest / episode.fuel as f64),
            ..JudgeScore::none(self.name(), self.digest())
        })
    }
}

#[test]
fn what_the_reference_takes_is_the_cheapest_known_cost() {
    let reference = "def add(a, b):\n    return a + b\n";
    let slow = "def add(a, b):\n    for n in range(10000):\n        a += 0\n    return a + b\n";
    let wrong = "def add(a, b):\n    return 7\n";
    let one = |program: &str, reference: Option<&str>, told: Option<u64>| {
        let mut one = submission(program, add_calls());
        one.reference = reference.map(str::to_owned);
        one.cheapest_fuel = told;
        one
    };
    let batch = [
        one(reference, Some(reference), None),
        one(slow, Some(reference), None),
        one(slow, Some(reference), Some(1)),
        one(slow, Some(wrong), None),
        one(slow, None, None),
        one(wrong, Some(reference), None),
    ];
    let graded = |cheapest: &str| {
        let file = format!("cheapest = '{cheapest}'\n[[judge]]\nplugin = 'a/costs'\n");
        let panel = Panel::new(
            vec![Box::new(Costs)],
            Reward::parse(&file, "reward.toml").unwrap(),
        );
        let options = Options {
            limits: small(),
            ..Options::default()
        };
        let pipeline = Pipeline::new(vec![python()], panel.unwrap(), &options).unwrap();
        let episodes = pipeline.grade(&batch).unwrap();
        let rewards = episodes.iter().map(|episode| episode.reward.unwrap());
        (rewards.collect::<Vec<f64>>(), episodes[1].fuel)
    };
    let (known, fuel) = graded("known");
    assert_eq!(known, [0.0, 0.0, 1.0 / fuel as f64, 0.0, 0.0, 0.0]);
    let (found, _) = graded("reference");
    assert_eq!(found[0], 1.0);
    assert!(found[1] > 0.0 && found[1] < 1.0, "{found:?}");
    assert_eq!(found[2..], known[2..]);
}

/// A reference that the clock ends has a fault of its own: neither its tests nor its fuel are the program's.
#[test]
fn a_fault_of_the_reference_is_said_to_be_its_own() {
    let mut limits = small();
    // The clock comes before the fuel: three seconds, and twice, since a fault is tried once more.
    (limits.fuel, limits.epochs) = (1 << 60, 300);
    let options = Options {
        limits,
        ..Options::default()
    };
    let file = "cheapest = 'reference'\n[[judge]]\nplugin = 'a/costs'\n";
    let reward = Reward::parse(file, "reward.toml").unwrap();
    let panel = Panel::new(vec![Box::new(Costs)], reward).unwrap();
    let pipeline = Pipeline::new(vec![python()], panel, &options).unwrap();
    let mut one = submission("def add(a, b):\n    return a + b\n", add_calls());
    one.reference = Some("def add(a, b):\n    while True: pass\n".to_owned());
    let episode = pipeline.grade(&[one]).unwrap().remove(0);
    assert_eq!(
        (episode.verdict, episode.reward, episode.fuel),
        (Verdict::Infrastructure, None, 0)
    );
    let [only] = episode.tests.as_slice() else {
        panic!("the reference's tests are shown: {:?}", episode.tests)
    };
    assert_eq!(only.name, "sandbox");
    let says = "the task's reference, by which the cost is judged, met a fault: ";
    let (_, met) = only.message.split_once(says).expect(&only.message);
    assert!(!met.is_empty(), "{}", only.message);
}

#[test]
fn a_judge_that_fails_leaves_no_reward() {
    for (missing, second, wanted) in [
        ("skip", Ok(Some(0.0)), Some(0.5)),
        ("skip", Ok(None), Some(1.0)),
        ("zero", Ok(None), Some(0.5)),
        ("none", Ok(None), None),
        ("skip", Err("it ran out of fuel"), None),
        ("zero", Err("it ran out of fuel"), None),
        ("none", Err("it ran out of fuel"), None),
    ] {
        let file = format!(
            "missing = '{missing}'\n[[judge]]\nplugin = 'a/first'\n[[judge]]\nplugin = 'a/second'\n"
        );
        let judges: Vec<Box<dyn Judging>> = vec![
            Box::new(Fixed("a/first", Ok(Some(1.0)))),
            Box::new(Fixed("a/second", second)),
        ];
        let reward = Reward::parse(&file, "reward.toml").unwrap();
        let options = Options {
            limits: small(),
            ..Options::default()
        };
        let pipeline = Pipeline::new(
            vec![python()],
            Panel::new(judges, reward).unwrap(),
            &options,
        )
        .unwrap();
        let one = submission(&program(0), add_calls());
        let episode = pipeline.grade(&[one]).unwrap().remove(0);
        assert_eq!(episode.reward, wanted, "{missing} {second:?}");
        let notes = &episode.scores[1].notes;
        assert_eq!(
            notes.iter().any(|note| note.contains("the judge failed")),
            second.is_err()
        );
    }
}

#[test]
fn a_judge_plugin_scores() {
    let judge = plugin("falcon-unit-tests.wasm")
        .judge(&serde_json::json!({}))
        .unwrap();
    let judges: Vec<Box<dyn Judging>> = vec![Box::new(judge)];
    let options = Options {
        limits: small(),
        ..Options::default()
    };
    let panel = Panel::new(judges, Reward::default()).unwrap();
    let pipeline = Pipeline::new(vec![python()], panel, &options).unwrap();
    let mut rewards = Vec::new();
    for program in [
        "def add(a, b):\n    return a + b\n",
        "def add(a, b):\n    return 5\n",
        "def add(a, b) 5",
    ] {
        let episode = pipeline
            .grade(&[submission(program, add_calls())])
            .unwrap()
            .remove(0);
        assert_eq!(episode.scores[0].judge, "falcon/unit-tests");
        assert!(episode.plugins.contains_key("falcon/python"));
        rewards.push(episode.reward.unwrap());
    }
    assert_eq!(rewards[0], 1.0);
    assert!(
        rewards[0] > rewards[1] && rewards[1] > rewards[2],
        "{rewards:?}"
    );
}
