//! FALCON's own subjects: one task in each form of tests, in this process and in a worker process.

use falcon_episode::Submission;
use falcon_report::{BenchSubject, Latency, Place, Wall};

use anyhow::anyhow;

use super::{measure::Subject, task::Task};
use crate::{
    failure::{Failure, OrFail as _},
    services::Sandbox,
};

const RUN: &str = "fresh run";
const CALLS: &str = "calls, one instance";
pub(super) const HARNESS: &str = "test program, two instances";

/// What is added to the name of what is done without counting fuel.
const UNCOUNTED: &str = ", fuel not counted";

/// A language pack, opened once for each place where its programs are to run.
pub(super) struct Opened {
    /// What figures of it are called.
    pub(super) label: String,
    pub(super) task: &'static Task,
    pub(super) here: Sandbox,
    /// None where the operator wants no worker processes.
    pub(super) workers: Option<Sandbox>,
    /// The same with one worker process.
    pub(super) alone: Option<Sandbox>,
    /// The same with worker processes that count no fuel, where that is measured.
    pub(super) uncounted: Option<Sandbox>,
}

impl Opened {
    /// Each form of tests in each place.
    pub(super) fn subjects(&self) -> Vec<Subject<'_>> {
        let forms = [
            (RUN, self.task.run()),
            (CALLS, self.task.calls()),
            (HARNESS, self.task.harness()),
        ];
        let places = [
            (Place::InProcess, "", Some(&self.here)),
            (Place::Worker, "", self.workers.as_ref()),
            (Place::Worker, UNCOUNTED, self.uncounted.as_ref()),
        ];
        let mut subjects = Vec::new();
        for (what, submission) in forms {
            for (place, how, sandbox) in places {
                let Some(sandbox) = sandbox else { continue };
                let submission = submission.clone();
                let once = move || passes(sandbox, &[self.task.fresh(&submission)]);
                subjects.push(Subject {
                    name: BenchSubject {
                        language: self.label.clone(),
                        what: format!("{what}{how}"),
                        place,
                    },
                    rated: true,
                    once: Box::new(once),
                });
            }
        }
        subjects
    }
}

/// Grades programs that must pass.
pub(super) fn passes(sandbox: &Sandbox, programs: &[Submission]) -> Result<(), Failure> {
    let episodes = sandbox
        .grader()
        .grade(programs)
        .or_infrastructure("cannot grade")?;
    let why = match episodes.iter().find(|episode| !episode.passed()) {
        None if episodes.len() == programs.len() => return Ok(()),
        None => "an episode is missing",
        Some(episode) => episode
            .first_failure()
            .map_or("no reason was given", |test| test.message.as_str()),
    };
    Err(Failure::infrastructure(anyhow!(
        "{}: the program of the benchmark must pass and did not: {why}",
        sandbox.pack()
    )))
}

/// What the second instance and the worker process add, as differences of what was measured.
pub(super) fn walls(latency: &[Latency]) -> Vec<Wall> {
    let mut walls = Vec::new();
    for group in latency.chunk_by(|a, b| a.subject.language == b.subject.language) {
        let find = |what: &str, place: Place| {
            group
                .iter()
                .find(|one| one.subject.what == what && one.subject.place == place)
        };
        let (here, worker) = (Place::InProcess, Place::Worker);
        let uncounted = format!("{HARNESS}{UNCOUNTED}");
        let pairs = [
            ("second instance", find(CALLS, here), find(HARNESS, here)),
            ("worker process", find(HARNESS, here), find(HARNESS, worker)),
            ("fuel", find(&uncounted, worker), find(HARNESS, worker)),
        ];
        for (wall, without, with) in pairs {
            let Some((without, with)) = without.zip(with) else {
                continue;
            };
            walls.push(Wall {
                language: with.subject.language.clone(),
                wall: wall.to_owned(),
                runs: with.runs.min(without.runs),
                p50_ms: with.p50_ms - without.p50_ms,
                p99_ms: with.p99_ms - without.p99_ms,
            });
        }
    }
    walls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walls_are_differences_within_a_language() {
        let one = |language: &str, what: &str, place, p50_ms, runs| Latency {
            subject: BenchSubject {
                language: language.to_owned(),
                what: what.to_owned(),
                place,
            },
            runs,
            p50_ms,
            p99_ms: 2.0 * p50_ms,
            min_ms: 0.5,
        };
        let found = walls(&[
            one("lua", CALLS, Place::InProcess, 1.0, 30),
            one("lua", HARNESS, Place::InProcess, 1.75, 20),
            one("python", HARNESS, Place::InProcess, 3.0, 10),
            one("python", HARNESS, Place::Worker, 3.5, 9),
        ]);
        let told: Vec<_> = found
            .iter()
            .map(|w| (&*w.language, &*w.wall, w.runs, w.p50_ms, w.p99_ms))
            .collect();
        assert_eq!(
            told,
            [
                ("lua", "second instance", 20, 0.75, 1.5),
                ("python", "worker process", 9, 0.5, 1.0),
            ]
        );
    }
}
