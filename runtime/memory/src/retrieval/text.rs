//! BM25 over the specification's words, with the rarity of a word taken over the whole store.

use std::collections::HashMap;

use crate::retrieval::renumbered;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// An inverted index. Scores depend on the live rows alone, not on the order in which they came and went.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextIndex {
    numbers: HashMap<String, u32>,
    /// By word: the rows it occurs in with its count there. Rows that left stay until rows are renumbered.
    postings: Vec<Vec<(u32, u16)>>,
    /// By word: in how many live rows it occurs.
    occurs_in: Vec<u32>,
    /// By row: its words with their counts, in the order of their numbers.
    rows: Vec<Vec<(u32, u16)>>,
    /// By row: how many words it has.
    lengths: Vec<u32>,
    live: u64,
    live_words: u64,
}

/// A query's words that some live row has, each with its weight.
pub(crate) struct TextQuery(Vec<(u32, f64)>);

impl TextQuery {
    /// Whether no row can have a word of it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TextIndex {
    /// Adds a row; its number is the count of rows added before.
    pub(crate) fn add(&mut self, words: &[String]) {
        #[allow(clippy::cast_possible_truncation, reason = "rows are far below 2^32")]
        let row = self.rows.len() as u32;
        let mut numbers: Vec<u32> = words.iter().map(|word| self.number(word)).collect();
        numbers.sort_unstable();
        let mut counts: Vec<(u32, u16)> = Vec::new();
        for number in numbers {
            match counts.last_mut() {
                Some((last, count)) if *last == number => *count = count.saturating_add(1),
                _ => counts.push((number, 1)),
            }
        }
        for (number, count) in &counts {
            self.postings[*number as usize].push((row, *count));
            self.occurs_in[*number as usize] += 1;
        }
        self.rows.push(counts);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a prompt has fewer words than 2^32"
        )]
        self.lengths.push(words.len() as u32);
        self.live += 1;
        self.live_words += words.len() as u64;
    }

    /// Takes a live row out of the statistics. Its postings stay, so the caller skips the row.
    pub(crate) fn remove(&mut self, row: u32) {
        for (number, _) in &self.rows[row as usize] {
            self.occurs_in[*number as usize] -= 1;
        }
        self.live -= 1;
        self.live_words -= u64::from(self.lengths[row as usize]);
    }

    /// Rows have other numbers now; none where a row left. Words that no row has any more are forgotten.
    pub(crate) fn renumber(&mut self, number: &[Option<u32>]) {
        let stays = |row: usize| number[row].is_some();
        for rows in &mut self.postings {
            rows.retain_mut(|(row, _)| match number[*row as usize] {
                Some(new) => {
                    *row = new;
                    true
                }
                None => false,
            });
        }
        let mut row = 0;
        self.rows.retain(|_| {
            row += 1;
            stays(row - 1)
        });
        let mut row = 0;
        self.lengths.retain(|_| {
            row += 1;
            stays(row - 1)
        });
        self.forget_words();
    }

    /// Numbers the words of live rows anew, in the same order, and forgets the others.
    fn forget_words(&mut self) {
        let kept: Vec<bool> = self.occurs_in.iter().map(|rows| *rows > 0).collect();
        let new = renumbered(&kept);
        self.postings.retain(|rows| !rows.is_empty());
        self.occurs_in.retain(|rows| *rows > 0);
        self.numbers
            .retain(|_, number| match new[*number as usize] {
                Some(new) => {
                    *number = new;
                    true
                }
                None => false,
            });
        for (number, _) in self.rows.iter_mut().flatten() {
            if let Some(new) = new[*number as usize] {
                *number = new;
            }
        }
    }

    /// Words that are known.
    #[cfg(test)]
    pub(crate) fn words(&self) -> usize {
        self.numbers.len()
    }

    /// Weighs a query's words by ln(1 + (N − n + ½) / (n + ½)), in the order of the words, so that
    /// sums are the same whatever numbers the words have.
    #[allow(clippy::cast_precision_loss, reason = "counts of rows")]
    pub(crate) fn query(&self, words: &[String]) -> TextQuery {
        let mut words: Vec<&String> = words.iter().collect();
        words.sort_unstable();
        words.dedup();
        let weigh = |word: &String| {
            let number = *self.numbers.get(word)?;
            let n = f64::from(self.occurs_in[number as usize]);
            (n > 0.0).then(|| (number, ((self.live as f64 - n + 0.5) / (n + 0.5)).ln_1p()))
        };
        TextQuery(words.into_iter().filter_map(weigh).collect())
    }

    /// By row: what its length adds to a count's denominator. The same for all queries of a batch.
    pub(crate) fn norms(&self) -> Vec<f64> {
        let rows = 0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        rows.map(|row| self.norm(row)).collect()
    }

    /// The scores of all rows; 0 where no word is shared.
    pub(crate) fn scores(&self, query: &TextQuery, norms: &[f64]) -> Vec<f64> {
        let mut scores = vec![0.0; self.rows.len()];
        for (number, weight) in &query.0 {
            for (row, count) in &self.postings[*number as usize] {
                scores[*row as usize] += weight * saturation(*count, norms[*row as usize]);
            }
        }
        scores
    }

    /// The score of one row: the same sum as in [`scores`](Self::scores).
    pub(crate) fn score(&self, query: &TextQuery, row: u32) -> f64 {
        let (words, norm) = (&self.rows[row as usize], self.norm(row));
        let term = |(number, weight): &(u32, f64)| {
            let at = words
                .binary_search_by_key(number, |(number, _)| *number)
                .ok()?;
            Some(weight * saturation(words[at].1, norm))
        };
        query
            .0
            .iter()
            .filter_map(term)
            .fold(0.0, |sum, term| sum + term)
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of words")]
    fn norm(&self, row: u32) -> f64 {
        // Of items without words at all the length does not matter.
        let mean = self.live_words.max(1) as f64 / self.live.max(1) as f64;
        K1 * (1.0 - B + B * f64::from(self.lengths[row as usize]) / mean)
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        #[allow(clippy::cast_possible_truncation, reason = "words are far below 2^32")]
        let number = self.postings.len() as u32;
        self.numbers.insert(word.to_owned(), number);
        self.postings.push(Vec::new());
        self.occurs_in.push(0);
        number
    }
}

fn saturation(count: u16, norm: f64) -> f64 {
    let count = f64::from(count);
    count * (K1 + 1.0) / (count + norm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieval::words::words;

    fn index(texts: &[&str]) -> TextIndex {
        let mut index = TextIndex::default();
        texts.iter().for_each(|text| index.add(&words(text)));
        index
    }

    #[test]
    fn a_score_is_what_the_formula_says() {
        // N = 2, n(zib) = 1: ln(1 + 1.5 / 1.5) = ln 2. Lengths 2 and 4, mean 3.
        let index = index(&["keep zib", "keep even then sort"]);
        let query = index.query(&words("zib zib"));
        let expected = 2.0_f64.ln() * 2.2 / (1.0 + 1.2 * (0.25 + 0.75 * 2.0 / 3.0));
        let scores = index.scores(&query, &index.norms());
        assert!((scores[0] - expected).abs() < 1e-12);
        assert!(scores[1].abs() < 1e-12);
    }

    #[test]
    fn one_row_scores_as_in_the_whole_and_removal_leaves_no_trace() {
        let texts = [
            "keep even then keep odd",
            "sort then keep",
            "reverse zib",
            "zib",
        ];
        let whole = index(&texts);
        let query = whole.query(&words("keep zib sort"));
        for (row, score) in (0..).zip(whole.scores(&query, &whole.norms())) {
            assert_eq!(whole.score(&query, row).to_bits(), score.to_bits());
        }
        let mut less = whole.clone();
        less.remove(1);
        let mut closed = less.clone();
        closed.renumber(&[Some(0), None, Some(1), Some(2)]);
        let fresh = index(&[texts[0], texts[2], texts[3]]);
        let query = words("keep zib sort");
        let (a, b) = (
            less.scores(&less.query(&query), &less.norms()),
            fresh.scores(&fresh.query(&query), &fresh.norms()),
        );
        assert_eq!([a[0], a[2], a[3]], [b[0], b[1], b[2]]);
        let c = closed.scores(&closed.query(&query), &closed.norms());
        assert_eq!(c, b);
    }
}
