//! `falcon judge`: scores of episodes that are done, by the judges of a reward.

mod rewards;

use std::{
    fs::File,
    io::{self, BufReader},
    path::Path,
    time::Instant,
};

use falcon_episode::Episode;
use falcon_grading::{Panel, Threads, ToJudge};
use serde::Deserialize;
use serde_json::{Value, json};

use self::rewards::Rewards;
use super::Context;
use crate::{
    cli,
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    output::Output,
    services,
};

/// One line of a file of episodes: what `falcon grade --episodes` and training write. Other fields are passed over.
#[derive(Deserialize)]
struct Line {
    #[serde(flatten)]
    episode: Episode,
    #[serde(default)]
    reference: Option<String>,
}

pub(super) fn run(context: &Context, options: &cli::Judge) -> Outcome {
    let mut reader = open(&options.episodes)?;
    let panel = services::panel(context, services::reward(options.reward.as_deref())?)?;
    let threads = Threads::new(Threads::cores()).or_infrastructure("cannot judge")?;
    let mut output = Output::of(options.out.as_deref())?;
    let (began, mut told) = (Instant::now(), Instant::now());
    let (mut rewards, mut number) = (Rewards::default(), 0);
    loop {
        let mut batch = read(&mut reader, &options.episodes, &mut number)?;
        if batch.is_empty() {
            break;
        }
        panel.judge_all(&mut batch, &threads);
        for ToJudge { episode, .. } in &batch {
            rewards.add(episode);
            output.line(&line(episode))?;
        }
        if told.elapsed().as_secs() >= 5 {
            told = Instant::now();
            live::line(&rewards.text(began.elapsed().as_secs_f64()));
        }
    }
    if rewards.episodes() == 0 {
        let empty = anyhow::anyhow!("{} holds no episodes", options.episodes.display());
        return Err(Failure::usage(empty));
    }
    output.finish()?;
    conclude(context, options, &panel, &rewards, began)
}

/// Lines are the result, so a summary for programs shares standard output only when the lines are elsewhere.
fn conclude(
    context: &Context,
    options: &cli::Judge,
    panel: &Panel,
    rewards: &Rewards,
    began: Instant,
) -> Outcome {
    let seconds = began.elapsed().as_secs_f64();
    if context.json {
        let mut document = rewards.json(seconds);
        document["plugins"] = json!(panel.plugins());
        if options.out.is_some() {
            let mut output = Output::stdout();
            output.document(&document)?;
            output.finish()?;
        } else {
            live::line(&document.to_string());
        }
    } else {
        live::line(&rewards.text(seconds));
    }
    match rewards.judge_failures() {
        None => Ok(Exit::Done),
        Some((n, why)) => Err(Failure::infrastructure(anyhow::anyhow!(
            "{n} episodes have no reward, since a judge failed; the first time: {why}"
        ))),
    }
}

fn line(episode: &Episode) -> Value {
    json!({
        "task_id": episode.task_id,
        "attempt": episode.attempt,
        "verdict": episode.verdict,
        "reward": episode.reward,
        "credits": episode.credits,
        "scores": episode.scores,
    })
}

/// Episodes judged between two looks at the clock.
const BATCH: usize = 256;

/// The next episodes; none at the end.
fn read(
    reader: &mut impl io::BufRead,
    path: &Path,
    number: &mut usize,
) -> Result<Vec<ToJudge>, Failure> {
    let mut batch = Vec::new();
    let mut bytes = Vec::new();
    while batch.len() < BATCH {
        bytes.clear();
        let count = reader.read_until(b'\n', &mut bytes);
        if count.map_err(|error| unreadable(path, error))? == 0 {
            break;
        }
        *number += 1;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let line: Line = falcon_tasks::json_line(&bytes).map_err(|why| {
            let place = format!("{}:{number} is not an episode", path.display());
            Failure::usage(anyhow::anyhow!(why).context(place))
                .hint("falcon grade --episodes FILE and training's episodes.jsonl have such lines")
        })?;
        batch.push(ToJudge {
            episode: line.episode,
            reference: line.reference,
        });
    }
    Ok(batch)
}

/// The first episodes of a file, at most this many.
///
/// # Errors
/// Where it cannot be read, holds none, or a line is none.
pub(super) fn read_episodes(path: &Path, most: usize) -> Result<Vec<Episode>, Failure> {
    let mut episodes = Vec::new();
    let (mut reader, mut number) = (open(path)?, 0);
    while episodes.len() < most {
        let batch = read(&mut reader, path, &mut number)?;
        if batch.is_empty() {
            break;
        }
        episodes.extend(batch.into_iter().map(|one| one.episode));
    }
    episodes.truncate(most);
    if episodes.is_empty() {
        let empty = anyhow::anyhow!("{} holds no episodes", path.display());
        return Err(Failure::usage(empty));
    }
    Ok(episodes)
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    if file.metadata().is_ok_and(|data| data.is_dir()) {
        return Err(unreadable(path, io::ErrorKind::IsADirectory.into()));
    }
    Ok(BufReader::new(file))
}

fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::file(
        error,
        format!("cannot read episodes from {}", path.display()),
    )
}
