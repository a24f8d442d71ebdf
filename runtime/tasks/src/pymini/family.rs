use std::{collections::HashSet, sync::Arc};

use rand::Rng;

use super::{
    alias::{Project, TASKS_PER_PROJECT, Words, until},
    ambiguous,
    behaviour::Behaviour,
    chain::Chain,
    forms::{Style, write},
    mixture::{Mixture, MixtureConfig},
    plain::{self, Want},
    primitive::Op,
    seed::generator,
    split::Rules,
    task::{Draft, Split, Task},
    token::TokenId,
};

/// The PyMini family under one seed.
///
/// The seed decides gold sets, pools and mixtures. Splits and test sets are the same under every
/// seed, so that runs with different seeds are compared on the same frozen tests.
#[derive(Clone, Debug)]
pub struct Family {
    pub(crate) seed: u64,
    pub(crate) rules: Arc<Rules>,
}

/// Weights of the families in a pool; they need not sum to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PoolShares {
    /// Plain tasks.
    pub plain: f64,
    /// Alias tasks, eight of each project.
    pub alias: f64,
    /// Ambiguous tasks with two readings.
    pub binary: f64,
    /// Ambiguous tasks with eight readings.
    pub eight_way: f64,
}

impl Default for PoolShares {
    fn default() -> Self {
        Self {
            plain: 0.6,
            alias: 0.2,
            binary: 0.05,
            eight_way: 0.15,
        }
    }
}

/// A solved item as it stands before a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solved {
    /// The specification's words.
    pub spec: Vec<TokenId>,
    /// The body, without [`TokenId::EOS`].
    pub body: Vec<TokenId>,
}

impl Solved {
    /// In the form that [`Task::prompt_with`] takes.
    #[must_use]
    pub fn pair(&self) -> (&[TokenId], &[TokenId]) {
        (&self.spec, &self.body)
    }
}

impl Family {
    /// The family under a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            rules: Rules::shared(),
        }
    }

    /// Plain tasks with their programs. The first tasks of a larger set are the smaller set.
    #[must_use]
    pub fn gold_set(&self, n: usize) -> Vec<Task> {
        self.plain_set(Split::Gold, Want::Gold, n)
    }

    /// Plain tasks as the `iid` test has them, but of behaviours that belong to the pool's side:
    /// to stop a warm start by, without looking at a test.
    #[must_use]
    pub fn validation_set(&self, n: usize) -> Vec<Task> {
        self.plain_set(Split::Validation, Want::Validation, n)
    }

    fn plain_set(&self, split: Split, want: Want, n: usize) -> Vec<Task> {
        let task = |i| {
            let mut rng = generator(self.seed, split.name(), i);
            let draft = self.draft(0, want, &mut rng)?;
            let id = format!("{}-{}-{i:06}", split.name(), self.seed);
            Some(draft.finish(split, id, "", &mut rng))
        };
        (0..n as u64).filter_map(task).collect()
    }

    /// Tasks without programs, families mixed by their shares. The first tasks of a larger pool
    /// are the smaller pool.
    #[must_use]
    pub fn train_pool(&self, n: usize, shares: PoolShares) -> Vec<Task> {
        let weights = [shares.plain, shares.alias, shares.binary, shares.eight_way];
        let (mut tasks, mut in_projects) = (Vec::with_capacity(n), 0);
        for i in 0..n as u64 {
            let mut rng = generator(self.seed, "pool", i);
            let family = weighted(&weights, &mut rng);
            let mut project = String::new();
            let draft = match family {
                1 => {
                    project = format!("pool-{}-{}", self.seed, in_projects / TASKS_PER_PROJECT);
                    in_projects += 1;
                    self.pool_alias(&project, &mut rng)
                }
                _ => self.draft(family, Want::Pool, &mut rng),
            };
            let id = format!("pool-{}-{i:06}", self.seed);
            tasks.extend(draft.map(|d| d.finish(Split::Pool, id, &project, &mut rng)));
        }
        tasks
    }

    /// A task of a family (0 plain, 2 binary, 3 eight-way) of a depth as training has it.
    pub(crate) fn draft(&self, family: usize, want: Want, rng: &mut impl Rng) -> Option<Draft> {
        let depth = match family {
            2 => 1 + weighted(&[0.3, 0.5, 0.2], rng),
            3 => 2 + weighted(&[0.7, 0.3], rng),
            _ => 1 + weighted(&plain::DEPTHS, rng),
        };
        // A behaviour of one operation is on no side.
        let depth = if family == 0 && want == Want::Validation {
            depth.max(2)
        } else {
            depth
        };
        until(|| self.draw(family, want, depth, rng))
    }

    fn draw(&self, family: usize, want: Want, depth: usize, rng: &mut impl Rng) -> Option<Draft> {
        match family {
            2 => ambiguous::binary(&self.rules, want, depth, rng),
            3 => ambiguous::eight_way(&self.rules, want, depth, rng),
            _ => plain::draft(&self.rules, want, depth, rng),
        }
    }

    fn pool_alias(&self, project: &str, rng: &mut impl Rng) -> Option<Draft> {
        let words = Words::of_project(project)?;
        let depth = alias_depth(rng);
        until(|| words.draft_any(&self.rules, Want::Pool, depth, rng))
    }

    /// A test set; empty for a split that is no test. Behaviours are unique in it (in `alias`:
    /// within a project). `alias` has eight tasks of each project; `ambiguous` alternates between
    /// eight and two readings.
    #[must_use]
    pub fn test_set(&self, split: Split, n: usize) -> Vec<Task> {
        match split {
            Split::Iid => self.held_out(split, &[(0, Want::Iid)], n),
            Split::Composition => self.held_out(split, &[(0, Want::Composition)], n),
            Split::Ambiguous => self.held_out(split, &[(3, Want::Iid), (2, Want::Iid)], n),
            Split::Alias => self
                .projects(n)
                .into_iter()
                .flat_map(|p| p.tasks)
                .take(n)
                .collect(),
            Split::Gold | Split::Pool | Split::Validation => Vec::new(),
        }
    }

    /// Families in turn. Depth 2 and 3 in training's proportion, until one has no new behaviour
    /// left in a family.
    fn held_out(&self, split: Split, families: &[(usize, Want)], n: usize) -> Vec<Task> {
        let (mut tasks, mut seen) = (Vec::with_capacity(n), HashSet::new());
        let mut weights = vec![[plain::DEPTHS[1], plain::DEPTHS[2]]; families.len()];
        for i in 0..n as u64 {
            let mut rng = generator(FROZEN, split.name(), i);
            let turn = tasks.len() % families.len();
            let (family, want) = families[turn];
            let mut draft = None;
            while draft.is_none() && weights[turn] != [0.0; 2] {
                let depth = weighted(&weights[turn], &mut rng);
                draft = (0..NOVELTY_DRAWS).find_map(|_| {
                    self.draw(family, want, 2 + depth, &mut rng)
                        .filter(|draft| !seen.contains(&draft.behaviour))
                });
                if draft.is_none() {
                    weights[turn][depth] = 0.0;
                }
            }
            let Some(draft) = draft else { break };
            seen.insert(draft.behaviour);
            tasks.push(draft.finish(split, test_id(split, i), "", &mut rng));
        }
        tasks
    }

    /// The projects of an alias test of this many tasks, with their memory banks.
    #[must_use]
    pub fn projects(&self, tasks: usize) -> Vec<Project> {
        let wanted = tasks.div_ceil(TASKS_PER_PROJECT);
        // Words that take part in too few held-out behaviours make no project.
        let candidates = (0..MOST_PROJECTS).filter_map(|i| self.project(i));
        candidates.take(wanted).collect()
    }

    fn project(&self, index: u64) -> Option<Project> {
        let name = format!("test-{index}");
        let words = Words::of_project(&name)?;
        let (mut tasks, mut seen) = (Vec::with_capacity(TASKS_PER_PROJECT), HashSet::new());
        for i in 0..TASKS_PER_PROJECT as u64 {
            let i = index * TASKS_PER_PROJECT as u64 + i;
            let mut rng = generator(FROZEN, Split::Alias.name(), i);
            let draft = (0..NOVELTY_DRAWS).find_map(|_| {
                words
                    .draft_any(&self.rules, Want::Iid, 2, &mut rng)
                    .filter(|draft| !seen.contains(&draft.behaviour))
            })?;
            seen.insert(draft.behaviour);
            tasks.push(draft.finish(Split::Alias, test_id(Split::Alias, i), &name, &mut rng));
        }
        let bank = words.bank(&name, &self.rules);
        Some(Project { name, tasks, bank })
    }

    /// Solved tasks of a project, of a test or of a pool; empty for no project.
    #[must_use]
    pub fn bank(&self, project: &str) -> Vec<Task> {
        Words::of_project(project).map_or_else(Vec::new, |w| w.bank(project, &self.rules))
    }

    /// The best that memory could show: one line that discloses the task's private word. Nothing
    /// for a task without one.
    #[must_use]
    pub fn oracle_exemplar(&self, task: &Task) -> Option<Solved> {
        let (word, op) = (task.alias?, task.meaning.alias?);
        let mut rng = generator(FROZEN, "oracle", fingerprint(task));
        let chain = Chain::new(task.meaning.chain.kind, &[op]);
        Some(Solved {
            spec: vec![word],
            body: write(&chain, Style::draw(&mut rng), &mut rng),
        })
    }

    /// A solved item of another project that neither knows the task's private word nor does what
    /// it means, as long as the oracle's where that can be had: the control for a longer prompt.
    #[must_use]
    pub fn random_exemplar(&self, task: &Task) -> Solved {
        let mut rng = generator(FROZEN, "random exemplar", fingerprint(task));
        let length = self.oracle_exemplar(task).map(|oracle| oracle.body.len());
        let alias = task.alias.zip(task.meaning.alias);
        unrelated(alias, length, &self.rules, &mut rng)
    }

    /// [`Family::random_exemplar`] under the task's own private word, where it has one, as if the word had meant that once: what a
    /// memory would hold that nobody refreshed since the word changed.
    #[must_use]
    pub fn outdated_exemplar(&self, task: &Task) -> Option<Solved> {
        let spec = vec![task.alias?];
        let body = self.random_exemplar(task).body;
        Some(Solved { spec, body })
    }

    /// The stream of supervised rows.
    #[must_use]
    pub fn mixture(&self, config: MixtureConfig) -> Mixture {
        Mixture::new(self.clone(), config)
    }
}

/// Draws for a behaviour that a test set lacks, before its depth counts as exhausted.
const NOVELTY_DRAWS: usize = 20_000;
/// Candidates for projects of a test.
const MOST_PROJECTS: u64 = 10_000;
/// Test sets do not depend on a run's seed.
const FROZEN: u64 = 1;

fn test_id(split: Split, index: u64) -> String {
    format!("{}-{index:06}", split.name())
}

/// Depth 1 with 25 %, else 2.
pub(crate) fn alias_depth(rng: &mut impl Rng) -> usize {
    if rng.random_bool(0.25) { 1 } else { 2 }
}

/// An index drawn by weight; the last where all weights are 0.
pub(crate) fn weighted(weights: &[f64], rng: &mut impl Rng) -> usize {
    let total: f64 = weights.iter().sum();
    let mut left = rng.random::<f64>() * total;
    let chosen = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    chosen.unwrap_or(weights.len() - 1)
}

/// A single operation under a word of a fresh project that neither has the alias's word nor does
/// what it means, the nearest in body length of a few.
pub(crate) fn unrelated(
    alias: Option<(TokenId, Op)>,
    length: Option<usize>,
    rules: &Rules,
    rng: &mut impl Rng,
) -> Solved {
    let mut best: Option<Solved> = None;
    let distance = |item: &Solved| length.map_or(0, |n| item.body.len().abs_diff(n));
    for _ in 0..UNRELATED_DRAWS {
        let words = Words::draw(rng);
        if alias.is_some_and(|(word, _)| words.has(word)) {
            continue;
        }
        let draft = until(|| words.draft_any(rules, Want::Trained, 1, rng));
        let Some(draft) = draft else { continue };
        // Items as long as the oracle's often do the same, and would disclose what the word means.
        let same = |op: Op| {
            let alone = Chain::new(draft.chain.kind, &[op]);
            draft.behaviour == Behaviour::of(&alone)
                || draft
                    .chain
                    .ops()
                    .iter()
                    .any(|o| o.primitive == op.primitive)
        };
        if alias.is_some_and(|(_, op)| same(op)) {
            continue;
        }
        let body = write(&draft.chain, Style::draw(rng), rng);
        let item = Solved {
            spec: draft.spec,
            body,
        };
        if best
            .as_ref()
            .is_none_or(|best| distance(&item) < distance(best))
        {
            best = Some(item);
        }
        if best.as_ref().is_some_and(|best| distance(best) == 0) {
            break;
        }
    }
    best.unwrap_or(Solved {
        spec: Vec::new(),
        body: Vec::new(),
    })
}

const UNRELATED_DRAWS: usize = 64;

/// A number for a task, by its id.
fn fingerprint(task: &Task) -> u64 {
    let digest = falcon_episode::Digest::of(task.id.as_bytes());
    digest
        .bytes()
        .iter()
        .take(8)
        .fold(0, |all, &byte| all << 8 | u64::from(byte))
}
