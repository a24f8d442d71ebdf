//! Fakes of the two seams; the real ones are falcon-grading and falcon-memory.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use falcon_episode::{
    Digest, Encoder, Episode, Exemplar, Grader, HeldOut, Infrastructure, JudgeScore,
    LongTermMemory, MemoryAsk, MemoryContext, MemoryItem, MemoryQuery, MemoryStatistics, Spent,
    Submission, TestOutcome, Tests, Verdict,
};
use falcon_train::MemoryFactory;

/// Which submissions meet a fault of the sandbox.
pub(crate) type Faults = fn(&Submission) -> bool;

/// Judges a program by the hash of its text: one in three passes, the others fail their first tests. Fuel is the number of the
/// training step.
#[derive(Default)]
pub(crate) struct HashGrader {
    runs: AtomicU64,
    /// The step that was begun last.
    step: AtomicU64,
    faults: Mutex<Option<Faults>>,
    scale: Mutex<Option<f64>>,
}

impl HashGrader {
    /// From now on these submissions meet a fault; none for no faults.
    pub(crate) fn set_faults(&self, faults: Option<Faults>) {
        *self.faults.lock().expect("lock") = faults;
    }
}

impl HashGrader {
    /// The training step that it was told of last.
    pub(crate) fn step(&self) -> u64 {
        self.step.load(Ordering::Relaxed)
    }

    /// From now on every reward is this many times as large.
    pub(crate) fn set_scale(&self, scale: Option<f64>) {
        *self.scale.lock().expect("lock") = scale;
    }
}

impl Grader for HashGrader {
    fn grade(&self, batch: &[Submission]) -> Result<Vec<Episode>, Infrastructure> {
        self.runs.fetch_add(batch.len() as u64, Ordering::Relaxed);
        let faults = *self.faults.lock().expect("lock");
        let scale = self.scale.lock().expect("lock").unwrap_or(1.0);
        let step = self.step.load(Ordering::Relaxed);
        let graded = |submission: &Submission| {
            let mut episode = judge(submission);
            // Tells in the log whose step's judges it was.
            episode.fuel = step;
            episode.reward = episode.reward.map(|reward| reward * scale);
            if faults.is_some_and(|fault| fault(submission)) {
                (episode.verdict, episode.reward) = (Verdict::Infrastructure, None);
                episode.scores.clear();
                episode.tests.truncate(1);
                episode.tests[0].verdict = Verdict::Infrastructure;
                episode.tests[0].message = "the sandbox broke".to_owned();
            }
            episode
        };
        Ok(batch.iter().map(graded).collect())
    }

    fn begin_step(&self, step: u64) -> Result<(), Infrastructure> {
        self.step.store(step, Ordering::Relaxed);
        Ok(())
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        BTreeMap::from([("fake/hash".to_owned(), Digest::of(b"hash"))])
    }

    fn executions(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    fn spent(&self) -> Spent {
        Spent::default()
    }
}

fn judge(submission: &Submission) -> Episode {
    let Tests::Calls { calls, .. } = &submission.tests else {
        panic!("only calls are faked")
    };
    let digest = Digest::of(submission.program.as_bytes());
    let failing = usize::from(digest.bytes()[0] % 3) * calls.len() / 2;
    let tests: Vec<TestOutcome> = (0..calls.len())
        .map(|index| TestOutcome {
            name: index.to_string(),
            verdict: if index < failing {
                Verdict::Failed
            } else {
                Verdict::Passed
            },
            message: "wanted another value".to_owned(),
            at: None,
            got: Some("0".to_owned()),
        })
        .collect();
    let passed = failing == 0;
    let reward = 1.0 - 1.3 * failing as f64 / calls.len() as f64;
    let verdict = if passed {
        Verdict::Passed
    } else {
        Verdict::Failed
    };
    Episode {
        task_id: submission.task_id.clone(),
        language: submission.language.clone(),
        prompt: submission.prompt.clone(),
        attempt: submission.attempt,
        tests,
        scores: vec![JudgeScore {
            score: Some(reward),
            parts: BTreeMap::from([("failing".to_owned(), failing as f64)]),
            ..JudgeScore::none("fake/hash", Digest::of(b"hash"))
        }],
        reward: Some(reward),
        ..Episode::new(&submission.program, verdict)
    }
}

#[derive(Clone, Default)]
struct Content {
    items: Vec<MemoryItem>,
}

#[derive(Default)]
struct Store {
    now: Mutex<Content>,
    versions: Mutex<HashMap<u64, Content>>,
    guarded: Mutex<Vec<HeldOut>>,
    retrievals: AtomicU64,
    used: Mutex<Vec<(String, f64, f64)>>,
    /// Attempts that were offered to prompts.
    offered: AtomicU64,
    /// Whether prompts show none of them.
    hides: AtomicBool,
    /// Versions of the encoders that it compared by, in order.
    adopted: Mutex<Vec<String>>,
}

/// What is told of the first encoder.
pub(crate) const NOT_KEPT: &str = "the vectors are not kept";

/// Memories by name, kept while the factory lives, as a disk would.
#[derive(Default)]
pub(crate) struct Memories(Mutex<HashMap<String, Arc<Store>>>);

impl MemoryFactory for Memories {
    fn open(&self, name: &str) -> Result<Box<dyn LongTermMemory>, Infrastructure> {
        let mut stores = self.0.lock().expect("lock");
        Ok(Box::new(Memory(
            stores.entry(name.to_owned()).or_default().clone(),
            Mutex::default(),
        )))
    }
}

impl Memories {
    /// What the memory of this name holds.
    pub(crate) fn items(&self, name: &str) -> Vec<MemoryItem> {
        let stores = self.0.lock().expect("lock");
        stores[name].now.lock().expect("lock").items.clone()
    }

    /// Ids of the tasks that it was last kept from.
    pub(crate) fn guarded(&self, name: &str) -> Vec<String> {
        let stores = self.0.lock().expect("lock");
        let guarded = stores[name].guarded.lock().expect("lock");
        guarded.iter().map(|held| held.task_id.clone()).collect()
    }

    /// What it was told of exemplars that were shown.
    pub(crate) fn used(&self, name: &str) -> Vec<(String, f64, f64)> {
        let stores = self.0.lock().expect("lock");
        stores[name].used.lock().expect("lock").clone()
    }

    /// From now on the memory of this name shows no attempt in any prompt.
    pub(crate) fn hide_attempts(&self, name: &str) {
        let mut stores = self.0.lock().expect("lock");
        let store = stores.entry(name.to_owned()).or_default();
        store.hides.store(true, Ordering::Relaxed);
    }

    /// Attempts that were offered to the prompts that it composed.
    pub(crate) fn offered(&self, name: &str) -> u64 {
        let stores = self.0.lock().expect("lock");
        stores[name].offered.load(Ordering::Relaxed)
    }

    /// Versions of the encoders that it compared by, in order.
    pub(crate) fn adopted(&self, name: &str) -> Vec<String> {
        let stores = self.0.lock().expect("lock");
        stores[name].adopted.lock().expect("lock").clone()
    }

    /// Numbers of the checkpoints that it keeps.
    pub(crate) fn checkpoints(&self, name: &str) -> Vec<u64> {
        let stores = self.0.lock().expect("lock");
        let versions = stores[name].versions.lock().expect("lock");
        let mut numbers: Vec<u64> = versions.keys().copied().collect();
        numbers.sort_unstable();
        numbers
    }
}

struct Memory(Arc<Store>, Mutex<Encoders>);

/// A process has them; nothing of them is kept.
#[derive(Default)]
struct Encoders {
    next: Option<Arc<dyn Encoder>>,
    now: Option<Arc<dyn Encoder>>,
}

impl Memory {
    /// The cosine of a question with each item; 0 without an encoder.
    fn cosines(&self, query: &MemoryQuery, items: &[MemoryItem]) -> Vec<f64> {
        let encoders = self.1.lock().expect("lock");
        let Some(encoder) = &encoders.now else {
            return vec![0.0; items.len()];
        };
        let mut texts: Vec<&str> = items.iter().map(|item| item.prompt.as_str()).collect();
        texts.push(&query.prompt);
        let mut vectors = encoder.encode(&texts);
        let asked = vectors.pop().flatten().expect("it reads the task");
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>()
        };
        let cosine = |vector: Option<Vec<f32>>| {
            let vector = vector.expect("it reads the item");
            dot(&vector, &asked) / (dot(&vector, &vector) * dot(&asked, &asked)).sqrt()
        };
        vectors.into_iter().map(cosine).collect()
    }
}

impl LongTermMemory for Memory {
    fn guard(&self, held_out: &[HeldOut]) -> Result<(), Infrastructure> {
        *self.0.guarded.lock().expect("lock") = held_out.to_vec();
        Ok(())
    }

    fn admit(&self, items: &[MemoryItem]) -> Result<usize, Infrastructure> {
        let guarded = self.0.guarded.lock().expect("lock");
        let mut now = self.0.now.lock().expect("lock");
        for item in items {
            if guarded.iter().any(|held| held.behaviour == item.behaviour) {
                return Err(Infrastructure::new("a guarded behaviour was offered"));
            }
            let same = |old: &&mut MemoryItem| old.task_id == item.task_id;
            match now.items.iter_mut().find(same) {
                Some(old) => *old = item.clone(),
                None => now.items.push(item.clone()),
            }
        }
        Ok(items.len())
    }

    fn retrieve(&self, queries: &[MemoryQuery]) -> Result<Vec<Vec<Exemplar>>, Infrastructure> {
        self.0
            .retrievals
            .fetch_add(queries.len() as u64, Ordering::Relaxed);
        let now = self.0.now.lock().expect("lock");
        let mut frequency: HashMap<&str, f64> = HashMap::new();
        for item in &now.items {
            let mut words: Vec<&str> = item.prompt.split(' ').collect();
            words.sort_unstable();
            words.dedup();
            for word in words {
                *frequency.entry(word).or_default() += 1.0;
            }
        }
        let n = now.items.len() as f64;
        Ok(queries
            .iter()
            .map(|query| {
                let cosines = self.cosines(query, &now.items);
                let mut found: Vec<(f64, &MemoryItem)> = now
                    .items
                    .iter()
                    .zip(cosines)
                    .filter(|(item, _)| item.project == query.project)
                    .filter(|(item, _)| item.task_id != query.task_id)
                    .filter(|(item, _)| item.behaviour != query.behaviour)
                    .filter(|(item, _)| item.score >= 1.0)
                    .map(|(item, cosine)| {
                        let words: Vec<&str> = item.prompt.split(' ').collect();
                        let mut asked: Vec<&str> = query.prompt.split(' ').collect();
                        asked.sort_unstable();
                        asked.dedup();
                        let shared = asked.iter().filter(|word| words.contains(word));
                        let sum: f64 = shared.map(|word| (1.0 + n / frequency[word]).ln()).sum();
                        let length = words.len() + item.program.split(' ').count();
                        (sum / (1.0 + 0.05 * length as f64) + cosine, item)
                    })
                    .collect();
                found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.task_id.cmp(&b.1.task_id)));
                found
                    .into_iter()
                    .take(query.limit)
                    .map(|(score, item)| Exemplar {
                        id: item.task_id.clone(),
                        task_id: item.task_id.clone(),
                        project: item.project.clone(),
                        prompt: item.prompt.clone(),
                        program: item.program.clone(),
                        score,
                    })
                    .collect()
            })
            .collect())
    }

    fn compose(
        &self,
        asks: &[MemoryAsk],
        tokens: &dyn Fn(&str, &str) -> Option<u32>,
    ) -> Result<Vec<MemoryContext>, Infrastructure> {
        let queries: Vec<MemoryQuery> = asks.iter().map(|ask| ask.query.clone()).collect();
        let offered: usize = asks.iter().map(|ask| ask.attempts.len()).sum();
        self.0.offered.fetch_add(offered as u64, Ordering::Relaxed);
        let hides = self.0.hides.load(Ordering::Relaxed);
        let found = self.retrieve(&queries)?.into_iter().zip(asks);
        let context = |(found, ask): (Vec<Exemplar>, &MemoryAsk)| {
            let fits = |one: &Exemplar| {
                tokens(&one.prompt, &one.program).is_some_and(|size| size <= ask.budget)
            };
            let shown = if hides { 0 } else { ask.limit as usize };
            let attempts = 0..ask.attempts.len().min(shown);
            MemoryContext {
                exemplars: found.into_iter().filter(fits).collect(),
                attempts: attempts.collect(),
            }
        };
        Ok(found.map(context).collect())
    }

    fn feedback(&self, used: &[(String, f64, f64)]) -> Result<(), Infrastructure> {
        self.0.used.lock().expect("lock").extend_from_slice(used);
        Ok(())
    }

    fn statistics(&self) -> Result<MemoryStatistics, Infrastructure> {
        Ok(MemoryStatistics {
            items: self.0.now.lock().expect("lock").items.len() as u64,
            retrievals: self.0.retrievals.load(Ordering::Relaxed),
            ..MemoryStatistics::default()
        })
    }

    fn checkpoint(&self) -> Result<u64, Infrastructure> {
        let now = self.0.now.lock().expect("lock").clone();
        let mut versions = self.0.versions.lock().expect("lock");
        let version = versions.keys().max().map_or(1, |last| last + 1);
        versions.insert(version, now);
        Ok(version)
    }

    fn restore(&self, version: u64) -> Result<(), Infrastructure> {
        let versions = self.0.versions.lock().expect("lock");
        let content = versions
            .get(&version)
            .ok_or_else(|| Infrastructure::new("gone"))?;
        *self.0.now.lock().expect("lock") = content.clone();
        Ok(())
    }

    fn release_before(&self, version: u64) -> Result<(), Infrastructure> {
        let mut versions = self.0.versions.lock().expect("lock");
        versions.retain(|number, _| *number >= version);
        Ok(())
    }

    fn prepare_encoder(&self, encoder: Arc<dyn Encoder>) -> Result<(), Infrastructure> {
        self.1.lock().expect("lock").next = Some(encoder);
        Ok(())
    }

    /// Cannot keep the vectors of the first encoder.
    fn adopt_encoder(&self) -> Result<Option<String>, Infrastructure> {
        let mut encoders = self.1.lock().expect("lock");
        let Some(next) = encoders.next.take() else {
            return Ok(None);
        };
        let mut adopted = self.0.adopted.lock().expect("lock");
        let said = adopted.is_empty().then(|| NOT_KEPT.to_owned());
        adopted.push(next.version());
        encoders.now = Some(next);
        Ok(said)
    }

    fn plugins(&self) -> BTreeMap<String, Digest> {
        BTreeMap::new()
    }
}

/// A folder of this process's own that goes when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("falcon-train-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
