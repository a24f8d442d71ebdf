use std::sync::Arc;

use rand::{Rng, seq::IndexedRandom as _};

use super::{
    alias::{Words, until},
    family::{Family, Solved, alias_depth, unrelated, weighted},
    forms::{Style, write},
    plain::Want,
    seed::generator,
    task::{Draft, Split, Task},
    token::TokenId,
};

/// Shares of the supervised warm start. The defaults taught a 64-wide policy to read exemplars
/// and feedback in about 1900 batches of 32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MixtureConfig {
    /// Plain programs there are: gold is scarce. Plain rows repeat them.
    pub gold: usize,
    /// Weight of plain rows.
    pub plain: f64,
    /// Weight of alias rows.
    pub alias: f64,
    /// Weight of ambiguous rows.
    pub ambiguous: f64,
    /// Of plain rows: share with an exemplar that does not matter, so that one does no harm.
    pub plain_exemplar: f64,
    /// Of alias rows: share with an exemplar that discloses the word.
    pub alias_oracle: f64,
    /// Of alias rows: share with an exemplar of another project.
    pub alias_random: f64,
    /// Of disclosing exemplars: share of single operations; the rest are compositions.
    pub distilled: f64,
    /// Of ambiguous rows: share with eight readings; the rest have two.
    pub eight_way: f64,
    /// Of ambiguous rows: share with feedback on a wrong reading.
    pub feedback: f64,
}

impl Default for MixtureConfig {
    fn default() -> Self {
        Self {
            gold: 4000,
            plain: 0.22,
            alias: 0.38,
            ambiguous: 0.40,
            plain_exemplar: 0.0,
            alias_oracle: 0.62,
            alias_random: 0.08,
            distilled: 0.7,
            eight_way: 0.4,
            feedback: 0.75,
        }
    }
}

/// What a row teaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowKind {
    /// To translate.
    Plain,
    /// To translate in spite of an exemplar.
    PlainRandom,
    /// To guess a private word from one example.
    Alias,
    /// To read the word's meaning from an exemplar.
    AliasOracle,
    /// To distrust an exemplar that does not know the word.
    AliasRandom,
    /// To choose one of two readings.
    Binary,
    /// To take the other reading after a failed test.
    BinaryFeedback,
    /// To choose one of eight readings.
    EightWay,
    /// To read the reading from a failed test.
    EightWayFeedback,
}

/// One supervised row: a prompt and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it teaches.
    pub kind: RowKind,
    /// Prompt, answer, [`TokenId::EOS`].
    pub tokens: Vec<TokenId>,
    /// Index of the answer's first token; the loss is on the tokens from here.
    pub answer_start: usize,
    /// The task's behaviour, for leakage checks.
    pub behaviour: String,
}

/// An endless stream of supervised rows by index, the same in any order of asking.
#[derive(Clone, Debug)]
pub struct Mixture {
    family: Family,
    config: MixtureConfig,
    gold: Arc<[Task]>,
}

impl Mixture {
    pub(crate) fn new(family: Family, config: MixtureConfig) -> Self {
        let gold = family.gold_set(config.gold).into();
        Self {
            family,
            config,
            gold,
        }
    }

    /// The plain tasks whose programs are shown.
    #[must_use]
    pub fn gold(&self) -> &[Task] {
        &self.gold
    }

    /// The row at an index.
    #[must_use]
    pub fn row(&self, index: u64) -> Row {
        let mut rng = generator(self.family.seed, "mixture", index);
        let config = &self.config;
        let row = match weighted(&[config.plain, config.alias, config.ambiguous], &mut rng) {
            0 => None,
            1 => self.alias(&mut rng),
            _ => self.ambiguous(&mut rng),
        };
        row.unwrap_or_else(|| self.plain(&mut rng))
    }

    fn plain(&self, rng: &mut impl Rng) -> Row {
        let Some(task) = self.gold.choose(rng) else {
            // No gold at all: a fresh task stands in, so that the stream never ends.
            let fresh = self.family.draft(0, Want::Gold, rng);
            return fresh.map_or_else(Row::empty, |d| {
                Row::shown(RowKind::Plain, &task(d, rng), None)
            });
        };
        if rng.random_bool(share(self.config.plain_exemplar)) {
            let exemplar = unrelated(None, None, &self.family.rules, rng);
            return Row::shown(RowKind::PlainRandom, task, Some(&exemplar));
        }
        Row::shown(RowKind::Plain, task, None)
    }

    /// Every alias row has a project of its own, so words cannot be learnt by heart.
    fn alias(&self, rng: &mut impl Rng) -> Option<Row> {
        let (words, rules) = (Words::draw(rng), &self.family.rules);
        let depth = alias_depth(rng);
        let draft = until(|| words.draft_any(rules, Want::Gold, depth, rng))?;
        let (word, op) = draft.alias?;
        let kind = draft.chain.kind;
        let behaviour = draft.behaviour;
        let shown = task(draft, rng);
        let (oracle, random) = (self.config.alias_oracle, self.config.alias_random);
        let exemplar = match weighted(&[oracle, random, 1.0 - oracle - random], rng) {
            0 if rng.random_bool(share(self.config.distilled)) => {
                let chain = super::chain::Chain::new(kind, &[op]);
                let body = write(&chain, Style::draw(rng), rng);
                Some((
                    RowKind::AliasOracle,
                    Solved {
                        spec: vec![word],
                        body,
                    },
                ))
            }
            0 => {
                let place = words.place(word)?;
                let other = until(|| {
                    words
                        .draft(place, rules, Want::Gold, 2, rng)
                        .filter(|other| other.behaviour != behaviour)
                })?;
                let body = write(&other.chain, Style::draw(rng), rng);
                Some((
                    RowKind::AliasOracle,
                    Solved {
                        spec: other.spec,
                        body,
                    },
                ))
            }
            1 => Some((
                RowKind::AliasRandom,
                unrelated(Some((word, op)), None, rules, rng),
            )),
            _ => None,
        };
        let (kind, exemplar) = exemplar.map_or((RowKind::Alias, None), |(k, e)| (k, Some(e)));
        Some(Row::shown(kind, &shown, exemplar.as_ref()))
    }

    fn ambiguous(&self, rng: &mut impl Rng) -> Option<Row> {
        let eight = rng.random_bool(share(self.config.eight_way));
        let draft = self
            .family
            .draft(if eight { 3 } else { 2 }, Want::Gold, rng)?;
        let task = task(draft, rng);
        let wrong = rng.random_range(0..task.wrong.len().max(1));
        let told = rng.random_bool(share(self.config.feedback));
        let feedback = if told {
            task.synthetic_feedback(wrong)
        } else {
            None
        };
        let kind = match (eight, feedback.is_some()) {
            (true, true) => RowKind::EightWayFeedback,
            (true, false) => RowKind::EightWay,
            (false, true) => RowKind::BinaryFeedback,
            (false, false) => RowKind::Binary,
        };
        let answer = if feedback.is_some() {
            task.repaired.get(wrong)
        } else {
            task.gold.first()
        };
        let tokens = task.prompt_with(None, feedback.as_ref());
        Some(Row::new(kind, &task, tokens, answer))
    }
}

impl Row {
    fn empty() -> Self {
        let tokens = vec![TokenId::BOS, TokenId::EOS];
        Self {
            kind: RowKind::Plain,
            tokens,
            answer_start: 1,
            behaviour: String::new(),
        }
    }

    fn new(
        kind: RowKind,
        task: &Task,
        mut tokens: Vec<TokenId>,
        answer: Option<&Vec<TokenId>>,
    ) -> Self {
        let answer_start = tokens.len();
        tokens.extend(answer.into_iter().flatten());
        tokens.push(TokenId::EOS);
        Self {
            kind,
            tokens,
            answer_start,
            behaviour: task.behaviour.clone(),
        }
    }

    /// A row that answers with the task's own program, after an exemplar.
    fn shown(kind: RowKind, task: &Task, exemplar: Option<&Solved>) -> Self {
        let tokens = task.prompt_with(exemplar.map(Solved::pair), None);
        Self::new(kind, task, tokens, task.gold.first())
    }
}

fn task(draft: Draft, rng: &mut impl Rng) -> Task {
    draft.finish(Split::Gold, String::new(), "", rng)
}

/// A share of a configuration as a probability.
fn share(p: f64) -> f64 {
    if p.is_finite() {
        p.clamp(0.0, 1.0)
    } else {
        0.0
    }
}
