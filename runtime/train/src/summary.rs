use falcon_episode::Digest;

use crate::{
    MemoryReport, PhaseTime, RunReport, TrainError,
    evaluate::{self, Measured},
    parts,
    run::Run,
    state::State,
};

/// The report of a run that is done.
pub(crate) fn report(run: &Run<'_>) -> Result<RunReport, TrainError> {
    let (config, state) = (&run.at.config, &run.at.state);
    let clusters = run.material.clusters();
    let measured = Measured {
        seed: state.seed,
        eval: &state.eval,
        clusters: &clusters,
    };
    let draws = config.evaluation.draws;
    let mut plugins = run.services.grader.plugins();
    plugins.extend(run.memory.plugins());
    let statistics = run.memory.statistics();
    let statistics = statistics.map_err(TrainError::infrastructure("counting memory"))?;
    Ok(RunReport {
        name: config.name.clone(),
        seed: state.seed,
        config_digest: config.digest(),
        plugins,
        eval: state.eval.clone(),
        gains: evaluate::gains(&[measured], draws),
        curve: state.curve.clone(),
        warm_start: state.warm_start.clone(),
        phases: state
            .seconds
            .iter()
            .map(|(stage, seconds)| PhaseTime {
                name: stage.name().to_owned(),
                seconds: *seconds,
            })
            .collect(),
        parts: parts::named(&state.parts),
        wall_seconds: state.seconds.values().sum(),
        peak_rss_bytes: parts::status_bytes("VmHWM:"),
        executions: state.executions,
        rl_compute: state.rl_compute,
        tokens: state.tokens,
        parameters: run.at.policy.parameters() as u64,
        memory: MemoryReport {
            items: statistics.items,
            retrievals: state.retrievals,
            hit_at_1: state.hit_at_1,
            // Nothing is written between a run's last checkpoint and its report.
            checkpoint: Some(state.train_memory),
            table_version: Some(statistics.version),
        },
        examples: state.examples.clone(),
        clusters,
        kinds: run.material.kinds(),
        test_sets: run.material.test_sets(),
        task_files: run
            .material
            .files
            .as_ref()
            .map_or_else(Vec::new, |files| files.read.clone()),
        draws,
        result_digest: result_digest(state),
    })
}

/// Covers parameters and evaluation, and nothing that depends on time.
fn result_digest(state: &State) -> Digest {
    let mut parts: Vec<String> = state
        .policies
        .iter()
        .map(|(when, digest)| format!("{when} {digest}"))
        .collect();
    parts.extend(state.eval.iter().map(|row| {
        // Rates are multiples of 1/samples, so nine digits say them and no rounding of a text format shows.
        let by_task: Vec<String> = row
            .by_task
            .iter()
            .map(|rate| format!("{rate:.9}"))
            .collect();
        format!(
            "{} {} {} {:.9} {:.9} {}",
            row.split,
            row.when,
            row.memory,
            row.greedy,
            row.tokens_mean,
            by_task.join(" ")
        )
    }));
    Digest::of_parts(parts.iter().map(String::as_bytes))
}
