//! The maintainability index (Oman and Hagemeister 1992), in the form that radon gives it.

use crate::{halstead::Halstead, raw::Raw};

/// 0 to 100, higher being better:
///
/// MI = max(0, 100 / 171 · (171 − 5.2 ln V − 0.23 G − 16.2 ln L + 50 sin √(2.46 C)))
///
/// with Halstead's volume V, the total cyclomatic complexity G, the logical lines L, and C the comments' share of
/// the lines with code in percent, taken as degrees and turned into radians. Texts over several lines that stand
/// alone count as comments. A program without operators has 100.
pub(crate) fn index(halstead: Halstead, cyclomatic: u32, raw: Raw) -> f64 {
    let (volume, lines) = (halstead.volume(), f64::from(raw.logical));
    if volume <= 0.0 || lines <= 0.0 {
        return 100.0;
    }
    let comments = match raw.source {
        0 => 0.0,
        source => f64::from(raw.comments + raw.multi) / f64::from(source) * 100.0,
    };
    let index = 171.0 - 5.2 * volume.ln() - 0.23 * f64::from(cyclomatic) - 16.2 * lines.ln()
        + 50.0 * (2.46 * comments.to_radians()).sqrt().sin();
    (index * 100.0 / 171.0).clamp(0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_formula_says() {
        let halstead = Halstead {
            distinct_operators: 2,
            distinct_operands: 2,
            operators: 4,
            operands: 6,
        };
        assert!((halstead.volume() - 20.0).abs() < 1e-12);
        assert!((halstead.difficulty() - 3.0).abs() < 1e-12);
        let raw = Raw {
            source: 10,
            logical: 10,
            comments: 0,
            multi: 0,
        };
        // 171 − 5.2 · 2.995732 − 0.23 · 3 − 16.2 · 2.302585 = 117.430315
        let plain = index(halstead, 3, raw);
        assert!((plain - 68.672_698).abs() < 1e-5, "{plain}");
        // √(2.46 · 10 · π / 180) = 0.655247; 50 · sin = 30.468
        let commented = index(halstead, 3, Raw { comments: 1, ..raw });
        assert!((commented - plain - 17.8177).abs() < 1e-3, "{commented}");
        assert!((index(Halstead::default(), 3, raw) - 100.0).abs() < 1e-12);
    }
}
