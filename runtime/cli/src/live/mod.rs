//! How a run is watched: in place on a terminal, as plain lines anywhere else.

mod experiment;
mod plain;
mod spark;
mod terminal;

use std::io::{self, IsTerminal as _, Write as _};

use falcon_train::{Event, Observer};

pub(crate) use experiment::{Place, view_of};

/// The view that suits standard error.
pub(crate) fn view(json: bool) -> Box<dyn Observer> {
    let terminal = io::stderr().is_terminal() && !json;
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    if terminal && !dumb {
        Box::new(terminal::Terminal::new())
    } else {
        Box::new(plain::Plain::new())
    }
}

/// A line to standard error. Where nobody listens there is nobody to tell.
pub(crate) fn line(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The phase names of training as people read them.
fn title(phase: &str) -> &str {
    match phase {
        "rl" => "reinforcement learning",
        "continued" => "warm start, continued (control)",
        other => other,
    }
}

/// What a step says beside its number, each part where it is known.
fn figures(progress: &falcon_train::Progress) -> Vec<String> {
    use crate::quantity::{seconds, short};
    let mut parts = Vec::new();
    if let Some(loss) = progress.loss {
        parts.push(format!("loss {loss:.3}"));
    }
    if let Some(reward) = progress.reward {
        parts.push(format!("reward {reward:+.3}"));
    }
    if let Some(rate) = progress.pass_rate {
        parts.push(format!("pass {:.1} %", rate * 100.0));
    }
    if let Some(rate) = progress.validation {
        parts.push(format!("validation {:.1} %", rate * 100.0));
    }
    if progress.tokens_per_second > 0.0 {
        parts.push(format!("{} tokens/s", short(progress.tokens_per_second)));
    }
    if progress.runs_per_second > 0.0 {
        parts.push(format!(
            "{} sandbox runs/s",
            short(progress.runs_per_second)
        ));
    }
    if let Some(left) = progress.eta_seconds.filter(|_| progress.step < progress.of) {
        parts.push(format!("{} left", seconds(left)));
    }
    parts
}

/// A heading for the end of a phase.
fn ended(event: &Event) -> Option<String> {
    match event {
        Event::PhaseEnded { phase, seconds } => Some(format!(
            "{} done in {}",
            title(phase),
            crate::quantity::seconds(*seconds)
        )),
        _ => None,
    }
}
