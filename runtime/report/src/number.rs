//! Numbers as people read them. The minus sign is a real one, so that columns line up.

/// A fraction as percent with one decimal: `0.2417` → `24.2 %`, never broken over two lines.
pub(crate) fn percent(fraction: f64) -> String {
    if fraction.is_finite() {
        format!("{:.1}\u{a0}%", fraction * 100.0)
    } else {
        "–".to_owned()
    }
}

/// A difference in points with its sign: `+5.8`. Rounded as `{:+.1}` is, so that a page and a table on
/// a terminal say the same.
pub(crate) fn points(diff: f64) -> String {
    if !diff.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.1}", diff.abs());
    if text == "0.0" {
        return text;
    }
    let sign = if diff < 0.0 { '\u{2212}' } else { '+' };
    format!("{sign}{text}")
}

/// An interval in points: `[+2.1, +9.4]`.
pub(crate) fn interval(ci95: [f64; 2]) -> String {
    format!("[{}, {}]", points(ci95[0]), points(ci95[1]))
}

/// Seconds: `0.8 s`, `42 s`, `5 min 12 s`, `1 h 03 min`.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// Bytes in binary units: `1.4 GiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value >= 100.0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// A count with narrow spaces between thousands: `1 234 567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_read_them() {
        assert_eq!(percent(0.2417), "24.2\u{a0}%");
        assert_eq!(points(5.84), "+5.8");
        assert_eq!(points(-0.04), "0.0");
        assert_eq!(points(-3.25), "\u{2212}3.2");
        assert_eq!(points(10.95), "+10.9");
        assert_eq!(interval([2.1, 9.44]), "[+2.1, +9.4]");
        assert_eq!(duration(0.84), "0.8 s");
        assert_eq!(duration(312.0), "5 min 12 s");
        assert_eq!(duration(3785.0), "1 h 03 min");
        assert_eq!(bytes(1536 * 1024 * 1024), "1.5 GiB");
        assert_eq!(bytes(12), "12 B");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(count(12), "12");
    }
}
