//! Which items a question may see, decided by comparing numbers.

use std::collections::HashMap;

use falcon_episode::{MemoryItem, MemoryQuery};

use crate::{guard, retrieval::renumbered};

/// What is asked, and of which items.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    pub(crate) prompt: String,
    /// Only of this project, where one is named.
    pub(crate) project: String,
    /// Only of this family, where one is named.
    pub(crate) family: String,
    /// Only of this language, where one is named.
    pub(crate) language: String,
    /// Never of this task (compared form).
    pub(crate) not_task: Option<String>,
    /// Never of this behaviour (compared form).
    pub(crate) not_behaviour: Option<String>,
    /// Only what passed all of its tests.
    pub(crate) passed: bool,
}

impl Question {
    /// What a task asks to be shown: not its own items, and for an evaluation task none of its behaviour. What failed a test may
    /// warn, but is never an exemplar, whatever a policy would make of it: so it is no candidate.
    pub(crate) fn for_exemplars(query: &MemoryQuery) -> Self {
        let behaviour = guard::behaviour(&query.behaviour);
        Self {
            prompt: query.prompt.clone(),
            project: query.project.clone(),
            family: String::new(),
            language: query.language.clone(),
            not_task: Some(guard::task(&query.task_id)),
            not_behaviour: (query.evaluation && !behaviour.is_empty()).then_some(behaviour),
            passed: true,
        }
    }
}

/// What decides who may see an item, as numbers of names.
#[derive(Clone, Copy)]
pub(crate) struct Identity {
    task: u32,
    behaviour: u32,
    language: u32,
    family: u32,
    passed: bool,
}

/// Numbers for names.
#[derive(Default)]
pub(crate) struct Names(HashMap<String, u32>);

impl Names {
    pub(crate) fn identity(&mut self, item: &MemoryItem) -> Identity {
        Identity {
            task: self.number(&guard::task(&item.task_id)),
            behaviour: self.number(&guard::behaviour(&item.behaviour)),
            language: self.number(&item.language),
            family: self.number(&item.family),
            passed: item.score >= 1.0,
        }
    }

    /// Forgets names that none of these has, and numbers the others anew.
    pub(crate) fn keep_those_of(&mut self, identities: &mut [Identity]) {
        let mut kept = vec![false; self.0.len()];
        for number in identities.iter_mut().flat_map(Identity::numbers) {
            kept[*number as usize] = true;
        }
        let new = renumbered(&kept);
        self.0.retain(|_, number| match new[*number as usize] {
            Some(new) => {
                *number = new;
                true
            }
            None => false,
        });
        for number in identities.iter_mut().flat_map(Identity::numbers) {
            if let Some(new) = new[*number as usize] {
                *number = new;
            }
        }
    }

    /// Names that are known.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What a question may see of the items named so far.
    pub(crate) fn sight(&self, question: &Question) -> Sight {
        let find = |name: &Option<String>| self.0.get(name.as_ref()?).copied();
        let only = |name: &String| match (name.is_empty(), self.0.get(name)) {
            (true, _) => Only::Any,
            (false, Some(number)) => Only::This(*number),
            (false, None) => Only::Nothing,
        };
        Sight {
            language: only(&question.language),
            family: only(&question.family),
            not_task: find(&question.not_task),
            not_behaviour: find(&question.not_behaviour),
            passed: question.passed,
        }
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        #[allow(clippy::cast_possible_truncation, reason = "names are far below 2^32")]
        let number = self.0.len() as u32;
        self.0.insert(name.to_owned(), number);
        number
    }
}

impl Identity {
    fn numbers(&mut self) -> [&mut u32; 4] {
        [
            &mut self.task,
            &mut self.behaviour,
            &mut self.language,
            &mut self.family,
        ]
    }
}

/// What a question may see.
#[derive(Clone, Copy)]
pub(crate) struct Sight {
    language: Only,
    family: Only,
    not_task: Option<u32>,
    not_behaviour: Option<u32>,
    passed: bool,
}

#[derive(Clone, Copy)]
enum Only {
    Any,
    This(u32),
    Nothing,
}

impl Sight {
    pub(crate) fn sees(&self, item: Identity) -> bool {
        let fits = |only: Only, found: u32| match only {
            Only::Any => true,
            Only::This(wanted) => wanted == found,
            Only::Nothing => false,
        };
        fits(self.language, item.language)
            && fits(self.family, item.family)
            && self.not_task != Some(item.task)
            && self.not_behaviour != Some(item.behaviour)
            && (item.passed || !self.passed)
    }
}
