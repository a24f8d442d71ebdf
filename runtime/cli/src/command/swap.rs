//! `falcon swap`: other judges, another reward or another memory policy for a run in training.

use falcon_grading::Reward;
use falcon_package::Kind;
use serde_json::json;

use super::Context;
use crate::{
    cli,
    failure::{Exit, Failure, Outcome},
    live,
    output::Output,
    plugins,
    services::{self, Folder, PolicyFolder},
};

pub(super) fn run(context: &Context, options: &cli::Swap) -> Outcome {
    let folder = Folder::of(&options.run);
    if !folder.is_begun() {
        let missing = anyhow::anyhow!("{} has no run with judges", options.run.display());
        return Err(Failure::usage(missing)
            .hint("name the folder of one run; those of a series are its seed-<n>"));
    }
    // Everything is looked at before anything is put in place.
    let reward = match &options.reward {
        None => None,
        Some(asked) => {
            let (text, name) = services::reward_text(Some(asked))?;
            Reward::parse(&text, &name).map_err(Failure::usage)?;
            Some(text)
        }
    };
    let mut judges = Vec::new();
    for asked in &options.judges {
        let path = plugins::find(context.plugins.as_deref(), asked)?;
        let plugin = services::plugin(context, &path.display().to_string(), Kind::Judge)?;
        judges.push((plugin.id().clone(), path));
    }
    let policy = match &options.memory_policy {
        None => None,
        Some(asked) => {
            let path = plugins::find(context.plugins.as_deref(), asked)?;
            let plugin = services::plugin(context, &path.display().to_string(), Kind::Memory)?;
            Some((plugin.id().clone(), path))
        }
    };
    if let Some((_, path)) = &policy {
        PolicyFolder::of(&options.run).put(path)?;
    }
    for (id, path) in &judges {
        folder.put_judge(id.name.as_str(), path)?;
    }
    if let Some(text) = &reward {
        folder.put_reward(text)?;
    }
    // What does not fit together stays, for the next swap to mend; the run keeps its judges meanwhile.
    let panel = folder.check(context).map_err(|failure| {
        failure.hint("the run keeps the judges it has until this is mended: falcon swap again")
    })?;
    let mut output = Output::stdout();
    if context.json {
        let mut told = json!({ "run": options.run, "judges": panel.plugins() });
        if let Some((id, _)) = &policy {
            told["memory_policy"] = json!({ id.name.as_str(): id.digest });
        }
        output.document(&told)?;
    } else {
        for (name, digest) in panel.plugins() {
            output.text(&format!("{name} {digest}\n"))?;
        }
        if let Some((id, _)) = &policy {
            output.text(&format!("{} {}\n", id.name, id.digest))?;
        }
        live::line("these decide from the run's next step on, or from its resumption");
    }
    output.finish()?;
    Ok(Exit::Done)
}
