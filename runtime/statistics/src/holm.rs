/// Holm's step-down correction: each p-value adjusted, in the order given (Holm 1979, *A simple
/// sequentially rejective multiple test procedure*).
///
/// The smallest is multiplied by their number m, the next by m − 1, and so on; none is below the one
/// before it, and none above 1. Rejecting where the result is at most α keeps the chance of any false
/// rejection in the family at α, however the tests depend on each other.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut before = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        let factor = (p_values.len() - rank) as f64;
        before = before.max((factor * p_values[index]).min(1.0));
        adjusted[index] = before;
    }
    adjusted
}
