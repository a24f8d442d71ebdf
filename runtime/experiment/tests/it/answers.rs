use std::collections::BTreeMap;

use falcon_episode::Digest;
use falcon_experiment::{Driven, Report, ResultLine, Verdict, analyse, drive, load, results};

use crate::fakes::{Fakes, Folder, Maker, plan};

/// The report of an experiment whose arms gain 10 and 30 points, and whose seeds differ alike in all arms.
fn report(contrasts: &str) -> Report {
    let text = format!(
        "name = \"mine\"\nseeds = [1, 2, 3]\ndraws = 400\n\
         [[arms]]\nname = \"a0\"\nof = \"warm-start\"\nrow = \"before\"\n\
         [[arms]]\nname = \"a1\"\n\
         [[arms]]\nname = \"a2\"\ncompute = \"a1\"\n[arms.overlay.rl]\nsteps = 30\n\
         [[arms]]\nname = \"same\"\n\
         [[arms]]\nname = \"c\"\nof = \"a2\"\nrow = \"continued\"\n{contrasts}\n\
         [[squares]]\ntitle = \"Memory\"\nsplit = \"iid\"\ntrained_without = \"a1\"\ntrained_with = \"a2\"\n\
         tested_without = \"none\"\ntested_with = \"ltm\"\n"
    );
    let folder = Folder::new();
    let plan = plan(&text).expect("a plan");
    let driven = drive(&plan, &folder.path(), &Fakes, &mut Maker::default()).expect("it runs");
    assert!(matches!(driven, Driven::Finished));
    let (plan, runs) = load(&folder.path(), &Maker::default()).expect("an experiment");
    analyse(&plan, &runs)
}

fn contrast(name: &str, with: &str, without: &str, more: &str) -> String {
    format!(
        "[[contrasts]]\nname = \"{name}\"\nclaim = \"Is it so?\"\nsplit = \"iid\"\nwith = \"{with}\"\nwithout = \"{without}\"\n{more}\n"
    )
}

#[test]
fn questions_are_answered_with_what_was_measured() {
    let asked = [
        contrast("up", "a2", "a0", "primary = true"),
        contrast("down", "a0", "a2", "primary = true"),
        contrast("nothing", "same", "a1", "primary = true"),
        contrast("control", "a2", "c", ""),
        contrast("missing", "a1/stm", "a0", "primary = true"),
        contrast("errors", "a2", "a0", "measure = \"failed\""),
        contrast("deep", "a2", "a0", "depth = 3"),
        contrast("fresh", "a2", "a0", "skip = 15"),
        contrast("fresh-deep", "a2", "a0", "depth = 3\nskip = 15"),
    ]
    .concat();
    let report = report(&asked);
    for (answer, (verdict, diff, words)) in report.answers.iter().zip([
        (Verdict::Above, 30.0, "Yes: +30.0 points [+30.0, +30.0]"),
        (
            Verdict::Below,
            -30.0,
            "No, the other way round: \u{2212}30.0 points",
        ),
        (
            Verdict::Null,
            0.0,
            "Not told apart (a null result): +0.0 points",
        ),
        (Verdict::Above, 15.0, "Yes: +15.0 points"),
        (Verdict::Missing, 0.0, "Not measured"),
        // Fewer failures are what is hoped for.
        (Verdict::Below, -30.0, "Yes: \u{2212}30.0 points"),
        (Verdict::Above, 30.0, "Yes: +30.0 points"),
        (Verdict::Above, 30.0, "Yes: +30.0 points"),
        (Verdict::Above, 30.0, "Yes: +30.0 points"),
    ]) {
        let name = &answer.contrast.name;
        assert_eq!(answer.verdict, verdict, "{name}: {answer:?}");
        assert!((answer.diff - diff).abs() < 1e-9, "{name}: {answer:?}");
        assert!(
            answer.sentence.starts_with(words),
            "{name}: {}",
            answer.sentence
        );
        assert_eq!(
            answer.p_holm.is_some(),
            answer.contrast.primary && verdict != Verdict::Missing,
            "{name}"
        );
    }
    // Half of the twenty tasks compose three operations.
    let tasks = |at: usize| report.answers[at].tasks;
    assert_eq!((tasks(0), tasks(6), tasks(7), tasks(8)), (20, 10, 5, 3));
    // 2 / 401 of the bootstrap, times three: of four primary contrasts one was not measured.
    let holm = report.answers[0].p_holm.expect("a primary one");
    assert!((holm - 3.0 * 2.0 / 401.0).abs() < 1e-9, "{holm}");
    assert_eq!(report.answers[0].by_seed.len(), 3);
}

#[test]
fn every_task_s_result_stands_beside_the_report() {
    let text = "name = \"mine\"\nseeds = [1, 2]\n\
         [[arms]]\nname = \"a0\"\nof = \"warm-start\"\nrow = \"before\"\n\
         [[arms]]\nname = \"a1\"\n"
        .to_owned()
        + &contrast("errors", "a1/ltm", "a0", "measure = \"failed\"");
    let (folder, plan) = (Folder::new(), plan(&text).expect("a plan"));
    drive(&plan, &folder.path(), &Fakes, &mut Maker::default()).expect("it runs");
    let (plan, runs) = load(&folder.path(), &Maker::default()).expect("an experiment");
    let lines = results(&plan, &runs);
    let ResultLine::TestSet {
        split,
        digest,
        clusters,
        kinds,
    } = &lines[0]
    else {
        panic!("{:?}", lines[0]);
    };
    assert_eq!((&split[..], clusters.len(), kinds[1].depth), ("iid", 20, 3));
    let named =
        |line: &ResultLine| matches!(line, ResultLine::Row { test_set, .. } if test_set == digest);
    assert!(digest.is_some() && lines[1..].iter().all(named));
    let rows: Vec<_> = lines[1..]
        .iter()
        .map(|line| match line {
            ResultLine::Row {
                arm, seed, memory, ..
            } => (&arm[..], *seed, &memory[..]),
            ResultLine::TestSet { .. } => panic!("{line:?}"),
        })
        .collect();
    // What is continued is no row of these arms.
    let wanted = [
        ("a0", 1, "none"),
        ("a0", 1, "ltm"),
        ("a0", 2, "none"),
        ("a0", 2, "ltm"),
        ("a1", 1, "none"),
        ("a1", 1, "ltm"),
        ("a1", 2, "none"),
        ("a1", 2, "ltm"),
    ];
    assert_eq!(rows, wanted);
    let ResultLine::Row { passed, errors, .. } = &lines[1] else {
        panic!("{:?}", lines[1]);
    };
    // The first task passes 0.22 of 8 samples, the last 0.6; what does not pass fails.
    assert_eq!((passed[0], passed[19]), (2, 5));
    assert!(
        passed
            .iter()
            .zip(&errors["failed"])
            .all(|(p, f)| p + f == 8)
    );
}

/// Arms that are measured on test sets of other sizes have a line for each, which their rows name.
#[test]
fn every_test_set_of_a_split_stands_beside_the_report() {
    let text = "name = \"mine\"\nseeds = [1]\n\
         [[arms]]\nname = \"a1\"\n\
         [[arms]]\nname = \"a2\"\n[arms.overlay.evaluation]\niid = 30\n";
    let (folder, plan) = (Folder::new(), plan(text).expect("a plan"));
    drive(&plan, &folder.path(), &Fakes, &mut Maker::default()).expect("it runs");
    let (plan, runs) = load(&folder.path(), &Maker::default()).expect("an experiment");
    let lines = results(&plan, &runs);
    let sets: Vec<_> = lines
        .iter()
        .filter_map(|line| match line {
            ResultLine::TestSet { split, digest, .. } => Some((&split[..], *digest)),
            ResultLine::Row { .. } => None,
        })
        .collect();
    let of = |name: &str| {
        let run = runs.get(&(name.to_owned(), 1)).expect("a run");
        ("iid", run.test_sets.get("iid").copied())
    };
    assert_eq!(sets.len(), 2);
    assert!(
        sets.contains(&of("a1")) && sets.contains(&of("a2")),
        "{sets:?}"
    );
    for line in &lines {
        if let ResultLine::Row { arm, test_set, .. } = line {
            assert_eq!(*test_set, of(arm).1, "{arm}");
        }
    }
}

/// Runs on tasks of files have one split, and it needs no memory.
#[test]
fn gains_on_tasks_from_files_stand_beside_their_compute() {
    let text = "name = \"mine\"\nseeds = [1, 2, 3]\n\
         [[arms]]\nname = \"a1\"\n\
         [[arms]]\nname = \"a2\"\ncompute = \"a1\"\n[arms.overlay.rl]\nsteps = 30\n";
    let (folder, plan) = (Folder::new(), plan(text).expect("a plan"));
    drive(&plan, &folder.path(), &Fakes, &mut Maker::default()).expect("it runs");
    let (plan, mut runs) = load(&folder.path(), &Maker::default()).expect("an experiment");
    for run in runs.values_mut() {
        for row in &mut run.eval {
            row.split = "test".to_owned();
        }
        let clusters = run.clusters["iid"].clone();
        run.clusters = BTreeMap::from([("test".to_owned(), clusters)]);
    }
    let report = analyse(&plan, &runs);
    let effects: Vec<_> = report
        .effects
        .iter()
        .map(|effect| (&effect.arm[..], &effect.split[..], effect.diff.round()))
        .collect();
    assert_eq!(effects, [("a1", "test", 10.0), ("a2", "test", 30.0)]);
    let against: Vec<_> = report.groups[0]
        .entries
        .iter()
        .map(|entry| (&entry.arm[..], entry.against.map(|it| it.value.round())))
        .collect();
    assert_eq!(against, [("a1", None), ("a2", Some(20.0))]);
}

/// Files may give their tasks the same ids, so what was measured on one file is compared with nothing of another.
#[test]
fn arms_on_tasks_of_other_files_stand_alone() {
    let text = "name = \"mine\"\nseeds = [1, 2]\n\
         [overlay.tasks.file]\ntrain = \"/here/one.jsonl\"\n\
         [[arms]]\nname = \"a1\"\n\
         [[arms]]\nname = \"a2\"\ncompute = \"a1\"\nfrom = \"own\"\n\
         [arms.overlay.tasks.file]\ntrain = \"/here/two.jsonl\"\n";
    let (folder, plan) = (Folder::new(), plan(text).expect("a plan"));
    drive(&plan, &folder.path(), &Fakes, &mut Maker::default()).expect("it runs");
    let (plan, runs) = load(&folder.path(), &Maker::default()).expect("an experiment");
    assert_eq!(
        runs[&("a1".to_owned(), 1)].clusters,
        runs[&("a2".to_owned(), 1)].clusters
    );
    let report = analyse(&plan, &runs);
    let effects: Vec<_> = report
        .effects
        .iter()
        .map(|effect| (&effect.arm[..], &effect.split[..]))
        .collect();
    assert_eq!(effects, [("a1", "test")]);
    let entries: Vec<_> = report.groups[0]
        .entries
        .iter()
        .map(|entry| (&entry.arm[..], entry.against))
        .collect();
    assert_eq!(entries, [("a1", None), ("a2", None)]);
    let sets = [("test", "one.jsonl"), ("test (a2)", "two.jsonl")];
    let sets = sets.map(|(name, of)| (name.to_owned(), Digest::of(of.as_bytes())));
    assert_eq!(report.test_sets, BTreeMap::from(sets));
}

#[test]
fn squares_and_equal_compute_are_worked_out() {
    let report = report(&contrast("up", "a2", "a0", ""));
    let square = &report.squares[0];
    let rate =
        |row: usize, column: usize| 100.0 * square.cells[row][column].expect("measured").value;
    // A memory doubles an arm's gain: 10 to 20 points, and 30 to 60.
    assert!((rate(0, 1) - rate(0, 0) - 10.0).abs() < 1e-9);
    let found = square.interaction.expect("measured");
    let (interaction, interval) = (found.value, found.ci95);
    // With 60 points more, rates above 0.4 are cut off at 1: by 0.02 · (1 + … + 9), (1 + … + 10) and
    // (1 + … + 11) over the twenty tasks of the three seeds, which is 5.533 points on average.
    assert!(
        (interaction - (20.0 - 332.0 / 60.0)).abs() < 1e-9,
        "{interaction}"
    );
    assert!(interval[0] <= interaction && interaction <= interval[1]);
    assert_eq!(report.groups.len(), 1);
    let group = &report.groups[0];
    assert_eq!(group.of, "a1");
    let against: Vec<_> = group
        .entries
        .iter()
        .map(|entry| {
            (
                entry.arm.as_str(),
                entry.against.map(|against| against.value.round()),
            )
        })
        .collect();
    assert_eq!(against, [("a1", None), ("a2", Some(20.0))]);
    let effects: Vec<_> = report
        .effects
        .iter()
        .map(|effect| (effect.arm.as_str(), effect.diff.round()))
        .collect();
    assert_eq!(
        effects,
        [("a1", 10.0), ("a2", 30.0), ("same", 10.0), ("c", 15.0)]
    );
    // The warm start's rows are those of the arm that is a row of it.
    let named = |name: &str| {
        report
            .arms
            .iter()
            .find(|arm| arm.name == name)
            .expect("an arm")
    };
    assert!(named("warm-start").levels.is_empty() && named("warm-start").cost.is_some());
    let told = |name: &str| (named(name).hit_at_1, named(name).exemplar_told);
    assert_eq!(told("a1"), (Some(0.25), Some(0.5)));
    // Rows of another arm's runs have no training of their own.
    assert_eq!(told("c"), (None, None));
    assert_eq!(named("warm-start").exemplar_told, None);
    // Each seed's last look at its warm start.
    let looks: Vec<_> = report
        .warm_starts
        .iter()
        .map(|warm| (warm.seed, warm.last.validation))
        .collect();
    assert_eq!(looks, [(1, 0.2), (2, 0.2), (3, 0.2)]);
    let warm = named("a0");
    assert_eq!(warm.levels.len(), 2);
    let parts: Vec<_> = warm.levels[0]
        .strata
        .iter()
        .map(|part| (part.name.as_str(), part.tasks))
        .collect();
    assert_eq!(parts, [("depth 2", 10), ("depth 3", 10)]);
}
