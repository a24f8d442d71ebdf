//! What a contrast says.

use serde::{Deserialize, Serialize};

use crate::Contrast;

/// A contrast with its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub contrast: Contrast,
    /// What may be said.
    pub verdict: Verdict,
    /// The answer in a sentence.
    pub sentence: String,
    /// Points: 100 times the difference of the rates, with − without.
    pub diff: f64,
    /// 95 % interval, in points.
    pub ci95: [f64; 2],
    /// Of the same bootstrap, and at least the t test's over seeds.
    pub p_value: f64,
    /// Corrected by Holm over the primary contrasts; none for the others.
    pub p_holm: Option<f64>,
    /// What the design would tell from 0 in 80 % of its repetitions, in points.
    pub detectable: f64,
    /// Seeds that both sides have.
    pub seeds: Vec<u64>,
    /// Each seed's own difference, in points.
    pub by_seed: Vec<f64>,
    /// Tasks under each seed.
    pub tasks: usize,
    /// Mean rate of the side with, in percent.
    pub with: f64,
    /// Mean rate of the side without, in percent.
    pub without: f64,
}

/// What a difference allows to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The side with the change is higher.
    Above,
    /// It is lower.
    Below,
    /// Told from 0, but smaller than what the design would find in four of five repetitions: not claimed.
    Small,
    /// Not told from 0: a null result.
    Null,
    /// The runs have no such rows.
    Missing,
}

/// α of every claim.
const ALPHA: f64 = 0.05;

impl Answer {
    /// Fills in what follows from the numbers.
    pub(crate) fn judged(mut self) -> Self {
        self.verdict = self.verdict();
        self.sentence = self.say();
        self
    }

    fn verdict(&self) -> Verdict {
        if self.seeds.is_empty() {
            return Verdict::Missing;
        }
        let apart = self.ci95[0] > 0.0 || self.ci95[1] < 0.0;
        if !apart || self.p_holm.unwrap_or(self.p_value) >= ALPHA {
            Verdict::Null
        } else if self.diff.abs() < self.detectable {
            Verdict::Small
        } else if self.diff > 0.0 {
            Verdict::Above
        } else {
            Verdict::Below
        }
    }

    fn say(&self) -> String {
        if self.verdict == Verdict::Missing {
            return "Not measured: the runs that would tell are not there.".to_owned();
        }
        let numbers = format!(
            "{:+.1} points [{:+.1}, {:+.1}]{}",
            self.diff,
            self.ci95[0],
            self.ci95[1],
            self.p_words()
        );
        // Of errors, fewer is what is hoped for.
        let good = match (&self.contrast.measure, self.verdict) {
            (None, Verdict::Above) | (Some(_), Verdict::Below) => "Yes",
            _ => "No, the other way round",
        };
        match self.verdict {
            Verdict::Above | Verdict::Below => format!("{good}: {numbers}."),
            Verdict::Small => format!(
                "Perhaps: {numbers}, told from 0 but smaller than the {:.1} points that this design finds four times in five, so it is not claimed.",
                self.detectable
            ),
            _ => format!(
                "Not told apart (a null result): {numbers}; a difference of {:.1} points would be found four times in five.",
                self.detectable
            ),
        }
        .replace('-', "\u{2212}")
    }

    fn p_words(&self) -> String {
        match self.p_holm {
            Some(holm) => format!(", {} after Holm's correction", p_text(holm)),
            None => format!(", {}", p_text(self.p_value)),
        }
    }
}

fn p_text(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {p:.3}")
    }
}
