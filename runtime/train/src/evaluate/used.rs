//! What showing an item is worth, apart from whether the right one is found.
//!
//! For each arm (a memory under a policy, or a control) and the same tasks, samples and seeds without anything shown:
//! the change of pass@1, the change of the log-probability of a program that passes, and the *harm rate*, the share of tasks
//! whose greedy program passes without the item and fails with it. On `alias` an item can help; on `iid` nothing in
//! memory can, so what an arm loses there is what showing something costs.
//!
//! Alias tasks come in rounds, one of each project: after a round memory is told what its items were worth, by the
//! feedback tests, so a task is measured with what was learnt from those before it alone.

use std::collections::BTreeMap;

use falcon_episode::{Episode, Grader, HeldOut, LongTermMemory, MemoryAsk};
use falcon_tasks::{Family, Solved, Split, Task, TokenId, Which};
use serde::{Deserialize, Serialize};

use super::{Bench, EvalRequest, Shown, admit_solved, saved::load_pymini};
use crate::{
    Tokenizer, TrainError, encoder,
    grade::{Attempt, grade_without_fault, passed, reward},
    model::{Answer, Policy, Unit, gradient},
    random,
    statistics::{Difference, Pair, paired_difference, wilson_interval},
    task,
};

/// What is compared.
pub struct Arm<'a> {
    /// The policy's or the control's name.
    pub name: String,
    /// Where its exemplars come from.
    pub shows: Shows<'a>,
}

/// Where an arm's exemplars come from.
pub enum Shows<'a> {
    /// A memory, empty at first: it is offered the test projects' earlier solved tasks.
    Memory(&'a dyn LongTermMemory),
    /// A solved task of no project of the test, of like length.
    Random,
    /// The same under the task's private word, as if that had been its meaning once.
    Outdated,
    /// The line that discloses the task's private word.
    Oracle,
}

/// What an arm did on a split. Intervals are 95 %.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UseRow {
    /// `alias` or `iid`.
    pub split: String,
    /// The arm.
    pub arm: String,
    /// Tasks.
    pub tasks: usize,
    /// Share of tasks that were shown an item.
    pub shown: f64,
    /// Share of tasks whose item has the task's private word; none where tasks have none.
    pub disclosed: Option<f64>,
    /// Mean share of samples that pass.
    pub pass_at_1: f64,
    /// Points of pass@1 above nothing shown.
    pub gain: f64,
    /// Its interval.
    pub gain_ci95: [f64; 2],
    /// Change of the log-probability of a passing program, in nats a program.
    pub log_probability: f64,
    /// Its interval.
    pub log_probability_ci95: [f64; 2],
    /// Tasks whose greedy program passes with nothing shown.
    pub solved: usize,
    /// Of those, how many fail with the item.
    pub harmed: usize,
    /// Tasks whose greedy program fails with nothing shown and passes with the item.
    pub helped: usize,
    /// `harmed / solved`; none where nothing is solved without.
    pub harm_rate: Option<f64>,
    /// Its interval (Wilson's, tasks taken as independent).
    pub harm_ci95: Option<[f64; 2]>,
}

/// A task's items as they are shown: the id is for memory, empty for a control's.
type Item = Option<(String, Vec<TokenId>, Vec<TokenId>)>;

/// Measures each arm on `alias` and `iid`.
///
/// # Errors
/// Where the model cannot be read, or grading or a memory fail.
pub fn measure_use(
    request: &EvalRequest<'_>,
    tasks: usize,
    arms: &[Arm<'_>],
    grader: &dyn Grader,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<UseRow>, TrainError> {
    let (policy, config) = load_pymini(request.model)?;
    let family = Family::new(request.seed);
    let projects = family.projects(tasks);
    let mut alias: Vec<(usize, Task)> = Vec::new();
    for project in &projects {
        alias.extend(project.tasks.iter().cloned().enumerate());
    }
    alias.truncate(tasks);
    let iid = family.test_set(Split::Iid, tasks);
    let of_iid = iid.iter().chain(alias.iter().map(|(_, task)| task));
    let held_out: Vec<HeldOut> = of_iid.map(Task::held_out).collect();
    let bank = projects.iter().flat_map(|it| it.bank.clone());
    let bank: Vec<task::Task> = bank.map(task::Task::from).collect();
    let measure = Measure {
        bench: Bench {
            policy: &policy,
            grader,
            samples: request.samples,
            temperature: request.temperature,
            draws: config.evaluation.draws,
            seed: request.seed,
            memory: None,
        },
        family: &family,
        budget: config.memory.budget,
    };
    tell("measuring without memory");
    let rounds = in_rounds(&alias);
    let alone = measure.alone(&rounds)?;
    let alone_iid = measure.alone(std::slice::from_ref(&iid))?;
    let mut rows = Vec::new();
    for arm in arms {
        tell(&format!("measuring {}", arm.name));
        if let Shows::Memory(memory) = arm.shows {
            let guarded = memory.guard(&held_out);
            guarded.map_err(TrainError::infrastructure("guarding memory"))?;
            let said = encoder::compare_by(&policy, &config.memory, memory)?;
            said.iter().for_each(|said| tell(said));
            admit_solved(grader, &bank, memory)?;
        }
        let with = measure.rounds(&rounds, &arm.shows, &alone)?;
        rows.push(row("alias", arm, &alone, &with, measure.bench.draws));
        // A plain task has no word to tell.
        if !matches!(arm.shows, Shows::Oracle | Shows::Outdated) {
            let iid = std::slice::from_ref(&iid);
            let with = measure.rounds(iid, &arm.shows, &alone_iid)?;
            rows.push(row("iid", arm, &alone_iid, &with, measure.bench.draws));
        }
    }
    Ok(rows)
}

/// The tasks by their place in their project.
fn in_rounds(tasks: &[(usize, Task)]) -> Vec<Vec<Task>> {
    let mut rounds: BTreeMap<usize, Vec<Task>> = BTreeMap::new();
    for (place, task) in tasks {
        rounds.entry(*place).or_default().push(task.clone());
    }
    rounds.into_values().collect()
}

/// What came of one task.
struct Told {
    cluster: String,
    shown: bool,
    disclosed: Option<bool>,
    /// Share of samples that pass the scoring tests.
    rate: f64,
    greedy: bool,
    /// Of the first gold program, in nats.
    log_probability: f64,
    /// Mean reward of the samples on the feedback tests.
    reward: f64,
}

struct Measure<'a> {
    bench: Bench<'a>,
    family: &'a Family,
    budget: u32,
}

impl Measure<'_> {
    /// Measures all rounds with nothing shown.
    fn alone(&self, rounds: &[Vec<Task>]) -> Result<Vec<Told>, TrainError> {
        let nothing = |tasks: &Vec<Task>| self.round(tasks, &vec![None; tasks.len()]);
        let all = rounds.iter().map(nothing).collect::<Result<Vec<_>, _>>()?;
        Ok(all.into_iter().flatten().collect())
    }

    /// Measures all rounds with what is shown; a memory learns after each, against what came `alone`.
    fn rounds(
        &self,
        rounds: &[Vec<Task>],
        shows: &Shows<'_>,
        alone: &[Told],
    ) -> Result<Vec<Told>, TrainError> {
        let mut all = Vec::new();
        for tasks in rounds {
            let items = self.items(tasks, shows)?;
            let told = self.round(tasks, &items)?;
            if let Shows::Memory(memory) = shows {
                let alone = &alone[all.len()..][..tasks.len()];
                let group = alone.iter().map(|told| told.reward).sum::<f64>();
                let group = group / alone.len().max(1) as f64;
                let used = tasks.iter().zip(&items).zip(&told);
                // What is shown for a task without a project tells nothing of the item.
                let used = used.filter(|((task, _), _)| !task.project.is_empty());
                let used: Vec<(String, f64, f64)> = used
                    .filter_map(|((_, item), told)| {
                        Some((item.as_ref()?.0.clone(), told.reward, group))
                    })
                    .collect();
                if !used.is_empty() {
                    let learnt = memory.feedback(&used);
                    learnt.map_err(TrainError::infrastructure("updating memory's utilities"))?;
                }
            }
            all.extend(told);
        }
        Ok(all)
    }

    fn items(&self, tasks: &[Task], shows: &Shows<'_>) -> Result<Vec<Item>, TrainError> {
        let control = |solved: Solved| (String::new(), solved.spec, solved.body);
        Ok(match shows {
            Shows::Random => {
                let random = |task| Some(control(self.family.random_exemplar(task)));
                tasks.iter().map(random).collect()
            }
            Shows::Outdated => {
                let outdated = |task| self.family.outdated_exemplar(task).map(control);
                tasks.iter().map(outdated).collect()
            }
            Shows::Oracle => {
                let oracle = |task| self.family.oracle_exemplar(task).map(control);
                tasks.iter().map(oracle).collect()
            }
            Shows::Memory(memory) => {
                let ask = |task: &Task| MemoryAsk {
                    query: task.memory_query(1),
                    attempts: Vec::new(),
                    limit: 0,
                    budget: self.budget,
                };
                let asks: Vec<MemoryAsk> = tasks.iter().map(ask).collect();
                let cost =
                    |words: &str, program: &str| Tokenizer::Pymini.exemplar_cost(words, program);
                let found = memory.compose(&asks, &cost);
                let found = found.map_err(TrainError::infrastructure("asking long-term memory"))?;
                let item = |found: falcon_episode::MemoryContext| {
                    let first = found.exemplars.into_iter().next()?;
                    let (spec, body) = Tokenizer::Pymini.exemplar(&first)?;
                    Some((first.id, spec, body))
                };
                found.into_iter().map(item).collect()
            }
        })
    }

    /// Samples, greedy program and log-probability of each task, with its item.
    fn round(&self, tasks: &[Task], items: &[Item]) -> Result<Vec<Told>, TrainError> {
        let shown: Vec<Shown> = items
            .iter()
            .map(|item| {
                item.as_ref()
                    .map(|(_, spec, body)| (spec.clone(), body.clone()))
            })
            .collect();
        let whole: Vec<task::Task> = tasks.iter().cloned().map(task::Task::from).collect();
        let written = self.bench.first_attempts(&whole, &shown)?;
        let attempts: Vec<Attempt<'_>> = whole
            .iter()
            .zip(&written)
            .flat_map(|(task, written)| {
                written.programs.iter().map(|last| Attempt {
                    task,
                    body: last.program.body(),
                    finished: last.program.finished,
                    number: 1,
                })
            })
            .collect();
        let grade = |which| grade_without_fault(self.bench.grader, &attempts, which);
        let (scored, fed) = (grade(Which::Scoring)?, grade(Which::Feedback)?);
        let each = self.bench.samples + 1;
        let results = scored.chunks(each).zip(fed.chunks(each));
        let of = tasks
            .iter()
            .zip(&whole)
            .map(|(task, it)| (task, it.cluster()));
        let places = of.zip(items).zip(&written).zip(results);
        Ok(places
            .map(|((((task, cluster), item), written), (scored, fed))| {
                let (samples, greedy) = scored.split_at(self.bench.samples);
                let count = samples.len().max(1) as f64;
                let right = samples.iter().filter(|one| passed(one.as_ref())).count();
                let rewards = fed[..self.bench.samples].iter();
                let reward = |one: &Option<Episode>| reward(one.as_ref()).unwrap_or(0.0);
                let has = |word| {
                    item.as_ref()
                        .is_some_and(|(_, spec, _)| spec.contains(&word))
                };
                Told {
                    cluster,
                    shown: item.is_some(),
                    disclosed: task.alias.map(has),
                    rate: right as f64 / count,
                    greedy: greedy.iter().any(|one| passed(one.as_ref())),
                    log_probability: self.gold(task, &written.prompt),
                    reward: rewards.map(reward).sum::<f64>() / count,
                }
            })
            .collect())
    }

    /// The log-probability of the task's first gold program after a prompt, in nats.
    fn gold(&self, task: &Task, prompt: &[TokenId]) -> f64 {
        let Some(body) = task.gold.first() else {
            return 0.0;
        };
        let answer = [body, &[TokenId::EOS][..]].concat();
        log_probability(self.bench.policy, prompt, answer)
    }
}

fn log_probability(policy: &Policy, prompt: &[TokenId], answer: Vec<TokenId>) -> f64 {
    let unit = Unit {
        prompt: prompt.to_vec(),
        answers: vec![Answer::even(answer, 1.0)],
    };
    gradient(policy, &[unit]).log_probability
}

fn row(split: &str, arm: &Arm<'_>, alone: &[Told], with: &[Told], draws: usize) -> UseRow {
    let n = with.len().max(1) as f64;
    let share = |of: fn(&Told) -> bool| with.iter().filter(|told| of(told)).count() as f64 / n;
    let difference = |value: fn(&Told) -> f64| -> Difference {
        let pairs = with.iter().zip(alone).map(|(with, alone)| Pair {
            seed: 0,
            cluster: with.cluster.clone(),
            with: value(with),
            without: value(alone),
        });
        let pairs: Vec<Pair> = pairs.collect();
        let mut rng = random::stream(0, "interval of use", 0);
        paired_difference(&pairs, draws, &mut rng)
    };
    let gain = difference(|told| told.rate);
    let log_probability = difference(|told| told.log_probability);
    let both = || with.iter().zip(alone);
    let count = |of: fn(bool, bool) -> bool| {
        both()
            .filter(|(with, alone)| of(with.greedy, alone.greedy))
            .count()
    };
    let solved = count(|_, alone| alone);
    let harmed = count(|with, alone| alone && !with);
    UseRow {
        split: split.to_owned(),
        arm: arm.name.clone(),
        tasks: with.len(),
        shown: share(|told| told.shown),
        disclosed: with
            .iter()
            .any(|told| told.disclosed.is_some())
            .then(|| share(|told| told.disclosed == Some(true))),
        pass_at_1: with.iter().map(|told| told.rate).sum::<f64>() / n,
        gain: 100.0 * gain.mean,
        gain_ci95: gain.interval.map(|end| 100.0 * end),
        log_probability: log_probability.mean,
        log_probability_ci95: log_probability.interval,
        solved,
        harmed,
        helped: count(|with, alone| with && !alone),
        harm_rate: (solved > 0).then(|| harmed as f64 / solved as f64),
        harm_ci95: (solved > 0).then(|| wilson_interval(harmed, solved)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rate: f64, greedy: bool) -> Told {
        Told {
            cluster: String::new(),
            shown: true,
            disclosed: None,
            rate,
            greedy,
            log_probability: 0.0,
            reward: 0.0,
        }
    }

    #[test]
    fn harm_is_counted_over_what_is_solved_without() {
        let of =
            |solved: &[bool]| -> Vec<Told> { solved.iter().map(|one| told(0.5, *one)).collect() };
        let arm = Arm {
            name: "one".to_owned(),
            shows: Shows::Random,
        };
        let row = |alone: &[bool], with: &[bool]| row("iid", &arm, &of(alone), &of(with), 100);
        let found = row(
            &[true, true, true, true, false, false],
            &[true, false, true, true, true, false],
        );
        assert_eq!((found.solved, found.harmed, found.helped), (4, 1, 1));
        assert_eq!(found.harm_rate, Some(0.25));
        // Of four one says little.
        let [low, high] = found.harm_ci95.unwrap();
        assert!(
            (low - 0.0456).abs() < 1e-4 && (high - 0.6994).abs() < 1e-4,
            "{low} {high}"
        );
        let none = row(&[false, false], &[true, false]);
        assert_eq!((none.harm_rate, none.harm_ci95), (None, None));
    }
}
