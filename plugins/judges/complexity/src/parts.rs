//! From figures to a score.

use falcon_sdk::{
    judge::{Episode, Judgement, Verdict},
    serde::Deserialize,
};

use crate::measure::{Block, Measures};

/// Weight and bounds of each part.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde", rename_all = "kebab-case")]
pub struct Config {
    cyclomatic_weight: f64,
    cyclomatic_good: f64,
    cyclomatic_bad: f64,
    cognitive_weight: f64,
    cognitive_good: f64,
    cognitive_bad: f64,
    halstead_weight: f64,
    halstead_good: f64,
    halstead_bad: f64,
    maintainability_weight: f64,
    maintainability_good: f64,
    maintainability_bad: f64,
    nesting_weight: f64,
    nesting_good: f64,
    nesting_bad: f64,
    fuel_weight: f64,
}

/// Most functions that are listed by name; the worst ones count whether listed or not.
const MAX_LISTED: usize = 200;

/// What running the program cost, against what it need cost.
pub(crate) struct Cost {
    used: u64,
    cheapest: u64,
}

/// The cost of a program that passed; why there is none to speak of, else.
pub(crate) fn cost(episode: &Episode) -> Result<Cost, &'static str> {
    if episode.verdict != Verdict::Passed {
        return Err("the program did not pass, so what it cost says nothing");
    }
    match (episode.fuel, episode.cheapest_fuel) {
        (1.., Some(cheapest @ 1..)) => Ok(Cost {
            used: episode.fuel,
            cheapest,
        }),
        _ => Err("no cheapest known fuel to compare with"),
    }
}

/// Linear between the two bounds, whichever of them is higher; 1 at and beyond `good`, 0 at and beyond `bad`.
fn between(value: f64, good: f64, bad: f64) -> f64 {
    if good == bad {
        return f64::from(u8::from(value <= good));
    }
    ((bad - value) / (bad - good)).clamp(0.0, 1.0)
}

/// Score, parts and notes.
pub(crate) fn judgement(
    measures: &Measures,
    cost: Result<Cost, &'static str>,
    config: &Config,
) -> Judgement {
    let mut parts = statics(measures, config);
    let mut notes = Vec::new();
    match cost {
        Ok(Cost { used, cheapest }) => {
            let note = format!("used {used}, the cheapest known program {cheapest}");
            let ratio = (cheapest as f64 / used as f64).min(1.0);
            parts.push(("fuel", config.fuel_weight, ratio, note));
        }
        Err(why) => notes.push(format!("fuel: {why}")),
    }
    let weights: f64 = parts.iter().map(|(_, weight, ..)| weight).sum();
    let sum: f64 = parts
        .iter()
        .map(|(_, weight, score, _)| weight * score)
        .sum();
    let mut judgement = if weights > 0.0 {
        Judgement::of(sum / weights)
    } else {
        Judgement::abstain().note("every part has the weight 0")
    };
    for (name, _, score, note) in parts {
        judgement = judgement.part(name, score, note);
    }
    let listed = measures.blocks[1..].iter().take(MAX_LISTED).map(listed);
    judgement.notes.extend(notes.into_iter().chain(listed));
    judgement
}

type Part = (&'static str, f64, f64, String);

/// The parts that the text alone decides.
fn statics(measures: &Measures, config: &Config) -> Vec<Part> {
    let worst = |of: fn(&Block) -> u32| {
        let (block, value) = measures.worst(of);
        let place = match block.line {
            0 => block.name.clone(),
            line => format!("{}, line {line}", block.name),
        };
        (f64::from(value), format!("{value} in {place}"))
    };
    let (cyclomatic, cyclomatic_note) = worst(|block| block.cyclomatic);
    let (cognitive, cognitive_note) = worst(|block| block.cognitive);
    let (nesting, nesting_note) = worst(|block| block.nesting);
    let (counts, raw) = (measures.halstead, measures.raw);
    let volume = counts.volume();
    // Written once: a number's digits are the dearest part of a note.
    let volume_text = format!("{volume:.4}");
    let halstead_note = format!(
        "volume {volume_text}, difficulty {:.4} of h1 {}, h2 {}, N1 {}, N2 {}",
        counts.difficulty(),
        counts.distinct_operators,
        counts.distinct_operands,
        counts.operators,
        counts.operands
    );
    let index_note = format!(
        "index {:.4} of volume {volume_text}, cyclomatic {}, lloc {}, sloc {}, comments {}, multi {}",
        measures.maintainability,
        measures.cyclomatic,
        raw.logical,
        raw.source,
        raw.comments,
        raw.multi
    );
    vec![
        (
            "cyclomatic",
            config.cyclomatic_weight,
            between(cyclomatic, config.cyclomatic_good, config.cyclomatic_bad),
            cyclomatic_note,
        ),
        (
            "cognitive",
            config.cognitive_weight,
            between(cognitive, config.cognitive_good, config.cognitive_bad),
            cognitive_note,
        ),
        (
            "halstead",
            config.halstead_weight,
            between(volume, config.halstead_good, config.halstead_bad),
            halstead_note,
        ),
        (
            "maintainability",
            config.maintainability_weight,
            between(
                measures.maintainability,
                config.maintainability_good,
                config.maintainability_bad,
            ),
            index_note,
        ),
        (
            "nesting",
            config.nesting_weight,
            between(nesting, config.nesting_good, config.nesting_bad),
            nesting_note,
        ),
    ]
}

fn listed(block: &Block) -> String {
    format!(
        "function {}, line {}: cyclomatic {}, cognitive {}, nesting {}",
        block.name, block.line, block.cyclomatic, block.cognitive, block.nesting
    )
}

/// Credit of -1 to 0 for each function that the policy wrote and that is over a bound: the more the worse.
pub(crate) fn with_credits(
    mut judgement: Judgement,
    measures: &Measures,
    own: u32,
    config: &Config,
) -> Judgement {
    for block in measures.blocks[1..].iter().take(MAX_LISTED) {
        let (start, end) = (block.span.0.max(own), block.span.1);
        let cyclomatic = between(
            f64::from(block.cyclomatic),
            config.cyclomatic_good,
            config.cyclomatic_bad,
        );
        let cognitive = between(
            f64::from(block.cognitive),
            config.cognitive_good,
            config.cognitive_bad,
        );
        let lost = 1.0 - cyclomatic.min(cognitive);
        if lost > 0.0 && start < end {
            judgement = judgement.credit(start, end, -lost, listed(block));
        }
    }
    judgement
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn parts_are_linear_between_their_bounds() {
        for (value, good, bad, wanted) in [
            (4.0, 5.0, 20.0, 1.0),
            (12.5, 5.0, 20.0, 0.5),
            (30.0, 5.0, 20.0, 0.0),
            (90.0, 80.0, 20.0, 1.0),
            (50.0, 80.0, 20.0, 0.5),
            (0.0, 80.0, 20.0, 0.0),
            (5.0, 5.0, 5.0, 1.0),
            (6.0, 5.0, 5.0, 0.0),
        ] {
            let found = between(value, good, bad);
            assert!((found - wanted).abs() < 1e-12, "{value} {good} {bad}");
        }
    }
}
