//! An experiment over the real training loop with fakes behind the seams: stopped wherever it may be, it
//! ends in the report of one that was left alone.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use falcon_episode::Digest;
use falcon_experiment::{
    ArmKind, Contrast, Driven, ExperimentError, Job, Measured, PRESETS, Plan, Preset, Recipe,
    Recipes, Report, RowName, Runner, Setting, Spent, analyse, drive, load,
};
use falcon_train::{
    Config, Event, ExemplarSource, Objective, Outcome, Phase, Start, resume, rows, test_sets, train,
};

use crate::{
    fakes::Folder,
    runs::{Bench, tiny},
};

const TEXT: &str = r#"name = "tiny"
base = "tiny"
seeds = [1, 2]
draws = 100

[overlay.evaluation]
before = false
continued = false

[[arms]]
name = "a0"
of = "warm-start"
row = "before"

[[arms]]
name = "a1"
[arms.overlay.memory]
long_term = false
short_term = false

[[arms]]
name = "a4"
[arms.overlay.evaluation]
continued = true

[[arms]]
name = "c6"
of = "a4"
row = "continued"

[[contrasts]]
name = "rl"
claim = "Does reinforcement help?"
split = "iid"
with = "a1"
without = "a0"
primary = true

[[contrasts]]
name = "continued"
claim = "Does it beat supervision?"
split = "composition"
with = "a4"
without = "c6"

[[contrasts]]
name = "ltm"
claim = "Does memory help?"
split = "alias"
with = "a4/ltm"
without = "a1"
"#;

/// The rows that a run of this configuration measures, as an experiment names them.
fn measured_rows(config: &Config) -> Result<Vec<RowName>, String> {
    let row = |row: falcon_train::RowName| RowName {
        split: row.split.to_owned(),
        when: row.when.to_owned(),
        memory: row.memory.to_owned(),
        tasks: row.tasks,
    };
    let rows = rows(config).map_err(|error| error.to_string())?;
    Ok(rows.into_iter().map(row).collect())
}

struct Tiny;

impl Recipes for Tiny {
    fn base(&self, _: &str) -> Result<String, String> {
        Ok(tiny().to_toml())
    }

    fn check(&self, text: &str) -> Result<Recipe, String> {
        let config = Config::parse(text, Path::new("recipe")).map_err(|error| error.to_string())?;
        Ok(Recipe {
            test_sets: test_sets(&config).map_err(|error| error.to_string())?,
            task_files: BTreeMap::new(),
            rows: measured_rows(&config)?,
            text: config.to_toml(),
        })
    }

    fn reward(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn memory_policy(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

/// Trains with fakes that outlive a stop, as a disk does.
#[derive(Default)]
struct Trainer {
    benches: HashMap<PathBuf, Bench>,
    /// Steps until it is stopped.
    steps_left: Option<usize>,
}

impl Runner for Trainer {
    type Error = ExperimentError;

    fn parts(&mut self, _: &Setting) -> Result<BTreeMap<String, Digest>, ExperimentError> {
        Ok(BTreeMap::new())
    }

    fn finished(&self, folder: &Path) -> Result<Option<Measured>, ExperimentError> {
        let path = folder.join("report.json");
        path.is_file().then(|| Measured::read(&path)).transpose()
    }

    fn run(&mut self, job: &Job, _: &Spent) -> Result<Option<Measured>, ExperimentError> {
        let bench = self
            .benches
            .entry(job.folder.clone())
            .or_insert_with(Bench::new);
        bench
            .cancel
            .store(self.steps_left == Some(0), Ordering::SeqCst);
        let left = &mut self.steps_left;
        let cancel = &bench.cancel;
        let mut watch = |event: &Event| {
            if let (Event::Step(_), Some(left)) = (event, left.as_mut()) {
                *left = left.saturating_sub(1);
                cancel.store(*left == 0, Ordering::SeqCst);
            }
        };
        let services = falcon_train::Services {
            grader: &bench.grader,
            memories: &bench.memories,
            observer: &mut watch,
            cancel,
        };
        let outcome = if job.folder.join("checkpoint/state.safetensors").is_file() {
            resume(&job.folder, services)
        } else {
            let start = Start {
                config: Config::parse(&job.setting.config, &job.folder).expect("a recipe"),
                seed: job.seed,
                phase: if job.is_warm_start() {
                    Phase::Measured
                } else {
                    Phase::All
                },
                warm_start: job.model.clone(),
            };
            train(start, &job.folder, services)
        };
        match outcome.expect("it trains") {
            Outcome::Finished(_) => self.finished(&job.folder),
            Outcome::Stopped { .. } => Ok(None),
        }
    }

    fn failed(&mut self, _: &Job, error: &ExperimentError) -> String {
        error.to_string()
    }

    fn wait(&mut self) -> bool {
        false
    }
}

fn report(out: &Path, trainer: &Trainer) -> Report {
    let (plan, runs) = load(out, trainer).expect("an experiment");
    let mut report = analyse(&plan, &runs);
    // Time is no result.
    for cost in report.arms.iter_mut().filter_map(|arm| arm.cost.as_mut()) {
        (cost.seconds, cost.rl_seconds, cost.peak_rss_bytes) = (0.0, 0.0, 0);
        cost.executions = 0.0;
        cost.phases.clear();
        cost.parts.clear();
    }
    report
        .effects
        .iter_mut()
        .for_each(|effect| effect.seconds = 0.0);
    report
}

#[test]
fn an_experiment_in_pieces_is_the_experiment_in_one_piece() {
    let (whole, pieces) = (
        Folder::new("experiment-whole"),
        Folder::new("experiment-pieces"),
    );
    let plan = Plan::parse(TEXT, Path::new("tiny.toml"), &Tiny).expect("a plan");
    let mut trainer = Trainer::default();
    let driven = drive(&plan, whole.path(), &Tiny, &mut trainer).expect("it runs");
    assert!(matches!(driven, Driven::Finished));
    let wanted = report(whole.path(), &trainer);
    assert!(
        wanted.missing.is_empty() && wanted.answers.iter().all(|answer| answer.seeds == [1, 2])
    );
    // The warm start is measured once, and no arm measures it again.
    assert_eq!(wanted.arms[1].name, "a0");
    assert!(!wanted.arms[1].levels.is_empty());
    let of_a1 =
        std::fs::read_to_string(whole.path().join("runs/a1/seed-1/report.json")).expect("a report");
    assert!(
        !of_a1.contains("\"before\""),
        "a1 measured the warm start again"
    );

    let mut trainer = Trainer::default();
    let mut lives = 0;
    loop {
        trainer.steps_left = Some(7);
        lives += 1;
        match drive(&plan, pieces.path(), &Tiny, &mut trainer).expect("it runs") {
            Driven::Finished => break,
            Driven::Stopped { .. } => assert!(lives < 100, "it never ends"),
            Driven::Failed(failed) => panic!("{failed:?}"),
        }
    }
    assert!(lives > 5, "it was stopped {lives} times only");
    assert_eq!(report(pieces.path(), &trainer), wanted);
}

#[test]
fn test_sets_are_the_configuration_s_and_not_the_seed_s() {
    let frozen = test_sets(&tiny()).expect("test sets");
    for seed in [1, 2] {
        let folder = Folder::new(&format!("experiment-sets-{seed}"));
        let (report, _) = crate::runs::undisturbed(folder.path(), seed);
        assert_eq!(report.test_sets, frozen);
        let sizes: Vec<usize> = report.kinds.values().map(Vec::len).collect();
        assert_eq!(sizes, [8, 3, 3, 4]);
        // What it measured is what was said before it ran.
        let found: Vec<_> = report
            .eval
            .iter()
            .map(|row| (&row.split[..], &row.when[..], &row.memory[..], row.tasks))
            .collect();
        let told: Vec<_> = rows(&tiny())
            .expect("rows")
            .into_iter()
            .map(|row| (row.split, row.when, row.memory, row.tasks))
            .collect();
        assert_eq!(found, told);
        for row in &report.eval {
            // What does not pass ends in some other verdict.
            let failed: f64 = row.errors.values().flatten().sum();
            let passed: f64 = row.by_task.iter().sum();
            assert!((failed + passed - row.tasks as f64).abs() < 1e-9, "{row:?}");
        }
    }
    let mut larger = tiny();
    larger.evaluation.iid += 1;
    let other = test_sets(&larger).expect("test sets");
    assert_ne!(other["iid"], frozen["iid"]);
    assert_eq!(other["alias"], frozen["alias"]);
}

/// The recipe that comes with FALCON, and rewards and policies of any name.
struct Quick;

impl Recipes for Quick {
    fn base(&self, _: &str) -> Result<String, String> {
        Ok(falcon_train::QUICK.to_owned())
    }

    fn check(&self, text: &str) -> Result<Recipe, String> {
        let config = Config::parse(text, Path::new("recipe")).map_err(|error| error.to_string())?;
        Ok(Recipe {
            test_sets: BTreeMap::new(),
            task_files: BTreeMap::new(),
            rows: measured_rows(&config)?,
            text: config.to_toml(),
        })
    }

    fn reward(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn memory_policy(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

fn preset(name: &str) -> Plan {
    let preset = Preset::named(name).expect("a preset");
    Plan::parse(preset.text, Path::new(name), &Quick).unwrap_or_else(|error| panic!("{error}"))
}

/// What an arm may have, and whether one has it.
type Part = (&'static str, fn(&Setting, &Config) -> bool);

#[test]
fn the_smoke_preset_has_every_part() {
    let plan = preset("smoke");
    assert!(plan.seeds.len() >= 2 && !plan.squares.is_empty());
    let asks = |of: fn(&Contrast) -> bool| plan.contrasts.iter().any(of);
    assert!(asks(|one| one.measure.is_some()) && asks(|one| one.skip.is_some()));
    let settings: Vec<&Setting> = plan
        .arms
        .iter()
        .filter_map(|arm| match &arm.kind {
            ArmKind::Run(setting) => Some(&**setting),
            ArmKind::Row { .. } => None,
        })
        .collect();
    let recipe = |setting: &Setting| {
        Config::parse(&setting.config, Path::new("recipe")).expect("a recipe of the plan")
    };
    let parts: [Part; 7] = [
        ("the inner loop", |_, config| config.inner.is_on()),
        ("an exemplar control", |_, config| {
            config.memory.exemplar == ExemplarSource::Random
        }),
        ("another objective", |_, config| {
            config.rl.objective == Objective::RejectionSampling
        }),
        ("the continued warm start", |_, config| {
            config.evaluation.continued
        }),
        ("equal compute", |setting, _| setting.compute.is_some()),
        ("another arm's model", |setting, config| {
            matches!(setting.from, falcon_experiment::From::Arm(_)) && config.rl.steps == 0
        }),
        ("another reward", |setting, _| setting.reward.is_some()),
    ];
    for (what, is_one) in parts {
        let has = settings
            .iter()
            .any(|setting| is_one(setting, &recipe(setting)));
        assert!(has, "{what}");
    }
}

#[test]
fn every_preset_is_an_experiment_of_this_falcon() {
    for one in PRESETS {
        preset(one.name);
    }
}
