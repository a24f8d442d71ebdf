use crate::{CurvePoint, InnerPoint, number::percent};

/// What the inner loop cost and what it brought in training; nothing where there is none.
pub(super) fn note(curve: &[CurvePoint]) -> String {
    let points: Vec<&InnerPoint> = curve.iter().filter_map(|p| p.inner.as_ref()).collect();
    if points.is_empty() {
        return String::new();
    }
    let sum = |seconds: fn(&InnerPoint) -> f64| points.iter().map(|p| seconds(p)).sum::<f64>();
    let tasks: u64 = points.iter().map(|p| p.tasks).sum();
    let adapted: u64 = points.iter().map(|p| p.adapted).sum();
    let both: Vec<(f64, f64)> = curve
        .iter()
        .filter_map(|p| Some((p.pass_rate?, p.inner.as_ref()?.pass_rate?)))
        .collect();
    let count = both.len().max(1) as f64;
    let before = both.iter().map(|(before, _)| before).sum::<f64>() / count;
    let after = both.iter().map(|(_, after)| after).sum::<f64>() / count;
    format!(
        "<p class=\"note\">Inner loop: {:.1} s for the attempts that contexts adapt to, {:.1} s for adapting, \
         {:.1} s for the attempts after it and {:.1} s for the outer step. {} of tasks had attempts to adapt to. \
         Over all steps {} of first attempts passed before adapting and {} after it.</p>\n",
        sum(|p| p.support_seconds),
        sum(|p| p.inner_seconds),
        sum(|p| p.query_seconds),
        sum(|p| p.outer_seconds),
        percent(adapted as f64 / tasks.max(1) as f64),
        percent(before),
        percent(after),
    )
}
