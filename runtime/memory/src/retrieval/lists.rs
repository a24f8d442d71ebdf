//! Rows in lists by the nearest of many centres, so that a query reads a few lists and not all rows: the
//! inverted file of Sivic and Zisserman (2003), with lists for vectors as in Jégou et al. (2011).

use rayon::prelude::*;

use crate::retrieval::{
    encoder::DIMENSIONS,
    fusion::{Scored, Top},
    matrix::{self, Vector},
};

/// Rows from which each centre is learnt. More make better centres and cost in proportion.
const SAMPLE_PER_LIST: usize = 32;
/// Rounds of Lloyd's algorithm: lists hardly change after these.
const ROUNDS: usize = 6;
const MOST_LISTS: usize = 4096;
/// Rows assigned together.
const TOGETHER: usize = 1024;
/// Share of the true ten nearest that must lie in the lists that are read. Above what is promised
/// (0.98), because it is measured on some queries and must hold for others.
const RECALL: f64 = 0.993;
/// Queries on which the number of lists to read is measured, and their neighbours.
const TRIALS: usize = 256;
const NEIGHBOURS: usize = 10;

/// An index of rows by the centre nearest to each.
pub(crate) struct Lists {
    centres: Vec<Vector>,
    rows: Vec<Vec<u32>>,
    /// Lists that a query reads at least, by measurement.
    probes: usize,
    /// Rows it was made for.
    made_for: usize,
}

impl Lists {
    /// Learns centres from the rows, and how many lists a query must read. `trial` gives the query
    /// that stands for those to come at a row.
    pub(crate) fn new(
        vectors: &[Vector],
        live: &[u32],
        trial: impl Fn(u32) -> Vector + Sync,
    ) -> Self {
        let count = live.len().isqrt().clamp(1, MOST_LISTS);
        let sample = spread(live, count * SAMPLE_PER_LIST);
        let mut centres: Vec<Vector> = spread(&sample, count)
            .iter()
            .map(|row| vectors[*row as usize])
            .collect();
        for _ in 0..ROUNDS {
            let near = nearest(vectors, &sample, &centres);
            centres = means(vectors, &sample, &near, &centres);
        }
        let mut rows = vec![Vec::new(); centres.len()];
        for (row, list) in live.iter().zip(nearest(vectors, live, &centres)) {
            rows[list].push(*row);
        }
        let mut lists = Self {
            probes: centres.len(),
            centres,
            rows,
            made_for: live.len(),
        };
        lists.probes = lists.measured(vectors, live, trial);
        lists
    }

    /// Adds a row that came since.
    pub(crate) fn add(&mut self, row: u32, vector: &Vector) {
        if let Some(list) = self.order(vector).first() {
            self.rows[*list].push(row);
        }
    }

    /// Rows it was made for: with many more or fewer, it is to be made anew.
    pub(crate) fn made_for(&self) -> usize {
        self.made_for
    }

    /// Rows have other numbers now; none where a row left.
    pub(crate) fn renumber(&mut self, number: &[Option<u32>]) {
        for list in &mut self.rows {
            *list = list
                .iter()
                .filter_map(|row| number[*row as usize])
                .collect();
        }
    }

    /// The `limit` rows nearest to a query among the lists that are read. A filter may leave too few
    /// there; then more lists are read, to the last if need be.
    pub(crate) fn search(
        &self,
        vectors: &[Vector],
        query: &Vector,
        limit: usize,
        seen: impl Fn(u32) -> bool,
    ) -> Vec<Scored> {
        let mut top = Top::new(limit);
        let mut products = Vec::new();
        for (read, list) in self.order(query).into_iter().enumerate() {
            if read >= self.probes && top.len() >= limit {
                break;
            }
            let rows = &self.rows[list];
            matrix::gather(vectors, rows, query, &mut products);
            for (row, product) in rows.iter().zip(&products) {
                if *product > 0 {
                    top.offer(*row, f64::from(*product), &seen);
                }
            }
        }
        top.finish()
    }

    /// All lists, that of the nearest centre first.
    fn order(&self, query: &Vector) -> Vec<usize> {
        let mut near = Vec::with_capacity(self.centres.len());
        matrix::product(&self.centres, &[query], |_, first, products| {
            near.extend(
                (first..)
                    .zip(products)
                    .map(|(list, product)| (-product, list)),
            );
        });
        near.sort_unstable();
        near.into_iter().map(|(_, list)| list).collect()
    }

    /// The fewest lists that hold [`RECALL`] of the true nearest rows of trial queries.
    fn measured(
        &self,
        vectors: &[Vector],
        live: &[u32],
        trial: impl Fn(u32) -> Vector + Sync,
    ) -> usize {
        let mut list_of = vec![usize::MAX; vectors.len()];
        for (list, rows) in self.rows.iter().enumerate() {
            rows.iter().for_each(|row| list_of[*row as usize] = list);
        }
        let places = |row: &u32| -> Vec<usize> {
            let query = trial(*row);
            let mut top = Top::new(NEIGHBOURS);
            matrix::product(vectors, &[&query], |_, first, products| {
                for (row, product) in (first..).zip(products) {
                    #[allow(clippy::cast_possible_truncation, reason = "rows are below 2^32")]
                    let row = row as u32;
                    top.offer(row, f64::from(*product), |row| {
                        list_of[row as usize] != usize::MAX
                    });
                }
            });
            let mut place = vec![0; self.centres.len()];
            for (at, list) in self.order(&query).into_iter().enumerate() {
                place[list] = at;
            }
            let found = top.finish();
            found
                .iter()
                .map(|(row, _)| place[list_of[*row as usize]])
                .collect()
        };
        let trials = spread(live, TRIALS);
        let mut places: Vec<usize> = trials.par_iter().flat_map_iter(places).collect();
        places.sort_unstable();
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a few thousand"
        )]
        let wanted = (places.len() as f64 * RECALL).ceil() as usize;
        places
            .get(wanted.saturating_sub(1))
            .map_or(self.centres.len(), |place| place + 1)
    }
}

/// Up to `count` of the rows, evenly spread.
fn spread(rows: &[u32], count: usize) -> Vec<u32> {
    let count = count.min(rows.len());
    (0..count).map(|at| rows[at * rows.len() / count]).collect()
}

/// For each row the centre nearest to it.
fn nearest(vectors: &[Vector], rows: &[u32], centres: &[Vector]) -> Vec<usize> {
    let of_some = |rows: &[u32]| -> Vec<usize> {
        let queries: Vec<&Vector> = rows.iter().map(|row| &vectors[*row as usize]).collect();
        let mut near = vec![(i32::MIN, 0); rows.len()];
        matrix::product(centres, &queries, |row, first, products| {
            for (centre, product) in (first..).zip(products) {
                if *product > near[row].0 {
                    near[row] = (*product, centre);
                }
            }
        });
        near.into_iter().map(|(_, centre)| centre).collect()
    };
    rows.par_chunks(TOGETHER).flat_map_iter(of_some).collect()
}

/// The direction of each centre's rows together; a centre that has none stays.
#[allow(clippy::cast_precision_loss, reason = "sums of small integers")]
fn means(vectors: &[Vector], rows: &[u32], near: &[usize], centres: &[Vector]) -> Vec<Vector> {
    let mut sums = vec![[0_i64; DIMENSIONS]; centres.len()];
    for (row, centre) in rows.iter().zip(near) {
        for (sum, x) in sums[*centre].iter_mut().zip(&vectors[*row as usize]) {
            *sum += i64::from(*x);
        }
    }
    let direction = |(sum, old): (&[i64; DIMENSIONS], &Vector)| {
        let norm = sum.iter().map(|x| (*x as f64).powi(2)).sum::<f64>().sqrt();
        if norm == 0.0 {
            return *old;
        }
        #[allow(clippy::cast_possible_truncation, reason = "of length 1")]
        let unit: Vec<f32> = sum.iter().map(|x| (*x as f64 / norm) as f32).collect();
        matrix::round(&unit)
    };
    sums.iter().zip(centres).map(direction).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors around some directions, as texts of a few kinds are.
    fn vectors(count: usize) -> Vec<Vector> {
        let mut state = 7_u64;
        let mut draw = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % 2001) as f32 / 1000.0 - 1.0
        };
        let mut unit = |base: Option<&Vec<f32>>| {
            let mut vector: Vec<f32> = (0..DIMENSIONS)
                .map(|at| base.map_or(0.0, |base| 20.0 * base[at]) + draw())
                .collect();
            let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|x| *x /= norm);
            vector
        };
        let kinds: Vec<Vec<f32>> = (0..40).map(|_| unit(None)).collect();
        (0..count)
            .map(|at| matrix::round(&unit(Some(&kinds[at % 40]))))
            .collect()
    }

    #[test]
    fn few_lists_hold_the_nearest_rows() {
        let vectors = vectors(4000);
        let live: Vec<u32> = (0..4000).collect();
        let mut lists = Lists::new(&vectors[..3000], &live[..3000], |row| vectors[row as usize]);
        for row in 3000..4000 {
            lists.add(row, &vectors[row as usize]);
        }
        assert!(lists.probes < lists.centres.len() / 2, "{}", lists.probes);
        let (mut found, mut all) = (0, 0);
        for query in vectors.iter().step_by(37) {
            let mut exact = Top::new(10);
            for (row, vector) in (0..).zip(&vectors) {
                exact.offer(row, f64::from(matrix::dot(vector, query)), |_| true);
            }
            let exact = exact.finish();
            let near = lists.search(&vectors, query, 10, |_| true);
            all += exact.len();
            found += exact.iter().filter(|hit| near.contains(hit)).count();
        }
        assert!(found * 100 >= all * 98, "{found} of {all}");
    }

    #[test]
    fn a_filter_has_more_lists_read_and_rows_may_be_renumbered() {
        let vectors = vectors(2000);
        let live: Vec<u32> = (0..2000).collect();
        let mut lists = Lists::new(&vectors, &live, |row| vectors[row as usize]);
        // Two of each kind that a query meets at all, far apart.
        let rare = |row: u32| row.is_multiple_of(400);
        let near = lists.search(&vectors, &vectors[0], 3, rare);
        assert_eq!(near[0].0, 0);
        assert_eq!(near.len(), 3);
        let number: Vec<Option<u32>> = (0..2000_u32)
            .map(|row| row.is_multiple_of(2).then_some(row / 2))
            .collect();
        let half: Vec<Vector> = vectors.iter().step_by(2).copied().collect();
        lists.renumber(&number);
        let near = lists.search(&half, &half[5], 1, |_| true);
        assert_eq!(near[0].0, 5);
    }
}
