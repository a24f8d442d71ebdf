/// The chance that |t| is at least this under Student's t with so many degrees of freedom.
///
/// The finite sums for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4).
#[must_use]
pub fn student_two_sided(t: f64, freedom: usize) -> f64 {
    if freedom == 0 || t.is_nan() {
        return 1.0;
    }
    if t.is_infinite() {
        return 0.0;
    }
    let theta = (t.abs() / (freedom as f64).sqrt()).atan();
    let (sin, cos) = theta.sin_cos();
    let odd = freedom % 2 == 1;
    // Terms of cos, each made from the one before: the sum starts at cos for odd, at 1 for even.
    let (mut term, mut power) = if odd { (cos, 1) } else { (1.0, 0) };
    let mut sum = 0.0;
    while power + 2 <= freedom {
        sum += term;
        power += 2;
        term *= cos * cos * (power as f64 - 1.0) / power as f64;
    }
    let inside = if odd {
        (theta + sin * sum) * std::f64::consts::FRAC_2_PI
    } else {
        sin * sum
    };
    (1.0 - inside).clamp(0.0, 1.0)
}

/// The point below which a share `q` of Student's t lies, for `q` in [0.5, 1).
#[must_use]
pub fn student_point(q: f64, freedom: usize) -> f64 {
    let wanted = 2.0 * (1.0 - q);
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, freedom) > wanted && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if student_two_sided(middle, freedom) > wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The mean of some values with Student's 95 % interval; a single value is its own interval, since it
/// says nothing of others.
#[must_use]
pub fn student_interval(values: &[f64]) -> (f64, [f64; 2]) {
    let n = values.len();
    if n == 0 {
        return (0.0, [0.0, 0.0]);
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let half = standard_error(values).map_or(0.0, |error| student_point(0.975, n - 1) * error);
    (mean, [mean - half, mean + half])
}

/// Standard error of the mean; none of fewer than two values.
pub(crate) fn standard_error(values: &[f64]) -> Option<f64> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|one| (one - mean).powi(2)).sum();
    Some((squares / (n - 1) as f64 / n as f64).sqrt())
}
