/// Wilson's 95 % interval of a share, `some` of `all` (Wilson 1927; method 3 of Newcombe 1998): it leaves no room below 0 or above 1,
/// and is not empty where all or none are counted. Draws count as independent. Of nothing it is all of 0 to 1.
#[must_use]
pub fn wilson_interval(some: usize, all: usize) -> [f64; 2] {
    if all == 0 {
        return [0.0, 1.0];
    }
    const Z: f64 = 1.959_963_984_540_054;
    let n = all as f64;
    let share = some.min(all) as f64 / n;
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    [
        ((middle - half) / whole).max(0.0),
        ((middle + half) / whole).min(1.0),
    ]
}
