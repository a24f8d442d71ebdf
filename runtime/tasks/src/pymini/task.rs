use std::collections::BTreeMap;

use falcon_episode::{Call, Files, HeldOut, MemoryItem, MemoryQuery, Submission, Tests, Value};

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::{
    behaviour::Behaviour,
    chain::Chain,
    forms,
    inputs::{Case, Cases},
    primitive::{Op, Primitive},
    prompt,
    render::{Program, program_text, render},
    seed::generator,
    token::TokenId,
    value_text::MAX_VALUE,
    vocabulary::vocabulary,
};

/// Tokens of a body with its [`TokenId::EOS`]: the cap on generation.
pub const MAX_BODY: usize = 64;
/// Tokens of a prompt without memory.
pub const MAX_PROMPT: usize = 64;
/// Words of an exemplar's specification that are shown.
pub(crate) const MAX_SPEC: usize = 20;
/// Tokens that memory may add to a prompt: an exemplar and a failed attempt, at their longest.
pub const MAX_MEMORY: usize = (2 + MAX_SPEC + MAX_BODY) + (4 + MAX_BODY + 3 * MAX_VALUE);
/// Tokens of the longest prompt with exemplar and feedback, and an answer.
pub const MAX_CONTEXT: usize = MAX_MEMORY + MAX_PROMPT + MAX_BODY;

/// What a task is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Split {
    /// Supervised: its program may be shown.
    Gold,
    /// Reinforcement learning and memory: nothing but its tests.
    Pool,
    /// Stops the warm start: behaviours that the gold set never shows, none of a test set.
    Validation,
    /// Test: held-out behaviours of trained pairs.
    Iid,
    /// Test: held-out behaviours with held-out pairs.
    Composition,
    /// Test: private words.
    Alias,
    /// Test: specifications that leave a choice open.
    Ambiguous,
}

impl Split {
    /// The splits that are evaluated.
    pub const TESTS: [Self; 4] = [Self::Iid, Self::Composition, Self::Alias, Self::Ambiguous];

    /// The name used in every file FALCON writes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gold => "gold",
            Self::Pool => "pool",
            Self::Validation => "validation",
            Self::Iid => "iid",
            Self::Composition => "composition",
            Self::Alias => "alias",
            Self::Ambiguous => "ambiguous",
        }
    }

    /// Whether the split is held out for evaluation.
    #[must_use]
    pub fn is_test(self) -> bool {
        Self::TESTS.contains(&self)
    }
}

/// How a task's specification relates to what it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TaskFamily {
    /// It says it.
    Plain,
    /// It says one operation by a private word of the project.
    Alias,
    /// It leaves two readings open: whether a threshold is included.
    Binary,
    /// It leaves eight readings open: the value for an empty list.
    EightWay,
}

impl TaskFamily {
    /// The name used in every file FALCON writes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Alias => "alias",
            Self::Binary => "binary",
            Self::EightWay => "eight-way",
        }
    }
}

/// Which hidden tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// For reward and feedback.
    Feedback,
    /// For evaluation only.
    Scoring,
}

/// A specification, its tests and what is known of its solution.
#[derive(Clone, Debug)]
pub struct Task {
    /// Unique within a family seed: `iid-000012`, `pool-7-000031`.
    pub id: String,
    /// What it is for.
    pub split: Split,
    /// How its specification relates to what it asks.
    pub family: TaskFamily,
    /// The project whose private words it uses; empty but for alias tasks.
    pub project: String,
    /// Hash of the true function on probe inputs, 32 hex digits; the same in all families.
    pub behaviour: String,
    /// Operations composed, 1 to 3.
    pub depth: usize,
    /// The specification's words, without special tokens.
    pub spec: Vec<TokenId>,
    /// Shown in the prompt: three, one for alias tasks.
    pub examples: Vec<Call>,
    /// Six hidden tests for reward and feedback.
    pub feedback_tests: Vec<Call>,
    /// Eight hidden tests for evaluation only.
    pub scoring_tests: Vec<Call>,
    /// Bodies that solve it, without [`TokenId::EOS`], in distinct styles; the first is the drawn
    /// one. Empty for pool tasks.
    pub gold: Vec<Vec<TokenId>>,
    /// Bodies of the other readings of an ambiguous specification; else empty.
    pub wrong: Vec<Vec<TokenId>>,
    /// For each of `wrong`, the true reading written in the same style: the smallest repair.
    /// Empty for pool tasks.
    pub repaired: Vec<Vec<TokenId>>,
    /// The private word in the specification.
    pub alias: Option<TokenId>,
    pub(crate) meaning: Meaning,
}

/// What a task asks, as its generator knows it.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    pub(crate) chain: Chain,
    /// The operation behind the private word.
    pub(crate) alias: Option<Op>,
    /// For each of [`Task::wrong`]: the first feedback test it fails and what it returns there,
    /// nothing where it raises an error.
    pub(crate) failures: Vec<(usize, Option<Value>)>,
}

impl Task {
    /// The tests of one use.
    #[must_use]
    pub fn tests(&self, which: Which) -> &[Call] {
        match which {
            Which::Feedback => &self.feedback_tests,
            Which::Scoring => &self.scoring_tests,
        }
    }

    /// The whole program of a body, with the place of each token. Stops at [`TokenId::EOS`].
    #[must_use]
    pub fn program(&self, body: &[TokenId]) -> Program {
        render(body)
    }

    /// The text of [`program`](Self::program).
    #[must_use]
    pub fn program_text(&self, body: &[TokenId]) -> String {
        program_text(body)
    }

    /// A body on its way to the grader. `attempt` is 1 for the first on this task.
    #[must_use]
    pub fn submission(&self, body: &[TokenId], tests: Which, attempt: u32) -> Submission {
        Submission {
            task_id: self.id.clone(),
            split: self.split.name().to_owned(),
            language: LANGUAGE.to_owned(),
            prompt: vocabulary().decode(&self.prompt()),
            program: self.program_text(body),
            reference: self.gold.first().map(|body| self.program_text(body)),
            attempt,
            cheapest_fuel: None,
            tests: Tests::Calls {
                function: "f".to_owned(),
                calls: self.tests(tests).to_vec(),
            },
            files: Files::default(),
        }
    }

    /// A body on its way to long-term memory. `score` is the pass ratio that execution found,
    /// `feedback` what executing a failed attempt before it said.
    #[must_use]
    pub fn memory_item(&self, body: &[TokenId], feedback: &str, score: f64) -> MemoryItem {
        MemoryItem {
            task_id: self.id.clone(),
            behaviour: self.behaviour.clone(),
            project: self.project.clone(),
            family: self.family.name().to_owned(),
            language: LANGUAGE.to_owned(),
            prompt: vocabulary().decode(&self.spec),
            program: vocabulary().decode(prompt::until_end(body)),
            feedback: feedback.to_owned(),
            score,
            scores: BTreeMap::new(),
        }
    }

    /// The question to long-term memory for this task.
    #[must_use]
    pub fn memory_query(&self, limit: usize) -> MemoryQuery {
        MemoryQuery {
            task_id: self.id.clone(),
            behaviour: self.behaviour.clone(),
            project: self.project.clone(),
            family: self.family.name().to_owned(),
            language: LANGUAGE.to_owned(),
            prompt: vocabulary().decode(&self.spec),
            limit,
            evaluation: self.split.is_test(),
        }
    }

    /// What tells the task, so that memory never holds anything of it: as a test task it is known by.
    #[must_use]
    pub fn held_out(&self) -> HeldOut {
        let written = |body: &Vec<TokenId>| {
            let text = vocabulary().decode(prompt::until_end(body));
            [text, self.program_text(body)]
        };
        HeldOut {
            task_id: self.id.clone(),
            behaviour: self.behaviour.clone(),
            language: LANGUAGE.to_owned(),
            programs: self.gold.iter().flat_map(written).collect(),
        }
    }

    /// What the true function is composed of, in order, each with its number (0 where it takes none):
    /// to say which tasks are alike, never for training.
    #[must_use]
    pub fn operations(&self) -> Vec<(Primitive, i64)> {
        let ops = self.meaning.chain.ops().iter();
        ops.map(|op| (op.primitive, i64::from(op.n))).collect()
    }

    /// The specification with the examples of the prompt, as one text.
    #[must_use]
    pub fn text_with_examples(&self) -> String {
        let tokens = self.prompt();
        // Between the marks that begin a specification and end a prompt.
        vocabulary().decode(tokens.get(2..tokens.len() - 1).unwrap_or_default())
    }

    /// Bodies that solve the task, also where [`gold`](Self::gold) is withheld: for checks and
    /// for seeding a memory, never for training on pool tasks.
    #[must_use]
    pub fn solutions(&self) -> Vec<Vec<TokenId>> {
        if self.gold.is_empty() {
            forms::write_all(&self.meaning.chain, &mut generator(0, &self.id, 0))
        } else {
            self.gold.clone()
        }
    }
}

pub(crate) const LANGUAGE: &str = "python";

/// A task before it has a place in a set.
pub(crate) struct Draft {
    pub(crate) family: TaskFamily,
    pub(crate) chain: Chain,
    pub(crate) behaviour: Behaviour,
    pub(crate) spec: Vec<TokenId>,
    pub(crate) cases: Cases,
    pub(crate) alias: Option<(TokenId, Op)>,
    pub(crate) readings: Vec<Chain>,
}

impl Draft {
    /// Whether its prompt keeps within [`MAX_PROMPT`].
    pub(crate) fn fits(&self) -> bool {
        let values = self
            .cases
            .examples
            .iter()
            .flat_map(|(input, output)| [input, output]);
        let value = |datum: &super::datum::Datum| datum.kind().map_or(1, |_| datum.length() + 2);
        3 + self.spec.len() + values.map(|datum| 1 + value(datum)).sum::<usize>() <= MAX_PROMPT
    }

    /// Gives it a place, and writes its programs.
    pub(crate) fn finish(
        self,
        split: Split,
        id: String,
        project: &str,
        rng: &mut impl rand::Rng,
    ) -> Task {
        let calls = |cases: &[Case]| -> Vec<Call> {
            let call = |(input, output): &Case| Call {
                arguments: vec![input.value()],
                expected: output.value(),
            };
            cases.iter().map(call).collect()
        };
        let hidden = split == Split::Pool;
        let gold = if hidden {
            Vec::new()
        } else {
            forms::write_all(&self.chain, rng)
        };
        let (mut wrong, mut repaired) = (Vec::new(), Vec::new());
        for reading in &self.readings {
            let (style, seed) = (forms::Style::draw(rng), rng.random());
            // The same choices for both, so that they differ in the reading alone.
            let write = |chain| forms::write(chain, style, &mut ChaCha8Rng::seed_from_u64(seed));
            wrong.push(write(reading));
            if !hidden {
                repaired.push(write(&self.chain));
            }
        }
        let failures = self.readings.iter().filter_map(|reading| {
            let outputs = self
                .cases
                .feedback
                .iter()
                .map(|(input, want)| (reading.call(input), want));
            let mut failed = outputs
                .enumerate()
                .filter(|(_, (got, want))| *got != Some(**want));
            failed
                .next()
                .map(|(i, (got, _))| (i, got.map(|datum| datum.value())))
        });
        let failures = failures.collect();
        Task {
            id,
            split,
            family: self.family,
            project: project.to_owned(),
            behaviour: self.behaviour.to_string(),
            depth: self.chain.ops().len(),
            spec: self.spec,
            examples: calls(&self.cases.examples),
            feedback_tests: calls(&self.cases.feedback),
            scoring_tests: calls(&self.cases.scoring),
            gold,
            wrong,
            repaired,
            alias: self.alias.map(|(word, _)| word),
            meaning: Meaning {
                chain: self.chain,
                alias: self.alias.map(|(_, op)| op),
                failures,
            },
        }
    }
}
