//! Drawings. Colours are class names, so that one style sheet serves light and dark.

mod bars;
mod curve;
mod decades;
mod scale;

pub(crate) use bars::{Bar, bars_svg};
pub(crate) use curve::{Curve, Series, Smoothed, curve_svg, plot, smooth};
pub(crate) use decades::Decades;
pub(crate) use scale::{Scale, ticks};

/// A coordinate with one decimal and no `-0.0`: small files, and the same bytes on every machine.
pub(crate) fn at(value: f64) -> String {
    let value = if value.is_finite() {
        (value * 10.0).round() / 10.0
    } else {
        0.0
    };
    if value == 0.0 {
        "0".to_owned()
    } else {
        format!("{value}")
    }
}
