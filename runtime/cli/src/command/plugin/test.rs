//! `falcon plugin test`: a plugin's cases, under the real host.

use std::path::{Path, PathBuf};

use falcon_grading::{ConformanceError, conform};
use falcon_package::Kind;
use falcon_testing::{CaseOutcome, CasesError, run_cases};
use serde_json::json;

use super::named::Named;
use crate::{
    command::Context,
    failure::{Exit, Failure, Outcome},
    output::Output,
    services,
};

pub(super) fn run(context: &Context, asked: &str, cases: Option<PathBuf>) -> Outcome {
    let named = Named::find(context, asked)?;
    let kind = named.info.manifest.kind;
    let cases = cases.unwrap_or_else(|| {
        named.beside(match kind {
            Kind::Language => "conformance.toml",
            Kind::Judge | Kind::Memory => "cases.toml",
        })
    });
    let outcomes = match kind {
        Kind::Language => of_pack(context, &named, &cases)?,
        Kind::Judge | Kind::Memory => {
            let plugin = services::plugin(context, &named.path(), kind)?;
            run_cases(&plugin, &cases).map_err(failure)?
        }
    };
    tell(context, &outcomes)
}

fn of_pack(context: &Context, named: &Named, cases: &Path) -> Result<Vec<CaseOutcome>, Failure> {
    let pack = services::language(context, &named.path())?;
    let outcomes = conform(&pack, cases).map_err(|error| match error {
        ConformanceError::Read { path, error } => {
            Failure::file(error, format!("cannot read cases from {}", path.display()))
        }
        error @ ConformanceError::Parse { .. } => Failure::usage(error),
        error @ ConformanceError::Sandbox { .. } => Failure::infrastructure(error),
    })?;
    let outcomes = outcomes.into_iter().map(|outcome| CaseOutcome {
        name: outcome.name,
        differs: outcome.differs,
    });
    Ok(outcomes.collect())
}

fn failure(error: CasesError) -> Failure {
    match error {
        CasesError::Read { path, error } => {
            Failure::file(error, format!("cannot read cases from {}", path.display()))
                .hint("falcon plugin new writes an example; --cases names another file")
        }
        error @ (CasesError::Parse { .. } | CasesError::Use { .. }) => Failure::usage(error),
        error @ CasesError::Host { .. } => Failure::infrastructure(error),
    }
}

fn tell(context: &Context, outcomes: &[CaseOutcome]) -> Outcome {
    let failed = outcomes
        .iter()
        .filter(|one| !one.differs.is_empty())
        .count();
    let mut output = Output::stdout();
    if context.json {
        output.document(&json!({"cases": outcomes, "failed": failed}))?;
    } else {
        for outcome in outcomes {
            match outcome.differs.as_slice() {
                [] => output.text(&format!("ok    {}\n", outcome.name))?,
                differs => output.text(&format!(
                    "FAIL  {}\n      {}\n",
                    outcome.name,
                    differs.join("\n").replace('\n', "\n      ")
                ))?,
            }
        }
        output.text(&format!(
            "{} of {} cases are as they should be\n",
            outcomes.len() - failed,
            outcomes.len()
        ))?;
    }
    output.finish()?;
    Ok(Exit::answer(failed == 0))
}
