//! `falcon swap`: other judges, another reward or another memory policy for a run in training.

use std::path::{Path, PathBuf};

use falcon_grading::{Panel, Reward};
use falcon_host::PluginId;
use falcon_package::Kind;
use serde_json::json;

use super::{Context, policy_settings};
use crate::{
    cli,
    failure::{Exit, Failure, Outcome},
    grant::Granted,
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
    // What the run grants is not known here: it is the run's to refuse.
    let looking = Context {
        json: context.json,
        plugins: context.plugins.clone(),
        granted: Granted::everything(),
        in_process: context.in_process,
    };
    let mut needed = Vec::new();
    let mut look_at = |asked: &str, kind| -> Result<(PluginId, PathBuf), Failure> {
        let path = plugins::find(context.plugins.as_deref(), asked)?;
        let plugin = services::plugin(&looking, &path.display().to_string(), kind)?;
        let services = plugin.manifest().capabilities.services();
        let name = &plugin.id().name;
        needed.extend(services.map(|service| format!("--grant {name}={service}")));
        Ok((plugin.id().clone(), path))
    };
    let judges = options.judges.iter();
    let judges = judges.map(|asked| look_at(asked, Kind::Judge));
    let judges: Vec<_> = judges.collect::<Result<_, _>>()?;
    let policy = options.memory_policy.as_deref();
    let policy = policy
        .map(|asked| look_at(asked, Kind::Memory))
        .transpose()?;
    if let Some((_, path)) = &policy {
        knows_settings(&looking, &options.run, path)?;
        PolicyFolder::of(&options.run).put(path)?;
    }
    for (id, path) in &judges {
        folder.put_judge(id.name.as_str(), path)?;
    }
    if let Some(text) = &reward {
        folder.put_reward(text)?;
    }
    // What does not fit together stays, for the next swap to mend; the run keeps its judges meanwhile.
    let mended = "the run keeps the judges it has until this is mended: falcon swap again";
    let panel = folder.check(&looking);
    let panel = panel.map_err(|failure| failure.hint(mended))?;
    for (id, _) in &judges {
        takes_place(id, &panel).map_err(|failure| failure.hint(mended))?;
    }
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
        if !needed.is_empty() {
            let needed = needed.join(" ");
            live::line(&format!(
                "the run must have been begun, or resumed, with {needed}; without, it keeps what it has"
            ));
        }
    }
    output.finish()?;
    Ok(Exit::Done)
}

/// Whether a memory policy knows the settings that the run's recipe has for whichever decides.
fn knows_settings(context: &Context, run: &Path, policy: &Path) -> Result<(), Failure> {
    let settings = policy_settings(run)?;
    let policy = services::memory_policy(context, &policy.display().to_string(), &settings);
    policy.map(drop).map_err(|failure| {
        failure
            .hint("[memory.settings] of the run's recipe stay: name a policy that knows them")
            .hint("or begin another run with it: falcon train --memory-policy NAME")
    })
}

/// Whether a judge that was given is one that the run will have.
fn takes_place(id: &PluginId, panel: &Panel) -> Result<(), Failure> {
    let judges = panel.plugins();
    let text = match judges.get(id.name.as_str()) {
        Some(digest) if *digest == id.digest => return Ok(()),
        Some(digest) => format!(
            "the run's reward names its {} by a version, digest or file that is {}, so {} would not judge",
            id.name,
            digest.short(),
            id.digest.short()
        ),
        None => {
            let names = judges.keys().map(String::as_str).collect::<Vec<_>>();
            let names = names.join(", ");
            format!(
                "{} is none of the judges of the run's reward, which are {names}",
                id.name
            )
        }
    };
    Err(Failure::usage(anyhow::anyhow!(text)).hint("--reward FILE gives the run another reward"))
}
