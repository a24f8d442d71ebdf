//! Long arrays in columns.

use super::{ITEMS, Style, width};
use crate::engine::{Kind, Value};

/// The items of an array in columns, as node sets them: as many as make about a square, numbers to the
/// right and others to the left. As they were where columns would not help.
pub(super) fn grouped(
    output: Vec<String>,
    value: &Value,
    indentation: usize,
    style: Style,
) -> Vec<String> {
    const SPACE: usize = 2;
    let is_cut = output.len() > ITEMS;
    let count = output.len() - usize::from(is_cut);
    let lengths: Vec<usize> = output[..count].iter().map(|one| width(one)).collect();
    let total: usize = lengths.iter().map(|one| one + SPACE).sum();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let widest = longest + SPACE;
    let even = total as f64 / widest as f64 > 5.0 || longest <= 6;
    if widest * 3 + indentation >= style.line || !even {
        return output;
    }
    let bias = (widest as f64 - total as f64 / output.len() as f64).sqrt();
    let biased = (widest as f64 - 3.0 - bias).max(1.0);
    let square = ((2.5 * biased * count as f64).sqrt() / biased).round() as usize;
    let columns = square
        .min((style.line - indentation) / widest)
        .min(style.compact * 4)
        .min(15);
    if columns <= 1 {
        return output;
    }
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let of_column = lengths.iter().skip(column).step_by(columns);
            of_column.copied().max().unwrap_or(0) + SPACE
        })
        .collect();
    let to_right = (0..output.len()).all(|at| {
        let item = u32::try_from(at)
            .ok()
            .and_then(|at| value.own_index(at).data());
        item.is_some_and(|item| matches!(item.kind(), Kind::Number | Kind::BigInt))
    });
    let mut lines = Vec::new();
    for row in (0..count).step_by(columns) {
        let last = (row + columns).min(count) - 1;
        let mut line = String::new();
        for at in row..last {
            let padding = " ".repeat(widths[at - row].saturating_sub(lengths[at] + SPACE));
            let item = &output[at];
            line += &if to_right {
                format!("{padding}{item}, ")
            } else {
                format!("{item}, {padding}")
            };
        }
        if to_right {
            line += &" ".repeat(widths[last - row].saturating_sub(SPACE + lengths[last]));
        }
        line += &output[last];
        lines.push(line);
    }
    if is_cut {
        lines.push(output[count].clone());
    }
    lines
}
