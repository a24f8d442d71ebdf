//! All embeddings as one matrix, and its product with many queries at once.
//!
//! Numbers are 16-bit with 14 bits after the point and sums are 32-bit integers, so a product is exact:
//! the same on every machine, for every width of vector instructions and every number of threads. It
//! also reads half the memory of 32-bit floats, which is what a single query waits for.

use crate::retrieval::encoder::DIMENSIONS;

/// What 1 is as a number of a [`Vector`].
pub(crate) const ONE: f32 = 16384.0;
/// Rows that are multiplied with one query after another while they are in the first-level cache.
const BLOCK: usize = 32;

/// A vector of length 1 at most, in whole 1/16384.
pub(crate) type Vector = [i16; DIMENSIONS];

/// Rounds a vector of length 1 at most. A length of at most 1 keeps every partial sum of a product of
/// two of them within 2^28, by the Cauchy-Schwarz inequality.
#[allow(
    clippy::cast_possible_truncation,
    reason = "a component of a unit vector fits"
)]
pub(crate) fn round(vector: &[f32]) -> Vector {
    let mut out = [0; DIMENSIONS];
    for (to, from) in out.iter_mut().zip(vector) {
        *to = (from.clamp(-1.0, 1.0) * ONE).round() as i16;
    }
    out
}

/// A product as a cosine.
pub(crate) fn cosine(product: i32) -> f64 {
    (f64::from(product) / f64::from(ONE * ONE)).clamp(-1.0, 1.0)
}

/// The product of two vectors.
#[inline(always)]
pub(crate) fn dot(a: &Vector, b: &Vector) -> i32 {
    a.iter()
        .zip(b)
        .map(|(x, y)| i32::from(*x) * i32::from(*y))
        .sum()
}

/// The products of all rows with all queries; `each` gets a query, the first row of a block, and the
/// block's products with it, rows ascending.
pub(crate) fn product(
    rows: &[Vector],
    queries: &[&Vector],
    mut each: impl FnMut(usize, usize, &[i32]),
) {
    let arch = pulp::Arch::new();
    let mut products = [0; BLOCK];
    for (block, rows) in rows.chunks(BLOCK).enumerate() {
        for (query, vector) in queries.iter().enumerate() {
            let products = &mut products[..rows.len()];
            arch.dispatch(
                #[inline(always)]
                || {
                    for (to, row) in products.iter_mut().zip(rows) {
                        *to = dot(row, vector);
                    }
                },
            );
            each(query, block * BLOCK, products);
        }
    }
}

/// The products of some rows with a query, in their order.
pub(crate) fn gather(rows: &[Vector], which: &[u32], query: &Vector, out: &mut Vec<i32>) {
    out.clear();
    out.resize(which.len(), 0);
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for (to, row) in out.iter_mut().zip(which) {
                *to = dot(&rows[*row as usize], query);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_is_every_pair_once() {
        let unit = |at: usize, value: f32| {
            let mut vector = vec![0.0; DIMENSIONS];
            vector[at % DIMENSIONS] = value;
            round(&vector)
        };
        let rows: Vec<Vector> = (0..200).map(|n| unit(n, 1.0)).collect();
        let queries = [unit(3, 1.0), unit(150, -1.0)];
        let mut seen = vec![[i32::MAX; 2]; rows.len()];
        product(&rows, &queries.each_ref(), |query, first, products| {
            for (row, product) in (first..).zip(products) {
                seen[row][query] = *product;
            }
        });
        for (row, [first, second]) in seen.into_iter().enumerate() {
            assert_eq!(cosine(first), f64::from(u8::from(row == 3)));
            assert_eq!(cosine(second), -f64::from(u8::from(row == 150)));
        }
        let mut some = Vec::new();
        gather(&rows, &[7, 3, 150], &queries[0], &mut some);
        assert_eq!(some, [0, dot(&rows[3], &queries[0]), 0]);
    }
}
