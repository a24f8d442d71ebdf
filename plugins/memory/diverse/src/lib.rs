//! Memory that covers much: no near-duplicates, families in balance, and what is shown together differs.
//!
//! - **admit**: what passes and is like nothing in memory of its project; a shorter program takes the place of the one it is like.
//! - **rank**: maximal marginal relevance (J. Carbonell and J. Goldstein, SIGIR 1998): the next is the candidate with the
//!   largest `relevance` · similarity − (1 − `relevance`) · likeness to what stands before it, likeness being the share of words in
//!   common (Jaccard's) of specification and program.
//! - **evict**: from the family that holds most at that point, its oldest of the least useful.

use std::collections::{BTreeMap, BTreeSet};

use falcon_sdk::{
    memory::{
        Candidate, Decision, Error, Item, MemoryPolicy, Query, Ranked, Statistics, UNVERIFIED,
    },
    serde::Deserialize,
};

/// The policy.
pub struct Diverse;

/// The settings.
#[derive(Deserialize)]
#[serde(crate = "falcon_sdk::serde")]
pub struct Config {
    duplicate: f64,
    relevance: f64,
}

impl MemoryPolicy for Diverse {
    type Config = Config;

    fn admit(item: &Item, neighbours: &[Candidate], config: &Config) -> Result<Decision, Error> {
        if !item.is_verified() {
            return Ok(Decision::refuse(UNVERIFIED));
        }
        let alike = |near: &&Candidate| {
            let of = &near.item;
            let same = of.prompt == item.prompt || of.program == item.program;
            of.project == item.project
                && of.language == item.language
                && (same || near.cosine >= config.duplicate)
        };
        Ok(match neighbours.iter().find(alike) {
            None => Decision::keep("unlike all that is known"),
            Some(twin) if item.length() < twin.item.length() => {
                Decision::replace(&twin.item.id, "shorter than what it is like")
            }
            Some(_) => Decision::refuse("like what is known"),
        })
    }

    fn rank(
        query: &Query,
        candidates: &[Candidate],
        config: &Config,
    ) -> Result<Vec<Ranked>, Error> {
        let mut left: Vec<(&Candidate, BTreeSet<&str>, f64)> = candidates
            .iter()
            .filter(|near| near.item.is_verified() && near.item.task_id != query.task_id)
            .map(|near| (near, words(&near.item), 0.0))
            .collect();
        let mut shown = Vec::with_capacity(left.len());
        while let Some((at, score)) = best(&left, config.relevance) {
            let (near, own, _) = left.swap_remove(at);
            for (_, words, likeness) in &mut left {
                *likeness = likeness.max(jaccard(words, &own));
            }
            shown.push(Ranked {
                id: near.item.id.clone(),
                score,
            });
        }
        Ok(shown)
    }

    fn evict(
        statistics: &Statistics,
        candidates: &[Item],
        _: &Config,
    ) -> Result<Vec<String>, Error> {
        let mut families: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
        for item in candidates {
            families.entry(&item.family).or_default().push(item);
        }
        for family in families.values_mut() {
            // The last one leaves first.
            family.sort_by(|a, b| {
                let useful = b.utility.total_cmp(&a.utility);
                useful.then(b.sequence.cmp(&a.sequence))
            });
        }
        let mut leaving = Vec::new();
        while leaving.len() < statistics.over() {
            let largest = families.values_mut().max_by_key(|family| family.len());
            let Some(item) = largest.and_then(Vec::pop) else {
                break;
            };
            leaving.push(item.id.clone());
        }
        Ok(leaving)
    }
}

falcon_sdk::export_memory_policy!(Diverse);

/// Place and score of the candidate that comes next; of equal ones the newer.
fn best(left: &[(&Candidate, BTreeSet<&str>, f64)], relevance: f64) -> Option<(usize, f64)> {
    let score = |(near, _, likeness): &(&Candidate, BTreeSet<&str>, f64)| {
        relevance * near.similarity - (1.0 - relevance) * likeness
    };
    let scored = left.iter().enumerate().map(|(at, one)| (at, score(one)));
    scored.max_by(|(a, of_a), (b, of_b)| {
        let newer = left[*a].0.item.sequence.cmp(&left[*b].0.item.sequence);
        of_a.total_cmp(of_b).then(newer)
    })
}

fn words(item: &Item) -> BTreeSet<&str> {
    let texts = [&item.prompt, &item.program];
    texts
        .into_iter()
        .flat_map(|text| text.split_whitespace())
        .collect()
}

/// The share of words in common.
fn jaccard(a: &BTreeSet<&str>, b: &BTreeSet<&str>) -> f64 {
    let common = a.intersection(b).count();
    let all = a.len() + b.len() - common;
    if all == 0 {
        1.0
    } else {
        common as f64 / all as f64
    }
}
