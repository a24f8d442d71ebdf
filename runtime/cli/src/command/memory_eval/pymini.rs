//! The PyMini family, where what tasks have in common is known exactly.

use std::collections::{BTreeSet, HashMap};

use falcon_episode::MemoryItem;
use falcon_tasks::{Family, PoolShares, Primitive, Task};

use super::{Asking, Collection};
use crate::cli;

const GRADES: &str = "grades: 3 the same function; 2 the same operations with other numbers or in another order; \
                      1 at least half of the operations in common";

/// Plain tasks of the pool: the first are stored, those after them ask.
pub(super) fn collection(options: &cli::MemoryEval) -> Collection {
    let stored = options.items as usize;
    let shares = PoolShares {
        plain: 1.0,
        alias: 0.0,
        binary: 0.0,
        eight_way: 0.0,
    };
    let mut tasks = Family::new(options.seed).train_pool(stored + stored / 2, shares);
    let asking = tasks.split_off(stored.min(tasks.len()));
    let items: Vec<MemoryItem> = tasks.iter().map(item).collect();
    let meanings: Vec<Meaning> = tasks.iter().map(Meaning::of).collect();
    let queries = asking.iter().map(|task| asks(task, &meanings));
    Collection {
        name: format!("PyMini, seed {}", options.seed),
        grades: GRADES,
        queries: queries.collect(),
        items,
    }
}

fn item(task: &Task) -> MemoryItem {
    let body = task.solutions().into_iter().next().unwrap_or_default();
    MemoryItem {
        prompt: task.text_with_examples(),
        ..task.memory_item(&body, "", 1.0)
    }
}

fn asks(task: &Task, stored: &[Meaning]) -> Asking {
    let mut query = task.memory_query(10);
    query.prompt = task.text_with_examples();
    let meaning = Meaning::of(task);
    let grades = stored.iter().map(|other| meaning.grade(other)).enumerate();
    Asking {
        query,
        relevant: grades
            .filter(|(_, grade)| *grade > 0)
            .collect::<HashMap<_, _>>(),
    }
}

/// What a task asks.
struct Meaning {
    behaviour: String,
    operations: BTreeSet<Primitive>,
}

impl Meaning {
    fn of(task: &Task) -> Self {
        let operations = task.operations().into_iter();
        Self {
            behaviour: task.behaviour.clone(),
            operations: operations.map(|(primitive, _)| primitive).collect(),
        }
    }

    fn grade(&self, other: &Self) -> u8 {
        if self.behaviour == other.behaviour {
            return 3;
        }
        let shared = self.operations.intersection(&other.operations).count();
        let all = self.operations.union(&other.operations).count();
        match shared {
            _ if shared == all => 2,
            _ if 2 * shared >= all => 1,
            _ => 0,
        }
    }
}
