//! Where the time and the main memory of reinforcement learning go. In no digest: they differ from run to run.

use std::{collections::BTreeMap, time::Instant};

use falcon_episode::Spent;
use serde::{Deserialize, Serialize};

use crate::run::Run;

/// A part of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    /// Writing programs.
    Sampling,
    /// Running them.
    Grading,
    /// Scoring what they did.
    Judging,
    /// Asking and telling long-term memory.
    Memory,
    /// Gradients and optimiser.
    Learning,
    /// Looks at validation and at the distance from the start.
    Looking,
}

/// What a part took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartUse {
    /// `sampling`, `grading`, `judging`, `memory`, `learning` or `looking`.
    pub name: String,
    /// Wall time in which the run did this and nothing else, or waited for it.
    pub seconds: f64,
    /// Wall time in which it went on beside another part.
    pub hidden_seconds: f64,
    /// Largest resident set of the process at the end of it.
    pub resident_bytes: u64,
}

/// What every part took.
pub(crate) type Parts = BTreeMap<Part, PartUse>;

/// The parts in their order, by name.
pub(crate) fn named(parts: &Parts) -> Vec<PartUse> {
    let name = |part: Part| match part {
        Part::Sampling => "sampling",
        Part::Grading => "grading",
        Part::Judging => "judging",
        Part::Memory => "memory",
        Part::Learning => "learning",
        Part::Looking => "looking",
    };
    let named = parts.iter().map(|(part, took)| PartUse {
        name: name(*part).to_owned(),
        ..took.clone()
    });
    named.collect()
}

impl Run<'_> {
    /// Books wall time of a part of reinforcement learning.
    pub(crate) fn book(&mut self, part: Part, seconds: f64, hidden: f64) {
        let took = self.at.state.parts.entry(part).or_default();
        took.seconds += seconds;
        took.hidden_seconds += hidden;
        took.resident_bytes = took.resident_bytes.max(status_bytes("VmRSS:"));
    }

    /// Books wall time of grading since the grader had spent so much: between running and judging in the
    /// proportion of what its threads spent on either.
    pub(crate) fn book_grading(&mut self, since: Spent, waited: f64, hidden: f64) {
        let now = self.services.grader.spent();
        let (ran, judged) = (now.running - since.running, now.judging - since.judging);
        let share = if ran + judged > 0.0 {
            judged / (ran + judged)
        } else {
            0.0
        };
        self.book(
            Part::Grading,
            waited * (1.0 - share),
            hidden * (1.0 - share),
        );
        self.book(Part::Judging, waited * share, hidden * share);
    }

    /// Does something and books its wall time.
    pub(crate) fn timed<T>(&mut self, part: Part, what: impl FnOnce(&mut Self) -> T) -> T {
        let began = Instant::now();
        let made = what(self);
        self.book(part, began.elapsed().as_secs_f64(), 0.0);
        made
    }
}

/// A number of bytes that the system tells of this process: `VmHWM:` is the largest resident set, `VmRSS:` the present one. 0
/// where the system does not tell.
pub(crate) fn status_bytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
