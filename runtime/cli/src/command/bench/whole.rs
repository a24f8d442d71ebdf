//! A whole benchmark graded from end to end: FALCON in each place beside the usual harness.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::anyhow;
use falcon_episode::{Submission, Tests};
use falcon_report::{Place, SuiteGrader, SuiteTimes};

use super::{
    measure::quantile,
    ours::Opened,
    rivals::Rival,
    task::together,
    usual::{MANAGER, USUAL, Usual, Way},
};
use crate::{
    cli::Format,
    failure::{Failure, OrFail as _},
    live,
    services::Sandbox,
    suite::Suite,
};

/// Rounds of each grader at least.
const LEAST: usize = 3;

/// The benchmark's own solutions.
pub(super) struct Solutions {
    name: String,
    programs: Vec<Submission>,
    /// Each with its tests in one text.
    texts: Vec<String>,
}

impl Solutions {
    /// Reads a HumanEval file; a sandbox must run its language.
    pub(super) fn load(file: &Path, sandbox: &Sandbox) -> Result<Self, Failure> {
        let suite = Suite::load(file, Format::Humaneval)?;
        suite.check_language(file, sandbox)?;
        let programs = suite.references();
        if programs.is_empty() {
            return Err(Failure::usage(anyhow!(
                "{} gives no solution that could be measured",
                file.display()
            )));
        }
        let texts = programs.iter().map(text).collect::<Option<_>>();
        let texts = texts.ok_or_else(|| {
            Failure::usage(anyhow!(
                "{} has a task without a test program",
                file.display()
            ))
        })?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.split('.').next().unwrap_or_default().to_owned(),
            programs,
            texts,
        })
    }
}

fn text(submission: &Submission) -> Option<String> {
    let Tests::Harness(harness) = &submission.tests else {
        return None;
    };
    let function = harness.remote.first()?;
    let (tests, entry) = (&harness.tests, &harness.entry);
    Some(together(&submission.program, tests, entry, function))
}

/// One round: whether each program passed, and the seconds that it took.
type Round<'a> = Box<dyn FnMut() -> Result<Vec<(bool, f64)>, Failure> + 'a>;

struct Grader<'a> {
    what: &'static str,
    place: Place,
    /// Programs graded at once.
    workers: u64,
    round: Round<'a>,
}

/// Grades all solutions with each grader in turn, until each has had its time.
pub(super) fn grade(
    solutions: &Solutions,
    python: &Opened,
    rival: Option<&Rival>,
    workers: u64,
    time: Duration,
) -> Result<SuiteTimes, Failure> {
    let mut graders = graders(solutions, python, rival, workers)?;
    let mut measured: Vec<Measured> = Vec::new();
    for grader in &mut graders {
        // Unmeasured, as everywhere: worker processes and pools are at work before the clock runs.
        (grader.round)()?;
        measured.push(Measured::new(solutions.programs.len()));
    }
    while measured.iter().any(|one| one.wants_more(time)) {
        for (grader, measured) in graders.iter_mut().zip(&mut measured) {
            let began = Instant::now();
            let graded = (grader.round)()?;
            measured.add(began.elapsed(), &graded);
        }
        let rounds = measured[0].rounds.len();
        live::line(&format!("{}: round {rounds} done", solutions.name));
    }
    let mut graders: Vec<_> = graders
        .iter()
        .zip(measured)
        .map(|(grader, measured)| measured.summed(grader))
        .collect();
    let of = |what: &str| {
        let found = graders.iter().find(|one| one.what == what);
        found.map(|one| one.p50_s)
    };
    let (usual, manager) = (of(USUAL), of(MANAGER));
    for grader in &mut graders {
        grader.over_usual = usual.map(|seconds| seconds / grader.p50_s);
        grader.over_manager = manager.map(|seconds| seconds / grader.p50_s);
    }
    Ok(SuiteTimes {
        name: solutions.name.clone(),
        programs: solutions.programs.len() as u64,
        workers,
        graders,
    })
}

fn graders<'a>(
    solutions: &'a Solutions,
    python: &'a Opened,
    rival: Option<&Rival>,
    workers: u64,
) -> Result<Vec<Grader<'a>>, Failure> {
    let ours = |what, place, workers, sandbox: &'a Sandbox| Grader {
        what,
        place,
        workers,
        round: Box::new(|| {
            let episodes = sandbox.grader().grade(&solutions.programs);
            let episodes = episodes.or_infrastructure("cannot grade")?;
            Ok(episodes.iter().map(|e| (e.passed(), e.seconds)).collect())
        }),
    };
    let mut graders = Vec::new();
    if let Some(sandbox) = &python.workers {
        let what = "FALCON, worker processes";
        graders.push(ours(what, Place::Worker, workers, sandbox));
    }
    if let Some(sandbox) = &python.alone {
        let what = "FALCON, one worker process";
        graders.push(ours(what, Place::Worker, 1, sandbox));
    }
    let what = "FALCON, in process";
    graders.push(ours(what, Place::InProcess, workers, &python.here));
    let Some(rival) = rival else {
        return Ok(graders);
    };
    for (what, way) in [(USUAL, Way::Fork), (MANAGER, Way::Manager)] {
        let mut usual = Usual::start(rival.executable(), way, workers)?;
        let texts: Vec<&str> = solutions.texts.iter().map(String::as_str).collect();
        graders.push(Grader {
            what,
            place: Place::Native,
            workers,
            round: Box::new(move || {
                let graded = usual.grade(&texts)?;
                Ok(graded.iter().map(|one| (one.passed(), one.1)).collect())
            }),
        });
    }
    Ok(graders)
}

/// What a grader's rounds came to.
struct Measured {
    rounds: Vec<Duration>,
    programs: Vec<Duration>,
    /// Whether each program has passed in every round.
    passed: Vec<bool>,
}

impl Measured {
    fn new(programs: usize) -> Self {
        Self {
            rounds: Vec::new(),
            programs: Vec::new(),
            passed: vec![true; programs],
        }
    }

    fn wants_more(&self, time: Duration) -> bool {
        self.rounds.len() < LEAST || self.rounds.iter().sum::<Duration>() < time
    }

    fn add(&mut self, round: Duration, graded: &[(bool, f64)]) {
        self.rounds.push(round);
        for (passed, (now, seconds)) in self.passed.iter_mut().zip(graded) {
            *passed &= now;
            self.programs.push(Duration::from_secs_f64(*seconds));
        }
    }

    fn summed(mut self, grader: &Grader<'_>) -> SuiteGrader {
        self.rounds.sort_unstable();
        self.programs.sort_unstable();
        let seconds = |share| quantile(&self.rounds, share) / 1e3;
        SuiteGrader {
            what: grader.what.to_owned(),
            place: grader.place,
            workers: grader.workers,
            passed: self.passed.iter().filter(|passed| **passed).count() as u64,
            rounds: self.rounds.len() as u64,
            p50_s: seconds(0.5),
            p99_s: seconds(0.99),
            min_s: seconds(0.0),
            program_p50_ms: quantile(&self.programs, 0.5),
            program_p99_ms: quantile(&self.programs, 0.99),
            over_usual: None,
            over_manager: None,
        }
    }
}
