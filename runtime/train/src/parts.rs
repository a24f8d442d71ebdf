//! Where the time and the main memory of reinforcement learning go. In no digest: they differ from run to run.

use std::{collections::BTreeMap, time::Instant};

use falcon_episode::{Grader, Spent};
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

/// A stretch of wall time on one thread, and what it went to. Who worked beside the run books it when that is done.
#[derive(Clone, Debug)]
pub(crate) struct Took {
    /// Parts with their shares of it, which add up to 1.
    parts: Vec<(Part, f64)>,
    began: Instant,
    seconds: f64,
    /// Wall time in which these parts went on before it, beside another part of the same work.
    hidden: f64,
    resident_bytes: u64,
}

impl Took {
    /// A part, from then until now.
    pub(crate) fn part(part: Part, began: Instant) -> Self {
        Self::of(vec![(part, 1.0)], began, 0.0)
    }

    /// Grading since the grader had spent so much, which was waited for from then until now: running and judging in the
    /// proportion of what the grader's threads spent on either.
    pub(crate) fn grading(grader: &dyn Grader, spent: Spent, began: Instant, hidden: f64) -> Self {
        let now = grader.spent();
        let (ran, judged) = (now.running - spent.running, now.judging - spent.judging);
        let share = if ran + judged > 0.0 {
            judged / (ran + judged)
        } else {
            0.0
        };
        let parts = vec![(Part::Grading, 1.0 - share), (Part::Judging, share)];
        Self::of(parts, began, hidden)
    }

    fn of(parts: Vec<(Part, f64)>, began: Instant, hidden: f64) -> Self {
        Self {
            parts,
            began,
            seconds: began.elapsed().as_secs_f64(),
            hidden,
            resident_bytes: status_bytes("VmRSS:"),
        }
    }

    /// Seconds that were waited for, and seconds that went on beside another part: all that lies before `until`, up to
    /// which the run was busy with one.
    fn waited_and_hidden(&self, until: Option<Instant>) -> (f64, f64) {
        let before = until.map_or(0.0, |until| {
            let before = until.saturating_duration_since(self.began).as_secs_f64();
            before.min(self.seconds)
        });
        (self.seconds - before, self.hidden + before)
    }
}

impl Run<'_> {
    /// Books wall time of a part of reinforcement learning.
    pub(crate) fn book(&mut self, part: Part, seconds: f64) {
        self.add(part, seconds, 0.0, status_bytes("VmRSS:"));
    }

    /// Books what was done on another thread, or on this one; where on another, this one was busy `until` then.
    pub(crate) fn book_took(&mut self, took: &Took, until: Option<Instant>) {
        let (waited, hidden) = took.waited_and_hidden(until);
        for (part, share) in &took.parts {
            self.add(*part, waited * share, hidden * share, took.resident_bytes);
        }
    }

    fn add(&mut self, part: Part, seconds: f64, hidden: f64, resident_bytes: u64) {
        let took = self.at.state.parts.entry(part).or_default();
        took.seconds += seconds;
        took.hidden_seconds += hidden;
        took.resident_bytes = took.resident_bytes.max(resident_bytes);
    }

    /// Does something and books its wall time.
    pub(crate) fn timed<T>(&mut self, part: Part, what: impl FnOnce(&mut Self) -> T) -> T {
        let began = Instant::now();
        let made = what(self);
        self.book(part, began.elapsed().as_secs_f64());
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_lies_before_the_end_of_another_part_is_hidden() {
        let began = Instant::now();
        let took = Took {
            parts: vec![(Part::Grading, 1.0)],
            began,
            seconds: 2.0,
            hidden: 0.25,
            resident_bytes: 0,
        };
        let after = |seconds| Some(began + Duration::from_secs_f64(seconds));
        for (until, wanted) in [
            // Nothing else went on.
            (None, (2.0, 0.25)),
            // Something else ended before it began, during it, after it.
            (began.checked_sub(Duration::from_secs(1)), (2.0, 0.25)),
            (after(0.5), (1.5, 0.75)),
            (after(5.0), (0.0, 2.25)),
        ] {
            assert_eq!(took.waited_and_hidden(until), wanted, "{until:?}");
        }
    }
}
