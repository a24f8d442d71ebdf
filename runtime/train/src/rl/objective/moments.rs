use super::Sample;

/// Added to deviations.
pub(super) const EPSILON: f64 = 1e-6;

/// What a set of values has in common.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Moments {
    pub(super) count: f64,
    pub(super) mean: f64,
    /// Over the count, not the count less one.
    pub(super) deviation: f64,
}

impl Moments {
    pub(super) fn of(values: &[f64]) -> Self {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        Self {
            count: values.len() as f64,
            mean,
            deviation: variance.sqrt(),
        }
    }

    /// The deviation to divide by: 1 where the values do not differ, so that credit alone keeps its own scale.
    pub(super) fn divisor(&self) -> f64 {
        if self.deviation > 1e-9 {
            self.deviation + EPSILON
        } else {
            1.0
        }
    }
}

/// Moments of a value in each group, in the order of the groups.
pub(super) fn by_group(samples: &[Sample], value: impl Fn(&Sample) -> f64) -> Vec<Moments> {
    let groups = samples.iter().map(|sample| sample.group + 1).max();
    let mut values = vec![Vec::new(); groups.unwrap_or(0)];
    for sample in samples {
        values[sample.group].push(value(sample));
    }
    values.iter().map(|values| Moments::of(values)).collect()
}
