//! The alias test as runs ask it: projects' solved tasks are held, and their test tasks ask. It is the same for every arm,
//! seed and model, since the memory that evaluation asks has learnt nothing.

use falcon_episode::MemoryItem;
use falcon_tasks::{BANK_ITEMS, Family, Task};

use super::{Asking, Collection};

const GRADES: &str = "grades: 3 one operation alone that tells the asked word; 2 a composition with that word; each asks for \
                      items of its own project, with the specification alone, so that examples find nothing";

/// The banks of the projects of so many test tasks, in the order in which a run's memory is filled.
pub(super) fn collection(tasks: usize) -> Collection {
    // Test sets and their banks are the same under every seed.
    let projects = Family::new(0).projects(tasks);
    let bank: Vec<&Task> = projects.iter().flat_map(|project| &project.bank).collect();
    let asking = projects.iter().flat_map(|project| &project.tasks);
    Collection {
        name: format!("PyMini's alias test, {} projects", projects.len()),
        grades: GRADES,
        queries: asking.take(tasks).map(|task| asks(task, &bank)).collect(),
        items: bank.iter().copied().map(item).collect(),
    }
}

fn item(task: &Task) -> MemoryItem {
    let body = task.gold.first().map_or(&[][..], Vec::as_slice);
    task.memory_item(body, "", 1.0)
}

fn asks(task: &Task, bank: &[&Task]) -> Asking {
    let relevant = bank.iter().enumerate().filter_map(|(place, other)| {
        let tells = other.project == task.project && other.alias == task.alias;
        tells.then_some((place, if other.depth == 1 { 3 } else { 2 }))
    });
    Asking {
        query: task.memory_query(BANK_ITEMS),
        relevant: relevant.collect(),
    }
}
