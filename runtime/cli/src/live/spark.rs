/// The newest values as a line of blocks, at most `width` of them.
pub(super) fn spark(values: &[f64], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let shown = bins(&finite, width);
    let lo = shown.iter().copied().fold(f64::INFINITY, f64::min);
    let hi = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = (hi - lo).max(1e-9);
    let block = |v: &f64| BLOCKS[(((v - lo) / span * 7.0).round() as usize).min(7)];
    shown.iter().map(block).collect()
}

/// All values, averaged into at most `width` bins, so that the whole run stays in sight.
fn bins(values: &[f64], width: usize) -> Vec<f64> {
    if values.len() <= width {
        return values.to_vec();
    }
    (0..width)
        .map(|i| {
            let bin = &values[i * values.len() / width..(i + 1) * values.len() / width];
            bin.iter().sum::<f64>() / bin.len() as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::spark;

    #[test]
    fn blocks_follow_the_values() {
        assert_eq!(spark(&[0.0, 1.0, 0.5], 10), "▁█▅");
        assert_eq!(spark(&[0.0, 0.0, 1.0, 1.0], 2), "▁█");
        assert_eq!(spark(&[], 5), "");
        assert_eq!(spark(&[f64::NAN, 2.0], 5), "▁");
    }
}
