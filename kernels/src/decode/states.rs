//! What a model makes of texts, without drawing anything.

use rayon::prelude::*;

use super::{DecodeError, Decoder};
use crate::Layout;

/// Rows that one thread takes through the layers together.
const TOGETHER: usize = 16;

impl Decoder {
    /// The states of rows after the last norm, `[len, d]` of each: what logits are products of. They depend on the row alone,
    /// not on what else is asked for, nor on the number of threads.
    ///
    /// # Errors
    /// If a row is empty or a token is unknown.
    pub fn states(&self, rows: &[&[u32]]) -> Result<Vec<Vec<f32>>, DecodeError> {
        for (index, row) in rows.iter().enumerate() {
            if row.is_empty() {
                return Err(DecodeError::EmptyPrompt(index));
            }
            self.check_tokens(index, row)?;
        }
        let of_some = |rows: &[&[u32]]| -> Vec<Vec<f32>> {
            let lens: Vec<usize> = rows.iter().map(|row| row.len()).collect();
            let layout = Layout::plain(&lens);
            let hidden = self.hidden(&rows.concat(), &layout, |_, _| ());
            let of_row = |(row, len): (usize, &usize)| {
                let from = layout.start(row) * self.width;
                hidden[from..from + len * self.width].to_vec()
            };
            lens.iter().enumerate().map(of_row).collect()
        };
        Ok(rows.par_chunks(TOGETHER).flat_map_iter(of_some).collect())
    }
}
