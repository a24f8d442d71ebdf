/// Unbiased pass@k of one task: 1 − C(n − c, k) / C(n, k), for `c` of `n` samples correct
/// (Chen et al., arXiv 2107.03374, equation 1). With fewer than `k` samples, `k` is `n`.
#[must_use]
pub fn pass_at(k: usize, samples: usize, correct: usize) -> f64 {
    let k = k.min(samples);
    if k == 0 {
        return 0.0;
    }
    let wrong = samples.saturating_sub(correct);
    if wrong < k {
        return 1.0;
    }
    let none: f64 = (0..k)
        .map(|i| (wrong - i) as f64 / (samples - i) as f64)
        .product();
    1.0 - none
}
