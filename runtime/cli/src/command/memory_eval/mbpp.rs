//! MBPP: tasks whose reference solutions use the same things are of use to each other.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use falcon_episode::{MemoryItem, MemoryQuery};
use falcon_tasks::formats::{Format, Task, load};

use super::{Asking, Collection};
use crate::failure::{Failure, OrFail as _};

const GRADES: &str = "grades: share of the functions, methods and modules that either reference uses which both use, each \
                      weighed by its rarity: 3 from 75 %, 2 from 50 %, 1 from 25 %";
/// The shares from which grades begin.
const SHARES: [f64; 3] = [0.25, 0.5, 0.75];

/// Words that stand before a bracket or after a point and are no use of anything.
const KEYWORDS: [&str; 22] = [
    "and", "as", "assert", "def", "del", "elif", "else", "for", "from", "if", "import", "in", "is",
    "lambda", "not", "or", "print", "return", "while", "with", "yield", "except",
];

/// Every task of the file is stored, and asks for the others.
pub(super) fn collection(file: &Path) -> Result<Collection, Failure> {
    let tasks = tasks(file)?;
    let uses: Vec<BTreeSet<String>> = tasks
        .iter()
        .map(|task| uses(task.canonical.as_deref().unwrap_or_default()))
        .collect();
    let rarity = rarity(&uses);
    let weight = |names: &mut dyn Iterator<Item = &String>| -> f64 {
        names.filter_map(|name| rarity.get(name.as_str())).sum()
    };
    let grade = |a: &BTreeSet<String>, b: &BTreeSet<String>| -> u8 {
        let shared = weight(&mut a.intersection(b));
        let share = shared / weight(&mut a.union(b)).max(f64::MIN_POSITIVE);
        let grade = SHARES.iter().filter(|least| share >= **least).count();
        u8::try_from(grade).unwrap_or(u8::MAX)
    };
    let asking = |(at, task): (usize, &Task)| {
        let others = uses.iter().enumerate().filter(|(other, _)| *other != at);
        let grades = others.map(|(other, names)| (other, grade(&uses[at], names)));
        Asking {
            query: query(task),
            relevant: grades
                .filter(|(_, grade)| *grade > 0)
                .collect::<HashMap<_, _>>(),
        }
    };
    Ok(Collection {
        name: "MBPP".to_owned(),
        grades: GRADES,
        queries: tasks.iter().enumerate().map(asking).collect(),
        items: tasks.iter().map(item).collect(),
    })
}

/// The file's tasks in the order of their ids.
pub(super) fn tasks(file: &Path) -> Result<Vec<Task>, Failure> {
    let mut tasks = load(file, Format::Mbpp).or_usage("the tasks cannot be read")?;
    tasks.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(tasks)
}

/// A task as it is stored.
pub(super) fn item(task: &Task) -> MemoryItem {
    MemoryItem {
        task_id: task.id.clone(),
        behaviour: behaviour(task),
        project: String::new(),
        family: "mbpp".to_owned(),
        language: task.language.clone(),
        prompt: task.prompt.clone(),
        program: task.canonical.clone().unwrap_or_default(),
        feedback: String::new(),
        score: 1.0,
        scores: BTreeMap::new(),
    }
}

/// A task as it asks.
pub(super) fn query(task: &Task) -> MemoryQuery {
    MemoryQuery {
        task_id: task.id.clone(),
        behaviour: behaviour(task),
        project: String::new(),
        family: "mbpp".to_owned(),
        language: task.language.clone(),
        prompt: task.prompt.clone(),
        limit: 10,
        evaluation: false,
    }
}

/// Nothing hashes what an MBPP task asks, so each counts as its own.
fn behaviour(task: &Task) -> String {
    format!("mbpp{}", task.id)
}

/// How much a name says: ln(tasks / tasks that use it).
fn rarity(uses: &[BTreeSet<String>]) -> HashMap<&str, f64> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in uses.iter().flatten() {
        *counts.entry(name.as_str()).or_insert(0) += 1;
    }
    let all = uses.len() as f64;
    counts
        .into_iter()
        .map(|(name, count)| (name, (all / count as f64).ln()))
        .collect()
}

/// The functions and methods that a program calls and does not define, and what it imports.
fn uses(program: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let mut defined = BTreeSet::new();
    for line in program.lines() {
        let code = line.split('#').next().unwrap_or_default();
        let words: Vec<(usize, &str)> = words(code);
        for (at, (start, word)) in words.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| words.get(before));
            let after = code[start + word.len()..].trim_start();
            match before.map(|(_, word)| *word) {
                Some("def") => {
                    defined.insert((*word).to_owned());
                }
                Some("import" | "from") => {
                    used.insert(format!("module {word}"));
                }
                _ if after.starts_with('(') && !KEYWORDS.contains(word) => {
                    used.insert((*word).to_owned());
                }
                _ => {}
            }
        }
    }
    used.retain(|name| !defined.contains(name));
    used
}

/// Whether a program calls a function of this name.
pub(super) fn calls(program: &str, name: &str) -> bool {
    program.lines().any(|line| {
        let words = words(line).into_iter();
        words.filter(|(_, word)| *word == name).any(|(at, word)| {
            let after = line[at + word.len()..].trim_start();
            after.starts_with('(')
        })
    })
}

/// Identifiers of a line with their places.
fn words(code: &str) -> Vec<(usize, &str)> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find(part).map(|offset| at + offset) {
        let length = code[start..].find(|c| !part(c));
        let end = length.map_or(code.len(), |length| start + length);
        words.push((start, &code[start..end]));
        at = end;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::uses;

    #[test]
    fn what_a_program_uses_is_not_what_it_defines() {
        let program = "import re\nfrom math import sqrt\ndef f(x):  # calls g(x)\n  \
                       if (x): return sqrt(x)\n  return f(len(x.split(',')))\n";
        let found: Vec<String> = uses(program).into_iter().collect();
        let expected = [
            "len",
            "module math",
            "module re",
            "module sqrt",
            "split",
            "sqrt",
        ];
        assert_eq!(found, expected);
    }
}
