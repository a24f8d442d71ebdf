//! Rewards by name or file, and the judges that they ask for.

use std::path::Path;

use falcon_grading::{Design, Judging, Panel, Reward};
use falcon_package::Kind;

use super::load;
use crate::{command::Context, failure::Failure};

/// The text of the reward that a person names, and what errors call it: a design of FALCON's, or a file. The first
/// design where none is named.
pub(crate) fn reward_text(asked: Option<&str>) -> Result<(String, String), Failure> {
    let design = match asked {
        None => Some(Design::ALL[0]),
        Some(asked) => Design::named(asked),
    };
    if let Some(design) = design {
        return Ok((
            design.text.to_owned(),
            format!("the reward {}", design.name),
        ));
    }
    let path = Path::new(asked.unwrap_or_default());
    let text = std::fs::read_to_string(path).map_err(|error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        let failure = Failure::file(error, format!("cannot read the reward {}", path.display()));
        if !missing {
            return failure;
        }
        let names = Design::ALL.map(|design| design.name);
        failure.hint(format!(
            "name a file, or one of FALCON's designs: {}",
            names.join(", ")
        ))
    })?;
    Ok((text, path.display().to_string()))
}

/// The reward that a person names.
pub(crate) fn reward(asked: Option<&str>) -> Result<Reward, Failure> {
    let (text, name) = reward_text(asked)?;
    Reward::parse(&text, &name).map_err(Failure::usage)
}

/// The judges of a reward, loaded. A reward may name one by its version, its digest or its file: what it gives is
/// recorded under the plugin's name.
pub(crate) fn panel(context: &Context, reward: Reward) -> Result<Panel, Failure> {
    panel_from(context, reward, |asked| Ok(asked.to_owned()))
}

/// The same, where each judge is loaded from what `file` says of the words that name it.
pub(crate) fn panel_from(
    context: &Context,
    mut reward: Reward,
    file: impl Fn(&str) -> Result<String, Failure>,
) -> Result<Panel, Failure> {
    let judges = reward.judges.iter().map(|entry| {
        let loaded = || {
            let plugin = load::plugin(context, &file(&entry.plugin)?, Kind::Judge)?;
            plugin.judge(&entry.config).map_err(Failure::usage)
        };
        let judge = loaded().map_err(|failure| failure.at(&entry.place))?;
        Ok(Box::new(judge) as Box<dyn Judging>)
    });
    let judges: Vec<_> = judges.collect::<Result<_, Failure>>()?;
    for (entry, judge) in reward.judges.iter_mut().zip(&judges) {
        let gates = reward.gates.iter_mut();
        gates
            .filter(|gate| gate.judge == entry.plugin)
            .for_each(|gate| judge.name().clone_into(&mut gate.judge));
        judge.name().clone_into(&mut entry.plugin);
    }
    // Two names of one judge are seen only now that both are known by the plugin's own.
    let names: Vec<&str> = reward.judges.iter().map(|one| &*one.plugin).collect();
    if let Some(twice) = (1..names.len()).find(|at| names[..*at].contains(&names[*at])) {
        let (name, place) = (names[twice], &reward.judges[twice].place);
        return Err(Failure::usage(anyhow::anyhow!(
            "{place}: the reward names the judge {name} twice, under two names; a judge judges once"
        )));
    }
    Panel::new(judges, reward).map_err(Failure::usage)
}
