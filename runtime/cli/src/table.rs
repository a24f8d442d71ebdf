//! Tables for terminals.

/// Rows under a heading, columns as wide as they must be. Columns named in `right` are aligned right.
pub(crate) fn table(heading: &[&str], right: &[usize], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut out = String::new();
        for (column, (cell, width)) in cells.zip(&widths).enumerate() {
            if column > 0 {
                out.push_str("  ");
            }
            let pad = " ".repeat(width - cell.chars().count());
            if right.contains(&column) {
                out.extend([pad.as_str(), cell]);
            } else {
                out.extend([cell, pad.as_str()]);
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    };
    let mut out = line(&mut heading.iter().copied());
    let rule: usize = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
    out += &"─".repeat(rule);
    out.push('\n');
    for row in rows {
        out += &line(&mut row.iter().map(String::as_str));
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up() {
        let rows = [
            vec!["iid".into(), "24.2".into()],
            vec!["composition".into(), "5.0".into()],
        ];
        assert_eq!(
            super::table(&["split", "pass@1"], &[1], &rows),
            "split        pass@1\n───────────────────\niid            24.2\ncomposition     5.0\n"
        );
    }
}
