use falcon_experiment::{ArmKind, From};

use crate::fakes::plan;

const GOOD: &str = r#"name = "mine"
seeds = [1, 2]

[overlay.rl]
steps = 20

[[arms]]
name = "a0"
of = "warm-start"
row = "before"

[[arms]]
name = "a1"
title = "RL"

[[arms]]
name = "a2"
compute = "a1"
from = "a1"
reward = "tests"
[arms.overlay.rl]
kept = 3

[[contrasts]]
name = "rl"
claim = "Does it help?"
split = "iid"
with = "a1/ltm"
without = "a0"
primary = true
"#;

#[test]
fn a_file_becomes_a_plan() {
    let plan = plan(GOOD).expect("a good file");
    assert_eq!(plan.seeds, [1, 2]);
    let run = |name: &str| match &plan.arm(name).expect("an arm").kind {
        ArmKind::Run(setting) => setting.clone(),
        ArmKind::Row { .. } => panic!("{name} is a run"),
    };
    assert!(
        matches!(&plan.arms[0].kind, ArmKind::Row { of, row } if of == "warm-start" && row == "before")
    );
    assert_eq!(run("a1").from, From::WarmStart);
    assert!(run("a1").config.contains("steps = 20") && run("a1").config.contains("kept = 2"));
    let a2 = run("a2");
    assert!(a2.config.contains("steps = 20") && a2.config.contains("kept = 3"));
    assert_eq!(
        (a2.from, a2.compute.as_deref()),
        (From::Arm("a1".into()), Some("a1"))
    );
    assert!(
        plan.warm_start.config.contains("steps = 20"),
        "the overlay of all arms is the warm start's too"
    );
    assert_eq!(plan.contrasts[0].with.memory, "ltm");
    assert_eq!(plan.contrasts[0].without.memory, "none");
}

#[test]
fn what_is_wrong_is_told_with_file_line_and_arm() {
    for (old, new, wanted) in [
        (
            "steps = 20",
            "stepps = 20",
            "mine.toml:5: unknown field `stepps`",
        ),
        (
            "kept = 3",
            "kept = 9",
            "mine.toml:22: arm a2: rl.kept must be in 1..=rl.drawn",
        ),
        (
            "kept = 3",
            "kept = 3\nmade_up = 1",
            "mine.toml:23: arm a2: unknown field `made_up`",
        ),
        (
            "kept = 3",
            "kept = 9\nmade_up = 1",
            "arm a2: unknown field `made_up`",
        ),
        (
            "seeds = [1, 2]",
            "seeds = []",
            "mine.toml:2: seeds must be at least one",
        ),
        (
            "seeds = [1, 2]",
            "seeds = [2, 2]",
            "mine.toml:2: seeds must be at least one, each once",
        ),
        (
            "name = \"a1\"",
            "name = \"a0\"",
            "mine.toml:13: arm a0: the name is taken",
        ),
        (
            "name = \"a1\"",
            "name = \"A 1\"",
            "is made of a-z, 0-9 and -",
        ),
        (
            "from = \"a1\"",
            "from = \"a3\"",
            "mine.toml:19: arm a2: no arm \"a3\" stands before it in the file",
        ),
        (
            "compute = \"a1\"",
            "compute = \"a0\"",
            "mine.toml:18: arm a2: a0 is a row of another arm and has no runs",
        ),
        (
            "reward = \"tests\"",
            "reward = \"fun\"",
            "mine.toml:20: arm a2: there is no reward \"fun\"",
        ),
        (
            "row = \"before\"",
            "row = \"later\"",
            "mine.toml:10: arm a0: row must be one of before, after, continued",
        ),
        (
            "row = \"before\"\n",
            "",
            "mine.toml:9: arm a0: `of` names an arm and `row`",
        ),
        (
            "split = \"iid\"",
            "split = \"moon\"",
            "contrast rl: split must be one of iid",
        ),
        (
            "without = \"a0\"",
            "without = \"a9\"",
            "mine.toml:29: contrast rl: there is no arm \"a9\"; there are a0, a1, a2",
        ),
        (
            "with = \"a1/ltm\"",
            "with = \"a1/lmt\"",
            "mine.toml:28: contrast rl: a1 has no row \"lmt\" on iid; it has none, ltm, stm",
        ),
        (
            "without = \"a0\"",
            "without = \"a0/resample\"",
            "mine.toml:29: contrast rl: a0 has no row \"resample\" on iid; it has none, ltm, stm",
        ),
        (
            "split = \"iid\"",
            "split = \"alias\"",
            "mine.toml:28: contrast rl: a1 is not measured on alias",
        ),
        (
            "row = \"before\"",
            "row = \"after\"",
            "mine.toml:29: contrast rl: a0 is not measured on iid",
        ),
        (
            "primary = true",
            "measure = \"runtime_error\"",
            "mine.toml:30: contrast rl: measure must be one of failed, compile-error, runtime-error",
        ),
        (
            "primary = true",
            "skip = 20",
            "mine.toml:30: contrast rl: skip leaves none of the 20 tasks",
        ),
        (
            "primary = true\n",
            "primary = true\n[[squares]]\ntitle = \"M\"\nsplit = \"iid\"\ntrained_without = \"a1\"\n\
             trained_with = \"a2\"\ntested_without = \"none\"\ntested_with = \"oracle\"\n",
            "mine.toml:37: a1 has no row \"oracle\" on iid",
        ),
        ("claim = ", "clam = ", "mine.toml:26: unknown field `clam`"),
        (
            "name = \"mine\"",
            "name = \"mine\"\nbase = \"slow\"",
            "mine.toml:2: there is no recipe \"slow\"",
        ),
        (
            "name = \"mine\"",
            "name = \"mine\"\ndraws = 5",
            "mine.toml:2: draws must be at least 100",
        ),
    ] {
        assert!(GOOD.contains(old), "{old}");
        let error = plan(&GOOD.replacen(old, new, 1))
            .expect_err(new)
            .to_string();
        assert!(error.contains(wanted), "{new}: {error}");
    }
}

#[test]
fn a_plan_without_skipped_tasks_reads_as_it_did() {
    let text = |plan| serde_json::to_string(&plan).expect("plain data");
    assert!(!text(plan(GOOD).expect("a good file")).contains("skip"));
    let skipping = GOOD.replace("primary = true", "skip = 15");
    let plan = plan(&skipping).expect("a good file");
    assert_eq!(plan.contrasts[0].skip, Some(15));
    assert!(text(plan).contains("\"skip\":15"));
}

/// Two arms that are measured on the tasks of files.
const OF_FILES: &str = r#"name = "mine"
seeds = [1]

[overlay.tasks.file]
train = "/here/one.jsonl"

[[arms]]
name = "a1"

[[arms]]
name = "a2"
from = "own"
[arms.overlay.tasks.file]
train = "/here/two.jsonl"

[[arms]]
name = "a0"
of = "a1"
row = "continued"

[[contrasts]]
name = "rl"
claim = "Does it help?"
split = "test"
with = "a1"
without = "a0"
"#;

#[test]
fn arms_that_are_measured_on_different_tasks_are_not_compared() {
    plan(OF_FILES).expect("one arm's rows are of the same tasks");
    let others = "mine.toml:26: contrast rl: a2 and a0 are measured on different tasks (sha256:";
    let square = "[[squares]]\ntitle = \"M\"\nsplit = \"test\"\ntrained_without = \"a1\"\n\
                  trained_with = \"a2\"\ntested_without = \"none\"\ntested_with = \"ltm\"\n";
    for (text, wanted) in [
        (OF_FILES.replace("with = \"a1\"", "with = \"a2\""), others),
        (
            OF_FILES.to_owned() + square,
            "mine.toml:31: a2 and a1 are measured on different tasks (sha256:",
        ),
    ] {
        let error = plan(&text).expect_err(wanted).to_string();
        assert!(error.contains(wanted), "{error}");
        assert!(error.contains("the same memory.budget"), "{error}");
        // The same tasks, wherever they are, can be compared.
        plan(&text.replace("/here/two", "/there/one")).expect("the same tasks");
    }
    // Of FALCON's own splits a smaller set is the beginning of a larger one.
    let sizes = GOOD.replace("kept = 3", "kept = 3\n[arms.overlay.evaluation]\niid = 30");
    plan(&sizes.replace("with = \"a1/ltm\"", "with = \"a2\"")).expect("the first 20 are shared");
    // A square crosses its arms' gains task by task, so that it needs all of them.
    let square = square.replace("\"test\"", "\"iid\"");
    plan(&(GOOD.to_owned() + &square)).expect("the same sizes");
    let error = plan(&(sizes + &square)).expect_err("other sizes");
    let error = error.to_string();
    for wanted in [
        "a2 and a1 are measured on different tasks (sha256:",
        "give both the same number of tasks in [evaluation]",
    ] {
        assert!(error.contains(wanted), "{error}");
    }
}

/// What an arm starts from may have learnt every task that it was not to be measured on itself.
#[test]
fn an_arm_is_measured_on_the_tasks_that_its_start_is() {
    let shared = OF_FILES.replace("from = \"own\"\n", "");
    let more = "[[arms]]\nname = \"a3\"\nfrom = \"a2\"\n";
    let same = "[arms.overlay.tasks.file]\ntrain = \"/there/two.jsonl\"\n";
    for (text, wanted) in [
        (shared.clone(), Some("mine.toml:11: arm a2: ")),
        (
            OF_FILES.replace("\"own\"", "\"warm-start\""),
            Some("mine.toml:12: arm a2: "),
        ),
        (
            OF_FILES.replace("\"own\"", "\"a1\""),
            Some("mine.toml:12: arm a2: "),
        ),
        (OF_FILES.to_owned() + more, Some("mine.toml:29: arm a3: ")),
        (shared.replace("/here/two", "/there/one"), None),
        (OF_FILES.to_owned() + more + same, None),
    ] {
        match (plan(&text).map_err(|error| error.to_string()), wanted) {
            (Ok(_), None) => {}
            (Err(error), Some(place)) => assert!(
                error.starts_with(&format!(
                    "{place}it is measured on other tasks than the model that it starts from"
                )),
                "{error}"
            ),
            (found, wanted) => panic!("{found:?}, and {wanted:?} is wanted"),
        }
    }
}

#[test]
fn where_files_of_tasks_are_changes_no_plan() {
    let before = plan(OF_FILES).expect("a good file");
    let moved = plan(&OF_FILES.replace("/here", "/there")).expect("a good file");
    assert_ne!(moved, before);
    assert_eq!(moved.digest(), before.digest());
    moved
        .check_continues(&before)
        .expect("the files are the same");
    let other = plan(&OF_FILES.replace("/here/two", "/here/three")).expect("a good file");
    assert_ne!(other.digest(), before.digest());
    let error = other.check_continues(&before).expect_err("another file");
    assert!(
        error.to_string().starts_with("arm a2: it was changed"),
        "{error}"
    );
    // A plan without files is as it was before there were any.
    let text = serde_json::to_vec(&plan(GOOD).expect("a good file")).expect("plain data");
    let digest = plan(GOOD).expect("a good file").digest();
    assert_eq!(digest, falcon_episode::Digest::of(&text));
    assert!(!String::from_utf8_lossy(&text).contains("task_files"));
}

#[test]
fn a_plan_goes_on_only_as_what_it_was() {
    let before = plan(GOOD).expect("a good file");
    let more = "\n[[contrasts]]\nname = \"late\"\nclaim = \"And this?\"\nsplit = \"iid\"\nwith = \"a2\"\nwithout = \"a1\"\n";
    for (text, wanted) in [
        (GOOD.replace("[1, 2]", "[1, 2, 3]"), None),
        (
            GOOD.replace("title = \"RL\"", "title = \"Reinforcement\""),
            None,
        ),
        (GOOD.to_owned() + more, None),
        (
            GOOD.to_owned() + more + "primary = true\n",
            Some("contrast late: a primary contrast is fixed before the runs"),
        ),
        (
            GOOD.replace("kept = 3", "kept = 4"),
            Some("arm a2: it was changed since it was begun"),
        ),
        (
            GOOD.replace("steps = 20", "steps = 30"),
            Some("the warm starts: the base recipe"),
        ),
        (
            GOOD.replace("primary = true", ""),
            Some("contrast rl: it was fixed before the runs"),
        ),
    ] {
        let now = plan(&text).expect("a good file");
        let found = now
            .check_continues(&before)
            .map_err(|error| error.to_string());
        match (found, wanted) {
            (Ok(()), None) => {}
            (Err(error), Some(wanted)) => assert!(error.contains(wanted), "{error}"),
            (found, wanted) => panic!("{found:?}, and {wanted:?} is wanted"),
        }
    }
}
