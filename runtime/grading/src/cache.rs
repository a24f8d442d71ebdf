//! Executions that were done before: the same program, tests and limits give the same outcome.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use falcon_episode::{Compare, Digest, Submission, Tests, encode};
use falcon_host::language::Limits;

use crate::execution::Execution;

/// A bounded map, the oldest entry out first. Safe to share.
pub(crate) struct Cache {
    capacity: usize,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<Digest, Arc<Execution>>,
    order: VecDeque<Digest>,
}

impl Cache {
    /// A cache of so many executions; 0 keeps none.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, key: &Digest) -> Option<Arc<Execution>> {
        self.entries().by_key.get(key).cloned()
    }

    pub(crate) fn put(&self, key: Digest, execution: Arc<Execution>) {
        if self.capacity == 0 {
            return;
        }
        let mut entries = self.entries();
        if entries.by_key.insert(key, execution).is_none() {
            entries.order.push_back(key);
        }
        while entries.order.len() > self.capacity {
            if let Some(oldest) = entries.order.pop_front() {
                entries.by_key.remove(&oldest);
            }
        }
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Digest of all that an execution depends on.
pub(crate) fn key(pack: &Digest, submission: &Submission, limits: &Limits) -> Digest {
    let numbers = [
        limits.fuel,
        limits.test_fuel,
        limits.memory as u64,
        limits.output as u64,
        limits.seed,
    ];
    let numbers: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    let mut parts: Vec<Vec<u8>> = vec![
        pack.bytes().to_vec(),
        numbers,
        submission.program.clone().into(),
    ];
    for (path, content) in submission.files.iter() {
        parts.extend([b"file".to_vec(), path.into(), content.to_vec()]);
    }
    match &submission.tests {
        Tests::Calls { function, calls } => {
            parts.push(b"calls".to_vec());
            parts.push(function.clone().into());
            for call in calls {
                parts.push(falcon_host::language::arguments(&call.arguments));
                parts.push(encode(&call.expected));
            }
        }
        Tests::Harness(harness) => {
            parts.push(b"harness".to_vec());
            let texts = [
                &harness.tests,
                &harness.shared,
                &harness.reference,
                &harness.entry,
            ];
            parts.extend(
                texts
                    .into_iter()
                    .chain(&harness.remote)
                    .map(|text| text.clone().into()),
            );
        }
        Tests::Stdio(runs) => {
            parts.push(b"stdio".to_vec());
            for run in runs {
                parts.push(run.input.clone().into());
                parts.push(run.expected.clone().into());
                parts.push(compared(run.compare));
            }
        }
    }
    Digest::of_parts(parts.iter().map(Vec::as_slice))
}

fn compared(by: Compare) -> Vec<u8> {
    match by {
        Compare::Exact => b"exact".to_vec(),
        Compare::Text => b"text".to_vec(),
        Compare::Tokens => b"tokens".to_vec(),
        Compare::Numbers(tolerance) => [&b"numbers"[..], &tolerance.to_le_bytes()].concat(),
    }
}
