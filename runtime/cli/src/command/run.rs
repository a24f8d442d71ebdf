//! `falcon run`: one program in the sandbox.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use falcon_episode::{Cancel, Files, Verdict};
use falcon_grading::{WholeProgram, Workers};
use falcon_host::{
    Engine,
    language::{Limits, ProgramRun, Within},
};
use falcon_package::Kind;
use serde_json::json;

use super::Context;
use crate::{
    cli,
    failure::{Exit, Failure, OrFail as _, Outcome},
    live,
    output::Output,
    quantity::Span,
    services,
};

pub(super) fn run(context: &Context, options: &cli::Run) -> Outcome {
    let program = program(&options.file)?;
    let stdin = match &options.stdin {
        Some(path) => read(path)?,
        None => Vec::new(),
    };
    let limits = limits(options)?;
    let whole = WholeProgram {
        source: program,
        stdin,
        files: files(&options.files)?,
        ..WholeProgram::default()
    };
    let (run, took) = if context.in_process {
        here(context, &options.language, &whole, &limits)
    } else {
        apart(context, &options.language, &whole, &limits)
    }?;
    let seconds = took.as_secs_f64();

    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({
            "verdict": run.verdict,
            "stdout": String::from_utf8_lossy(&run.stdout),
            "stderr": String::from_utf8_lossy(&run.stderr),
            "exit_code": run.exit_code,
            "message": run.message,
            "line": run.error.as_ref().map(|at| at.line).filter(|line| *line > 0),
            "fuel": run.fuel,
            "seconds": seconds,
        }))?;
    } else {
        output.bytes(&run.stdout)?;
    }
    output.finish()?;
    if !context.json {
        let text = String::from_utf8_lossy(&run.stderr);
        if !text.is_empty() {
            live::line(text.trim_end_matches('\n'));
        }
        if !matches!(run.verdict, Verdict::Passed | Verdict::Infrastructure) {
            live::line(format!("{}: {}", run.verdict, run.message).trim_end_matches([':', ' ']));
        }
    }
    match run.verdict {
        Verdict::Infrastructure => Err(unanswered(&run.message, took, options.timeout)),
        verdict => Ok(Exit::answer(verdict == Verdict::Passed)),
    }
}

/// Runs it in a worker process.
fn apart(
    context: &Context,
    language: &str,
    whole: &WholeProgram,
    limits: &Limits,
) -> Result<(ProgramRun, Duration), Failure> {
    let plugin = services::plugin(context, language, Kind::Language)?;
    let pack = services::pack(&plugin)?;
    let info = plugin.info();
    let packs = vec![(info.path.clone(), info.id.digest)];
    let failed = "cannot run the program";
    let workers =
        Workers::start(services::worker_command()?, packs, 1).or_infrastructure(failed)?;
    workers.in_force().or_infrastructure(failed)?;
    let began = Instant::now();
    let run = workers.run((0, &pack), whole, limits, &Cancel::never());
    Ok((run.or_infrastructure(failed)?, began.elapsed()))
}

/// Runs it in this process.
fn here(
    context: &Context,
    language: &str,
    whole: &WholeProgram,
    limits: &Limits,
) -> Result<(ProgramRun, Duration), Failure> {
    let pack = services::language(context, language)?;
    let began = Instant::now();
    let within = Within {
        limits,
        files: &whole.files,
        cancel: &Cancel::never(),
    };
    let run = pack.run_program(&whole.source, &whole.arguments, &whole.stdin, within);
    Ok((
        run.or_infrastructure("cannot run the program")?,
        began.elapsed(),
    ))
}

/// Time says nothing of a program: how far it comes depends on the machine. So a run that the clock
/// ended has no verdict, even where the operator set the clock.
fn unanswered(message: &str, took: Duration, timeout: Option<Span>) -> Failure {
    match timeout {
        Some(timeout) if took >= timeout.0 => Failure::infrastructure(anyhow::anyhow!(
            "no verdict: --timeout {timeout} ended the run before its fuel did, which says nothing of the program"
        ))
        .hint("--fuel N bounds the program itself: the same program ends at the same place on every machine"),
        _ => Failure::infrastructure(anyhow::anyhow!(
            "the sandbox, not the program, failed: {message}"
        )),
    }
}

fn limits(options: &cli::Run) -> Result<Limits, Failure> {
    let mut limits = Limits::default();
    if let Some(fuel) = options.fuel {
        limits.fuel = fuel;
    }
    if let Some(memory) = options.memory {
        let most = falcon_host::MAX_MEMORY as u64;
        if memory.0 > most {
            let most = crate::quantity::Bytes(most);
            return Err(Failure::usage(anyhow::anyhow!(
                "--memory {memory} is more than the {most} an instance can have"
            )));
        }
        limits.memory = usize::try_from(memory.0).or_usage("--memory")?;
    }
    if let Some(timeout) = options.timeout {
        limits.epochs = Engine::ticks(timeout.0);
    }
    Ok(limits)
}

/// Files of the machine, each under its own name.
fn files(paths: &[PathBuf]) -> Result<Files, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| {
            Failure::usage(anyhow::anyhow!("{} is no file's name", path.display()))
        })?;
        all.push((name.to_owned(), read(path)?));
    }
    Files::new(all).or_usage("--file")
}

fn program(path: &Path) -> Result<String, Failure> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::file(error, "cannot read the program from standard input"))?;
        bytes
    } else {
        read(path)?
    };
    String::from_utf8(bytes).or_usage(format!("{} is not UTF-8 text", path.display()))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::file(error, format!("cannot read {}", path.display())))
}
