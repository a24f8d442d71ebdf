//! Recipes of two fields, and a runner whose results follow from recipe and seed.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread::sleep,
    time::Duration,
};

use falcon_episode::Digest;
use falcon_experiment::{
    CurvePoint, ExperimentError, Job, Measured, MemoryUse, Plan, Recipe, Recipes, Row, RowName,
    Runner, Setting, Spent, TaskKind, WarmPoint,
};

/// Recipes with `rl.steps`, `rl.kept` (at most `rl.drawn`), `rl.compute` and `evaluation.iid`; those with `tasks.file` are
/// measured on its tasks, whose digest is that of the name of the file's last part.
pub struct Fakes;

impl Recipes for Fakes {
    fn base(&self, name: &str) -> Result<String, String> {
        match name {
            "quick" => Ok("[rl]\nsteps = 10\nkept = 2\ndrawn = 4\n[evaluation]\niid = 20\n".into()),
            other => Err(format!("there is no recipe {other:?}")),
        }
    }

    fn check(&self, text: &str) -> Result<Recipe, String> {
        let table: toml::Table = text
            .parse()
            .map_err(|e: toml::de::Error| e.message().to_owned())?;
        for (section, fields) in &table {
            for field in fields.as_table().expect("sections").keys() {
                if (&section[..], &field[..]) == ("tasks", "file") {
                    continue;
                }
                let known = [
                    "rl.steps",
                    "rl.kept",
                    "rl.drawn",
                    "rl.compute",
                    "evaluation.iid",
                ];
                if !known.contains(&format!("{section}.{field}").as_str()) {
                    return Err(format!("unknown field `{field}`"));
                }
            }
        }
        let number = |section: &str, field: &str| {
            table[section]
                .get(field)
                .and_then(toml::Value::as_integer)
                .unwrap_or(0)
        };
        if number("rl", "kept") > number("rl", "drawn") {
            return Err("rl.kept must be in 1..=rl.drawn".into());
        }
        let tasks = number("evaluation", "iid");
        let file = table
            .get("tasks")
            .and_then(|tasks| tasks.get("file")?.get("train")?.as_str())
            .map(|path| path.rsplit('/').next().unwrap_or(path).to_owned());
        let (split, content) = match &file {
            None => ("iid", tasks.to_string()),
            Some(name) => ("test", name.clone()),
        };
        let row = |(when, memory): (&str, &str)| RowName {
            split: split.into(),
            when: when.into(),
            memory: memory.into(),
            tasks: usize::try_from(tasks).expect("a few tasks"),
        };
        // A row of second attempts is promised, and no run makes it.
        let rows = [
            ("after", "none"),
            ("after", "ltm"),
            ("after", "stm"),
            ("continued", "none"),
        ];
        Ok(Recipe {
            text: table.to_string(),
            test_sets: BTreeMap::from([(split.into(), Digest::of(content.as_bytes()))]),
            task_files: file
                .map(|name| ("train".to_owned(), Digest::of(name.as_bytes())))
                .into_iter()
                .collect(),
            rows: rows.map(row).to_vec(),
        })
    }

    fn reward(&self, name: &str) -> Result<(), String> {
        if name == "tests" {
            Ok(())
        } else {
            Err(format!("there is no reward {name:?}"))
        }
    }

    fn memory_policy(&self, name: &str) -> Result<(), String> {
        self.reward(name)
    }
}

/// A plan of this text.
pub fn plan(text: &str) -> Result<Plan, ExperimentError> {
    Plan::parse(text, Path::new("mine.toml"), &Fakes)
}

/// Makes up what a run measures, and writes it as a run would.
#[derive(Default)]
pub struct Maker {
    /// Runs that were begun, as `arm seed`.
    pub begun: Vec<String>,
    /// Runs that may be made before it is stopped.
    pub left: Option<usize>,
    /// The version of its only plugin.
    pub plugin: u8,
    /// Added to the recipe's test set.
    pub other_tests: bool,
    /// What was expected of each run.
    pub expected: Vec<Spent>,
    /// The arm whose runs fail.
    pub broken: Option<&'static str>,
    /// Whether it waits for others, or stops where there is nothing else to do.
    pub patient: bool,
}

impl Runner for Maker {
    type Error = ExperimentError;

    fn parts(&mut self, _: &Setting) -> Result<BTreeMap<String, Digest>, ExperimentError> {
        Ok(BTreeMap::from([(
            "fake/plugin".into(),
            Digest::of(&[self.plugin]),
        )]))
    }

    fn finished(&self, folder: &Path) -> Result<Option<Measured>, ExperimentError> {
        let path = folder.join("report.json");
        path.is_file().then(|| Measured::read(&path)).transpose()
    }

    fn run(&mut self, job: &Job, spent: &Spent) -> Result<Option<Measured>, ExperimentError> {
        self.begun.push(format!("{} {}", job.arm, job.seed));
        self.expected.push(spent.clone());
        if self.left == Some(0) {
            return Ok(None);
        }
        self.left = self.left.map(|left| left - 1);
        if self.broken == Some(job.arm.as_str()) {
            return Err(ExperimentError::Damaged {
                path: "policy".into(),
                what: "it diverged".to_owned(),
            });
        }
        assert!(
            job.model.as_ref().is_none_or(|model| model
                .parent()
                .expect("a run")
                .join("report.json")
                .is_file())
        );
        let mut measured = measure(job);
        if self.other_tests {
            measured
                .test_sets
                .insert("iid".into(), Digest::of(b"other"));
        }
        let text = serde_json::to_string(&measured).expect("plain data");
        fs::write(job.folder.join("report.partial"), text).expect("the job's folder");
        let report = job.folder.join("report.json");
        fs::rename(job.folder.join("report.partial"), report).expect("the job's folder");
        Ok(Some(measured))
    }

    fn failed(&mut self, _: &Job, error: &ExperimentError) -> String {
        error.to_string()
    }

    fn wait(&mut self) -> bool {
        sleep(Duration::from_millis(1));
        self.patient
    }
}

const TASKS: usize = 20;

/// An arm passes more the more steps its recipe has; every task differs, every seed a little.
fn measure(job: &Job) -> Measured {
    let recipe: toml::Table = job.setting.config.parse().expect("a recipe");
    let number = |field: &str| {
        recipe["rl"]
            .get(field)
            .and_then(toml::Value::as_integer)
            .unwrap_or(0)
    };
    let when = if job.is_warm_start() {
        "before"
    } else {
        "after"
    };
    let gain = if job.is_warm_start() {
        0.0
    } else {
        number("steps") as f64 / 100.0
    };
    let rate = |task: usize, by: f64| {
        (0.2 + 0.02 * (task as f64 + job.seed as f64 % 3.0) + by).clamp(0.0, 1.0)
    };
    let split = job.setting.test_sets.keys().next().expect("a test set");
    let row = |when: &str, memory: &str, by: f64| {
        let by_task: Vec<f64> = (0..TASKS).map(|task| rate(task, by)).collect();
        Row {
            split: split.clone(),
            when: when.into(),
            memory: memory.into(),
            tasks: TASKS,
            samples: 8,
            pass_at_1: by_task.iter().sum::<f64>() / TASKS as f64,
            errors: BTreeMap::from([(
                "failed".into(),
                by_task.iter().map(|rate| 1.0 - rate).collect(),
            )]),
            by_task,
            ..Row::default()
        }
    };
    let eval = vec![
        row(when, "none", gain),
        row(when, "ltm", 2.0 * gain),
        row("continued", "none", gain / 2.0),
    ];
    let said = format!("{eval:?} {:?}", job.setting.config);
    Measured {
        seed: job.seed,
        config_digest: Digest::of(job.setting.config.as_bytes()),
        plugins: BTreeMap::new(),
        eval,
        clusters: BTreeMap::from([(
            split.clone(),
            (0..TASKS).map(|task| task.to_string()).collect(),
        )]),
        kinds: BTreeMap::from([(
            split.clone(),
            (0..TASKS)
                .map(|task| TaskKind {
                    family: "plain".into(),
                    depth: 2 + task % 2,
                })
                .collect(),
        )]),
        test_sets: job.setting.test_sets.clone(),
        curve: if job.is_warm_start() {
            Vec::new()
        } else {
            [None, Some(0.25), Some(0.75)].map(step).to_vec()
        },
        warm_start: if job.is_warm_start() {
            [0.1, 0.2].map(look).to_vec()
        } else {
            Vec::new()
        },
        phases: Vec::new(),
        parts: Vec::new(),
        wall_seconds: 10.0,
        peak_rss_bytes: 1,
        rl_compute: 1000 * number("steps") as u64 + job.seed,
        tokens: 1,
        executions: 1,
        memory: MemoryUse {
            items: 1,
            hit_at_1: 0.25,
        },
        parameters: 1,
        result_digest: Digest::of(said.as_bytes()),
    }
}

/// A look that found this validation rate.
fn look(validation: f64) -> WarmPoint {
    WarmPoint {
        validation,
        ..WarmPoint::default()
    }
}

/// A step whose exemplars told the word so often.
fn step(exemplar_told: Option<f64>) -> CurvePoint {
    CurvePoint {
        exemplar_told,
        ..CurvePoint::default()
    }
}

/// A folder that goes when it is dropped.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().join("experiment")
    }
}
