use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{Episode, Severity, Verdict};

/// What executing an attempt said, typed, so that each reader words it in its own way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// Over all tests.
    pub verdict: Verdict,
    /// Class of the first error in the language's own terms (`IndexError`); empty where nothing was raised.
    pub class: String,
    /// Line of that error, 1-based; 0 where unknown.
    pub line: u32,
    /// Position of the first test that did not hold; none where all held or none ran.
    pub test: Option<usize>,
    /// What that test said, for people.
    pub message: String,
    /// What the program returned there, as the language writes it.
    pub got: Option<String>,
}

impl Feedback {
    /// What an episode says of its program.
    #[must_use]
    pub fn of(episode: &Episode) -> Self {
        let test = episode
            .tests
            .iter()
            .position(|test| test.verdict != Verdict::Passed);
        let failure = test.map(|at| &episode.tests[at]);
        let found = episode
            .diagnostics
            .iter()
            .find(|found| found.severity == Severity::Error);
        let error = failure.and_then(|failure| failure.at.as_ref()).or(found);
        let message = failure
            .map(|failure| &failure.message)
            .or(found.map(|found| &found.message));
        Self {
            verdict: episode.verdict,
            class: error.map_or_else(String::new, |error| error.class.clone()),
            line: error.map_or(0, |error| error.line),
            test,
            message: message.cloned().unwrap_or_default(),
            got: failure.and_then(|failure| failure.got.clone()),
        }
    }

    fn characters(&self) -> usize {
        let got = self.got.as_ref().map_or(0, |got| got.chars().count());
        self.class.chars().count() + self.message.chars().count() + got
    }
}

/// One attempt on the task at hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1 for the first attempt on the task.
    pub number: u32,
    /// The program.
    pub program: String,
    /// Share of the tests that held, in 0..=1.
    pub score: f64,
    /// What executing it said.
    pub feedback: Feedback,
}

impl Attempt {
    /// The attempt that an episode records.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "tests are few")]
    pub fn of(episode: &Episode) -> Self {
        let held = episode
            .tests
            .iter()
            .filter(|test| test.verdict == Verdict::Passed)
            .count();
        let score = match episode.tests.len() {
            0 => f64::from(u8::from(episode.passed())),
            all => held as f64 / all as f64,
        };
        Self {
            number: episode.attempt,
            program: episode.program.clone(),
            score,
            feedback: Feedback::of(episode),
        }
    }

    fn characters(&self) -> usize {
        self.program.chars().count() + self.feedback.characters()
    }
}

/// Short-term memory: the attempts on one task, oldest first, bounded by count and by characters.
///
/// When full, the oldest attempts leave: what failed last is what the next attempt must not repeat.
/// An infrastructure failure says nothing of a program, so it is not recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShortTermMemory {
    task_id: String,
    max_attempts: usize,
    max_characters: usize,
    attempts: VecDeque<Attempt>,
}

impl ShortTermMemory {
    /// An empty memory for one task, holding at most `max_attempts` attempts whose programs and
    /// feedback have at most `max_characters` characters together.
    #[must_use]
    pub fn new(task_id: impl Into<String>, max_attempts: usize, max_characters: usize) -> Self {
        Self {
            task_id: task_id.into(),
            max_attempts,
            max_characters,
            attempts: VecDeque::new(),
        }
    }

    /// The task.
    #[must_use]
    pub fn task_id(&self) -> &str {
        &self.task_id
    }

    /// Records what an episode says. Returns whether it is held: it is not where it belongs to
    /// another task, is an infrastructure failure, or is larger than the whole memory.
    pub fn record(&mut self, episode: &Episode) -> bool {
        if episode.task_id != self.task_id || episode.verdict == Verdict::Infrastructure {
            return false;
        }
        let attempt = Attempt::of(episode);
        if self.max_attempts == 0 || attempt.characters() > self.max_characters {
            return false;
        }
        self.attempts.push_back(attempt);
        while self.attempts.len() > self.max_attempts || self.characters() > self.max_characters {
            self.attempts.pop_front();
        }
        true
    }

    /// The attempts, oldest first.
    pub fn attempts(&self) -> impl ExactSizeIterator<Item = &Attempt> {
        self.attempts.iter()
    }

    /// The newest attempt.
    #[must_use]
    pub fn last(&self) -> Option<&Attempt> {
        self.attempts.back()
    }

    /// The attempt with the highest score; of equals the newest.
    #[must_use]
    pub fn best(&self) -> Option<&Attempt> {
        self.attempts
            .iter()
            .max_by(|a, b| a.score.total_cmp(&b.score))
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attempts.is_empty()
    }

    /// Characters of all programs and feedback held.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.attempts.iter().map(Attempt::characters).sum()
    }

    /// Forgets every attempt.
    pub fn clear(&mut self) {
        self.attempts.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Diagnostic, TestOutcome};

    fn episode(attempt: u32, program: &str, verdicts: &[Verdict]) -> Episode {
        let at = |class: &str| Diagnostic {
            severity: Severity::Error,
            class: class.to_owned(),
            message: "list index out of range".to_owned(),
            line: 2,
            column: 1,
        };
        let test = |(number, verdict): (usize, &Verdict)| TestOutcome {
            name: number.to_string(),
            verdict: *verdict,
            message: format!("test {number}"),
            at: (*verdict == Verdict::RuntimeError).then(|| at("IndexError")),
            got: (*verdict == Verdict::Failed).then(|| "3".to_owned()),
        };
        let worst = verdicts.iter().find(|verdict| **verdict != Verdict::Passed);
        Episode {
            task_id: "t".to_owned(),
            language: "python".to_owned(),
            prompt: String::new(),
            program: program.to_owned(),
            attempt,
            diagnostics: Vec::new(),
            verdict: worst.copied().unwrap_or(Verdict::Passed),
            tests: verdicts.iter().enumerate().map(test).collect(),
            scores: Vec::new(),
            reward: None,
            fuel: 0,
            seconds: 0.0,
            plugins: BTreeMap::new(),
        }
    }

    use Verdict::{Failed, Infrastructure, Passed, RuntimeError};

    #[test]
    fn feedback_is_of_the_first_test_that_did_not_hold() {
        for (verdicts, test, class, line, got) in [
            (vec![Passed, Passed], None, "", 0, None),
            (
                vec![Passed, Failed, RuntimeError],
                Some(1),
                "",
                0,
                Some("3"),
            ),
            (vec![RuntimeError, Failed], Some(0), "IndexError", 2, None),
        ] {
            let feedback = Feedback::of(&episode(1, "p", &verdicts));
            assert_eq!(feedback.test, test);
            assert_eq!((feedback.class.as_str(), feedback.line), (class, line));
            assert_eq!(feedback.got.as_deref(), got);
        }
        let mut broken = episode(1, "p", &[]);
        broken.verdict = Verdict::CompileError;
        broken.diagnostics.push(Diagnostic {
            severity: Severity::Error,
            class: "SyntaxError".to_owned(),
            message: "invalid syntax".to_owned(),
            line: 1,
            column: 3,
        });
        let feedback = Feedback::of(&broken);
        assert_eq!((feedback.class.as_str(), feedback.line), ("SyntaxError", 1));
        assert_eq!(feedback.message, "invalid syntax");
    }

    #[test]
    fn the_oldest_leave_first_by_count_and_by_characters() {
        let mut memory = ShortTermMemory::new("t", 3, 10_000);
        for number in 1..=5 {
            assert!(memory.record(&episode(number, "p", &[Failed])));
        }
        let numbers: Vec<_> = memory.attempts().map(|attempt| attempt.number).collect();
        assert_eq!(numbers, [3, 4, 5]);

        let one = Attempt::of(&episode(1, "äöü", &[Failed])).characters();
        let mut memory = ShortTermMemory::new("t", 100, 2 * one);
        for number in 1..=5 {
            assert!(memory.record(&episode(number, "äöü", &[Failed])));
        }
        assert_eq!(memory.attempts().len(), 2);
        assert!(memory.characters() <= 2 * one);
        assert!(!memory.record(&episode(6, &"x".repeat(2 * one), &[Failed])));
        assert_eq!(memory.last().map(|attempt| attempt.number), Some(5));
    }

    #[test]
    fn what_says_nothing_of_this_task_is_not_recorded() {
        let mut memory = ShortTermMemory::new("t", 3, 1000);
        assert!(!memory.record(&episode(1, "p", &[Infrastructure])));
        let mut other = episode(1, "p", &[Failed]);
        other.task_id = "u".to_owned();
        assert!(!memory.record(&other));
        assert!(memory.is_empty() && memory.best().is_none());
    }

    #[test]
    fn best_is_the_highest_score_and_of_equals_the_newest() {
        let mut memory = ShortTermMemory::new("t", 5, 1000);
        for (number, verdicts) in [[Passed, Failed], [Failed, Failed], [Failed, Passed]]
            .iter()
            .enumerate()
        {
            memory.record(&episode(u32::try_from(number).unwrap(), "p", verdicts));
        }
        assert_eq!(
            memory.best().map(|attempt| (attempt.number, attempt.score)),
            Some((2, 0.5))
        );
        memory.clear();
        assert!(memory.is_empty());
    }
}
