//! `falcon plugin bench`: what a call of a judge costs.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use falcon_episode::{Episode, Verdict};
use falcon_host::{Judge, JudgeInput, Usage};
use falcon_package::Kind;
use serde_json::{Value, json};

use super::named::Named;
use crate::{
    command::{Context, judge::read_episodes},
    failure::{Exit, Failure, Outcome},
    output::Output,
    quantity::Bytes,
    services,
};

/// Episodes of one batch, as `falcon judge` has them.
const BATCH: usize = 256;

pub(super) fn run(
    context: &Context,
    asked: &str,
    episodes: Option<&Path>,
    time: Duration,
) -> Outcome {
    let named = Named::find(context, asked)?;
    let kind = named.info.manifest.kind;
    if kind != Kind::Judge {
        let error = anyhow::anyhow!(
            "{} is {}, and only judges are measured here",
            named.info.id.name,
            kind.described()
        );
        return Err(Failure::usage(error).hint("falcon bench sandbox measures language packs"));
    }
    let episodes = self::episodes(&named, episodes)?;
    let plugin = services::plugin(context, &named.path(), Kind::Judge)?;
    let judge = plugin.judge(&Value::Null).map_err(Failure::usage)?;
    let measured = Measured::of(&judge, &episodes, time)?;
    let mut output = Output::stdout();
    if context.json {
        let mut document = measured.json();
        document["name"] = json!(plugin.id().name);
        document["digest"] = json!(plugin.id().digest);
        output.document(&document)?;
    } else {
        output.text(&format!("{}\n{}", plugin.id(), measured.text()))?;
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// The episodes to judge: those asked for, else those beside the plugin, else one of our own.
fn episodes(named: &Named, asked: Option<&Path>) -> Result<Vec<Episode>, Failure> {
    let beside = named.beside("episodes.jsonl");
    let path = match asked {
        Some(path) => Some(path),
        None if named.folder.is_some() && beside.is_file() => Some(&*beside),
        None => None,
    };
    match path {
        Some(path) => read_episodes(path, BATCH),
        None => Ok(vec![Episode {
            task_id: "example".to_owned(),
            language: "python".to_owned(),
            ..Episode::new(
                "def f(xs):\n    return [x + 1 for x in xs]\n",
                Verdict::Passed,
            )
        }]),
    }
}

/// What was measured.
struct Measured {
    /// Times of fresh calls in seconds, from the shortest.
    fresh: Vec<f64>,
    /// Seconds of an episode in a batch.
    batch: f64,
    /// The largest of what calls took.
    usage: Usage,
    episodes: usize,
}

impl Measured {
    /// Half of the time for fresh calls, and half for batches; one of each at least.
    fn of(judge: &Judge, episodes: &[Episode], time: Duration) -> Result<Self, Failure> {
        let inputs: Vec<JudgeInput<'_>> = episodes.iter().map(input).collect();
        let mut usage = Usage::default();
        // The first call of each episode is measured for what it takes, and warms what is shared.
        for input in &inputs {
            let (judged, taken) = judge.measure(*input);
            judged.map_err(Failure::infrastructure)?;
            usage.fuel = usage.fuel.max(taken.fuel);
            usage.memory = usage.memory.max(taken.memory);
        }
        let mut fresh = Vec::new();
        let began = Instant::now();
        for input in inputs.iter().cycle() {
            let before = Instant::now();
            judge.judge(*input).map_err(Failure::infrastructure)?;
            fresh.push(before.elapsed().as_secs_f64());
            if began.elapsed() >= time / 2 {
                break;
            }
        }
        fresh.sort_by(f64::total_cmp);
        let batch: Vec<_> = inputs.iter().copied().cycle().take(BATCH).collect();
        let (began, mut judged) = (Instant::now(), 0);
        while judged == 0 || began.elapsed() < time / 2 {
            let all = judge.judge_all(&batch).map_err(Failure::infrastructure)?;
            judged += all.len();
            for one in all {
                one.map_err(Failure::infrastructure)?;
            }
        }
        Ok(Self {
            fresh,
            batch: began.elapsed().as_secs_f64() / judged as f64,
            usage,
            episodes: episodes.len(),
        })
    }

    /// Microseconds that this share of the fresh calls stays below.
    fn micros(&self, share: f64) -> f64 {
        let last = self.fresh.len() - 1;
        self.fresh[((last as f64) * share).round() as usize] * 1e6
    }

    fn json(&self) -> Value {
        json!({
            "episodes": self.episodes,
            "fresh_calls": self.fresh.len(),
            "fresh_us_p50": self.micros(0.5),
            "fresh_us_p99": self.micros(0.99),
            "batch_us_each": self.batch * 1e6,
            "memory_bytes": self.usage.memory,
            "fuel": self.usage.fuel,
        })
    }

    fn text(&self) -> String {
        format!(
            "  a fresh call   {:.0} µs (p50), {:.0} µs (p99), of {} calls\n  in a batch     {:.0} µs an episode\n  \
             memory         {}\n  fuel           {} units\n",
            self.micros(0.5),
            self.micros(0.99),
            self.fresh.len(),
            self.batch * 1e6,
            Bytes(self.usage.memory),
            self.usage.fuel
        )
    }
}

fn input(episode: &Episode) -> JudgeInput<'_> {
    JudgeInput {
        episode,
        reference: None,
    }
}
