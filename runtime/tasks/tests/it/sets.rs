//! Sets: determinism, splits, sizes.

use std::collections::{HashMap, HashSet};

use falcon_tasks::{
    Family, MAX_BODY, MAX_CONTEXT, MAX_PROMPT, MixtureConfig, PoolShares, RowKind, Split, Task,
    TaskFamily, TokenId, value_tokens,
};

use super::tasks;

fn test_behaviours(family: &Family) -> HashSet<String> {
    let splits = Split::TESTS.into_iter();
    splits
        .flat_map(|split| family.test_set(split, 200))
        .map(|task| task.behaviour)
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_tasks_and_another_seed_others() {
    let text = |tasks: &[Task]| format!("{tasks:?}");
    let (one, same, other) = (Family::new(5), Family::new(5), Family::new(6));
    let shares = PoolShares::default();
    assert_eq!(text(&one.gold_set(20)), text(&same.gold_set(30)[..20]));
    assert_eq!(
        text(&one.train_pool(20, shares)),
        text(&same.train_pool(30, shares)[..20])
    );
    assert_ne!(text(&one.gold_set(20)), text(&other.gold_set(20)));
    for split in Split::TESTS {
        assert_eq!(
            text(&one.test_set(split, 16)),
            text(&other.test_set(split, 24)[..16])
        );
    }
    let config = MixtureConfig {
        gold: 50,
        ..Default::default()
    };
    let (mixture, again, differs) = (
        one.mixture(config),
        same.mixture(config),
        other.mixture(config),
    );
    for i in (0..100).rev() {
        assert_eq!(mixture.row(i), again.row(i));
    }
    assert!((0..20).any(|i| mixture.row(i) != differs.row(i)));
}

#[test]
fn no_behaviour_of_a_test_is_ever_trained_on_or_remembered() {
    let family = Family::new(7);
    let tests = test_behaviours(&family);
    let mut trained: Vec<Task> = family.gold_set(2000);
    trained.extend(family.validation_set(300));
    trained.extend(family.train_pool(3000, PoolShares::default()));
    trained.extend(
        family
            .projects(160)
            .into_iter()
            .flat_map(|project| project.bank),
    );
    for task in &trained {
        assert!(!tests.contains(&task.behaviour), "{}", task.id);
    }
    let mixture = family.mixture(MixtureConfig {
        gold: 500,
        ..Default::default()
    });
    for i in 0..5000 {
        let row = mixture.row(i);
        assert!(!tests.contains(&row.behaviour), "row {i}");
    }
}

#[test]
fn a_composed_pool_behaviour_is_never_shown_with_its_program() {
    let family = Family::new(8);
    let gold: HashSet<String> = family
        .gold_set(3000)
        .into_iter()
        .map(|t| t.behaviour)
        .collect();
    let mixture = family.mixture(MixtureConfig {
        gold: 10,
        ..Default::default()
    });
    let rows: HashSet<String> = (0..3000).map(|i| mixture.row(i).behaviour).collect();
    let plain = PoolShares {
        plain: 1.0,
        alias: 0.3,
        binary: 0.3,
        eight_way: 0.3,
    };
    let pool = family.train_pool(2000, plain);
    let singles: HashSet<String> = pool
        .iter()
        .filter(|t| t.depth == 1)
        .map(|t| t.behaviour.clone())
        .collect();
    for task in pool
        .iter()
        .filter(|t| t.depth > 1 && !singles.contains(&t.behaviour))
    {
        // `add 2 then add 3` is `add 5`, which every side has.
        let text = task.program_text(&task.solutions()[0]);
        assert!(!shows(&gold, task), "{} {:?}\n{text}", task.id, task.family);
        assert!(!shows(&rows, task), "{} {:?}\n{text}", task.id, task.family);
    }

    fn shows(behaviours: &HashSet<String>, task: &Task) -> bool {
        behaviours.contains(&task.behaviour)
    }
}

#[test]
fn tests_of_a_split_have_behaviours_of_their_own() {
    let family = Family::new(0);
    for split in Split::TESTS {
        let tasks = family.test_set(split, 240);
        assert_eq!(tasks.len(), 240, "{}", split.name());
        let mut seen = HashSet::new();
        for task in &tasks {
            assert!(seen.insert((&task.project, &task.behaviour)), "{}", task.id);
            assert!(task.depth > 1 && task.split == split);
        }
    }
    let count = |family| {
        let tasks = Family::new(0).test_set(Split::Ambiguous, 100);
        tasks.iter().filter(|task| task.family == family).count()
    };
    assert_eq!(
        (count(TaskFamily::Binary), count(TaskFamily::EightWay)),
        (50, 50)
    );
}

#[test]
fn prompts_and_bodies_keep_their_limits() {
    let tasks = tasks();
    let plain = tasks.iter().filter(|task| task.family == TaskFamily::Plain);
    let lengths: Vec<usize> = plain.map(|task| task.prompt().len()).collect();
    let mean = lengths.iter().sum::<usize>() as f64 / lengths.len() as f64;
    assert!((34.0..45.0).contains(&mean), "{mean}");
    for task in &tasks {
        assert!(task.prompt().len() <= MAX_PROMPT, "{}", task.id);
        assert_eq!(
            (task.feedback_tests.len(), task.scoring_tests.len()),
            (6, 8)
        );
        assert_eq!(task.gold.is_empty(), task.split == Split::Pool);
        for body in task.solutions().iter().chain(&task.wrong) {
            assert!(body.len() < MAX_BODY, "{}: {}", task.id, body.len());
        }
        let inputs = task
            .examples
            .iter()
            .chain(&task.feedback_tests)
            .chain(&task.scoring_tests);
        let inputs: Vec<_> = inputs
            .map(|call| value_tokens(&call.arguments[0]))
            .collect();
        let distinct: HashSet<_> = inputs.iter().collect();
        assert_eq!(
            distinct.len(),
            inputs.len(),
            "{}: tests are not disjoint",
            task.id
        );
    }
}

#[test]
fn an_ambiguous_prompt_does_not_tell_its_default() {
    // Whether a task's default occurs in its examples must not depend on which one it is: compare
    // the true default with the next one, over many tasks.
    let tasks = Family::new(2).test_set(Split::Ambiguous, 120);
    let eight: Vec<_> = tasks
        .iter()
        .filter(|t| t.family == TaskFamily::EightWay)
        .collect();
    let mut occurs = [0usize; 2];
    for task in &eight {
        let prompt = task.prompt();
        // In every style the default is the last integer of the program.
        let default_of = |body: &[TokenId]| {
            let mut integers = body.iter().filter(|t| value_of(**t).is_some());
            integers.next_back().copied()
        };
        for (count, body) in occurs.iter_mut().zip([&task.gold[0], &task.wrong[3]]) {
            *count += usize::from(default_of(body).is_some_and(|n| prompt.contains(&n)));
        }
    }
    let [truth, other] = occurs.map(|n| n as f64 / eight.len() as f64);
    assert!(
        (truth - other).abs() < 0.2,
        "{truth} of true, {other} of other defaults occur"
    );

    fn value_of(token: TokenId) -> Option<i64> {
        match falcon_tasks::read_value(&[token])? {
            falcon_episode::Value::Int(n) => Some(n),
            _ => None,
        }
    }
}

#[test]
fn rows_have_the_shares_of_their_configuration_and_answers_that_end() {
    let mixture = Family::new(1).mixture(MixtureConfig {
        gold: 200,
        ..Default::default()
    });
    assert_eq!(mixture.gold().len(), 200);
    let mut count: HashMap<RowKind, f64> = HashMap::new();
    for i in 0..4000 {
        let row = mixture.row(i);
        *count.entry(row.kind).or_default() += 1.0 / 4000.0;
        assert!(row.tokens.len() <= MAX_CONTEXT);
        assert_eq!(row.tokens[row.answer_start - 1], TokenId::CODE);
        assert_eq!(row.tokens.last(), Some(&TokenId::EOS));
        assert!(!row.tokens[row.answer_start..row.tokens.len() - 1].contains(&TokenId::EOS));
    }
    let wanted = [
        (RowKind::Plain, 0.22),
        (RowKind::Alias, 0.38 * 0.30),
        (RowKind::AliasOracle, 0.38 * 0.62),
        (RowKind::AliasRandom, 0.38 * 0.08),
        (RowKind::Binary, 0.24 * 0.25),
        (RowKind::BinaryFeedback, 0.24 * 0.75),
        (RowKind::EightWay, 0.16 * 0.25),
        (RowKind::EightWayFeedback, 0.16 * 0.75),
    ];
    for (kind, share) in wanted {
        let got = count.get(&kind).copied().unwrap_or_default();
        assert!((got - share).abs() < 0.03, "{kind:?}: {got} of {share}");
    }
}
