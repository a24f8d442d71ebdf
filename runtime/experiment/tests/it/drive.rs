use std::{fs, thread};

use falcon_experiment::{Driven, analyse, drive, failures, load};

use crate::fakes::{Fakes, Folder, Maker, plan};

const TEXT: &str = r#"name = "mine"
seeds = [7, 8]
draws = 200

[[arms]]
name = "a1"

[[arms]]
name = "a2"
compute = "a1"
[arms.overlay.rl]
steps = 30

[[arms]]
name = "more"
from = "a2"

[[arms]]
name = "c"
of = "a2"
row = "continued"

[[contrasts]]
name = "steps"
claim = "Do more steps help?"
split = "iid"
with = "a2"
without = "a1"
primary = true
"#;

const ALL: [&str; 8] = [
    "warm-start 7",
    "a1 7",
    "a2 7",
    "more 7",
    "warm-start 8",
    "a1 8",
    "a2 8",
    "more 8",
];

fn finished(driven: Result<Driven, falcon_experiment::ExperimentError>) {
    match driven {
        Ok(Driven::Finished) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_run_is_made_once_and_seed_by_seed() {
    let (folder, plan) = (Folder::new(), plan(TEXT).expect("a plan"));
    let mut maker = Maker::default();
    finished(drive(&plan, &folder.path(), &Fakes, &mut maker));
    assert_eq!(maker.begun, ALL);
    // A run of an arm that has none yet is expected to take what others took; the first knows nothing.
    let expected: Vec<_> = maker
        .expected
        .iter()
        .map(|spent| (spent.done, spent.this_seconds, spent.later_seconds))
        .collect();
    assert_eq!(expected[0], (0, None, None));
    assert_eq!(expected[5], (5, Some(10.0), Some(20.0)));
    let config =
        fs::read_to_string(folder.path().join("runs/a2/seed-7/report.json")).expect("a report");
    assert!(config.contains("\"seed\":7"));
    let plan_file = fs::read_to_string(folder.path().join("plan.json")).expect("the plan");
    assert!(
        !plan_file.contains("compute = 10007"),
        "how much compute is known when the other arm is done"
    );
    let mut again = Maker::default();
    finished(drive(&plan, &folder.path(), &Fakes, &mut again));
    assert!(again.begun.is_empty(), "{:?}", again.begun);
}

#[test]
fn an_experiment_that_was_stopped_ends_in_the_same_report() {
    let plan = plan(TEXT).expect("a plan");
    let report = |folder: &Folder| {
        let (plan, runs) = load(&folder.path(), &Maker::default()).expect("an experiment");
        analyse(&plan, &runs)
    };
    let whole = Folder::new();
    finished(drive(&plan, &whole.path(), &Fakes, &mut Maker::default()));
    let pieces = Folder::new();
    let mut begun = Vec::new();
    for piece in 0..ALL.len() {
        let mut maker = Maker {
            left: Some(1),
            ..Maker::default()
        };
        let driven = drive(&plan, &pieces.path(), &Fakes, &mut maker).expect("it runs");
        begun.extend(maker.begun.first().cloned());
        let partial = report(&pieces);
        assert_eq!(partial.missing.len(), ALL.len() - 1 - piece);
        assert_eq!(
            matches!(driven, Driven::Finished),
            partial.missing.is_empty()
        );
    }
    assert_eq!(begun, ALL);
    let (whole, pieces) = (report(&whole), report(&pieces));
    assert_eq!(whole.result_digest, pieces.result_digest);
    assert_eq!(whole, pieces);
}

#[test]
fn processes_share_the_runs_of_a_folder() {
    let (folder, plan) = (Folder::new(), plan(TEXT).expect("a plan"));
    let one = || {
        let mut maker = Maker {
            patient: true,
            ..Maker::default()
        };
        finished(drive(&plan, &folder.path(), &Fakes, &mut maker));
        maker.begun
    };
    let mut begun = thread::scope(|scope| {
        let makers = [(); 3].map(|()| scope.spawn(one));
        makers.map(|maker| maker.join().expect("it runs")).concat()
    });
    begun.sort();
    let mut all = ALL.map(str::to_owned);
    all.sort();
    assert_eq!(begun, all, "each run once");
}

#[test]
fn what_does_not_need_a_run_that_fails_is_made() {
    let (folder, plan) = (Folder::new(), plan(TEXT).expect("a plan"));
    let mut maker = Maker {
        broken: Some("a2"),
        ..Maker::default()
    };
    let failed = match drive(&plan, &folder.path(), &Fakes, &mut maker) {
        Ok(Driven::Failed(failed)) => failed,
        other => panic!("{other:?}"),
    };
    // "more" starts from a2's model, and is not begun.
    let tried: Vec<&str> = ALL
        .into_iter()
        .filter(|run| !run.starts_with("more"))
        .collect();
    assert_eq!(maker.begun, tried);
    let told: Vec<_> = failed
        .iter()
        .map(|run| (&run.arm[..], run.seed, &run.why[..]))
        .collect();
    let why = "policy: it diverged";
    assert_eq!(told, [("a2", 7, why), ("a2", 8, why)]);
    let (loaded, runs) = load(&folder.path(), &maker).expect("an experiment");
    assert_eq!(runs.len(), 4);
    let noted = failures(&loaded, &folder.path(), &runs).expect("notes");
    assert_eq!(noted, failed);
    assert_eq!(analyse(&loaded, &runs).missing.len(), 4);

    // The same call tries again, and what is made is noted no more.
    let mut maker = Maker::default();
    finished(drive(&plan, &folder.path(), &Fakes, &mut maker));
    assert_eq!(maker.begun, ["a2 7", "more 7", "a2 8", "more 8"]);
    assert!(!folder.path().join("runs/a2/seed-7/failed.json").exists());
}

#[test]
fn a_warm_start_that_fails_leaves_the_other_seeds() {
    let (folder, plan) = (Folder::new(), plan(TEXT).expect("a plan"));
    let mut maker = Maker {
        broken: Some("warm-start"),
        ..Maker::default()
    };
    let driven = drive(&plan, &folder.path(), &Fakes, &mut maker).expect("it ends");
    assert!(matches!(driven, Driven::Failed(failed) if failed.len() == 2));
    assert_eq!(maker.begun, ["warm-start 7", "warm-start 8"]);
}

#[test]
fn a_run_that_another_process_is_at_is_left_to_it() {
    let (folder, plan) = (Folder::new(), plan(TEXT).expect("a plan"));
    let seed = folder.path().join("warm-starts/seed-7");
    fs::create_dir_all(&seed).expect("a folder");
    let other = fs::File::create(seed.join("job.lock")).expect("a lock");
    other.lock().expect("nobody else holds it");
    let mut maker = Maker::default();
    match drive(&plan, &folder.path(), &Fakes, &mut maker) {
        Ok(Driven::Stopped { arm, seed }) => assert_eq!((&arm[..], seed), ("warm-start", 7)),
        other => panic!("{other:?}"),
    }
    assert_eq!(maker.begun, ALL[4..]);
    // Two share what is left, as far as this one knows.
    let told: Vec<_> = maker
        .expected
        .iter()
        .map(|it| (it.done, it.beside))
        .collect();
    assert_eq!(told, [(0, 1), (1, 1), (2, 1), (3, 1)]);
    drop(other);
    let mut maker = Maker::default();
    finished(drive(&plan, &folder.path(), &Fakes, &mut maker));
    assert_eq!(maker.begun, ALL[..4]);
}

#[test]
fn what_was_begun_with_something_else_is_refused() {
    let folder = Folder::new();
    let first = plan(TEXT).expect("a plan");
    let mut maker = Maker {
        left: Some(2),
        ..Maker::default()
    };
    drive(&first, &folder.path(), &Fakes, &mut maker).expect("it runs");

    let mut other_plugin = Maker {
        plugin: 1,
        ..Maker::default()
    };
    let error =
        drive(&first, &folder.path(), &Fakes, &mut other_plugin).expect_err("another plugin");
    assert!(
        error
            .to_string()
            .contains("the warm start of seed 7: it was begun with another fake/plugin"),
        "{error}"
    );

    let changed = plan(&TEXT.replace("steps = 30", "steps = 40")).expect("a plan");
    let error =
        drive(&changed, &folder.path(), &Fakes, &mut Maker::default()).expect_err("another recipe");
    assert!(error.to_string().contains("arm a2"), "{error}");

    let mut other_tests = Maker {
        other_tests: true,
        ..Maker::default()
    };
    let error = drive(&first, &folder.path(), &Fakes, &mut other_tests).expect_err("other tests");
    let text = error.to_string();
    assert!(
        text.contains("arm a2, seed 7: the test set iid is") && text.contains("and the plan froze"),
        "{error}"
    );
}

#[test]
fn a_folder_without_a_plan_holds_no_experiment() {
    let folder = Folder::new();
    let error = load(&folder.path(), &Maker::default()).expect_err("nothing is there");
    assert!(
        error
            .to_string()
            .contains("plan.json: there is no such file: this folder holds no experiment"),
        "{error}"
    );
}
