//! Short programs are worth 1, longer ones the less the longer.

use falcon_sdk::judge::{Episode, Error, Judge, Judgement, Verdict};
use serde::Deserialize;

/// The judge.
struct {{type}};

/// The settings, as plugin.toml declares them.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Config {
    lines: u32,
}

impl Judge for {{type}} {
    type Config = Config;

    fn judge(episode: &Episode, config: &Config) -> Result<Judgement, Error> {
        if episode.verdict == Verdict::Infrastructure {
            return Ok(Judgement::abstain().note("the program was not tested"));
        }
        let lines = length(&episode.program);
        let score = f64::from(config.lines) / f64::from(lines.max(config.lines));
        Ok(Judgement::of(score).part("lines", f64::from(lines), ""))
    }
}

falcon_sdk::export_judge!({{type}});

/// Lines that are not empty.
fn length(program: &str) -> u32 {
    let lines = program.lines().filter(|line| !line.trim().is_empty());
    u32::try_from(lines.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_do_not_count() {
        assert_eq!(length("a\n\n  \nb\n"), 2);
    }
}
