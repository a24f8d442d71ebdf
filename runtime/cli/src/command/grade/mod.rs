//! `falcon grade`: completions of a benchmark, one JSON line each as they are graded.

mod completions;
pub(super) mod summary;

use std::{num::NonZeroUsize, path::Path, time::Instant};

use falcon_episode::{Cancel, Episode, Submission, Verdict};
use falcon_tasks::completions::Completion;
use serde_json::{Value, json};

use self::summary::Summary;
use super::Context;
use crate::{
    cli,
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    output::Output,
    services::{Asked, Judges, Sandbox},
    stop,
    suite::Suite,
};

pub(super) fn run(context: &Context, options: &cli::Grade) -> Outcome {
    let suite = Suite::load(&options.tasks, options.format)?;
    let completions = completions::read(&options.completions, &suite.ids())?;
    // Every id was checked with its line, so each completion has its task.
    let submissions: Vec<Submission> = completions
        .iter()
        .filter_map(|one| suite.submission(&one.task_id, &one.completion))
        .collect();
    let stopped = Cancel::from(stop::on_signal()?);
    let mut output = Output::of(options.out.as_deref())?;
    let mut whole = options.episodes.as_deref().map(Output::file).transpose()?;
    let asked = Asked {
        language: Some(options.language.as_deref().unwrap_or(suite.language())),
        judges: Judges::Of(options.reward.as_deref()),
        jobs: options.jobs.map(NonZeroUsize::from),
        ..Asked::default()
    };
    let sandbox = Sandbox::open(context, asked)?;
    suite.check_language(&options.tasks, &sandbox)?;

    let began = Instant::now();
    let mut summary = Summary::default();
    let mut told = Instant::now();
    // Enough at a time to keep every job busy, few enough that lines come as they are done.
    for (completions, batch) in completions.chunks(CHUNK).zip(submissions.chunks(CHUNK)) {
        let episodes = match sandbox.grader().grade_until(batch, &stopped) {
            Err(error) if error.is_cancelled() => break,
            episodes => episodes.or_infrastructure("nothing can be graded")?,
        };
        for ((completion, submission), episode) in completions.iter().zip(batch).zip(&episodes) {
            summary.add(&completion.task_id, episode.verdict, episode.fuel);
            if let Some(why) = episode.judge_failure() {
                summary.judge_failed(why);
            }
            output.line(&line(completion, episode))?;
            if let Some(whole) = &mut whole {
                let mut line = json!(episode);
                // Judges may know it, also when they judge again.
                if let Some(reference) = &submission.reference {
                    line["reference"] = reference.as_str().into();
                }
                whole.line(&line)?;
            }
        }
        if told.elapsed().as_secs() >= 5 {
            told = Instant::now();
            live::line(&summary.text(began.elapsed().as_secs_f64()));
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let graded = summary.completions();
    if graded < completions.len() as u64 {
        let kept = output.keep_part()?;
        whole.map(Output::keep_part).transpose()?;
        live::line(&summary.text(seconds));
        live::line(&told_of_stop(graded, completions.len(), kept.as_deref()));
        return Ok(Exit::Stopped);
    }
    output.finish()?;
    whole.map(Output::finish).transpose()?;
    conclude(context, &summary, seconds, options.out.is_none())
}

fn told_of_stop(graded: u64, of: usize, kept: Option<&Path>) -> String {
    let place = kept.map_or_else(String::new, |path| {
        format!("; their lines are in {}", path.display())
    });
    format!("stopped after {graded} of {of} completions{place}")
}

const CHUNK: usize = 32;

/// Lines are the result, so a summary for programs shares standard output only when the lines are elsewhere.
fn conclude(context: &Context, summary: &Summary, seconds: f64, lines_on_stdout: bool) -> Outcome {
    match (context.json, lines_on_stdout) {
        (false, _) => live::line(&summary.text(seconds)),
        (true, true) => live::line(&summary.json(seconds).to_string()),
        (true, false) => {
            let mut output = Output::stdout();
            output.document(&summary.json(seconds))?;
            output.finish()?;
        }
    }
    match (summary.infrastructure(), summary.judge_failures()) {
        (0, None) => Ok(Exit::answer(summary.all_passed())),
        (0, Some((n, why))) => Err(Failure::infrastructure(anyhow::anyhow!(
            "{n} completions have no reward, since a judge failed; the first time: {why}"
        ))),
        (n, _) => Err(Failure::infrastructure(anyhow::anyhow!(
            "{n} completions could not be graded: their verdict is infrastructure, no failed test, and no rate counts them"
        ))),
    }
}

fn line(completion: &Completion, episode: &Episode) -> Value {
    let tests: Vec<Value> = episode
        .tests
        .iter()
        .map(|test| {
            json!({
                "name": test.name,
                "passed": test.verdict == Verdict::Passed,
                "verdict": test.verdict,
                "message": test.message,
                "line": test.at.as_ref().map(|at| at.line).filter(|line| *line > 0),
            })
        })
        .collect();
    json!({
        "task_id": completion.task_id,
        "passed": episode.passed(),
        "verdict": episode.verdict,
        "reward": episode.reward,
        "scores": episode.scores,
        "tests": tests,
        "diagnostics": episode.diagnostics,
        "fuel": episode.fuel,
        "seconds": episode.seconds,
        "plugins": episode.plugins,
    })
}
