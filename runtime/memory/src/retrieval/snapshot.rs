//! The resident copy of the store, indexed for batches of queries. LanceDB stays the store of record.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::{
    policy::Candidate,
    record::Record,
    retrieval::{
        encoder::{Grams, Rarity},
        fusion::{best, reciprocal},
        matrix::{self, Vector, cosine, dot},
        sight::{Identity, Names, Question, Sight},
        text::TextIndex,
        words::words,
    },
};

/// How far down each retriever's ranking fusion looks.
const DEPTH: usize = 64;
/// Queries that share one pass over the matrix: more would not keep their vectors in the cache.
const TOGETHER: usize = 16;

/// All items with their indexes. Answers depend on the items alone: of equal scores the newer item leads.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// By row, oldest first; none where the item left.
    records: Vec<Option<Record>>,
    /// By row: task, behaviour, language and family as numbers, so that the many comparisons are quick.
    identities: Vec<Identity>,
    names: Names,
    vectors: Vec<Vector>,
    text: TextIndex,
    rarity: Rarity,
    by_id: HashMap<String, u32>,
    by_words: HashMap<String, Vec<u32>>,
    by_project: BTreeMap<String, Vec<u32>>,
    live: usize,
}

struct Prepared<'a> {
    question: &'a Question,
    sight: Sight,
    words: Vec<String>,
    plain: Vector,
    weighted: Vector,
}

impl Snapshot {
    /// Indexes records; they are taken in the order of their sequence.
    pub(crate) fn new(mut records: Vec<Record>) -> Self {
        records.sort_by(|a, b| a.sequence.cmp(&b.sequence).then_with(|| a.id.cmp(&b.id)));
        let mut snapshot = Self::default();
        records
            .into_iter()
            .for_each(|record| snapshot.insert(record));
        snapshot
    }

    /// Items held.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Record> {
        self.records[*self.by_id.get(id)? as usize].as_ref()
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Record> {
        self.records[*self.by_id.get(id)? as usize].as_mut()
    }

    /// All items, oldest first.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().flatten()
    }

    pub(crate) fn insert(&mut self, record: Record) {
        #[allow(clippy::cast_possible_truncation, reason = "rows are far below 2^32")]
        let row = self.records.len() as u32;
        let words = words(&record.item.prompt);
        let grams = Grams::of(&words);
        self.vectors.push(matrix::round(&grams.embed()));
        self.text.add(&words);
        self.rarity.add(&grams);
        self.by_id.insert(record.id.clone(), row);
        self.by_words.entry(words.join(" ")).or_default().push(row);
        self.by_project
            .entry(record.item.project.clone())
            .or_default()
            .push(row);
        let item = &record.item;
        self.identities.push(self.names.identity(
            &item.task_id,
            &item.behaviour,
            &item.language,
            &item.family,
        ));
        self.records.push(Some(record));
        self.live += 1;
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Record> {
        let row = self.by_id.remove(id)?;
        let record = self.records[row as usize].take()?;
        let words = words(&record.item.prompt);
        self.text.remove(row);
        self.rarity.remove(&Grams::of(&words));
        drop_row(&mut self.by_words, &words.join(" "), row);
        let rows = self.by_project.get_mut(&record.item.project)?;
        rows.retain(|other| *other != row);
        if rows.is_empty() {
            self.by_project.remove(&record.item.project);
        }
        self.live -= 1;
        if self.records.len() > 256 && self.live * 2 < self.records.len() {
            let records = std::mem::take(self).records.into_iter().flatten().collect();
            *self = Self::new(records);
        }
        Some(record)
    }

    /// A query's vector, its n-grams weighed by their rarity in the store.
    pub(crate) fn query_vector(&self, words: &[String]) -> Vec<f32> {
        self.rarity.query(&Grams::of(words))
    }

    /// The `limit` nearest items of each question, nearest first.
    pub(crate) fn nearest(&self, questions: &[Question], limit: usize) -> Vec<Vec<Candidate>> {
        let prepared: Vec<Prepared> = questions
            .par_iter()
            .map(|question| self.prepare(question))
            .collect();
        let whole = questions.iter().any(|question| question.project.is_empty());
        let norms = if whole { self.text.norms() } else { Vec::new() };
        let groups: Vec<Vec<Vec<Candidate>>> = prepared
            .par_chunks(TOGETHER)
            .map(|group| self.nearest_of_group(group, &norms, limit))
            .collect();
        groups.into_iter().flatten().collect()
    }

    /// The rows a question may see, oldest first.
    pub(crate) fn eligible(&self, question: &Question) -> Vec<&Record> {
        let rows = self.rows_of(question);
        let all = 0..u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let sight = self.names.sight(question);
        let seen = |row: u32| self.seen(row, sight);
        match rows {
            Some(rows) => rows.iter().filter_map(|row| seen(*row)).collect(),
            None => all.filter_map(seen).collect(),
        }
    }

    fn prepare<'a>(&self, question: &'a Question) -> Prepared<'a> {
        let words = words(&question.prompt);
        let grams = Grams::of(&words);
        let weighted = matrix::round(&self.rarity.query(&grams));
        Prepared {
            question,
            sight: self.names.sight(question),
            words,
            plain: matrix::round(&grams.embed()),
            weighted,
        }
    }

    fn nearest_of_group(
        &self,
        group: &[Prepared],
        norms: &[f64],
        limit: usize,
    ) -> Vec<Vec<Candidate>> {
        let open: Vec<usize> = (0..group.len())
            .filter(|at| group[*at].question.project.is_empty())
            .collect();
        let queries: Vec<&Vector> = open.iter().map(|at| &group[*at].weighted).collect();
        let mut products = vec![vec![0; self.vectors.len()]; queries.len()];
        matrix::product(&self.vectors, &queries, |query, row, product| {
            products[query][row] = product
        });
        let mut products = products.into_iter();
        let mut answer = |prepared: &Prepared| {
            let scored = match self.rows_of(prepared.question) {
                Some(rows) => self.score_few(prepared, rows),
                None => self.score_all(prepared, norms, &products.next().unwrap_or_default()),
            };
            self.fuse(prepared, &scored, limit)
        };
        group.iter().map(&mut answer).collect()
    }

    /// The rows of the question's project; none where it names no project.
    fn rows_of(&self, question: &Question) -> Option<&[u32]> {
        if question.project.is_empty() {
            return None;
        }
        Some(
            self.by_project
                .get(&question.project)
                .map_or(&[], Vec::as_slice),
        )
    }

    fn score_few(&self, prepared: &Prepared, rows: &[u32]) -> Vec<Scored> {
        let text = self.text.query(&prepared.words);
        let scored = |&row: &u32| Scored {
            row,
            text: self.text.score(&text, row),
            product: dot(&self.vectors[row as usize], &prepared.weighted),
        };
        rows.iter().map(scored).collect()
    }

    fn score_all(&self, prepared: &Prepared, norms: &[f64], products: &[i32]) -> Vec<Scored> {
        let texts = self.text.scores(&self.text.query(&prepared.words), norms);
        let scored = |(row, (&text, &product))| Scored { row, text, product };
        (0..).zip(texts.iter().zip(products)).map(scored).collect()
    }

    /// Fuses exact duplicates, full text and vectors by reciprocal ranks.
    fn fuse(&self, prepared: &Prepared, scored: &[Scored], limit: usize) -> Vec<Candidate> {
        let seen = |row| self.seen(row, prepared.sight).is_some();
        let mut fused: BTreeMap<u32, f64> = BTreeMap::new();
        let texts = scored.iter().map(|scored| (scored.row, scored.text));
        let vectors = scored
            .iter()
            .map(|scored| (scored.row, f64::from(scored.product)));
        let rankings = [
            best(texts.filter(|hit| hit.1 > 0.0), DEPTH, seen),
            best(vectors.filter(|hit| hit.1 > 0.0), DEPTH, seen),
        ];
        for (rank, (row, _)) in rankings
            .iter()
            .flat_map(|ranking| ranking.iter().enumerate())
        {
            *fused.entry(*row).or_default() += reciprocal(rank);
        }
        for row in self.twins(prepared) {
            *fused.entry(row).or_default() += 1.0;
        }
        let hits = best(fused, limit, |_| true);
        let text = self.text.query(&prepared.words);
        let candidate = |(row, similarity): (u32, f64)| {
            let item = self.records[row as usize].as_ref()?.to_item();
            let cosine = cosine(dot(&self.vectors[row as usize], &prepared.plain));
            Some(Candidate {
                item,
                similarity,
                cosine,
                text: self.text.score(&text, row),
            })
        };
        hits.into_iter().filter_map(candidate).collect()
    }

    /// The rows that the question may see and whose words are its own.
    fn twins(&self, prepared: &Prepared) -> Vec<u32> {
        let question = prepared.question;
        let rows = self
            .by_words
            .get(&prepared.words.join(" "))
            .map_or(&[][..], Vec::as_slice);
        let seen = |row: &&u32| {
            self.seen(**row, prepared.sight).is_some_and(|record| {
                question.project.is_empty() || question.project == record.item.project
            })
        };
        rows.iter().filter(seen).copied().collect()
    }

    /// The row's record, if it is there and may be seen.
    fn seen(&self, row: u32, sight: Sight) -> Option<&Record> {
        let seen = sight.sees(self.identities[row as usize]);
        seen.then(|| self.records[row as usize].as_ref()).flatten()
    }
}

#[derive(Clone, Copy)]
struct Scored {
    row: u32,
    text: f64,
    product: i32,
}

fn drop_row(rows: &mut HashMap<String, Vec<u32>>, key: &str, row: u32) {
    if let Some(list) = rows.get_mut(key) {
        list.retain(|other| *other != row);
        if list.is_empty() {
            rows.remove(key);
        }
    }
}
