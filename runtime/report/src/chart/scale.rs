/// A linear map from values to coordinates.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    lo: f64,
    hi: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// Maps `lo..hi` to `from..to`. An empty range is widened, so that no point is lost.
    pub(crate) fn new([lo, hi]: [f64; 2], [from, to]: [f64; 2]) -> Self {
        let hi = if hi > lo { hi } else { lo + 1.0 };
        Self { lo, hi, from, to }
    }

    /// The coordinate of a value, kept inside the range.
    pub(crate) fn at(self, value: f64) -> f64 {
        let share = ((value - self.lo) / (self.hi - self.lo)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }
}

/// About `wanted` round values that cover `lo..hi`, with the decimals needed to write them.
pub(crate) fn ticks(lo: f64, hi: f64, wanted: usize) -> (Vec<f64>, usize) {
    let span = if hi > lo { hi - lo } else { 1.0 };
    let rough = span / wanted.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(power);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let first = (lo / step - 1e-9).ceil() as i64;
    let last = (hi / step + 1e-9).floor() as i64;
    ((first..=last).map(|i| i as f64 * step).collect(), decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            ticks(0.0, 100.0, 5),
            (vec![0.0, 20.0, 40.0, 60.0, 80.0, 100.0], 0)
        );
        let (values, decimals) = ticks(-0.31, 0.42, 4);
        assert_eq!(decimals, 1);
        let written: Vec<_> = values.iter().map(|v| format!("{v:.decimals$}")).collect();
        assert_eq!(written, ["-0.2", "0.0", "0.2", "0.4"]);
    }

    #[test]
    fn a_flat_range_still_has_a_scale() {
        let scale = Scale::new([2.0, 2.0], [0.0, 10.0]);
        assert!(scale.at(2.0).is_finite());
    }
}
