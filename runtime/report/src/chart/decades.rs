use std::fmt::Write as _;

use super::at;

/// A logarithmic axis of whole decades.
pub(crate) struct Decades {
    low: f64,
    high: f64,
    across: [f64; 2],
}

impl Decades {
    /// One from `across[0]` to `across[1]` that holds these ranges, each its least and its most.
    pub(crate) fn holding(
        ranges: impl Iterator<Item = (f64, f64)> + Clone,
        across: [f64; 2],
    ) -> Self {
        let most = ranges.clone().map(|(_, most)| most).fold(1.0, f64::max);
        let least = ranges
            .map(|(least, _)| least.max(1e-3))
            .fold(most, f64::min);
        let low = least.log10().floor();
        Self {
            low,
            high: most.log10().ceil().max(low + 1.0),
            across,
        }
    }

    /// The coordinate of a value, kept inside the axis.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = (value.max(1e-9).log10() - self.low) / (self.high - self.low);
        self.across[0] + share.clamp(0.0, 1.0) * (self.across[1] - self.across[0])
    }

    /// A line and a number for each decade.
    pub(crate) fn grid(&self, top: f64, bottom: f64) -> String {
        let mut out = String::new();
        for decade in self.low as i32..=self.high as i32 {
            let value = 10f64.powi(decade);
            let x = at(self.at(value));
            let _ = writeln!(
                out,
                "<path class=\"grid\" d=\"M{x} {}V{}\"/><text class=\"tick mid\" x=\"{x}\" y=\"{}\">{value}</text>",
                at(top),
                at(bottom),
                at(bottom + 16.0)
            );
        }
        out
    }
}
